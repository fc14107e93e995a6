//! Pages along an index, by key and never by offset.
//!
//! Rows are ordered by the index's fields and then by id; an absent value is smaller than any other. What follows a
//! position is a short sequence of index ranges (the same first fields and a greater last one, then one field fewer),
//! so a page costs the same at the start and at the end of a table.

use crate::column::{Column, Kind};
use crate::engine::{Db, Value};
use crate::error::{Result, StoreError};
use crate::rows;
use crate::table::{Plan, RecordTable};
use std::cmp::Ordering;
use std::fmt::Write as _;
use toolcrib_contract::codec::{Bytes, Reader, put_unsigned};
use toolcrib_contract::limits;
use toolcrib_contract::select::{BY_ID, Page, Select};

#[cfg(test)]
mod tests;

/// A page ends early rather than exceed this many bytes.
const PAGE_BYTES: usize = limits::HOST_CALL_BYTES;

pub(crate) fn select(db: &Db, table: &RecordTable, select: &Select) -> Result<Page> {
    let walk = Walk::new(&table.0, select)?;
    let mut page = Gathered { rows: Vec::new(), count: 0, limit: select.limit, last: Vec::new(), more: false };
    for range in walk.ranges(select)? {
        walk.gather(db, &range, &mut page)?;
        if page.more {
            break;
        }
    }
    let next = page.more.then_some(Bytes(page.last));
    Ok(Page { count: page.count, rows: Bytes(page.rows), next })
}

/// One key of the walk: a field of the index, or the id behind them.
struct Key<'a> {
    /// SQL name.
    name: String,
    column: &'a Column,
    /// Position in a selected row.
    at: usize,
}

struct Walk<'a> {
    plan: &'a Plan,
    index: u32,
    descending: bool,
    /// The fields of the index, then the id.
    keys: Vec<Key<'a>>,
    equals: Vec<Value<'a>>,
    from: Option<Value<'a>>,
    until: Option<Value<'a>>,
}

/// A stretch of the index: the first keys fixed, the next one bounded, the rest in order.
struct Range<'a> {
    fixed: Vec<Value<'a>>,
    bounds: Vec<(&'static str, Option<Value<'a>>)>,
}

struct Gathered {
    rows: Vec<u8>,
    count: u32,
    limit: u32,
    last: Vec<u8>,
    more: bool,
}

