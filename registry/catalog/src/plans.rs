//! What modules cost, what tenants chose, and how much of their cap is used.
//!
//! A plan never changes: another price is another plan, and who chose the old one keeps it. Months are calendar months in
//! UTC, like the days that hosts report. A price is exact in ten-thousandths of a yuan; an amount is rounded once, half
//! to even, to fen.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{self, PersonId, TenantId};
use crate::input::Check;
use crate::retention::READINGS_MONTHS;
use crate::values::Whole;
use serde_json::json;
use sqlx::AnyConnection;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::{Date, Instant, divide_half_even};
use toolcrib_contract::world::Chance;

/// Plans of one module that can be chosen.
pub const PLANS: i64 = 10;
/// The longest trial.
pub const TRIAL_DAYS: u32 = 90;
/// The highest price, in ten-thousandths of a yuan: a million yuan.
pub const PRICE_E4_MAX: i64 = 10_000_000_000;
/// The highest cap of a month: ten million yuan.
pub const CAP_FEN_MAX: i64 = 1_000_000_000;

/// Days after the end of a trial in which everything still goes: time to choose a plan.
pub const TRIAL_GRACE_DAYS: i64 = 3;
/// Hours after a cap was found used up in which everything still goes: time to approve a higher one. What is used then
/// costs nothing more.
pub const CAP_GRACE_HOURS: i64 = 24;

const DAY_US: i64 = 86_400_000_000;

/// How a plan is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanKind {
    Free,
    /// Nothing, for some days, once per tenant and module.
    Trial,
    /// A fixed price per calendar month.
    Monthly,
    /// A price per invocation.
    PerUse,
}

crate::texts!(PlanKind {
    Free = "free",
    Trial = "trial",
    Monthly = "monthly",
    PerUse = "per_use",
});

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Unique among those of the module that can be chosen.
    pub code: String,
    pub kind: PlanKind,
    pub name: Words,
    /// Ten-thousandths of a yuan.
    pub price_e4: i64,
    pub trial_days: u32,
    /// For how many months single readings of machines are kept. None: as the host does by itself.
    pub readings_months: Option<u32>,
}

/// What a tenant chose for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenPlan {
    pub module: String,
    pub plan: Plan,
    /// The most that one month may cost.
    pub cap_fen: i64,
    pub since: Instant,
    /// The end of a trial.
    pub until: Option<Instant>,
    /// Name of the person.
    pub agreed_by: String,
    /// Invocations of this month, as far as hosts have reported.
    pub used: u64,
    pub used_fen: i64,
}

impl ChosenPlan {
    /// Whether the approved cap is used up.
    pub fn is_over(&self) -> bool {
        self.plan.kind == PlanKind::PerUse && self.used_fen >= self.cap_fen
    }

    /// Whether a trial has ended.
    pub fn has_ended(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

type PlanRow = (String, PlanKind, String, String, i64, Whole, Option<Whole>);

fn plan((code, kind, zh, en, price_e4, trial_days, readings_months): PlanRow) -> Plan {
    let (trial_days, readings_months) = (trial_days.0, readings_months.map(u32::from));
    Plan { code, kind, name: Words { zh, en }, price_e4, trial_days, readings_months }
}

#[derive(sqlx::FromRow)]
struct ChosenRow {
    module: String,
    code: String,
    kind: PlanKind,
    zh: String,
    en: String,
    price_e4: i64,
    trial_days: Whole,
    readings_months: Option<Whole>,
    cap_fen: i64,
    since_us: i64,
    until_us: Option<i64>,
    agreed_by: String,
    used: i64,
}

impl ChosenRow {
    fn read(self) -> ChosenPlan {
        let used_e4 = match self.kind {
            PlanKind::Free | PlanKind::Trial => 0,
            PlanKind::Monthly => i128::from(self.price_e4),
            PlanKind::PerUse => i128::from(self.price_e4) * i128::from(self.used),
        };
        let used_fen = divide_half_even(used_e4, 100).and_then(|fen| i64::try_from(fen).ok()).unwrap_or(i64::MAX);
        ChosenPlan {
            module: self.module,
            plan: plan((self.code, self.kind, self.zh, self.en, self.price_e4, self.trial_days, self.readings_months)),
            cap_fen: self.cap_fen,
            since: Instant(self.since_us),
            until: self.until_us.map(Instant),
            agreed_by: self.agreed_by,
            used: self.used.cast_unsigned(),
            used_fen,
        }
    }
}

/// A module that a tenant can only read, because of what it pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOnly {
    pub because: ReadOnlyBecause,
    pub from: Instant,
    /// None: until a plan is chosen.
    pub until: Option<Instant>,
}

/// Why a module can only be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOnlyBecause {
    TrialEnded,
    OverCap,
}

