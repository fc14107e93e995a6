//! Manifests of versions that came in through the API, and what the registry itself says about any version: made from
//! what is recorded, always the same bytes for the same facts.

use crate::failed::internal;
use crate::oci::document::{Descriptor, EMPTY, Image, MANIFEST, WASM, WASM_CONFIG};
use crate::oci::refused::Refused;
use crate::oci::signature;
use crate::registry::Registry;
use serde_json::json;
use std::collections::BTreeMap;
use toolcrib_catalog::{
    CatalogError, Made, OciError, Reference, Repository, StoredManifest, SubmissionId, Unrecorded, Version,
};
use toolcrib_contract::package::{Package, SECTION, unseal};
use toolcrib_contract::types::Instant;
use toolcrib_trust::Evidence;
use toolcrib_trust::content::Digests;
use wasmparser::{Parser, Payload};

/// What proves an approved version besides the publisher's statement: the registry's approval, its entry in the log, the
/// registry's record of the publisher's key, that one's entry, and the module's manifest as everybody hashes it.
const APPROVAL: &str = "application/vnd.toolcrib.approval.v1+json";
const PROOF: &str = "application/vnd.toolcrib.tlog-proof";
const KEY: &str = "application/vnd.toolcrib.publisher-key.v1+json";
const KEY_PROOF: &str = "application/vnd.toolcrib.publisher-key.tlog-proof";
const MODULE: &str = "application/vnd.toolcrib.module-manifest.v1+json";
/// What the checks found.
const REPORT: &str = "application/vnd.toolcrib.vetting-report.v1+json";
/// The world that every module is made for.
const TARGET: &str = "toolcrib:module/module@1.0.0";

/// The manifest of a tag or digest. A version that has none yet gets it now.
///
/// # Errors
/// `MANIFEST_UNKNOWN`, also when the viewer may not see it.
pub async fn find(
    registry: &Registry,
    repository: &Repository,
    reference: &Reference,
) -> Result<StoredManifest, Refused> {
    match reference {
        Reference::Tag(tag) => match repository.tagged(tag).await? {
            Ok(manifest) => Ok(manifest),
            Err(unrecorded) => {
                record(registry, repository, &unrecorded).await?;
                Ok(repository.tagged(tag).await?.map_err(|_| OciError::ManifestUnknown)?)
            }
        },
        Reference::Digest(digest) => match repository.manifest(digest).await {
            Err(OciError::ManifestUnknown) => {
                // It may be the digest of a manifest that was not made yet.
                for unrecorded in repository.unrecorded().await? {
                    record(registry, repository, &unrecorded).await?;
                }
                Ok(repository.manifest(digest).await?)
            }
            found => Ok(found?),
        },
    }
}

async fn record(registry: &Registry, repository: &Repository, unrecorded: &Unrecorded) -> Result<(), Refused> {
    let version = registry.catalog().version(&repository.viewer(), repository.module(), &unrecorded.version).await?;
    let component = registry.catalog().component(&version.digest).await?;
    let component = component.ok_or_else(|| CatalogError::Damaged(format!("{} is not on disk", version.digest)))?;
    let made = version_manifest(&version, unrecorded.submitted_at, component)?;
    Ok(repository.record(&unrecorded.submission, &[made], registry.now()).await?)
}

/// Makes sure that what the registry says about a version refers to its manifest.
///
/// # Errors
/// The disk or the database.
pub async fn record_statements(
    registry: &Registry,
    repository: &Repository,
    subject: &StoredManifest,
    (submission, version): &(SubmissionId, String),
) -> Result<(), Refused> {
    let version = registry.catalog().version(&repository.viewer(), repository.module(), version).await?;
    let recorded = repository.recorded(submission).await?;
    let is_signed = recorded.iter().any(|(_, kind)| kind == signature::MEDIA_TYPE);
    let mut made = Vec::new();
    for (kind, content) in statements(registry, &version).await? {
        // The publisher's own stays the only one.
        if kind == signature::MEDIA_TYPE && is_signed {
            continue;
        }
        let one = statement_manifest(kind, content, subject)?;
        let digest = Digests::of(&one.manifest.content).sha256;
        if !recorded.iter().any(|(sha256, _)| sha256 == digest.as_str()) {
            made.push(one);
        }
    }
    if made.is_empty() { Ok(()) } else { Ok(repository.record(submission, &made, registry.now()).await?) }
}

