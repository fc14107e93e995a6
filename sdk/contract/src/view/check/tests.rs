//! What the judgement on views says, in the author's words.

use super::super::*;
use super::check;
use crate::codec::{Decode, Encode};
use crate::limits;
use crate::manifest::{HandlerDef, HandlerKind, Manifest, Words};
use crate::schema::{Field, Type};

mod station;

fn field(name: &str, of: Type) -> Field {
    Field { name: name.to_owned(), of, doc: String::new() }
}

fn structure(name: &str, fields: Vec<Field>) -> Type {
    Type::Struct { name: name.to_owned(), fields }
}

fn text() -> Type {
    Type::Text { max: 64 }
}

fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

fn photo() -> Type {
    Type::File { accept: crate::file::PICTURES.to_vec(), max_bytes: 1_000 }
}

fn handler(name: &str, kind: HandlerKind, input: Vec<Field>, output: Type) -> HandlerDef {
    let input = structure(name, input);
    HandlerDef { name: name.to_owned(), doc: String::new(), kind, input, output, roles: Vec::new() }
}

/// A hall with machines: `hall` answers figures and rows, `stops` asks for a machine, `count` and `call` change something.
fn manifest(views: Vec<View>) -> Manifest {
    let state = Type::Enum { name: "state".to_owned(), cases: vec!["running".to_owned(), "down".to_owned()] };
    let machine = structure(
        "machine",
        vec![
            field("code", text()),
            field("state", state),
            field("since", Type::Instant),
            field("until", option(Type::Instant)),
            field("good", Type::Decimal { scale: 2 }),
            field("center", Type::Float),
            field("signal", option(text())),
            field("done", Type::Bool),
            field("parent", option(text())),
            field("photo", option(photo())),
        ],
    );
    let hall = structure(
        "hall",
        vec![
            field("oee", option(Type::Decimal { scale: 6 })),
            field("target", Type::Float),
            field("trend", Type::List { of: Box::new(Type::Int) }),
            field("machines", Type::List { of: Box::new(machine.clone()) }),
            field("name", text()),
            field("plan", option(photo())),
        ],
    );
    let stops = vec![field("machine", text()), field("from", option(Type::Instant)), field("day", option(Type::Date))];
    let call = vec![field("machine", text()), field("note", option(text()))];
    let handlers = vec![
        handler("hall", HandlerKind::Query, vec![], hall),
        handler("stops", HandlerKind::Query, stops, Type::List { of: Box::new(machine) }),
        handler("call", HandlerKind::Command, call, Type::Unit),
        handler("count", HandlerKind::Command, vec![field("good", Type::Int), field("machine", text())], Type::Unit),
        handler("later", HandlerKind::Timer, vec![], Type::Unit),
    ];
    Manifest { module: "hall".to_owned(), handlers, views, ..Manifest::default() }
}

fn hall() -> Source {
    Source::of("hall")
}

fn view(cell: impl Into<Cell>) -> View {
    View { name: "board".to_owned(), ..View::new(("看板", "Board")).section(section().cell(12, cell)) }
}

fn run(operation: &str) -> Does {
    Does::Run { operation: operation.to_owned(), arguments: Vec::new() }
}

