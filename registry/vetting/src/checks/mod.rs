//! The checks, one rule to a file.

mod additive;
pub(crate) mod behaviour;
pub(crate) mod bill;
mod bounds;
pub(crate) mod budgets;
mod calls;
mod compatibility;
mod confusable;
pub(crate) mod consent;
pub(crate) mod costs;
pub(crate) mod entropy;
mod handlers;
mod imports;
pub(crate) mod known_bad;
mod licence;
mod listing;
mod names;
mod offered;
pub(crate) mod package;
mod plain;
mod reads;
mod scenarios;
mod scripts;
mod secrets;
pub(crate) mod sections;
mod shapes;
mod version;
mod views;
pub(crate) mod wording;
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
    /// Slugs of the other providers.
    pub providers: &'a [String],
    /// Interfaces the component imports.
    pub interfaces: &'a BTreeSet<String>,
}

/// What identifies a submission: module and version.
pub(crate) fn identity(manifest: &Manifest) -> Vec<Finding> {
    let mut found = names::check(manifest, None);
    found.retain(|finding| finding.place == "module name");
    found.extend(version::check(manifest, None));
    found
}

/// What a manifest declares beyond the limits; what is not bounded is not looked at further.
pub(crate) fn bounds(manifest: &Manifest) -> Vec<Finding> {
    bounds::check(manifest)
}

/// Every rule about a manifest within its limits.
pub(crate) fn manifest(manifest: &Manifest, context: &Context<'_>) -> Vec<Finding> {
    let Context { expected, previous, others, providers, interfaces } = context;
    [
        names::check(manifest, *expected),
        confusable::check(manifest, others, providers),
        version::check(manifest, *previous),
        words::check(manifest),
        plain::manifest(manifest),
        shapes::check(manifest),
        handlers::check(manifest, others),
        imports::check(manifest, interfaces),
        reads::check(manifest, others),
        calls::check(manifest, others),
        compatibility::check(manifest, *previous),
        additive::check(manifest, *previous),
        views::check(manifest),
    ]
    .concat()
}

/// Every rule about listing, words and scenarios. `costs`: of the replay, empty when there was none.
pub(crate) fn package(manifest: Option<&Manifest>, package: &Package, costs: &[Cost]) -> Vec<Finding> {
    let mut found = listing::check(&package.listing);
    found.extend(plain::listing(&package.listing));
    found.extend(wording::form(&package.words));
    if let Some(manifest) = manifest {
        found.extend(wording::check(manifest, package));
        found.extend(offered::check(manifest, &package.listing));
        found.extend(scenarios::check(manifest, &package.scenarios));
        if !costs.is_empty() {
            found.extend(scenarios::never_ran(manifest, costs));
        }
    }
    found
}
