//! `GET /t/{tenant}/audit`: who did what when, the newest first; `…/audit/csv`: the same as a file.

mod asking;

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
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Date, Instant, RawId};
use toolcrib_runtime::{AuditFilter, AuditPage, AuditRow, Runtime};
use toolcrib_tables::File;
use toolcrib_ui::form::{escape, question};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::zone::Zone;

/// Lines of one page.
const PAGE: u32 = 100;
/// Characters of a detail on the page.
const DETAIL_CHARS: usize = 60;
/// Digits of a digest there: a whole one is wider than the column.
const DIGEST_DIGITS: usize = 12;
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
    /// `names`: who is who, so that people may be asked for as the page calls them.
    fn filter(&self, zone: &Zone, names: &HashMap<String, String>) -> AuditFilter {
        let typed = self.actor.trim();
        let named = names.iter().filter(|(_, name)| *name == typed).map(|(actor, _)| actor).min();
        let day = |text: &str| text.parse::<Date>().ok();
        AuditFilter {
            actor: named.map_or(typed, String::as_str).to_owned(),
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
    /// Who `user:<id>`, `operator:<code>`, `device:<id>` and `terminal:<id>` are.
    pub names: HashMap<String, String>,
    /// What people do in the modules that run here: module and operation.
    pub operations: Vec<(String, String)>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Decider(member): Decider,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let names = names(&app, &member).await;
    let filter = asked.filter(&member.shell().zone, &names);
    let page = found(&app.console.runtime, member.id, filter, asked.before.unwrap_or(u64::MAX)).await?;
    Ok(self::page(member.shell(), &Shown { asked, page, names, operations: operations(&member) }))
}

/// What leaves a line when somebody does it.
fn operations(member: &Member) -> Vec<(String, String)> {
    let modules = member.view.iter().flat_map(|view| &view.modules).map(|loaded| &loaded.manifest);
    let of = |manifest: &Manifest| {
        let kept = |def: &&HandlerDef| matches!(def.kind, HandlerKind::Command | HandlerKind::Connector);
        let kept = manifest.handlers.iter().filter(kept);
        kept.map(|def| (manifest.module.clone(), def.name.clone())).collect::<Vec<_>>()
    };
    modules.flat_map(of).collect()
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

/// Who is who, as far as the registry and the shop floor say at present.
async fn names(app: &App, member: &Member) -> HashMap<String, String> {
    let floor = &app.console.floor;
    let (operators, terminals) = tokio::join!(floor.operators(member.id), floor.terminals(member.id));
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
    names.extend(operators.into_iter().flatten().map(|one| (format!("operator:{}", one.code), one.name)));
    names.extend(terminals.into_iter().flatten().map(|one| (format!("terminal:{}", one.id), one.name)));
    let tr = member.shell().tr;
    names.extend(asking::ITSELF.map(|actor| (actor.to_owned(), tr.t(&format!("admin-actor-{actor}")))));
    names
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, at) = (shell.tr, format!("{}/audit", base(shell)));
    let Shown { asked, page, names, .. } = shown;
    let row = |row: &AuditRow| {
        vec![
            html! { (shell.zone.show(row.at)) },
            who(shell.tr, names, &row.actor),
            html! { (what(shell, row)) },
            html! { @if row.module.is_empty() { "–" } @else { (shell.beside().module(&row.module)) } },
            detail(shell.tr, names, &row.detail),
            part::amount(row.id),
        ]
    };
    let heads =
        ["admin-when", "admin-who", "admin-what", "admin-module", "admin-detail", "admin-line"].map(|key| tr.t(key));
    let query = asked.query();
    let body = html! {
        (question(&at, &tr.t("admin-find"), asking::fields(shell, shown)))
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

/// A name with what the line holds behind it: names change, and two people may have the same.
fn who(tr: Tr, names: &HashMap<String, String>, actor: &str) -> Markup {
    let name = names.get(actor).cloned().or_else(|| tr.maybe(&format!("admin-actor-{actor}")));
    html! { @match name { Some(name) => span title=(actor) { (name) }, None => code { (actor) } } }
}

/// How a call was answered where that was kept, else the values of what was; all of it behind them, and in the file.
fn detail(tr: Tr, names: &HashMap<String, String>, kept: &str) -> Markup {
    let Ok(Json::Object(told)) = serde_json::from_str(kept) else {
        return html! { code { (kept.chars().take(DETAIL_CHARS).collect::<String>()) } };
    };
    if let Some(status) = told.get("status").and_then(Json::as_u64) {
        let (tone, word) = match status {
            ..400 => ("ok", "admin-answer-done"),
            400..500 => ("warn", "admin-answer-refused"),
            500.. => ("bad", "admin-answer-failed"),
        };
        return html! { span title=(status) { (part::tag(tone, &tr.t(word))) } };
    }
    let terminal = |id: &str| names.get(&format!("terminal:{id}")).cloned();
    let text = |name: &str, value: &Json| match value {
        Json::String(id) if name == "terminal" => terminal(id),
        Json::String(code) => Some(tr.maybe(&format!("admin-detail-{code}")).unwrap_or_else(|| abridged(code))),
        Json::Array(items) => Some(items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" ")),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let said = told.iter().filter_map(|(name, value)| text(name, value)).filter(|text| !text.is_empty());
    let mut said: Vec<_> = said.collect();
    said.dedup();
    let short: String = said.join(" · ").chars().take(DETAIL_CHARS).collect();
    html! { @if short.is_empty() { "–" } @else { span title=(kept) { (short) } } }
}

/// A digest by its first digits, and every other word as it is.
fn abridged(word: &str) -> String {
    let is_digest = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { format!("{}…", &word[..DIGEST_DIGITS]) } else { word.to_owned() }
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
    let filter = asked.filter(&member.shell().zone, &names(&app, &member).await);
    let runtime = app.console.runtime.clone();
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
    use toolcrib_ui::language::Lang;

    #[test]
    fn days_are_those_of_the_plant_and_the_question_stays_in_the_address() {
        let asked = Asked {
            from: "2026-11-23".into(),
            until: "2026-11-23".into(),
            actor: "user:1 & 2".into(),
            ..Asked::default()
        };
        let filter = asked.filter(&Zone::named("Asia/Shanghai"), &HashMap::new());
        assert_eq!(
            (filter.from.to_string(), filter.until.to_string()),
            ("2026-11-22T16:00:00Z".into(), "2026-11-23T16:00:00Z".into())
        );
        assert_eq!(asked.query(), "actor=user%3A1%20%26%202&from=2026-11-23&until=2026-11-23");
        let any = Asked { from: "yesterday".into(), ..Asked::default() }.filter(&Zone::marketplace(), &HashMap::new());
        assert_eq!(any, AuditFilter::default());
    }

    #[test]
    fn people_and_terminals_are_named_and_asked_for_by_name_and_an_answer_is_told_in_words() {
        let (tr, id) = (Tr::new(Lang::ZhCn), "293575b8");
        let names = [("operator:2001".to_owned(), "李师傅"), (format!("terminal:{id}"), "一号线平板")];
        let names: HashMap<_, _> = names.into_iter().map(|(actor, name)| (actor, name.to_owned())).collect();
        let asked = Asked { actor: " 李师傅 ".into(), ..Asked::default() };
        assert_eq!(asked.filter(&Zone::marketplace(), &names).actor, "operator:2001");
        assert_eq!(who(tr, &names, "operator:2001").into_string(), "<span title=\"operator:2001\">李师傅</span>");
        assert_eq!(who(tr, &names, "operator:7").into_string(), "<code>operator:7</code>");
        assert!(!who(tr, &names, "registry").into_string().contains(">registry<"));
        let told = |kept: &str| detail(tr, &names, kept).into_string();
        let seen = |kept: &str| told(kept).split('>').nth(1).unwrap_or_default().trim_end_matches("</span").to_owned();
        assert_eq!(seen(&format!("{{\"terminal\":\"{id}\",\"with\":\"badge\"}}")), "一号线平板 · 工牌");
        assert_eq!(seen("{\"name\":\"平板\",\"places\":[\"press-1\",\"bend-1\"]}"), "平板 · press-1 bend-1");
        let digest = "d70d435b72971e3a".repeat(4);
        assert_eq!(seen(&format!("{{\"digest\":\"{digest}\"}}")), "d70d435b7297…");
        assert!(told(&format!("{{\"digest\":\"{digest}\"}}")).contains(&digest), "all of it behind");
        let [done, refused, failed] = [200, 422, 500].map(|status| told(&format!("{{\"status\":{status}}}")));
        assert!(
            done.contains("tag ok") && refused.contains("tag warn") && failed.contains("tag bad"),
            "{done}{refused}"
        );
        assert!(refused.contains("title=\"422\"") && !refused.contains(">422<"), "{refused}");
        assert_eq!(told("{}"), "–");
    }
}
