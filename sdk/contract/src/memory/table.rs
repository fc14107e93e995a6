//! The rows of one record, and walks along its indexes.

use crate::codec::{Bytes, Encode, put_unsigned};
use crate::host::{HostError, fault, refusal};
use crate::limits;
use crate::manifest::IndexDef;
use crate::row::RowHead;
use crate::schema::Field;
use crate::select::{BY_ID, Page, Select};
use crate::value::{self, Value, write_fields};
use crate::{Decode, RawId, Reader};
use std::cmp::Ordering;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub head: RowHead,
    pub values: Vec<Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    rows: BTreeMap<RawId, Stored>,
}

/// The values of an index's fields, then the id: the total order of a walk.
type Key = (Vec<Value>, RawId);

impl Table {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn ids(&self) -> Vec<RawId> {
        self.rows.keys().copied().collect()
    }

    pub fn get(&self, id: RawId) -> Option<&Stored> {
        self.rows.get(&id)
    }

    pub fn insert(&mut self, head: RowHead, values: Vec<Value>) {
        self.rows.insert(head.id, Stored { head, values });
    }

    pub fn remove(&mut self, id: RawId) {
        self.rows.remove(&id);
    }

    /// Whether another row holds the same values in a unique index. As in the databases, an absent value equals none.
    pub fn is_taken(&self, index: &IndexDef, id: RawId, values: &[Value]) -> bool {
        let key = index_values(index, values);
        !key.contains(&Value::None)
            && self.rows.values().any(|row| row.head.id != id && index_values(index, &row.values) == key)
    }

    /// The page, and how many rows were read for it.
    pub fn select(&self, fields: &[Field], indexes: &[IndexDef], bytes: &[u8]) -> Result<(Page, u32), HostError> {
        let select =
            Select::from_bytes(bytes).map_err(|error| HostError::fault(fault::MALFORMED, error.to_string()))?;
        if !(1..=limits::PAGE_ROWS).contains(&select.limit) {
            return Err(HostError::fault(fault::LIMIT, format!("a page has 1 to {} rows", limits::PAGE_ROWS)));
        }
        let by_id = IndexDef { fields: Vec::new(), unique: true };
        let index = match select.index {
            BY_ID => &by_id,
            at => indexes
                .get(at as usize)
                .ok_or_else(|| HostError::fault(fault::MALFORMED, format!("there is no index {at}")))?,
        };
        let walk = Walk::new(fields, index, &select)?;
        let mut rows: Vec<(Key, &Stored)> = self
            .rows
            .values()
            .map(|row| ((index_values(index, &row.values), row.head.id), row))
            .filter(|(key, _)| walk.covers(key))
            .collect();
        rows.sort_by(|(a, _), (b, _)| walk.order(a, b));
        let more = rows.len() > select.limit as usize;
        rows.truncate(select.limit as usize);
        let next = rows.last().filter(|_| more).map(|((values, id), _)| walk.cursor(values, *id));
        let mut laid = Vec::new();
        rows.iter().for_each(|(_, row)| put_row(fields, row, &mut laid));
        let count = rows.len() as u32;
        Ok((Page { count, rows: Bytes(laid), next }, count))
    }
}

/// Lays one row down as it crosses the boundary.
pub(super) fn put_row(fields: &[Field], row: &Stored, out: &mut Vec<u8>) {
    row.head.write(out);
    write_fields(fields, &row.values, out);
}

fn index_values(index: &IndexDef, values: &[Value]) -> Vec<Value> {
    index.fields.iter().map(|at| values[*at as usize].clone()).collect()
}

/// A checked [`Select`].
struct Walk<'a> {
    fields: Vec<&'a Field>,
    equals: Vec<Value>,
    from: Option<Value>,
    until: Option<Value>,
    after: Option<Key>,
    descending: bool,
}

impl<'a> Walk<'a> {
    fn new(fields: &'a [Field], index: &IndexDef, select: &Select) -> Result<Self, HostError> {
        let fields: Vec<&Field> = index.fields.iter().map(|at| &fields[*at as usize]).collect();
        let value = |at: usize, bytes: &Bytes| {
            let field = fields.get(at).ok_or_else(|| bad("there are more values than the index has fields"))?;
            value::from_bytes(&field.of, &bytes.0).map_err(|error| bad(&format!("`{}`: {error}", field.name)))
        };
        let equals =
            select.equals.iter().enumerate().map(|(at, bytes)| value(at, bytes)).collect::<Result<Vec<_>, _>>()?;
        let bound = |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| value(select.equals.len(), bytes)).transpose();
        let (from, until) = (bound(&select.from)?, bound(&select.until)?);
        let after = select.after.as_ref().map(|bytes| read_cursor(&fields, &bytes.0)).transpose()?;
        Ok(Self { equals, from, until, after, descending: select.descending, fields })
    }

    fn covers(&self, key: &Key) -> bool {
        let next = key.0.get(self.equals.len());
        key.0.starts_with(&self.equals)
            && self.from.as_ref().is_none_or(|from| next.is_some_and(|value| value >= from))
            && self.until.as_ref().is_none_or(|until| next.is_some_and(|value| value < until))
            && self.after.as_ref().is_none_or(|after| self.order(after, key) == Ordering::Less)
    }

    fn order(&self, a: &Key, b: &Key) -> Ordering {
        // Values of one index are of one type and floats are finite: they always compare.
        let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
        if self.descending { order.reverse() } else { order }
    }

    fn cursor(&self, values: &[Value], id: RawId) -> Bytes {
        let mut out = Vec::new();
        put_unsigned(self.fields.len() as u64, &mut out);
        self.fields.iter().zip(values).for_each(|(field, value)| value::write(&field.of, value, &mut out));
        id.encode(&mut out);
        Bytes(out)
    }
}

fn read_cursor(fields: &[&Field], bytes: &[u8]) -> Result<Key, HostError> {
    let wrong = |_| bad("the cursor belongs to another walk");
    let mut reader = Reader::new(bytes);
    if reader.unsigned().map_err(wrong)? != fields.len() as u64 {
        return Err(bad("the cursor belongs to another walk"));
    }
    let values =
        fields.iter().map(|field| value::read(&field.of, &mut reader)).collect::<Result<_, _>>().map_err(wrong)?;
    let id = RawId::decode(&mut reader).map_err(wrong)?;
    if reader.rest().is_empty() { Ok((values, id)) } else { Err(bad("the cursor belongs to another walk")) }
}

fn bad(message: &str) -> HostError {
    HostError::refused(refusal::BAD_SELECT, message)
}
