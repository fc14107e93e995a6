//! `GET /t/{tenant}/audit`: who did what when, the newest first; `…/audit/csv`: the same as a file.

use super::base;
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::{Decider, Member};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Date, Instant, RawId};
use toolcrib_runtime::{AuditFilter, AuditPage, AuditRow, Runtime};
use toolcrib_tables::File;
use toolcrib_ui::form::{escape, question};
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::zone::Zone;

/// Lines of one page.
const PAGE: u32 = 100;
/// Characters of a detail on the page.
const DETAIL_CHARS: usize = 60;
/// Pages that are looked through for one page of a filter that finds little.
const LOOKS: usize = 10;

/// The filter as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub actor: String,
    #[serde(default)]
    pub module: String,
    #[serde(default)]
    pub action: String,
    /// Days of the plant's clock, the last one included.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub until: String,
    #[serde(default)]
    pub failed: String,
    #[serde(default)]
    pub before: Option<u64>,
}

impl Asked {
    fn filter(&self, zone: &Zone) -> AuditFilter {
        let day = |text: &str| text.parse::<Date>().ok();
        AuditFilter {
            actor: self.actor.trim().to_owned(),
            module: self.module.trim().to_owned(),
            action: self.action.trim().to_owned(),
            from: day(&self.from).map_or(Instant::MIN, |day| zone.first_moment(day)),
            until: day(&self.until).map_or(Instant::MAX, |day| zone.first_moment(Date(day.0 + 1))),
            failed: !self.failed.is_empty(),
        }
    }

    /// The same question for an address.
    fn query(&self) -> String {
        let Self { actor, module, action, from, until, failed, .. } = self;
        let pairs = [
            ("actor", actor),
            ("module", module),
            ("action", action),
            ("from", from),
            ("until", until),
            ("failed", failed),
        ];
        let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
    }
}

/// What is shown.
pub struct Shown {
    pub asked: Asked,
    pub page: AuditPage,
    /// Who `user:<id>` and `device:<id>` are.
    pub names: HashMap<String, String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let filter = asked.filter(&member.shell().zone);
    let page = found(&app.console.runtime, member.id, filter, asked.before.unwrap_or(u64::MAX)).await?;
    let names = names(&member).await;
    Ok(self::page(member.shell(), &Shown { asked, page, names }))
}

/// A page of lines; a filter that finds nothing near looks farther, within bounds.
async fn found(runtime: &Runtime, tenant: RawId, filter: AuditFilter, before: u64) -> Result<AuditPage, Problem> {
    let look = move |reader: &mut toolcrib_runtime::Reader| {
        let mut page = reader.audit_before(&filter, before, PAGE)?;
        for _ in 1..LOOKS {
            let Some(next) = page.next.filter(|_| page.rows.is_empty()) else { break };
            page = reader.audit_before(&filter, next, PAGE)?;
        }
        Ok(page)
    };
    runtime.look(tenant, look).await
}

/// Who is who, as far as the registry says at present.
async fn names(member: &Member) -> HashMap<String, String> {
    let people = member.visitor.registry.members(&member.tenant.id).await.unwrap_or_default();
    let mut names: HashMap<_, _> =
        people.into_iter().map(|person| (format!("user:{}", person.id), person.name)).collect();
    let devices = member.view.as_ref().map(|view| view.devices.clone());
    names.extend(
        devices
            .iter()
            .flat_map(|devices| devices.iter())
            .map(|device| (format!("device:{}", device.id), device.name.clone())),
    );
    names
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, at) = (shell.tr, format!("{}/audit", base(shell)));
    let Shown { asked, page, names } = shown;
    let row = |row: &AuditRow| {
        vec![
            html! { (shell.zone.show(row.at)) },
            html! { @match names.get(&row.actor) { Some(name) => (name), None => code { (row.actor) } } },
            html! { (what(shell, row)) },
            html! { @if row.module.is_empty() { "–" } @else { (shell.beside().module(&row.module)) } },
            html! { code { (detail(&row.detail)) } },
            part::amount(row.id),
        ]
    };
    let heads =
        ["admin-when", "admin-who", "admin-what", "admin-module", "admin-detail", "admin-line"].map(|key| tr.t(key));
    let query = asked.query();
    let field = |kind: &str, name: &str, key: &str, value: &str| {
        Field { name, label: &tr.t(key), ..Field::default() }.line(kind, value, "")
    };
    let body = html! {
        (question(&at, &tr.t("admin-find"), html! {
            (field("text", "actor", "admin-who", &asked.actor))
            (field("text", "module", "admin-module", &asked.module))
            (field("text", "action", "admin-what", &asked.action))
            (field("date", "from", "admin-from", &asked.from))
            (field("date", "until", "admin-until", &asked.until))
            (Field { name: "failed", label: &tr.t("admin-only-failed"), ..Field::default() }.check("yes", !asked.failed.is_empty()))
        }))
        @if page.rows.is_empty() { (part::empty(&tr.t("admin-audit-none"))) }
        @else { (part::table(&tr.t("admin-audit"), &heads, &page.rows.iter().map(row).collect::<Vec<_>>())) }
        (part::buttons(&[
            html! { @if let Some(next) = page.next { (part::link(&format!("{at}?{query}&before={next}"), &tr.t("admin-older"), Press::Plain)) } },
            part::link(&format!("{at}/csv?{query}"), &tr.t("csv-download"), Press::Plain),
            part::link(&format!("{}/consents", base(shell)), &tr.t("admin-consent-log"), Press::Plain),
            part::link(&format!("{}/export", base(shell)), &tr.t("admin-export"), Press::Plain),
        ]))
        (part::dim(&tr.t("admin-audit-help")))
    };
    shell.page(&tr.t("admin-audit"), body)
}

