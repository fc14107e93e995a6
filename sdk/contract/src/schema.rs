//! Types as data: what a manifest says about records, inputs, outputs and events.

use crate::codec_enum;
use crate::codec_struct;
use crate::file::Media;
use crate::types::{Date, Decimal, Id, Instant, Ref, Text};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "type")
)]
pub enum Type {
    /// No value: the output of an operation that returns nothing.
    Unit,
    Bool,
    Int,
    Float,
    /// At most eighteen digits, `scale` of them after the point.
    Decimal {
        scale: u8,
    },
    /// At most `max` characters.
    Text {
        max: u32,
    },
    Instant,
    Date,
    /// A row of the module's own record.
    Id {
        record: String,
    },
    /// A row of a record; `module` is empty for the module's own.
    Ref {
        module: String,
        record: String,
    },
    /// One of named cases, by position.
    Enum {
        name: String,
        cases: Vec<String>,
    },
    Option {
        of: Box<Type>,
    },
    List {
        of: Box<Type>,
    },
    Struct {
        name: String,
        fields: Vec<Field>,
    },
    /// A file that the host keeps, by its name ([`crate::file::FileName`]).
    File {
        accept: Vec<Media>,
        max_bytes: u32,
    },
}
codec_enum!(Type {
    0 => Unit, 1 => Bool, 2 => Int, 3 => Float, 4 => Decimal { scale }, 5 => Text { max }, 6 => Instant, 7 => Date,
    8 => Id { record }, 9 => Ref { module, record }, 10 => Enum { name, cases }, 11 => Option { of }, 12 => List { of },
    13 => Struct { name, fields }, 14 => File { accept, max_bytes },
});

/// One field of a structure or record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Field {
    pub name: String,
    pub of: Type,
    /// The author's doc comment; shown as help.
    pub doc: String,
}
codec_struct!(Field { name, of, doc });

impl Type {
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::Unit | Self::List { .. } | Self::Struct { .. } | Self::Option { .. })
    }

    /// Whether both sides read the same bytes the same way: names of types and help texts do not count.
    pub fn same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Option { of: a }, Self::Option { of: b }) | (Self::List { of: a }, Self::List { of: b }) => {
                a.same_shape(b)
            }
            (Self::Struct { fields: a, .. }, Self::Struct { fields: b, .. }) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && a.of.same_shape(&b.of))
            }
            (Self::Enum { cases: a, .. }, Self::Enum { cases: b, .. }) => a == b,
            (Self::File { .. }, Self::File { .. }) => true,
            // The owner says `Id<Site>`, a reader says `Ref<Site>` of another module; both are sixteen bytes.
            (
                Self::Id { record: a } | Self::Ref { record: a, .. },
                Self::Id { record: b } | Self::Ref { record: b, .. },
            ) => a == b,
            (a, b) => a == b,
        }
    }

    /// The fields of a structure; none for any other type.
    pub fn fields(&self) -> &[Field] {
        if let Self::Struct { fields, .. } = self { fields } else { &[] }
    }
}

/// A Rust type that stands for a [`Type`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross the boundary of a module",
    label = "not a type of the contract",
    note = "use bool, i64, f64, Decimal<S>, Text<N>, Instant, Date, Id<R>, Ref<R>, Option, Vec, or a struct or enum marked #[value]"
)]
pub trait Schema {
    fn schema() -> Type;
}

/// A record, as far as references to it are concerned.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "mark this struct with #[record], or #[shared_record(module = \"…\")] when another module owns it"
)]
pub trait RecordName {
    /// Empty for the module's own records.
    const MODULE: &'static str;
    const RECORD: &'static str;
}

macro_rules! scalar {
    ($($ty:ty => $schema:expr),* $(,)?) => {$(
        impl Schema for $ty {
            fn schema() -> Type {
                $schema
            }
        }
    )*};
}
scalar!(() => Type::Unit, bool => Type::Bool, i64 => Type::Int, f64 => Type::Float, Instant => Type::Instant, Date => Type::Date);

impl<const SCALE: u8> Schema for Decimal<SCALE> {
    fn schema() -> Type {
        Type::Decimal { scale: SCALE }
    }
}
impl<const MAX: u32> Schema for Text<MAX> {
    fn schema() -> Type {
        Type::Text { max: MAX }
    }
}
impl<R: RecordName> Schema for Id<R> {
    fn schema() -> Type {
        Type::Id { record: R::RECORD.to_owned() }
    }
}
impl<R: RecordName> Schema for Ref<R> {
    fn schema() -> Type {
        Type::Ref { module: R::MODULE.to_owned(), record: R::RECORD.to_owned() }
    }
}
impl<T: Schema> Schema for Option<T> {
    fn schema() -> Type {
        Type::Option { of: Box::new(T::schema()) }
    }
}
impl<T: Schema> Schema for Vec<T> {
    fn schema() -> Type {
        Type::List { of: Box::new(T::schema()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{CodecError, Decode, Encode};

    #[test]
    fn a_type_without_end_is_refused_before_it_takes_the_stack() {
        let option = |of| Type::Option { of: Box::new(of) };
        let deep = (0..20).fold(Type::Int, |of, _| option(of));
        assert_eq!(Type::from_bytes(&deep.to_bytes()), Ok(deep));
        let mut endless = vec![11; 1_000_000];
        endless.push(2);
        assert!(matches!(Type::from_bytes(&endless), Err(CodecError::Invalid(_))));
        // Siblings do not add up.
        let field = |at: usize| Field { name: format!("f{at}"), of: option(Type::Int), doc: String::new() };
        let wide = Type::Struct { name: "wide".to_owned(), fields: (0..100).map(field).collect() };
        assert_eq!(Type::from_bytes(&wide.to_bytes()), Ok(wide));
    }
}
