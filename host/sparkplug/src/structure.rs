//! Data sets and templates: values made of values.

use crate::datatype::DataType;
use crate::value::{self, Value, ValueError};
use crate::wire::{self, Cell, ParameterContent};

/// A table. A cell without a value is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSet {
    /// Heading and type of each column.
    pub columns: Vec<(String, DataType)>,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<Option<Value>>>,
}

impl DataSet {
    pub(crate) fn read(set: &wire::DataSet) -> Result<Self, ValueError> {
        let width = set.columns.len();
        let agrees = set.types.len() == width && set.num_of_columns.is_none_or(|count| count == width as u64);
        if !agrees || set.rows.iter().any(|row| row.elements.len() != width) {
            return Err(ValueError::BadDataSet);
        }
        let basic = |number: &u32| DataType::of(*number).filter(|datatype| datatype.is_basic());
        let types: Vec<_> = set.types.iter().map(basic).collect::<Option<_>>().ok_or(ValueError::BadDataSet)?;
        let cell = |(datatype, cell): (&DataType, &wire::DataSetValue)| {
            let carried = cell.value.as_ref().and_then(Cell::carried);
            carried.map(|carried| value::scalar(*datatype, carried)).transpose()
        };
        let row = |row: &wire::Row| types.iter().zip(&row.elements).map(cell).collect::<Result<_, _>>();
        let rows = set.rows.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { columns: set.columns.iter().cloned().zip(types).collect(), rows })
    }

    pub(crate) fn write(&self) -> Result<wire::DataSet, ValueError> {
        if self.columns.iter().any(|(_, datatype)| !datatype.is_basic()) {
            return Err(ValueError::BadDataSet);
        }
        let cell = |((_, datatype), cell): (&(String, DataType), &Option<Value>)| {
            let carried = cell.as_ref().map(|cell| value::carry(*datatype, cell)).transpose()?;
            Ok(wire::DataSetValue { value: carried.and_then(Cell::carry) })
        };
        let row = |row: &Vec<Option<Value>>| {
            if row.len() != self.columns.len() {
                return Err(ValueError::BadDataSet);
            }
            Ok(wire::Row { elements: self.columns.iter().zip(row).map(cell).collect::<Result<_, ValueError>>()? })
        };
        Ok(wire::DataSet {
            num_of_columns: Some(self.columns.len() as u64),
            columns: self.columns.iter().map(|(heading, _)| heading.clone()).collect(),
            types: self.columns.iter().map(|(_, datatype)| datatype.number()).collect(),
            rows: self.rows.iter().map(row).collect::<Result<_, _>>()?,
        })
    }
}

/// A type of values made of others, or a value of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The definition this is an instance of; none: this is a definition.
    pub reference: Option<String>,
    pub version: Option<String>,
    /// Name, type and value of each member.
    pub members: Vec<(String, DataType, Option<Value>)>,
    /// The same of each parameter.
    pub parameters: Vec<(String, DataType, Option<Value>)>,
}

impl Template {
    pub(crate) fn read(template: &wire::Template) -> Result<Self, ValueError> {
        // A definition has no reference, an instance has one: anything else is neither.
        let reference = template.template_ref.clone().filter(|reference| !reference.is_empty());
        match (template.is_definition, &reference) {
            (Some(true), None) | (Some(false), Some(_)) => {}
            _ => return Err(ValueError::BadTemplate),
        }
        let member = |metric: &wire::Metric| {
            let name = metric.name.clone().ok_or(ValueError::BadTemplate)?;
            let datatype = metric.datatype.and_then(DataType::of).ok_or(ValueError::BadTemplate)?;
            let value = metric.value.as_ref().filter(|_| metric.is_null != Some(true));
            Ok((name, datatype, value.map(|value| value::read(datatype, value)).transpose()?))
        };
        let parameter = |parameter: &wire::Parameter| {
            let name = parameter.name.clone().ok_or(ValueError::BadTemplate)?;
            let datatype = parameter.r#type.and_then(DataType::of).filter(|datatype| datatype.is_basic());
            let datatype = datatype.ok_or(ValueError::BadTemplate)?;
            let carried = parameter.value.as_ref().and_then(ParameterContent::carried);
            Ok((name, datatype, carried.map(|carried| value::scalar(datatype, carried)).transpose()?))
        };
        Ok(Self {
            reference,
            version: template.version.clone(),
            members: template.metrics.iter().map(member).collect::<Result<_, ValueError>>()?,
            parameters: template.parameters.iter().map(parameter).collect::<Result<_, ValueError>>()?,
        })
    }

