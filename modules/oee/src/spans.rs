//! What each machine did: spans of one state, each beginning where the one before ends.

use crate::stops;
use toolcrib_sdk::prelude::*;

/// The states that a machine's time falls into.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Producing: counts as production time.
    Running,
    /// Not producing though it should.
    Stopped,
    /// Waiting for material or people.
    Idle,
    /// Being set up.
    Setup,
    /// Planned not to produce: a break, planned maintenance. Not part of the planned busy time.
    Planned,
    /// Switched off.
    Off,
    /// The machine sent a word that this module does not know.
    Unknown,
}

impl State {
    /// The state behind a machine's own word, in either language.
    pub fn of(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "running" | "executing" | "active" | "true" | "1" | "运行" => Self::Running,
            "stopped" | "stop" | "fault" | "alarm" | "down" | "false" | "0" | "停机" | "故障" => Self::Stopped,
            "idle" | "waiting" | "wait" | "待机" | "等待" => Self::Idle,
            "setup" | "changeover" | "换模" | "调试" => Self::Setup,
            "planned" | "break" | "maintenance" | "休息" | "保养" => Self::Planned,
            "off" | "关机" => Self::Off,
            _ => Self::Unknown,
        }
    }

    /// Whether people should say why.
    pub fn wants_reason(self) -> bool {
        matches!(self, Self::Stopped | Self::Idle | Self::Setup | Self::Unknown)
    }
}

/// One state of one machine.
#[record(index(equipment, started_at))]
#[derive(Clone, Debug)]
pub struct Span {
    pub equipment: Text<64>,
    pub state: State,
    pub started_at: Instant,
    /// None while it lasts.
    pub ended_at: Option<Instant>,
}

/// The machine's state changed: closes the last span and opens the next.
#[on(signal = "state")]
pub fn state_changed(ctx: &mut Command, change: StateChange) -> Outcome<()> {
    let state = State::of(change.value.as_str());
    let last = ctx.first(Span::by_equipment_started_at().eq(&change.equipment).descending())?;
    if let Some(mut last) = last {
        // Changes come in order for each signal; one that does not is an echo.
        if last.started_at >= change.at || last.state == state {
            return Ok(());
        }
        if last.ended_at.is_none() {
            last.ended_at = Some(change.at);
            ctx.update(&mut last)?;
            stops::span_ended(ctx, &last)?;
        }
    }
    let span = Span { equipment: change.equipment, state, started_at: change.at, ended_at: None };
    stops::span_started(ctx, &span)?;
    ctx.insert(span)?;
    Ok(())
}

/// Microseconds of a period by state, counting a span that still lasts up to `now`.
pub struct Times {
    pub running_us: i128,
    pub planned_us: i128,
}

/// Adds up the spans of one machine inside a period.
pub fn times<M>(
    ctx: &toolcrib_sdk::context::Context<M>,
    equipment: &Text<64>,
    from: Instant,
    until: Instant,
) -> Outcome<Times> {
    let walk = || Span::by_equipment_started_at().eq(equipment);
    // The span that was already there when the period began.
    let first = ctx.first(walk().until(from).descending())?;
    let inside = ctx.all(walk().between(from, until))?;
    let mut times = Times { running_us: 0, planned_us: 0 };
    for span in first.iter().chain(&inside) {
        let end = span.ended_at.unwrap_or_else(|| ctx.now().max(span.started_at)).min(until);
        let us = i128::from(end.since_us(span.started_at.max(from)).max(0));
        match span.state {
            State::Running => times.running_us += us,
            State::Planned => times.planned_us += us,
            _ => {}
        }
    }
    Ok(times)
}