/// Every widget, used rightly.
fn gallery() -> Vec<View> {
    let states = || [state("running", ("运行", "Running"), Tone::Ok), state("down", ("停机", "Down"), Tone::Bad)];
    let call = || action(("呼叫", "Call"), run("call").with("machine", row("code"))).confirm(("呼叫？", "Call?"));
    let figures = section()
        .cell(
            3,
            kpi(hall(), "oee")
                .target("target")
                .before("oee", Better::Up)
                .spark("trend")
                .tone(when("oee").less("0.6"), Tone::Bad),
        )
        .cell(3, gauge(hall(), "oee", 0, 1).band(amount("0.6"), Tone::Bad).target("target").format(percent(1)))
        .cell(3, progress(hall(), "oee", "target").pace(amount("0.5")))
        .cell(3, detail(hall(), [column("name"), column("oee").progress()]));
    let charts = section()
        .cell(
            6,
            timeseries(hall(), "since", [series("good", ("合格", "Good")).area()]).limit(limit(
                ("目标", "Target"),
                "target",
                Tone::Ok,
            )),
        )
        .cell(6, bar(hall(), "code", [series("good", ("合格", "Good"))]).pareto())
        .cell(6, state_timeline(hall(), ["code", "since", "until", "state"], states()))
        .cell(6, control_chart(hall(), "code", "good", "center").limits("center", "good").signal("signal"));
    let rows = section()
        .titled(("设备", "Machines"))
        .cell(
            12,
            table(hall(), [column("code").opens("machine").with("machine", row("code")), column("good")])
                .row_action(call()),
        )
        .cell(
            12,
            table(hall(), [column("parent").named(pick(hall(), "code", "code"))])
                .row_action(call())
                .action(action(("导出", "Export"), Does::Export)),
        )
        .cell(12, kanban(hall(), "state", "code", [lane("running", ("运行", "Running")).limit(3)]).row_action(call()))
        .cell(12, andon(hall(), "code", "state", states()).since("since"))
        .cell(6, feed(hall(), "since", "code").who("code"))
        .cell(6, tree(hall(), "code", "parent", "code").show(column("good")))
        .cell(6, steps(hall(), "code", "done").row_action(call().shown_if(when("done").is("false"))))
        .cell(6, attachments(hall(), "photo", "code").column(column("since")).row_action(call()))
        .cell(6, image(hall().refresh(Refresh::Minutes5), "plan").about("name"))
        .cell(6, print_card(hall(), (100, 60), [heading_piece("code"), qr("code"), code128("code")]));
    let acts = section()
        .cell(6, form("call").pick("machine", pick(hall(), "code", "code")).prefill("note", constant("…")))
        .cell(6, counter("count", "good", [1, 5]).with("machine", constant("P-1")).typed())
        .cell(6, scan(("扫码", "Scan"), Does::open("machine"), "machine"))
        .cell(6, heading(("说明", "About")).action(action(("打印", "Print"), Does::Print)))
        .cell(6, alert(("停机", "Down"), Tone::Bad).shown_if(hall(), when("oee").absent()))
        .cell(6, prose(("说明", "About")));
    let board = View::new(("看板", "Board")).tab(("总览", "Overview")).section(figures).section(charts);
    let board = board.tab(("设备", "Machines")).section(rows).section(acts);
    let one = table(Source::of("stops").param("machine").param("from").with("day", today()), [column("code")]);
    let machine = View::new(("设备", "Machine"))
        .param(Param::new("machine", ("设备", "Machine")).choices(pick(hall(), "code", "code")))
        .param(Param::new("from", ("从", "From")).starts_as(days_ago(7)))
        .section(section().cell(12, one));
    vec![View { name: "board".to_owned(), ..board }, View { name: "machine".to_owned(), ..machine }]
}

#[test]
fn every_widget_used_rightly_is_let_through_and_survives_both_forms() {
    let manifest = manifest(gallery());
    assert_eq!(check(&manifest), []);
    let kinds: std::collections::BTreeSet<_> = manifest.views[0].cells().map(|(_, cell)| cell.widget.kind()).collect();
    assert_eq!(kinds.len(), 23, "{kinds:?}");
    assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).as_ref(), Ok(&manifest));
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
}

#[test]
fn a_manifest_without_views_says_nothing_of_them_in_json() {
    let json = serde_json::to_value(manifest(Vec::new())).unwrap();
    assert!(json.get("views").is_none());
    assert_eq!(serde_json::from_value::<Manifest>(json).unwrap(), manifest(Vec::new()));
}

#[test]
fn a_form_with_steps_asks_everything_once_and_only_where_there_is_room() {
    let steps = || form("call").step(("谁", "Who"), ["machine"]).step(("什么", "What"), ["note"]);
    assert_eq!(check(&manifest(vec![view(steps())])), []);
    let said =
        |form: Form| check(&manifest(vec![view(form)])).into_iter().map(|found| found.what.en).collect::<Vec<_>>();
    let has = |form: Form, part: &str| assert!(said(form.clone()).concat().contains(part), "{part}: {:?}", said(form));
    has(form("call").step(("谁", "Who"), ["machine"]), "It has a single step");
    has(
        form("call").step(("一", "One"), ["note"]).step(("二", "Two"), []),
        "`machine` is required and stands in no step",
    );
    has(form("call").step(("一", "One"), ["machine"]).step(("二", "Two"), []), "The step \"Two\" asks nothing");
    has(steps().step(("三", "Three"), ["machine"]), "`machine` stands in two steps");
    has(steps().step(("三", "Three"), ["lot"]), "`lot` is no input of the form");
    has(steps().hidden("note", constant("…")), "`note` is no input of the form that people see");
    has(steps().first(["machine"]), "steps and folds");
    let on_terminal = check(&manifest(vec![view(steps()).station()]));
    assert!(on_terminal.iter().any(|found| found.what.en.contains("no room")), "{on_terminal:?}");
    let mut many = steps();
    many.steps = vec![many.steps[0].clone(); limits::WIDGET_ITEMS + 1];
    has(many, "25 states, lanes, bands");
}

