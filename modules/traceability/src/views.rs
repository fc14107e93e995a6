//! The pages: the lots, one lot with its genealogy, a recall, what to take first, and the tablet at the machine. `told`:
//! lots with the names of their materials.

pub mod told;

use crate::book::{make_lot, use_lot};
use crate::lots::{lots, movements};
use crate::part::split_lot;
use crate::recall::{genealogy, recall};
use crate::receive::receive_lot;
use crate::scan::{pick, scan};
use crate::status::{adjust_lot, block_lot, hold_lot, move_lot, release_lot};
use toolcrib_sdk::view::{
    Action, Cell, Column, Does, Param, Placed, Tone, View, Whole, action, column, constant, detail, export, fill_in,
    form, heading_piece, open, param, plain, print, print_card, qr, row, section, source, states, table, text_piece,
    tree, when,
};

fn status() -> Column {
    states(
        "status",
        &[
            ("available", ("可用", "Available"), Tone::Ok),
            ("held", ("暂停", "Held"), Tone::Warn),
            ("blocked", ("封存", "Blocked"), Tone::Bad),
        ],
    )
}

fn amount(field: &str) -> Column {
    column(field).format(plain().unit_field("unit"))
}

/// A lot that leads to its page.
fn linked(field: &str) -> Column {
    column(field).opens("lot_page").with("lot", row(field))
}

fn of_row(label: (&str, &str), does: Does, field: &str) -> Action {
    action(label, does.with("lot", row(field)))
}

/// All lots; what is scanned is opened.
pub fn lots_page() -> View {
    let columns = [
        linked("code"),
        column("material"),
        amount("left"),
        status(),
        column("place"),
        column("expires_on"),
        column("order").wide_only(),
        amount("made").wide_only(),
    ];
    let all = table(source::<lots>().param("material"), columns)
        .tone(when("status").is("blocked"), Tone::Bad)
        .row_action(of_row(("暂停", "Hold"), fill_in::<hold_lot>(), "code").shown_if(when("status").is("available")))
        .row_action(of_row(("放行", "Release"), fill_in::<release_lot>(), "code").shown_if(when("status").is("held")))
        .row_action(of_row(("标签", "Label"), open("label_page"), "code"))
        .row_action(of_row(("召回", "Recall"), open("recall_page"), "code"));
    let scanned = toolcrib_sdk::view::scan(("扫批号", "Scan a lot"), open("lot_page"), "lot");
    View::new(("批次", "Lots")).param(Param::new("material", ("物料", "Material"))).section(
        section().cell(12, scanned).cell(
            12,
            all.when_empty(("还没有批次，先收货", "No lots yet: receive one"))
                .action(action(("收货建批", "Receive"), fill_in::<receive_lot>()).primary())
                .action(action(("生产建批", "Make"), fill_in::<make_lot>()))
                .action(action(("导出", "Export"), export())),
        ),
    )
}

fn family(direction: &str) -> Cell {
    let links = source::<genealogy>().param("lot").with("direction", constant(direction));
    let family = tree(links, "lot", "of", "lot")
        .show(column("material"))
        .show(amount("quantity"))
        .show(column("way").tag())
        .show(status())
        .show(column("place"))
        .tone(when("status").is("blocked"), Tone::Bad)
        .row_action(of_row(("打开", "Open"), open("lot_page"), "lot"));
    family.into()
}

