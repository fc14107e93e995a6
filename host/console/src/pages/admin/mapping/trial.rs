//! `POST /t/{tenant}/data/mapping/try`: what a pasted message would become. Nothing is stored.

use super::{form, load, page};
use crate::failure::{Failure, status};
use crate::guard::ByDecider;
use crate::pages::admin::signals::value_text;
use crate::routes::App;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::Problem;
use toolcrib_ingest::payload::{Refusal, Sent, Trial, try_out};
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What came of it.
pub type Tried = Trial;

pub async fn try_message(
    State(app): State<Arc<App>>,
    ByDecider { member, form: typed }: ByDecider,
) -> Result<Response, Failure> {
    let shown = load(&app, &member).await?;
    match try_out(&shown.kept.rules, &[sent(&typed)], shown.now) {
        Ok(mut trials) => Ok(page(member.shell(), &shown, &typed, trials.pop().as_ref(), None).into_response()),
        Err(problem) => {
            let problem: Problem = form::told(member.shell().tr, problem);
            Ok((status(&problem), page(member.shell(), &shown, &typed, None, Some(&problem))).into_response())
        }
    }
}

/// A metric is named when a Sparkplug message is tried; its value is JSON, or the text itself.
fn sent(typed: &FormText) -> Sent {
    let text = |name: &str| typed.get(name).unwrap_or_default().trim().to_owned();
    let (topic, payload, metric) = (text("topic"), text("payload"), text("metric"));
    if metric.is_empty() {
        return Sent { topic, payload: Some(payload), ..Sent::default() };
    }
    let value = serde_json::from_str(&payload).unwrap_or(serde_json::Value::String(payload));
    Sent { topic, metric: Some(metric), value: Some(value), ..Sent::default() }
}

pub fn card(shell: &Shell, action: &str, typed: &FormText, tried: Option<&Tried>) -> Markup {
    let tr = shell.tr;
    let (topic, payload, metric) = (tr.t("mapping-topic"), tr.t("mapping-payload"), tr.t("mapping-metric"));
    let (topic_help, payload_help, metric_help) =
        (tr.t("mapping-try-topic-help"), tr.t("mapping-payload-help"), tr.t("mapping-try-metric-help"));
    let value = |name| typed.get(name).unwrap_or_default();
    html! {
        @if let Some(tried) = tried { (outcome(shell, tried)) }
        (shell.post(action, html! {
            (Field { name: "topic", label: &topic, help: &topic_help, required: true, ..Field::default() }.line("text", value("topic"), "off"))
            (Field { name: "payload", label: &payload, help: &payload_help, ..Field::default() }.lines(value("payload"), 4))
            (Field { name: "metric", label: &metric, help: &metric_help, ..Field::default() }.line("text", value("metric"), "off"))
            p { (part::button(&tr.t("mapping-try-do"), Press::Plain)) }
        }))
    }
}

/// Why something would not be kept, in the visitor's language.
fn why(tr: Tr, refusal: &Refusal) -> String {
    tr.maybe(&format!("mapping-refused-{}", refusal.code)).unwrap_or_else(|| refusal.why.clone())
}

fn outcome(shell: &Shell, tried: &Tried) -> Markup {
    let tr = shell.tr;
    let rows: Vec<_> = tried
        .readings
        .iter()
        .map(|made| vec![html! { (made.signal) }, html! { strong { (value_text(&made.value)) } }, html! { (made.at) }])
        .collect();
    let heads = ["admin-signal", "admin-value", "admin-when"].map(|key| tr.t(key));
    html! {
        @if !rows.is_empty() { (part::table(&tr.t("mapping-try-becomes"), &heads, &rows)) }
        @for refusal in &tried.refused {
            (part::notice("warn", &format!("{} · {}", refusal.what, why(shell.tr, refusal))))
        }
        @for unknown in &tried.unknown { (part::notice("idle", &tr.with("mapping-try-unknown", &[("place", &unknown.place)]))) }
        @if rows.is_empty() && tried.refused.is_empty() && tried.unknown.is_empty() { (part::notice("idle", &tr.t("mapping-try-nothing"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ingest::payload::CODES;
    use toolcrib_ui::language::Lang;

    #[test]
    fn every_refusal_has_a_sentence_in_both_languages() {
        for code in CODES {
            for lang in Lang::ALL {
                assert!(Tr::new(lang).maybe(&format!("mapping-refused-{code}")).is_some(), "{code}");
            }
        }
    }
}
