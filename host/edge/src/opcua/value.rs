//! What a machine said, as a value with its quality and time.

use crate::exact::Exact;
use crate::reading::{Quality, Unreadable, Value};
use opcua_types::{DataValue, Variant};
use toolcrib_contract::types::Instant;

/// The source's own time, otherwise the server's; none when neither is said.
pub fn time(change: &DataValue) -> Option<Instant> {
    let said = [&change.source_timestamp, &change.server_timestamp];
    let said = said.into_iter().flatten().find(|time| !time.is_null())?;
    let instant = Instant(said.as_chrono().timestamp_micros());
    (Instant::MIN..=Instant::MAX).contains(&instant).then_some(instant)
}

/// The value, and how far the source vouches for it. A bad status has no value.
pub fn value(change: &DataValue, scale: Exact) -> (Result<Value, Unreadable>, Quality) {
    // A status that is not sent is a good one.
    let quality = match change.status {
        Some(status) if status.is_bad() => return (Err(Unreadable::Bad), Quality::Uncertain),
        Some(status) if status.is_uncertain() => Quality::Uncertain,
        _ => Quality::Good,
    };
    (change.value.as_ref().map_or(Err(Unreadable::Bad), |value| scalar(value, scale)), quality)
}

fn scalar(value: &Variant, scale: Exact) -> Result<Value, Unreadable> {
    let whole = |raw: i128| Value::scaled(raw, scale);
    match value {
        Variant::Boolean(flag) => Ok(Value::Flag(*flag)),
        Variant::SByte(raw) => whole((*raw).into()),
        Variant::Byte(raw) => whole((*raw).into()),
        Variant::Int16(raw) => whole((*raw).into()),
        Variant::UInt16(raw) => whole((*raw).into()),
        Variant::Int32(raw) => whole((*raw).into()),
        Variant::UInt32(raw) => whole((*raw).into()),
        Variant::Int64(raw) => whole((*raw).into()),
        Variant::UInt64(raw) => whole((*raw).into()),
        Variant::Float(raw) => Value::float((*raw).into(), &raw.to_string(), scale),
        Variant::Double(raw) => Value::float(*raw, &raw.to_string(), scale),
        Variant::String(text) => word(text.value().as_deref()),
        Variant::LocalizedText(text) => word(text.text.value().as_deref()),
        Variant::Empty => Err(Unreadable::Bad),
        _ => Err(Unreadable::Type),
    }
}

fn word(text: Option<&str>) -> Result<Value, Unreadable> {
    text.map_or(Err(Unreadable::Bad), |text| Value::word(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opcua_types::{DateTime, StatusCode, UAString};

    fn said(value: Variant, status: StatusCode) -> DataValue {
        let at = DateTime::parse_from_rfc3339("2026-11-23T08:00:00.25Z").unwrap();
        DataValue { value: Some(value), status: Some(status), source_timestamp: Some(at), ..DataValue::null() }
    }

    fn check(value_said: Variant, scale: &str, expected: Result<Value, Unreadable>) {
        assert_eq!(value(&said(value_said, StatusCode::Good), scale.parse().unwrap()), (expected, Quality::Good));
    }

    #[test]
    fn numbers_flags_and_texts_become_values() {
        check(Variant::Boolean(true), "1", Ok(Value::Flag(true)));
        check(Variant::Int64(i64::MIN), "1", Ok(Value::Count(i64::MIN)));
        check(Variant::UInt64(u64::MAX), "1", Err(Unreadable::TooLarge));
        check(Variant::UInt16(1_234), "0.01", Ok(Value::Exact("12.34".parse().unwrap())));
        check(Variant::Double(0.1), "0.1", Ok(Value::Exact("0.01".parse().unwrap())));
        check(Variant::Double(f64::NAN), "1", Err(Unreadable::NotFinite));
        check(Variant::String(UAString::from("运行")), "1", Ok(Value::Word("运行".to_owned())));
        check(Variant::String(UAString::null()), "1", Err(Unreadable::Bad));
        check(Variant::Empty, "1", Err(Unreadable::Bad));
        check(Variant::StatusCode(StatusCode::Good), "1", Err(Unreadable::Type));
    }

    #[test]
    fn the_status_is_the_quality_and_the_time_is_the_sources() {
        let uncertain = said(Variant::Int32(7), StatusCode::UncertainLastUsableValue);
        assert_eq!(value(&uncertain, Exact::ONE), (Ok(Value::Count(7)), Quality::Uncertain));
        let bad = said(Variant::Int32(7), StatusCode::BadSensorFailure);
        assert_eq!(value(&bad, Exact::ONE).0, Err(Unreadable::Bad));
        assert_eq!(time(&bad), Some(Instant(1_795_420_800_250_000)));
        assert_eq!(time(&DataValue::null()), None);
    }
}
