//! Modules that a page speaks of and that do not run in its tenant: what people call them and their things, as the
//! marketplace has it.

use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use toolcrib_contract::Capability;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::ModulePage;
use toolcrib_ui::names::Known;
use toolcrib_ui::shell::Shell;

/// Modules that one page looks up at most; further ones are called as the code calls them.
const LOOKED_UP: usize = 12;

/// The modules of these capabilities, without those that the page knows. One that cannot be looked up is left out: a plant's
/// pages do not wait for its marketplace.
pub async fn beside(registry: &Client, shell: &Shell, capabilities: Vec<Capability>) -> Vec<Known> {
    let known = shell.tenant.as_ref().map_or(&[][..], |tenant| &tenant.modules);
    let named: BTreeSet<&str> = capabilities
        .iter()
        .filter_map(|capability| match capability {
            Capability::Read { module, .. } | Capability::Call { module, .. } | Capability::Listen { module, .. } => {
                Some(module.as_str())
            }
            Capability::Readings { .. } | Capability::Outbound { .. } => None,
        })
        .filter(|module| known.iter().all(|known| known.name != *module))
        .collect();
    join_all(named.into_iter().take(LOOKED_UP).map(|module| look_up(registry, module)))
        .await
        .into_iter()
        .flatten()
        .collect()
}

/// What people call these modules, without their things: of those that the page does not know.
pub async fn titled<'n>(registry: &Client, shell: &Shell, names: impl Iterator<Item = &'n str>) -> Vec<Known> {
    let known = shell.tenant.as_ref().map_or(&[][..], |tenant| &tenant.modules);
    let named: BTreeSet<&str> = names.filter(|module| known.iter().all(|known| known.name != *module)).collect();
    let pages = join_all(named.into_iter().take(LOOKED_UP).map(|name| registry.module(name))).await;
    let title = |module: ModulePage| Known { name: module.name, title: module.title, words: Arc::default() };
    pages.into_iter().flatten().map(title).collect()
}

async fn look_up(registry: &Client, name: &str) -> Option<Known> {
    let module = registry.module(name).await.ok()?;
    let words = match &module.latest {
        Some(version) => registry.version(name, version).await.map(|page| page.words).unwrap_or_default(),
        None => Default::default(),
    };
    Some(Known { name: module.name, title: module.title, words: Arc::new(words) })
}
