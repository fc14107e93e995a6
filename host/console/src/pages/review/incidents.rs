//! `GET /review/incidents`: what was withdrawn, which hosts know, what factories say is wrong, what later checks found; and
//! `GET` and `POST /review/incidents/{m}/{v}`: withdrawing a version. `POST /review/marks/{n}` and
//! `/review/complaints/{n}` settle one.

use super::{administers, admit};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::ClientError;
use toolcrib_registry_client::wire::{
    Complaint, KnownHost, Mark, SetStanding, Submission, SubmissionState, VersionPage,
};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/review/incidents";
/// The reason for the gravest measure: both forms stand on one page, and each field there has a name of its own.
const WHY: &str = "why";

/// Everything that is or may become an incident.
pub struct Desk {
    /// Versions that are withdrawn, newest first.
    pub withdrawn: Vec<Submission>,
    pub marks: Vec<Mark>,
    /// What factories say is wrong, oldest first.
    pub complaints: Vec<Complaint>,
    /// None for those who may not see them.
    pub hosts: Option<Vec<KnownHost>>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    admit(&visitor)?;
    let form = FormText::new(pairs);
    if let (Some(module), Some(version)) = (form.get("module"), form.get("version"))
        && !module.is_empty()
        && !version.is_empty()
    {
        let to = format!("{PATH}/{}/{}", escape(module.trim()), escape(version.trim()));
        return Ok(Redirect::to(&to).into_response());
    }
    let desk = load(&visitor).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form, problem: None }).into_response())
}

async fn load(visitor: &Visitor) -> Result<Desk, Failure> {
    use SubmissionState::{Deprecated, Revoked, Yanked};
    let registry = &visitor.registry;
    let (revoked, yanked, deprecated) = tokio::join!(
        registry.submissions(Some(Revoked)),
        registry.submissions(Some(Yanked)),
        registry.submissions(Some(Deprecated))
    );
    let withdrawn = [revoked?, yanked?, deprecated?].concat();
    // Auditors read neither marks nor complaints nor hosts.
    let (marks, complaints) = match visitor.decides_on_submissions() {
        true => tokio::try_join!(registry.marks(), registry.complaints())?,
        false => Default::default(),
    };
    let hosts = if administers(visitor) { Some(registry.hosts().await?) } else { None };
    Ok(Desk { withdrawn, marks, complaints, hosts })
}

pub async fn settle(Path(number): Path<i64>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let settled = visitor.registry.settle_mark(number, &lines(&form, &settled(number))).await;
    came_of(visitor, form, settled).await
}

pub async fn settle_complaint(Path(number): Path<i64>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let settled = visitor.registry.settle_complaint(number, &lines(&form, &answered(number))).await;
    came_of(visitor, form, settled).await
}

async fn came_of(visitor: Visitor, form: FormText, settled: Result<(), ClientError>) -> Result<Response, Failure> {
    match told(settled)? {
        Ok(()) => Ok(done(PATH, "settled")),
        Err(problem) => {
            let (desk, sent) = (load(&visitor).await?, Sent::refused(form, problem));
            let shell = Shell { back: PATH.to_owned(), ..visitor.shell };
            Ok(sent.answer(page(&shell, &desk, &sent)))
        }
    }
}

/// Each mark and each complaint has a field of its own.
fn settled(number: i64) -> String {
    format!("settled-{number}")
}

fn answered(number: i64) -> String {
    format!("answered-{number}")
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (module, version) = (tr.t("module"), tr.t("version"));
    let field = |name, label| part::Field { name, label, required: true, ..part::Field::default() };
    let body = html! {
        (sent.head(tr))
        (part::card(&tr.t("vendor-withdraw-one"), html! {
            (part::dim(&tr.t("vendor-withdraw-one-help")))
            (desk::ask(PATH, html! {
                (field("module", &module).line("text", "", ""))
                (field("version", &version).line("text", "", ""))
                (part::button(&tr.t("vendor-withdraw-look"), Press::Plain))
            }))
        }))
        (desk::block(&tr.t("vendor-complaints"), complaints(shell, &desk.complaints, sent)))
        (desk::block(&tr.t("vendor-marks"), marks(shell, &desk.marks, sent)))
        (desk::block(&tr.t("vendor-withdrawn"), withdrawn(shell, &desk.withdrawn)))
        (desk::block(&tr.t("vendor-hosts"), hosts(shell, desk.hosts.as_deref())))
    };
    shell.page(&tr.t("vendor-incidents"), body)
}

