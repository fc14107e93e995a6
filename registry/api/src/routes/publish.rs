//! `POST /v1/modules/{module}/versions`: a component comes in.
//!
//! Who asks, then whose key, then the bytes, then who they say they are, then whether the key signed exactly that:
//! cheap and decisive first, and nothing is kept before all of it holds.

use crate::body;
use crate::caller::{Acting, Asker, Publishing};
use crate::failed::{Failed, at};
use crate::params::At;
use crate::registry::Registry;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use toolcrib_catalog::{Action, CatalogError, NewSubmission};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::limits::COMPONENT_BYTES;
use toolcrib_contract::problem::{BAD_COMPONENT, BAD_REQUEST, MEDIA_TYPE, NOT_ALLOWED, NOT_FOUND, Problem};
use toolcrib_contract::{Manifest, json::ERRORS_MAX};
use toolcrib_registry_client::wire::Submitted;
use toolcrib_trust::{PublicKey, digest, statement};

/// Submits a component. The version is the one it names itself; listing and scenarios travel in its section
/// `toolcrib:package`. The answer comes before the checks: follow the submission.
#[utoipa::path(post, path = "/v1/modules/{module}/versions", tag = "modules",
    params(
        ("module" = String, Path, description = "Name"),
        ("toolcrib-key" = String, Header, description = "Id of a publishing key of the provider"),
        ("toolcrib-signature" = String, Header, description = "Its signature of the publish statement"),
    ),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "A component of at most 4 MiB"),
    responses((status = 202, body = Submitted)), security(("person" = []), ("token" = ["publish-update"])))]
pub async fn publish(
    State(registry): State<Registry>,
    asker: Acting<Publishing>,
    At(module): At<String>,
    request: Request,
) -> Result<(StatusCode, Json<Submitted>), Failed> {
    let org = may_publish(&registry, &asker, &module).await?;
    if registry.catalog().is_trusted_only(&module).await? && !asker.is_trusted_publisher() {
        return Err(NOT_ALLOWED
            .because(format!("versions of `{module}` come from its trusted publishers only"))
            .into());
    }
    registry.catalog().take(asker.id(), Action::PublishUpdate, registry.now()).await?;
    let (parts, body) = request.into_parts();
    let key_id = header(&parts.headers, Submitted::KEY)?;
    let signature = header(&parts.headers, Submitted::SIGNATURE)?;
    let keys = registry.catalog().keys(&org).await?;
    let key = keys.into_iter().find(|key| key.key_id == key_id).ok_or_else(|| {
        NOT_ALLOWED.because(format!("`{org}` has no publishing key {key_id}; register it with `cargo toolcrib keygen`"))
    })?;
    let kind = body::media_type(&parts.headers);
    if !kind.eq_ignore_ascii_case("application/wasm") {
        return Err(MEDIA_TYPE.because("send application/wasm").into());
    }
    let component = body::read(parts.headers, body, COMPONENT_BYTES).await?.to_vec();
    let (component, manifest) = describe(&registry, component).await?;
    if manifest.module != module {
        let detail = format!("the component says that it is `{}`, not `{module}`", manifest.module);
        return Err(BAD_COMPONENT.because(detail).into());
    }
    let (version, digest) = (manifest.version.clone(), digest::of(&component));
    let public = PublicKey::parse(&key.public_key).map_err(|error| CatalogError::Damaged(error.to_string()))?;
    let (context, message) = statement::publish(&module, &version, &digest);
    let signed = public.verify(context, &message, &signature);
    signed.map_err(|error| NOT_ALLOWED.because(format!("{error}: {module} {version} {digest}")))?;

    let new = NewSubmission { manifest, component, key_id, signature, by: asker.id().clone() };
    let id = registry.catalog().submit(new, registry.now(), registry.chance()).await?;
    metrics::counter!("toolcrib_registry_submissions_total").increment(1);
    Ok((StatusCode::ACCEPTED, Json(Submitted { submission: id.to_string(), version, digest })))
}

/// The provider, when the person belongs to it. A module that they may not even see is absent.
pub(super) async fn may_publish(registry: &Registry, asker: &Asker, module: &str) -> Result<String, Failed> {
    let org = registry.catalog().provider(module).await?;
    if asker.0.org_role(&org).is_some() {
        return Ok(org);
    }
    match registry.catalog().module(&asker.viewer(), module).await {
        Ok(_) => Err(NOT_ALLOWED.because(format!("`{module}` belongs to `{org}`")).into()),
        Err(CatalogError::NotFound(_)) => Err(NOT_FOUND.because("there is no such module").into()),
        Err(error) => Err(error.into()),
    }
}

fn header(headers: &HeaderMap, name: &'static str) -> Result<String, Failed> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| BAD_REQUEST.because(format!("the header `{name}` is missing")).into())
}

/// Asks the component who it is, in a child process.
async fn describe(registry: &Registry, component: Vec<u8>) -> Result<(Vec<u8>, Manifest), Failed> {
    let vetter = registry.vetter().clone();
    let asked = registry.describes().run(move || {
        let manifest = vetter.describe(&component);
        manifest.map(|manifest| (component, manifest))
    });
    asked.await?.map_err(|findings| refused(&findings).into())
}

fn refused(findings: &[Finding]) -> Problem {
    let errors = findings.iter().take(ERRORS_MAX).map(|finding| {
        let place = if finding.place.is_empty() { String::new() } else { format!("{}: ", finding.place) };
        at("", format!("{place}{}. {}", finding.what, finding.fix))
    });
    Problem { errors: errors.collect(), ..BAD_COMPONENT.problem() }
}
