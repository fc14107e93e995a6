//! Which values fit which inputs.

use super::super::source::{Bind, scalar};
use super::super::widget::Target;
use super::super::{Action, View};
use crate::Type;
use crate::manifest::Manifest;
use crate::types::{Date, Instant, RawId, check_text, parse_decimal};

pub(super) fn is_number(ty: &Type) -> bool {
    matches!(scalar(ty), Type::Int | Type::Float | Type::Decimal { .. })
}

/// Whether a text in the notation of forms is a value of a type.
pub fn is_literal(ty: &Type, text: &str) -> bool {
    match scalar(ty) {
        Type::Bool => matches!(text, "true" | "false"),
        Type::Int => text.parse::<i64>().is_ok(),
        Type::Float => text.parse::<f64>().is_ok_and(f64::is_finite),
        Type::Decimal { scale } => parse_decimal(text, *scale).is_ok(),
        Type::Text { max } => check_text(text, *max).is_ok(),
        Type::Instant => text.parse::<Instant>().is_ok(),
        Type::Date => text.parse::<Date>().is_ok(),
        Type::Id { .. } | Type::Ref { .. } => text.parse::<RawId>().is_ok(),
        Type::Enum { cases, .. } => cases.iter().any(|case| case == text),
        // A file is handed over by whoever has it.
        Type::Unit | Type::Option { .. } | Type::List { .. } | Type::Struct { .. } | Type::File { .. } => false,
    }
}

/// Whether a value of one type can be handed to an input of another. An absent one leaves the button out.
pub(super) fn fits(given: &Type, wanted: &Type) -> bool {
    match (scalar(given), scalar(wanted)) {
        (Type::Text { .. } | Type::Enum { .. }, Type::Text { .. }) => true,
        (Type::Int, Type::Decimal { .. } | Type::Float) | (Type::Decimal { .. }, Type::Float) => true,
        (Type::Decimal { scale: given }, Type::Decimal { scale: wanted }) => given <= wanted,
        (given, wanted) => given.same_shape(wanted),
    }
}

/// The type of a view's parameter: that of the first input it fills; of another view's parameter when it fills only those.
/// None: the view has no such parameter, or nothing uses it.
pub fn param_type(manifest: &Manifest, view: &View, name: &str) -> Option<Type> {
    view.params.iter().find(|param| param.name == name)?;
    direct(manifest, view, name).or_else(|| passed(manifest, view, name))
}

fn uses<'v>(view: &'v View, name: &str) -> Vec<(Target<'v>, &'v str)> {
    let handed = view.cells().flat_map(|(_, cell)| {
        let mut handed = cell.widget.handed();
        handed.extend(cell.actions.iter().filter_map(Action::handed));
        handed
    });
    let uses = handed.flat_map(|(target, arguments)| {
        let fills =
            arguments.iter().filter(|argument| matches!(&argument.value, Bind::Param { name: it } if it == name));
        fills.map(move |argument| (target, argument.name.as_str())).collect::<Vec<_>>()
    });
    uses.collect()
}

fn direct(manifest: &Manifest, view: &View, name: &str) -> Option<Type> {
    uses(view, name).into_iter().find_map(|(target, input)| {
        let Target::Operation(operation) = target else { return None };
        let (_, def) = manifest.handler(operation)?;
        let field = def.input.fields().iter().find(|field| field.name == input)?;
        Some(scalar(&field.of).clone())
    })
}

fn passed(manifest: &Manifest, view: &View, name: &str) -> Option<Type> {
    uses(view, name).into_iter().find_map(|(target, input)| {
        let Target::View(other) = target else { return None };
        let other = manifest.views.iter().find(|view| view.name == other)?;
        direct(manifest, other, input)
    })
}
