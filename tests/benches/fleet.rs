//! Many factories at once: 20 signals of each, every second, over MQTT with quality 1. What it costs in memory and CPU,
//! how long until a reading can be asked for, and how that grows with the number of factories.

use crate::bare_disk;
use crate::publishers::{Line, Name, come_in, hear, message};
use crate::setting::{
    DEVICE_TOKEN, Modules, Product, files_limit, is_quick, process_cpu, resident_bytes, slug, tenants_wanted,
    thread_cpu,
};
use crate::table::{Goal, Row, Spread};
use futures_util::SinkExt;
use rmqtt_codec::v3::Packet;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_ingest::mqtt::{own_prefix, user_name};

const SIGNALS: usize = 20;
const BEAT: Duration = Duration::from_secs(1);
/// Beats in which all come together: the first opens all files, and what piles up behind it goes in those after it.
const OPENING: usize = 5;
/// One message of so many is asked for after its acknowledgement.
const PROBED: usize = 20;
/// Factories that begin at once.
const WAVE: usize = 250;
/// Open files of the second beat, which opens also the names of what is stored, to those of a later one.
const MOST_FILES: f64 = 1.5;

/// One size of the fleet, and what it cost.
struct Step {
    tenants: usize,
    seconds: f64,
    readings: usize,
    /// Of everything but the clients' thread.
    cpu: Duration,
    /// More than before the first step; the runtime and the clients' connections included.
    memory: usize,
    /// Open in this process while it worked, both ends of the connections included.
    files: usize,
    /// From the message's first byte until a query answered with its last reading, sorted. Without the opening.
    visible_ms: Vec<f64>,
    /// From the message's first byte until its acknowledgement, sorted. Without the opening.
    acknowledged_ms: Vec<f64>,
    /// The same of each beat's slowest hundredth, in the order of the beats.
    beats_ms: Vec<f64>,
    /// What the disk alone takes for as many appends, sorted.
    disk_ms: Vec<f64>,
}

impl Step {
    fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.readings as f64
    }

    fn memory_mib(&self) -> f64 {
        self.memory as f64 / (1 << 20) as f64
    }

    fn files_each(&self) -> f64 {
        self.files as f64 / self.tenants as f64
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a Linux machine").count()
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// One factory's gateway.
struct Gateway<'p> {
    product: &'p Product,
    nth: usize,
    tenant: RawId,
    line: Line,
    topic: String,
}

#[derive(Default)]
struct Seen {
    readings: usize,
    /// Each with its beat.
    visible_ms: Vec<(usize, f64)>,
    acknowledged_ms: Vec<(usize, f64)>,
}

/// Those of some beats, sorted.
fn sorted<'s>(seen: impl Iterator<Item = &'s (usize, f64)>, is_wanted: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut wanted: Vec<_> = seen.filter(|(beat, _)| is_wanted(*beat)).map(|(_, ms)| *ms).collect();
    wanted.sort_by(f64::total_cmp);
    wanted
}

impl<'p> Gateway<'p> {
    async fn open(product: &'p Product, address: SocketAddr, nth: usize, tenant: RawId) -> Self {
        let device = format!("gateway-{nth}");
        let user = user_name(&slug(nth), &device);
        let name = Name { client: device.clone(), user, password: DEVICE_TOKEN.to_owned(), is_kept: false };
        let topic = format!("{}readings", own_prefix(&slug(nth), &device));
        Self { product, nth, tenant, line: come_in(address, &name).await, topic }
    }

    /// Says how its machines stand, once a second, so often.
    async fn work(&mut self, beats: usize, all: usize) -> Seen {
        let mut seen = Seen::default();
        // Factories do not look at the same clock tick.
        let phase = BEAT.mul_f64(self.nth as f64 / all as f64);
        let mut due = tokio::time::interval_at(tokio::time::Instant::now() + phase, BEAT);
        for beat in 0..beats {
            due.tick().await;
            let (at, sent) = (self.product.runtime.now(), Monotonic::now());
            self.line.send(message(&self.topic, lines(at, beat), beat as u16 + 1)).await.expect("the host reads");
            match hear(&mut self.line).await {
                Packet::PublishAck { .. } => {}
                other => panic!("{other:?}"),
            }
            seen.acknowledged_ms.push((beat, sent.elapsed().as_secs_f64() * 1e3));
            seen.readings += SIGNALS;
            if (beat + self.nth).is_multiple_of(PROBED) {
                self.ask(at).await;
                seen.visible_ms.push((beat, sent.elapsed().as_secs_f64() * 1e3));
            }
        }
        seen
    }

    async fn ask(&self, at: Instant) {
        let signal = format!("press-{}.temperature", SIGNALS - 1);
        let found = self.product.runtime.samples(self.tenant, signal, at, at.plus_us(1), 1).await;
        assert_eq!(found.expect("the readings answer").times.len(), 1, "what is acknowledged can be asked for");
    }
}

fn lines(at: Instant, beat: usize) -> String {
    (0..SIGNALS).fold(String::new(), |mut lines, signal| {
        let value = 20.0 + (beat * 7 + signal) as f64 / 8.0;
        writeln!(lines, "{{\"signal\":\"press-{signal}.temperature\",\"at\":\"{at}\",\"value\":{value}}}")
            .expect("a string takes it");
        lines
    })
}

