//! For how long readings are kept, by whose word and since when: a part of the page of the signals.

use maud::{Markup, html};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_runtime::{ReadingsKept, Retention, Then};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

const DAY_US: i64 = 86_400_000_000;

pub fn section(shell: &Shell, retention: &Retention) -> Markup {
    let (tr, Retention { keep, by, then, reach }) = (shell.tr, retention);
    let whole = match by {
        Some(by) => promised(shell, by),
        None => tr.with("kept-host", &[("days", &keep.raw_days.to_string())]),
    };
    let oldest = match (reach.whole_from, reach.from) {
        (Some(whole), Some(sums)) => tr.with("kept-oldest", &[("whole", &month(whole)), ("sums", &month(sums))]),
        (None, Some(sums)) => tr.with("kept-oldest-sums", &[("sums", &month(sums))]),
        (_, None) => tr.t("kept-nothing"),
    };
    let ends = by.as_ref().and_then(|by| by.until).zip(then.as_ref());
    part::card(
        &tr.t("kept-title"),
        html! {
            p { (whole) }
            @if let Some((until, then)) = ends {
                p { (tr.with("kept-until", &[("until", &shell.zone.text(until)), ("then", &for_long(tr, then))])) }
            }
            p { (tr.with("kept-sums", &[("months", &keep.sum_months.to_string())])) }
            p { (oldest) }
        },
    )
}

fn promised(shell: &Shell, by: &ReadingsKept) -> String {
    let (months, since) = (by.months.to_string(), shell.zone.text(by.since));
    let module = shell.beside().module(&by.module);
    shell.tr.with("kept-plan", &[("months", &months), ("module", &module), ("since", &since)])
}

/// A plan promises months, a host keeps days: each is told in the unit in which it was said.
fn for_long(tr: Tr, then: &Then) -> String {
    match &then.by {
        Some(by) => tr.with("kept-months", &[("count", &by.months.to_string())]),
        None => tr.with("kept-days", &[("count", &then.keep.raw_days.to_string())]),
    }
}

/// `2026-11`: readings lie in calendar months of UTC.
fn month(from: Instant) -> String {
    Date(from.0.div_euclid(DAY_US)).to_string().chars().take(7).collect()
}
