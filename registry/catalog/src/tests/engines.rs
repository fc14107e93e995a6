//! The two engines that promises are tried on.

use crate::{Catalog, Engine};
use sqlx::{Connection, PgConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

#[path = "../../../../tests/cluster.rs"]
#[expect(dead_code, reason = "nobody here kills the server")]
mod cluster;

/// Each promise as a test of either engine.
macro_rules! on_each_engine {
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $promise() { super::$promise($crate::Engine::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $promise() {
                if $crate::tests::engines::has_postgres() {
                    super::$promise($crate::Engine::Postgres).await;
                }
            })*
        }
    };
}

pub fn has_postgres() -> bool {
    cluster::cluster().is_some()
}

/// The address of a new, empty database; none for the engine that needs none.
///
/// # Panics
/// There is no PostgreSQL.
pub async fn database(engine: Engine) -> Option<String> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    if engine == Engine::Sqlite {
        return None;
    }
    let cluster = cluster::cluster().unwrap();
    let name = format!("catalog_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    let make = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"));
    sqlx::raw_sql(make).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(cluster.url(&name))
}

/// A catalog in this folder, with its records there or in this database.
pub async fn open(folder: &Path, database: Option<&str>) -> Catalog {
    Catalog::open_with(folder, None, database).await.unwrap()
}
