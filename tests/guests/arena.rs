//! An attacked tenant and its neighbour on one host: every attack runs while the neighbour works.

use super::outside::{Outside, says};
use super::plant::Plant;
use super::tenant::Tenant;
use serde_json::{Value as Json, json};
use toolcrib_contract::problem::{LIMIT, MODULE_FAULT, Problem, ProblemKind, TIMEOUT};
use toolcrib_runtime::ModuleGrant;

/// Both tenants on one host.
pub struct Arena {
    plant: Plant,
}

/// What came of an attack.
pub struct Fight {
    /// What the attacker heard.
    pub answer: Result<Json, Problem>,
    /// Commands with their queries that the neighbour finished while the attack was still running.
    pub rounds: usize,
}

impl Arena {
    /// `attacked` runs `hostile` beside honest modules; `neighbour` runs only an honest one.
    pub async fn new() -> Self {
        let plant = Outside::new(|_| says("whatever")).plant();
        plant.tenant("attacked", &["hostile", "ledger", "mirror"]).await;
        plant.tenant("neighbour", &["ledger"]).await;
        Self { plant }
    }

    /// `attacked` runs only these.
    pub async fn of(plant: Plant, modules: Vec<ModuleGrant>) -> Self {
        plant.tenant_with("attacked", modules).await;
        plant.tenant("neighbour", &["ledger"]).await;
        Self { plant }
    }

    pub fn plant(&self) -> &Plant {
        &self.plant
    }

    pub fn attacked(&self) -> Tenant<'_> {
        self.plant.again("attacked")
    }

    pub fn neighbour(&self) -> Tenant<'_> {
        self.plant.again("neighbour")
    }

    /// Attacks, while the neighbour writes and reads: at least once, and until the attack is over.
    pub async fn attack(&self, module: &str, operation: &str, input: Json) -> Fight {
        let (runtime, request) = (self.plant.runtime().clone(), self.attacked().request(module, operation, input));
        let attack = tokio::spawn(async move { runtime.invoke(request).await });
        let rounds = self.work_until(|| attack.is_finished()).await;
        let answer = attack.await.expect("an attack does not panic the host");
        Fight { answer: answer.map(|text| serde_json::from_str(&text).expect("JSON")), rounds }
    }

    /// The neighbour works, at least once and until it is over. Returns the rounds that were finished before.
    pub async fn work_until(&self, over: impl Fn() -> bool) -> usize {
        let neighbour = self.neighbour();
        let mut rounds = 0;
        loop {
            neighbour.note("at work").await;
            neighbour.get("ledger", "empty", json!({})).await;
            if over() {
                return rounds;
            }
            rounds += 1;
        }
    }

    /// An attack by `hostile` that must end as a fault of this kind, leave nothing, and be written down.
    pub async fn faults(&self, operation: &str, input: Json, kind: ProblemKind, detail: &str) -> Fight {
        let fight = self.attack("hostile", operation, input).await;
        let problem = fight.answer.as_ref().expect_err("an attack that succeeds");
        assert!(problem.is(kind) && problem.status == kind.status, "{operation}: {problem}");
        let told = problem.detail.as_deref().unwrap_or_default();
        assert!(told.contains(detail), "{operation}: {told:?} does not say {detail:?}");
        self.nothing_stayed().await;
        let usage = self.attacked().usage_of("hostile", operation).await;
        assert_eq!((usage.calls, usage.faults, usage.rows_written, usage.events), (1, 1, 0, 0), "{operation}");
        self.is_audited(operation, kind.status).await;
        self.all_is_well().await;
        fight
    }

    /// Over a limit whose sentence contains `detail`.
    pub async fn over_limit(&self, operation: &str, detail: &str) -> Fight {
        self.faults(operation, json!({}), LIMIT, detail).await
    }

    /// Over its time; the neighbour was served meanwhile.
    pub async fn overtime(&self, operation: &str) {
        let fight = self.faults(operation, json!({}), TIMEOUT, "5000 ms").await;
        assert!(fight.rounds > 0, "the neighbour waited until {operation} was over");
    }

    /// A trap.
    pub async fn traps(&self, operation: &str, input: Json) -> Fight {
        self.faults(operation, input, MODULE_FAULT, "module-trapped").await
    }

    /// Bytes or names that are not those declared.
    pub async fn malformed(&self, operation: &str, input: Json, detail: &str) -> Fight {
        let fight = self.faults(operation, input, MODULE_FAULT, detail).await;
        let problem = fight.answer.as_ref().expect_err("a fault");
        assert!(problem.detail.as_deref().is_some_and(|told| told.starts_with("module-malformed")), "{problem}");
        fight
    }

    /// No row, event, timer, effect or dead letter of the attacker is there.
    pub async fn nothing_stayed(&self) {
        let attacked = self.attacked();
        assert_eq!(attacked.get("hostile", "junk", json!({})).await, json!(0), "rows stayed");
        assert_eq!(attacked.events().await, [], "events stayed");
        assert_eq!(attacked.timers().await, [], "timers stayed");
        assert_eq!(attacked.effects().await, [], "effects stayed");
        assert_eq!(attacked.dead().await, [], "letters stayed");
    }

    /// The newest audit line tells of this operation, and the chain holds.
    pub async fn is_audited(&self, operation: &str, status: u16) {
        let attacked = self.attacked();
        let lines = attacked.file(|writer| writer.verify_audit()).await;
        let line = attacked.file(move |writer| writer.audit_after(lines - 1, 1)).await.remove(0);
        assert_eq!((&*line.action, &*line.module, &*line.actor), (operation, "hostile", "user:1"));
        let detail: Json = serde_json::from_str(&line.detail).expect("JSON");
        assert_eq!(detail["status"], status, "{operation}");
    }

    /// The attacked tenant's modules work, the hostile one included; so does the neighbour.
    pub async fn all_is_well(&self) {
        let attacked = self.attacked();
        attacked.get("hostile", "honest", json!({"number": 1})).await;
        attacked.note("still here").await;
        self.neighbour().note("still here").await;
        attacked.file(|writer| writer.integrity()).await;
    }
}
