//! What holds of evidence, on the real database.

use super::*;
use crate::engines::{On, on_each_engine};
use crate::market::Market;
use toolcrib_contract::attestation::{Attestation, FORM, PAYLOAD, Whose};
use toolcrib_trust::{Notary, Signer, hosted, statement};

on_each_engine![
    a_file_that_two_projects_hand_in_is_told_and_decides_nothing,
    what_is_no_evidence_is_refused_and_nothing_is_kept,
    a_project_has_room_for_so_many_items_and_bytes,
    a_statement_counts_for_the_firm_that_it_is_about,
];

const PDF: &[u8] = b"%PDF-1.7 invoice";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n slip";

/// Projects `a` of the firm `plant`, and `b` of a firm without an organisation here.
async fn market(on: On) -> Market {
    let market = Market::new(on).await;
    for statement in [
        "INSERT INTO programme (id, authority, name, document, city_kind, from_day, until_day, budget_fen, min_sme_share_bp,
             created_by, created_us)
         SELECT 'p', o.id, 'P', 'D', 'leading', '2026-01-01', '2027-01-01', 1000, 8000, x.id, 0
         FROM org o, person x WHERE o.slug = 'hangzhou' AND x.email = 'official@hz.cn'",
        "INSERT INTO project (id, programme, uscc, name, district, segment, above_scale, class, dishonest, funded_by, org, state,
             since_us, step)
         SELECT 'a', 'p', 'U1', 'A', 'd', '33', 1, 'none', 0, '[]', id, 'enrolled', 0, 1 FROM org WHERE slug = 'plant'",
        "INSERT INTO project (id, programme, uscc, name, district, segment, above_scale, class, dishonest, funded_by, state,
             since_us, step)
         VALUES ('b', 'p', 'U2', 'B', 'd', '33', 1, 'none', 0, '[]', 'enrolled', 0, 1)",
    ] {
        market.write(statement).await.unwrap();
    }
    market
}

async fn file(market: &Market, project: &str, key: &str, bytes: &[u8]) -> Result<Item, ProofError> {
    let by = market.person("owner@plant.cn").await.id;
    let new = NewFile { key: key.into(), name: "发票.pdf".into(), bytes: bytes.to_vec() };
    add_file(&market.catalog, project, new, &by, market.now, &market.chance).await
}

async fn a_file_that_two_projects_hand_in_is_told_and_decides_nothing(on: On) {
    let market = market(on).await;
    let first = file(&market, "a", "C6", PDF).await.unwrap();
    assert_eq!(file(&market, "a", "C6", PDF).await.unwrap().id, first.id, "the same again is the same");
    file(&market, "b", "C6", PDF).await.unwrap();
    file(&market, "b", "C6", PNG).await.unwrap();
    let items = items(&market.catalog, "a").await.unwrap();
    assert_eq!((items.len(), items[0].also_in()), (1, vec!["b".to_owned()]));
    let found = doubts(&market.catalog, "a", &items).await.unwrap();
    assert_eq!(found.iter().map(|doubt| doubt.code).collect::<Vec<_>>(), ["file-used-elsewhere"]);
    // Withdrawn there, it is nobody else's any more; here it stays for whoever looks later.
    let there = super::items(&market.catalog, "b").await.unwrap();
    let by = market.person("owner@plant.cn").await.id;
    withdraw(&market.catalog, "b", &there[0].id, &by, market.now).await.unwrap();
    assert!(withdraw(&market.catalog, "b", &there[0].id, &by, market.now).await.is_err());
    let items = super::items(&market.catalog, "a").await.unwrap();
    assert_eq!(doubts(&market.catalog, "a", &items).await.unwrap(), []);
    assert_eq!(super::items(&market.catalog, "b").await.unwrap().len(), 2);
    assert_eq!(item(&market.catalog, "b", &there[0].id).await.unwrap().1, PDF);
    market.refuses("UPDATE evidence SET sha256 = '0'").await;
    market.refuses("DELETE FROM evidence").await;
}

async fn what_is_no_evidence_is_refused_and_nothing_is_kept(on: On) {
    let market = market(on).await;
    let large = vec![b'%'; EVIDENCE_FILE_BYTES + 1];
    for (key, bytes) in [("Z1", PDF), ("C6", &b"MZ"[..]), ("C6", &[][..]), ("C6", large.as_slice())] {
        assert!(matches!(file(&market, "a", key, bytes).await, Err(ProofError::Catalog(CatalogError::Input(_)))));
    }
    let by = market.person("owner@plant.cn").await.id;
    for name in ["", " x", "a/b.pdf", "a\".pdf", &"x".repeat(NAME_CHARS + 1)] {
        let new = NewFile { key: "C6".into(), name: name.into(), bytes: PDF.to_vec() };
        assert!(add_file(&market.catalog, "a", new, &by, market.now, &market.chance).await.is_err(), "{name}");
    }
    assert_eq!(items(&market.catalog, "a").await.unwrap(), []);
}

