//! The pages: what waits for a verdict, one inspection, what is not as it should be, plans and sampling.
//! `told`: rows with names.

pub mod told;

use crate::aql::sampling;
use crate::characteristics::{characteristics, set_characteristic};
use crate::decide::decide_inspection;
use crate::inspections::{cancel_inspection, inspections, open_inspection, requirements};
use crate::nonconformances::{dispose, nonconformances, report_nonconformance};
use crate::plans::{plan_lines, plans, resume_plan, schemes, set_plan, set_plan_line, set_switching};
use crate::readings::{defects, readings, record_defects, record_readings};
use toolcrib_sdk::contract::view::Table;
use toolcrib_sdk::view::*;

/// A characteristic by its name.
fn looked_at() -> Column {
    column("characteristic").named(pick(source::<characteristics>(), "code", "name"))
}

fn amount(field: &str) -> Column {
    column(field).format(plain().unit_field("unit"))
}

const STATES: [StateWords; 3] = [
    ("open", ("检验中", "Open"), Tone::Info),
    ("accepted", ("合格", "Accepted"), Tone::Ok),
    ("rejected", ("不合格", "Rejected"), Tone::Bad),
];

fn inspection_table(of: Option<&str>) -> Table {
    let asked = source::<inspections>();
    let asked = match of {
        Some(state) => asked.with("state", constant(state)),
        None => asked,
    };
    let columns = [
        column("code").opens("inspection_page").with("inspection", row("code")),
        column("material"),
        column("lot"),
        amount("quantity"),
        column("sample"),
        states("state", &STATES),
        column("order").wide_only(),
        column("opened_at").wide_only(),
    ];
    table(asked, columns)
}

/// What waits for a verdict, and what had one.
pub fn inspections_page() -> View {
    let new = || action(("新建检验", "Open an inspection"), fill_in::<open_inspection>()).primary();
    let waiting = inspection_table(Some("open")).when_empty(("没有待检的", "Nothing waits")).action(new());
    let all = inspection_table(None).when_empty(("还没有检验", "No inspections yet"));
    View::new(("检验单", "Inspections"))
        .tab(("待检", "Waiting"))
        .whole(waiting)
        .tab(("全部", "All"))
        .whole(all.action(action(("导出", "Export"), export())))
}

/// One inspection: how many to look at, what was found, the verdict.
pub fn inspection_page() -> View {
    let given = |does: Does| does.with("inspection", param("inspection"));
    let mut wanted = vec![column("class").tag(), column("severity").tag()];
    wanted.extend(columns(&["letter", "sample", "accept", "reject", "defects", "accepted"]));
    let wanted = table(source::<requirements>().param("inspection"), wanted)
        .tone(when("accepted").is("false"), Tone::Bad)
        .titled(("抽样与判定数", "Sample and numbers"))
        .action(action(("判定", "Decide"), given(fill_in::<decide_inspection>())).primary())
        .action(action(("取消检验", "Cancel"), given(fill_in::<cancel_inspection>())).danger());
    let read = form::<record_readings>()
        .hidden("inspection", param("inspection"))
        .pick("characteristic", pick(source::<characteristics>(), "code", "name"))
        .send(("录入", "Record"));
    let found = form::<record_defects>()
        .hidden("inspection", param("inspection"))
        .prefill("count", constant("1"))
        .send(("录入", "Record"));
    let values = [looked_at(), column("unit_number"), column("value"), column("good"), column("by")];
    let values = table(source::<readings>().param("inspection"), values).tone(when("good").is("false"), Tone::Bad);
    let listed = [column("class").tag(), looked_at(), column("defect"), column("count"), column("by")];
    View::new(("检验", "Inspection"))
        .param(Param::new("inspection", ("检验单", "Inspection")))
        .section(
            section()
                .cell(12, wanted)
                .cell(6, read.titled(("读数", "Readings")))
                .cell(6, found.titled(("缺陷", "Defects"))),
        )
        .section(
            section().cell(6, values.titled(("已录读数", "Recorded readings"))).cell(
                6,
                table(source::<defects>().param("inspection"), listed).titled(("已录缺陷", "Recorded defects")),
            ),
        )
}

fn nonconformance_table(progress: &str) -> Table {
    let columns = [
        column("number"),
        column("material"),
        column("lot"),
        amount("quantity"),
        column("description"),
        column("inspection").opens("inspection_page").with("inspection", row("inspection")),
        column("disposition").tag(),
        column("approved_by").wide_only(),
        column("opened_at").wide_only(),
    ];
    table(source::<nonconformances>().with("progress", constant(progress)), columns)
}

