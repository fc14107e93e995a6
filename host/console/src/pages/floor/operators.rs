//! `/t/{tenant}/operators`: people of the shop floor, one by one and as a list.

use crate::failure::{Failure, status};
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::language::Lang;
use toolcrib_contract::problem::{NOT_FOUND, NOT_UNIQUE, Problem};
use toolcrib_floor::{Operator, OperatorDraft};
use toolcrib_ui::form::FormText;
use toolcrib_ui::station::{self, OperatorLine};

#[derive(Deserialize)]
pub struct Added {
    added: Option<usize>,
}

#[derive(Deserialize)]
pub struct Named {
    #[serde(default)]
    code: String,
}

fn line(app: &App, member: &Member, operator: &Operator) -> OperatorLine {
    let now = app.console.clock.now();
    let locked = operator.locked_until.filter(|until| *until > now);
    OperatorLine {
        code: operator.code.clone(),
        name: operator.name.clone(),
        role: operator.role.clone(),
        has_badge: operator.has_badge,
        has_pin: operator.has_pin,
        active: operator.active,
        locked: locked.map(|until| member.shell().zone.text(until)),
    }
}

fn typed(operator: &Operator) -> FormText {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut pairs = vec![
        pair("code", &operator.code),
        pair("name", &operator.name),
        pair("role", &operator.role),
        pair("language", operator.language.code()),
    ];
    pairs.extend(operator.active.then(|| pair("active", "1")));
    FormText::new(pairs)
}

fn draft(form: &FormText, known: bool) -> OperatorDraft {
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    OperatorDraft {
        code: text("code"),
        name: text("name"),
        role: text("role"),
        language: form.get("language").and_then(Lang::parse).unwrap_or(Lang::ZhCn),
        badge: Some(text("badge")),
        pin: Some(text("pin")),
        active: !known || form.get("active").is_some(),
    }
}

async fn drawn(
    app: &App,
    member: &Member,
    form: &FormText,
    problem: Option<&Problem>,
    added: Option<usize>,
) -> Result<Response, Failure> {
    let all = app.console.floor.operators(member.id).await?;
    let lines: Vec<_> = all.iter().map(|operator| line(app, member, operator)).collect();
    let page = station::operators(member.shell(), &lines, form, problem, added);
    Ok(match problem {
        Some(problem) => (status(problem), page).into_response(),
        None => page.into_response(),
    })
}

pub async fn list(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(Added { added }): Query<Added>,
) -> Result<Response, Failure> {
    drawn(&app, &member, &FormText::default(), None, added).await
}

async fn one(app: &App, member: &Member, code: &str) -> Result<Operator, Failure> {
    let all = app.console.floor.operators(member.id).await?;
    let found = all.into_iter().find(|operator| operator.code == code);
    found.ok_or_else(|| NOT_FOUND.because("nobody has this code").into())
}

pub async fn show(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(Named { code }): Query<Named>,
) -> Result<Response, Failure> {
    let operator = one(&app, &member, &code).await?;
    Ok(station::operator(member.shell(), &line(&app, &member, &operator), &typed(&operator), None).into_response())
}

pub async fn save(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let known = form.get("known").is_some();
    let draft = draft(&form, known);
    if !known && one(&app, &member, draft.code.trim()).await.is_ok() {
        // Somebody else's code typed by mistake must not overwrite them.
        let problem = NOT_UNIQUE.because(format!("somebody has the code `{}` already", draft.code.trim()));
        return drawn(&app, &member, &form, Some(&problem), None).await;
    }
    match app.console.floor.save_operator(member.id, draft, member.actor.id.clone()).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/operators?added=1", member.tenant.slug)).into_response()),
        Err(problem) if known => {
            let operator = one(&app, &member, form.get("code").unwrap_or_default()).await?;
            let page = station::operator(member.shell(), &line(&app, &member, &operator), &form, Some(&problem));
            Ok((status(&problem), page).into_response())
        }
        Err(problem) => drawn(&app, &member, &form, Some(&problem), None).await,
    }
}

pub async fn save_list(
    State(app): State<Arc<App>>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let list = form.get("list").unwrap_or_default();
    match app.console.floor.save_list(member.id, list, member.actor.id.clone()).await {
        Ok(count) => Ok(Redirect::to(&format!("/t/{}/operators?added={count}", member.tenant.slug)).into_response()),
        Err(problem) => drawn(&app, &member, &form, Some(&problem), None).await,
    }
}
