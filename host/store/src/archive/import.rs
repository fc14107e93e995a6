//! A tenant from its archive: checked line by line, written aside, compared with what came, and only then there.
//!
//! Nothing is believed. Names of tables are made here, values are read by their columns' types, sequences and chains are
//! walked, and in the end the new files must give the very bytes that made them.

use super::lines::{Lines, check_form};
use super::machines_in::MachinesIn;
use super::transfer::BusinessIn;
use super::{Archive, PartSum, state_in};
use crate::check::check;
use crate::connection::TenantOptions;
use crate::error::{Result, StoreError};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

/// What was taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// As its archive named the tenant: `id`, `slug`, `name`, `time_zone`.
    pub tenant: Json,
    pub bytes: u64,
    pub lines: u64,
    /// Hex of the SHA-256 over all bytes.
    pub sha256: String,
    pub parts: Vec<PartSum>,
    /// Lines of what hosts do not keep themselves (people, devices, consents): read and left out.
    pub left_out: u64,
}

/// Names of cases by module, record and field.
pub(super) type Cases = HashMap<(String, String, String), Vec<String>>;

/// Makes the files of a tenant of an archive, in the directory `dir`, which is made anew and is gone when this fails.
///
/// # Errors
/// [`StoreError::BadArchive`] with the line and what is wrong; [`StoreError::Full`] when it is more than the tenant may
/// have; the disk.
pub fn import(from: &mut dyn BufRead, dir: &Path, options: &TenantOptions) -> Result<Imported> {
    crate::erase::remove_if_there(dir)?;
    let imported = take_all(from, dir, options);
    if imported.is_err() {
        crate::erase::remove_if_there(dir)?;
    }
    imported
}

fn take_all(from: &mut dyn BufRead, dir: &Path, options: &TenantOptions) -> Result<Imported> {
    let mut lines = Lines::new(from);
    let head = lines.next()?;
    check_form(&lines, head.as_ref())?;
    let mut taker = Taker::new(dir, options)?;
    let (mut left_out, mut end) = (0, None);
    while let Some(line) = lines.next()? {
        let part = line["part"].as_str().ok_or_else(|| lines.bad("it does not say what it is"))?;
        if part == "end" {
            end = Some(line);
            break;
        }
        if !is_own(part) {
            if lines.has_begun() || part == "archive" {
                return Err(lines.bad(format!("`{part}` is nothing that a tenant has, or stands in the wrong place")));
            }
            left_out += 1;
            continue;
        }
        lines.count(part);
        taker.take(part, &line).map_err(|error| named(&lines, error))?;
    }
    let end = end.ok_or_else(|| lines.bad("the file ends before its last line; copy it again"))?;
    if end["sha256"].as_str() != Some(&lines.sha256_before()) {
        let why = "was changed on its way: the sum of all lines is not the one that its last line names";
        return Err(StoreError::BadArchive(format!("the file {why}")));
    }
    let promised: Vec<PartSum> = serde_json::from_value(end["parts"].clone()).unwrap_or_default();
    same(&promised, lines.sums(), "was changed on its way: its sum is not the one that the last line names")?;
    let number = lines.number;
    if lines.next()?.is_some() {
        return Err(lines.bad("it stands behind the last one"));
    }
    let cases = taker.finish()?;
    // What another export would give is what came, or something was not understood.
    let names = |module: &str, record: &str, field: &str| {
        cases.get(&(module.to_owned(), record.to_owned(), field.to_owned())).cloned()
    };
    let again = Archive::open(dir)?.write(&names, &mut |_| Ok(()))?;
    same(&promised, &again, "says something that cannot be kept, or says it twice or in another order")?;
    check(dir).map_err(|error| match error {
        StoreError::Io(why) => StoreError::BadArchive(why),
        other => other,
    })?;
    let tenant = head.map(|mut head| head["tenant"].take()).unwrap_or_default();
    Ok(Imported { tenant, bytes: lines.bytes, lines: number, sha256: lines.sha256(), parts: promised, left_out })
}

/// What is wrong, with its line. What is not the archive's fault stays as it is.
fn named(lines: &Lines<'_>, error: StoreError) -> StoreError {
    match error {
        StoreError::BadArchive(why) | StoreError::Malformed(why) | StoreError::Internal(why) => lines.bad(why),
        StoreError::NotUnique { .. } => lines.bad("its row is there already"),
        other => other,
    }
}

fn same(promised: &[PartSum], found: &[PartSum], why: &str) -> Result<()> {
    let different = promised.iter().zip(found).find(|(promised, found)| promised != found).map(|(one, _)| one);
    let missing = || promised.get(found.len()).or_else(|| found.get(promised.len()));
    match different.or_else(missing) {
        None => Ok(()),
        Some(part) => Err(StoreError::BadArchive(format!("the part `{}` {why}", part.part))),
    }
}

const MACHINES: &[&str] = &["signal", "signal_month", "reading", "readings_sum", "quarantined", "readings_day"];

fn is_own(part: &str) -> bool {
    MACHINES.contains(&part) || matches!(part, "record" | "row") || state_in::PARTS.contains(&part)
}

/// The files that come to be.
struct Taker<'a> {
    dir: &'a Path,
    options: &'a TenantOptions,
    business: BusinessIn,
    /// None while no machine said anything.
    machines: Option<MachinesIn>,
}

impl<'a> Taker<'a> {
    fn new(dir: &'a Path, options: &'a TenantOptions) -> Result<Self> {
        Ok(Self { dir, options, business: BusinessIn::file(dir, options)?, machines: None })
    }

    fn take(&mut self, part: &str, line: &Json) -> Result<()> {
        if MACHINES.contains(&part) {
            let machines = match &mut self.machines {
                Some(machines) => machines,
                none => none.insert(MachinesIn::new(self.dir, self.options)?),
            };
            machines.take(part, line)?;
            self.business.pass();
        } else {
            self.business.take(part, line)?;
        }
        if self.business.is_to_commit() {
            self.business.commit()?;
            self.machines.as_mut().map_or(Ok(()), MachinesIn::commit)?;
        }
        Ok(())
    }

    /// Closes the files, which are whole and on the disk then.
    fn finish(self) -> Result<Cases> {
        let cases = self.business.finish()?;
        self.machines.map_or(Ok(()), MachinesIn::finish)?;
        Ok(cases)
    }
}

#[cfg(test)]
mod tests;
