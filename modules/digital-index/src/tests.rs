//! The published weights, the thresholds, snapshots, what follows from figures and data, and the cheapest way.

use crate::answers::{Source, answer, answers, scene_levels, set_scene};
use crate::assessment::{AssessmentKind, assessments, close_assessment, drop_assessment, open_assessment};
use crate::compare::{compare, compared};
use crate::edition::{
    Choice, Kind, Part, Question, Scene, Stage, Threshold, Worth, choices, correct_choice, correct_scene,
    correct_threshold, corrections, install_edition, questions, scenes, thresholds,
};
use crate::facts::{Edge, Equipment, Filled, Inspection, Level, Order, Report, fill};
use crate::figures::{figures, set_figure};
use crate::gap::{gap, tests as search};
use crate::score::{Asked, Sheet, parts, score};
use proptest::collection::vec;
use proptest::prelude::*;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

use super::module;

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn points(text: &str) -> Decimal<4> {
    text.parse().unwrap()
}

/// A firm without any other module.
fn alone() -> testing::Module {
    let mut firm = module();
    for other in ["plant", "job-reporting", "work-orders", "inspection", "traceability"] {
        firm.without(other);
    }
    firm
}

fn opened(firm: &mut testing::Module, kind: AssessmentKind) -> Text<16> {
    let assessor = Some(text("王工"));
    firm.run(open_assessment { kind, edition: None, assessor, like: None }).unwrap()
}

fn before(firm: &mut testing::Module) -> Text<16> {
    opened(firm, AssessmentKind::SelfBefore)
}

fn answered(of: &Text<16>, question: i64, options: &[&str]) -> answer {
    let options = options.iter().map(|option| text(option)).collect();
    answer { assessment: of.clone(), question, options, proof: None }
}

fn told(firm: &mut testing::Module, of: &Text<16>, question: i64, options: &[&str]) -> Outcome<Decimal<4>> {
    firm.run(answered(of, question, options))
}

fn at_level(firm: &mut testing::Module, of: &Text<16>, names: &[&str], level: i64) {
    for scene in names {
        firm.run(set_scene { assessment: of.clone(), scene: text(scene), level, proof: None }).unwrap();
    }
}

fn figure(firm: &mut testing::Module, of: &Text<16>, name: &str, amount: &str) -> Outcome<()> {
    let (assessment, name, amount) = (of.clone(), text(name), amount.parse().unwrap());
    firm.run(set_figure { assessment, name, amount, proof: None })
}

fn all_questions(firm: &mut testing::Module) -> Vec<Question> {
    firm.run(questions { edition: None, after: None }).unwrap().rows
}

fn all_choices(firm: &mut testing::Module) -> Vec<Choice> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = firm.run(choices { edition: None, question: None, after }).unwrap();
        all.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

/// 工信厅企业〔2024〕56号: 100 points are 50 for the base, 30 for management, 20 for results.
#[test]
fn published_weights_sum_to_50_30_20() {
    let mut firm = alone();
    before(&mut firm);
    let (asked, choices) = (all_questions(&mut firm), all_choices(&mut firm));
    let part = |part| asked.iter().filter(|asked| asked.part == part).map(|asked| asked.points.0).sum::<i64>();
    assert_eq!([Part::Base, Part::Management, Part::Results].map(part), [50_0000, 30_0000, 20_0000]);
    for asked in &asked {
        let points = choices.iter().filter(|choice| choice.question == asked.number).map(|choice| choice.points.0);
        let best = if asked.kind == Kind::Multiple { points.sum() } else { points.max().unwrap() };
        assert_eq!(best, asked.points.0, "the best answer to question {} gives all its points", asked.number);
    }
    let scenes = firm.run(scenes { edition: None, after: None }).unwrap().rows;
    assert_eq!((scenes.len(), scenes.iter().filter(|scene| scene.starred).count()), (16, 10));
}

const STARRED: [&str; 10] = [
    "product-design",
    "sales",
    "production",
    "quality",
    "equipment",
    "safety",
    "energy",
    "purchasing",
    "warehouse",
    "finance",
];
const GUIDING: [&str; 6] = ["process-design", "service", "planning", "people", "office", "decisions"];

