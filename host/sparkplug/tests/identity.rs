//! What is encoded comes back: every type, every value.

use proptest::prelude::*;
use toolcrib_sparkplug::wire::{Metric, Payload};
use toolcrib_sparkplug::{DataSet, DataType, Template, Value, bounds, value};

fn signed(bits: u32) -> BoxedStrategy<Value> {
    any::<i64>().prop_map(move |value| Value::Signed(value >> (64 - bits))).boxed()
}
fn unsigned(bits: u32) -> BoxedStrategy<Value> {
    any::<u64>().prop_map(move |value| Value::Unsigned(value >> (64 - bits))).boxed()
}

/// A value of a basic type. Not-a-number is not equal to itself, so it is left out here.
fn basic(datatype: DataType) -> BoxedStrategy<Value> {
    match datatype {
        DataType::Int8 => signed(8),
        DataType::Int16 => signed(16),
        DataType::Int32 => signed(32),
        DataType::Int64 => signed(64),
        DataType::UInt8 => unsigned(8),
        DataType::UInt16 => unsigned(16),
        DataType::UInt32 => unsigned(32),
        DataType::UInt64 => unsigned(64),
        DataType::Float => any::<f32>().prop_filter("a number", |value| !value.is_nan()).prop_map(Value::Float).boxed(),
        DataType::Double => {
            any::<f64>().prop_filter("a number", |value| !value.is_nan()).prop_map(Value::Double).boxed()
        }
        DataType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        DataType::DateTime => any::<u64>().prop_map(Value::DateTime).boxed(),
        _ => "[a-z冲床]{0,8}".prop_map(Value::Text).boxed(),
    }
}

fn members() -> BoxedStrategy<Vec<(String, DataType, Option<Value>)>> {
    let member = prop::sample::select(&DataType::ALL[..14])
        .prop_flat_map(|datatype| ("[a-z]{1,6}", Just(datatype), prop::option::of(basic(datatype))));
    prop::collection::vec(member, 0..4).boxed()
}

fn of(datatype: DataType) -> BoxedStrategy<Value> {
    if let Some(element) = datatype.element() {
        return prop::collection::vec(basic(element), 0..20).prop_map(Value::Array).boxed();
    }
    match datatype {
        DataType::Uuid => any::<u128>()
            .prop_map(|id| {
                let hex = format!("{id:032x}");
                let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                Value::Text(parts.join("-"))
            })
            .boxed(),
        DataType::Bytes | DataType::File => prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes).boxed(),
        DataType::DataSet => prop::collection::vec(prop::sample::select(&DataType::ALL[..14]), 0..4)
            .prop_flat_map(|types| {
                let cells: Vec<_> = types.iter().map(|datatype| prop::option::of(basic(*datatype))).collect();
                (Just(types), prop::collection::vec(cells, 0..4))
            })
            .prop_map(|(types, rows)| {
                let columns =
                    types.into_iter().enumerate().map(|(at, datatype)| (format!("c{at}"), datatype)).collect();
                Value::DataSet(DataSet { columns, rows })
            })
            .boxed(),
        DataType::Template => (prop::option::of("[a-z]{1,5}"), prop::option::of("[0-9]"), members(), members())
            .prop_map(|(reference, version, members, parameters)| {
                Value::Template(Template { reference, version, members, parameters })
            })
            .boxed(),
        basic_type => basic(basic_type),
    }
}

/// Sets of properties are no values of metrics.
fn typed() -> impl Strategy<Value = (DataType, Value)> {
    let types: Vec<_> = DataType::ALL
        .iter()
        .copied()
        .filter(|datatype| !matches!(datatype, DataType::PropertySet | DataType::PropertySetList))
        .collect();
    prop::sample::select(types).prop_flat_map(|datatype| (Just(datatype), of(datatype)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_encoded_comes_back(
        values in prop::collection::vec(typed(), 0..6),
        timestamp in prop::option::of(any::<u64>()),
        seq in prop::option::of(0u64..256),
    ) {
        let metrics = values.iter().enumerate().map(|(at, (datatype, value))| Metric {
            name: Some(format!("m{at}")),
            alias: Some(at as u64),
            timestamp,
            datatype: Some(datatype.number()),
            is_historical: Some(at % 2 == 0),
            value: Some(value::write(*datatype, value).unwrap()),
            ..Metric::default()
        });
        let payload = Payload { timestamp, seq, metrics: metrics.collect(), ..Payload::default() };
        let decoded = bounds::decode(&bounds::encode(&payload)).unwrap();
        prop_assert_eq!(&decoded, &payload);
        for ((datatype, value), metric) in values.iter().zip(&decoded.metrics) {
            prop_assert_eq!(&value::read(*datatype, metric.value.as_ref().unwrap()).unwrap(), value);
        }
    }
}
