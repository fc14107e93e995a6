//! Lists come in all or not at all, and what one plant exports another imports.

use super::{code, module, new, pair, plant, refused, text};
use crate::equipment::{Equipment, Level, equipment, import_equipment};
use crate::people::{Person, import_people, people, retire_person, whose_badge};
use crate::reasons::{import_reasons, install_reasons, reasons};
use serde_json::{Value as Json, json};
use toolcrib_sdk::list::LIST_ROWS;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

/// Every list: the query that exports it and the command that imports it, in an order that works for an empty plant.
const LISTS: [(&str, &str); 10] = [
    ("calendar", "import_calendar"),
    ("special_days", "import_special_days"),
    ("equipment", "import_equipment"),
    ("materials", "import_materials"),
    ("conversions", "import_conversions"),
    ("people", "import_people"),
    ("skills", "import_skills"),
    ("patterns", "import_patterns"),
    ("shifts", "import_shifts"),
    ("reasons", "import_reasons"),
];

fn export(plant: &mut Module, query: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = plant.json(query, &json!({"after": after})).unwrap();
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        match &page["next"] {
            Json::Null => return rows,
            next => after = next.clone(),
        }
    }
}

fn person(code_text: &str, badge: Option<&str>) -> Person {
    Person {
        code: code(code_text),
        name: text(code_text),
        job: None,
        badge: badge.map(text),
        grade: None,
        user: None,
        retired_at: None,
    }
}

#[test]
fn an_import_is_all_or_nothing_and_names_the_row() {
    let mut plant = plant();
    let rows = vec![new("press-3", Level::WorkUnit, Some("line")), new("press-4", Level::WorkUnit, Some("gone"))];
    assert_eq!(refused(plant.run(import_equipment { rows })), pair("unknown-code", "rows/1/parent"));
    assert_eq!(plant.rows::<Equipment>(), 5);
    let rows = vec![new("press-2", Level::WorkUnit, None), new("press-3", Level::WorkUnit, Some("line"))];
    assert_eq!(plant.run(import_equipment { rows }), Ok(Imported { added: 1, changed: 1, unchanged: 0 }));
}

#[test]
fn a_list_of_equipment_may_stand_in_any_order() {
    let mut plant = module();
    let rows = vec![
        new("press", Level::WorkUnit, Some("line")),
        new("gone", Level::WorkUnit, Some("nowhere")),
        new("line", Level::ProductionLine, Some("site")),
        new("site", Level::Site, None),
    ];
    assert_eq!(refused(plant.run(import_equipment { rows: rows.clone() })), pair("unknown-code", "rows/1/parent"));
    let rows: Vec<_> = rows.into_iter().filter(|row| row.code != "gone").collect();
    assert_eq!(plant.run(import_equipment { rows: rows.clone() }).unwrap().added, 3);
    assert_eq!(plant.run(import_equipment { rows }), Ok(Imported { added: 0, changed: 0, unchanged: 3 }));
}

#[test]
fn a_full_import_stays_within_the_limits_of_one_call_and_comes_back_in_pages() {
    let mut plant = plant();
    let rows = (0..1_000).map(|at| new(&format!("m{at}"), Level::WorkUnit, Some("line"))).collect();
    assert_eq!(plant.run(import_equipment { rows }).unwrap().added, 1_000);
    let first = plant.run(equipment { parent: None, after: None }).unwrap();
    assert_eq!((first.rows.len(), first.next.is_some()), (LIST_ROWS as usize, true));
    assert_eq!(export(&mut plant, "equipment").len(), 1_005);
    let badges: Vec<_> = (0..1_000).map(|at| person(&format!("p{at}"), Some(&format!("b{at}")))).collect();
    assert_eq!(plant.run(import_people { rows: badges }).unwrap().added, 1_000);
}