fn id_column() -> &'static Column {
    static ID: Column = Column { field: String::new(), kind: Kind::Id, optional: false };
    &ID
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan, select: &'a Select) -> Result<Self> {
        if !(1..=limits::PAGE_ROWS).contains(&select.limit) {
            return Err(StoreError::BadSelect("the limit lies outside 1 to 500"));
        }
        let mut keys = Vec::new();
        if select.index != BY_ID {
            let index = usize::try_from(select.index).ok().and_then(|at| plan.indexes.get(at));
            let index = index.ok_or(StoreError::BadSelect("there is no such index"))?;
            keys.extend(index.columns.iter().map(|at| {
                let column = &plan.columns[*at];
                Key { name: format!("c_{}", column.field), column, at: rows::HEAD + at }
            }));
        }
        keys.push(Key { name: "id".to_owned(), column: id_column(), at: 0 });
        if select.equals.len() >= keys.len() {
            return Err(StoreError::BadSelect("more values than the index has fields"));
        }
        let value = |key: &Key<'a>, bytes: &'a Bytes| {
            let wrong = |_| StoreError::BadSelect("a value is not of its field's type");
            key.column.decode_all(&bytes.0).map_err(wrong)
        };
        let equals = keys.iter().zip(&select.equals).map(|(key, bytes)| value(key, bytes)).collect::<Result<_>>()?;
        let next = &keys[select.equals.len()];
        let from = select.from.as_ref().map(|bytes| value(next, bytes)).transpose()?;
        let until = select.until.as_ref().map(|bytes| value(next, bytes)).transpose()?;
        Ok(Self { plan, index: select.index, descending: select.descending, keys, equals, from, until })
    }

    /// The ranges of this page in order, some perhaps empty.
    fn ranges(&self, select: &'a Select) -> Result<Vec<Range<'a>>> {
        let depth = self.equals.len();
        let Some(position) = &select.after else {
            return Ok(self.between(&self.equals, self.from.map(|from| (from, true)), self.until));
        };
        let after = self.position(&position.0)?;
        let mut ranges = Vec::new();
        for at in (depth..self.keys.len()).rev() {
            let fixed = &after[..at];
            let (from, until) = if at == depth { (self.from, self.until) } else { (None, None) };
            // A position lies within the bounds, so it replaces the one in front of it.
            ranges.extend(if self.descending {
                self.between(fixed, from.map(|from| (from, true)), Some(after[at]))
            } else {
                self.between(fixed, Some((after[at], false)), until)
            });
        }
        Ok(ranges)
    }

    /// Ranges in which the key after `fixed` lies at or after `from` (after it, when not inclusive) and before `until`.
    fn between(
        &self,
        fixed: &[Value<'a>],
        from: Option<(Value<'a>, bool)>,
        until: Option<Value<'a>>,
    ) -> Vec<Range<'a>> {
        let range = |bounds| Range { fixed: fixed.to_vec(), bounds };
        if until == Some(Value::Null) {
            return Vec::new();
        }
        let below = until.map(|until| ("<", Some(until)));
        match from {
            Some((Value::Null, false)) => {
                vec![range([Some((" IS NOT NULL", None)), below].into_iter().flatten().collect())]
            }
            Some((from, inclusive)) if from != Value::Null => {
                let above = (if inclusive { ">=" } else { ">" }, Some(from));
                vec![range([Some(above), below].into_iter().flatten().collect())]
            }
            // From the very start, absent values included. SQL keeps those out of every comparison.
            _ => match below {
                None => vec![range(Vec::new())],
                Some(below) if self.keys[fixed.len()].column.optional => {
                    let mut halves = vec![range(vec![(" IS NULL", None)]), range(vec![below])];
                    if self.descending {
                        halves.reverse();
                    }
                    halves
                }
                Some(below) => vec![range(vec![below])],
            },
        }
    }

    /// Reads a position; it must lie inside the selection.
    fn position(&self, bytes: &'a [u8]) -> Result<Vec<Value<'a>>> {
        const WRONG: StoreError = StoreError::BadSelect("the position is not one of this selection");
        let mut reader = Reader::new(bytes);
        if reader.unsigned().map_err(|_| WRONG)? != u64::from(self.index) {
            return Err(WRONG);
        }
        let values: Vec<_> = self
            .keys
            .iter()
            .map(|key| key.column.decode(&mut reader))
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| WRONG)?;
        let next = values[self.equals.len()];
        let inside = reader.rest().is_empty()
            && values.starts_with(&self.equals)
            && self.from.is_none_or(|from| compare(from, next) != Ordering::Greater)
            && self.until.is_none_or(|until| compare(next, until) == Ordering::Less);
        if inside { Ok(values) } else { Err(WRONG) }
    }

    fn sql(&self, range: &Range<'_>) -> String {
        let mut sql = String::with_capacity(self.plan.select.len() + 160);
        sql.push_str(&self.plan.select);
        let mut glue = " WHERE /*w*/";
        for (key, value) in self.keys.iter().zip(&range.fixed) {
            let test = if *value == Value::Null { " IS NULL" } else { "=?" };
            // Writing to a String cannot fail.
            let _ = write!(sql, "{glue}{}{test}", key.name);
            glue = " AND ";
        }
        for (test, value) in &range.bounds {
            let mark = if value.is_some() { "?" } else { "" };
            let _ = write!(sql, "{glue}{}{test}{mark}", self.keys[range.fixed.len()].name);
            glue = " AND ";
        }
        if glue.starts_with(" WHERE") {
            sql.push_str("/*W*/");
        }
        glue = " ORDER BY ";
        for key in &self.keys[range.fixed.len()..] {
            // An id is never absent.
            let order = match (self.descending, key.at) {
                (false, 0) => "",
                (false, _) => "/*f*/",
                (true, 0) => " DESC",
                (true, _) => " DESC/*l*/",
            };
            let _ = write!(sql, "{glue}{}{order}", key.name);
            glue = ",";
        }
        sql.push_str(" LIMIT ?");
        sql
    }

    fn gather(&self, db: &Db, range: &Range<'_>, page: &mut Gathered) -> Result<()> {
        let fixed = range.fixed.iter().filter(|value| **value != Value::Null);
        let bounds = range.bounds.iter().filter_map(|(_, value)| value.as_ref());
        // One row more than wanted tells whether there is another page.
        let limit = [Value::from(page.limit - page.count + 1)];
        let wanted: Vec<Value<'_>> = fixed.chain(bounds).chain(&limit).copied().collect();
        db.each(&self.sql(range), &wanted, |row| {
            let full = page.count == page.limit || page.rows.len() >= PAGE_BYTES;
            if full {
                page.more = true;
                return Ok(false);
            }
            rows::write(self.plan, row, &mut page.rows)?;
            page.count += 1;
            if page.count == page.limit || page.rows.len() >= PAGE_BYTES {
                page.last.clear();
                put_unsigned(u64::from(self.index), &mut page.last);
                for key in &self.keys {
                    key.column.encode(row.value(key.at)?, &mut page.last)?;
                }
            }
            Ok(true)
        })
    }
}

/// As the engines order values of one column.
fn compare(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (Value::Text(a), Value::Text(b)) | (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        (Value::Id(a), Value::Id(b)) => a.cmp(b),
        // Both are of one column's type.
        _ => Ordering::Equal,
    }
}
