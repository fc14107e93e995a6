//! Single rows of a record: codec bytes straight into columns and back.

use crate::engine::{Db, NewRow, Row, Session, Value, bind_at, values};
use crate::error::{Result, StoreError};
use crate::events::number;
use crate::table::{Plan, RecordTable};
use crate::writer::Writer;
use rusqlite::{Connection, Statement};
use toolcrib_contract::codec::{CodecError, Reader, put_signed, put_unsigned};
use toolcrib_contract::types::{Instant, RawId};

impl Writer {
    /// Inserts one row, reading its fields off `row`; further rows may follow on the same reader.
    ///
    /// # Errors
    /// [`StoreError::Malformed`], [`StoreError::NotUnique`], [`StoreError::Full`].
    pub fn insert(&mut self, table: &RecordTable, id: RawId, now: Instant, row: &mut Reader<'_>) -> Result<()> {
        let plan = writable(table)?;
        match &self.db {
            Db::Sqlite(db) => {
                let mut insert = db.prepare_cached(&plan.insert)?;
                bind_at(&mut insert, 1, (&id).into())?;
                bind_at(&mut insert, 2, now.into())?;
                self.take_room(bind_fields(plan, &mut insert, 3, row)?)?;
                insert.raw_execute()?;
                Ok(())
            }
            Db::Postgres(session) => {
                let all = row.rest();
                let (fields, bytes) = read_fields(plan, row)?;
                plan.check_fields(&fields)?;
                self.take_room(bytes)?;
                if plan.postgres.clashes.is_empty() {
                    return session.write_row(&table.0, NewRow { id, at: now, fields: all[..bytes].to_vec() });
                }
                let line = [&[(&id).into(), now.into()], &fields[..]].concat();
                if session.execute(&plan.postgres.insert, &line)? == 1 {
                    return Ok(());
                }
                Err(clash(session, plan, id, &fields)?)
            }
        }
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
        match &self.db {
            Db::Sqlite(db) => {
                let (fields, bytes) = read_fields(plan, row)?;
                self.take_room(bytes)?;
                let indexed = &plan.indexed;
                let others = || (0..fields.len()).filter(|at| !indexed.columns.contains(at)).map(|at| fields[at]);
                let next = rev.checked_add(1).filter(|_| rev != 0);
                if let Some(next) = next {
                    // What nearly always is so is found out in the statement itself.
                    let same = indexed.columns.iter().map(|at| fields[*at]);
                    if set(db, &indexed.update_if_same, (id, next, now), others().chain(same))? == 1 {
                        return Ok(next);
                    }
                }
                let found = self.db.row(&indexed.find, values![&id], |row| {
                    let mut of_row = indexed.columns.iter().zip(1..);
                    let stays = of_row.try_fold(true, |stays, (column, at)| {
                        Ok::<_, StoreError>(stays && fields[*column].is_same(row.value(at)?))
                    });
                    Ok((row.count(0)?, stays?))
                })?;
                let (found, stays) = found.ok_or(StoreError::NotFound)?;
                if rev != 0 && rev != found {
                    return Err(StoreError::Conflict);
                }
                let head = (id, found + 1, now);
                if stays {
                    set(db, &indexed.update_others, head, others())?;
                } else {
                    set(db, &plan.update, head, fields.iter().copied())?;
                }
                Ok(found + 1)
            }
            Db::Postgres(session) => {
                let (fields, bytes) = read_fields(plan, row)?;
                plan.check_fields(&fields)?;
                self.take_room(bytes)?;
                let line = [&[(&id).into(), number(rev).into(), now.into()], &fields[..]].concat();
                match session.change(&plan.postgres.update, &line, |row| row.count(0))? {
                    Some(rev) => Ok(rev),
                    None => Err(match session.row(&plan.postgres.rev, values![&id], |row| row.count(0))? {
                        None => StoreError::NotFound,
                        Some(found) if rev != 0 && found != rev => StoreError::Conflict,
                        Some(_) => clash(session, plan, id, &fields)?,
                    }),
                }
            }
        }
    }

    /// Deletes a row; `rev` 0 accepts any.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`].
    pub fn delete(&mut self, table: &RecordTable, id: RawId, rev: u64) -> Result<()> {
        let plan = writable(table)?;
        let deleted = self.db.execute(&plan.delete, values![&id, number(rev)])?;
        if deleted == 1 { Ok(()) } else { Err(missing_or_changed(&self.db, plan, id)?) }
    }
}

fn writable(table: &RecordTable) -> Result<&Plan> {
    let plan = &*table.0;
    if plan.read_only {
        return Err(StoreError::Malformed(format!("record `{}` belongs to another module", plan.record)));
    }
    Ok(plan)
}

