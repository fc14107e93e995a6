//! One version with everything that proves it, and every way to spoil it.

use super::*;
use crate::fixture::{Seeded, manifest};
use crate::log::merkle::{self, Hash};
use crate::notary::Notary;
use crate::publication::manifest_text;
use crate::revocations::{Revocations, RevokedKey, Withdrawn};
use crate::signer::Signer;
use crate::standing::Standing;
use toolcrib_contract::world::Chance;

const DAY_US: i64 = 86_400_000_000;
const SUBMITTED: Instant = Instant(1_795_507_200_000_000);

struct Case {
    notary: Notary,
    publisher: Signer,
    component: Vec<u8>,
    key: PublisherKey,
    approval: Approval,
    publication: Publication,
}

impl Case {
    fn new() -> Self {
        let chance = Seeded::new(11);
        let notary = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        let publisher = Signer::generate(&chance);
        let mut component = vec![0; 100_000];
        chance.fill(&mut component);
        let manifest = manifest("oee", "1.0.0");
        let publication = Publication::of(&component, &manifest, "test");
        let (not_before, org) = (Instant(SUBMITTED.0 - DAY_US), "acme".to_owned());
        let key = PublisherKey {
            key: publisher.public_key(),
            org: org.clone(),
            not_before,
            not_after: Some(Instant(SUBMITTED.0 + DAY_US)),
            introduced_by: None,
        };
        let facts = crate::approval::Facts {
            module: "oee".into(),
            version: "1.0.0".into(),
            org,
            key_id: publisher.key_id(),
            capabilities: capabilities_digest(&manifest),
            rules: "1".into(),
            reviewers: vec!["person".into()],
            submitted_at: SUBMITTED,
            approved_at: SUBMITTED.plus_us(1),
            expires_at: None,
        };
        let (component_digest, manifest_digest) = (publication.component.clone(), publication.manifest.clone());
        let approval = Approval { component: component_digest, manifest: manifest_digest, facts };
        Self { notary, publisher, component, key, approval, publication }
    }

    /// The evidence as a registry makes it: in the log, the key's record before the approval, others around.
    fn evidence(&self) -> Evidence {
        self.logged(1, 3)
    }

    fn logged(&self, key_at: usize, approval_at: usize) -> Evidence {
        let signer = self.notary.signer();
        let (key, approval) = (self.key.seal(signer), self.approval.seal(signer));
        let publisher = self.publication.seal(&self.publisher);
        let mut entries: Vec<Vec<u8>> = (0..5).map(|nth| vec![nth]).collect();
        entries[key_at] = Record::key_added(&self.key.org, &self.key.key.key_id(), &key).entry();
        entries[approval_at] = approved(&self.approval, &publisher, &approval).entry();
        let leaves: Vec<Hash> = entries.iter().map(|entry| merkle::leaf(entry)).collect();
        let hash = |range: &std::ops::Range<u64>| subtree(&leaves[range.start as usize..range.end as usize]);
        let checkpoint = self.notary.checkpoint(5, &hash(&(0..5)));
        let prove = |index: usize| {
            let path: Vec<_> = merkle::inclusion(index as u64, 5).iter().map(hash).collect();
            proof::write(index as u64, &path, &checkpoint)
        };
        Evidence {
            manifest: manifest_text(&manifest("oee", "1.0.0")),
            publisher,
            approval,
            key,
            key_proof: prove(key_at),
            proof: prove(approval_at),
        }
    }

    fn verify(&self, evidence: &Evidence) -> Result<Proven, Doubt> {
        evidence.verify(&self.component, &self.notary.pins())
    }

    #[track_caller]
    fn fails(&self, evidence: &Evidence, code: &str) {
        assert_eq!(self.verify(evidence).unwrap_err().code(), code);
    }
}

fn subtree(leaves: &[Hash]) -> Hash {
    match leaves {
        [one] => *one,
        more => {
            let middle = more.len().next_power_of_two() / 2;
            merkle::join(&subtree(&more[..middle]), &subtree(&more[middle..]))
        }
    }
}

#[test]
fn a_version_with_all_its_evidence_is_proven() {
    let case = Case::new();
    let proven = case.verify(&case.evidence()).unwrap();
    assert_eq!((proven.org.as_str(), proven.index, proven.key_index), ("acme", 3, 1));
    assert_eq!((proven.digest.clone(), proven.key_id.clone()), (digest::of(&case.component), case.publisher.key_id()));
    assert_eq!((&proven.publication, &proven.approval), (&case.publication, &case.approval));
    assert!(!proven.is_expired(Instant::MAX));
}

