//! A draft and its signature make a submission, in whichever order they arrive.
//!
//! The code that submits is `routes::publish`, and the transaction that records the submission turns the draft into the
//! version's manifest: there is no moment at which one exists without the other.

use crate::oci::document::Image;
use crate::oci::refused::{Code, Refused};
use crate::oci::signature;
use crate::registry::Registry;
use crate::routes::publish::{Signed, accept, signed_by};
use toolcrib_catalog::{Action, Draft, NewManifest, Reference, Repository};
use toolcrib_trust::content::Digests;

/// After a manifest was kept: submits what is complete now.
///
/// # Errors
/// Why the version cannot be submitted. A signature that does not fit is not kept.
pub async fn submit_what_is_complete(
    registry: &Registry,
    repository: &Repository,
    pushed: &NewManifest,
    digests: &Digests,
) -> Result<(), Refused> {
    if let Some(draft) = repository.draft(&digests.sha256).await? {
        return submit_with_earlier_signature(registry, repository, &draft).await;
    }
    let Some(subject) = pushed.subject.as_ref().filter(|_| pushed.artifact_type == signature::MEDIA_TYPE) else {
        return Ok(());
    };
    let Some(draft) = repository.draft(subject).await? else { return Ok(()) };
    let submitted = submit(registry, repository, &draft, &pushed.content).await;
    if submitted.is_err() {
        let reference = Reference::Digest(digests.sha256.clone());
        // When it cannot be taken back it is swept: a draft is tried with every signature that fits.
        if let Err(error) = repository.delete_manifest(&reference, registry.now()).await {
            tracing::warn!(error = %error, "A refused signature stays until it is swept");
        }
    }
    submitted
}

/// The signature came before the version: clients may push in any order.
async fn submit_with_earlier_signature(
    registry: &Registry,
    repository: &Repository,
    draft: &Draft,
) -> Result<(), Refused> {
    for referrer in repository.referrers(&draft.digests.sha256).await? {
        if referrer.artifact_type != signature::MEDIA_TYPE {
            continue;
        }
        let Ok(digest) = referrer.digest.parse() else { continue };
        let manifest = repository.manifest(&digest).await?;
        match submit(registry, repository, draft, &manifest.content).await {
            // Somebody else's or an older one: the draft waits for the right one.
            Err(refused) if matches!(refused.code(), Code::Denied | Code::ManifestInvalid) => {}
            submitted => return submitted,
        }
    }
    Ok(())
}

async fn submit(
    registry: &Registry,
    repository: &Repository,
    draft: &Draft,
    signature_manifest: &[u8],
) -> Result<(), Refused> {
    let read = |content: &[u8]| Image::read(crate::oci::document::MANIFEST, content);
    let layer = read(signature_manifest)?.signature().cloned();
    let layer = layer.ok_or_else(|| Code::ManifestInvalid.because("this manifest carries no signature"))?;
    if layer.size > signature::BYTES {
        return Err(Code::SizeInvalid.because(format!("a signature has at most {} bytes", signature::BYTES)));
    }
    let bytes = async |digest: &str| -> Result<Vec<u8>, Refused> {
        let blob = repository.blob(&crate::oci::names::digest(digest)?).await?;
        Ok(repository.read(&blob).await?)
    };
    let statement = signature::read(&bytes(&layer.digest).await?)?;
    let (key_id, said) = signed_by(registry, repository.org(), &statement).await?;
    registry.catalog().take(repository.pusher()?, Action::PublishUpdate, registry.now()).await?;
    let component = bytes(&read(&draft.content)?.component()?.digest).await?;
    let signed = Signed { module: repository.module(), versions: &draft.tags, statement, key_id, said, draft: false };
    accept(registry, repository.pusher()?, signed, component).await?;
    Ok(())
}
