//! What taking a kit over would change here, before anything does: the page that a person agrees to.

use crate::kit::set_up_rows;
use crate::rows::Row;
use crate::{Exhibit, sha256};
use serde::Serialize;
use serde_json::Value as Json;
use toolcrib_contract::Capability;
use toolcrib_contract::kit::{Difference, Kit, KitList, PAYLOAD};
use toolcrib_contract::problem::{KIT_REFUSED, NOT_PROVEN, Problem};
use toolcrib_ingest::payload::{RULES, Rule, Rules};
use toolcrib_runtime::{Actor, Loaded, TenantView};

/// What would change, and what stands against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Of the kit.
    pub kit: String,
    pub title: String,
    /// Name of the firm that it comes from.
    pub firm: String,
    pub modules: Vec<PlannedModule>,
    pub lists: Vec<PlannedList>,
    pub mapping: PlannedMapping,
    /// Why it cannot be taken over; empty: it can.
    pub against: Vec<String>,
}

/// How a module of the kit stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedModule {
    pub module: String,
    /// In the kit.
    pub version: String,
    pub stands: Stands,
    /// What the kit's firm agreed to.
    pub grants: Vec<Capability>,
}

/// Whether a module is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// In force, in this version.
    There(String),
    /// To be subscribed to first.
    Missing,
    /// In force in this version, which does not know the kit's lists.
    Unfit(String),
}

/// What happens to one list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedList {
    pub module: String,
    pub list: String,
    /// Rows that are there word for word.
    pub same: u64,
    /// Rows that are made.
    pub made: Vec<Row>,
    /// Rows that say something else here: the kit's, and the own one. They stand against it.
    pub other: Vec<(Row, Row)>,
    /// The module is not there yet: what it has will be looked at again.
    pub later: bool,
}

/// What happens to the rules of messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlannedMapping {
    /// Version of the rules in force, which this was compared with.
    pub version: u64,
    pub same: u64,
    pub made: Vec<Json>,
    /// Rules for the same messages that say something else here: the kit's, and the own one.
    pub other: Vec<(Json, Json)>,
}

impl Plan {
    /// What a person agrees to: another one is another consent.
    pub fn sha256(&self) -> String {
        // Objects of `Value` are sorted maps.
        sha256(&serde_json::to_value(self).map(|plan| plan.to_string()).unwrap_or_default())
    }

    /// Modules to be subscribed to first.
    pub fn missing(&self) -> impl Iterator<Item = &PlannedModule> {
        self.modules.iter().filter(|module| module.stands == Stands::Missing)
    }

    /// Rows and rules that are made.
    pub fn made(&self) -> u64 {
        (self.lists.iter().map(|list| list.made.len()).sum::<usize>() + self.mapping.made.len()) as u64
    }

    /// Whether it makes nothing that `shown` did not say: after modules were subscribed to, what is left may only be less.
    pub fn is_within(&self, shown: &Self) -> bool {
        let rows = |list: &PlannedList| {
            let known = shown.lists.iter().find(|known| known.module == list.module && known.list == list.list);
            known.is_some_and(|known| list.made.iter().all(|row| known.made.contains(row)))
        };
        self.kit == shown.kit
            && self.lists.iter().all(rows)
            && self.mapping.made.iter().all(|rule| shown.mapping.made.contains(rule))
    }

    /// Nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.against.is_empty() && self.missing().next().is_none() && self.made() == 0
    }
}

impl Exhibit {
    /// Reads a kit that came from elsewhere. `key` is the registry's record of the key that must have signed it.
    ///
    /// # Errors
    /// `not-proven`; `kit-refused` when it is no kit.
    pub fn open_kit(&self, envelope: &str, key: &str) -> Result<(Kit, String), Problem> {
        let bytes = self.key.open(PAYLOAD, envelope, key)?;
        let kit = Kit::read(&bytes).map_err(|flaw| KIT_REFUSED.because(flaw))?;
        let text = String::from_utf8(bytes).map_err(|error| NOT_PROVEN.because(error.to_string()))?;
        Ok((kit, sha256(&text)))
    }

    /// What taking a kit over would change.
    ///
    /// # Errors
    /// The disk, or too much is being read at the moment. What stands against the kit is no error: the plan says so.
    pub async fn plan(&self, tenant: &TenantView, actor: &Actor, kit: &Kit, sha: &str) -> Result<Plan, Problem> {
        let mut against = Vec::new();
        let modules = kit.modules.iter().map(|wanted| {
            let own = installed(tenant, &wanted.module);
            let fits =
                |own: &Loaded| kit.lists_of(&wanted.module).all(|list| own.offered.set_up.contains(&list.set_up));
            let stands = match own {
                None => Stands::Missing,
                Some(own) if fits(own) => Stands::There(own.manifest.version.clone()),
                Some(own) => Stands::Unfit(own.manifest.version.clone()),
            };
            let (module, version, grants) = (wanted.module.clone(), wanted.version.clone(), wanted.grants.clone());
            PlannedModule { module, version, stands, grants }
        });
        let modules: Vec<_> = modules.collect();
        let mut lists = Vec::new();
        let mut snapshot = self.runtime.snapshot(tenant.id).await?;
        for list in &kit.lists {
            let Some(own) = installed(tenant, &list.module) else {
                lists.push(planned(list, Difference { missing: list.rows.clone(), ..Difference::default() }, true));
                continue;
            };
            if let Some(flaw) = list.flaw(&own.manifest, &own.offered.set_up) {
                against.push(flaw);
                continue;
            }
            let there = set_up_rows(&mut snapshot, tenant.id, own, &list.set_up, actor).await?;
            lists.push(planned(list, list.compare(&there), false));
        }
        drop(snapshot);
        for list in lists.iter().filter(|list| !list.other.is_empty()) {
            against.push(format!(
                "{} rows of `{}/{}` say something else here",
                list.other.len(),
                list.module,
                list.list
            ));
        }
        let mapping = self.plan_mapping(tenant, kit, &mut against).await?;
        let (kit, title, firm) = (sha.to_owned(), kit.title.clone(), kit.firm.name.clone());
        Ok(Plan { kit, title, firm, modules, lists, mapping, against })
    }

