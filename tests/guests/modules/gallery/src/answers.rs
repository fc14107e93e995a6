//! Answers that stay the same, in the shapes that widgets take.

use toolcrib_sdk::prelude::*;

/// 2026-11-23T00:00:00Z.
const MONDAY: i64 = 1_795_392_000_000_000;
const MINUTE: i64 = 60_000_000;

fn at(minute: i64) -> Instant {
    Instant(MONDAY + minute * MINUTE)
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap_or_default()
}

/// What a machine does.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Waiting,
    Down,
}

#[value]
pub struct Machine {
    pub code: Text<64>,
    pub name: Text<80>,
    pub state: State,
    pub since: Instant,
    pub good: Decimal<6>,
    pub oee: Option<Decimal<6>>,
    pub note: Option<Text<200>>,
}

#[value]
pub struct Hall {
    pub oee: Option<Decimal<6>>,
    pub oee_before: Option<Decimal<6>>,
    pub target: Decimal<6>,
    pub done: Decimal<6>,
    pub planned: Decimal<6>,
    pub pace: Decimal<6>,
    pub trend: Vec<f64>,
    pub wages: Decimal<2>,
    pub down_s: i64,
    pub machines: Vec<Machine>,
}

fn machines() -> Vec<Machine> {
    let row = |code: &str, name: &str, state, minute, good, oee: Option<i64>, note: Option<&str>| Machine {
        code: text(code),
        name: text(name),
        state,
        since: at(minute),
        good: Decimal(good),
        oee: oee.map(Decimal),
        note: note.map(text),
    };
    vec![
        row("P-1", "一号冲床", State::Running, 12, 1_250_500_000, Some(853_210), None),
        row("P-2", "二号冲床", State::Down, 95, 310_000_000, Some(412_000), Some("换模，等模具")),
        row("P-3", "三号冲床 <b>", State::Waiting, 60, 0, None, None),
    ]
}

/// The hall at a glance.
#[query]
pub fn hall(ctx: &Query) -> Outcome<Hall> {
    let _ = ctx;
    Ok(Hall {
        oee: Some(Decimal(747_937)),
        oee_before: Some(Decimal(721_000)),
        target: Decimal(800_000),
        done: Decimal(620_500_000),
        planned: Decimal(1_000_000_000),
        pace: Decimal(700_000_000),
        trend: vec![0.61, 0.66, 0.64, 0.71, 0.7479],
        wages: Decimal(1_234_567),
        down_s: 5_025,
        machines: machines(),
    })
}

/// One machine.
#[query]
pub fn one_machine(ctx: &Query, machine: Text<64>) -> Outcome<Option<Machine>> {
    let _ = ctx;
    Ok(machines().into_iter().find(|row| row.code == machine))
}

#[value]
pub struct Hour {
    pub at: Instant,
    pub good: i64,
    pub scrap: Option<i64>,
}

/// Pieces by hour since a moment.
#[query]
pub fn output(ctx: &Query, from: Option<Instant>) -> Outcome<Vec<Hour>> {
    let _ = ctx;
    let good = [120, 134, 128, 0, 141, 138, 150, 149];
    let scrap = [Some(3), Some(1), None, Some(0), Some(6), Some(2), Some(2), Some(4)];
    let rows = good.into_iter().zip(scrap).enumerate();
    let rows = rows.map(|(hour, (good, scrap))| Hour { at: at(hour as i64 * 60), good, scrap });
    Ok(rows.filter(|row| from.is_none_or(|from| row.at >= from)).collect())
}

#[value]
pub struct Loss {
    pub reason: Text<40>,
    pub minutes: Decimal<3>,
}

/// Time lost by reason.
#[query]
pub fn losses(ctx: &Query) -> Outcome<Vec<Loss>> {
    let _ = ctx;
    let rows = [("缺料", 18_000), ("换模", 47_500), ("故障", 31_250), ("休息", 3_250)];
    Ok(rows.into_iter().map(|(reason, minutes)| Loss { reason: text(reason), minutes: Decimal(minutes) }).collect())
}

#[value]
pub struct Span {
    pub equipment: Text<64>,
    pub from: Instant,
    pub until: Option<Instant>,
    pub state: State,
}

/// What each machine did.
#[query]
pub fn spans(ctx: &Query) -> Outcome<Vec<Span>> {
    let _ = ctx;
    let row = |equipment: &str, from, until: Option<i64>, state| Span {
        equipment: text(equipment),
        from: at(from),
        until: until.map(at),
        state,
    };
    Ok(vec![
        row("P-1", 0, Some(200), State::Running),
        row("P-1", 200, Some(230), State::Down),
        row("P-1", 230, Some(480), State::Running),
        row("P-2", 0, Some(95), State::Waiting),
        row("P-2", 95, Some(480), State::Down),
    ])
}