/// The level rule: score, scenes at that level or above, starred ones among them; the lower half decides.
#[test]
fn at_each_threshold_a_hundredth_or_a_scene_less_is_a_level_less() {
    for (level, score, scenes, starred) in
        [(1, 20_0000, 6, 3), (2, 40_0000, 6, 3), (3, 60_0000, 8, 5), (4, 80_0000, 10, 6)]
    {
        let mut firm = alone();
        let sheet = |points: i64, starred: usize, guiding: usize| {
            let asked = Asked {
                question: Question {
                    points: Decimal(100_0000),
                    kind: Kind::Single,
                    part: Part::Base,
                    ..Question::blank()
                },
                choices: vec![(Choice { points: Decimal(points), ..Choice::blank() }, true)],
            };
            let scene = |at: usize, starred: bool, reached: bool| {
                let name = if starred { STARRED[at] } else { GUIDING[at] };
                (Scene { scene: text(name), starred, ..Scene::blank() }, if reached { level } else { level - 1 })
            };
            let scenes =
                (0..10).map(|at| scene(at, true, at < starred)).chain((0..6).map(|at| scene(at, false, at < guiding)));
            (asked, scenes.collect::<Vec<_>>())
        };
        before(&mut firm);
        let rules = firm.run(thresholds { edition: None, after: None }).unwrap().rows;
        let found = |points: i64, starred: usize, guiding: usize| {
            let (asked, scenes) = sheet(points, starred, guiding);
            Sheet { asked: vec![asked], scenes, thresholds: rules.clone() }.found().level
        };
        let guiding = scenes - starred;
        assert_eq!(found(score, starred, guiding), level, "at the threshold of {level}");
        assert_eq!(found(score + 100, starred, guiding), level, "a hundredth above");
        assert_eq!(found(score - 100, starred, guiding), level - 1, "a hundredth below");
        assert!(found(score, starred, guiding - 1) < level, "a scene less");
        assert!(found(score, starred - 1, guiding + 1) < level, "a starred scene less");
    }
}

#[test]
fn a_closed_assessment_never_changes_and_names_what_it_was_made_by() {
    let mut firm = alone();
    let code = before(&mut firm);
    assert_eq!(told(&mut firm, &code, 1, &["control", "application"]), Ok(points("4")));
    assert_eq!(told(&mut firm, &code, 5, &["several"]), Ok(points("5")));
    at_level(&mut firm, &code, &["production", "quality"], 2);
    let close = |pledge| close_assessment { assessment: code.clone(), pledge };
    assert_eq!(firm.run(close(false)).unwrap_err().code(), "pledge-needed");
    assert_eq!(firm.run(close(true)), Ok(0));
    for refused in [
        told(&mut firm, &code, 1, &["5g"]).map(drop),
        figure(&mut firm, &code, "machines", "10"),
        firm.run(set_scene { assessment: code.clone(), scene: text("sales"), level: 1, proof: None }),
        firm.run(fill { assessment: code.clone() }).map(drop),
        firm.run(drop_assessment { assessment: code.clone() }),
        firm.run(close(true)).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().code(), "closed");
    }
    let correct = |points: &str| correct_choice {
        edition: text("2024"),
        question: 1,
        option: text("control"),
        worth: Worth { points: Some(self::points(points)), above: None, effort: None },
        because: text("官方文本第3页"),
    };
    firm.run(correct("1.5")).unwrap();
    let closed = firm.run(assessments { after: None }).unwrap().rows[0].value.clone();
    assert_eq!((closed.score, closed.revision), (points("9"), 1), "pinned");
    assert_eq!(firm.run(score { assessment: code.clone() }).unwrap().score, points("9"));
    assert_eq!(firm.run(parts { assessment: code.clone() }).unwrap().rows[0].points, points("4"));
    let next = firm
        .run(open_assessment {
            kind: AssessmentKind::SelfAfter,
            edition: None,
            assessor: None,
            like: Some(code.clone()),
        })
        .unwrap();
    assert_eq!(firm.run(score { assessment: next.clone() }).unwrap().score, points("8.5"), "by the corrected edition");
    firm.run(close_assessment { assessment: next.clone(), pledge: true }).unwrap();
    let closed = firm.run(assessments { after: None }).unwrap().rows[0].value.clone();
    assert_eq!((closed.score, closed.revision), (points("8.5"), 2));
    assert_eq!(firm.run(parts { assessment: next }).unwrap().rows[0].points, points("3.5"));
    let kept = firm.run(corrections { edition: None, after: None }).unwrap().rows;
    assert_eq!((kept.len(), kept[0].before.as_str(), kept[0].after.as_str()), (1, "2.0000 / 3", "1.5000 / 3"));
}

