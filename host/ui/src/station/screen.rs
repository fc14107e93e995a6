//! What a big screen shows until an administrator has said what it is: a code, large enough to be read across the hall.

use super::CodeShown;
use crate::code;
use crate::shell::{Frame, Shell};
use maud::{Markup, html};

/// The page asks again after so many seconds.
const AGAIN_S: u32 = 5;

/// The whole page. Nothing on it is pressed: screens have no keys.
pub fn screen(shell: &Shell, code: &CodeShown) -> Markup {
    let tr = shell.tr;
    let body = html! {
        div.waiting data-again=(AGAIN_S) {
            p.lead { (tr.t("station-screen-show")) }
            div.pair {
                @if let Some(qr) = code::qr(&code.address) {
                    svg.qr viewBox="0 0 240 240" role="img" aria-label=(tr.t("station-code-picture")) { (qr.draw(0.0, 0.0, 240.0)) }
                }
                div { p.figure { (code.text) } p.dim { (tr.t("station-screen-waits")) } }
            }
        }
    };
    // Without a script the browser itself asks again.
    let head = html! { noscript { meta http-equiv="refresh" content=(AGAIN_S); } };
    shell.whole(&tr.t("station-screen-title"), &body, Frame::Board, "", &head)
}