/// What factories say is wrong, each with what may come of it.
fn complaints(shell: &Shell, complaints: &[Complaint], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let label = tr.t("vendor-mark-came");
    let one = |one: &Complaint| {
        let name = answered(one.number);
        let version = one.version.as_deref();
        html! {
            p { strong { (one.module) @if let Some(version) = version { " " (version) } } " · " (one.tenant_name) " · " (one.said_by) " · " (shell.zone.show_text(&one.said_at)) }
            blockquote { (one.text) }
            (part::buttons(&[
                part::link(&format!("/market/m/{}", escape(&one.module)), &tr.t("vendor-complaint-listing"), Press::Plain),
                match version {
                    Some(version) => part::link(&at(&one.module, version), &tr.t("vendor-withdraw-look"), Press::Danger),
                    None => html! {},
                },
            ]))
            (desk::more(&tr.t("vendor-mark-settle"), shell.post(&format!("/review/complaints/{}", one.number), html! {
                (sent.field(&name, &label, "", "").required().area(2))
                (part::button(&tr.t("vendor-mark-settle"), Press::Plain))
            })))
        }
    };
    html! {
        @if complaints.is_empty() { (part::empty(&tr.t("vendor-complaints-none"))) }
        @else { (desk::stack(&complaints.iter().map(one).collect::<Vec<_>>())) }
    }
}

fn marks(shell: &Shell, marks: &[Mark], sent: &Sent) -> Markup {
    let tr = shell.tr;
    let label = tr.t("vendor-mark-came");
    let one = |mark: &Mark| {
        let name = settled(mark.number);
        html! {
            p { strong { (mark.module) " " (mark.version) } " · " (shell.zone.show_text(&mark.at)) " · " span { (mark.basis) } }
            (part::findings(tr, &mark.findings))
            (part::buttons(&[
                part::link(&format!("/submissions/{}", mark.submission), &tr.t("vendor-see-submission"), Press::Plain),
                part::link(&at(&mark.module, &mark.version), &tr.t("vendor-withdraw-look"), Press::Danger),
            ]))
            (desk::more(&tr.t("vendor-mark-settle"), shell.post(&format!("/review/marks/{}", mark.number), html! {
                (sent.field(&name, &label, "", "").required().area(2))
                (part::button(&tr.t("vendor-mark-settle"), Press::Plain))
            })))
        }
    };
    html! {
        @if marks.is_empty() { (part::empty(&tr.t("vendor-marks-none"))) }
        @else { (desk::stack(&marks.iter().map(one).collect::<Vec<_>>())) }
    }
}

fn withdrawn(shell: &Shell, all: &[Submission]) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "version", "state", "vendor-since", "vendor-by", "vendor-reason"].map(|key| tr.t(key));
    let row = |one: &Submission| {
        let last = one.decisions.iter().rev().find(|decision| decision.act == "stand");
        vec![
            html! { a href=(at(&one.module, &one.version)) { (one.module) } },
            html! { (one.version) },
            standing::state(tr, one.state),
            html! { @if let Some(last) = last { (shell.zone.show_text(&last.at)) } },
            html! { (last.map_or("–", |last| &last.by)) },
            html! { (last.map_or("–", |last| &last.reason)) },
        ]
    };
    html! {
        @if all.is_empty() { (part::empty(&tr.t("vendor-withdrawn-none"))) }
        @else { (part::table(&tr.t("vendor-withdrawn"), &heads, &all.iter().map(row).collect::<Vec<_>>())) }
    }
}

/// Which hosts have everything in force that was decided.
fn hosts(shell: &Shell, hosts: Option<&[KnownHost]>) -> Markup {
    let tr = shell.tr;
    let Some(hosts) = hosts else { return part::dim(&tr.t("vendor-hosts-hidden")) };
    let heads = ["vendor-host", "vendor-host-state", "vendor-host-asked", "vendor-host-number"].map(|key| tr.t(key));
    let row = |host: &KnownHost| {
        let state = if host.current { ("ok", "vendor-host-current") } else { ("warn", "vendor-host-behind") };
        vec![
            html! { (host.name) },
            part::tag(state.0, &tr.t(state.1)),
            html! { @match &host.polled_at { Some(at) => (shell.zone.show_text(at)), None => (tr.t("vendor-host-never")) } },
            part::amount(host.confirmed),
        ]
    };
    html! {
        @if hosts.is_empty() { (part::empty(&tr.t("vendor-hosts-none"))) }
        @else { (part::table(&tr.t("vendor-hosts"), &heads, &hosts.iter().map(row).collect::<Vec<_>>())) }
        (part::dim(&tr.t("vendor-hosts-help")))
    }
}

/// A version's page.
fn at(module: &str, version: &str) -> String {
    format!("{PATH}/{}/{}", escape(module), escape(version))
}

/// A version with what may be done about it.
pub struct Case {
    pub version: VersionPage,
    pub hosts: Option<Vec<KnownHost>>,
    /// The visitor may withdraw it.
    pub administers: bool,
}

