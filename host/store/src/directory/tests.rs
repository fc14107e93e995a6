//! What a directory promises in either engine, and what it does where several hosts share it.

use super::*;
use crate::engine::tests::beside_on;
use crate::fixture::cluster;
use sqlx::Executor;

fn oee() -> Artifact {
    Artifact { digest: "sha256:ab".into(), module: "oee".into(), version: "1.0.0".into(), manifest: vec![1, 2, 3] }
}

/// A directory that is there for one test alone, and opens again.
struct Engine {
    folder: tempfile::TempDir,
    /// A server of its own, of which there is none in a file.
    url: Option<String>,
    #[expect(dead_code, reason = "the server ends with this process")]
    cluster: Option<cluster::Cluster>,
}

impl Engine {
    fn file() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: None, cluster: None }
    }

    fn rows() -> Option<Self> {
        let cluster = cluster::Cluster::start()?;
        Some(Self { folder: tempfile::tempdir().unwrap(), url: Some(cluster.url("postgres")), cluster: Some(cluster) })
    }

    /// As a host that starts sees it.
    async fn open(&self) -> Directory {
        let Some(url) = self.url.clone() else {
            return Directory::open(&self.folder.path().join("directory.db")).await.unwrap();
        };
        Directory::of(tokio::task::spawn_blocking(move || Postgres::connect(&url, 2).unwrap()).await.unwrap())
    }
}

async fn what_the_registry_said_survives_a_restart(engine: Engine) {
    let directory = engine.open().await;
    assert_eq!(directory.entitlements().await.unwrap(), None);
    assert!(directory.save_entitlements(7, b"seven", None).await.unwrap());
    directory.put_artifact(&oee()).await.unwrap();
    directory.put_artifact(&Artifact { manifest: vec![], ..oee() }).await.unwrap();
    directory.close().await;

    let directory = engine.open().await;
    assert!(!directory.save_entitlements(6, b"an old one", None).await.unwrap());
    assert_eq!(directory.entitlements().await.unwrap(), Some((7, b"seven".to_vec())));
    assert!(directory.save_entitlements(7, b"the same number", None).await.unwrap());
    assert_eq!(directory.artifact("sha256:ab").await.unwrap(), Some(oee()));
    assert_eq!(directory.artifact("sha256:cd").await.unwrap(), None);
    assert_eq!(directory.artifacts().await.unwrap(), [oee()]);
    directory.close().await;
}

async fn of_entitlements_kept_at_once_the_newest_stay(engine: Engine) {
    let hosts = [engine.open().await, engine.open().await, engine.open().await];
    let mut saves = tokio::task::JoinSet::new();
    for seq in 1..=60_u64 {
        let host = hosts[seq as usize % 3].clone();
        // Out of order, as from hosts that heard of them at different times.
        let seq = seq * 37 % 61;
        saves.spawn(async move { host.save_entitlements(seq, &seq.to_be_bytes(), None).await.unwrap() });
    }
    while let Some(saved) = saves.join_next().await {
        saved.unwrap();
    }
    assert_eq!(hosts[0].entitlements().await.unwrap(), Some((60, 60_u64.to_be_bytes().to_vec())));
    for host in hosts {
        host.close().await;
    }
}

async fn what_nobody_vouches_for_gives_way_whatever_number_it_claims(engine: Engine) {
    let directory = engine.open().await;
    let most = i64::MAX.cast_unsigned();
    assert!(directory.save_entitlements(most, b"forged", None).await.unwrap());
    assert!(!directory.save_entitlements(8, b"eight", None).await.unwrap());
    assert!(!directory.save_entitlements(8, b"eight", Some(b"others")).await.unwrap());
    assert!(directory.save_entitlements(8, b"eight", Some(b"forged")).await.unwrap());
    assert_eq!(directory.entitlements().await.unwrap(), Some((8, b"eight".to_vec())));
    assert!(directory.save_entitlements(most + 1, b"none", None).await.is_err(), "no number is that large");
    directory.close().await;
}

