//! Consent: what a tenant may agree to, and what it must agree to. Derived from the artifact's manifest.
//!
//! A capability on another module (read its shared records, call it, listen to it) may be agreed to before that module
//! is subscribed: the order of subscribing is the tenant's business. Until then the host has nothing to read or call and
//! says so to the module; consent alone never makes data appear.

use crate::error::CatalogError;
use toolcrib_contract::capability::{Wanted, missing, wanted};
use toolcrib_contract::json::InputError;
use toolcrib_contract::{Capability, Manifest};

/// What is asked for and what is agreed to (sorted, each once).
///
/// # Errors
/// [`CatalogError::Input`] naming each grant that nobody asked for; [`CatalogError::NotConsented`] naming everything
/// required that no grant covers.
pub fn agreed(manifest: &Manifest, grants: &[Capability]) -> Result<(Vec<Wanted>, Vec<Capability>), CatalogError> {
    let wanted = wanted(manifest);
    let asked = |grant: &Capability| wanted.iter().any(|wanted| wanted.capability.covers(grant));
    let surplus = grants.iter().enumerate().filter(|(_, grant)| !asked(grant));
    let errors: Vec<_> = surplus
        .map(|(at, grant)| InputError {
            pointer: format!("/grants/{at}"),
            message: format!("{} does not ask for `{grant}`", manifest.module),
        })
        .collect();
    if !errors.is_empty() {
        return Err(CatalogError::Input(errors));
    }
    let missing = all_missing(&wanted, grants);
    if !missing.is_empty() {
        return Err(CatalogError::NotConsented { missing });
    }
    let mut grants = grants.to_vec();
    grants.sort();
    grants.dedup();
    Ok((wanted, grants))
}

fn all_missing(wanted: &[Wanted], grants: &[Capability]) -> Vec<Capability> {
    wanted.iter().filter_map(|one| missing(std::slice::from_ref(one), grants)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::manifest;

    fn grants(texts: &[&str]) -> Vec<Capability> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn everything_required_and_nothing_else_can_be_agreed_to() {
        // Requires state and count, can do without temperature.
        let manifest = manifest("oee", "1.0.0", &["state", "count"], &["temperature"]);
        let required = ["readings:state", "readings:count"];
        let (wanted, kept) = agreed(&manifest, &grants(&[required[0], required[1], required[0]])).unwrap();
        assert_eq!((wanted.len(), kept), (3, grants(&[required[1], required[0]])));
        assert!(agreed(&manifest, &grants(&[required[0], required[1], "readings:temperature"])).is_ok());
    }

    #[test]
    fn what_is_missing_is_named_all_of_it() {
        let manifest = manifest("oee", "1.0.0", &["state", "count"], &["temperature"]);
        let Err(CatalogError::NotConsented { missing }) = agreed(&manifest, &grants(&["readings:temperature"])) else {
            panic!("consent was not needed")
        };
        assert_eq!(missing, grants(&["readings:count", "readings:state"]));
    }

    #[test]
    fn what_nobody_asked_for_is_refused_where_it_stands() {
        let manifest = manifest("oee", "1.0.0", &["state"], &[]);
        let all = grants(&["readings:state", "outbound:evil.example:443", "read:plant/person(name)"]);
        let Err(CatalogError::Input(errors)) = agreed(&manifest, &all) else { panic!("it was accepted") };
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/grants/1", "/grants/2"]);
        assert!(errors[0].message.contains("outbound:evil.example:443"));
    }
}
