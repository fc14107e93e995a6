//! The digital level of a small firm, by the published evaluation index: answers with where they come from, the score, the
//! level, what is missing for the next one, and what a transformation changed.
//!
//! - `edition`: questions, choices, scenes and thresholds as data, each row correctable; `seed`: what is known of the
//!   editions. `assessment`: from opening to the snapshot that nobody changes. `answers`: what people say; `figures`:
//!   what follows from numbers; `facts`: what the tenant's own data says.
//! - `score`: points and level; `gap`: the cheapest way to the next level; `compare`: before and after.
//! - `views`: the pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod answers;
mod assessment;
mod compare;
mod edition;
mod facts;
mod figures;
mod gap;
mod score;
mod seed;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "digital-index",
    title: { zh: "数字化水平评测", en: "Digital level" },
    summary: {
        zh: "按评测指标自评打分定级，能取的数自动取；差在哪、补什么最省，一张清单说清楚",
        en: "Scores and levels by the published index, filled from your own data; the cheapest way to the next level",
    },
    records: [
        edition::{Edition, Question, Choice, Scene, Stage, Threshold, Correction},
        assessment::Assessment, answers::{Answer, SceneLevel}, figures::Figure,
    ],
    reads: [facts::{Equipment, Report, Order, Inspection, Edge}],
    events: [assessment::AssessmentClosed],
    handlers: [
        edition::{
            install_edition, correct_choice, correct_scene, correct_threshold, editions, questions, choices, scenes,
            thresholds, corrections,
        },
        assessment::{open_assessment, close_assessment, drop_assessment, assessments, one_assessment},
        answers::{answer, set_scene, answers, scene_levels}, figures::{set_figure, figures},
        facts::fill, score::{score, parts}, gap::gap, compare::{compare, compared},
    ],
    views: [views::{levels_page, assessment_page, report_page, compare_page, edition_page}],
    requests: [
        readings("state") { zh: "统计已联网的设备数量", en: "To count the machines that are connected" },
        readings("good") { zh: "统计已联网的设备数量", en: "To count the machines that are connected" },
    ],
}

#[cfg(test)]
mod tests;
