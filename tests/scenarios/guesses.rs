//! Guessing secrets at several hosts, or registries, on one database: each limit holds over all of them.

use super::terminal::Browser;
use crate::chaos::postgres::{database, store};
use crate::chaos::servers::{OWNER, PASSWORD, Product, Servers};
use crate::cluster::cluster;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};

/// Wrong pairing codes in a minute, and wrong PINs of one person in a row, as `host/floor` allows them.
const PAIRING_TRIES: usize = 30;
const PIN_TRIES: usize = 5;

/// The owner in a browser.
async fn owner(url: &str) -> Browser {
    let mut owner = Browser::at(url);
    let login = [("email", OWNER), ("password", PASSWORD)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(owner.post("/login", &login).await.0, 303);
    owner
}

/// A code for the terminal at this address.
async fn code(owner: &mut Browser, terminal: &str) -> String {
    let (_, _, page) = owner.get(terminal).await;
    let (_, _, page) = owner.send(&page, &format!("{terminal}/code"), &[]).await;
    page.split("/pair?code=").nth(1).unwrap_or_else(|| panic!("{page}"))[..8].to_owned()
}

async fn pair(tablet: &mut Browser, code: &str) -> u16 {
    tablet.post("/pair", &[("code".to_owned(), code.to_owned())]).await.0
}

async fn minute(db: &mut PgConnection) -> i64 {
    let sql = "SELECT CAST(floor(extract(epoch FROM clock_timestamp())/60) AS bigint)";
    sqlx::query(sql).fetch_one(db).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pairing_codes_and_pins_are_guessed_no_faster_at_two_hosts_than_at_one() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "guesses").await;
    let (servers, one) = Servers::with(1, Product { config: &store(&url), ..Product::DAYBOOK }).await;
    let two = servers.serve_as(1);
    servers.known_to(&two).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    let slug = &servers.tenants[0].slug;
    let mut owner = owner(&one.url).await;
    let (_, _, page) = owner.get(&format!("/t/{slug}/operators")).await;
    let new = [("code", "W1"), ("name", "Wang"), ("role", "operator"), ("language", "en"), ("pin", "4711")];
    let (status, _, text) = owner.send(&page, "name=\"badge\"", &new).await;
    assert_eq!(status, 303, "{text}");
    let (_, _, page) = owner.get(&format!("/t/{slug}/terminals")).await;
    let (status, terminal, text) = owner.send(&page, "name=\"places\"", &[("name", "Gate")]).await;
    assert_eq!(status, 303, "{text}");

    // Strangers type codes at both, all within one minute of the database's clock.
    let mut strangers = [Browser::at(&one.url), Browser::at(&two.url)];
    let good = loop {
        let good = code(&mut owner, &terminal).await;
        db.execute("UPDATE tc.pairing_wrong SET wrong = 0").await.unwrap();
        let began = minute(&mut db).await;
        let mut answers = Vec::new();
        for nth in 0..PAIRING_TRIES {
            answers.push(pair(&mut strangers[nth % 2], "ZZZZZZZZ").await);
        }
        let [a, b] = &mut strangers;
        let late = [pair(a, "ZZZZZZZZ").await, pair(b, "ZZZZZZZZ").await];
        // The right one is not even looked at, wherever.
        let right = pair(b, &good).await;
        if minute(&mut db).await == began {
            assert!(answers.iter().all(|answer| *answer == 422), "{answers:?}");
            assert_eq!((late, right), ([429, 429], 429));
            break good;
        }
    };
    db.execute("UPDATE tc.pairing_wrong SET minute = minute - 1").await.unwrap();
    // A code of the first host is good at the second one, and what that makes of the device the first one knows.
    let [_, mut tablet] = strangers;
    assert_eq!(pair(&mut tablet, &good).await, 303);
    let station = format!("/t/{slug}/s");
    for nth in 0..PIN_TRIES {
        tablet.led_to(if nth % 2 == 0 { &two.url } else { &one.url });
        let (status, path, page) = tablet.get(&station).await;
        assert_eq!((status, path.as_str()), (200, station.as_str()), "{page}");
        let (status, _, text) = tablet.send(&page, "name=\"pin\"", &[("code", "W1"), ("pin", "0000")]).await;
        assert_eq!(status, if nth + 1 < PIN_TRIES { 422 } else { 429 }, "{text}");
    }
    for host in [&one, &two] {
        tablet.led_to(&host.url);
        let (_, _, page) = tablet.get(&station).await;
        let (status, _, text) = tablet.send(&page, "name=\"pin\"", &[("code", "W1"), ("pin", "4711")]).await;
        assert_eq!(status, 429, "{text}");
    }
    two.stop();
    one.stop();
}
