//! Who asks: access tokens against the registry's keys, without asking the registry.
//!
//! The keys are kept on disk, so that people stay signed in while the registry is away. Verified tokens are remembered
//! by their hash until they expire; a cutoff in the entitlements voids them at once.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;
use toolcrib_contract::problem::{NOT_SIGNED_IN, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_contract::world::Clock;
use toolcrib_registry_client::wire::Cutoff;
use toolcrib_runtime::{Gate, Person};
use toolcrib_trust::token::{AUDIENCE, ISSUER, seconds};
use toolcrib_trust::{Claims, KeySet, TrustError};

/// Verified tokens remembered; beyond it all are forgotten and verified again.
const REMEMBERED: usize = 8_192;

/// The host's gate.
pub struct Keyring {
    clock: Arc<dyn Clock>,
    /// The JWKS as last seen.
    file: PathBuf,
    keys: RwLock<Option<KeySet>>,
    known: Mutex<HashMap<[u8; 32], Known>>,
    /// By person: tokens issued before this second are void.
    cutoffs: RwLock<HashMap<String, u64>>,
    wanted: Notify,
}

#[derive(Clone)]
struct Known {
    person: Person,
    issued_s: u64,
    expires_s: u64,
}

impl Keyring {
    /// A gate with the keys kept in `file`, if there are any.
    pub fn new(file: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let kept = std::fs::read_to_string(&file).ok().and_then(|json| KeySet::parse(&json).ok());
        let (known, cutoffs) = (Mutex::default(), RwLock::default());
        Self { clock, file, keys: RwLock::new(kept), known, cutoffs, wanted: Notify::new() }
    }

    /// Takes a key set into use and keeps it. Tokens of keys that are gone are refused from now on.
    ///
    /// # Errors
    /// It is no key set, or the disk.
    pub fn renew(&self, json: &str) -> anyhow::Result<()> {
        let keys = KeySet::parse(json)?;
        if self.keys.read().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(&keys) {
            return Ok(());
        }
        crate::files::write(&self.file, json.as_bytes(), crate::files::Secrecy::Public)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Takes the cutoffs of a snapshot into force.
    pub fn cut_off(&self, cutoffs: &[Cutoff]) {
        let cutoffs = cutoffs.iter().map(|cutoff| (cutoff.user.clone(), cutoff.issued_before_s)).collect();
        *self.cutoffs.write().unwrap_or_else(PoisonError::into_inner) = cutoffs;
    }

    /// Returns when a token came whose key is not in the set.
    pub async fn wants_keys(&self) {
        self.wanted.notified().await;
    }

    fn verify(&self, token: &str) -> Result<Known, TrustError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let keys = keys.as_ref().ok_or(TrustError::UnknownKey)?;
        keys.verify(token, self.clock.now(), ISSUER, AUDIENCE).map(known)
    }

    fn find(&self, token: &str) -> Result<Known, TrustError> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now_s = seconds(self.clock.now());
        let remembered = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(known) = remembered.filter(|known| known.expires_s > now_s) {
            return Ok(known);
        }
        let known = self.verify(token).inspect_err(|error| {
            if *error == TrustError::UnknownKey {
                // The registry may have a new key: somebody asks it, at a bounded rate.
                self.wanted.notify_one();
            }
        })?;
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, known| known.expires_s > now_s);
        }
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(hash, known.clone());
        Ok(known)
    }
}

impl Gate for Keyring {
    fn person(&self, token: &str) -> Result<Person, Problem> {
        let known = self.find(token).map_err(|error| NOT_SIGNED_IN.because(error.to_string()))?;
        let cutoffs = self.cutoffs.read().unwrap_or_else(PoisonError::into_inner);
        if cutoffs.get(&known.person.id).is_some_and(|before_s| known.issued_s < *before_s) {
            return Err(NOT_SIGNED_IN.because("this person signed out or their roles changed; sign in again"));
        }
        Ok(known.person)
    }
}

