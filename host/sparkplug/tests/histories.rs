//! Random histories of births, data and deaths with losses, delays and repetitions: a value never gets a wrong name.
//!
//! Births of nodes are neither lost nor late here. A host cannot know of a birth that it never heard, when the numbers
//! go on by chance; over one MQTT connection that does not happen, and a lost connection counts as a death.

use proptest::prelude::*;
use toolcrib_sparkplug::wire::{Metric, MetricValue, Payload};
use toolcrib_sparkplug::{DataType, HostApplication, HostOptions, NodeId, Topic, Value, Verb, bounds};

/// Metrics of the node and of its two devices: each value tells which one it belongs to.
const PARTS: [Option<&str>; 3] = [None, Some("press-1"), Some("press-2")];
const METRICS: usize = 4;
const EACH: i64 = 1_000_000;

#[derive(Clone, Debug)]
enum Act {
    /// The network is back: the number of the session rises, the old death may come late.
    Connect {
        mixed: u64,
        death_after: usize,
    },
    /// Births once more, in the same session.
    Rebirth {
        mixed: u64,
    },
    Data {
        part: usize,
        metric: usize,
        by_name: bool,
    },
    DeviceDeath {
        part: usize,
    },
}

/// What the network does to a message.
#[derive(Clone, Copy, Debug)]
struct Fate {
    lost: bool,
    late: usize,
    repeated: bool,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => (any::<u64>(), 0..8usize).prop_map(|(mixed, death_after)| Act::Connect { mixed, death_after }),
        1 => any::<u64>().prop_map(|mixed| Act::Rebirth { mixed }),
        12 => (0..3usize, 0..METRICS, any::<bool>()).prop_map(|(part, metric, by_name)| Act::Data { part, metric, by_name }),
        1 => (1..3usize).prop_map(|part| Act::DeviceDeath { part }),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    (0..100u32, 0..100u32, 1..6usize, 0..100u32).prop_map(|(lost, is_late, late, repeated)| Fate {
        lost: lost < 6,
        late: if is_late < 20 { late } else { 0 },
        repeated: repeated < 5,
    })
}

/// The edge and the network: messages with the step at which they arrive.
struct World {
    now: u64,
    seq: u8,
    bd_seq: u64,
    /// Which number stands for which metric, in this session.
    mixed: u64,
    made: i64,
    sent: Vec<(usize, Topic, Vec<u8>)>,
}

impl World {
    fn alias(&self, part: usize, metric: usize) -> u64 {
        // A rotation of all numbers: the same ones stand for other metrics in the next session.
        ((part * METRICS + metric) as u64 + self.mixed % 97) % (PARTS.len() * METRICS) as u64 + 1
    }

    fn value(&mut self, part: usize, metric: usize) -> MetricValue {
        self.made += 1;
        MetricValue::Long((((part * METRICS + metric) as i64) * EACH + self.made) as u64)
    }

    fn send(&mut self, verb: Verb, part: usize, metrics: Vec<Metric>, fate: Option<Fate>) {
        let payload = Payload { timestamp: Some(self.now), seq: Some(self.seq.into()), metrics, ..Payload::default() };
        self.seq = self.seq.wrapping_add(1);
        self.put(Topic::node("g", verb, "n", PARTS[part]).unwrap(), &payload, fate);
    }

    fn put(&mut self, topic: Topic, payload: &Payload, fate: Option<Fate>) {
        let (step, fate) = (self.sent.len(), fate.unwrap_or(Fate { lost: false, late: 0, repeated: false }));
        self.now += 1;
        let bytes = bounds::encode(payload);
        if !fate.lost {
            self.sent.push((2 * (step + fate.late), topic.clone(), bytes.clone()));
        }
        if fate.repeated {
            self.sent.push((2 * (step + fate.late) + 1, topic, bytes));
        }
    }

    fn bd_seq(&self) -> Metric {
        let value = Some(MetricValue::Long(self.bd_seq % 256));
        Metric { name: Some("bdSeq".into()), datatype: Some(DataType::Int64.number()), value, ..Metric::default() }
    }

