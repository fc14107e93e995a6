//! The order of system calls: an answer leaves after its commit was synced, over HTTP and over MQTT. Skipped without
//! `strace`.

use super::mqtt::{WITH_MQTT, address, connect};
use super::servers::{PROGRAM, Process, Servers};
use crate::mqtt::raw::{Raw, publish};
use rmqtt_codec::types::QoS;
use rmqtt_codec::v5::{Packet, PublishAckReason};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a busy machine may take to write a trace to its end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks at a trace without any call after which the tracer counts as absent, as beside many other tests.
const EMPTY_LOOKS: usize = 500;

/// One system call of interest, in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// A request was read.
    Read,
    /// The disk has everything written to a file so far.
    Synced,
    /// An answer with status 200 begins to leave.
    Answer,
}

/// What requests and answers look like in a trace.
struct Words {
    requests: &'static [&'static str],
    answers: &'static [&'static str],
}

const HTTP: Words = Words { requests: &["\"POST /v1/t/"], answers: &["HTTP/1.1 200"] };
/// PUBLISH to a topic of this tenant and PINGREQ; PUBACK of 3.1.1 and PINGRESP.
const MQTT: Words = Words { requests: &["tc/plant-0/", "\"\\300\\0\""], answers: &["\"@\\2", "\"\\320\\0\""] };

