//! The same operations on both engines end in equal states, and answer alike on the way.

use crate::fixture::*;
use crate::{AuditLine, NewDead, NewEffect, NewEvent, RecordTable, StoreError, SubscriptionRow, Used};
use proptest::prelude::*;
use toolcrib_contract::codec::Reader;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::schema::Type;
use toolcrib_contract::select::Select;
use toolcrib_contract::types::Instant;
use toolcrib_contract::value::Value;

/// What a turn may do. Small numbers, so that operations meet one another.
#[derive(Clone, Debug)]
enum Op {
    Insert(u8, Vec<Value>),
    Update(u8, u64, Vec<Value>),
    Delete(u8, u64),
    Page(u32, bool),
    Append(Option<u64>),
    Delay(u8, u64, u32),
    Drop(u8),
    SetTimer(u8, i64),
    DelayTimer(u8, i64),
    CancelTimer(u8),
    AddEffect(u8, i64),
    EffectFailed(u8, i64),
    EffectDone(u8),
    Bury(u8),
    RemoveDead(u64),
    Remember(u8, u8),
    Meta(u8, Option<u8>),
    Audit(u8),
    Use(u8, u32),
    Subscribe(u8, u8),
    /// A savepoint: kept or not.
    Part(bool, Vec<Op>),
}

/// A group that commits or does not, or another host.
#[derive(Clone, Debug)]
enum Turn {
    Group(bool, Vec<Op>),
    Reopen,
}

fn things() -> RecordDef {
    record(
        vec![
            field("code", option(Type::Text { max: 3 })),
            field("line", Type::Int),
            field("ratio", option(Type::Float)),
            field("of", option(Type::Id { record: "thing".into() })),
        ],
        &[(&[0], true), (&[1, 0], false), (&[1, 3], true), (&[2], false)],
    )
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    let text = prop_oneof![Just(Value::None), "[ab机]{0,2}".prop_map(Value::Text)];
    let ratio = prop_oneof![Just(Value::None), Just(Value::Float(-0.5)), Just(Value::Float(1e300))];
    let of = prop_oneof![Just(Value::None), (0u8..3).prop_map(|n| Value::Id(id(n)))];
    (text, -1i64..3, ratio, of).prop_map(|(code, line, ratio, of)| vec![code, Value::Int(line), ratio, of])
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0u8..4;
    let leaf = prop_oneof![
        3 => (0u8..6, values()).prop_map(|(n, row)| Op::Insert(n, row)),
        3 => (0u8..6, 0u64..3, values()).prop_map(|(n, rev, row)| Op::Update(n, rev, row)),
        2 => (0u8..6, 0u64..3).prop_map(|(n, rev)| Op::Delete(n, rev)),
        2 => (0u32..5, any::<bool>()).prop_map(|(index, down)| Op::Page(index, down)),
        3 => prop::option::of(1u64..5).prop_map(Op::Append),
        1 => (n.clone(), 0u64..9, 0u32..4).prop_map(|(n, seq, attempts)| Op::Delay(n, seq, attempts)),
        1 => n.clone().prop_map(Op::Drop),
        1 => (n.clone(), 0i64..9).prop_map(|(n, at)| Op::SetTimer(n, at)),
        1 => (n.clone(), 0i64..9).prop_map(|(n, at)| Op::DelayTimer(n, at)),
        1 => n.clone().prop_map(Op::CancelTimer),
        1 => (n.clone(), 0i64..9).prop_map(|(n, at)| Op::AddEffect(n, at)),
        1 => (n.clone(), 0i64..9).prop_map(|(n, at)| Op::EffectFailed(n, at)),
        1 => n.clone().prop_map(Op::EffectDone),
        1 => n.clone().prop_map(Op::Bury),
        1 => (0u64..6).prop_map(Op::RemoveDead),
        1 => (n.clone(), any::<u8>()).prop_map(|(n, body)| Op::Remember(n, body)),
        1 => (n.clone(), prop::option::of(any::<u8>())).prop_map(|(n, value)| Op::Meta(n, value)),
        1 => n.clone().prop_map(Op::Audit),
        1 => (n.clone(), 0u32..9).prop_map(|(n, calls)| Op::Use(n, calls)),
        1 => (n, 0u8..3).prop_map(|(n, version)| Op::Subscribe(n, version)),
    ];
    leaf.prop_recursive(2, 12, 5, |inner| {
        (any::<bool>(), prop::collection::vec(inner, 1..5)).prop_map(|(kept, ops)| Op::Part(kept, ops))
    })
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let group =
        (prop::bool::weighted(0.8), prop::collection::vec(op(), 1..10)).prop_map(|(kept, ops)| Turn::Group(kept, ops));
    prop::collection::vec(prop_oneof![6 => group, 1 => Just(Turn::Reopen)], 1..8)
}

