//! `GET /provider/profile`, `POST …/about`, `…/papers` and `…/papers/{id}/remove`: what a provider says of itself, and its
//! papers.

use super::{ORG, org, orgs};
use crate::failure::Failure;
use crate::guard::{Posted, Uploaded};
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::BAD_REQUEST;
use toolcrib_registry_client::wire::{Member, NewQualification, ProviderPage, Qualification};
use toolcrib_ui::form::FormText;
use toolcrib_ui::key::TOKEN;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/provider/profile";
/// The field of a paper's file: its digest is kept, the file is not.
const FILE: &str = "paper";

/// A provider's page as its people see it.
pub struct Profile {
    pub page: ProviderPage,
    pub members: Vec<Member>,
    /// The visitor may change it.
    pub owns: bool,
    /// Other providers of the visitor: slug and name.
    pub others: Vec<(String, String)>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let form = FormText::new(pairs);
    let profile = load(&visitor, &form).await?;
    Ok(page(&visitor.shell, &profile, &Sent { form, problem: None }).into_response())
}

async fn load(visitor: &Visitor, form: &FormText) -> Result<Profile, Failure> {
    let mine = org(visitor, form)?;
    let (page, org) = tokio::join!(visitor.registry.provider(&mine.slug), visitor.registry.org(&mine.slug));
    let others = orgs(visitor)?.into_iter().filter(|other| other.slug != mine.slug);
    let others = others.map(|other| (other.slug.clone(), other.name.clone())).collect();
    Ok(Profile { page: page?, members: org?.members, owns: mine.role == "owner", others })
}

async fn again(mut visitor: Visitor, sent: Sent) -> Result<Response, Failure> {
    let profile = load(&visitor, &sent.form).await?;
    visitor.shell.back = PATH.to_owned();
    Ok(sent.answer(page(&visitor.shell, &profile, &sent)))
}

fn home(slug: &str) -> String {
    format!("{PATH}?{ORG}={slug}")
}

pub async fn about(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let slug = org(&visitor, &form)?.slug.clone();
    let about = Words { zh: lines(&form, "about-zh"), en: lines(&form, "about-en") };
    match told(visitor.registry.set_about(&slug, about).await)? {
        Ok(()) => Ok(done(&home(&slug), "about")),
        Err(problem) => again(visitor, Sent::refused(form, problem)).await,
    }
}

pub async fn add_paper(upload: Uploaded) -> Result<Response, Failure> {
    let file = upload.file(FILE);
    let Uploaded { visitor, form, .. } = upload;
    let slug = org(&visitor, &form)?.slug.clone();
    if file.is_empty() {
        let problem = BAD_REQUEST.because("choose the paper's file: its fingerprint is kept, the file is not");
        return again(visitor, Sent::refused(form, problem)).await;
    }
    let hex: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    let paper = NewQualification {
        title: line(&form, "title"),
        issuer: line(&form, "issuer"),
        number: line(&form, "number"),
        valid_until: line(&form, "valid_until"),
        digest: format!("sha256:{hex}"),
    };
    match told(visitor.registry.new_qualification(&slug, &paper).await)? {
        Ok(_) => Ok(done(&home(&slug), "paper-added")),
        Err(problem) => again(visitor, Sent::refused(form, problem)).await,
    }
}

