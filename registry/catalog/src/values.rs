//! Values that the engines have no common form for: a flag, which is stored as 0 or 1 in both and is PostgreSQL's own
//! truth value where a statement asks whether something is so; a number that is never negative; texts of a fixed set.

use sqlx::any::{AnyTypeInfo, AnyValueRef};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Any, Database, Decode, Encode, Type};
use std::num::TryFromIntError;

/// Whether something is so. Read with it, never with `bool`; in a struct of a row with `#[sqlx(try_from = "Flag")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag.0
    }
}

impl Type<Any> for Flag {
    fn type_info() -> AnyTypeInfo {
        <i64 as Type<Any>>::type_info()
    }

    fn compatible(given: &AnyTypeInfo) -> bool {
        <i64 as Type<Any>>::compatible(given) || <bool as Type<Any>>::compatible(given)
    }
}

impl<'r> Decode<'r, Any> for Flag {
    fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
        let number = <i64 as Decode<Any>>::decode(value.clone());
        number.map(|number| Self(number != 0)).or_else(|_| <bool as Decode<Any>>::decode(value).map(Self))
    }
}

/// A number that is never negative, among integers that all may be: of 32 bits, unless it is said. Read as `Whole` or
/// `Whole<u8>`; in a struct of a row with `#[sqlx(try_from = "i64")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<T = u32>(pub T);

impl From<Whole> for u32 {
    fn from(number: Whole) -> Self {
        number.0
    }
}

impl<T> Type<Any> for Whole<T> {
    fn type_info() -> AnyTypeInfo {
        <i64 as Type<Any>>::type_info()
    }

    fn compatible(given: &AnyTypeInfo) -> bool {
        <i64 as Type<Any>>::compatible(given)
    }
}

impl<'r, T: TryFrom<i64, Error = TryFromIntError>> Decode<'r, Any> for Whole<T> {
    fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(T::try_from(<i64 as Decode<Any>>::decode(value)?)?))
    }
}

impl<T: Copy + Into<i64>> Encode<'_, Any> for Whole<T> {
    fn encode_by_ref(&self, buffer: &mut <Any as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Any>>::encode(self.0.into(), buffer)
    }
}

/// Says which text each value of a type has in its column: `texts!(Kind { Agree = "agree" })`, or `texts!(State)` of one
/// that has `as_str` and `parse` anyway.
#[macro_export]
macro_rules! texts {
    ($name:ident { $($value:ident = $text:literal),* $(,)? }) => {
        $crate::texts!(@ $name, one, match one {
            $(Self::$value => $text,)*
        }, text, match text {
            $($text => Some(Self::$value),)*
            _ => None,
        });
    };
    ($($name:ident),*) => {
        $($crate::texts!(@ $name, one, one.as_str(), text, Self::parse(text));)*
    };
    (@ $name:ident, $one:ident, $as_text:expr, $text:ident, $read:expr) => {
        impl sqlx::Type<sqlx::Any> for $name {
            fn type_info() -> sqlx::any::AnyTypeInfo {
                <str as sqlx::Type<sqlx::Any>>::type_info()
            }

            fn compatible(given: &sqlx::any::AnyTypeInfo) -> bool {
                <str as sqlx::Type<sqlx::Any>>::compatible(given)
            }
        }

        impl<'q> sqlx::Encode<'q, sqlx::Any> for $name {
            fn encode_by_ref(
                &self,
                buffer: &mut <sqlx::Any as sqlx::Database>::ArgumentBuffer,
            ) -> std::result::Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                let $one = *self;
                <&str as sqlx::Encode<sqlx::Any>>::encode($as_text, buffer)
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Any> for $name {
            fn decode(value: sqlx::any::AnyValueRef<'r>) -> std::result::Result<Self, sqlx::error::BoxDynError> {
                let $text = <&str as sqlx::Decode<sqlx::Any>>::decode(value)?;
                let read: Option<Self> = $read;
                read.ok_or_else(|| format!("`{}` is no {}", $text, stringify!($name)).into())
            }
        }
    };
}