/// The answer's status where there is one, else the beginning of what was kept; the file has all of it.
fn detail(kept: &str) -> String {
    let status = serde_json::from_str::<serde_json::Value>(kept).ok().and_then(|kept| kept["status"].as_u64());
    status.map_or_else(|| kept.chars().take(DETAIL_CHARS).collect(), |status| status.to_string())
}

/// The host's own acts have words of ours, operations those of their module.
fn what(shell: &Shell, row: &AuditRow) -> String {
    let own = shell.tr.maybe(&format!("admin-act-{}", row.action));
    own.unwrap_or_else(|| shell.names(&row.module).operation(&row.action))
}

/// Where a file that is written page by page goes on.
struct Pages {
    runtime: Runtime,
    tenant: RawId,
    filter: AuditFilter,
    before: Option<u64>,
    file: File,
    left: u64,
    more: String,
}

pub async fn csv(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (tr, mut file) = (member.shell().tr, File::new());
    let heads =
        ["admin-line", "admin-when", "admin-who", "admin-what", "admin-module", "admin-detail"].map(|key| tr.t(key));
    file.texts(heads.iter().map(String::as_str));
    let (filter, runtime) = (asked.filter(&member.shell().zone), app.console.runtime.clone());
    let pages = Pages {
        runtime,
        tenant: member.id,
        filter,
        before: Some(asked.before.unwrap_or(u64::MAX)),
        file,
        left: limits::EXPORT_ROWS,
        more: tr.t("admin-audit-more"),
    };
    let pieces = stream::try_unfold(pages, |mut pages| async {
        let Some(before) = pages.before else { return Ok(None) };
        let (filter, page) = (pages.filter.clone(), limits::PAGE_ROWS);
        let looked = pages.runtime.look(pages.tenant, move |reader| reader.audit_before(&filter, before, page)).await;
        let found = looked.map_err(|problem| std::io::Error::other(problem.to_string()))?;
        pages.write(&found);
        Ok::<_, std::io::Error>(Some((pages.file.take(), pages)))
    });
    Ok(super::super::export::download(Body::from_stream(pieces).into_response(), "audit"))
}

impl Pages {
    fn write(&mut self, found: &AuditPage) {
        for row in found.rows.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
            let (id, at) = (row.id.to_string(), row.at.to_string());
            self.file.texts([id.as_str(), &at, &row.actor, &row.action, &row.module, &row.detail]);
            self.left -= 1;
        }
        self.before = found.next.filter(|_| self.left > 0);
        if self.left == 0 {
            self.file.texts([self.more.as_str()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_plant_and_the_question_stays_in_the_address() {
        let asked = Asked {
            from: "2026-11-23".into(),
            until: "2026-11-23".into(),
            actor: "user:1 & 2".into(),
            ..Asked::default()
        };
        let filter = asked.filter(&Zone::named("Asia/Shanghai"));
        assert_eq!(
            (filter.from.to_string(), filter.until.to_string()),
            ("2026-11-22T16:00:00Z".into(), "2026-11-23T16:00:00Z".into())
        );
        assert_eq!(asked.query(), "actor=user%3A1%20%26%202&from=2026-11-23&until=2026-11-23");
        let any = Asked { from: "yesterday".into(), ..Asked::default() }.filter(&Zone::marketplace());
        assert_eq!(any, AuditFilter::default());
    }
}
