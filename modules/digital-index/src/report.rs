//! The report of an assessment as an assessor expects it: what was answered and why, scene by scene, and what is missing.

use crate::answers::{Answer, SceneLevel, Source};
use crate::assessment::{self, AssessmentKind, AssessmentState};
use crate::edition::{Choice, Edition, Part, Points, Question, Scene, Words, Year};
use toolcrib_sdk::prelude::*;

/// A choice that was made, or a question without an answer.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub question: i64,
    pub part: Part,
    pub zh: Words,
    pub en: Words,
    /// The choice in words; none for a question without an answer.
    pub answer: Option<Words>,
    pub answer_en: Option<Words>,
    pub points: Points,
    pub most: Points,
    pub source: Option<Source>,
    pub proof: Option<Text<200>>,
}

/// A scene with the level that it reached.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    pub zh: Words,
    pub en: Words,
    pub starred: bool,
    /// 0 where none is said.
    pub level: i64,
    pub source: Option<Source>,
    pub proof: Option<Text<200>>,
}

/// An assessment with all that it rests on.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub code: Text<16>,
    pub kind: AssessmentKind,
    pub state: AssessmentState,
    pub edition: Year,
    /// The document that the edition was published in.
    pub document: Option<Words>,
    pub revision: i64,
    pub assessor: Option<Text<80>>,
    pub closed_at: Option<Instant>,
    pub answers: Vec<Given>,
    pub scenes: Vec<Reached>,
}

/// Everything that a report of an assessment shows, but for its score, figures and gap.
#[query]
pub fn report(ctx: &Query, assessment: Text<16>) -> Outcome<Report> {
    let row = assessment::of(ctx, &assessment, "assessment")?;
    let made = ctx.all(Answer::by_assessment_question_option().eq(&row.code))?;
    let choices = ctx.all(Choice::by_edition_question_option().eq(&row.edition))?;
    let mut answers = Vec::new();
    for asked in ctx.all(Question::by_edition_number().eq(&row.edition))? {
        let before = answers.len();
        for made in made.iter().filter(|made| made.question == asked.number) {
            let words = choices.iter().find(|it| it.question == made.question && it.option == made.option);
            answers.push(Given {
                answer: words.map(|choice| choice.zh.clone()),
                answer_en: words.map(|choice| choice.en.clone()),
                points: made.points,
                source: Some(made.source),
                proof: made.proof.clone(),
                ..unanswered(&asked)
            });
        }
        if answers.len() == before {
            answers.push(unanswered(&asked));
        }
    }
    let levels = ctx.all(SceneLevel::by_assessment_scene().eq(&row.code))?;
    let scenes = ctx.all(Scene::by_edition_scene().eq(&row.edition))?.into_iter().map(|scene| {
        let said = levels.iter().find(|level| level.scene == scene.scene);
        let Scene { zh, en, starred, .. } = scene.value;
        let (source, proof) = (said.map(|said| said.source), said.and_then(|said| said.proof.clone()));
        Reached { zh, en, starred, level: said.map_or(0, |said| said.level), source, proof }
    });
    let scenes = scenes.collect();
    let edition = ctx.all(Edition::by_edition().eq(&row.edition))?.into_iter().next();
    // An open one goes by the edition as it is now.
    let now = edition.as_ref().map_or(0, |edition| edition.revision);
    Ok(Report {
        code: row.code.clone(),
        kind: row.kind,
        state: row.state,
        edition: row.edition.clone(),
        revision: if row.state == AssessmentState::Open { now } else { row.revision },
        document: edition.map(|edition| edition.value.document),
        assessor: row.assessor.clone(),
        closed_at: row.closed_at,
        answers,
        scenes,
    })
}

fn unanswered(asked: &Question) -> Given {
    Given {
        question: asked.number,
        part: asked.part,
        zh: asked.zh.clone(),
        en: asked.en.clone(),
        answer: None,
        answer_en: None,
        points: Decimal(0),
        most: asked.points,
        source: None,
        proof: None,
    }
}
