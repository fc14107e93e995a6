//! Structs made from others, rows known by their key, and rows deleted by a walk, on the in-memory host.

use serde_json::json;
use toolcrib_sdk::prelude::*;

/// Something that is paid.
#[record(unique(person, day), index(day))]
struct Line {
    person: Text<20>,
    day: Date,
    amount: Decimal<2>,
    note: Option<Text<40>>,
}

/// A line as people see it.
#[value(from(Line))]
struct PayRow {
    #[from(person)]
    who: Text<20>,
    #[own]
    name: Text<40>,
    day: Date,
    /// Always there in a line.
    amount: Option<Decimal<2>>,
}

#[value]
struct Wish {
    person: Text<20>,
    day: Date,
}

/// What is refused for now: made from a wish, with the reason.
#[record(unique(person), from(Wish))]
struct Waiting {
    person: Text<20>,
    day: Date,
    #[own]
    because: Text<40>,
}

#[event(from(Line))]
struct Paid {
    person: Text<20>,
    amount: Decimal<2>,
}

#[command]
fn pay(ctx: &mut Command, #[embed] line: Line) -> Outcome<bool> {
    let put = ctx.put(line.clone())?;
    ctx.emit(Paid::from(line))?;
    Ok(put == Put::Changed)
}

#[command]
fn import_lines(ctx: &mut Command, rows: Vec<Line>) -> Outcome<Imported> {
    ctx.import(rows, Command::put)
}

#[query]
fn lines(ctx: &Query, after: Option<Cursor>) -> Outcome<List<PayRow>> {
    ctx.list(Line::by_person_day(), after, |row| {
        let name = Text::new(["Worker ", row.person.as_str()].concat())?;
        Ok(PayRow { name, ..row.value.into() })
    })
}

#[command]
fn wait(ctx: &mut Command, #[embed] wish: Wish) -> Outcome<()> {
    let because = Text::new("no rate yet")?;
    ctx.put(Waiting { because, ..Waiting::from(wish) }).map(drop)
}

/// Takes back the lines of a day.
#[command]
fn clear(ctx: &mut Command, day: Date) -> Outcome<i64> {
    Ok(ctx.delete_all(Line::by_day().eq(day))?.len() as i64)
}

/// Adds to a line, which is gone when nothing is left of it.
#[command]
fn add(ctx: &mut Command, person: Text<20>, day: Date, more: Decimal<2>) -> Outcome<()> {
    ctx.change(Line { person, day, ..Line::blank() }, |line| {
        line.amount.0 += more.0;
        reject_if(line.amount.0 < 0, "below-zero", "So much was never paid").field("more")?;
        Ok(line.amount.0 != 0)
    })
}

#[command]
fn keep(ctx: &mut Command, rows: Vec<Waiting>) -> Outcome<i64> {
    Ok(ctx.insert_all(&rows)?.len() as i64)
}

module! {
    name: "wages",
    title: { zh: "工资", en: "Wages" },
    summary: { zh: "工资", en: "Wages" },
    records: [Line, Waiting],
    events: [Paid],
    handlers: [pay, import_lines, lines, wait, clear, add, keep],
}

fn line(person: &str, day: i64, coef: i64) -> Line {
    Line { person: person.parse().unwrap(), day: Date(day), amount: Decimal(coef), note: None }
}

#[test]
fn fields_come_from_those_of_the_same_name_or_the_one_that_is_named() {
    let mut wages = module();
    wages.run(pay { line: line("li", 20_000, 125) }).unwrap();
    let page = wages.json("lines", &json!({})).unwrap();
    assert_eq!(page["rows"], json!([{"who": "li", "name": "Worker li", "day": "2024-10-04", "amount": "1.25"}]));
    let told = wages.emitted::<Paid>();
    assert_eq!(told, [Paid { person: "li".parse().unwrap(), amount: Decimal(125) }]);
}

/// Nothing of it can be seen from outside: fields are those that are written.
#[test]
fn the_manifest_does_not_know_what_a_struct_is_made_from() {
    let wages = module();
    let waiting = wages.manifest().record("waiting").unwrap();
    let names: Vec<_> = waiting.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["person", "day", "because"]);
    assert_eq!(wages.manifest().record("line").unwrap().indexes.len(), 2);
}

#[test]
fn a_row_is_known_by_all_fields_of_its_first_unique_index() {
    let mut wages = module();
    let rows = vec![line("li", 20_000, 1), line("li", 20_001, 2), line("wang", 20_000, 3)];
    let first = wages.run(import_lines { rows: rows.clone() }).unwrap();
    assert_eq!(first, Imported { added: 3, changed: 0, unchanged: 0 });
    let changed = vec![line("li", 20_000, 9), rows[1].clone()];
    let again = wages.run(import_lines { rows: changed }).unwrap();
    assert_eq!(again, Imported { added: 0, changed: 1, unchanged: 1 });
    assert!(wages.run(pay { line: line("li", 20_000, 10) }).unwrap());
    assert_eq!(wages.rows::<Line>(), 3);
    let wish = |day| wait { wish: Wish { person: "li".parse().unwrap(), day: Date(day) } };
    wages.run(wish(20_000)).unwrap();
    wages.run(wish(20_001)).unwrap();
    assert_eq!(wages.rows::<Waiting>(), 1, "the key of the other record is the person alone");
}

#[test]
fn a_walk_is_deleted_and_no_more() {
    let mut wages = module();
    let rows = vec![line("li", 20_000, 1), line("li", 20_001, 2), line("wang", 20_000, 3)];
    wages.run(import_lines { rows }).unwrap();
    assert_eq!(wages.run(clear { day: Date(20_000) }).unwrap(), 2);
    assert_eq!(wages.rows::<Line>(), 1);
    assert_eq!(wages.run(clear { day: Date(20_000) }).unwrap(), 0);
}

#[test]
fn a_row_begins_with_its_first_change_and_ends_with_nothing_left() {
    let mut wages = module();
    let more = |coef| add { person: "li".parse().unwrap(), day: Date(20_000), more: Decimal(coef) };
    wages.run(more(0)).unwrap();
    assert_eq!(wages.rows::<Line>(), 0);
    wages.run(more(5)).unwrap();
    wages.run(more(7)).unwrap();
    let page = wages.run(lines { after: None }).unwrap();
    assert_eq!((page.rows.len(), page.rows[0].amount), (1, Some(Decimal(12))));
    assert_eq!(wages.run(more(-13)).unwrap_err().code(), "below-zero");
    assert_eq!(wages.run(lines { after: None }).unwrap().rows[0].amount, Some(Decimal(12)));
    wages.run(more(-12)).unwrap();
    assert_eq!(wages.rows::<Line>(), 0);
}

#[test]
fn adding_nothing_asks_nothing_of_the_host() {
    let mut wages = module();
    assert_eq!(wages.run(keep { rows: Vec::new() }).unwrap(), 0);
    let cost = wages.costs().into_iter().find(|cost| cost.handler == "keep").unwrap();
    assert_eq!(cost.host_calls, 0);
}