    async fn plan_mapping(
        &self,
        tenant: &TenantView,
        kit: &Kit,
        against: &mut Vec<String>,
    ) -> Result<PlannedMapping, Problem> {
        if kit.mapping.is_empty() {
            return Ok(PlannedMapping::default());
        }
        let rules = match rules(&kit.mapping) {
            Ok(rules) => rules,
            Err(problem) => {
                against.push(format!("its rules for messages cannot be followed: {problem}"));
                return Ok(PlannedMapping::default());
            }
        };
        let kept = self.mapping.kept(tenant.id).await?;
        let planned = compare(&rules, &kept.rules, kept.version);
        if !planned.other.is_empty() {
            against.push(format!("{} rules for messages say something else here", planned.other.len()));
        }
        if kept.rules.rules.len() + planned.made.len() > RULES {
            against.push(format!("with its rules for messages there would be more than {RULES}"));
        }
        Ok(planned)
    }
}

pub fn installed<'a>(tenant: &'a TenantView, name: &str) -> Option<&'a Loaded> {
    tenant.modules.iter().find(|module| module.manifest.module == name).map(|module| &**module)
}

fn planned(list: &KitList, Difference { same, missing, other }: Difference, later: bool) -> PlannedList {
    PlannedList { module: list.module.clone(), list: list.set_up.read.clone(), same, made: missing, other, later }
}

/// The kit's rules, none of which names a source.
pub fn rules(mapping: &[Json]) -> Result<Rules, Problem> {
    let rules = Rules::parse(serde_json::json!({"rules": mapping}).to_string().as_bytes())?;
    rules.check()?;
    match rules.rules.iter().any(|rule| rule.from.source.is_some()) {
        true => Err(KIT_REFUSED.because("a rule names a source of another firm")),
        false => Ok(rules),
    }
}

/// Rules are for the same messages when they read the same place; what it means may differ.
fn compare(new: &Rules, own: &Rules, version: u64) -> PlannedMapping {
    let mut planned = PlannedMapping { version, ..PlannedMapping::default() };
    let json = |rule: &Rule| serde_json::to_value(rule).unwrap_or_default();
    for rule in &new.rules {
        let same_place = |own: &&Rule| {
            let mut from = own.from.clone();
            // A rule for one source says it of fewer messages; the kit's would come after it.
            from.source = None;
            from == rule.from
        };
        let known: Vec<&Rule> = own.rules.iter().filter(same_place).collect();
        let is_same = |own: &&&Rule| {
            let mut own = (**own).clone();
            own.from.source = None;
            own == *rule
        };
        match (known.iter().find(is_same), known.first()) {
            (Some(_), _) => planned.same += 1,
            (None, Some(own)) => planned.other.push((json(rule), json(own))),
            (None, None) => planned.made.push(json(rule)),
        }
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(topic: &str, signal: &str, source: Option<&str>) -> Rule {
        let mut rule = Rule { equipment: "{1}".into(), signal: signal.into(), ..Rule::default() };
        rule.from.topic = Some(topic.into());
        rule.from.source = source.map(str::to_owned);
        rule
    }

    #[test]
    fn a_rule_for_the_same_messages_stands_against_the_kits_when_it_says_something_else() {
        let new =
            Rules { rules: vec![rule("a/+", "good", None), rule("b/+", "good", None), rule("c/+", "good", None)] };
        let own = Rules { rules: vec![rule("a/+", "good", Some("gateway")), rule("b/+", "scrap", None)] };
        let planned = compare(&new, &own, 3);
        assert_eq!((planned.same, planned.made.len(), planned.other.len(), planned.version), (1, 1, 1, 3));
        assert_eq!(planned.other[0].1["signal"], "scrap");
    }

    #[test]
    fn a_rule_that_names_a_source_is_no_set_up() {
        let with = serde_json::to_value(rule("a/+", "good", Some("gateway"))).unwrap();
        assert!(rules(&[with]).unwrap_err().is(KIT_REFUSED));
        let without = serde_json::to_value(rule("a/+", "good", None)).unwrap();
        assert_eq!(rules(&[without]).unwrap().rules.len(), 1);
        assert!(rules(&[serde_json::json!({"orders": 1})]).is_err());
    }
}
