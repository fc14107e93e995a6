//! What hosts on one database tell one another besides, so that one with an empty disk can begin without its registry.

use super::on;
use crate::Postgres;
use crate::error::Result;
use sqlx::postgres::PgConnection;
use sqlx::{query, query_as};

/// The tables that all hosts share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shared(Postgres);

/// A component and what proves it, as a host kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub bytes: Vec<u8>,
    pub evidence: Vec<u8>,
}

/// Something that the registry said, and how new it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number; of two with the same one the later is the newer.
    pub number: u64,
    /// When it was said, in microseconds since 1970.
    pub at_us: i64,
    pub body: Vec<u8>,
}

impl Shared {
    pub(super) fn new(server: Postgres) -> Self {
        Self(server)
    }

    /// Keeps a component that was proven. `instead`: also where something is kept under its digest, which was refused.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn put_component(&self, digest: &str, component: &Component, instead: bool) -> Result<()> {
        let (digest, Component { bytes, evidence }) = (digest.to_owned(), component.clone());
        let put = if instead {
            "INSERT INTO component VALUES ($1,$2,$3) ON CONFLICT(digest) DO UPDATE SET \
                bytes=excluded.bytes,evidence=excluded.evidence"
        } else {
            "INSERT INTO component VALUES ($1,$2,$3) ON CONFLICT DO NOTHING"
        };
        on(self.0.clone(), async move |db: &mut PgConnection| {
            query(put).bind(&*digest).bind(&bytes[..]).bind(&evidence[..]).execute(db).await.map(drop)
        })
        .await
    }

    /// Whether a component is kept under this digest.
    ///
    /// # Errors
    /// As [`Self::put_component`].
    pub async fn has_component(&self, digest: &str) -> Result<bool> {
        let (digest, sql) = (digest.to_owned(), "SELECT CAST(1 AS bigint) FROM component WHERE digest=$1");
        let found = on(self.0.clone(), async move |db: &mut PgConnection| {
            query_as::<_, (i64,)>(sql).bind(&*digest).fetch_optional(db).await
        });
        Ok(found.await?.is_some())
    }

    /// What is kept under this digest, not yet believed; none that is larger than either of these.
    ///
    /// # Errors
    /// As [`Self::put_component`].
    pub async fn component(&self, digest: &str, most: usize, most_evidence: usize) -> Result<Option<Component>> {
        let digest = digest.to_owned();
        let (most, most_evidence) = (most as i64, most_evidence as i64);
        let sql = "SELECT bytes,evidence FROM component WHERE digest=$1 \
            AND octet_length(bytes)<=$2 AND octet_length(evidence)<=$3";
        let found = on(self.0.clone(), async move |db: &mut PgConnection| {
            let ask = query_as::<_, (Vec<u8>, Vec<u8>)>(sql).bind(&*digest).bind(most).bind(most_evidence);
            ask.fetch_optional(db).await
        });
        Ok(found.await?.map(|(bytes, evidence)| Component { bytes, evidence }))
    }

    /// Keeps what the registry said of something, unless what is kept of it is newer. `doubted` gives way in any case.
    ///
    /// # Errors
    /// As [`Self::put_component`].
    pub async fn hear(&self, what: &'static str, heard: &Heard, doubted: Option<&[u8]>) -> Result<()> {
        let (Heard { number, at_us, body }, doubted) = (heard.clone(), doubted.map(<[u8]>::to_vec));
        let sql = "INSERT INTO heard VALUES ($1,$2,$3,$4) ON CONFLICT(what) DO UPDATE SET \
            number=excluded.number,at_us=excluded.at_us,body=excluded.body \
            WHERE (heard.number,heard.at_us)<(excluded.number,excluded.at_us) OR heard.body=$5";
        on(self.0.clone(), async move |db: &mut PgConnection| {
            let hear = query(sql).bind(what).bind(number.cast_signed()).bind(at_us).bind(&body[..]);
            hear.bind(doubted.as_deref()).execute(db).await.map(drop)
        })
        .await
    }

    /// What is kept of something, not yet believed.
    ///
    /// # Errors
    /// As [`Self::put_component`].
    pub async fn heard(&self, what: &'static str) -> Result<Option<Heard>> {
        let sql = "SELECT number,at_us,body FROM heard WHERE what=$1";
        let found = on(self.0.clone(), async move |db: &mut PgConnection| {
            query_as::<_, (i64, i64, Vec<u8>)>(sql).bind(what).fetch_optional(db).await
        });
        let of = |(number, at_us, body): (i64, i64, Vec<u8>)| Heard { number: number.cast_unsigned(), at_us, body };
        Ok(found.await?.map(of))
    }
}
