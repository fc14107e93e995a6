//! The pages: all assessments, one of them with its questions, scenes and gap, two compared, and the index itself.

use crate::answers::{answer, scene_levels, set_scene};
use crate::assessment::{assessments, close_assessment, drop_assessment, one_assessment, open_assessment};
use crate::compare::{compare, compared};
use crate::edition::{
    choices, correct_choice, correct_scene, correct_threshold, corrections, editions, install_edition, questions,
    scenes, thresholds,
};
use crate::facts::fill;
use crate::figures::{figures, set_figure};
use crate::gap::gap;
use crate::score::{parts, score};
use toolcrib_sdk::handler::Asked;
use toolcrib_sdk::view::*;

fn points() -> Format {
    plain().digits(2)
}

fn in_points(field: &str) -> Column {
    column(field).format(points())
}

const LEVELS: [StateWords; 5] = [
    ("0", ("未达一级", "Below 1"), Tone::Bad),
    ("1", ("一级", "Level 1"), Tone::Warn),
    ("2", ("二级", "Level 2"), Tone::Info),
    ("3", ("三级", "Level 3"), Tone::Ok),
    ("4", ("四级", "Level 4"), Tone::Ok),
];
const KINDS: [StateWords; 4] = [
    ("self_before", ("改造前自评", "Self, before"), Tone::Info),
    ("onsite_before", ("改造前现场评定", "On site, before"), Tone::Info),
    ("self_after", ("改造后自评", "Self, after"), Tone::Ok),
    ("onsite_after", ("改造后现场评定", "On site, after"), Tone::Ok),
];
const SOURCES: [StateWords; 3] = [
    ("told", ("人工填写", "Told"), Tone::Info),
    ("figures", ("按数字推算", "From figures"), Tone::Ok),
    ("data", ("本厂数据", "From data"), Tone::Ok),
];
const STATES: [StateWords; 2] = [("open", ("填写中", "Open"), Tone::Info), ("closed", ("已关闭", "Closed"), Tone::Ok)];

/// Of an assessment: a query about the one that the page shows.
fn of_this<Q: Asked>() -> Source {
    source::<Q>().param("assessment")
}

/// What it is about: the index says it in both languages, a page in its reader's.
fn content() -> Column {
    column("zh").label(("内容", "What"))
}

/// All assessments, the latest first.
pub fn levels_page() -> View {
    let new = action(("新建评测", "New assessment"), fill_in::<open_assessment>()).primary();
    let report = action(("评测报告", "Report"), open("report_page").with("assessment", row("code")));
    let shown = [
        column("code").opens("assessment_page").with("assessment", row("code")),
        states("kind", &KINDS),
        states("state", &STATES),
        states("level", &LEVELS),
        in_points("score"),
        column("edition").wide_only(),
        column("assessor").wide_only(),
        column("closed_at").wide_only(),
    ];
    let both = action(("前后对比", "Before and after"), open("compare_page"));
    let all = table(source::<assessments>(), shown)
        .row_action(report)
        .action(new)
        .action(both)
        .action(action(("导出", "Export"), export()));
    let empty =
        ("还没有评测；新建一个，能取的数会自动填好", "No assessment yet: open one, and fill in what your data says");
    View::new(("数字化水平评测", "Digital level")).whole(all.when_empty(empty))
}

/// Which assessment it is and what it comes to: as people fill it in, and on paper.
fn scores() -> Section {
    let number = |value: &str, words: (&'static str, &'static str)| {
        kpi(of_this::<score>(), value).format(points()).titled(words)
    };
    section()
        .cell(3, number("score", ("总分", "Score")))
        .cell(3, kpi(of_this::<score>(), "level").titled(("等级", "Level")))
        .cell(3, kpi(of_this::<score>(), "level_by_score").titled(("按得分", "By the score")))
        .cell(3, kpi(of_this::<score>(), "level_by_scenes").titled(("按场景", "By the scenes")))
        .cell(3, number("base", ("数字化基础（50）", "Base (50)")))
        .cell(3, number("management", ("数字化管理（30）", "Management (30)")))
        .cell(3, number("results", ("数字化成效（20）", "Results (20)")))
        .cell(3, kpi(of_this::<score>(), "unanswered").titled(("未答", "Unanswered")))
}

/// Of every question: its answer, what that gives, and where it comes from.
fn asked() -> [Column; 8] {
    [
        column("question"),
        column("part").tag(),
        content(),
        column("chosen").label(("所选答案", "Answer")),
        in_points("points"),
        in_points("most"),
        states("source", &SOURCES),
        column("proof"),
    ]
}

/// What was told, and where that comes from.
fn proven(what: &str, told: Column) -> [Column; 4] {
    [column(what), told, states("source", &SOURCES), column("proof")]
}

