//! One tenant of a plant, as its people and the test see it.

use super::plant::{Plant, SOON};
use crate::wait;
use serde_json::Value as Json;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{Problem, ProblemKind};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{Accepted, Actor, EventView, ModuleGrant, Reading, Request};
use toolcrib_store::{Dead, Effect, StoreError, Timer, UsageRow, Writer};

/// Sums over the usage lines of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub events: u64,
}

/// A tenant; cheap to copy.
#[derive(Clone, Copy)]
pub struct Tenant<'a> {
    pub plant: &'a Plant,
    pub id: RawId,
}

impl Tenant<'_> {
    pub fn request(&self, module: &str, operation: &str, input: Json) -> Request {
        let actor = Actor::new("user:1", "admin");
        let (module, operation) = (module.to_owned(), operation.to_owned());
        Request { tenant: self.id, module, operation, input, actor, idempotency_key: None }
    }

    /// Asks, and hears whatever comes.
    pub async fn ask(&self, module: &str, operation: &str, input: Json) -> Result<Json, Problem> {
        self.send(self.request(module, operation, input)).await
    }

    /// Asks under an idempotency key.
    pub async fn ask_once(&self, key: &str, module: &str, operation: &str, input: Json) -> Result<Json, Problem> {
        let request = self.request(module, operation, input);
        self.send(Request { idempotency_key: Some(key.to_owned()), ..request }).await
    }

    pub async fn send(&self, request: Request) -> Result<Json, Problem> {
        let answer = self.plant.runtime().invoke(request).await?;
        Ok(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{answer} is no JSON: {error}")))
    }

    /// Asks for what must succeed.
    pub async fn get(&self, module: &str, operation: &str, input: Json) -> Json {
        self.ask(module, operation, input).await.unwrap_or_else(|problem| panic!("{module}/{operation}: {problem}"))
    }

    /// Asks for what must be refused in this way.
    pub async fn refused(&self, module: &str, operation: &str, input: Json, kind: ProblemKind) -> Problem {
        match self.ask(module, operation, input).await {
            Err(problem) if problem.is(kind) && problem.status == kind.status => problem,
            other => panic!("{module}/{operation}: {} expected, got {other:?}", kind.code),
        }
    }

    /// Writes a note in `ledger`; its id.
    pub async fn note(&self, text: &str) -> Json {
        self.get("ledger", "note", serde_json::json!({"text": text, "amount": 1})).await
    }

    /// The texts of all notes, oldest first.
    pub async fn notes(&self) -> Vec<String> {
        let notes = self.get("ledger", "recent", serde_json::json!({"limit": 500})).await;
        texts(&notes, "text").into_iter().rev().collect()
    }

    /// The texts of what left a trace of this kind in `ledger`, in order.
    pub async fn seen(&self, kind: &str) -> Vec<String> {
        texts(&self.get("ledger", "seen", serde_json::json!({"kind": kind})).await, "text")
    }

    /// Works on the tenant's file in its turn.
    pub async fn file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.plant.runtime().with_writer(self.id, work).await.expect("the file is well")
    }

    /// Lets the tenant's turn come a few times: whatever was due before has been tried then, and what followed from it.
    pub async fn turns(&self) {
        for _ in 0..3 {
            self.file(|_| Ok(())).await;
        }
    }

    /// All committed events, oldest first; at most a page.
    pub async fn events(&self) -> Vec<EventView> {
        self.plant.runtime().events(self.id, 0).await.expect("events")
    }

    /// Names of the events of one module, oldest first.
    pub async fn events_of(&self, module: &str) -> Vec<String> {
        let events = self.events().await.into_iter();
        events.filter(|event| event.module == module).map(|event| event.name).collect()
    }

    pub async fn dead(&self) -> Vec<Dead> {
        self.file(|writer| writer.dead(0, limits::PAGE_ROWS)).await
    }

    /// Effects that wait, however late they are due.
    pub async fn effects(&self) -> Vec<Effect> {
        self.file(|writer| writer.due_effects(Instant::MAX, limits::PAGE_ROWS)).await
    }

    /// Timers that wait, however late they are due.
    pub async fn timers(&self) -> Vec<Timer> {
        self.file(|writer| writer.due_timers(Instant::MAX, limits::PAGE_ROWS)).await
    }

    /// What was used so far, by module and operation.
    pub async fn usage(&self) -> Vec<UsageRow> {
        self.file(|writer| writer.usage_between(Instant(0), Instant(i64::MAX / 2))).await
    }

    /// What one operation used in all hours.
    pub async fn usage_of(&self, module: &str, operation: &str) -> Used {
        let rows = self.usage().await.into_iter().filter(|row| row.module == module && row.operation == operation);
        rows.fold(Used::default(), |sum, row| Used {
            calls: sum.calls + row.calls,
            faults: sum.faults + row.faults,
            rows_written: sum.rows_written + row.rows_written,
            events: sum.events + row.events,
        })
    }

    /// Waits until `found` gives something.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, found: impl FnMut() -> F) -> T {
        wait::until_async(what, SOON, found).await
    }

    /// Changes what the tenant agreed to.
    pub async fn agree(&self, modules: Vec<ModuleGrant>) {
        let grant = self.plant.grant(self.id);
        self.plant.apply(toolcrib_runtime::TenantGrant { modules, ..grant }).await;
    }

    /// Posts readings of one signal: seconds after the clock's start, and values.
    pub async fn post(&self, signal: &str, readings: &[(i64, Sample)]) -> Accepted {
        let reading = |(second, value): &(i64, Sample)| {
            Reading::new(signal, super::plant::START.plus_us(second * 1_000_000), value.clone())
        };
        self.send_readings(readings.iter().map(reading).collect()).await
    }

    /// Posts readings as they are.
    pub async fn send_readings(&self, readings: Vec<Reading>) -> Accepted {
        self.plant.runtime().post_readings(self.id, "gateway", readings).await.expect("stored")
    }

    /// Moves the clock ahead, and lets what became due happen.
    pub async fn after(&self, seconds: u64) {
        self.plant.later(Duration::from_secs(seconds));
        self.turns().await;
    }
}

/// One text field of every row.
pub fn texts(rows: &Json, field: &str) -> Vec<String> {
    let rows = rows.as_array().expect("rows");
    rows.iter().map(|row| row[field].as_str().expect("a text").to_owned()).collect()
}

/// One field of every row.
pub fn numbers(rows: &Json, field: &str) -> Vec<i64> {
    rows.as_array().expect("rows").iter().map(|row| row[field].as_i64().expect("a number")).collect()
}