/// Changes the row of this id: its rev, its time, and fields in the order of the statement; how many it changed.
fn set<'a>(
    db: &Connection,
    sql: &str,
    (id, rev, now): (RawId, u64, Instant),
    fields: impl Iterator<Item = Value<'a>>,
) -> Result<usize> {
    let mut update = db.prepare_cached(sql)?;
    bind_at(&mut update, 1, (&id).into())?;
    bind_at(&mut update, 2, number(rev).into())?;
    bind_at(&mut update, 3, now.into())?;
    for (mark, field) in (4..).zip(fields) {
        bind_at(&mut update, mark, field)?;
    }
    Ok(update.raw_execute()?)
}

/// Binds the fields from parameter `first` on; returns their bytes.
fn bind_fields(plan: &Plan, statement: &mut Statement<'_>, first: usize, row: &mut Reader<'_>) -> Result<usize> {
    let before = row.rest().len();
    for (at, column) in plan.columns.iter().enumerate() {
        let value = column.decode(row).map_err(|error| malformed(plan, at, &error))?;
        bind_at(statement, first + at, value)?;
    }
    Ok(before - row.rest().len())
}

/// The fields, and their bytes.
fn read_fields<'a>(plan: &Plan, row: &mut Reader<'a>) -> Result<(Vec<Value<'a>>, usize)> {
    let before = row.rest().len();
    let mut fields = Vec::with_capacity(plan.columns.len());
    for (at, column) in plan.columns.iter().enumerate() {
        fields.push(column.decode(row).map_err(|error| malformed(plan, at, &error))?);
    }
    Ok((fields, before - row.rest().len()))
}

impl Plan {
    fn check_fields(&self, fields: &[Value<'_>]) -> Result<()> {
        self.check_indexed(|at| if let Value::Text(text) = fields[at] { text.len() } else { 0 })
    }

    /// Whether a row fits its indexes in PostgreSQL; `text` says how many bytes of text each field has.
    pub(crate) fn check_indexed(&self, text: impl Fn(usize) -> usize) -> Result<()> {
        for index in &self.indexes {
            if index.columns.iter().map(|at| text(*at)).sum::<usize>() > INDEXED_BYTES {
                let field = &self.columns[index.columns[0]].field;
                let why = format!("has an index, and so at most {INDEXED_BYTES} bytes of text in PostgreSQL");
                return Err(StoreError::Malformed(format!("`{}.{field}` {why}", self.record)));
            }
        }
        Ok(())
    }
}

fn malformed(plan: &Plan, at: usize, error: &CodecError) -> StoreError {
    StoreError::Malformed(format!("`{}.{}`: {error}", plan.record, plan.columns[at].field))
}

/// Which values another row has already.
fn clash(session: &Session, plan: &Plan, id: RawId, fields: &[Value<'_>]) -> Result<StoreError> {
    for (index, sql) in &plan.postgres.clashes {
        let line: Vec<_> = std::iter::once((&id).into()).chain(index.iter().map(|at| fields[*at])).collect();
        if session.row(sql, &line, |_| Ok(()))?.is_some() {
            let fields = index.iter().map(|at| plan.columns[*at].field.clone()).collect();
            return Ok(StoreError::NotUnique { fields });
        }
    }
    Ok(StoreError::NotUnique { fields: vec!["id".to_owned()] })
}

fn missing_or_changed(db: &Db, plan: &Plan, id: RawId) -> Result<StoreError> {
    let exists = db.row(&plan.exists, values![&id], |_| Ok(()))?.is_some();
    Ok(if exists { StoreError::Conflict } else { StoreError::NotFound })
}

pub(crate) fn get(db: &Db, table: &RecordTable, id: RawId) -> Result<Option<Vec<u8>>> {
    let plan = &*table.0;
    db.row(&plan.get, values![&id], |row| {
        let mut out = Vec::with_capacity(64 + plan.columns.len() * 8);
        write(plan, row, &mut out)?;
        Ok(out)
    })
}

/// Writes head and fields of a row that [`Plan::select`] yielded.
pub(crate) fn write(plan: &Plan, row: &Row<'_>, out: &mut Vec<u8>) -> Result<()> {
    let damaged = |_| StoreError::Io(format!("the head of a row of `{}` is damaged", plan.record));
    let id: [u8; 16] = row.bytes(0).map_err(damaged)?;
    out.extend_from_slice(&id);
    put_unsigned(row.count(1).map_err(damaged)?, out);
    put_signed(row.int(2).map_err(damaged)?, out);
    put_signed(row.int(3).map_err(damaged)?, out);
    for (at, column) in plan.columns.iter().enumerate() {
        column.encode(row.value(HEAD + at)?, out)?;
    }
    Ok(())
}

/// Bytes of text in one entry of an index of PostgreSQL, which holds no more on a third of a page.
const INDEXED_BYTES: usize = 2_500;

/// Columns in front of the fields.
pub(crate) const HEAD: usize = 4;
