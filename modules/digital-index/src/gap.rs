//! The cheapest way to the next level: which choices to earn and which scenes to raise, by the least work in all.
//!
//! The score and the scenes are two separate searches. For the score: of every total of work, the most points that can be
//! had for it, choice by choice (a knapsack over work, which is in small whole numbers). For the scenes: the cheapest
//! starred ones that are missing, then the cheapest of the rest; a cheaper set would have to swap one for a cheaper
//! one.

use crate::assessment;
use crate::edition::{Choice, Code, Kind, Points, Scene, Stage, Threshold, Words};
use crate::score::{Asked, Sheet};
use toolcrib_sdk::prelude::*;

/// Something to do.
#[value]
pub struct Step {
    /// A choice of this question is to be earned,
    pub question: Option<i64>,
    /// this one;
    pub option: Option<Code>,
    /// or this scene is to be raised,
    pub scene: Option<Code>,
    /// to this level.
    pub level: Option<i64>,
    pub zh: Words,
    pub en: Words,
    pub gain: Points,
    pub effort: i64,
    /// Modules that would help, separated by spaces.
    pub modules: Option<Words>,
}

/// What is missing for a level.
#[value]
pub struct Gap {
    pub level: i64,
    pub score: Points,
    pub score_needed: Points,
    pub scenes: i64,
    pub scenes_needed: i64,
    pub starred: i64,
    pub starred_needed: i64,
    /// False when no choices and scenes of the edition lead there.
    pub reachable: bool,
    pub effort: i64,
    pub rows: Vec<Step>,
}

/// The cheapest way to a level, the next one unless another is given.
#[query]
pub fn gap(ctx: &Query, assessment: Text<16>, level: Option<i64>) -> Outcome<Gap> {
    let row = assessment::of(ctx, &assessment, "assessment")?;
    let sheet = Sheet::load(ctx, &row)?;
    let found = sheet.found();
    let wanted = level.unwrap_or((found.level + 1).min(4));
    let Some(threshold) = sheet.thresholds.iter().find(|threshold| threshold.level == wanted) else {
        return Err(reject("unknown-level", "Levels are 1 to 4").field("level"));
    };
    let stages = ctx.all(Stage::by_edition_scene_level().eq(&row.edition))?;
    let stages: Vec<_> = stages.into_iter().map(|stage| stage.value).collect();
    let (scenes, starred) = sheet.at_level(wanted);
    let answers = cheapest_answers(&sheet.asked, threshold.score.0 - found.score.0);
    let raised = cheapest_scenes(&sheet, &stages, threshold);
    let reachable = answers.is_some() && raised.is_some();
    let mut rows = answers.unwrap_or_default();
    rows.extend(raised.unwrap_or_default());
    Ok(Gap {
        level: wanted,
        score: found.score,
        score_needed: threshold.score,
        scenes,
        scenes_needed: threshold.scenes,
        starred,
        starred_needed: threshold.starred,
        reachable,
        effort: rows.iter().map(|step| step.effort).sum(),
        rows,
    })
}

/// What can be earned at one place: at most one of these.
type Group<'a> = Vec<(&'a Choice, i64, i64)>;

/// Places where points can be earned, with gain and work of each choice.
fn groups(asked: &[Asked]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for asked in asked {
        let room = asked.question.points.0 - asked.points();
        let made = || asked.choices.iter().filter(|(_, made)| *made).map(|(choice, _)| choice);
        let rest = asked.choices.iter().filter(|(_, made)| !made).map(|(choice, _)| choice);
        if asked.question.kind == Kind::Multiple {
            let gains = rest.filter(|choice| !choice.alone && choice.points.0 > 0 && room > 0);
            groups.extend(gains.map(|choice| vec![(choice, choice.points.0, choice.effort)]));
        } else {
            let spent = made().map(|choice| choice.effort).max().unwrap_or(0);
            let better = rest.filter(|choice| choice.points.0 > asked.points());
            let better = better.map(|choice| (choice, choice.points.0 - asked.points(), choice.effort - spent));
            // Work that is done is not less than none.
            let better: Group<'_> = better.map(|(choice, gain, effort)| (choice, gain, effort.max(1))).collect();
            groups.extend(Some(better).filter(|better| !better.is_empty()));
        }
    }
    groups
}

/// The choices that give at least `needed` points for the least work; of equal work those that give most. None when
/// all together give less.
fn cheapest_answers(asked: &[Asked], needed: i64) -> Option<Vec<Step>> {
    if needed <= 0 {
        return Some(Vec::new());
    }
    let groups = groups(asked);
    let dearest = |group: &Group<'_>| group.iter().map(|(.., effort)| *effort).max().unwrap_or(0);
    let most = usize::try_from(groups.iter().map(dearest).sum::<i64>()).unwrap_or(0);
    // best[work]: the most points for at most this work; taken[group][work]: what of the group that is made with.
    let mut best = vec![0_i64; most + 1];
    let mut taken: Vec<Vec<Option<u8>>> = Vec::with_capacity(groups.len());
    for group in &groups {
        let mut took = vec![None; most + 1];
        for work in (0..=most).rev() {
            for (nth, (_, gain, effort)) in group.iter().enumerate() {
                let Some(rest) = usize::try_from(*effort).ok().and_then(|effort| work.checked_sub(effort)) else {
                    continue;
                };
                let with = best[rest] + gain;
                if with > best[work] {
                    (best[work], took[work]) = (with, u8::try_from(nth).ok());
                }
            }
        }
        taken.push(took);
    }
    let mut work = best.iter().position(|points| *points >= needed)?;
    let mut steps = Vec::new();
    for (group, took) in groups.iter().zip(&taken).rev() {
        if let Some((choice, gain, effort)) = took[work].and_then(|nth| group.get(usize::from(nth))) {
            steps.push(step_of(choice, *gain, *effort));
            work -= usize::try_from(*effort).unwrap_or(0);
        }
    }
    steps.reverse();
    Some(steps)
}

