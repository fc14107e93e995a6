//! Small numbers and flags that a row may lack: either engine gives and takes numbers of 64 bits.

use sqlx::any::{AnyTypeInfo, AnyValueRef};
use sqlx::error::BoxDynError;
use sqlx::{Any, Decode, Type};
use std::num::TryFromIntError;

/// A small number or a flag that a struct of a row may lack, read with `#[sqlx(try_from = "Maybe")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Maybe(Option<i64>);

impl Type<Any> for Maybe {
    fn type_info() -> AnyTypeInfo {
        <i64 as Type<Any>>::type_info()
    }

    fn compatible(given: &AnyTypeInfo) -> bool {
        <i64 as Type<Any>>::compatible(given)
    }
}

impl<'r> Decode<'r, Any> for Maybe {
    fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
        <Option<i64> as Decode<Any>>::decode(value).map(Self)
    }
}

impl TryFrom<Maybe> for Option<u8> {
    type Error = TryFromIntError;

    fn try_from(Maybe(value): Maybe) -> Result<Self, Self::Error> {
        value.map(u8::try_from).transpose()
    }
}

impl TryFrom<Maybe> for Option<u32> {
    type Error = TryFromIntError;

    fn try_from(Maybe(value): Maybe) -> Result<Self, Self::Error> {
        value.map(u32::try_from).transpose()
    }
}

impl From<Maybe> for Option<bool> {
    fn from(Maybe(value): Maybe) -> Self {
        value.map(|value| value != 0)
    }
}
