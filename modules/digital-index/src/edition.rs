//! An edition of the index as data: every question, choice, scene and threshold is a row that can be corrected.

use crate::seed;
use toolcrib_sdk::prelude::*;

/// Points of the score, and percentages.
pub type Points = Decimal<4>;
/// Name of an edition: the year.
pub type Year = Text<8>;
pub type Code = Text<40>;
pub type Words = Text<160>;

/// An edition. Its revision rises with every correction.
#[record(shared, unique(edition))]
pub struct Edition {
    pub edition: Year,
    /// Document it was published in.
    pub document: Words,
    pub revision: i64,
}

/// A third of the score.
#[value]
#[derive(PartialOrd, Ord)]
pub enum Part {
    Base,
    Management,
    Results,
}

/// How a question is answered.
#[value]
pub enum Kind {
    /// One choice.
    Single,
    /// Any number of choices, whose points add up.
    Multiple,
    /// The choice whose band a share of two figures falls into.
    Share,
    /// Better when a ratio of figures falls from before to after.
    Falling,
    /// Better when it rises.
    Rising,
}

#[record(shared, unique(edition, number))]
pub struct Question {
    pub edition: Year,
    pub number: i64,
    pub part: Part,
    pub zh: Words,
    pub en: Words,
    pub kind: Kind,
    /// The most it can give.
    pub points: Points,
    /// Figures above and below the line, several joined by `+`; of the last two kinds each is one `_before` and one
    /// `_after`.
    pub over: Option<Words>,
    pub under: Option<Words>,
}

#[record(shared, unique(edition, question, option))]
pub struct Choice {
    pub edition: Year,
    pub question: i64,
    pub option: Code,
    pub zh: Words,
    pub en: Words,
    pub points: Points,
    /// Excludes all others.
    pub alone: bool,
    /// Of a band: shares above this percentage, up to the next band's.
    pub above: Option<Points>,
    /// How much work it is to get there, from 0; only comparisons matter.
    pub effort: i64,
    /// Modules that would help, separated by spaces.
    pub modules: Option<Words>,
    /// Compared with the official text.
    pub verified: bool,
}

/// A business scene, of which a firm reaches level 0 to 4.
#[record(shared, unique(edition, scene))]
pub struct Scene {
    pub edition: Year,
    pub scene: Code,
    pub zh: Words,
    pub en: Words,
    /// A constraint scene, not only a guiding one.
    pub starred: bool,
    pub verified: bool,
}

/// What one level of a scene asks for.
#[record(shared, unique(edition, scene, level))]
pub struct Stage {
    pub edition: Year,
    pub scene: Code,
    pub level: i64,
    pub zh: Words,
    /// From the level below.
    pub effort: i64,
    pub modules: Option<Words>,
}

/// What a level asks for: a score, and so many scenes at that level, so many of them starred.
#[record(shared, unique(edition, level))]
pub struct Threshold {
    pub edition: Year,
    pub level: i64,
    pub score: Points,
    pub scenes: i64,
    pub starred: i64,
    pub verified: bool,
}

/// A row that was corrected: what it said before and after, and why.
#[record(shared, unique(edition, revision))]
pub struct Correction {
    pub edition: Year,
    pub revision: i64,
    pub what: Words,
    pub before: Words,
    pub after: Words,
    pub because: Text<200>,
    pub by: Text<80>,
    pub at: Instant,
}

/// Adds an edition that is known here and not there yet. `2022` comes with its thresholds only.
#[command(roles("owner", "admin"))]
pub fn install_edition(ctx: &mut Command, edition: Year) -> Outcome<bool> {
    let is_new = ctx.first(Edition::by_edition().eq(&edition))?.is_none();
    installed(ctx, &edition)?;
    Ok(is_new)
}

/// An edition, added when it is not there yet.
pub fn installed(ctx: &mut Command, edition: &Year) -> Outcome<Row<Edition>> {
    if ctx.first(Edition::by_edition().eq(edition))?.is_none() {
        seed::install(ctx, edition)?;
    }
    known(ctx, edition)
}

/// The edition.
pub fn known(ctx: &Query, edition: &Year) -> Outcome<Row<Edition>> {
    let row = ctx.first(Edition::by_edition().eq(edition))?;
    row.or_reject("unknown-edition", "There is no such edition; add it first").field("edition")
}

/// Raises the revision and keeps what the row said.
fn corrected(
    ctx: &mut Command,
    edition: &Year,
    (what, before, after): (String, String, String),
    because: Text<200>,
) -> Outcome<()> {
    reject_if(because.is_blank(), "reason-needed", "Say where the right value stands").field("because")?;
    let mut row = known(ctx, edition)?;
    row.revision += 1;
    ctx.update(&mut row)?;
    let short = |text: &str| Words::new(text.chars().take(160).collect::<String>());
    let correction = Correction {
        edition: edition.clone(),
        revision: row.revision,
        what: short(&what)?,
        before: short(&before)?,
        after: short(&after)?,
        because,
        by: Text::new(ctx.actor())?,
        at: ctx.now(),
    };
    ctx.insert(correction).map(drop)
}

/// What a choice is worth and takes; what is not given stays.
#[value]
pub struct Worth {
    pub points: Option<Points>,
    pub above: Option<Points>,
    pub effort: Option<i64>,
}