fn step_of(choice: &Choice, gain: i64, effort: i64) -> Step {
    let Choice { question, option, zh, en, modules, .. } = choice.clone();
    let (question, option, gain) = (Some(question), Some(option), Decimal(gain));
    Step { question, option, zh, en, gain, effort, modules, ..Step::blank() }
}

/// The scenes to raise to a level for the least work. None when the edition has too few.
fn cheapest_scenes(sheet: &Sheet, stages: &[Stage], threshold: &Threshold) -> Option<Vec<Step>> {
    let (there, starred_there) = sheet.at_level(threshold.level);
    let (scenes, starred) = ((threshold.scenes - there).max(0), (threshold.starred - starred_there).max(0));
    let mut below: Vec<(i64, Step, bool)> = Vec::new();
    for (scene, reached) in sheet.scenes.iter().filter(|(_, reached)| *reached < threshold.level) {
        let passed = stages
            .iter()
            .filter(|stage| stage.scene == scene.scene && stage.level > *reached && stage.level <= threshold.level);
        let effort = passed.clone().map(|stage| stage.effort).sum();
        let modules = passed.clone().filter_map(|stage| stage.modules.as_ref()).next_back().cloned();
        let Scene { scene, zh, en, starred, .. } = scene.clone();
        let (scene, level) = (Some(scene), Some(threshold.level));
        below.push((effort, Step { scene, level, zh, en, effort, modules, ..Step::blank() }, starred));
    }
    // Stable: of equal work the edition's order.
    below.sort_by_key(|(effort, ..)| *effort);
    let (mut steps, mut rest) = (Vec::new(), Vec::new());
    for (_, step, is_starred) in below {
        let is_needed = is_starred && (steps.len() as i64) < starred;
        if is_needed { steps.push(step) } else { rest.push(step) }
    }
    if (steps.len() as i64) < starred {
        return None;
    }
    let more = usize::try_from(scenes - starred).unwrap_or(0);
    if rest.len() < more {
        return None;
    }
    steps.extend(rest.into_iter().take(more));
    Some(steps)
}

#[cfg(test)]
pub mod tests {
    //! The search against trying everything.

    use super::*;

    /// The least work by which the answers give `needed` points, by trying all ways.
    pub fn brute_answers(asked: &[Asked], needed: i64) -> Option<i64> {
        fn go(groups: &[Group<'_>], needed: i64) -> Option<i64> {
            if needed <= 0 {
                return Some(0);
            }
            let (first, rest) = groups.split_first()?;
            let with = first.iter().filter_map(|(_, gain, effort)| go(rest, needed - gain).map(|more| more + effort));
            with.chain(go(rest, needed)).min()
        }
        go(&groups(asked), needed)
    }

    /// The least work by which the scenes meet a threshold, by trying all sets.
    pub fn brute_scenes(sheet: &Sheet, stages: &[Stage], threshold: &Threshold) -> Option<i64> {
        let count = sheet.scenes.len();
        let work = |scene: &Code, reached: i64| -> i64 {
            let passed = stages
                .iter()
                .filter(|stage| stage.scene == *scene && stage.level > reached && stage.level <= threshold.level);
            passed.map(|stage| stage.effort).sum()
        };
        (0_u32..1 << count)
            .filter_map(|set| {
                let (mut scenes, mut starred, mut effort) = (0, 0, 0);
                for (at, (scene, reached)) in sheet.scenes.iter().enumerate() {
                    let raised = set >> at & 1 == 1;
                    if raised || *reached >= threshold.level {
                        scenes += 1;
                        starred += i64::from(scene.starred);
                    }
                    effort += if raised { work(&scene.scene, *reached) } else { 0 };
                }
                (scenes >= threshold.scenes && starred >= threshold.starred).then_some(effort)
            })
            .min()
    }

    pub fn searched_answers(asked: &[Asked], needed: i64) -> Option<(i64, i64)> {
        let steps = cheapest_answers(asked, needed)?;
        Some((steps.iter().map(|step| step.effort).sum(), steps.iter().map(|step| step.gain.0).sum()))
    }

    pub fn searched_scenes(sheet: &Sheet, stages: &[Stage], threshold: &Threshold) -> Option<i64> {
        Some(cheapest_scenes(sheet, stages, threshold)?.iter().map(|step| step.effort).sum())
    }
}
