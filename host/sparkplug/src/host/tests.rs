//! The rules of a host application, one by one. Those of the specification stand in README.md beside their ids.

use super::*;
use crate::{Change, DataType, Defined, EdgeNode, Value};

const T0: u64 = 1_700_000_000_000;

/// A node with one metric of its own and two devices, and the host that hears it.
struct Plant {
    host: HostApplication,
    edge: EdgeNode,
    now: u64,
    id: NodeId,
}

fn int(name: &str) -> Defined {
    Defined { name: name.into(), datatype: DataType::Int32, value: Some(Value::Signed(0)) }
}

impl Plant {
    fn new() -> Self {
        let mut edge = EdgeNode::new("plant", "gateway").unwrap().with_aliases();
        edge.define(None, int("uptime")).unwrap();
        edge.define(Some("press-1"), int("good")).unwrap();
        edge.define(Some("press-1"), int("scrap")).unwrap();
        edge.define(Some("press-2"), int("good")).unwrap();
        let id = NodeId { group: "plant".into(), node: "gateway".into() };
        Self { host: HostApplication::default(), edge, now: T0, id }
    }

    fn born() -> Self {
        let mut plant = Self::new();
        plant.edge.connect(plant.now);
        plant.rebirth();
        plant
    }

    fn rebirth(&mut self) {
        self.now += 1;
        for message in self.edge.birth(self.now) {
            let heard = self.hear(&message);
            assert_eq!((heard.refused, heard.commands), (vec![], vec![]));
        }
    }

    fn hear(&mut self, message: &Outgoing) -> Heard {
        let topic = Topic::parse(&message.topic).unwrap();
        self.host.receive(&topic, &message.payload, message.retain, self.now)
    }

    /// DDATA of a device, not yet heard.
    fn data(&mut self, device: &str, name: &str, value: i64) -> Outgoing {
        self.now += 1;
        self.edge.data(Some(device), &[Change::now(name, Value::Signed(value), self.now)], self.now).unwrap()
    }

    fn current(&self, device: Option<&str>, name: &str) -> Current {
        self.host.current(&self.id, device, name).unwrap()
    }
}

/// Names and whole numbers that were told.
fn told(heard: &Heard) -> Vec<(String, i64)> {
    let number = |said: &Said| match said.value {
        Some(Value::Signed(value)) => value,
        _ => panic!("{said:?}"),
    };
    heard.said.iter().map(|said| (said.name.to_string(), number(said))).collect()
}

fn codes(heard: &Heard) -> Vec<&'static str> {
    heard.refused.iter().map(|refused| refused.code).collect()
}

#[test]
fn births_make_a_node_and_its_devices_known_with_their_values() {
    let plant = Plant::born();
    for device in [None, Some("press-1"), Some("press-2")] {
        assert!(plant.host.is_online(&plant.id, device), "{device:?}");
    }
    let current = plant.current(Some("press-1"), "good");
    assert_eq!((current.value, current.quality), (Some(Value::Signed(0)), Quality::Good));
    assert_eq!(
        plant.host.nodes().map(|(id, online)| (id.node.as_str(), online)).collect::<Vec<_>>(),
        [("gateway", true)]
    );
}

#[test]
fn a_number_means_the_metric_that_was_born_with_it() {
    let mut plant = Plant::born();
    let message = plant.data("press-1", "scrap", 3);
    let heard = plant.hear(&message);
    assert_eq!(told(&heard), [("scrap".to_owned(), 3)]);
    assert_eq!(heard.said[0].device.as_deref(), Some("press-1"));
    assert_eq!(plant.current(Some("press-1"), "scrap").value, Some(Value::Signed(3)));
}

#[test]
fn data_before_a_birth_asks_for_births_and_means_nothing() {
    let mut plant = Plant::new();
    plant.edge.connect(plant.now);
    plant.edge.birth(plant.now);
    let message = plant.data("press-1", "good", 1);
    let heard = plant.hear(&message);
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["before-birth"]));
    let [request] = &heard.commands[..] else { panic!("one request") };
    assert!(plant.edge.asks_for_rebirth(&request.topic, &request.payload));
    plant.rebirth();
    let message = plant.data("press-1", "good", 2);
    assert_eq!(told(&plant.hear(&message)), [("good".to_owned(), 2)]);
}

