//! What a component says of itself, and what that is compared with.

use super::forge::{CALL, Forge, OTHER, READ, SAMPLES, field, manifest, seven, story, structure, words};
use super::submissions::{Case, Submitted, only};
use toolcrib_contract::evidence::CardLine;
use toolcrib_contract::manifest::{CallDef, EventDef, ReadDef, Request, RequestKind};
use toolcrib_contract::offered::Figures;
use toolcrib_contract::package::Expect;
use toolcrib_contract::view::{Source, View, constant, kpi, section};
use toolcrib_contract::wording::Wording;
use toolcrib_contract::{Manifest, Type};

/// With another manifest.
fn saying(change: impl FnOnce(&mut Manifest)) -> Forge {
    Forge::with(|forge| change(&mut forge.manifest))
}

fn said(change: impl FnOnce(&mut Manifest)) -> Submitted {
    saying(change).into()
}

fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

fn event(name: &str, of: Type) -> EventDef {
    EventDef { name: name.into(), doc: String::new(), body: structure(name, vec![field("number", of)]) }
}

/// It reads `plant/site`.
fn reading() -> Forge {
    let fields = vec![field("code", Type::Text { max: 20 })];
    let reason = words("显示厂区名称", "To show the names of sites");
    let read = ReadDef { module: "plant".into(), record: "site".into(), fields, indexes: vec![], reason };
    let mut forge = Forge::default().commanding("shared", READ);
    forge.manifest.reads.push(read);
    forge
}

/// It calls `plant/start`, though not in its scenario.
fn calling() -> Forge {
    let input = structure("start", vec![field("number", Type::Int)]);
    let reason = words("开始作业", "To start a job");
    let call = CallDef { module: "plant".into(), operation: "start".into(), input, output: Type::Unit, reason };
    let mut forge = Forge::default().commanding("operations", &format!("(if {OTHER} (then {CALL}))"));
    forge.manifest.calls.push(call);
    forge
}

/// It asks for readings of `count`.
fn following() -> Forge {
    let kind = RequestKind::Readings { signal: "count".into() };
    let request = Request { kind, reason: words("统计件数", "To count the pieces"), optional: true };
    let mut forge = Forge::default();
    forge.manifest.requests.push(request);
    forge.imports.push("readings");
    forge.handle.push_str(SAMPLES);
    forge
}

/// It shows what `count` answers at a path.
fn viewing(value: &str) -> Forge {
    let source = Source::of("count").with("number", constant("7"));
    let view = View::new(("计数", "Count")).section(section().cell(3, kpi(source, value)));
    saying(|manifest| manifest.views.push(View { name: "count".into(), ..view }))
}

/// Its operation and its only field, named.
const COUNT: (&str, &str, &str) = ("count", "计数", "Count");
const NUMBER: (&str, &str, &str) = ("number", "件数", "Number");

/// With these words and that of its only field.
fn naming(entries: &[(&str, &str, &str)]) -> Submitted {
    let words = [&[NUMBER], entries].concat();
    Forge { words: Some(Wording::of(&words)), ..Forge::default() }.into()
}

