//! Image manifests, as the image specification has them and as versions of modules look.

use crate::oci::names;
use crate::oci::refused::{Code, Refused};
use crate::oci::signature;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use toolcrib_catalog::NewManifest;

/// The one kind of manifest that is kept here.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of manifests: what referrers are told in.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Config of a version.
pub const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The component of a version.
pub const WASM: &str = "application/wasm";
/// Config of everything else: `{}`.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Content that one manifest may name.
const DESCRIPTORS: usize = 100;

/// What a manifest says of some content.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// An image manifest. Members in the order in which they are written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    pub schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Image {
    /// Reads a manifest that was pushed as `media_type`.
    ///
    /// # Errors
    /// `MANIFEST_INVALID`, with what is wrong.
    pub fn read(media_type: &str, content: &[u8]) -> Result<Self, Refused> {
        let invalid = |message: String| Code::ManifestInvalid.because(message);
        if media_type != MANIFEST {
            let media_type: String = media_type.chars().take(120).collect();
            return Err(invalid(format!("manifests are sent as {MANIFEST}, not as `{media_type}`")));
        }
        let image: Self = serde_json::from_slice(content).map_err(|error| invalid(error.to_string()))?;
        if image.schema_version != 2 {
            return Err(invalid(format!("`schemaVersion` is 2, not {}", image.schema_version)));
        }
        if let Some(said) = image.media_type.as_ref().filter(|said| *said != MANIFEST) {
            return Err(invalid(format!("it was sent as {MANIFEST} and calls itself `{said}`")));
        }
        if image.layers.len() >= DESCRIPTORS {
            return Err(invalid(format!("it names more than {DESCRIPTORS} things")));
        }
        if image.artifact_type() == signature::MEDIA_TYPE && image.signature().is_none() {
            let rule = "exactly one layer of that type and a `subject`";
            return Err(invalid(format!("a manifest of type {} has {rule}", signature::MEDIA_TYPE)));
        }
        Ok(image)
    }

    /// What it is: its `artifactType`, or the type of its config.
    pub fn artifact_type(&self) -> &str {
        self.artifact_type.as_deref().unwrap_or(&self.config.media_type)
    }

    /// The component, when this has the form of a version.
    ///
    /// # Errors
    /// `MANIFEST_INVALID`, with the rule that does not hold.
    pub fn component(&self) -> Result<&Descriptor, Refused> {
        let config = &self.config.media_type;
        match self.layers.as_slice() {
            _ if config != WASM_CONFIG => {
                Err(Code::ManifestInvalid.because(format!("the config of a version is {WASM_CONFIG}, not `{config}`")))
            }
            _ if self.subject.is_some() => {
                Err(Code::ManifestInvalid.because("a version has no `subject`; push what refers to it by digest"))
            }
            [layer] if layer.media_type == WASM => Ok(layer),
            _ => {
                Err(Code::ManifestInvalid.because(format!("a version has exactly one layer, the component, as {WASM}")))
            }
        }
    }

    /// The signature, when this carries one.
    pub fn signature(&self) -> Option<&Descriptor> {
        match self.layers.as_slice() {
            [layer] if self.subject.is_some() && layer.media_type == signature::MEDIA_TYPE => Some(layer),
            _ => None,
        }
    }

    /// As the catalog keeps it.
    ///
    /// # Errors
    /// `DIGEST_INVALID`.
    pub fn keep(&self, content: Vec<u8>) -> Result<NewManifest, Refused> {
        let kept = |one: &Descriptor| {
            names::digest(&one.digest).map(|digest| toolcrib_catalog::Descriptor { digest, size: one.size })
        };
        Ok(NewManifest {
            media_type: MANIFEST.to_owned(),
            artifact_type: self.artifact_type().to_owned(),
            annotations: json!(self.annotations),
            subject: self.subject.as_ref().map(|subject| names::digest(&subject.digest)).transpose()?,
            blobs: std::iter::once(&self.config).chain(&self.layers).map(kept).collect::<Result<_, _>>()?,
            content,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn version() -> Value {
        let of = |media_type: &str| json!({"mediaType": media_type, "digest": format!("sha256:{}", "a".repeat(64)), "size": 3});
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": of(WASM_CONFIG), "layers": [of(WASM)]})
    }

    fn read(value: &Value) -> Result<Image, Refused> {
        Image::read(MANIFEST, value.to_string().as_bytes())
    }

    fn changed(path: &str, to: Value) -> Value {
        let mut value = version();
        match path.rsplit_once('/').unwrap() {
            ("", last) => value[last] = to,
            (parent, last) => value.pointer_mut(parent).unwrap()[last] = to,
        }
        value
    }

    #[test]
    fn a_version_has_one_component_and_its_config() {
        assert_eq!(read(&version()).unwrap().component().unwrap().size, 3);
        let layer = version()["layers"][0].clone();
        for (path, to) in [
            ("/layers", json!([])),
            ("/layers", json!([layer, layer])),
            ("/layers/0/mediaType", json!("application/octet-stream")),
            ("/config/mediaType", json!("application/vnd.oci.image.config.v1+json")),
            ("/subject", layer.clone()),
        ] {
            let image = read(&changed(path, to)).unwrap();
            assert_eq!(image.component().unwrap_err().code(), Code::ManifestInvalid, "{path}");
        }
    }

    #[test]
    fn what_is_no_image_manifest_is_refused() {
        for (path, to) in [
            ("/schemaVersion", json!(1)),
            ("/mediaType", json!(INDEX)),
            ("/config", Value::Null),
            ("/layers/0/size", json!(-1)),
            ("/layers/0/size", json!("3")),
            ("/layers", json!(vec![version()["layers"][0].clone(); DESCRIPTORS])),
            ("/artifactType", json!(signature::MEDIA_TYPE)),
        ] {
            assert_eq!(read(&changed(path, to)).unwrap_err().code(), Code::ManifestInvalid, "{path}");
        }
        for text in ["", "{}", "[]", "null", "{\"schemaVersion\":2}", "\u{feff}{}"] {
            assert_eq!(Image::read(MANIFEST, text.as_bytes()).unwrap_err().code(), Code::ManifestInvalid, "{text}");
        }
        let text = version().to_string();
        for kind in ["", INDEX, "application/json", "application/vnd.docker.distribution.manifest.v2+json"] {
            assert_eq!(Image::read(kind, text.as_bytes()).unwrap_err().code(), Code::ManifestInvalid, "{kind}");
        }
    }

    #[test]
    fn a_bad_digest_is_told_as_such() {
        for bad in ["sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", ""] {
            for path in ["/config/digest", "/layers/0/digest"] {
                let image = read(&changed(path, json!(bad))).unwrap();
                assert_eq!(image.keep(vec![]).unwrap_err().code(), Code::DigestInvalid, "{path} {bad}");
            }
        }
        let kept = read(&version()).unwrap().keep(vec![1]).unwrap();
        assert_eq!((kept.blobs.len(), kept.artifact_type.as_str(), kept.subject), (2, WASM_CONFIG, None));
    }
}
