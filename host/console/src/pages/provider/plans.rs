//! `POST /provider/modules/{m}/plans` and `…/{plan}/retire`: what a module costs. A plan never changes; another price is
//! another plan.

use super::module::{self, Tab};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_contract::json::InputError;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Plan, PlanKind};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const KINDS: [(PlanKind, &str); 4] = [
    (PlanKind::Free, "free"),
    (PlanKind::Trial, "trial"),
    (PlanKind::Monthly, "monthly"),
    (PlanKind::PerUse, "per_use"),
];

pub async fn add(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let result = match read(&form) {
        Ok(plan) => told(visitor.registry.new_plan(&module, &plan).await)?,
        Err(problem) => Err(problem),
    };
    match result {
        Ok(_) => Ok(done(&Tab::Plans.path(&module), "plan-added")),
        Err(problem) => module::again(visitor, &module, Tab::Plans, Sent::refused(form, problem)).await,
    }
}

pub async fn retire(
    Path((module, plan)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    match told(visitor.registry.retire_plan(&module, &plan).await)? {
        Ok(()) => Ok(done(&Tab::Plans.path(&module), "plan-retired")),
        Err(problem) => module::again(visitor, &module, Tab::Plans, Sent::refused(form, problem)).await,
    }
}

fn read(form: &FormText) -> Result<Plan, Problem> {
    let kind = line(form, "kind");
    let kind = KINDS.iter().find(|(_, code)| *code == kind).map_or(PlanKind::Monthly, |(kind, _)| *kind);
    let trial_days = number(form, "trial_days")?.unwrap_or(0);
    let readings_months = number(form, "readings_months")?;
    let price = line(form, "price");
    let price = if price.is_empty() { "0".to_owned() } else { price };
    let name = Words { zh: line(form, "name-zh"), en: line(form, "name-en") };
    Ok(Plan { code: line(form, "code"), kind, name, price, trial_days, readings_months })
}

/// A whole number; none where nothing was typed.
fn number(form: &FormText, field: &str) -> Result<Option<u32>, Problem> {
    let typed = line(form, field);
    let wrong = |_| {
        let message = format!("`{typed}` is no whole number");
        Problem::input(vec![InputError { pointer: format!("/{field}"), message }])
    };
    if typed.is_empty() { Ok(None) } else { typed.parse().map(Some).map_err(wrong) }
}

fn kind(shell: &Shell, kind: PlanKind) -> String {
    let code = KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, code)| code);
    shell.tr.t(&format!("vendor-plan-{code}"))
}

pub fn tab(shell: &Shell, module: &str, plans: &[Plan], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let heads = [
        "vendor-plan-name",
        "vendor-plan-kind",
        "vendor-plan-price",
        "vendor-plan-readings",
        "vendor-plan-code",
        "vendor-act",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |plan: &Plan| {
        let price = match plan.kind {
            PlanKind::Free => "¥0".to_owned(),
            PlanKind::Trial => tr.with("vendor-days", &[("count", &plan.trial_days.to_string())]),
            PlanKind::Monthly | PlanKind::PerUse => format!("¥{}", plan.price),
        };
        vec![
            html! { (tr.words(&plan.name)) },
            html! { (kind(shell, plan.kind)) },
            part::amount(price),
            html! { @if let Some(months) = plan.readings_months { (tr.with("vendor-months", &[("count", &months.to_string())])) } },
            html! { code { (plan.code) } },
            shell.post(
                &format!("/provider/modules/{module}/plans/{}/retire", plan.code),
                part::button(&tr.t("vendor-plan-retire"), Press::Danger),
            ),
        ]
    };
    html! {
        @if plans.is_empty() { (part::empty(&tr.t("vendor-plans-none"))) }
        @else { (part::table(&tr.t("vendor-plans"), &heads, &plans.iter().map(row).collect::<Vec<_>>())) }
        (part::card(&tr.t("vendor-plan-new"), form(shell, module, sent)))
    }
}

fn form(shell: &Shell, module: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let kinds = KINDS.map(|(of, code)| (code.to_owned(), kind(shell, of)));
    let text = |name: &'static str, label: &str, help: &str, required: bool, kind: &str| {
        let (label, help) = (tr.t(label), if help.is_empty() { String::new() } else { tr.t(help) });
        sent.field(name, &label, &help, "").when(required).line(kind)
    };
    let label = tr.t("vendor-plan-kind");
    shell.post(
        &format!("/provider/modules/{module}/plans"),
        html! {
            (sent.field("kind", &label, "", "monthly").select(&kinds))
            (text("code", "vendor-plan-code", "vendor-plan-code-help", true, "text"))
            (text("name-zh", "vendor-name-zh", "", true, "text"))
            (text("name-en", "vendor-name-en", "", true, "text"))
            (text("price", "vendor-plan-price", "vendor-plan-price-help", false, "text"))
            (text("trial_days", "vendor-plan-days", "vendor-plan-days-help", false, "number"))
            (text("readings_months", "vendor-plan-readings", "vendor-plan-readings-help", false, "number"))
            (part::buttons(&[part::button(&tr.t("vendor-plan-add"), Press::Main)]))
        },
    )
}
