//! Names of repositories, and references to what is in them.

use crate::oci::refused::{Code, Refused};
use axum::http::Uri;
use semver::Version;
use std::fmt;
use toolcrib_catalog::Reference;
use toolcrib_trust::content::ContentDigest;

/// The most bytes of a repository's name.
const NAME_BYTES: usize = 255;

/// `organisation/module`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub org: String,
    pub module: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.org, self.module)
    }
}

impl Name {
    /// # Errors
    /// `NAME_INVALID`.
    pub fn new(org: &str, module: &str) -> Result<Self, Refused> {
        if is_component(org) && is_component(module) && org.len() + module.len() < NAME_BYTES {
            return Ok(Self { org: org.to_owned(), module: module.to_owned() });
        }
        Err(Code::NameInvalid.because("a repository is called `organisation/module`, in lower case"))
    }

    /// Reads `organisation/module`.
    ///
    /// # Errors
    /// `NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (org, module) = text.split_once('/').unwrap_or((text, ""));
        Self::new(org, module)
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` of the specification.
fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(|byte| plain(*byte));
    if !ends(bytes.first()) || !ends(bytes.last()) {
        return false;
    }
    bytes
        .split(|byte| plain(*byte))
        .all(|between| matches!(between, b"" | b"." | b"_" | b"__") || between.iter().all(|byte| *byte == b'-'))
}

/// A digest.
///
/// # Errors
/// `DIGEST_INVALID`.
pub fn digest(text: &str) -> Result<ContentDigest, Refused> {
    let detail = || serde_json::json!({"digest": text.chars().take(160).collect::<String>()});
    text.parse().map_err(|error| Code::DigestInvalid.because(format!("{error}")).detail(detail()))
}

/// A tag or digest. Whether the tag may exist is for the endpoint to say.
///
/// # Errors
/// `DIGEST_INVALID`.
pub fn reference(text: &str) -> Result<Reference, Refused> {
    if text.contains(':') { digest(text).map(Reference::Digest) } else { Ok(Reference::Tag(text.to_owned())) }
}

/// Whether a version may be tagged so.
///
/// # Errors
/// `MANIFEST_INVALID`.
pub fn check_tag(tag: &str) -> Result<(), Refused> {
    let version = Version::parse(tag).ok().filter(|version| version.build.is_empty() && tag.len() <= 128);
    version.map(drop).ok_or_else(|| {
        let tag: String = tag.chars().take(160).collect();
        Code::ManifestInvalid.because(format!("a tag is a version like 1.2.3, without `+build`; `{tag}` is none"))
    })
}

/// Whatever is no endpoint: mostly a name with fewer or more parts than two.
pub async fn unknown(uri: Uri) -> Refused {
    let endpoint = ["/blobs/", "/manifests/", "/tags/list", "/referrers/"].iter().any(|part| uri.path().contains(part));
    if endpoint {
        return Code::NameInvalid.because("a repository is called `organisation/module`: exactly two parts");
    }
    Code::Unsupported.because("there is no such address").status(axum::http::StatusCode::NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_two_parts_of_the_specifications_form() {
        for good in ["acme/oee", "a/b", "acme-1/oee-2", "a.b/c_d", "a__b/c---d", "0/9"] {
            assert_eq!(Name::parse(good).unwrap().to_string(), good);
        }
        let long = format!("{}/{}", "a".repeat(128), "b".repeat(128));
        for bad in [
            "",
            "acme",
            "acme/",
            "/oee",
            "a/b/c",
            "Acme/oee",
            "acme/OEE",
            "-a/b",
            "a-/b",
            "a..b/c",
            "a___b/c",
            "a._b/c",
            "a b/c",
            "工厂/oee",
            "a/../b",
            "a/.",
            &long,
        ] {
            assert_eq!(
                Name::parse(bad).map(|name| name.to_string()).map_err(|e| e.code()),
                Err(Code::NameInvalid),
                "{bad}"
            );
        }
    }

    #[test]
    fn only_versions_without_build_metadata_are_tags() {
        for good in ["1.2.3", "0.1.0-rc.1", "10.20.30"] {
            assert!(check_tag(good).is_ok(), "{good}");
        }
        let sha = format!("sha256-{}", "a".repeat(64));
        let long = format!("1.0.0-{}", "a".repeat(123));
        for bad in ["latest", "1", "1.2", "v1.2.3", "1.2.3+build", "", ".1.2.3", "1.2.3 ", &sha, &long] {
            assert_eq!(check_tag(bad).map_err(|error| error.code()), Err(Code::ManifestInvalid), "{bad}");
        }
    }

    #[test]
    fn what_contains_a_colon_is_a_digest_or_nothing() {
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_eq!(reference(&digest).unwrap(), Reference::Digest(digest.parse().unwrap()));
        assert_eq!(reference("1.0.0").unwrap(), Reference::Tag("1.0.0".into()));
        for bad in ["sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:abc", ":", "a:b:c"] {
            assert_eq!(reference(bad).map_err(|error| error.code()), Err(Code::DigestInvalid), "{bad}");
        }
    }
}
