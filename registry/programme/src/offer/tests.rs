//! Offers, signatures and contracts, on a real database in a temporary folder.

use super::*;
use crate::contract;
use crate::engines::{On, on_each_engine};
use crate::identification::{self, Step};
use crate::market::{CITY, Market, SEGMENT, refused};
use crate::money::Fen;
use crate::refusal::Result;
use toolcrib_catalog::Engine;
use toolcrib_contract::types::Instant;

on_each_engine![
    a_quote_says_who_pays_what_before_anybody_signs,
    both_sides_sign_the_same_version_and_the_contract_never_changes,
    a_line_changed_behind_the_back_is_noticed_and_not_filed,
    a_contract_is_filed_once_and_stays_when_its_provider_is_suspended_afterwards,
    a_provider_suspended_between_offer_and_signature_signs_nothing,
    an_unfiled_contract_is_replaced_by_a_new_one_and_only_once,
    nobody_signs_what_is_over_or_what_the_rules_no_longer_say,
    who_belongs_to_both_sides_signs_for_neither,
    odd_amounts_and_odd_offers_are_refused_whole,
];

fn line(category: &str, quantity: u32, unit: i64, discount: i64) -> NewLine {
    NewLine {
        category: category.into(),
        description: format!("一批 {category}"),
        quantity,
        unit_fen: Some(unit),
        discount_fen: discount,
        ..NewLine::default()
    }
}

/// ¥100,000 of software less ¥10,000, ten gateways of ¥3,000, furniture of ¥5,000.
fn plain() -> NewOffer {
    NewOffer {
        provider: "house".into(),
        firm: "plant".into(),
        title: "数字化改造".into(),
        programme: None,
        segment: None,
        track: None,
        replaces: None,
        version: NewVersion {
            lines: vec![
                line("software", 1, 10_000_000, 1_000_000),
                line("collection", 10, 300_000, 0),
                line("other", 1, 500_000, 0),
            ],
            valid_until: "2027-01-31".into(),
            target_level: None,
            note: String::new(),
        },
    }
}

fn under(programme: &str) -> NewOffer {
    let mut new = plain();
    (new.programme, new.segment) = (Some(programme.into()), Some(SEGMENT.into()));
    new.version.target_level = Some(2);
    new
}

impl Market {
    async fn makes(&self, new: &NewOffer) -> Result<String> {
        let member = self.person("member@house.cn").await;
        make(&self.catalog, new, &member, self.now, &self.chance).await
    }

    async fn newest(&self, id: &str) -> Version {
        let owner = self.person("owner@house.cn").await;
        detail(&self.catalog, id, &owner, self.now).await.unwrap().versions.remove(0)
    }

    async fn signs(&self, id: &str, by: &str) -> Result<Option<String>> {
        let newest = self.newest(id).await;
        let (by, read) = (self.person(by).await, (newest.content.version, newest.digest.as_str()));
        sign(&self.catalog, id, read, &by, self.now, &self.chance).await
    }

    async fn signed(&self, new: &NewOffer) -> contract::Contract {
        let id = self.makes(new).await.unwrap();
        assert_eq!(self.signs(&id, "owner@house.cn").await.unwrap(), None);
        let made = self.signs(&id, "owner@plant.cn").await.unwrap().unwrap();
        contract::contract(&self.catalog, &made, &self.person("owner@plant.cn").await).await.unwrap()
    }

    async fn files(&self, contract: &contract::Contract, hash: &str, project: &str) -> Result<contract::Contract> {
        let mut writing = self.catalog.writing(self.now).await?;
        let filed = contract::file(&mut writing, &contract.row.id, hash, project).await?;
        let line = toolcrib_catalog::Line { actor: "test", act: "test", subject: "", detail: serde_json::json!({}) };
        writing.commit(line).await?;
        Ok(filed)
    }

    async fn owner_of_plant_signs_in_both(&self) {
        self.member("house", "owner@plant.cn", "owner").await;
    }

    async fn stands(&self, id: &str, step: Step) {
        let official = self.person("official@hz.cn").await;
        identification::take(&self.catalog, id, &step, "因为", &official, self.now).await.unwrap();
    }
}

