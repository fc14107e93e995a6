//! The scalar types of records, operations and events. Exact by construction: no float carries money or quantity.

use crate::codec::{CodecError, Decode, Encode, Reader, put_signed};
use crate::fill::Fill;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// Sixteen bytes of a UUID; ordered as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawId(pub [u8; 16]);

impl fmt::Display for RawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // In one piece: ids are most of what answers and audit lines are made of.
        let (mut text, mut at) = ([b'-'; 36], 0);
        for byte in self.0 {
            if matches!(at, 8 | 13 | 18 | 23) {
                at += 1;
            }
            (text[at], text[at + 1]) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
            at += 2;
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for RawId {
    type Err = CodecError;
    /// Reads the hyphenated form, in either case.
    fn from_str(text: &str) -> Result<Self, CodecError> {
        const RULE: CodecError = CodecError::Invalid("an id looks like 018f0e6e-7b1c-7cc3-a1b2-0123456789ab");
        let bytes = text.as_bytes();
        if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|at| bytes[*at] != b'-') {
            return Err(RULE);
        }
        let mut id = [0u8; 16];
        let mut digits = bytes.iter().filter(|b| **b != b'-').map(|b| (*b as char).to_digit(16));
        for byte in &mut id {
            let (Some(Some(high)), Some(Some(low))) = (digits.next(), digits.next()) else { return Err(RULE) };
            *byte = (high * 16 + low) as u8;
        }
        Ok(Self(id))
    }
}

impl Encode for RawId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}
impl Decode for RawId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(reader.take(16)?.try_into().map_err(|_| CodecError::Truncated)?))
    }
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<R> {
            pub raw: RawId,
            record: PhantomData<fn() -> R>,
        }
        impl<R> $name<R> {
            pub const fn new(raw: RawId) -> Self {
                Self { raw, record: PhantomData }
            }
        }
        impl<R> Clone for $name<R> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<R> Copy for $name<R> {}
        impl<R> PartialEq for $name<R> {
            fn eq(&self, other: &Self) -> bool {
                self.raw == other.raw
            }
        }
        impl<R> Eq for $name<R> {}
        impl<R> PartialOrd for $name<R> {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl<R> Ord for $name<R> {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.raw.cmp(&other.raw)
            }
        }
        impl<R> std::hash::Hash for $name<R> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.raw.hash(state);
            }
        }
        impl<R> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.raw, f)
            }
        }
        impl<R> fmt::Display for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.raw, f)
            }
        }
        impl<R> Encode for $name<R> {
            fn encode(&self, out: &mut Vec<u8>) {
                self.raw.encode(out);
            }
        }
        impl<R> Decode for $name<R> {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                RawId::decode(reader).map(Self::new)
            }
        }
        impl<R> Fill for $name<R> {
            #[inline]
            fn blank() -> Self {
                Self::new(RawId::blank())
            }
            #[inline]
            fn fill(&mut self, reader: &mut Reader<'_>) {
                self.raw.fill(reader);
            }
        }
    };
}
typed_id!(
    /// The id of a row of the module's own record `R`, given by the host (UUIDv7).
    Id
);
typed_id!(
    /// A reference to a row of record `R`, own or shared by another module. The host checks its form, not its target.
    Ref
);

impl<R> From<Id<R>> for Ref<R> {
    fn from(id: Id<R>) -> Self {
        Self::new(id.raw)
    }
}
impl<R> From<Ref<R>> for Id<R> {
    fn from(reference: Ref<R>) -> Self {
        Self::new(reference.raw)
    }
}

/// Text of at most `MAX` characters, without U+0000.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: u32>(Kept);

/// What a text is kept in. A component's instance lasts for one call and frees nothing (`toolcrib-sdk`'s heap), so there
/// it is a slice that stays: copying one costs nothing, and no code has to drop it, which is 7 % of a module's bytes.
#[cfg(target_family = "wasm")]
type Kept = &'static str;
#[cfg(not(target_family = "wasm"))]
type Kept = String;

#[cfg(target_family = "wasm")]
fn keep(text: String) -> Kept {
    text.leak()
}
#[cfg(not(target_family = "wasm"))]
fn keep(text: String) -> Kept {
    text
}

