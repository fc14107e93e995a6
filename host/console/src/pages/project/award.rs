//! What came of a project: acceptance, publicity with its objections, the award and how it was computed, what was demanded
//! back.

use super::one::amount;
use super::{PATH, Sides};
use crate::pages::city::level;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Acceptance, Award, AwardObjection, ClawBack, Project, Publicity, Tranche};
use toolcrib_ui::money::{percent, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press, purse};
use toolcrib_ui::shell::Shell;

/// All of it, as far as it exists.
pub fn outcome(shell: &Shell, project: &Project, sides: Sides) -> Markup {
    let tr = shell.tr;
    html! {
        @if let Some(acceptance) = &project.acceptance { (desk::block(&tr.t("prog-acceptance"), accepted(shell, acceptance))) }
        @if let Some(publicity) = &project.publicity { (desk::block(&tr.t("prog-publicity"), shown(shell, project, publicity, sides))) }
        @if let Some(award) = &project.award { (desk::block(&tr.t("prog-award"), awarded(shell, award))) }
        @if !project.claw_backs.is_empty() { (claw_backs(shell, &project.claw_backs)) }
    }
}

fn accepted(shell: &Shell, acceptance: &Acceptance) -> Markup {
    let tr = shell.tr;
    let of = &acceptance.acceptance;
    let verdict = if of.accepted { ("ok", "prog-state-accepted") } else { ("bad", "prog-state-rejected") };
    let refused: Vec<_> = of.lines_refused.iter().map(|(contract, line)| format!("{contract} #{line}")).collect();
    let refused = if refused.is_empty() { tr.t("prog-none-word") } else { refused.join(&tr.t("list-separator")) };
    html! {
        (part::facts(&[
            (tr.t("prog-verdict"), part::tag(verdict.0, &tr.t(verdict.1))),
            (tr.t("prog-levels"), html! { (level(tr, Some(acceptance.level_before))) " → " (level(tr, Some(acceptance.level_after))) }),
            (tr.t("prog-real-use"), html! { (tr.t(if of.in_real_use { "yes" } else { "no" })) }),
            (tr.t("prog-satisfaction"), html! { (of.satisfaction) }),
            (tr.t("prog-experts"), html! { (of.experts.join(&tr.t("list-separator"))) }),
            (tr.t("prog-lines-refused"), html! { (refused) }),
            (tr.t("prog-by"), html! { (acceptance.by) " · " (shell.zone.show_text(&acceptance.at)) }),
        ]))
        (part::prose(&of.why))
    }
}

fn shown(shell: &Shell, project: &Project, publicity: &Publicity, sides: Sides) -> Markup {
    let tr = shell.tr;
    let item = |objection: &AwardObjection| {
        let path = format!("{PATH}/{}/do/answer-{}", project.id, objection.number);
        html! {
            p { (shell.zone.show_text(&objection.at)) @if let Some(by) = &objection.by { " · " (by) } }
            (part::prose(&objection.text))
            @match objection.upheld {
                Some(upheld) => {
                    p { (part::tag(if upheld { "bad" } else { "ok" }, &tr.t(if upheld { "prog-upheld" } else { "prog-dismissed" }))) }
                    @if let Some(answer) = &objection.answer { (part::prose(answer)) }
                }
                None if sides.official => (part::buttons(&[part::link(&path, &tr.t("prog-decide"), Press::Plain)])),
                None => p { (part::tag("warn", &tr.t("prog-undecided"))) },
            }
        }
    };
    html! {
        p { (publicity.from) " – " (publicity.until) }
        @if publicity.objections.is_empty() { p { (tr.t("prog-objections-none")) } }
        @else { (desk::stack(&publicity.objections.iter().map(item).collect::<Vec<_>>())) }
    }
}

fn awarded(shell: &Shell, award: &Award) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-tranche", "prog-amount", "prog-paid-on"].map(|key| tr.t(key));
    let row = |of: &Tranche| {
        vec![
            part::amount(of.tranche),
            amount(of.amount_fen),
            html! { @match &of.paid_on { Some(day) => (day), None => (part::tag("warn", &tr.t("prog-not-paid"))) } },
        ]
    };
    html! {
        (purse::sums(&[(tr.t("prog-award"), award.amount_fen, tr.t("prog-award-means"))]))
        (part::facts(&[
            (tr.t("prog-award-base"), html! { (yuan(award.base_fen)) }),
            (tr.t("prog-rate"), html! { (percent(i64::from(award.rate_bp))) }),
            (tr.t("prog-by-rate"), html! { (yuan(award.by_rate_fen)) }),
            (tr.t("prog-cap"), html! { (yuan(award.cap_fen)) }),
            (tr.t("prog-remaining"), html! { (yuan(award.remaining_fen)) }),
        ]))
        @if !award.tranches.is_empty() { (part::grid(&tr.t("prog-tranches"), &heads, &award.tranches.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn claw_backs(shell: &Shell, rows: &[ClawBack]) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-number", "prog-amount", "prog-document", "prog-why", "prog-by", "prog-recovered-on"]
        .map(|key| tr.t(key));
    let row = |row: &ClawBack| {
        vec![
            part::amount(row.number),
            amount(row.claw_back.amount_fen),
            html! { (row.claw_back.document) },
            html! { (row.claw_back.why) },
            html! { (row.by) " · " (shell.zone.show_text(&row.at)) },
            html! { @match &row.recovered_on { Some(day) => (day), None => (part::tag("warn", &tr.t("prog-not-recovered"))) } },
        ]
    };
    part::grid(&tr.t("prog-claw-backs"), &heads, &rows.iter().map(row).collect::<Vec<_>>())
}
