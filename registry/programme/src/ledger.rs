//! The ledger of a programme: double entry, append-only, each entry with the hash of the one before. An entry, the balances
//! and the uses of every cap that it touches are written in the transaction of the change that it is about.

use crate::days::month;
use crate::funds::{Account, Booking, Funds, Pot, PotKey};
use crate::ids::ProgrammeId;
use crate::money::{BasisPoints, Fen};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use sqlx::{AnyConnection, Connection};
use toolcrib_catalog::PersonId;
use toolcrib_catalog::signer;
use toolcrib_contract::problem::RULE_PERIOD;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_trust::digest::sha256_hex;

/// Entries of one page.
pub const LEDGER_PAGE: i64 = 200;

/// What an entry says besides its postings.
pub(crate) struct Entry<'a> {
    pub act: &'static str,
    /// The day that it counts for.
    pub booked_on: Date,
    pub project: Option<&'a str>,
    /// Name of the firm or recipient.
    pub about: &'a str,
    pub memo: &'a str,
}

/// What the platform itself says of an entry or a step: a code with its values, `#award-part tranche=2`, which pages say in
/// the language of their reader. Blanks and percent signs of values are escaped.
pub(crate) fn said(code: &str, values: &[(&str, String)]) -> String {
    let value = |(name, value): &(&str, String)| format!(" {name}={}", value.replace('%', "%25").replace(' ', "%20"));
    format!("#{code}{}", values.iter().map(value).collect::<String>())
}

/// An entry as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// From 1, without gaps.
    pub number: i64,
    pub at: Instant,
    pub booked_on: String,
    pub act: String,
    pub project: Option<String>,
    pub about: String,
    /// Id of the person, and their name with the organisation.
    pub by: String,
    pub by_name: String,
    pub memo: String,
    /// They add up to nought.
    pub postings: Vec<(Account, i64)>,
    pub hash: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    at_us: i64,
    booked_on: String,
    act: String,
    project: Option<String>,
    about: String,
    by: String,
    signer: String,
    memo: String,
    postings: String,
    hash: String,
}

impl Row {
    /// Hash of the hash before and everything in the entry, as a JSON array: unambiguous, whatever the texts contain.
    fn link(&self, programme: &ProgrammeId, before: &str) -> String {
        let content = (&self.act, &self.project, &self.about, &self.by, &self.memo, &self.postings);
        let text =
            serde_json::to_string(&(before, programme.as_str(), self.number, self.at_us, &self.booked_on, content));
        sha256_hex(text.expect("texts and numbers serialise").as_bytes())
    }

    fn read(self) -> Result<LedgerEntry> {
        let postings =
            serde_json::from_str(&self.postings).map_err(|error| ProgrammeError::damaged("the ledger", &error))?;
        let Self { number, at_us, booked_on, act, project, about, by, signer, memo, hash, .. } = self;
        Ok(LedgerEntry {
            number,
            at: Instant(at_us),
            booked_on,
            act,
            project,
            about,
            by,
            by_name: signer,
            memo,
            postings,
            hash,
        })
    }
}

