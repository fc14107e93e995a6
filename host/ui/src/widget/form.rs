//! The form of an operation, made from its input: with fields that are filled in, hidden, or chosen from a list.

use super::Slot;
use crate::form::{Drawing, FormText, takes_files};
use crate::part;
use crate::station::keypad;
use crate::view::ask::{Answers, Told};
use crate::view::value::{at, line, read};
use crate::view::{Scene, Sent};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::schema::Field;
use toolcrib_contract::view::{Choices, Form, Place, scalar};

/// Choices of one input that a terminal shows as buttons; more are a list.
const TILES: usize = 24;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Form) -> Markup {
    let (scene, tr) = (slot.scene, slot.scene.tr());
    let Some((_, def)) = scene.manifest.handler(&it.operation) else { return html! {} };
    if !def.admits(scene.role) {
        return part::empty(&tr.t("view-not-yours"));
    }
    // What is pressed on a terminal may wait for the line, and waits as text.
    let no_files = scene.shell.station.is_some() && takes_files(&def.input);
    if no_files && shown(it, def).any(|field| matches!(field.of, Type::File { .. })) {
        return part::empty(&tr.t("station-no-files"));
    }
    let sent = scene.sent.as_ref().filter(|sent| sent.cell == slot.id);
    let filled = match sent {
        Some(sent) => sent.form.clone(),
        None => FormText::new(scene.pairs(&it.prefill, &def.input, &Json::Null)),
    };
    let errors = sent.map_or(&[][..], Sent::errors);
    let drawing = Drawing {
        names: scene.names(),
        operation: &def.name,
        zone: scene.zone(),
        form: &filled,
        errors,
        within: slot.id,
    };
    let hidden = scene.pairs(&it.hidden, &def.input, &Json::Null);
    let send = it.send.as_ref().map(|words| scene.words(words).to_owned());
    let send = send.unwrap_or_else(|| tr.with("send", &[("operation", &scene.operation(&def.name))]));
    if !it.steps.is_empty() {
        return scene.press(slot.id, &def.name, &hidden, super::stepped::draw(slot, it, def, &drawing, &send));
    }
    let fields = html! {
        @for field in first(it, def) { (self::field(slot, it, &drawing, field)) }
        @if no_files { p.help { (tr.t("station-without-files")) } }
        @for (title, fields) in folded(slot, it, def) {
            @let told = |field: &&Field| filled.get(&field.name).is_some_and(|text| !text.is_empty()) || errors.iter().any(|error| error.pointer.starts_with(&format!("/{}", field.name)));
            details open[fields.iter().any(told)] {
                summary { (title) }
                @for field in &fields { (self::field(slot, it, &drawing, field)) }
            }
        }
    };
    let body = html! {
        // Digits and the button stand beside the fields: nobody scrolls to report.
        @if it.pads.is_empty() { (fields) p.buttons { button.main { (send) } } }
        @else { div.entry { div { (fields) } div { (keypad(tr)) p.buttons { button.main { (send) } } } } }
    };
    if def.kind == toolcrib_contract::manifest::HandlerKind::Query {
        let run = crate::form::RUN;
        return html! { form action={ (scene.base()) "/" (def.name) } {
            input type="hidden" name=(run) value="1";
            @for (name, value) in &hidden { input type="hidden" name=(name) value=(value); }
            (body)
        } };
    }
    scene.press(slot.id, &def.name, &hidden, body)
}

/// The inputs that people see. Lists of structures need pages of their own: a view's form sends them empty.
fn shown<'d>(it: &Form, def: &'d HandlerDef) -> impl Iterator<Item = &'d Field> {
    let hidden: Vec<_> = it.hidden.iter().map(|argument| argument.name.clone()).collect();
    let has_groups = |of: &Type| matches!(scalar(of), Type::List { of } if !of.is_scalar());
    def.input.fields().iter().filter(move |field| !hidden.contains(&field.name) && !has_groups(&field.of))
}

/// Those at once, in the form's order.
fn first<'d>(it: &Form, def: &'d HandlerDef) -> Vec<&'d Field> {
    if it.first.is_empty() {
        let folded = |name: &String| it.folds.iter().any(|fold| fold.fields.contains(name));
        return shown(it, def).filter(|field| !folded(&field.name)).collect();
    }
    it.first.iter().filter_map(|name| shown(it, def).find(|field| field.name == *name)).collect()
}

/// Those behind a title, the ones that no fold names last.
fn folded<'d>(slot: &Slot<'_, '_>, it: &Form, def: &'d HandlerDef) -> Vec<(String, Vec<&'d Field>)> {
    let named = |names: &[String]| shown(it, def).filter(|field| names.contains(&field.name)).collect::<Vec<_>>();
    let mut folds: Vec<_> =
        it.folds.iter().map(|fold| (slot.scene.words(&fold.title).to_owned(), named(&fold.fields))).collect();
    if !it.first.is_empty() {
        let placed = |name: &String| it.first.contains(name) || it.folds.iter().any(|fold| fold.fields.contains(name));
        let rest: Vec<_> = shown(it, def).filter(|field| !placed(&field.name)).collect();
        folds.push((slot.scene.tr().t("station-more"), rest));
    }
    folds.into_iter().filter(|(_, fields)| !fields.is_empty()).collect()
}

/// One input, typed, tapped, chosen or sent.
pub(super) fn field<'a>(slot: &Slot<'a, '_>, it: &'a Form, drawing: &Drawing<'_>, field: &Field) -> Markup {
    if let Some(pad) = it.pads.iter().find(|pad| pad.field == field.name) {
        return drawing.tapped(field, &pad.steps);
    }
    let pick = it.picks.iter().find(|pick| pick.field == field.name);
    let (names, is_tapped) = (slot.scene.names(), slot.scene.view.place == Place::Station);
    let label = || names.input(&it.operation, &field.name);
    if slot.scene.shell.station.is_some() && matches!(scalar(&field.of), Type::File { .. }) {
        return html! {};
    }
    match pick.and_then(|pick| options(slot.scene, slot.answers, &pick.choices)).filter(|all| !all.is_empty()) {
        Some(options) if is_tapped && options.len() <= TILES => drawing.tiles(field, &label(), &options),
        Some(options) => drawing.named(&field.name, &label(), &field.of, Some(&options)),
        // Without its list, or with an empty one, an input is typed.
        None => drawing.fields(std::slice::from_ref(field)),
    }
}

/// What people read of a choice: a line, or their own of two languages.
fn label(scene: &Scene<'_>, value: &Json) -> Option<String> {
    read(scene.tr(), value)
}

/// Value and label of everything there is to choose from; None while the query does not answer.
pub fn options<'a>(scene: &Scene<'a>, answers: &'a Answers, choices: &'a Choices) -> Option<Vec<(String, String)>> {
    match scene.told(answers, &choices.source, None) {
        Told::Answer(answer) => {
            let rows = answer.rows(&choices.source).rows;
            let option = |row: &Json| {
                let value = line(at(row, &choices.value))?;
                let label = label(scene, at(row, &choices.label)).unwrap_or_else(|| value.clone());
                Some((value, label))
            };
            Some(rows.iter().filter_map(option).collect())
        }
        _ => None,
    }
}
