//! A form over several pages: what was typed is carried along in hidden fields, one step shows at a time, the way back is a
//! button like the way on, and only the last one sends. It works without a script; nothing is kept between the steps but
//! in the page itself.

use super::Slot;
use super::form::field;
use crate::form::{Drawing, FormText};
use crate::part;
use crate::part::stepper::{Pace, Stage, stepper};
use maud::{Markup, html};
use toolcrib_contract::Type;
use toolcrib_contract::json::InputError;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::schema::Field;
use toolcrib_contract::view::{Form, View, Widget, scalar};

/// The field that says at which step a form stands, and the one of the button that was pressed.
pub const STEP: &str = "_step";
pub const GO: &str = "_go";
/// What the buttons say.
pub const BACK: &str = "back";
const NEXT: &str = "next";
/// Characters of a value where the last step shows what was filled in.
const SHOWN_CHARS: usize = 80;

/// Where a form with steps goes from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Shows this step; nothing is sent.
    Show(usize),
    /// The last step was sent: this is what there is to do.
    Send,
}

/// The form in a cell of a view, if it has steps.
pub fn steps<'v>(view: &'v View, cell: &str, operation: &str) -> Option<&'v Form> {
    let forms = view.tabs.iter().enumerate().flat_map(|(tab, of)| {
        of.sections.iter().enumerate().flat_map(move |(section, of)| {
            of.cells.iter().enumerate().map(move |(at, of)| (crate::view::ask::cell_id(tab, section, at), of))
        })
    });
    let form = forms.filter(|(id, _)| id == cell).find_map(|(_, cell)| match &cell.widget {
        Widget::Form(form) => Some(form),
        _ => None,
    });
    form.filter(|form| form.operation == operation && !form.steps.is_empty())
}

/// What the button that was pressed asks for. `errors`: what is wrong with the whole input as it stands; forward goes only
/// whoever has filled in this step and those before it.
pub fn turn(form: &Form, sent: &FormText, errors: &[InputError]) -> Turn {
    let last = form.steps.len() - 1;
    let here = at_step(sent).min(last);
    let wrong = first_wrong(form, errors).filter(|wrong| *wrong <= here);
    match sent.get(GO) {
        Some(BACK) => Turn::Show(here.saturating_sub(1)),
        Some(NEXT) => Turn::Show(wrong.unwrap_or((here + 1).min(last))),
        _ => wrong.map_or(Turn::Send, Turn::Show),
    }
}

/// The step that a form was sent from.
pub fn at_step(sent: &FormText) -> usize {
    sent.get(STEP).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The first step with something wrong in it.
pub fn first_wrong(form: &Form, errors: &[InputError]) -> Option<usize> {
    form.steps.iter().position(|step| step.fields.iter().any(|field| errors.iter().any(|error| about(error, field))))
}

/// The errors that a step shows: of its own inputs.
pub fn of_step<'e>(form: &Form, step: usize, errors: &'e [InputError]) -> impl Iterator<Item = &'e InputError> {
    let fields = form.steps.get(step).map(|step| step.fields.clone()).unwrap_or_default();
    errors.iter().filter(move |error| fields.iter().any(|field| about(error, field)))
}

fn about(error: &InputError, field: &str) -> bool {
    error.pointer.split('/').nth(1) == Some(field)
}

/// The step that is shown: its inputs, those of the others hidden, the way back and the way on.
pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Form, def: &HandlerDef, drawing: &Drawing<'_>, send: &str) -> Markup {
    let (scene, tr) = (slot.scene, slot.scene.tr());
    let sent = scene.sent.as_ref().filter(|sent| sent.cell == slot.id);
    let last = it.steps.len() - 1;
    let here = sent.map_or(0, |sent| sent.step.min(last));
    let step = &it.steps[here];
    let stages = it.steps.iter().enumerate().map(|(at, step)| Stage {
        title: scene.words(&step.title).to_owned(),
        pace: match at.cmp(&here) {
            std::cmp::Ordering::Less => Pace::Done,
            std::cmp::Ordering::Equal => Pace::Now,
            std::cmp::Ordering::Greater => Pace::Waiting,
        },
        more: None,
    });
    let stages: Vec<_> = stages.collect();
    let inputs = |names: &[String]| -> Vec<Field> {
        names.iter().filter_map(|name| def.input.fields().iter().find(|field| field.name == *name).cloned()).collect()
    };
    html! {
        (stepper(tr, &tr.with("step-of", &[("at", &(here + 1).to_string()), ("of", &(last + 1).to_string())]), &stages))
        input type="hidden" name=(STEP) value=(here);
        (carried(def, drawing.form, &step.fields))
        @if here == last { (summary(slot, it, &inputs, drawing)) }
        @if let Some(help) = &step.help { p.help { (scene.words(help)) } }
        @for input in &inputs(&step.fields) { (field(slot, it, drawing, input)) }
        // Enter presses the first button: it is the one that goes on.
        p.buttons {
            @if here < last { button.main name=(GO) value=(NEXT) { (tr.t("step-next")) } }
            @else { button.main { (send) } }
            @if here > 0 { button.quiet name=(GO) value=(BACK) formnovalidate { (tr.t("step-back")) } }
        }
    }
}

