//! Where values come from: a query with its arguments, and paths into what it answers.

use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;
use crate::schema::{Field, Type};

/// A query of the module, with what it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Source {
    pub query: String,
    /// Parameters of the query that are given; the others must be optional.
    pub arguments: Vec<Argument>,
    /// Path to the part of the answer that the widget shows; empty: the whole answer.
    pub at: String,
    #[cfg_attr(feature = "json", serde(default))]
    pub refresh: Refresh,
}
codec_struct!(Source { query, arguments, at, refresh });

/// When a page that stays open asks again. There is no faster pace than [`Refresh::OnChange`], which never shows a widget
/// anew more than once a second (andon tiles: twice), and no slower one that the host keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Refresh {
    /// As soon as something was committed that the answer was made from, and after a minute.
    #[default]
    OnChange,
    /// Every five seconds, whatever happens meanwhile.
    Seconds5,
    Seconds30,
    Minutes5,
    /// When somebody asks: for what costs much and is looked at once.
    Manual,
}
codec_enum!(Refresh { 0 => OnChange, 1 => Seconds5, 2 => Seconds30, 3 => Minutes5, 4 => Manual });

impl Refresh {
    /// Seconds between two answers, where a pace is asked for.
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Self::Seconds5 => Some(5),
            Self::Seconds30 => Some(30),
            Self::Minutes5 => Some(300),
            Self::OnChange | Self::Manual => None,
        }
    }
}

/// One argument by name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Argument {
    pub name: String,
    pub value: Bind,
}
codec_struct!(Argument { name, value });

/// What an argument is filled with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "from")
)]
pub enum Bind {
    /// A fixed value in the notation of forms: `12.5`, `true`, `running`, `2026-11-23`.
    Constant { text: String },
    /// What the page's address says.
    Param { name: String },
    /// A field of the row that an action belongs to; of an undo, a field of what was answered.
    Row { path: String },
    /// Who looks: the code of an operator at a terminal, else the actor that the module's handlers see, such as
    /// `user:018f…`. For texts.
    User,
    /// The host's time, less so many seconds. For instants.
    Now { minus_s: u64 },
    /// The plant's calendar day so many days ago. For dates, and for instants: then the day's first moment.
    Today { minus_days: u32 },
    /// The code of the place or machine that the terminal stands for; nothing elsewhere. For texts.
    Place,
}
codec_enum!(Bind {
    0 => Constant { text }, 1 => Param { name }, 2 => Row { path }, 3 => User, 4 => Now { minus_s }, 5 => Today { minus_days },
    6 => Place,
});

/// Something that the page's address may say. Its type is that of the arguments it fills.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Param {
    /// Snake case.
    pub name: String,
    pub label: Words,
    /// What it is when the address does not say: no parameter, no row.
    pub initial: Option<Bind>,
    /// What people choose from; else they type.
    pub choices: Option<Choices>,
}
codec_struct!(Param { name, label, initial, choices });

/// A list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Choices {
    /// Answers with rows; takes no parameter of the page.
    pub source: Source,
    /// What is sent.
    pub value: String,
    /// What people read: a line, or a structure with the texts `zh` and `en`, of which each reads their own.
    pub label: String,
}
codec_struct!(Choices { source, value, label });

/// A fixed value, written as in a form.
pub fn constant(text: &str) -> Bind {
    Bind::Constant { text: text.to_owned() }
}

/// What the page's address says.
pub fn param(name: &str) -> Bind {
    Bind::Param { name: name.to_owned() }
}

/// A field of the row that an action belongs to.
pub fn row(path: &str) -> Bind {
    Bind::Row { path: path.to_owned() }
}

/// Who looks.
pub fn me() -> Bind {
    Bind::User
}

/// The place or machine that the terminal stands for.
pub fn place() -> Bind {
    Bind::Place
}

/// The host's time.
pub fn now() -> Bind {
    Bind::Now { minus_s: 0 }
}

/// A time so many seconds ago.
pub fn ago(seconds: u64) -> Bind {
    Bind::Now { minus_s: seconds }
}

/// The plant's calendar day; its first moment where an instant is wanted.
pub fn today() -> Bind {
    Bind::Today { minus_days: 0 }
}

/// The plant's calendar day so many days ago.
pub fn days_ago(days: u32) -> Bind {
    Bind::Today { minus_days: days }
}

/// A list to choose from: rows of a query, the field that is sent and the field that is read.
pub fn pick(source: Source, value: &str, label: &str) -> Choices {
    Choices { source, value: value.to_owned(), label: label.to_owned() }
}

impl Source {
    /// The whole answer of a query without arguments. Authors use the SDK's `source::<query>()`.
    pub fn of(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }

