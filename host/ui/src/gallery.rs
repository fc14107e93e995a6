//! Everything pages can be made of, drawn from fixed answers: for tests, and for whoever designs.

mod market;
mod parts;
pub mod sample;
pub mod state;
mod views;

pub use parts::parts;
pub use views::views;

use crate::form::FormText;
use crate::shell::Shell;
use crate::view::ask::Answers;
use crate::view::{Refused, Scene, Sent};
use serde_json::{Value as Json, json};
use state::State;
use toolcrib_contract::file::PAPERS;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, Words};
use toolcrib_contract::problem::{Problem, REJECTED};
use toolcrib_contract::schema::Field;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{View, check};
use toolcrib_contract::{Manifest, Type};

/// 2026-11-23T16:00:00+08:00.
pub const NOW: Instant = Instant(1_795_420_800_000_000);

fn field(name: &str, of: Type) -> Field {
    Field { name: name.to_owned(), of, doc: String::new() }
}

fn structure(name: &str, fields: Vec<Field>) -> Type {
    Type::Struct { name: name.to_owned(), fields }
}

fn text() -> Type {
    Type::Text { max: 64 }
}

fn list(of: Type) -> Type {
    Type::List { of: Box::new(of) }
}

fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

fn paper() -> Type {
    Type::File { accept: PAPERS.to_vec(), max_bytes: 4 << 20 }
}

fn decimal(scale: u8) -> Type {
    Type::Decimal { scale }
}

fn handler(name: &str, kind: HandlerKind, input: Vec<Field>, output: Type) -> HandlerDef {
    let input = structure(name, input);
    HandlerDef { name: name.to_owned(), doc: String::new(), kind, input, output, roles: Vec::new() }
}

/// Its queries and commands; `views` are its pages.
pub fn manifest(views: Vec<View>) -> Manifest {
    let cases = ["running", "waiting", "down"].map(str::to_owned).to_vec();
    let state = || Type::Enum { name: "state".to_owned(), cases: cases.clone() };
    let machine = vec![
        field("code", text()),
        field("state", state()),
        field("since", option(Type::Instant)),
        field("good", decimal(6)),
        field("oee", option(decimal(6))),
        field("open", Type::Bool),
        field("photo", option(paper())),
    ];
    let hall = vec![
        field("oee", option(decimal(6))),
        field("before", option(decimal(6))),
        field("target", decimal(6)),
        field("done", decimal(6)),
        field("planned", decimal(6)),
        field("trend", list(Type::Float)),
        field("machines", list(structure("machine", machine))),
        field("plan", option(paper())),
    ];
    let hour = vec![field("at", Type::Instant), field("good", Type::Int), field("scrap", option(Type::Int))];
    let loss = vec![field("reason", text()), field("minutes", decimal(3))];
    let span = vec![
        field("equipment", text()),
        field("from", Type::Instant),
        field("until", option(Type::Instant)),
        field("state", state()),
    ];
    let number = ["value", "center", "lower", "upper"].map(|name| field(name, Type::Float));
    let planned = vec![
        field("equipment", text()),
        field("from", option(Type::Instant)),
        field("until", option(Type::Instant)),
        field("card", text()),
        field("share", option(decimal(4))),
        field("late", Type::Bool),
        field("note", option(text())),
    ];
    let point = [vec![field("number", Type::Int)], number.into(), vec![field("signal", option(text()))]].concat();
    let lot = vec![
        field("code", text()),
        field("into", option(text())),
        field("quantity", decimal(6)),
        field("unit", text()),
    ];
    let job =
        vec![field("card", text()), field("state", text()), field("share", decimal(4)), field("done", Type::Bool)];
    let page = structure("page", vec![field("jobs", list(structure("job", job))), field("next", option(text()))]);
    let add = vec![field("machine", text()), field("good", Type::Int), field("note", option(text()))];
    let query = |name: &str, input, output| handler(name, HandlerKind::Query, input, output);
    let rows = |name: &str, row: Vec<Field>| query(name, vec![], list(structure("row", row)));
    let handlers = vec![
        query("hall", vec![], structure("hall", hall)),
        query("output", vec![field("from", option(Type::Instant))], list(structure("hour", hour))),
        rows("losses", loss),
        rows("spans", span),
        rows("points", point),
        rows("lots", lot),
        query("jobs", vec![field("after", option(text()))], page),
        query("broken", vec![], Type::Int),
        handler("add", HandlerKind::Command, add, Type::Int),
        rows("plan", planned),
    ];
    let words = |zh: &str, en: &str| Words { zh: zh.to_owned(), en: en.to_owned() };
    let (title, summary) = (words("样品间", "Gallery"), words("每种控件", "One of every widget"));
    Manifest {
        module: "gallery".into(),
        version: "1.0.0".into(),
        title,
        summary,
        handlers,
        views,
        ..Manifest::default()
    }
}

