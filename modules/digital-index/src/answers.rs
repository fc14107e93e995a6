//! What people answer: choices of questions, levels of scenes, each with where it comes from.

use crate::assessment::{self, Assessment};
use crate::edition::{Choice, Code, Kind, Points, Question, question_of, scene_of};
use toolcrib_sdk::prelude::*;

/// Where an answer comes from.
#[value]
pub enum Source {
    /// A person said so. Nothing else overwrites it.
    Told,
    /// It follows from figures.
    Figures,
    /// The tenant's own data says so.
    Data,
}

/// A choice that was made.
#[record(shared, unique(assessment, question, option), from(Choice))]
pub struct Answer {
    #[own]
    pub assessment: Text<16>,
    pub question: i64,
    pub option: Code,
    /// As the edition said when it was answered; when it was closed, for one that is closed.
    pub points: Points,
    #[own]
    pub source: Source,
    /// The proof: a document, a list, where the data stands.
    #[own]
    pub proof: Option<Text<200>>,
}

/// The level of a scene, 0 to 4.
#[record(shared, unique(assessment, scene))]
pub struct SceneLevel {
    pub assessment: Text<16>,
    pub scene: Code,
    pub level: i64,
    pub source: Source,
    pub proof: Option<Text<200>>,
}

/// Answers a question: its choices, in place of those made before. None takes the answer back.
#[command(roles("owner", "admin"))]
pub fn answer(
    ctx: &mut Command,
    assessment: Text<16>,
    question: i64,
    options: Vec<Code>,
    proof: Option<Text<200>>,
) -> Outcome<Points> {
    let row = assessment::open(ctx, &assessment)?;
    let asked = question_of(ctx, &row.edition, question)?;
    put(ctx, &row, &asked, &options, (Source::Told, proof))
}

/// Puts the choices of a question in place of those made before; returns their points.
pub fn put(
    ctx: &mut Command,
    row: &Assessment,
    asked: &Question,
    options: &[Code],
    (source, proof): (Source, Option<Text<200>>),
) -> Outcome<Points> {
    let known = ctx.all(Choice::by_edition_question_option().eq(&row.edition).eq(asked.number))?;
    let mut chosen = Vec::new();
    for (at, option) in options.iter().enumerate() {
        let choice = known.iter().find(|choice| choice.option == *option);
        chosen.push(choice.or_reject("unknown-choice", "This question has no such choice").nth("options", at)?);
        let twice = options[..at].contains(option);
        reject_if(twice, "chosen-twice", "This choice is in the list twice").nth("options", at)?;
    }
    let message = "This question has one answer";
    reject_if(asked.kind != Kind::Multiple && chosen.len() > 1, "one-choice", message).field("options")?;
    let wrong = chosen.len() > 1 && chosen.iter().any(|choice| choice.alone);
    reject_if(wrong, "excludes-others", "“None of these” excludes the others").field("options")?;
    ctx.delete_all(Answer::by_assessment_question_option().eq(&row.code).eq(asked.number))?;
    let answer = |choice: &&Row<Choice>| {
        let (assessment, proof, choice) = (row.code.clone(), proof.clone(), choice.value.clone());
        Answer { assessment, source, proof, ..choice.into() }
    };
    let made: Vec<_> = chosen.iter().map(answer).collect();
    ctx.insert_all(&made)?;
    Ok(Decimal(made.iter().map(|made| made.points.0).sum::<i64>().min(asked.points.0)))
}

fn of(ctx: &Query, assessment: &Text<16>, question: i64) -> Outcome<Vec<Row<Answer>>> {
    ctx.all(Answer::by_assessment_question_option().eq(assessment).eq(question))
}

/// Whether a person answered this question.
pub fn is_told(ctx: &Query, assessment: &Text<16>, question: i64) -> Outcome<bool> {
    Ok(of(ctx, assessment, question)?.iter().any(|answer| answer.source == Source::Told))
}

/// Says which level a scene has reached.
#[command(roles("owner", "admin"))]
pub fn set_scene(
    ctx: &mut Command,
    assessment: Text<16>,
    scene: Code,
    level: i64,
    proof: Option<Text<200>>,
) -> Outcome<()> {
    let row = assessment::open(ctx, &assessment)?;
    scene_of(ctx, &row.edition, &scene)?;
    reject_if(!(0..=4).contains(&level), "unknown-level", "A scene has reached level 0 to 4").field("level")?;
    put_scene(ctx, SceneLevel { assessment, scene, level, source: Source::Told, proof }).map(drop)
}

/// Puts the level of a scene in place of the one before, which a person's word outlasts. Whether it was taken.
pub fn put_scene(ctx: &mut Command, new: SceneLevel) -> Outcome<bool> {
    let known = ctx.first(SceneLevel::by_assessment_scene().eq(&new.assessment).eq(&new.scene))?;
    if new.source != Source::Told && known.as_ref().is_some_and(|known| known.source == Source::Told) {
        return Ok(false);
    }
    ctx.store(known, new).map(|_| true)
}

/// The choices made in an assessment.
#[query]
pub fn answers(ctx: &Query, assessment: Text<16>, after: Option<Cursor>) -> Outcome<List<Answer>> {
    ctx.list(Answer::by_assessment_question_option().eq(assessment), after, |row| Ok(row.value))
}

/// The levels of its scenes.
#[query]
pub fn scene_levels(ctx: &Query, assessment: Text<16>, after: Option<Cursor>) -> Outcome<List<SceneLevel>> {
    ctx.list(SceneLevel::by_assessment_scene().eq(assessment), after, |row| Ok(row.value))
}
