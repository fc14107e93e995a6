//! From signed bytes to what the runtime understands. Nothing is believed that no pinned key signed.

use crate::secrets::from_hex;
use anyhow::Context;
use toolcrib_contract::CodecError;
use toolcrib_contract::problem::{OVER_CAP, TRIAL_ENDED};
use toolcrib_registry_client::wire::{
    self, Entitlement, ReadOnlyBecause, SignedSnapshot, Snapshot, SnapshotDevice, SnapshotTenant,
};
use toolcrib_runtime::{DeviceGrant, ModuleGrant, ReadOnly, ReadingsKept, Stopped, TenantGrant};
use toolcrib_trust::log::note::NoteKey;
use toolcrib_trust::{Pins, PublicKey, TrustError, digest, statement};

/// The keys of registry and log that this host was told to trust.
#[derive(Clone, Debug)]
pub struct Trusted(Pins);

/// Why a snapshot is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the entitlements are signed by key {0}, which is not among this host's `registry.public_keys`")]
    UnknownKey(String),
    #[error("the entitlements' signature is wrong")]
    Signature(#[from] TrustError),
    #[error("the entitlements have the number {got}, older than {known} which is in force")]
    Older { got: u64, known: u64 },
    #[error("the entitlements are not understood; is this host older than its registry?")]
    Malformed(#[from] serde_json::Error),
}

impl Trusted {
    /// # Errors
    /// A text that is no key, or none at all of a kind.
    pub fn new(keys: &[String], logs: &[String]) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !keys.is_empty() && !logs.is_empty(),
            "no key of the registry or its log is pinned; put what `toolcrib registry` prints into `registry.public_keys` and `registry.log_keys`"
        );
        let registry = keys.iter().map(|key| PublicKey::parse(key)).collect::<Result<_, _>>()?;
        let logs = logs.iter().map(|log| log.parse::<NoteKey>());
        let logs =
            logs.collect::<Result<_, _>>().context("`registry.log_keys`: a log's key looks like name+id+base64")?;
        Ok(Self(Pins { registry, logs }))
    }

    pub fn of(pins: Pins) -> Self {
        Self(pins)
    }

    pub fn pins(&self) -> &Pins {
        &self.0
    }

    fn key(&self, id: &str) -> Option<&PublicKey> {
        self.0.registry.iter().find(|key| key.key_id() == id)
    }

    /// Verifies and reads a snapshot that must not be older than `known`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, signed: &SignedSnapshot, known: u64) -> Result<Snapshot, Refused> {
        let key = self.key(&signed.key_id).ok_or_else(|| Refused::UnknownKey(signed.key_id.clone()))?;
        let (context, message) = statement::snapshot(&signed.payload);
        key.verify(context, &message, &signed.signature)?;
        let snapshot: Snapshot = serde_json::from_str(&signed.payload)?;
        if snapshot.seq < known {
            return Err(Refused::Older { got: snapshot.seq, known });
        }
        Ok(snapshot)
    }
}

/// A tenant's entitlements for the runtime.
///
/// # Errors
/// An id or a hash that is none.
pub fn grant(tenant: &SnapshotTenant, stopped: Vec<Stopped>) -> Result<TenantGrant, String> {
    let fail = |error: CodecError| format!("`{}`: {error}", tenant.id);
    let module = |entitlement: &Entitlement| {
        Ok(ModuleGrant {
            module: entitlement.module.clone(),
            version: entitlement.version.clone(),
            digest: entitlement.digest.clone(),
            grants: entitlement.grants.clone(),
            scopes: entitlement.scopes.clone(),
            read_only: entitlement.read_only.as_ref().map(read_only).transpose().map_err(fail)?,
        })
    };
    let modules = tenant.modules.iter().map(module).collect::<Result<_, String>>()?;
    Ok(TenantGrant {
        id: tenant.id.parse().map_err(fail)?,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        time_zone: tenant.time_zone.clone(),
        active: tenant.active,
        modules,
        stopped,
        devices: tenant.devices.iter().map(device).collect::<Result<_, _>>()?,
        readings: tenant.readings.iter().map(kept).collect::<Result<_, _>>().map_err(fail)?,
    })
}