async fn a_quote_says_who_pays_what_before_anybody_signs(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    market.identified().await;
    let member = market.person("member@house.cn").await;
    let seen = preview(&market.catalog, &under(&programme), &member, market.now).await.unwrap();
    // 40 % of software 90,000 and gateways 30,000: 48,000 yuan. List 135,000, discounts 10,000, firm 125,000 − 48,000.
    let yuan = |fen: Fen| fen.get() / 100;
    assert_eq!((yuan(seen.split.list), yuan(seen.split.net), yuan(seen.split.eligible)), (135_000, 125_000, 120_000));
    assert_eq!(
        (yuan(seen.split.firm), yuan(seen.split.provider), yuan(seen.split.programme)),
        (77_000, 10_000, 48_000)
    );
    let lines: Vec<_> = seen.lines.iter().map(|line| (line.eligible, yuan(line.programme), yuan(line.firm))).collect();
    assert_eq!(lines, [(true, 36_000, 54_000), (true, 12_000, 18_000), (false, 0, 5_000)]);
    let rules = seen.under.unwrap();
    assert_eq!((rules.city.as_str(), rules.rule, rules.batch, rules.track.as_str()), (CITY, 1, 1, "general"));
    let (offers, _) = list(&market.catalog, &member, &OfferFilter::default(), market.now).await.unwrap();
    assert!(offers.is_empty(), "nothing of a preview is kept");
    // Without a programme there is no award, and nobody needs to be identified.
    let seen = preview(&market.catalog, &plain(), &member, market.now).await.unwrap();
    assert_eq!((yuan(seen.split.firm), seen.split.programme, seen.under), (125_000, Fen::ZERO, None));
}

