//! For tests: the engines that promises are tried on. Each test has a folder and, in PostgreSQL, a database of its own.

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::OnceCell;
use toolcrib_catalog::Catalog;

#[expect(dead_code, reason = "of the servers that tests start, these need the starting alone")]
#[path = "../../../tests/cluster.rs"]
mod cluster;

/// An engine that promises are tried on.
#[derive(Clone, Copy)]
pub enum On {
    Sqlite,
    Postgres(&'static cluster::Cluster),
}

/// What new databases are copies of: the tables as they are when a registry has made them.
const EMPTY: &str = "programme_empty";

impl On {
    /// A server, if PostgreSQL is installed.
    pub fn postgres() -> Option<Self> {
        cluster::cluster().map(Self::Postgres)
    }

    /// Where the records of a new test lie, besides its folder.
    pub async fn store(self) -> Option<String> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        static MADE: OnceCell<()> = OnceCell::const_new();
        let Self::Postgres(cluster) = self else { return None };
        MADE.get_or_init(|| async {
            tell(cluster, format!("CREATE DATABASE {EMPTY}")).await;
            let folder = tempfile::tempdir().unwrap();
            open(folder.path(), Some(&cluster.url(EMPTY))).await.close().await;
        })
        .await;
        let name = format!("programme_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        tell(cluster, format!("CREATE DATABASE {name} TEMPLATE {EMPTY}")).await;
        Some(cluster.url(&name))
    }
}

async fn tell(cluster: &cluster::Cluster, statement: String) {
    sqlx::any::install_default_drivers();
    let mut server = AnyConnection::connect(&cluster.url("postgres")).await.unwrap();
    // A name of this file.
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await.unwrap();
    server.close().await.unwrap();
}

pub async fn open(folder: &Path, store: Option<&str>) -> Catalog {
    Catalog::open_with(folder, None, store).await.unwrap()
}

/// Each promise as a test on either engine.
macro_rules! on_each_engine {
    (4 threads; $($promise:ident),* $(,)?) => {
        on_each_engine!(@ tokio::test(flavor = "multi_thread", worker_threads = 4); $($promise)*);
    };
    ($($promise:ident),* $(,)?) => { on_each_engine!(@ tokio::test; $($promise)*); };
    (@ $test:meta; $($promise:ident)*) => {
        mod sqlite {
            $(#[$test] async fn $promise() { super::$promise($crate::engines::On::Sqlite).await; })*
        }
        mod postgres {
            $(#[$test] async fn $promise() {
                if let Some(on) = $crate::engines::On::postgres() {
                    super::$promise(on).await;
                }
            })*
        }
    };
}
pub(crate) use on_each_engine;
