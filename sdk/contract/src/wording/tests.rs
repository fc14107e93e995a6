//! What words promise: they are found, something readable stands in for them, and nothing wrong with them passes.

use super::check::{form, missing, unknown};
use super::*;
use crate::manifest::{EventDef, HandlerDef, HandlerKind, Manifest, RecordDef};
use crate::package::{Expect, Scenario, Step, WORD_CHARS, WORDS};
use crate::schema::{Field, Type};

fn field(name: &str, of: Type) -> Field {
    Field { name: name.into(), of, doc: String::new() }
}

fn structure(name: &str, fields: Vec<Field>) -> Type {
    Type::Struct { name: name.into(), fields }
}

fn list(of: Type) -> Type {
    Type::List { of: Box::new(of) }
}

/// `report` takes good pieces and lines, `states` answers a page, `tidy` is for modules alone, `made` wakes it.
fn manifest() -> Manifest {
    let state = Type::Enum { name: "state".into(), cases: vec!["running".into(), "off".into()] };
    let line = structure("line", vec![field("lot", Type::Int)]);
    let row = structure("row", vec![field("id", Type::Int), field("state", state)]);
    let page = structure("page", vec![field("rows", list(row)), field("next", Type::Int)]);
    let handler = |name: &str, kind, input, output| HandlerDef {
        name: name.into(),
        doc: String::new(),
        kind,
        input: structure(name, input),
        output,
        roles: Vec::new(),
    };
    let asked = vec![field("good", Type::Int), field("lines", list(line))];
    let mut tidy = handler("tidy", HandlerKind::Command, vec![field("deep", Type::Int)], Type::Unit);
    tidy.roles = vec!["module".into()];
    let made = HandlerKind::OnEvent { module: String::new(), event: "made".into() };
    Manifest {
        records: vec![RecordDef {
            name: "stop".into(),
            doc: String::new(),
            shared: false,
            fields: vec![field("reason", Type::Int)],
            indexes: Vec::new(),
        }],
        events: vec![EventDef { name: "made".into(), doc: String::new(), body: structure("made", vec![]) }],
        handlers: vec![
            handler("report", HandlerKind::Command, asked, Type::Unit),
            handler("states", HandlerKind::Query, vec![field("after", Type::Int)], page),
            tidy,
            handler("heard", made, vec![], Type::Unit),
        ],
        ..Manifest::default()
    }
}

const ALL: &[(&str, &str, &str)] = &[
    ("report", "报工", "Report"),
    ("report.good", "合格数", "Good pieces"),
    ("report.good?", "没有就填 0", "0 when there are none"),
    ("report?", "做完就报", "As soon as it is done"),
    ("lines", "明细", "Lines"),
    ("lot", "批号", "Lot"),
    ("states", "状态", "States"),
    ("state", "状态", "State"),
    ("state.running", "运行", "Running"),
    ("state.off", "关机", "Off"),
    ("record:stop", "停机记录", "Stop"),
    ("event:made", "完工", "Made"),
    ("!order-closed", "工单已关闭", "The order is closed"),
];

#[test]
fn a_word_is_found_and_a_readable_name_stands_in_for_it() {
    let words = Wording::of(ALL);
    let label = |named| words.label(Lang::ZhCn, named);
    assert_eq!(label(Named::Operation("report")), "报工");
    assert_eq!(label(Named::Inside { operation: "report", field: "good" }), "合格数");
    assert_eq!(label(Named::Inside { operation: "report", field: "lot" }), "批号");
    assert_eq!(label(Named::Field("good")), "Good", "a word for one operation's field is for that alone");
    assert_eq!(label(Named::Case { of: "state", case: "off" }), "关机");
    assert_eq!((label(Named::Record("stop")), label(Named::Event("made"))), ("停机记录".into(), "完工".into()));
    assert_eq!(words.label(Lang::En, Named::Operation("report")), "Report");
    assert_eq!(words.rejection(Lang::ZhCn, "order-closed"), Some("工单已关闭"));
    let none = Wording::default();
    assert_eq!(none.label(Lang::ZhCn, Named::Field("good_count")), "Good count");
    assert_eq!(none.label(Lang::ZhCn, Named::Case { of: "state", case: "in_repair" }), "In repair");
    assert_eq!(none.label(Lang::ZhCn, Named::Field("created")), "创建时间");
    assert_eq!(none.rejection(Lang::En, "order-closed"), None);
}

#[test]
fn the_words_of_a_package_are_read_past_what_is_newer() {
    let package = br#"{"listing": 7, "words": {"zh": {"a": "\u7532"}, "en": {"a": "A"}}, "views": []}"#;
    assert_eq!(Wording::of_package(package).unwrap(), Wording::of(&[("a", "甲", "A")]));
    assert!(Wording::of_package(b"{}").unwrap().is_empty());
    for bad in [&b""[..], br#"{"words": {"de": {}}}"#, br#"{"words": {"zh": {"a": 1}}}"#] {
        assert!(Wording::of_package(bad).is_err());
    }
}

