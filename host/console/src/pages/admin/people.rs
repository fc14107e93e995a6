//! `GET /t/{tenant}/people`: who works here, in which role. `POST` invites, `…/{person}` shows one, `…/{person}/role` and
//! `…/{person}/remove` change them.

use super::{again, base, press};
use crate::failure::Failure;
use crate::guard::ByDecider;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::world::Chance;
use toolcrib_registry_client::wire::{Member as Person, NewMember};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// Roles in a tenant, the mightiest first.
const ROLES: [&str; 5] = ["owner", "admin", "supervisor", "operator", "viewer"];
/// Letters of a first password that nobody takes for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
const PASSWORD_CHARS: usize = 16;

/// What was typed to invite somebody.
#[derive(Default)]
pub struct Invited {
    pub email: String,
    pub name: String,
    pub role: String,
}

pub async fn show(Decider(member): Decider) -> Result<Markup, Failure> {
    let people = member.visitor.registry.members(&member.tenant.id).await?;
    Ok(page(member.shell(), &people, &Invited::default(), None))
}

pub async fn invite(State(app): State<Arc<App>>, ByDecider { member, form }: ByDecider) -> Result<Response, Failure> {
    let field = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let invited = Invited { email: field("email"), name: field("name"), role: field("role") };
    let registry = &member.visitor.registry;
    let before = registry.members(&member.tenant.id).await?;
    let new = NewMember {
        email: invited.email.clone(),
        name: invited.name.clone(),
        password: first_password(&*app.console.chance),
        role: invited.role.clone(),
    };
    match registry.new_member(&member.tenant.id, &new).await {
        Ok(()) => Ok(welcome(member.shell(), &new).into_response()),
        Err(error) => again(error, |problem| page(member.shell(), &before, &invited, Some(problem))),
    }
}

/// Random letters; 32 of them are five bits each.
fn first_password(chance: &dyn Chance) -> String {
    let mut bytes = [0; PASSWORD_CHARS];
    chance.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// Somebody of the tenant.
async fn find(member: &Member, person: &str) -> Result<Person, Failure> {
    let people = member.visitor.registry.members(&member.tenant.id).await?;
    let found = people.into_iter().find(|known| known.id == person);
    Ok(found.ok_or_else(|| NOT_FOUND.because("nobody here has this number"))?)
}

pub async fn one(Decider(member): Decider, Path((_, person)): Path<(String, String)>) -> Result<Markup, Failure> {
    let person = find(&member, &person).await?;
    Ok(person_page(member.shell(), &person, None))
}

pub async fn role(
    State(app): State<Arc<App>>,
    Path((_, person)): Path<(String, String)>,
    ByDecider { member, form }: ByDecider,
) -> Result<Response, Failure> {
    let person = find(&member, &person).await?;
    let role = form.get("role").unwrap_or_default().to_owned();
    // Somebody who is known keeps name and password; the registry asks for some all the same.
    let password = first_password(&*app.console.chance);
    let new = NewMember { email: person.email.clone(), name: person.name.clone(), password, role };
    match member.visitor.registry.new_member(&member.tenant.id, &new).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/people", member.tenant.slug)).into_response()),
        Err(error) => again(error, |problem| person_page(member.shell(), &person, Some(problem))),
    }
}

pub async fn remove(
    Path((_, person)): Path<(String, String)>,
    ByDecider { member, .. }: ByDecider,
) -> Result<Response, Failure> {
    let person = find(&member, &person).await?;
    match member.visitor.registry.remove_member(&member.tenant.id, &person.id).await {
        Ok(()) => Ok(Redirect::to(&format!("/t/{}/people", member.tenant.slug)).into_response()),
        Err(error) => again(error, |problem| person_page(member.shell(), &person, Some(problem))),
    }
}