#[test]
fn answers_that_cannot_be_are_refused_and_change_nothing() {
    let mut firm = alone();
    let code = before(&mut firm);
    told(&mut firm, &code, 1, &["control"]).unwrap();
    let refused = |firm: &mut testing::Module, question, options: &[&str]| {
        told(firm, &code, question, options).unwrap_err().code().to_owned()
    };
    assert_eq!(refused(&mut firm, 1, &["satellite"]), "unknown-choice");
    assert_eq!(refused(&mut firm, 1, &["5g", "5g"]), "chosen-twice");
    assert_eq!(refused(&mut firm, 1, &["5g", "none"]), "excludes-others");
    assert_eq!(refused(&mut firm, 5, &["one", "several"]), "one-choice");
    assert_eq!(refused(&mut firm, 99, &["one"]), "unknown-question");
    assert_eq!(firm.run(score { assessment: code.clone() }).unwrap().score, points("2"));
    assert_eq!(figure(&mut firm, &code, "staff", "3").unwrap_err().code(), "unknown-figure");
    assert_eq!(figure(&mut firm, &code, "machines", "-1").unwrap_err().code(), "bad-figure");
    let level = |level| set_scene { assessment: code.clone(), scene: text("sales"), level, proof: None };
    assert_eq!(firm.run(level(5)).unwrap_err().code(), "unknown-level");
    assert_eq!(firm.run(level(-1)).unwrap_err().code(), "unknown-level");
    let onsite = open_assessment { kind: AssessmentKind::OnsiteAfter, edition: None, assessor: None, like: None };
    assert_eq!(firm.run(onsite).unwrap_err().code(), "assessor-needed");
    assert_eq!(firm.run(install_edition { edition: text("1999") }).unwrap_err().code(), "unknown-edition");
    let threshold = correct_threshold {
        edition: text("2024"),
        level: 2,
        score: points("40"),
        scenes: 3,
        starred: 4,
        because: text("x"),
    };
    assert_eq!(firm.run(threshold).unwrap_err().code(), "bad-threshold");
    let scene = correct_scene { edition: text("2024"), scene: text("office"), starred: true, because: text(" ") };
    assert_eq!(firm.run(scene).unwrap_err().code(), "reason-needed");
    assert!(!firm.run(scenes { edition: None, after: None }).unwrap().rows.iter().any(|scene| scene.verified));
}

/// Bands (10 %, 20 %], …: exactly a bound belongs to the band below it.
#[test]
fn shares_and_changes_follow_from_figures_exactly() {
    let mut firm = alone();
    let code = before(&mut firm);
    figure(&mut firm, &code, "machines", "300").unwrap();
    for (digital, points) in [
        ("0", "0"),
        ("30", "0"),
        ("30.000001", "1.5"),
        ("60", "1.5"),
        ("61", "3"),
        ("120", "3"),
        ("121", "4.5"),
        ("180", "4.5"),
        ("181", "6"),
        ("300", "6"),
    ] {
        figure(&mut firm, &code, "digital_machines", digital).unwrap();
        assert_eq!(
            firm.run(parts { assessment: code.clone() }).unwrap().rows[1].points,
            self::points(points),
            "{digital} of 300"
        );
    }
    for (name, amount) in [
        ("spend_1", "100"),
        ("spend_2", "0"),
        ("spend_3", "201"),
        ("revenue_1", "1000"),
        ("revenue_2", "1000"),
        ("revenue_3", "1000"),
    ] {
        figure(&mut firm, &code, name, amount).unwrap();
    }
    let part = |firm: &mut testing::Module, number: usize| {
        firm.run(parts { assessment: code.clone() }).unwrap().rows[number - 1].points
    };
    assert_eq!(part(&mut firm, 11), points("1.875"), "301 of 3,000");
    // A third and a third are flat, whatever their decimals.
    for (name, amount) in
        [("passed_before", "1"), ("checked_before", "3"), ("passed_after", "2"), ("checked_after", "6")]
    {
        figure(&mut firm, &code, name, amount).unwrap();
    }
    assert_eq!(part(&mut firm, 13), points("3.5"));
    figure(&mut firm, &code, "passed_after", "2.000001").unwrap();
    assert_eq!(part(&mut firm, 13), points("7"));
    for (name, amount) in
        [("energy_before", "100"), ("revenue_before", "1000"), ("energy_after", "100"), ("revenue_after", "1001")]
    {
        figure(&mut firm, &code, name, amount).unwrap();
    }
    assert_eq!(part(&mut firm, 12), points("7"), "less energy for each yuan");
    // No share of nothing, and a person's word stands.
    told(&mut firm, &code, 2, &["band-3"]).unwrap();
    figure(&mut firm, &code, "machines", "0").unwrap();
    assert_eq!(part(&mut firm, 2), points("3"));
    assert_eq!(part(&mut firm, 3), points("0"));
    assert_eq!(firm.run(figures { assessment: code, after: None }).unwrap().rows.len(), 16);
}

