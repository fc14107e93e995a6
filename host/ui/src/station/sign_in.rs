//! Who is there? The pages that a terminal shows to nobody yet: pairing, signing in, scanning.

use super::Station;
use crate::part;
use crate::shell::{Frame, Shell};
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;

/// The page that makes a device a terminal.
pub fn pair(shell: &Shell, code: &str, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let wrong = problem.is_some().then_some("true");
    let body = html! {
        p.lead { (tr.t("station-pair-lead")) }
        (part::problem_above(tr, problem))
        form.narrow method="post" action="/pair" {
            div.field { label for="code" { (tr.t("station-pair-code")) }
                input.digits id="code" name="code" value=(code) required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" aria-invalid=[wrong]; }
            p.buttons { button.main { (tr.t("station-pair")) } }
        }
    };
    shell.framed(&tr.t("station-pair-title"), body, Frame::Station, "")
}

/// The page that asks who is there: a badge held to the scanner, or code and PIN.
pub fn sign_in(shell: &Shell, station: &Station, code: &str, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let base = shell.tenant.as_ref().map(|tenant| format!("{}/s/in", tenant.path())).unwrap_or_default();
    let badge = html! {
        div.field { label for="badge" { (tr.t("station-badge")) }
            input id="badge" name="badge" type="password" autocomplete="off" inputmode="none" required autofocus[code.is_empty()] data-badge; }
        p.buttons { button.main { (tr.t("station-in")) } }
    };
    let pin = html! {
        // Beside each other: nobody scrolls to the button.
        div.twin { div.field { label for="code" { (tr.t("station-code")) }
            input id="code" name="code" value=(code) autocomplete="off" autocapitalize="off" spellcheck="false" required; }
        div.field { label for="pin" { (tr.t("station-pin")) }
            input.digits id="pin" name="pin" type="password" inputmode="numeric" autocomplete="off" required autofocus[!code.is_empty()] data-count; } }
        (super::keypad(tr))
        p.buttons { button.main { (tr.t("station-in")) } }
    };
    let body = html! {
        p.lead { (tr.with("station-who-lead", &[("terminal", &station.name)])) }
        (part::problem_above(tr, problem))
        div.ways-in {
            section.card { h2 { (tr.t("station-by-badge")) } (shell.post(&base, badge)) }
            section.card { h2 { (tr.t("station-by-pin")) } (shell.post(&base, pin)) }
        }
    };
    shell.framed(&tr.t("station-who"), body, Frame::Station, "")
}

/// The page for codes: typed, read by a scanner that types, or seen by the camera.
pub fn scan(shell: &Shell, typed: &str, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let base = shell.tenant.as_ref().map(|tenant| format!("{}/s", tenant.path())).unwrap_or_default();
    let (path, photo) = (format!("{base}/scan"), format!("{base}/photo"));
    let body = html! {
        (part::problem_above(tr, problem))
        div.ways-in {
            section.card { h2 { (tr.t("station-scan-typed")) }
                form action=(path) {
                    div.field.scan { label for="scan-code" { (tr.t("station-scan-code")) }
                        input id="scan-code" name="code" value=(typed) autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go" autofocus required; }
                    p.buttons { button.main { (tr.t("station-scan-go")) } }
                }
            }
            section.card { h2 { (tr.t("station-photo")) }
                form method="post" action=(photo) enctype="multipart/form-data" {
                    (shell.proof(&photo))
                    div.field.scan { label for="scan-photo" { (tr.t("station-photo-of")) }
                        input id="scan-photo" name="photo" type="file" accept="image/jpeg" capture="environment" required; }
                    p.buttons { button.main { (tr.t("station-photo-go")) } }
                }
            }
        }
    };
    shell.framed(&tr.t("station-scan-title"), body, Frame::Station, "")
}