#[test]
fn a_pace_suits_its_place() {
    let paced = |refresh| view(kpi(hall().refresh(refresh), "oee"));
    for refresh in [Refresh::OnChange, Refresh::Seconds5, Refresh::Seconds30, Refresh::Minutes5, Refresh::Manual] {
        assert_eq!(check(&manifest(vec![paced(refresh)])), []);
    }
    assert_eq!(check(&manifest(vec![paced(Refresh::Minutes5).board()])), []);
    assert!(one(paced(Refresh::Manual).board()).starts_with("It waits on a board until somebody asks"));
    let choices = pick(hall().refresh(Refresh::Seconds5), "code", "code");
    assert!(problem(form("call").pick("machine", choices)).contains("have a pace of their own"));
    assert_eq!(problem(image(hall(), "name")), "Its file `name` is a Text<64>. Name a file (Photo or Paper).");
}

#[test]
fn a_view_from_before_paces_and_steps_is_read() {
    let mut json = serde_json::to_value(view(form("call").prefill("machine", constant("P-1")))).unwrap();
    let mut figure = serde_json::to_value(view(kpi(hall(), "oee"))).unwrap();
    let cell = |json: &mut serde_json::Value| json.pointer_mut("/tabs/0/sections/0/cells/0/widget").unwrap().take();
    let (mut form, mut kpi) = (cell(&mut json), cell(&mut figure));
    assert!(form.as_object_mut().unwrap().remove("steps").is_some());
    assert!(kpi["source"].as_object_mut().unwrap().remove("refresh").is_some());
    assert!(matches!(serde_json::from_value(form).unwrap(), Widget::Form(it) if it.steps.is_empty()));
    assert!(matches!(serde_json::from_value(kpi).unwrap(), Widget::Kpi(it) if it.source.refresh == Refresh::OnChange));
}

/// The one problem of a cell.
fn problem(cell: impl Into<Cell>) -> String {
    one(view(cell))
}

fn one(view: View) -> String {
    let found = check(&manifest(vec![view]));
    assert_eq!(found.len(), 1, "{found:#?}");
    format!("{}. {}.", found[0].what.en, found[0].fix.en)
}

