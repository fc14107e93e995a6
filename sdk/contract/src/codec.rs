//! Bytes of typed values. Schema-directed: nothing is tagged, both sides know the type.
//!
//! | type | bytes |
//! |---|---|
//! | bool | 0 or 1 |
//! | int, instant, date, decimal coefficient | zigzag LEB128, at most 10 bytes |
//! | unsigned length, enum position | LEB128 |
//! | float | IEEE 754 binary64, little endian |
//! | text, bytes | length, then UTF-8 or raw bytes |
//! | id, ref | 16 bytes |
//! | option | 0, or 1 then the value |
//! | list | length, then the values |
//! | struct | its fields in declared order |

/// Why bytes are not a value of the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// The bytes end inside a value.
    Truncated,
    /// Bytes are left over after the value.
    Trailing,
    /// A value breaks a rule of its type; the text names the rule.
    Invalid(&'static str),
}

impl std::fmt::Display for CodecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated => f.write_str("the bytes end inside a value"),
            Self::Trailing => f.write_str("bytes are left over after the value"),
            Self::Invalid(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for CodecError {}

/// Reads values off the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Enums that are being read inside one another.
    depth: u32,
    /// What first went wrong while values were read into place ([`crate::fill`]).
    pub(crate) failed: Option<CodecError>,
}

/// Enums inside one another that a reader goes down to: bytes must not decide how much stack reading them takes.
/// Well above [`crate::limits::TYPE_DEPTH`], which vetting holds declarations to.
const DEPTH_MAX: u32 = 64;

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0, failed: None }
    }

    /// Goes one enum down; [`Reader::up`] follows when it has been read.
    #[doc(hidden)]
    pub fn down(&mut self) -> Result<(), CodecError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            Err(CodecError::Invalid("values stand too deep inside one another"))
        } else {
            Ok(())
        }
    }

    #[doc(hidden)]
    pub fn up(&mut self) {
        self.depth -= 1;
    }

    /// Bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn take(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        if len > self.rest.len() {
            return Err(CodecError::Truncated);
        }
        let (head, tail) = self.rest.split_at(len);
        self.rest = tail;
        Ok(head)
    }

    pub fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.take(1)?[0])
    }

    pub fn unsigned(&mut self) -> Result<u64, CodecError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(CodecError::Invalid("an integer exceeds 64 bits"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::Invalid("an integer exceeds 64 bits"))
    }

    pub fn signed(&mut self) -> Result<i64, CodecError> {
        let raw = self.unsigned()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// A length, refused when fewer bytes are left than it has items: a hostile length allocates nothing.
    pub fn length(&mut self) -> Result<usize, CodecError> {
        let len = self.unsigned()?;
        match usize::try_from(len) {
            Ok(len) if len <= self.rest.len() => Ok(len),
            _ => Err(CodecError::Truncated),
        }
    }

    pub fn text(&mut self) -> Result<&'a str, CodecError> {
        let len = self.length()?;
        std::str::from_utf8(self.take(len)?).map_err(|_| CodecError::Invalid("text is not UTF-8"))
    }

    pub fn flag(&mut self) -> Result<bool, CodecError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CodecError::Invalid("a flag is neither 0 nor 1")),
        }
    }
}

pub fn put_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn put_signed(value: i64, out: &mut Vec<u8>) {
    put_unsigned((value << 1 ^ value >> 63) as u64, out);
}

pub fn put_text(text: &str, out: &mut Vec<u8>) {
    put_unsigned(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// A type with a byte form.
pub trait Encode {
    fn encode(&self, out: &mut Vec<u8>);

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// A type that can be read back from its byte form.
pub trait Decode: Sized {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError>;

    /// The value that is all of `bytes`.
    fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        if reader.rest().is_empty() { Ok(value) } else { Err(CodecError::Trailing) }
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}
impl<T: Decode> Decode for Box<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        T::decode(reader).map(Box::new)
    }
}

impl Encode for () {
    fn encode(&self, _: &mut Vec<u8>) {}
}
impl Decode for () {
    fn decode(_: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(())
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}
impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.flag()
    }
}

impl Encode for i64 {
    fn encode(&self, out: &mut Vec<u8>) {
        put_signed(*self, out);
    }
}
impl Decode for i64 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.signed()
    }
}

macro_rules! unsigned {
    ($($ty:ty),*) => {$(
        impl Encode for $ty {
            fn encode(&self, out: &mut Vec<u8>) {
                put_unsigned(u64::from(*self), out);
            }
        }
        impl Decode for $ty {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                <$ty>::try_from(reader.unsigned()?).map_err(|_| CodecError::Invalid("an integer exceeds its width"))
            }
        }
    )*};
}
unsigned!(u8, u32, u64);

impl Encode for f64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}
impl Decode for f64 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let bytes = reader.take(8)?.try_into().map_err(|_| CodecError::Truncated)?;
        let value = f64::from_le_bytes(bytes);
        if value.is_finite() { Ok(value) } else { Err(CodecError::Invalid("a number is not finite")) }
    }
}

impl Encode for str {
    fn encode(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }
}
impl Encode for String {
    fn encode(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }
}
impl Decode for String {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.text().map(str::to_owned)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
}
impl<T: Decode> Decode for Option<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        if reader.flag()? { T::decode(reader).map(Some) } else { Ok(None) }
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        put_unsigned(self.len() as u64, out);
        for item in self {
            item.encode(out);
        }
    }
}
impl<T: Decode> Decode for Vec<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let len = reader.length()?;
        let mut items = Vec::with_capacity(len.min(1024));
        for _ in 0..len {
            items.push(T::decode(reader)?);
        }
        Ok(items)
    }
}

/// Raw bytes with a length in front (a `Vec<u8>` would be a list of integers).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Bytes(pub Vec<u8>);

impl Encode for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        put_unsigned(self.0.len() as u64, out);
        out.extend_from_slice(&self.0);
    }
}
impl Decode for Bytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let len = reader.length()?;
        Ok(Self(reader.take(len)?.to_vec()))
    }
}

/// Gives a struct its byte form: the fields in order. With feature `json`, pair it with the serde derives.
#[macro_export]
macro_rules! codec_struct {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                $($crate::codec::Encode::encode(&self.$field, out);)*
            }
        }
        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                $(let $field = $crate::codec::Decode::decode(reader)?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// Gives an enum its byte form: the position, then the variant's fields in order.
#[macro_export]
macro_rules! codec_enum {
    ($name:ty { $($tag:literal => $variant:ident $({ $($field:ident),* $(,)? })?),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        $crate::codec::put_unsigned($tag, out);
                        $($($crate::codec::Encode::encode($field, out);)*)?
                    })*
                }
            }
        }
        impl $crate::codec::Decode for $name {
            fn decode(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                reader.down()?;
                let value = match reader.unsigned()? {
                    $($tag => {
                        $($(let $field = $crate::codec::Decode::decode(reader)?;)*)?
                        Self::$variant $({ $($field),* })?
                    })*
                    _ => return Err($crate::codec::CodecError::Invalid(concat!("unknown variant of ", stringify!($name)))),
                };
                reader.up();
                Ok(value)
            }
        }
    };
}
