//! Looking after a factory over HTTP, with a real runtime and a registry that nobody can reach.

use super::http::{HOST, Place, header, place, text};
use crate::samples;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value as Json;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Clock;
use toolcrib_runtime::{ArchiveState, Reading, ReadingsKept, TenantGrant};

fn acme() -> RawId {
    samples::me().tenants[0].id.parse().unwrap()
}

async fn send(place: &Place, session: &str, path: &str, form: &str) -> Response<Body> {
    let token = place.token(session, path);
    let body = format!("_token={token}{form}");
    place.post(path, Some(session), Some(&format!("http://{HOST}")), body).await
}

async fn readings(place: &Place) {
    let reading = |second: i64, value| Reading::new("press-1.temp", Instant(second * 1_000_000), value);
    let values = vec![reading(1, Sample::Number { value: 41.5 }), reading(2, Sample::Number { value: 42.25 })];
    place.app.console.runtime.post_readings(acme(), "gateway", values).await.unwrap();
}

#[tokio::test]
async fn a_signal_is_found_and_drawn_with_its_newest_value() {
    let place = place().await;
    let session = place.sign_in();
    let none = text(place.get("/t/acme/data/signals", Some(&session)).await).await;
    assert!(none.contains("No signal has come yet."), "{none}");
    readings(&place).await;
    let list = text(place.get("/t/acme/data/signals?q=TEMP", Some(&session)).await).await;
    assert!(
        list.contains("press-1.temp") && list.contains("<strong>42.25</strong>") && list.contains("just now"),
        "{list}"
    );
    assert!(!text(place.get("/t/acme/data/signals?q=oil", Some(&session)).await).await.contains("press-1.temp"));
    let one = text(place.get("/t/acme/data/signals/press-1.temp?hours=24", Some(&session)).await).await;
    assert!(one.contains("role=\"img\"") && one.contains("41.5") && one.contains("No module"), "{one}");
    assert_eq!(place.get("/t/acme/data/signals/press-1.oil", Some(&session)).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_factory_reads_how_long_its_readings_are_kept_by_whose_word_and_until_when() {
    let place = place().await;
    let session = place.sign_in();
    let page = async || text(place.get("/t/acme/data/signals", Some(&session)).await).await;
    let before = page().await;
    assert!(
        before.contains("92 days after the end of the month") && before.contains("Nothing has been kept yet"),
        "{before}"
    );
    readings(&place).await;
    let runtime = &place.app.console.runtime;
    let apply = async |until: Option<Instant>| {
        let promise = ReadingsKept { module: "stops".to_owned(), months: 24, since: place.clock.now(), until };
        let grant = TenantGrant {
            id: acme(),
            slug: "acme".into(),
            name: "acme".into(),
            time_zone: "Asia/Shanghai".into(),
            active: true,
            modules: Vec::new(),
            stopped: Vec::new(),
            devices: Vec::new(),
            readings: vec![promise],
        };
        runtime.apply(grant).await;
    };
    apply(None).await;
    let promised = page().await;
    assert!(
        promised.contains("at least 24 months") && promised.contains("The plan of stops promises it"),
        "{promised}"
    );
    assert!(promised.contains("Sums by hour and day: 36 months"), "{promised}");
    assert!(!promised.contains("That plan was left"), "{promised}");
    apply(Some(place.clock.now().plus_us(86_400_000_000))).await;
    let left = page().await;
    assert!(
        left.contains("That plan was left. Until ") && left.contains("then single readings are kept for 92 days"),
        "{left}"
    );
}

#[tokio::test]
async fn everything_leaves_while_the_marketplace_is_away() {
    let place = place().await;
    let session = place.sign_in();
    readings(&place).await;
    assert_eq!(place.get("/t/acme/export/download", Some(&session)).await.status(), StatusCode::NOT_FOUND);
    let begun = send(&place, &session, "/t/acme/export", "").await;
    assert_eq!((begun.status(), header(&begun, "location")), (StatusCode::SEE_OTHER, "/t/acme/export"));
    while !matches!(place.app.console.runtime.archive(acme()).unwrap(), ArchiveState::There(_)) {
        tokio::task::yield_now().await;
    }
    let file = place.get("/t/acme/export/download", Some(&session)).await;
    assert_eq!(header(&file, "content-type"), "application/x-ndjson");
    assert_eq!(header(&file, "content-disposition"), "attachment; filename=\"acme-1970-01-01.ndjson\"");
    let lines: Vec<Json> = text(file).await.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let values: Vec<_> =
        lines.iter().filter(|line| line["part"] == "reading").map(|line| line["value"].clone()).collect();
    assert_eq!(values, [41.5, 42.25]);
    let page = text(place.get("/t/acme/export", Some(&session)).await).await;
    assert!(page.contains("Download") && page.contains("Readings"), "{page}");
    let gone = send(&place, &session, "/t/acme/export/discard", "").await;
    assert_eq!(gone.status(), StatusCode::SEE_OTHER);
    assert_eq!(place.get("/t/acme/export/download", Some(&session)).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_is_erased_under_another_name_nor_while_the_marketplace_is_away() {
    let place = place().await;
    let session = place.sign_in();
    readings(&place).await;
    let name = &samples::me().tenants[0].name;
    let wrong = send(&place, &session, "/t/acme/erase", "&name=Acme").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(wrong).await.contains("The name differs; nothing was erased"));
    let escaped: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let away = send(&place, &session, "/t/acme/erase", &format!("&name={escaped}")).await;
    // Subscriptions end at the registry first: without it nothing goes.
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    let left = place.app.console.runtime.signals(acme(), String::new(), 9).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn the_audit_says_who_made_an_archive_and_is_a_file_too() {
    let place = place().await;
    let session = place.sign_in();
    send(&place, &session, "/t/acme/export", "").await;
    let page = text(place.get("/t/acme/audit?action=archived", Some(&session)).await).await;
    assert!(page.contains("Made an archive"), "{page}");
    let none = text(place.get("/t/acme/audit?action=paused", Some(&session)).await).await;
    assert!(none.contains("No line fits"), "{none}");
    let file = place.get("/t/acme/audit/csv", Some(&session)).await;
    assert_eq!(header(&file, "content-disposition"), "attachment; filename=\"audit.csv\"");
    let file = text(file).await;
    assert!(file.starts_with("\u{feff}") && file.contains(&format!("user:{},archived,", samples::me().id)), "{file}");
}
