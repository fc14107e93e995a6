//! People who work in the plant, and what they are skilled in.

use crate::coded::{self, Code, Imported, coded};
use toolcrib_sdk::prelude::*;

/// A person. The code is the one on the badge.
#[record(shared, unique(code))]
pub struct Person {
    pub code: Code,
    pub name: Text<80>,
    /// What they do in the plant, for example `setter`.
    pub job: Option<Text<40>>,
    pub retired_at: Option<Instant>,
}
coded!(Person, "person");

/// Something a person is qualified for.
#[record(shared, unique(person, skill), index(skill, person))]
pub struct Skill {
    pub person: Ref<Person>,
    pub skill: Text<40>,
    /// The last day of the qualification; none when it does not end.
    pub valid_until: Option<Date>,
}

/// One line of an import.
#[value]
pub struct NewPerson {
    pub code: Code,
    pub name: Text<80>,
    pub job: Option<Text<40>>,
}

impl From<NewPerson> for Person {
    fn from(NewPerson { code, name, job }: NewPerson) -> Self {
        Self { code, name, job, retired_at: None }
    }
}

/// Adds a person under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_person(ctx: &mut Command, code: Code, name: Text<80>, job: Option<Text<40>>) -> Outcome<Id<Person>> {
    coded::add(ctx, NewPerson { code, name, job }.into())
}

/// Changes a person's name and job; a retired one is back.
#[command(roles("owner", "admin"))]
pub fn change_person(ctx: &mut Command, code: Code, name: Text<80>, job: Option<Text<40>>) -> Outcome<()> {
    coded::known::<Person, _>(ctx, &code, "code")?;
    coded::put::<Person>(ctx, NewPerson { code, name, job }.into()).map(drop)
}

/// The person no longer works here. What they did stays under their name.
#[command(roles("owner", "admin"))]
pub fn retire_person(ctx: &mut Command, code: Code) -> Outcome<()> {
    coded::retire::<Person>(ctx, &code)
}

/// Adds or changes many at once, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_people(ctx: &mut Command, rows: Vec<NewPerson>) -> Outcome<Imported> {
    coded::import(ctx, rows, |ctx, row| coded::put::<Person>(ctx, row.into()))
}

/// People by code, a page at a time.
#[query]
pub fn people(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Person>> {
    ctx.page(Person::by_code().limit(100).after(after))
}

/// Says that a person is qualified for something, or until when.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_skill(ctx: &mut Command, person: Code, skill: Text<40>, valid_until: Option<Date>) -> Outcome<()> {
    if skill.as_str().trim().is_empty() {
        return Err(reject("skill-empty", "Name the skill").field("skill"));
    }
    let person: Ref<Person> = coded::in_use::<Person, _>(ctx, &person, "person")?.id.into();
    match ctx.first(Skill::by_person_skill().eq(person).eq(&skill))? {
        Some(mut row) => {
            row.valid_until = valid_until;
            ctx.update(&mut row)
        }
        None => ctx.insert(Skill { person, skill, valid_until }).map(drop),
    }
}

/// Says that a person is no longer qualified for something.
#[command(roles("owner", "admin", "supervisor"))]
pub fn remove_skill(ctx: &mut Command, person: Code, skill: Text<40>) -> Outcome<()> {
    let person = coded::known::<Person, _>(ctx, &person, "person")?;
    let row = ctx.first(Skill::by_person_skill().eq(person.id).eq(&skill))?;
    let row = row.ok_or_else(|| reject("unknown-skill", "This person has no such skill").field("skill"))?;
    ctx.delete(row.id)
}

/// What a person is qualified for, a page at a time.
#[query]
pub fn skills(ctx: &Query, person: Code, after: Option<Cursor>) -> Outcome<Page<Skill>> {
    let person = coded::known::<Person, _>(ctx, &person, "person")?;
    ctx.page(Skill::by_person_skill().eq(person.id).limit(100).after(after))
}