impl ReadOnly {
    /// Of a trial that ends then.
    pub(crate) fn after_trial(until: Instant) -> Self {
        let from = until.plus_us(TRIAL_GRACE_DAYS * DAY_US);
        Self { because: ReadOnlyBecause::TrialEnded, from, until: None }
    }

    /// Of a cap that was found used up then: for the rest of that month, if any is left after the grace.
    pub(crate) fn over_cap(since: Instant) -> Option<Self> {
        let from = since.plus_us(CAP_GRACE_HOURS * DAY_US / 24);
        let until = Instant(Date(since.0.div_euclid(DAY_US)).first_of_next_month().0 * DAY_US);
        (from < until).then_some(Self { because: ReadOnlyBecause::OverCap, from, until: Some(until) })
    }
}

/// The calendar month of an instant, as the beginning of its days: `2026-11-`.
fn month(now: Instant) -> String {
    Date(now.0.div_euclid(DAY_US)).to_string()[..8].to_owned()
}

/// What a tenant chose and used in a month (`$2`), for one module (`$3`) or all.
const CHOSEN: &str = "SELECT c.module, p.code, p.kind, p.zh, p.en, p.price_e4, p.trial_days, p.readings_months,
        c.cap_fen, c.since_us, c.until_us, a.name AS agreed_by,
        (SELECT CAST(coalesce(sum(u.calls), 0) AS BIGINT) FROM usage_day u
            WHERE u.tenant = c.tenant AND u.module = c.module AND u.day >= $2 || '01' AND u.day <= $2 || '31') AS used
    FROM chosen_plan c JOIN plan p ON p.id = c.plan JOIN person a ON a.id = c.agreed_by
    WHERE c.tenant = $1 AND c.ended_us IS NULL AND ($3 IS NULL OR c.module = $3) ORDER BY c.module";

async fn chosen(
    db: &mut AnyConnection,
    tenant: &TenantId,
    module: Option<&str>,
    now: Instant,
) -> Result<Vec<ChosenPlan>, CatalogError> {
    let rows: Vec<ChosenRow> = sqlx::query_as(CHOSEN).bind(tenant).bind(month(now)).bind(module).fetch_all(db).await?;
    Ok(rows.into_iter().map(ChosenRow::read).collect())
}

