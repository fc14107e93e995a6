//! Jobs: one operation of one order each, and what is reported of them.
//!
//! The state of a job follows from its totals, those of the step before, and its latest start or pause by the time it
//! happened. So what is told in any order, and however late, leads to the same state.

use crate::balance::{Balance, Quantity, TOTAL_MAX, balance};
use crate::orders::{self, Order, OrderState};
use crate::routing::RoutingStep;
use toolcrib_sdk::prelude::*;

/// How far the clock of a terminal may be ahead or behind, microseconds: five minutes.
pub const SKEW_US: i64 = 5 * 60_000_000;

/// How far a job is.
#[value]
pub enum JobState {
    /// The step before has nothing good yet.
    Waiting,
    Ready,
    Running,
    Paused,
    /// Everything that was to come is handled, or somebody said that no more will.
    Done,
}

/// One operation of an order.
#[record(shared, unique(card), unique(order, step), index(equipment, state))]
pub struct Job {
    pub order: Text<64>,
    pub step: i64,
    /// The text of the code on its card: `{order}/{step}`.
    pub card: Text<64>,
    pub operation: Text<40>,
    pub equipment: Option<Text<64>>,
    pub state: JobState,
    /// The quantity of its order.
    pub planned: Quantity,
    pub good: Quantity,
    pub scrap: Quantity,
    /// How much was sent back to be done again, each time it was; it is in progress until it is good or scrap.
    pub rework: Quantity,
    /// The last operation of its order.
    pub last: bool,
    pub skill: Option<Text<40>>,
    pub note: Option<Text<200>>,
    /// When the latest start or pause happened.
    pub acted_at: Option<Instant>,
    /// The latest was a start.
    pub active: bool,
    /// No more will be done, whatever is planned.
    pub finished: bool,
}

/// A job and its totals after what was just told of it.
#[value(from(Job))]
pub struct JobFacts {
    pub card: Text<64>,
    pub order: Text<64>,
    #[own]
    pub material: Text<64>,
    #[own]
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub step: i64,
    #[own]
    pub first: bool,
    pub last: bool,
    pub equipment: Option<Text<64>>,
    pub planned: Quantity,
    pub good: Quantity,
    pub scrap: Quantity,
    pub rework: Quantity,
}

impl Job {
    /// What left the step: good and scrap.
    pub fn handled(&self) -> Quantity {
        Decimal(self.good.0 + self.scrap.0)
    }

    /// The step, balanced with what came in from the one before.
    pub fn balance(&self, before: Option<&Job>) -> Balance {
        balance(before.map_or(self.planned, |before| before.good), self.good, self.scrap)
    }

    /// How much there is to do in all, as far as known: what is planned, or what the step before made once it is done.
    fn expected(&self, before: Option<&Job>) -> Quantity {
        before.filter(|before| before.state == JobState::Done).map_or(self.planned, |before| before.good)
    }

    /// How much is still to do; nothing where somebody said so.
    pub fn open(&self, before: Option<&Job>) -> Quantity {
        let open = self.expected(before).0 - self.handled().0;
        if self.finished { Decimal(0) } else { Decimal(open.max(0)) }
    }

    fn state(&self, before: Option<&Job>) -> JobState {
        if self.finished || self.handled() >= self.expected(before) {
            JobState::Done
        } else if self.acted_at.is_some() {
            if self.active { JobState::Running } else { JobState::Paused }
        } else if self.handled() > Decimal(0) || self.rework > Decimal(0) {
            JobState::Running
        } else if before.is_none_or(|before| before.good > Decimal(0)) {
            JobState::Ready
        } else {
            JobState::Waiting
        }
    }
}

/// A card, found: the order that has it now, its jobs, and which of them it is.
pub struct Located {
    pub order: Row<Order>,
    pub jobs: Vec<Row<Job>>,
    pub at: usize,
}

/// Finds the job of a card. The card of an order that was merged into another is that other's.
pub fn locate(ctx: &Query, card: &Text<64>) -> Outcome<Located> {
    let unknown = || reject("unknown-card", "No job has this card; scan it again or type it as printed").field("card");
    let (number, step) = card.as_str().trim().rsplit_once('/').ok_or_else(unknown)?;
    let step: i64 = step.parse().map_err(|_| unknown())?;
    let order = orders::present(ctx, &Text::new(number)?, "card")?.ok_or_else(unknown)?;
    let jobs = of_order(ctx, &order.number)?;
    let message = "This order is not released to the floor yet";
    reject_if(jobs.is_empty() && order.state == OrderState::Draft, "order-not-released", message).field("card")?;
    let at = jobs.iter().position(|job| job.step == step).ok_or_else(unknown)?;
    Ok(Located { order, jobs, at })
}

impl Located {
    pub fn job(&self) -> &Job {
        &self.jobs[self.at]
    }

    pub fn before(&self) -> Option<&Job> {
        self.at.checked_sub(1).map(|at| &self.jobs[at].value)
    }

    fn facts(&self) -> JobFacts {
        let (material, unit) = (self.order.material.clone(), self.order.unit.clone());
        JobFacts { material, unit, first: self.at == 0, ..self.job().clone().into() }
    }