pub const SAID: &[Case] = &[
    only("limits", "a text of no characters", || {
        said(|manifest| manifest.events.push(event("made", Type::Text { max: 0 })))
    }),
    only("names", "submitted under another name", || Submitted { module: Some("other"), ..Forge::default().into() }),
    only("names", "a name with capitals", || said(|manifest| manifest.module = "Press".into())),
    only("version", "a version that is none", || said(|manifest| manifest.version = "1.0".into())),
    only("version", "build metadata", || said(|manifest| manifest.version = "1.0.0+linux".into())),
    only("version", "the approved version again", || Submitted::from(Forge::default()).after(manifest())),
    only("unique-names", "two handlers of one name", || {
        Forge::with(|forge| {
            let input = structure("count", vec![field("x", option(Type::Int))]);
            let second = toolcrib_contract::manifest::HandlerDef { input, ..forge.manifest.handlers[0].clone() };
            forge.manifest.handlers.push(second);
        })
        .into()
    }),
    only("reserved-name", "a part of the platform", || said(|manifest| manifest.module = "registry".into())),
    only("confusable-name", "a digit for a letter", || Submitted::from(Forge::default()).beside("press-1og")),
    only("confusable-name", "a filler word more", || {
        Submitted::from(saying(|manifest| manifest.module = "press-log-pro".into())).beside("press-log")
    }),
    only("confusable-name", "a slip of the finger", || Submitted::from(Forge::default()).beside("pres-log")),
    only("confusable-name", "as the south speaks it", || {
        Submitted::from(saying(|manifest| manifest.module = "shengchan".into())).beside("sengchan")
    }),
    only("confusable-name", "another provider's own name", || Submitted {
        providers: vec!["acme".into(), "press-logs".into()],
        ..Forge::default().into()
    }),
    only("confusable-title", "the title of another module", || {
        let mut submitted = Submitted::from(Forge::default()).beside("stamping");
        submitted.others[0].title.zh = "冲压计数".into();
        submitted
    }),
    only("words", "no Chinese title", || said(|manifest| manifest.title.zh.clear())),
    only("words", "a direction mark in a title", || said(|manifest| manifest.title.en.push('\u{202e}'))),
    only("words", "a direction mark in a word", || naming(&[("count", "计数", "Count\u{202e}")])),
    only("words", "a line break in a word", || naming(&[("count", "计\n数", "Count")])),
    only("words", "a word in one language", || {
        let mut words = Wording::of(&[COUNT, NUMBER, ("count?", "看件数", "See it")]);
        words.zh.remove("count?");
        Forge { words: Some(words), ..Forge::default() }.into()
    }),
    only("words", "a word that is a speech", || naming(&[("count", "计数", &"Count ".repeat(40))])),
    only("words", "a key of no form", || naming(&[COUNT, ("Count/number", "件数", "Number")])),
    only("unknown-words", "a word for nothing", || naming(&[COUNT, ("counts", "计数", "Counts")])),
    only("unknown-words", "a word for another module's record", || naming(&[COUNT, ("record:site", "厂区", "Site")])),
    only("missing-words", "no word for its operation", || naming(&[])),
    only("mixed-scripts", "a Cyrillic letter in a word", || naming(&[("count", "计数", "C\u{43e}unt")])),
    only("markup", "a script in a word", || naming(&[("count", "<script>计数</script>", "Count")])),
    only("language", "a word that is not translated", || naming(&[("count", "How many pieces", "Count")])),
    only("language", "English for Chinese readers", || {
        said(|manifest| manifest.summary.zh = "Counts what each press made".into())
    }),
    only("mixed-scripts", "a Cyrillic letter in a Latin word", || {
        said(|manifest| manifest.title.en = "Pr\u{435}ss log".into())
    }),
    only("markup", "an address in the summary", || {
        said(|manifest| manifest.summary.en = "See https://example.com/press".into())
    }),
    only("markup", "a script in the listing", || {
        Forge::with(|forge| {
            let listing = &mut forge.package.as_mut().unwrap().listing;
            listing.description.en = "Counts <script>alert(1)</script>".into();
        })
        .into()
    }),
    only("shapes", "an option of an option", || {
        Forge::default().with_spare(structure("spare", vec![field("x", option(option(Type::Int)))])).into()
    }),
    only("handlers", "a role that no tenant has", || {
        Forge::with(|forge| {
            forge.manifest.handlers[0].roles = vec!["root".into()];
            forge.package.as_mut().unwrap().scenarios[0].steps[0].role = "root".into();
        })
        .into()
    }),
    only("undeclared-import", "effects that it does not ask for", || {
        Forge::with(|forge| forge.imports.push("effects")).into()
    }),
    only("unused-declaration", "an event that it cannot emit", || {
        said(|manifest| manifest.events.push(event("made", Type::Int)))
    }),
    only("reads", "a record that its owner does not share", || Submitted::from(reading()).beside("plant")),
    only("reads", "a record of a module that nobody knows", || reading().into()),
    only("views", "a figure that no query answers", || viewing("pieces").into()),
    only("views", "a view without English", || {
        let mut forge = viewing("");
        forge.manifest.views[0].title.en.clear();
        forge.into()
    }),
    only("limits", "one view too many", || {
        let mut forge = viewing("");
        forge.manifest.views = vec![forge.manifest.views[0].clone(); 21];
        forge.into()
    }),
    only("markup", "an address on a button of a view", || {
        let mut forge = viewing("");
        forge.manifest.views[0].tabs[0].sections[0].title = Some(words("详见 www.example.com", "More"));
        forge.into()
    }),
    only("words", "a direction mark in a view", || {
        let mut forge = viewing("");
        forge.manifest.views[0].title.en.push('\u{202e}');
        forge.into()
    }),
    only("calls", "an operation that does not exist", || Submitted::from(calling()).beside("plant")),
];