impl<const MAX: u32> Text<MAX> {
    /// # Errors
    /// Too long, or contains U+0000.
    #[inline]
    pub fn new(text: impl Into<String>) -> Result<Self, CodecError> {
        checked(text.into(), MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        AsRef::<str>::as_ref(&self.0)
    }

    /// Whether it says nothing: it is empty, or spaces.
    pub fn is_blank(&self) -> bool {
        self.as_str().trim().is_empty()
    }
}

/// Not generic, so that a module holds it once and not once a length.
#[inline(never)]
fn checked(text: String, max_chars: u32) -> Result<Kept, CodecError> {
    check_text(&text, max_chars)?;
    Ok(keep(text))
}

/// The rule of [`Text`], for callers that know the limit only at run time.
pub fn check_text(text: &str, max_chars: u32) -> Result<(), CodecError> {
    if text.len() > max_chars as usize && text.chars().count() > max_chars as usize {
        return Err(CodecError::Invalid("text is longer than its type allows"));
    }
    if text.contains('\0') {
        return Err(CodecError::Invalid("text contains U+0000"));
    }
    Ok(())
}

impl<const MAX: u32> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl<const MAX: u32> FromStr for Text<MAX> {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        Self::new(text)
    }
}
impl<const MAX: u32> PartialEq<str> for Text<MAX> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}
impl<const MAX: u32> PartialEq<&str> for Text<MAX> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
impl<const MAX: u32> Encode for Text<MAX> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_str().encode(out);
    }
}
impl<const MAX: u32> Decode for Text<MAX> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        read_text(reader, MAX).map(Self)
    }
}

impl<const MAX: u32> Fill for Text<MAX> {
    #[inline]
    fn blank() -> Self {
        Self::default()
    }
    #[inline]
    fn fill(&mut self, reader: &mut Reader<'_>) {
        fill_text(&mut self.0, reader, MAX);
    }
}

#[inline(never)]
fn fill_text(place: &mut Kept, reader: &mut Reader<'_>, max_chars: u32) {
    match read_text(reader, max_chars) {
        Ok(text) => *place = text,
        Err(error) => reader.fail(error),
    }
}

#[inline]
fn read_text(reader: &mut Reader<'_>, max_chars: u32) -> Result<Kept, CodecError> {
    let text = reader.text()?;
    check_text(text, max_chars)?;
    Ok(keep(text.to_owned()))
}

/// An exact decimal: `coef / 10^SCALE`. Money and quantities are these, never floats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal<const SCALE: u8>(pub i64);

/// The largest coefficient: eighteen digits, so that sums of pages stay inside 64 bits.
pub const DECIMAL_COEF_MAX: i64 = 999_999_999_999_999_999;

impl<const SCALE: u8> Decimal<SCALE> {
    pub const ZERO: Self = Self(0);

    /// `numerator / denominator` rounded once, half to even. None when the denominator is 0 or the result too large.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        let scaled = numerator.checked_mul(10i128.checked_pow(u32::from(SCALE))?)?;
        let coef = divide_half_even(scaled, denominator)?;
        i64::try_from(coef).ok().filter(|coef| coef.abs() <= DECIMAL_COEF_MAX).map(Self)
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|coef| coef.abs() <= DECIMAL_COEF_MAX).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self(-other.0))
    }
}

/// Integer division rounded half to even. None when the divisor is 0.
pub fn divide_half_even(dividend: i128, divisor: i128) -> Option<i128> {
    if divisor == 0 {
        return None;
    }
    let (dividend, divisor) = if divisor < 0 { (dividend.checked_neg()?, -divisor) } else { (dividend, divisor) };
    let (floor, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    Some(match (rest.checked_mul(2)?).cmp(&divisor) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + (floor & 1),
    })
}

impl<const SCALE: u8> fmt::Display for Decimal<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(self.0, SCALE))
    }
}
impl<const SCALE: u8> FromStr for Decimal<SCALE> {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        parse_decimal(text, SCALE).map(Self)
    }
}

/// `-1234, 2` → `-12.34`.
pub fn decimal_text(coef: i64, scale: u8) -> String {
    let digits = format!("{:0width$}", coef.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if coef < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Reads plain decimal notation; never rounds.
///
/// # Errors
/// Not a decimal, more digits after the point than `scale`, or more than eighteen digits.
pub fn parse_decimal(text: &str, scale: u8) -> Result<i64, CodecError> {
    const FORM: CodecError = CodecError::Invalid("a decimal looks like 12.50");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || (part.is_empty() && digits.contains('.')) {
        return Err(FORM);
    }
    if part.len() > usize::from(scale) {
        return Err(CodecError::Invalid("a decimal has more digits after the point than its type allows"));
    }
    let mut coef: i64 = 0;
    let padding = std::iter::repeat_n(b'0', usize::from(scale) - part.len());
    for digit in whole.bytes().chain(part.bytes()).chain(padding) {
        if !digit.is_ascii_digit() {
            return Err(FORM);
        }
        coef = coef
            .checked_mul(10)
            .and_then(|coef| coef.checked_add(i64::from(digit - b'0')))
            .filter(|coef| *coef <= DECIMAL_COEF_MAX)
            .ok_or(CodecError::Invalid("a decimal has more than eighteen digits"))?;
    }
    Ok(if negative { -coef } else { coef })
}

impl<const SCALE: u8> Encode for Decimal<SCALE> {
    fn encode(&self, out: &mut Vec<u8>) {
        put_signed(self.0, out);
    }
}
impl<const SCALE: u8> Decode for Decimal<SCALE> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        read_coef(reader).map(Self)
    }
}
impl<const SCALE: u8> Fill for Decimal<SCALE> {
    #[inline]
    fn blank() -> Self {
        Self(0)
    }
    #[inline]
    fn fill(&mut self, reader: &mut Reader<'_>) {
        fill_coef(&mut self.0, reader);
    }
}

