//! Pages: the list of orders, one order, the board of work in progress, and job cards to print. Written as tables of
//! words where pieces are alike: that is shorter to read, and small in the component.
//! `names`: what machines are called; `told`: orders as people read them.

pub mod names;
pub mod told;

use crate::cards::scan as find;
use crate::divide::{merge_orders, split_order};
use crate::import::import_orders;
use crate::jobs::finish_job;
use crate::orders::{change_order, create_order, orders};
use crate::progress::{board as work, on_time, progress};
use crate::stages::{cancel_order, close_order, hold_order, release_order, reopen_order, resume_order};
use toolcrib_sdk::view::*;

const STAGES: [StateWords; 5] = [
    ("draft", ("计划", "Draft"), Tone::Neutral),
    ("released", ("已下达", "Released"), Tone::Info),
    ("held", ("挂起", "Held"), Tone::Warn),
    ("closed", ("已关闭", "Closed"), Tone::Ok),
    ("cancelled", ("已取消", "Cancelled"), Tone::Neutral),
];
const JOB_STATES: [StateWords; 5] = [
    ("waiting", ("等待", "Waiting"), Tone::Neutral),
    ("ready", ("可开工", "Ready"), Tone::Info),
    ("running", ("进行中", "Running"), Tone::Ok),
    ("paused", ("暂停", "Paused"), Tone::Warn),
    ("done", ("完成", "Done"), Tone::Neutral),
];

/// 工单: all orders, and what to do with them.
pub fn order_list() -> View {
    let bounds =
        [("state", ("状态", "State")), ("due_from", ("交期从", "Due from")), ("due_until", ("交期到", "Due until"))];
    let all = bounds.iter().fold(source::<orders>(), |source, (name, _)| source.param(name));
    let mut shown = vec![column("number").opens("order_page").with("number", row("number"))];
    shown.extend(columns(&["material", "quantity", "unit", "due", "priority"]));
    shown.push(states("state", &STAGES));
    let of_row = [
        (("下达", "Release"), run::<release_order>(), "draft"),
        (("挂起", "Hold"), fill_in::<hold_order>(), "released"),
        (("恢复", "Resume"), run::<resume_order>(), "held"),
        (("重新打开", "Reopen"), run::<reopen_order>(), "closed"),
    ];
    let list = of_row.into_iter().fold(table(all, shown), |table, (label, does, stage)| {
        table.row_action(action(label, does.with("number", row("number"))).shown_if(when("state").is(stage)))
    });
    let of_all = [
        (("新建工单", "New order"), fill_in::<create_order>()),
        (("导入", "Import"), fill_in::<import_orders>()),
        (("合并", "Merge"), fill_in::<merge_orders>()),
        (("导出", "Export"), export()),
    ];
    let list = list.when_empty(("还没有工单，先新建一张", "No orders yet; create one"));
    let list = of_all.into_iter().fold(list, |cell, (label, does)| cell.action(action(label, does)));
    let month = source::<on_time>().with("from", days_ago(30)).with("until", today());
    let top = section()
        .cell(6, kpi(month, "rate").format(percent(1)).titled(("近三十天准时率", "On time, last 30 days")))
        .cell(6, scan(("扫流转卡", "Scan a card"), open("job_card"), "code"));
    let page = View::new(("工单", "Orders")).section(top).whole(list);
    bounds.into_iter().fold(page, |page, (name, label)| page.param(Param::new(name, label)))
}

