//! A catalog with a marketplace, a provider and an SME, and a clock that the test moves.

use super::engines;
use crate::*;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_contract::manifest::{Request, RequestKind, Words};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Notary, Signer};

/// 2026-11-23T08:00:00Z.
pub const START: Instant = Instant(1_795_507_200_000_000);

pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub struct World {
    pub folder: TempDir,
    /// Where its records lie, if not in the folder.
    pub database: Option<String>,
    pub catalog: Catalog,
    pub chance: Seeded,
    pub now: Instant,
    pub admin: PersonId,
    /// Reviews beside the admin.
    pub reviewer: PersonId,
    pub provider: PersonId,
    pub owner: PersonId,
    /// Publishing key of `acme`.
    pub key: Signer,
    pub notary: Notary,
}

pub fn person(email: &str) -> NewPerson {
    NewPerson { email: email.into(), name: format!("{email}'s name"), password_hash: Some("a hash".into()) }
}

/// A manifest that needs some signals and would like others.
pub fn manifest(module: &str, version: &str, required: &[&str], optional: &[&str]) -> Manifest {
    let request = |signal: &&str, optional| Request {
        kind: RequestKind::Readings { signal: (*signal).to_owned() },
        reason: Words { zh: "为了计算".into(), en: "to compute".into() },
        optional,
    };
    let mut requests: Vec<_> = required.iter().map(|signal| request(signal, false)).collect();
    requests.extend(optional.iter().map(|signal| request(signal, true)));
    Manifest {
        module: module.into(),
        version: version.into(),
        sdk: "test".into(),
        title: Words { zh: "设备效率".into(), en: format!("Title of {module} {version}") },
        summary: Words::default(),
        records: vec![],
        reads: vec![],
        calls: vec![],
        events: vec![],
        handlers: vec![],
        requests,
        views: Vec::new(),
    }
}

/// What the checks would say of a submission.
pub fn report(manifest: &Manifest, digest: &str, errors: usize) -> Report {
    let finding = Finding {
        check: "limits".into(),
        severity: Severity::Error,
        what: "too large".into(),
        place: String::new(),
        why: String::new(),
        fix: String::new(),
        zh: None,
    };
    Report {
        rules: "rules-1".into(),
        digest: digest.into(),
        manifest: Some(manifest.clone()),
        findings: vec![finding; errors],
        ..Report::default()
    }
}

impl World {
    pub async fn new(engine: Engine) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), engines::database(engine).await);
        let catalog = engines::open(folder.path(), database.as_deref()).await;
        let chance = Seeded::new(1);
        assert!(catalog.ensure_marketplace("Marketplace", &person("admin@market.cn"), START, &chance).await.unwrap());
        let (admin, _) = catalog.credentials("admin@market.cn").await.unwrap().unwrap();
        let second = person("reviewer@market.cn");
        catalog.set_org_member("marketplace", &second, "reviewer", &admin, START, &chance).await.unwrap();
        let (reviewer, _) = catalog.credentials("reviewer@market.cn").await.unwrap().unwrap();
        for (slug, kind) in [("acme", OrgKind::Provider), ("red-star", OrgKind::Sme)] {
            let owner = person(&format!("owner@{slug}.cn"));
            let org = NewOrg { slug: slug.into(), name: slug.to_uppercase(), kind, city: None, owner };
            catalog.add_org(&org, &admin, START, &chance).await.unwrap();
        }
        let (provider, _) = catalog.credentials("owner@acme.cn").await.unwrap().unwrap();
        let (owner, _) = catalog.credentials("owner@red-star.cn").await.unwrap().unwrap();
        let key = Signer::generate(&chance);
        let notary = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        catalog.add_key("acme", &NewKey::plain(key.public_key()), &provider, START, &notary).await.unwrap();
        catalog.take_module("oee", "acme", &provider, START).await.unwrap();
        Self { folder, database, catalog, chance, now: START, admin, reviewer, provider, owner, key, notary }
    }

    /// The same records, opened once more.
    pub async fn again(&self) -> Catalog {
        engines::open(self.folder.path(), self.database.as_deref()).await
    }

    /// Somebody with the database in hand.
    pub async fn drop_trigger(&self, name: &str, table: &str) {
        let sql = match self.catalog.engine() {
            Engine::Sqlite => format!("DROP TRIGGER {name}"),
            Engine::Postgres => format!("DROP TRIGGER {name} ON {table}"),
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.catalog.writer).await.unwrap();
    }

    /// Moves the clock.
    pub fn pass_s(&mut self, seconds: i64) {
        self.now = Instant(self.now.0 + seconds * 1_000_000);
    }

    pub async fn submit(&self, manifest: &Manifest, bytes: &[u8]) -> Result<SubmissionId, CatalogError> {
        let new = NewSubmission {
            manifest: manifest.clone(),
            component: bytes.to_vec(),
            key_id: self.key.key_id(),
            statement: Publication::of(bytes, manifest, "test").seal(&self.key),
            by: self.provider.clone(),
        };
        self.catalog.submit(new, self.now, &self.chance).await
    }

    pub async fn check(&self, id: &SubmissionId, manifest: &Manifest, bytes: &[u8], errors: usize) -> State {
        let report = report(manifest, &toolcrib_trust::digest::of(bytes), errors);
        self.catalog.record_report(id, &report, self.now).await.unwrap()
    }

    /// The admin decides, and the reviewer too where one is not enough.
    pub async fn decide(&self, id: &SubmissionId, verdict: Verdict) -> Result<(), CatalogError> {
        let state = self.catalog.decide(id, &verdict, "because", &self.admin, self.now, &self.notary).await?;
        if state == State::Review {
            self.catalog.decide(id, &verdict, "because", &self.reviewer, self.now, &self.notary).await?;
        }
        Ok(())
    }

    /// From bytes to an approved version.
    pub async fn publish(&self, manifest: &Manifest) -> SubmissionId {
        let bytes = format!("component of {} {}", manifest.module, manifest.version).into_bytes();
        let id = self.submit(manifest, &bytes).await.unwrap();
        assert_eq!(self.check(&id, manifest, &bytes, 0).await, State::Review);
        self.decide(&id, approve()).await.unwrap();
        id
    }

    pub async fn tenant(&self, slug: &str) -> Tenant {
        let zone = "Asia/Shanghai".into();
        let new = NewTenant { org: "red-star".into(), slug: slug.into(), name: slug.into(), time_zone: zone };
        self.catalog.add_tenant(&new, &self.owner, self.now, &self.chance).await.unwrap().0
    }
}

pub fn approve() -> Verdict {
    Verdict::Approve { rules: "rules-1".into() }
}
