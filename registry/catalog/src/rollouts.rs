//! Staged rollouts: a version comes to tenants ring by ring, and stops by itself when too many of its calls fail.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::drafts::CLOCK;
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::rings::{self, RolloutState};
use crate::state::State;
use crate::subscriptions::Kind;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// Invocations of a ring below which nothing is concluded from its faults.
pub const ROLLOUT_SAMPLE: i64 = 20;
/// Faults per million invocations above which a rollout halts: 5 %.
pub const ROLLOUT_FAULTS_PPM: i64 = 50_000;
/// How long a ring is watched, unless its rollout says otherwise: a day.
pub const ROLLOUT_STEP_S: i64 = 86_400;
/// The longest that it may say: 30 days.
pub const ROLLOUT_STEP_MAX_S: i64 = 30 * 86_400;
/// Versions of one health report.
pub const HEALTH_LINES: usize = 1_000;

/// A rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    pub module: String,
    pub version: String,
    /// Parts per million of all tenants.
    pub rings: Vec<u32>,
    pub step_s: i64,
    pub state: RolloutState,
    /// Position in the rings.
    pub ring: usize,
    pub ring_since: Instant,
    /// Counted since the ring began.
    pub invocations: i64,
    pub faults: i64,
    /// Why it is in this state.
    pub why: String,
}

/// What a host counted of a version since its last report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub module: String,
    pub version: String,
    pub invocations: u64,
    pub faults: u64,
}

/// What a rollback did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolledBack {
    pub tenants: u64,
    /// Tenants that stay, with the reason.
    pub stayed: Vec<(String, String)>,
    /// The snapshot number.
    pub seq: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    module: String,
    version: String,
    rings: String,
    step_s: i64,
    state: RolloutState,
    ring: i64,
    ring_since_us: i64,
    base_invocations: i64,
    base_faults: i64,
    invocations: i64,
    faults: i64,
    why: String,
}

/// Rollouts with what hosts have counted of their version, under a condition.
macro_rules! rollouts {
    ($condition:literal) => {
        concat!(
            "SELECT r.module, r.version, r.rings, r.step_s, r.state, r.ring, r.ring_since_us, r.base_invocations,
                 r.base_faults, CAST(coalesce(sum(h.invocations), 0) AS BIGINT) AS invocations,
                 CAST(coalesce(sum(h.faults), 0) AS BIGINT) AS faults, r.why
             FROM rollout r LEFT JOIN health h ON h.module = r.module AND h.version = r.version WHERE ",
            $condition,
            " GROUP BY r.module, r.version ORDER BY r.started_us DESC, r.version DESC LIMIT 200"
        )
    };
}

impl Row {
    fn read(self) -> Result<Rollout, CatalogError> {
        Ok(Rollout {
            rings: serde_json::from_str(&self.rings).map_err(|error| CatalogError::damaged("a rollout", &error))?,
            module: self.module,
            version: self.version,
            step_s: self.step_s,
            state: self.state,
            ring: usize::try_from(self.ring).unwrap_or(0),
            ring_since: Instant(self.ring_since_us),
            invocations: self.invocations - self.base_invocations,
            faults: self.faults - self.base_faults,
            why: self.why,
        })
    }
}

impl Rollout {
    /// Whether too many calls of this ring fail.
    fn is_faulty(&self) -> bool {
        self.invocations >= ROLLOUT_SAMPLE
            && self.faults.saturating_mul(1_000_000) > self.invocations.saturating_mul(ROLLOUT_FAULTS_PPM)
    }
}

