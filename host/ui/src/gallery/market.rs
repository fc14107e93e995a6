//! The components of the marketplace and of consent.

use crate::part;
use crate::part::agreement::{Asked, Reach, agreement, radio};
use crate::part::filters::{Filter, Words, filters};
use crate::part::hero::{Hero, hero};
use crate::part::shelf::{Below, Door, Item, doors, hues, shelf};
use crate::part::showcase::{compared, showcase};
use crate::part::stars::{choose, given};
use crate::shell::Shell;
use maud::{Markup, html};
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::manifest::Words as Text;

/// A page with each of them.
pub fn market(shell: &Shell) -> String {
    let tr = shell.tr;
    let any = Some("全部 All".to_owned());
    let options = vec![("downtime".to_owned(), "停机说不清 Downtime (2)".to_owned())];
    let filter =
        Filter { name: "problem", label: "问题 Problem".to_owned(), any, options, chosen: "downtime".to_owned() };
    let words = Words { name: "q", label: "名称 Name".to_owned(), typed: "停机" };
    let actions = vec![("/a".to_owned(), "开通试用 Start".to_owned()), ("/b".to_owned(), "对比 Compare".to_owned())];
    let facts = vec![html! { "版本 Version 1.2.0" }, html! { "12 家工厂 factories" }];
    let head = Hero { title: "停机与稼动率", line: "停机自动记录 Stops record themselves", facts, actions };
    let rows = [("价格 Price".to_owned(), vec![html! { "免费 Free" }, html! { "¥299" }])];
    let items = [item("停机与稼动率", true), item("Traceability", false)];
    let body = html! {
        section { h2 { "Filters" } (filters("/", &tr.t("search"), &words, &[filter])) }
        section { h2 { "Doors" } (doors(tr, &[Door { path: "/c".into(), text: "追溯难 Traceability".into(), count: 3 }])) }
        section { h2 { "Shelf" } (shelf(tr, Below::Section, &hues(&items), &items, true)) }
        section { h2 { "Hero" } (hero(&head)) }
        section { h2 { "Showcase" } (showcase("示例 Sample", part::notice("ok", "运行 Running"))) }
        section { h2 { "Compared" } (compared("对比 Compared", &[html! { "OEE" }, html! { "SPC" }], &rows)) }
        section { h2 { "Stars" } p { (given(tr, 4)) } (choose(tr, "stars", Some("4"))) }
        section { h2 { "Agreement" } (agreement(shell.beside(), &asked())) (plan()) }
    };
    shell.page("Market", body).into_string()
}

fn item(title: &str, whole: bool) -> Item {
    Item {
        module: title.to_owned(),
        path: "/d".into(),
        title: title.to_owned(),
        line: "一目了然 At a glance".into(),
        provider: "精益数据".into(),
        provider_path: "/e".into(),
        verified: whole,
        chips: vec!["停机说不清 Downtime".into()],
        subsidy: whole.then(|| "A".to_owned()),
        price: "¥299".into(),
        installs: "12".into(),
        stars: if whole { (9, 2) } else { (0, 0) },
        leaving: !whole,
    }
}

fn asked() -> Vec<Asked> {
    let wanted = |text: &str, optional| Wanted {
        capability: text.parse().expect("a capability"),
        reason: Text { zh: "统计停机".into(), en: "To count stops".into() },
        optional,
    };
    let reach = Reach { some: true, typed: "line-1-*".into(), error: Some("…".into()) };
    let row = |wanted, reach| Asked { wanted, ticked: false, reach, wider_by: Vec::new() };
    let wider = vec!["place".to_owned()];
    vec![
        row(wanted("readings:state", false), Some(reach)),
        row(wanted("readings:good", true), Some(Reach::default())),
        Asked { wider_by: wider, ..row(wanted("read:plant/equipment(code,place)", false), None) },
        row(wanted("outbound:erp.example.com", true), None),
    ]
}

fn plan() -> Markup {
    html! { fieldset { legend { "Plan" } (radio("plan", "free", "free", "免费 Free")) (radio("plan", "month", "free", "¥299")) } }
}
