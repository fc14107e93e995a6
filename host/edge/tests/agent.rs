//! Stories of a gateway: the whole agent against a machine and a server, on a clock that the tests move.

use crate::site::machine::{force, temperature};
use crate::site::server::Manner;
use crate::site::{Site, bytes_on_disk};
use rmqtt_codec::v5::PublishAckReason;
use serde_json::json;
use std::time::Duration;

const DAY: u32 = 8_640;

/// What the server must have of each signal after so many steps.
fn check(site: &Site, steps: u32) {
    let good: Vec<_> = (1..=steps).map(|step| json!(step)).collect();
    assert_eq!(site.server.values("press-1.good"), good);
    let temperatures: Vec<_> = (1..=steps).map(|step| json!(f64::from(temperature(step)) / 10.0)).collect();
    assert_eq!(site.server.values("press-1.temperature"), temperatures);
    let forces: Vec<_> = (1..=steps).map(|step| json!(f64::from(force(step)))).collect();
    assert_eq!(site.server.values("press-1.force"), forces);
    let running: Vec<_> = (1..=steps).map(|step| json!(step % 2 == 0)).collect();
    assert_eq!(site.server.values("press-1.running"), running);
}

async fn has_all(site: &Site, steps: u32) {
    site.server
        .until(|kept| kept.lines.iter().filter(|line| line.0.starts_with("press-1.")).count() == 4 * steps as usize)
        .await;
}

#[tokio::test(start_paused = true)]
async fn days_without_a_network_lose_nothing_and_keep_the_order() {
    let steps = 3 * DAY;
    let site = Site::new(steps).await;
    let agent = site.start("", "report_s = 3600");
    site.machine.has_been_asked(360).await;
    site.network.cut();
    site.machine.has_been_asked(steps - 360).await;
    assert!(bytes_on_disk(&site.queue()) < 16 << 20, "{} bytes", bytes_on_disk(&site.queue()));
    site.network.mend();
    has_all(&site, steps).await;
    agent.stop().await;
    check(&site, steps);
    site.server.with(|kept| {
        assert!(kept.unacknowledged <= 20, "{} messages on their way", kept.unacknowledged);
        assert!(kept.historical >= 2 * DAY as usize, "what waited for more than a day says so: {}", kept.historical);
        assert!(kept.longest <= 500, "{} readings in a message", kept.longest);
        assert!(kept.again <= 20 * 500, "{} readings came again", kept.again);
    });
    let queued = site.server.values("edge-1.queued");
    assert!(queued.iter().any(|queued| queued.as_u64() > Some(90_000)), "the agent said how many wait: {queued:?}");
    assert!(site.server.values("edge-1.dropped").iter().all(|dropped| *dropped == json!(0)));
    assert_eq!(site.server.values("plc-1.reachable")[0], json!(true));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_sends_the_newest_and_says_how_many_it_dropped() {
    let steps = DAY;
    let site = Site::new(steps).await;
    site.network.cut();
    let agent = site.start("batch_rows = 100\nin_flight = 5", "max_rows = 4000\nreport_s = 600");
    site.machine.has_been_asked(steps).await;
    site.network.mend();
    site.server.until(|kept| kept.lines.iter().any(|line| line.0 == "press-1.good" && line.2 == json!(steps))).await;
    // What the agent says about itself waits in the same queue: the last report is of the time after.
    let after = site.server.values("edge-1.dropped").len();
    site.server.until(|kept| kept.lines.iter().filter(|line| line.0 == "edge-1.dropped").count() > after + 2).await;
    agent.stop().await;
    let good = site.server.values("press-1.good");
    assert_eq!(good.last(), Some(&json!(steps)));
    assert!(
        good.windows(2).all(|pair| pair[0].as_u64().unwrap() + 1 == pair[1].as_u64().unwrap()),
        "no gap in what is left"
    );
    assert!((900..=1_000).contains(&good.len()), "{} of the newest", good.len());
    let (dropped, kept) = (site.server.values("edge-1.dropped"), site.server.with(|kept| kept.lines.len()));
    let dropped = dropped.last().unwrap().as_u64().unwrap() as usize;
    // Everything ever queued: four signals a step, and the reports, one number of which is how many there were.
    assert!(dropped > 30_000 && dropped + kept >= 4 * steps as usize, "{dropped} dropped, {kept} kept");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_without_a_word_is_noticed_and_replaced() {
    let site = Site::new(2_000).await;
    let agent = site.start("keep_alive_s = 30", "report_s = 0");
    site.server.until(|kept| kept.lines.len() > 400).await;
    site.network.fall_silent();
    has_all(&site, 2_000).await;
    agent.stop().await;
    check(&site, 2_000);
    site.server.with(|kept| assert_eq!(kept.connections, 2));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_acknowledges_nothing_is_left_after_a_while() {
    let site = Site::new(1_000).await;
    site.server.behave(Manner::Hold);
    let agent = site.start("acknowledge_s = 60\nin_flight = 3\nbatch_rows = 10", "report_s = 0");
    site.server.until(|kept| kept.connections >= 3).await;
    site.server.with(|kept| assert_eq!(kept.unacknowledged, 3, "no more than allowed are on their way"));
    site.server.behave(Manner::Acknowledge);
    has_all(&site, 1_000).await;
    agent.stop().await;
    check(&site, 1_000);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_never_takes_is_counted_and_out_of_the_way() {
    let site = Site::new(300).await;
    site.server.behave(Manner::Refuse(PublishAckReason::PayloadFormatInvalid));
    let agent = site.start("", "report_s = 60");
    site.server.until(|kept| kept.messages >= 1).await;
    site.server.behave(Manner::Acknowledge);
    site.server.until(|kept| kept.lines.iter().any(|line| line.0 == "press-1.good" && line.2 == json!(300))).await;
    site.server.until(|kept| kept.lines.iter().any(|line| line.0 == "edge-1.refused" && line.2 != json!(0))).await;
    agent.stop().await;
    let good = site.server.values("press-1.good");
    assert!(good.len() < 300 && good.windows(2).all(|pair| pair[0].as_u64() < pair[1].as_u64()));
}

#[tokio::test(start_paused = true)]
async fn what_the_server_cannot_take_now_is_sent_again() {
    let site = Site::new(300).await;
    site.server.behave(Manner::Refuse(PublishAckReason::QuotaExceeded));
    let agent = site.start("", "report_s = 0");
    site.server.until(|kept| kept.messages >= 5).await;
    site.server.behave(Manner::Acknowledge);
    has_all(&site, 300).await;
    agent.stop().await;
    check(&site, 300);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_stopped_writes_what_it_read_and_goes_on_where_it_was() {
    let site = Site::new(500).await;
    site.network.cut();
    let agent = site.start("", "report_s = 0");
    site.machine.has_been_asked(200).await;
    agent.stop().await;
    tokio::time::advance(Duration::from_secs(5)).await;
    site.network.mend();
    let agent = site.start("", "report_s = 0");
    site.machine.has_been_asked(500).await;
    site.server.until(|kept| kept.lines.iter().any(|line| line.0 == "press-1.good" && line.2 == json!(500))).await;
    agent.stop().await;
    let good = site.server.values("press-1.good");
    // The step that was being read when the stop came belongs to nobody.
    assert!(good.len() >= 499 && good.windows(2).all(|pair| pair[0].as_u64() < pair[1].as_u64()));
    site.server.with(|kept| assert_eq!(kept.again, 0));
}
