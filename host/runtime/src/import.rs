//! The rows of a file through one command, in one turn and one commit: all of them or none, or those that are good.
//!
//! The command gets so many rows at a time, each time in a savepoint. A refusal that names a row, `rows/7/code`, takes
//! that row out and the others are tried again; one that names none, or a failure, is looked for by halves. So every row
//! that the module does not take is named, and no row is tried more often than there are halves.

use crate::command::{Answered, Attempt, Guard, attempt, cut, measure, place, remember, repeat};
use crate::invoke::{self, Admitted, Request, Run, admit};
use crate::runtime::{Inner, Runtime};
use crate::scope::{Scope, no_such_tenant};
use crate::tenant::{Job, LiveEvent, Open, Tenant, busy};
use crate::turn::Group;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Monotonic};
use tokio::sync::oneshot;
use toolcrib_contract::codec::put_unsigned;
use toolcrib_contract::host::{Failure, Rejection, fault};
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BAD_REQUEST, BUSY, CONFLICT, Problem, ROWS_REFUSED, TIMEOUT, TOO_LARGE, UNAVAILABLE};
use toolcrib_contract::report::{Keep, Report, RowProblem};
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::Instant;
use toolcrib_sandbox::Ended;
use toolcrib_store::{AuditLine, StoreError, Used};

/// Savepoint of a whole import; those of its invocations, and of calls inside them, have lower numbers.
const WHOLE: u32 = limits::NESTING;
/// Characters of a module's sentence about one row.
const MESSAGE_CHARS: usize = 300;

/// Rows for a command.
#[derive(Clone, Debug)]
pub struct Import {
    /// Whose input is not looked at: it is in `before` and `after`.
    pub request: Request,
    pub keep: Keep,
    /// The type that everything here was encoded for.
    pub input: Type,
    /// The parameter that takes the rows.
    pub list: String,
    /// The encoded parameters before the list.
    pub before: Vec<u8>,
    /// Those after it.
    pub after: Vec<u8>,
    /// Where the fields of a row stand in the file.
    pub columns: Vec<ImportColumn>,
    pub rows: Vec<ImportRow>,
    /// What is wrong with rows that could not even be read.
    pub refused: Vec<RowProblem>,
    /// Wall time of the whole.
    pub wall: Duration,
    /// Rows that are decided so far: whoever follows the work keeps it as well.
    pub done: Arc<AtomicU64>,
}

/// A column of the file.
#[derive(Clone, Debug)]
pub struct ImportColumn {
    /// Its field, `code` or `address/city`.
    pub field: String,
    /// As spreadsheets call it.
    pub column: String,
    pub heading: String,
}

/// A row that could be read.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// The line on which it begins.
    pub line: u64,
    /// Encoded.
    pub bytes: Vec<u8>,
}

impl Runtime {
    /// Runs an import; the answer is the JSON text of a [`Report`] and comes after the commit.
    ///
    /// # Errors
    /// `rows-refused` with the report when nothing was kept because of some rows; or any other problem, and nothing was
    /// written then either.
    pub async fn import(&self, import: Import) -> Result<String, Problem> {
        let (inner, request) = (&self.inner, &import.request);
        let tenant = inner.tenant(request.tenant).ok_or_else(no_such_tenant)?;
        check(&import)?;
        let admitted = admit(&tenant.scope(), &request.module, &request.operation, &request.actor)?;
        fits(&admitted, &import)?;
        drop(admitted);
        let full = || {
            BUSY.because(format!(
                "{} imports of this host run or wait, or half as many of this tenant",
                limits::IMPORTS
            ))
        };
        let place = inner.imports.take(tenant.id).ok_or_else(full)?;
        let (reply, answer) = oneshot::channel();
        match tenant.push(Job::Import(Box::new(import), reply, place)) {
            Ok(true) => inner.submit(&tenant),
            Ok(false) => {}
            Err(_) => return Err(busy()),
        }
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }
}

