//! The pages of the gallery: every widget, on three pages.

use toolcrib_contract::view::*;

fn hall() -> Source {
    Source::of("hall")
}

fn jobs() -> Source {
    Source::of("jobs")
}

fn add() -> Does {
    Does::Run { operation: "add".to_owned(), arguments: Vec::new() }
}

fn states() -> [State; 3] {
    [
        state("running", ("运行", "Running"), Tone::Ok),
        state("waiting", ("等待", "Waiting"), Tone::Warn),
        state("down", ("停机", "Stopped"), Tone::Bad),
    ]
}

fn figures() -> Section {
    let oee = kpi(hall(), "oee").format(percent(1)).target("target").before("before", Better::Up).spark("trend");
    let scale = gauge(hall(), "oee", 0, 1).band(amount("0.6"), Tone::Bad).band(1, Tone::Ok).target("target");
    let done = progress(hall(), "done", "planned").pace(700).format(plain().unit(("件", "pcs")));
    section()
        .titled(("数字", "Figures"))
        .cell(3, oee.tone(when("oee").less("0.8"), Tone::Warn).titled(("OEE", "OEE")))
        .cell(3, scale.titled(("刻度", "Scale")))
        .cell(3, done.titled(("计划", "Plan")))
        .cell(3, kpi(Source::of("broken"), "").titled(("坏的", "Broken")))
}

fn charts() -> Section {
    let series_of = [series("good", ("合格", "Good")).area(), series("scrap", ("报废", "Scrap")).points()];
    let output = timeseries(Source::of("output").param("from"), "at", series_of);
    let stops = bar(Source::of("losses"), "reason", [series("minutes", ("分钟", "Minutes"))]);
    let chart = control_chart(Source::of("points"), "number", "value", "center").limits("lower", "upper");
    let strips = state_timeline(Source::of("spans"), ["equipment", "from", "until", "state"], states());
    let shift = action(("改期", "Move"), Does::Form { operation: "add".to_owned(), arguments: Vec::new() });
    let plan = gantt(Source::of("plan"), ["equipment", "from", "until", "card"])
        .done("share")
        .tone(when("late").is("true"), Tone::Bad)
        .column(column("note"))
        .action(shift.shown_if(when("late").is("true")));
    section()
        .cell(6, output.limit(limit(("目标", "Target"), 140, Tone::Ok)).titled(("产量", "Output")))
        .cell(6, stops.pareto().format(minutes()).titled(("停机", "Stops")))
        .cell(6, chart.signal("signal").titled(("控制图", "Control chart")))
        .cell(6, strips.titled(("状态", "States")))
        .cell(12, plan.titled(("排程", "Plan")))
}

fn acts() -> Section {
    let plus = action(("加一", "One more"), add().with("machine", row("code")).with("good", constant("1")));
    let columns = [
        column("code").opens("one").with("machine", row("code")),
        column("good"),
        column("oee").progress().format(percent(1)),
    ];
    let machines = table(hall(), columns).row_action(plus.primary()).tone(when("open").is("true"), Tone::Bad);
    let report = form("add").pick("machine", pick(hall(), "code", "code")).hidden("note", constant("表单"));
    let count = counter("add", "good", [1, 5]).with("machine", constant("P-1")).typed();
    let delete = action(("删除", "Delete"), add().with("machine", me()).with("good", constant("-1"))).danger();
    let down = alert(("有设备停机", "A machine is down"), Tone::Bad);
    section()
        .cell(12, down.shown_if(hall(), when("oee").less("0.8")))
        .cell(12, machines.action(action(("导出", "Export"), Does::Export)))
        .cell(6, table(jobs(), [column("card"), column("share").progress()]).titled(("任务", "Jobs")))
        .cell(6, detail(hall(), [column("oee"), column("target")]).titled(("资料", "Facts")))
        .cell(6, report.titled(("报产", "Report")))
        .cell(6, count.titled(("计数", "Count")))
        .cell(6, scan(("扫码", "Scan"), Does::open("one"), "machine"))
        .cell(6, heading(("说明", "About")).action(delete))
        .cell(12, prose(("先扫码。\n\n- 合格\n- 报废", "Scan first.\n\n- good\n- scrap")))
}

fn rows() -> Section {
    let lanes = [lane("waiting", ("等待", "Waiting")).limit(0), lane("running", ("在做", "Running"))];
    let lots = tree(Source::of("lots"), "code", "into", "code");
    let lots = lots.show(column("quantity").format(plain().unit_field("unit")));
    let done = action(("完成", "Done"), Does::open("board"));
    let pieces = [heading_piece("card"), text_piece("state"), qr("card"), code128("card")];
    section()
        .cell(12, kanban(jobs(), "state", "card", lanes))
        .cell(12, andon(hall(), "code", "state", states()).since("since"))
        .cell(6, feed(hall(), "since", "code").who("code").titled(("呼叫", "Calls")))
        .cell(6, lots.titled(("谱系", "Genealogy")))
        .cell(6, steps(jobs(), "card", "done").row_action(done).titled(("步骤", "Steps")))
        .cell(6, print_card(jobs(), (100, 60), pieces).titled(("流转卡", "Cards")))
        .cell(6, attachments(hall(), "photo", "code").titled(("照片", "Photos")))
        .cell(6, image(hall().refresh(Refresh::Manual), "plan").titled(("平面图", "Plan")))
}

fn report_in_steps() -> Form {
    form("add")
        .step(("设备", "Machine"), ["machine"])
        .step_help(("先看清机台号。", "Read the number on the machine first."))
        .step(("数量", "Count"), ["good", "note"])
        .pick("machine", pick(hall(), "code", "code"))
}

/// The pages, named as their functions would be.
pub fn views() -> Vec<View> {
    let board = View::new(("看板", "Board")).param(Param::new("from", ("从", "From")));
    let work = View::new(("作业", "Work")).station();
    let one = View::new(("设备", "Machine"));
    let tiles = andon(hall(), "code", "state", states()).since("since").show(column("oee").format(percent(0)));
    let lines = table(hall(), [column("code"), column("state").tag(), column("oee").progress(), column("good")]);
    let wall = View::new(("车间大屏", "Wall")).board().section(section().cell(8, tiles).cell(4, lines));
    let machine = Param::new("machine", ("设备", "Machine")).choices(pick(hall(), "code", "code"));
    let count = counter("add", "good", [1]).with("machine", param("machine")).titled(("计数", "Count"));
    let named = |name: &str, view: View| View { name: name.to_owned(), ..view };
    vec![
        named("board", board.section(figures()).section(charts())),
        named("work", work.tab(("一", "First")).section(acts()).tab(("二", "Second")).section(rows())),
        named("wall", wall),
        named("steps", View::new(("分步报产", "Report in steps")).section(section().cell(8, report_in_steps()))),
        named("one", one.param(machine).section(section().cell(12, count))),
    ]
}
