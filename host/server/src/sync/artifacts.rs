//! Components on disk and at other hosts, by digest, each with what proves it: what was vetted is, byte for byte, what is read.

use super::neighbours::Neighbours;
use super::snapshot::Trusted;
use crate::folder::{self, Version};
use std::path::PathBuf;
use toolcrib_registry_client::{Client, wire};
use toolcrib_trust::{Evidence, Proven};

/// The host's components.
pub struct Artifacts {
    folder: PathBuf,
    client: Client,
    trusted: Trusted,
    neighbours: Neighbours,
}

/// Why there is no proven component.
pub enum Unproven {
    /// Not here yet.
    Absent(String),
    /// Here, or sent by the registry, and not what it should be.
    Doubtful(String),
}

impl Artifacts {
    pub fn new(folder: PathBuf, client: Client, trusted: Trusted, neighbours: Neighbours) -> Self {
        Self { folder, client, trusted, neighbours }
    }

    /// The component as it was kept, proven again. Other hosts are given it if they have none.
    pub async fn kept(&self, digest: &str) -> Result<(Vec<u8>, Proven), Unproven> {
        let absent = || Unproven::Absent("it is not on disk".to_owned());
        let folder = folder::of(&self.folder, digest).filter(|folder| folder::is_version(folder)).ok_or_else(absent)?;
        let version = folder::read(&folder).map_err(|error| Unproven::Doubtful(format!("{error:#}")))?;
        let (version, proven) = self.prove(digest, version)?;
        self.neighbours.give(digest, &version, false).await;
        Ok((version.component, proven))
    }

    /// The component that another host had, proven, and kept from now on with what proves it.
    pub async fn lent(&self, digest: &str) -> Result<(Vec<u8>, Proven), Unproven> {
        let found = self.neighbours.component(digest).await;
        let found = found.ok_or_else(|| Unproven::Absent("no other host has it either".to_owned()))?;
        let version = found.map_err(|error| Unproven::Doubtful(format!("{error:#}")))?;
        self.keep(digest, version).map(|(version, proven)| (version.component, proven))
    }

    /// The component from the registry, proven, and kept from now on with what proves it. `instead`: other hosts have
    /// something under its digest that was refused.
    pub async fn fetch(&self, digest: &str, instead: bool) -> Result<(Vec<u8>, Proven), Unproven> {
        let away = |error: &dyn std::fmt::Display| Unproven::Absent(error.to_string());
        let version = self.download(digest).await.map_err(|error| away(&error))?;
        let (version, proven) = self.keep(digest, version)?;
        self.neighbours.give(digest, &version, instead).await;
        Ok((version.component, proven))
    }

    fn keep(&self, digest: &str, version: Version) -> Result<(Version, Proven), Unproven> {
        let folder =
            folder::of(&self.folder, digest).ok_or_else(|| Unproven::Doubtful("its digest is none".to_owned()))?;
        let (version, proven) = self.prove(digest, version)?;
        folder::write(&folder, &version).map_err(|error| Unproven::Absent(format!("{error:#}")))?;
        Ok((version, proven))
    }

    async fn download(&self, digest: &str) -> Result<Version, toolcrib_registry_client::ClientError> {
        let component = self.client.artifact(digest).await?;
        Ok(Version { component, evidence: evidence(self.client.evidence(digest).await?) })
    }

    fn prove(&self, digest: &str, version: Version) -> Result<(Version, Proven), Unproven> {
        let proven = version.evidence.verify(&version.component, self.trusted.pins());
        let proven = proven.map_err(|doubt| Unproven::Doubtful(format!("{doubt} ({})", doubt.code())))?;
        if proven.digest != digest {
            return Err(Unproven::Doubtful(format!("it is {}, {digest} was promised", proven.digest)));
        }
        Ok((version, proven))
    }
}

/// From the wire's form.
pub fn evidence(sent: wire::Evidence) -> Evidence {
    let wire::Evidence { manifest, publisher, approval, key, key_proof, proof } = sent;
    Evidence { manifest, publisher, approval, key, key_proof, proof }
}