/// The published limits.
fn check(import: &Import) -> Result<(), Problem> {
    if import.request.idempotency_key.as_ref().is_some_and(|key| key.len() > limits::IDEMPOTENCY_KEY_BYTES) {
        let most = limits::IDEMPOTENCY_KEY_BYTES;
        return Err(BAD_REQUEST.because(format!("an idempotency key has at most {most} bytes")));
    }
    if import.rows.len() > limits::IMPORT_ROWS {
        return Err(TOO_LARGE.because(format!("an import has at most {} rows", limits::IMPORT_ROWS)));
    }
    let room = limits::INPUT_BYTES.saturating_sub(import.before.len() + import.after.len() + 10);
    match import.rows.iter().find(|row| row.bytes.len() > room) {
        Some(row) => Err(TOO_LARGE.because(format!("the row of line {} is too large for one invocation", row.line))),
        None => Ok(()),
    }
}

/// Whether the rows were made for this version of the operation.
fn fits(admitted: &Admitted, import: &Import) -> Result<(), Problem> {
    admitted.is_still(&HandlerKind::Command)?;
    if admitted.def().input.same_shape(&import.input) {
        return Ok(());
    }
    Err(CONFLICT.because("the module has just become another version; send the file again"))
}

/// The whole import, inside the turn's transaction.
///
/// # Errors
/// Only the store's: the whole turn is lost then.
pub(crate) fn run(
    inner: &Arc<Inner>,
    tenant: &Tenant,
    open: &mut Open,
    group: &mut Group,
    import: &Import,
) -> Result<Answered, StoreError> {
    let (now, request) = (inner.world.clock.now(), &import.request);
    let scope = open.scope.clone();
    let admitted = admit(&scope, &request.module, &request.operation, &request.actor);
    let admitted =
        admitted.and_then(|admitted| scope.may_write(&request.module, &request.actor, now).map(|()| admitted));
    let admitted = match admitted.and_then(|admitted| fits(&admitted, import).map(|()| admitted)) {
        Ok(admitted) => admitted,
        Err(problem) => return Ok((Err(problem), Vec::new())),
    };
    let print = fingerprint(import);
    if let Some(key) = &request.idempotency_key {
        if let Some(known) = open.writer.idempotent(&request.actor.id, key)?.filter(|known| known.expires > now) {
            return Ok((repeat(known, print), Vec::new()));
        }
        group.remembered += 1;
    }
    let seed = inner.seed();
    let mut work = Work::new(inner, tenant, &scope, &admitted, import, now, seed);
    open.writer.savepoint(WHOLE)?;
    let (answer, faulted) = match work.all(open)? {
        Ok(()) => (work.report(), false),
        Err(problem) => (Err(problem), true),
    };
    if answer.is_ok() {
        open.writer.release(WHOLE)?;
    } else {
        open.writer.rollback_to(WHOLE)?;
        (work.kept, work.emitted) = (0, Vec::new());
        (work.used.rows_written, work.used.events) = (0, 0);
    }
    open.writer.usage(&request.module, &request.operation, now, work.used);
    let status = answer.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let detail = serde_json::json!({
        "seed": seed.to_string(), "status": status, "rows": work.rows(), "kept": work.kept, "invocations": work.used.calls,
    });
    open.writer.audit(&AuditLine {
        at: now,
        actor: &request.actor.id,
        action: &request.operation,
        module: &request.module,
        detail_json: &detail.to_string(),
    })?;
    remember(&mut open.writer, request, &answer, now, print, faulted)?;
    Ok((answer, work.emitted))
}

/// Identity of an import beyond its key.
fn fingerprint(import: &Import) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(b"import");
    part(import.request.module.as_bytes());
    part(import.request.operation.as_bytes());
    part(if import.keep == Keep::All { b"all" } else { b"good" });
    part(&import.before);
    part(&import.after);
    for row in &import.rows {
        part(&row.line.to_le_bytes());
        part(&row.bytes);
    }
    for problem in &import.refused {
        part(&problem.line.to_le_bytes());
    }
    cut(hash)
}

/// An import while it runs.
struct Work<'a> {
    inner: &'a Inner,
    tenant: &'a Tenant,
    scope: &'a Arc<Scope>,
    admitted: &'a Admitted,
    import: &'a Import,
    now: Instant,
    seed: u64,
    ends: Monotonic,
    /// Rows of one invocation: fewer once so many were too many.
    together: usize,
    faults: u32,
    used: Used,
    emitted: Vec<LiveEvent>,
    kept: u64,
    problems: Vec<RowProblem>,
}