    /// Gives a parameter of the query.
    pub fn with(mut self, name: &str, value: Bind) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), value });
        self
    }

    /// Gives a parameter of the query what the page's parameter of the same name says.
    pub fn param(self, name: &str) -> Self {
        let value = param(name);
        self.with(name, value)
    }

    /// Looks at one part of the answer.
    pub fn at(mut self, path: &str) -> Self {
        self.at = path.to_owned();
        self
    }

    /// Asks again at another pace than when something changed.
    pub fn refresh(mut self, refresh: Refresh) -> Self {
        self.refresh = refresh;
        self
    }

    /// The rows that a widget of rows shows: the path to them and their type. Where `at` leads to a structure that holds
    /// exactly one list of structures, that list.
    pub fn rows<'t>(&self, output: &'t Type) -> Option<(String, &'t Type)> {
        let rows_of = |ty: &'t Type| match scalar(ty) {
            Type::List { of } if matches!(**of, Type::Struct { .. }) => Some(&**of),
            _ => None,
        };
        let here = type_at(output, &self.at)?;
        if let Some(of) = rows_of(here) {
            return Some((self.at.clone(), of));
        }
        let mut lists = scalar(here).fields().iter().filter_map(|field| Some((field, rows_of(&field.of)?)));
        let (Some((field, of)), None) = (lists.next(), lists.next()) else { return None };
        Some((join(&self.at, &field.name), of))
    }
}

impl Param {
    pub fn new(name: &str, label: impl Into<Words>) -> Self {
        Self { name: name.to_owned(), label: label.into(), initial: None, choices: None }
    }

    /// What it is when the address does not say.
    pub fn starts_as(mut self, initial: Bind) -> Self {
        self.initial = Some(initial);
        self
    }

    /// People choose from the rows of a query.
    pub fn choices(mut self, choices: Choices) -> Self {
        self.choices = Some(choices);
        self
    }
}

fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}

/// A type without the option around it.
pub fn scalar(ty: &Type) -> &Type {
    if let Type::Option { of } = ty { scalar(of) } else { ty }
}

/// The type at a path such as `totals.oee`; the empty path is the whole. Options on the way are looked through.
pub fn type_at<'t>(ty: &'t Type, path: &str) -> Option<&'t Type> {
    if path.is_empty() {
        return Some(ty);
    }
    path.split('.').try_fold(ty, |ty, step| {
        let field: &Field = scalar(ty).fields().iter().find(|field| field.name == step)?;
        Some(&field.of)
    })
}

/// Whether a type is nothing but one text in both languages, `zh` and `en`: a page shows the one in its reader's.
pub fn is_said(ty: &Type) -> bool {
    let fields = scalar(ty).fields();
    let has = |name: &str| fields.iter().any(|it| it.name == name && matches!(scalar(&it.of), Type::Text { .. }));
    fields.len() == 2 && has("zh") && has("en")
}

/// The path of the same in English, where a structure keeps a text or texts twice: `en` beside `zh`, else `name_en` beside
/// `name`. One column of a view then shows the one in its reader's language.
pub fn english_beside(row: &Type, path: &str) -> Option<String> {
    let twin = match path.strip_suffix("zh") {
        Some(before) if before.is_empty() || before.ends_with(['.', '_']) => format!("{before}en"),
        _ => format!("{path}_en"),
    };
    let is_text = |ty: &Type| match scalar(ty) {
        Type::List { of } => matches!(**of, Type::Text { .. }),
        ty => matches!(ty, Type::Text { .. }),
    };
    let both = type_at(row, path).zip(type_at(row, &twin));
    both.is_some_and(|(one, other)| is_text(one) && is_text(other)).then_some(twin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, of: Type) -> Field {
        Field { name: name.to_owned(), of, doc: String::new() }
    }

    fn structure(fields: Vec<Field>) -> Type {
        Type::Struct { name: "s".to_owned(), fields }
    }

    #[test]
    fn rows_are_found_where_there_is_only_one_list_of_them() {
        let list = |of: Type| Type::List { of: Box::new(of) };
        let row = structure(vec![field("code", Type::Int)]);
        let page = structure(vec![field("rows", list(row.clone())), field("next", Type::Text { max: 9 })]);
        assert_eq!(Source::of("q").rows(&page), Some(("rows".to_owned(), &row)));
        assert_eq!(Source::of("q").at("rows").rows(&page), Some(("rows".to_owned(), &row)));
        assert_eq!(Source::of("q").rows(&list(row.clone())), Some((String::new(), &row)));
        assert_eq!(Source::of("q").at("next").rows(&page), None);
        let two = structure(vec![field("a", list(row.clone())), field("b", list(row.clone()))]);
        assert_eq!(Source::of("q").rows(&two), None);
        assert_eq!(Source::of("q").at("b").rows(&two), Some(("b".to_owned(), &row)));
        let inner = structure(vec![field("page", Type::Option { of: Box::new(page) })]);
        assert_eq!(Source::of("q").at("page").rows(&inner), Some(("page.rows".to_owned(), &row)));
        assert_eq!(Source::of("q").rows(&list(Type::Int)), None);
    }

    #[test]
    fn a_path_looks_through_options_and_not_into_lists() {
        let inner = structure(vec![field("oee", Type::Float)]);
        let outer = structure(vec![
            field("now", Type::Option { of: Box::new(inner.clone()) }),
            field("all", Type::List { of: Box::new(inner) }),
        ]);
        assert_eq!(type_at(&outer, "now.oee"), Some(&Type::Float));
        for none in ["oee", "all.oee", "now.oee.x", "now.", ".now"] {
            assert_eq!(type_at(&outer, none), None, "{none}");
        }
    }
}
