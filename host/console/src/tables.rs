//! What tables say, in the visitor's language: what is wrong with a cell or a file, and the last line of an export.

use toolcrib_contract::limits;
use toolcrib_contract::problem::Problem;
use toolcrib_tables::export::Voice;
use toolcrib_tables::wrong::Headings;
use toolcrib_tables::{Unreadable, Wrong};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;

/// What is wrong with a cell, and what to write instead.
pub fn wrong(tr: Tr, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Missing => tr.t("error-missing"),
        Wrong::Extra => tr.t("cell-extra"),
        Wrong::NoBool => tr.t("cell-bool"),
        Wrong::NoInt => tr.t("error-int"),
        Wrong::NoNumber => tr.t("error-float"),
        Wrong::NoDecimal { scale } => tr.with("error-decimal", &[("digits", &scale.to_string())]),
        Wrong::TooManyDigits { scale } => tr.with("cell-digits", &[("digits", &scale.to_string())]),
        Wrong::TwoNumbers => tr.t("cell-two-numbers"),
        Wrong::TooLong { max, chars } => {
            tr.with("error-text", &[("max", &max.to_string()), ("chars", &chars.to_string())])
        }
        Wrong::NoDate => tr.t("error-date"),
        Wrong::NoInstant => tr.t("error-instant"),
        Wrong::TwoDates => tr.t("cell-two-dates"),
        Wrong::NoSuchTime => tr.t("cell-no-such-time"),
        Wrong::TwoTimes => tr.t("cell-two-times"),
        Wrong::NoId => tr.t("error-id"),
        Wrong::NoCase { cases } => tr.with("cell-case", &[("cases", &cases.join(&tr.t("list-separator")))]),
        Wrong::NoJson => tr.t("cell-json"),
        Wrong::Item { at, wrong: inner } => {
            tr.with("error-line", &[("line", &at.to_string()), ("message", &self::wrong(tr, inner))])
        }
        Wrong::Other(message) => message.clone(),
    }
}

/// Why a file is no table, and what to do.
pub fn unreadable(tr: Tr, error: &Unreadable) -> String {
    let line = |key, line: &u64| tr.with(key, &[("line", &line.to_string())]);
    match error {
        Unreadable::NotText => tr.t("file-not-text"),
        Unreadable::Encoding { line: at } => line("file-encoding", at),
        Unreadable::Mixed { line, unlike } => {
            tr.with("file-mixed", &[("line", &line.to_string()), ("unlike", &unlike.to_string())])
        }
        Unreadable::OpenQuote { line: at } => line("file-open-quote", at),
        Unreadable::NoRows => tr.t("file-no-rows"),
        Unreadable::TooManyRows => tr.with("file-too-many-rows", &[("most", &limits::IMPORT_ROWS.to_string())]),
        Unreadable::Headings(wrong) => headings(tr, wrong),
    }
}

fn headings(tr: Tr, wrong: &Headings) -> String {
    let separator = tr.t("list-separator");
    let unknown: Vec<_> = wrong.unknown.iter().map(|(column, heading)| format!("{column} {heading}")).collect();
    let lists = [
        ("file-unknown", &unknown),
        ("file-missing", &wrong.missing),
        ("file-twice", &wrong.twice),
        ("file-needed", &wrong.needed),
        ("file-optional", &wrong.optional),
    ];
    let told = lists.iter().filter(|(_, names)| !names.is_empty());
    told.map(|(key, names)| tr.with(key, &[("names", &names.join(&separator))])).collect::<Vec<_>>().join(" ")
}

/// Speaks in exported files.
pub struct Told(pub Tr);

impl Voice for Told {
    fn more(&self) -> String {
        self.0.with("export-more", &[("most", &limits::EXPORT_ROWS.to_string())])
    }