/// One assessment.
pub fn assessment_page() -> View {
    let given = |does: Does| does.with("assessment", param("assessment"));
    let answer_it = action(("作答", "Answer"), given(fill_in::<answer>()).with("question", row("question")));
    let asked = table(of_this::<parts>(), asked())
        .tone(when("answered").is("false"), Tone::Warn)
        .row_action(answer_it)
        .action(action(("自动填写", "Fill in from data"), given(run::<fill>())).primary())
        .action(action(("填数字", "Give a figure"), given(fill_in::<set_figure>())))
        .action(action(("导出", "Export"), export()));
    let reached = table(of_this::<scene_levels>(), proven("scene", states("level", &LEVELS)))
        .action(action(("填写场景等级", "Set a scene"), given(fill_in::<set_scene>())).primary())
        .when_empty(("还没有填写场景", "No scene yet"));
    let told =
        table(of_this::<figures>(), proven("name", column("amount"))).when_empty(("还没有数字", "No figures yet"));
    let missing =
        [content(), column("question"), column("level"), in_points("gain"), column("effort"), column("modules")];
    let asked_gap = || of_this::<gap>().param("level");
    let missing = table(asked_gap(), missing)
        .titled(("最省的补法", "The cheapest way"))
        .when_empty(("不缺什么", "Nothing is missing"))
        .action(action(("导出", "Export"), export()));
    let needed = [
        column("level"),
        in_points("score"),
        in_points("score_needed"),
        column("scenes"),
        column("scenes_needed"),
        column("starred"),
        column("starred_needed"),
        column("reachable"),
        column("effort"),
    ];
    let finish = heading(("关闭评测", "Close"))
        .action(action(("关闭评测", "Close"), given(fill_in::<close_assessment>())).primary())
        .action(action(("作废", "Drop"), given(fill_in::<drop_assessment>())).danger());
    View::new(("评测", "Assessment"))
        .param(which("assessment", ("评测", "Assessment")))
        .param(Param::new("level", ("目标等级", "Level wanted")))
        .tab(("得分", "Score"))
        .section(scores())
        .tab(("题目", "Questions"))
        .whole(asked)
        .tab(("场景", "Scenes"))
        .whole(reached)
        .tab(("数字", "Figures"))
        .whole(told)
        .tab(("差距", "Gap"))
        .section(section().cell(4, detail(asked_gap(), needed)).cell(8, missing))
        .tab(("关闭", "Close"))
        .whole(finish)
}

/// The same on one page, as an assessor takes it along: nothing to fill in.
pub fn report_page() -> View {
    let mut about = columns(&["code", "edition", "revision", "assessor", "opened_at", "closed_at"]);
    about.insert(0, states("kind", &KINDS));
    let about = detail(of_this::<one_assessment>(), about);
    View::new(("评测报告", "Report"))
        .param(which("assessment", ("评测", "Assessment")))
        .whole(about)
        .section(scores())
        .whole(table(of_this::<parts>(), asked()).titled(("题目", "Questions")))
        .whole(table(of_this::<scene_levels>(), proven("scene", states("level", &LEVELS))).titled(("场景", "Scenes")))
        .whole(table(of_this::<figures>(), proven("name", column("amount"))).titled(("数字", "Figures")))
}

fn which(name: &str, words: (&'static str, &'static str)) -> Param {
    Param::new(name, words).choices(pick(source::<assessments>(), "code", "code"))
}

/// Two assessments side by side.
pub fn compare_page() -> View {
    let both = || source::<compare>().param("before").param("after");
    let rows =
        [column("question"), column("scene"), content(), in_points("before"), in_points("after"), in_points("change")];
    let rows = table(source::<compared>().param("before").param("after"), rows)
        .action(action(("导出", "Export"), export()))
        .when_empty(("选两次评测", "Choose two assessments"));
    View::new(("前后对比", "Before and after"))
        .param(which("before", ("改造前", "Before")))
        .param(which("after", ("改造后", "After")))
        .section(
            section()
                .cell(
                    4,
                    kpi(both(), "score_after")
                        .before("score_before", Better::Up)
                        .format(points())
                        .titled(("总分", "Score")),
                )
                .cell(4, kpi(both(), "level_after").before("level_before", Better::Up).titled(("等级", "Level")))
                .cell(4, kpi(both(), "scenes_raised").titled(("提升的场景", "Scenes raised"))),
        )
        .whole(rows)
}

/// The index: what is asked, what it is worth, and what was corrected.
pub fn edition_page() -> View {
    let of = |asked: Source| asked.param("edition");
    let correct = |does: Does| does.with("edition", row("edition"));
    let asked = [column("number"), column("part"), content(), column("points"), column("kind")];
    let choice = action(
        ("更正", "Correct"),
        correct(fill_in::<correct_choice>()).with("question", row("question")).with("option", row("option")),
    );
    let shown =
        [column("question"), column("option"), content(), in_points("points"), column("effort"), column("verified")];
    let scene = action(("更正", "Correct"), correct(fill_in::<correct_scene>()).with("scene", row("scene")));
    let threshold = action(("更正", "Correct"), correct(fill_in::<correct_threshold>()).with("level", row("level")));
    let limits = columns(&["level", "score", "scenes", "starred", "verified"]);
    let said = columns(&["revision", "what", "before", "after", "because", "by", "at"]);
    View::new(("评测指标", "The index"))
        .param(Param::new("edition", ("版本", "Edition")).choices(pick(source::<editions>(), "edition", "edition")))
        .tab(("题目", "Questions"))
        .whole(
            table(of(source::<questions>()), asked)
                .action(action(("添加版本", "Add an edition"), fill_in::<install_edition>())),
        )
        .whole(table(of(source::<choices>()), shown).row_action(choice).titled(("选项", "Choices")))
        .tab(("场景", "Scenes"))
        .whole(
            table(of(source::<scenes>()), [column("scene"), content(), column("starred"), column("verified")])
                .row_action(scene),
        )
        .tab(("定级规则", "Levels"))
        .whole(table(of(source::<thresholds>()), limits).row_action(threshold))
        .tab(("更正记录", "Corrections"))
        .whole(table(of(source::<corrections>()), said).when_empty(("没有更正", "None")))
}