/// What each query answers.
pub fn answer(query: &str) -> Json {
    let at = |hour: u32| format!("2026-11-23T{hour:02}:00:00Z");
    match query {
        "hall" => json!({
            "oee": "0.747937", "before": "0.721000", "target": "0.800000", "done": "620.500000", "planned": "1000.000000",
            "trend": [0.61, 0.66, 0.74], "plan": null,
            "machines": [
                {"code": "P-1 <b>", "state": "running", "since": at(1), "good": "1250.500000", "oee": "0.853210", "open": false, "photo": null},
                {"code": "P-2", "state": "down", "since": at(6), "good": "310.000000", "oee": null, "open": true, "photo": format!("{:064x}.pdf", 7)},
            ],
        }),
        "output" => json!([
            {"at": at(0), "good": 120, "scrap": 3}, {"at": at(1), "good": 134, "scrap": null}, {"at": at(2), "good": 150, "scrap": 6},
        ]),
        "losses" => {
            json!([{"reason": "缺料", "minutes": "18.000"}, {"reason": "换模", "minutes": "47.500"}, {"reason": "故障", "minutes": "34.500"}])
        }
        "spans" => json!([
            {"equipment": "P-1", "from": at(0), "until": at(3), "state": "running"},
            {"equipment": "P-1", "from": at(3), "until": at(4), "state": "down"},
            {"equipment": "P-2", "from": at(0), "until": null, "state": "waiting"},
        ]),
        "plan" => json!([
            {"equipment": "P-1", "from": at(4), "until": at(7), "card": "WO-1001/10", "share": "0.6205", "late": false, "note": null},
            {"equipment": "P-1", "from": at(6), "until": at(10), "card": "WO-1002/10", "share": null, "late": true, "note": "等模具"},
            {"equipment": "P-2", "from": at(7), "until": null, "card": "WO-1001/20", "share": "0.1000", "late": false, "note": null},
            {"equipment": "P-2", "from": null, "until": null, "card": "WO-1003/10", "share": null, "late": false, "note": null},
        ]),
        "points" => {
            let point = |number: i64, value: f64, signal: Option<&str>| json!({"number": number, "value": value, "center": 10.0, "lower": 9.25, "upper": 10.75, "signal": signal});
            json!([point(1, 10.1, None), point(2, 9.9, None), point(3, 11.4, Some("超出控制限"))])
        }
        "lots" => json!([
            {"code": "L-100", "into": null, "quantity": "500.000000", "unit": "件"},
            {"code": "L-060", "into": "L-100", "quantity": "120.500000", "unit": "kg"},
            {"code": "L-020", "into": "L-060", "quantity": "5000.000000", "unit": "kg"},
        ]),
        "jobs" => json!({"jobs": [
            {"card": "WO-1001/10", "state": "running", "share": "0.6205", "done": true},
            {"card": "WO-1001/20", "state": "waiting", "share": "0.0000", "done": false},
        ], "next": "WO-1001/20"}),
        other => unreachable!("{other}"),
    }
}

/// A view's page about to be drawn for an operator.
pub fn scene<'a>(shell: &'a Shell, manifest: &'a Manifest, view: &'a View, address: &'a FormText) -> Scene<'a> {
    let (role, actor, nonce) = ("operator", "user:018f", "n".repeat(32));
    Scene { shell, manifest, view, role, actor, now: NOW, address, sent: None, nonce }
}

