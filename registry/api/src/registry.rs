//! What the endpoints share.

use crate::failed::{Failed, internal};
use crate::issuers::{CiIssuer, Fetch, Issuers};
use crate::present;
use crate::progress::Progress;
use crate::slots::Slots;
use crate::token_keys::{KeepKeys, KeysInUse};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use toolcrib_catalog::{Catalog, NewPerson, Opened};
use toolcrib_contract::limits::ACCESS_TOKEN_S;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_programme::Programmes;
use toolcrib_registry_client::wire::{NewMember, SignedSnapshot, Tokens};
use toolcrib_trust::rotation::TokenKeys;
use toolcrib_trust::{KeySet, Notary, password, statement};
use toolcrib_vetting::Vetter;

/// Passwords that are hashed at once, and that wait: each takes a core and 19 MiB.
const PASSWORDS: (usize, usize) = (2, 64);
/// Components that are asked who they are at once, and that wait: each is a child process.
const DESCRIBES: (usize, usize) = (2, 16);
/// An unchanged revocation list is signed again after so long; hosts renew theirs after more.
const RESIGN_US: i64 = 1_000_000;

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

/// What a registry is made of.
pub struct Parts {
    pub catalog: Catalog,
    /// Make and verify access tokens; their public halves are published.
    pub token_keys: TokenKeys,
    /// Keeps them when another one takes over.
    pub keep_keys: KeepKeys,
    /// Signs approvals, keys, lists and snapshots, and the log. Hosts pin its two public keys.
    pub notary: Notary,
    /// What second factors are derived from, together with what the catalogue keeps.
    pub factor_key: [u8; 32],
    /// Issuers of CI identities that count here, and how to get at their keys.
    pub issuers: Vec<CiIssuer>,
    pub fetch: Fetch,
    pub vetter: Vetter,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub waits: Waits,
}

/// How long the registry waits for others.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// For hosts to confirm a change before it is answered.
    pub force: Duration,
    /// The longest long poll.
    pub poll: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { force: Duration::from_secs(5), poll: Duration::from_secs(30) }
    }
}

struct Inner {
    catalog: Catalog,
    notary: Notary,
    factor_key: [u8; 32],
    vetter: Vetter,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    waits: Waits,
    token_keys: KeysInUse,
    issuers: Issuers,
    passwords: Slots,
    describes: Slots,
    progress: Progress,
    /// The newest snapshot that was signed.
    snapshot: Mutex<Option<(u64, SignedSnapshot)>>,
    /// The newest revocation list that was signed, its number and when.
    revocations: Mutex<Option<(u64, Instant, Arc<str>)>>,
}