/// What is known about a version besides its manifest: media type and content.
async fn statements(registry: &Registry, version: &Version) -> Result<Vec<(&'static str, Vec<u8>)>, Refused> {
    let mut statements = match registry.catalog().evidence(version).await {
        Ok(Evidence { manifest, publisher, approval, key, key_proof, proof }) => {
            let kinds = [signature::MEDIA_TYPE, APPROVAL, PROOF, KEY, KEY_PROOF, MODULE];
            let texts = [publisher, approval, proof, key, key_proof, manifest];
            kinds.into_iter().zip(texts.map(String::into_bytes)).collect()
        }
        // Not approved yet: nothing is proven.
        Err(CatalogError::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if let Some(report) = &version.report {
        statements.push((REPORT, json!(report).to_string().into_bytes()));
    }
    Ok(statements)
}

fn version_manifest(version: &Version, submitted_at: Instant, component: Vec<u8>) -> Result<Made, Refused> {
    let surface = Surface::of(&component);
    let created = submitted_at.to_string();
    let config = json!({
        "created": created, "author": version.org_name, "architecture": "wasm", "os": "wasip2",
        "layerDigests": [version.digest],
        "component": {"exports": surface.exports, "imports": surface.imports, "target": TARGET},
    });
    let config = config.to_string().into_bytes();
    let mut layer = describe(WASM, &component);
    let file = format!("{}-{}.wasm", version.module, version.version);
    layer.annotations.insert("org.opencontainers.image.title".to_owned(), file);
    let words = &version.manifest;
    let annotations = [
        ("created", created.as_str()),
        ("version", &version.version),
        ("title", &words.title.en),
        ("description", &words.summary.en),
        ("vendor", &version.org_name),
        ("licenses", &surface.licence),
    ];
    let annotations = annotations.into_iter().filter(|(_, text)| !text.is_empty());
    let image = Image {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: None,
        config: describe(WASM_CONFIG, &config),
        layers: vec![layer],
        subject: None,
        annotations: annotations
            .map(|(name, text)| (format!("org.opencontainers.image.{name}"), text.to_owned()))
            .collect(),
    };
    made(&image, true, vec![config, component])
}

fn statement_manifest(kind: &str, content: Vec<u8>, subject: &StoredManifest) -> Result<Made, Refused> {
    const NOTHING: &[u8] = b"{}";
    let image = Image {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: Some(kind.to_owned()),
        config: describe(EMPTY, NOTHING),
        layers: vec![describe(kind, &content)],
        subject: Some(describe(&subject.media_type, &subject.content)),
        annotations: BTreeMap::new(),
    };
    made(&image, false, vec![NOTHING.to_vec(), content])
}

fn made(image: &Image, is_version: bool, blobs: Vec<Vec<u8>>) -> Result<Made, Refused> {
    let content = serde_json::to_vec(image).map_err(|error| internal(&error))?;
    Ok(Made { is_version, manifest: image.keep(content)?, blobs })
}

fn describe(media_type: &str, content: &[u8]) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: toolcrib_trust::digest::of(content),
        size: content.len() as u64,
        annotations: BTreeMap::new(),
    }
}

/// What a component says of itself, read without running it.
#[derive(Debug, Default, PartialEq)]
struct Surface {
    imports: Vec<String>,
    exports: Vec<String>,
    /// SPDX expression of its listing; empty when there is none.
    licence: String,
}

impl Surface {
    /// Reads what can be read: a damaged component is the checks' to refuse.
    fn of(component: &[u8]) -> Self {
        let (mut surface, mut depth) = (Self::default(), 0_u32);
        for payload in Parser::new(0).parse_all(component) {
            match payload {
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
                Ok(Payload::ComponentImportSection(section)) if depth == 0 => {
                    surface.imports.extend(section.into_iter().flatten().map(|import| import.name.name.to_owned()));
                }
                Ok(Payload::ComponentExportSection(section)) if depth == 0 => {
                    surface.exports.extend(section.into_iter().flatten().map(|export| export.name.name.to_owned()));
                }
                Ok(Payload::CustomSection(section)) if depth == 0 && section.name() == SECTION => {
                    let json = unseal(section.data());
                    let package: Option<Package> = json.and_then(|json| serde_json::from_slice(&json).ok());
                    surface.licence = package.map(|package| package.listing.licence).unwrap_or_default();
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        surface
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_read_without_running_it() {
        let text = r#"(component
            (@custom "toolcrib:package" "{\"listing\":{\"description\":{\"zh\":\"\",\"en\":\"\"},\"licence\":\"MIT\"},\"scenarios\":[]}")
            (import "toolcrib:module/types@1.0.0" (instance))
            (core module $m (func (export "inner")))
            (component $c (import "hidden:in/side" (instance)))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "inner")))
            (export "describe" (func $f)))"#;
        let surface = Surface::of(&wat::parse_str(text).unwrap());
        let expected = Surface {
            imports: vec!["toolcrib:module/types@1.0.0".into()],
            exports: vec!["describe".into()],
            licence: "MIT".into(),
        };
        assert_eq!(surface, expected);
        for broken in [&b""[..], b"\0asm", b"no component", &[0xff; 100]] {
            assert_eq!(Surface::of(broken), Surface::default());
        }
    }

    #[test]
    fn the_empty_config_is_the_specifications() {
        let empty = describe(EMPTY, b"{}");
        assert_eq!(empty.digest, "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!(empty.size, 2);
    }
}
