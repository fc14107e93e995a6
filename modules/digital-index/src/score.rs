//! Points and level of an assessment.

use crate::answers::{Answer, SceneLevel, Source};
use crate::assessment::{self, Assessment, AssessmentState};
use crate::edition::{Choice, Code, Part, Points, Question, Scene, Threshold, Words};
use std::collections::BTreeMap;
use toolcrib_sdk::prelude::*;

/// What an assessment comes to.
#[value]
pub struct Found {
    pub score: Points,
    pub base: Points,
    pub management: Points,
    pub results: Points,
    /// The lower of the two that follow; 0 for none.
    pub level: i64,
    pub level_by_score: i64,
    pub level_by_scenes: i64,
    /// Questions without an answer.
    pub unanswered: i64,
}

/// A question with its choices, and which of them were made.
#[derive(Debug)]
pub struct Asked {
    pub question: Question,
    pub choices: Vec<(Choice, bool)>,
}

impl Asked {
    /// The points of the choices made, at most those of the question.
    pub fn points(&self) -> i64 {
        let made = self.choices.iter().filter(|(_, made)| *made);
        made.map(|(choice, _)| choice.points.0).sum::<i64>().min(self.question.points.0)
    }
}

/// An assessment with the edition it is made by.
#[derive(Debug)]
pub struct Sheet {
    pub asked: Vec<Asked>,
    /// With the level reached.
    pub scenes: Vec<(Scene, i64)>,
    /// The lowest first.
    pub thresholds: Vec<Threshold>,
}

impl Sheet {
    pub fn load(ctx: &Query, row: &Assessment) -> Outcome<Self> {
        let made = ctx.all(Answer::by_assessment_question_option().eq(&row.code))?;
        let is_made =
            |choice: &Choice| made.iter().any(|made| made.question == choice.question && made.option == choice.option);
        let mut choices: BTreeMap<i64, Vec<(Choice, bool)>> = BTreeMap::new();
        for choice in ctx.all(Choice::by_edition_question_option().eq(&row.edition))? {
            let is_made = is_made(&choice);
            choices.entry(choice.question).or_default().push((choice.value, is_made));
        }
        let questions = ctx.all(Question::by_edition_number().eq(&row.edition))?.into_iter();
        let asked = questions.map(|question| Asked {
            choices: choices.remove(&question.number).unwrap_or_default(),
            question: question.value,
        });
        let levels = ctx.all(SceneLevel::by_assessment_scene().eq(&row.code))?;
        let reached = |scene: &Code| levels.iter().find(|level| level.scene == *scene).map_or(0, |level| level.level);
        let scenes = ctx.all(Scene::by_edition_scene().eq(&row.edition))?.into_iter();
        let scenes = scenes.map(|scene| (reached(&scene.scene), scene.value)).map(|(level, scene)| (scene, level));
        let thresholds = ctx.all(Threshold::by_edition_level().eq(&row.edition))?.into_iter();
        Ok(Self {
            asked: asked.collect(),
            scenes: scenes.collect(),
            thresholds: thresholds.map(|threshold| threshold.value).collect(),
        })
    }

    fn part(&self, part: Part) -> Points {
        let mine = self.asked.iter().filter(|asked| asked.question.part == part);
        Decimal(mine.map(Asked::points).sum())
    }

    pub fn found(&self) -> Found {
        let [base, management, results] = [Part::Base, Part::Management, Part::Results].map(|part| self.part(part));
        let score = Decimal(base.0 + management.0 + results.0);
        let highest = |holds: &dyn Fn(&Threshold) -> bool| {
            self.thresholds.iter().filter(|threshold| holds(threshold)).map(|threshold| threshold.level).max()
        };
        let level_by_score = highest(&|threshold| score >= threshold.score).unwrap_or(0);
        let level_by_scenes = highest(&|threshold| self.has_scenes(threshold)).unwrap_or(0);
        let open = |asked: &&Asked| !asked.choices.iter().any(|(_, made)| *made);
        Found {
            score,
            base,
            management,
            results,
            level: level_by_score.min(level_by_scenes),
            level_by_score,
            level_by_scenes,
            unanswered: self.asked.iter().filter(open).count() as i64,
        }
    }