/// One lot: what it is, where it came from, where it went, what happened to it.
pub fn lot_page() -> View {
    let of_lot = |label: (&str, &str), does: Does| action(label, does.with("lot", param("lot")));
    // What is no lot cannot be used, moved or parted.
    let given = |label: (&str, &str), does: Does| of_lot(label, does).shown_if(when("code").present());
    let facts = detail(
        source::<scan>().with("code", param("lot")).at("lot"),
        [
            column("code"),
            column("material"),
            amount("left"),
            status(),
            column("because"),
            column("place"),
            column("expires_on"),
            amount("made"),
            amount("consumed"),
            amount("split_off"),
            amount("scrapped"),
            column("order"),
            column("supplier"),
        ],
    );
    let facts = facts
        .when_empty(("没有这个批次", "No lot has this code"))
        .action(given(("投料", "Use"), fill_in::<use_lot>()).primary())
        .action(given(("移动", "Move"), fill_in::<move_lot>()))
        .action(given(("拆分", "Split"), fill_in::<split_lot>()))
        .action(given(("暂停", "Hold"), fill_in::<hold_lot>()))
        .action(given(("放行", "Release"), fill_in::<release_lot>()))
        .action(given(("召回清单", "Recall list"), open("recall_page")));
    let history = table(
        source::<movements>().param("lot"),
        [column("at"), column("kind").tag(), column("quantity"), linked("other"), column("because"), column("by")],
    );
    View::new(("批次档案", "Lot"))
        .param(Param::new("lot", ("批号", "Lot")))
        .tab(("资料", "Facts"))
        .whole(facts)
        .tab(("来源", "Made of"))
        .whole(family("backward").when_empty(("没有投料记录", "Nothing went in")))
        .tab(("去向", "Went into"))
        .whole(family("forward").when_empty(("还没有被使用", "Not used yet")))
        .tab(("流水", "History"))
        .whole(
            history
                .action(of_lot(("调整", "Adjust"), fill_in::<adjust_lot>()).shown_if(when("rows").present()))
                .action(of_lot(("封存", "Block"), fill_in::<block_lot>()).danger().shown_if(when("rows").present())),
        )
}

/// Everything that anything of a lot is in, and where it is.
pub fn recall_page() -> View {
    let columns = [
        column("generation"),
        linked("lot"),
        column("material"),
        amount("left"),
        column("place"),
        status(),
        amount("made"),
        amount("consumed").wide_only(),
        amount("split_off").wide_only(),
        column("order"),
    ];
    let block = of_row(("封存", "Block"), fill_in::<block_lot>(), "lot").danger();
    let list = table(source::<recall>().param("lot").at("lots"), columns)
        .tone(when("left").more("0"), Tone::Warn)
        .row_action(block.shown_if(when("status").is_not("blocked")));
    View::new(("召回清单", "Recall list"))
        .param(Param::new("lot", ("批号", "Lot")))
        .whole(list.action(action(("导出", "Export"), export())))
}

/// Which lots to take for so much of a material.
pub fn pick_page() -> View {
    let asked = || source::<pick>().param("material").param("quantity");
    let take = [linked("lot"), column("place"), amount("take"), column("expires_on")];
    let skipped = [linked("lot"), column("why").tag(), amount("left")];
    View::new(("取料建议", "What to take"))
        .help(("先到期先出", "First expired, first out"))
        .param(Param::new("material", ("物料", "Material")))
        .param(Param::new("quantity", ("数量", "Quantity")).starts_as(constant("1")))
        .section(
            section()
                .cell(8, table(asked().at("take"), take).titled(("取用", "Take")))
                .cell(4, table(asked().at("skipped"), skipped).titled(("跳过", "Left standing"))),
        )
}

/// At the machine: scan what goes in.
pub fn feed_page() -> View {
    View::new(("扫码投料", "Feed a lot")).station().order(3).section(
        section()
            .cell(6, form::<use_lot>().send(("投料", "Use")).titled(("投料", "Use")))
            .cell(6, form::<move_lot>().send(("移动", "Move")).titled(("移动", "Move"))),
    )
}

/// A label for a lot, to be stuck on it.
pub fn label_page() -> View {
    let pieces = [
        heading_piece("code"),
        text_piece("material"),
        text_piece("left").format(plain().unit_field("unit")),
        text_piece("expires_on"),
        qr("code"),
    ];
    let label = print_card(source::<scan>().with("code", param("lot")).at("lot"), (60, 40), pieces);
    View::new(("批次标签", "Lot label"))
        .param(Param::new("lot", ("批号", "Lot")))
        .whole(label.action(action(("打印", "Print"), print())))
}
