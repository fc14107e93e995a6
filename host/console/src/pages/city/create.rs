//! `GET` and `POST /city/new`: a programme with its first rules.

use super::{PATH, code, places, rules};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Batch, CityKind, NewProgramme, NewRules, Segment};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{read, read_percent};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Batches that the form has room for; the API takes twenty.
const BATCHES: usize = 4;
/// Before the names of the rules' fields.
const RULES: &str = "rules-";

/// Whose programme, and what segments there are.
pub struct Desk {
    /// Slugs and names of the authorities that the visitor decides for.
    pub places: Vec<(String, String)>,
    pub segments: Vec<Segment>,
}

async fn load(visitor: &Visitor) -> Result<Desk, Failure> {
    let places = places(visitor)?.into_iter().filter(|org| org.role == "official");
    let places = places.map(|org| (org.slug.clone(), org.name.clone())).collect();
    Ok(Desk { places, segments: visitor.registry.segments().await? })
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let desk = load(&visitor).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form: FormText::new(pairs), problem: None }).into_response())
}

pub async fn add(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.new_programme(&read_form(&form)).await)? {
        Ok(made) => Ok(done(&format!("{PATH}/{}", made.id), "programme-added")),
        Err(problem) => {
            let (sent, desk) = (Sent::refused(form, problem), load(&visitor).await?);
            Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
        }
    }
}

fn read_form(form: &FormText) -> NewProgramme {
    let amount = |name: &str| read(&line(form, name)).unwrap_or(-1);
    let batches = (0..BATCHES).filter_map(|at| {
        let of = |field: &str| format!("batches-{at}-{field}");
        (!line(form, &of("from")).is_empty()).then(|| Batch {
            batch: u32::try_from(at).unwrap_or(0) + 1,
            from: line(form, &of("from")),
            until: line(form, &of("until")),
            budget_fen: amount(&of("budget_fen")),
        })
    });
    let kind = line(form, "city_kind");
    NewProgramme {
        authority: line(form, "authority"),
        name: line(form, "name"),
        document: line(form, "document"),
        city_kind: if kind == code(CityKind::Leading) { CityKind::Leading } else { CityKind::Prefecture },
        from: line(form, "from"),
        until: line(form, "until"),
        budget_fen: amount("budget_fen"),
        min_sme_share_bp: read_percent(&line(form, "min_sme_share_bp")).unwrap_or(0),
        segments: form.all("segments").map(str::to_owned).collect(),
        batches: batches.collect(),
        rules: rules::read_form(form, RULES),
    }
}

/// What a city usually begins with; every figure can be changed.
fn usual() -> NewRules {
    NewRules {
        document: String::new(),
        tracks: Vec::new(),
        decline_bp: Vec::new(),
        categories: Vec::new(),
        excluded_funding: Vec::new(),
        excludes_dishonest: true,
        min_level: 2,
        min_gain: 1,
        months_max: 12,
        publicity_days: 7,
        tranches_bp: vec![10_000],
        provider_cap_fen: None,
    }
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::crumbs(tr, &[(PATH, &tr.t("prog-home"))]))
        (sent.above(tr))
        @if desk.places.is_empty() { (part::empty(&tr.t("prog-new-none"))) }
        @else { (shell.post(&format!("{PATH}/new"), form(shell, desk, sent))) }
    };
    shell.page(&tr.t("prog-new"), body)
}

fn form(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let text = |name: &str, label: &str, help: &str, initial: &str, kind: &str| {
        let help = if help.is_empty() { String::new() } else { tr.t(help) };
        sent.field(name, &tr.t(label), &help, initial).required().line(kind)
    };
    let kinds = [CityKind::Leading, CityKind::Prefecture];
    let kinds = kinds.map(|kind| (code(kind), tr.t(&format!("prog-city-{}", code(kind)))));
    let (authority, city) = (tr.t("prog-authority"), tr.t("prog-city-kind"));
    let first = sent.form.get("authority").unwrap_or_default();
    html! {
        (sent.field("authority", &authority, "", first).select(&desk.places))
        (text("name", "prog-name", "", "", "text"))
        (text("document", "prog-document", "", "", "text"))
        (sent.field("city_kind", &city, "", "prefecture").select(&kinds))
        (text("from", "prog-from", "", "", "date"))
        (text("until", "prog-until", "", "", "date"))
        (text("budget_fen", "prog-budget-yuan", "prog-budget-help", "", "text"))
        (text("min_sme_share_bp", "prog-sme-share-least", "prog-sme-share-help", "80 %", "text"))
        (segments(shell, desk, sent))
        @for at in 0..BATCHES { (batch(shell, sent, at)) }
        @if let Some(error) = sent.error("batches") { (part::notice("bad", error)) }
        (desk::block(&tr.t("prog-rules"), rules::fields(shell, sent, &rules::typed_form(&usual(), RULES), RULES)))
        (part::buttons(&[part::button(&tr.t("prog-create"), Press::Main)]))
    }
}

fn segments(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let tick = |segment: &Segment| {
        let label = tr.words(&segment.name).to_owned();
        let field = part::Field { name: "segments", label: &label, ..part::Field::default() };
        field.check(&segment.code, sent.ticked("segments", &segment.code))
    };
    let ticks: Vec<_> = desk.segments.iter().filter(|segment| !segment.retired).map(tick).collect();
    let body = desk::ticks(&tr.t("prog-segments"), &ticks);
    html! {
        (desk::more(&tr.t("prog-segments-choose"), body))
        @if let Some(error) = sent.error("segments") { (part::notice("bad", error)) }
    }
}

fn batch(shell: &Shell, sent: &Sent, at: usize) -> Markup {
    let tr = shell.tr;
    let field = |name: &str, label: &str, kind: &str| {
        let (name, label) = (format!("batches-{at}-{name}"), tr.t(label));
        sent.field(&name, &label, "", "").line(kind)
    };
    let body = html! {
        (field("from", "prog-from", "date"))
        (field("until", "prog-until", "date"))
        (field("budget_fen", "prog-batch-budget-yuan", "text"))
    };
    let title = tr.with("prog-batch-number", &[("number", &(at + 1).to_string())]);
    if at == 0 { desk::ticks(&title, &[body]) } else { desk::more(&title, body) }
}