impl Registry {
    pub fn new(parts: Parts) -> Self {
        let Parts { catalog, token_keys, keep_keys, notary, factor_key, issuers, fetch, vetter, clock, chance, waits } =
            parts;
        Self(Arc::new(Inner {
            catalog,
            notary,
            factor_key,
            vetter,
            clock,
            chance,
            waits,
            token_keys: KeysInUse::new(token_keys, keep_keys),
            issuers: Issuers::new(issuers, fetch),
            passwords: Slots::new("passwords", PASSWORDS.0, PASSWORDS.1),
            describes: Slots::new("components to be read", DESCRIBES.0, DESCRIBES.1),
            progress: Progress::default(),
            snapshot: Mutex::new(None),
            revocations: Mutex::new(None),
        }))
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Programmes of cities, in the same database.
    pub(crate) fn programmes(&self) -> Programmes {
        Programmes::new(self.0.catalog.clone())
    }

    /// What verifies access tokens at this moment.
    pub(crate) fn keys(&self) -> Arc<KeySet> {
        self.0.token_keys.key_set()
    }

    pub(crate) fn token_keys(&self) -> &KeysInUse {
        &self.0.token_keys
    }

    pub(crate) fn notary(&self) -> &Notary {
        &self.0.notary
    }

    pub(crate) fn factor_key(&self) -> &[u8; 32] {
        &self.0.factor_key
    }

    pub(crate) fn issuers(&self) -> &Issuers {
        &self.0.issuers
    }

    pub(crate) fn vetter(&self) -> &Vetter {
        &self.0.vetter
    }

    /// How far the checks of the submission are that is being checked.
    pub(crate) fn progress(&self) -> &Progress {
        &self.0.progress
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    pub(crate) fn chance(&self) -> &dyn Chance {
        &*self.0.chance
    }

    pub(crate) fn waits(&self) -> Waits {
        self.0.waits
    }

    pub(crate) fn passwords(&self) -> &Slots {
        &self.0.passwords
    }

    pub(crate) fn describes(&self) -> &Slots {
        &self.0.describes
    }

    /// An access token for a person as they are now, with the refresh token they just got. Without the second factor
    /// that their role wants, it opens no tenant: hosts do not ask the registry.
    pub(crate) async fn tokens(&self, opened: Opened) -> Result<Tokens, Failed> {
        let Opened { person: id, session, refresh_token } = opened;
        let person = self.catalog().person(&id).await?.ok_or(toolcrib_catalog::CatalogError::SignedOut)?;
        let full = !person.must_enrol();
        let tenants = person.tenants.iter().filter(|_| full);
        let tenants = tenants.map(|tenant| (tenant.id.to_string(), tenant.role.clone())).collect();
        let orgs = person.orgs.iter().filter(|_| full).map(|org| (org.slug.clone(), org.role.clone())).collect();
        // What is issued in the second of a cutoff must survive it; hosts accept a little of the future.
        let issued = self.now().max(Instant(person.void_before_s.cast_signed().saturating_mul(1_000_000)));
        let issuer = self.0.token_keys.issuer();
        let access_token = issuer.issue_in(Some(session), id.to_string(), tenants, orgs, issued, self.chance());
        let access_token = access_token.map_err(|error| internal(&error))?;
        Ok(Tokens { access_token, refresh_token, expires_in: ACCESS_TOKEN_S })
    }

    /// A person to add: the password is hashed only when the address is new.
    pub(crate) async fn new_person(&self, member: &NewMember, pointer: &str) -> Result<NewPerson, Failed> {
        let (email, name) = (member.email.clone(), member.name.clone());
        if self.catalog().credentials(&email).await?.is_some() {
            return Ok(NewPerson { email, name, password_hash: None });
        }
        let (password, registry) = (member.password.clone(), self.clone());
        let hashed = self.passwords().run(move || password::hash(&password, registry.chance())).await?;
        let wrong = |error: toolcrib_trust::TrustError| {
            Problem::input(vec![crate::failed::at(&format!("{pointer}/password"), error.to_string())])
        };
        Ok(NewPerson { email, name, password_hash: Some(hashed.map_err(wrong)?) })
    }

    /// The newest snapshot, signed. Made once for each number.
    pub(crate) async fn snapshot(&self) -> Result<SignedSnapshot, Failed> {
        let mut made = self.0.snapshot.lock().await;
        let newest = *self.catalog().newest().borrow();
        if let Some((seq, signed)) = &*made
            && *seq >= newest
        {
            return Ok(signed.clone());
        }
        let now = self.now();
        let entitlements = self.catalog().entitlements(now).await?;
        let seq = entitlements.seq;
        let payload = serde_json::to_string(&present::snapshot(entitlements, now)).map_err(|error| internal(&error))?;
        let (context, message) = statement::snapshot(&payload);
        let signer = self.notary().signer();
        let signed = SignedSnapshot { signature: signer.sign(context, &message), payload, key_id: signer.key_id() };
        *made = Some((seq, signed.clone()));
        Ok(signed)
    }

    /// The newest revocation list, signed. Made for each number, and again when it is a while old, so that hosts that
    /// ask always hold one that is good for nearly its whole time.
    pub(crate) async fn revocations(&self) -> Result<Arc<str>, Failed> {
        let mut made = self.0.revocations.lock().await;
        let (newest, now) = (self.catalog().revocation_seq().await?, self.now());
        if let Some((seq, issued, signed)) = &*made
            && *seq == newest
            && (0..RESIGN_US).contains(&now.since_us(*issued))
        {
            return Ok(signed.clone());
        }
        let list = self.catalog().revocations(now, self.notary().list_max_age_s).await?;
        let signed: Arc<str> = list.seal(self.notary().signer()).into();
        *made = Some((list.seq, now, signed.clone()));
        Ok(signed)
    }
}