/// What is not as it should be: what waits for a disposition first.
pub fn nonconformances_page() -> View {
    let decide = action(("处置", "Dispose"), fill_in::<dispose>().with("nonconformance", row("number")));
    let waiting = nonconformance_table("open")
        .row_action(decide.primary())
        .when_empty(("没有待处置的", "Nothing waits"))
        .action(action(("报不合格", "Report"), open("report_page")));
    let photos = attachments(source::<nonconformances>().with("progress", constant("open")), "photo", "description")
        .column(column("number"))
        .column(column("lot"));
    View::new(("不合格品", "Nonconformances"))
        .tab(("待处置", "Open"))
        .section(section().cell(12, waiting).cell(12, photos.titled(("照片", "Photos"))))
        .tab(("已处置", "Disposed"))
        .whole(nonconformance_table("disposed").action(action(("导出", "Export"), export())))
}

/// Reports something bad, one question after the other.
pub fn report_page() -> View {
    let report = form::<report_nonconformance>()
        .step(("是什么", "What it is"), ["material", "lot", "order"])
        .step(("多少，怎么了", "How much, and what is wrong"), ["quantity", "unit", "description"])
        .step(("拍照", "A photo"), ["photo"])
        .step_help((
            "能看清缺陷就行；没有照片也可以提交。",
            "So that the defect can be seen; it can be sent without one.",
        ))
        .send(("报不合格", "Report"));
    View::new(("报不合格", "Report a nonconformance"))
        .section(section().cell(8, report).cell(4, heading(("不合格品", "Nonconformances")).action(listed())))
}

fn listed() -> Action {
    action(("查看清单", "See the list"), open("nonconformances_page"))
}

/// Plans, and what can be looked at.
pub fn plans_page() -> View {
    let columns = [
        column("code").opens("plan_page").with("plan", row("code")),
        column("material"),
        column("operation"),
        column("receipt"),
        column("level").tag(),
        column("counts").tag(),
        column("retired_at").wide_only(),
    ];
    let looked_at = [
        column("code"),
        column("name"),
        column("nature").tag(),
        column("lower"),
        column("target"),
        column("upper"),
        column("unit"),
        column("defects").wide_only(),
    ];
    View::new(("检验方案", "Plans"))
        .tab(("方案", "Plans"))
        .whole(
            table(source::<plans>(), columns)
                .when_empty(("没有方案也能检：水平 II，主要 1.0，次要 2.5", "Works without: level II, AQL 1.0 and 2.5"))
                .action(action(("设置方案", "Set a plan"), fill_in::<set_plan>()).primary()),
        )
        .tab(("检验项目", "Characteristics"))
        .whole(
            table(source::<characteristics>(), looked_at)
                .action(action(("设置项目", "Set a characteristic"), fill_in::<set_characteristic>()).primary()),
        )
}

/// One plan: how strictly it is inspected now, and what is looked at.
pub fn plan_page() -> View {
    let given = |does: Does| does.with("plan", param("plan"));
    let now = [
        column("class").tag(),
        column("aql"),
        column("severity").tag(),
        column("stopped"),
        column("lots"),
        column("rejected"),
        column("score").wide_only(),
    ];
    let resume = action(("恢复", "Resume"), given(fill_in::<resume_plan>()).with("class", row("class")));
    let now = table(source::<schemes>().param("plan"), now)
        .tone(when("stopped").is("true"), Tone::Bad)
        .row_action(resume.shown_if(when("stopped").is("true")))
        .titled(("严格度", "Severity"))
        .action(action(("转移规则", "Switching"), given(fill_in::<set_switching>())));
    let lines = table(source::<plan_lines>().param("plan"), [looked_at(), column("class").tag()])
        .titled(("检验项目", "Characteristics"))
        .action(action(("加项目", "Add"), given(fill_in::<set_plan_line>())))
        .action(action(("全部方案", "All plans"), open("plans_page")));
    View::new(("方案", "Plan"))
        .param(Param::new("plan", ("方案", "Plan")).choices(pick(source::<plans>(), "code", "code")))
        .section(section().cell(6, now).cell(6, lines))
}

/// How many to look at, without opening anything.
pub fn sampling_page() -> View {
    let asked = source::<sampling>().param("lot_size").param("level").param("aql").param("severity");
    let shown = columns(&["code_letter", "letter", "sample", "accept", "reject", "all"]);
    View::new(("查抽样方案", "Sampling plan"))
        .param(Param::new("lot_size", ("批量", "Lot size")).starts_as(constant("500")))
        .param(Param::new("level", ("检验水平", "Level")).starts_as(constant("ii")))
        .param(Param::new("aql", ("AQL", "AQL")).starts_as(constant("1.0")))
        .param(Param::new("severity", ("严格度", "Severity")).starts_as(constant("normal")))
        .section(section().cell(6, detail(asked, shown)))
}
