//! A view on a big screen: nothing around it, a clock, when it was heard of last, and the board that comes next.

use super::ask::Answers;
use super::{Scene, page};
use crate::shell::Frame;
use maud::{Markup, html};

/// Where a board stands among those that take turns on a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// From 1.
    pub place: usize,
    pub count: usize,
    /// The address of the one after it.
    pub next: String,
    /// How long this one is shown.
    pub seconds: u32,
}

/// The whole page. `turn`: none where a single board stays.
pub fn board(scene: &Scene<'_>, answers: &Answers, turn: Option<&Turn>) -> Markup {
    let (tr, shell) = (scene.tr(), scene.shell);
    let tenant = shell.tenant.as_ref();
    let body = html! {
        div.board-bar {
            @if let Some(tenant) = tenant { span { (tenant.name) } }
            @if let Some(turn) = turn {
                a.turn href=(turn.next) data-seconds=(turn.seconds) aria-label=(tr.t("boards-next")) { (turn.place) " / " (turn.count) }
            }
            (clock(scene))
        }
        (page::region(scene, answers))
    };
    // Without a script the browser itself goes on.
    let head = html! { @if let Some(turn) = turn {
        noscript { meta http-equiv="refresh" content={ (turn.seconds) "; url=" (turn.next) }; }
    } };
    shell.whole(tr.words(&scene.view.title), &body, Frame::Board, "view", &head)
}

/// The plant's time, which the script lets go on, and when the page last heard of the plant.
pub fn clock(scene: &Scene<'_>) -> Markup {
    let (tr, text) = (scene.tr(), scene.zone().text(scene.now));
    let time = text.get(11..19).unwrap_or(&text);
    html! {
        span.heard { (tr.t("boards-heard")) " " time data-heard { (time) } }
        time.clock data-clock=(time) datetime=(scene.now) aria-label=(tr.t("boards-clock")) { (time) }
    }
}
