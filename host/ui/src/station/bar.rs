//! The only thing around a terminal's page: where it stands, what can be opened, who works there, what waits to be sent.

use super::Station;
use crate::part::icon::{Icon, icon};
use crate::shell::Shell;
use maud::{Markup, html};

/// Most things kept on a terminal until they can be sent; the script says when there is no room for more.
pub const QUEUED: usize = 200;

/// The bar, and the texts that the script says.
pub fn bar(shell: &Shell, station: &Station) -> Markup {
    let tr = shell.tr;
    let base = shell.tenant.as_ref().map(|tenant| format!("{}/s", tenant.path())).unwrap_or_default();
    html! {
        header.station data-station=(base) data-idle=(station.idle_s) data-drawn=(station.drawn) data-worker=[station.worker.as_ref().map(|worker| &worker.code)] {
            p.where { strong { (station.name) } @if let Some(place) = &station.place { " · " (place) } }
            @if station.worker.is_some() {
                nav aria-label=(tr.t("station-views")) { ul {
                    @for (path, title) in &station.views {
                        @let here = shell.back.split('?').next() == Some(path);
                        li { a href=(path) aria-current=[here.then_some("page")] { (title) } }
                    }
                    li { a href={ (base) "/scan" } { (icon(Icon::Scan)) " " (tr.t("station-scan")) } }
                } }
            }
            @if let Some(worker) = &station.worker {
                @if station.places.len() > 1 { (places(shell, station, &base)) }
                div.person {
                    strong { (worker.name) }
                    (shell.post(&format!("{base}/out"), html! { button { (icon(Icon::Person)) " " (tr.t("station-change")) } }))
                }
            }
        }
        (waiting(shell))
    }
}

fn places(shell: &Shell, station: &Station, base: &str) -> Markup {
    let tr = shell.tr;
    shell.post(
        &format!("{base}/place"),
        html! {
            input type="hidden" name="back" value=(shell.back);
            label.hush for="station-place" { (tr.t("station-place")) }
            select #station-place name="place" data-send {
                @for place in &station.places { option value=(place) selected[station.place.as_ref() == Some(place)] { (place) } }
            }
            noscript { button { (tr.t("station-choose")) } }
        },
    )
}

/// What waits and what was refused. Hidden until the script finds something.
fn waiting(shell: &Shell) -> Markup {
    let tr = shell.tr;
    html! {
        div #queue role="status" hidden data-most=(QUEUED) data-waiting=(tr.with("station-waiting", &[("count", "#")])) {
            p.notice.warn data-part="waiting" hidden { strong {} " " (tr.t("station-waiting-help")) }
            p.notice.ok data-part="kept" hidden { (tr.t("station-kept")) }
            p.notice.bad data-part="full" hidden { (tr.with("station-full", &[("most", &QUEUED.to_string())])) }
            p.notice.bad data-part="lost" hidden { (tr.t("station-unpaired")) }
            p.notice.warn data-part="ime" hidden { (tr.t("station-ime")) }
            p.notice.warn data-part="offline" hidden { (tr.t("station-offline")) }
            div.notice.bad data-part="refused" hidden {
                p { strong { (tr.t("station-refused")) } }
                ul {}
                template { li { p {} div.buttons {
                    button.main type="button" data-again { (tr.t("station-again")) }
                    button.danger type="button" data-drop data-sure=(tr.t("station-sure")) { (tr.t("station-drop")) }
                } } }
            }
        }
    }
}
