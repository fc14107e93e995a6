//! Pages: the lists of the plant, each with what people do with it.

use crate::calendar::{calendar, day, remove_special_day, set_calendar, set_special_day, special_days};
use crate::conversions::{conversions, remove_conversion, set_conversion};
use crate::equipment::{add_equipment, change_equipment, equipment, retire_equipment};
use crate::materials::{add_material, change_material, materials, retire_material};
use crate::patterns::{add_pattern, change_pattern, patterns, retire_pattern};
use crate::people::{add_person, change_person, people, remove_skill, retire_person, set_skill, skills};
use crate::reasons::{install_reasons, reasons, retire_reason, set_reason};
use crate::shifts::{cancel_shift, plan_shift, plan_shifts, shifts};
use toolcrib_sdk::view::*;

/// Where everything stands.
pub fn equipment_page() -> View {
    let mut shown = columns(&["code", "name", "level"], &["retired_at"]);
    shown.insert(3, machine("parent"));
    let rows = table(source::<equipment>().param("parent"), shown)
        .row_action(change(from_row(fill_in::<change_equipment>(), &["code", "name", "parent"])))
        .row_action(action(("下级", "What is in it"), open("equipment_page").with("parent", row("code"))))
        .row_action(retire(run::<retire_equipment>()))
        .action(add(fill_in::<add_equipment>()))
        .action(save());
    let empty = ("还没有设备，先新增厂区或设备", "No equipment yet: add a site or a machine");
    View::new(("设备", "Equipment"))
        .param(Param::new("parent", ("所属上级", "Stands in")).choices(pick(source::<equipment>(), "code", "name")))
        .whole(rows.when_empty(empty))
}

/// Who works here.
pub fn people_page() -> View {
    let all = ["code", "name", "job", "badge", "grade", "user"];
    let rows = table(source::<people>(), columns(&all[..5], &["user", "retired_at"]))
        .row_action(change(from_row(fill_in::<change_person>(), &all)))
        .row_action(action(("登记技能", "Set a skill"), fill_in::<set_skill>().with("person", row("code"))))
        .row_action(retire(run::<retire_person>()))
        .action(add(fill_in::<add_person>()))
        .action(save());
    let mut shown = columns(&["skill", "valid_until"], &[]);
    shown.insert(0, column("person").named(pick(source::<people>(), "code", "name")));
    let skilled = table(source::<skills>(), shown)
        .row_action(action(("取消", "Remove"), from_row(run::<remove_skill>(), &["person", "skill"])).danger())
        .action(save());
    View::new(("人员", "People"))
        .whole(rows.when_empty(("还没有人员", "Nobody yet")))
        .whole(skilled.titled(("技能", "Skills")).when_empty(("还没有技能", "No skills yet")))
}

/// What is bought, made and sold.
pub fn materials_page() -> View {
    let own = ["code", "name", "tracking", "shelf_life_days"];
    let rows = table(
        source::<materials>(),
        columns(&["code", "name", "unit", "tracking"], &["shelf_life_days", "retired_at"]),
    )
    .row_action(change(from_row(fill_in::<change_material>(), &own)))
    .row_action(action(("单位换算", "Set a conversion"), fill_in::<set_conversion>().with("material", row("code"))))
    .row_action(retire(run::<retire_material>()))
    .action(add(fill_in::<add_material>()))
    .action(save());
    let mut shown = columns(&["unit", "numerator", "denominator"], &[]);
    shown.insert(0, column("material").named(pick(source::<materials>(), "code", "name")));
    let units = table(source::<conversions>(), shown)
        .row_action(action(("删除", "Remove"), from_row(run::<remove_conversion>(), &["material", "unit"])).danger())
        .action(save());
    View::new(("物料", "Materials")).whole(rows.when_empty(("还没有物料", "No materials yet"))).whole(
        units.titled(("单位换算", "Conversions")).when_empty(("例如 1 箱 = 24 件", "For example 1 box = 24 pcs")),
    )
}

