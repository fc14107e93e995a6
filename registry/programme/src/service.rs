//! The part of a budget that does not go to firms' own transformation: public services, chains, platforms.

use crate::days::today;
use crate::ids::ProgrammeId;
use crate::ledger::{self, Entry};
use crate::money::Fen;
use crate::payment::use_slip;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::service_back::demands;
use crate::tranche::{ClawBack, Transfer};
use crate::uscc::Uscc;
use serde_json::json;
use toolcrib_catalog::{CatalogError, Check, Line, PersonId};
use toolcrib_contract::types::Instant;

/// Services of one programme.
pub const SERVICES: i64 = 200;

/// An award to a service.
#[derive(Clone, Debug)]
pub struct NewService {
    pub recipient_uscc: Uscc,
    pub recipient: String,
    pub purpose: String,
    pub document: String,
    pub amount: Fen,
}

/// The same as it was kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Service {
    pub number: i64,
    pub recipient_uscc: Uscc,
    pub recipient: String,
    pub purpose: String,
    pub document: String,
    pub amount_fen: Fen,
    pub awarded_us: i64,
    pub paid_us: Option<i64>,
    /// What was demanded back of it.
    #[sqlx(skip)]
    pub claw_backs: Vec<ClawBack>,
}

impl Programmes {
    /// Awards money to a service; its number.
    ///
    /// # Errors
    /// Fields that are wrong; more than the share that is not the firms', or than is left.
    pub async fn add_service(&self, id: &ProgrammeId, new: &NewService, by: &PersonId, now: Instant) -> Result<i64> {
        let mut check = Check::default();
        check.name("/recipient", &new.recipient);
        check.name("/purpose", &new.purpose);
        check.name("/document", &new.document);
        check.expect(new.amount > Fen::ZERO, "/amount_fen", "above nought");
        check.done()?;
        let mut writing = self.catalog.writing(now).await?;
        let db = writing.connection();
        let mut funds = ledger::funds(db, id, &[], None).await?;
        let booking = funds.award_service(new.amount)?;
        let count = sqlx::query_as("SELECT count(*) FROM programme_service WHERE programme = $1").bind(id);
        let (count,): (i64,) = count.fetch_one(&mut *db).await?;
        if count >= SERVICES {
            return Err(CatalogError::Limit(format!("a programme has at most {SERVICES} services")).into());
        }
        sqlx::query(
            "INSERT INTO programme_service (programme, number, recipient_uscc, recipient, purpose, document, amount_fen,
                 awarded_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(count + 1)
        .bind(&new.recipient_uscc)
        .bind(&new.recipient)
        .bind(&new.purpose)
        .bind(&new.document)
        .bind(new.amount)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
        let (act, booked_on) = ("service_award", today(now));
        let entry = Entry { act, booked_on, project: None, about: &new.recipient, memo: &new.document };
        ledger::append(db, id, &mut funds, &booking, &entry, by, now).await?;
        let detail = json!({"number": count + 1, "recipient": new.recipient, "amount_fen": new.amount});
        writing.commit(Line { actor: by.as_str(), act: "programme.service", subject: id.as_str(), detail }).await?;
        Ok(count + 1)
    }

    /// An award to a service is paid.
    ///
    /// # Errors
    /// There is none, or it is paid; firms would have less than their share of what is drawn.
    pub async fn pay_service(
        &self,
        id: &ProgrammeId,
        number: i64,
        transfer: &Transfer,
        by: &PersonId,
        now: Instant,
    ) -> Result<()> {
        transfer.check(today(now))?;
        let mut writing = self.catalog.writing(now).await?;
        let db = writing.connection();
        let update = sqlx::query_as(
            "UPDATE programme_service SET paid_us = $1 WHERE programme = $2 AND number = $3 AND paid_us IS NULL
             RETURNING recipient, document, amount_fen",
        );
        let row: Option<(String, String, Fen)> =
            update.bind(now.0).bind(id).bind(number).fetch_optional(&mut *db).await?;
        let (recipient, document, amount) = row.ok_or_else(|| ProgrammeError::not_found("unpaid service"))?;
        use_slip(db, &transfer.bank_slip_sha256, &format!("service {number} of programme {id}"), now).await?;
        let mut funds = ledger::funds(db, id, &[], None).await?;
        let booking = funds.pay_service(amount)?;
        let (act, booked_on) = ("service_pay", transfer.paid_on);
        let entry = Entry { act, booked_on, project: None, about: &recipient, memo: &document };
        ledger::append(db, id, &mut funds, &booking, &entry, by, now).await?;
        let detail = json!({"number": number, "amount_fen": amount});
        let line = Line { actor: by.as_str(), act: "programme.service.pay", subject: id.as_str(), detail };
        Ok(writing.commit(line).await?)
    }

    /// A programme's services, in their order.
    ///
    /// # Errors
    /// The database.
    pub async fn services(&self, id: &ProgrammeId) -> Result<Vec<Service>> {
        let query = sqlx::query_as(
            "SELECT number, recipient_uscc, recipient, purpose, document, amount_fen, awarded_us, paid_us
             FROM programme_service WHERE programme = $1 ORDER BY number LIMIT $2",
        );
        let mut read = self.catalog.reading().begin().await?;
        let mut services: Vec<Service> = query.bind(id).bind(SERVICES).fetch_all(&mut *read).await?;
        let mut demands = demands(&mut read, id).await?;
        for service in &mut services {
            service.claw_backs = demands.remove(&service.number).unwrap_or_default();
        }
        Ok(services)
    }
}
