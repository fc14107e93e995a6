//! Properties of metrics: the one that a host acts on is `Quality`.

use crate::datatype::DataType;
use crate::value::{self, Carried, Value};
use crate::wire::{PropertyContent, PropertySet, PropertyValue};

/// How far a value can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    #[default]
    Good,
    Bad,
    /// Whoever measured it is not there any more.
    Stale,
}

/// The property that carries the quality.
const QUALITY: &str = "Quality";

impl Quality {
    /// The code of the specification.
    pub fn code(self) -> u32 {
        match self {
            Self::Bad => 0,
            Self::Good => 192,
            Self::Stale => 500,
        }
    }

    /// The quality with this code.
    pub fn of(code: i64) -> Option<Self> {
        [Self::Bad, Self::Good, Self::Stale].into_iter().find(|quality| i64::from(quality.code()) == code)
    }

    /// The property set that says it; none for a good value.
    pub fn properties(self) -> Option<PropertySet> {
        let value = PropertyContent::carry(Carried::Int(self.code()));
        let value = PropertyValue { r#type: Some(DataType::Int32.number()), is_null: None, value };
        (self != Self::Good).then(|| PropertySet { keys: vec![QUALITY.to_owned()], values: vec![value] })
    }
}

/// A property set whose keys and values do not agree, or a quality that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the properties of the metric do not have the form of a property set")]
pub struct BadProperties;

/// The quality that a metric's properties tell: good when they say nothing of it.
///
/// # Errors
/// The keys and values do not agree, a type is unknown or missing, or the quality is none of 0, 192 and 500.
pub fn quality(properties: Option<&PropertySet>) -> Result<Quality, BadProperties> {
    let Some(set) = properties else { return Ok(Quality::Good) };
    check(set)?;
    let Some(at) = set.keys.iter().position(|key| key == QUALITY) else { return Ok(Quality::Good) };
    let property = &set.values[at];
    if property.r#type != Some(DataType::Int32.number()) {
        return Err(BadProperties);
    }
    let carried = property.value.as_ref().and_then(PropertyContent::carried).ok_or(BadProperties)?;
    match value::scalar(DataType::Int32, carried) {
        Ok(Value::Signed(code)) => Quality::of(code).ok_or(BadProperties),
        _ => Err(BadProperties),
    }
}

/// The form of a set and of those inside it. Their depth is bounded since the payload was decoded.
fn check(set: &PropertySet) -> Result<(), BadProperties> {
    if set.keys.len() != set.values.len() {
        return Err(BadProperties);
    }
    set.values.iter().try_for_each(|property| {
        let datatype = property.r#type.and_then(DataType::of).ok_or(BadProperties)?;
        match (datatype, &property.value) {
            (_, None) if property.is_null == Some(true) => Ok(()),
            (DataType::PropertySet, Some(PropertyContent::Set(set))) => check(set),
            (DataType::PropertySetList, Some(PropertyContent::List(list))) => {
                list.propertyset.iter().try_for_each(check)
            }
            (basic, Some(content)) if basic.is_basic() => {
                let carried = content.carried().ok_or(BadProperties)?;
                value::scalar(basic, carried).map(drop).map_err(|_| BadProperties)
            }
            _ => Err(BadProperties),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PropertySetList;

    fn of(datatype: u32, value: PropertyContent) -> PropertyValue {
        PropertyValue { r#type: Some(datatype), is_null: None, value: Some(value) }
    }

    #[test]
    fn a_quality_is_a_signed_number_of_32_bits_and_one_of_three() {
        for told in [Quality::Bad, Quality::Stale] {
            assert_eq!(quality(told.properties().as_ref()), Ok(told));
        }
        assert_eq!(Quality::Good.properties(), None);
        assert_eq!(quality(None), Ok(Quality::Good));
        let set = |value| PropertySet { keys: vec!["Quality".into()], values: vec![value] };
        assert_eq!(quality(Some(&set(of(3, PropertyContent::Int(192))))), Ok(Quality::Good));
        assert_eq!(quality(Some(&set(of(3, PropertyContent::Int(193))))), Err(BadProperties));
        assert_eq!(quality(Some(&set(of(4, PropertyContent::Long(0))))), Err(BadProperties));
        assert_eq!(quality(Some(&set(of(3, PropertyContent::Text("0".into()))))), Err(BadProperties));
    }

    #[test]
    fn keys_and_values_of_a_property_set_are_as_many() {
        let value = of(12, PropertyContent::Text("°C".into()));
        let good = PropertySet { keys: vec!["engUnit".into()], values: vec![value.clone()] };
        assert_eq!(quality(Some(&good)), Ok(Quality::Good));
        assert!(quality(Some(&PropertySet { keys: vec![], ..good.clone() })).is_err());
        assert!(quality(Some(&PropertySet { values: vec![], ..good.clone() })).is_err());
        let untyped = PropertySet { keys: vec!["a".into()], values: vec![PropertyValue { r#type: None, ..value }] };
        assert!(quality(Some(&untyped)).is_err(), "a type is needed");
        let unknown = PropertySet { keys: vec!["a".into()], values: vec![of(35, PropertyContent::Int(1))] };
        assert!(quality(Some(&unknown)).is_err(), "and one that exists");
        let deeper = |inside: &PropertySet| PropertySet {
            keys: vec!["list".into()],
            values: vec![of(21, PropertyContent::List(PropertySetList { propertyset: vec![inside.clone()] }))],
        };
        assert!(quality(Some(&deeper(&good))).is_ok() && quality(Some(&deeper(&unknown))).is_err());
    }
}
