//! Uploads, in the three ways that clients know: whole, streamed, in chunks.

use crate::oci::access::{Action, Ask};
use crate::oci::names::{self, Name};
use crate::oci::ranges::{Chunk, chunk};
use crate::oci::refused::{Code, Refused};
use crate::params::{At, Params};
use crate::registry::Registry;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{HeaderMap, HeaderValue, LOCATION, RANGE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use toolcrib_catalog::{Blob, OciError, Repository, Upload, UploadId, Writer};
use toolcrib_trust::content::ContentDigest;

/// Parameters in the order in which they came.
type Query = Params<Vec<(String, String)>>;

/// `POST /v2/{name}/blobs/uploads/`: begins an upload; with `digest` also finishes it, with `mount` and `from` it takes
/// content over from another repository that the caller sees.
pub async fn begin(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module)): At<(String, String)>,
    Params(query): Query,
    body: Body,
) -> Result<Response, Refused> {
    let name = Name::new(&org, &module)?;
    let repository = ask.enter(&registry, &name, Action::Push, OciError::NameUnknown).await?;
    if let Some(algorithm) = parameter(&query, "digest-algorithm")
        && !matches!(algorithm, "sha256" | "sha512")
    {
        return Err(Code::DigestInvalid.because("`digest-algorithm` is sha256 or sha512"));
    }
    if let Some(blob) = mount(&registry, &ask, &repository, &query).await? {
        return Ok(created(&repository, &blob, &blob.digests.sha256));
    }
    let digest = parameter(&query, "digest").map(names::digest).transpose()?;
    let upload = repository.begin_upload(registry.now(), registry.chance()).await?;
    let Some(digest) = digest else { return Ok(accepted(&repository, &upload)) };
    let whole = async {
        let mut writer = repository.write_upload(&upload.id).await?;
        write(&mut writer, body).await?;
        Ok(writer.finish(&digest, registry.now()).await?)
    };
    match whole.await {
        Ok(blob) => Ok(created(&repository, &blob, &digest)),
        Err(refused) => {
            // Nobody knows its id, so nobody could go on.
            match repository.cancel_upload(&upload.id, registry.now()).await {
                Ok(()) | Err(OciError::UploadUnknown) => Err(refused),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// `PATCH`: the next bytes. With `Content-Range` they must follow on what has arrived.
pub async fn append(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, upload)): At<(String, String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let (repository, id) = open(&registry, &ask, &org, &module, &upload).await?;
    let mut writer = repository.write_upload(&id).await?;
    let expected = follows(&repository, &ask.headers, &id, &writer)?;
    let written = write(&mut writer, body).await?;
    check_length(expected, written)?;
    let upload = writer.commit(registry.now()).await?;
    Ok(accepted(&repository, &upload))
}

/// `PUT ?digest=`: the last bytes, or none; the upload becomes content.
pub async fn finish(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, upload)): At<(String, String, String)>,
    Params(query): Query,
    body: Body,
) -> Result<Response, Refused> {
    let (repository, id) = open(&registry, &ask, &org, &module, &upload).await?;
    let digest = parameter(&query, "digest");
    let digest = digest.ok_or_else(|| Code::DigestInvalid.because("the parameter `digest` is missing"))?;
    let digest = names::digest(digest)?;
    let mut writer = repository.write_upload(&id).await?;
    let expected = follows(&repository, &ask.headers, &id, &writer)?;
    let written = write(&mut writer, body).await?;
    check_length(expected, written)?;
    let blob = writer.finish(&digest, registry.now()).await?;
    Ok(created(&repository, &blob, &digest))
}

/// `GET`: how far an upload is.
pub async fn status(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, upload)): At<(String, String, String)>,
) -> Result<Response, Refused> {
    let (repository, id) = open(&registry, &ask, &org, &module, &upload).await?;
    let upload = repository.upload(&id).await?;
    Ok((StatusCode::NO_CONTENT, progress(&repository, &upload)).into_response())
}

