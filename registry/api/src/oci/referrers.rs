//! `GET /v2/{name}/referrers/{digest}`: signatures, approvals, reports and whatever else refers to a manifest.

use crate::oci::access::{Action, Ask};
use crate::oci::document::INDEX;
use crate::oci::generated;
use crate::oci::names::{self, Name};
use crate::oci::refused::{Code, Refused};
use crate::params::{At, Params};
use crate::registry::Registry;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use toolcrib_catalog::{OciError, Reference, Referrer, Repository};
use toolcrib_trust::content::ContentDigest;

#[derive(Deserialize)]
pub struct Filter {
    #[serde(rename = "artifactType")]
    artifact_type: Option<String>,
}

/// An index of what refers to a digest. Never 404: what does not exist, or is not for the caller to see, has no
/// referrers.
pub async fn list(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, digest)): At<(String, String, String)>,
    Params(filter): Params<Filter>,
) -> Result<(HeaderMap, String), Refused> {
    let name = Name::new(&org, &module)?;
    let granted = ask.allowed(&registry, &name, Action::Pull).await?;
    let digest = names::digest(&digest)?;
    let referrers = match granted.open(&registry, &name).await {
        Ok(repository) => of(&registry, &repository, &digest).await?,
        Err(OciError::NameUnknown) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let wanted = |one: &Referrer| filter.artifact_type.as_ref().is_none_or(|kind| *kind == one.artifact_type);
    let manifests: Vec<Value> = referrers.into_iter().filter(wanted).map(descriptor).collect();
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(INDEX))]);
    if filter.artifact_type.is_some() {
        headers.insert("oci-filters-applied", HeaderValue::from_static("artifactType"));
    }
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
    Ok((headers, index.to_string()))
}

async fn of(registry: &Registry, repository: &Repository, digest: &ContentDigest) -> Result<Vec<Referrer>, Refused> {
    match generated::find(registry, repository, &Reference::Digest(digest.clone())).await {
        Ok(subject) => {
            for version in repository.versions_of(digest).await? {
                generated::record_statements(registry, repository, &subject, &version).await?;
            }
        }
        // Something may refer to what does not exist yet.
        Err(refused) if refused.code() == Code::ManifestUnknown => {}
        Err(refused) => return Err(refused),
    }
    Ok(repository.referrers(digest).await?)
}

fn descriptor(referrer: Referrer) -> Value {
    let Referrer { media_type, digest, size, artifact_type, annotations } = referrer;
    let mut descriptor =
        json!({"mediaType": media_type, "digest": digest, "size": size, "artifactType": artifact_type});
    if annotations.as_object().is_some_and(|annotations| !annotations.is_empty()) {
        descriptor["annotations"] = annotations;
    }
    descriptor
}