pub const COMPARED: &[Case] = &[
    only("compatibility", "an operation is gone", || {
        let spare = Forge::default().with_spare(structure("spare", vec![field("x", option(Type::Int))]));
        Submitted::from(saying(|manifest| manifest.version = "1.1.0".into())).after(spare.manifest)
    }),
    only("compatibility", "a parameter is new and required", || {
        let mut before = manifest();
        before.handlers[0].input = structure("count", vec![]);
        Submitted::from(saying(|manifest| manifest.version = "1.1.0".into())).after(before)
    }),
    only("minor-version", "an operation more in a patch", || {
        let mut forge = Forge::default().with_spare(structure("spare", vec![field("x", option(Type::Int))]));
        forge.manifest.version = "1.0.1".into();
        Submitted::from(forge).after(manifest())
    }),
    only("capability-widened", "it wants readings since this version", || {
        let mut forge = following();
        forge.manifest.version = "1.1.0".into();
        Submitted::from(forge).after(manifest())
    }),
    only("cost-regression", "its calls take a hundred times more", || {
        let mut forge = Forge::default();
        forge.manifest.version = "1.0.1".into();
        forge.handle = super::forge::burning(1_000);
        let line = CardLine { handler: "count".into(), fuel_p99: 10_000, memory_bytes: 131_072, ..CardLine::default() };
        Submitted { previous_card: vec![line], ..Submitted::from(forge).after(manifest()) }
    }),
    only("segments", "a division that makes nothing", || {
        Forge::with(|forge| forge.package.as_mut().unwrap().listing.segments = vec!["99".into()]).into()
    }),
    only("problems", "a problem in words instead of its code", || {
        Forge::with(|forge| forge.package.as_mut().unwrap().listing.problems = vec!["Boredom!".into()]).into()
    }),
    only("licence", "no licence", || {
        Forge::with(|forge| forge.package.as_mut().unwrap().listing.licence.clear()).into()
    }),
    only("offered", "figures of a query that it does not have", || {
        Forge::with(|forge| {
            let figures = Figures { query: "closed".into(), columns: vec!["orders".into()] };
            forge.package.as_mut().unwrap().listing.figures = vec![figures];
        })
        .into()
    }),
    only("scenarios", "two scenarios of one name", || {
        Forge::with(|forge| forge.package.as_mut().unwrap().scenarios.push(seven("seven"))).into()
    }),
    only("scenario-coverage", "an operation that nothing shows", || {
        Forge::with(|forge| forge.package.as_mut().unwrap().scenarios.clear()).into()
    }),
    only("scenario-mismatch", "it does not do what it promises", || {
        Forge::with(|forge| {
            let wrong = story("eight", "count", serde_json::json!({"number": 7}), Expect::Output(8.into()));
            forge.package.as_mut().unwrap().scenarios.push(wrong);
        })
        .into()
    }),
    only("scenarios-long", "scenarios that take for ever", || {
        Forge::with(|forge| {
            forge.handle = format!("(if (i32.eqz {OTHER}) (then {}))", super::forge::burning(900_000));
            let scenarios = &mut forge.package.as_mut().unwrap().scenarios;
            *scenarios = ["a", "b", "c"].map(seven).to_vec();
        })
        .into()
    }),
];

/// Good ones that use what they ask for.
pub fn golden() -> Vec<(&'static str, Submitted)> {
    let mut patch = Forge::default();
    patch.manifest.version = "1.0.1".into();
    vec![
        ("it follows a signal", following().into()),
        ("it shows what it counts", viewing("").into()),
        (
            "another view in a patch",
            Submitted::from(Forge { manifest: patch.manifest.clone(), ..viewing("") }).after(manifest()),
        ),
        ("a clean patch", Submitted::from(patch).after(manifest())),
        (
            "words of its own",
            naming(&[COUNT, ("count.number", "今日件数", "Today"), ("!too-many", "太多了", "Too many")]),
        ),
        (
            "a name of its own among many",
            Submitted::from(Forge::default()).beside("plant").beside("oee").beside("stock"),
        ),
    ]
}