    fn broken(&self, problem: &Problem) -> String {
        self.0.with("export-broken", &[("problem", &part::problem_title(self.0, problem))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::language::Lang;

    fn all_wrong() -> Vec<Wrong> {
        let cases = vec!["made".to_owned(), "bought_in".to_owned()];
        vec![
            Wrong::Missing,
            Wrong::Extra,
            Wrong::NoBool,
            Wrong::NoInt,
            Wrong::NoNumber,
            Wrong::NoDecimal { scale: 2 },
            Wrong::TooManyDigits { scale: 2 },
            Wrong::TwoNumbers,
            Wrong::TooLong { max: 3, chars: 4 },
            Wrong::NoDate,
            Wrong::NoInstant,
            Wrong::TwoDates,
            Wrong::NoSuchTime,
            Wrong::TwoTimes,
            Wrong::NoId,
            Wrong::NoCase { cases },
            Wrong::NoJson,
            Wrong::Item { at: 2, wrong: Box::new(Wrong::NoInt) },
        ]
    }

    fn all_unreadable() -> Vec<Unreadable> {
        let headings = Headings {
            unknown: vec![("B".to_owned(), "colour".to_owned())],
            missing: vec!["name".to_owned()],
            twice: vec!["unit".to_owned()],
            needed: vec!["code".to_owned(), "name".to_owned()],
            optional: vec!["job".to_owned()],
        };
        vec![
            Unreadable::NotText,
            Unreadable::Encoding { line: 7 },
            Unreadable::Mixed { line: 7, unlike: 2 },
            Unreadable::OpenQuote { line: 7 },
            Unreadable::NoRows,
            Unreadable::TooManyRows,
            Unreadable::Headings(Box::new(headings)),
        ]
    }

    #[test]
    fn everything_that_can_be_wrong_with_a_file_is_said_in_both_languages() {
        let said = |lang: Lang| {
            let tr = Tr::new(lang);
            let cells = all_wrong().iter().map(|cell| wrong(tr, cell)).collect::<Vec<_>>();
            cells.into_iter().chain(all_unreadable().iter().map(|file| unreadable(tr, file))).collect::<Vec<_>>()
        };
        let (zh, en) = (said(Lang::ZhCn), said(Lang::En));
        for (zh, en) in zh.iter().zip(&en) {
            assert!(!zh.contains('⟦') && !en.contains('⟦'), "{zh} / {en}");
            assert_ne!(zh, en);
        }
        assert_eq!(zh[6], "小数点后多于 2 位；系统不会四舍五入，请改短。");
        assert_eq!(zh[15], "请填写以下之一：made、bought_in。");
        assert_eq!(zh[17], "第 2 行：请填写整数。");
        assert_eq!(
            zh[20],
            "第 7 行和第 2 行的编码不同（UTF-8 与 GBK 混用）；请改正这一行，或把整个文件另存为“CSV UTF-8”。"
        );
        assert_eq!(
            zh[24],
            "不认识的列：B colour。 缺少的列：name。 重复的列：unit。 必须有：code、name。 可以没有：job。"
        );
        assert_eq!(
            en[24],
            "Unknown columns: B colour. Missing columns: name. Columns that come twice: unit. Needed: code, name. May be \
             left out: job."
        );
    }

    #[test]
    fn a_page_of_an_import_names_line_column_and_reason() {
        let pages = crate::samples::pages(Lang::ZhCn);
        let page = |name: &str| &pages.iter().find(|(page, _)| *page == name).unwrap().1;
        assert!(page("import done").contains("已写入全部 8 行。"));
        let part = page("import in part");
        assert!(part.contains("共 10 行，已写入 8 行，2 行有错没有写入。"), "{part}");
        assert!(part.contains("<td data-label=\"行号\">3</td><td data-label=\"列\">B on</td>"), "{part}");
        assert!(page("import refused").contains("共 2 行，2 行有错，没有写入任何数据。"));
        assert!(page("import unreadable").contains("文件无法作为表格读取"));
        assert!(page("import").contains("enctype=\"multipart/form-data\""));
        assert!(page("query with parameters").contains("/m/oee/stops/csv?equipment=M1&amp;_table=rows\""));
        assert!(page("command refused").contains("href=\"/t/acme/m/oee/set_rate/import\""));
    }
}
