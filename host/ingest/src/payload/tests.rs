//! Messages as machines send them, and the readings that come of them.

use super::*;
use proptest::prelude::*;
use toolcrib_contract::signal::Quality;
use toolcrib_sparkplug::{Change, DataType, Defined, EdgeNode, Value};

const NOW: Instant = Instant(1_795_420_800_000_000);
const DEVICE: &str = "gateway-1";

fn rules(rules: &str) -> Rules {
    Rules::parse(format!("{{\"rules\":[{rules}]}}").as_bytes()).unwrap()
}

fn send(interpreter: &mut Interpreter, topic: &str, payload: &[u8]) -> Meaning {
    interpreter.interpret(DEVICE, Message { topic, payload, retained: false, received: NOW })
}

fn one(meaning: &Meaning) -> (&str, Instant, &Sample) {
    let [Reading { signal, at, value, .. }] = &meaning.readings[..] else { panic!("one reading: {meaning:?}") };
    (signal, *at, value)
}

fn codes(meaning: &Meaning) -> Vec<&'static str> {
    meaning.refused.iter().map(|refusal| refusal.code).collect()
}

#[test]
fn our_own_topics_need_no_rule() {
    let mut plain = Interpreter::default();
    let meaning = send(&mut plain, "signals/press-1/state", b"running");
    assert_eq!(one(&meaning), ("press-1.state", NOW, &Sample::Word { value: "running".into() }));
    let meaning = send(&mut plain, "signals/press-1/good", b"7");
    assert_eq!(one(&meaning).2, &Sample::Count { value: 7 });
    let uns = br#"{"timestamp_ms":1795420799500,"value":21.5}"#;
    let meaning = send(&mut plain, "acme/suzhou/hall/line/press-1/_historian/temperature", uns);
    assert_eq!(one(&meaning), ("press-1.temperature", Instant(NOW.0 - 500_000), &Sample::Number { value: 21.5 }));
    let lines = format!(
        "{{\"signal\":\"p.a\",\"at\":\"{NOW}\",\"value\":1}}\n{{\"signal\":\"p.b\",\"at\":\"{NOW}\",\"value\":true}}"
    );
    assert_eq!(send(&mut plain, "any/readings", lines.as_bytes()).readings.len(), 2);
    let meaning = send(&mut plain, "any/readings", format!("{lines}\nx").as_bytes());
    assert_eq!((meaning.readings.len(), codes(&meaning)), (0, vec!["bad-batch"]));
    assert!(meaning.refused[0].why.starts_with("line 3:"), "{}", meaning.refused[0].why);
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let mut plain = Interpreter::default();
    let mut code = |payload: &[u8]| codes(&send(&mut plain, "signals/press-1/x", payload));
    assert_eq!(code(b"NaN"), ["not-a-number"]);
    assert_eq!(code(b"null"), ["null"]);
    assert_eq!(code(b"{\"value\":[1]}"), ["no-single-value"]);
    assert_eq!(code(b"{\"value\":1"), ["bad-payload"]);
    assert_eq!(code(b"\xff"), ["bad-payload"]);
    assert_eq!(code(&[b'['; 40]), ["bad-payload"]);
    assert_eq!(code(&vec![b' '; (1 << 20) + 1]), ["too-large"]);
    assert_eq!(code(b"{\"value\":1,\"timestamp_ms\":\"now\"}"), ["bad-time"]);
    assert_eq!(code(b"{\"value\":1,\"timestamp_ms\":1}"), ["clock-off"]);
    assert_eq!(code(&[b'x'; 129]), ["too-long"]);
    assert_eq!(codes(&send(&mut plain, "spBv1.0/nonsense", b"")), ["bad-topic"]);
}