/// What to do after an invocation with some rows.
enum Verdict {
    Kept,
    /// This row, counted from the first of them, is refused: code, field, message.
    Refused(usize, String, Option<String>, String),
    /// One of them is the reason, and it is not said which.
    Halve,
    /// The import ends.
    Over(Problem),
}

impl<'a> Work<'a> {
    fn new(
        inner: &'a Inner,
        tenant: &'a Tenant,
        scope: &'a Arc<Scope>,
        admitted: &'a Admitted,
        import: &'a Import,
        now: Instant,
        seed: u64,
    ) -> Self {
        Self {
            inner,
            tenant,
            scope,
            admitted,
            import,
            now,
            seed,
            ends: Monotonic::now() + import.wall,
            together: limits::IMPORT_TOGETHER,
            faults: 0,
            used: Used::default(),
            emitted: Vec::new(),
            kept: 0,
            problems: import.refused.clone(),
        }
    }

    /// Runs all rows in their order. The outer error is the store's, the inner one ends the import.
    fn all(&mut self, open: &mut Open) -> Result<Result<(), Problem>, StoreError> {
        let (mut next, mut again) = (0, Vec::new());
        loop {
            let part: Range<usize> = match again.pop() {
                Some(part) => part,
                None if next == self.import.rows.len() => return Ok(Ok(())),
                None => next..self.end(next),
            };
            next = next.max(part.end);
            if part.is_empty() {
                continue;
            }
            if let Err(problem) = self.may_go_on() {
                return Ok(Err(problem));
            }
            match self.rows_of(open, part.clone())? {
                Verdict::Kept => {
                    self.kept += part.len() as u64;
                    self.import.done.fetch_add(part.len() as u64, Ordering::Relaxed);
                }
                Verdict::Refused(at, code, field, message) => {
                    self.refuse(part.start + at, code, field, &message);
                    // Later rows wait below the earlier ones: the order of the file stays.
                    again.push(part.start + at + 1..part.end);
                    again.push(part.start..part.start + at);
                }
                Verdict::Halve => {
                    let middle = part.start + part.len() / 2;
                    again.push(middle..part.end);
                    again.push(part.start..middle);
                }
                Verdict::Over(problem) => return Ok(Err(problem)),
            }
        }
    }

    fn may_go_on(&self) -> Result<(), Problem> {
        if self.inner.stopping.load(Ordering::Acquire) {
            return Err(UNAVAILABLE.because("the host is stopping; nothing was written"));
        }
        if Monotonic::now() < self.ends {
            return Ok(());
        }
        let most = self.import.wall.as_millis();
        Err(TIMEOUT.because(format!("an import takes at most {most} ms; nothing was written: send fewer rows at once")))
    }

    /// The end of the rows that go together from `start` on.
    fn end(&self, start: usize) -> usize {
        let mut bytes = self.import.before.len() + self.import.after.len() + 10;
        let fits = |row: &&ImportRow| {
            bytes += row.bytes.len();
            bytes <= limits::INPUT_BYTES
        };
        start + self.import.rows[start..].iter().take(self.together).take_while(fits).count().max(1)
    }

    /// One invocation with these rows.
    fn rows_of(&mut self, open: &mut Open, part: Range<usize>) -> Result<Verdict, StoreError> {
        let rows = &self.import.rows[part];
        let mut input = self.import.before.clone();
        put_unsigned(rows.len() as u64, &mut input);
        rows.iter().for_each(|row| input.extend_from_slice(&row.bytes));
        input.extend_from_slice(&self.import.after);
        let left = self.ends.saturating_duration_since(Monotonic::now()).max(Duration::from_millis(1));
        let run = Run {
            place: place(self.inner, self.tenant, self.scope, &self.admitted.installed),
            handler: self.admitted.handler,
            input: &input,
            actor: self.import.request.actor.clone(),
            // A microsecond later each time, so that the ids of later rows are greater.
            now: self.now.plus_us(i64::from(self.used.calls)),
            seed: self.seed.wrapping_add(u64::from(self.used.calls)),
            cause: None,
            wall: left.min(Duration::from_millis(limits::CALL_MS)),
            outside: None,
            span: None,
        };
        let Attempt { ended, emitted, used, .. } = attempt(open, run, Guard::Savepoint, |_| Ok(()))?;
        measure(&self.import.request.module, &ended, used);
        self.emitted.extend(emitted);
        let alone = rows.len() == 1;
        // Too many rows at once are our doing, not a failure of the module.
        // So is a row whose time ended with that of the whole.
        let late = Monotonic::now() >= self.ends;
        let ours = matches!(&ended, Ended::Faulted(fault) if match fault.code {
            fault::LIMIT => !alone,
            fault::TIMEOUT => !alone || late,
            _ => false,
        });
        if !ours {
            self.admitted.installed.module.health.count(&ended);
        }
        self.used.calls += used.calls;
        self.used.faults += if ours { 0 } else { used.faults };
        self.used.rows_written += used.rows_written;
        self.used.events += used.events;
        self.used.cpu_us += used.cpu_us;
        Ok(self.verdict(&ended, rows.len(), ours))
    }

