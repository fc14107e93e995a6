//! The row that whoever changes something of a tenant's readings holds, and where its months stand.

use crate::engine::prepared::Prepared;
use crate::engine::{Session, values};
use crate::error::{Result, StoreError};
use crate::readings::month::{Kept, Month};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;

/// What is kept of a month: every reading; hours and days; the same, and readings are just leaving; all is just leaving.
pub(crate) const WHOLE: i64 = 0;
pub(crate) const SUMS: i64 = 1;
pub(crate) const FOLDING: i64 = 2;
pub(crate) const LEAVING: i64 = 3;

pub(crate) const HEAD: Prepared = Prepared {
    name: "reading_head",
    types: "uuid",
    sql: "SELECT turn,next_series,next_aside,bytes FROM reading_head/*W*/ FOR UPDATE",
};

/// What the row says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub turn: i64,
    pub next_series: i64,
    pub next_aside: i64,
    pub bytes: i64,
}

/// Where a month stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MonthState {
    pub kept: i64,
    /// Number of its newest reading.
    pub arrival: i64,
}

impl MonthState {
    /// As whoever reads sees it; none when it is leaving.
    pub fn as_kept(self) -> Option<Kept> {
        match self.kept {
            WHOLE => Some(Kept::Whole),
            LEAVING => None,
            _ => Some(Kept::Sums),
        }
    }
}

/// Begins a transaction and takes the row: nobody else, on whatever host, changes readings of this tenant until it ends.
pub(crate) fn lock(session: &Session) -> Result<Head> {
    let head = match session.begin_and(&select(session))?.first() {
        Some(head) => read(head),
        None => first(session),
    };
    if head.is_err() {
        session.rollback();
    }
    head
}

/// The same in a transaction that is open.
pub(crate) fn lock_in(session: &Session) -> Result<Head> {
    match session.ask(&select(session))? {
        Some(head) => read(&head),
        None => first(session),
    }
}

fn select(session: &Session) -> String {
    HEAD.execute(session.server().texts(), session.tenant(), &[])
}

fn first(session: &Session) -> Result<Head> {
    // Whoever has readings is a tenant, although it never did anything.
    for table in ["tenant_head", "reading_head"] {
        session.execute(&format!("INSERT INTO {table}(tenant_id) VALUES($1) ON CONFLICT DO NOTHING"), &[])?;
    }
    let head =
        session.ask(&select(session))?.ok_or_else(|| StoreError::Internal("readings have no head".to_owned()))?;
    read(&head)
}

/// As the simple protocol gives it, which has texts for numbers.
fn read(row: &PgRow) -> Result<Head> {
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(|error| StoreError::Internal(error.to_string()));
    Ok(Head { turn: number(0)?, next_series: number(1)?, next_aside: number(2)?, bytes: number(3)? })
}

/// Notes what the transaction changed.
pub(crate) fn put(session: &Session, head: &Head) -> Result<()> {
    let sql = "UPDATE reading_head SET turn=turn+1,next_series=?1,next_aside=?2,bytes=?3/*W*/";
    session.execute(sql, values![head.next_series, head.next_aside, head.bytes.max(0)]).map(drop)
}

/// All months that there is a row of.
pub(crate) fn months(session: &Session) -> Result<BTreeMap<Month, MonthState>> {
    let mut months = BTreeMap::new();
    session.each("SELECT month,kept,arrival FROM reading_month/*W*/", &[], |row| {
        let state = MonthState { kept: row.int(1)?, arrival: row.int(2)? };
        months.extend(Month::named(&row.text(0)?).map(|month| (month, state)));
        Ok(true)
    })?;
    Ok(months)
}
