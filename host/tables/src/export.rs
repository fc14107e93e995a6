//! All pages of a query as one file, from one committed state of the tenant, page by page as somebody reads it.

use crate::names::Names;
use crate::table;
use crate::write::{Cells, File};
use crate::zone::Zone;
use futures_util::stream::{self, Stream};
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::{INTERNAL, Problem};
use toolcrib_contract::value;
use toolcrib_runtime::{Request, Runtime, Snapshot};

/// What an export says in its reader's language.
pub trait Voice: Send + Sync {
    /// The last line of a file that has as many rows as a file may have.
    fn more(&self) -> String {
        format!("There are more than {} rows; ask for fewer at once", limits::EXPORT_ROWS)
    }

    /// The last line of a file that could not be finished.
    fn broken(&self, problem: &Problem) -> String {
        format!("This file is not complete: {} ({})", problem.title, problem.code)
    }
}

/// Says it in English.
#[derive(Clone, Copy, Debug, Default)]
pub struct English;

impl Voice for English {}

/// An export on its way.
pub struct Export {
    def: HandlerDef,
    field: Option<String>,
    zone: Zone,
    names: Arc<dyn Names>,
    voice: Arc<dyn Voice>,
    snapshot: Snapshot,
    request: Request,
    file: File,
    /// Rows that are written so far: whoever follows the work keeps it as well.
    rows: Arc<AtomicU64>,
    /// The first page and its headings, then nothing until the next page is asked for.
    ready: Option<Vec<u8>>,
    /// Where the next page begins.
    next: Option<String>,
}

impl Export {
    /// Asks for the first page: whatever is wrong with the question is said before a file begins.
    ///
    /// # Errors
    /// The operation has no such table, or whatever it answers.
    pub async fn start(
        runtime: &Runtime,
        def: &HandlerDef,
        table: Option<&str>,
        request: Request,
        zone: Zone,
        names: Arc<dyn Names>,
        voice: Arc<dyn Voice>,
    ) -> Result<Self, Problem> {
        let field = table::named(def, table)?.field.map(str::to_owned);
        let snapshot = runtime.snapshot(request.tenant).await?;
        let (def, file) = (def.clone(), File::new());
        let mut export = Self {
            def,
            field,
            zone,
            names,
            voice,
            snapshot,
            request,
            file,
            rows: Arc::default(),
            ready: None,
            next: None,
        };
        let table = table::named(&export.def, export.field.as_deref())?;
        Cells { zone: &export.zone, names: &*export.names }.headings(table, &mut export.file);
        export.page().await?;
        export.ready = Some(export.file.take());
        Ok(export)
    }

    /// Whether there are further pages.
    pub fn goes_on(&self) -> bool {
        self.next.is_some()
    }

    /// How many rows are written, now and later.
    pub fn progress(&self) -> Arc<AtomicU64> {
        self.rows.clone()
    }

    /// Lets it take so long, instead of [`limits::EXPORT_MS`] from its beginning on.
    pub fn hold_for(&mut self, wall: Duration) {
        self.snapshot.hold_for(wall);
    }

    /// Asks for one page and writes its rows.
    async fn page(&mut self) -> Result<(), Problem> {
        let output = self.snapshot.ask(&self.request).await?;
        if output.of != self.def.output {
            return Err(toolcrib_contract::problem::CONFLICT.because("the module has just become another version"));
        }
        let value =
            value::from_bytes(&output.of, &output.bytes).map_err(|error| INTERNAL.because(error.to_string()))?;
        let table = table::named(&self.def, self.field.as_deref())?;
        let before = self.rows.load(Ordering::Relaxed);
        let most = limits::EXPORT_ROWS - before;
        let cells = Cells { zone: &self.zone, names: &*self.names };
        let (rows, next) = cells.rows(&output.of, &value, table, most, &mut self.file);
        let all = before + rows.min(most);
        self.rows.store(all, Ordering::Relaxed);
        // A module that answers the same page for ever meets the limit of time.
        self.next = next;
        if rows > most || (all == limits::EXPORT_ROWS && self.next.is_some()) {
            self.next = None;
            self.file.line([self.voice.more()]);
        }
        Ok(())
    }

    /// The file, piece by piece. An error ends it early; the piece before says why in its last line.
    pub fn stream(self) -> impl Stream<Item = Result<Vec<u8>, Problem>> + Send {
        stream::unfold(Step::Next(Box::new(self)), |step| async {
            match step {
                Step::Next(mut export) => {
                    if let Some(ready) = export.ready.take() {
                        return Some((Ok(ready), Step::Next(export)));
                    }
                    export.request.input[table::AFTER] = Json::String(export.next.take()?);
                    match export.page().await {
                        Ok(()) => Some((Ok(export.file.take()), Step::Next(export))),
                        Err(problem) => {
                            export.file.line([export.voice.broken(&problem)]);
                            Some((Ok(export.file.take()), Step::Broken(Box::new(problem))))
                        }
                    }
                }
                Step::Broken(problem) => Some((Err(*problem), Step::Over)),
                Step::Over => None,
            }
        })
    }
}

enum Step {
    Next(Box<Export>),
    Broken(Box<Problem>),
    Over,
}
