//! What a module asks for, as a form: what it needs, what it would like, and how far each reaches.

use crate::names::Names;
use crate::wants;
use maud::{Markup, html};
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;

/// The field of the optional wishes that are ticked: their texts.
pub const GRANT: &str = "grant";

/// One wish on the form.
#[derive(Clone, Debug)]
pub struct Asked {
    pub wanted: Wanted,
    /// Of an optional one.
    pub ticked: bool,
    /// None where it cannot be narrowed.
    pub reach: Option<Reach>,
    /// Fields of a record that were not asked for before; empty where all of it is new.
    pub wider_by: Vec<String>,
}

/// How far a wish reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Only the equipment that is named.
    pub some: bool,
    /// What was typed: codes, one a line.
    pub typed: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// The field that says `all` or `some`.
pub fn reach_field(capability: &Capability) -> String {
    format!("reach.{capability}")
}

/// The field with the codes.
pub fn equipment_field(capability: &Capability) -> String {
    format!("equipment.{capability}")
}

/// Everything asked for, by risk.
pub fn agreement(names: Names<'_>, asked: &[Asked]) -> Markup {
    let all: Vec<Wanted> = asked.iter().map(|asked| asked.wanted.clone()).collect();
    let of = |wanted: &Wanted| asked.iter().find(|asked| asked.wanted.capability == wanted.capability);
    wants::grouped(names.tr, &all, |wanted| html! { @if let Some(asked) = of(wanted) { (row(names, asked)) } })
}

fn row(names: Names<'_>, asked: &Asked) -> Markup {
    let (tr, wanted) = (names.tr, &asked.wanted);
    let text = wanted.capability.to_string();
    html! {
        @if wanted.optional {
            label.check { input type="checkbox" name=(GRANT) value=(text) checked[asked.ticked]; " " span { span.tag.idle { (tr.t("optional")) } (wants::row(names, wanted)) } }
        } @else { (wants::row(names, wanted)) }
        @if !asked.wider_by.is_empty() { p { span.tag.warn { (tr.t("market-wider")) } " " (tr.with("market-wider-by", &[("fields", &wider(names, asked))])) } }
        @if let Some(reach) = &asked.reach { (picker(names, &wanted.capability, reach)) }
    }
}

fn wider(names: Names<'_>, asked: &Asked) -> String {
    let of = match &asked.wanted.capability {
        Capability::Read { module, .. } => names.of(module),
        _ => names,
    };
    asked.wider_by.iter().map(|field| of.field(field)).collect::<Vec<_>>().join(&names.tr.t("list-separator"))
}

fn picker(names: Names<'_>, capability: &Capability, reach: &Reach) -> Markup {
    let (tr, name, codes) = (names.tr, reach_field(capability), equipment_field(capability));
    let error = format!("{codes}-error");
    html! { fieldset { legend { (tr.t("market-reach")) }
        @for (value, text, chosen) in [("all", tr.t("market-reach-all"), !reach.some), ("some", tr.t("market-reach-some"), reach.some)] {
            @let id = format!("{name}-{value}");
            label.check for=(id) { input type="radio" id=(id) name=(name) value=(value) checked[chosen]; span { (text) } }
        }
        div.field {
            label for=(codes) { (tr.t("market-reach-codes")) }
            textarea id=(codes) name=(codes) rows="3" aria-describedby=[reach.error.is_some().then_some(&error)] aria-invalid=[reach.error.is_some().then_some("true")] { (reach.typed) }
            p.help { (tr.t("market-reach-help")) }
            @if let Some(message) = &reach.error { p.error id=(error) { (message) } }
        }
    } }
}

/// One of several choices of which exactly one is made.
pub fn radio(name: &str, value: &str, chosen: &str, text: &str) -> Markup {
    let id = format!("{name}-{value}");
    html! { label.check for=(id) { input type="radio" id=(id) name=(name) value=(value) checked[value == chosen]; span { (text) } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Lang, Tr};
    use crate::names::NONE;

    fn asked(text: &str, optional: bool) -> Asked {
        let wanted = Wanted { capability: text.parse().unwrap(), reason: Default::default(), optional };
        Asked { wanted, ticked: false, reach: None, wider_by: Vec::new() }
    }

    #[test]
    fn what_is_needed_has_no_box_and_what_is_optional_has_an_empty_one() {
        let names = Names::new(Tr::new(Lang::En), &NONE, &[]);
        let all = [asked("readings:state", false), asked("outbound:a.example", true)];
        let text = agreement(names, &all).into_string();
        assert_eq!(text.matches("type=\"checkbox\"").count(), 1);
        assert!(text.contains("value=\"outbound:a.example\">") && !text.contains("checked"), "{text}");
        assert!(text.contains("danger"), "data that leaves the plant stands out: {text}");
    }

    #[test]
    fn a_reach_that_is_wrong_keeps_what_was_typed_and_says_why() {
        let names = Names::new(Tr::new(Lang::En), &NONE, &[]);
        let reach = Reach { some: true, typed: "<b>*x".into(), error: Some("no code".into()) };
        let text = agreement(names, &[Asked { reach: Some(reach), ..asked("readings:state", false) }]).into_string();
        assert!(text.contains("value=\"some\" checked") && text.contains("&lt;b&gt;*x</textarea>"), "{text}");
        assert!(text.contains("aria-invalid=\"true\"") && text.contains("no code"), "{text}");
    }
}
