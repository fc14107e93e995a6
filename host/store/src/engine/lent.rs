//! A connection while a transaction is open on it.

use super::text;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use tokio::runtime::Handle;

/// Goes back to its pool when it is dropped, and leaves nothing of a transaction that was not committed. Waits for nobody
/// then: the server hears of it beside.
pub(super) struct Lent {
    /// There until the end.
    connection: Option<PoolConnection<Postgres>>,
    /// Of the runtime that it belongs to.
    home: Handle,
}

impl Lent {
    pub fn new(connection: PoolConnection<Postgres>, home: Handle) -> Self {
        Self { connection: Some(connection), home }
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("it is there until the end")
    }

    /// Ends the transaction. Without an error it is on the server's disk.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        sqlx::raw_sql(text::raw("COMMIT".to_owned())).execute(self.connection()).await?;
        let _inside = self.home.enter();
        self.connection.take();
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let _inside = self.home.enter();
        self.home.spawn(async move {
            let ended = sqlx::raw_sql(text::raw("ROLLBACK".to_owned())).execute(&mut *connection).await;
            if ended.is_err() {
                // Whatever state it is in, nobody else gets it.
                drop(connection.detach());
            }
        });
    }
}
