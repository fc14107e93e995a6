//! `GET /provider/identifications`: a provider's identifications; `POST` applies for another one.

use super::{PATH, kind, state};
use crate::failure::Failure;
use crate::guard::Uploaded;
use crate::pages::city::{code, segment};
use crate::pages::project::hash;
use crate::pages::provider::{ORG, org, orgs};
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::visitor::Visitor;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{
    Authority, IdentificationKind, IdentificationRow, NewIdentification, QualificationPaper, Segment,
};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const HERE: &str = "/provider/identifications";
/// Papers that the form has room for; the API takes thirty.
const PAPERS: usize = 4;
/// What a provider can be identified as.
const KINDS: [IdentificationKind; 3] =
    [IdentificationKind::Product, IdentificationKind::Integrator, IdentificationKind::ChainLeader];

/// What the page shows and the form offers.
pub struct Desk {
    pub orgs: Vec<(String, String)>,
    pub rows: Vec<IdentificationRow>,
    pub authorities: Vec<Authority>,
    pub segments: Vec<Segment>,
}

async fn load(visitor: &Visitor, form: &FormText) -> Result<Desk, Failure> {
    let query = format!("view=own&org={}", escape(&org(visitor, form)?.slug));
    let registry = &visitor.registry;
    let (page, authorities, segments) =
        tokio::join!(registry.identifications(&query), registry.authorities(), registry.segments());
    let orgs = orgs(visitor)?.into_iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    Ok(Desk { orgs, rows: page?.rows, authorities: authorities?, segments: segments? })
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let form = FormText::new(pairs);
    let desk = load(&visitor, &form).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form, problem: None }).into_response())
}

pub async fn apply(upload: Uploaded) -> Result<Response, Failure> {
    let slug = org(&upload.visitor, &upload.form)?.slug.clone();
    match told(upload.visitor.registry.identify(&read(slug, &upload)).await)? {
        Ok(made) => Ok(done(&format!("{PATH}/{}", made.row.id), "applied")),
        Err(problem) => again(upload, problem).await,
    }
}

async fn again(upload: Uploaded, problem: Problem) -> Result<Response, Failure> {
    let Uploaded { mut visitor, form, .. } = upload;
    let desk = load(&visitor, &form).await?;
    visitor.shell.back = HERE.to_owned();
    let sent = Sent::refused(form, problem);
    Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
}

fn read(org: String, upload: &Uploaded) -> NewIdentification {
    let form = &upload.form;
    let paper = |at: usize| {
        let of = |field: &str| line(form, &format!("documents-{at}-{field}"));
        let file = upload.file(&format!("documents-{at}-digest"));
        (!file.is_empty() || !of("title").is_empty()).then(|| QualificationPaper {
            title: of("title"),
            issuer: of("issuer"),
            number: of("number"),
            valid_until: Some(of("valid_until")).filter(|day| !day.is_empty()),
            digest: format!("sha256:{}", hash(&file)),
            bytes: u64::try_from(file.len()).unwrap_or(u64::MAX),
            media_type: media_type(&file).to_owned(),
        })
    };
    let named = line(form, "kind");
    NewIdentification {
        org,
        city: line(form, "city"),
        segment: line(form, "segment"),
        kind: KINDS.into_iter().find(|kind| code(kind) == named).unwrap_or(IdentificationKind::Product),
        statement: lines(form, "statement"),
        documents: (0..PAPERS).filter_map(paper).collect(),
        renews: Some(line(form, "renews")).filter(|id| !id.is_empty()),
    }
}

/// What a file is, by its first bytes; papers are documents or pictures.
fn media_type(file: &[u8]) -> &'static str {
    match file {
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ => "application/octet-stream",
    }
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-segment", "prog-authority", "prog-kind", "prog-state", "prog-stars", "prog-next-day"]
        .map(|key| tr.t(key));
    let row = |row: &IdentificationRow| {
        vec![
            html! { a href={ (PATH) "/" (row.id) } { (segment(tr, &desk.segments, &row.segment)) } },
            html! { (city(desk, &row.city)) },
            html! { (kind(tr, row.kind)) },
            state(tr, row.state),
            html! { (row.stars.map_or_else(|| "–".to_owned(), |stars| "★".repeat(usize::from(stars.min(5))))) },
            html! { (row.due.as_deref().unwrap_or("–")) },
        ]
    };
    let rows: Vec<_> = desk.rows.iter().map(row).collect();
    let body = html! {
        (sent.head(tr))
        @if rows.is_empty() { (part::empty(&tr.t("prog-identifications-none"))) }
        @else { (part::grid(&tr.t("prog-identifications"), &heads, &rows)) }
        @if desk.authorities.is_empty() { (part::empty(&tr.t("prog-authorities-none"))) }
        @else { (part::card(&tr.t("prog-apply"), form(shell, desk, sent))) }
    };
    shell.page(&tr.t("prog-identifications"), body)
}

/// The authority of a city; its code where there is none.
fn city<'a>(desk: &'a Desk, code: &'a str) -> &'a str {
    desk.authorities.iter().find(|one| one.city == code).map_or(code, |one| one.name.as_str())
}

fn form(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let cities: Vec<_> = desk.authorities.iter().map(|one| (one.city.clone(), one.name.clone())).collect();
    let segments: Vec<_> = desk.segments.iter().map(|one| (one.code.clone(), tr.words(&one.name).to_owned())).collect();
    let kinds = KINDS.map(|of| (code(of), kind(tr, of)));
    let select = |name: &str, label: &str, options: &[(String, String)]| {
        let first = options.first().map(|(value, _)| value.as_str()).unwrap_or_default();
        sent.field(name, &tr.t(label), "", first).select(options)
    };
    desk::upload(
        HERE,
        html! {
            (shell.proof(HERE))
            @if desk.orgs.len() > 1 { (select(ORG, "provider", &desk.orgs)) }
            (select("city", "prog-authority", &cities))
            (select("segment", "prog-segment", &segments))
            (select("kind", "prog-kind", &kinds))
            (sent.field("statement", &tr.t("prog-statement"), &tr.t("prog-statement-help"), "").required().area(5))
            @for at in 0..PAPERS { (paper(shell, sent, at)) }
            @if let Some(error) = sent.error("documents") { (part::notice("bad", error)) }
            (part::buttons(&[part::button(&tr.t("prog-apply"), Press::Main)]))
        },
    )
}

fn paper(shell: &Shell, sent: &Sent, at: usize) -> Markup {
    let tr = shell.tr;
    let field = |field: &str, label: &str, kind: &str| {
        let name = format!("documents-{at}-{field}");
        sent.field(&name, &tr.t(label), "", "").line(kind)
    };
    let file = format!("documents-{at}-digest");
    let help = tr.t("vendor-paper-file-help");
    let body = html! {
        (field("title", "vendor-paper", "text"))
        (field("issuer", "vendor-paper-issuer", "text"))
        (field("number", "vendor-paper-number", "text"))
        (field("valid_until", "vendor-paper-until", "date"))
        (sent.field(&file, &tr.t("vendor-paper-file"), &help, "").file(""))
    };
    let title = tr.with("prog-paper-number", &[("number", &(at + 1).to_string())]);
    if at == 0 { desk::ticks(&title, &[body]) } else { desk::more(&title, body) }
}