#[value]
pub struct Point {
    pub number: i64,
    pub value: f64,
    pub center: f64,
    pub lower: f64,
    pub upper: f64,
    pub signal: Option<Text<80>>,
}

#[value]
pub struct Chart {
    pub upper_spec: f64,
    pub lower_spec: f64,
    pub points: Vec<Point>,
}

/// A control chart as a module computes it.
#[query]
pub fn points(ctx: &Query) -> Outcome<Chart> {
    let _ = ctx;
    let values = [10.1, 9.9, 10.0, 10.2, 9.8, 10.1, 11.4, 10.0, 9.9, 10.1];
    let point = |(at, value): (usize, f64)| Point {
        number: at as i64 + 1,
        value,
        center: 10.0,
        lower: 9.25,
        upper: 10.75,
        signal: (value > 10.75).then(|| text("超出控制限")),
    };
    let points = values.into_iter().enumerate().map(point).collect();
    Ok(Chart { upper_spec: 12.0, lower_spec: 8.0, points })
}

#[value]
pub struct Lot {
    pub code: Text<64>,
    pub made_into: Option<Text<64>>,
    pub material: Text<64>,
    pub quantity: Decimal<6>,
    pub unit: Text<16>,
    pub blocked: bool,
}

/// What a lot was made of.
#[query]
pub fn lots(ctx: &Query) -> Outcome<Vec<Lot>> {
    let _ = ctx;
    let row = |code: &str, into: Option<&str>, material: &str, quantity, unit: &str, blocked| Lot {
        code: text(code),
        made_into: into.map(text),
        material: text(material),
        quantity: Decimal(quantity),
        unit: text(unit),
        blocked,
    };
    Ok(vec![
        row("L-100", None, "支架", 500_000_000, "件", false),
        row("L-060", Some("L-100"), "钢板", 120_500_000, "kg", true),
        row("L-061", Some("L-100"), "螺栓", 2_000_000_000, "件", false),
        row("L-020", Some("L-060"), "钢卷", 5_000_000_000, "kg", false),
    ])
}

#[value]
pub struct StepRow {
    pub title: Text<80>,
    pub text: Option<Text<200>>,
    pub done: bool,
}

/// Work instructions.
#[query]
pub fn steps_of(ctx: &Query) -> Outcome<Vec<StepRow>> {
    let _ = ctx;
    let row = |title: &str, about: Option<&str>, done| StepRow { title: text(title), text: about.map(text), done };
    Ok(vec![
        row("检查模具", Some("看刃口，擦油"), true),
        row("首件检验", Some("量三件，都合格再开机"), false),
        row("清洁", None, false),
    ])
}

#[value]
pub struct Call {
    pub at: Instant,
    pub who: Text<80>,
    pub text: Text<200>,
    pub open: bool,
}

/// Calls, newest first.
#[query]
pub fn calls(ctx: &Query) -> Outcome<Vec<Call>> {
    let _ = ctx;
    let row = |minute, who: &str, said: &str, open| Call { at: at(minute), who: text(who), text: text(said), open };
    Ok(vec![row(130, "王丽", "二号冲床缺模具", true), row(20, "李强", "领料", false)])
}

#[value]
pub struct Job {
    pub card: Text<64>,
    pub material: Text<64>,
    pub state: Text<20>,
    pub planned: Decimal<6>,
    pub share: Decimal<4>,
}

#[value]
pub struct Jobs {
    pub jobs: Vec<Job>,
    pub next: Option<Text<64>>,
}

/// Jobs, two to a page.
#[query]
pub fn jobs(ctx: &Query, after: Option<Text<64>>) -> Outcome<Jobs> {
    let _ = ctx;
    let row = |card: &str, material: &str, state: &str, planned, share| Job {
        card: text(card),
        material: text(material),
        state: text(state),
        planned: Decimal(planned),
        share: Decimal(share),
    };
    let all = vec![
        row("WO-1001/10", "支架", "running", 500_000_000, 6_205),
        row("WO-1001/20", "支架", "waiting", 500_000_000, 0),
        row("WO-1002/10", "盖板", "waiting", 12_500_000, 0),
    ];
    let begun = after.as_ref().map_or(0, |after| all.iter().position(|job| job.card > *after).unwrap_or(all.len()));
    let jobs: Vec<_> = all[begun..].iter().take(2).cloned().collect();
    let next = (begun + 2 < all.len()).then(|| jobs.last().map(|job| job.card.clone())).flatten();
    Ok(Jobs { jobs, next })
}

/// Never answers.
#[query]
pub fn broken(ctx: &Query) -> Outcome<Hall> {
    let _ = ctx;
    Err(reject("nothing-planned", "No shift is planned; plan one first"))
}
