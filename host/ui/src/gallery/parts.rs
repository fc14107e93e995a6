//! The page of the gallery with every component in every state.

use crate::part::icon::{Icon, icon};
use crate::part::playlist::{Board, playlist};
use crate::part::{self, Press, Tab, tile, work};
use crate::shell::Shell;
use maud::{Markup, html};
use toolcrib_contract::problem::{BUSY, Problem};

/// Tones, by class and as people say them.
const TONES: [(&str, &str); 5] =
    [("info", "提示 Note"), ("ok", "正常 Good"), ("warn", "注意 Mind"), ("bad", "停机 Stopped"), ("idle", "关机 Off")];

fn shelf(title: &str, body: Markup) -> Markup {
    html! { section { h2 { (title) } (body) } }
}

/// The components, each in the states it has.
pub fn parts(shell: &Shell) -> String {
    let body = html! {
        (shelf("按钮 Buttons", pressed()))
        (shelf("提示 Notices", html! { @for (tone, text) in TONES { (part::notice(tone, text)) } (part::empty("还没有工单，请先下达一张。")) }))
        (shelf("状态 States", html! { p { @for (tone, text) in TONES { (part::tag(tone, text)) " " } } }))
        (shelf("拒绝 Refusals", refused(shell)))
        (shelf("表格 Tables", table()))
        (shelf("卡片 Cards", cards()))
        (shelf("页签 Tabs", tabs()))
        (shelf("大屏 Big screens", boards(shell)))
        (shelf("进度 Long work", html! { (work::progress(shell.tr, "导入人员", 3_200, Some(10_000))) }))
        (shelf("图标 Icons", html! { p { @for name in Icon::ALL { (icon(*name)) (format!(" {name:?} ")) } } }))
    };
    shell.page("组件 Components", body).into_string()
}

fn pressed() -> Markup {
    let styles =
        [("开通试用", Press::Main), ("再来一张", Press::Plain), ("退订", Press::Danger), ("先不做", Press::Quiet)];
    let buttons: Vec<_> = styles.iter().map(|(label, press)| part::button(label, *press)).collect();
    let links: Vec<_> = styles.iter().map(|(label, press)| part::link("/_gallery", label, *press)).collect();
    html! { (part::buttons(&buttons)) (part::buttons(&links)) (part::buttons(&[part::copy("tc-2026-0042", "复制编号")])) }
}

fn refused(shell: &Shell) -> Markup {
    let input = toolcrib_contract::json::InputError { pointer: "/good".into(), message: "must be a number".into() };
    html! { (part::problem(shell.tr, &BUSY.because("64 jobs wait"))) (part::problem(shell.tr, &Problem::input(vec![input]))) }
}

fn table() -> Markup {
    let heads = ["编号", "数量", "说明"].map(str::to_owned);
    let long = "a-very-long-number-without-any-place-to-break-0123456789-0123456789";
    let row = |cells: [&str; 3]| cells.map(|text| html! { (text) }).to_vec();
    let rows = [row(["WO-1001", "1,250.5", "第一张"]), row([long, "0", ""]), row(["WO-1003", "-3", "<b>不是标签</b>"])];
    html! { (part::table("工单", &heads, &rows)) (part::table("空表", &heads, &[])) }
}

fn cards() -> Markup {
    let fact = |name: &str, text: &str| (name.to_owned(), html! { (text) });
    let facts = part::facts(&[fact("设备", "P-1 冲床"), fact("班次", "白班 08:00–20:00")]);
    html! { (part::tiles(&[part::card("资料", facts), part::card("图块", html! { (tile::tile("设备综合效率")) (tile::Hues::of(["报工"]).small("报工")) })])) }
}

fn boards(shell: &Shell) -> Markup {
    let board = |name: &str, title: &str| Board {
        name: name.into(),
        title: title.into(),
        module: "设备综合效率".into(),
        path: "/_gallery".into(),
    };
    playlist(shell.tr, "/_gallery", &[board("oee.wall", "车间大屏"), board("oee.line_board", "产线看板")])
}

fn tabs() -> Markup {
    let tab = |text: &str, here: bool| Tab { path: "/_gallery".into(), text: text.into(), here };
    part::tabs("页签", &[tab("今天", true), tab("本周", false), tab("本月", false)])
}
