//! A provider that is, or asks to be, identified by a city for a segment: one page for the city, its experts, the provider
//! and whoever may object. The registry says which parts and acts each of them has.

pub mod act;
pub mod one;
pub mod own;

use crate::pages::city::code;
use maud::Markup;
use toolcrib_registry_client::wire::{IdentificationKind, IdentificationState};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;

/// Where these pages are.
pub const PATH: &str = "/identifications";

/// States in the order of an identification's life.
pub const STATES: [IdentificationState; 14] = [
    IdentificationState::Applied,
    IdentificationState::Reviewing,
    IdentificationState::Reviewed,
    IdentificationState::Publicity,
    IdentificationState::Active,
    IdentificationState::Warned,
    IdentificationState::Rectifying,
    IdentificationState::Reported,
    IdentificationState::Suspended,
    IdentificationState::Delisted,
    IdentificationState::Refused,
    IdentificationState::Withdrawn,
    IdentificationState::Expired,
    IdentificationState::Superseded,
];

/// What it is identified as, in words.
pub fn kind(tr: Tr, kind: IdentificationKind) -> String {
    tr.t(&format!("prog-identified-{}", code(kind)))
}

/// Its state in words.
pub fn state_name(tr: Tr, state: IdentificationState) -> String {
    tr.t(&format!("prog-standing-{}", state.as_str()))
}

/// Its state in words and in the colour of what it means for contracts.
pub fn state(tr: Tr, state: IdentificationState) -> Markup {
    use IdentificationState as State;
    let tone = match state {
        State::Active => "ok",
        State::Warned | State::Rectifying | State::Reported | State::Publicity => "warn",
        State::Suspended | State::Delisted | State::Refused => "bad",
        _ => "idle",
    };
    part::tag(tone, &state_name(tr, state))
}
