//! Consent: what a tenant may agree to, and what it must agree to. Derived from the artifact's manifest.
//!
//! A capability on another module (read its shared records, call it, listen to it) may be agreed to before that module
//! is subscribed: the order of subscribing is the tenant's business. Until then the host has nothing to read or call and
//! says so to the module; consent alone never makes data appear.

use crate::error::CatalogError;
use toolcrib_contract::capability::{Wanted, missing, wanted};
use toolcrib_contract::consent::Scope;
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

/// What of a consent goes on with a version that asks for this: everything asked for that was agreed to, and no more.
pub(crate) fn inherited(wanted: &[Wanted], grants: &[Capability]) -> Vec<Capability> {
    let agreed = |wanted: &&Wanted| grants.iter().any(|grant| grant.covers(&wanted.capability));
    wanted.iter().filter(agreed).map(|wanted| wanted.capability.clone()).collect()
}

/// What a version asks for beyond a consent, and what was agreed to and is not asked for any more. `before`: what the
/// version of the consent asked for. An optional wish that the tenant knew and left out is not new.
pub(crate) fn difference(
    before: &[Wanted],
    grants: &[Capability],
    wanted: &[Wanted],
) -> (Vec<Wanted>, Vec<Capability>) {
    let granted = |wanted: &Wanted| grants.iter().any(|grant| grant.covers(&wanted.capability));
    let declined = |wanted: &Wanted| {
        wanted.optional && before.iter().any(|old| old.optional && old.capability.covers(&wanted.capability))
    };
    let new = wanted.iter().filter(|wanted| !granted(wanted) && !declined(wanted)).cloned().collect();
    let asked = |grant: &&Capability| {
        !wanted.iter().any(|wanted| wanted.capability.covers(grant) || grant.covers(&wanted.capability))
    };
    (new, grants.iter().filter(asked).cloned().collect())
}

/// The scopes of these grants, sorted.
///
/// # Errors
/// [`CatalogError::Input`] naming each scope that cannot be, or whose capability is not granted or narrowed twice.
pub(crate) fn scoped(grants: &[Capability], scopes: &[Scope]) -> Result<Vec<Scope>, CatalogError> {
    let mut errors = Vec::new();
    for (at, scope) in scopes.iter().enumerate() {
        let twice = || scopes[..at].iter().any(|other| other.capability == scope.capability);
        let what = match scope.flaw() {
            Some(flaw) => flaw,
            None if !grants.contains(&scope.capability) => format!("`{}` is not granted", scope.capability),
            None if twice() => format!("`{}` has a scope already", scope.capability),
            None => continue,
        };
        errors.push(InputError { pointer: format!("/scopes/{at}"), message: what });
    }
    if !errors.is_empty() {
        return Err(CatalogError::Input(errors));
    }
    let mut scopes = scopes.to_vec();
    scopes.sort();
    Ok(scopes)
}

pub(crate) fn all_missing(wanted: &[Wanted], grants: &[Capability]) -> Vec<Capability> {
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
    fn an_upgrade_tells_only_what_is_new_and_what_is_gone() {
        let before = wanted(&manifest("oee", "1.0.0", &["state", "count"], &["temperature"]));
        let after = wanted(&manifest("oee", "1.1.0", &["state", "speed"], &["temperature", "noise"]));
        let granted = grants(&["readings:count", "readings:state"]);
        let (new, gone) = difference(&before, &granted, &after);
        let new: Vec<_> = new.iter().map(|wanted| (wanted.capability.to_string(), wanted.optional)).collect();
        assert_eq!(new, [("readings:noise".to_owned(), true), ("readings:speed".to_owned(), false)]);
        assert_eq!(gone, grants(&["readings:count"]));
        assert_eq!(inherited(&after, &granted), grants(&["readings:state"]));
        // What could be left out is needed now.
        let needed = wanted(&manifest("oee", "1.2.0", &["state", "temperature"], &[]));
        assert_eq!(difference(&before, &granted, &needed).0.len(), 1);
    }

    #[test]
    fn a_scope_belongs_to_one_grant() {
        let granted = grants(&["readings:state"]);
        let scope = |capability: &str| Scope {
            capability: capability.parse().unwrap(),
            equipment: ["press-1".to_owned()].into(),
        };
        assert_eq!(scoped(&granted, &[scope("readings:state")]).unwrap().len(), 1);
        for bad in [vec![scope("readings:count")], vec![scope("readings:state"), scope("readings:state")]] {
            assert!(matches!(scoped(&granted, &bad), Err(CatalogError::Input(errors)) if errors.len() == 1));
        }
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