async fn both_sides_sign_the_same_version_and_the_contract_never_changes(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    market.identified().await;
    let id = market.makes(&under(&programme)).await.unwrap();
    assert_eq!(refused(market.signs(&id, "member@house.cn").await), "not-allowed");
    assert_eq!(refused(market.signs(&id, "owner@other.cn").await), "not-found");
    assert_eq!(market.signs(&id, "owner@plant.cn").await.unwrap(), None);
    assert_eq!(market.signs(&id, "owner@plant.cn").await.unwrap(), None, "signing again is no error");
    let (old, owner) = (market.newest(&id).await, market.person("owner@house.cn").await);
    let mut version = under(&programme).version;
    version.lines[0].discount_fen += 1;
    assert_eq!(revise(&market.catalog, &id, &version, &owner, market.now).await.unwrap(), 2);
    let firm = market.person("owner@plant.cn").await;
    let stale = sign(&market.catalog, &id, (1, &old.digest), &owner, market.now, &market.chance).await;
    assert_eq!(refused(stale), "conflict");
    let other = sign(&market.catalog, &id, (2, &old.digest), &owner, market.now, &market.chance).await;
    assert_eq!(refused(other), "conflict", "the digest is of what was read");
    assert_eq!(refused(revise(&market.catalog, &id, &version, &firm, market.now).await), "not-allowed");
    // The firm's signature was for version 1.
    assert_eq!(market.signs(&id, "owner@house.cn").await.unwrap(), None);
    let contract = market.signs(&id, "owner@plant.cn").await.unwrap().unwrap();
    let official = market.person("official@hz.cn").await;
    let seen = contract::contract(&market.catalog, &contract, &official).await.unwrap();
    assert!(seen.intact && seen.signatures.len() == 2 && seen.content.version == 2);
    assert_eq!(seen.lines()[0].discount, Fen::new(1_000_001).unwrap());
    let strange = market.person("official@nb.cn").await;
    assert_eq!(refused(contract::contract(&market.catalog, &contract, &strange).await), "not-found");
    assert_eq!(refused(contract::change(&market.catalog, &contract, 1, &firm).await), "rule-06-contract");
    assert_eq!(refused(revise(&market.catalog, &id, &version, &owner, market.now).await), "offer-over");
    for written in [
        "UPDATE contract_line SET net_fen = 0, list_fen = discount_fen",
        "DELETE FROM contract_line",
        "UPDATE contract SET hash = 'x'",
        "DELETE FROM contract",
        "UPDATE offer_version SET content = '{}'",
        "UPDATE offer_signature SET at_us = 0",
        "UPDATE offer SET title = 'x'",
    ] {
        market.refuses(written).await;
    }
    let (rows, _) = contract::list(&market.catalog, &official, &contract::ContractFilter::default()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(
        contract::list(&market.catalog, &strange, &contract::ContractFilter::default()).await.unwrap().0.is_empty()
    );
    assert!(market.catalog.verify_audit().await.is_ok());
}

async fn a_line_changed_behind_the_back_is_noticed_and_not_filed(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    market.identified().await;
    let contract = market.signed(&under(&programme)).await;
    let unkept = match market.catalog.engine() {
        Engine::Sqlite => "DROP TRIGGER contract_line_kept_1",
        Engine::Postgres => "ALTER TABLE contract_line DISABLE TRIGGER contract_line_kept_1",
    };
    market.write(unkept).await.unwrap();
    market.write("UPDATE contract_line SET discount_fen = 0, net_fen = list_fen WHERE line = 1").await.unwrap();
    let hash = contract.row.hash.clone();
    assert_eq!(refused(market.files(&contract, &hash, "p1").await), "rule-06-contract");
    let owner = market.person("owner@plant.cn").await;
    assert!(!contract::contract(&market.catalog, &contract.row.id, &owner).await.unwrap().intact);
}

async fn a_contract_is_filed_once_and_stays_when_its_provider_is_suspended_afterwards(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    let identified = market.identified().await;
    let contract = market.signed(&under(&programme)).await;
    let other = market.signed(&under(&programme)).await;
    let hash = contract.row.hash.clone();
    assert_eq!(refused(market.files(&contract, &other.row.hash, "p1").await), "rule-06-contract");
    market.files(&contract, &hash, "p1").await.unwrap();
    assert_eq!(refused(market.files(&contract, &hash, "p2").await), "rule-06-contract");
    let mut replacing = under(&programme);
    replacing.replaces = Some(contract.row.id.clone());
    assert_eq!(refused(market.makes(&replacing).await), "rule-06-contract", "what is filed never changes");
    market.pass_days(1);
    market.stands(&identified, Step::Suspend).await;
    // What was filed stays, and acceptance hears of it.
    let mut read = market.catalog.reading().acquire().await.unwrap();
    let filed = contract::filed(&mut read, &contract.row.id, &hash, "p1").await.unwrap();
    let told: Vec<_> = filed.notes.iter().map(|note| (note.state, note.reason.as_str())).collect();
    assert_eq!(told, [(identification::State::Suspended, "因为")]);
    assert_eq!(refused(contract::filed(&mut read, &contract.row.id, &hash, "p2").await), "rule-06-contract");
    drop(read);
    // Nothing new begins: no offer, no signature, no filing.
    assert_eq!(refused(market.makes(&under(&programme)).await), "rule-05-provider");
    assert_eq!(refused(market.files(&other, &other.row.hash, "p3").await), "rule-05-provider");
}

async fn a_provider_suspended_between_offer_and_signature_signs_nothing(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    let identified = market.identified().await;
    let id = market.makes(&under(&programme)).await.unwrap();
    market.signs(&id, "owner@plant.cn").await.unwrap();
    market.stands(&identified, Step::Suspend).await;
    assert_eq!(refused(market.signs(&id, "owner@house.cn").await), "rule-05-provider");
    market.stands(&identified, Step::Restore).await;
    assert!(market.signs(&id, "owner@house.cn").await.unwrap().is_some());
}

async fn an_unfiled_contract_is_replaced_by_a_new_one_and_only_once(on: On) {
    let market = Market::new(on).await;
    let contract = market.signed(&plain()).await;
    let mut replacing = plain();
    replacing.replaces = Some(contract.row.id.clone());
    let id = market.makes(&replacing).await.unwrap();
    assert_eq!(refused(market.makes(&replacing).await.map_err(kind)), "not-unique");
    market.signs(&id, "owner@house.cn").await.unwrap();
    let next = market.signs(&id, "owner@plant.cn").await.unwrap().unwrap();
    let firm = market.person("owner@plant.cn").await;
    let old = contract::contract(&market.catalog, &contract.row.id, &firm).await.unwrap();
    assert_eq!(old.row.replaced_by, Some(next));
    assert!(old.intact);
    assert_eq!(refused(market.makes(&replacing).await), "rule-06-contract");
    let hash = old.row.hash.clone();
    assert_eq!(refused(market.files(&old, &hash, "p1").await), "rule-06-contract");
}

/// Unique values have no code of a rule.
fn kind(error: crate::refusal::ProgrammeError) -> crate::refusal::ProgrammeError {
    use crate::refusal::ProgrammeError;
    match error {
        ProgrammeError::Catalog(CatalogError::NotUnique { .. }) => {
            ProgrammeError::refused(toolcrib_contract::problem::NOT_UNIQUE, "taken")
        }
        error => error,
    }
}

async fn nobody_signs_what_is_over_or_what_the_rules_no_longer_say(on: On) {
    let mut market = Market::new(on).await;
    let programme = market.programme().await;
    market.identified().await;
    let id = market.makes(&under(&programme)).await.unwrap();
    market.new_rules(&programme).await;
    assert_eq!(refused(market.signs(&id, "owner@plant.cn").await), "rule-18-rules-changed");
    let owner = market.person("owner@house.cn").await;
    revise(&market.catalog, &id, &under(&programme).version, &owner, market.now).await.unwrap();
    market.signs(&id, "owner@plant.cn").await.unwrap();
    let day: Instant = "2027-01-31T15:59:59Z".parse().unwrap();
    market.now = day;
    assert!(market.newest(&id).await.signatures.len() == 1);
    market.now = Instant(day.0 + 1_000_000);
    assert_eq!(refused(market.signs(&id, "owner@house.cn").await), "offer-over");
    let (rows, _) = list(&market.catalog, &owner, &OfferFilter::default(), market.now).await.unwrap();
    assert_eq!(rows[0].state, OfferState::Lapsed);
    let filter = OfferFilter { state: Some(OfferState::Open), ..OfferFilter::default() };
    assert!(list(&market.catalog, &owner, &filter, market.now).await.unwrap().0.is_empty());
    let firm = market.person("owner@plant.cn").await;
    assert_eq!(end(&market.catalog, &id, "太贵", &firm, market.now).await.unwrap(), OfferState::Declined);
    assert_eq!(refused(end(&market.catalog, &id, "太贵", &firm, market.now).await), "offer-over");
}

async fn who_belongs_to_both_sides_signs_for_neither(on: On) {
    let market = Market::new(on).await;
    let id = market.makes(&plain()).await.unwrap();
    market.owner_of_plant_signs_in_both().await;
    assert_eq!(refused(market.signs(&id, "owner@plant.cn").await), "rule-10-assessor");
}

async fn odd_amounts_and_odd_offers_are_refused_whole(on: On) {
    let market = Market::new(on).await;
    let case = async |change: fn(&mut NewOffer)| {
        let mut wrong = plain();
        change(&mut wrong);
        refused(market.makes(&wrong).await)
    };
    assert_eq!(case(|o| o.version.lines[0].unit_fen = Some(-1)).await, "/lines/0/unit_fen");
    assert_eq!(case(|o| o.version.lines[0].unit_fen = Some(i64::MAX)).await, "/lines/0/unit_fen");
    assert_eq!(
        case(|o| (o.version.lines[1].unit_fen, o.version.lines[1].quantity) = (Some(i64::MAX / 2), u32::MAX)).await,
        "/lines/1/unit_fen"
    );
    assert_eq!(case(|o| o.version.lines[0].discount_fen = -1).await, "/lines/0/discount_fen");
    assert_eq!(case(|o| o.version.lines[0].discount_fen = 10_000_001).await, "/lines/0/discount_fen");
    assert_eq!(case(|o| o.version.lines[0].quantity = 0).await, "/lines/0/discount_fen");
    assert_eq!(case(|o| o.version.lines[2].quantity = 0).await, "/lines/2/quantity");
    assert_eq!(case(|o| o.version.lines[2].category = "gift".into()).await, "/lines/2/category");
    assert_eq!(case(|o| o.version.lines[2].description = String::new()).await, "/lines/2/description");
    assert_eq!(case(|o| o.version.lines[2].plan = Some("month".into())).await, "/lines/2/unit_fen");
    assert_eq!(case(|o| o.version.lines.clear()).await, "/lines");
    assert_eq!(case(|o| o.version.lines = vec![line("other", 1, 1, 0); 201]).await, "/lines");
    assert_eq!(case(|o| o.version.lines = vec![line("other", 1, Fen::MAX.get(), 0); 2]).await, "/lines");
    assert_eq!(case(|o| o.version.valid_until = "2026-11-25".into()).await, "/valid_until");
    assert_eq!(case(|o| o.version.valid_until = "2027-02-29".into()).await, "/valid_until");
    assert_eq!(case(|o| o.version.valid_until = "2027-05-26".into()).await, "/valid_until");
    assert_eq!(case(|o| o.version.target_level = Some(2)).await, "/target_level");
    assert_eq!(case(|o| o.segment = Some("33".into())).await, "/segment");
    assert_eq!(case(|o| o.firm = "other".into()).await, "/firm");
    assert_eq!(case(|o| o.replaces = Some("none".into())).await, "/replaces");
    assert_eq!(
        case(|o| (o.programme, o.segment, o.version.target_level) = (Some("none".into()), Some("33".into()), Some(1)))
            .await,
        "not-found"
    );
    let (rows, _) = list(&market.catalog, &market.person("owner@house.cn").await, &OfferFilter::default(), market.now)
        .await
        .unwrap();
    assert!(rows.is_empty());
    for _ in 0..OFFERS_OPEN {
        market.makes(&plain()).await.unwrap();
    }
    assert_eq!(refused(market.makes(&plain()).await), "limit");
}