#[test]
fn a_request_for_births_is_an_ncmd_by_name_without_a_number() {
    let request = request(&NodeId { group: "g".into(), node: "n".into() }, T0);
    assert_eq!((request.topic.as_str(), request.qos, request.retain), ("spBv1.0/g/NCMD/n", 0, false));
    let payload = bounds::decode(&request.payload).unwrap();
    assert_eq!((payload.seq, payload.timestamp, payload.metrics.len()), (None, Some(T0), 1));
    let metric = &payload.metrics[0];
    assert_eq!((metric.name.as_deref(), metric.alias), (Some("Node Control/Rebirth"), None));
    assert_eq!(metric.value, Some(crate::wire::MetricValue::Boolean(true)));
}

#[test]
fn requests_for_births_are_not_repeated_before_their_time() {
    let mut plant = Plant::new();
    plant.edge.connect(plant.now);
    plant.edge.birth(plant.now);
    let every = HostOptions::default().rebirth_every_ms;
    let mut requests = 0;
    let from = plant.now;
    while plant.now < from + 3 * every {
        let message = plant.data("press-1", "good", 1);
        requests += plant.hear(&message).commands.len();
        plant.now += 99;
    }
    assert_eq!(requests, 3);
    assert_eq!(plant.host.next_due(), Some(from + 1 + 3 * every));
    plant.now = from + 1 + 3 * every;
    assert_eq!(plant.host.due(plant.now).len(), 1, "the last one is still owed");
    assert_eq!(plant.host.next_due(), None);
}

#[test]
fn a_message_ahead_waits_for_the_one_before_it() {
    let mut plant = Plant::born();
    let (first, second) = (plant.data("press-1", "good", 1), plant.data("press-2", "good", 2));
    assert_eq!(plant.hear(&second), Heard::default());
    assert!(plant.host.next_due().is_some(), "a timer runs");
    let heard = plant.hear(&first);
    assert_eq!(told(&heard), [("good".to_owned(), 1), ("good".to_owned(), 2)]);
    assert_eq!(plant.host.next_due(), None, "and is stopped");
    assert_eq!(plant.host.due(plant.now + 60_000), vec![]);
}

#[test]
fn a_message_that_does_not_come_in_time_leads_to_a_request_for_births() {
    let mut plant = Plant::born();
    plant.data("press-1", "good", 1);
    let second = plant.data("press-1", "good", 2);
    plant.hear(&second);
    let timeout = HostOptions::default().reorder_timeout_ms;
    assert_eq!(plant.host.due(plant.now + timeout - 1), vec![]);
    let requests = plant.host.due(plant.now + timeout);
    assert!(requests.len() == 1 && plant.edge.asks_for_rebirth(&requests[0].topic, &requests[0].payload));
    let third = plant.data("press-1", "good", 3);
    let heard = plant.hear(&third);
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["gap", "awaiting-rebirth"]), "told of what was lost");
    plant.rebirth();
    assert_eq!(plant.current(Some("press-1"), "good").value, Some(Value::Signed(3)));
}

#[test]
fn the_time_to_wait_is_chosen_by_the_factory() {
    let mut plant = Plant::new();
    plant.host = HostApplication::new(HostOptions { reorder_timeout_ms: 50, ..HostOptions::default() });
    plant.edge.connect(plant.now);
    plant.rebirth();
    plant.data("press-1", "good", 1);
    let second = plant.data("press-1", "good", 2);
    plant.hear(&second);
    assert_eq!(plant.host.next_due(), Some(plant.now + 50));
}

#[test]
fn no_more_messages_wait_than_the_limit() {
    let mut plant = Plant::born();
    plant.data("press-1", "good", 0);
    for value in 1..=WAITING as i64 {
        let message = plant.data("press-1", "good", value);
        assert_eq!(plant.hear(&message), Heard::default());
    }
    let message = plant.data("press-1", "good", 1_000);
    let heard = plant.hear(&message);
    assert_eq!((codes(&heard), heard.refused[0].count, heard.commands.len()), (vec!["gap", "awaiting-rebirth"], 64, 1));
}

#[test]
fn numbers_go_on_from_255_to_0() {
    let mut plant = Plant::born();
    for value in 0..600 {
        let message = plant.data("press-2", "good", value);
        assert_eq!(told(&plant.hear(&message)), [("good".to_owned(), value)]);
    }
}

#[test]
fn a_repeated_message_counts_once() {
    let mut plant = Plant::born();
    let message = plant.data("press-1", "good", 1);
    assert_eq!(told(&plant.hear(&message)).len(), 1);
    let heard = plant.hear(&message);
    assert_eq!((told(&heard), codes(&heard), heard.commands), (vec![], vec!["repeated"], vec![]));
    let next = plant.data("press-1", "good", 2);
    assert_eq!(told(&plant.hear(&next)), [("good".to_owned(), 2)]);
}

