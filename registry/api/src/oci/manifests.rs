//! Manifests, byte for byte.

use crate::body;
use crate::oci::access::{Action, Ask};
use crate::oci::document::Image;
use crate::oci::names::{self, Name};
use crate::oci::refused::{Code, Refused};
use crate::oci::{generated, submitting};
use crate::params::At;
use crate::registry::Registry;
use crate::routes::publish::may_come_from;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WARNING};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use toolcrib_catalog::{OciError, Reference, Repository, StoredManifest};
use toolcrib_contract::limits::OCI_MANIFEST_BYTES;
use toolcrib_trust::content::Digests;

/// The longest warning that clients read.
const WARNING_BYTES: usize = 4_096;

/// Organisation, module, tag or digest.
type Place = At<(String, String, String)>;

/// `GET /v2/{name}/manifests/{reference}`. What clients accept is not asked: there is one kind of manifest, and refusing
/// it to a client that forgot to name it helps nobody.
pub async fn get(State(registry): State<Registry>, ask: Ask, place: Place) -> Result<Response, Refused> {
    let (headers, manifest) = find(&registry, &ask, place).await?;
    Ok((StatusCode::OK, headers, manifest.content).into_response())
}

/// `HEAD /v2/{name}/manifests/{reference}`.
pub async fn head(State(registry): State<Registry>, ask: Ask, place: Place) -> Result<Response, Refused> {
    let (headers, _) = find(&registry, &ask, place).await?;
    Ok((StatusCode::OK, headers, Body::empty()).into_response())
}

/// `PUT /v2/{name}/manifests/{reference}`: a version by its tag, anything by its digest. A version that is signed is
/// submitted before this answers.
pub async fn put(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, reference)): Place,
    body: Body,
) -> Result<Response, Refused> {
    let name = Name::new(&org, &module)?;
    let granted = ask.allowed(&registry, &name, Action::Push).await?;
    let repository = granted.open(&registry, &name).await?;
    // A manifest may be a version, its signature, or what makes either of them count.
    may_come_from(&registry, repository.module(), granted.is_trusted_publisher()).await?;
    let reference = names::reference(&reference)?;
    let media_type = body::media_type(&ask.headers);
    let content = body::read(ask.headers.clone(), body, OCI_MANIFEST_BYTES).await?.to_vec();
    let image = Image::read(&media_type, &content)?;
    let tag = check(&registry, &repository, &reference, &image, &content).await?;
    let new = image.keep(content)?;
    let digests = repository.put_manifest(&new, tag, registry.now()).await?;
    submitting::submit_what_is_complete(&registry, &repository, &new, &digests).await?;
    let digest = match &reference {
        Reference::Digest(asked) => digests.like(asked),
        Reference::Tag(_) => &digests.sha256,
    };
    let mut headers = vec![
        (LOCATION, format!("/v2/{name}/manifests/{digest}")),
        (HeaderName::from_static("docker-content-digest"), digest.to_string()),
    ];
    if let Some(subject) = &new.subject {
        // Tells clients that referrers are kept, so that they need no tag for them.
        headers.push((HeaderName::from_static("oci-subject"), subject.to_string()));
    }
    let headers = headers.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)));
    Ok((StatusCode::CREATED, headers.collect::<HeaderMap>()).into_response())
}

/// `DELETE /v2/{name}/manifests/{reference}`: 405 for everything that was submitted.
pub async fn delete(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, reference)): Place,
) -> Result<StatusCode, Refused> {
    let name = Name::new(&org, &module)?;
    let repository = ask.enter(&registry, &name, Action::Delete, OciError::ManifestUnknown).await?;
    repository.delete_manifest(&names::reference(&reference)?, registry.now()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Whether a manifest may be put there. Returns the tag.
async fn check<'a>(
    registry: &Registry,
    repository: &Repository,
    reference: &'a Reference,
    image: &Image,
    content: &[u8],
) -> Result<Option<&'a str>, Refused> {
    match reference {
        Reference::Digest(digest) => {
            let digests = Digests::of(content);
            if digests.has(digest) {
                return Ok(None);
            }
            let found = digests.like(digest);
            Err(Code::DigestInvalid.because(format!("the manifest has the digest {found}, not {digest}")))
        }
        Reference::Tag(tag) => {
            names::check_tag(tag)?;
            image.component()?;
            // A version that came in through the API gets its manifest first, so that the same one again is no change.
            match generated::find(registry, repository, reference).await {
                Err(refused) if refused.code() != Code::ManifestUnknown => Err(refused),
                _ => Ok(Some(tag)),
            }
        }
    }
}

/// `299 - "<text>"`, in UTF-8, cut to what the specification allows.
fn warning(text: &str) -> Option<HeaderValue> {
    let mut line = String::from("299 - \"");
    for c in text.chars() {
        if line.len() + c.len_utf8() + 2 > WARNING_BYTES {
            break;
        }
        match c {
            '"' | '\\' => line.extend(['\\', c]),
            c if c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    line.push('"');
    HeaderValue::from_bytes(line.as_bytes()).ok()
}

async fn find(
    registry: &Registry,
    ask: &Ask,
    At((org, module, reference)): Place,
) -> Result<(HeaderMap, StoredManifest), Refused> {
    let name = Name::new(&org, &module)?;
    let repository = ask.enter(registry, &name, Action::Pull, OciError::ManifestUnknown).await?;
    let reference = names::reference(&reference)?;
    let manifest = generated::find(registry, &repository, &reference).await?;
    let digest = match &reference {
        Reference::Digest(asked) => manifest.digests.like(asked),
        Reference::Tag(_) => &manifest.digests.sha256,
    };
    let texts = [
        (CONTENT_TYPE, manifest.media_type.clone()),
        (CONTENT_LENGTH, manifest.content.len().to_string()),
        (HeaderName::from_static("docker-content-digest"), digest.to_string()),
    ];
    let headers = texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)));
    let mut headers: HeaderMap = headers.collect();
    if let Some((version, standing, reason)) = repository.withdrawn(&manifest.digests.sha256).await? {
        headers.extend(warning(&format!("{name} {version} is {standing}: {reason}")).map(|text| (WARNING, text)));
    }
    Ok((headers, manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_quoted_line_of_bounded_length() {
        let text = |text: &str| String::from_utf8(warning(text).unwrap().as_bytes().to_vec()).unwrap();
        assert_eq!(text("use \"2\"\r\nX-Evil: 1\\"), r#"299 - "use \"2\"  X-Evil: 1\\""#);
        assert_eq!(text("\u{8bf7}\u{5347}\u{7ea7}"), "299 - \"\u{8bf7}\u{5347}\u{7ea7}\"");
        for long in ["x", "\"", "\u{5347}"] {
            let line = text(&long.repeat(5_000));
            assert!(
                line.len() <= WARNING_BYTES && line.len() > WARNING_BYTES - 5 && line.ends_with('"'),
                "{}",
                line.len()
            );
        }
    }
}
