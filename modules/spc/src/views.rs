//! The pages: charts and signals, one chart with its capability, gauge studies. `names`: what machines are called.

pub mod names;

use crate::charts::{change_chart, charts, create_chart};
use crate::intake::{add_subgroup, signals};
use crate::stages::{self, capability, exclude_point, freeze_limits, include_point, limits};
use crate::studies::{study_capability, study_gauge};
use toolcrib_sdk::view::*;

/// All charts, and what was out of control last.
pub fn charts_page() -> View {
    let columns = [
        column("code").label(("控制图", "Chart")).opens("chart_page").with("chart", row("code")),
        column("characteristic").label(("质量特性", "Characteristic")),
        machine(),
        column("kind").label(("类型", "Kind")),
        column("stage").label(("阶段", "Stage")),
        column("points").label(("点数", "Points")),
    ];
    let add = action(("新建控制图", "New chart"), fill_in::<create_chart>()).primary();
    let nothing = ("检验一报数，控制图自动生成", "The first readings of an inspection make a chart");
    View::new(("控制图", "Control charts")).section(
        section()
            .cell(12, table(source::<charts>(), columns).when_empty(nothing).action(add))
            .cell(12, signal_table(source::<signals>()).titled(("失控记录", "Signals"))),
    )
}

fn signal_table(source: Source) -> Cell {
    let columns = [
        column("at").label(("时间", "Time")),
        column("chart").label(("控制图", "Chart")).opens("chart_page").with("chart", row("chart")),
        machine(),
        column("point").label(("点号", "Point")),
        column("rule").label(("判异准则", "Rule")).tag(),
        column("value").label(("数值", "Value")),
    ];
    table(source, columns).when_empty(("没有失控", "Nothing is out of control"))
}

/// A machine by its name.
fn machine() -> Column {
    column("equipment").label(("设备", "Equipment")).named(pick(source::<names::machine_names>(), "equipment", "name"))
}

/// One chart: both plots, capability, signals, limits.
pub fn chart_page() -> View {
    let of = || source::<stages::control_chart>().param("chart");
    let upper = |line| limit(("规格上限", "Upper spec"), line, Tone::Warn);
    let lower = |line| limit(("规格下限", "Lower spec"), line, Tone::Warn);
    let main = control_chart(of().at("analysis.points"), "number", "value", "centre")
        .limits("lower", "upper")
        .signal("signal")
        .line(lower("chart.lower"))
        .line(upper("chart.upper"));
    let second = control_chart(of().at("analysis.points"), "number", "second", "second_centre")
        .limits("second_lower", "second_upper")
        .signal("second_signal");
    let index = |path: &str| kpi(source::<capability>().param("chart"), path).format(plain().digits(2));
    let good = |path: &str| {
        let value = [path, ".value"].concat();
        index(&value).tone(when(&value).less("1"), Tone::Bad).tone(when(&value).less("1.33"), Tone::Warn)
    };
    let this = |does: Does| does.with("chart", param("chart"));
    let out = action(("剔除", "Exclude"), this(fill_in::<exclude_point>()).with("point", row("number")));
    let back = action(("恢复", "Include"), this(run::<include_point>()).with("point", row("number")));
    let points = [
        column("number").label(("点号", "Point")),
        column("at").label(("时间", "Time")),
        column("value").label(("数值", "Value")),
        column("signal").label(("判异", "Signal")).tag(),
        column("excluded").label(("剔除原因", "Excluded because")),
    ];
    let points = table(of().at("analysis.points"), points)
        .row_action(out.shown_if(when("excluded").absent()))
        .row_action(back.shown_if(when("excluded").present()));
    let kept = [
        column("stage").label(("阶段", "Stage")),
        column("created").label(("冻结时间", "Frozen at")),
        column("by").label(("操作人", "By")),
        column("centre").label(("中心线", "Centre")),
        column("because").label(("原因", "Because")),
    ];
    let plots = section()
        .cell(
            12,
            main.titled(("控制图", "Control chart"))
                .action(action(("录入一组", "Add subgroup"), this(fill_in::<add_subgroup>())).primary())
                .action(action(("冻结控制限", "Freeze limits"), this(fill_in::<freeze_limits>())))
                .action(action(("修改", "Change"), this(fill_in::<change_chart>()))),
        )
        .cell(12, second.titled(("极差、标准差或下累积和", "Range, deviation or lower sum")));
    let figures = section()
        .titled(("过程能力", "Capability"))
        .cell(3, good("within.cp").titled(("Cp", "Cp")))
        .cell(3, good("within.cpk").titled(("Cpk", "Cpk")))
        .cell(3, index("within.cpk.lower").titled(("Cpk 置信下限", "Cpk, lower bound")))
        .cell(3, good("overall.cpk").titled(("Ppk", "Ppk")));
    View::new(("控制图", "Control chart"))
        .param(Param::new("chart", ("控制图", "Chart")).choices(pick(source::<charts>(), "code", "code")))
        .tab(("图", "Chart"))
        .section(plots)
        .section(figures)
        .tab(("点与信号", "Points and signals"))
        .section(section().cell(12, signal_table(source::<signals>().param("chart"))).cell(12, points))
        .tab(("控制限历史", "History of limits"))
        .whole(table(source::<limits>().param("chart"), kept))
}

/// Studies of data that are not kept.
pub fn studies_page() -> View {
    View::new(("量具与能力分析", "Studies")).section(
        section()
            .cell(12, form::<study_gauge>().titled(("量具重复性与再现性", "Gauge R&R")))
            .cell(12, form::<study_capability>().titled(("过程能力", "Capability"))),
    )
}