#[test]
fn a_death_takes_the_node_and_its_devices_offline_and_makes_all_they_said_stale() {
    let mut plant = Plant::born();
    plant.now += 5;
    let death = plant.edge.death(plant.now);
    let heard = plant.hear(&death);
    let mut gone: Vec<_> =
        heard.presence.iter().map(|presence| (presence.device.as_deref(), presence.is_online)).collect();
    gone.sort_unstable();
    assert_eq!(gone, [(None, false), (Some("press-1"), false), (Some("press-2"), false)]);
    for (device, name) in [(None, "uptime"), (Some("press-1"), "good"), (Some("press-2"), "good")] {
        assert!(!plant.host.is_online(&plant.id, device));
        let current = plant.current(device, name);
        assert_eq!(
            (current.quality, current.at_ms),
            (Quality::Stale, plant.now),
            "the last value is kept, and its age shows"
        );
        assert_eq!(current.value, Some(Value::Signed(0)));
    }
}

#[test]
fn a_late_death_of_the_session_before_is_ignored() {
    let mut plant = Plant::born();
    let old = plant.edge.death(plant.now);
    plant.edge.connect(plant.now);
    plant.rebirth();
    let heard = plant.hear(&old);
    assert_eq!((codes(&heard), heard.presence), (vec!["old-death"], vec![]));
    assert!(plant.host.is_online(&plant.id, Some("press-1")));
    let message = plant.data("press-1", "good", 9);
    assert_eq!(told(&plant.hear(&message)), [("good".to_owned(), 9)]);
}

#[test]
fn a_dead_device_is_offline_and_stale_and_the_others_are_not() {
    let mut plant = Plant::born();
    plant.now += 7;
    let death = plant.edge.device_death("press-1", plant.now).unwrap();
    let at_ms = plant.now;
    plant.now += 100;
    let heard = plant.hear(&death);
    assert_eq!(heard.presence, [Presence { device: Some("press-1".into()), is_online: false, at_ms }]);
    assert!(!plant.host.is_online(&plant.id, Some("press-1")) && plant.host.is_online(&plant.id, Some("press-2")));
    let current = plant.current(Some("press-1"), "good");
    assert_eq!((current.quality, current.at_ms), (Quality::Stale, at_ms), "as of the death's own time");
    let birth = plant.edge.device_birth("press-1", plant.now).unwrap();
    plant.hear(&birth);
    assert_eq!(plant.current(Some("press-1"), "good").quality, Quality::Good);
}

#[test]
fn after_a_birth_devices_are_stale_until_they_are_born_again() {
    let mut plant = Plant::born();
    plant.now += 1;
    let births = plant.edge.birth(plant.now);
    plant.hear(&births[0]);
    assert!(plant.host.is_online(&plant.id, None) && !plant.host.is_online(&plant.id, Some("press-1")));
    assert_eq!(plant.current(Some("press-1"), "good").quality, Quality::Stale);
    plant.hear(&births[1]);
    assert!(plant.host.is_online(&plant.id, Some("press-1")) && !plant.host.is_online(&plant.id, Some("press-2")));
}

#[test]
fn a_lost_connection_is_a_death() {
    let mut plant = Plant::born();
    let id = plant.id.clone();
    assert_eq!(plant.host.disconnected(&id, plant.now).len(), 3);
    assert_eq!(plant.host.disconnected(&id, plant.now), [], "once");
    assert_eq!(plant.current(Some("press-2"), "good").quality, Quality::Stale);
    let message = plant.data("press-1", "good", 1);
    assert_eq!(codes(&plant.hear(&message)), ["before-birth"]);
}

#[test]
fn historical_values_are_told_and_move_nothing() {
    let mut plant = Plant::born();
    let message = plant.data("press-1", "good", 8);
    plant.hear(&message);
    let old = Change { at_ms: T0 - 60_000, is_historical: true, ..Change::now("good", Value::Signed(4), 0) };
    let message = plant.edge.data(Some("press-1"), &[old], plant.now).unwrap();
    let heard = plant.hear(&message);
    assert_eq!(told(&heard), [("good".to_owned(), 4)]);
    assert!(heard.said[0].is_historical && heard.said[0].at_ms == T0 - 60_000);
    assert_eq!(plant.current(Some("press-1"), "good").value, Some(Value::Signed(8)));
}

/// A hand-made DDATA with the next number.
fn crafted(plant: &mut Plant, change: impl FnOnce(&mut crate::wire::Metric)) -> Heard {
    let mut message = plant.data("press-1", "good", 5);
    let mut payload = bounds::decode(&message.payload).unwrap();
    change(&mut payload.metrics[0]);
    message.payload = bounds::encode(&payload);
    plant.hear(&message)
}