/// What was typed in other steps, as it was typed.
fn carried(def: &HandlerDef, form: &FormText, shown: &[String]) -> Markup {
    let root = |name: &str| {
        let name = name.strip_prefix("_on.").or_else(|| name.strip_prefix("_n.")).unwrap_or(name);
        name.split('.').next().unwrap_or_default().to_owned()
    };
    let is_input = |name: &str| def.input.fields().iter().any(|field| field.name == name);
    let kept = form.pairs().filter(|(name, _)| is_input(&root(name)) && !shown.contains(&root(name)));
    html! { @for (name, value) in kept { input type="hidden" name=(name) value=(value); } }
}

/// What the steps before were filled in with, for a last look.
fn summary(slot: &Slot<'_, '_>, it: &Form, inputs: &impl Fn(&[String]) -> Vec<Field>, drawing: &Drawing<'_>) -> Markup {
    let names = slot.scene.names();
    let earlier = it.steps[..it.steps.len() - 1].iter().flat_map(|step| inputs(&step.fields));
    let told = earlier.filter_map(|field| {
        let text = drawing.form.get(&field.name).filter(|text| !text.trim().is_empty())?;
        let text = match scalar(&field.of) {
            Type::Enum { name, .. } => names.case(name, text),
            Type::File { .. } => super::file::name(&text.into()).map(|file| part::file_kind(names.tr, file.media))?,
            Type::Bool => names.tr.t(if text == "true" { "yes" } else { "no" }),
            Type::Instant => drawing.zone.parse(text).map_or_else(|| text.to_owned(), |at| drawing.zone.text(at)),
            _ => shortened(text),
        };
        Some((names.input(&it.operation, &field.name), text))
    });
    let told: Vec<_> = told.collect();
    html! { @if !told.is_empty() { dl.facts { @for (name, text) in &told { div { dt { (name) } dd { (text) } } } } } }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::view::form;

    fn wizard() -> Form {
        form("report")
            .step(("什么", "What"), ["material", "lot"])
            .step(("多少", "How many"), ["quantity"])
            .step(("照片", "Photo"), ["photo"])
    }

    fn sent(pairs: &[(&str, &str)]) -> FormText {
        FormText::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn wrong(field: &str) -> InputError {
        InputError { pointer: format!("/{field}"), message: "?".to_owned() }
    }

    #[test]
    fn forward_goes_only_whoever_filled_in_this_step_and_those_before() {
        let form = wizard();
        let go = |step: &str, go: &str, errors: &[InputError]| turn(&form, &sent(&[(STEP, step), (GO, go)]), errors);
        assert_eq!(go("0", NEXT, &[]), Turn::Show(1));
        assert_eq!(go("0", NEXT, &[wrong("lot")]), Turn::Show(0));
        assert_eq!(go("0", NEXT, &[wrong("quantity")]), Turn::Show(1), "what is not asked yet is not wrong yet");
        assert_eq!(go("1", NEXT, &[wrong("quantity/0"), wrong("lot")]), Turn::Show(0));
        assert_eq!(go("2", NEXT, &[]), Turn::Show(2));
        assert_eq!(go("1", BACK, &[wrong("quantity")]), Turn::Show(0), "back goes whoever made a mistake");
        assert_eq!(go("0", BACK, &[]), Turn::Show(0));
    }

    #[test]
    fn only_the_last_button_sends_and_only_what_is_whole() {
        let form = wizard();
        let send = |step: &str, errors: &[InputError]| turn(&form, &sent(&[(STEP, step)]), errors);
        assert_eq!(send("2", &[]), Turn::Send);
        assert_eq!(send("2", &[wrong("quantity")]), Turn::Show(1));
        assert_eq!(send("99", &[wrong("photo")]), Turn::Show(2), "a step that is not there is the last one");
        assert_eq!(of_step(&form, 1, &[wrong("quantity"), wrong("lot")]).count(), 1);
    }
}