fn step(modules: &Modules, tenants: usize, beats: usize, before: usize) -> Step {
    let product = Product::start(&modules.all()[..1]);
    let ids: Vec<_> = (0..tenants).map(|nth| product.tenant(nth)).collect();
    // Machines go on at night, when nobody works in the business.
    product.close_all();
    let address = product.serve_mqtt();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut gateways = Vec::with_capacity(tenants);
        for (nth, tenant) in ids.iter().enumerate() {
            gateways.push(Gateway::open(&product, address, nth, *tenant).await);
        }
        // The first beat makes every factory's files, and looks into its business for its rules once. Factories come one
        // after another.
        for wave in gateways.chunks_mut(WAVE) {
            futures_util::future::join_all(wave.iter_mut().map(|gateway| gateway.work(1, tenants))).await;
            product.close_all();
        }
        let (started, cpu, clients) = (Monotonic::now(), process_cpu(), thread_cpu());
        let working = gateways.iter_mut().map(|gateway| gateway.work(beats, tenants));
        let seen = futures_util::future::join_all(working).await;
        let cpu = (process_cpu() - cpu).saturating_sub(thread_cpu() - clients);
        let seconds = started.elapsed().as_secs_f64();
        let (memory, files) = (resident_bytes().saturating_sub(before), open_files());
        let opening = OPENING.min(beats - 1);
        let acknowledged = || seen.iter().flat_map(|seen| &seen.acknowledged_ms);
        Step {
            tenants,
            seconds,
            readings: seen.iter().map(|seen| seen.readings).sum(),
            cpu,
            memory,
            files,
            visible_ms: sorted(seen.iter().flat_map(|seen| &seen.visible_ms), |beat| beat >= opening),
            acknowledged_ms: sorted(acknowledged(), |beat| beat >= opening),
            beats_ms: (0..beats).map(|one| percentile(&sorted(acknowledged(), |beat| beat == one), 0.99)).collect(),
            disk_ms: bare_disk::on_the_beat(tenants, beats - opening, BEAT),
        }
    })
}

/// A wait beside that of a disk with nothing else to do.
fn beside_the_disk(what: &str, (ours, disk): (&[f64], &[f64]), share: f64) -> Row {
    let (ours, disk) = (percentile(ours, share), percentile(disk, share));
    let one = |value: f64| Spread::new(vec![value]);
    let (ours, peer, ratio) = ((one(ours), "ms"), Some(one(disk)), Some(one(ours / disk)));
    Row { what: format!("– {what}, vs the disk alone"), ours, peer, ratio, goal: Goal::None }
}

pub fn rows(modules: &Modules) -> Vec<Row> {
    let (sizes, beats) = if is_quick() { (vec![2, 6], 3) } else { (vec![10, 100, 500, 2_000], 30) };
    let sizes = tenants_wanted().map_or(sizes, |tenants| vec![tenants]);
    let (before, limit) = (resident_bytes(), files_limit());
    let mut steps: Vec<Step> = Vec::new();
    for tenants in sizes {
        let files = steps.last().map_or(0.0, Step::files_each) * tenants as f64 * MOST_FILES;
        if files > limit as f64 {
            println!("SKIPPED: {tenants} tenants, because they need about {files:.0} open files of {limit}");
            break;
        }
        steps.push(step(modules, tenants, beats, before));
    }
    let one = |value: f64| Spread::new(vec![value]);
    let row = |what: String, value: f64, unit| Row {
        what,
        ours: (one(value), unit),
        peer: None,
        ratio: None,
        goal: Goal::None,
    };
    let mut rows = Vec::new();
    for step in &steps {
        let Step { tenants, seconds, readings, .. } = step;
        let asked = tenants * SIGNALS;
        rows.extend([
            row(
                format!("{tenants} tenants × {SIGNALS} signals × 1 Hz over MQTT: stored (of {asked}/s)"),
                *readings as f64 / seconds,
                "/s",
            ),
            row("– CPU of the host, of one core".into(), 100.0 * step.cpu.as_secs_f64() / seconds, "%"),
            row("– CPU per reading".into(), step.cpu_us(), "µs"),
            row("– memory, the connections' both ends included".into(), step.memory_mib(), "MiB"),
            row("– open files per tenant, likewise".into(), step.files_each(), ""),
            beside_the_disk("acknowledged, in the middle", (&step.acknowledged_ms, &step.disk_ms), 0.5),
            beside_the_disk("acknowledged, 99th percentile", (&step.acknowledged_ms, &step.disk_ms), 0.99),
            beside_the_disk("visible to a query, 99th percentile", (&step.visible_ms, &step.disk_ms), 0.99),
            row("– while all open their files at once: 99th percentile of that second".into(), step.beats_ms[0], "ms"),
        ]);
        println!("{tenants} tenants, 99th percentile of each second in ms: {:.1?}", step.beats_ms);
    }
    if let [first, .., last] = &steps[..] {
        let growth = |what: &str, value: f64| {
            row(format!("Growth from {} to {} tenants: {what}", first.tenants, last.tenants), value, "×")
        };
        rows.push(growth("CPU per reading", last.cpu_us() / first.cpu_us()));
        let further =
            (last.memory.saturating_sub(first.memory)) as f64 / 1_024.0 / (last.tenants - first.tenants) as f64;
        rows.push(row(
            format!("– memory of a further tenant, from {} to {}", first.tenants, last.tenants),
            further,
            "KiB",
        ));
        let p99 = |step: &Step| percentile(&step.visible_ms, 0.99);
        rows.push(growth("visible at the 99th percentile", p99(last) / p99(first)));
    }
    rows
}