#[test]
fn a_type_that_is_not_the_births_is_refused() {
    let mut plant = Plant::born();
    let heard = crafted(&mut plant, |metric| metric.value = Some(crate::wire::MetricValue::Text("five".into())));
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["wrong-type"]));
    let heard = crafted(&mut plant, |metric| metric.datatype = Some(DataType::Int64.number()));
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["type-changed"]));
    let heard = crafted(&mut plant, |metric| metric.value = None);
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["without-value"]));
    assert_eq!(plant.current(Some("press-1"), "good").value, Some(Value::Signed(0)));
}

#[test]
fn a_metric_that_was_not_born_is_refused_and_births_are_asked_for() {
    let mut plant = Plant::born();
    let heard = crafted(&mut plant, |metric| metric.alias = Some(99));
    assert_eq!((told(&heard), codes(&heard), heard.commands.len()), (vec![], vec!["not-born"], 1));
    let heard = crafted(&mut plant, |metric| (metric.alias, metric.name) = (None, Some("Good".into())));
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["not-born"]), "names differ by case");
}

#[test]
fn a_number_of_another_devices_metric_is_refused() {
    let mut plant = Plant::born();
    let heard = crafted(&mut plant, |metric| metric.alias = Some(4));
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["alias-of-another"]));
    let heard = crafted(&mut plant, |metric| metric.name = Some("scrap".into()));
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["alias-of-another"]), "name and number disagree");
    let heard = crafted(&mut plant, |metric| (metric.name, metric.alias) = (Some("scrap".into()), None));
    assert_eq!(told(&heard), [("scrap".to_owned(), 5)], "a name alone is enough");
}

#[test]
fn a_number_that_two_metrics_claim_means_neither() {
    let mut plant = Plant::new();
    plant.edge.connect(plant.now);
    let mut births = plant.edge.birth(plant.now);
    let mut payload = bounds::decode(&births[1].payload).unwrap();
    payload.metrics.iter_mut().for_each(|metric| metric.alias = Some(2));
    births[1].payload = bounds::encode(&payload);
    let refused: Vec<_> = births.iter().flat_map(|birth| codes(&plant.hear(birth))).collect();
    assert_eq!(refused, ["alias-taken"]);
    let message = plant.data("press-1", "good", 5);
    let heard = plant.hear(&message);
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["alias-taken"]));
}

#[test]
fn what_a_birth_leaves_out_is_refused_metric_by_metric() {
    let mut plant = Plant::new();
    plant.edge.connect(plant.now);
    let birth = plant.edge.birth(plant.now).remove(0);
    let payload = bounds::decode(&birth.payload).unwrap();
    let mut bear = |change: &dyn Fn(&mut Payload)| {
        let mut payload = payload.clone();
        change(&mut payload);
        let birth = Outgoing { payload: bounds::encode(&payload), ..birth.clone() };
        codes(&plant.hear(&birth))
    };
    assert_eq!(bear(&|payload| payload.metrics[2].name = None), ["birth-without-name"]);
    assert_eq!(bear(&|payload| payload.metrics[2].datatype = None), ["birth-without-type"]);
    assert_eq!(bear(&|payload| payload.metrics[2].datatype = Some(77)), ["birth-without-type"]);
    assert_eq!(bear(&|payload| payload.metrics.push(payload.metrics[2].clone())), ["birth-repeats-name"]);
    assert_eq!(bear(&|payload| payload.seq = None), ["birth-without-seq"]);
    assert_eq!(bear(&|payload| drop(payload.metrics.remove(0))), ["birth-without-bdseq"]);
    assert_eq!(bear(&|_| {}), [""; 0]);
}

#[test]
fn data_without_a_number_in_the_sequence_is_refused() {
    let mut plant = Plant::born();
    let mut message = plant.data("press-1", "good", 5);
    let mut payload = bounds::decode(&message.payload).unwrap();
    for seq in [None, Some(256)] {
        payload.seq = seq;
        message.payload = bounds::encode(&payload);
        assert_eq!(codes(&plant.hear(&message)), ["without-seq"]);
    }
}

#[test]
fn data_sent_before_the_birth_in_force_is_refused() {
    let mut plant = Plant::born();
    let old = plant.data("press-1", "good", 1);
    plant.edge.connect(plant.now);
    plant.rebirth();
    let heard = plant.hear(&old);
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["older-than-birth"]));
}

