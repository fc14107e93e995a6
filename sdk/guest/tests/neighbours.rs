//! What a module reads of others and what it keeps for itself alone: names, look-ups that happen once, settings in one row.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

#[shared_record(module = "plant", index(code), reason(zh = "显示姓名", en = "To show names"))]
struct Person {
    code: Text<20>,
    name: Text<40>,
}

#[record]
struct Settings {
    minutes: i64,
    strict: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { minutes: 30, strict: false }
    }
}

#[record(index(by))]
struct Note {
    by: Text<20>,
}

#[value(from(Person))]
struct Called {
    #[from(code)]
    person: Text<20>,
    name: Text<40>,
}

#[query]
fn people(ctx: &Query) -> Outcome<Vec<Called>> {
    ctx.names(Person::by_code())
}

/// Only looks: commands and queries call it alike.
fn name_of(ctx: &Query, code: &Text<20>) -> Outcome<Text<40>> {
    let known = ctx.first_or_without(Person::by_code().eq(code))?;
    known.map_or_else(|| Ok(Text::new(code.as_str())?), |person| Ok(person.value.name))
}

#[command]
fn add_note(ctx: &mut Command, by: Text<20>) -> Outcome<Text<40>> {
    ctx.insert(Note { by: by.clone() })?;
    name_of(ctx, &by)
}

#[query]
fn names(ctx: &Query) -> Outcome<Vec<Text<40>>> {
    let mut people = Known::default();
    let mut all = Vec::new();
    for note in ctx.all(Note::by_by())? {
        let known = people.first(ctx, Person::by_code().eq(&note.by))?;
        all.push(known.map_or_else(Text::default, |person| person.name.clone()));
    }
    Ok(all)
}

#[command]
fn set_minutes(ctx: &mut Command, minutes: i64) -> Outcome<()> {
    ctx.set(|settings: &mut Settings| settings.minutes = minutes)
}

#[command]
fn set_strict(ctx: &mut Command, strict: bool) -> Outcome<()> {
    ctx.set(|settings: &mut Settings| settings.strict = strict)
}

#[query]
fn minutes(ctx: &Query) -> Outcome<i64> {
    let Settings { minutes, strict } = ctx.settings()?;
    Ok(if strict { -minutes } else { minutes })
}

module! {
    name: "notes",
    title: { zh: "笔记", en: "Notes" },
    summary: { zh: "笔记", en: "Notes" },
    records: [Settings, Note],
    reads: [Person],
    handlers: [people, add_note, names, set_minutes, set_strict, minutes],
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn with_people(count: usize) -> testing::Module {
    let mut notes = module();
    for at in 0..count {
        notes.share(&Person { code: text(&format!("p{at:03}")), name: text(&format!("Person {at}")) });
    }
    notes
}

#[test]
fn names_of_another_modules_rows_are_those_of_the_first_page() {
    let mut notes = with_people(501);
    let all = notes.run(people {}).unwrap();
    assert_eq!((all.len(), all[7].person.as_str(), all[7].name.as_str()), (500, "p007", "Person 7"));
}

#[test]
fn what_only_looks_serves_commands_and_does_without_the_other_module() {
    let mut notes = with_people(1);
    assert_eq!(notes.run(add_note { by: text("p000") }).unwrap().as_str(), "Person 0");
    assert_eq!(notes.run(add_note { by: text("nobody") }).unwrap().as_str(), "nobody");
    notes.without("plant");
    assert_eq!(notes.run(add_note { by: text("p000") }).unwrap().as_str(), "p000");
    assert_eq!(notes.run(people {}).unwrap(), []);
    assert_eq!(notes.run(names {}).unwrap(), [text(""), text(""), text("")]);
}

#[test]
fn a_row_that_is_known_is_not_asked_for_again() {
    let mut notes = with_people(2);
    for by in ["p000", "p001", "p000", "p000"] {
        notes.run(add_note { by: text(by) }).unwrap();
    }
    assert_eq!(notes.run(names {}).unwrap().len(), 4);
    // One call for the notes, one for each of two people.
    assert_eq!(notes.used().host_calls, 3);
}

#[test]
fn settings_begin_with_their_default_and_stay_one_row() {
    let mut notes = module();
    assert_eq!(notes.run(minutes {}).unwrap(), 30);
    notes.run(set_strict { strict: true }).unwrap();
    notes.run(set_minutes { minutes: 45 }).unwrap();
    assert_eq!(notes.run(minutes {}).unwrap(), -45);
    assert_eq!(notes.rows::<Settings>(), 1);
}