    /// Scenes at a level or above, and how many of them are starred.
    pub fn at_level(&self, level: i64) -> (i64, i64) {
        let there = self.scenes.iter().filter(|(_, reached)| *reached >= level);
        (there.clone().count() as i64, there.filter(|(scene, _)| scene.starred).count() as i64)
    }

    fn has_scenes(&self, threshold: &Threshold) -> bool {
        let (scenes, starred) = self.at_level(threshold.level);
        scenes >= threshold.scenes && starred >= threshold.starred
    }
}

/// What an assessment comes to now.
pub fn of(ctx: &Query, row: &Assessment) -> Outcome<Found> {
    Ok(Sheet::load(ctx, row)?.found())
}

/// What an assessment comes to: now while it is open, as it was closed when it is.
#[query]
pub fn score(ctx: &Query, assessment: Text<16>) -> Outcome<Found> {
    stated(ctx, &assessment)
}

/// As [`score`] says.
pub fn stated(ctx: &Query, assessment: &Text<16>) -> Outcome<Found> {
    let row = assessment::of(ctx, assessment, "assessment")?;
    let now = of(ctx, &row)?;
    if row.state == AssessmentState::Open {
        return Ok(now);
    }
    let Assessment { score, base, management, results, level, .. } = row.value;
    Ok(Found { score, base, management, results, level, ..now })
}

/// What one question gave.
#[value]
pub struct PartRow {
    pub question: i64,
    pub part: Part,
    pub zh: Words,
    pub en: Words,
    pub points: Points,
    pub most: Points,
    pub answered: bool,
    /// The choices made, in the order of the edition.
    pub chosen: Vec<Words>,
    pub chosen_en: Vec<Words>,
    /// Where they come from, the same for all choices of a question.
    pub source: Option<Source>,
    pub proof: Option<Text<200>>,
}

/// Question by question.
#[query]
pub fn parts(ctx: &Query, assessment: Text<16>) -> Outcome<List<PartRow>> {
    let row = assessment::of(ctx, &assessment, "assessment")?;
    Ok(List { rows: parts_of(ctx, &row)?, next: None })
}

/// What each question gave, in order.
pub fn parts_of(ctx: &Query, row: &Assessment) -> Outcome<Vec<PartRow>> {
    let made = ctx.all(Answer::by_assessment_question_option().eq(&row.code))?;
    let rows = Sheet::load(ctx, row)?.asked.into_iter().map(|Asked { question: asked, choices }| {
        let mine = || made.iter().filter(|made| made.question == asked.number);
        // Of the answers, not of the edition: what was closed stays as it was.
        let points = mine().map(|made| made.points.0).sum::<i64>().min(asked.points.0);
        let chosen = choices.into_iter().filter(|(_, made)| *made).map(|(choice, _)| (choice.zh, choice.en));
        let (chosen, chosen_en) = chosen.unzip();
        let first = mine().next();
        let (source, proof) = (first.map(|made| made.source), first.and_then(|made| made.proof.clone()));
        let (answered, points) = (first.is_some(), Decimal(points));
        let Question { number: question, part, zh, en, points: most, .. } = asked;
        PartRow { question, part, zh, en, points, most, answered, chosen, chosen_en, source, proof }
    });
    Ok(rows.collect())
}

/// Gives every answer the points of its choice: before an assessment is closed, for a correction since it was answered.
pub fn settle(ctx: &mut Command, row: &Assessment) -> Outcome<()> {
    let choices = ctx.all(Choice::by_edition_question_option().eq(&row.edition))?;
    for mut made in ctx.all(Answer::by_assessment_question_option().eq(&row.code))? {
        let is_mine = |choice: &&Row<Choice>| choice.question == made.question && choice.option == made.option;
        if let Some(choice) = choices.iter().find(is_mine).filter(|choice| choice.points != made.points) {
            made.points = choice.points;
            ctx.update(&mut made)?;
        }
    }
    Ok(())
}