#[test]
fn an_english_comment_stands_beside_no_chinese_name() {
    let (words, none) = (Wording::of(ALL), Wording::default());
    assert_eq!(words.help(Lang::ZhCn, "report", Some("good"), "Pieces."), "没有就填 0");
    assert_eq!(words.help(Lang::En, "report", Some("good"), "Pieces."), "0 when there are none");
    assert_eq!(words.help(Lang::ZhCn, "report", None, "Reports."), "做完就报");
    assert_eq!(words.help(Lang::ZhCn, "states", None, "All states."), "");
    assert_eq!(words.help(Lang::En, "states", None, "All states."), "All states.");
    assert_eq!(none.help(Lang::ZhCn, "states", None, "All states."), "All states.");
}

#[test]
fn good_words_have_no_flaw_are_known_and_complete() {
    assert_eq!(form(&Wording::of(ALL)), []);
    assert_eq!(unknown(&Wording::of(ALL), &manifest()), [""; 0]);
    let story = |code: &str| {
        let expect = Expect::Rejected(code.into());
        let (at, role) = ("2026-01-05T08:00:00Z".to_owned(), String::new());
        let step = Step { at, handler: "report".into(), input: serde_json::Value::Null, role, expect, remember: None };
        Scenario { name: code.into(), steps: vec![step], ..Scenario::default() }
    };
    let stories = ["order-closed", "bad-input", "not-allowed"].map(story);
    assert_eq!(missing(&Wording::of(ALL), &manifest(), &stories), [""; 0]);
    // What only modules call, what wakes by itself, and what the platform adds are not asked for.
    let expected = [
        "!order-closed",
        "event:made",
        "good",
        "lines",
        "lot",
        "record:stop",
        "report",
        "state",
        "state.off",
        "state.running",
        "states",
    ];
    assert_eq!(missing(&Wording::default(), &manifest(), &stories), expected);
    let mut half = Wording::of(ALL);
    half.zh.remove("states");
    assert_eq!(missing(&half, &manifest(), &[]), ["states"]);
}

#[test]
fn a_text_in_both_languages_needs_no_word_for_its_halves() {
    let text = || Type::Text { max: 40 };
    let told = Type::Option { of: Box::new(structure("said", vec![field("zh", text()), field("en", text())])) };
    let mut manifest = manifest();
    manifest.handlers[0].output = structure("told", vec![field("why", told.clone())]);
    assert_eq!(missing(&Wording::of(ALL), &manifest, &[]), ["why"], "a page shows one of the two");
    manifest.handlers[0].output = structure("told", vec![field("why", told), field("zh", text())]);
    assert_eq!(missing(&Wording::of(ALL), &manifest, &[]), ["why", "zh"]);
}

#[test]
fn keys_have_the_forms_of_the_format_and_no_others() {
    for (key, expected) in [
        ("report", Key::Name("report")),
        ("report.good", Key::Inside("report", "good")),
        ("record:stop", Key::Record("stop")),
        ("event:made", Key::Event("made")),
        ("report?", Key::Help("report", None)),
        ("report.good?", Key::Help("report", Some("good"))),
        ("!order-closed", Key::Rejection("order-closed")),
    ] {
        assert_eq!(Key::parse(key), Some(expected));
    }
    for bad in
        ["", "Report", "报工", "a.b.c", "a.", ".a", "event:", "table:stop", "!", "!Order", "!a_b", "a b", "??", "!a?"]
    {
        assert_eq!(Key::parse(bad), None, "{bad}");
        assert_eq!(form(&Wording::of(&[(bad, "字", "Word")])).len(), 1, "{bad}");
    }
}

#[test]
fn what_is_wrong_with_a_word_is_told_with_its_key() {
    let told = |zh: &str, en: &str| {
        let found = form(&Wording::of(&[("report", zh, en)]));
        assert!(found.iter().all(|flaw| flaw.key == "report"), "{found:?}");
        found.into_iter().map(|flaw| flaw.what.en).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(told(&"长".repeat(WORD_CHARS), "Report"), "");
    assert!(told(&"长".repeat(WORD_CHARS + 1), "Report").contains("201 characters"));
    assert!(told(" ", "Report").contains("[zh] is empty"));
    for hidden in ["Re\nport", "Re\u{202e}port", "Re\u{2028}port", "Report\u{200b}", "\u{7}"] {
        assert!(told("报工", hidden).contains("control"), "{hidden:?}");
    }
    let mut one = Wording::of(&[("report", "报工", "Report")]);
    one.en.clear();
    assert_eq!(form(&one)[0].what.en, "It is in [zh] only");
    let known = manifest();
    for nothing in ["reprt", "report.bad", "state.on", "record:made", "event:stop", "states.good?", "nothing?"] {
        assert_eq!(unknown(&Wording::of(&[(nothing, "字", "Word")]), &known), [nothing]);
    }
    assert_eq!(unknown(&Wording::of(&[("reason", "原因", "Reason"), ("deep", "深", "Deep")]), &known), [""; 0]);
}

#[test]
fn more_words_than_fit_are_refused_at_once() {
    let many = |count: usize| {
        let mut words = Wording::default();
        for at in 0..count {
            words.zh.insert(format!("w{at}"), "字".into());
            words.en.insert(format!("w{at}"), "Word".into());
        }
        form(&words)
    };
    assert_eq!(many(WORDS), []);
    assert_eq!(many(WORDS + 1).len(), 1);
}
