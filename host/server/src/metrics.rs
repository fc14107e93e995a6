//! The recorder of metrics, one per process, and what every metric means.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often histograms are condensed; without it they grow until somebody asks for `/metrics`.
const UPKEEP: Duration = Duration::from_secs(5);

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Every metric of the program: its kind, its name, its labels, its meaning.
const METRICS: &[(Kind, &str, &str, &str)] = &[
    (Counter, "toolcrib_broker_broke_total", "", "Connections to factories' own brokers that broke"),
    (Counter, "toolcrib_broker_messages_total", "", "Messages that factories' own brokers handed on"),
    (Counter, "toolcrib_connections_refused_total", "", "Connections of an address that has its share already"),
    (Counter, "toolcrib_connectors_total", "module,outcome", "Runs of connectors that ended"),
    (
        Counter,
        "toolcrib_dead_letters_total",
        "",
        "Events, timers and requests that were put aside after their last attempt",
    ),
    (Counter, "toolcrib_fetches_total", "module", "Requests that connectors sent"),
    (Counter, "toolcrib_invocations_total", "module,outcome", "Commands by how they ended: done, rejected, fault"),
    (Counter, "toolcrib_mqtt_closed_total", "reason", "MQTT connections that were closed, by reason code"),
    (Counter, "toolcrib_mqtt_commands_missed_total", "", "Commands to devices that waited in vain"),
    (Counter, "toolcrib_mqtt_delayed_total", "", "Messages of devices that were slowed down"),
    (Counter, "toolcrib_mqtt_messages_total", "", "Messages that devices published"),
    (Counter, "toolcrib_mqtt_refused_total", "code", "Messages that were refused"),
    (Counter, "toolcrib_mqtt_strangers_total", "", "MQTT connections that did not say who they are"),
    (Counter, "toolcrib_mqtt_turned_away_total", "reason", "MQTT connections that were turned away"),
    (Counter, "toolcrib_readings_total", "", "Readings on the disk"),
    (Counter, "toolcrib_registry_checks_total", "outcome", "Submissions that were checked, by what became of them"),
    (Counter, "toolcrib_registry_decisions_total", "decision", "Decisions of reviewers"),
    (Counter, "toolcrib_registry_exchanges_total", "", "Identities of CIs exchanged for tokens"),
    (Counter, "toolcrib_registry_logins_total", "outcome", "Sign-ins with a password: right, wrong"),
    (Counter, "toolcrib_registry_rechecks_total", "outcome", "Approved versions that were checked again"),
    (Counter, "toolcrib_registry_standings_total", "standing", "Versions deprecated, yanked, revoked or reinstated"),
    (Counter, "toolcrib_registry_submissions_total", "", "Versions that were submitted"),
    (Counter, "toolcrib_spans_dropped_total", "", "Spans of traces that no collector took"),
    (Counter, "toolcrib_spans_sent_total", "", "Spans of traces that a collector took"),
    (Gauge, "toolcrib_entitlements_seq", "", "Number of the entitlements in force"),
    (Gauge, "toolcrib_live_instances", "", "Instances of modules at this moment"),
    (Gauge, "toolcrib_open_tenants", "", "Tenants whose files are open"),
    (Gauge, "toolcrib_revocations_seq", "", "Number of the revocation list in force"),
    (Gauge, "toolcrib_revocations_stale", "", "1 while the revocation list is stale"),
    (Gauge, "toolcrib_tenants", "", "Tenants of this host"),
    (Histogram, "toolcrib_invocation_us", "", "Computing time of a command, microseconds"),
    (Histogram, "toolcrib_mqtt_ack_seconds", "", "From a message to its acknowledgement"),
    (Histogram, "toolcrib_query_us", "", "Time of a query, microseconds"),
];

/// Starts recording.
pub fn start(stopping: CancellationToken) -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second start in one process (tests) records nothing new; the first goes on.
    let _ = metrics::set_global_recorder(recorder);
    describe();
    let condensed = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(UPKEEP) => condensed.run_upkeep(),
                () = stopping.cancelled() => return,
            }
        }
    });
    handle
}

/// Says what each means, and serves those that count without labels from the beginning: one that is absent cannot be
/// watched.
fn describe() {
    for (kind, name, labels, meaning) in METRICS {
        match kind {
            Counter => metrics::describe_counter!(*name, *meaning),
            Gauge => metrics::describe_gauge!(*name, *meaning),
            Histogram => metrics::describe_histogram!(*name, *meaning),
        }
        if *kind == Counter && labels.is_empty() {
            metrics::counter!(*name).absolute(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn top() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Everything in a text that looks like the name of a metric.
    fn named(text: &str) -> BTreeSet<String> {
        let is_part = |char: char| char.is_ascii_lowercase() || char == '_';
        let words = text.split(|char| !is_part(char)).filter(|word| word.starts_with("toolcrib_"));
        words.map(str::to_owned).collect()
    }

    fn known() -> BTreeSet<String> {
        METRICS.iter().map(|(_, name, _, _)| (*name).to_owned()).collect()
    }

    #[test]
    fn every_metric_that_is_counted_is_in_the_table_and_no_other() {
        let mut texts = Vec::new();
        ["host", "registry"].iter().for_each(|folder| sources(&top().join(folder), &mut texts));
        let mut counted = BTreeSet::new();
        for text in &texts {
            for kind in ["counter!(\"", "gauge!(\"", "histogram!(\""] {
                let names = text.split(kind).skip(1).filter_map(|rest| rest.split('"').next());
                counted.extend(names.filter(|name| name.starts_with("toolcrib_")).map(str::to_owned));
            }
        }
        assert_eq!(counted, known());
    }

    #[test]
    fn what_operators_are_told_to_watch_is_served() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe();
            for (kind, name, labels, _) in METRICS {
                let labels: Vec<_> =
                    labels.split(',').filter(|label| !label.is_empty()).map(|label| (label, "x")).collect();
                match kind {
                    Counter => metrics::counter!(*name, &labels).increment(1),
                    Gauge => metrics::gauge!(*name, &labels).set(1),
                    Histogram => metrics::histogram!(*name, &labels).record(1),
                }
            }
        });
        let served = recorder.handle().render();
        for file in ["alerts.yaml", "../OPERATIONS.md"] {
            let text = std::fs::read_to_string(top().join("host/server/deploy").join(file)).unwrap();
            let told = named(&text);
            assert!(told.len() > 5, "{file} names metrics");
            for name in told {
                assert!(served.contains(&format!("\n# TYPE {name} ")), "{file} names {name}, which nobody serves");
            }
        }
        let alerts = std::fs::read_to_string(top().join("host/server/deploy/alerts.yaml")).unwrap();
        for (nth, _) in alerts.match_indices('{') {
            // Labels that rules ask for are labels that their metrics have.
            let metric = alerts[..nth].rsplit(|char: char| !(char.is_ascii_lowercase() || char == '_')).next().unwrap();
            if let Some((kind, _, labels, _)) = METRICS.iter().find(|(_, name, _, _)| *name == metric) {
                let asked = alerts[nth + 1..].split(['=', '!', '~']).next().unwrap();
                let is_known =
                    labels.split(',').any(|label| label == asked) || (*kind == Histogram && asked == "quantile");
                assert!(is_known, "{metric} has no label {asked}");
            }
        }
    }

    #[test]
    fn what_never_happened_is_served_as_zero() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, describe);
        let served = recorder.handle().render();
        assert!(served.contains("\ntoolcrib_dead_letters_total 0\n"), "{served}");
        assert!(served.contains("# HELP toolcrib_readings_total Readings on the disk\n"));
    }
}