    fn births(&mut self, fates: &mut impl Iterator<Item = Fate>) {
        self.seq = 0;
        for part in 0..PARTS.len() {
            let mut metrics = if part == 0 { vec![self.bd_seq()] } else { Vec::new() };
            for metric in 0..METRICS {
                let (alias, value) = (Some(self.alias(part, metric)), Some(self.value(part, metric)));
                let datatype = Some(DataType::Int64.number());
                let name = Some(format!("m{metric}"));
                metrics.push(Metric { name, alias, datatype, value, ..Metric::default() });
            }
            let fate = if part == 0 { None } else { fates.next() };
            self.send(Verb::Birth, part, metrics, fate);
        }
    }

    fn data(&mut self, part: usize, metric: usize, by_name: bool, fate: Option<Fate>) {
        let value = Some(self.value(part, metric));
        let (name, alias) =
            if by_name { (Some(format!("m{metric}")), None) } else { (None, Some(self.alias(part, metric))) };
        self.send(Verb::Data, part, vec![Metric { name, alias, value, ..Metric::default() }], fate);
    }

    fn death(&mut self, late: usize) {
        let payload = Payload { metrics: vec![self.bd_seq()], ..Payload::default() };
        let fate = Fate { lost: false, late, repeated: false };
        self.put(Topic::node("g", Verb::Death, "n", None).unwrap(), &payload, Some(fate));
    }

    fn act(&mut self, act: &Act, fates: &mut impl Iterator<Item = Fate>) {
        match act {
            Act::Connect { mixed, death_after } => {
                self.death(*death_after);
                (self.bd_seq, self.mixed) = (self.bd_seq + 1, *mixed);
                self.births(fates);
            }
            Act::Rebirth { mixed } => {
                self.mixed = *mixed;
                self.births(fates);
            }
            Act::Data { part, metric, by_name } => self.data(*part, *metric, *by_name, fates.next()),
            Act::DeviceDeath { part } => self.send(Verb::Death, *part, Vec::new(), fates.next()),
        }
    }
}

/// Told values, with what the host called them.
fn run(sent: &[(usize, Topic, Vec<u8>)], host: &mut HostApplication, from: u64) -> Vec<(Option<String>, String, i64)> {
    let mut told = Vec::new();
    for (step, (_, topic, bytes)) in sent.iter().enumerate() {
        let now = from + step as u64 * 700;
        host.due(now);
        for said in host.receive(topic, bytes, false, now).said {
            let Some(Value::Signed(value)) = said.value else { panic!("a whole number was sent") };
            told.push((said.device.as_deref().map(str::to_owned), said.name.to_string(), value));
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_value_never_gets_a_wrong_name(
        acts in prop::collection::vec(act(), 1..80),
        fates in prop::collection::vec(fate(), 400),
    ) {
        let mut world = World { now: 1_000_000, seq: 0, bd_seq: 0, mixed: 0, made: 0, sent: Vec::new() };
        let mut fates = fates.into_iter().cycle();
        world.births(&mut fates);
        acts.iter().for_each(|act| world.act(act, &mut fates));
        world.sent.sort_by_key(|(at, _, _)| *at);
        let mut host = HostApplication::new(HostOptions::default());
        for (device, name, value) in run(&world.sent, &mut host, 1_000_000) {
            let index = (value / EACH) as usize;
            prop_assert_eq!(device.as_deref(), PARTS[index / METRICS]);
            prop_assert_eq!(name, format!("m{}", index % METRICS));
        }
        // Whatever happened before: after births that all arrive, everything is heard.
        let before = world.made;
        let mut after = World { sent: Vec::new(), ..world };
        after.births(&mut std::iter::repeat(Fate { lost: false, late: 0, repeated: false }));
        for part in 0..PARTS.len() {
            after.data(part, part, false, None);
        }
        let told: Vec<_> = run(&after.sent, &mut host, 9_000_000)
            .into_iter()
            .filter(|(_, _, value)| value % EACH > before)
            .collect();
        prop_assert_eq!(told.len(), PARTS.len() * METRICS + PARTS.len());
        let id = NodeId { group: "g".into(), node: "n".into() };
        prop_assert!(host.is_online(&id, Some("press-2")));
    }
}