    pub(crate) fn write(&self) -> Result<wire::Template, ValueError> {
        let member = |(name, datatype, value): &(String, DataType, Option<Value>)| {
            Ok(wire::Metric {
                name: Some(name.clone()),
                datatype: Some(datatype.number()),
                is_null: value.is_none().then_some(true),
                value: value.as_ref().map(|value| value::write(*datatype, value)).transpose()?,
                ..wire::Metric::default()
            })
        };
        let parameter = |(name, datatype, value): &(String, DataType, Option<Value>)| {
            if !datatype.is_basic() {
                return Err(ValueError::BadTemplate);
            }
            let carried = value.as_ref().map(|value| value::carry(*datatype, value)).transpose()?;
            let value = carried.and_then(ParameterContent::carry);
            Ok(wire::Parameter { name: Some(name.clone()), r#type: Some(datatype.number()), value })
        };
        Ok(wire::Template {
            version: self.version.clone(),
            metrics: self.members.iter().map(member).collect::<Result<_, ValueError>>()?,
            parameters: self.parameters.iter().map(parameter).collect::<Result<_, ValueError>>()?,
            template_ref: self.reference.clone(),
            is_definition: Some(self.reference.is_none()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MetricValue;

    #[test]
    fn a_data_set_whose_columns_types_and_rows_disagree_is_refused() {
        let columns = vec![("at".to_owned(), DataType::DateTime), ("temperature".to_owned(), DataType::Double)];
        let rows =
            vec![vec![Some(Value::DateTime(5)), Some(Value::Double(21.5))], vec![Some(Value::DateTime(6)), None]];
        let good = DataSet { columns, rows }.write().unwrap();
        let check = |set: wire::DataSet| value::read(DataType::DataSet, &MetricValue::DataSet(set));
        assert!(check(good.clone()).is_ok());
        assert!(check(wire::DataSet { num_of_columns: Some(3), ..good.clone() }).is_err());
        assert!(check(wire::DataSet { types: vec![13], ..good.clone() }).is_err());
        assert!(check(wire::DataSet { types: vec![13, 16], ..good.clone() }).is_err(), "only basic types in columns");
        assert!(check(wire::DataSet { types: vec![13, 99], ..good.clone() }).is_err());
        assert!(check(wire::DataSet { columns: vec!["at".into()], ..good.clone() }).is_err());
        assert!(check(wire::DataSet { rows: vec![wire::Row::default()], ..good }).is_err());
    }

    #[test]
    fn a_template_is_a_definition_or_an_instance_of_one() {
        let part = |definition, reference: Option<&str>| wire::Template {
            is_definition: definition,
            template_ref: reference.map(str::to_owned),
            ..wire::Template::default()
        };
        let check = |template| value::read(DataType::Template, &MetricValue::Template(template));
        assert!(check(part(Some(true), None)).is_ok());
        assert!(check(part(Some(false), Some("motor"))).is_ok());
        for bad in
            [part(Some(true), Some("motor")), part(Some(false), None), part(None, Some("motor")), part(None, None)]
        {
            assert_eq!(check(bad), Err(ValueError::BadTemplate));
        }
    }

    #[test]
    fn a_parameter_without_a_name_or_a_basic_type_is_refused() {
        let with = |parameter| wire::Template {
            is_definition: Some(true),
            parameters: vec![parameter],
            ..wire::Template::default()
        };
        let check = |parameter| Template::read(&with(parameter)).is_ok();
        let good = wire::Parameter { name: Some("serial".into()), r#type: Some(12), value: None };
        assert!(check(good.clone()));
        assert!(!check(wire::Parameter { name: None, ..good.clone() }));
        assert!(!check(wire::Parameter { r#type: None, ..good.clone() }));
        assert!(!check(wire::Parameter { r#type: Some(DataType::Bytes.number()), ..good.clone() }));
        assert!(!check(wire::Parameter { value: Some(ParameterContent::Int(1)), ..good }), "a text is no number");
    }
}
