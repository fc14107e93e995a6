//! Rows to a file and back, whatever is in them.

use crate::import::{self, Source};
use crate::table::Table;
use crate::write::{Cells, File};
use crate::{Plain, Unreadable, Wrong, Zone};
use proptest::prelude::*;
use serde_json::json;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::report::Keep;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::{DECIMAL_COEF_MAX, Date, Instant, RawId};
use toolcrib_contract::value::{self, Value};
use toolcrib_runtime::{Actor, Import, Request};

fn field(name: &str, of: Type) -> Field {
    Field { name: name.into(), of, doc: String::new() }
}

fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

fn list(of: Type) -> Type {
    Type::List { of: Box::new(of) }
}

/// One of everything that a row can have.
fn fields() -> Vec<Field> {
    let state = Type::Enum { name: "state".into(), cases: vec!["running".into(), "off".into()] };
    let place = vec![field("hall", Type::Int), field("shelf", option(Type::Text { max: 20 }))];
    vec![
        field("code", Type::Text { max: 20 }),
        field("on", Type::Bool),
        field("count", option(Type::Int)),
        field("ratio", option(Type::Float)),
        field("weight", Type::Decimal { scale: 3 }),
        field("note", option(Type::Text { max: 20 })),
        field("day", option(Type::Date)),
        field("at", Type::Instant),
        field("whose", option(Type::Ref { module: "plant".into(), record: "person".into() })),
        field("state", state),
        field("tags", list(Type::Text { max: 20 })),
        field("place", option(Type::Struct { name: "place".into(), fields: place })),
        field("grid", list(list(Type::Int))),
    ]
}

fn handler() -> HandlerDef {
    let row = Type::Struct { name: "row".into(), fields: fields() };
    let input =
        vec![field("batch", option(Type::Text { max: 9 })), field("rows", list(row)), field("sure", Type::Bool)];
    HandlerDef {
        name: "import_rows".into(),
        doc: String::new(),
        kind: HandlerKind::Command,
        input: Type::Struct { name: "input".into(), fields: input },
        output: Type::Unit,
        roles: Vec::new(),
    }
}

fn read(file: &[u8]) -> Import {
    let actor = Actor::new("user:1", "owner");
    let (module, operation) = ("m".to_owned(), "import_rows".to_owned());
    let input = json!({"batch": "B", "sure": true});
    let request = Request { tenant: RawId::default(), module, operation, input, actor, idempotency_key: None };
    let (say, unreadable) = (&|wrong: &Wrong| wrong.to_string(), &|error: &Unreadable| error.to_string());
    let zone = Zone::named("Europe/Berlin");
    let source = Source { bytes: file, zone: &zone, names: &Plain, keep: Keep::All, say, unreadable };
    import::read(&handler(), request, &source).unwrap()
}

/// Text as people and programs write it, with everything that a file treats in its own way.
fn text() -> impl Strategy<Value = String> {
    "[a\"',;=+@\t\r\n 　冲\u{1f600}-]{0,12}"
}

fn some(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::None), 3 => values]
}

fn row() -> impl Strategy<Value = Vec<Value>> {
    // An option with blanks in it cannot be told from none, nor an item without anything from no item.
    let note = text().prop_filter("blank", |text| !text.trim().is_empty()).prop_map(Value::Text);
    let item = "[a'=冲;,-][a'=冲 ;,-]{0,9}".prop_map(Value::Text);
    let place = (any::<i64>(), some("[a=]{1,9}".prop_map(Value::Text)));
    let numbers = prop::collection::vec(any::<i64>().prop_map(Value::Int), 0..3).prop_map(Value::List);
    let first = (
        "[A-Z]".prop_flat_map(|first| text().prop_map(move |rest| Value::Text(format!("{first}{rest}")))),
        any::<bool>().prop_map(Value::Bool),
        some(any::<i64>().prop_map(Value::Int)),
        some(prop::num::f64::NORMAL.prop_map(Value::Float)),
        (-DECIMAL_COEF_MAX..=DECIMAL_COEF_MAX).prop_map(Value::Decimal),
        some(note),
        some((0..=Date::MAX.0).prop_map(|day| Value::Date(Date(day)))),
    );
    let second = (
        (0..=Instant::MAX.0).prop_map(|us| Value::Instant(Instant(us))),
        some(any::<[u8; 16]>().prop_map(|id| Value::Id(RawId(id)))),
        (0..2u32).prop_map(Value::Enum),
        prop::collection::vec(item, 0..4).prop_map(Value::List),
        some(place.prop_map(|(hall, shelf)| Value::Struct(vec![Value::Int(hall), shelf]))),
        prop::collection::vec(numbers, 0..3).prop_map(Value::List),
    );
    (first, second).prop_map(|((a, b, c, d, e, f, g), (h, i, j, k, l, m))| vec![a, b, c, d, e, f, g, h, i, j, k, l, m])
}

