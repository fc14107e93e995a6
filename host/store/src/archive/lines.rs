//! An archive that comes in, line by line, within its limits.

use super::{FORM, PartSum, exact, hex};
use crate::error::{Result, StoreError};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::io::{BufRead, Read};
use toolcrib_contract::limits;

/// The lines, and what is known of those read.
pub(super) struct Lines<'a> {
    from: &'a mut dyn BufRead,
    pub number: u64,
    pub bytes: u64,
    /// All bytes before the line that was read last.
    before: Sha256,
    line: Vec<u8>,
    sums: Vec<PartSum>,
    part: Sha256,
}

impl<'a> Lines<'a> {
    pub fn new(from: &'a mut dyn BufRead) -> Self {
        let (before, part) = (Sha256::new(), Sha256::new());
        Self { from, number: 0, bytes: 0, before, line: Vec::new(), sums: Vec::new(), part }
    }

    /// The next line; none after the last one.
    pub fn next(&mut self) -> Result<Option<Json>> {
        self.before.update(&self.line);
        self.line.clear();
        self.number += 1;
        let most = limits::ARCHIVE_LINE_BYTES as u64 + 1;
        let read = (&mut *self.from).take(most).read_until(b'\n', &mut self.line);
        read.map_err(|error| self.bad(format!("it cannot be read: {error}")))?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.bytes += self.line.len() as u64;
        if self.bytes > limits::ARCHIVE_BYTES {
            return Err(self.bad(format!("there are more than {} bytes", limits::ARCHIVE_BYTES)));
        }
        let Some(text) = self.line.strip_suffix(b"\n") else {
            let is_long = self.line.len() as u64 == most;
            return Err(self.bad(if is_long {
                format!("it has more than {} bytes", limits::ARCHIVE_LINE_BYTES)
            } else {
                "the file ends in the middle of it; copy it again".to_owned()
            }));
        };
        let text = std::str::from_utf8(text).map_err(|_| self.bad("it is no text"))?;
        let line = exact::read(text).map_err(|why| self.bad(why))?;
        if line.is_object() { Ok(Some(line)) } else { Err(self.bad("it is no object")) }
    }

    /// The line that was read last belongs to this part of the tenant's own.
    pub fn count(&mut self, part: &str) {
        if self.sums.last().is_none_or(|last| last.part != part) {
            self.close();
            self.sums.push(PartSum { part: part.to_owned(), lines: 0, sha256: String::new() });
        }
        if let Some(sum) = self.sums.last_mut() {
            sum.lines += 1;
        }
        self.part.update(&self.line);
    }

    /// Whether one of the tenant's own was there.
    pub fn has_begun(&self) -> bool {
        !self.sums.is_empty()
    }

    fn close(&mut self) {
        let hash = std::mem::take(&mut self.part).finalize();
        if let Some(sum) = self.sums.last_mut() {
            sum.sha256 = hex(&hash);
        }
    }

    /// The parts so far, which end here.
    pub fn sums(&mut self) -> &[PartSum] {
        self.close();
        &self.sums
    }

    /// Hex of the SHA-256 over every byte before the line that was read last.
    pub fn sha256_before(&self) -> String {
        hex(&self.before.clone().finalize())
    }

    /// The same with that line.
    pub fn sha256(&self) -> String {
        hex(&self.before.clone().chain_update(&self.line).finalize())
    }

    /// What is wrong with the line that was read last.
    pub fn bad(&self, why: impl std::fmt::Display) -> StoreError {
        StoreError::BadArchive(format!("line {}: {why}", self.number))
    }
}

/// Whether the first line is one of an archive that this version reads.
pub(super) fn check_form(lines: &Lines<'_>, head: Option<&Json>) -> Result<()> {
    let form = head.filter(|head| head["part"] == "archive").and_then(|head| head["form"].as_str());
    let Some(form) = form else { return Err(lines.bad("it does not begin as an archive of toolcrib does")) };
    let number = |form: &str| form.strip_prefix("toolcrib-archive-").and_then(|number| number.parse::<u32>().ok());
    match (number(form), number(FORM)) {
        (found, ours) if found == ours => Ok(()),
        (Some(found), Some(ours)) if found > ours => Err(lines.bad(format!(
            "it has the form `{form}` of a newer toolcrib, this one reads `{FORM}`; upgrade this host"
        ))),
        (Some(_), _) => Err(lines.bad(format!(
            "it has the form `{form}`, which does not hold all that a host needs; make it anew with the version that reads `{FORM}`"
        ))),
        (None, _) => Err(lines.bad("it does not begin as an archive of toolcrib does")),
    }
}
