//! What shows only when it runs.

use super::forge::{EMIT, EMIT_OTHER, Forge, INSIST, OTHER, SEND, SEND_ELSEWHERE, SEND_OPAQUE, burning};
use super::submissions::{Case, Submitted, also, only};
use std::time::Duration;

fn handling(handle: &str) -> Submitted {
    Forge::with(|forge| forge.handle = handle.to_owned()).into()
}

fn describing(describe: &'static str) -> Submitted {
    Forge::with(|forge| forge.describe = describe).into()
}

pub const RUN: &[Case] = &[
    only("contained", "checks that do not end in time", || Submitted {
        wall: Some(Duration::from_millis(1)),
        ..Forge::default().into()
    }),
    only("compile", "an export of another type", || Forge::with(|forge| forge.described = "string").into()),
    only("describe", "it cannot say what it is", || describing("unreachable")),
    only("describe", "it works for ever at the start", || describing("(loop $l (br $l))")),
    only("describe", "it takes all memory at the start", || {
        describing("(loop $l (drop (memory.grow (i32.const 64))) (br $l))")
    }),
    only("describe", "bytes that are no manifest", || {
        describing("(memory.fill (i32.const 8192) (i32.const 255) (i32.const 64))")
    }),
    only("describe", "it asks the host who it is", || {
        let forge = Forge::default().emitting(EMIT);
        Forge { describe: EMIT, ..forge }.into()
    }),
    only("generated-input", "a trap on any number but one", || handling(&format!("(if {OTHER} (then unreachable))"))),
    only("generated-input", "an answer of another type", || {
        handling(&format!("(if {OTHER} (then (i32.store8 (i32.const 0) (i32.const 128))))"))
    }),
    only("generated-input", "work without end on any number but one", || {
        handling(&format!("(if {OTHER} (then (loop $l (br $l))))"))
    }),
    also("generated-input", "writing from a query", || {
        let mut forge = Forge::default().emitting(EMIT);
        forge.manifest.handlers[0].kind = toolcrib_contract::manifest::HandlerKind::Query;
        forge.into()
    }),
    only("malformed-input", "it answers whatever it is given", || Forge::with(|forge| forge.gullible = true).into()),
    only("injected-fault", "a full disk makes it trap", || {
        Forge::default().emitting(&format!("{EMIT} {INSIST}")).into()
    }),
    only("injected-fault", "a missing consent makes it trap", || {
        Forge::default().sending(&format!("{SEND} {INSIST}")).into()
    }),
    only("undeclared-behaviour", "an event that nobody declared", || {
        Forge::default().emitting(&format!("{EMIT} (if {OTHER} (then {EMIT_OTHER}))")).into()
    }),
    only("undeclared-behaviour", "an effect to a stranger", || {
        Forge::default().sending(&format!("{SEND} (if {OTHER} (then {SEND_ELSEWHERE}))")).into()
    }),
    only("unused-capability", "a host that it never sends to", || Forge::default().sending("").into()),
    only("near-limits", "more memory than a call should need", || handling("(drop (memory.grow (i32.const 600)))")),
    only("near-limits", "operations by the milliard", || {
        handling(&format!("(if (i32.eqz {OTHER}) (then {}))", burning(1_050_000)))
    }),
    only("query-random", "an answer by chance", || {
        handling(
            "(i32.store8 (i32.const 0) (select (i32.const 14) (i32.const 16) (i64.eq (local.get 2) (i64.const 1))))",
        )
    }),
    only("egress-entropy", "bytes that nobody can read on their way out", || {
        Forge::default().sending(SEND_OPAQUE).into()
    }),
];

/// Good ones that write, emit and send.
pub fn golden() -> Vec<(&'static str, Submitted)> {
    vec![
        ("nothing is wrong", Forge::default().into()),
        ("it emits what it declares", Forge::default().emitting(EMIT).into()),
        ("it sends where it asked to", Forge::default().sending(SEND).into()),
    ]
}
