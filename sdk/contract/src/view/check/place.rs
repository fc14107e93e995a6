//! One place in a view, and what can be asked of it.

use super::super::source::{Argument, Bind, Choices, Refresh, Source, scalar, type_at};
use super::super::{Amount, Condition, Format, State, Test, UnitOf, View};
use super::Problem;
use super::fit::{fits, is_literal, is_number, param_type};
use crate::Type;
use crate::manifest::{HandlerDef, HandlerKind, Manifest};
use crate::schema::Field;

/// Digits after the point that a format may ask for.
const DIGITS: u8 = 12;

/// Where a problem stands, and what is known there.
pub(super) struct Place<'m, 'f> {
    pub manifest: &'m Manifest,
    pub view: &'m View,
    found: &'f mut Vec<Problem>,
    at: String,
}

/// What a field must be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    /// An instant, a date or a number: something with an order.
    Ordered,
    Instant,
    Flag,
    /// Anything that fits into one line.
    Line,
    /// A text or the case of an enum.
    Word,
    Numbers,
    File,
    Any,
}

impl Kind {
    fn holds(self, ty: &Type) -> bool {
        let ty = scalar(ty);
        match self {
            Self::Number => is_number(ty),
            Self::Ordered => is_number(ty) || matches!(ty, Type::Instant | Type::Date),
            Self::Instant => *ty == Type::Instant,
            Self::Flag => *ty == Type::Bool,
            Self::Line => ty.is_scalar(),
            Self::Word => matches!(ty, Type::Text { .. } | Type::Enum { .. }),
            Self::Numbers => matches!(ty, Type::List { of } if is_number(of)),
            Self::File => matches!(ty, Type::File { .. }),
            Self::Any => *ty != Type::Unit,
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Ordered => "a time, a date or a number",
            Self::Instant => "an instant",
            Self::Flag => "a flag (bool)",
            Self::Line => "a single value",
            Self::Word => "a text or an enum",
            Self::Numbers => "a list of numbers",
            Self::File => "a file (Photo or Paper)",
            Self::Any => "a value",
        }
    }
}

impl<'m, 'f> Place<'m, 'f> {
    pub fn new(manifest: &'m Manifest, view: &'m View, found: &'f mut Vec<Problem>) -> Self {
        Self { manifest, view, found, at: format!("view `{}`", view.name) }
    }

    pub fn at(mut self, step: &str) -> Self {
        self.at = format!("{}, {step}", self.at);
        self
    }

    pub fn say(&mut self, what: &str, fix: &str) {
        self.found.push(Problem { place: self.at.clone(), what: what.to_owned(), fix: fix.to_owned() });
    }

    pub fn say_at(&mut self, place: &str, what: &str, fix: &str) {
        self.found.push(Problem { place: place.to_owned(), what: what.to_owned(), fix: fix.to_owned() });
    }

    /// A path that must lead to something of this kind.
    pub fn field(&mut self, within: &Type, path: &str, role: &str, kind: Kind) {
        let Some(ty) = type_at(within, path) else {
            let fields: Vec<_> = scalar(within).fields().iter().map(|field| field.name.as_str()).collect();
            let there = if fields.is_empty() { "no fields".to_owned() } else { fields.join(", ") };
            return self.say(&format!("Its {role} is `{path}`, which is not there"), &format!("There are: {there}"));
        };
        if !kind.holds(ty) {
            let what = format!("Its {role} `{path}` is {}", described(ty));
            self.say(&what, &format!("Name {}", kind.wanted()));
        }
    }

    pub fn optional(&mut self, within: &Type, path: Option<&String>, role: &str, kind: Kind) {
        if let Some(path) = path {
            self.field(within, path, role, kind);
        }
    }

    pub fn amount(&mut self, within: &Type, amount: &Amount, role: &str) {
        match amount {
            Amount::Field { path } => self.field(within, path, role, Kind::Number),
            Amount::Fixed { value } if crate::types::parse_decimal(value, DIGITS).is_err() => {
                self.say(&format!("Its {role} `{value}` is no number"), "Write a decimal such as 12.5");
            }
            Amount::Fixed { .. } => {}
        }
    }

    pub fn format(&mut self, within: &Type, format: &Format) {
        if format.digits.is_some_and(|digits| digits > DIGITS) {
            self.say("A format has too many digits", "Ask for at most 12 after the point");
        }
        if let super::super::NumberStyle::Money { currency } = &format.style
            && (currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            self.say(&format!("`{currency}` is no currency"), "Use a code of ISO 4217 such as CNY");
        }
        if let UnitOf::Field { path } = &format.unit {
            self.field(within, path, "unit", Kind::Word);
        }
    }

