//! Which hosts read busy devices at present, where several share a database: each gives a device its share of what all of
//! them together may read from it.

use crate::Postgres;
use crate::engine::failure;
use crate::error::Result;
use sqlx::postgres::PgConnection;
use sqlx::{query, query_as};
use std::time::Duration;

/// Says, and hears, of all busy devices of a host at once. Rows of hosts that died end by themselves; one that somebody just
/// changes is left for the next time.
const SAY: &str = "WITH at AS (SELECT CAST(extract(epoch FROM clock_timestamp())*1e6 AS bigint) AS us),\
    gone AS (DELETE FROM busy WHERE (device,host) IN (SELECT device,host FROM busy \
        WHERE (host<>$1 AND until_us<=(SELECT us FROM at)) OR (host=$1 AND device<>ALL($2)) FOR UPDATE SKIP LOCKED))\
    INSERT INTO busy SELECT d,$1,us+$3 FROM unnest($2) d,at ON CONFLICT(device,host) DO UPDATE SET until_us=excluded.until_us";
const OTHERS: &str = "SELECT device,count(*) FROM busy WHERE device=ANY($2) AND host<>$1 \
    AND until_us>CAST(extract(epoch FROM clock_timestamp())*1e6 AS bigint) GROUP BY device";

impl Postgres {
    /// Says for so long that this host reads these devices, and no others; gives back at how many further hosts each of them
    /// is busy, in their order. Blocking.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub fn busy(&self, host: [u8; 16], devices: &[[u8; 16]], stays: Duration) -> Result<Vec<u32>> {
        let us = i64::try_from(stays.as_micros()).unwrap_or(i64::MAX);
        let all: Vec<&[u8]> = devices.iter().map(|device| &device[..]).collect();
        let others = self.for_all().ask(async |db: &mut PgConnection| {
            query(SAY).bind(&host[..]).bind(&all).bind(us).execute(&mut *db).await?;
            if all.is_empty() {
                return Ok(Vec::new());
            }
            query_as::<_, (Vec<u8>, i64)>(OTHERS).bind(&host[..]).bind(&all).fetch_all(db).await
        });
        let others = others.map_err(|error| failure::of(&error))?;
        let of =
            |device: &[u8; 16]| others.iter().find(|(other, _)| other == device).map_or(0, |(_, count)| *count as u32);
        Ok(devices.iter().map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::url;

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn a_host_hears_at_how_many_others_a_device_is_busy_until_they_say_otherwise() {
        let Some(url) = url() else { return };
        let server = Postgres::connect(&url, 2).unwrap();
        let (a, b, c) = ([0xa1; 16], [0xb1; 16], [0xc1; 16]);
        let (press, oven) = ([0xd1; 16], [0xd2; 16]);
        assert_eq!(server.busy(a, &[press, oven], LONG).unwrap(), [0, 0]);
        assert_eq!(server.busy(b, &[press], LONG).unwrap(), [1]);
        assert_eq!(server.busy(c, &[oven, press], LONG).unwrap(), [1, 2]);
        assert_eq!(server.busy(a, &[press, oven], LONG).unwrap(), [2, 1], "its own row is not another one's");
        assert!(server.busy(b, &[], LONG).unwrap().is_empty(), "it reads nothing of the press any more");
        assert_eq!(server.busy(a, &[press, oven], LONG).unwrap(), [1, 1]);
        // One that dies says nothing, and is not counted for long.
        assert_eq!(server.busy(c, &[oven, press], Duration::ZERO).unwrap(), [1, 1]);
        assert_eq!(server.busy(a, &[press, oven], LONG).unwrap(), [0, 0]);
        server.busy(a, &[], LONG).unwrap();
    }
}
