//! Money of a service demanded back, and what came of it. What is back is available to everybody again: unlike firms'
//! money it is nobody's own.

use crate::case;
use crate::days::today;
use crate::ids::ProgrammeId;
use crate::ledger::{self, Entry};
use crate::money::Fen;
use crate::payment::use_slip;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::tranche::{CLAW_BACKS, ClawBack, Transfer};
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::BTreeMap;
use toolcrib_catalog::signer;
use toolcrib_catalog::{CatalogError, Check, Line, PersonId};
use toolcrib_contract::problem::RULE_CLAW_BACK;
use toolcrib_contract::types::Instant;

/// What an official demands.
#[derive(Clone, Debug)]
pub struct Demand {
    pub amount: Fen,
    pub document: String,
    pub why: String,
}

/// A service's recipient, what it was paid, what is demanded back of that, and how many times.
type Paid = (String, Fen, Fen, i64);

impl Programmes {
    /// Demands back what a service was paid, or a part. The number of the demand.
    ///
    /// # Errors
    /// No such service, or it was not paid; more than was paid and not demanded back yet; too many demands.
    pub async fn claw_back_service(
        &self,
        id: &ProgrammeId,
        service: i64,
        demand: &Demand,
        by: &PersonId,
        now: Instant,
    ) -> Result<i64> {
        case::why(&demand.why)?;
        let mut check = Check::default();
        check.name("/document", &demand.document);
        check.expect(demand.amount > Fen::ZERO, "/amount_fen", "above nought");
        check.done()?;
        let mut writing = self.catalog.writing(now).await?;
        let db = writing.connection();
        let (recipient, paid, demanded, count) = paid(db, id, service).await?;
        let left = paid.saturating_sub(demanded);
        if demand.amount > left {
            let why = format!("{left} yuan were paid and not demanded back yet");
            return Err(ProgrammeError::refused(RULE_CLAW_BACK, why));
        }
        if count >= CLAW_BACKS {
            return Err(CatalogError::Limit(format!("at most {CLAW_BACKS} demands of one service")).into());
        }
        let mut funds = ledger::funds(db, id, &[], None).await?;
        let booking = funds.claw_back_service(demand.amount)?;
        sqlx::query(
            "INSERT INTO service_claw_back (programme, service, number, amount_fen, document, why, at_us, by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(service)
        .bind(count + 1)
        .bind(demand.amount)
        .bind(&demand.document)
        .bind(&demand.why)
        .bind(now.0)
        .bind(by)
        .execute(&mut *db)
        .await?;
        let (act, memo) = ("service_claw_back", demand.document.as_str());
        let entry = Entry { act, booked_on: today(now), project: None, about: &recipient, memo };
        ledger::append(db, id, &mut funds, &booking, &entry, by, now).await?;
        let detail = json!({"service": service, "number": count + 1, "amount_fen": demand.amount});
        let line = Line { actor: by.as_str(), act: "programme.service.claw_back", subject: id.as_str(), detail };
        writing.commit(line).await?;
        Ok(count + 1)
    }

    /// What was demanded back from a service has come.
    ///
    /// # Errors
    /// There is no such demand, or it came already; a day in a closed month or to come; a bank slip that was used.
    pub async fn recover_service(
        &self,
        id: &ProgrammeId,
        (service, number): (i64, i64),
        transfer: &Transfer,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        transfer.check(today(now))?;
        let mut writing = self.catalog.writing(now).await?;
        let db = writing.connection();
        let (recipient, ..) = paid(db, id, service).await?;
        let update = sqlx::query_as(
            "UPDATE service_claw_back SET recovered_on = $1 WHERE programme = $2 AND service = $3 AND number = $4
                 AND recovered_on IS NULL RETURNING amount_fen, document",
        );
        let update = update.bind(transfer.paid_on.to_string()).bind(id).bind(service).bind(number);
        let row: Option<(Fen, String)> = update.fetch_optional(&mut *db).await?;
        let (amount, document) = row.ok_or_else(|| ProgrammeError::not_found("open demand"))?;
        let used_for = format!("demand {number} of service {service} of programme {id}");
        use_slip(db, &transfer.bank_slip_sha256, &used_for, now).await?;
        let mut funds = ledger::funds(db, id, &[], None).await?;
        let booking = funds.recover_service(amount)?;
        let (act, booked_on) = ("service_recover", transfer.paid_on);
        let entry = Entry { act, booked_on, project: None, about: &recipient, memo: &document };
        ledger::append(db, id, &mut funds, &booking, &entry, by, now).await?;
        let detail = json!({"service": service, "number": number, "amount_fen": amount});
        let line = Line { actor: by.as_str(), act: "programme.service.recover", subject: id.as_str(), detail };
        Ok(writing.commit(line).await?)
    }
}

async fn paid(db: &mut AnyConnection, id: &ProgrammeId, service: i64) -> Result<Paid> {
    let query = sqlx::query_as(
        "SELECT s.recipient, s.amount_fen, CAST(coalesce(sum(c.amount_fen), 0) AS BIGINT), count(c.number)
         FROM programme_service s LEFT JOIN service_claw_back c ON c.programme = s.programme AND c.service = s.number
         WHERE s.programme = $1 AND s.number = $2 AND s.paid_us IS NOT NULL GROUP BY s.programme, s.number",
    );
    let row: Option<Paid> = query.bind(id).bind(service).fetch_optional(db).await?;
    row.ok_or_else(|| ProgrammeError::not_found("paid service"))
}

#[derive(sqlx::FromRow)]
struct Row {
    service: i64,
    #[sqlx(flatten)]
    demand: ClawBack,
}

/// Demands of a programme's services, by the service's number.
pub(crate) async fn demands(db: &mut AnyConnection, id: &ProgrammeId) -> Result<BTreeMap<i64, Vec<ClawBack>>> {
    let query = sqlx::query_as(concat!(
        "SELECT c.service, c.number, c.amount_fen, c.document, c.why, c.at_us, ",
        signer!("p"),
        " AS by, c.recovered_on
         FROM service_claw_back c JOIN person p ON p.id = c.by WHERE c.programme = $1 ORDER BY c.service, c.number"
    ));
    let rows: Vec<Row> = query.bind(id).fetch_all(db).await?;
    let mut all: BTreeMap<i64, Vec<ClawBack>> = BTreeMap::new();
    for Row { service, demand } in rows {
        all.entry(service).or_default().push(demand);
    }
    Ok(all)
}
