//! Replays of small scenarios on a handler written here.

use super::*;
use crate::manifest::HandlerKind;
use crate::manifest::{EventDef, HandlerDef, IndexDef, ReadDef, Words};
use crate::schema::{Field, Schema};
use crate::{Encode, Host, RawId, Reader, Text};
use serde_json::json;

fn structure(fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, of)| Field { name: (*name).into(), of: of.clone(), doc: String::new() });
    Type::Struct { name: "input".into(), fields: fields.collect() }
}

/// Handlers: `add {by} -> int` adds and sets a timer, `total -> {id, sum}`, `later` (timer), `heard` (own event), and
/// `boss` which only a boss may call. `add` of a negative number is refused.
fn manifest() -> Manifest {
    let handler = |name: &str, kind, input, output, roles: &[&str]| HandlerDef {
        name: name.into(),
        doc: String::new(),
        kind,
        input,
        output,
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    let id = Type::Id { record: "x".into() };
    let own_event = HandlerKind::OnEvent { module: String::new(), event: "added".into() };
    Manifest {
        module: "sums".into(),
        version: "1.0.0".into(),
        sdk: "test".into(),
        title: Words::default(),
        summary: Words::default(),
        records: Vec::new(),
        reads: vec![ReadDef {
            module: "plant".into(),
            record: "bin".into(),
            fields: vec![Field { name: "code".into(), of: Text::<5>::schema(), doc: String::new() }],
            indexes: vec![IndexDef { fields: vec![0], unique: false }],
            reason: Words::default(),
        }],
        calls: Vec::new(),
        events: vec![EventDef { name: "added".into(), doc: String::new(), body: Type::Int }],
        handlers: vec![
            handler("add", HandlerKind::Command, structure(&[("by", Type::Int)]), Type::Int, &[]),
            handler(
                "total",
                HandlerKind::Query,
                structure(&[]),
                structure(&[("id", id.clone()), ("sum", Type::Int)]),
                &[],
            ),
            handler("later", HandlerKind::Timer, structure(&[]), Type::Unit, &[]),
            handler("heard", own_event, Type::Int, Type::Unit, &[]),
            handler("boss", HandlerKind::Command, structure(&[("bin", id)]), Type::Unit, &["boss"]),
        ],
        requests: Vec::new(),
        views: Vec::new(),
    }
}

fn scenario(steps: Json) -> Scenario {
    serde_json::from_value(json!({
        "name": "sums",
        "given": [{"module": "plant", "record": "bin", "rows": [{"id": "bin", "code": "B1"}]}],
        "steps": steps,
    }))
    .unwrap()
}

/// Which handlers ran, each with the step that asked for it.
type Ran = Vec<(Option<usize>, String)>;

/// Runs the handlers above.
fn run(steps: Json) -> (Result<(), Mismatch>, Ran) {
    let (mut sum, mut ran) = (0, Vec::new());
    let outcome = replay(&manifest(), &scenario(steps), |step, call, mut memory| {
        ran.push((step, call.handler.name.clone()));
        let outcome = match call.handler.name.as_str() {
            "add" => match Reader::new(call.input).signed().unwrap() {
                by if by < 0 => Err(Stop::rejected("negative", "only more")),
                by => {
                    sum += by;
                    memory.emit("added", &by.to_bytes()).unwrap();
                    memory.set_timer("later", "", call.invocation.now.plus_us(60_000_000), &[]).unwrap();
                    Ok(sum.to_bytes())
                }
            },
            "total" => Ok([RawId([7; 16]).to_bytes(), sum.to_bytes()].concat()),
            _ => Ok(Vec::new()),
        };
        (memory, outcome)
    });
    (outcome, ran)
}

fn step(minute: u32, handler: &str, input: Json, expect: Json) -> Json {
    json!({"at": format!("2026-01-05T08:{minute:02}:00Z"), "handler": handler, "input": input, "expect": expect})
}

#[test]
fn steps_timers_and_own_events_run_in_order() {
    let (outcome, ran) = run(json!([
        step(0, "add", json!({"by": 2}), json!({"output": 2})),
        step(5, "total", json!(null), json!({"output": {"id": "$total", "sum": 2}})),
        step(5, "total", json!({}), json!({"output": {"id": "$total", "sum": 2}})),
        step(5, "add", json!({"by": -1}), json!({"rejected": "negative"})),
        step(5, "boss", json!({"bin": "$bin"}), json!({"rejected": "not-allowed"})),
        step(5, "add", json!({"by": "x"}), json!({"rejected": "bad-input"})),
    ]));
    assert_eq!(outcome, Ok(()));
    let ran: Vec<_> = ran.iter().map(|(step, name)| (*step, name.as_str())).collect();
    assert_eq!(
        ran,
        [(Some(0), "add"), (None, "heard"), (None, "later"), (Some(1), "total"), (Some(2), "total"), (Some(3), "add")]
    );
}

#[test]
fn a_mismatch_says_where_and_what() {
    let told = |steps: Json| run(steps).0.unwrap_err().to_string();
    let text = told(json!([step(0, "add", json!({"by": 2}), json!({"output": 3}))]));
    assert_eq!(text, "scenario `sums`, step 1 (`add`)\n  expected 3 in 3\n  got      2 in 2");
    for (steps, part) in [
        (json!([step(0, "total", json!({}), json!({"output": {"id": "$x"}}))]), "got      {\"id\":"),
        (json!([step(0, "total", json!({}), json!({"output": {"id": "$x", "sum": 1}}))]), "expected 1 at /sum in"),
        (json!([step(0, "add", json!({"by": 1}), json!({"rejected": "negative"}))]), "got      the output 1"),
        (json!([step(0, "add", json!({"by": -1}), json!("success"))]), "got      rejected with `negative`: only more"),
        (json!([step(0, "add", json!({"by": "$x"}), json!("success"))]), "names that an earlier step remembers"),
        (json!([step(0, "add", json!({"by": 1, "to": 2}), json!("success"))]), "/to no such field"),
        (json!([step(0, "nobody", json!({}), json!("success"))]), "a handler of the manifest"),
        (
            json!([step(5, "total", json!({}), json!("success")), step(4, "total", json!({}), json!("success"))]),
            "step 2",
        ),
        (json!([{"at": "today", "handler": "total", "expect": "success"}]), "`at` to be a time"),
    ] {
        let text = told(steps);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_dollar_sign_can_be_said() {
    let mut names = Names::default();
    assert_eq!(names.fill(&json!("$$5")).unwrap(), json!("$5"));
    assert!(names.agree(&json!(["$$5", "$a"]), &json!(["$5", "x"]), "").is_ok());
    assert!(names.agree(&json!("$a"), &json!("y"), "").is_err());
}
