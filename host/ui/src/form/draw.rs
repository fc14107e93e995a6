//! An input type as form fields: labels, hints, what was typed before, and errors beside the field they are about.

use super::{DROPPED, FormText, GROUPS, inside, pointer};
use crate::names::Names;
use crate::part;
use crate::zone::Zone;
use maud::{Markup, html};
use toolcrib_contract::file::{FileName, Media};
use toolcrib_contract::json::InputError;
use toolcrib_contract::schema::{Field, Type};

/// Texts longer than this get more than one line.
const LINE_CHARS: u32 = 120;

/// A form about to be drawn.
pub struct Drawing<'a> {
    pub names: Names<'a>,
    /// Whose form it is.
    pub operation: &'a str,
    pub zone: &'a Zone,
    /// What was typed, or what a link filled in.
    pub form: &'a FormText,
    pub errors: &'a [InputError],
    /// Begins the ids of fields where a page has more than one form; empty where it has one.
    pub within: &'a str,
}

/// One field on its way.
struct Place<'a> {
    name: String,
    label: String,
    help: &'a str,
    optional: bool,
}

impl Drawing<'_> {
    /// The fields of a structure.
    pub fn fields(&self, fields: &[Field]) -> Markup {
        html! {
            // The first button of a form is the one that Enter presses: it must not be one that adds a group.
            @if fields.iter().any(|field| has_groups(&field.of)) { button.first tabindex="-1" aria-hidden="true" {} }
            (self.structure("", fields))
        }
    }

    fn structure(&self, name: &str, fields: &[Field]) -> Markup {
        html! { @for field in fields {
            @let (label, help) = (self.names.input(self.operation, &field.name), self.names.help(self.operation, &field.name, &field.doc));
            (self.field(Place { name: inside(name, &field.name), label, help: &help, optional: false }, &field.of))
        } }
    }

    fn field(&self, place: Place<'_>, ty: &Type) -> Markup {
        match ty {
            Type::Unit => html! {},
            Type::Option { of } => self.field(Place { optional: true, ..place }, of),
            Type::Struct { fields, .. } => self.part(&place, fields),
            Type::List { of } if !of.is_scalar() => self.groups(&place, of),
            Type::Bool if !place.optional => self.check(&place),
            ty => self.labelled(&place, ty),
        }
    }

    /// One field under a label of its own; with a list, people choose from it.
    pub fn named(&self, name: &str, label: &str, ty: &Type, options: Option<&[(String, String)]>) -> Markup {
        let (ty, optional) = if let Type::Option { of } = ty { (&**of, true) } else { (ty, false) };
        let place = Place { name: name.to_owned(), label: label.to_owned(), help: "", optional };
        match options {
            // What a page is asked for is a word, however long it may be.
            None if matches!(ty, Type::Text { .. }) => {
                let messages = self.messages(name, false);
                self.boxed(&place, "", &messages, |control| control.input("text", "", self.text(name), None))
            }
            None => self.field(place, ty),
            Some(options) => self.boxed(&place, "", &self.messages(name, false), |control| {
                let text = self.text(name);
                let known = text.is_empty() || options.iter().any(|(value, _)| value == text);
                let other = (!known).then(|| (text.to_owned(), text.to_owned()));
                self.select(control, text, &options.iter().cloned().chain(other).collect::<Vec<_>>())
            }),
        }
    }

    /// A number that people tap: with large digits, and with buttons that add to it where the script runs.
    pub fn tapped(&self, field: &Field, steps: &[i64]) -> Markup {
        let (of, optional) = if let Type::Option { of } = &field.of { (&**of, true) } else { (&field.of, false) };
        let (label, help) =
            (self.names.input(self.operation, &field.name), self.names.help(self.operation, &field.name, ""));
        let place = Place { name: field.name.clone(), label, help: &help, optional };
        let mode = if matches!(of, Type::Int) { "numeric" } else { "decimal" };
        self.boxed(&place, "", &self.messages(&field.name, false), |control| {
            html! { div.tapped {
                input.digits type="text" id=(control.id) name=(control.name) value=(self.text(control.name)) inputmode=(mode) autocomplete="off" data-count aria-describedby=[control.described()] aria-invalid=[control.invalid()];
                @for step in steps { button type="button" data-add=(step) { "+" (step) } }
            } }
        })
    }

    /// Large buttons, of which one is chosen. They stand as they are while the page is open: nothing moves under a finger.
    pub fn tiles(&self, field: &Field, label: &str, options: &[(String, String)]) -> Markup {
        let (tr, name, text) = (self.names.tr, &*field.name, self.text(&field.name));
        let optional = matches!(field.of, Type::Option { .. });
        let help = self.names.help(self.operation, name, &field.doc);
        let place = Place { name: name.to_owned(), label: label.to_owned(), help: &help, optional };
        let none = optional.then(|| (String::new(), tr.t("station-none")));
        // What was typed elsewhere or is no longer in the list is kept.
        let other = (!text.is_empty() && options.iter().all(|(value, _)| value != text))
            .then(|| (text.to_owned(), text.to_owned()));
        html! { fieldset.taps {
            legend { (label) @if optional { " " span.dim { (tr.t("optional")) } } }
            div id=(self.id("f", name)) data-keep {
                @for (value, label) in options.iter().chain(other.iter()).chain(none.iter()) {
                    label { input type="radio" name=(name) value=(value) checked[*value == text] required[!optional]; span { (label) } }
                }
            }
            (self.below(&place, "", &self.messages(name, false)))
        } }
    }

    /// The id of a part of a field: `f` the control, `h` what helps, `e` what is wrong.
    fn id(&self, part: &str, name: &str) -> String {
        if self.within.is_empty() { format!("{part}-{name}") } else { format!("{part}-{}-{name}", self.within) }
    }

    fn text(&self, name: &str) -> &str {
        self.form.get(name).unwrap_or_default()
    }

    /// Messages about this field; those about a line of it say which.
    fn messages(&self, name: &str, lines: bool) -> Vec<String> {
        let at = pointer(name);
        let about = |error: &InputError| {
            let rest = error.pointer.strip_prefix(&at)?;
            match rest.strip_prefix('/').and_then(|line| line.parse::<usize>().ok()) {
                None if rest.is_empty() => Some(error.message.clone()),
                Some(line) if lines => Some(
                    self.names.tr.with("error-line", &[("line", &(line + 1).to_string()), ("message", &error.message)]),
                ),
                _ => None,
            }
        };
        self.errors.iter().filter_map(about).collect()
    }

    fn labelled(&self, place: &Place<'_>, ty: &Type) -> Markup {
        let (hint, messages) = (self.hint(ty), self.messages(&place.name, matches!(ty, Type::List { .. })));
        self.boxed(place, &hint, &messages, |control| self.control(control, place, ty))
    }

    /// A control with its label above and what helps below.
    fn boxed(
        &self,
        place: &Place<'_>,
        hint: &str,
        messages: &[String],
        control: impl Fn(&Control<'_>) -> Markup,
    ) -> Markup {
        let id = self.id("f", &place.name);
        let mut described = Vec::new();
        if !hint.is_empty() || !place.help.is_empty() {
            described.push(self.id("h", &place.name));
        }
        if !messages.is_empty() {
            described.push(self.id("e", &place.name));
        }
        let described = described.join(" ");
        let drawn =
            control(&Control { id: &id, name: &place.name, described: &described, invalid: !messages.is_empty() });
        html! { div.field {
            label for=(id) { (place.label) @if place.optional { " " span.dim { (self.names.tr.t("optional")) } } }
            (drawn)
            (self.below(place, hint, messages))
        } }
    }

    fn below(&self, place: &Place<'_>, hint: &str, messages: &[String]) -> Markup {
        html! {
            @if !hint.is_empty() || !place.help.is_empty() {
                p.help id=(self.id("h", &place.name)) { (place.help) @if !hint.is_empty() && !place.help.is_empty() { " " } (hint) }
            }
            @if !messages.is_empty() { p.error id=(self.id("e", &place.name)) { (messages.join(" ")) } }
        }
    }

    fn hint(&self, ty: &Type) -> String {
        let tr = self.names.tr;
        match ty {
            Type::Int => tr.t("hint-int"),
            Type::Decimal { scale } => tr.with("hint-decimal", &[("digits", &scale.to_string())]),
            Type::Text { max } => tr.with("hint-text", &[("max", &max.to_string())]),
            Type::File { accept, max_bytes } => {
                let kinds = if accept.contains(&Media::Pdf) { "hint-file-papers" } else { "hint-file-pictures" };
                tr.with(kinds, &[("max", &mebibytes(*max_bytes))])
            }
            Type::Id { record } => tr.with("hint-id", &[("record", &self.names.record("", record))]),
            Type::Ref { module, record } => tr.with("hint-id", &[("record", &self.names.record(module, record))]),
            Type::List { of } => match &**of {
                Type::Enum { name, cases } => {
                    // Typed as the code has them; their words say which is which.
                    let told = |case: &String| match self.names.case(name, case) {
                        word if word.eq_ignore_ascii_case(&case.replace('_', " ")) => case.clone(),
                        word => format!("{case} = {word}"),
                    };
                    let cases: Vec<_> = cases.iter().map(told).collect();
                    tr.with("hint-lines-of", &[("cases", &cases.join(&tr.t("list-separator")))])
                }
                _ => tr.t("hint-lines"),
            },
            _ => String::new(),
        }
    }

    fn control(&self, control: &Control<'_>, place: &Place<'_>, ty: &Type) -> Markup {
        let text = self.text(&place.name);
        match ty {
            Type::Bool => {
                let cases = [("true", self.names.tr.t("yes")), ("false", self.names.tr.t("no"))];
                self.select(control, text, &cases.map(|(value, label)| (value.to_owned(), label)))
            }
            Type::Enum { name, cases } => {
                let cases: Vec<_> = cases.iter().map(|case| (case.clone(), self.names.case(name, case))).collect();
                self.select(control, text, &cases)
            }
            Type::List { .. } => control.area(text),
            Type::File { accept, .. } => self.file(control, place, accept, text),
            Type::Text { max } if *max > LINE_CHARS => control.area(text),
            Type::Int => control.input("text", "numeric", text, None),
            Type::Decimal { .. } | Type::Float => control.input("text", "decimal", text, None),
            Type::Date => control.input("date", "", text, None),
            Type::Instant => self.moment(control, text),
            _ => control.input("text", "", text, None),
        }
    }

    /// A file to choose. One that was sent before, in a form that came back or an earlier step, is kept by its name.
    fn file(&self, control: &Control<'_>, place: &Place<'_>, accept: &[Media], text: &str) -> Markup {
        let tr = self.names.tr;
        let kinds: Vec<_> = accept.iter().map(|media| media.mime()).collect();
        let kept = text.parse::<FileName>().ok();
        let dropped = format!("{DROPPED}{}", control.name);
        html! {
            @if let Some(name) = kept {
                p { (tr.with("file-kept", &[("kind", &part::file_kind(tr, name.media))])) }
                input type="hidden" name=(control.name) value=(name);
                @if place.optional {
                    @let id = self.id("f", &dropped);
                    label.check for=(id) { input type="checkbox" id=(id) name=(dropped) value="true"; " " (tr.t("file-drop")) }
                }
            }
            input type="file" id=(control.id) name=(control.name) accept=(kinds.join(",")) aria-describedby=[control.described()] aria-invalid=[control.invalid()];
        }
    }

    /// A local time; as text when the browser's field would lose digits or could not show it.
    fn moment(&self, control: &Control<'_>, text: &str) -> Markup {
        let Some(instant) = self.zone.parse(text) else {
            let kind = if text.is_empty() { "datetime-local" } else { "text" };
            return control.input(kind, "", text, (kind != "text").then_some("1"));
        };
        match self.zone.field(instant) {
            Some(local) => {
                control.input("datetime-local", "", &local, Some(if local.contains('.') { "0.001" } else { "1" }))
            }
            None => control.input("text", "", text, None),
        }
    }

    fn select(&self, control: &Control<'_>, text: &str, cases: &[(String, String)]) -> Markup {
        html! {
            select id=(control.id) name=(control.name) aria-describedby=[control.described()] aria-invalid=[control.invalid()] {
                option value="" { "—" }
                @for (value, label) in cases { option value=(value) selected[value == text] { (label) } }
            }
        }
    }

    fn check(&self, place: &Place<'_>) -> Markup {
        let (id, messages) = (self.id("f", &place.name), self.messages(&place.name, false));
        let on = super::read::is_true(self.text(&place.name));
        html! { div.field {
            label.check for=(id) { input type="checkbox" id=(id) name=(place.name) value="true" checked[on]; " " (place.label) }
            (self.below(place, "", &messages))
        } }
    }

    fn part(&self, place: &Place<'_>, fields: &[Field]) -> Markup {
        let on = format!("_on.{}", place.name);
        let id = self.id("f", &on);
        html! { fieldset {
            legend { (place.label) }
            @if place.optional {
                label.check for=(id) { input type="checkbox" id=(id) name=(on) value="true" checked[self.form.is_on(&place.name)]; " " (self.names.tr.t("fill-in")) }
            }
            (self.below(place, "", &self.messages(&place.name, false)))
            (self.structure(&place.name, fields))
        } }
    }

    fn groups(&self, place: &Place<'_>, of: &Type) -> Markup {
        let (tr, count) = (self.names.tr, self.form.groups(&place.name));
        html! { fieldset {
            legend { (place.label) }
            input type="hidden" name={ "_n." (place.name) } value=(count);
            (self.below(place, "", &self.messages(&place.name, false)))
            @for at in 0..count {
                (self.field(Place { name: inside(&place.name, at), label: format!("{} {}", place.label, at + 1), help: "", optional: false }, of))
            }
            p.buttons {
                @if count < GROUPS { button.quiet name="_add" value=(place.name) { (tr.t("group-add")) } }
                @if count > 0 { button.quiet name="_drop" value=(place.name) { (tr.t("group-drop")) } }
            }
        } }
    }
}

