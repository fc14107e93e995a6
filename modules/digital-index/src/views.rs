//! The pages: all assessments, one of them with its questions, scenes and gap, two compared, and the index itself.

use crate::answers::{answer, scene_levels, set_scene};
use crate::assessment::{assessments, close_assessment, drop_assessment, open_assessment};
use crate::compare::{compare, compared};
use crate::edition::{
    choices, correct_choice, correct_scene, correct_threshold, corrections, editions, install_edition, questions,
    scenes, thresholds,
};
use crate::facts::fill;
use crate::figures::{figures, set_figure};
use crate::gap::gap;
use crate::report::report;
use crate::score::{parts, score};
use toolcrib_sdk::view::*;

fn points() -> Format {
    plain().digits(2)
}

fn level(value: &str, words: (&'static str, &'static str), tone: Tone) -> State {
    state(value, words, tone)
}

fn levels(field: &str) -> Column {
    column(field)
        .state(level("0", ("未达一级", "Below 1"), Tone::Bad))
        .state(level("1", ("一级", "Level 1"), Tone::Warn))
        .state(level("2", ("二级", "Level 2"), Tone::Info))
        .state(level("3", ("三级", "Level 3"), Tone::Ok))
        .state(level("4", ("四级", "Level 4"), Tone::Ok))
}

fn kinds() -> Column {
    column("kind")
        .state(state("self_before", ("改造前自评", "Self, before"), Tone::Info))
        .state(state("onsite_before", ("改造前现场评定", "On site, before"), Tone::Info))
        .state(state("self_after", ("改造后自评", "Self, after"), Tone::Ok))
        .state(state("onsite_after", ("改造后现场评定", "On site, after"), Tone::Ok))
}

fn sources() -> Column {
    column("source")
        .state(state("told", ("人工填写", "Told"), Tone::Info))
        .state(state("figures", ("按数字推算", "From figures"), Tone::Ok))
        .state(state("data", ("本厂数据", "From data"), Tone::Ok))
}

fn this() -> Source {
    source::<score>().param("assessment")
}

/// All assessments, the latest first.
pub fn levels_page() -> View {
    let new = action(("新建评测", "New assessment"), fill_in::<open_assessment>()).primary();
    let states = column("state").state(state("open", ("填写中", "Open"), Tone::Info)).state(state(
        "closed",
        ("已关闭", "Closed"),
        Tone::Ok,
    ));
    let shown = [
        column("code").opens("assessment_page").with("assessment", row("code")),
        kinds(),
        states,
        levels("level"),
        column("score").format(points()),
        column("edition").wide_only(),
        column("assessor").wide_only(),
        column("closed_at").wide_only(),
    ];
    let both = action(("前后对比", "Before and after"), open("compare_page"));
    let all =
        table(source::<assessments>(), shown).action(new).action(both).action(action(("导出", "Export"), export()));
    let empty =
        ("还没有评测；新建一个，能取的数会自动填好", "No assessment yet: open one, and fill in what your data says");
    View::new(("数字化水平评测", "Digital level")).section(section().cell(12, all.when_empty(empty)))
}