fn known(claims: Claims) -> Known {
    // A tenant id that is none belongs to no tenant here.
    let roles = claims.tenants.into_iter().filter_map(|(id, role)| Some((id.parse::<RawId>().ok()?, role))).collect();
    Known { person: Person { id: claims.sub, roles }, issued_s: claims.iat, expires_s: claims.exp }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Seeded, Still};
    use std::collections::BTreeMap;
    use toolcrib_contract::limits::ACCESS_TOKEN_S;
    use toolcrib_trust::{Issuer, Signer};

    const TENANT: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

    struct Setting {
        clock: Arc<Still>,
        issuer: Issuer,
        chance: Seeded,
        _dir: tempfile::TempDir,
        file: PathBuf,
    }

    impl Setting {
        fn new() -> Self {
            let chance = Seeded::new(1);
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("jwks.json");
            let issuer = Issuer::new(&Signer::generate(&chance));
            Self { clock: Arc::new(Still::new(1_795_420_800)), issuer, chance, _dir: dir, file }
        }

        fn gate(&self) -> Keyring {
            Keyring::new(self.file.clone(), self.clock.clone())
        }

        fn token(&self, issuer: &Issuer) -> String {
            let tenants = BTreeMap::from([(TENANT.to_owned(), "operator".to_owned())]);
            issuer.issue("ann".into(), tenants, BTreeMap::new(), self.clock.now(), &self.chance).unwrap()
        }
    }

    #[test]
    fn people_stay_signed_in_while_the_registry_is_away() {
        let setting = Setting::new();
        let token = setting.token(&setting.issuer);
        setting.gate().renew(&setting.issuer.key_set().to_json()).unwrap();
        // A new process, that has never spoken to the registry.
        let gate = setting.gate();
        for _ in 0..2 {
            let person = gate.person(&token).unwrap();
            assert_eq!(person.id, "ann");
            assert_eq!(person.roles[&TENANT.parse().unwrap()], "operator");
        }
        setting.clock.advance_s(ACCESS_TOKEN_S);
        assert_eq!(gate.person(&token).unwrap_err().code, "not-signed-in");
    }

    #[test]
    fn a_cutoff_voids_older_tokens_at_once() {
        let setting = Setting::new();
        let gate = setting.gate();
        gate.renew(&setting.issuer.key_set().to_json()).unwrap();
        let old = setting.token(&setting.issuer);
        assert!(gate.person(&old).is_ok());
        setting.clock.advance_s(10);
        let cutoff = Cutoff { user: "ann".into(), issued_before_s: seconds(setting.clock.now()) };
        gate.cut_off(&[cutoff]);
        assert!(gate.person(&old).is_err());
        assert!(gate.person(&setting.token(&setting.issuer)).is_ok());
    }

    #[tokio::test]
    async fn an_unknown_key_is_refused_and_asked_for() {
        let setting = Setting::new();
        let gate = setting.gate();
        gate.renew(&setting.issuer.key_set().to_json()).unwrap();
        let other = Issuer::new(&Signer::generate(&Seeded::new(2)));
        assert!(gate.person(&setting.token(&other)).is_err());
        gate.wants_keys().await;
        // The other key replaces the first: its tokens are good now, remembered ones of the first are not.
        let first = setting.token(&setting.issuer);
        assert!(gate.person(&first).is_ok());
        gate.renew(&other.key_set().to_json()).unwrap();
        assert!(gate.person(&setting.token(&other)).is_ok());
        assert!(gate.person(&first).is_err());
        assert!(gate.renew("{}").is_err());
    }

    #[test]
    fn remembered_tokens_are_bounded() {
        let setting = Setting::new();
        let gate = setting.gate();
        gate.renew(&setting.issuer.key_set().to_json()).unwrap();
        let person = Person { id: "x".into(), roles: HashMap::new() };
        let known = Known { person, issued_s: 0, expires_s: u64::MAX };
        for at in 0..REMEMBERED {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&at.to_be_bytes());
            gate.known.lock().unwrap().insert(hash, known.clone());
        }
        gate.person(&setting.token(&setting.issuer)).unwrap();
        assert_eq!(gate.known.lock().unwrap().len(), 1);
    }
}
