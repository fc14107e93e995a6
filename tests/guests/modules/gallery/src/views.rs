//! The pages: every widget once or more, on a desk, a tablet and a large screen.

use crate::album::{album, keep_shot};
use crate::answers::{broken, calls, hall, jobs, losses, lots, one_machine, output, points, spans, steps_of};
use crate::tally::{add, clear, tallies};
use toolcrib_sdk::view::*;

fn states() -> [State; 3] {
    [
        state("running", ("运行", "Running"), Tone::Ok),
        state("waiting", ("等待", "Waiting"), Tone::Warn),
        state("down", ("停机", "Stopped"), Tone::Bad),
    ]
}

fn machine_columns() -> Vec<Column> {
    let named = states().into_iter().fold(column("state").label(("状态", "State")), Column::state);
    vec![
        column("code").label(("设备", "Machine")).opens("machine_page").with("machine", row("code")),
        column("name").label(("名称", "Name")),
        named,
        column("since").label(("开始", "Since")).wide_only(),
        column("good").label(("合格", "Good")).format(plain().unit(("件", "pcs"))),
        column("oee").label(("OEE", "OEE")).progress().format(percent(1)),
        column("note").label(("备注", "Note")),
    ]
}

fn plus_one() -> Action {
    action(("加一", "One more"), run::<add>().with("machine", row("code")).with("good", constant("1"))).primary()
}

/// Figures and rows for the office.
pub fn board() -> View {
    let oee = kpi(source::<hall>(), "oee")
        .format(percent(1))
        .target("target")
        .before("oee_before", Better::Up)
        .tone(when("oee").less("0.6"), Tone::Bad)
        .tone(when("oee").less("0.8"), Tone::Warn)
        .spark("trend");
    let scale = gauge(source::<hall>(), "oee", 0, 1)
        .format(percent(0))
        .band(amount("0.6"), Tone::Bad)
        .band(amount("0.8"), Tone::Warn)
        .band(1, Tone::Ok)
        .target("target");
    let done = progress(source::<hall>(), "done", "planned").pace("pace").format(plain().unit(("件", "pcs")));
    let figures = section()
        .cell(3, oee.titled(("设备综合效率", "OEE")).helped(("本班次", "This shift")))
        .cell(3, scale.titled(("OEE 刻度", "OEE on a scale")))
        .cell(3, done.titled(("计划完成", "Plan")))
        .cell(3, kpi(source::<hall>(), "wages").format(money()).titled(("计件工资", "Wages")))
        .cell(3, kpi(source::<hall>(), "down_s").format(seconds()).titled(("停机时间", "Time down")));
    let stopped = alert(("有设备停机", "A machine is down"), Tone::Bad);
    let rows = section()
        .titled(("设备", "Machines"))
        .cell(12, stopped.shown_if(source::<hall>(), when("down_s").more("3600")))
        .cell(
            12,
            table(source::<hall>(), machine_columns())
                .row_action(plus_one())
                .action(action(("导出", "Export"), export())),
        )
        .cell(
            6,
            table(source::<jobs>(), [column("card"), column("material"), column("share").progress()])
                .titled(("工单", "Jobs")),
        )
        .cell(
            6,
            feed(source::<calls>(), "at", "text")
                .who("who")
                .tone(when("open").is("true"), Tone::Bad)
                .titled(("呼叫", "Calls")),
        );
    View::new(("看板", "Board")).help(("一眼看全车间", "The hall at a glance")).section(figures).section(rows)
}

/// Every chart.
pub fn charts() -> View {
    let hours = timeseries(
        source::<output>().param("from"),
        "at",
        [series("good", ("合格", "Good")).area(), series("scrap", ("报废", "Scrap")).points()],
    );
    let chart = control_chart(source::<points>(), "number", "value", "center")
        .limits("lower", "upper")
        .signal("signal")
        .line(limit(("规格上限", "Upper spec"), "upper_spec", Tone::Warn))
        .line(limit(("规格下限", "Lower spec"), "lower_spec", Tone::Warn));
    let lost = bar(source::<losses>(), "reason", [series("minutes", ("分钟", "Minutes"))]).format(minutes());
    let both = [series("good", ("合格", "Good")), series("scrap", ("报废", "Scrap"))];
    View::new(("图表", "Charts")).param(Param::new("from", ("从", "From"))).section(
        section()
            .cell(6, hours.limit(limit(("目标", "Target"), 140, Tone::Ok)).titled(("产量", "Output")))
            .cell(6, lost.pareto().titled(("停机柏拉图", "Stops by reason")))
            .cell(6, bar(source::<output>(), "at", both).stacked().titled(("每小时", "By hour")))
            .cell(6, chart.titled(("控制图", "Control chart")))
            .cell(
                12,
                state_timeline(source::<spans>(), ["equipment", "from", "until", "state"], states())
                    .titled(("状态条", "States")),
            )
            .cell(
                12,
                gantt(source::<spans>(), ["equipment", "from", "until", "state"])
                    .tone(when("state").is("down"), Tone::Bad)
                    .titled(("计划", "Plan")),
            ),
    )
}

