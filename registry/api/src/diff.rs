//! A submission compared with the last approved version: what a reviewer must read, and nothing that stayed the same.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use toolcrib_catalog::{Compared, Side};
use toolcrib_contract::capability::{Wanted, wanted};
use toolcrib_registry_client::wire::{CapabilityDiff, Diff, Difference, NameDiff};

/// Both sides, and the imports of their components.
pub fn diff(compared: &Compared, imports_before: &[String], imports_after: &[String]) -> Diff {
    let Compared { before, after } = compared;
    let mut diff = Diff {
        module: after.manifest.module.clone(),
        before: before.as_ref().map(|before| before.version.clone()),
        after: after.version.clone(),
        capabilities: capabilities(before.as_ref(), after),
        imports: names(imports_before, imports_after),
        schemas: Vec::new(),
        texts: Vec::new(),
        views: Vec::new(),
        manifest: Vec::new(),
    };
    let side = |side: &Side| {
        let mut whole = json!(side.manifest);
        whole["listing"] = json!(side.listing);
        whole
    };
    let old = before.as_ref().map_or_else(|| json!({}), side);
    let mut found = Vec::new();
    compare("", Some(&old), Some(&side(after)), &mut found);
    for one in found {
        match kind(&one.place) {
            Kind::Told => {}
            Kind::Schema => diff.schemas.push(one),
            Kind::Text => diff.texts.push(one),
            Kind::View => diff.views.push(one),
            Kind::Other => diff.manifest.push(one),
        }
    }
    diff
}

enum Kind {
    Schema,
    Text,
    View,
    Other,
    /// Stands elsewhere in the comparison.
    Told,
}

fn kind(place: &str) -> Kind {
    let (first, rest) = place.split_once('/').unwrap_or((place, ""));
    let text = rest.split('/').any(|part| matches!(part, "doc" | "reason"));
    match first {
        "module" | "version" => Kind::Told,
        "title" | "summary" | "listing" => Kind::Text,
        "records" | "reads" | "calls" | "events" | "handlers" if text => Kind::Text,
        "records" | "reads" | "calls" | "events" | "handlers" => Kind::Schema,
        "views" => Kind::View,
        _ => Kind::Other,
    }
}

fn capabilities(before: Option<&Side>, after: &Side) -> CapabilityDiff {
    let old = before.map(|before| wanted(&before.manifest)).unwrap_or_default();
    let new = wanted(&after.manifest);
    let known = |one: &Wanted| old.iter().find(|old| old.capability.covers(&one.capability));
    let still = |one: &Wanted| {
        new.iter().any(|new| new.capability.covers(&one.capability) || one.capability.covers(&new.capability))
    };
    CapabilityDiff {
        added: new.iter().filter(|one| known(one).is_none()).cloned().collect(),
        removed: old.iter().filter(|one| !still(one)).cloned().collect(),
        now_required: new
            .iter()
            .filter(|one| !one.optional && known(one).is_some_and(|old| old.optional))
            .cloned()
            .collect(),
    }
}

fn names(before: &[String], after: &[String]) -> NameDiff {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let only = |these: &BTreeSet<&String>, those: &BTreeSet<&String>| -> Vec<String> {
        these.difference(those).map(|name| (*name).clone()).collect()
    };
    NameDiff { added: only(&after, &before), removed: only(&before, &after) }
}

/// Goes down only where both sides have something. The depth is that of the contract's types, which is bounded.
fn compare(place: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    if let (Some(before), Some(after)) = (before, after)
        && let (Some(before), Some(after)) = (members(place, before), members(place, after))
    {
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for name in names {
            let place = if place.is_empty() { name.clone() } else { format!("{place}/{name}") };
            compare(&place, before.get(name), after.get(name), found);
        }
        return;
    }
    let (before, after) = (before.cloned(), after.cloned());
    found.push(Difference { place: place.to_owned(), before, after });
}

