//! The second factor of a person, and who needs one.

use crate::authenticate::{Credentials, Source};
use crate::body::JsonBody;
use crate::caller::{Asker, Enrollee};
use crate::failed::{Failed, at};
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use toolcrib_catalog::{Action, CatalogError, PersonId, Rate};
use toolcrib_contract::problem::{Problem, SECOND_FACTOR_NEEDED};
use toolcrib_registry_client::wire::{
    Code, FactorBegun, FactorStatus, MarketplacePolicy, Password, RecoveryCodes, SetRate,
};
use toolcrib_trust::token::seconds;
use toolcrib_trust::totp;

/// As authenticator apps show it.
const SERVICE: &str = "Toolcrib";

/// Whether a second factor is set up, and whether the person's role needs one.
#[utoipa::path(get, path = "/v1/me/second-factor", tag = "auth", responses((status = 200, body = FactorStatus)), security(("person" = [])))]
pub async fn factor(Enrollee(person, _): Enrollee) -> Json<FactorStatus> {
    Json(FactorStatus { enrolled: person.has_factor, needed: person.must_enrol() })
}

/// Begins to set up a second factor. The answer is what an authenticator app reads; it is shown once, and counts once a
/// code of it was confirmed.
#[utoipa::path(post, path = "/v1/me/second-factor", tag = "auth", request_body = Password, responses((status = 201, body = FactorBegun)), security(("person" = [])))]
pub async fn begin_factor(
    State(registry): State<Registry>,
    Enrollee(person, _): Enrollee,
    source: Source,
    JsonBody(Password { password }): JsonBody<Password>,
) -> Result<(StatusCode, Json<FactorBegun>), Failed> {
    registry.catalog().take(&person.id, Action::Credential, registry.now()).await?;
    if person.has_factor {
        return Err(CatalogError::WrongState("there is a second factor already; disable it first".to_owned()).into());
    }
    let credentials = Credentials { email: &person.email, password: &password, code: None, from: source.address };
    registry.authenticate(credentials).await?;
    let mut nonce = [0u8; 16];
    registry.chance().fill(&mut nonce);
    let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
    registry.catalog().begin_factor(&person.id, &nonce, registry.now()).await?;
    let uri = registry.factor(&person.id, &nonce).uri(SERVICE, &person.email);
    Ok((StatusCode::CREATED, Json(FactorBegun { uri })))
}

/// A first code: from now on, signing in takes one. The answer has recovery codes, which are shown once.
#[utoipa::path(post, path = "/v1/me/second-factor/confirm", tag = "auth", request_body = Code, responses((status = 200, body = RecoveryCodes)), security(("person" = [])))]
pub async fn confirm_factor(
    State(registry): State<Registry>,
    Enrollee(person, _): Enrollee,
    JsonBody(Code { code }): JsonBody<Code>,
) -> Result<Json<RecoveryCodes>, Failed> {
    registry.catalog().take(&person.id, Action::Credential, registry.now()).await?;
    let begun = registry.catalog().factor(&person.id).await?.filter(|factor| !factor.confirmed);
    let begun =
        begun.ok_or_else(|| CatalogError::WrongState("no second factor waits for its first code".to_owned()))?;
    let step = registry.factor(&person.id, &begun.nonce).step_of(code.trim(), seconds(registry.now()));
    let wrong = || Problem::input(vec![at("/code", "this is not the code that the app shows now; compare the clocks")]);
    let step = step.ok_or_else(wrong)?;
    let recovery_codes = totp::recovery_codes(registry.chance());
    let hashes: Vec<_> = recovery_codes.iter().map(|code| totp::recovery_hash(code)).collect();
    registry.catalog().confirm_factor(&person.id, &begun.nonce, step, &hashes, registry.now()).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Signing in takes the password alone again. Takes a code, of the app or for recovery.
#[utoipa::path(post, path = "/v1/me/second-factor/disable", tag = "auth", request_body = Code,
    responses((status = 204, description = "Disabled")), security(("person" = [])))]
pub async fn disable_factor(
    State(registry): State<Registry>,
    Enrollee(person, _): Enrollee,
    JsonBody(Code { code }): JsonBody<Code>,
) -> Result<StatusCode, Failed> {
    registry.catalog().take(&person.id, Action::Credential, registry.now()).await?;
    let factor = registry.catalog().factor(&person.id).await?.filter(|factor| factor.confirmed);
    let factor = factor.ok_or(CatalogError::NotFound("second factor"))?;
    if !registry.use_code(&person.id, &factor.nonce, &code).await? {
        return Err(SECOND_FACTOR_NEEDED.because("this code is wrong, too old, or was used before").into());
    }
    registry.catalog().end_factor(&person.id, registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the marketplace decided for everybody.
#[utoipa::path(get, path = "/v1/marketplace/policy", tag = "marketplace", responses((status = 200, body = MarketplacePolicy)), security(("person" = [])))]
pub async fn marketplace_policy(
    State(registry): State<Registry>,
    asker: Asker,
) -> Result<Json<MarketplacePolicy>, Failed> {
    asker.needs_marketplace(&["admin", "reviewer"])?;
    Ok(Json(MarketplacePolicy { second_factor: registry.catalog().needs_factors().await? }))
}

/// Sets it. Who needs a second factor and has none can do nothing else from then on but set it up.
#[utoipa::path(put, path = "/v1/marketplace/policy", tag = "marketplace", request_body = MarketplacePolicy, responses((status = 200, body = MarketplacePolicy)), security(("person" = [])))]
pub async fn set_marketplace_policy(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(policy): JsonBody<MarketplacePolicy>,
) -> Result<Json<MarketplacePolicy>, Failed> {
    asker.needs_marketplace(&["admin"])?;
    if policy.second_factor && !asker.0.has_factor {
        let message = "set up your own second factor first, so that somebody can change this again";
        return Err(CatalogError::WrongState(message.to_owned()).into());
    }
    registry.catalog().set_needs_factors(policy.second_factor, asker.id(), registry.now()).await?;
    Ok(Json(policy))
}

/// Gives one person another rate than everybody has.
#[utoipa::path(put, path = "/v1/people/{person}/rate", tag = "marketplace", params(("person" = String, Path, description = "Id")),
    request_body = SetRate, responses((status = 204, description = "Set")), security(("person" = [])))]
pub async fn set_rate(
    State(registry): State<Registry>,
    asker: Asker,
    At(person): At<String>,
    JsonBody(SetRate { action, every_s, burst }): JsonBody<SetRate>,
) -> Result<StatusCode, Failed> {
    asker.needs_marketplace(&["admin"])?;
    let person = PersonId::parse(&person).ok_or(CatalogError::NotFound("person"))?;
    let known = Action::ALL.map(Action::as_str).join(", ");
    let action =
        Action::parse(&action).ok_or_else(|| Problem::input(vec![at("/action", format!("one of {known}"))]))?;
    let rate = (burst > 0).then_some(Rate { every_s, burst });
    registry.catalog().set_rate(&person, action, rate, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
