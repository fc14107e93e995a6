//! `GET` and `POST /city/people`: who acts for an authority, and invitations by its officials.

use super::{PATH, places};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_registry_client::wire::{Member, MyOrg, NewMember, Org};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Roles in an authority.
const ROLES: [&str; 3] = ["official", "assessor", "auditor"];

/// The authority that an address or form names, or the first.
fn place<'a>(visitor: &'a Visitor, form: &FormText) -> Result<&'a MyOrg, Failure> {
    let places = places(visitor)?;
    let named = form.get("authority").unwrap_or_default();
    let found = places.iter().find(|org| org.slug == named || named.is_empty());
    found.copied().ok_or_else(|| NOT_FOUND.because("you do not act for such an authority").into())
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let form = FormText::new(pairs);
    let place = place(&visitor, &form)?;
    let org = visitor.registry.org(&place.slug).await?;
    let decides = place.role == "official";
    Ok(page(&visitor.shell, &org, decides, &Sent { form, problem: None }).into_response())
}

pub async fn invite(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let place = place(&visitor, &form)?;
    let (slug, decides) = (place.slug.clone(), place.role == "official");
    let member = NewMember {
        email: line(&form, "email"),
        name: line(&form, "name"),
        password: form.get("password").unwrap_or_default().to_owned(),
        role: line(&form, "role"),
    };
    match told(visitor.registry.new_org_member(&slug, &member).await)? {
        Ok(()) => Ok(done(&format!("{PATH}/people?authority={slug}"), "person-invited")),
        Err(problem) => {
            let (sent, org) = (Sent::refused(form, problem), visitor.registry.org(&slug).await?);
            Ok(sent.answer(page(&visitor.shell, &org, decides, &sent)))
        }
    }
}

pub fn page(shell: &Shell, org: &Org, decides: bool, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-person", "vendor-email", "vendor-role"].map(|key| tr.t(key));
    let role = |role: &str| tr.maybe(&format!("prog-role-{role}")).unwrap_or_else(|| role.to_owned());
    let row = |member: &Member| vec![html! { (member.name) }, html! { (member.email) }, html! { (role(&member.role)) }];
    let body = html! {
        (part::crumbs(tr, &[(PATH, &tr.t("prog-home"))]))
        (sent.head(tr))
        (part::grid(&tr.t("prog-people"), &heads, &org.members.iter().map(row).collect::<Vec<_>>()))
        @if decides { (part::card(&tr.t("prog-invite"), form(shell, org, sent))) }
    };
    shell.page(&format!("{} · {}", org.name, tr.t("prog-people")), body)
}

fn form(shell: &Shell, org: &Org, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let roles = ROLES.map(|role| (role.to_owned(), tr.t(&format!("prog-role-{role}"))));
    let labels = ["vendor-email", "vendor-person", "prog-first-password", "vendor-role"].map(|key| tr.t(key));
    let help = tr.t("prog-first-password-help");
    shell.post(
        &format!("{PATH}/people"),
        html! {
            input type="hidden" name="authority" value=(org.slug);
            (sent.field("email", &labels[0], "", "").required().line("email"))
            (sent.field("name", &labels[1], "", "").required().line("text"))
            (sent.field("password", &labels[2], &help, "").required().line("password"))
            (sent.field("role", &labels[3], "", "assessor").select(&roles))
            (part::buttons(&[part::button(&tr.t("prog-invite"), Press::Main)]))
        },
    )
}
