//! Arguments filled in: of queries before they are asked, of operations before their forms are drawn.

use super::{Scene, value};
use crate::form::{self, FormText};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::schema::Field;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::view::check::param_type;
use toolcrib_contract::view::{Argument, Bind, Param, scalar};

/// Why an argument cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing<'v> {
    /// The page's address does not say it yet.
    Param(&'v Param),
    /// What the address says does not fit; the message says why.
    Wrong(&'v Param, String),
    /// The row has no value for it.
    Row,
}

impl<'a> Scene<'a> {
    /// The input of an operation: what is given, and nothing for the rest.
    pub fn input(&self, arguments: &'a [Argument], input: &Type, row: &Json) -> Result<Json, Missing<'a>> {
        let mut object = serde_json::Map::new();
        for field in input.fields() {
            let argument = arguments.iter().find(|argument| argument.name == field.name);
            let value = argument.map(|argument| self.value(&argument.value, &field.of, row)).transpose()?;
            let value = value.unwrap_or(Json::Null);
            if value.is_null() && !matches!(field.of, Type::Option { .. } | Type::Unit) {
                let param = argument.and_then(|argument| self.param_of(&argument.value));
                return Err(param.map_or(Missing::Row, Missing::Param));
            }
            object.insert(field.name.clone(), value);
        }
        Ok(Json::Object(object))
    }

    fn param_of(&self, bind: &Bind) -> Option<&'a Param> {
        let Bind::Param { name } = bind else { return None };
        self.view.params.iter().find(|param| param.name == *name)
    }

    /// A value for a field of this type; null when there is none.
    pub fn value(&self, bind: &'a Bind, of: &Type, row: &Json) -> Result<Json, Missing<'a>> {
        match bind {
            Bind::Row { path } => Ok(widened(value::at(row, path).clone(), of)),
            Bind::Param { .. } => match self.param_of(bind) {
                Some(param) => self.param_value(param, of),
                // No view that was vetted.
                None => Ok(Json::Null),
            },
            other => match self.text(other, of, row) {
                Some(text) => Ok(self.parse(of, &text).unwrap_or(Json::Null)),
                None => Ok(Json::Null),
            },
        }
    }

    fn param_value(&self, param: &'a Param, of: &Type) -> Result<Json, Missing<'a>> {
        let text = self.param_text(param);
        if text.trim().is_empty() {
            return Ok(Json::Null);
        }
        self.parse(of, &text).map_err(|message| Missing::Wrong(param, message))
    }

    /// A parameter's text: what the address says, else how it begins.
    pub fn param_text(&self, param: &'a Param) -> String {
        if let Some(text) = self.address.get(&param.name) {
            return text.to_owned();
        }
        let initial = param.initial.as_ref();
        let of = param_type(self.manifest, self.view, &param.name).unwrap_or(Type::Unit);
        initial.and_then(|bind| self.text(bind, &of, &Json::Null)).unwrap_or_default()
    }

    /// A value in the notation of forms and addresses; None when there is none.
    pub fn text(&self, bind: &'a Bind, of: &Type, row: &Json) -> Option<String> {
        match bind {
            Bind::Constant { text } => Some(text.clone()),
            Bind::Param { .. } => {
                self.param_of(bind).map(|param| self.param_text(param)).filter(|text| !text.is_empty())
            }
            Bind::Row { path } => value::line(value::at(row, path)),
            Bind::User => Some(self.actor.to_owned()),
            Bind::Place => self.shell.station.as_ref().and_then(|station| station.place.clone()),
            Bind::Now { minus_s } => {
                let ago = i64::try_from(*minus_s).unwrap_or(i64::MAX).saturating_mul(1_000_000);
                // Whole minutes: the same question within a minute is the same question.
                let now = self.now.0 - self.now.0.rem_euclid(60_000_000);
                Some(Instant(now.saturating_sub(ago).max(Instant::MIN.0)).to_string())
            }
            Bind::Today { minus_days } => {
                let day = Date((self.zone().day(self.now).0 - i64::from(*minus_days)).max(Date::MIN.0));
                match scalar(of) {
                    Type::Instant => Some(self.zone().first_moment(day).to_string()),
                    _ => Some(day.to_string()),
                }
            }
        }
    }

    /// The pairs of an address or of hidden fields for some arguments; those without a value are left out.
    pub fn pairs(&self, arguments: &'a [Argument], input: &Type, row: &Json) -> Vec<(String, String)> {
        let pair = |argument: &'a Argument| {
            let field = input.fields().iter().find(|field| field.name == argument.name);
            let of = field.map_or(&Type::Unit, |field| &field.of);
            Some((argument.name.clone(), self.text(&argument.value, of, row)?))
        };
        arguments.iter().filter_map(pair).collect()
    }

    /// The input of a view's page, seen as that of an operation.
    pub fn view_input(&self, view: &str) -> Type {
        let view = self.manifest.view(view);
        let field = |param: &Param| Field {
            name: param.name.clone(),
            of: view.and_then(|view| param_type(self.manifest, view, &param.name)).unwrap_or(Type::Unit),
            doc: String::new(),
        };
        let fields = view.map_or(&[][..], |view| &view.params).iter().map(field).collect();
        Type::Struct { name: String::new(), fields }
    }

    fn parse(&self, of: &Type, text: &str) -> Result<Json, String> {
        let field = Field { name: "x".to_owned(), of: scalar(of).clone(), doc: String::new() };
        let input = Type::Struct { name: String::new(), fields: vec![field] };
        let form = FormText::new(vec![("x".to_owned(), text.to_owned())]);
        match form::read(self.tr(), self.zone(), &input, &form) {
            Ok(mut read) => Ok(read["x"].take()),
            Err(errors) => Err(errors.into_iter().next().map(|error| error.message).unwrap_or_default()),
        }
    }
}

/// Whole numbers are decimals too, and cases are texts.
fn widened(value: Json, of: &Type) -> Json {
    match (scalar(of), &value) {
        (Type::Float, Json::String(text)) => text.parse::<f64>().map_or(Json::Null, Json::from),
        (Type::Text { .. }, Json::Number(_) | Json::Bool(_)) => Json::String(value.to_string()),
        _ => value,
    }
}