/// The page of one view, with what its address says and what was refused.
pub fn page(shell: &Shell, manifest: &Manifest, view: &str, address: &[(&str, &str)], sent: Option<Sent>) -> String {
    assert_eq!(check(manifest), []);
    let address =
        FormText::new(address.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    let scene = Scene { sent, ..scene(shell, manifest, manifest.view(view).unwrap(), &address) };
    let answered = |query: &str| match query {
        "broken" => Err(REJECTED.because("No shift is planned")),
        query => Ok(answer(query)),
    };
    let answers = scene.questions().into_iter().map(|question| {
        let answered = answered(&question.query);
        (question, std::sync::Arc::new(answered))
    });
    let answers = Answers(answers.collect());
    crate::view::page::page(&scene, &answers).into_string()
}

/// The page of one view of which every query answers in this state.
pub fn page_in(shell: &Shell, manifest: &Manifest, view: &str, address: &[(&str, &str)], state: State) -> String {
    let address =
        FormText::new(address.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    let scene = scene(shell, manifest, manifest.view(view).unwrap(), &address);
    let answers = scene.questions().into_iter().map(|question| {
        let (_, def) = manifest.handler(&question.query).expect("a view asks queries of its module");
        (question, std::sync::Arc::new(state.answer(&def.output)))
    });
    let answers = Answers(answers.collect());
    crate::view::page::page(&scene, &answers).into_string()
}

/// Every page in every state, by name.
pub fn states(shell: &Shell) -> Vec<(String, String)> {
    let manifest = manifest(views());
    let mut pages = Vec::new();
    for state in State::ALL {
        for (view, tab) in [("board", "1"), ("work", "1"), ("work", "2"), ("wall", "1")] {
            let page = page_in(shell, &manifest, view, &[("_tab", tab)], state);
            pages.push((format!("{view} {tab}, {}", state.name()), page));
        }
    }
    pages
}

/// The list of the pages that stand at `path/{number}`, with the components first.
pub fn index(shell: &Shell, path: &str) -> String {
    let names = pages(shell).into_iter().map(|(name, _)| name.to_owned());
    let names = names.chain(states(shell).into_iter().map(|(name, _)| name));
    let listed = std::iter::once("components".to_owned()).chain(names).enumerate();
    let listed: Vec<_> = listed
        .map(|(at, name)| crate::part::Listed { path: format!("{path}/{at}"), name, about: String::new() })
        .collect();
    shell.page("Gallery", crate::part::operations(&listed)).into_string()
}

/// One page of [`index`]; none beyond the last.
pub fn numbered(shell: &Shell, number: usize) -> Option<String> {
    match number {
        0 => Some(parts(shell)),
        at => {
            let pages = pages(shell).into_iter().map(|(_, page)| page);
            pages.chain(states(shell).into_iter().map(|(_, page)| page)).nth(at - 1)
        }
    }
}

/// The pages, by name.
pub fn pages(shell: &Shell) -> Vec<(&'static str, String)> {
    let manifest = manifest(views());
    let wrong = || toolcrib_contract::json::InputError { pointer: "/good".into(), message: "?".into() };
    let refused = || Sent {
        cell: "c1-1-5".into(),
        operation: "add".into(),
        form: FormText::new(vec![("good".into(), "<not> a number".into())]),
        step: 0,
        refused: Some(Refused { problem: Problem::input(vec![wrong()]), beneath: None }),
    };
    let typed = [("machine", "P-2"), ("good", "12")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let stepped = || Sent {
        cell: "c1-1-1".into(),
        operation: "add".into(),
        form: FormText::new(typed.to_vec()),
        step: 1,
        refused: None,
    };
    vec![
        ("market and consent", market::market(shell)),
        ("view", page(shell, &manifest, "board", &[], None)),
        ("view with tabs", page(shell, &manifest, "work", &[("_done", "add")], None)),
        ("view, second tab", page(shell, &manifest, "work", &[("_tab", "2")], None)),
        ("view with a parameter", page(shell, &manifest, "one", &[("machine", "P-2")], None)),
        ("board", page(shell, &manifest, "wall", &[], None)),
        ("view in steps", page(shell, &manifest, "steps", &[], None)),
        ("view in steps, last", page(shell, &manifest, "steps", &[], Some(stepped()))),
        ("view refused", page(shell, &manifest, "work", &[], Some(refused()))),
    ]
}