/// Bytes in MiB, as people read them: whole, or with one digit.
fn mebibytes(bytes: u32) -> String {
    let tenths = u64::from(bytes) * 10 / (1 << 20);
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

fn has_groups(ty: &Type) -> bool {
    match ty {
        Type::Option { of } => has_groups(of),
        Type::List { of } => !of.is_scalar(),
        Type::Struct { fields, .. } => fields.iter().any(|field| has_groups(&field.of)),
        _ => false,
    }
}

/// The attributes that every control has.
struct Control<'a> {
    id: &'a str,
    name: &'a str,
    described: &'a str,
    invalid: bool,
}

impl Control<'_> {
    fn described(&self) -> Option<&str> {
        (!self.described.is_empty()).then_some(self.described)
    }

    fn invalid(&self) -> Option<&str> {
        self.invalid.then_some("true")
    }

    fn input(&self, kind: &str, mode: &str, value: &str, step: Option<&str>) -> Markup {
        let mode = (!mode.is_empty()).then_some(mode);
        html! {
            input type=(kind) id=(self.id) name=(self.name) value=(value) inputmode=[mode] step=[step] autocomplete="off"
                aria-describedby=[self.described()] aria-invalid=[self.invalid()];
        }
    }

    fn area(&self, value: &str) -> Markup {
        // A browser drops one line break after the tag; this one is for it.
        html! {
            textarea id=(self.id) name=(self.name) rows="4" aria-describedby=[self.described()] aria-invalid=[self.invalid()] { "\n" (value) }
        }
    }
}
