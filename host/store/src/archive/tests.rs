//! What an archive holds, against rows whose values are known.

use super::*;
use crate::fixture::{NOW, Tenant, every_type, row};
use toolcrib_contract::signal::{Quality, Sample};

use crate::{AuditLine, NewEvent, NewReading, Readings, StoreError, TenantOptions, Used};
use toolcrib_contract::types::{Date, Instant};

fn archive(tenant: &Tenant) -> (Vec<Json>, Vec<PartSum>) {
    let names = |_: &str, record: &str, field: &str| {
        (record == "thing" && field == "state").then(|| ["run", "idle", "down"].map(str::to_owned).to_vec())
    };
    let mut lines = Vec::new();
    let archive = Archive::open(tenant.dir.path()).unwrap();
    let mut text = |line: &str| {
        lines.push(serde_json::from_str(line).unwrap());
        Ok(())
    };
    let sums = archive.write(&names, &mut text).unwrap();
    assert_eq!(archive.lines().unwrap(), lines.len() as u64, "the count before is the count after");
    (lines, sums)
}

fn filled() -> Tenant {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
    tenant.writer.begin().unwrap();
    tenant.insert(&def, &table, 1, &row("名字", true)).unwrap();
    tenant.insert(&def, &table, 2, &row("b", false)).unwrap();
    let event = NewEvent { module: "demo", name: "made", body_json: "{\"n\":\"0.10\"}", cause: None, at: NOW };
    tenant.writer.append(&event).unwrap();
    let line = AuditLine { at: NOW, actor: "user:1", action: "make", module: "demo", detail_json: "{}" };
    tenant.writer.audit(&line).unwrap();
    tenant.writer.usage("demo", "make", NOW, Used { calls: 2, ..Used::default() });
    tenant.writer.set_timer("demo", "tick", "", NOW, &[0, 255]).unwrap();
    tenant.writer.commit().unwrap();
    tenant
}

#[test]
fn every_value_is_there_to_the_digit() {
    let tenant = filled();
    let mut readings = Readings::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
    let at = |us: i64| NOW.plus_us(us);
    let values =
        [Sample::Number { value: 0.1 }, Sample::Count { value: i64::MAX }, Sample::Word { value: "跑".into() }];
    let batch: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(us, value)| NewReading { signal: "m.x", at: at(us as i64), value, quality: Quality::Good })
        .collect();
    readings.append("gateway", &batch, NOW).unwrap();
    let (lines, sums) = archive(&tenant);
    let of = |part: &str| lines.iter().filter(|line| line["part"] == part).collect::<Vec<_>>();
    let rows = of("row");
    let fields = json!({
        "flag": true, "number": i64::MIN, "ratio": 0.1, "price": "-12.50", "name": "名字", "at": Instant::MAX.to_string(),
        "day": Date::MAX.to_string(), "own": crate::fixture::id(200).to_string(), "other": crate::fixture::id(201).to_string(),
        "state": "down",
    });
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(rows[0]["fields"][name], *value, "{name}");
        // An enumeration whose names nobody has any more is its number.
        let optional = if name == "state" { json!(2) } else { value.clone() };
        assert_eq!(
            rows[0]["fields"][format!("maybe_{name}")],
            if name == "name" { json!("名字") } else { optional },
            "{name}"
        );
        assert_eq!(rows[1]["fields"][format!("maybe_{name}")], Json::Null, "{name}");
    }
    assert_eq!((rows.len(), &rows[0]["rev"], &rows[0]["created"]), (2, &json!(1), &json!(NOW.to_string())));
    assert_eq!(of("record")[0]["fields"][3], json!({"field": "price", "of": {"decimal": 2}, "optional": false}));
    assert_eq!(of("event")[0]["body"], json!({"n": "0.10"}));
    assert_eq!(of("timer")[0]["payload_hex"], "00ff");
    let read: Vec<_> = of("reading").iter().map(|line| line["value"].clone()).collect();
    assert_eq!(read, [json!(0.1), json!(i64::MAX), json!("跑")]);
    assert_eq!(of("reading")[1]["at"], at(1).to_string());
    let parts: Vec<_> = sums.iter().map(|sum| (sum.part.as_str(), sum.lines)).collect();
    let expected = [
        ("record", 1),
        ("row", 2),
        ("event", 1),
        ("audit", 1),
        ("usage", 1),
        ("timer", 1),
        ("signal", 1),
        ("signal_month", 1),
        ("reading", 3),
        ("readings_day", 1),
    ];
    assert_eq!(parts, expected);
}

#[test]
fn the_sums_of_a_part_change_with_it_and_with_nothing_else() {
    let mut tenant = filled();
    let before = archive(&tenant).1;
    assert_eq!(archive(&tenant).1, before, "the same state is the same archive");
    tenant.writer.begin().unwrap();
    let line = AuditLine { at: NOW, actor: "user:1", action: "look", module: "demo", detail_json: "{}" };
    tenant.writer.audit(&line).unwrap();
    tenant.writer.commit().unwrap();
    for (before, after) in before.iter().zip(&archive(&tenant).1) {
        assert_eq!(before == after, before.part != "audit", "{}", before.part);
    }
}

#[test]
fn what_is_written_meanwhile_is_not_in_it_and_whoever_takes_the_lines_can_end_it() {
    let mut tenant = filled();
    let held = Archive::open(tenant.dir.path()).unwrap();
    let lines = held.lines().unwrap();
    tenant.writer.begin().unwrap();
    let event = NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
    tenant.writer.append(&event).unwrap();
    tenant.writer.commit().unwrap();
    assert_eq!(held.lines().unwrap(), lines);
    let mut taken = 0;
    let full = held.write(&|_, _, _| None, &mut |_| {
        taken += 1;
        if taken == 2 { Err(StoreError::Full) } else { Ok(()) }
    });
    assert!(matches!(full, Err(StoreError::Full)) && taken == 2);
}