    pub fn condition(&mut self, within: &Type, condition: &Condition) {
        self.field(within, &condition.field, "condition's field", Kind::Line);
        let Some(ty) = type_at(within, &condition.field).map(scalar).filter(|ty| ty.is_scalar()) else { return };
        let compares = matches!(condition.test, Test::Less | Test::AtMost | Test::More | Test::AtLeast);
        if compares && !Kind::Ordered.holds(ty) {
            let what = format!("`{}` is {}, which has no order", condition.field, described(ty));
            return self.say(&what, "Compare it with `is` or `is_not`");
        }
        let needs = !matches!(condition.test, Test::Absent | Test::Present);
        let good = if is_number(ty) {
            crate::types::parse_decimal(&condition.value, DIGITS).is_ok()
        } else {
            is_literal(ty, &condition.value)
        };
        if needs && !good {
            let what = format!("`{}` can never be `{}`", condition.field, condition.value);
            self.say(&what, &format!("It is {}", described(ty)));
        }
    }

    /// States of a field: those of an enum are among its cases.
    pub fn states(&mut self, within: &Type, path: &str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        let Some(Type::Enum { cases, .. }) = type_at(within, path).map(scalar) else { return };
        for value in values {
            if !cases.iter().any(|case| case == value.as_ref()) {
                let what = format!("`{path}` is never `{}`", value.as_ref());
                self.say(&what, &format!("Its cases are {}", cases.join(", ")));
            }
        }
    }

    pub fn named_states(&mut self, within: &Type, path: &str, states: &[State]) {
        self.states(within, path, states.iter().map(|state| state.value.as_str()));
    }

    /// The query of a source, with its arguments judged.
    pub fn source(&mut self, source: &Source) -> Option<&'m HandlerDef> {
        let Some((_, def)) = self.manifest.handler(&source.query).filter(|(_, def)| def.kind == HandlerKind::Query)
        else {
            let what = format!("`{}` is no query of this module", source.query);
            self.say(&what, "Name a #[query] that is listed under `handlers`");
            return None;
        };
        self.arguments(&source.arguments, &def.input, None, true, &format!("the query `{}`", source.query));
        if source.refresh == Refresh::Manual && self.view.place == super::super::Place::Board {
            self.say("It waits on a board until somebody asks", "Give it a pace: nobody presses anything there");
        }
        Some(def)
    }

    /// The type of the part of the answer that a widget without rows shows.
    pub fn part(&mut self, source: &Source) -> Option<&'m Type> {
        let def = self.source(source)?;
        let part = type_at(&def.output, &source.at);
        if part.is_none() {
            self.no_part(source);
        }
        part
    }

    /// The whole answer and the type of its rows.
    pub fn rows(&mut self, source: &Source) -> Option<(&'m Type, &'m Type)> {
        let def = self.source(source)?;
        let rows = source.rows(&def.output);
        if rows.is_none() {
            let what = format!("`{}` has no list of rows at `{}`", source.query, source.at);
            self.say(&what, "Point `.at(\"…\")` at a list of structures");
        }
        Some((&def.output, rows?.1))
    }

    fn no_part(&mut self, source: &Source) {
        self.say(&format!("`{}` answers nothing at `{}`", source.query, source.at), "Correct `.at(\"…\")`");
    }

    /// An operation that people may call.
    pub fn operation(&mut self, name: &str, who: &str) -> Option<&'m HandlerDef> {
        let def = self.manifest.handler(name).map(|(_, def)| def).filter(|def| def.is_operation());
        if def.is_none() {
            let what = format!("{who} leads to `{name}`, which is no operation of this module");
            self.say(&what, "Name a command, connector or query that is listed under `handlers`");
        }
        def
    }

    pub fn is_changing(&mut self, def: &HandlerDef, who: &str) -> bool {
        let good = def.kind != HandlerKind::Query;
        if !good {
            self.say(&format!("{who} runs the query `{}`", def.name), "Run a command or connector, or open its form");
        }
        good
    }

    /// Arguments of an operation. `whole`: every required input must be among them.
    pub fn arguments(&mut self, arguments: &[Argument], input: &Type, row: Option<&Type>, whole: bool, who: &str) {
        for (at, argument) in arguments.iter().enumerate() {
            if arguments[..at].iter().any(|other| other.name == argument.name) {
                self.say(&format!("`{}` is given twice to {who}", argument.name), "Give it once");
            }
            match input.fields().iter().find(|field| field.name == argument.name) {
                None => {
                    let names: Vec<_> = input.fields().iter().map(|field| field.name.as_str()).collect();
                    let what = format!("`{}` is no input of {who}", argument.name);
                    self.say(&what, &format!("Its inputs: {}", names.join(", ")));
                }
                Some(field) => self.bound(&argument.value, &field.of, row, &format!("`{}` of {who}", field.name)),
            }
        }
        let open = |field: &&Field| {
            !matches!(field.of, Type::Option { .. }) && !arguments.iter().any(|argument| argument.name == field.name)
        };
        if let Some(field) = input.fields().iter().find(open).filter(|_| whole) {
            self.say(&format!("`{}` of {who} is required and not given", field.name), "Give it with `.with(\"…\", …)`");
        }
    }

    /// A value that must fit a type.
    pub fn bound(&mut self, bind: &Bind, wanted: &Type, row: Option<&Type>, what: &str) {
        let wanted = scalar(wanted);
        match bind {
            Bind::Constant { text } if !is_literal(wanted, text) => {
                self.say(&format!("`{text}` is no value for {what}"), &format!("It is {}", described(wanted)));
            }
            Bind::Param { name } => match self.view.params.iter().any(|param| param.name == *name) {
                false => {
                    self.say(&format!("The view has no parameter `{name}` for {what}"), "Declare it with `.param(…)`")
                }
                true => {
                    let given = param_type(self.manifest, self.view, name);
                    self.given(given.as_ref(), wanted, what, &format!("the parameter `{name}`"));
                }
            },
            Bind::Row { path } => match row {
                None => self.say(&format!("There is no row to fill {what}"), "Use a constant or a parameter"),
                Some(row) => {
                    self.field(row, path, &format!("value for {what}"), Kind::Line);
                    let given = type_at(row, path).filter(|ty| scalar(ty).is_scalar());
                    self.given(given, wanted, what, &format!("`{path}`"));
                }
            },
            Bind::Place if !matches!(wanted, Type::Text { .. }) => {
                self.say(&format!("A place cannot fill {what}"), &format!("It is {}", described(wanted)));
            }
            Bind::User if !matches!(wanted, Type::Text { .. }) => {
                self.say(&format!("A person cannot fill {what}"), &format!("It is {}", described(wanted)));
            }
            Bind::Now { .. } if *wanted != Type::Instant => {
                self.say(&format!("A time cannot fill {what}"), &format!("It is {}", described(wanted)));
            }
            Bind::Today { .. } if !matches!(wanted, Type::Date | Type::Instant) => {
                self.say(&format!("A day cannot fill {what}"), &format!("It is {}", described(wanted)));
            }
            _ => {}
        }
    }

    fn given(&mut self, given: Option<&Type>, wanted: &Type, what: &str, from: &str) {
        if let Some(given) = given
            && !fits(given, wanted)
        {
            let problem = format!("{from} is {} and cannot fill {what}", described(given));
            self.say(&problem, &format!("It takes {}", described(wanted)));
        }
    }

    /// Another view, with the parameters it is opened with.
    pub fn opened(&mut self, name: &str, arguments: &[Argument], row: Option<&Type>, who: &str) {
        let Some(view) = self.manifest.views.iter().find(|view| view.name == name) else {
            return self
                .say(&format!("{who} opens `{name}`, which is no view of this module"), "List it under `views`");
        };
        for argument in arguments {
            match param_type(self.manifest, view, &argument.name) {
                Some(ty) => self.bound(&argument.value, &ty, row, &format!("`{}` of the view `{name}`", argument.name)),
                None => self.say(
                    &format!("The view `{name}` has no parameter `{}`", argument.name),
                    "Declare it there with `.param(…)`",
                ),
            }
        }
    }

    /// A list to choose a value of this type from.
    pub fn choices(&mut self, choices: &Choices, ty: &Type, what: &str) {
        if choices.source.arguments.iter().any(|argument| matches!(argument.value, Bind::Param { .. })) {
            return self.say(&format!("The {what} depend on a parameter"), "Ask a query that needs none");
        }
        if choices.source.refresh != Refresh::OnChange {
            return self
                .say(&format!("The {what} have a pace of their own"), "Remove it: they are as fresh as the page");
        }
        let Some((_, row)) = self.rows(&choices.source) else { return };
        if !type_at(row, &choices.label).is_some_and(is_in_both_languages) {
            self.field(row, &choices.label, "label to choose by", Kind::Line);
        }
        self.bound(&Bind::Row { path: choices.value.clone() }, ty, Some(row), what);
    }
}