/// Appends an entry, and moves balances and uses with it. A booking that moves nothing leaves no entry.
///
/// # Errors
/// The day lies in a closed month.
pub(crate) async fn append(
    db: &mut AnyConnection,
    programme: &ProgrammeId,
    funds: &mut Funds,
    booking: &Booking,
    entry: &Entry<'_>,
    by: &PersonId,
    now: Instant,
) -> Result<()> {
    if booking.is_empty() {
        return Ok(());
    }
    let period = month(entry.booked_on);
    if last_period(db, programme).await?.is_some_and(|closed| period <= closed) {
        let detail = format!("{} lies in a month whose books are closed", entry.booked_on);
        return Err(ProgrammeError::refused(RULE_PERIOD, detail));
    }
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT number, hash FROM ledger_entry WHERE programme = $1 ORDER BY number DESC LIMIT 1")
            .bind(programme)
            .fetch_optional(&mut *db)
            .await?;
    let (number, before) = last.map_or((1, String::new()), |(number, hash)| (number + 1, hash));
    let postings = serde_json::to_string(&booking.postings).expect("names and numbers serialise");
    let (project, text) = (entry.project.map(str::to_owned), str::to_owned);
    let row = Row {
        number,
        at_us: now.0,
        booked_on: entry.booked_on.to_string(),
        act: text(entry.act),
        project,
        about: text(entry.about),
        by: text(by.as_str()),
        signer: String::new(),
        memo: text(entry.memo),
        postings,
        hash: String::new(),
    };
    let hash = row.link(programme, &before);
    sqlx::query(
        "INSERT INTO ledger_entry (programme, number, at_us, booked_on, act, project, about, by, memo, postings, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(programme)
    .bind(number)
    .bind(row.at_us)
    .bind(row.booked_on)
    .bind(row.act)
    .bind(row.project)
    .bind(row.about)
    .bind(row.by)
    .bind(row.memo)
    .bind(row.postings)
    .bind(hash)
    .execute(&mut *db)
    .await?;
    funds.apply(booking);
    keep(db, programme, funds, booking).await
}

/// Moves balances and uses. The database's own constraints refuse what would overspend.
async fn keep(db: &mut AnyConnection, programme: &ProgrammeId, funds: &Funds, booking: &Booking) -> Result<()> {
    let mut sums = std::collections::BTreeMap::new();
    for (account, amount) in &booking.postings {
        *sums.entry(*account).or_insert(0) += amount;
    }
    for (account, amount) in sums {
        // An insert is checked before it becomes an update: it begins at nought.
        sqlx::query(
            "INSERT INTO ledger_balance (programme, account, balance_fen) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
        )
        .bind(programme)
        .bind(account)
        .execute(&mut *db)
        .await?;
        sqlx::query("UPDATE ledger_balance SET balance_fen = balance_fen + $1 WHERE programme = $2 AND account = $3")
            .bind(amount)
            .bind(programme)
            .bind(account)
            .execute(&mut *db)
            .await?;
    }
    for (pot, by) in &booking.pots {
        let update = match pot {
            PotKey::Batch(batch) => {
                let used = "UPDATE programme_batch SET used_fen = used_fen + $3 WHERE programme = $1 AND batch = $2";
                sqlx::query(used).bind(programme).bind(i64::from(*batch))
            }
            PotKey::Provider(provider) => {
                let used =
                    "UPDATE programme_provider SET used_fen = used_fen + $3 WHERE programme = $1 AND provider = $2";
                sqlx::query(used).bind(programme).bind(provider)
            }
        };
        update.bind(by).execute(&mut *db).await?;
    }
    sqlx::query("UPDATE programme SET drawn_max_fen = $2 WHERE id = $1 AND drawn_max_fen < $2")
        .bind(programme)
        .bind(funds.drawn_max)
        .execute(db)
        .await?;
    Ok(())
}

/// How a programme's money stands, with these pots; a provider's has this cap.
pub(crate) async fn funds(
    db: &mut AnyConnection,
    programme: &ProgrammeId,
    pots: &[PotKey],
    provider_cap: Option<Fen>,
) -> Result<Funds> {
    let query = sqlx::query_as("SELECT budget_fen, min_sme_share_bp, drawn_max_fen FROM programme WHERE id = $1");
    let row: Option<(Fen, i64, Fen)> = query.bind(programme).fetch_optional(&mut *db).await?;
    let (budget, share, drawn_max) = row.ok_or_else(|| ProgrammeError::not_found("programme"))?;
    let share = BasisPoints::try_from(share).map_err(|error| ProgrammeError::damaged("a programme", &error))?;
    let balances: Vec<(Account, i64)> = sqlx::query_as(BALANCES).bind(programme).fetch_all(&mut *db).await?;
    let mut funds = Funds::kept(budget, share, drawn_max, balances);
    for key in pots {
        let pot = match key {
            PotKey::Batch(batch) => {
                let query = sqlx::query_as(
                    "SELECT budget_fen, used_fen FROM programme_batch WHERE programme = $1 AND batch = $2",
                );
                let (cap, used): (Fen, Fen) = query.bind(programme).bind(i64::from(*batch)).fetch_one(&mut *db).await?;
                Pot { cap, used }
            }
            PotKey::Provider(provider) => {
                let query =
                    sqlx::query_as("SELECT used_fen FROM programme_provider WHERE programme = $1 AND provider = $2");
                let used: Option<(Fen,)> = query.bind(programme).bind(provider).fetch_optional(&mut *db).await?;
                Pot { cap: provider_cap.unwrap_or(Fen::MAX), used: used.map(|(used,)| used).unwrap_or_default() }
            }
        };
        funds.pots.insert(key.clone(), pot);
    }
    Ok(funds)
}

/// The last closed month.
pub(crate) async fn last_period(db: &mut AnyConnection, programme: &ProgrammeId) -> Result<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as(LAST_PERIOD).bind(programme).fetch_optional(db).await?;
    Ok(row.map(|(period,)| period))
}

