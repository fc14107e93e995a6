//! Making a kit of a tenant's working set-up: what its modules declare as set-up, and nothing else of them.

use crate::attest::whose;
use crate::rows::{self, Row};
use crate::{Exhibit, sha256};
use serde_json::{Map, Value as Json, json};
use toolcrib_contract::json::InputError;
use toolcrib_contract::kit::{FORM, KIT_BYTES, KIT_ROWS, KIT_TITLE_CHARS, Kit, KitList, KitModule, PAYLOAD};
use toolcrib_contract::offered::SetUp;
use toolcrib_contract::problem::{INTERNAL, KIT_REFUSED, LIMIT_REACHED, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_ingest::payload::Rules;
use toolcrib_runtime::{Actor, AuditEntry, Loaded, Snapshot, TenantView};

/// What goes into a kit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// What the firm calls it.
    pub title: String,
    /// Modules; empty: all that are in force.
    pub modules: Vec<String>,
    /// Whether what messages mean goes with it.
    pub mapping: bool,
}

/// A kit, made and signed.
#[derive(Clone, Debug)]
pub struct MadeKit {
    pub kit: Kit,
    /// Hex, of its canonical form.
    pub sha256: String,
    pub envelope: String,
}

impl Exhibit {
    /// Makes and signs a kit; the audit says who had it made. It stays here until somebody publishes it.
    ///
    /// # Errors
    /// `bad-input` for a title or a module that is none; `limit-reached`; whatever a module says about its own lists.
    pub async fn make_kit(&self, tenant: &TenantView, actor: &Actor, wish: &Wish) -> Result<MadeKit, Problem> {
        let modules = chosen(tenant, wish)?;
        let granted = self.runtime.granted(tenant.id)?;
        let mut snapshot = self.runtime.snapshot(tenant.id).await?;
        let (mut named, mut lists) = (Vec::new(), Vec::new());
        for module in modules {
            let name = &module.manifest.module;
            let grants =
                granted.iter().find(|(of, _)| of == name).map(|(_, grants)| grants.clone()).unwrap_or_default();
            named.push(KitModule {
                module: name.clone(),
                version: module.manifest.version.clone(),
                digest: module.digest.clone(),
                grants,
            });
            for set_up in &module.offered.set_up {
                let rows = set_up_rows(&mut snapshot, tenant.id, module, set_up, actor).await?;
                lists.push(KitList { module: name.clone(), set_up: set_up.clone(), rows });
            }
        }
        let mapping =
            if wish.mapping { rules_for_others(self.mapping.kept(tenant.id).await?.rules)? } else { Vec::new() };
        let kit = Kit {
            form: FORM.to_owned(),
            title: wish.title.trim().to_owned(),
            firm: whose(tenant),
            made_at: self.runtime.now().to_string(),
            made_by: actor.id.clone(),
            modules: named,
            lists,
            mapping,
        };
        let canonical = kit.canonical();
        if canonical.len() > KIT_BYTES {
            return Err(LIMIT_REACHED.because(format!("a kit has at most {KIT_BYTES} bytes; take fewer modules")));
        }
        // What this host makes it also takes.
        Kit::read(canonical.as_bytes()).map_err(|flaw| KIT_REFUSED.because(flaw))?;
        let made = MadeKit { sha256: sha256(&canonical), envelope: self.key.seal(PAYLOAD, canonical.as_bytes()), kit };
        let detail = json!({"sha256": made.sha256, "title": made.kit.title, "modules": made.kit.modules.len()});
        let line = AuditEntry { actor: actor.id.clone(), action: "kit-made", detail: detail.to_string() };
        self.runtime.keep(tenant.id, Some(line), |_| Ok(())).await?;
        Ok(made)
    }
}

fn chosen<'a>(tenant: &'a TenantView, wish: &Wish) -> Result<Vec<&'a Loaded>, Problem> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, message: String| errors.push(InputError { pointer: pointer.to_owned(), message });
    let title = wish.title.trim();
    if !(1..=KIT_TITLE_CHARS).contains(&title.chars().count()) || title.chars().any(char::is_control) {
        wrong("/title", format!("1 to {KIT_TITLE_CHARS} characters"));
    }
    let installed = |name: &String| tenant.modules.iter().any(|module| module.manifest.module == *name);
    for (at, name) in wish.modules.iter().enumerate().filter(|(_, name)| !installed(name)) {
        wrong(&format!("/modules/{at}"), format!("`{name}` is not in force here"));
    }
    let wanted = |module: &&Loaded| wish.modules.is_empty() || wish.modules.contains(&module.manifest.module);
    let modules: Vec<_> = tenant.modules.iter().map(|module| &**module).filter(wanted).collect();
    if modules.is_empty() {
        wrong("/modules", "no module is in force here: there is nothing to show".to_owned());
    }
    if errors.is_empty() { Ok(modules) } else { Err(Problem::input(errors)) }
}

/// The rows of one list as they are copied.
///
/// # Errors
/// `limit-reached` beyond [`KIT_ROWS`]; whatever the module says.
pub async fn set_up_rows(
    snapshot: &mut Snapshot,
    tenant: RawId,
    module: &Loaded,
    set_up: &SetUp,
    actor: &Actor,
) -> Result<Vec<Row>, Problem> {
    let place = (module.manifest.module.as_str(), set_up.read.as_str());
    // Rows out of use are many sometimes and stay behind.
    let found = rows::ask(snapshot, tenant, place, Map::new(), actor, KIT_ROWS * 4).await?;
    let columns = set_up.columns(&module.manifest);
    let in_use = |row: &&Row| set_up.retired.as_ref().is_none_or(|name| row.get(name).is_none_or(Json::is_null));
    let rows: Vec<_> = found.rows.iter().filter(in_use).map(|row| rows::only(row, &columns)).collect();
    if found.cut || rows.len() > KIT_ROWS {
        let named = format!("`{}/{}`", place.0, place.1);
        return Err(
            LIMIT_REACHED.because(format!("a list of set-up has at most {KIT_ROWS} rows in use; {named} has more"))
        );
    }
    Ok(rows)
}

/// Rules without the sources that they name: every firm has its own.
fn rules_for_others(rules: Rules) -> Result<Vec<Json>, Problem> {
    let rules = rules.rules.into_iter().map(|mut rule| {
        rule.from.source = None;
        serde_json::to_value(rule)
    });
    let mut kept: Vec<Json> = Vec::new();
    for rule in rules {
        let rule = rule.map_err(|error| INTERNAL.because(error.to_string()))?;
        // Two sources with the same messages had a rule each.
        if !kept.contains(&rule) {
            kept.push(rule);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ingest::payload::Rule;

    #[test]
    fn rules_leave_without_the_sources_of_the_firm_and_once() {
        let rule = |source: Option<&str>| {
            let mut rule = Rule { equipment: "{1}".into(), signal: "good".into(), ..Rule::default() };
            rule.from.topic = Some("line/+".into());
            rule.from.source = source.map(str::to_owned);
            rule
        };
        let rules = Rules { rules: vec![rule(Some("gateway-1")), rule(Some("gateway-2")), rule(None)] };
        let left = rules_for_others(rules).unwrap();
        assert_eq!(left.len(), 1);
        assert!(!left[0].to_string().contains("gateway"), "{}", left[0]);
    }
}
