//! `GET /t/{tenant}/programme/forecast/{programme}?…`: what a firm can expect of a programme before it signs anything, each
//! figure with the rule that it comes from. The address is the whole question: it can be kept, and nothing changes by it.

use crate::failure::Failure;
use crate::pages::city::code;
use crate::pages::city::rules::track_name;
use crate::pages::sent::{Sent, line, told};
use crate::visitor::Member;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{AskForecast, Category, Forecast, ForecastLine, IntendedLine, Programme};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{percent, read, yuan};
use toolcrib_ui::part::{self, Press, desk};
use toolcrib_ui::shell::Shell;

/// What a firm can buy, in the order of the form.
const CATEGORIES: [Category; 7] = [
    Category::Software,
    Category::Cloud,
    Category::Collection,
    Category::Consulting,
    Category::Sensor,
    Category::Control,
    Category::Other,
];
/// The level that is proposed first: the least that cities pay for.
const LEVEL: &str = "2";

/// The field of a category's amount.
fn amount(category: Category) -> String {
    format!("amount-{}", code(category))
}

/// What the address asks; none before anything was typed.
fn asked(form: &FormText) -> Option<AskForecast> {
    let typed = CATEGORIES.map(|category| (category, line(form, &amount(category))));
    let lines = typed.into_iter().filter(|(_, text)| !text.is_empty());
    // What is no amount is refused by the registry, at its line.
    let lines: Vec<_> =
        lines.map(|(category, text)| IntendedLine { category, amount_fen: read(&text).unwrap_or(-1) }).collect();
    let (level, batch) = (line(form, "level").parse().unwrap_or(0), line(form, "batch").parse().ok());
    (!lines.is_empty()).then(|| AskForecast { track: line(form, "track"), batch, level, lines })
}

pub async fn show(
    Path((_, id)): Path<(String, String)>,
    member: Member,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let form = FormText::new(pairs);
    let registry = &member.visitor.registry;
    let programme = registry.programme(&id).await?;
    let found = match asked(&form) {
        Some(ask) => Some(told(registry.forecast(&id, &ask).await)?),
        None => None,
    };
    let (found, problem) = match found {
        Some(Ok(found)) => (Some(found), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    let sent = Sent { form, problem };
    let page = page(member.shell(), &member.tenant.slug, &programme, &sent, found.as_ref());
    Ok(sent.answer(page).into_response())
}

pub fn page(shell: &Shell, tenant: &str, programme: &Programme, sent: &Sent, found: Option<&Forecast>) -> Markup {
    let tr = shell.tr;
    let back = format!("/t/{tenant}/programme");
    let body = html! {
        (part::crumbs(tr, &[(&back, &tr.t("prog-mine"))]))
        (sent.above(tr))
        (part::lead(&tr.with("forecast-lead", &[("programme", &programme.name)])))
        @if let Some(found) = found { (result(shell, found)) }
        (form(shell, &format!("{back}/forecast/{}", programme.id), programme, sent))
    };
    shell.page(&tr.t("forecast-title"), body)
}

fn form(shell: &Shell, action: &str, programme: &Programme, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let tracks: Vec<_> =
        programme.rules.rules.tracks.iter().map(|track| (track.track.clone(), track_name(tr, &track.track))).collect();
    let first = tracks.first().map(|(track, _)| track.clone()).unwrap_or_default();
    let levels = ["1", "2", "3", "4"].map(|level| (level.to_owned(), tr.t(&format!("prog-level-{level}"))));
    let today = [(String::new(), tr.t("forecast-batch-open"))];
    let batches = programme.batches.iter().map(|batch| {
        let number = batch.batch.to_string();
        let what = [("batch", number.as_str()), ("from", batch.from.as_str()), ("until", batch.until.as_str())];
        (number.clone(), tr.with("forecast-batch-of", &what))
    });
    let batches: Vec<_> = today.into_iter().chain(batches).collect();
    let names = CATEGORIES.map(|category| (amount(category), tr.t(&format!("prog-category-{}", code(category)))));
    desk::ask(
        action,
        html! {
            (sent.field("track", &tr.t("prog-track"), "", &first).select(&tracks))
            (sent.field("level", &tr.t("forecast-level"), "", LEVEL).select(&levels))
            (sent.field("batch", &tr.t("prog-batch"), "", "").select(&batches))
            @for (name, label) in &names { (sent.field(name, label, "", "").line("text")) }
            (part::dim(&tr.t("forecast-amounts-help")))
            (part::buttons(&[part::button(&tr.t("forecast-do"), Press::Main)]))
        },
    )
}

fn result(shell: &Shell, found: &Forecast) -> Markup {
    let tr = shell.tr;
    let (version, batch) = (found.rules_version.to_string(), found.batch.to_string());
    let by_rules = tr.with("forecast-rules", &[("version", &version), ("document", &found.document)]);
    let all = found.programme_fen + found.firm_fen;
    let figure = |key: &str, fen: i64, means: String| (tr.t(key), yuan(fen), means, String::new());
    let rate = percent(i64::from(found.rate_bp));
    let decline = percent(i64::from(found.rate_before_bp.saturating_sub(found.rate_bp)));
    let rule = |line: &ForecastLine| {
        let key = if line.counts { "forecast-counts" } else { "forecast-counts-not" };
        tr.with(key, &[("version", &version), ("rate", &rate)])
    };
    let heads = ["prog-category", "prog-amount", "forecast-by-programme", "forecast-by-firm", "forecast-rule"]
        .map(|key| tr.t(key));
    let row = |line: &ForecastLine| {
        vec![
            html! { (tr.t(&format!("prog-category-{}", code(line.category)))) },
            part::amount(yuan(line.amount_fen)),
            part::amount(yuan(line.programme_fen)),
            part::amount(yuan(line.firm_fen)),
            html! { (rule(line)) },
        ]
    };
    let (eligible, by_rate, cap) = (yuan(found.eligible_fen), yuan(found.by_rate_fen), yuan(found.cap_fen));
    let level = found.min_level.to_string();
    let steps = [
        html! { (tr.with("forecast-step-eligible", &[("amount", &eligible), ("version", &version)])) },
        html! { (tr.with("forecast-step-rate", &[("rate", &rate), ("amount", &by_rate), ("batch", &batch), ("decline", &decline)])) },
        html! { (tr.with("forecast-step-cap", &[("amount", &cap)])) },
        html! { (tr.with("forecast-step-level", &[("level", &level)])) },
        html! { (tr.t("forecast-step-least")) },
    ];
    html! {
        (desk::figures(&[
            figure("forecast-all", all, String::new()),
            figure("forecast-by-programme", found.programme_fen, by_rules),
            figure("forecast-by-firm", found.firm_fen, String::new()),
        ]))
        (part::grid(&tr.t("forecast-lines"), &heads, &found.lines.iter().map(row).collect::<Vec<_>>()))
        (desk::block(&tr.t("forecast-how"), desk::stack(&steps)))
        (part::notice("warn", &tr.t("forecast-no-promise")))
    }
}
