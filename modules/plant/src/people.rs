//! People who work in the plant: badge, pay grade, the account they sign in with, and what they are skilled in.

use crate::coded::{self, Code, Codes, coded};
use toolcrib_sdk::prelude::*;

/// A person.
#[record(shared, unique(code), unique(badge), unique(user))]
pub struct Person {
    pub code: Code,
    pub name: Text<80>,
    /// What they do in the plant, for example `setter`.
    pub job: Option<Text<40>>,
    /// What a reader reads off their badge.
    pub badge: Option<Text<64>>,
    /// The grade that piece rates may go by.
    pub grade: Option<Text<20>>,
    /// The id of the account they sign in with.
    pub user: Option<Text<80>>,
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

/// One line of the list of skills.
#[value]
pub struct SkillRow {
    pub person: Code,
    pub skill: Text<40>,
    pub valid_until: Option<Date>,
}

/// Adds a person under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_person(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    job: Option<Text<40>>,
    badge: Option<Text<64>>,
    grade: Option<Text<20>>,
    user: Option<Text<80>>,
) -> Outcome<()> {
    let new = complete(ctx, Person { code, name, job, badge, grade, user, retired_at: None })?;
    coded::add(ctx, new)
}

/// Changes a person; a retired one is back.
#[command(roles("owner", "admin"))]
pub fn change_person(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    job: Option<Text<40>>,
    badge: Option<Text<64>>,
    grade: Option<Text<20>>,
    user: Option<Text<80>>,
) -> Outcome<()> {
    coded::known::<Person>(ctx, &code, "code")?;
    let new = complete(ctx, Person { code, name, job, badge, grade, user, retired_at: None })?;
    coded::put(ctx, new).map(drop)
}

/// The person no longer works here: badge and account are free for others.
#[command(roles("owner", "admin"))]
pub fn retire_person(ctx: &mut Command, code: Code) -> Outcome<()> {
    let mut row = coded::known::<Person>(ctx, &code, "code")?;
    if row.badge.is_some() || row.user.is_some() {
        (row.badge, row.user) = (None, None);
        ctx.update(&mut row)?;
    }
    coded::retire::<Person>(ctx, &code)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_people(ctx: &mut Command, rows: Vec<Person>) -> Outcome<Imported> {
    ctx.import(rows, |ctx, row| {
        let new = complete(ctx, row)?;
        coded::put(ctx, new)
    })
}

/// People by code, a page at a time. Badges and accounts only the office sees.
#[query]
pub fn people(ctx: &Query, after: Option<Cursor>) -> Outcome<List<Person>> {
    let mut page = ctx.list(Person::by_code(), after, |row| Ok(row.value))?;
    if !["owner", "admin", "supervisor"].contains(&ctx.role()) {
        page.rows.iter_mut().for_each(|row| (row.badge, row.user) = (None, None));
    }
    Ok(page)
}

/// Whose badge this is.
#[query]
pub fn whose_badge(ctx: &Query, badge: Text<64>) -> Outcome<Person> {
    let row = ctx.first(Person::by_badge().eq(badge))?;
    let row = row.or_reject("unknown-badge", "Nobody has this badge; enter it with the person first").field("badge")?;
    Ok(Person { user: None, ..row.value })
}

/// Says that a person is qualified for something, or until when.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_skill(ctx: &mut Command, person: Code, skill: Text<40>, valid_until: Option<Date>) -> Outcome<()> {
    coded::in_use::<Person>(ctx, &person, "person")?;
    put_skill(ctx, SkillRow { person, skill, valid_until }).map(drop)
}

/// Says that a person is no longer qualified for something.
#[command(roles("owner", "admin", "supervisor"))]
pub fn remove_skill(ctx: &mut Command, person: Code, skill: Text<40>) -> Outcome<()> {
    let person = coded::known::<Person>(ctx, &person, "person")?;
    let row = ctx.first(Skill::by_person_skill().eq(person.id).eq(&skill))?;
    let row = row.or_reject("unknown-skill", "This person has no such skill").field("skill")?;
    ctx.delete(row.id)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_skills(ctx: &mut Command, rows: Vec<SkillRow>) -> Outcome<Imported> {
    ctx.import(rows, put_skill)
}

/// What people are qualified for, a page at a time: one person or all.
#[query]
pub fn skills(ctx: &Query, person: Option<Code>, after: Option<Cursor>) -> Outcome<List<SkillRow>> {
    let mut codes = Codes::new();
    let row = |Row { value: Skill { person, skill, valid_until }, .. }| {
        Ok(SkillRow { person: codes.of(ctx, person)?, skill, valid_until })
    };
    match person {
        None => ctx.list(Skill::by_person_skill(), after, row),
        Some(person) => {
            let person = coded::known::<Person>(ctx, &person, "person")?;
            ctx.list(Skill::by_person_skill().eq(person.id), after, row)
        }
    }
}

fn put_skill(ctx: &mut Command, row: SkillRow) -> Outcome<Put> {
    let SkillRow { person, skill, valid_until } = row;
    reject_if(skill.is_blank(), "skill-empty", "Name the skill").field("skill")?;
    let person: Ref<Person> = coded::known::<Person>(ctx, &person, "person")?.id.into();
    ctx.put(Skill { person, skill, valid_until })
}

/// An empty text of a form or a table says nothing.
fn said<const N: u32>(text: Option<Text<N>>) -> Option<Text<N>> {
    text.filter(|text| !text.is_blank())
}

/// Nobody else has the badge or the account.
fn complete(ctx: &Command, new: Person) -> Outcome<Person> {
    let Person { job, badge, grade, user, .. } = new;
    let (job, badge, grade, user) = (said(job), said(badge), said(grade), said(user));
    let others = |person: &Row<Person>| person.code != new.code;
    if let Some(badge) = &badge
        && let Some(other) = ctx.first(Person::by_badge().eq(badge.clone()))?.filter(others)
    {
        return Err(taken("badge-taken", "badge", badge.as_str(), &other).field("badge"));
    }
    if let Some(user) = &user
        && let Some(other) = ctx.first(Person::by_user().eq(user.clone()))?.filter(others)
    {
        return Err(taken("user-taken", "account", user.as_str(), &other).field("user"));
    }
    Ok(Person { job, badge, grade, user, ..new })
}

fn taken(code: &str, what: &str, value: &str, other: &Person) -> Stopped {
    let owner = [other.code.as_str(), " (", other.name.as_str(), ")"].concat();
    reject(code, &["The ", what, " ", value, " is that of ", &owner, "; take it from them first"].concat())
}