#[test]
fn what_the_firms_own_data_says_is_filled_in_with_its_proof() {
    let mut firm = module();
    let machine = |code: &str| Equipment { code: text(code), level: Level::WorkUnit, retired_at: None };
    for code in ["m1", "m2", "m3", "m4", "m5"] {
        firm.share(&machine(code));
    }
    firm.share(&Equipment { retired_at: Some(Instant(1)), ..machine("old") });
    firm.share(&Equipment { level: Level::Area, ..machine("hall") });
    firm.share(&Order { number: text("WO-1") });
    firm.share(&Inspection { code: text("QI-1") });
    firm.share(&Edge { output: text("L2"), input: text("L1") });
    let day = |n: i64| firm.now().plus_us((n - 100) * 86_400_000_000);
    let reports: Vec<_> = [(1, "90", "10"), (2, "90", "10"), (50, "0", "9"), (98, "95", "5"), (99, "96", "4")]
        .into_iter()
        .map(|(at, good, scrap)| Report {
            good: good.parse().unwrap(),
            scrap: scrap.parse().unwrap(),
            rework: Decimal(0),
            ended_at: day(at),
        })
        .collect();
    for report in reports {
        firm.share(&report);
    }
    let at = firm.now().plus_us(-86_400_000_000);
    firm.sample("m1.state", at, Sample::Word { value: "running".into() });
    firm.sample("m2.good", at, Sample::Count { value: 7 });
    let code = before(&mut firm);
    let filled = firm.run(fill { assessment: code.clone() }).unwrap();
    assert_eq!(filled, Filled { figures: 7, answers: 1, scenes: 2 });
    let rows = firm.run(parts { assessment: code.clone() }).unwrap().rows;
    let points_of = |number: usize| rows[number - 1].points;
    assert_eq!(points_of(3), points("3"), "two of five machines are connected");
    assert_eq!(points_of(13), points("7"), "191 of 200 after 180 of 200");
    assert_eq!(points_of(4), points("1.4"), "equipment and production");
    let levels = firm.run(scene_levels { assessment: code.clone(), after: None }).unwrap().rows;
    let said: Vec<_> = levels.iter().map(|level| (level.scene.as_str(), level.level, level.source)).collect();
    assert_eq!(said, [("production", 2, Source::Data), ("quality", 3, Source::Data)]);
    assert!(levels.iter().all(|level| level.proof.is_some()));
    // A person knows better, and stays right when data is looked at again.
    at_level(&mut firm, &code, &["quality"], 2);
    told(&mut firm, &code, 4, &["none"]).unwrap();
    let again = firm.run(fill { assessment: code.clone() }).unwrap();
    assert_eq!(again, Filled { figures: 7, answers: 0, scenes: 1 });
    assert!(
        firm.run(answers { assessment: code, after: None }).unwrap().rows.iter().any(|answer| answer.option == *"none")
    );
}

#[test]
fn alone_nothing_is_filled_in_and_nothing_fails() {
    let mut firm = alone();
    let code = before(&mut firm);
    assert_eq!(firm.run(fill { assessment: code }).unwrap(), Filled::default());
}

#[test]
fn the_gap_names_the_cheapest_answers_and_scenes() {
    let mut firm = alone();
    let code = before(&mut firm);
    told(&mut firm, &code, 5, &["several"]).unwrap();
    at_level(&mut firm, &code, &["production", "quality"], 2);
    at_level(&mut firm, &code, &["office"], 1);
    let found = firm.run(gap { assessment: code.clone(), level: Some(2) }).unwrap();
    assert!(found.reachable);
    assert_eq!((found.scenes, found.starred, found.score), (2, 2, points("5")));
    let scenes: Vec<_> = found.rows.iter().filter_map(|step| step.scene.as_ref()).collect();
    assert_eq!(scenes.len(), 4);
    assert!(scenes.iter().any(|scene| STARRED.contains(&scene.as_str())), "one more starred scene");
    assert!(scenes.iter().any(|scene| **scene == *"office"), "the one that is half way there");
    let gained: i64 = found.rows.iter().map(|step| step.gain.0).sum();
    assert!(gained >= 35_0000);
    // Whoever does what it says is there.
    let asked: Vec<_> = found.rows.iter().filter_map(|step| Some((step.question?, step.option.clone()?))).collect();
    for number in 1..=15 {
        let mut options: Vec<&str> =
            asked.iter().filter(|(question, _)| *question == number).map(|(_, option)| option.as_str()).collect();
        if number == 5 && options.is_empty() {
            options.push("several");
        }
        told(&mut firm, &code, number, &options).unwrap();
    }
    let scenes: Vec<&str> = scenes.iter().map(|scene| scene.as_str()).collect();
    at_level(&mut firm, &code, &scenes, 2);
    assert_eq!(firm.run(score { assessment: code.clone() }).unwrap().level, 2);
    let found = firm.run(gap { assessment: code, level: Some(2) }).unwrap();
    assert_eq!((found.rows.len(), found.effort), (0, 0), "nothing is missing any more");
}