/// What an operation answered, as far as both engines must agree.
fn told<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(StoreError::NotUnique { .. }) => "not unique".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn run(tenant: &mut Tenant, def: &RecordDef, table: &RecordTable, depth: u32, op: &Op, told_all: &mut Vec<String>) {
    let writer = &mut tenant.writer;
    let (at, name) = (|us: i64| NOW.plus_us(us), |n: u8| format!("n{n}"));
    let answer = match op {
        Op::Insert(n, row) => told(writer.insert(table, id(*n), at(1), &mut Reader::new(&encode(def, row)))),
        Op::Update(n, rev, row) => told(writer.update(table, id(*n), *rev, at(2), &mut Reader::new(&encode(def, row)))),
        Op::Delete(n, rev) => told(writer.delete(table, id(*n), *rev)),
        Op::Page(index, descending) => {
            let index = if *index == 4 { toolcrib_contract::select::BY_ID } else { *index };
            told(writer.select(table, &Select { index, descending: *descending, limit: 3, ..Select::default() }))
        }
        Op::Append(cause) => {
            told(writer.append(&NewEvent { module: "demo", name: "e", body_json: "{}", cause: *cause, at: at(3) }))
        }
        Op::Delay(n, seq, attempts) => told(writer.delay(&name(*n), *seq, *attempts, at(4))),
        Op::Drop(n) => told(writer.drop_consumer(&name(*n))),
        Op::SetTimer(n, us) => told(writer.set_timer("demo", "t", &name(*n), at(*us), &[*n])),
        Op::DelayTimer(n, us) => told(writer.delay_timer("demo", "t", &name(*n), 2, at(*us))),
        Op::CancelTimer(n) => told(writer.cancel_timer("demo", "t", &name(*n))),
        Op::AddEffect(n, us) => {
            // Its id is the host's and new.
            let new = NewEffect { id: id(*n), module: "demo", kind: "webhook", target: "x", body: &[1], at: at(*us) };
            let is_new = writer.effect_failed(id(*n), 0, at(*us)).is_err();
            if is_new { told(writer.add_effect(&new)) } else { String::new() }
        }
        Op::EffectFailed(n, us) => told(writer.effect_failed(id(*n), 3, at(*us))),
        Op::EffectDone(n) => told(writer.effect_done(id(*n))),
        Op::Bury(n) => told(writer.bury(&NewDead { consumer: &name(*n), seq: 1, why: "w", body: &[*n], at: at(5) })),
        Op::RemoveDead(letter) => told(writer.remove_dead(*letter)),
        Op::Remember(n, body) => told(writer.remember("p", &name(*n), [*n; 16], 200, &[*body], at(6))),
        Op::Meta(n, Some(value)) => told(writer.meta_put(&name(*n), &[*value])),
        Op::Meta(n, None) => told(writer.meta_delete(&name(*n))),
        Op::Audit(n) => {
            let (actor, action, module, detail_json) = ("user:1", "do", "demo", "{}");
            told(writer.audit(&AuditLine { at: at(i64::from(*n)), actor, action, module, detail_json }))
        }
        Op::Use(n, calls) => {
            writer.usage("demo", &name(*n), at(7), Used { calls: *calls, cpu_us: 3, ..Used::default() });
            String::new()
        }
        Op::Subscribe(n, version) => {
            let (module, version, digest) = (name(*n), name(*version), "sha256:ab".to_owned());
            let (state, grants_json) = ("active".to_owned(), "[]".to_owned());
            told(writer.put_subscription(&SubscriptionRow {
                module,
                version,
                digest,
                state,
                grants_json,
                since: at(8),
            }))
        }
        Op::Part(kept, ops) => {
            writer.savepoint(depth).unwrap();
            ops.iter().for_each(|op| run(tenant, def, table, depth + 1, op, told_all));
            if *kept {
                tenant.writer.release(depth).unwrap()
            } else {
                tenant.writer.rollback_to(depth).unwrap()
            }
            String::new()
        }
    };
    told_all.push(answer);
}

/// Everything that can be seen of a tenant.
fn state(tenant: &mut Tenant, table: &RecordTable) -> Vec<String> {
    let writer = &mut tenant.writer;
    let mut seen = vec![
        told(writer.events_after(0, 500)),
        told(writer.last_seq()),
        told(writer.due_timers(Instant::MAX, 500)),
        told(writer.next_due()),
        told(writer.due_effects(Instant::MAX, 500)),
        told(writer.next_effect()),
        told(writer.dead(0, 500)),
        told(writer.meta_scan("")),
        told(writer.audit_after(0, 500)),
        told(writer.verify_audit()),
        told(writer.usage_between(Instant::MIN, Instant::MAX)),
        told(writer.subscriptions()),
        told(writer.next_expiry()),
    ];
    for n in 0..4 {
        let name = format!("n{n}");
        seen.push(told(writer.cursors().map(|all| all.get(&name).copied())));
        seen.push(told(writer.idempotent("p", &name)));
    }
    for index in [0, 1, 2, 3, toolcrib_contract::select::BY_ID] {
        for descending in [false, true] {
            seen.push(told(writer.select(table, &Select { index, descending, limit: 100, ..Select::default() })));
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_same_operations_end_in_equal_states(turns in turns()) {
        let Some(bare) = bare() else { return Ok(()) };
        // And where the host names no tenant.
        let engines = [engines(), vec![Engine(Some(bare))]].concat();
        let def = things();
        let mut runs = Vec::new();
        for engine in engines {
            let (mut tenant, table) = engine.with_record(&def);
            let mut told = Vec::new();
            for turn in &turns {
                match turn {
                    Turn::Reopen => tenant.reopen(),
                    Turn::Group(kept, ops) => {
                        tenant.writer.begin().unwrap();
                        ops.iter().for_each(|op| run(&mut tenant, &def, &table, 0, op, &mut told));
                        if *kept { tenant.writer.commit().unwrap() } else { tenant.writer.rollback().unwrap() }
                    }
                }
                told.extend(state(&mut tenant, &table));
            }
            runs.push(told);
        }
        prop_assert_eq!(&runs[0], &runs[1]);
        prop_assert_eq!(&runs[1], &runs[2], "row-level security alone");
    }
}