pub async fn case(
    visitor: Visitor,
    Path((module, version)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    admit(&visitor)?;
    let case = look(&visitor, &module, &version).await?;
    let sent = Sent { form: FormText::new(pairs), problem: None };
    Ok(case_page(&visitor.shell, &case, &sent).into_response())
}

async fn look(visitor: &Visitor, module: &str, version: &str) -> Result<Case, Failure> {
    let administers = administers(visitor);
    let version = visitor.registry.version(module, version).await?;
    let hosts = if administers { Some(visitor.registry.hosts().await?) } else { None };
    Ok(Case { version, hosts, administers })
}

/// The answer comes when every connected host has it in force, or after the registry's own wait.
pub async fn withdraw(
    Path((module, version)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    admit(&visitor)?;
    let reason = if form.get(WHY).is_some() { WHY } else { "reason" };
    let set = SetStanding { standing: line(&form, "standing"), reason: lines(&form, reason) };
    let typed = line(&form, "typed");
    let result = if set.standing == "revoked" && typed != named(&module, &version) {
        Err(Problem::input(vec![InputError { pointer: "/typed".into(), message: named(&module, &version) }]))
    } else {
        told(visitor.registry.set_standing(&module, &version, &set).await)?
    };
    match result {
        Ok(_) => Ok(done(&at(&module, &version), "withdrawn")),
        Err(problem) => {
            let (case, sent) = (look(&visitor, &module, &version).await?, Sent::refused(form, problem));
            let shell = Shell { back: at(&module, &version), ..visitor.shell };
            Ok(sent.answer(case_page(&shell, &case, &sent)))
        }
    }
}

/// What must be typed before a version is stopped everywhere.
fn named(module: &str, version: &str) -> String {
    format!("{module} {version}")
}

pub fn case_page(shell: &Shell, case: &Case, sent: &Sent) -> Markup {
    let (tr, version) = (shell.tr, &case.version);
    let body = html! {
        (part::crumbs(tr, &[(PATH, &tr.t("vendor-incidents"))]))
        (sent.head(tr))
        p { (standing::state(tr, version.state)) " " (version.org_name) }
        @if let Some(why) = &version.withdrawn { blockquote { (why) } }
        (part::facts(&[
            (tr.t("digest"), part::digest(&version.digest)),
            (tr.t("size"), html! { (part::size(version.size_bytes)) }),
        ]))
        @if case.administers { (measures(shell, version, sent)) }
        @else { (part::notice("idle", &tr.t("vendor-withdraw-admins"))) }
        (desk::block(&tr.t("vendor-hosts"), hosts(shell, case.hosts.as_deref())))
    };
    shell.page(&named(&version.module, &version.version), body)
}

/// What can be done from here, the mildest first.
fn measures(shell: &Shell, version: &VersionPage, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let action = at(&version.module, &version.version);
    let choice =
        |standing: &str, press| part::choice("standing", standing, &tr.t(&format!("vendor-make-{standing}")), press);
    use SubmissionState::{Approved, Deprecated, Revoked, Yanked};
    let mild: Vec<_> = match version.state {
        Approved => vec![choice("deprecated", Press::Plain), choice("yanked", Press::Danger)],
        Deprecated => vec![choice("approved", Press::Plain), choice("yanked", Press::Danger)],
        Yanked => vec![choice("approved", Press::Plain)],
        _ => Vec::new(),
    };
    let name = named(&version.module, &version.version);
    let labels = ["vendor-reason", "vendor-reason-told"].map(|key| tr.t(key));
    let typed = tr.with("vendor-type-name", &[("name", &name)]);
    html! {
        @if version.state == Revoked { (part::notice("bad", &tr.t("vendor-revoked-for-ever"))) } @else {
            @if !mild.is_empty() { (part::card(&tr.t("vendor-measures"), html! {
                (part::dim(&tr.t("vendor-measures-help")))
                (shell.post(&action, html! {
                    (sent.field("reason", &labels[0], &labels[1], "").required().area(3))
                    (part::buttons(&mild))
                }))
            })) }
            (part::card(&tr.t("vendor-kill"), html! {
                (part::notice("bad", &tr.t("vendor-kill-help")))
                (desk::more(&tr.t("vendor-kill-open"), shell.post(&action, html! {
                    input type="hidden" name="standing" value="revoked";
                    (sent.field(WHY, &labels[0], &labels[1], "").required().area(3))
                    (sent.field("typed", &typed, "", "").required().line("text"))
                    (part::buttons(&[part::button(&tr.t("vendor-make-revoked"), Press::Danger)]))
                })))
            }))
        }
    }
}
