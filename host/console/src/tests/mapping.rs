//! What messages mean, looked after in a browser: adopt, change, try, remove.

use super::http::{HOST, Place, header, place, text};
use crate::samples;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_ingest::payload::{Meaning, Message};
use toolcrib_ui::form::escape;

const PATH: &str = "/t/acme/data/mapping";

fn acme() -> RawId {
    samples::me().tenants[0].id.parse().unwrap()
}

async fn send(place: &Place, session: &str, path: &str, pairs: &[(&str, &str)]) -> Response<Body> {
    let fields: String = pairs.iter().map(|(name, value)| format!("&{name}={}", escape(value))).collect();
    let body = format!("_token={}{fields}", place.token(session, path));
    place.post(path, Some(session), Some(&format!("http://{HOST}")), body).await
}

/// A gateway publishes a message.
async fn publish(place: &Place, topic: &str, payload: &str) -> Meaning {
    let interpreter = place.app.console.mapping.interpreter(acme()).await.unwrap();
    let message = Message { topic, payload: payload.as_bytes(), retained: false, received: Instant(9_000_000) };
    interpreter.lock().unwrap().interpret("gateway", message)
}

const RULE: &[(&str, &str)] = &[
    ("where", "topic"),
    ("topic", "plant/press-1/status"),
    ("path", "/t"),
    ("equipment", "press-1"),
    ("signal", "temperature"),
    ("kind", "number"),
    ("scale", "0.1"),
];

#[tokio::test]
async fn an_unknown_value_is_adopted_with_one_button_and_its_rule_changed_later() {
    let place = place().await;
    let session = place.sign_in();
    let none = text(place.get(PATH, Some(&session)).await).await;
    assert!(none.contains("Every value that came has a rule"), "{none}");
    assert_eq!(publish(&place, "plant/press-1/status", r#"{"t":215}"#).await.readings, []);
    let listed = text(place.get(PATH, Some(&session)).await).await;
    assert!(listed.contains("plant/press-1/status /t") && listed.contains("<strong>215</strong>"), "{listed}");
    let adopted = send(&place, &session, &format!("{PATH}/adopt"), &[("place", "plant/press-1/status /t")]).await;
    assert_eq!((adopted.status(), header(&adopted, "location")), (StatusCode::SEE_OTHER, PATH));
    assert_eq!(publish(&place, "plant/press-1/status", r#"{"t":215}"#).await.readings.len(), 1);
    let gone = send(&place, &session, &format!("{PATH}/adopt"), &[("place", "plant/press-1/status /t")]).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND, "it has a rule by now");

    let form = text(place.get(&format!("{PATH}/0"), Some(&session)).await).await;
    assert!(form.contains("value=\"plant/press-1/status\"") && form.contains("value=\"/t\""), "{form}");
    let changed = send(&place, &session, &format!("{PATH}/0"), &[RULE, &[("version", "1")]].concat()).await;
    assert_eq!(changed.status(), StatusCode::SEE_OTHER);
    let meaning = publish(&place, "plant/press-1/status", r#"{"t":215}"#).await;
    assert_eq!(meaning.readings[0].signal, "press-1.temperature");
    let audit = text(place.get("/t/acme/audit", Some(&session)).await).await;
    assert!(audit.contains("Changed what messages mean"), "{audit}");
}

#[tokio::test]
async fn a_rule_that_cannot_be_followed_is_told_in_the_words_of_its_form() {
    let place = place().await;
    let session = place.sign_in();
    let bad = [RULE, &[("version", "0"), ("path", "t")]].concat();
    let bad: Vec<_> = bad.into_iter().filter(|pair| *pair != ("path", "/t")).collect();
    let refused = send(&place, &session, &format!("{PATH}/new"), &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(refused).await;
    assert!(
        page.contains("<strong>Path</strong>") && page.contains("value=\"press-1\""),
        "nothing typed is lost: {page}"
    );
    let states = [
        ("where", "topic"),
        ("topic", "a"),
        ("equipment", "p"),
        ("signal", "s"),
        ("kind", "state"),
        ("states", "running"),
    ];
    assert_eq!(
        send(&place, &session, &format!("{PATH}/new"), &states).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(place.app.console.mapping.kept(acme()).await.unwrap().version, 0);
}

#[tokio::test]
async fn whoever_was_slower_loses_nothing_and_changes_nothing() {
    let place = place().await;
    let session = place.sign_in();
    let first = [RULE, &[("version", "0")]].concat();
    assert_eq!(send(&place, &session, &format!("{PATH}/new"), &first).await.status(), StatusCode::SEE_OTHER);
    let slower = send(&place, &session, &format!("{PATH}/new"), &first).await;
    assert_eq!(slower.status(), StatusCode::CONFLICT);
    assert!(text(slower).await.contains("value=\"temperature\""));
    let late = send(&place, &session, &format!("{PATH}/0/remove"), &[("version", "0")]).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert_eq!(place.app.console.mapping.kept(acme()).await.unwrap().rules.rules.len(), 1);
    let removed = send(&place, &session, &format!("{PATH}/0/remove"), &[("version", "1")]).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    assert_eq!(place.app.console.mapping.kept(acme()).await.unwrap().rules.rules.len(), 0);
    assert_eq!(place.get(&format!("{PATH}/0"), Some(&session)).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_is_tried_without_being_kept() {
    let place = place().await;
    let session = place.sign_in();
    send(&place, &session, &format!("{PATH}/new"), &[RULE, &[("version", "0")]].concat()).await;
    let tried = [("topic", "plant/press-1/status"), ("payload", r#"{"t":215}"#)];
    let page = text(send(&place, &session, &format!("{PATH}/try"), &tried).await).await;
    assert!(page.contains("press-1.temperature") && page.contains("<strong>21.5</strong>"), "{page}");
    let metric = [("topic", "spBv1.0/g/DDATA/n/press-2"), ("metric", "Good"), ("payload", "7")];
    let page = text(send(&place, &session, &format!("{PATH}/try"), &metric).await).await;
    assert!(page.contains("No rule: g / n / press-2 / Good"), "{page}");
    let wrong =
        send(&place, &session, &format!("{PATH}/try"), &[("topic", "plant"), ("metric", "M"), ("payload", "1")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = place.app.console.mapping.unknown(acme());
    assert!(unknown.list().is_empty(), "a trial is not remembered");
}
