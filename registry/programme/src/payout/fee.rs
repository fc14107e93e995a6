//! The marketplace's part of what modules earn: a rate in millionths from a month on. A rate is set before its month
//! begins, so that nobody earns less than they could know.

use crate::calendar::Month;
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use crate::split::largest_remainder;
use crate::unique::is_taken;
use serde_json::json;
use sqlx::AnyConnection;
use toolcrib_catalog::{Catalog, Check, Line, PersonId, Whole};
use toolcrib_contract::types::Instant;

/// The highest rate: half.
pub const FEE_PPM_MAX: u32 = 500_000;
/// Rates of one list.
const FEES_LISTED: i64 = 100;
const WHOLE_PPM: i64 = 1_000_000;

/// A rate.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Fee {
    /// The first month whose invoices it is taken of, `YYYY-MM`.
    pub from_month: String,
    /// Millionths.
    #[sqlx(try_from = "i64")]
    pub ppm: u32,
    pub set_us: i64,
}

/// Rates, the latest first. Before the first of them nothing is taken.
///
/// # Errors
/// The database.
pub async fn fees(catalog: &Catalog) -> Result<Vec<Fee>> {
    let query = sqlx::query_as("SELECT from_month, ppm, set_us FROM platform_fee ORDER BY from_month DESC LIMIT $1");
    Ok(query.bind(FEES_LISTED).fetch_all(catalog.reading()).await?)
}

/// Sets the rate from a month on that has not begun.
///
/// # Errors
/// Fields that are wrong; there is a rate from this month on.
pub async fn set_fee(catalog: &Catalog, from: Month, ppm: u32, by: &PersonId, now: Instant) -> Result<()> {
    let mut check = Check::default();
    check.expect(from.since(Month::of(now)) > 0, "/from_month", "a month that has not begun");
    check.expect(ppm <= FEE_PPM_MAX, "/ppm", format!("0 to {FEE_PPM_MAX} millionths"));
    check.done()?;
    let mut writing = catalog.writing(now).await?;
    sqlx::query("INSERT INTO platform_fee (from_month, ppm, set_by, set_us) VALUES ($1, $2, $3, $4)")
        .bind(from.to_string())
        .bind(i64::from(ppm))
        .bind(by)
        .bind(now.0)
        .execute(writing.connection())
        .await
        .map_err(|error| match is_taken(&error) {
            true => ProgrammeError::input("/from_month", "there is a rate from this month on"),
            false => error.into(),
        })?;
    let detail = json!({"from": from.to_string(), "ppm": ppm});
    Ok(writing.commit(Line { actor: by.as_str(), act: "fee.set", subject: "platform", detail }).await?)
}

/// The rate of invoices for a month.
pub(super) async fn rate(db: &mut AnyConnection, month: &str) -> Result<u32> {
    let query = sqlx::query_as("SELECT ppm FROM platform_fee WHERE from_month <= $1 ORDER BY from_month DESC LIMIT 1");
    let row: Option<(Whole,)> = query.bind(month).fetch_optional(db).await?;
    Ok(row.map_or(0, |(Whole(ppm),)| ppm))
}

/// The marketplace's part of an amount: the two parts add up to it, and none is a whole fen off.
pub(super) fn part(amount: Fen, ppm: u32) -> Fen {
    let weight = |ppm: i64| Fen::new(ppm).expect("at most a million");
    let parts = [weight(i64::from(ppm.min(FEE_PPM_MAX))), weight(WHOLE_PPM - i64::from(ppm.min(FEE_PPM_MAX)))];
    largest_remainder(amount, &parts).and_then(|parts| parts.first().copied()).unwrap_or_default()
}