fn read_only(read_only: &wire::ReadOnly) -> Result<ReadOnly, CodecError> {
    Ok(ReadOnly {
        refusal: match read_only.because {
            ReadOnlyBecause::TrialEnded => TRIAL_ENDED,
            ReadOnlyBecause::OverCap => OVER_CAP,
        },
        from: read_only.from.parse()?,
        until: read_only.until.as_ref().map(|until| until.parse()).transpose()?,
    })
}

fn kept(kept: &wire::ReadingsKept) -> Result<ReadingsKept, CodecError> {
    let until = kept.until.as_ref().map(|until| until.parse()).transpose()?;
    Ok(ReadingsKept { module: kept.module.clone(), months: kept.months, since: kept.since.parse()?, until })
}

fn device(device: &SnapshotDevice) -> Result<DeviceGrant, String> {
    let bytes = |what: &str, hex: &str| {
        // Lower case only, as whoever makes them writes them.
        let good = digest::is_digest(&format!("sha256:{hex}"));
        let fail = || format!("the {what} of device `{}` is malformed", device.id);
        from_hex(hex).filter(|_| good).ok_or_else(fail)
    };
    let SnapshotDevice { id, name, token_sha256, active, certificate_sha256 } = device;
    Ok(DeviceGrant {
        id: id.clone(),
        name: name.clone(),
        token_sha256: bytes("token hash", token_sha256)?,
        certificate_sha256: certificate_sha256.as_ref().map(|hex| bytes("certificate hash", hex)).transpose()?,
        active: *active,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use toolcrib_trust::{Notary, Signer, secret};

    fn signed(signer: &Signer, seq: u64) -> SignedSnapshot {
        let snapshot = Snapshot {
            seq,
            issued_at: "2026-11-23T08:00:00Z".into(),
            revocations: 1,
            tenants: vec![],
            cutoffs: vec![],
        };
        let payload = serde_json::to_string(&snapshot).unwrap();
        let (context, message) = statement::snapshot(&payload);
        SignedSnapshot { signature: signer.sign(context, &message), key_id: signer.key_id(), payload }
    }

    #[test]
    fn only_what_a_pinned_key_signed_is_believed_and_never_an_older_one() {
        let chance = Seeded::new(1);
        let (registry, stranger) = (Signer::generate(&chance), Signer::generate(&chance));
        let log = Notary::new(registry.clone(), stranger.clone()).log_key().to_string();
        let trusted = Trusted::new(&[registry.public_key().to_base64()], std::slice::from_ref(&log)).unwrap();
        assert_eq!(trusted.open(&signed(&registry, 7), 7).unwrap().seq, 7);
        assert!(matches!(trusted.open(&signed(&registry, 6), 7), Err(Refused::Older { got: 6, known: 7 })));
        assert!(matches!(trusted.open(&signed(&stranger, 8), 7), Err(Refused::UnknownKey(_))));
        let mut forged = signed(&stranger, 8);
        forged.key_id = registry.key_id();
        assert!(matches!(trusted.open(&forged, 7), Err(Refused::Signature(_))));
        let mut altered = signed(&registry, 8);
        altered.payload = altered.payload.replace(":8", ":9");
        assert!(matches!(trusted.open(&altered, 7), Err(Refused::Signature(_))));
        let key = registry.public_key().to_base64();
        for (keys, logs) in [
            (vec![], vec![log.clone()]),
            (vec![key.clone()], vec![]),
            (vec!["key".into()], vec![log]),
            (vec![key.clone()], vec![key]),
        ] {
            assert!(Trusted::new(&keys, &logs).is_err());
        }
    }

    #[test]
    fn a_device_is_known_by_the_hash_of_its_token() {
        let hash = secret::hash("tcd_x");
        let certificate_sha256 = Some(hash.clone());
        let known = SnapshotDevice {
            id: "d".into(),
            name: "gateway".into(),
            token_sha256: hash,
            active: true,
            certificate_sha256,
        };
        let bytes = device(&known).unwrap().token_sha256;
        assert_eq!(device(&known).unwrap().certificate_sha256, Some(bytes));
        assert_eq!(bytes, <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(b"tcd_x")));
        for bad in ["", "zz", &"é".repeat(32), &"A".repeat(64)] {
            assert!(device(&SnapshotDevice { token_sha256: bad.into(), ..known.clone() }).is_err(), "{bad}");
            assert!(
                device(&SnapshotDevice { certificate_sha256: Some(bad.into()), ..known.clone() }).is_err(),
                "{bad}"
            );
        }
    }
}