async fn what_was_kept_in_a_file_is_brought_in_and_what_is_newer_stays(engine: Engine) {
    let old = Engine::file();
    let (file, directory) = (old.open().await, engine.open().await);
    file.save_entitlements(7, b"seven", None).await.unwrap();
    file.put_artifact(&oee()).await.unwrap();
    directory.bring_in(&file).await.unwrap();
    assert_eq!(directory.entitlements().await.unwrap(), Some((7, b"seven".to_vec())));
    directory.save_entitlements(9, b"nine", None).await.unwrap();
    directory.bring_in(&file).await.unwrap();
    assert_eq!(directory.entitlements().await.unwrap(), Some((9, b"nine".to_vec())));
    assert_eq!(directory.artifacts().await.unwrap(), [oee()]);
    file.close().await;
    directory.close().await;
}

macro_rules! on_each {
    ($($promise:ident),* $(,)?) => {
        mod file {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Engine::file()).await; })*
        }
        mod rows {
            $(#[tokio::test] async fn $promise() {
                if let Some(engine) = super::Engine::rows() {
                    super::$promise(engine).await;
                }
            })*
        }
    };
}

on_each!(
    what_the_registry_said_survives_a_restart,
    of_entitlements_kept_at_once_the_newest_stay,
    what_nobody_vouches_for_gives_way_whatever_number_it_claims,
    what_was_kept_in_a_file_is_brought_in_and_what_is_newer_stays,
);

#[tokio::test]
async fn components_and_lists_are_shared_and_only_what_was_doubted_is_replaced() {
    let Some(engine) = Engine::rows() else { return };
    assert!(Engine::file().open().await.shared().is_none());
    let (one, two) = (engine.open().await.shared().unwrap(), engine.open().await.shared().unwrap());
    let (good, bad) = (component(b"good"), component(b"bad"));
    assert!(!two.has_component("sha256:ab").await.unwrap());
    one.put_component("sha256:ab", &bad, false).await.unwrap();
    one.put_component("sha256:ab", &good, false).await.unwrap();
    assert_eq!(two.component("sha256:ab", 4, 8).await.unwrap(), Some(bad));
    two.put_component("sha256:ab", &good, true).await.unwrap();
    assert_eq!(one.component("sha256:ab", 4, 8).await.unwrap(), Some(good));
    assert_eq!(one.component("sha256:ab", 3, 8).await.unwrap(), None, "larger than anybody reads");
    assert_eq!(one.component("sha256:ab", 4, 7).await.unwrap(), None);

    let said = |number, at_us, body: &[u8]| Heard { number, at_us, body: body.to_vec() };
    one.hear("list", &said(5, 10, b"five"), None).await.unwrap();
    for older in [said(4, 99, b"four"), said(5, 10, b"again"), said(5, 9, b"before")] {
        two.hear("list", &older, None).await.unwrap();
    }
    assert_eq!(two.heard("list").await.unwrap(), Some(said(5, 10, b"five")));
    two.hear("list", &said(5, 11, b"later"), None).await.unwrap();
    assert_eq!(one.heard("list").await.unwrap(), Some(said(5, 11, b"later")));
    one.hear("list", &said(1, 1, b"one"), Some(b"later")).await.unwrap();
    assert_eq!(one.heard("list").await.unwrap(), Some(said(1, 1, b"one")));
    assert_eq!(one.heard("keys").await.unwrap(), None);
}

fn component(bytes: &[u8]) -> Component {
    Component { bytes: bytes.to_vec(), evidence: b"evidence".to_vec() }
}

#[tokio::test]
async fn a_host_may_not_take_back_what_hosts_know_of_a_component() {
    let Some(engine) = Engine::rows() else { return };
    drop(engine.open().await);
    let url = engine.url.clone().unwrap();
    let told = tokio::task::spawn_blocking(move || {
        beside_on(&url, async |db| {
            db.execute("SET ROLE tc_app; SET search_path = tc").await?;
            let mut told = Vec::new();
            for sql in ["DELETE FROM entitlements", "DELETE FROM component", "UPDATE artifact SET manifest=''"] {
                told.push(db.execute(sql).await.unwrap_err().to_string());
            }
            Ok(told)
        })
    });
    assert!(told.await.unwrap().iter().all(|told| told.contains("permission denied")));
}
