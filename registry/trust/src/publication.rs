//! What a publisher says of a version: these bytes, with this manifest, built like this. The predicate has the shape of
//! SLSA provenance 1.0.

use crate::digest;
use crate::doubt::{Doubt, Part};
use crate::intoto;
use crate::signer::{PublicKey, Signer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toolcrib_contract::Manifest;

const PREDICATE: &str = "https://slsa.dev/provenance/v1";
const BUILD_TYPE: &str = "urn:toolcrib:build:component:v1";
/// Names of the subjects of every statement about a version.
pub(crate) const SUBJECTS: [&str; 2] = ["component.wasm", "manifest.json"];

/// The publisher's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    pub module: String,
    pub version: String,
    /// `sha256:<hex>` of the component.
    pub component: String,
    /// `sha256:<hex>` of [`manifest_text`].
    pub manifest: String,
    /// What built it, for example `cargo-toolcrib 0.1.0`.
    pub builder: String,
    /// Commit of the source, when the builder found one: 40 or 64 hex digits.
    pub commit: Option<String>,
    /// `sha256:<hex>` of the lock file of its dependencies.
    pub lock: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Provenance {
    build_definition: BuildDefinition,
    run_details: RunDetails,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: Parameters,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resolved_dependencies: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    module: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    name: String,
    digest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunDetails {
    builder: Builder,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Builder {
    id: String,
}

/// The manifest as everybody hashes it: compact JSON in the order of the declaration.
pub fn manifest_text(manifest: &Manifest) -> String {
    serde_json::to_string(manifest).expect("a manifest is plain data")
}

impl Publication {
    /// About this component, which describes itself like this.
    pub fn of(component: &[u8], manifest: &Manifest, builder: &str) -> Self {
        Self {
            module: manifest.module.clone(),
            version: manifest.version.clone(),
            component: digest::of(component),
            manifest: digest::of(manifest_text(manifest).as_bytes()),
            builder: builder.to_owned(),
            commit: None,
            lock: None,
        }
    }

    /// The signed statement, as JSON text.
    pub fn seal(&self, signer: &Signer) -> String {
        let resource = |name: &str, algorithm: &str, digest: &String| Resource {
            name: name.to_owned(),
            digest: BTreeMap::from([(algorithm.to_owned(), digest.trim_start_matches("sha256:").to_owned())]),
        };
        let commit = self.commit.iter().map(|commit| resource("source", "gitCommit", commit));
        let lock = self.lock.iter().map(|lock| resource("Cargo.lock", "sha256", lock));
        let provenance = Provenance {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: Parameters { module: self.module.clone(), version: self.version.clone() },
                resolved_dependencies: commit.chain(lock).collect(),
            },
            run_details: RunDetails { builder: Builder { id: self.builder.clone() } },
        };
        let [component, manifest] = SUBJECTS;
        intoto::seal(PREDICATE, &[(component, &self.component), (manifest, &self.manifest)], &provenance, signer)
    }

    /// Reads a statement that this key signed.
    ///
    /// # Errors
    /// [`Doubt`] about [`Part::Publisher`].
    pub fn open(envelope: &str, key: &PublicKey) -> Result<Self, Doubt> {
        let part = Part::Publisher;
        let ([component, manifest], said): (_, Provenance) =
            intoto::open(part, envelope, PREDICATE, SUBJECTS, std::slice::from_ref(key))?;
        let BuildDefinition { build_type, external_parameters, resolved_dependencies } = said.build_definition;
        if build_type != BUILD_TYPE {
            return Err(Doubt::mismatch(part, format!("its build type is not {BUILD_TYPE}")));
        }
        let find = |name: &str, algorithm: &str| {
            let found = resolved_dependencies.iter().find(|resource| resource.name == name)?;
            found.digest.get(algorithm).cloned()
        };
        Ok(Self {
            module: external_parameters.module,
            version: external_parameters.version,
            component,
            manifest,
            builder: said.run_details.builder.id,
            commit: find("source", "gitCommit"),
            lock: find("Cargo.lock", "sha256").map(|hex| format!("sha256:{hex}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Seeded, manifest};

    #[test]
    fn a_publication_reads_its_own_text_and_another_keys_is_none() {
        let chance = Seeded::new(3);
        let (signer, other) = (Signer::generate(&chance), Signer::generate(&chance));
        let plain = Publication::of(b"component", &manifest("oee", "1.0.0"), "cargo-toolcrib 0.1.0");
        let whole = Publication { commit: Some("a".repeat(40)), lock: Some(digest::of(b"lock")), ..plain.clone() };
        for said in [plain, whole] {
            let sealed = said.seal(&signer);
            assert_eq!(Publication::open(&sealed, &signer.public_key()), Ok(said));
            assert!(matches!(Publication::open(&sealed, &other.public_key()), Err(Doubt::Unsigned { .. })));
        }
    }

    #[test]
    fn an_unknown_condition_is_refused_though_it_is_signed() {
        let signer = Signer::generate(&Seeded::new(4));
        let digest = digest::of(b"x");
        let subjects = [(SUBJECTS[0], digest.as_str()), (SUBJECTS[1], digest.as_str())];
        let predicate = |more: &str| {
            let text = format!(
                r#"{{"buildDefinition":{{"buildType":"{BUILD_TYPE}","externalParameters":{{"module":"m","version":"1.0.0"{more}}}}},"runDetails":{{"builder":{{"id":"b"}}}}}}"#
            );
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        let open = |sealed: &str| Publication::open(sealed, &signer.public_key());
        assert!(open(&intoto::seal(PREDICATE, &subjects, &predicate(""), &signer)).is_ok());
        let unknown = intoto::seal(PREDICATE, &subjects, &predicate(r#","only":"tuesdays""#), &signer);
        assert!(matches!(open(&unknown), Err(Doubt::Malformed { .. })));
        for subjects in [&subjects[..1], &[subjects[1], subjects[0]][..], &[subjects[0], subjects[1], subjects[1]]] {
            let sealed = intoto::seal(PREDICATE, subjects, &predicate(""), &signer);
            assert!(matches!(open(&sealed), Err(Doubt::Mismatch { .. })));
        }
        let other = intoto::seal("https://slsa.dev/provenance/v2", &subjects, &predicate(""), &signer);
        assert!(matches!(open(&other), Err(Doubt::Mismatch { .. })));
    }
}