impl Catalog {
    /// Rolls a version out in rings: from now on, or from its approval on. Whether the person may is the caller's to decide.
    ///
    /// # Errors
    /// No such version, one that was refused, a rollout that it has already; rings or a step that cannot be.
    pub async fn start_rollout(
        &self,
        module: &str,
        version: &str,
        (rings, step_s): (&[u32], i64),
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        rings::check(rings)?;
        if !(1..=ROLLOUT_STEP_MAX_S).contains(&step_s) {
            return Err(CatalogError::input("/step_s", format!("1 to {ROLLOUT_STEP_MAX_S} seconds")));
        }
        let mut change = self.change(now).await?;
        let query = sqlx::query_as(
            "SELECT state FROM submission WHERE module = $1 AND version = $2 AND superseded_us IS NULL
             AND state <> 'draft'",
        );
        let row: Option<(State,)> = query.bind(module).bind(version).fetch_optional(change.connection()).await?;
        let (state,) = row.ok_or(CatalogError::NotFound("version"))?;
        let begins = match state {
            State::Approved => RolloutState::Running,
            state if state.is_unchecked() || state == State::Review => RolloutState::Planned,
            state => return Err(CatalogError::WrongState(format!("{module} {version} is {}", state.as_str()))),
        };
        let insert = sqlx::query(
            "INSERT INTO rollout (module, version, rings, step_s, state, ring, ring_since_us, base_invocations, base_faults,
                 why, started_by, started_us) VALUES ($1, $2, $3, $4, $5, 0, $6, 0, 0, '', $7, $8)",
        );
        let insert = insert.bind(module).bind(version).bind(json!(rings).to_string()).bind(step_s).bind(begins);
        let insert = insert.bind(now.0).bind(by).bind(now.0).execute(change.connection()).await;
        insert.map_err(|error| {
            CatalogError::unique(error, "/version", || format!("{module} {version} has a rollout already"))
        })?;
        if begins == RolloutState::Running {
            change.enter_ring(module, version, 0).await?;
        }
        let detail = json!({"version": version, "rings": rings, "step_s": step_s, "state": begins.as_str()});
        change.commit(Line { actor: by.as_str(), act: "rollout.start", subject: module, detail }).await
    }

    /// Rollouts of a module, the newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn rollouts(&self, module: &str) -> Result<Vec<Rollout>, CatalogError> {
        let rows: Vec<Row> = sqlx::query_as(rollouts!("r.module = $1")).bind(module).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// The next ring, before its time. Returns the snapshot number.
    ///
    /// # Errors
    /// No rollout, or it does not run.
    pub async fn advance_rollout(
        &self,
        module: &str,
        version: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let rollout = change.rollout(module, version).await?;
        needs(&rollout, &[RolloutState::Running])?;
        change.next_ring(rollout, by.as_str()).await
    }

    /// Nobody else takes the version until somebody resumes. Returns the snapshot number.
    ///
    /// # Errors
    /// No rollout, or it does not run.
    pub async fn halt_rollout(
        &self,
        module: &str,
        version: &str,
        why: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        needs(&change.rollout(module, version).await?, &[RolloutState::Running, RolloutState::Planned])?;
        change.set_rollout(module, version, RolloutState::Halted, why).await?;
        let detail = json!({"version": version, "why": why});
        change.commit(Line { actor: by.as_str(), act: "rollout.halt", subject: module, detail }).await
    }

    /// Goes on in the same ring; what was counted until now is forgiven. Returns the snapshot number.
    ///
    /// # Errors
    /// No rollout, or it is not halted.
    pub async fn resume_rollout(
        &self,
        module: &str,
        version: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let rollout = change.rollout(module, version).await?;
        needs(&rollout, &[RolloutState::Halted, RolloutState::RolledBack])?;
        change.set_rollout(module, version, RolloutState::Running, "").await?;
        change.enter_ring(module, version, rollout.ring).await?;
        let detail = json!({"version": version, "ring": rollout.ring});
        change.commit(Line { actor: by.as_str(), act: "rollout.resume", subject: module, detail }).await
    }

    /// Everybody who took the version goes back to the one before. Tenants whose data keeps them are named.
    ///
    /// # Errors
    /// No rollout, or it is planned only.
    pub async fn roll_back_rollout(
        &self,
        module: &str,
        version: &str,
        why: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<RolledBack, CatalogError> {
        let mut change = self.change(now).await?;
        let rollout = change.rollout(module, version).await?;
        needs(&rollout, &[RolloutState::Running, RolloutState::Halted, RolloutState::Done])?;
        change.set_rollout(module, version, RolloutState::RolledBack, why).await?;
        let mut done = RolledBack::default();
        for current in change.subscribers(module).await? {
            if current.version != version || !matches!(current.kind, Kind::Auto | Kind::Upgrade) {
                continue;
            }
            match change.go_back(&current, &current.agreed_id).await {
                Ok(()) => done.tenants += 1,
                Err(CatalogError::WrongState(why)) => done.stayed.push((current.tenant.to_string(), why)),
                Err(error) => return Err(error),
            }
        }
        let detail = json!({"version": version, "why": why, "tenants": done.tenants, "stayed": done.stayed});
        done.seq =
            change.commit(Line { actor: by.as_str(), act: "rollout.roll_back", subject: module, detail }).await?;
        Ok(done)
    }

    /// Moves every running rollout on whose ring was watched long enough. Returns how many moved.
    ///
    /// # Errors
    /// The database.
    pub async fn advance_rollouts(&self, now: Instant) -> Result<usize, CatalogError> {
        let rows: Vec<Row> = sqlx::query_as(rollouts!("r.state = 'running'")).fetch_all(&self.readers).await?;
        let mut moved = 0;
        for row in rows {
            let seen = row.read()?;
            if now < seen.ring_since.plus_us(seen.step_s * 1_000_000) {
                continue;
            }
            let mut change = self.change(now).await?;
            let rollout = change.rollout(&seen.module, &seen.version).await?;
            // Somebody was quicker.
            if (rollout.state, rollout.ring_since) != (seen.state, seen.ring_since) {
                continue;
            }
            change.next_ring(rollout, CLOCK).await?;
            moved += 1;
        }
        Ok(moved)
    }

    /// Adds what a host counted, and halts the rollouts whose calls fail too often.
    ///
    /// # Errors
    /// More than [`HEALTH_LINES`]; more faults than invocations.
    pub async fn record_health(&self, host: &str, counts: &[Health], now: Instant) -> Result<(), CatalogError> {
        if counts.len() > HEALTH_LINES {
            return Err(CatalogError::input("/modules", format!("at most {HEALTH_LINES} versions")));
        }
        if let Some(at) =
            counts.iter().position(|count| count.faults > count.invocations || count.invocations > 1 << 40)
        {
            return Err(CatalogError::input(&format!("/modules/{at}"), "faults are among the invocations"));
        }
        let mut change = self.change(now).await?;
        for count in counts {
            sqlx::query(
                "INSERT INTO health (module, version, host, invocations, faults, at_us)
                 SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM submission
                     WHERE module = $1 AND version = $2)
                 ON CONFLICT (module, version, host)
                 DO UPDATE SET invocations = health.invocations + excluded.invocations,
                     faults = health.faults + excluded.faults, at_us = excluded.at_us",
            )
            .bind(&count.module)
            .bind(&count.version)
            .bind(host)
            .bind(count.invocations.cast_signed())
            .bind(count.faults.cast_signed())
            .bind(now.0)
            .execute(change.connection())
            .await?;
        }
        change.commit_quietly().await?;
        for count in counts.iter().filter(|count| count.faults > 0) {
            self.halt_if_faulty(&count.module, &count.version, now).await?;
        }
        Ok(())
    }

    async fn halt_if_faulty(&self, module: &str, version: &str, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let rollout = match change.rollout(module, version).await {
            Ok(rollout) if rollout.state == RolloutState::Running && rollout.is_faulty() => rollout,
            Ok(_) | Err(CatalogError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let why = format!("{} of {} invocations failed", rollout.faults, rollout.invocations);
        change.set_rollout(module, version, RolloutState::Halted, &why).await?;
        tracing::warn!(module, version, why, "A rollout halted by itself");
        let detail = json!({"version": version, "ring": rollout.ring, "invocations": rollout.invocations,
            "faults": rollout.faults, "why": why});
        change.commit(Line { actor: "health", act: "rollout.halt", subject: module, detail }).await?;
        Ok(())
    }
}

fn needs(rollout: &Rollout, states: &[RolloutState]) -> Result<(), CatalogError> {
    if states.contains(&rollout.state) {
        return Ok(());
    }
    let Rollout { module, version, state, .. } = rollout;
    Err(CatalogError::WrongState(format!("the rollout of {module} {version} is `{}`", state.as_str())))
}

impl Change {
    async fn rollout(&mut self, module: &str, version: &str) -> Result<Rollout, CatalogError> {
        let query = sqlx::query_as(rollouts!("r.module = $1 AND r.version = $2")).bind(module).bind(version);
        let row: Option<Row> = query.fetch_optional(self.connection()).await?;
        row.ok_or(CatalogError::NotFound("rollout"))?.read()
    }

    async fn set_rollout(
        &mut self,
        module: &str,
        version: &str,
        state: RolloutState,
        why: &str,
    ) -> Result<(), CatalogError> {
        let set = sqlx::query("UPDATE rollout SET state = $1, why = $2 WHERE module = $3 AND version = $4");
        set.bind(state).bind(why).bind(module).bind(version).execute(self.connection()).await?;
        Ok(())
    }

    /// A ring begins now: what is counted, is counted from here, and its tenants take the version.
    async fn enter_ring(&mut self, module: &str, version: &str, ring: usize) -> Result<(), CatalogError> {
        let now = self.now.0;
        sqlx::query(
            "UPDATE rollout SET ring = $1, ring_since_us = $2,
                 base_invocations = (SELECT coalesce(sum(invocations), 0) FROM health
                     WHERE module = $3 AND version = $4),
                 base_faults = (SELECT coalesce(sum(faults), 0) FROM health WHERE module = $3 AND version = $4)
             WHERE module = $3 AND version = $4",
        )
        .bind(ring as i64)
        .bind(now)
        .bind(module)
        .bind(version)
        .execute(self.connection())
        .await?;
        self.take_up(module).await?;
        Ok(())
    }

    async fn next_ring(mut self, rollout: Rollout, actor: &str) -> Result<u64, CatalogError> {
        let Rollout { module, version, ring, rings, .. } = rollout;
        let next = ring + 1;
        let done = next >= rings.len();
        if done {
            self.set_rollout(&module, &version, RolloutState::Done, "").await?;
        } else {
            self.enter_ring(&module, &version, next).await?;
        }
        let detail = json!({"version": version, "ring": next, "done": done});
        self.commit(Line { actor, act: "rollout.advance", subject: &module, detail }).await
    }

    /// The version was approved: a rollout that was planned for it begins.
    pub(crate) async fn begin_planned_rollout(&mut self, module: &str, version: &str) -> Result<(), CatalogError> {
        let begin = sqlx::query(
            "UPDATE rollout SET state = 'running', ring = 0, ring_since_us = $1
             WHERE module = $2 AND version = $3 AND state = 'planned'",
        );
        let now = self.now.0;
        begin.bind(now).bind(module).bind(version).execute(self.connection()).await?;
        Ok(())
    }
}