/// One assessment.
pub fn assessment_page() -> View {
    let given = |does: Does| does.with("assessment", param("assessment"));
    let number = |value: &str, words: (&'static str, &'static str)| kpi(this(), value).format(points()).titled(words);
    let scores = section()
        .cell(3, number("score", ("总分", "Score")))
        .cell(3, kpi(this(), "level").titled(("等级", "Level")))
        .cell(3, kpi(this(), "level_by_score").titled(("按得分", "By the score")))
        .cell(3, kpi(this(), "level_by_scenes").titled(("按场景", "By the scenes")))
        .cell(3, number("base", ("数字化基础（50）", "Base (50)")))
        .cell(3, number("management", ("数字化管理（30）", "Management (30)")))
        .cell(3, number("results", ("数字化成效（20）", "Results (20)")))
        .cell(3, kpi(this(), "unanswered").titled(("未答", "Unanswered")));
    let asked = [
        column("question"),
        column("part").tag(),
        column("zh"),
        column("en").wide_only(),
        column("points").format(points()),
        column("most").format(points()),
    ];
    let answer_it = action(("作答", "Answer"), given(fill_in::<answer>()).with("question", row("question")));
    let asked = table(source::<parts>().param("assessment"), asked)
        .tone(when("answered").is("false"), Tone::Warn)
        .row_action(answer_it)
        .action(action(("自动填写", "Fill in from data"), given(run::<fill>())).primary())
        .action(action(("填数字", "Give a figure"), given(fill_in::<set_figure>())))
        .action(action(("导出", "Export"), export()));
    let reached = [column("scene"), levels("level"), sources(), column("proof").wide_only()];
    let reached = table(source::<scene_levels>().param("assessment"), reached)
        .action(action(("填写场景等级", "Set a scene"), given(fill_in::<set_scene>())).primary())
        .when_empty(("还没有填写场景", "No scene yet"));
    let told = [column("name"), column("amount"), sources(), column("proof").wide_only()];
    let told = table(source::<figures>().param("assessment"), told).when_empty(("还没有数字", "No figures yet"));
    let missing = [
        column("zh"),
        column("en").wide_only(),
        column("question"),
        column("level"),
        column("gain").format(points()),
        column("effort"),
        column("modules"),
    ];
    let asked_gap = || source::<gap>().param("assessment").param("level");
    let missing = table(asked_gap(), missing)
        .titled(("最省的补法", "The cheapest way"))
        .when_empty(("不缺什么", "Nothing is missing"))
        .action(action(("导出", "Export"), export()));
    let needed = [
        column("level"),
        column("score").format(points()),
        column("score_needed").format(points()),
        column("scenes"),
        column("scenes_needed"),
        column("starred"),
        column("starred_needed"),
        column("reachable"),
        column("effort"),
    ];
    let report = action(("评测报告", "Report"), given(open("report_page"))).primary();
    let scores = scores.cell(12, heading(("报告", "Report")).action(report));
    let finish = heading(("关闭评测", "Close"))
        .action(action(("关闭评测", "Close"), given(fill_in::<close_assessment>())).primary())
        .action(action(("作废", "Drop"), given(fill_in::<drop_assessment>())).danger());
    View::new(("评测", "Assessment"))
        .param(Param::new("assessment", ("评测", "Assessment")).choices(pick(source::<assessments>(), "code", "code")))
        .param(Param::new("level", ("目标等级", "Level wanted")))
        .tab(("得分", "Score"))
        .section(scores)
        .tab(("题目", "Questions"))
        .section(section().cell(12, asked))
        .tab(("场景", "Scenes"))
        .section(section().cell(12, reached))
        .tab(("数字", "Figures"))
        .section(section().cell(12, told))
        .tab(("差距", "Gap"))
        .section(section().cell(4, detail(asked_gap(), needed)).cell(8, missing))
        .tab(("关闭", "Close"))
        .section(section().cell(12, finish))
}

