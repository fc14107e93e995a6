//! `GET` and `POST /t/{tenant}/programme/enrol/{programme}`: a firm takes part in a city's programme.

use super::firms;
use crate::failure::Failure;
use crate::guard::ByMember;
use crate::pages::city::{code, segment};
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Member;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Enrol, Firm, FirmClass, Programme, Segment};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What a firm can be recognised as.
const CLASSES: [FirmClass; 4] =
    [FirmClass::None, FirmClass::Innovative, FirmClass::Specialised, FirmClass::LittleGiant];

/// The programme, its segments' words, and the firms of the visitor.
pub struct Desk {
    pub programme: Programme,
    pub segments: Vec<Segment>,
    /// Slugs and names.
    pub firms: Vec<(String, String)>,
}

async fn load(member: &Member, id: &str) -> Result<Desk, Failure> {
    let registry = &member.visitor.registry;
    let (programme, segments) = tokio::join!(registry.programme(id), registry.segments());
    let firms = firms(member).map(|org| (org.slug.clone(), org.name.clone())).collect();
    Ok(Desk { programme: programme?, segments: segments?, firms })
}

pub async fn show(Path((_, id)): Path<(String, String)>, member: Member) -> Result<Response, Failure> {
    let desk = load(&member, &id).await?;
    Ok(page(member.shell(), &member.tenant.slug, &desk, &Sent::default()).into_response())
}

pub async fn enrol(
    Path((_, id)): Path<(String, String)>,
    ByMember { member, form }: ByMember,
) -> Result<Response, Failure> {
    match told(member.visitor.registry.enrol(&id, &read(&form)).await)? {
        Ok(project) => Ok(done(&format!("/projects/{}", project.id), "enrolled")),
        Err(problem) => {
            let (sent, desk) = (Sent::refused(form, problem), load(&member, &id).await?);
            Ok(sent.answer(page(member.shell(), &member.tenant.slug, &desk, &sent)))
        }
    }
}

fn read(form: &FormText) -> Enrol {
    let text = |name: &str| line(form, &format!("firm-{name}"));
    let ticked = |name: &str| !text(name).is_empty();
    let class = text("class");
    let funded = text("funded_by");
    let funded = funded.split([',', '，', '、', ';', '；', ' ']).map(str::trim).filter(|name| !name.is_empty());
    Enrol {
        firm: Firm {
            uscc: text("uscc"),
            name: text("name"),
            district: text("district"),
            segment: text("segment"),
            above_scale: ticked("above_scale"),
            class: CLASSES.into_iter().find(|known| code(known) == class).unwrap_or(FirmClass::None),
            dishonest: ticked("dishonest"),
            funded_by: funded.map(str::to_owned).collect(),
            org: Some(text("org")).filter(|org| !org.is_empty()),
        },
        pledge: !line(form, "pledge").is_empty(),
    }
}

pub fn page(shell: &Shell, tenant: &str, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let back = format!("/t/{tenant}/programme");
    let body = html! {
        (part::crumbs(tr, &[(&back, &tr.t("prog-mine"))]))
        (sent.above(tr))
        (part::lead(&desk.programme.name))
        (crate::pages::city::rules::shown(shell, &desk.programme.rules.rules))
        @if desk.firms.is_empty() { (part::empty(&tr.t("prog-mine-no-firm"))) }
        @else { (shell.post(&format!("{back}/enrol/{}", desk.programme.id), fields(shell, desk, sent))) }
    };
    shell.page(&tr.t("prog-enrol"), body)
}

fn fields(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let text = |name: &str, label: &str, initial: &str, required: bool| {
        let help = tr.maybe(&format!("{label}-help")).unwrap_or_default();
        sent.field(name, &tr.t(label), &help, initial).when(required).line("text")
    };
    let tick = |name: &str, label: &str| {
        let (label, error) = (tr.t(label), sent.error(name).unwrap_or_default());
        Field { name, label: &label, error, ..Field::default() }.check("yes", sent.ticked(name, "yes"))
    };
    let segments: Vec<_> =
        desk.programme.segments.iter().map(|code| (code.clone(), segment(tr, &desk.segments, code))).collect();
    let classes = CLASSES.map(|class| (code(class), tr.t(&format!("prog-class-{}", code(class)))));
    let (org, name) = desk.firms.first().map(|(slug, name)| (slug.as_str(), name.as_str())).unwrap_or_default();
    let first = segments.first().map(|(code, _)| code.clone()).unwrap_or_default();
    html! {
        (sent.field("firm-org", &tr.t("prog-firm-account"), "", org).select(&desk.firms))
        (text("firm-name", "prog-firm", name, true))
        (text("firm-uscc", "prog-uscc", "", true))
        (text("firm-district", "prog-district", "", true))
        (sent.field("firm-segment", &tr.t("prog-segment"), "", &first).select(&segments))
        (sent.field("firm-class", &tr.t("prog-class"), "", "none").select(&classes))
        (tick("firm-above_scale", "prog-above-scale"))
        (tick("firm-dishonest", "prog-dishonest"))
        (text("firm-funded_by", "prog-funded-by", "", false))
        (tick("pledge", "prog-pledge"))
        (part::buttons(&[part::button(&tr.t("prog-enrol"), Press::Main)]))
    }
}