fn encoded(row: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    value::write_fields(&fields(), row, &mut bytes);
    bytes
}

proptest! {
    #[test]
    fn whatever_was_written_to_a_file_is_read_from_it(rows in prop::collection::vec(row(), 1..6)) {
        let fields = fields();
        let table = Table { field: None, row: &fields, pages: false };
        let output = list(Type::Struct { name: "row".into(), fields: fields.clone() });
        let all = Value::List(rows.iter().cloned().map(Value::Struct).collect());
        let (mut file, zone) = (File::new(), Zone::named("Europe/Berlin"));
        let cells = Cells { zone: &zone, names: &Plain };
        cells.headings(table, &mut file);
        let (written, _) = cells.rows(&output, &all, table, limits::EXPORT_ROWS, &mut file);
        prop_assert_eq!(written as usize, rows.len());
        let import = read(&file.take());
        prop_assert_eq!(&import.refused, &[]);
        let read: Vec<_> = import.rows.iter().map(|row| row.bytes.clone()).collect();
        prop_assert_eq!(read, rows.iter().map(|row| encoded(row)).collect::<Vec<_>>());
    }
}

#[test]
fn the_other_parameters_stand_around_the_rows() {
    let import = read(b"code,on,weight,at,state\nA,1,1,2026-11-23,off\n");
    assert_eq!((import.before, import.after, import.list.as_str()), (vec![1, 1, b'B'], vec![1], "rows"));
    let columns: Vec<_> = import.columns.iter().map(|column| (column.field.as_str(), column.column.as_str())).collect();
    assert_eq!(columns, [("code", "A"), ("on", "B"), ("weight", "C"), ("at", "D"), ("state", "E")]);
}

#[test]
fn a_part_of_a_row_is_all_there_or_not_at_all() {
    let file = "code,on,weight,at,state,place.hall,Place.Shelf\n\
        A,1,1,2026-11-23,off,,\n\
        B,1,1,2026-11-23,off,7,\n\
        C,1,1,2026-11-23,off,,A1\n\
        D,1,1\n";
    let import = read(file.as_bytes());
    assert_eq!(import.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
    let told: Vec<_> = import
        .refused
        .iter()
        .map(|problem| (problem.line, problem.column.as_deref().unwrap(), problem.code.as_str()))
        .collect();
    assert_eq!(told, [(4, "F", "missing-cell"), (5, "D", "missing-cell"), (5, "E", "missing-cell")]);
}

#[test]
fn a_template_holds_every_heading_and_no_row() {
    let file = String::from_utf8(import::template(&fields(), &Plain)).unwrap();
    let headings = "code,on,count,ratio,weight,note,day,at,whose,state,tags,place.hall,place.shelf,grid";
    assert_eq!(file, format!("\u{feff}{headings}\r\n"));
}

#[test]
fn a_table_that_stands_deeper_is_saved_by_the_path_to_it() {
    let row = Type::Struct { name: "point".into(), fields: vec![field("number", Type::Int)] };
    let analysis =
        Type::Struct { name: "analysis".into(), fields: vec![field("mean", Type::Int), field("points", list(row))] };
    let output = Type::Struct { name: "page".into(), fields: vec![field("analysis", option(analysis))] };
    let def = HandlerDef { kind: HandlerKind::Query, output: output.clone(), ..handler() };
    let point = |number| Value::Struct(vec![Value::Int(number)]);
    let saved = |analysis| {
        let table = crate::table::named(&def, Some("analysis.points")).unwrap();
        let (zone, mut file) = (Zone::named("UTC"), File::new());
        let value = Value::Struct(vec![analysis]);
        let (rows, _) = Cells { zone: &zone, names: &Plain }.rows(&output, &value, table, 10, &mut file);
        (rows, String::from_utf8(file.take()).unwrap().trim_start_matches('\u{feff}').to_owned())
    };
    let some = Value::Struct(vec![Value::Int(3), Value::List(vec![point(3), point(4)])]);
    assert_eq!(saved(some), (2, "3\r\n4\r\n".to_owned()));
    assert_eq!(saved(Value::None).0, 0);
    assert!(crate::table::named(&def, Some("analysis.mean")).is_err());
}
