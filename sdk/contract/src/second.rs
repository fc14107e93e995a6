//! Where one reviewer is not enough.

use crate::Manifest;
use crate::capability::{Capability, wanted};

/// No version of the module was approved before.
pub const FIRST_PUBLICATION: &str = "first-publication";
/// It may send data out of the plant.
pub const EGRESS: &str = "egress";
/// It keeps records that other modules read, or acts on other modules' records through their operations.
pub const SHARED_DATA: &str = "shared-data";

/// Why a version needs the approval of two people; empty when one is enough.
pub fn second_because(manifest: &Manifest, first: bool) -> Vec<&'static str> {
    let wanted = wanted(manifest);
    let asks = |kind: fn(&Capability) -> bool| wanted.iter().any(|wanted| kind(&wanted.capability));
    let egress = asks(|capability| matches!(capability, Capability::Outbound { .. }));
    let acts = asks(|capability| matches!(capability, Capability::Call { .. }));
    let shared = acts || manifest.records.iter().any(|record| record.shared);
    let reasons = [(first, FIRST_PUBLICATION), (egress, EGRESS), (shared, SHARED_DATA)];
    reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{RecordDef, Request, RequestKind, Words};

    #[test]
    fn egress_shared_data_and_a_first_publication_need_two_people() {
        let mut module = Manifest { module: "oee".into(), version: "1.0.0".into(), ..Manifest::default() };
        assert_eq!(second_because(&module, false), [""; 0]);
        assert_eq!(second_because(&module, true), [FIRST_PUBLICATION]);
        let kind = RequestKind::Outbound { host: "erp.example.com".into() };
        module.requests.push(Request { kind, reason: Words::default(), optional: true });
        assert_eq!(second_because(&module, false), [EGRESS], "also when it is optional");
        let record =
            |shared| RecordDef { name: "thing".into(), doc: String::new(), shared, fields: vec![], indexes: vec![] };
        module.records = vec![record(false)];
        assert_eq!(second_because(&module, false), [EGRESS], "its own records are its own");
        module.records = vec![record(true)];
        assert_eq!(second_because(&module, true), [FIRST_PUBLICATION, EGRESS, SHARED_DATA]);
    }
}
