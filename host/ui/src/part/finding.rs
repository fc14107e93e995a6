//! What checks found, and what handlers cost.

use super::{empty, size, table};
use crate::language::Tr;
use maud::{Markup, html};
use toolcrib_contract::evidence::Checked;
use toolcrib_contract::finding::{Cost, Finding, Severity};

/// What the checks found, the worst first, and what its provider can do about it.
pub fn findings(tr: Tr, findings: &[Finding]) -> Markup {
    listed(tr, findings, true)
}

/// The same for those who only want to know: a factory cannot mend a module.
pub fn found(tr: Tr, findings: &[Finding]) -> Markup {
    listed(tr, findings, false)
}

fn listed(tr: Tr, findings: &[Finding], advises: bool) -> Markup {
    let mut findings: Vec<_> = findings.iter().collect();
    findings.sort_by_key(|finding| finding.severity);
    html! {
        @if findings.is_empty() { (empty(&tr.t("findings-none"))) }
        ul.findings { @for finding in findings {
            @let (tone, severity) = match finding.severity {
                Severity::Error => ("bad", "error"), Severity::Warning => ("warn", "warning"), Severity::Note => ("idle", "note"),
            };
            @let told = finding.told(tr.lang);
            li {
                p { span class={ "tag " (tone) } { (tr.t(&format!("severity-{severity}"))) } " " strong { (marked(&told.what)) } " "
                    @if !finding.place.is_empty() { code { (place(tr, &finding.place)) } } }
                p { (marked(&told.why)) }
                @if advises { p { (marked(&tr.with("finding-fix", &[("fix", &told.fix)]))) " " span.dim { "(" (finding.check) ")" } } }
            }
        } }
    }
}

/// Names between backticks, set as names.
fn marked(text: &str) -> Markup {
    html! { @for (at, part) in text.split('`').enumerate() {
        @if at % 2 == 1 { code { (part) } } @else { (part) }
    } }
}

/// A check by its title, with its code behind it; older reports know the code alone.
pub fn check(tr: Tr, checked: &Checked) -> Markup {
    match &checked.title {
        Some(title) => html! { span title=(checked.check) { (tr.words(title)) } },
        None => html! { code { (checked.check) } },
    }
}

/// Where a finding is. A report says it in English words around names, as `handler `add`, input`; the words are told in the
/// reader's language, and what is not among them stays as it is.
fn place(tr: Tr, place: &str) -> String {
    let part = |part: &str| {
        // The longest beginning that is a word of places.
        let ends = part.match_indices(' ').map(|(at, _)| at).chain([part.len()]);
        let (end, word) = ends
            .filter(|end| part[..*end].bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ' || byte == b'_'))
            .filter_map(|end| {
                let key = part[..end].replace([' ', '_'], "-");
                Some((end, tr.maybe(&format!("finding-place-{key}"))?))
            })
            .next_back()?;
        Some(format!("{word}{}", &part[end..]))
    };
    let parts = place.split(", ").map(|text| part(text).unwrap_or_else(|| text.to_owned()));
    parts.collect::<Vec<_>>().join(&tr.t("list-separator"))
}

/// What the golden scenarios cost.
pub fn costs(tr: Tr, costs: &[Cost]) -> Markup {
    let heads =
        ["cost-scenario", "cost-handler", "cost-fuel", "cost-memory", "cost-rows", "cost-calls"].map(|key| tr.t(key));
    let row = |cost: &Cost| {
        let step = cost.step.map_or(String::new(), |step| format!(" #{}", step + 1));
        vec![
            html! { (cost.scenario) (step) },
            html! { code { (cost.handler) } },
            html! { span.num { (cost.fuel) } },
            html! { span.num { (size(cost.memory_bytes)) } },
            html! { span.num { (cost.rows_read) " / " (cost.rows_written) } },
            html! { span.num { (cost.host_calls) } },
        ]
    };
    html! {
        @if costs.is_empty() { (empty(&tr.t("costs-none"))) }
        @else { (table(&tr.t("costs"), &heads, &costs.iter().map(row).collect::<Vec<_>>())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use toolcrib_contract::finding::Told;

    #[test]
    fn a_finding_is_told_in_the_readers_language_and_an_older_one_in_english() {
        let zh = Told { what: "缺少说明".into(), why: "人们要读".into(), fix: "请补上".into() };
        let mut finding = Finding {
            check: "words".into(),
            severity: Severity::Error,
            what: "The text is missing".into(),
            place: "handler `add`, input".into(),
            why: "People read it".into(),
            fix: "Write it".into(),
            zh: Some(Box::new(zh)),
        };
        let page = |lang, finding: &Finding| findings(Tr::new(lang), std::slice::from_ref(finding)).into_string();
        let (chinese, english) =
            (["缺少说明", "人们要读", "请补上"], ["The text is missing", "People read it", "Write it"]);
        let says = |page: &str, texts: [&str; 3]| texts.iter().all(|text| page.contains(text));
        let told = [page(Lang::ZhCn, &finding), page(Lang::En, &finding)];
        assert!(says(&told[0], chinese) && !told[0].contains("missing"), "{}", told[0]);
        assert!(says(&told[1], english) && !told[1].contains("缺少"), "{}", told[1]);
        assert_eq!(
            place(Tr::new(Lang::ZhCn), "view `a, b`, tab 1, cell 2 (kpi), reason to read x/y"),
            "视图 `a、b`、标签页 1、单元格 2 (kpi)、读取理由 x/y"
        );
        assert!(told[0].contains("处理程序 `add`、输入") && told[1].contains("handler `add`, input"), "{told:?}");
        let factory = found(Tr::new(Lang::ZhCn), std::slice::from_ref(&finding)).into_string();
        assert!(says(&factory, ["缺少说明", "人们要读", "人们要读"]) && !factory.contains("请补上"), "{factory}");
        assert_eq!(marked("a `b<` c `d").into_string(), "a <code>b&lt;</code> c <code>d</code>");
        finding.zh = None;
        assert!(says(&page(Lang::ZhCn, &finding), english));
    }
}