#[test]
fn a_birth_that_is_retained_is_refused() {
    let mut plant = Plant::new();
    plant.edge.connect(plant.now);
    let mut birth = plant.edge.birth(plant.now).remove(0);
    birth.retain = true;
    assert_eq!(codes(&plant.hear(&birth)), ["retained"]);
    assert!(!plant.host.is_online(&plant.id, None));
    plant.rebirth();
    let death = Outgoing { retain: true, ..plant.edge.death(plant.now) };
    plant.hear(&death);
    assert!(!plant.host.is_online(&plant.id, None), "a death says which session it ends");
}

#[test]
fn the_quality_of_a_value_travels_with_it() {
    let mut plant = Plant::born();
    let bad = Change { quality: Quality::Bad, ..Change::now("good", Value::Signed(1), plant.now) };
    let message = plant.edge.data(Some("press-1"), &[bad], plant.now).unwrap();
    assert_eq!(plant.hear(&message).said[0].quality, Quality::Bad);
    assert_eq!(plant.current(Some("press-1"), "good").quality, Quality::Bad);
    let heard = crafted(&mut plant, |metric| {
        metric.properties = Some(crate::wire::PropertySet { keys: vec!["Quality".into()], values: vec![] });
    });
    assert_eq!((told(&heard), codes(&heard)), (vec![], vec!["bad-properties"]));
}

#[test]
fn null_is_told_as_no_value() {
    let mut plant = Plant::born();
    let heard = crafted(&mut plant, |metric| (metric.is_null, metric.value) = (Some(true), None));
    assert_eq!((heard.said[0].value.clone(), codes(&heard)), (None, vec![]));
    assert_eq!(plant.current(Some("press-1"), "good").value, None);
}

#[test]
fn commands_and_states_say_nothing_to_a_host() {
    let mut host = HostApplication::default();
    for topic in ["spBv1.0/g/NCMD/n", "spBv1.0/g/DCMD/n/d", "spBv1.0/STATE/toolcrib"] {
        assert_eq!(host.receive(&Topic::parse(topic).unwrap(), b"{}", true, T0), Heard::default());
    }
    assert_eq!(host.nodes().count(), 0);
}

#[test]
fn a_payload_that_is_none_is_refused() {
    let mut plant = Plant::born();
    let topic = Topic::parse("spBv1.0/plant/NDATA/gateway").unwrap();
    let heard = plant.host.receive(&topic, &[0xff; 20], false, T0);
    assert_eq!(codes(&heard), ["bad-payload"]);
    let heard = plant.host.receive(&topic, &vec![0; bounds::PAYLOAD_BYTES + 1], false, T0);
    assert_eq!(codes(&heard), ["bad-payload"]);
}

#[test]
fn nodes_devices_and_metrics_end_at_their_limits() {
    let mut host = HostApplication::default();
    let topic = |node: usize| Topic::node("g", Verb::Birth, &format!("n{node}"), None).unwrap();
    let birth = bounds::encode(&Payload { seq: Some(0), ..Payload::default() });
    for node in 0..NODES {
        host.receive(&topic(node), &birth, false, T0);
    }
    assert_eq!(codes(&host.receive(&topic(NODES), &birth, false, T0)), ["too-many-nodes"]);
    let device = |device: usize| Topic::node("g", Verb::Birth, "n0", Some(&format!("d{device}"))).unwrap();
    let mut bear = |at: usize| {
        let seq = Some((at as u64 + 1) % 256);
        codes(&host.receive(&device(at), &bounds::encode(&Payload { seq, ..Payload::default() }), false, T0))
    };
    assert!((0..DEVICES).all(|at| bear(at).is_empty()));
    assert_eq!(bear(DEVICES), ["too-many-devices"]);

    let metric = |at: usize| crate::wire::Metric {
        name: Some(format!("m{at}")),
        datatype: Some(DataType::Boolean.number()),
        is_null: Some(true),
        ..crate::wire::Metric::default()
    };
    let bear = |host: &mut HostApplication, seq: u64, device: &str, count: usize| {
        let payload = Payload { seq: Some(seq), metrics: (0..count).map(metric).collect(), ..Payload::default() };
        let topic = Topic::node("g", Verb::Birth, "n1", Some(device)).unwrap();
        codes(&host.receive(&topic, &bounds::encode(&payload), false, T0))
    };
    assert_eq!(bear(&mut host, 1, "a", METRICS / 2), [""; 0]);
    assert_eq!(bear(&mut host, 2, "b", METRICS / 2), [""; 0]);
    assert_eq!(bear(&mut host, 3, "c", 1), ["too-many-metrics"]);
}
