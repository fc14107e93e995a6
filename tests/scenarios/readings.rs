//! Readings over HTTP, in and out again: what was sent, what a chart draws of it, what the days count.

use super::demo::Demo;
use serde_json::json;
use toolcrib_contract::Instant;

const MINUTE_US: i64 = 60_000_000;

/// The present, to the minute.
fn this_minute() -> Instant {
    let file = tempfile::NamedTempFile::new().unwrap();
    let written = file.as_file().metadata().unwrap().modified().unwrap();
    let us = written.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64;
    Instant(us / MINUTE_US * MINUTE_US)
}

#[tokio::test]
async fn readings_come_out_as_they_went_in_and_a_chart_keeps_their_peak() {
    let demo = Demo::shared();
    let ((owner, tenant), device) = (demo.owner(0).await, demo.device(0));
    let path = format!("/v1/t/{tenant}/readings");
    // Three hours of a value every ten seconds, with one peak and one broken sensor.
    let from = this_minute().plus_us(-180 * MINUTE_US);
    let at = |nth: i64| from.plus_us(nth * 10_000_000).to_string();
    let line = |nth: i64| match nth {
        500 => format!("{{\"signal\":\"kiln.heat\",\"at\":\"{}\",\"value\":999.5}}\n", at(nth)),
        600 => format!("{{\"signal\":\"kiln.heat\",\"at\":\"{}\",\"value\":-40,\"quality\":\"bad\"}}\n", at(nth)),
        _ => format!("{{\"signal\":\"kiln.heat\",\"at\":\"{}\",\"value\":{}.5}}\n", at(nth), 20 + nth % 3),
    };
    let lines: String = (0..1_080).map(line).collect();
    for (accepted, duplicates) in [(1_080, 0), (0, 1_080)] {
        let answer = device.post_bytes(&path, "application/x-ndjson", lines.clone().into_bytes()).await.ok();
        assert_eq!(answer, json!({"accepted": accepted, "duplicates": duplicates, "conflicts": 0, "quarantined": 0}));
    }
    let ask = |more: &str| format!("{path}?signal=kiln.heat&from={}&to={}{more}", at(0), at(1_080));
    let raw = owner.get(&ask("")).await.ok();
    let samples = raw["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 1_080);
    assert_eq!(samples[4], json!({"at": at(4), "value": 21.5}));
    assert_eq!(samples[600], json!({"at": at(600), "value": -40, "quality": "bad"}));

    let chart = owner.get(&ask("&points=100")).await.ok();
    assert_eq!(chart["step_s"], 60.0);
    let points = chart["points"].as_array().unwrap();
    let sum = |field: &str| points.iter().map(|point| point[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!((points.len(), sum("readings"), sum("bad")), (180, 1_079, 1));
    let most = points.iter().filter_map(|point| point["most"].as_f64()).fold(f64::MIN, f64::max);
    let least = points.iter().filter_map(|point| point["least"].as_f64()).fold(f64::MAX, f64::min);
    assert_eq!((most, least), (999.5, 20.5), "the peak is there, the broken sensor is not");
    assert_eq!(points[0]["mean"], 21.5);
    let few = owner.get(&ask("&points=5000")).await.ok();
    assert_eq!(few, raw, "a chart of more points than there are readings draws them all");

    let today = &at(0)[..10];
    let days = owner.get(&format!("{path}/days?from={today}&to=2199-01-01")).await.ok();
    let total =
        |field: &str| -> i64 { days["days"].as_array().unwrap().iter().filter_map(|day| day[field].as_i64()).sum() };
    assert!(total("accepted") >= 1_080 && total("duplicates") >= 1_080, "{days}");
    for bad in ["from=today&to=2199-01-01", "from=2026-01-01"] {
        owner.get(&format!("{path}/days?{bad}")).await.problem(400, "bad-request");
    }
    // Somebody else's readings are nobody's.
    let (other, _) = demo.owner(1).await;
    other.get(&ask("&points=9")).await.problem(404, "not-found");
}
