//! Pages of what a factory shows others and takes over, drawn with sample data.

use super::{ID, parse};
use crate::pages::admin::{evidence, kits};
use maud::Markup;
use serde_json::json;
use toolcrib_contract::attestation::{Attestation, Machine, Machines, ModuleUse, Modules, Told};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{BAD_INPUT, Problem};
use toolcrib_exhibit::{Adoption, KeptStatement, Plan, PlannedList, PlannedMapping, PlannedModule, Sent, Stands};
use toolcrib_registry_client::wire::{KitRow, ProjectRow};
use toolcrib_ui::shell::Shell;

const AT: &str = "2026-11-23T08:00:00Z";

fn refused(pointer: &str) -> Problem {
    let error = InputError { pointer: pointer.into(), message: "1 to 366 days <b>".into() };
    Problem { errors: vec![error], ..BAD_INPUT.because("Not like this") }
}

fn kept() -> KeptStatement {
    let sent = Sent { project: ID.into(), key: "H2".into(), at: AT.into(), by: format!("user:{ID}") };
    KeptStatement {
        sha256: "0123456789abcdef".repeat(4),
        from: "2026-11-01".into(),
        until: "2026-11-23".into(),
        made_at: AT.into(),
        by: format!("user:{ID}"),
        key_id: "0123456789abcdef".into(),
        sent: vec![sent],
    }
}

fn said() -> Attestation {
    let told = |refused: Option<&str>, rows| Told {
        query: "overview".into(),
        columns: vec!["oee".into(), "note".into()],
        rows,
        cut: false,
        refused: refused.map(str::to_owned),
    };
    let figures = vec![
        told(None, vec![vec![json!("0.75"), json!(null)], vec![json!(3), json!(true)]]),
        told(None, Vec::new()),
        told(Some("module-paused"), Vec::new()),
    ];
    let module =
        ModuleUse { module: "oee".into(), version: "0.1.0".into(), calls: 12_345, figures, ..ModuleUse::default() };
    let machine = Machine { equipment: "press-1 <b>".into(), days: 23, readings: 1_234_567, ..Machine::default() };
    Attestation {
        machines: Machines { connected: 1, list: vec![machine], ..Machines::default() },
        modules: Modules { list: vec![module], ..Modules::default() },
        ..Attestation::default()
    }
}

fn row(withdrawn: bool) -> KitRow {
    parse(
        json!({"id": ID, "title": "冲压 <车间>", "tenant": "acme", "firm": "Acme <冲压>", "sha256": "0123456789abcdef".repeat(4),
        "modules": ["oee", "plant"], "rows": 120, "published_at": AT, "withdrawn_at": withdrawn.then_some(AT),
        "tenants": ["red-star"], "segments": ["33"], "adopted": 2}),
    )
}

fn plan(stands: [Stands; 2], against: &[&str]) -> Plan {
    let module = |(name, stands): (&str, Stands)| PlannedModule {
        module: name.into(),
        version: "0.1.0".into(),
        stands,
        grants: Vec::new(),
    };
    let reason = |code: &str, zh: &str| parse(json!({"code": code, "zh": zh, "places": 3}));
    let made = (0..25).map(|at| reason(&at.to_string(), "换刀 <b>")).collect();
    let other = if against.is_empty() { Vec::new() } else { vec![(reason("a", "等料"), reason("a", "等人"))] };
    let list = PlannedList { module: "plant".into(), list: "reasons".into(), same: 3, made, other, later: true };
    let rule = json!({"from": {"topic": "a/+"}});
    let other = if against.is_empty() { Vec::new() } else { vec![(rule.clone(), rule.clone())] };
    Plan {
        kit: "0".repeat(64),
        title: "冲压".into(),
        firm: "Acme".into(),
        modules: ["oee", "plant"].into_iter().zip(stands).map(module).collect(),
        lists: vec![list],
        mapping: PlannedMapping { version: 1, same: 1, made: vec![rule], other },
        against: against.iter().map(|one| (*one).to_owned()).collect(),
    }
}

