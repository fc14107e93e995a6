//! For tests: a catalogue of its own with a marketplace, a city with officials and assessors, providers and a
//! firm, and a clock that the test moves.

use crate::engines::{On, open};
use crate::ids::ProgrammeId;
use crate::money::{BasisPoints, Fen};
use crate::programme::{Batch, CityKind, NewProgramme};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::tests::usual;
use sqlx::AnyConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use toolcrib_catalog::{
    Catalog, CatalogError, Engine, NewOrg, NewPerson, NewTenant, OrgKind, Person, Plan, PlanKind, Tenant,
};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

pub const CITY: &str = "330100";
pub const SEGMENT: &str = "33";
pub const EXPERTS: [&str; 3] = ["expert1@hz.cn", "expert2@hz.cn", "expert3@hz.cn"];

/// Random bytes with a seed.
pub struct Seeded(AtomicU64);

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub struct Market {
    folder: Arc<tempfile::TempDir>,
    store: Option<String>,
    pub catalog: Catalog,
    pub chance: Seeded,
    pub now: Instant,
}

pub fn someone(email: &str) -> NewPerson {
    NewPerson { email: email.into(), name: format!("name of {email}"), password_hash: Some("a hash".into()) }
}

impl Market {
    /// Providers `house` and `other`, the firm `plant`, the city of Hangzhou with two officials, three experts and an
    /// auditor, the city of Ningbo with an official.
    pub async fn new(on: On) -> Self {
        let (folder, store) = (Arc::new(tempfile::tempdir().unwrap()), on.store().await);
        let catalog = open(folder.path(), store.as_deref()).await;
        let now = "2026-11-26T02:00:00Z".parse().unwrap();
        let market = Self { folder, store, catalog, chance: Seeded(AtomicU64::new(7)), now };
        let chance = &market.chance;
        assert!(market.catalog.ensure_marketplace("Market", &someone("admin@market.cn"), now, chance).await.unwrap());
        for (slug, kind, city, owner) in [
            ("house", OrgKind::Provider, None, "owner@house.cn"),
            ("other", OrgKind::Provider, None, "owner@other.cn"),
            ("plant", OrgKind::Sme, None, "owner@plant.cn"),
            ("hangzhou", OrgKind::Authority, Some(CITY), "official@hz.cn"),
            ("ningbo", OrgKind::Authority, Some("330200"), "official@nb.cn"),
        ] {
            let (owner, city) = (someone(owner), city.map(str::to_owned));
            let org = NewOrg { slug: slug.into(), name: slug.to_uppercase(), kind, city, owner };
            let admin = market.person("admin@market.cn").await;
            market.catalog.add_org(&org, &admin.id, now, chance).await.unwrap();
        }
        market.member("hangzhou", "second@hz.cn", "official").await;
        market.member("hangzhou", "auditor@hz.cn", "auditor").await;
        market.member("house", "member@house.cn", "member").await;
        for expert in EXPERTS {
            market.member("hangzhou", expert, "assessor").await;
        }
        market
    }

    pub async fn member(&self, org: &str, email: &str, role: &str) {
        let admin = self.person("admin@market.cn").await;
        let added = self.catalog.set_org_member(org, &someone(email), role, &admin.id, self.now, &self.chance).await;
        added.unwrap();
    }

    /// Somebody with the roles they have now.
    pub async fn person(&self, email: &str) -> Person {
        let (id, _) = self.catalog.credentials(email).await.unwrap().unwrap();
        self.catalog.person(&id).await.unwrap().unwrap()
    }

    pub fn pass_days(&mut self, days: i64) {
        self.now = Instant(self.now.0 + days * 86_400_000_000);
    }

    /// Ids of one millisecond are in no order.
    pub fn pass_s(&mut self, seconds: i64) {
        self.now = Instant(self.now.0 + seconds * 1_000_000);
    }

    pub async fn tenant(&self, slug: &str) -> Tenant {
        let (owner, zone) = (self.person("owner@plant.cn").await, "Asia/Shanghai".into());
        let new = NewTenant { org: "plant".into(), slug: slug.into(), name: slug.into(), time_zone: zone };
        self.catalog.add_tenant(&new, &owner.id, self.now, &self.chance).await.unwrap().0
    }