const BALANCES: &str = "SELECT account, balance_fen FROM ledger_balance WHERE programme = $1";

const LAST_PERIOD: &str = "SELECT period FROM ledger_period WHERE programme = $1 ORDER BY period DESC LIMIT 1";

const ENTRIES: &str = concat!(
    "SELECT e.number, e.at_us, e.booked_on, e.act, e.project, e.about, e.by, ",
    signer!("p"),
    " AS signer, e.memo, e.postings, e.hash
     FROM ledger_entry e JOIN person p ON p.id = e.by
         WHERE e.programme = $1 AND e.number > $2 ORDER BY e.number LIMIT $3"
);

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    [ENTRIES, BALANCES, LAST_PERIOD].into_iter()
}

/// Entries after a number.
async fn page(db: &mut AnyConnection, programme: &ProgrammeId, after: i64) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(ENTRIES).bind(programme).bind(after).bind(LEDGER_PAGE).fetch_all(db).await?)
}

impl Programmes {
    /// Entries after a number, oldest first, at most [`LEDGER_PAGE`].
    ///
    /// # Errors
    /// The database.
    pub async fn ledger(&self, programme: &ProgrammeId, after: i64) -> Result<Vec<LedgerEntry>> {
        let mut read = self.catalog.reading().acquire().await?;
        page(&mut read, programme, after).await?.into_iter().map(Row::read).collect()
    }

    /// What the postings of each account add up to.
    ///
    /// # Errors
    /// The database.
    pub async fn balances(&self, programme: &ProgrammeId) -> Result<Vec<(Account, i64)>> {
        let mut read = self.catalog.reading().acquire().await?;
        let funds = funds(&mut read, programme, &[], None).await?;
        Ok(Account::ALL.into_iter().map(|account| (account, funds.balance(account))).collect())
    }

    /// Reads the whole ledger: every hash follows from the one before, every entry adds up to nought, and all of them to the
    /// balances that are kept. Returns the number of entries and the last hash, to be kept elsewhere.
    ///
    /// # Errors
    /// [`toolcrib_catalog::CatalogError::Damaged`] with the number of the first entry that does not fit.
    pub async fn verify_ledger(&self, programme: &ProgrammeId) -> Result<(i64, String)> {
        let mut held = self.catalog.reading().acquire().await?;
        // One moment for all that is read.
        let mut read = held.begin().await?;
        let mut sums = Funds::new(Fen::ZERO, BasisPoints::WHOLE);
        let (mut count, mut before) = (0, String::new());
        loop {
            let rows = page(&mut read, programme, count).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                count += 1;
                let expected = row.link(programme, &before);
                let number = row.number;
                let entry = row.read()?;
                let sum: i128 = entry.postings.iter().map(|(_, amount)| i128::from(*amount)).sum();
                if number != count || entry.hash != expected || sum != 0 {
                    return Err(ProgrammeError::damaged(
                        "the ledger",
                        &format!("it does not fit together at entry {count}"),
                    ));
                }
                sums.apply(&Booking { postings: entry.postings, pots: Vec::new() });
                before = entry.hash;
            }
        }
        let kept = funds(&mut read, programme, &[], None).await?;
        if Account::ALL.iter().any(|account| kept.balance(*account) != sums.balance(*account)) {
            return Err(ProgrammeError::damaged("the ledger", &"its entries do not add up to the balances"));
        }
        Ok((count, before))
    }
}
