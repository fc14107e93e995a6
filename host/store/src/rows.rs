//! Single rows of a record: codec bytes straight into columns and back.

use crate::error::{Result, StoreError};
use crate::events::number;
use crate::table::{Plan, RecordTable};
use crate::writer::Writer;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Row, Statement};
use toolcrib_contract::codec::{Reader, put_signed, put_unsigned};
use toolcrib_contract::types::{Instant, RawId};

impl Writer {
    /// Inserts one row, reading its fields off `row`; further rows may follow on the same reader.
    ///
    /// # Errors
    /// [`StoreError::Malformed`], [`StoreError::NotUnique`], [`StoreError::Full`].
    pub fn insert(&mut self, table: &RecordTable, id: RawId, now: Instant, row: &mut Reader<'_>) -> Result<()> {
        let plan = writable(table)?;
        let mut insert = self.db.prepare_cached(&plan.insert)?;
        insert.raw_bind_parameter(1, &id.0[..])?;
        insert.raw_bind_parameter(2, now.0)?;
        self.take_room(bind_fields(plan, &mut insert, 3, row)?)?;
        insert.raw_execute()?;
        Ok(())
    }

    /// Replaces the fields of a row; `rev` 0 accepts any. Returns the new rev.
    ///
    /// # Errors
    /// [`StoreError::Malformed`], [`StoreError::NotUnique`], [`StoreError::Full`], [`StoreError::NotFound`],
    /// [`StoreError::Conflict`].
    pub fn update(
        &mut self,
        table: &RecordTable,
        id: RawId,
        rev: u64,
        now: Instant,
        row: &mut Reader<'_>,
    ) -> Result<u64> {
        let plan = writable(table)?;
        let mut update = self.db.prepare_cached(&plan.update)?;
        update.raw_bind_parameter(1, &id.0[..])?;
        update.raw_bind_parameter(2, number(rev))?;
        update.raw_bind_parameter(3, now.0)?;
        self.take_room(bind_fields(plan, &mut update, 4, row)?)?;
        let mut rows = update.raw_query();
        let new: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
        match new {
            Some(rev) => {
                // The statement is done only when it says so.
                rows.next()?;
                Ok(rev as u64)
            }
            None => Err(missing_or_changed(&self.db, plan, id)?),
        }
    }

    /// Deletes a row; `rev` 0 accepts any.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`].
    pub fn delete(&mut self, table: &RecordTable, id: RawId, rev: u64) -> Result<()> {
        let plan = writable(table)?;
        let mut delete = self.db.prepare_cached(&plan.delete)?;
        delete.raw_bind_parameter(1, &id.0[..])?;
        delete.raw_bind_parameter(2, number(rev))?;
        if delete.raw_execute()? == 1 { Ok(()) } else { Err(missing_or_changed(&self.db, plan, id)?) }
    }
}

fn writable(table: &RecordTable) -> Result<&Plan> {
    let plan = &*table.0;
    if plan.read_only {
        return Err(StoreError::Malformed(format!("record `{}` belongs to another module", plan.record)));
    }
    Ok(plan)
}

/// Binds the fields from parameter `first` on; returns their bytes.
fn bind_fields(plan: &Plan, statement: &mut Statement<'_>, first: usize, row: &mut Reader<'_>) -> Result<usize> {
    let before = row.rest().len();
    for (at, column) in plan.columns.iter().enumerate() {
        let value = column
            .decode(row)
            .map_err(|error| StoreError::Malformed(format!("`{}.{}`: {error}", plan.record, column.field)))?;
        statement.raw_bind_parameter(first + at, ToSqlOutput::Borrowed(value))?;
    }
    Ok(before - row.rest().len())
}

fn missing_or_changed(db: &Connection, plan: &Plan, id: RawId) -> Result<StoreError> {
    let exists = db.prepare_cached(&plan.exists)?.exists([&id.0[..]])?;
    Ok(if exists { StoreError::Conflict } else { StoreError::NotFound })
}

pub(crate) fn get(db: &Connection, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>> {
    let plan = &*table.0;
    let mut select = db.prepare_cached(&plan.get)?;
    select.raw_bind_parameter(1, &id.0[..])?;
    let mut rows = select.raw_query();
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut out = Vec::with_capacity(64 + plan.columns.len() * 8);
    write(plan, row, &mut out)?;
    Ok(Some(out))
}

/// Writes head and fields of a row that [`Plan::select`] yielded.
pub(crate) fn write(plan: &Plan, row: &Row<'_>, out: &mut Vec<u8>) -> Result<()> {
    let damaged = || StoreError::Io(format!("the head of a row of `{}` is damaged", plan.record));
    out.extend_from_slice(row.get_ref(0)?.as_blob().ok().filter(|id| id.len() == 16).ok_or_else(damaged)?);
    put_unsigned(row.get_ref(1)?.as_i64().map_err(|_| damaged())? as u64, out);
    put_signed(row.get_ref(2)?.as_i64().map_err(|_| damaged())?, out);
    put_signed(row.get_ref(3)?.as_i64().map_err(|_| damaged())?, out);
    for (at, column) in plan.columns.iter().enumerate() {
        column.encode(row.get_ref(HEAD + at)?, out)?;
    }
    Ok(())
}

/// Columns in front of the fields.
pub(crate) const HEAD: usize = 4;
