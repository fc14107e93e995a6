//! Pages: my jobs and the report form for a tablet, the latest reports, and what was refused.

use crate::activities::{pause, start};
use crate::corrections::{correct, undo};
use crate::mine::my_jobs;
use crate::refused::{discard_entry, refused_entries, retry_entry};
use crate::reports::{report, reports};
use toolcrib_sdk::view::*;

/// 我的任务: scan a card, or go on with a job.
pub fn my_work() -> View {
    let of_row = |does: Does| does.with("card", row("card"));
    let running = || when("running").is("true");
    let jobs = table(
        source::<my_jobs>().param("person").param("equipment"),
        [
            column("card"),
            column("job.operation"),
            column("job.planned"),
            column("job.good"),
            column("running").state(state("true", ("进行中", "Running"), Tone::Ok)).state(state(
                "false",
                ("暂停", "Paused"),
                Tone::Warn,
            )),
            column("reason").wide_only(),
        ],
    )
    .row_action(action(("报工", "Report"), open("report_form").with("card", row("card"))).primary())
    .row_action(action(("开工", "Start"), of_row(run::<start>())).shown_if(when("running").is("false")))
    .row_action(action(("暂停", "Pause"), of_row(fill_in::<pause>())).shown_if(running()))
    .when_empty(("扫一张流转卡就能开工", "Scan a job card to begin"));
    View::new(("我的任务", "My jobs"))
        .station()
        .param(Param::new("person", ("人员", "Person")))
        .param(Param::new("equipment", ("设备", "Equipment")))
        .section(
            section()
                .cell(6, scan(("扫卡报工", "Scan to report"), open("report_form"), "card"))
                .cell(6, scan(("扫卡开工", "Scan to start"), run::<start>(), "card")),
        )
        .section(section().cell(12, jobs))
}

/// 报工: good, scrap and reason in one act.
pub fn report_form() -> View {
    let one = form::<report>().prefill("card", param("card")).send(("报工", "Report"));
    let told = table(
        source::<reports>().param("card"),
        [column("ended_at"), column("person"), column("good"), column("scrap"), column("reason").wide_only()],
    )
    .row_action(
        action(("撤销", "Undo"), run::<undo>().with("corrects", row("report")))
            .shown_if(when("corrects").absent())
            .danger(),
    );
    View::new(("报工", "Report"))
        .station()
        .param(Param::new("card", ("流转卡", "Job card")))
        .section(section().cell(7, one).cell(5, told.titled(("这张卡报过的", "Told of this card"))))
}

/// 报工记录: what was told, and putting it right.
pub fn report_list() -> View {
    let list = table(
        source::<reports>().param("person").param("card").param("equipment"),
        [
            column("ended_at"),
            column("person"),
            column("card").wide_only(),
            column("material"),
            column("operation"),
            column("good").format(plain().unit_field("unit")),
            column("scrap").format(plain().unit_field("unit")),
            column("reason").wide_only(),
            column("corrects").wide_only(),
        ],
    )
    .tone(when("corrects").present(), Tone::Info)
    .row_action(
        action(("更正", "Correct"), fill_in::<correct>().with("corrects", row("report")))
            .shown_if(when("corrects").absent()),
    )
    .row_action(
        action(("撤销", "Undo"), run::<undo>().with("corrects", row("report")))
            .shown_if(when("corrects").absent())
            .danger(),
    )
    .when_empty(("还没有报工", "Nothing is reported yet"))
    .action(action(("报工", "Report"), fill_in::<report>()).primary())
    .action(action(("导出", "Export"), export()));
    View::new(("报工记录", "Reports"))
        .param(Param::new("person", ("人员", "Person")))
        .param(Param::new("card", ("流转卡", "Job card")))
        .param(Param::new("equipment", ("设备", "Equipment")))
        .section(section().cell(12, list))
}

/// 退回的报工: nothing is lost; each is tried again, put right or given up.
pub fn kept() -> View {
    let list = table(
        source::<refused_entries>().with("state", param("state")),
        [
            column("at"),
            column("kind"),
            column("card"),
            column("person"),
            column("good"),
            column("scrap"),
            column("message"),
            column("waits_for").wide_only(),
        ],
    )
    .row_action(action(("再试一次", "Try again"), run::<retry_entry>().with("entry", row("entry"))).primary())
    .row_action(action(("作废", "Give up"), fill_in::<discard_entry>().with("entry", row("entry"))).danger())
    .when_empty(("没有退回的报工", "Nothing was refused"));
    View::new(("退回的报工", "Refused entries"))
        .param(Param::new("state", ("状态", "State")).starts_as(constant("refused")))
        .section(section().cell(12, list))
}