    /// Whether something that happened at a time may be told of this job.
    fn takes(&self, now: Instant, at: Instant) -> Outcome<()> {
        let Order { state, released_at, held_at, .. } = &self.order.value;
        let message = "This time is in the future; set the clock of the terminal";
        reject_if(at > now.plus_us(SKEW_US), "in-the-future", message).field("at")?;
        match state {
            OrderState::Held if held_at.is_none_or(|held| at > held) => {
                Err(reject("order-held", "This order is held; resume it first").field("card"))
            }
            OrderState::Closed => Err(reject("order-closed", "This order is closed; reopen it first").field("card")),
            OrderState::Cancelled => Err(reject("order-cancelled", "This order is cancelled").field("card")),
            _ if released_at.is_some_and(|released| at.plus_us(SKEW_US) < released) => {
                Err(reject("before-release", "This is before the order was released; check the time").field("at"))
            }
            _ => Ok(()),
        }
    }

    fn change(mut self, ctx: &mut Command, change: impl FnOnce(&mut Job)) -> Outcome<JobFacts> {
        let at = self.at;
        change(&mut self.jobs[at].value);
        store(ctx, &mut self.jobs, |index| index == at)?;
        Ok(self.facts())
    }
}

/// Somebody began or went on with a job. Nothing about the job refuses that.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn start_job(ctx: &mut Command, card: Text<64>, at: Instant) -> Outcome<JobFacts> {
    act(ctx, &card, at, true)
}

/// Somebody stopped working on a job for a while.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn pause_job(ctx: &mut Command, card: Text<64>, at: Instant) -> Outcome<JobFacts> {
    act(ctx, &card, at, false)
}

fn act(ctx: &mut Command, card: &Text<64>, at: Instant, active: bool) -> Outcome<JobFacts> {
    let job = locate(ctx, card)?;
    job.takes(ctx.now(), at)?;
    // The latest by its own time counts; of two at the same time the pause.
    if job.job().acted_at.is_some_and(|acted| (acted, !job.job().active) >= (at, !active)) {
        return Ok(job.facts());
    }
    job.change(ctx, |job| (job.acted_at, job.active) = (Some(at), active))
}

/// Adds to a job's totals what was made. Negative amounts take back what was reported before. More than planned, or
/// more than the step before reported, is taken as it is.
#[command(roles("owner", "admin", "supervisor", "operator", "module"))]
pub fn take_output(
    ctx: &mut Command,
    card: Text<64>,
    good: Quantity,
    scrap: Quantity,
    rework: Quantity,
    at: Instant,
) -> Outcome<JobFacts> {
    let job = locate(ctx, &card)?;
    job.takes(ctx.now(), at)?;
    let sum = |total: Quantity, more: Quantity, field: &str| {
        let total = total.0.saturating_add(more.0);
        reject_if(total < 0, "negative-total", "This takes back more than was reported").field(field)?;
        reject_if(total > TOTAL_MAX.0, "quantity-too-large", "No job makes so much; check the number").field(field)?;
        Ok::<_, Stopped>(Decimal(total))
    };
    let now = job.job();
    let (good, scrap) = (sum(now.good, good, "good")?, sum(now.scrap, scrap, "scrap")?);
    let rework = sum(now.rework, rework, "rework")?;
    job.change(ctx, |job| (job.good, job.scrap, job.rework) = (good, scrap, rework))
}

/// Says that no more will be done at a job, though less is made than planned; or takes that back.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn finish_job(ctx: &mut Command, card: Text<64>, finished: bool) -> Outcome<JobFacts> {
    let job = locate(ctx, &card)?;
    job.takes(ctx.now(), ctx.now())?;
    job.change(ctx, |job| job.finished = finished)
}

/// The jobs of an order, in the order they run.
pub fn of_order(ctx: &Query, number: &Text<64>) -> Outcome<Vec<Row<Job>>> {
    ctx.all(Job::by_order_step().eq(number))
}

/// The jobs of an order that is released with these steps.
pub fn create(ctx: &mut Command, order: &Order, steps: Vec<RoutingStep>) -> Outcome<()> {
    let count = steps.len();
    let mut jobs: Vec<Job> = Vec::new();
    for (at, RoutingStep { step, operation, equipment, skill, note, .. }) in steps.into_iter().enumerate() {
        let card = Text::new([order.number.as_str(), "/", &step.to_string()].concat())?;
        let (order, planned, last) = (order.number.clone(), order.quantity, at + 1 == count);
        let told = Job { step, operation, equipment, skill, note, ..Job::blank() };
        let mut job = Job { order, card, planned, last, ..told };
        job.state = job.state(jobs.last());
        jobs.push(job);
    }
    ctx.insert_all(&jobs).map(drop)
}

/// Works out the states anew and stores the jobs that `changed` names, and those whose state is another now.
pub fn store(ctx: &mut Command, jobs: &mut [Row<Job>], changed: impl Fn(usize) -> bool) -> Outcome<()> {
    for at in 0..jobs.len() {
        let before = at.checked_sub(1).map(|at| &jobs[at].value);
        let state = jobs[at].state(before);
        if changed(at) || state != jobs[at].state {
            jobs[at].state = state;
            ctx.update(&mut jobs[at])?;
        }
    }
    Ok(())
}

/// The jobs of an order that is over are done; of one that is opened again, what their totals say.
pub fn over(ctx: &mut Command, jobs: &mut [Row<Job>], over: bool) -> Outcome<()> {
    if !over {
        return store(ctx, jobs, |_| false);
    }
    for job in jobs.iter_mut().filter(|job| job.state != JobState::Done) {
        job.state = JobState::Done;
        ctx.update(job)?;
    }
    Ok(())
}
