//! Offers of providers to firms.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present::offer as present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_programme::offer;
use toolcrib_registry_client::wire::{
    EndOffer, NewOffer, NewOfferVersion, Offer, OfferState, OfferVersion, Offers, SignOffer,
};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Slug of a party.
    org: Option<String>,
    state: Option<OfferState>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// Offers of the caller's organisations, newest first.
#[utoipa::path(get, path = "/v1/offers", tag = "offers", params(Filter), responses((status = 200, body = Offers)),
    security(("person" = []), ("token" = ["read"])))]
pub async fn offers(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(filter): Params<Filter>,
) -> Result<Json<Offers>, Failed> {
    let Filter { org, state, after, limit } = filter;
    let filter = offer::OfferFilter { org, state: state.map(present::stored_state), after, limit };
    let (rows, next) = offer::list(registry.catalog(), &asker.0, &filter, registry.now()).await?;
    Ok(Json(Offers { rows: rows.into_iter().map(present::row).collect(), next }))
}

/// An offer with all its versions. For members of the provider and of the firm.
#[utoipa::path(get, path = "/v1/offers/{offer}", tag = "offers", params(("offer" = String, Path, description = "Id")),
    responses((status = 200, body = Offer)), security(("person" = []), ("token" = ["read"])))]
pub async fn offer(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Offer>, Failed> {
    show(&registry, &asker, &id).await
}

async fn show(registry: &Registry, asker: &Asker, id: &str) -> Result<Json<Offer>, Failed> {
    Ok(Json(present::detail(offer::detail(registry.catalog(), id, &asker.0, registry.now()).await?)))
}

/// The lines and the split that an offer would have; nothing is kept. By members of the provider.
#[utoipa::path(post, path = "/v1/offers/preview", tag = "offers", request_body = NewOffer,
    responses((status = 200, body = OfferVersion)), security(("person" = [])))]
pub async fn preview_offer(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewOffer>,
) -> Result<Json<OfferVersion>, Failed> {
    let now = registry.now();
    let content = offer::preview(registry.catalog(), &present::new(new), &asker.0, now).await?;
    Ok(Json(present::unsigned(content, &asker.0.name, now)))
}

/// Makes an offer to a firm. By members of the provider; under a programme the provider must be in good standing on the
/// city's list for the segment.
#[utoipa::path(post, path = "/v1/offers", tag = "offers", request_body = NewOffer, responses((status = 201, body = Offer)),
    security(("person" = [])))]
pub async fn make_offer(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewOffer>,
) -> Result<(StatusCode, Json<Offer>), Failed> {
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let id = offer::make(catalog, &present::new(new), &asker.0, now, chance).await?;
    Ok((StatusCode::CREATED, show(&registry, &asker, &id).await?))
}

/// Another version of an open offer; signatures of the one before count no more. By members of the provider.
#[utoipa::path(post, path = "/v1/offers/{offer}/versions", tag = "offers",
    params(("offer" = String, Path, description = "Id")), request_body = NewOfferVersion,
    responses((status = 200, body = Offer)), security(("person" = [])))]
pub async fn revise_offer(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(version): JsonBody<NewOfferVersion>,
) -> Result<Json<Offer>, Failed> {
    offer::revise(registry.catalog(), &id, &present::new_version(version), &asker.0, registry.now()).await?;
    show(&registry, &asker, &id).await
}

/// Signs the newest version for the side that the caller owns. The second signature makes the contract.
#[utoipa::path(post, path = "/v1/offers/{offer}/signatures", tag = "offers",
    params(("offer" = String, Path, description = "Id")), request_body = SignOffer,
    responses((status = 200, body = Offer)), security(("person" = [])))]
pub async fn sign_offer(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(SignOffer { version, digest }): JsonBody<SignOffer>,
) -> Result<Json<Offer>, Failed> {
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    offer::sign(catalog, &id, (version, &digest), &asker.0, now, chance).await?;
    show(&registry, &asker, &id).await
}

/// Declines an offer for the firm, or withdraws it for the provider.
#[utoipa::path(post, path = "/v1/offers/{offer}/end", tag = "offers", params(("offer" = String, Path, description = "Id")),
    request_body = EndOffer, responses((status = 200, body = Offer)), security(("person" = [])))]
pub async fn end_offer(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(EndOffer { reason }): JsonBody<EndOffer>,
) -> Result<Json<Offer>, Failed> {
    offer::end(registry.catalog(), &id, &reason, &asker.0, registry.now()).await?;
    show(&registry, &asker, &id).await
}
