//! Pages: the hall with its calls for help; one machine, also for people who tap what it does; the large screen;
//! calls from the terminals. `names`: what machines are called.

pub mod names;

use crate::calls::{acknowledge_call, close_call, open_calls, raise_call};
use crate::figures::{day_oee, week_oee};
use crate::losses::{pareto, timeline};
use crate::overview::overview;
use crate::spans::set_state;
use crate::stops::{give_reason, split_stop, stops};
use toolcrib_sdk::view::*;

/// What a machine does.
const STATES: [StateWords; 11] = [
    ("running", ("运行", "Running"), Tone::Ok),
    ("stopped", ("停机", "Stopped"), Tone::Bad),
    ("idle", ("待机", "Waiting"), Tone::Warn),
    ("setup", ("换模", "Set-up"), Tone::Info),
    ("planned", ("休息", "Break"), Tone::Neutral),
    ("off", ("关机", "Off"), Tone::Neutral),
    ("unknown", ("未知", "Unknown"), Tone::Warn),
    ("fault", ("故障", "Fault"), Tone::Bad),
    ("breakdown", ("停用维修", "Out of service"), Tone::Bad),
    ("maintenance", ("保养", "Maintenance"), Tone::Info),
    ("offline", ("离线", "Offline"), Tone::Warn),
];

/// The same for widgets that draw them.
fn drawn() -> Vec<State> {
    STATES.iter().map(|(value, words, tone)| state(value, *words, *tone)).collect()
}

/// The page's machine.
fn machine_param() -> Param {
    Param::new("equipment", ("设备", "Machine")).choices(pick(source::<overview>(), "equipment", "name"))
}

/// Calls that are open.
fn calls_table() -> toolcrib_sdk::contract::view::Table {
    calls_of(&["note", "equipment", "level", "raised_at", "acknowledged_by"])
}

fn calls_of(fields: &[&str]) -> toolcrib_sdk::contract::view::Table {
    let mut shown = vec![call_kind()];
    shown.extend(fields.iter().map(|field| if *field == "equipment" { machine_column() } else { column(field) }));
    table(source::<open_calls>(), shown).tone(when("level").at_least("2"), Tone::Bad)
}

/// A machine by its name.
fn machine_column() -> Column {
    column("equipment").named(pick(source::<names::machine_names>(), "equipment", "name"))
}

/// What is needed: the kinds that the terminals and other modules raise; anything else as it was written.
fn call_kind() -> Column {
    let kinds = [
        ("material", ("缺料", "Material"), Tone::Neutral),
        ("quality", ("质量", "Quality"), Tone::Neutral),
        ("equipment", ("设备故障", "Machine trouble"), Tone::Neutral),
        ("maintenance", ("维修", "Maintenance"), Tone::Neutral),
        ("process", ("工艺", "Process"), Tone::Neutral),
        ("safety", ("安全", "Safety"), Tone::Neutral),
    ];
    states("kind", &kinds)
}

fn no_stops() -> (&'static str, &'static str) {
    ("没有停机", "No stops")
}

/// All machines, now.
pub fn hall() -> View {
    let machines = vec![
        column("name").opens("machine").with("equipment", row("equipment")),
        states("state", &STATES),
        column("since").wide_only(),
        column("reason_name"),
        column("oee").progress().format(percent(1)),
        column("availability").format(percent(1)).wide_only(),
        column("effectiveness").format(percent(1)).wide_only(),
        column("quality").format(percent(1)).wide_only(),
        column("good"),
        column("scrap"),
    ];
    let help = action(("呼叫", "Call for help"), fill_in::<raise_call>().with("equipment", row("equipment")));
    let table = table(source::<overview>(), machines)
        .tone(when("effectiveness").more("1"), Tone::Warn)
        .row_action(help)
        .titled(("设备", "Machines"))
        .helped((
            "当前班次；没有排班就看最近八小时",
            "The present shift, or the last eight hours where none is planned",
        ))
        .when_empty(("还没有设备信号，先登记一台设备的状态", "Nothing heard yet: say the state of a machine"))
        .action(action(("登记状态", "Say a machine's state"), fill_in::<set_state>()));
    let lost = bar(source::<pareto>(), "cause", vec![series("lost_s", ("损失", "Lost"))]).format(seconds()).pareto();
    let take = action(("接单", "Take"), run::<acknowledge_call>().with("call", row("id")))
        .primary()
        .shown_if(when("acknowledged_at").absent());
    let close = action(("关闭", "Close"), run::<close_call>().with("call", row("id")));
    let open = calls_table().row_action(take).row_action(close);
    View::new(("设备现况", "Machines now")).section(
        section()
            .cell(12, open.titled(("安灯呼叫", "Calls for help")).when_empty(("没有呼叫", "No calls")))
            .cell(12, table)
            .cell(12, lost.titled(("最近一天停机原因", "Reasons of stops, last day")).when_empty(no_stops())),
    )
}