impl Catalog {
    /// Plans of a module that can be chosen, cheapest kind first.
    ///
    /// # Errors
    /// The database.
    pub async fn plans(&self, module: &str) -> Result<Vec<Plan>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT code, kind, zh, en, price_e4, trial_days, readings_months FROM plan
             WHERE module = $1 AND retired_us IS NULL
             ORDER BY price_e4, code",
        );
        let rows: Vec<PlanRow> = query.bind(module).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(plan).collect())
    }

    /// Adds a plan.
    ///
    /// # Errors
    /// Fields that are wrong; a code that is taken; more than [`PLANS`].
    pub async fn add_plan(
        &self,
        module: &str,
        plan: &Plan,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(), CatalogError> {
        let Plan { code, kind, name, price_e4, trial_days, readings_months } = plan;
        let mut check = Check::default();
        check.slug("/code", code);
        check.name("/name/zh", &name.zh);
        check.name("/name/en", &name.en);
        let costs = matches!(kind, PlanKind::Monthly | PlanKind::PerUse);
        let price = if costs { 1..=PRICE_E4_MAX } else { 0..=0 };
        check.expect(price.contains(price_e4), "/price", "above nought to 1000000 where it costs something, else 0");
        let days = if *kind == PlanKind::Trial { 1..=TRIAL_DAYS } else { 0..=0 };
        check.expect(days.contains(trial_days), "/trial_days", format!("1 to {TRIAL_DAYS} for a trial, else 0"));
        let months = readings_months.is_none_or(|months| (1..=READINGS_MONTHS).contains(&months));
        check.expect(months, "/readings_months", format!("1 to {READINGS_MONTHS}, or nothing"));
        check.done()?;
        let mut change = self.change(now).await?;
        let count = sqlx::query_as("SELECT count(*) FROM plan WHERE module = $1 AND retired_us IS NULL").bind(module);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= PLANS {
            return Err(CatalogError::Limit(format!("a module has at most {PLANS} plans; retire one")));
        }
        sqlx::query(
            "INSERT INTO plan (id, module, code, kind, zh, en, price_e4, trial_days, readings_months, added_by, added_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(ids::generate(now, chance))
        .bind(module)
        .bind(code)
        .bind(kind)
        .bind(&name.zh)
        .bind(&name.en)
        .bind(price_e4)
        .bind(i64::from(*trial_days))
        .bind(readings_months.map(i64::from))
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await
        .map_err(|error| CatalogError::unique(error, "/code", || format!("there is a plan `{code}`")))?;
        let detail =
            json!({"code": code, "price_e4": price_e4, "trial_days": trial_days, "readings_months": readings_months});
        change.commit(Line { actor: by.as_str(), act: "plan.add", subject: module, detail }).await.map(drop)
    }

    /// The plan cannot be chosen any more; who chose it keeps it.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn retire_plan(&self, module: &str, code: &str, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let retire =
            sqlx::query("UPDATE plan SET retired_us = $1 WHERE module = $2 AND code = $3 AND retired_us IS NULL");
        let retire = retire.bind(now.0).bind(module).bind(code);
        if retire.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("plan"));
        }
        let detail = json!({"code": code});
        change.commit(Line { actor: by.as_str(), act: "plan.retire", subject: module, detail }).await.map(drop)
    }

    /// What a tenant chose, by module.
    ///
    /// # Errors
    /// The database.
    pub async fn chosen_plans(&self, tenant: &TenantId, now: Instant) -> Result<Vec<ChosenPlan>, CatalogError> {
        let mut reader = self.readers.acquire().await?;
        chosen(&mut reader, tenant, None, now).await
    }

    /// Chooses a plan and approves the most that a month may cost. The cap of a plan without a price is nought.
    ///
    /// # Errors
    /// No such plan; a cap that does not fit; a second trial.
    pub async fn choose_plan(
        &self,
        tenant: &TenantId,
        module: &str,
        code: &str,
        cap_fen: i64,
        by: &PersonId,
        now: Instant,
    ) -> Result<ChosenPlan, CatalogError> {
        let mut change = self.change(now).await?;
        let row: Option<(String, PlanKind, i64, Whole)> = sqlx::query_as(
            "SELECT id, kind, price_e4, trial_days FROM plan WHERE module = $1 AND code = $2 AND retired_us IS NULL",
        )
        .bind(module)
        .bind(code)
        .fetch_optional(change.connection())
        .await?;
        let (id, kind, price_e4, Whole(days)) = row.ok_or(CatalogError::NotFound("plan"))?;
        let least = match kind {
            PlanKind::Free | PlanKind::Trial => 0,
            PlanKind::Monthly => (price_e4 + 99) / 100,
            PlanKind::PerUse => 1,
        };
        let most = if least == 0 { 0 } else { CAP_FEN_MAX };
        if !(least..=most).contains(&cap_fen) {
            return Err(CatalogError::input("/cap_fen", format!("{least} to {most} for this plan")));
        }
        let until_us = (kind == PlanKind::Trial).then(|| now.0 + i64::from(days) * DAY_US);
        if kind == PlanKind::Trial {
            change.begin_trial(tenant, module).await?;
        }
        change.end_plan(tenant, module).await?;
        // Hosts know when a trial ends, and that a cap is not used up any more.
        change.concerns_hosts();
        sqlx::query(
            "INSERT INTO chosen_plan (tenant, module, plan, cap_fen, since_us, until_us, agreed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tenant)
        .bind(module)
        .bind(id)
        .bind(cap_fen)
        .bind(now.0)
        .bind(until_us)
        .bind(by)
        .execute(change.connection())
        .await?;
        let made = chosen(change.connection(), tenant, Some(module), now).await?.pop().expect("it was just inserted");
        let detail = json!({"module": module, "plan": code, "cap_fen": cap_fen});
        change.commit(Line { actor: by.as_str(), act: "plan.choose", subject: tenant.as_str(), detail }).await?;
        Ok(made)
    }

    /// Nothing is owed for the module any more. No plan is no error.
    ///
    /// # Errors
    /// The database.
    pub async fn leave_plan(
        &self,
        tenant: &TenantId,
        module: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        if change.end_plan(tenant, module).await? == 0 {
            return Ok(());
        }
        change.concerns_hosts();
        let detail = json!({"module": module});
        change.commit(Line { actor: by.as_str(), act: "plan.leave", subject: tenant.as_str(), detail }).await.map(drop)
    }

    /// Whether a tenant may subscribe, as far as money is concerned.
    ///
    /// # Errors
    /// [`CatalogError::PlanNeeded`]: the module has a price and nothing was chosen, or the trial has ended.
    /// [`CatalogError::OverCap`].
    pub async fn may_use(&self, tenant: &TenantId, module: &str, now: Instant) -> Result<(), CatalogError> {
        let mut reader = self.readers.acquire().await?;
        let chosen = chosen(&mut reader, tenant, Some(module), now).await?.pop();
        drop(reader);
        match chosen {
            Some(chosen) if chosen.has_ended(now) => {
                Err(CatalogError::PlanNeeded(format!("the trial of `{module}` has ended; choose a plan")))
            }
            Some(chosen) if chosen.is_over() => Err(CatalogError::OverCap(format!(
                "`{module}` has used {} of {} fen this month",
                chosen.used_fen, chosen.cap_fen
            ))),
            Some(_) => Ok(()),
            None => {
                let plans = self.plans(module).await?;
                if plans.is_empty() || plans.iter().any(|plan| plan.kind == PlanKind::Free) {
                    return Ok(());
                }
                let codes: Vec<_> = plans.iter().map(|plan| format!("`{}`", plan.code)).collect();
                Err(CatalogError::PlanNeeded(format!("`{module}` has the plans {}; choose one", codes.join(", "))))
            }
        }
    }
}

