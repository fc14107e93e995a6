//! The way back to an earlier version: whether the rows that were written since can be read by it.

use semver::Version;
use toolcrib_contract::schema::Field;
use toolcrib_contract::{Manifest, Type};

/// What stands in the way from one version back to an earlier one; none when nothing does.
pub fn obstacle(from: &Manifest, to: &Manifest) -> Option<String> {
    let major = |manifest: &Manifest| Version::parse(&manifest.version).map(|version| version.major).ok();
    if major(from) != major(to) && !(from.records.is_empty() && to.records.is_empty()) {
        return Some(format!(
            "{} keeps its rows in tables of its own; what was written since would be missing in {}",
            from.version, to.version
        ));
    }
    to.records.iter().find_map(|old| {
        let new = from.record(&old.name)?;
        old.fields.iter().find_map(|field| {
            let why = field_obstacle(field, new.fields.iter().find(|known| known.name == field.name))?;
            Some(format!(
                "{} cannot read what {} may have written: field `{}` of `{}` {why}",
                to.version, from.version, field.name, old.name
            ))
        })
    })
}

fn field_obstacle(old: &Field, new: Option<&Field>) -> Option<&'static str> {
    match new {
        None if matches!(old.of, Type::Option { .. }) => None,
        None => Some("is missing in new rows"),
        Some(new) => reads(&old.of, &new.of),
    }
}

/// Why values of the newer type are not all values of the older one.
fn reads(old: &Type, new: &Type) -> Option<&'static str> {
    match (old, new) {
        (Type::Option { of: old }, Type::Option { of: new }) => reads(old, new),
        (Type::Option { of: old }, new) => reads(old, new),
        (_, Type::Option { .. }) => Some("may be empty now"),
        (Type::Text { max: old }, Type::Text { max: new }) => (new > old).then_some("may hold longer texts now"),
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => {
            (!old.starts_with(new)).then_some("may hold cases that it does not know")
        }
        (old, new) => (!old.same_shape(new)).then_some("has another type now"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::manifest;
    use toolcrib_contract::manifest::RecordDef;

    fn with(version: &str, fields: &[(&str, Type)]) -> Manifest {
        let field = |(name, of): &(&str, Type)| Field { name: (*name).to_owned(), of: of.clone(), doc: String::new() };
        let record = RecordDef {
            name: "note".into(),
            doc: String::new(),
            shared: false,
            fields: fields.iter().map(field).collect(),
            indexes: vec![],
        };
        Manifest { records: vec![record], ..manifest("oee", version, &[], &[]) }
    }

    fn optional(of: Type) -> Type {
        Type::Option { of: Box::new(of) }
    }

    fn cases(cases: &[&str]) -> Type {
        Type::Enum { name: "kind".into(), cases: cases.iter().map(|case| (*case).to_owned()).collect() }
    }

    #[test]
    fn what_was_only_added_does_not_keep_from_going_back() {
        let old = with("1.0.0", &[("text", Type::Text { max: 10 }), ("kind", cases(&["a", "b"]))]);
        let same = with("1.0.1", &[("text", Type::Text { max: 10 }), ("kind", cases(&["a", "b"]))]);
        assert_eq!(obstacle(&same, &old), None);
        let more = [("text", Type::Text { max: 10 }), ("kind", cases(&["a", "b"])), ("more", optional(Type::Int))];
        assert_eq!(obstacle(&with("1.1.0", &more), &old), None);
        let empty = manifest("oee", "2.0.0", &[], &[]);
        assert_eq!(obstacle(&empty, &manifest("oee", "1.0.0", &[], &[])), None, "there is no data");
    }

    #[test]
    fn rows_that_the_earlier_version_cannot_read_keep_from_going_back() {
        let old = with("1.0.0", &[("text", Type::Text { max: 10 }), ("kind", cases(&["a", "b"]))]);
        let text = Type::Text { max: 10 };
        for (fields, why) in [
            (vec![("text", Type::Text { max: 20 }), ("kind", cases(&["a", "b"]))], "longer texts"),
            (vec![("text", optional(text.clone())), ("kind", cases(&["a", "b"]))], "empty"),
            (vec![("text", text.clone()), ("kind", cases(&["a", "b", "c"]))], "cases"),
            (vec![("text", Type::Int), ("kind", cases(&["a", "b"]))], "another type"),
            (vec![("kind", cases(&["a", "b"]))], "missing"),
        ] {
            let told = obstacle(&with("1.1.0", &fields), &old).unwrap_or_default();
            assert!(told.contains(why) && told.contains("1.0.0"), "{why}: {told}");
        }
        assert!(obstacle(&with("2.0.0", &[]), &old).unwrap().contains("tables of its own"));
    }
}