fn of_kits(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let adoption = |done: bool| Adoption {
        kit: "0".repeat(64),
        title: "冲压".into(),
        firm: "Acme".into(),
        begun_at: AT.into(),
        by: format!("user:{ID}"),
        made: 12,
        done_at: done.then(|| AT.to_owned()),
    };
    let shelf = |kits, adoption| kits::Shelf { kits, modules: vec!["oee".into(), "plant".into()], adoption };
    let full = parse(json!({"own": [row(false), row(true)], "offered": [row(false)]}));
    let typed =
        kits::Typed { title: "<b>".into(), modules: vec!["oee".into()], mapping: true, ..kits::Typed::default() };
    let page =
        |kits, done: Option<bool>| kits::page(inside, &shelf(kits, done.map(adoption)), &kits::Typed::default(), None);
    let ask = json!({"capability": "readings:state", "sentence": {"zh": "读", "en": "Reads <b>"}, "reason": {"zh": "因", "en": "Why"},
        "because": {"zh": "只读", "en": "Reads only"}, "risk": "low", "optional": false, "scoped": false});
    let asks = |asks| {
        let page =
            json!({"module": "oee", "version": "0.1.0", "digest": "sha256:0", "provider": "house", "asks": asks});
        vec![(parse(page), "0".repeat(64))]
    };
    let adopted = parse(
        json!({"tenant": "red-star", "firm": "Red <Star>", "at": AT, "by": "li@example.com", "subscribed": ["oee"],
        "made": 12, "calls_before": 0, "calls_now": 345}),
    );
    let kit = |row, plan, asks, adoptions| kits::Kit { row, plan, asks, adoptions };
    let missing = || [Stands::Missing, Stands::There("0.1.0".into())];
    let unfit = [Stands::Unfit("0.0.1".into()), Stands::There("0.1.0".into())];
    let done = Plan {
        lists: Vec::new(),
        mapping: PlannedMapping::default(),
        ..plan([Stands::There("1".into()), Stands::There("1".into())], &[])
    };
    let refused = refused("/shown");
    vec![
        ("kits", page(Some(full), Some(true))),
        ("kits of nobody", page(Some(parse(json!({"own": [], "offered": []}))), Some(false))),
        ("kits away", page(None, None)),
        (
            "kits refused",
            kits::page(
                inside,
                &shelf(Some(parse(json!({"own": [], "offered": []}))), None),
                &typed,
                Some(&self::refused("/tenants")),
            ),
        ),
        (
            "kit to take over",
            kits::kit_page(
                inside,
                &kit(row(false), Some(plan(missing(), &[])), asks(json!([ask])), Vec::new()),
                Some(&refused),
            ),
        ),
        (
            "kit that asks for nothing",
            kits::kit_page(inside, &kit(row(false), Some(plan(missing(), &[])), asks(json!([])), Vec::new()), None),
        ),
        (
            "kit with conflicts",
            kits::kit_page(inside, &kit(row(false), Some(plan(unfit, &["1 row <b>"])), Vec::new(), Vec::new()), None),
        ),
        ("kit that is done", kits::kit_page(inside, &kit(row(false), Some(done), Vec::new(), Vec::new()), None)),
        ("own kit", kits::kit_page(inside, &kit(row(false), None, Vec::new(), vec![adopted]), None)),
        ("own kit withdrawn", kits::kit_page(inside, &kit(row(true), None, Vec::new(), Vec::new()), None)),
    ]
}

/// Every page, by name.
pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let project: ProjectRow = parse(
        json!({"id": ID, "programme": ID, "programme_name": "试点 <b>", "uscc": "91330100799655058B",
        "name": "Acme", "district": "滨江", "segment": "33", "state": "enrolled", "since": AT, "batch": null, "due": null,
        "level_before": null, "level_after": null, "committed_fen": 0, "award_fen": 0, "paid_fen": 0}),
    );
    let typed = evidence::Days { from: "2026-11-01".into(), until: "<b>".into() };
    let empty = Attestation::default();
    let pages = vec![
        ("evidence", evidence::page(inside, &[kept()], &evidence::Days::default(), None)),
        ("evidence of nothing", evidence::page(inside, &[], &typed, Some(&refused("/until")))),
        ("statement", evidence::statement_page(inside, &kept(), &said(), &[project], None)),
        ("statement of nothing", evidence::statement_page(inside, &kept(), &empty, &[], Some(&refused("/key")))),
    ];
    [pages, of_kits(inside)].concat()
}
