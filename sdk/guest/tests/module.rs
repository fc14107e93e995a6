//! A whole module on the in-memory host: every attribute once, and the promises an author relies on.

use serde_json::json;
use std::time::Duration;
use toolcrib_sdk::contract::manifest::HandlerKind;
use toolcrib_sdk::contract::{Decode, Encode};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

/// A crate of parts.
#[record(shared, unique(code), index(place, code))]
struct Crate {
    /// Printed on it.
    code: Text<10>,
    place: Ref<Place>,
    weight: Decimal<3>,
    r#type: Kind,
    note: Option<Text<20>>,
}

#[value]
#[derive(Copy, PartialEq, Eq, PartialOrd)]
enum Kind {
    Small,
    VeryLarge,
}

#[shared_record(module = "plant", index(code), reason(zh = "显示位置", en = "To show places"))]
struct Place {
    code: Text<10>,
}

/// What `plant` says in its event, as far as it matters here.
#[value]
struct PlaceClosed {
    code: Text<10>,
}

#[event]
struct CrateStored {
    krate: Id<Crate>,
    weight: Decimal<3>,
}

#[operation_of(module = "stock", reason(zh = "预留", en = "To reserve"))]
fn reserve(code: Text<10>, quantity: i64) -> bool;

#[command(roles("admin", "keeper", "module"))]
fn store(ctx: &mut Command, code: Text<10>, place: Ref<Place>, weight: Decimal<3>) -> Outcome<Id<Crate>> {
    if weight <= Decimal::ZERO {
        return Err(reject("weightless", "A crate weighs something").field("weight"));
    }
    ctx.get(place)?;
    let id = ctx.insert(Crate { code: code.clone(), place, weight, r#type: Kind::Small, note: None })?;
    ctx.emit(CrateStored { krate: id, weight })?;
    ctx.set_timer(remind { krate: id }, code.as_str(), ctx.now().plus_us(3_600_000_000))?;
    if !ctx.call(reserve { code, quantity: 1 })? {
        return Err(reject("not-reserved", "There is none in stock"));
    }
    Ok(id)
}

/// Crates of a place.
#[query]
fn crates(ctx: &Query, place: Ref<Place>, after: Option<Cursor>) -> Outcome<Page<Crate>> {
    ctx.page(Crate::by_place_code().eq(place).limit(2).after(after))
}

#[timer]
fn remind(ctx: &mut Command, krate: Id<Crate>) -> Outcome<()> {
    let mut row = ctx.get(krate)?;
    row.note = Some(Text::new("long here")?);
    ctx.update(&mut row)?;
    ctx.send("mail", "keeper@example.com", b"look")?;
    Ok(())
}

/// Hears the module's own event.
#[on(event = "crate_stored")]
fn weighed(ctx: &mut Command, stored: CrateStored) -> Outcome<()> {
    ctx.log(&format!("{} stored", stored.weight));
    Ok(())
}

#[on(event = "plant/place_closed")]
fn place_closed(ctx: &mut Command, closed: PlaceClosed) -> Outcome<()> {
    ctx.log(closed.code.as_str());
    Ok(())
}

#[on(signal = "door")]
fn door(ctx: &mut Command, change: StateChange) -> Outcome<()> {
    let before = change.previous.map_or_else(|| "?".to_owned(), |value| value.to_string());
    ctx.log(&format!("{} {before}->{}", change.equipment, change.value));
    Ok(())
}

#[on(window = "count")]
fn counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    ctx.log(&window.increase.to_string());
    Ok(())
}

/// How warm a place was on average.
#[query]
fn warmth(ctx: &Query, signal: Text<64>) -> Outcome<Option<f64>> {
    let samples = ctx.samples(signal.as_str(), Instant::MIN, ctx.now(), 100)?;
    let numbers: Vec<f64> = samples
        .values
        .iter()
        .filter_map(|sample| if let Sample::Number { value } = sample { Some(*value) } else { None })
        .collect();
    Ok((!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64))
}

#[command]
fn careless(ctx: &mut Command, krate: Id<Crate>) -> Outcome<i64> {
    let mut first = ctx.get(krate)?;
    let mut second = ctx.get(krate)?;
    ctx.update(&mut first)?;
    // Whatever the host says is ignored.
    Ok(i64::from(ctx.update(&mut second).is_err()))
}

module! {
    name: "store-room",
    title: { zh: "库房", en: "Store room" },
    summary: { zh: "放箱子", en: "Keeps crates" },
    records: [Crate],
    reads: [Place],
    events: [CrateStored],
    calls: [reserve],
    handlers: [store, crates, remind, weighed, place_closed, door, counted, warmth, careless],
    requests: [
        readings("temperature") { zh: "测温", en: "To show how warm it is", optional },
        outbound("example.com") { zh: "发邮件", en: "To send mail" },
    ],
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

/// A store room with one place, whose stock always has some.
fn room() -> (testing::Module, Ref<Place>) {
    let mut room = module();
    let place = room.share(&Place { code: text("A1") });
    room.answer(|asked: reserve| Ok(asked.quantity == 1));
    (room, place)
}

fn a_crate(code: &str, place: Ref<Place>) -> store {
    store { code: text(code), place, weight: "1.5".parse().unwrap() }
}

#[test]
fn the_manifest_says_what_the_code_does() {
    let room = module();
    let manifest = room.manifest();
    assert_eq!((manifest.module.as_str(), manifest.version.as_str()), ("store-room", env!("CARGO_PKG_VERSION")));
    let record = &manifest.records[0];
    let names: Vec<_> = record.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!((record.name.as_str(), record.doc.as_str(), record.shared), ("crate", "A crate of parts.", true));
    assert_eq!(names, ["code", "place", "weight", "type", "note"]);
    assert_eq!(record.fields[0].doc, "Printed on it.");
    let (number, handler) = manifest.handler("store").unwrap();
    assert_eq!((number, &handler.kind, handler.roles.len()), (0, &HandlerKind::Command, 3));
    let wanted: Vec<_> =
        toolcrib_sdk::contract::capability::wanted(manifest).iter().map(|w| w.capability.to_string()).collect();
    assert_eq!(
        wanted,
        [
            "read:plant/place(code)",
            "call:stock/reserve",
            "listen:plant/place_closed",
            "readings:count",
            "readings:door",
            "readings:temperature",
            "outbound:example.com",
        ]
    );
    assert_eq!(toolcrib_sdk::contract::Manifest::from_bytes(&manifest.to_bytes()).as_ref(), Ok(manifest));
}

#[test]
fn a_stopped_handler_leaves_nothing() {
    let (mut room, place) = room();
    room.answer(|_: reserve| Ok(false));
    assert_eq!(room.run(a_crate("c1", place)).unwrap_err().code(), "not-reserved");
    assert_eq!((room.rows::<Crate>(), room.timers().len(), room.event_names().len()), (0, 0, 0));
    room.answer(|_: reserve| Err(retry("stock is closed")));
    assert_eq!(room.run(a_crate("c1", place)).unwrap_err().code(), "retry");
}

#[test]
fn events_reach_own_handlers_and_timers_run_at_their_time() {
    let (mut room, place) = room();
    let krate = room.run(a_crate("c1", place)).unwrap();
    assert_eq!(room.emitted::<CrateStored>(), [CrateStored { krate, weight: "1.5".parse().unwrap() }]);
    assert_eq!(room.log_lines(), ["1.500 stored"]);
    assert_eq!(room.advance(Duration::from_secs(3_599)).effects().len(), 0);
    assert_eq!(room.advance(Duration::from_secs(1)).effects()[0].target, "keeper@example.com");
    let page = room.run(crates { place, after: None }).unwrap();
    assert_eq!((page.rows[0].note.clone(), page.rows[0].rev), (Some(text("long here")), 2));
    assert_eq!(page.rows[0].updated, room.now());
}

#[test]
fn roles_are_checked_as_the_host_does() {
    let (mut room, place) = room();
    assert_eq!(room.act_as("li", "operator").run(a_crate("c1", place)).unwrap_err().code(), "not-allowed");
    assert!(room.act_as("wu", "keeper").run(a_crate("c1", place)).is_ok());
    // Another module whose event handler calls.
    assert!(room.act_as("orders", "module").run(a_crate("c2", place)).is_ok());
}

#[test]
fn json_is_as_over_http() {
    let (mut room, place) = room();
    let input = json!({"code": "c1", "place": place.to_string(), "weight": "0"});
    let stopped = room.json("store", &input).unwrap_err();
    let rejection = stopped.rejection().expect("a rejection");
    assert_eq!((stopped.code(), rejection.field.as_deref()), ("weightless", Some("weight")));
    assert_eq!(room.json("store", &json!({"code": 1})).unwrap_err().code(), "bad-input");
    for code in ["c1", "c2", "c3"] {
        room.run(a_crate(code, place)).unwrap();
    }
    let first = room.json("crates", &json!({"place": place.to_string()})).unwrap();
    assert_eq!(first["rows"][0]["type"], "small");
    assert_eq!(first["rows"][1]["weight"], "1.500");
    let rest = room.json("crates", &json!({"place": place.to_string(), "after": first["next"]})).unwrap();
    assert_eq!((rest["rows"].as_array().unwrap().len(), &rest["next"]), (1, &json!(null)));
}

#[test]
fn machines_and_other_modules_are_heard() {
    let (mut room, _) = room();
    room.signal("gate-1.door", "open").unwrap();
    room.signal("gate-1.door", "shut").unwrap();
    room.minute("gate-1.count", room.now(), 7).unwrap();
    room.event("plant", "place_closed", &json!({"code": "A1", "since": "a newer plant says more"})).unwrap();
    assert_eq!(room.log_lines(), ["gate-1 ?->open", "gate-1 open->shut", "7", "A1"]);
    room.sample("gate-1.temperature", room.now(), Sample::Number { value: 20.0 });
    room.advance(Duration::from_secs(60)).sample("gate-1.temperature", Instant(5), Sample::Number { value: 22.0 });
    assert_eq!(room.run(warmth { signal: text("gate-1.temperature") }), Ok(Some(21.0)));
}

#[test]
fn a_conflict_can_be_handled_and_a_missing_row_is_told() {
    let (mut room, place) = room();
    let krate = room.run(a_crate("c1", place)).unwrap();
    assert_eq!(room.run(careless { krate }), Ok(1));
    assert_eq!(room.run(careless { krate: Id::new(RawId::default()) }).unwrap_err().code(), "not-found");
}

#[test]
fn a_module_that_is_not_there_refuses_and_only_that_is_none() {
    let (mut room, place) = room();
    room.without("stock");
    assert_eq!(room.run(a_crate("c1", place)).or_without(), Ok(None));
    room.without("plant");
    assert_eq!(room.run(a_crate("c1", place)).unwrap_err().code(), "not-consented");
    let light = store { code: text("c1"), place, weight: Decimal::ZERO };
    assert_eq!(room.run(light).or_without().unwrap_err().code(), "weightless");
}

#[test]
fn whichever_host_call_fails_nothing_is_half_done() {
    let (mut room, place) = room();
    let mut failed = 0;
    let done = room.fail_each_host_call(&a_crate("c1", place), |room, outcome| {
        failed += 1;
        assert!(outcome.is_err(), "this handler lives with no refusal");
        assert_eq!((room.rows::<Crate>(), room.timers().len()), (0, 0));
    });
    done.unwrap();
    assert_eq!(failed, 2 * room.costs()[0].host_calls);
    assert_eq!((room.rows::<Crate>(), room.emitted::<CrateStored>().len(), room.timers().len()), (1, 1, 1));
    let costs = room.costs();
    assert_eq!((costs[0].handler.as_str(), costs[0].rows_written, costs[0].events), ("store", 1, 1));
}

#[test]
fn golden_scenarios_run_from_their_folder() {
    testing::scenarios(&module(), "tests/scenarios");
}

#[test]
#[should_panic(expected = "expected [{\"rev\":2}] at /rows")]
fn a_golden_scenario_that_goes_wrong_says_where() {
    testing::scenarios(&module(), "tests/scenarios/wrong");
}