/// Corrects the points of a choice, the percentage above which a band begins, or what it takes.
#[command(roles("owner", "admin"))]
pub fn correct_choice(
    ctx: &mut Command,
    edition: Year,
    question: i64,
    option: Code,
    #[embed] worth: Worth,
    because: Text<200>,
) -> Outcome<()> {
    let Worth { points, above, effort } = worth;
    let row = ctx.first(Choice::by_edition_question_option().eq(&edition).eq(question).eq(&option))?;
    let mut row = row.or_reject("unknown-choice", "There is no such choice").field("option")?;
    let most = question_of(ctx, &edition, question)?.points;
    let wrong = points.is_some_and(|points| points < Decimal(0) || points > most);
    reject_if(wrong, "bad-points", "From 0 to the points of the question").field("points")?;
    let message = "From 0 to 100";
    reject_if(effort.is_some_and(|effort| !(0..=EFFORT_MAX).contains(&effort)), "bad-effort", message)
        .field("effort")?;
    let said = |row: &Choice| [row.points.to_string(), " / ".to_owned(), row.effort.to_string()].concat();
    let before = said(&row);
    row.points = points.unwrap_or(row.points);
    row.above = above.or(row.above);
    row.effort = effort.unwrap_or(row.effort);
    row.verified = true;
    ctx.update(&mut row)?;
    let what = ["question ", &question.to_string(), " ", option.as_str()].concat();
    corrected(ctx, &edition, (what, before, said(&row)), because)
}

/// The most work that a choice or a stage can be.
pub const EFFORT_MAX: i64 = 100;

/// Corrects whether a scene is a constraint scene.
#[command(roles("owner", "admin"))]
pub fn correct_scene(ctx: &mut Command, edition: Year, scene: Code, starred: bool, because: Text<200>) -> Outcome<()> {
    let mut row = scene_of(ctx, &edition, &scene)?;
    let before = row.starred.to_string();
    (row.starred, row.verified) = (starred, true);
    ctx.update(&mut row)?;
    let what = ["scene ", scene.as_str()].concat();
    corrected(ctx, &edition, (what, before, starred.to_string()), because)
}

/// Corrects what a level asks for.
#[command(roles("owner", "admin"))]
pub fn correct_threshold(
    ctx: &mut Command,
    edition: Year,
    level: i64,
    score: Points,
    scenes: i64,
    starred: i64,
    because: Text<200>,
) -> Outcome<()> {
    let row = ctx.first(Threshold::by_edition_level().eq(&edition).eq(level))?;
    let mut row = row.or_reject("unknown-level", "Levels are 1 to 4").field("level")?;
    let wrong = !(0..=100_0000).contains(&score.0) || !(0..=100).contains(&scenes) || !(0..=scenes).contains(&starred);
    reject_if(wrong, "bad-threshold", "A score is 0 to 100; starred scenes are some of the scenes").field("score")?;
    let said = |row: &Threshold| {
        [row.score.to_string(), " / ".into(), row.scenes.to_string(), " / ".into(), row.starred.to_string()].concat()
    };
    let before = said(&row);
    (row.score, row.scenes, row.starred, row.verified) = (score, scenes, starred, true);
    ctx.update(&mut row)?;
    corrected(ctx, &edition, (["level ", &level.to_string()].concat(), before, said(&row)), because)
}

/// A question.
pub fn question_of(ctx: &Query, edition: &Year, number: i64) -> Outcome<Row<Question>> {
    let row = ctx.first(Question::by_edition_number().eq(edition).eq(number))?;
    row.or_reject("unknown-question", "There is no such question in this edition").field("question")
}

/// A scene.
pub fn scene_of(ctx: &Query, edition: &Year, scene: &Code) -> Outcome<Row<Scene>> {
    let row = ctx.first(Scene::by_edition_scene().eq(edition).eq(scene))?;
    row.or_reject("unknown-scene", "There is no such scene in this edition").field("scene")
}

/// Editions that are here.
#[query]
pub fn editions(ctx: &Query, after: Option<Cursor>) -> Outcome<List<Edition>> {
    ctx.list(Edition::by_edition().descending(), after, |row| Ok(row.value))
}

/// The questions of an edition.
#[query]
pub fn questions(ctx: &Query, edition: Option<Year>, after: Option<Cursor>) -> Outcome<List<Question>> {
    ctx.list(Question::by_edition_number().eq(year(edition)?), after, |row| Ok(row.value))
}

/// The choices of an edition, or of one question.
#[query]
pub fn choices(
    ctx: &Query,
    edition: Option<Year>,
    question: Option<i64>,
    after: Option<Cursor>,
) -> Outcome<List<Choice>> {
    let walk = Choice::by_edition_question_option().eq(year(edition)?);
    match question {
        None => ctx.list(walk, after, |row| Ok(row.value)),
        Some(question) => ctx.list(walk.eq(question), after, |row| Ok(row.value)),
    }
}

/// The scenes of an edition.
#[query]
pub fn scenes(ctx: &Query, edition: Option<Year>, after: Option<Cursor>) -> Outcome<List<Scene>> {
    ctx.list(Scene::by_edition_scene().eq(year(edition)?), after, |row| Ok(row.value))
}

/// What the levels of an edition ask for.
#[query]
pub fn thresholds(ctx: &Query, edition: Option<Year>, after: Option<Cursor>) -> Outcome<List<Threshold>> {
    ctx.list(Threshold::by_edition_level().eq(year(edition)?), after, |row| Ok(row.value))
}

/// What was corrected, the latest first.
#[query]
pub fn corrections(ctx: &Query, edition: Option<Year>, after: Option<Cursor>) -> Outcome<List<Correction>> {
    ctx.list(Correction::by_edition_revision().eq(year(edition)?).descending(), after, |row| Ok(row.value))
}

/// The edition in force where nobody says.
pub fn year(given: Option<Year>) -> Outcome<Year> {
    given.map_or_else(|| Ok(Text::new("2024")?), Ok)
}