/// The members of an object, or of a list whose items have names; in views, where things have places instead, of every
/// list. Other values are compared whole.
fn members(place: &str, value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members.clone()),
        Value::Array(items) => {
            let named: Option<Map<_, _>> = items.iter().map(|item| Some((name(item)?, item.clone()))).collect();
            let placed = || items.iter().enumerate().map(|(at, item)| ((at + 1).to_string(), item.clone())).collect();
            let named = named.filter(|named| named.len() == items.len());
            named.or_else(|| place.starts_with("views/").then(placed))
        }
        _ => None,
    }
}

fn name(item: &Value) -> Option<String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    if let Some(name) = text("name") {
        return Some(name.to_owned());
    }
    let what = text("record").or_else(|| text("operation"));
    if let (Some(module), Some(what)) = (text("module"), what) {
        return Some(format!("{module}.{what}"));
    }
    let kind = item.get("kind")?;
    let about = kind.get("host").or_else(|| kind.get("signal"))?.as_str()?;
    Some(format!("{} {about}", kind.get("kind")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::component::manifest;
    use toolcrib_contract::package::Listing;
    use toolcrib_contract::schema::Type;
    use toolcrib_contract::view::{View, heading, section};

    fn side(version: &str, required: &[&str], optional: &[&str]) -> Side {
        let manifest = manifest("counter", version, required, optional);
        Side { version: version.into(), manifest, listing: Listing::default(), digest: String::new() }
    }

    fn board(title: &str, cells: usize) -> View {
        let cells = (0..cells).fold(section(), |section, _| section.cell(12, heading(("车间", "Hall"))));
        View { name: "board".into(), ..View::new(("看板", title)).section(cells) }
    }

    #[test]
    fn only_what_changed_is_told_and_where() {
        let mut before = side("1.0.0", &["state"], &["count"]);
        let mut after = side("1.1.0", &["count", "speed"], &[]);
        after.manifest.handlers[0].output = Type::Text { max: 10 };
        after.manifest.title.en = "Counter of pieces".into();
        before.manifest.views = vec![board("Board", 1)];
        after.manifest.views = vec![board("Hall", 2)];
        after.listing.licence = "Apache-2.0".into();
        let told = |text: &str| text.to_owned();
        let compared = Compared { before: Some(before), after };
        let diff = diff(&compared, &[told("log.write")], &[told("log.write"), told("readings.samples")]);
        let texts = |wanted: &[Wanted]| wanted.iter().map(|one| one.capability.to_string()).collect::<Vec<_>>();
        assert_eq!(texts(&diff.capabilities.added), ["readings:speed"]);
        assert_eq!(texts(&diff.capabilities.removed), ["readings:state"]);
        assert_eq!(texts(&diff.capabilities.now_required), ["readings:count"]);
        assert_eq!(diff.imports, NameDiff { added: vec![told("readings.samples")], removed: vec![] });
        let places = |all: &[Difference]| all.iter().map(|one| one.place.clone()).collect::<Vec<_>>();
        assert_eq!(places(&diff.schemas), ["handlers/count/output/max", "handlers/count/output/type"]);
        assert_eq!(places(&diff.texts), ["listing/licence", "title/en"]);
        assert_eq!(places(&diff.views), ["views/board/tabs/1/sections/1/cells/2", "views/board/title/en"]);
        assert_eq!(diff.before.as_deref(), Some("1.0.0"));
        let same = Compared { before: Some(compared.after.clone()), after: compared.after };
        let none = super::diff(&same, &[], &[]);
        assert!(none.schemas.is_empty() && none.texts.is_empty() && none.manifest.is_empty());
    }

    #[test]
    fn of_a_first_version_everything_is_new() {
        let diff = diff(&Compared { before: None, after: side("1.0.0", &["state"], &[]) }, &[], &[]);
        assert_eq!((diff.before, diff.capabilities.added.len()), (None, 1));
        assert!(diff.schemas.iter().any(|one| one.place == "handlers" && one.before.is_none()));
    }
}
