//! Pages: the worker's payslip, the office's month, rates and what has none. `names`, `told`: what
//! materials are called.

pub mod names;
pub mod told;

use crate::extras::{add_amount, add_hours};
use crate::months::{freeze_month, month_sheet, months, set_presence};
use crate::payslip::{confirm_payslip, dispute_payslip, payslip};
use crate::rates::{rates, remove_rate, set_rate};
use crate::settings::{set_settings, settings};
use crate::work::unpriced;
use toolcrib_sdk::view::*;

/// What a worker sees of a month, confirms or disputes.
pub fn payslip_page() -> View {
    let asked = || source::<payslip>().param("month").param("person").param("badge");
    let sums = ["piece", "overtime", "hourly", "allowance", "deduction", "top_up"];
    let facts = ["name", "month"]
        .iter()
        .map(|name| column(name))
        .chain(paid(&sums))
        .chain([states("state", &STATES), column("word")]);
    let said = |label: (&'static str, &'static str), does: Does| {
        action(label, does.with("month", row("month")).with("badge", param("badge"))).shown_if(when("mine").is("true"))
    };
    let mut of_lines = vec![column("day"), column("kind").tag(), column("operation"), column("good"), column("yuan")];
    of_lines.extend(paid(&["amount"]));
    of_lines.extend(["material", "because", "corrects"].map(|name| column(name).wide_only()));
    let lines = table(asked(), of_lines);
    View::new(("工资条", "Payslip"))
        .param(Param::new("month", ("月份", "Month")))
        .param(Param::new("person", ("人员", "Person")))
        .param(Param::new("badge", ("工牌号", "Badge")))
        .section(
            section()
                .cell(4, kpi(asked(), "total").format(money()).titled(("应发合计", "Total")))
                .cell(8, detail(asked(), facts).titled(("合计", "Sums"))),
        )
        .whole(
            lines
                .titled(("明细", "Lines"))
                .when_empty(("这个月还没有工资", "Nothing in this month yet"))
                .action(said(("确认", "Confirm"), fill_in::<confirm_payslip>()).primary())
                .action(said(("有异议", "Dispute"), fill_in::<dispute_payslip>())),
        )
}

/// Everybody's month.
pub fn month_page() -> View {
    let sums = ["piece", "overtime", "hourly", "allowance", "deduction", "top_up", "total"];
    let person = column("person").opens("payslip_page").with("person", row("person")).with("month", row("month"));
    let of_people = [person, column("name")]
        .into_iter()
        .chain(paid(&sums))
        .chain([states("state", &STATES), column("word").wide_only()]);
    let sheet = table(source::<month_sheet>().param("month"), of_people)
        .row_action(by_row("补计时", "Add hours", fill_in::<add_hours>(), &["person"]))
        .row_action(by_row("补贴和扣款", "Add an amount", fill_in::<add_amount>(), &["person"]))
        .row_action(by_row("出勤比例", "Presence", fill_in::<set_presence>(), &["person", "month"]))
        .action(action(("封存", "Freeze"), fill_in::<freeze_month>().with("month", param("month"))).primary())
        .action(action(("导出", "Export"), export()));
    let frozen = table(source::<months>(), [column("month"), column("frozen_at"), column("people")]);
    View::new(("工资月表", "Month sheet"))
        .param(Param::new("month", ("月份", "Month")))
        .whole(sheet.when_empty(("这个月还没有工资", "Nothing in this month yet")))
        .whole(frozen.titled(("已封存月份", "Frozen months")).when_empty(("还没有封存的月份", "No frozen month yet")))
}

/// Work without a rate, the rates, and the rules.
pub fn rates_page() -> View {
    let missing =
        table(source::<unpriced>(), columns(&["day", "name", "material", "operation", "grade", "good", "unit"]))
            .row_action(action(
                ("设置单价", "Set a rate"),
                fill_in::<set_rate>()
                    .with("material", row("material"))
                    .with("operation", row("operation"))
                    .with("valid_from", row("day")),
            ))
            .action(action(("导出", "Export"), export()));
    let key = ["material", "operation", "grade", "valid_from"];
    let all = ["material", "operation", "grade", "valid_from", "valid_until", "yuan", "per", "unit", "quota"];
    let mut of_rates = columns(&all);
    of_rates[0] = column("material").named(pick(source::<names::material_names>(), "material", "material_name"));
    let known = table(source::<rates>(), of_rates)
        .row_action(by_row("修改", "Change", fill_in::<set_rate>(), &all))
        .row_action(action(("删除", "Remove"), from_row(run::<remove_rate>(), &key)).danger())
        .action(action(("新增", "Add"), fill_in::<set_rate>()).primary())
        .action(action(("导出", "Export"), export()));
    let rules = [
        "valid_from",
        "scrap_percent",
        "quota_minutes",
        "workday_percent",
        "rest_percent",
        "holiday_percent",
        "minimum",
    ];
    let rules =
        table(source::<settings>(), columns(&rules)).action(action(("修改", "Change"), fill_in::<set_settings>()));
    View::new(("单价和规则", "Rates and rules"))
        .whole(
            missing.titled(("没有单价的产量", "Work without a rate")).when_empty(("都有单价", "Everything has a rate")),
        )
        .whole(known.titled(("单价", "Rates")).when_empty(("还没有单价", "No rates yet")))
        .whole(rules.titled(("计薪规则", "Pay rules")))
}

/// Columns of money.
fn paid(names: &[&'static str]) -> Vec<Column> {
    names.iter().map(|name| column(name).format(money())).collect()
}

const STATES: [StateWords; 3] = [
    ("open", ("未确认", "Open"), Tone::Neutral),
    ("confirmed", ("已确认", "Confirmed"), Tone::Ok),
    ("disputed", ("有异议", "Disputed"), Tone::Bad),
];

fn by_row(zh: &str, en: &str, does: Does, names: &[&str]) -> Action {
    action((zh, en), from_row(does, names))
}
