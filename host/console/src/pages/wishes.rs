//! What a module asks for, between the page and the registry: the form's rows, and what was agreed to on it.

use std::collections::BTreeSet;
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::consent::{Scope, is_scoped};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::agreement::{Asked, GRANT, Reach, equipment_field, reach_field};

/// The rows of the form: as it was sent, else as it was agreed to before, optional ones unticked.
pub fn rows(
    wanted: &[Wanted],
    form: &FormText,
    granted: &[Capability],
    scopes: &[Scope],
    problem: Option<&Problem>,
) -> Vec<Asked> {
    let row = |wanted: &Wanted| {
        let capability = &wanted.capability;
        let text = capability.to_string();
        let ticked = match form.is_empty() {
            true => granted.iter().any(|grant| grant.covers(capability)),
            false => form.all(GRANT).any(|ticked| ticked == text),
        };
        let reach = is_scoped(capability).then(|| reach(capability, form, scopes, problem));
        Asked { wanted: wanted.clone(), ticked, reach, wider_by: wider_by(capability, granted) }
    };
    wanted.iter().map(row).collect()
}

fn reach(capability: &Capability, form: &FormText, scopes: &[Scope], problem: Option<&Problem>) -> Reach {
    let codes = equipment_field(capability);
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let error = errors.iter().find(|error| error.pointer == codes).map(|error| error.message.clone());
    if !form.is_empty() {
        let some = form.get(&reach_field(capability)) == Some("some");
        return Reach { some, typed: form.get(&codes).unwrap_or_default().to_owned(), error };
    }
    match scopes.iter().find(|scope| scope.capability == *capability) {
        Some(scope) => {
            let codes: Vec<_> = scope.equipment.iter().map(String::as_str).collect();
            Reach { some: true, typed: codes.join("\n"), error }
        }
        None => Reach { error, ..Reach::default() },
    }
}

/// The fields of a record that were not read before, where some were.
fn wider_by(capability: &Capability, granted: &[Capability]) -> Vec<String> {
    let Capability::Read { module, record, fields } = capability else { return Vec::new() };
    let before = granted.iter().find_map(|grant| match grant {
        Capability::Read { module: of, record: known, fields } if of == module && known == record => Some(fields),
        _ => None,
    });
    before.map_or_else(Vec::new, |before| fields.iter().filter(|field| !before.contains(*field)).cloned().collect())
}

/// Every required capability, and the optional ones that were ticked.
pub fn grants(wanted: &[Wanted], form: &FormText) -> Vec<Capability> {
    let ticked: Vec<_> = form.all(GRANT).collect();
    let agreed =
        wanted.iter().filter(|wanted| !wanted.optional || ticked.contains(&wanted.capability.to_string().as_str()));
    agreed.map(|wanted| wanted.capability.clone()).collect()
}

/// What narrows the grants to some equipment.
///
/// # Errors
/// Codes that mean nothing, each at its field.
pub fn scopes(tr: Tr, grants: &[Capability], form: &FormText) -> Result<Vec<Scope>, Problem> {
    let (mut scopes, mut errors) = (Vec::new(), Vec::new());
    for capability in grants.iter().filter(|capability| is_scoped(capability)) {
        if form.get(&reach_field(capability)) != Some("some") {
            continue;
        }
        let field = equipment_field(capability);
        let typed = form.get(&field).unwrap_or_default();
        let codes = typed.split(['\n', ',', '，', '、']).map(str::trim).filter(|code| !code.is_empty());
        let equipment: BTreeSet<String> = codes.map(str::to_owned).collect();
        let scope = Scope { capability: capability.clone(), equipment };
        match scope.flaw() {
            None => scopes.push(scope),
            Some(_) => errors.push(InputError { pointer: field, message: tr.t("market-reach-wrong") }),
        }
    }
    if errors.is_empty() { Ok(scopes) } else { Err(Problem::input(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::language::Lang;

    fn wanted(text: &str, optional: bool) -> Wanted {
        Wanted { capability: text.parse().unwrap(), reason: Default::default(), optional }
    }

    fn form(pairs: &[(&str, &str)]) -> FormText {
        FormText::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn only_what_is_asked_for_can_be_granted() {
        let asked =
            [wanted("readings:state", false), wanted("readings:good", true), wanted("outbound:a.example", true)];
        let form = form(&[("grant", "readings:good"), ("grant", "outbound:evil.example")]);
        let granted: Vec<_> = grants(&asked, &form).iter().map(ToString::to_string).collect();
        assert_eq!(granted, ["readings:state", "readings:good"]);
    }

    #[test]
    fn optional_wishes_are_unticked_until_somebody_ticks_them() {
        let asked = [wanted("readings:good", true)];
        assert!(!rows(&asked, &FormText::default(), &[], &[], None)[0].ticked);
        let granted = ["readings:good".parse().unwrap()];
        assert!(rows(&asked, &FormText::default(), &granted, &[], None)[0].ticked, "agreed to before");
    }

    #[test]
    fn a_reach_is_read_line_by_line_and_what_means_nothing_is_told_at_its_field() {
        let granted = ["readings:state".parse().unwrap()];
        let tr = Tr::new(Lang::En);
        let typed = |text: &str| form(&[("reach.readings:state", "some"), ("equipment.readings:state", text)]);
        let read = scopes(tr, &granted, &typed("press-1\r\n line-1-* \r\n")).unwrap();
        assert_eq!(read[0].equipment, ["line-1-*".to_owned(), "press-1".to_owned()].into());
        for wrong in ["", "*", "a*b"] {
            let problem = scopes(tr, &granted, &typed(wrong)).unwrap_err();
            assert_eq!(problem.errors[0].pointer, "equipment.readings:state");
            let row = &rows(&[wanted("readings:state", false)], &typed(wrong), &[], &[], Some(&problem))[0];
            assert!(
                row.reach.as_ref().is_some_and(|reach| reach.some && reach.typed == wrong && reach.error.is_some())
            );
        }
        let all = form(&[("reach.readings:state", "all"), ("equipment.readings:state", "x")]);
        assert_eq!(scopes(tr, &granted, &all).unwrap(), []);
    }

    #[test]
    fn a_wider_read_names_only_what_is_new() {
        let before = ["read:plant/equipment(code,name)".parse().unwrap()];
        let wider = wider_by(&"read:plant/equipment(code,name,place)".parse().unwrap(), &before);
        assert_eq!(wider, ["place"]);
        assert!(wider_by(&"read:plant/person(name)".parse().unwrap(), &before).is_empty());
    }
}