#[test]
fn what_is_wrong_is_said_with_what_there_is() {
    let cases = [
        (
            problem(kpi(hall(), "oeee")),
            "Its value is `oeee`, which is not there. There are: oee, target, trend, machines, name, plan.",
        ),
        (problem(kpi(hall(), "name")), "Its value `name` is a Text<64>. Name a number."),
        (
            problem(kpi(Source::of("call"), "oee")),
            "`call` is no query of this module. Name a #[query] that is listed under `handlers`.",
        ),
        (
            problem(table(Source::of("stops"), [column("code")])),
            "`machine` of the query `stops` is required and not given. Give it with `.with(\"…\", …)`.",
        ),
        (
            problem(table(hall().at("trend"), [column("code")])),
            "`hall` has no list of rows at `trend`. Point `.at(\"…\")` at a list of structures.",
        ),
        (problem(kpi(hall().at("nowhere"), "oee")), "`hall` answers nothing at `nowhere`. Correct `.at(\"…\")`."),
        (problem(kpi(hall().with("x", now()), "oee")), "`x` is no input of the query `hall`. Its inputs: ."),
        (
            problem(table(Source::of("stops").with("machine", me()).with("from", me()), [column("code")])),
            "A person cannot fill `from` of the query `stops`. It is an Instant.",
        ),
        (
            problem(andon(hall(), "code", "state", [state("off", ("关机", "Off"), Tone::Neutral)])),
            "`state` is never `off`. Its cases are running, down.",
        ),
        (
            problem(kpi(hall(), "oee").tone(when("name").less("a"), Tone::Bad)),
            "`name` is a Text<64>, which has no order. Compare it with `is` or `is_not`.",
        ),
        (
            problem(kpi(hall(), "oee").tone(when("oee").is("high"), Tone::Bad)),
            "`oee` can never be `high`. It is a Decimal<6>.",
        ),
        (
            problem(kpi(hall(), "oee").action(action(("跑", "Go"), run("hall")))),
            "the button \"Go\" runs the query `hall`. Run a command or connector, or open its form.",
        ),
        (
            problem(kpi(hall(), "oee").action(action(("跑", "Go"), run("later")))),
            "the button \"Go\" leads to `later`, which is no operation of this module. Name a command, connector or query that is listed under `handlers`.",
        ),
        (
            problem(kpi(hall(), "oee").action(action(("存", "Save"), Does::Export))),
            "the button \"Save\" saves rows, and the cell has none. Put it at a widget of rows.",
        ),
        (
            problem(heading(("看", "See")).action(action(("开", "Open"), Does::open("other")))),
            "the button \"Open\" opens `other`, which is no view of this module. List it under `views`.",
        ),
        (problem(heading(("看", ""))), "The English (en) text is missing. Write it."),
        (
            problem(print_card(hall(), (10, 60), [qr("code")])),
            "A card of this size cannot be printed. Give each side 20 to 300 mm.",
        ),
        (
            problem(counter("count", "good", [1])),
            "`machine` of the counter is required and not given. Give it with `.with(\"…\", …)`.",
        ),
        (problem(table(hall(), [])), "It has no columns. Give it some."),
        (
            problem(Widget::Unknown(Unknown { number: 99, body: Default::default() })),
            "It is of a kind (99) that is not known here. Use an SDK that is not newer than the marketplace.",
        ),
    ];
    for (said, wanted) in cases {
        assert_eq!(said, wanted);
    }
}

#[test]
fn a_parameter_has_the_type_of_what_it_fills() {
    let stops = || table(Source::of("stops").param("machine"), [column("code")]);
    let with = |param: Param| View { params: vec![param], ..view(stops()) };
    let plain = || Param::new("machine", ("设备", "Machine"));
    assert_eq!(check(&manifest(vec![with(plain())])), []);
    assert_eq!(param_type_of(&with(plain())), Some(text()));
    assert!(one(view(stops())).starts_with("The view has no parameter `machine`"));
    assert!(one(with(plain().starts_as(now()))).starts_with("A time cannot fill beginning of the parameter `machine`"));
    assert!(one(with(plain().choices(pick(hall(), "good", "code")))).contains("is a Decimal<2> and cannot fill"));
    let unused = View { params: vec![plain()], ..view(kpi(hall(), "oee")) };
    assert!(one(unused).starts_with("Nothing uses the parameter `machine`"));
}

#[test]
fn names_of_a_column_are_of_what_stands_in_it() {
    let of = |column: Column| view(table(hall(), [column]));
    let machines = || pick(hall(), "code", "since");
    assert_eq!(check(&manifest(vec![of(column("parent").named(machines()))])), []);
    let said = |column: Column| one(of(column));
    assert!(said(column("good").named(machines())).contains("cannot fill names of the column `good`"));
    assert!(said(column("parent").named(pick(hall(), "code", "nobody"))).contains("`nobody`, which is not there"));
    assert!(said(column("parent").named(pick(Source::of("call"), "code", "code"))).contains("is no query"));
    let stops = Source::of("stops").with("machine", constant("P-1"));
    assert_eq!(check(&manifest(vec![of(column("parent").named(pick(stops, "code", "code")))])), []);
    let both = column("parent").state(state("running", ("运行", "Running"), Tone::Ok)).named(machines());
    assert!(said(both).starts_with("The column `parent` has both states and names"));
}

fn param_type_of(view: &View) -> Option<Type> {
    super::param_type(&manifest(vec![view.clone()]), view, "machine")
}

