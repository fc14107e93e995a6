//! Making offers, and making them anew.

use super::prepare::prepare;
use super::{Content, NewOffer, NewVersion, OFFERS_OPEN, OfferState, Side, Stored, VERSIONS, price, step};
use crate::refusal::{ProgrammeError, Result};
use crate::unique::is_taken;
use serde_json::json;
use toolcrib_catalog::{Catalog, CatalogError, Line, Person, Writing, new_id};
use toolcrib_contract::problem::OFFER_OVER;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

fn draft(id: String, new: &NewOffer) -> Stored {
    Stored {
        id,
        provider: new.provider.clone(),
        firm: new.firm.clone(),
        title: new.title.clone(),
        programme: new.programme.clone(),
        segment: new.segment.clone(),
        track: new.track.clone(),
        replaces: new.replaces.clone(),
        state: OfferState::Open,
        version: 1,
        valid_until: new.version.valid_until.clone(),
    }
}

fn authorise(new: &NewOffer, by: &Person) -> Result<()> {
    if by.org_role(&new.provider).is_none() {
        return Err(CatalogError::NotFound("organisation").into());
    }
    Ok(())
}

/// The first version that an offer would have. Nothing is kept.
///
/// # Errors
/// As [`make`].
pub async fn preview(catalog: &Catalog, new: &NewOffer, by: &Person, now: Instant) -> Result<Content> {
    authorise(new, by)?;
    let versions = price::versions(catalog, &new.version.lines).await?;
    let mut read = catalog.reading().begin().await?;
    prepare(&mut read, &draft(String::new(), new), &new.version, &versions, now).await
}

/// Makes an offer; its id. By members of the provider.
///
/// # Errors
/// Not found for others; fields that are wrong, with all of them told; `rule-05-provider`, `rule-06-contract`, what the
/// programme's rules say; more than [`OFFERS_OPEN`] open ones to the firm.
pub async fn make(catalog: &Catalog, new: &NewOffer, by: &Person, now: Instant, chance: &dyn Chance) -> Result<String> {
    authorise(new, by)?;
    let versions = price::versions(catalog, &new.version.lines).await?;
    let mut writing = catalog.writing(now).await?;
    let offer = draft(new_id(now, chance), new);
    let content = prepare(writing.connection(), &offer, &new.version, &versions, now).await?;
    let open = sqlx::query_as("SELECT count(*) FROM offer WHERE provider = $1 AND firm = $2 AND state = 'open'");
    let open = open.bind(&offer.provider).bind(&offer.firm);
    let (open,): (i64,) = open.fetch_one(writing.connection()).await?;
    if open >= OFFERS_OPEN {
        let why = format!("{OFFERS_OPEN} offers of a provider to a firm are open at once; withdraw one");
        return Err(CatalogError::Limit(why).into());
    }
    let city = content.under.as_ref().map(|under| under.city.clone());
    sqlx::query(
        "INSERT INTO offer (id, provider, firm, title, programme, city, segment, track, replaces, state, version,
             valid_until, made_us, changed_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 1, $10, $11, $11)",
    )
    .bind(&offer.id)
    .bind(&offer.provider)
    .bind(&offer.firm)
    .bind(&offer.title)
    .bind(&offer.programme)
    .bind(city)
    .bind(&offer.segment)
    .bind(&offer.track)
    .bind(&offer.replaces)
    .bind(&offer.valid_until)
    .bind(now.0)
    .execute(writing.connection())
    .await
    .map_err(|error| {
        if !is_taken(&error) {
            return ProgrammeError::from(error);
        }
        CatalogError::NotUnique { pointer: "/replaces", what: "another offer takes its place already".to_owned() }
            .into()
    })?;
    keep(&mut writing, &content, by).await?;
    step(&mut writing, &offer.id, (by.id.as_str(), "make"), 1, "").await?;
    let detail = json!({"provider": offer.provider, "firm": offer.firm, "net_fen": content.split.net});
    writing.commit(Line { actor: by.id.as_str(), act: "offer.make", subject: &offer.id, detail }).await?;
    Ok(offer.id)
}

/// Another version of an open offer. Signatures of the one before count no more. By members of the provider.
///
/// # Errors
/// As [`make`]; `offer-over`; more than [`VERSIONS`].
pub async fn revise(catalog: &Catalog, id: &str, version: &NewVersion, by: &Person, now: Instant) -> Result<u32> {
    let versions = price::versions(catalog, &version.lines).await?;
    let mut writing = catalog.writing(now).await?;
    let mut offer = Stored::load(writing.connection(), id).await?;
    if offer.side(by)? != Side::Provider {
        return Err(ProgrammeError::refused(toolcrib_contract::problem::NOT_ALLOWED, "the provider writes offers"));
    }
    if offer.state != OfferState::Open {
        return Err(ProgrammeError::refused(OFFER_OVER, "the offer was signed, declined or withdrawn"));
    }
    if offer.version >= VERSIONS {
        return Err(CatalogError::Limit(format!("an offer has at most {VERSIONS} versions; make another one")).into());
    }
    offer.version += 1;
    let content = prepare(writing.connection(), &offer, version, &versions, now).await?;
    keep(&mut writing, &content, by).await?;
    sqlx::query("UPDATE offer SET version = $1, valid_until = $2, changed_us = $3 WHERE id = $4")
        .bind(i64::from(offer.version))
        .bind(&version.valid_until)
        .bind(now.0)
        .bind(id)
        .execute(writing.connection())
        .await?;
    step(&mut writing, id, (by.id.as_str(), "revise"), offer.version, "").await?;
    let detail = json!({"version": offer.version, "net_fen": content.split.net});
    writing.commit(Line { actor: by.id.as_str(), act: "offer.revise", subject: id, detail }).await?;
    Ok(offer.version)
}

async fn keep(writing: &mut Writing, content: &Content, by: &Person) -> Result<()> {
    let ((text, digest), now) = (content.seal(), writing.now().0);
    sqlx::query(
        "INSERT INTO offer_version (offer, version, content, digest, list_fen, net_fen, programme_fen, made_by, made_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&content.offer)
    .bind(i64::from(content.version))
    .bind(text)
    .bind(digest)
    .bind(content.split.list)
    .bind(content.split.net)
    .bind(content.split.programme)
    .bind(&by.id)
    .bind(now)
    .execute(writing.connection())
    .await?;
    Ok(())
}