#[test]
fn what_one_plant_exports_another_imports() {
    let mut one = module();
    for (command, input) in [
        ("set_calendar", json!({"zone": "Europe/Berlin", "day_starts": "06:00"})),
        ("set_special_day", json!({"date": "2026-10-03", "kind": "holiday", "name": "国庆"})),
        ("add_equipment", json!({"code": "z-site", "name": "厂区", "level": "site"})),
        ("add_equipment", json!({"code": "line", "name": "一线", "level": "production_line", "parent": "z-site"})),
        ("add_equipment", json!({"code": "a-press", "name": "冲床", "level": "work_unit", "parent": "line"})),
        ("add_equipment", json!({"code": "old", "name": "旧冲床", "level": "work_unit", "parent": "line"})),
        ("add_material", json!({"code": "M", "name": "支架", "unit": "pcs", "tracking": "lot", "shelf_life_days": 90})),
        ("add_material", json!({"code": "N", "name": "油", "unit": "L"})),
        ("set_conversion", json!({"material": "M", "unit": "box", "numerator": 24})),
        ("set_conversion", json!({"material": "N", "unit": "kg", "numerator": 10, "denominator": 9})),
        (
            "add_person",
            json!({"code": "1", "name": "王芳", "job": "冲压工", "badge": "0A1", "grade": "A", "user": "u1"}),
        ),
        ("add_person", json!({"code": "2", "name": "李强", "badge": "0A2"})),
        ("set_skill", json!({"person": "1", "skill": "换模", "valid_until": "2027-01-31"})),
        ("set_skill", json!({"person": "2", "skill": "叉车"})),
        (
            "add_pattern",
            json!({"code": "night", "name": "夜班", "starts": "22:00", "ends": "06:00", "breaks": "00:00-00:30, 02:30-02:40"}),
        ),
        ("add_pattern", json!({"code": "early", "name": "早班", "starts": "06:00", "ends": "14:00"})),
        (
            "plan_shifts",
            json!({"equipment": ["a-press", "old"], "pattern": "night", "from": "2026-10-20", "days": 9, "weekdays": []}),
        ),
        (
            "plan_shift",
            json!({"equipment": "old", "starts_at": "2026-11-02T08:15:00Z", "ends_at": "2026-11-02T10:00:00Z", "breaks": "10:00-10:15"}),
        ),
        ("install_reasons", json!({})),
        ("set_reason", json!({"kind": "scrap", "code": "porosity", "zh": "气孔", "en": "Porosity"})),
        ("retire_reason", json!({"kind": "stop", "code": "meeting"})),
        ("retire_equipment", json!({"code": "old"})),
        ("retire_equipment", json!({"code": "a-press"})),
        ("retire_equipment", json!({"code": "line"})),
        ("retire_person", json!({"code": "2"})),
        ("retire_pattern", json!({"code": "night"})),
        ("retire_material", json!({"code": "N"})),
    ] {
        one.json(command, &input).unwrap_or_else(|stopped| panic!("{command} {input}: {stopped:?}"));
    }
    let mut two = module();
    for (query, import) in LISTS {
        let rows = export(&mut one, query);
        assert!(!rows.is_empty(), "{query}");
        let done = two.json(import, &json!({"rows": rows})).unwrap_or_else(|stopped| panic!("{import}: {stopped:?}"));
        assert_eq!(done["added"], rows.len(), "{import}");
        assert_eq!(export(&mut two, query), rows, "{query}");
        let again = two.json(import, &json!({"rows": rows})).unwrap();
        assert_eq!(again["unchanged"], rows.len(), "{import} again");
    }
}

