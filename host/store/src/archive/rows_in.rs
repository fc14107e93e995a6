//! Rows of an archive on their way into a database: one by one into a file, many in one statement to a server.

use crate::engine::{Db, Value};
use crate::error::Result;
use toolcrib_contract::types::RawId;

/// Rows of one statement to a server, at most.
const TOGETHER: usize = 64;
/// Bytes of one statement, about: more of them go one by one.
const TOGETHER_BYTES: usize = 4 << 20;
/// Values that one statement of PostgreSQL can have.
const VALUES_MAX: usize = 65_000;

/// A value that waits.
#[derive(Clone, Debug)]
pub(super) enum Owned {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
    Id(RawId),
}

impl Owned {
    fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(value) => Value::Integer(*value),
            Self::Real(value) => Value::Real(*value),
            Self::Text(text) => Value::Text(text.as_bytes()),
            Self::Blob(bytes) => Value::Blob(bytes),
            Self::Id(id) => Value::Id(&id.0),
        }
    }

    /// Bytes of a text; 0 for other values.
    pub fn text_bytes(&self) -> usize {
        if let Self::Text(text) = self { text.len() } else { 0 }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
            _ => 16,
        }
    }
}

impl From<i64> for Owned {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Owned {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Owned {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Owned {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<RawId> for Owned {
    fn from(id: RawId) -> Self {
        Self::Id(id)
    }
}

impl<T: Into<Self>> From<Option<T>> for Owned {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of a row: `row![seq, module]`.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::archive::rows_in::Owned::from($value)),*] };
}
pub(super) use row;

/// Rows that wait for one another.
#[derive(Default)]
pub(super) struct RowsIn {
    /// Table and columns: `event(/*c*/seq,module)`.
    into: String,
    waiting: Vec<Vec<Owned>>,
    waiting_bytes: usize,
    one: String,
    many: String,
    together: usize,
}

impl RowsIn {
    /// Adds a row; `into` names table and columns in this order. It may wait until [`RowsIn::flush`].
    ///
    /// # Errors
    /// The database's, perhaps for a row that was added before.
    pub fn add(&mut self, db: &Db, into: &str, row: Vec<Owned>) -> Result<()> {
        if self.into != into {
            self.flush(db)?;
            self.together = match db {
                Db::Sqlite(_) => 1,
                Db::Postgres(_) => TOGETHER.min(VALUES_MAX / row.len().max(1)),
            };
            into.clone_into(&mut self.into);
            self.one = statement(into, row.len(), 1);
            self.many = statement(into, row.len(), self.together);
        }
        self.waiting_bytes += row.iter().map(Owned::bytes).sum::<usize>();
        self.waiting.push(row);
        if self.waiting.len() == self.together && self.waiting_bytes <= TOGETHER_BYTES {
            let values: Vec<_> = self.waiting.iter().flatten().map(Owned::as_value).collect();
            db.execute(&self.many, &values)?;
            self.clear();
        } else if self.waiting.len() >= self.together || self.waiting_bytes > TOGETHER_BYTES {
            self.flush(db)?;
        }
        Ok(())
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// The database's.
    pub fn flush(&mut self, db: &Db) -> Result<()> {
        for row in &self.waiting {
            let values: Vec<_> = row.iter().map(Owned::as_value).collect();
            db.execute(&self.one, &values)?;
        }
        self.clear();
        Ok(())
    }

    fn clear(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
    }
}

fn statement(into: &str, columns: usize, rows: usize) -> String {
    let row = format!("(/*v*/{})", vec!["?"; columns].join(","));
    format!("INSERT INTO {into} VALUES{}", vec![row.as_str(); rows].join(","))
}