async fn a_project_has_room_for_so_many_items_and_bytes(on: On) {
    let market = market(on).await;
    file(&market, "a", "C6", PDF).await.unwrap();
    market
        .write(
            "INSERT INTO evidence (id, project, key, source, name, media, bytes, sha256, file, added_by, added_us)
             WITH RECURSIVE walk (number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM walk WHERE number < 500)
             SELECT 'x' || number, 'a', 'C7', 'uploaded', 'x', 'application/pdf', 1,
                 (SELECT substr(max(e.sha256), 1, 61) FROM evidence e) || (number + 100), 'x', p.id, 0
             FROM walk, person p WHERE p.email = 'owner@plant.cn'",
        )
        .await
        .unwrap();
    assert_eq!(items(&market.catalog, "a").await.unwrap().len() as i64, EVIDENCE_ITEMS);
    let refused = file(&market, "a", "C6", PNG).await.unwrap_err();
    assert!(matches!(refused, ProofError::Catalog(CatalogError::Limit(_))), "{refused}");
    market
        .write(
            "INSERT INTO evidence (id, project, key, source, name, media, bytes, sha256, file, added_by, added_us)
             SELECT 'large', 'b', 'C7', 'uploaded', 'x', 'application/pdf', 67108864,
                 substr(e.sha256, 1, 61) || '001', 'x', e.added_by, 0
             FROM evidence e LIMIT 1",
        )
        .await
        .unwrap();
    let refused = file(&market, "b", "C6", PNG).await.unwrap_err();
    assert!(matches!(refused, ProofError::Catalog(CatalogError::Limit(_))), "{refused}");
}

async fn a_statement_counts_for_the_firm_that_it_is_about(on: On) {
    let market = market(on).await;
    let (signer, notary) = (
        Signer::generate(&market.chance),
        Notary::new(Signer::generate(&market.chance), Signer::generate(&market.chance)),
    );
    let token = "0".repeat(64);
    market.catalog.ensure_host("plant-host", &token, market.now).await.unwrap();
    let key = signer.public_key();
    let (context, message) = statement::host_key(&token, &key);
    let (public, proof) = (key.to_base64(), signer.sign(context, &message));
    let add = |proof: String| {
        let (catalog, token, public, now) = (&market.catalog, &token, &public, market.now);
        let notary = &notary;
        async move { catalog.add_host_key("plant-host", token, (public.as_str(), proof.as_str()), now, notary).await }
    };
    assert!(add(signer.sign(context, b"something else")).await.is_err());
    let known = add(proof.clone()).await.unwrap();
    assert_eq!(add(proof).await.unwrap(), known, "the same key again changes nothing");

    let tenant = market.tenant("donghu").await;
    let statement = |id: &str, made: &str| {
        let tenant = Whose { id: id.to_owned(), ..Whose::default() };
        let said = Attestation { form: FORM.into(), tenant, made_at: made.into(), ..Attestation::default() };
        let said = Attestation { from: "2026-11-01".into(), until: "2026-11-25".into(), ..said };
        hosted::seal(PAYLOAD, said.canonical().as_bytes(), &signer)
    };
    let by = market.person("owner@plant.cn").await.id;
    let send = |project: &'static str, envelope: String| {
        let (catalog, now, chance, by) = (&market.catalog, market.now, &market.chance, &by);
        async move { add_statement(catalog, project, ("H2", &envelope), by, now, chance).await }
    };
    let good = statement(tenant.id.as_str(), "2026-11-26T01:00:00Z");
    let item = send("a", good.clone()).await.unwrap();
    assert_eq!((item.source.as_str(), item.host.as_deref()), ("generated", Some("plant-host")));
    assert_eq!(send("a", good.clone()).await.unwrap().id, item.id);
    let refused = [
        send("b", good).await,
        send("a", statement("018f0e6e-7b1c-7cc3-a1b2-0123456789ab", "2026-11-26T01:00:00Z")).await,
        send("a", statement(tenant.id.as_str(), "2026-11-27T01:00:00Z")).await,
        send("a", hosted::seal("application/other", b"{}", &signer)).await,
    ];
    for one in refused {
        assert!(matches!(one, Err(ProofError::NotProven(_))), "{one:?}");
    }
    let bytes = archive::make(&market.catalog, "a", notary.signer()).await.unwrap();
    let proven = archive::verify(bytes.as_slice(), &[notary.signer().public_key()]).unwrap();
    assert_eq!(proven.items[0].signer, Some(signer.key_id()));
}