#[test]
fn before_and_after_compare_only_within_an_edition() {
    let mut firm = alone();
    let first = before(&mut firm);
    told(&mut firm, &first, 1, &["control"]).unwrap();
    at_level(&mut firm, &first, &["office"], 2);
    let last = opened(&mut firm, AssessmentKind::OnsiteAfter);
    told(&mut firm, &last, 1, &["control", "5g"]).unwrap();
    at_level(&mut firm, &last, &["production"], 2);
    at_level(&mut firm, &last, &["office"], 1);
    let change = firm.run(compare { before: first.clone(), after: last.clone() }).unwrap();
    assert_eq!((change.gain, change.scenes_raised, change.scenes_lowered), (points("2"), 1, 1));
    let rows = firm.run(compared { before: first.clone(), after: last }).unwrap().rows;
    assert_eq!(rows.len(), 15 + 16);
    assert_eq!((rows[0].before, rows[0].after, rows[0].change), (points("2"), points("4"), points("2")));
    let old =
        open_assessment { kind: AssessmentKind::SelfBefore, edition: Some(text("2022")), assessor: None, like: None };
    let old = firm.run(old).unwrap();
    assert_eq!(firm.run(compare { before: first, after: old }).unwrap_err().code(), "other-edition");
}

fn random_sheet() -> impl Strategy<Value = (Sheet, Vec<Stage>, Threshold, i64)> {
    let choice = (0..12_i64, 1..9_i64, any::<bool>());
    let asked = (0..3_u8, vec(choice, 1..5));
    let scene = (any::<bool>(), 0..5_i64, [1..9_i64, 1..9, 1..9, 1..9]);
    let threshold = (1..5_i64, 0..9_i64, 0..6_i64);
    (vec(asked, 0..5), vec(scene, 0..9), threshold, 0..60_i64).prop_map(|(asked, scenes, threshold, needed)| {
        let asked = (1..).zip(asked).map(|(number, (kind, choices))| sheet_question(number, kind, &choices)).collect();
        let mut stages = Vec::new();
        let scenes = scenes.into_iter().enumerate().map(|(at, (starred, reached, efforts))| {
            let name = || text::<40>(&format!("s{at}"));
            for (level, effort) in (1..).zip(efforts) {
                stages.push(Stage { scene: name(), level, effort, ..Stage::blank() });
            }
            (Scene { scene: name(), starred, ..Scene::blank() }, reached)
        });
        let scenes = scenes.collect();
        let (level, count, starred) = threshold;
        let threshold = Threshold { level, scenes: count, starred: starred.min(count), ..Threshold::blank() };
        (Sheet { asked, scenes, thresholds: Vec::new() }, stages, threshold, needed)
    })
}

fn sheet_question(number: i64, kind: u8, choices: &[(i64, i64, bool)]) -> Asked {
    let kind = [Kind::Multiple, Kind::Single, Kind::Rising][usize::from(kind)];
    let mut is_one_made = false;
    let choices = choices.iter().enumerate().map(|(at, (points, effort, made))| {
        let made = *made && (kind == Kind::Multiple || !is_one_made);
        is_one_made = is_one_made || made;
        let option = text(&format!("c{at}"));
        (Choice { question: number, option, points: Decimal(*points), effort: *effort, ..Choice::blank() }, made)
    });
    let choices: Vec<_> = choices.collect();
    Asked { question: Question { number, kind, points: Decimal(1_000), ..Question::blank() }, choices }
}

proptest! {
    #[test]
    fn the_cheapest_way_is_that_of_trying_everything((sheet, stages, threshold, needed) in random_sheet()) {
        let searched = search::searched_answers(&sheet.asked, needed);
        prop_assert_eq!(searched.map(|(effort, _)| effort), search::brute_answers(&sheet.asked, needed));
        if let Some((_, gain)) = searched {
            prop_assert!(gain >= needed.max(0));
        }
        let scenes = search::searched_scenes(&sheet, &stages, &threshold);
        prop_assert_eq!(scenes, search::brute_scenes(&sheet, &stages, &threshold));
    }
}