/// `DELETE`: cancels an upload.
pub async fn cancel(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module, upload)): At<(String, String, String)>,
) -> Result<StatusCode, Refused> {
    let (repository, id) = open(&registry, &ask, &org, &module, &upload).await?;
    repository.cancel_upload(&id, registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn open(
    registry: &Registry,
    ask: &Ask,
    org: &str,
    module: &str,
    upload: &str,
) -> Result<(Repository, UploadId), Refused> {
    let name = Name::new(org, module)?;
    let repository = ask.enter(registry, &name, Action::Push, OciError::UploadUnknown).await?;
    Ok((repository, UploadId::parse(upload).ok_or(OciError::UploadUnknown)?))
}

/// Takes content over when that is asked for and possible. Whatever stands in the way, the caller learns nothing and
/// may upload.
async fn mount(
    registry: &Registry,
    ask: &Ask,
    repository: &Repository,
    query: &[(String, String)],
) -> Result<Option<Blob>, Refused> {
    let (Some(digest), Some(from)) = (parameter(query, "mount"), parameter(query, "from")) else { return Ok(None) };
    let (Ok(digest), Ok(from)) = (names::digest(digest), Name::parse(from)) else { return Ok(None) };
    let granted = ask.granted(registry, None).await?;
    if !granted.allows(&from, Action::Pull) {
        return Ok(None);
    }
    match granted.open(registry, &from).await {
        Ok(from) => Ok(repository.mount(&from, &digest, registry.now()).await?),
        Err(OciError::NameUnknown) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the chunk follows on what has arrived. Returns how long it says it is.
fn follows(
    repository: &Repository,
    headers: &HeaderMap,
    id: &UploadId,
    writer: &Writer,
) -> Result<Option<u64>, Refused> {
    let offset = writer.offset();
    let message = match chunk(headers) {
        Chunk::Next => return Ok(None),
        Chunk::At(first, last) if first == offset => return Ok(Some((last - first).saturating_add(1))),
        Chunk::At(first, _) => format!("{offset} bytes have arrived; a chunk that begins at {first} does not follow"),
        Chunk::Invalid => "`Content-Range` is `<first byte>-<last byte>`, without a unit".to_owned(),
    };
    let upload = Upload { id: id.clone(), bytes: offset };
    Err(Refused::out_of_order(message, &location(repository, &upload), &range(&upload)))
}

/// A chunk that is not as long as it said does not count.
fn check_length(expected: Option<u64>, written: u64) -> Result<(), Refused> {
    match expected {
        Some(expected) if expected != written => Err(Code::SizeInvalid
            .because(format!("`Content-Range` announces {expected} bytes, {written} arrived; none of them count"))),
        _ => Ok(()),
    }
}

async fn write(writer: &mut Writer, body: Body) -> Result<u64, Refused> {
    let (mut chunks, mut written) = (body.into_data_stream(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            Code::BlobUploadInvalid.because(format!("the body broke off, it does not count: {error}"))
        })?;
        writer.write(&chunk).await?;
        written += chunk.len() as u64;
    }
    Ok(written)
}

fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn location(repository: &Repository, upload: &Upload) -> String {
    // Relative, so that it is right behind every proxy.
    format!("/v2/{}/blobs/uploads/{}", repository.name(), upload.id)
}

/// What has arrived, as the specification writes it; `0-0` also for nothing.
fn range(upload: &Upload) -> String {
    format!("0-{}", upload.bytes.saturating_sub(1))
}

fn progress(repository: &Repository, upload: &Upload) -> HeaderMap {
    let texts = [
        (LOCATION, location(repository, upload)),
        (RANGE, range(upload)),
        (HeaderName::from_static("docker-upload-uuid"), upload.id.to_string()),
    ];
    let header = |(name, text): (HeaderName, String)| HeaderValue::from_str(&text).ok().map(|value| (name, value));
    texts.into_iter().filter_map(header).collect()
}

fn accepted(repository: &Repository, upload: &Upload) -> Response {
    (StatusCode::ACCEPTED, progress(repository, upload)).into_response()
}

fn created(repository: &Repository, blob: &Blob, asked: &ContentDigest) -> Response {
    let digest = blob.digests.like(asked);
    let headers = [
        (LOCATION, format!("/v2/{}/blobs/{digest}", repository.name())),
        (HeaderName::from_static("docker-content-digest"), digest.to_string()),
    ];
    (StatusCode::CREATED, headers).into_response()
}
