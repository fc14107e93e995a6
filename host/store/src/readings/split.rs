//! From one file of all readings to a file for each month: what a file of an earlier version becomes when it is opened.
//!
//! The months are on the disk before the one file forgets its readings. A power failure in between means that it is done
//! once more: what a month has already, it does not take again, nor count.

use super::file::MonthFile;
use super::month::{Month, months};
use crate::connection::TenantOptions;
use crate::error::{Result, StoreError};
use rusqlite::Transaction;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use toolcrib_contract::types::Instant;

/// Readings of one commit.
const TOGETHER: u64 = 100_000;

const AFTER: &str = "
DROP TABLE reading;
ALTER TABLE signal RENAME TO signal_before;
CREATE TABLE signal(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO signal SELECT id,name FROM signal_before;
DROP TABLE signal_before;
";

pub(crate) fn run(one: &Transaction<'_>) -> Result<()> {
    let tenant = one.path().map(Path::new).and_then(Path::parent);
    let tenant = tenant.ok_or_else(|| StoreError::Internal("readings without a place".to_owned()))?;
    let devices = one
        .prepare("SELECT id,device FROM signal")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<HashMap<i64, String>>>()?;
    if !devices.is_empty() {
        spread(one, tenant, &devices)?;
    }
    one.execute_batch(AFTER)?;
    Ok(one.execute_batch(crate::schema::TALLY)?)
}

fn spread(one: &Transaction<'_>, tenant: &Path, devices: &HashMap<i64, String>) -> Result<()> {
    super::files::create_folder(tenant)?;
    // The quota counts from the next reading on: what is there must find its place.
    let options = TenantOptions { quota_bytes: 1 << 43, ..TenantOptions::default() };
    let mut to: BTreeMap<Month, MonthFile> = BTreeMap::new();
    for (month, _) in months(tenant)? {
        to.insert(month, MonthFile::create(tenant, month, &options, 1)?);
    }
    let mut select = one.prepare("SELECT series,at_us,arrival,kind,value FROM reading")?;
    let mut rows = select.query([])?;
    let mut moved = 0;
    while let Some(row) = rows.next()? {
        let (series, at) = (row.get(0)?, Instant(row.get(1)?));
        let month = Month::of(at)?;
        let file = match to.entry(month) {
            std::collections::btree_map::Entry::Occupied(file) => file.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(MonthFile::create(tenant, month, &options, 1)?)
            }
        };
        file.begin()?;
        let read = crate::engine::Row::Sqlite(row);
        let (value, quality) = (super::query::sample(&read, 3)?, super::query::quality(&read, 3)?);
        let device = devices.get(&series).map_or("", String::as_str);
        file.insert_as(row.get(2)?, series, device, at, &value, quality)?;
        moved += 1;
        if moved % TOGETHER == 0 {
            to.values_mut().try_for_each(MonthFile::commit)?;
        }
    }
    to.values_mut().try_for_each(MonthFile::commit)
}
