//! Pages: the terminals' jobs and forms, the latest reports, and what was refused. `reasons`: what is tapped on them;
//! `told`: what was told, in words.

pub mod reasons;
pub mod told;

use crate::activities::{pause, start};
use crate::corrections::{correct, undo};
use crate::mine::my_jobs;
use crate::refused::{discard_entry, refused_entries, retry_entry};
use crate::reports::{report, reports};
use reasons::{pause_reasons, scrap_reasons};
use told::card_reports;
use toolcrib_sdk::view::*;

/// 我的任务: scan a card, or go on with a job. One's own, then those of the machine that the terminal stands for.
pub fn my_work() -> View {
    let of_row = |does: Does| does.with("card", row("card")).with("person", me());
    let jobs = table(
        source::<my_jobs>().with("person", me()).with("equipment", place()),
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
            column("reason").named(pick(source::<pause_reasons>().with("person", me()), "code", "name")).wide_only(),
        ],
    )
    .row_action(action(("报工", "Report"), open("report_form").with("card", row("card"))).primary())
    .row_action(action(("开工", "Start"), of_row(run::<start>())).shown_if(when("running").is("false")))
    .row_action(
        action(("暂停", "Pause"), open("pause_form").with("card", row("card"))).shown_if(when("running").is("true")),
    )
    .when_empty(("扫一张流转卡就能报工", "Scan a job card to report"));
    View::new(("我的任务", "My jobs"))
        .station()
        .whole(jobs)
        .whole(scan(("流转卡", "Job card"), open("report_form"), "card"))
        .late(late::<start>("at"))
}

/// 报工: good, scrap and reason in one act. Who and where the terminal knows; when it was, if it is sent later.
pub fn report_form() -> View {
    let one = form::<report>()
        .prefill("card", param("card"))
        .hidden("person", me())
        .hidden("equipment", place())
        .first(["card", "good", "scrap", "reason"])
        .pick("reason", pick(source::<scrap_reasons>().with("equipment", place()), "code", "name"))
        .fold(("按计数器报工", "By a counter"), ["counter_start", "counter_end", "counter_modulus"])
        .pad("good", [1, 10])
        .pad("scrap", [1])
        .pad("counter_start", [])
        .pad("counter_end", [])
        .send(("报工", "Report"));
    let told = table(
        source::<card_reports>().param("card"),
        [column("ended_at"), column("person"), column("good"), column("scrap"), column("reason").wide_only()],
    )
    .row_action(
        action(("撤销", "Undo"), run::<undo>().with("corrects", row("report")))
            .shown_if(when("corrects").absent())
            .danger(),
    );
    let nothing = ("扫一张流转卡，看它报过什么", "Scan a job card to see what was told of it");
    View::new(("报工", "Report"))
        .station()
        .order(1)
        .param(Param::new("card", ("流转卡", "Job card")))
        .whole(one)
        .whole(told.titled(("这张卡报过的", "Told of this card")).when_empty(nothing))
        .scanned("*", "card")
        .undo(toolcrib_sdk::view::undo::<report, undo>().with("corrects", row("entry")))
        .late(late::<report>("ended_at"))
}

/// 暂停: stops a job for a while, and says why.
pub fn pause_form() -> View {
    let one = form::<pause>()
        .prefill("card", param("card"))
        .hidden("person", me())
        .first(["card", "reason"])
        .pick("reason", pick(source::<pause_reasons>().with("person", me()), "code", "name"))
        .send(("暂停", "Pause"));
    View::new(("暂停", "Pause"))
        .station()
        .order(2)
        .param(Param::new("card", ("流转卡", "Job card")))
        .whole(one)
        .late(late::<pause>("at"))
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
        .whole(list)
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
        .whole(list)
}