/// One assessment as an assessor reads it: on one page, for paper and for a workbook.
pub fn report_page() -> View {
    let of = || source::<report>().param("assessment");
    let head = [
        column("code"),
        kinds(),
        column("state"),
        column("edition"),
        column("document"),
        column("revision"),
        column("assessor"),
        column("closed_at"),
    ];
    let scores = ["score", "base", "management", "results"].map(|field| column(field).format(points()));
    let levels_found = ["level", "level_by_score", "level_by_scenes"].map(levels);
    let scores = detail(this(), scores.into_iter().chain(levels_found).chain([column("unanswered")]));
    let given = [
        column("question"),
        column("zh"),
        column("en").wide_only(),
        column("answer"),
        column("answer_en").wide_only(),
        column("points").format(points()),
        column("most").format(points()),
        sources(),
        column("proof"),
    ];
    let reached =
        [column("zh"), column("en").wide_only(), column("starred"), levels("level"), sources(), column("proof")];
    let told = ["name", "amount"].map(column).into_iter().chain([sources(), column("proof")]);
    let told = table(source::<figures>().param("assessment"), told);
    let asked_gap = || source::<gap>().param("assessment").param("level");
    let needed = ["score", "score_needed"].map(|field| column(field).format(points()));
    let needed = [column("level")].into_iter().chain(needed);
    let needed = needed.chain(["scenes", "scenes_needed", "starred", "starred_needed"].map(column));
    let missing = [
        column("zh"),
        column("en").wide_only(),
        column("question"),
        column("level"),
        column("gain").format(points()),
        column("modules"),
    ];
    let missing = table(asked_gap(), missing).when_empty(("不缺什么", "Nothing is missing"));
    View::new(("评测报告", "Report"))
        .param(Param::new("assessment", ("评测", "Assessment")).choices(pick(source::<assessments>(), "code", "code")))
        .param(Param::new("level", ("目标等级", "Level wanted")))
        .section(
            section()
                .cell(6, detail(of(), head).titled(("评测", "Assessment")))
                .cell(6, scores.titled(("得分与等级", "Score and level"))),
        )
        .section(section().cell(12, table(of().at("answers"), given).titled(("逐题作答与佐证", "Answers and proofs"))))
        .section(section().cell(12, table(of().at("scenes"), reached).titled(("业务场景", "Scenes"))))
        .section(section().cell(12, told.titled(("填报数字", "Figures"))))
        .section(
            section()
                .cell(4, detail(asked_gap(), needed).titled(("与目标等级的差距", "Gap")))
                .cell(8, missing.titled(("最省的补法", "The cheapest way"))),
        )
}

/// Two assessments side by side.
pub fn compare_page() -> View {
    let both = || source::<compare>().param("before").param("after");
    let rows = [
        column("question"),
        column("scene"),
        column("zh"),
        column("en").wide_only(),
        column("before").format(points()),
        column("after").format(points()),
        column("change").format(points()),
    ];
    let rows = table(source::<compared>().param("before").param("after"), rows)
        .action(action(("导出", "Export"), export()))
        .when_empty(("选两次评测", "Choose two assessments"));
    let which = |name: &str, words| Param::new(name, words).choices(pick(source::<assessments>(), "code", "code"));
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
        .section(section().cell(12, rows))
}

/// The index: what is asked, what it is worth, and what was corrected.
pub fn edition_page() -> View {
    let of = |asked: Source| asked.param("edition");
    let correct = |does: Does| does.with("edition", row("edition"));
    let asked = ["number", "part", "zh", "points", "kind"].map(column);
    let choice = action(
        ("更正", "Correct"),
        correct(fill_in::<correct_choice>()).with("question", row("question")).with("option", row("option")),
    );
    let shown = [
        column("question"),
        column("option"),
        column("zh"),
        column("points").format(points()),
        column("effort"),
        column("verified"),
    ];
    let scene = action(("更正", "Correct"), correct(fill_in::<correct_scene>()).with("scene", row("scene")));
    let threshold = action(("更正", "Correct"), correct(fill_in::<correct_threshold>()).with("level", row("level")));
    let limits = ["level", "score", "scenes", "starred", "verified"].map(column);
    let said = ["revision", "what", "before", "after", "because", "by", "at"].map(column);
    View::new(("评测指标", "The index"))
        .param(Param::new("edition", ("版本", "Edition")).choices(pick(source::<editions>(), "edition", "edition")))
        .tab(("题目", "Questions"))
        .section(
            section().cell(
                12,
                table(of(source::<questions>()), asked)
                    .action(action(("添加版本", "Add an edition"), fill_in::<install_edition>())),
            ),
        )
        .section(
            section().cell(12, table(of(source::<choices>()), shown).row_action(choice).titled(("选项", "Choices"))),
        )
        .tab(("场景", "Scenes"))
        .section(section().cell(
            12,
            table(of(source::<scenes>()), ["scene", "zh", "starred", "verified"].map(column)).row_action(scene),
        ))
        .tab(("定级规则", "Levels"))
        .section(section().cell(12, table(of(source::<thresholds>()), limits).row_action(threshold)))
        .tab(("更正记录", "Corrections"))
        .section(section().cell(12, table(of(source::<corrections>()), said).when_empty(("没有更正", "None"))))
}