#[test]
fn json_is_read_by_paths_with_its_own_time_and_quality() {
    let mut by_rule = Interpreter::new(rules(
        r#"{"from":{"topic":"plant/+/status","path":"/motors/*/temp","time":"/ts","quality":{"path":"/q","codes":"da"}},
            "equipment":"{1}","signal":"motor-{2}","scale":"0.1"},
           {"from":{"topic":"plant/+/status","path":"/mode"},"equipment":"{1}","signal":"state","kind":"state",
            "states":{"3":"Executing/Processing"}}"#,
    ));
    let payload = br#"{"ts":1795420799.25,"q":192,"motors":[{"temp":213},{"temp":220}],"mode":3}"#;
    let meaning = send(&mut by_rule, "plant/press 1/status", payload);
    let told: Vec<_> =
        meaning.readings.iter().map(|reading| (reading.signal.as_str(), reading.value.clone())).collect();
    assert_eq!(
        told,
        [
            ("press-1.motor-0", Sample::Number { value: 21.3 }),
            ("press-1.motor-1", Sample::Number { value: 22.0 }),
            ("press-1.state", Sample::Word { value: "Executing/Processing".into() }),
        ]
    );
    assert_eq!(meaning.readings[0].at, Instant(NOW.0 - 750_000));
    let bad = br#"{"ts":1795420799,"q":0,"motors":[{"temp":213}],"mode":4}"#;
    let meaning = send(&mut by_rule, "plant/press-1/status", bad);
    assert_eq!(codes(&meaning), ["unknown-state"]);
    let kept = &meaning.readings[0];
    assert_eq!((&kept.value, kept.quality), (&Sample::Number { value: 21.3 }, Quality::Bad));
    assert_eq!(codes(&send(&mut by_rule, "plant/press-1/status", b"{}")), ["path-not-found"]);
    let late = br#"{"ts":"2020-01-01T00:00:00Z","motors":[{"temp":1}]}"#;
    assert_eq!(codes(&send(&mut by_rule, "plant/press-1/status", late)), ["clock-off", "path-not-found"]);
}

#[test]
fn a_rule_without_wildcards_comes_before_those_with() {
    let mut both = Interpreter::new(rules(
        r#"{"from":{"topic":"plant/#"},"equipment":"plant","signal":"{1}"},
           {"from":{"topic":"plant/a"},"equipment":"own","signal":"a"},
           {"from":{"topic":"plant/b","source":"somebody-else"},"equipment":"own","signal":"b"}"#,
    ));
    assert_eq!(one(&send(&mut both, "plant/a", b"1")).0, "own.a");
    assert_eq!(one(&send(&mut both, "plant/b", b"1")).0, "plant.b");
}

