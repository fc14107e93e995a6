//! Signatures. The second one makes the contract.

use super::prepare::same_rules;
use super::{Content, OfferState, Side, Stored, step};
use crate::identification::{self, check_text};
use crate::refusal::{ProgrammeError, Result};
use crate::{contract, days, terms};
use serde_json::json;
use toolcrib_catalog::{Catalog, CatalogError, Check, Line, Person, Writing};
use toolcrib_contract::problem::{NOT_ALLOWED, OFFER_OVER, RULE_ASSESSOR, RULE_CHANGED};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Signs a version for the side that one owns; the contract's id when the other side has signed it, too. Signing again is
/// no error.
///
/// # Errors
/// Not found for who is no party; not allowed; `conflict` when another version or content is the newest; `offer-over`;
/// `rule-05-provider`; `rule-10-assessor` for who belongs to both sides; `rule-18-rules-changed`; `rule-06-contract`.
pub async fn sign(
    catalog: &Catalog,
    id: &str,
    (version, digest): (u32, &str),
    by: &Person,
    now: Instant,
    chance: &dyn Chance,
) -> Result<Option<String>> {
    let mut writing = catalog.writing(now).await?;
    let offer = Stored::load(writing.connection(), id).await?;
    let side = may_sign(&offer, by)?;
    if offer.state != OfferState::Open {
        return Err(ProgrammeError::refused(OFFER_OVER, "the offer was signed, declined or withdrawn"));
    }
    let content = read(&mut writing, &offer, version, digest).await?;
    if offer.valid_until < days::today(now).to_string() {
        return Err(ProgrammeError::refused(OFFER_OVER, format!("its last day was {}", offer.valid_until)));
    }
    let identification = standing(&mut writing, &content).await?;
    let insert = sqlx::query(
        "INSERT INTO offer_signature (offer, version, side, person, at_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
    );
    let insert = insert.bind(id).bind(i64::from(version)).bind(side.as_str()).bind(&by.id).bind(now.0);
    if insert.execute(writing.connection()).await?.rows_affected() == 0 {
        // The other side's signature would have made the contract: there is nothing to commit.
        return Ok(None);
    }
    step(&mut writing, id, (by.id.as_str(), "sign"), version, side.as_str()).await?;
    let signed = sqlx::query_as("SELECT count(*) FROM offer_signature WHERE offer = $1 AND version = $2");
    let (signed,): (i64,) = signed.bind(id).bind(i64::from(version)).fetch_one(writing.connection()).await?;
    let (state, contract) = match signed {
        2 => {
            let contract = contract::make(&mut writing, &content, digest, identification, chance).await?;
            (OfferState::Signed, Some(contract))
        }
        _ => (OfferState::Open, None),
    };
    let update =
        sqlx::query("UPDATE offer SET state = $1, changed_us = $2 WHERE id = $3").bind(state).bind(now.0).bind(id);
    update.execute(writing.connection()).await?;
    let detail = json!({"version": version, "digest": digest, "side": side.as_str(), "contract": contract});
    writing.commit(Line { actor: by.id.as_str(), act: "offer.sign", subject: id, detail }).await?;
    Ok(contract)
}

fn may_sign(offer: &Stored, by: &Person) -> Result<Side> {
    let side = offer.side(by)?;
    if by.too_close_to(&[&offer.provider]).is_some() && by.too_close_to(&[&offer.firm]).is_some() {
        let why = "you belong to both sides; somebody who belongs to one of them signs";
        return Err(ProgrammeError::refused(RULE_ASSESSOR, why));
    }
    let org = if side == Side::Provider { &offer.provider } else { &offer.firm };
    match by.org_role(org) {
        Some("owner") => Ok(side),
        _ => Err(ProgrammeError::refused(NOT_ALLOWED, "owners sign for their organisation")),
    }
}

/// The content that is signed, when it is the newest and the one that was read.
async fn read(writing: &mut Writing, offer: &Stored, version: u32, digest: &str) -> Result<Content> {
    let row: Option<(String, String)> =
        sqlx::query_as("SELECT content, digest FROM offer_version WHERE offer = $1 AND version = $2")
            .bind(&offer.id)
            .bind(i64::from(version))
            .fetch_optional(writing.connection())
            .await?;
    let (text, kept) = row.ok_or_else(|| ProgrammeError::not_found("version of the offer"))?;
    if version != offer.version || kept != digest {
        let why = format!("version {} is the newest; read and sign that one", offer.version);
        return Err(CatalogError::Changed(why).into());
    }
    Content::read(&text)
}

/// Under a programme: the provider is in good standing, by this identification, and the split is that of today's rules.
async fn standing(writing: &mut Writing, content: &Content) -> Result<Option<String>> {
    let Some(under) = &content.under else { return Ok(None) };
    let now = writing.now();
    let (programme, track, level) = (&under.programme, Some(under.track.as_str()), under.target_level);
    let found = terms::terms(writing.connection(), programme, &under.segment, track, level, now).await?;
    if !same_rules(under, &found.under) {
        let why = format!(
            "the split was made with version {} of the rules for batch {}; version {} for batch {} is in force now",
            under.rule, under.batch, found.under.rule, found.under.batch
        );
        return Err(ProgrammeError::refused(RULE_CHANGED, why));
    }
    let (db, provider) = (writing.connection(), &content.provider);
    identification::contracting(db, provider, &under.city, &under.segment, now).await.map(Some)
}

/// Declines an offer for the firm, or withdraws it for the provider; by their members.
///
/// # Errors
/// Not found for who is no party; `offer-over`; a reason that is not acceptable.
pub async fn end(catalog: &Catalog, id: &str, reason: &str, by: &Person, now: Instant) -> Result<OfferState> {
    let mut writing = catalog.writing(now).await?;
    let offer = Stored::load(writing.connection(), id).await?;
    let (state, act) = match offer.side(by)? {
        Side::Provider => (OfferState::Withdrawn, "withdraw"),
        Side::Firm => (OfferState::Declined, "decline"),
    };
    let mut check = Check::default();
    check_text(&mut check, "/reason", reason);
    check.done()?;
    if offer.state != OfferState::Open {
        return Err(ProgrammeError::refused(OFFER_OVER, "the offer was signed, declined or withdrawn"));
    }
    let update =
        sqlx::query("UPDATE offer SET state = $1, changed_us = $2 WHERE id = $3").bind(state).bind(now.0).bind(id);
    update.execute(writing.connection()).await?;
    step(&mut writing, id, (by.id.as_str(), act), offer.version, reason).await?;
    let detail = json!({"act": act, "reason": reason});
    writing.commit(Line { actor: by.id.as_str(), act: "offer.end", subject: id, detail }).await?;
    Ok(state)
}
