//! The data types of the specification and the numbers they travel as.

use serde::{Deserialize, Serialize};

macro_rules! datatypes {
    ($($name:ident = $number:literal,)*) => {
        /// The type of a metric, a property, a column or a parameter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u32)]
        pub enum DataType { $($name = $number,)* }

        impl DataType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The type with this number.
            pub fn of(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Its name in the specification.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}
datatypes! {
    Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, UInt8 = 5, UInt16 = 6, UInt32 = 7, UInt64 = 8,
    Float = 9, Double = 10, Boolean = 11, String = 12, DateTime = 13, Text = 14,
    Uuid = 15, DataSet = 16, Bytes = 17, File = 18, Template = 19,
    PropertySet = 20, PropertySetList = 21,
    Int8Array = 22, Int16Array = 23, Int32Array = 24, Int64Array = 25,
    UInt8Array = 26, UInt16Array = 27, UInt32Array = 28, UInt64Array = 29,
    FloatArray = 30, DoubleArray = 31, BooleanArray = 32, StringArray = 33, DateTimeArray = 34,
}

impl DataType {
    pub fn number(self) -> u32 {
        self as u32
    }

    /// A basic type: the only ones in columns, parameters and (but for sets) properties.
    pub fn is_basic(self) -> bool {
        self.number() <= Self::Text.number()
    }

    /// What the elements of an array are.
    pub fn element(self) -> Option<Self> {
        Some(match self {
            Self::Int8Array => Self::Int8,
            Self::Int16Array => Self::Int16,
            Self::Int32Array => Self::Int32,
            Self::Int64Array => Self::Int64,
            Self::UInt8Array => Self::UInt8,
            Self::UInt16Array => Self::UInt16,
            Self::UInt32Array => Self::UInt32,
            Self::UInt64Array => Self::UInt64,
            Self::FloatArray => Self::Float,
            Self::DoubleArray => Self::Double,
            Self::BooleanArray => Self::Boolean,
            Self::StringArray => Self::String,
            Self::DateTimeArray => Self::DateTime,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_number() {
        assert_eq!(DataType::ALL.len(), 34);
        for (at, datatype) in DataType::ALL.iter().enumerate() {
            assert_eq!((datatype.number(), DataType::of(datatype.number())), (at as u32 + 1, Some(*datatype)));
        }
        assert_eq!((DataType::of(0), DataType::of(35)), (None, None));
    }
}
