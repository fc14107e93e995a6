//! `POST /v1/modules/{module}/versions`: a component comes in.
//!
//! Who asks, then whose statement, then the bytes, then who they say they are, then whether it speaks of exactly that:
//! cheap and decisive first, and nothing is kept before all of it holds.

use crate::body;
use crate::caller::{Acting, Asker, Publishing};
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::registry::Registry;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use toolcrib_catalog::{Action, CatalogError, NewSubmission, PersonId};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::limits::COMPONENT_BYTES;
use toolcrib_contract::problem::{BAD_COMPONENT, BAD_REQUEST, MEDIA_TYPE, NOT_ALLOWED, NOT_FOUND, Problem};
use toolcrib_contract::{Manifest, json::ERRORS_MAX};
use toolcrib_registry_client::wire::Submitted;
use toolcrib_trust::publication::{Publication, manifest_text};
use toolcrib_trust::{PublicKey, digest};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Keep it as a draft that only its provider sees: to be replaced, submitted or discarded; forgotten after 30 days.
    draft: bool,
}

/// Submits a component, or keeps it as a draft. The version is the one it names itself; listing and scenarios travel in
/// its section `toolcrib:package`. The answer comes before the checks: follow the submission.
#[utoipa::path(post, path = "/v1/modules/{module}/versions", tag = "modules",
    params(
        ("module" = String, Path, description = "Name"),
        ("toolcrib-statement" = String, Header, description = "The publisher's signed statement: a DSSE envelope with an in-toto statement, JSON on one line"),
        How,
    ),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "A component of at most 4 MiB"),
    responses((status = 202, body = Submitted)), security(("person" = []), ("token" = ["publish-update"])))]
pub async fn publish(
    State(registry): State<Registry>,
    asker: Acting<Publishing>,
    At(module): At<String>,
    Params(how): Params<How>,
    request: Request,
) -> Result<(StatusCode, Json<Submitted>), Failed> {
    let org = may_publish(&registry, &asker, &module).await?;
    may_come_from(&registry, &module, asker.is_trusted_publisher()).await?;
    registry.catalog().take(asker.id(), Action::PublishUpdate, registry.now()).await?;
    let (parts, body) = request.into_parts();
    let statement = header(&parts.headers, Submitted::STATEMENT)?;
    let (key_id, said) = signed_by(&registry, &org, &statement).await?;
    let kind = body::media_type(&parts.headers);
    if !kind.eq_ignore_ascii_case("application/wasm") {
        return Err(MEDIA_TYPE.because("send application/wasm").into());
    }
    let component = body::read(parts.headers, body, COMPONENT_BYTES).await?.to_vec();
    let signed = Signed { module: &module, versions: &[], statement, key_id, said, draft: how.draft };
    let submitted = accept(&registry, asker.id(), signed, component).await?;
    Ok((StatusCode::ACCEPTED, Json(submitted)))
}

/// What a publisher said about a component that comes in, and with which key.
pub(crate) struct Signed<'a> {
    pub module: &'a str,
    /// The component must name one of them; empty: any.
    pub versions: &'a [String],
    /// The envelope that was opened.
    pub statement: String,
    pub key_id: String,
    pub said: Publication,
    /// Keep it as a draft.
    pub draft: bool,
}

/// Submits a component, in whichever way it came in, when the publisher spoke of exactly that.
///
/// # Errors
/// A component that is something else, a statement about something else, whatever the catalog does not take.
pub(crate) async fn accept(
    registry: &Registry,
    by: &PersonId,
    signed: Signed<'_>,
    component: Vec<u8>,
) -> Result<Submitted, Failed> {
    let Signed { module, versions, statement, key_id, said, draft } = signed;
    let (component, manifest) = describe(registry, component).await?;
    let (version, digest) = (manifest.version.clone(), digest::of(&component));
    if manifest.module != module || !(versions.is_empty() || versions.contains(&version)) {
        let wanted = format!("{module} {}", versions.join(" or "));
        let detail =
            format!("the component says that it is `{} {version}`, not `{}`", manifest.module, wanted.trim_end());
        return Err(BAD_COMPONENT.because(detail).into());
    }
    says_so(&said, &manifest, &digest)?;

    let new = NewSubmission { manifest, component, key_id, statement, by: by.clone() };
    let (now, chance) = (registry.now(), registry.chance());
    let id = match draft {
        true => registry.catalog().keep_draft(new, now, chance).await?,
        false => registry.catalog().submit(new, now, chance).await?,
    };
    metrics::counter!("toolcrib_registry_submissions_total").increment(1);
    Ok(Submitted { submission: id.to_string(), version, digest })
}

/// Whether versions of this module may come from somebody, who is a trusted publisher or is not.
///
/// # Errors
/// `not-allowed`.
pub(crate) async fn may_come_from(registry: &Registry, module: &str, trusted_publisher: bool) -> Result<(), Failed> {
    if trusted_publisher || !registry.catalog().is_trusted_only(module).await? {
        return Ok(());
    }
    Err(NOT_ALLOWED.because(format!("versions of `{module}` come from its trusted publishers only")).into())
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

/// What a valid publishing key of this provider signed, and the key's id.
pub(crate) async fn signed_by(
    registry: &Registry,
    org: &str,
    statement: &str,
) -> Result<(String, Publication), Failed> {
    let now = registry.now();
    let keys = registry.catalog().keys(org).await?.into_iter().filter(|key| key.is_valid_at(now));
    let mut doubt = None;
    for key in keys {
        let public = PublicKey::parse(&key.public_key).map_err(|error| CatalogError::Damaged(error.to_string()))?;
        match Publication::open(statement, &public) {
            Ok(said) => return Ok((key.key_id, said)),
            Err(why) => doubt = Some(why),
        }
    }
    let why = doubt.map_or_else(|| format!("`{org}` has no valid publishing key"), |doubt| doubt.to_string());
    Err(NOT_ALLOWED.because(format!("{why}; sign with a valid key of `{org}`, see `cargo toolcrib keys`")).into())
}

/// Whether the publisher spoke of exactly this component and manifest.
pub(crate) fn says_so(said: &Publication, manifest: &Manifest, digest: &str) -> Result<(), Failed> {
    let Manifest { module, version, .. } = manifest;
    let found = [module, version, digest, &digest::of(manifest_text(manifest).as_bytes())];
    if [&said.module, &said.version, &said.component, &said.manifest] == found {
        return Ok(());
    }
    let detail = format!(
        "the statement is about {} {} {}, this is {module} {version} {digest}, or its manifest differs",
        said.module, said.version, said.component
    );
    Err(NOT_ALLOWED.because(detail).into())
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