    fn verdict(&mut self, ended: &Ended, rows: usize, ours: bool) -> Verdict {
        match ended {
            Ended::Output(_) => Verdict::Kept,
            Ended::Failed(Failure::Rejected(rejection)) if !ends_all(&rejection.code) => self.rejected(rejection, rows),
            Ended::Faulted(fault) if fault.code != fault::HOST => {
                if ours {
                    self.together = (rows / 2).max(1);
                    return Verdict::Halve;
                }
                self.faults += 1;
                let problem = invoke::problem(ended);
                if self.faults > limits::IMPORT_FAULTS {
                    Verdict::Over(problem)
                } else if rows == 1 {
                    let message = problem.detail.unwrap_or(problem.title);
                    Verdict::Refused(0, problem.code, None, message)
                } else {
                    Verdict::Halve
                }
            }
            ended => Verdict::Over(invoke::problem(ended)),
        }
    }

    fn rejected(&self, rejection: &Rejection, rows: usize) -> Verdict {
        let Rejection { code, message, field } = rejection.clone();
        let named = field.as_deref().and_then(|field| row_of(&self.import.list, field));
        match named {
            Some((at, rest)) if at < rows => Verdict::Refused(at, code, rest.map(str::to_owned), message),
            _ if rows == 1 => Verdict::Refused(0, code, field, message),
            _ => Verdict::Halve,
        }
    }

    fn refuse(&mut self, row: usize, code: String, field: Option<String>, message: &str) {
        self.import.done.fetch_add(1, Ordering::Relaxed);
        let column = self.import.columns.iter().find(|column| Some(&column.field) == field.as_ref());
        self.problems.push(RowProblem {
            line: self.import.rows[row].line,
            column: column.map(|column| column.column.clone()),
            heading: column.map(|column| column.heading.clone()).or(field),
            code,
            message: message.chars().take(MESSAGE_CHARS).collect(),
        });
    }

    /// Rows of the file.
    fn rows(&self) -> u64 {
        let mut unread: Vec<_> = self.import.refused.iter().map(|problem| problem.line).collect();
        unread.dedup();
        (self.import.rows.len() + unread.len()) as u64
    }

    /// The answer: the report, as a problem when nothing is kept.
    fn report(&mut self) -> Result<String, Problem> {
        let (mut problems, rows) = (std::mem::take(&mut self.problems), self.rows());
        problems.sort_by_key(|problem| problem.line);
        let refused = rows - self.kept;
        let keeps = refused == 0 || (self.import.keep == Keep::Good && self.kept > 0);
        let kept = if keeps { self.kept } else { 0 };
        let report = Report { mode: self.import.keep, rows, kept, refused, problems };
        if keeps {
            return serde_json::to_string(&report).map_err(|_| toolcrib_contract::problem::INTERNAL.problem());
        }
        let problem = ROWS_REFUSED.because(format!("{refused} of {rows} rows were refused"));
        Err(Problem { report: Some(Box::new(report)), ..problem })
    }
}

/// Refusals of the host that every further row would meet as well.
fn ends_all(code: &str) -> bool {
    matches!(code, "storage-full" | "not-consented")
}

/// `rows/7/code` → 7 and `code`.
fn row_of<'a>(list: &str, field: &'a str) -> Option<(usize, Option<&'a str>)> {
    let path = field.strip_prefix('/').unwrap_or(field).strip_prefix(list)?.strip_prefix('/')?;
    let (at, rest) = path.split_once('/').map_or((path, None), |(at, rest)| (at, Some(rest)));
    Some((at.parse().ok()?, rest))
}