#[test]
fn each_limit_of_a_view_is_met_and_then_passed() {
    let head = || heading(("看", "See"));
    let cells = |count: usize| (0..count).fold(section(), |section, _| section.cell(12, head()));
    let of = |view: View| check(&manifest(vec![View { name: "board".to_owned(), ..view }])).len();
    let new = || View::new(("看板", "Board"));
    assert_eq!(of(new().section(cells(limits::VIEW_WIDGETS))), 0);
    assert_eq!(of(new().section(cells(limits::VIEW_WIDGETS + 1))), 1);
    let sections = |count: usize| (0..count).fold(new(), |view, _| view.section(cells(1)));
    assert_eq!((of(sections(limits::VIEW_SECTIONS)), of(sections(limits::VIEW_SECTIONS + 1))), (0, 1));
    let tabs = |count: usize| (0..count).fold(new(), |view, _| view.tab(("页", "Tab")).section(cells(1)));
    assert_eq!((of(tabs(limits::VIEW_TABS)), of(tabs(limits::VIEW_TABS + 1))), (0, 1));
    let titled = |chars: usize| new().section(section().cell(12, heading(("看", "x".repeat(chars).as_str()))));
    assert_eq!((of(titled(limits::VIEW_TEXT_CHARS)), of(titled(limits::VIEW_TEXT_CHARS + 1))), (0, 1));
    let told = |chars: usize| new().section(section().cell(12, prose(("看", "x".repeat(chars).as_str()))));
    assert_eq!((of(told(limits::VIEW_PROSE_CHARS)), of(told(limits::VIEW_PROSE_CHARS + 1))), (0, 1));
    let columns = |count: usize| view(table(hall(), (0..count).map(|_| column("code"))));
    assert_eq!((of(columns(limits::WIDGET_COLUMNS)), of(columns(limits::WIDGET_COLUMNS + 1))), (0, 1));
    let series = |count: usize| view(bar(hall(), "code", (0..count).map(|_| series("good", ("数", "Pieces")))));
    assert_eq!((of(series(limits::WIDGET_SERIES)), of(series(limits::WIDGET_SERIES + 1))), (0, 1));
    let lanes = |count: usize| view(kanban(hall(), "code", "code", (0..count).map(|_| lane("a", ("甲", "A")))));
    assert_eq!((of(lanes(limits::WIDGET_ITEMS)), of(lanes(limits::WIDGET_ITEMS + 1))), (0, 1));
    let print = || action(("打印", "Print"), Does::Print);
    let buttons = |count: usize| view((0..count).fold(Cell::from(head()), |cell, _| cell.action(print())));
    assert_eq!((of(buttons(limits::CELL_ACTIONS)), of(buttons(limits::CELL_ACTIONS + 1))), (0, 1));
    let row_buttons =
        |count: usize| view((0..count).fold(table(hall(), [column("code")]), |table, _| table.row_action(print())));
    assert_eq!((of(row_buttons(limits::ROW_ACTIONS)), of(row_buttons(limits::ROW_ACTIONS + 1))), (0, 1));
    let many = |count: usize| {
        let one = |at: usize| View { name: format!("v{at}"), ..view(head()) };
        check(&manifest((0..count).map(one).collect())).len()
    };
    assert_eq!((many(limits::VIEWS), many(limits::VIEWS + 1)), (0, 1));
}

#[test]
fn a_descriptor_that_is_too_large_is_told_by_its_bytes() {
    let long = prose(("看", "x".repeat(limits::VIEW_PROSE_CHARS).as_str()));
    let of = |count: usize| (0..count).fold(section(), |section, _| section.cell(12, long.clone()));
    let told = |count| {
        check(&manifest(vec![View { name: "board".to_owned(), ..View::new(("看", "See")).section(of(count)) }]))
    };
    assert_eq!(told(8), []);
    assert!(told(9)[0].what.en.ends_with("bytes, at most 65536 are allowed"), "{:?}", told(9));
}

#[test]
fn parameters_of_a_view_are_bounded() {
    let param =
        |at: usize| Param { name: format!("p{at}"), label: Words::from(("页", "Page")), initial: None, choices: None };
    let with = |count: usize| View { params: (0..count).map(param).collect(), ..view(heading(("看", "See"))) };
    let over = super::bounds(&[with(limits::VIEW_PARAMS + 1)]);
    assert_eq!((super::bounds(&[with(limits::VIEW_PARAMS)]).len(), over.len()), (0, 1));
}
