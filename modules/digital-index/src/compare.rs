//! Before and after a transformation, question by question and scene by scene.

use crate::answers::SceneLevel;
use crate::assessment;
use crate::edition::{Code, Points, Scene, Words};
use crate::score::{parts_of, stated};
use toolcrib_sdk::prelude::*;

/// What changed in all.
#[value]
pub struct Change {
    pub score_before: Points,
    pub score_after: Points,
    pub gain: Points,
    pub level_before: i64,
    pub level_after: i64,
    /// Scenes that reached a higher level.
    pub scenes_raised: i64,
    /// Scenes that fell behind.
    pub scenes_lowered: i64,
}

/// One question or scene.
#[value]
pub struct ChangeRow {
    pub question: Option<i64>,
    pub scene: Option<Code>,
    pub zh: Words,
    pub en: Words,
    /// Points of a question, level of a scene.
    pub before: Points,
    pub after: Points,
    pub change: Points,
}

/// Two assessments of the same edition, question by question, then scene by scene.
#[query]
pub fn compared(ctx: &Query, before: Text<16>, after: Text<16>) -> Outcome<List<ChangeRow>> {
    Ok(List { rows: rows(ctx, &before, &after)?, next: None })
}

/// Two assessments of the same edition, in all.
#[query]
pub fn compare(ctx: &Query, before: Text<16>, after: Text<16>) -> Outcome<Change> {
    let rows = rows(ctx, &before, &after)?;
    let [first, last] = [stated(ctx, &before)?, stated(ctx, &after)?];
    let scenes =
        |holds: fn(i64) -> bool| rows.iter().filter(|row| row.scene.is_some() && holds(row.change.0)).count() as i64;
    Ok(Change {
        score_before: first.score,
        score_after: last.score,
        gain: Decimal(last.score.0 - first.score.0),
        level_before: first.level,
        level_after: last.level,
        scenes_raised: scenes(|change| change > 0),
        scenes_lowered: scenes(|change| change < 0),
    })
}

fn rows(ctx: &Query, before: &Text<16>, after: &Text<16>) -> Outcome<Vec<ChangeRow>> {
    let (first, last) = (assessment::of(ctx, before, "before")?, assessment::of(ctx, after, "after")?);
    let message = "They were made by different editions, whose points do not compare";
    reject_if(first.edition != last.edition, "other-edition", message).field("after")?;
    let of_questions = parts_of(ctx, &first)?.into_iter().zip(parts_of(ctx, &last)?).map(|(old, new)| {
        let (before, after, change) = (old.points, new.points, Decimal(new.points.0 - old.points.0));
        ChangeRow { question: Some(old.question), scene: None, zh: old.zh, en: old.en, before, after, change }
    });
    let mut rows: Vec<_> = of_questions.collect();
    let levels = |code: &Text<16>| ctx.all(SceneLevel::by_assessment_scene().eq(code));
    let (old, new) = (levels(before)?, levels(after)?);
    let level = |all: &[Row<SceneLevel>], scene: &Code| {
        all.iter().find(|level| level.scene == *scene).map_or(0, |level| level.level * 10_000)
    };
    for scene in ctx.all(Scene::by_edition_scene().eq(&first.edition))? {
        let (was, is) = (level(&old, &scene.scene), level(&new, &scene.scene));
        let Scene { scene, zh, en, .. } = scene.value;
        let (before, after, change) = (Decimal(was), Decimal(is), Decimal(is - was));
        rows.push(ChangeRow { question: None, scene: Some(scene), zh, en, before, after, change });
    }
    Ok(rows)
}