    /// A module of `house` with a monthly plan `month` and a plan per use `use`.
    pub async fn module(&self, module: &str, month_e4: i64, use_e4: i64) {
        let owner = self.person("owner@house.cn").await.id;
        self.catalog.take_module(module, "house", &owner, self.now).await.unwrap();
        for (code, kind, price_e4) in [("month", PlanKind::Monthly, month_e4), ("use", PlanKind::PerUse, use_e4)] {
            let name = Words { zh: "套餐".into(), en: code.into() };
            let plan = Plan { code: code.into(), kind, name, price_e4, trial_days: 0, readings_months: None };
            self.catalog.add_plan(module, &plan, &owner, self.now, &self.chance).await.unwrap();
        }
    }

    /// A programme of Hangzhou over two years with the usual rules: 40 % of software, cloud, collection and consulting, at
    /// most 300,000 yuan at level 2. Its id.
    pub async fn programme(&self) -> String {
        let day = |text: &str| text.parse().unwrap();
        let batch =
            Batch { batch: 1, from: day("2026-11-01"), until: day("2027-12-31"), budget: Fen::yuan(10_000_000) };
        let new = NewProgramme {
            authority: "hangzhou".into(),
            name: "中小企业数字化转型试点".into(),
            document: "杭经信〔2026〕1号".into(),
            city_kind: CityKind::Leading,
            from: batch.from,
            until: batch.until,
            budget: Fen::yuan(20_000_000),
            min_sme_share: BasisPoints::percent(80).unwrap(),
            segments: vec![SEGMENT.into(), "34".into()],
            batches: vec![batch],
            rules: usual(),
        };
        let official = self.person("official@hz.cn").await.id;
        let programmes = Programmes::new(self.catalog.clone());
        programmes.add(&new, &official, self.now, &self.chance).await.unwrap().to_string()
    }

    /// The same rules again, as their next version.
    pub async fn new_rules(&self, programme: &str) {
        let (official, id) = (self.person("official@hz.cn").await.id, ProgrammeId::parse(programme).unwrap());
        let programmes = Programmes::new(self.catalog.clone());
        programmes.add_rules(&id, &usual(), &official, self.now).await.unwrap();
    }

    /// The same through another registry on the same records.
    pub async fn beside(&self) -> Self {
        let (folder, store) = (self.folder.clone(), self.store.clone());
        let catalog = open(folder.path(), store.as_deref()).await;
        Self { folder, store, catalog, chance: Seeded(AtomicU64::new(1 << 32)), now: self.now }
    }

    /// A statement of a test.
    pub async fn write(&self, statement: &'static str) -> Result<()> {
        let mut writing = self.catalog.writing(self.now).await?;
        execute(writing.connection(), statement).await?;
        let line = toolcrib_catalog::Line { actor: "test", act: "test", subject: "", detail: serde_json::json!({}) };
        Ok(writing.commit(line).await?)
    }
}

impl Market {
    /// The database itself says no to a statement, by a constraint or a trigger.
    #[track_caller]
    pub fn refuses(&self, statement: &'static str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let done = self.write(statement).await;
            let Err(ProgrammeError::Catalog(CatalogError::Database(sqlx::Error::Database(error)))) = done else {
                panic!("{place}: {statement}: {done:?}");
            };
            let code = error.code().unwrap_or_default();
            let refused = match self.catalog.engine() {
                // SQLITE_CONSTRAINT of whatever kind.
                Engine::Sqlite => code.parse::<i32>().is_ok_and(|code| code & 0xff == 19),
                // Integrity constraints; `RAISE EXCEPTION` of a trigger.
                Engine::Postgres => code.starts_with("23") || code == "P0001",
            };
            assert!(refused, "{place}: {statement}: {error}");
        }
    }
}

async fn execute(db: &mut AnyConnection, statement: &'static str) -> Result<()> {
    sqlx::query(statement).execute(db).await?;
    Ok(())
}

/// The code of a rule that says no, or the kind of another refusal.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Ok(done) => panic!("it was done: {done:?}"),
        Err(ProgrammeError::Catalog(CatalogError::Input(errors))) => errors[0].pointer.clone(),
        Err(ProgrammeError::Catalog(CatalogError::NotFound(_))) => "not-found".to_owned(),
        Err(ProgrammeError::Catalog(CatalogError::WrongState(_))) => "wrong-state".to_owned(),
        Err(ProgrammeError::Catalog(CatalogError::Limit(_))) => "limit".to_owned(),
        Err(ProgrammeError::Catalog(CatalogError::Changed(_))) => "conflict".to_owned(),
        Err(error) => error.rule().map_or_else(|| panic!("{error:?}"), str::to_owned),
    }
}