#[test]
fn what_no_rule_fits_is_listed_and_taken_in_once_it_is_adopted() {
    let mut interpreter = Interpreter::default();
    let meaning = send(&mut interpreter, "plant/press-1/env", br#"{"temperature":21.5,"humidity":40}"#);
    assert_eq!(meaning, Meaning::default());
    let unknown = interpreter.unknown().list();
    assert_eq!(
        unknown.iter().map(|one| one.place.as_str()).collect::<Vec<_>>(),
        ["plant/press-1/env /humidity", "plant/press-1/env /temperature"]
    );
    interpreter.set_rules(Rules { rules: unknown.into_iter().map(|one| one.rule).collect() });
    let meaning = send(&mut interpreter, "plant/press-1/env", br#"{"temperature":21.5,"humidity":40}"#);
    assert_eq!(meaning.readings.len(), 2);
    assert!(interpreter.unknown().list().is_empty());
}

#[test]
fn a_message_makes_no_more_readings_than_a_batch_has() {
    let rule = r#"{"from":{"topic":"all","path":"/*"},"equipment":"p","signal":"s{1}"}"#;
    let mut many = Interpreter::new(rules(&[rule; 11].join(",")));
    let payload = serde_json::to_vec(&vec![1; 1_000]).unwrap();
    let meaning = send(&mut many, "all", &payload);
    assert_eq!(
        (meaning.readings.len(), codes(&meaning), meaning.refused[0].count),
        (limits::READINGS, vec!["too-many-readings"], 1_000)
    );
}

/// A press that speaks Sparkplug: a counter of 16 bits, a state and a temperature.
struct Press {
    edge: EdgeNode,
    interpreter: Interpreter,
    now: Instant,
}

const PRESS: &str = r#"
    {"from":{"metric":"Good","device":"+"},"equipment":"{1}","signal":"good","kind":"counter","counter":{"bits":16}},
    {"from":{"metric":"State","device":"+"},"equipment":"{1}","signal":"state","kind":"state",
     "states":{"0":"NotExecuting/None","1":"Executing/Processing"},"offline":"NotAvailable"}"#;

impl Press {
    fn new() -> Self {
        let mut edge = EdgeNode::new("plant", "gateway").unwrap().with_aliases();
        let metric = |name: &str, datatype, value| Defined { name: name.into(), datatype, value: Some(value) };
        edge.define(Some("press-1"), metric("Good", DataType::UInt16, Value::Unsigned(65_530))).unwrap();
        edge.define(Some("press-1"), metric("State", DataType::Int8, Value::Signed(1))).unwrap();
        edge.define(Some("press-1"), metric("Temperature", DataType::Float, Value::Float(21.5))).unwrap();
        let mut press = Self { edge, interpreter: Interpreter::new(rules(PRESS)), now: NOW };
        let now = press.ms();
        press.edge.connect(now);
        press
    }

    fn ms(&mut self) -> u64 {
        self.now = self.now.plus_us(1_000_000);
        millis(self.now)
    }

    fn hear(&mut self, device: &str, message: &Outgoing) -> Meaning {
        let message =
            Message { topic: &message.topic, payload: &message.payload, retained: message.retain, received: self.now };
        self.interpreter.interpret(device, message)
    }

    fn birth(&mut self, device: &str) -> Vec<(String, Sample)> {
        let now = self.ms();
        let births = self.edge.birth(now);
        let meanings = births.iter().map(|birth| self.hear(device, birth)).collect::<Vec<_>>();
        assert!(meanings.iter().all(|meaning| meaning.refused.is_empty()), "{meanings:?}");
        meanings
            .into_iter()
            .flat_map(|meaning| meaning.readings)
            .map(|reading| (reading.signal, reading.value))
            .collect()
    }

    fn data(&mut self, name: &str, value: Value) -> Meaning {
        let now = self.ms();
        let message = self.edge.data(Some("press-1"), &[Change::now(name, value, now)], now).unwrap();
        self.hear(DEVICE, &message)
    }
}

fn word(value: &str) -> Sample {
    Sample::Word { value: value.into() }
}

#[test]
fn metrics_become_signals_from_their_birth_on() {
    let mut press = Press::new();
    let born = press.birth(DEVICE);
    assert_eq!(
        born,
        [
            ("press-1.good".into(), Sample::Count { value: 65_530 }),
            ("press-1.state".into(), word("Executing/Processing"))
        ]
    );
    let meaning = press.data("Good", Value::Unsigned(4));
    let total = &meaning.readings[0];
    assert_eq!(
        (total.signal.as_str(), total.at, total.value.clone()),
        ("press-1.good", press.now, Sample::Count { value: 65_540 })
    );
    let unknown = press.interpreter.unknown().list();
    assert_eq!(
        unknown.iter().map(|one| one.place.as_str()).collect::<Vec<_>>(),
        ["plant / gateway / press-1 / Temperature"]
    );
    assert_eq!((unknown[0].rule.equipment.as_str(), unknown[0].rule.signal.as_str()), ("press-1", "Temperature"));
}

#[test]
fn a_machine_that_is_gone_says_so_once_and_comes_back_with_its_birth() {
    let mut press = Press::new();
    press.birth(DEVICE);
    let now = press.ms();
    let death = press.edge.death(now);
    let meaning = press.hear(DEVICE, &death);
    assert_eq!(one(&meaning), ("press-1.state", press.now, &word("NotAvailable")));
    assert_eq!(press.interpreter.disconnected(DEVICE, press.now), []);
    let now = press.ms();
    press.edge.connect(now);
    let born = press.birth(DEVICE);
    assert!(born.contains(&("press-1.state".into(), word("Executing/Processing"))));
    press.ms();
    let gone = press.interpreter.disconnected(DEVICE, press.now);
    assert_eq!(
        (gone[0].signal.as_str(), gone[0].value.clone(), gone.len()),
        ("press-1.state", word("NotAvailable"), 1)
    );
}

#[test]
fn a_state_told_again_by_a_birth_counts_since_that_birth() {
    let mut press = Press::new();
    press.birth(DEVICE);
    press.data("State", Value::Signed(0));
    let gone = press.ms();
    let death = press.edge.death(gone);
    press.hear(DEVICE, &death);
    press.edge.connect(gone);
    let now = press.ms();
    let births = press.edge.birth(now);
    press.hear(DEVICE, &births[0]);
    let meaning = press.hear(DEVICE, &births[1]);
    let state = meaning.readings.iter().find(|reading| reading.signal == "press-1.state").unwrap();
    assert_eq!(
        (state.value.clone(), state.at),
        (word("NotExecuting/None"), press.now),
        "not at the older time of its value"
    );
}

#[test]
fn nobody_speaks_for_a_node_of_another_device() {
    let mut press = Press::new();
    press.birth(DEVICE);
    let now = press.ms();
    let message = press.edge.data(Some("press-1"), &[Change::now("Good", Value::Unsigned(9), now)], now).unwrap();
    let meaning = press.hear("intruder", &message);
    assert_eq!((meaning.readings.len(), codes(&meaning)), (0, vec!["another-device"]));
    assert_eq!(press.hear(DEVICE, &message).readings.len(), 2, "its own device is heard");
    press.birth("its-new-gateway");
    assert_eq!(press.interpreter.disconnected(DEVICE, press.now), [], "the old connection takes nothing with it");
}

#[test]
fn alias_before_birth_is_told_and_bad_quality_is_kept_as_bad() {
    let mut press = Press::new();
    let now = press.ms();
    press.edge.birth(now);
    let meaning = press.data("Good", Value::Unsigned(1));
    assert_eq!((codes(&meaning), meaning.commands.len()), (vec!["before-birth"], 1));
    assert!(press.edge.asks_for_rebirth(&meaning.commands[0].topic, &meaning.commands[0].payload));
    press.birth(DEVICE);
    let now = press.ms();
    let bad = Change { quality: toolcrib_sparkplug::Quality::Bad, ..Change::now("Good", Value::Unsigned(2), now) };
    let message = press.edge.data(Some("press-1"), &[bad], now).unwrap();
    let meaning = press.hear(DEVICE, &message);
    assert_eq!((meaning.readings.len(), codes(&meaning).len()), (1, 0));
    assert_eq!((&meaning.readings[0].value, meaning.readings[0].quality), (&Sample::Count { value: 2 }, Quality::Bad));
}

#[test]
fn a_counter_goes_on_from_what_is_stored() {
    let mut press = Press::new();
    press.birth(DEVICE);
    let stored = press.data("Good", Value::Unsigned(4)).readings;
    press.interpreter = Interpreter::new(rules(PRESS));
    for reading in stored {
        press.interpreter.recall(reading.signal, reading.at, &reading.value);
    }
    press.birth(DEVICE);
    let meaning = press.data("Good", Value::Unsigned(3));
    assert_eq!(meaning.readings[0].value, Sample::Count { value: 131_075 });
}

#[test]
fn requests_that_are_due_are_handed_out() {
    let mut press = Press::new();
    press.birth(DEVICE);
    let now = press.ms();
    press.edge.data(Some("press-1"), &[], now).unwrap();
    press.data("Good", Value::Unsigned(5));
    assert_eq!(press.interpreter.due(press.now), []);
    let due = press.interpreter.due(press.now.plus_us(3_000_000));
    assert!(due.len() == 1 && press.edge.asks_for_rebirth(&due[0].topic, &due[0].payload));
}

proptest! {
    #[test]
    fn any_message_is_understood_or_refused(
        topic in prop::sample::select(vec![
            "signals/p/x", "a/_b/c", "x/readings", "plant/press-1/status", "spBv1.0/g/NBIRTH/n", "spBv1.0/g/DDATA/n/press-1",
            "spBv1.0/g/NDEATH/n", "spBv1.0/STATE/h", "", "/", "#",
        ]),
        payload in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64).boxed(),
            r#"[{}\[\]":,0-9eE.\-a-z]{0,40}"#.prop_map(String::into_bytes).boxed(),
        ],
        retained: bool,
    ) {
        let mut interpreter = Interpreter::new(rules(
            r#"{"from":{"topic":"plant/+/status","path":"/*/*"},"equipment":"{1}","signal":"{2}{3}"},
               {"from":{"metric":"+","device":"+"},"equipment":"{1}","signal":"{2}","kind":"word"}"#,
        ));
        let meaning = interpreter.interpret(DEVICE, Message { topic, payload: &payload, retained, received: NOW });
        prop_assert!(meaning.readings.iter().all(|reading| crate::ndjson::is_signal(&reading.signal)));
    }
}