/// One machine.
pub fn machine() -> View {
    let day = || source::<day_oee>().param("equipment");
    let week = || source::<week_oee>().param("equipment");
    let ratio = |path: &str| kpi(day(), path).format(percent(1)).tone(when(path).more("1"), Tone::Warn);
    let button = |label: (&'static str, &'static str), state: &str| {
        action(label, run::<set_state>().with("equipment", param("equipment")).with("state", constant(state)))
    };
    let buttons = heading(("现在在做什么", "What does it do now"))
        .action(button(("开机", "Start"), "running").primary())
        .action(button(("停机", "Stop"), "stopped"))
        .action(button(("等料", "Wait"), "idle"))
        .action(button(("换模", "Set up"), "setup"))
        .action(button(("故障", "Fault"), "fault"))
        .action(button(("休息", "Break"), "planned"));
    let figures = section()
        .titled(("今天", "Today"))
        .cell(12, buttons)
        .cell(3, ratio("oee").titled(("综合效率 OEE", "OEE")))
        .cell(3, ratio("availability").titled(("时间稼动率", "Availability")))
        .cell(3, ratio("effectiveness").titled(("性能稼动率", "Effectiveness")))
        .cell(3, ratio("quality").titled(("合格率", "Quality")))
        .cell(6, kpi(week(), "oee").format(percent(1)).titled(("本周 OEE", "OEE this week")))
        .cell(6, kpi(week(), "mtbf.plain_minutes").format(minutes()).titled(("本周 MTBF", "MTBF this week")));
    let explain = action(("填原因", "Give the reason"), fill_in::<give_reason>().with("stop", row("id"))).primary();
    let split = action(("拆分", "Split"), fill_in::<split_stop>().with("stop", row("id")));
    let list = vec![states("state", &STATES), column("started_at"), column("ended_at"), column("reason_name")];
    let time = section()
        .titled(("时间去哪了", "Where the time went"))
        .cell(
            12,
            state_timeline(
                source::<timeline>().param("equipment").with("from", ago(8 * 3_600)),
                ["equipment", "from", "until", "state"],
                drawn(),
            )
            .titled(("最近八小时", "Last eight hours")),
        )
        .cell(
            6,
            bar(day().at("times"), "element", vec![series("seconds", ("时间", "Time"))])
                .format(seconds())
                .titled(("今天的时间构成", "What today is made of")),
        )
        .cell(
            6,
            bar(source::<pareto>().param("equipment"), "cause", vec![series("lost_s", ("损失", "Lost"))])
                .format(seconds())
                .pareto()
                .titled(("最近一天停机原因", "Reasons of stops, last day"))
                .when_empty(no_stops()),
        )
        .cell(
            12,
            table(source::<stops>().param("equipment"), list)
                .tone(when("reason").absent(), Tone::Warn)
                .row_action(explain)
                .row_action(split)
                .titled(("停机记录", "Stops"))
                .when_empty(no_stops()),
        );
    View::new(("单台设备", "One machine")).param(machine_param()).section(figures).section(time)
}

/// For the large screen.
pub fn wall() -> View {
    let tiles = andon(source::<overview>(), "name", "state", drawn())
        .since("since")
        .show(column("oee").format(percent(0)))
        .show(column("reason_name"));
    // What is read from five metres, in a third of the screen.
    let open = calls_of(&["equipment"]);
    View::new(("车间大屏", "Hall board")).board().section(
        section()
            .cell(8, tiles.when_empty(("还没有设备", "No machines yet")))
            .cell(4, open.titled(("呼叫", "Calls")).when_empty(("没有呼叫", "No calls"))),
    )
}

/// 呼叫: for the terminals. One tap says what is missing; calls that are open can be closed.
pub fn call_station() -> View {
    let call = |label: (&'static str, &'static str), kind: &str| {
        let does = run::<raise_call>().with("equipment", place()).with("kind", constant(kind));
        action(label, does.with("note", constant("")).with("source", constant("")))
    };
    let buttons = heading(("需要什么支援？", "What do you need?"))
        .action(call(("缺料", "Material"), "material"))
        .action(call(("质量", "Quality"), "quality"))
        .action(call(("设备故障", "Machine trouble"), "equipment"))
        .action(call(("安全", "Safety"), "safety"));
    let close = action(("关闭", "Close"), run::<close_call>().with("call", row("id")));
    let open = calls_table().row_action(close).titled(("还没关闭的呼叫", "Open calls"));
    View::new(("呼叫支援", "Call for help"))
        .station()
        .order(9)
        .whole(buttons)
        .whole(open.when_empty(("没有呼叫", "No calls")))
}

/// For the large screen: one line a machine, with its shift so far.
pub fn line_board() -> View {
    let mut shown =
        vec![column("name"), states("state", &STATES), column("since"), column("oee").progress().format(percent(0))];
    shown.extend(["availability", "effectiveness", "quality"].map(|ratio| column(ratio).format(percent(0))));
    shown.extend(columns(&["good", "scrap"]));
    let lines = table(source::<overview>(), shown)
        .tone(when("state").is("stopped"), Tone::Bad)
        .tone(when("state").is("fault"), Tone::Bad)
        .tone(when("state").is("idle"), Tone::Warn);
    View::new(("产线看板", "Line board")).board().order(1).whole(lines.when_empty(("还没有设备", "No machines yet")))
}
