//! The checks, one rule to a file.

mod bounds;
mod calls;
mod compatibility;
mod handlers;
mod imports;
mod licence;
mod listing;
mod names;
pub(crate) mod package;
mod reads;
mod scenarios;
mod secrets;
pub(crate) mod sections;
mod shapes;
mod version;
mod words;

use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::package::Package;

/// What a manifest is judged against.
pub(crate) struct Context<'a> {
    /// The name the submission was made under.
    pub expected: Option<&'a str>,
    /// The last approved version of the module.
    pub previous: Option<&'a Manifest>,
    /// The newest approved manifests of all modules.
    pub others: &'a [Manifest],
    /// Interfaces the component imports.
    pub interfaces: &'a BTreeSet<String>,
}

/// What identifies a submission: module and version.
pub(crate) fn identity(manifest: &Manifest) -> Vec<Finding> {
    let mut found = names::check(manifest, None, &[]);
    found.retain(|finding| finding.place == "module name");
    found.extend(version::check(manifest, None));
    found
}

/// Every rule about the manifest.
pub(crate) fn manifest(manifest: &Manifest, context: &Context<'_>) -> Vec<Finding> {
    let Context { expected, previous, others, interfaces } = context;
    let over = bounds::check(manifest);
    if !over.is_empty() {
        // What is not bounded is not looked at further: the other checks compare everything with everything.
        return [identity(manifest), over].concat();
    }
    [
        names::check(manifest, *expected, others),
        version::check(manifest, *previous),
        words::check(manifest),
        shapes::check(manifest),
        handlers::check(manifest, others),
        imports::check(manifest, interfaces),
        reads::check(manifest, others),
        calls::check(manifest, others),
        compatibility::check(manifest, *previous),
    ]
    .concat()
}

/// Every rule about listing and scenarios. `costs`: of the replay, empty when there was none.
pub(crate) fn package(manifest: Option<&Manifest>, package: &Package, costs: &[Cost]) -> Vec<Finding> {
    let mut found = listing::check(&package.listing);
    if let Some(manifest) = manifest {
        found.extend(scenarios::check(manifest, &package.scenarios));
        if !costs.is_empty() {
            found.extend(scenarios::never_ran(manifest, costs));
        }
    }
    found
}