#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn skipped(why: &str) {
    println!("SKIPPED: 1 because {why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_leaves_before_its_commit_is_on_disk() {
    if !has_strace() {
        return;
    }
    let (servers, host) = Servers::with_tenants(1).await;
    host.stop();
    let trace = servers.folder().join("trace");
    let host = traced(&servers, &trace);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let tenant = format!("{}/v1/t/{}", host.url, servers.tenants[0].slug);
    let post = |path: &str, token: &str| http.post(format!("{tenant}/{path}")).bearer_auth(token);
    let ask = |request: reqwest::RequestBuilder| async { assert_eq!(request.send().await.unwrap().status(), 200) };
    // One after the other, so that each answer has its own syncs; opening the files syncs, too, so one goes ahead.
    ask(post("m/daybook/note", &servers.token).json(&json!({"text": "first", "amount": 0}))).await;
    let commands = 10;
    for amount in 0..commands {
        ask(post("m/daybook/note", &servers.token).json(&json!({"text": "traced", "amount": amount}))).await;
    }
    for at in 0..commands {
        let line = format!("{{\"signal\":\"press.good\",\"at\":\"{}\",\"value\":{at}}}", near(&servers, at));
        ask(post("readings", &servers.tenants[0].device_token).body(line)).await;
    }
    // The negative control: nothing is written for a query, so its answer follows no sync.
    for _ in 0..commands {
        ask(post("m/daybook/empty", &servers.token).json(&json!({}))).await;
    }
    host.stop();
    check(&trace, &HTTP, 1 + 2 * commands as usize, commands as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_puback_leaves_before_its_readings_are_on_disk() {
    if !has_strace() {
        return;
    }
    let (servers, host) = Servers::with(1, WITH_MQTT).await;
    host.stop();
    let trace = servers.folder().join("trace");
    let host = traced(&servers, &trace);
    let tenant = &servers.tenants[0];
    let stream = tokio::net::TcpStream::connect(address(&host)).await.unwrap();
    let mut raw = Raw::over(stream).speaking(true).come_in(connect(tenant, "traced", true)).await;
    let messages = 10;
    let topic = format!("tc/plant-0/{}/readings", tenant.device);
    for id in 1..=messages {
        let line = format!("{{\"signal\":\"press.good\",\"at\":\"{}\",\"value\":1}}", near(&servers, id.into()));
        raw.publish(publish(&topic, line, QoS::AtLeastOnce, id)).await;
        assert_eq!(raw.acknowledged().await, (id, PublishAckReason::Success));
    }
    // The negative control: nothing is written for a ping, so its answer follows no sync.
    for _ in 0..messages {
        raw.say(Packet::PingRequest).await;
        assert_eq!(raw.hear().await, Some(Packet::PingResponse));
    }
    host.stop();
    check(&trace, &MQTT, messages.into(), messages.into());
}

fn has_strace() -> bool {
    let has = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !has {
        skipped("`strace` is not installed");
    }
    has
}

/// Waits for the trace of so many answers with a commit and, after them, so many without one, and judges it.
fn check(trace: &Path, words: &Words, written: usize, asked: usize) {
    // The tracer stands beside the host and may still be writing when that has ended.
    let all = written + asked;
    let mut looks = 0;
    let told = crate::wait::until(&format!("{all} answers in the trace"), PATIENCE, || {
        looks += 1;
        let calls = calls(&std::fs::read_to_string(trace).unwrap(), words);
        if calls.is_empty() && looks > EMPTY_LOOKS {
            return Some(None);
        }
        let told = answers(&calls);
        (told.len() >= all).then_some(Some(told))
    });
    let Some(answers) = told else { return skipped("the tracer recorded nothing at all") };
    assert_eq!(answers.len(), all, "{answers:?}");
    let (written, asked) = answers.split_at(written);
    assert!(written.iter().all(|synced| *synced), "an answer left before its commit was on disk: {written:?}");
    assert!(!asked.iter().any(|synced| *synced), "the trace cannot tell: {asked:?}");
}

/// A time near the present, as text.
fn near(servers: &Servers, nth: i64) -> toolcrib_contract::types::Instant {
    let made = std::fs::metadata(servers.folder()).unwrap().modified().unwrap();
    let since = made.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    toolcrib_contract::types::Instant(since.as_micros() as i64 + nth)
}

/// The host under `strace`, which stands beside it: the process started here is the host itself.
fn traced(servers: &Servers, trace: &Path) -> Process {
    let server = servers.serve_command(PROGRAM.as_ref());
    let mut command = Command::new("strace");
    command.args([
        "-D",
        "-f",
        "-ttt",
        "-T",
        "-s",
        "64",
        "-e",
        "trace=fsync,fdatasync,read,recvfrom,write,writev,sendto,sendmsg",
        "-o",
    ]);
    command.arg(trace).arg(PROGRAM).args(server.get_args());
    Process::start(&mut command, servers.folder(), "traced")
}

/// Reads lines such as `4711 1764.25 fdatasync(9) = 0 <0.0002>`, or the two halves of an interrupted one.
fn calls(trace: &str, words: &Words) -> Vec<Call> {
    let mut found: Vec<(f64, Call)> = trace.lines().filter_map(|line| call(line, words)).collect();
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    found.into_iter().map(|(_, call)| call).collect()
}

fn call(line: &str, words: &Words) -> Option<(f64, Call)> {
    let mut parts = line.splitn(3, ' ').filter(|part| !part.is_empty());
    let (_, at, what) = (parts.next()?, parts.next()?.parse::<f64>().ok()?, parts.next()?.trim_start());
    let took = || line.rsplit_once('<')?.1.trim_end_matches('>').parse::<f64>().ok();
    let is_sync = ["fsync(", "fdatasync("].iter().any(|name| what.starts_with(name));
    if is_sync && what.contains("= 0") {
        // It counts from its end.
        return Some((at + took()?, Call::Synced));
    }
    if what.starts_with("<... f") && what.contains("sync resumed") && what.contains("= 0") {
        return Some((at, Call::Synced));
    }
    let leaves = ["write", "send"].iter().any(|name| what.starts_with(name));
    let says = |any: &[&str]| any.iter().any(|words| what.contains(words));
    if leaves && says(words.answers) {
        // It counts from its beginning, also when its end is on another line.
        return Some((at, Call::Answer));
    }
    (!leaves && says(words.requests)).then_some((at, Call::Read))
}

/// For each answer, whether a sync lies between its request and itself.
fn answers(calls: &[Call]) -> Vec<bool> {
    let (mut answers, mut synced) = (Vec::new(), false);
    for call in calls {
        match call {
            Call::Read => synced = false,
            Call::Synced => synced = true,
            Call::Answer => answers.push(synced),
        }
    }
    answers
}

#[test]
fn a_trace_shows_whether_a_sync_came_before_the_answer() {
    let trace = "\
7 10.000100 recvfrom(9, \"POST /v1/t/plant-0/m/daybook/note\"..., 8192, 0, NULL, NULL) = 300 <0.000010>
8 10.000200 fdatasync(12 <unfinished ...>
7 10.000300 read(9, \"\", 1) = 0 <0.000001>
8 10.000700 <... fdatasync resumed>) = 0 <0.000500>
7 10.000800 writev(9, [{iov_base=\"HTTP/1.1 200 OK\\r\\n\"...}], 2) = 200 <0.000020>
7 10.000900 recvfrom(9, \"POST /v1/t/plant-0/m/daybook/note\"..., 8192, 0, NULL, NULL) = 300 <0.000010>
8 10.001000 fdatasync(12) = 0 <0.000500>
7 10.001200 sendto(9, \"HTTP/1.1 200 OK\\r\\n\"..., 200, MSG_NOSIGNAL, NULL, 0) = 200 <0.000020>
";
    assert_eq!(answers(&calls(trace, &HTTP)), [true, false], "the second answer left while the disk was still writing");
}

#[test]
fn a_trace_of_mqtt_shows_the_same() {
    let trace = r#"
7 10.000100 recvfrom(9, "2\212\1\0\31tc/plant-0/018f/readings\0\1{\"signal\":", 4096, 0, NULL, NULL) = 140 <0.000010>
8 10.000200 fdatasync(12) = 0 <0.000500>
7 10.000900 sendto(9, "@\2\0\1", 4, MSG_NOSIGNAL, NULL, 0) = 4 <0.000020>
7 10.001000 recvfrom(9, "\300\0", 4096, 0, NULL, NULL) = 2 <0.000010>
7 10.001200 sendto(9, "\320\0", 2, MSG_NOSIGNAL, NULL, 0) = 2 <0.000020>
"#;
    assert_eq!(answers(&calls(trace, &MQTT)), [true, false]);
}