/// A text that the row has in Chinese and in English.
fn is_in_both_languages(ty: &Type) -> bool {
    let has = |name: &str| {
        ty.fields().iter().any(|field| field.name == name && matches!(scalar(&field.of), Type::Text { .. }))
    };
    has("zh") && has("en")
}

/// A type in an author's words.
pub(super) fn described(ty: &Type) -> String {
    match ty {
        Type::Unit => "nothing".to_owned(),
        Type::Bool => "a bool".to_owned(),
        Type::Int => "an i64".to_owned(),
        Type::Float => "an f64".to_owned(),
        Type::Decimal { scale } => format!("a Decimal<{scale}>"),
        Type::Text { max } => format!("a Text<{max}>"),
        Type::File { max_bytes, .. } => format!("a file of at most {max_bytes} bytes"),
        Type::Instant => "an Instant".to_owned(),
        Type::Date => "a Date".to_owned(),
        Type::Id { record } => format!("an Id of `{record}`"),
        Type::Ref { record, .. } => format!("a Ref to `{record}`"),
        Type::Enum { name, cases } => format!("the enum `{name}` ({})", cases.join(", ")),
        Type::Option { of } => format!("an option of {}", described(of)),
        Type::List { of } => format!("a list of {}", described(of)),
        Type::Struct { name, .. } => format!("the struct `{name}`"),
    }
}