#[test]
fn every_list_refuses_a_bad_row_by_its_place() {
    let mut plant = plant();
    plant.json("add_material", &json!({"code": "M", "name": "支架", "unit": "pcs"})).unwrap();
    for (import, good, bad, expected) in [
        (
            "import_calendar",
            json!({"zone": "CST-8", "day_starts": "06:00"}),
            json!({"zone": "Mars", "day_starts": "06:00"}),
            ("bad-zone", "rows/1/zone"),
        ),
        (
            "import_calendar",
            json!({"zone": "CST-8", "day_starts": "06:00"}),
            json!({"zone": "CST-8", "day_starts": "25:00"}),
            ("bad-time", "rows/1/day_starts"),
        ),
        (
            "import_materials",
            json!({"code": "N", "name": "油", "unit": "L"}),
            json!({"code": "O", "name": "气", "unit": "m^3"}),
            ("bad-unit", "rows/1/unit"),
        ),
        (
            "import_materials",
            json!({"code": "N", "name": "油", "unit": "L"}),
            json!({"code": "O", "name": "气", "unit": "m3", "shelf_life_days": 0}),
            ("bad-shelf-life", "rows/1/shelf_life_days"),
        ),
        (
            "import_conversions",
            json!({"material": "M", "unit": "box", "numerator": 24}),
            json!({"material": "M", "unit": "bag", "numerator": 0}),
            ("bad-factor", "rows/1/numerator"),
        ),
        (
            "import_conversions",
            json!({"material": "M", "unit": "box", "numerator": 24}),
            json!({"material": "X", "unit": "bag", "numerator": 1}),
            ("unknown-code", "rows/1/material"),
        ),
        (
            "import_people",
            json!({"code": "1", "name": "王芳", "badge": "A"}),
            json!({"code": "2", "name": "李强", "badge": "A"}),
            ("badge-taken", "rows/1/badge"),
        ),
        (
            "import_people",
            json!({"code": "1", "name": "王芳", "user": "u"}),
            json!({"code": "2", "name": "李强", "user": "u"}),
            ("user-taken", "rows/1/user"),
        ),
        (
            "import_patterns",
            json!({"code": "a", "name": "早", "starts": "06:00", "ends": "14:00"}),
            json!({"code": "b", "name": "中", "starts": "14:00", "ends": "22:00", "breaks": "12:00-12:30"}),
            ("bad-breaks", "rows/1/breaks"),
        ),
        (
            "import_shifts",
            json!({"equipment": "press-1", "starts_at": "2026-01-05T00:00:00Z", "ends_at": "2026-01-05T08:00:00Z"}),
            json!({"equipment": "press-1", "starts_at": "2026-01-05T07:00:00Z", "ends_at": "2026-01-05T09:00:00Z"}),
            ("shift-overlaps", "rows/1/equipment"),
        ),
        (
            "import_reasons",
            json!({"kind": "stop", "code": "a", "zh": "停", "en": "Stop"}),
            json!({"kind": "halt", "code": "a", "zh": "停", "en": "Stop"}),
            ("bad-kind", "rows/1/kind"),
        ),
    ] {
        let outcome = plant.json(import, &json!({"rows": [good, bad]}));
        assert_eq!(refused(outcome), pair(expected.0, expected.1), "{import}");
    }
}

#[test]
fn a_badge_is_one_persons_and_free_when_they_leave() {
    let mut plant = module();
    plant.run(import_people { rows: vec![person("1", Some("0A1")), person("2", Some(" "))] }).unwrap();
    let stopped = plant.run(import_people { rows: vec![person("2", Some("0A1"))] }).unwrap_err();
    assert_eq!(stopped.message(), "The badge 0A1 is that of 1 (1); take it from them first");
    assert_eq!(plant.run(whose_badge { badge: text("0A1") }).unwrap().code, "1");
    plant.run(retire_person { code: code("1") }).unwrap();
    plant.run(import_people { rows: vec![person("2", Some("0A1"))] }).unwrap();
    assert_eq!(plant.run(whose_badge { badge: text("0A1") }).unwrap().code, "2");
    assert_eq!(plant.run(whose_badge { badge: text("0A2") }).unwrap_err().code(), "unknown-badge");
    assert_eq!(plant.run(people { after: None }).unwrap().rows[1].badge, Some(text("0A1")));
}

#[test]
fn usual_reasons_are_installed_once_and_keep_changed_words() {
    let mut plant = module();
    let installed = plant.run(install_reasons {}).unwrap();
    assert_eq!(installed, crate::defaults::REASONS.len() as i64);
    let page = plant.run(reasons { kind: Some(text("andon")), after: None }).unwrap();
    assert!(page.rows.iter().all(|row| row.kind == "andon" && row.zh != row.en), "{page:?}");
    let mut row = page.rows[0].clone();
    row.zh = text("自己的话");
    plant.run(import_reasons { rows: vec![row.clone()] }).unwrap();
    assert_eq!(plant.run(install_reasons {}), Ok(0));
    assert_eq!(plant.run(reasons { kind: Some(row.kind.clone()), after: None }).unwrap().rows[0].zh, row.zh);
}

#[test]
fn a_badge_that_nobody_has_is_named() {
    let outcome = module().run(whose_badge { badge: text("B-9") });
    assert_eq!(refused(outcome), pair("unknown-badge", "badge"));
}