/// What people act in, in tabs, on a tablet.
pub fn work() -> View {
    let lanes = [lane("waiting", ("等待", "Waiting")).limit(1), lane("running", ("在做", "Running"))];
    let machines = || pick(source::<hall>(), "code", "name");
    let take = action(("删除", "Take away"), run::<clear>().with("tally", row("id"))).danger();
    let count = section()
        .cell(
            6,
            form::<add>()
                .pick("machine", machines())
                .hidden("note", constant("表单"))
                .send(("报数", "Report"))
                .titled(("报产", "Report")),
        )
        .cell(
            6,
            counter::<add>("good", [1, 5, 10])
                .with("machine", constant("P-1"))
                .typed()
                .titled(("一号冲床计数", "Press 1")),
        )
        .cell(6, scan(("扫设备码", "Scan a machine"), open("machine_page"), "machine"))
        .cell(
            6,
            table(source::<tallies>(), [column("machine"), column("good")])
                .row_action(take)
                .titled(("计数", "Tallies"))
                .when_empty(("还没有报数", "Nothing reported yet")),
        );
    let all = section()
        .cell(12, kanban(source::<jobs>(), "state", "card", lanes).show(column("material")).titled(("任务", "Jobs")))
        .cell(
            6,
            steps(source::<steps_of>(), "title", "done")
                .text("text")
                .row_action(action(
                    ("完成", "Done"),
                    run::<add>().with("machine", row("title")).with("good", constant("1")),
                ))
                .titled(("作业指导", "Instructions")),
        )
        .cell(
            6,
            tree(source::<lots>(), "code", "made_into", "code")
                .show(column("material"))
                .show(column("quantity").format(plain().unit_field("unit")))
                .tone(when("blocked").is("true"), Tone::Bad)
                .titled(("批次谱系", "Genealogy")),
        )
        .cell(12, heading(("说明", "About")).action(action(("看板", "Board"), open("board"))))
        .cell(12, prose(("先扫码，再报数。\n\n- 合格数\n- 报废数", "Scan first, then report.\n\n- good\n- scrap")));
    View::new(("作业", "Work")).station().tab(("报工", "Report")).section(count).tab(("全部", "All")).section(all)
}

/// One machine.
pub fn machine_page() -> View {
    let fill = action(("填表", "Fill in"), fill_in::<add>().with("machine", param("machine")));
    let one = detail(source::<one_machine>().param("machine"), machine_columns()).action(fill);
    View::new(("设备", "Machine"))
        .param(Param::new("machine", ("设备", "Machine")).choices(pick(source::<hall>(), "code", "name")))
        .section(section().cell(6, one.titled(("资料", "Facts")).when_empty(("没有这台设备", "No such machine"))))
}

/// For the large screen.
pub fn wall() -> View {
    let tiles =
        andon(source::<hall>(), "code", "state", states()).since("since").show(column("note").label(("备注", "Note")));
    View::new(("安灯", "Andon")).board().section(section().cell(12, tiles))
}

/// A card to print.
pub fn label() -> View {
    let card = print_card(
        source::<jobs>(),
        (100, 60),
        [heading_piece("material"), text_piece("card").label(("工单", "Job")), qr("card"), code128("card")],
    );
    View::new(("流转卡", "Job cards")).section(section().cell(12, card.action(action(("打印", "Print"), print()))))
}

/// A cell that cannot be filled, beside one that can.
pub fn faulty() -> View {
    View::new(("故障", "Faulty")).section(
        section()
            .cell(6, kpi(source::<broken>(), "").titled(("坏的", "Broken")))
            .cell(6, kpi(source::<hall>(), "oee").format(percent(1)).titled(("好的", "Good"))),
    )
}

/// Photos: the newest large, all of them small, and one more in two steps.
pub fn album_page() -> View {
    let keep = form::<keep_shot>()
        .step(("哪台设备", "Which machine"), ["machine"])
        .step(("拍照", "A photo"), ["title", "photo", "paper"])
        .step_help(("拍清铭牌。", "So that the plate can be read."))
        .send(("保存", "Keep"));
    let all = attachments(source::<album>().refresh(Refresh::Manual), "photo", "title").column(column("machine"));
    View::new(("相册", "Album")).section(
        section()
            .cell(6, keep.titled(("添照片", "Add a photo")))
            .cell(6, image(source::<album>().refresh(Refresh::Minutes5), "newest").titled(("最新", "Newest")))
            .cell(12, all.titled(("全部", "All"))),
    )
}
