//! The module driven as machines, people and other modules drive it: state changes, taps, closed windows, reports, a plan.

mod board;
mod calls;
mod figures;
mod kpi;
mod pieces;
mod properties;
mod stops;

use super::module;
use crate::plant::{Equipment, PlannedShift};
use crate::rates::set_rate;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

const MINUTE_US: i64 = 60_000_000;
const START: &str = "2026-11-23T08:00:00+08:00";
const PRESS: &str = "press-1";

fn at(time: &str) -> Instant {
    time.parse().unwrap()
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn ratio(text: &str) -> Option<Decimal<6>> {
    Some(text.parse().unwrap())
}

fn pieces(count: i64) -> Decimal<6> {
    Decimal(count * 1_000_000)
}

/// A press with a shift of 480 minutes from `start`, of which `break_minutes` are breaks without a place.
fn press(start: Instant, break_minutes: i64) -> (testing::Module, Ref<PlannedShift>) {
    let mut module = module();
    let equipment = module.share(&Equipment { code: text(PRESS), name: text("一号冲床"), retired_at: None });
    let ends_at = start.plus_us(480 * MINUTE_US);
    let shift = module.share(&PlannedShift { equipment, starts_at: start, ends_at, break_minutes });
    (module, shift)
}

/// Sets the ideal speed of the press.
fn rate(module: &mut testing::Module, pieces_per_minute: &str, valid_from: Instant) {
    let (equipment, pieces_per_minute) = (text(PRESS), pieces_per_minute.parse().unwrap());
    let rate = set_rate { equipment, pieces_per_minute, valid_from: Some(valid_from) };
    module.run(rate).unwrap();
}

/// Lets the press run through states of so many minutes each; while it runs, every minute brings `good` and `scrap`.
fn drive(module: &mut testing::Module, states: &[(&str, i64)], mut pieces: impl FnMut(i64) -> (i64, i64)) {
    let mut running = 0;
    for (state, minutes) in states {
        module.signal("press-1.state", state).unwrap();
        for _ in 0..*minutes {
            let from = module.now();
            module.advance(std::time::Duration::from_secs(60));
            if *state == "running" {
                let (good, scrap) = pieces(running);
                module.minute("press-1.good", from, good).unwrap();
                module.minute("press-1.scrap", from, scrap).unwrap();
                running += 1;
            }
        }
    }
}

/// Spreads a total over minutes as evenly as whole pieces allow.
fn spread(total: i64, minutes: i64, minute: i64) -> i64 {
    total * (minute + 1) / minutes - total * minute / minutes
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}