/// One order and its steps.
pub fn order_page() -> View {
    let one = || source::<progress>().param("number");
    let figures = [
        ("good", ("合格", "Good")),
        ("scrap", ("报废", "Scrap")),
        ("wip", ("在制", "In progress")),
        ("over", ("超产", "Over")),
    ];
    let top = figures.into_iter().fold(section(), |section, (path, title)| {
        section.cell(3, kpi(one(), path).format(plain().unit_field("order.unit")).titled(title))
    });
    let mut shown = vec![column("job.card").opens("job_card").with("code", row("job.card"))];
    shown.push(column("job.operation"));
    shown.push(column("job.equipment").named(pick(source::<names::machine_names>(), "equipment", "name")));
    shown.extend(columns(&["issued", "job.good", "job.scrap", "wip", "open"]));
    shown.push(states("job.state", &JOB_STATES));
    let finish = run::<finish_job>().with("card", row("job.card")).with("finished", constant("true"));
    let steps = table(one(), shown)
        .tone(when("extra").more("0"), Tone::Warn)
        .row_action(action(("结束", "Finish"), finish).danger().shown_if(when("job.state").is_not("done")))
        .titled(("工序", "Steps"))
        .when_empty(("下达后才有工序", "Jobs come with the release"));
    let mut fields = columns(&["order.material", "order.quantity", "order.unit", "order.due"]);
    fields.extend([column("done").format(percent(1)), states("order.state", &STAGES)]);
    let of_it = [
        (("修改", "Change"), fill_in::<change_order>()),
        (("拆分", "Split"), fill_in::<split_order>()),
        (("取消工单", "Cancel"), fill_in::<cancel_order>()),
        (("关闭工单", "Close"), fill_in::<close_order>()),
    ];
    let order = of_it.into_iter().fold(detail(one(), fields).into(), |cell: Cell, (label, does)| {
        cell.action(action(label, does.with("number", param("number"))))
    });
    View::new(("工单详情", "Order"))
        .param(Param::new("number", ("工单号", "Number")))
        .section(top)
        .section(section().cell(12, order).cell(12, steps))
}

/// What is in work, by state, for a large screen.
pub fn wip_board() -> View {
    let lanes = JOB_STATES[..4].iter().map(|(value, label, _)| lane(value, *label));
    let shown = ["material", "step.job.operation", "step.wip", "due"];
    let cards = kanban(source::<work>(), "step.job.state", "step.job.card", lanes);
    let cards = shown.into_iter().fold(cards, |cards, field| cards.show(column(field)));
    View::new(("在制看板", "Work in progress"))
        .board()
        .whole(cards.when_empty(("现在没有在制工单", "Nothing is in work")))
}

/// Plan against actual, job by job, for a large screen.
pub fn plan_board() -> View {
    let mut shown = columns(&["step.job.card", "material", "step.job.operation", "step.job.planned"]);
    shown.extend(columns(&["step.job.good", "step.job.scrap", "step.open", "due"]));
    shown.push(states("step.job.state", &JOB_STATES));
    let jobs = table(source::<work>(), shown).tone(when("step.extra").more("0"), Tone::Warn);
    View::new(("计划与实际", "Plan and actual"))
        .board()
        .order(1)
        .whole(jobs.when_empty(("现在没有在制工单", "Nothing is in work")))
}

/// A job card, to print and to scan.
pub fn job_card() -> View {
    let mut pieces = vec![heading_piece("material_name"), qr("step.job.card"), code128("step.job.card")];
    pieces.extend(["step.job.card", "order.material", "step.job.operation"].map(text_piece));
    pieces.push(text_piece("step.job.planned").format(plain().unit_field("order.unit")));
    pieces.extend(["order.due", "equipment_name", "before", "next", "step.job.skill", "step.job.note"].map(text_piece));
    let printed = print_card(source::<find>().param("code"), (148, 105), pieces);
    let mut now = columns(&["step.job.good", "step.job.scrap", "step.wip", "step.open"]);
    now.push(states("step.job.state", &JOB_STATES));
    let now = detail(source::<find>().param("code"), now).titled(("现在", "Now"));
    let printed = printed.action(action(("打印", "Print"), print()).primary());
    View::new(("流转卡", "Job card"))
        .param(Param::new("code", ("卡号", "Code")))
        .section(section().cell(6, printed).cell(6, now))
}