/// When work is planned.
pub fn shifts_page() -> View {
    let mut shown = columns(&["starts_at", "ends_at", "breaks", "day"], &[]);
    shown.insert(0, machine("equipment"));
    shown.insert(4, column("pattern").named(pick(source::<patterns>(), "code", "name")));
    let planned = table(source::<shifts>().with("from", days_ago(1)), shown)
        .row_action(action(("取消", "Cancel"), from_row(run::<cancel_shift>(), &["equipment", "starts_at"])).danger())
        .action(action(("批量排班", "Plan shifts"), fill_in::<plan_shifts>()).primary())
        .action(action(("单独排班", "Plan one"), fill_in::<plan_shift>()))
        .action(save());
    let own = ["code", "name", "starts", "ends", "breaks"];
    let kinds = table(source::<patterns>(), columns(&own, &["retired_at"]))
        .row_action(change(from_row(fill_in::<change_pattern>(), &own)))
        .row_action(retire(run::<retire_pattern>()))
        .action(add(fill_in::<add_pattern>()))
        .action(save());
    let special = table(source::<special_days>(), columns(&["date", "kind", "name"], &[]))
        .row_action(action(("取消", "Remove"), from_row(run::<remove_special_day>(), &["date"])).danger())
        .action(add(fill_in::<set_special_day>()))
        .action(save());
    let clock = table(source::<calendar>(), columns(&["zone", "day_starts"], &[]))
        .row_action(change(from_row(fill_in::<set_calendar>(), &["zone", "day_starts"])));
    let today = detail(source::<day>(), columns(&["date", "kind", "name", "starts_at", "ends_at"], &[]));
    View::new(("排班和日历", "Shifts and calendar"))
        .tab(("排班", "Shifts"))
        .whole(planned.when_empty(("还没有排班，先新增班次再排班", "No shifts: add a pattern first")))
        .whole(kinds.titled(("班次", "Shift patterns")).when_empty(("还没有班次", "No patterns yet")))
        .tab(("日历", "Calendar"))
        .section(
            section().cell(6, today.titled(("今天", "Today"))).cell(6, clock.titled(("工厂日历", "The plant's clock"))),
        )
        .whole(special.titled(("节假日和调休", "Special days")).when_empty(("按周末休息", "Weekends are days of rest")))
}

const KINDS: [StateWords; 5] = [
    ("stop", ("停机", "Stop"), Tone::Neutral),
    ("scrap", ("报废", "Scrap"), Tone::Neutral),
    ("rework", ("返工", "Rework"), Tone::Neutral),
    ("andon", ("安灯呼叫", "Call for help"), Tone::Neutral),
    ("defect", ("缺陷", "Defect"), Tone::Neutral),
];

/// Why things happen.
pub fn reasons_page() -> View {
    let own = ["kind", "code", "zh", "en"];
    let mut shown = columns(&own[1..], &["retired_at"]);
    shown.insert(0, states("kind", &KINDS));
    let rows = table(source::<reasons>().param("kind"), shown)
        .row_action(change(from_row(fill_in::<set_reason>(), &own)))
        .row_action(action(("停用", "Retire"), from_row(run::<retire_reason>(), &["kind", "code"])).danger())
        .action(add(fill_in::<set_reason>()))
        .action(action(("装入常用原因", "Install the usual ones"), run::<install_reasons>()))
        .action(save());
    let empty = ("还没有原因，可以先装入常用原因", "No reasons yet: install the usual ones");
    View::new(("原因代码", "Reason codes")).param(Param::new("kind", ("类别", "Kind"))).whole(rows.when_empty(empty))
}

/// Equipment by its name.
fn machine(field: &str) -> Column {
    column(field).named(pick(source::<equipment>(), "code", "name"))
}

/// Columns called what the module calls the fields; those of the second list only where there is room.
fn columns(names: &[&str], wide: &[&str]) -> Vec<Column> {
    let narrow = names.iter().map(|name| column(name));
    narrow.chain(wide.iter().map(|name| column(name).wide_only())).collect()
}

fn add(does: Does) -> Action {
    action(("新增", "Add"), does).primary()
}

fn change(does: Does) -> Action {
    action(("修改", "Change"), does)
}

fn retire(does: Does) -> Action {
    action(("停用", "Retire"), does.with("code", row("code"))).danger().shown_if(when("retired_at").absent())
}

fn save() -> Action {
    action(("导出", "Export"), export())
}
