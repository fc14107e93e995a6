//! `POST /provider/modules/{m}/rollouts` and `…/{version}`: a version comes to factories ring by ring.

use super::module::{self, Tab};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, lines, told};
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{ModulePage, NewRollout, Rollout, RolloutAction, SteerRollout};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// What can be done, with its code.
const ACTIONS: [(RolloutAction, &str); 4] = [
    (RolloutAction::Advance, "advance"),
    (RolloutAction::Halt, "halt"),
    (RolloutAction::Resume, "resume"),
    (RolloutAction::RollBack, "roll_back"),
];
const PPM: f64 = 10_000.0;

pub async fn start(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let result = match read(&form) {
        Ok(rollout) => told(visitor.registry.new_rollout(&module, &rollout).await)?,
        Err(problem) => Err(problem),
    };
    match result {
        Ok(_) => Ok(done(&Tab::Rollout.path(&module), "rollout-started")),
        Err(problem) => module::again(visitor, &module, Tab::Rollout, Sent::refused(form, problem)).await,
    }
}

pub async fn steer(
    Path((module, version)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let action = line(&form, "action");
    let action = ACTIONS.iter().find(|(_, code)| *code == action).map_or(RolloutAction::Halt, |(action, _)| *action);
    let steer = SteerRollout { action, why: lines(&form, &why_of(&version)) };
    match told(visitor.registry.steer_rollout(&module, &version, &steer).await)? {
        Ok(_) => Ok(done(&Tab::Rollout.path(&module), "rollout-steered")),
        Err(problem) => module::again(visitor, &module, Tab::Rollout, Sent::refused(form, problem)).await,
    }
}

/// Each rollout has a field of its own.
fn why_of(version: &str) -> String {
    format!("why-{}", version.replace('.', "-"))
}

/// Percent as parts per million.
fn ppm(text: &str) -> Option<u32> {
    let percent: f64 = text.parse().ok()?;
    let parts = (percent * PPM).round();
    (1.0..=1_000_000.0).contains(&parts).then_some(parts as u32)
}

fn percent(ppm: u32) -> String {
    format!("{} %", f64::from(ppm) / PPM)
}

fn read(form: &FormText) -> Result<NewRollout, Problem> {
    let wrong = |pointer: &str, message: &str| {
        Problem::input(vec![InputError { pointer: pointer.into(), message: message.into() }])
    };
    let rings = line(form, "rings");
    let rings: Option<Vec<u32>> =
        rings.replace('%', " ").split([',', '，', '、', ' ']).filter(|part| !part.is_empty()).map(ppm).collect();
    let rings = rings.ok_or_else(|| wrong("/rings", "percent from 0.0001 to 100, separated by commas"))?;
    let hours = line(form, "step_s");
    let hours: Option<i64> = if hours.is_empty() { Some(24) } else { hours.parse().ok() };
    let step_s =
        hours.and_then(|hours| hours.checked_mul(3_600)).ok_or_else(|| wrong("/step_s", "a number of hours"))?;
    let rings = (!rings.is_empty()).then_some(rings);
    Ok(NewRollout { version: line(form, "version"), rings, step_s: Some(step_s) })
}

pub fn tab(shell: &Shell, module: &ModulePage, rollouts: &[Rollout], sent: &Sent) -> Markup {
    let tr = shell.tr;
    html! {
        @if rollouts.is_empty() { (part::empty(&tr.t("vendor-rollouts-none"))) }
        @for rollout in rollouts { (one(shell, rollout, sent)) }
        @if !module.versions.is_empty() { (part::card(&tr.t("vendor-rollout-new"), form(shell, module, sent))) }
    }
}

fn one(shell: &Shell, rollout: &Rollout, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let tone = match rollout.state.as_str() {
        "done" => "ok",
        "halted" | "rolled_back" => "bad",
        "running" => "warn",
        _ => "idle",
    };
    let rings = rollout.rings.iter().enumerate().map(|(at, ring)| {
        let tone = if rollout.state == "done" || at < rollout.ring {
            "ok"
        } else if at == rollout.ring {
            "warn"
        } else {
            "idle"
        };
        (tone, percent(*ring))
    });
    let (calls, faults) = (rollout.invocations.to_string(), rollout.faults.to_string());
    let actions: &[usize] = match rollout.state.as_str() {
        "running" => &[0, 1, 3],
        "halted" => &[2, 3],
        "done" => &[3],
        _ => &[],
    };
    let buttons = actions.iter().map(|at| {
        let code = ACTIONS[*at].1;
        let press = if matches!(code, "halt" | "roll_back") { Press::Danger } else { Press::Plain };
        part::choice("action", code, &tr.t(&format!("vendor-rollout-{}", code.replace('_', "-"))), press)
    });
    let buttons: Vec<_> = buttons.collect();
    let (name, why) = (why_of(&rollout.version), tr.t("vendor-rollout-why"));
    let action = format!("/provider/modules/{}/rollouts/{}", rollout.module, rollout.version);
    part::card(
        &format!("{} {}", rollout.module, rollout.version),
        html! {
            p { (part::tag(tone, &tr.t(&format!("vendor-rollout-{}", rollout.state.replace('_', "-"))))) " " (desk::tags(&rings.collect::<Vec<_>>())) }
            (part::facts(&[
                (tr.t("vendor-rollout-since"), shell.zone.show_text(&rollout.ring_since)),
                (tr.t("vendor-rollout-counted"), html! { (tr.with("vendor-rollout-calls", &[("calls", &calls), ("faults", &faults)])) }),
            ]))
            @if !rollout.why.is_empty() { blockquote { (rollout.why) } }
            @if !buttons.is_empty() { (shell.post(&action, html! {
                (sent.field(&name, &why, "", "").line("text"))
                (part::buttons(&buttons))
            })) }
        },
    )
}

fn form(shell: &Shell, module: &ModulePage, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let versions: Vec<_> = module.versions.iter().map(|row| (row.version.clone(), row.version.clone())).collect();
    let labels =
        ["version", "vendor-rollout-rings", "vendor-rollout-rings-help", "vendor-rollout-step"].map(|key| tr.t(key));
    shell.post(
        &format!("/provider/modules/{}/rollouts", module.name),
        html! {
            (sent.field("version", &labels[0], "", "").select(&versions))
            (sent.field("rings", &labels[1], &labels[2], "1, 10, 100").line("text"))
            (sent.field("step_s", &labels[3], "", "24").line("number"))
            (part::buttons(&[part::button(&tr.t("vendor-rollout-start"), Press::Main)]))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FormText {
        FormText::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn rings_are_typed_in_percent() {
        let read = |rings| read(&form(&[("version", "1.0.0"), ("rings", rings), ("step_s", "2")]));
        let good = read("1, 10 %，100").unwrap();
        assert_eq!((good.rings, good.step_s), (Some(vec![10_000, 100_000, 1_000_000]), Some(7_200)));
        assert_eq!(read("").unwrap().rings, None, "the usual ones");
        for bad in ["0", "101", "half", "-1", "nan"] {
            assert_eq!(read(bad).unwrap_err().errors[0].pointer, "/rings", "{bad}");
        }
        assert_eq!((percent(10_000), percent(500)), ("1 %".to_owned(), "0.05 %".to_owned()));
    }
}