pub async fn remove_paper(Path(paper): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let slug = org(&visitor, &form)?.slug.clone();
    match told(visitor.registry.remove_qualification(&slug, &paper).await)? {
        Ok(()) => Ok(done(&home(&slug), "paper-removed")),
        Err(problem) => again(visitor, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, profile: &Profile, sent: &Sent) -> Markup {
    let (tr, slug) = (shell.tr, &profile.page.slug);
    let others: Vec<_> =
        profile.others.iter().map(|(slug, name)| part::link(&home(slug), name, Press::Plain)).collect();
    let body = html! {
        (sent.head(tr))
        @if !others.is_empty() { (part::buttons(&others)) }
        (part::card(&tr.t("vendor-about"), about_form(shell, profile, sent)))
        (desk::block(&tr.t("vendor-papers"), papers(shell, profile)))
        @if profile.owns { (part::card(&tr.t("vendor-paper-new"), paper_form(shell, slug, sent))) }
        (desk::block(&tr.t("vendor-members"), members(shell, &profile.members)))
    };
    shell.page(&profile.page.name, body)
}

fn about_form(shell: &Shell, profile: &Profile, sent: &Sent) -> Markup {
    let (tr, about) = (shell.tr, &profile.page.about);
    let labels = ["vendor-about-zh", "vendor-about-en"].map(|key| tr.t(key));
    if !profile.owns {
        return part::panes(&[
            ("中文".to_owned(), desk::written("zh-CN", &about.zh)),
            ("English".to_owned(), desk::written("en", &about.en)),
        ]);
    }
    shell.post(
        &format!("{PATH}/about"),
        html! {
            input type="hidden" name=(ORG) value=(profile.page.slug);
            (part::panes(&[
                ("中文".to_owned(), sent.field("about-zh", &labels[0], "", &about.zh).area(6)),
                ("English".to_owned(), sent.field("about-en", &labels[1], "", &about.en).area(6)),
            ]))
            (part::buttons(&[part::button(&tr.t("vendor-save"), Press::Main)]))
        },
    )
}

fn papers(shell: &Shell, profile: &Profile) -> Markup {
    let tr = shell.tr;
    let heads =
        ["vendor-paper", "vendor-paper-issuer", "vendor-paper-number", "vendor-paper-until", "digest", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let row = |paper: &Qualification| {
        let remove = html! {
            input type="hidden" name=(ORG) value=(profile.page.slug);
            (part::button(&tr.t("vendor-remove"), Press::Danger))
        };
        vec![
            html! { (paper.title) },
            html! { (paper.issuer) },
            html! { (paper.number) },
            html! { (paper.valid_until) " " @if paper.expired { (part::tag("bad", &tr.t("vendor-paper-expired"))) } },
            part::digest(&paper.digest),
            html! { @if profile.owns { (shell.post(&format!("{PATH}/papers/{}/remove", paper.id), remove)) } },
        ]
    };
    let rows: Vec<_> = profile.page.qualifications.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("vendor-papers-none"))) } @else { (part::table(&tr.t("vendor-papers"), &heads, &rows)) } }
}

fn paper_form(shell: &Shell, slug: &str, sent: &Sent) -> Markup {
    let (tr, action) = (shell.tr, format!("{PATH}/papers"));
    let fields = [
        ("text", "title", "vendor-paper"),
        ("text", "issuer", "vendor-paper-issuer"),
        ("text", "number", "vendor-paper-number"),
        ("date", "valid_until", "vendor-paper-until"),
    ];
    let (label, help) = (tr.t("vendor-paper-file"), tr.t("vendor-paper-file-help"));
    desk::upload(
        &action,
        html! {
            @if let Some(key) = &shell.key { input type="hidden" name=(TOKEN) value=(key.token(&action)); }
            input type="hidden" name=(ORG) value=(slug);
            @for (kind, name, label) in fields { (sent.field(name, &tr.t(label), "", "").required().line(kind)) }
            (sent.field(FILE, &label, &help, "").required().file(""))
            (part::buttons(&[part::button(&tr.t("vendor-paper-add"), Press::Main)]))
        },
    )
}

fn members(shell: &Shell, members: &[Member]) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-person", "vendor-email", "vendor-role"].map(|key| tr.t(key));
    let row = |member: &Member| {
        let role = tr.maybe(&format!("vendor-role-{}", member.role)).unwrap_or_else(|| member.role.clone());
        vec![html! { (member.name) }, html! { (member.email) }, html! { (role) }]
    };
    part::table(&tr.t("vendor-members"), &heads, &members.iter().map(row).collect::<Vec<_>>())
}
