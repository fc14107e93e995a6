//! Three tenants with different consent meet a clean patch, a wider wish and a broken schema; and the registry goes away.

use super::counter::Build;
use super::world::{Market, capabilities};
use toolcrib_registry_client::wire::{AgreeToUpgrade, Policy};

const FIRST: Build = Build::plain("1.0.0", 10);
const PATCH: Build = Build::plain("1.0.1", 11);
/// Cannot do without `count` any more.
const WIDER: Build = Build { required: &["state", "count"], optional: &[], ..Build::plain("1.1.0", 12) };
/// Callers must know a new parameter.
const BREAK: Build = Build { breaking: true, ..Build::plain("2.0.0", 13) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_gets_what_its_consent_covers_and_keeps_what_it_has_meanwhile() {
    let [asks, usual, generous] = ["asks", "usual", "generous"].map(str::to_owned);
    let market = Market::open(&[asks.clone(), usual.clone(), generous.clone()]).await;
    market.publish(&FIRST).await;
    let page = market.owner.consent_page(&usual, "counter").await.unwrap();
    assert_eq!(page.page.asks.len(), 2);
    for (tenant, grants) in [
        (&asks, &["readings:state"][..]),
        (&usual, &["readings:state"]),
        (&generous, &["readings:state", "readings:count"]),
    ] {
        market.subscribe(tenant, grants).await;
        market.runs(tenant, &FIRST).await;
    }
    market.owner.set_policy(&asks, "counter", Policy::Ask, false).await.unwrap();

    // A clean patch: taken by itself, unless the tenant wants to be asked.
    market.publish(&PATCH).await;
    for tenant in [&usual, &generous] {
        market.runs(tenant, &PATCH).await;
    }
    market.runs(&asks, &FIRST).await;
    let waiting = market.owner.upgrade(&asks, "counter").await.unwrap();
    let offer = waiting.offer.unwrap();
    assert_eq!((offer.page.version.as_str(), offer.page.asks.len()), ("1.0.1", 0), "nothing new is asked");
    assert_eq!(offer.waits, ["policy"]);

    // One that asks for more: only who had agreed to that before gets it.
    market.publish(&WIDER).await;
    market.runs(&generous, &WIDER).await;
    market.runs(&usual, &PATCH).await;
    let offer = market.owner.upgrade(&usual, "counter").await.unwrap().offer.unwrap();
    let asked: Vec<_> = offer.page.asks.iter().map(|ask| ask.capability.to_string()).collect();
    assert_eq!((asked, offer.waits), (vec!["readings:count".to_owned()], vec!["asks_more".to_owned()]));
    let less = AgreeToUpgrade { shown: Some(offer.sha256.clone()), ..AgreeToUpgrade::default() };
    let refused = market.owner.agree_to_upgrade(&usual, "counter", &less).await.unwrap_err();
    assert_eq!(refused.code(), Some("not-consented"));
    market.runs(&usual, &PATCH).await;
    let agreed = AgreeToUpgrade { grants: capabilities(&["readings:count"]), ..less };
    let agreed = market.owner.agree_to_upgrade(&usual, "counter", &agreed).await.unwrap();
    assert!(agreed.in_force, "the answer comes when it is in force");
    market.runs(&usual, &WIDER).await;

    // A broken schema waits for everybody.
    market.publish(&BREAK).await;
    for (tenant, build) in [(&asks, &FIRST), (&usual, &WIDER), (&generous, &WIDER)] {
        market.runs(tenant, build).await;
        let offer = market.owner.upgrade(tenant, "counter").await.unwrap().offer.unwrap();
        assert!(offer.waits.contains(&"major".to_owned()), "{:?}", offer.waits);
    }
    let agreed = market.owner.agree_to_upgrade(&generous, "counter", &AgreeToUpgrade::default()).await.unwrap();
    assert_eq!(agreed.version, "2.0.0");
    market.runs(&generous, &BREAK).await;
    // And back in one call, where it stays.
    let back = market.owner.roll_back(&generous, "counter").await.unwrap();
    assert_eq!(back.version, "1.1.0");
    market.runs(&generous, &WIDER).await;
    let standing = market.owner.upgrade(&generous, "counter").await.unwrap();
    assert!(standing.pinned && standing.offer.unwrap().waits.contains(&"pinned".to_owned()));
    let history = market.owner.consents(&generous, "counter").await.unwrap();
    let kinds: Vec<_> = history.iter().map(|consent| consent.kind.as_str()).collect();
    assert_eq!(kinds, ["agree", "auto", "auto", "upgrade", "rollback"]);
    assert!(history.iter().all(|consent| !consent.shown_sha256.is_empty()));

    // An optional grant is taken back; a needed one is not.
    let count = || "readings:count".parse().unwrap();
    assert_eq!(market.owner.revoke(&usual, "counter", count()).await.unwrap_err().code(), Some("wrong-state"));

    // The registry goes; the plants go on, also after a restart of their host.
    market.servers.registry.signal(rustix::process::Signal::KILL);
    for (tenant, build) in [(&asks, &FIRST), (&usual, &WIDER), (&generous, &WIDER)] {
        market.runs(tenant, build).await;
    }
    let market = market.with_new_host();
    for (tenant, build) in [(&asks, &FIRST), (&usual, &WIDER), (&generous, &WIDER)] {
        market.runs(tenant, build).await;
    }
}
