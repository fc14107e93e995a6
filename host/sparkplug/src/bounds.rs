//! Decoding within limits: what a payload would become is counted on its bytes before anything is allocated for it.
//!
//! An empty metric is two bytes on the wire and some hundred in memory, so a limit on bytes alone would not do.

use crate::wire::Payload;
use prost::Message;

/// Bytes of one payload.
pub const PAYLOAD_BYTES: usize = 1 << 20;
/// Metrics of one payload, members of templates included.
pub const METRICS: usize = 10_000;
/// Fields of one payload, of all messages in it together.
pub const FIELDS: usize = 200_000;
/// Messages one inside the other: templates in templates, property sets in property sets.
pub const DEPTH: usize = 16;

/// Why a payload is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hostile {
    #[error("the payload has more than {PAYLOAD_BYTES} bytes")]
    TooLong,
    #[error("the payload has more than {METRICS} metrics")]
    TooManyMetrics,
    #[error("the payload has more than {FIELDS} fields")]
    TooManyFields,
    #[error("the payload is nested deeper than {DEPTH} levels")]
    TooDeep,
    #[error("the payload is not a Sparkplug B payload")]
    Malformed,
}

/// Decodes a payload.
///
/// # Errors
/// It exceeds a limit, or is not what it says.
pub fn decode(bytes: &[u8]) -> Result<Payload, Hostile> {
    if bytes.len() > PAYLOAD_BYTES {
        return Err(Hostile::TooLong);
    }
    let mut count = Count { metrics: 0, fields: 0 };
    count.message(Kind::Payload, bytes, 0)?;
    Payload::decode(bytes).map_err(|_| Hostile::Malformed)
}

/// Encodes a payload.
pub fn encode(payload: &Payload) -> Vec<u8> {
    payload.encode_to_vec()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Payload,
    Metric,
    PropertySet,
    PropertyValue,
    PropertySetList,
    DataSet,
    Row,
    Template,
    /// A message without messages.
    Leaf,
}

impl Kind {
    /// What a field of this message holds, when it is a message too.
    fn inside(self, field: u64) -> Option<Self> {
        Some(match (self, field) {
            (Self::Payload | Self::Template, 2) => Self::Metric,
            (Self::Metric, 8) => Self::Leaf,
            (Self::Metric, 9) | (Self::PropertyValue, 9) | (Self::PropertySetList, 1) => Self::PropertySet,
            (Self::Metric, 17) => Self::DataSet,
            (Self::Metric, 18) => Self::Template,
            (Self::PropertySet, 2) => Self::PropertyValue,
            (Self::PropertyValue, 10) => Self::PropertySetList,
            (Self::DataSet, 4) => Self::Row,
            (Self::Row, 1) | (Self::Template, 3) => Self::Leaf,
            _ => return None,
        })
    }
}

struct Count {
    metrics: usize,
    fields: usize,
}

impl Count {
    fn message(&mut self, kind: Kind, mut bytes: &[u8], depth: usize) -> Result<(), Hostile> {
        if depth > DEPTH {
            return Err(Hostile::TooDeep);
        }
        if kind == Kind::Metric {
            self.metrics += 1;
            if self.metrics > METRICS {
                return Err(Hostile::TooManyMetrics);
            }
        }
        while !bytes.is_empty() {
            self.fields += 1;
            if self.fields > FIELDS {
                return Err(Hostile::TooManyFields);
            }
            let key = varint(&mut bytes)?;
            match key & 7 {
                0 => drop(varint(&mut bytes)?),
                1 => drop(take(&mut bytes, 8)?),
                5 => drop(take(&mut bytes, 4)?),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Hostile::Malformed)?;
                    let content = take(&mut bytes, length)?;
                    match kind.inside(key >> 3) {
                        Some(inside) => self.message(inside, content, depth + 1)?,
                        // Packed numbers count one a byte: they become four.
                        None if kind == Kind::DataSet && key >> 3 == 3 => self.fields += length,
                        None => {}
                    }
                }
                // Groups are not part of this schema, and nesting in them could not be seen here.
                _ => return Err(Hostile::Malformed),
            }
        }
        Ok(())
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Hostile> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Hostile::Malformed)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Hostile::Malformed)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Hostile> {
    let (content, rest) = bytes.split_at_checked(length).ok_or(Hostile::Malformed)?;
    *bytes = rest;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{DataSet, Metric, MetricValue, PropertyContent, PropertySet, PropertyValue, Template};
    use proptest::prelude::*;

    fn of(metrics: Vec<Metric>) -> Vec<u8> {
        encode(&Payload { metrics, ..Payload::default() })
    }

    #[test]
    fn a_payload_of_more_metrics_than_the_limit_is_refused_before_it_is_decoded() {
        assert_eq!(decode(&of(vec![Metric::default(); METRICS])).unwrap().metrics.len(), METRICS);
        assert_eq!(decode(&of(vec![Metric::default(); METRICS + 1])), Err(Hostile::TooManyMetrics));
        let members = Template { metrics: vec![Metric::default(); METRICS], ..Template::default() };
        let metric = Metric { value: Some(MetricValue::Template(members)), ..Metric::default() };
        assert_eq!(decode(&of(vec![metric])), Err(Hostile::TooManyMetrics), "members count, too");
    }

    #[test]
    fn a_payload_of_more_bytes_or_fields_than_the_limit_is_refused() {
        assert_eq!(decode(&vec![0; PAYLOAD_BYTES + 1]), Err(Hostile::TooLong));
        let columns = |count| {
            let set = DataSet { columns: vec![String::new(); count], ..DataSet::default() };
            of(vec![Metric { value: Some(MetricValue::DataSet(set)), ..Metric::default() }])
        };
        assert!(decode(&columns(FIELDS - 2)).is_ok());
        assert_eq!(decode(&columns(FIELDS - 1)), Err(Hostile::TooManyFields));
    }

    #[test]
    fn property_sets_one_inside_the_other_end_at_the_depth() {
        let nested = |levels: usize| {
            let mut set = PropertySet::default();
            for _ in 0..levels {
                let value = PropertyValue { value: Some(PropertyContent::Set(set)), ..PropertyValue::default() };
                set = PropertySet { keys: vec!["deeper".into()], values: vec![value] };
            }
            of(vec![Metric { properties: Some(set), ..Metric::default() }])
        };
        assert!(decode(&nested((DEPTH - 2) / 2)).is_ok());
        assert_eq!(decode(&nested(DEPTH / 2)), Err(Hostile::TooDeep));
        assert_eq!(decode(&nested(200)), Err(Hostile::TooDeep));
    }

    #[test]
    fn groups_and_broken_bytes_are_no_payload() {
        for bytes in [&[0x0b][..], &[0x12, 0x05, 0x01], &[0xff; 11], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert_eq!(decode(bytes), Err(Hostile::Malformed), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(payload) = decode(&bytes) {
                prop_assert!(payload.metrics.len() <= METRICS);
            }
        }
    }
}