#[test]
fn no_altered_byte_of_anything_passes() {
    let case = Case::new();
    let good = case.evidence();
    for (nth, (part, _)) in FILES.iter().enumerate() {
        for at in 0..good.texts()[nth].len() {
            let mut texts = good.texts().map(str::to_owned);
            let mut bytes = std::mem::take(&mut texts[nth]).into_bytes();
            // Stays text, so that more than its encoding is tried.
            bytes[at] ^= if bytes[at] < 0x80 { 0x01 } else { 0x40 };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            texts[nth] = text;
            let doubt = case.verify(&Evidence::from_texts(texts)).expect_err(&format!("{part}, byte {at}"));
            assert!(!doubt.to_string().is_empty());
        }
    }
    let mut component = case.component.clone();
    for at in (0..component.len()).step_by(4_999).chain([component.len() - 1]) {
        component[at] ^= 1;
        let doubt = good.verify(&component, &case.notary.pins()).unwrap_err();
        assert!(matches!(doubt, Doubt::Mismatch { part: Part::Component, .. }), "byte {at}: {doubt}");
        component[at] ^= 1;
    }
    assert!(good.verify(&component[1..], &case.notary.pins()).is_err());
}

#[test]
fn every_part_must_speak_of_the_same_thing() {
    // Everything here is signed and logged as it should be; only one thing is untrue.
    let with = |change: &dyn Fn(&mut Case)| {
        let mut case = Case::new();
        change(&mut case);
        case
    };
    let fails = |change: &dyn Fn(&mut Case), code: &str| {
        let case = with(change);
        case.fails(&case.evidence(), code);
    };
    fails(&|case| case.publication.component = digest::of(b"other"), "evidence-mismatch");
    fails(&|case| case.publication.manifest = digest::of(b"other"), "evidence-mismatch");
    fails(&|case| case.approval.component = digest::of(b"other"), "evidence-mismatch");
    fails(&|case| case.approval.manifest = digest::of(b"other"), "evidence-mismatch");
    fails(&|case| case.publication.version = "1.0.1".into(), "evidence-mismatch");
    fails(&|case| case.approval.facts.module = "plant".into(), "evidence-mismatch");
    fails(&|case| case.approval.facts.capabilities = digest::of(b""), "evidence-mismatch");
    fails(&|case| case.approval.facts.key_id = "00".into(), "evidence-mismatch");
    fails(&|case| case.approval.facts.org = "bolt".into(), "evidence-mismatch");
    fails(&|case| case.approval.facts.submitted_at = case.key.not_after.unwrap(), "publisher-key-invalid");
    fails(&|case| case.approval.facts.submitted_at.0 -= DAY_US + 1, "publisher-key-invalid");
    fails(&|case| case.publisher = Signer::generate(&Seeded::new(12)), "signature-missing");
    let case = Case::new();
    case.fails(&case.logged(3, 1), "publisher-key-invalid");
    // Another registry's word, or another log's, is nothing here.
    let mut other = Case::new();
    other.notary = Notary::new(Signer::generate(&Seeded::new(13)), Signer::generate(&Seeded::new(14)));
    case.fails(&other.evidence(), "signature-missing");
    let evidence = case.evidence();
    case.fails(&Evidence { proof: other.evidence().proof, ..evidence.clone() }, "signature-missing");
    case.fails(&Evidence { proof: evidence.key_proof.clone(), ..evidence.clone() }, "not-logged");
    case.fails(&Evidence { approval: evidence.key.clone(), ..evidence.clone() }, "evidence-mismatch");
}

#[test]
fn what_was_logged_before_its_keys_revocation_stays_valid_unless_it_is_revoked_itself() {
    let case = Case::new();
    let proven = case.verify(&case.evidence()).unwrap();
    let list = |index: u64, standing: Option<Standing>| Revocations {
        seq: 1,
        issued_at: SUBMITTED,
        max_age_s: 1,
        versions: standing
            .map(|standing| Withdrawn {
                module: "oee".into(),
                version: "1.0.0".into(),
                digest: proven.digest.clone(),
                standing,
                at: SUBMITTED,
                reason: "it leaks".into(),
            })
            .into_iter()
            .collect(),
        keys: vec![RevokedKey { org: "acme".into(), key_id: proven.key_id.clone(), at: SUBMITTED, index }],
    };
    assert_eq!(list(4, None).judge(&proven), Ok(()));
    assert_eq!(list(2, None).judge(&proven).unwrap_err().code(), "publisher-key-invalid");
    for harmless in [Standing::Deprecated, Standing::Yanked] {
        assert_eq!(list(4, Some(harmless)).judge(&proven), Ok(()));
    }
    let revoked = list(4, Some(Standing::Revoked)).judge(&proven).unwrap_err();
    assert!(revoked.code() == "version-revoked" && revoked.to_string().contains("it leaks"), "{revoked}");
}

#[test]
fn an_approval_may_end() {
    let mut case = Case::new();
    case.approval.facts.expires_at = Some(SUBMITTED);
    let proven = case.verify(&case.evidence()).unwrap();
    assert!(proven.is_expired(SUBMITTED) && !proven.is_expired(Instant(SUBMITTED.0 - 1)));
}