fn read_coef(reader: &mut Reader<'_>) -> Result<i64, CodecError> {
    let coef = reader.signed()?;
    if coef.unsigned_abs() > DECIMAL_COEF_MAX as u64 {
        return Err(CodecError::Invalid("a decimal has more than eighteen digits"));
    }
    Ok(coef)
}

#[inline(never)]
fn fill_coef(place: &mut i64, reader: &mut Reader<'_>) {
    match read_coef(reader) {
        Ok(coef) => *place = coef,
        Err(error) => reader.fail(error),
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored. From 1970 to 2199.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    pub const MIN: Self = Self(0);
    /// 2199-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(7_258_118_399_999_999);

    pub const fn plus_us(self, us: i64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// Microseconds from `earlier` to here.
    pub const fn since_us(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Encode for Instant {
    fn encode(&self, out: &mut Vec<u8>) {
        put_signed(self.0, out);
    }
}
impl Decode for Instant {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let instant = Self(reader.signed()?);
        if (Self::MIN..=Self::MAX).contains(&instant) {
            Ok(instant)
        } else {
            Err(CodecError::Invalid("an instant lies outside 1970 to 2199"))
        }
    }
}

/// A calendar day: days since 1970-01-01. From 1970 to 2199.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i64);

impl Date {
    pub const MIN: Self = Self(0);
    /// 2199-12-31.
    pub const MAX: Self = Self(84_005);
}

impl Encode for Date {
    fn encode(&self, out: &mut Vec<u8>) {
        put_signed(self.0, out);
    }
}
impl Decode for Date {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let date = Self(reader.signed()?);
        if (Self::MIN..=Self::MAX).contains(&date) {
            Ok(date)
        } else {
            Err(CodecError::Invalid("a date lies outside 1970 to 2199"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_never_round_on_the_way_in() {
        assert_eq!("12.5".parse(), Ok(Decimal::<2>(1250)));
        assert_eq!("-0.01".parse(), Ok(Decimal::<2>(-1)));
        assert_eq!("7".parse(), Ok(Decimal::<0>(7)));
        for bad in ["", ".", "1.", ".5", "1.005", "+1", "1e3", "--1", "1 ", "１", "9999999999999999999"] {
            assert!(bad.parse::<Decimal<2>>().is_err(), "{bad}");
        }
        assert_eq!(Decimal::<2>(-5).to_string(), "-0.05");
        assert_eq!(Decimal::<0>(-5).to_string(), "-5");
    }

    #[test]
    fn ratios_round_once_half_to_even() {
        assert_eq!(Decimal::<0>::ratio(5, 2), Some(Decimal(2)));
        assert_eq!(Decimal::<0>::ratio(7, 2), Some(Decimal(4)));
        assert_eq!(Decimal::<0>::ratio(-5, 2), Some(Decimal(-2)));
        assert_eq!(Decimal::<0>::ratio(5, -2), Some(Decimal(-2)));
        assert_eq!(Decimal::<6>::ratio(2, 3), Some(Decimal(666_667)));
        assert_eq!(Decimal::<6>::ratio(1, 0), None);
    }

    #[test]
    fn ids_read_their_own_text() {
        let id = RawId([0x01, 0x8f, 0x0e, 0x6e, 0x7b, 0x1c, 0x7c, 0xc3, 0xa1, 0xb2, 1, 2, 3, 4, 5, 6]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "018f0e6e7b1c7cc3a1b2010203040506",
            "018f0e6e-7b1c-7cc3-a1b2-01020304050g",
            "018f0e6e-7b1c-7cc3-a1b2-0102030405_6",
        ] {
            assert!(bad.parse::<RawId>().is_err(), "{bad}");
        }
    }
}