fn role_choice(shell: &Shell, now: &str) -> Markup {
    let tr = shell.tr;
    let options = ROLES.map(|role| (role.to_owned(), tr.t(&format!("role-{role}"))));
    let (label, help) = (tr.t("admin-role"), tr.t("admin-role-help"));
    Field { name: "role", label: &label, help: &help, ..Field::default() }.select(&options, now)
}

pub fn page(shell: &Shell, people: &[Person], invited: &Invited, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let at = format!("{}/people", base(shell));
    let row = |person: &Person| {
        vec![
            html! { a href={ (at) "/" (person.id) } { (person.name) } },
            html! { (person.email) },
            html! { (tr.t(&format!("role-{}", person.role))) },
        ]
    };
    let heads = ["admin-name", "email", "admin-role"].map(|key| tr.t(key));
    let wrong = |field: &str| {
        let pointer = format!("/{field}");
        problem
            .and_then(|problem| problem.errors.iter().find(|error| error.pointer == pointer))
            .map(|error| error.message.as_str())
    };
    let role = if invited.role.is_empty() { "operator" } else { &invited.role };
    let body = html! {
        (part::problem_above(tr, problem))
        (part::table(&tr.t("admin-people"), &heads, &people.iter().map(row).collect::<Vec<_>>()))
        (part::card(&tr.t("admin-invite"), shell.post(&at, html! {
            (Field { name: "email", label: &tr.t("email"), required: true, error: wrong("email").unwrap_or_default(), ..Field::default() }.line("email", &invited.email, ""))
            (Field { name: "name", label: &tr.t("admin-name"), required: true, error: wrong("name").unwrap_or_default(), ..Field::default() }.line("text", &invited.name, ""))
            (role_choice(shell, role))
            p { (part::button(&tr.t("admin-invite"), Press::Main)) }
        })))
        (part::buttons(&[
            part::link(&format!("{}/operators", base(shell)), &tr.t("admin-operators"), Press::Plain),
            part::link(&format!("{}/terminals", base(shell)), &tr.t("admin-terminals"), Press::Plain),
        ]))
    };
    shell.page(&tr.t("admin-people"), body)
}

/// The first password, shown once.
pub fn welcome(shell: &Shell, new: &NewMember) -> Markup {
    let tr = shell.tr;
    let body = html! {
        p { (tr.with("admin-invited", &[("name", &new.name), ("email", &new.email)])) }
        (part::once(&tr.t("admin-first-password"), &new.password, &tr.t("admin-once")))
        p { (tr.t("admin-first-password-help")) }
        p { (part::link(&format!("{}/people", base(shell)), &tr.t("admin-people"), Press::Main)) }
    };
    shell.page(&tr.t("admin-invite"), body)
}

pub fn person_page(shell: &Shell, person: &Person, problem: Option<&Problem>) -> Markup {
    let (tr, people) = (shell.tr, format!("{}/people", base(shell)));
    let at = format!("{people}/{}", person.id);
    let body = html! {
        (part::crumbs(tr, &[(&people, &tr.t("admin-people"))]))
        (part::problem_above(tr, problem))
        (part::facts(&[(tr.t("email"), html! { (person.email) }), (tr.t("admin-role"), html! { (tr.t(&format!("role-{}", person.role))) })]))
        (part::card(&tr.t("admin-role-change"), shell.post(&format!("{at}/role"), html! {
            (role_choice(shell, &person.role))
            p { (part::button(&tr.t("admin-save"), Press::Main)) }
        })))
        (part::card(&tr.t("admin-remove"), html! { p { (tr.t("admin-remove-help")) }
            (super::more(&tr.t("admin-remove"), press(shell, &format!("{at}/remove"), part::button(&tr.with("admin-remove-do", &[("name", &person.name)]), Press::Danger)))) }))
        p { (part::link(&format!("{}/audit?actor=user:{}", base(shell), person.id), &tr.t("admin-their-audit"), Press::Plain)) }
    };
    shell.page(&person.name, body)
}