impl Change {
    /// Writes down that a cap is used up, if it is and that is new; hosts hear of it then.
    pub(crate) async fn watch_cap(&mut self, tenant: &TenantId, module: &str) -> Result<bool, CatalogError> {
        let now = self.now;
        let chosen = chosen(self.connection(), tenant, Some(module), now).await?.pop();
        if !chosen.is_some_and(|chosen| chosen.is_over()) {
            return Ok(false);
        }
        let insert = sqlx::query(
            "INSERT INTO over_cap (tenant, module, month, since_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, module) DO UPDATE SET month = $3, since_us = $4 WHERE over_cap.month <> $3",
        );
        let insert = insert.bind(tenant).bind(module).bind(month(now)).bind(now.0);
        let is_new = insert.execute(self.connection()).await?.rows_affected() > 0;
        if is_new {
            self.concerns_hosts();
        }
        Ok(is_new)
    }

    async fn begin_trial(&mut self, tenant: &TenantId, module: &str) -> Result<(), CatalogError> {
        let now = self.now.0;
        let begin =
            sqlx::query("INSERT INTO trial (tenant, module, began_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let begin = begin.bind(tenant).bind(module).bind(now).execute(self.connection()).await?;
        if begin.rows_affected() == 0 {
            return Err(CatalogError::WrongState(format!("this tenant has tried `{module}` before")));
        }
        Ok(())
    }

    async fn end_plan(&mut self, tenant: &TenantId, module: &str) -> Result<u64, CatalogError> {
        let now = self.now.0;
        let over = sqlx::query("DELETE FROM over_cap WHERE tenant = $1 AND module = $2").bind(tenant).bind(module);
        over.execute(self.connection()).await?;
        let end =
            sqlx::query("UPDATE chosen_plan SET ended_us = $1 WHERE tenant = $2 AND module = $3 AND ended_us IS NULL");
        Ok(end.bind(now).bind(tenant).bind(module).execute(self.connection()).await?.rows_affected())
    }
}
