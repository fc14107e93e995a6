//! Reading values into place: how modules read what the host hands them.
//!
//! [`Decode`] answers with a value or an error, so a structure of twenty fields has twenty ways out, each of which moves
//! or drops what was read before: much of a small module's bytes. Here a structure begins blank and its fields are read
//! into it one after the other; the reader remembers what first went wrong, reads nothing more, and is asked once.

use crate::codec::{CodecError, Decode, Reader};

/// A type whose values are read into place.
pub trait Fill: Sized {
    /// What stands in a value's place before it is read: nothing, zero, empty, the first case. Where most of a structure
    /// is optional, it also says the rest of it: `Entry { card, ..Entry::blank() }`.
    fn blank() -> Self;

    /// Reads the next value. When the reader fails, what stands here means nothing.
    fn fill(&mut self, reader: &mut Reader<'_>);
}

impl Reader<'_> {
    /// The value that comes next.
    ///
    /// # Errors
    /// What first went wrong.
    pub fn value<T: Fill>(&mut self) -> Result<T, CodecError> {
        let mut value = T::blank();
        value.fill(self);
        self.failed.take().map_or(Ok(value), Err)
    }

    /// Remembers what went wrong, if it is the first, and reads nothing more.
    #[cold]
    pub fn fail(&mut self, error: CodecError) {
        self.failed.get_or_insert(error);
        self.take(self.rest().len()).ok();
    }

    /// What first went wrong.
    pub fn failure(&self) -> Option<CodecError> {
        self.failed
    }

    /// Whether an optional value follows.
    #[inline(never)]
    pub fn present(&mut self) -> bool {
        self.flag().unwrap_or_else(|error| {
            self.fail(error);
            false
        })
    }

    /// How many items of a list follow: no more than bytes are left.
    #[inline(never)]
    pub fn items(&mut self) -> usize {
        self.length().unwrap_or_else(|error| {
            self.fail(error);
            0
        })
    }

    /// The case of an enum with so many cases.
    #[inline(never)]
    pub fn case(&mut self, cases: u64) -> u64 {
        match self.unsigned() {
            Ok(case) if case < cases => case,
            Ok(_) => {
                self.fail(CodecError::Invalid("an enum has no such case"));
                0
            }
            Err(error) => {
                self.fail(error);
                0
            }
        }
    }

    /// Reads one scalar into its place.
    #[inline(never)]
    pub fn scalar<T: Decode>(&mut self, place: &mut T) {
        match T::decode(self) {
            Ok(value) => *place = value,
            Err(error) => self.fail(error),
        }
    }
}

/// The value that is all of `bytes`.
///
/// # Errors
/// The bytes are no such value.
pub fn filled<T: Fill>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut reader = Reader::new(bytes);
    let value = reader.value()?;
    if reader.rest().is_empty() { Ok(value) } else { Err(CodecError::Trailing) }
}

impl Fill for () {
    fn blank() -> Self {}
    fn fill(&mut self, _: &mut Reader<'_>) {}
}

macro_rules! scalars {
    ($($ty:ty = $blank:expr),* $(,)?) => {$(
        impl Fill for $ty {
            #[inline]
            fn blank() -> Self {
                $blank
            }
            #[inline]
            fn fill(&mut self, reader: &mut Reader<'_>) {
                reader.scalar(self);
            }
        }
    )*};
}
scalars!(
    bool = false,
    i64 = 0,
    u64 = 0,
    f64 = 0.0,
    crate::RawId = Self([0; 16]),
    crate::Instant = Self(0),
    crate::Date = Self(0)
);

impl<T: Fill> Fill for Option<T> {
    #[inline]
    fn blank() -> Self {
        None
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        if reader.present() {
            self.insert(T::blank()).fill(reader);
        }
    }
}

impl<T: Fill> Fill for Vec<T> {
    #[inline]
    fn blank() -> Self {
        Self::new()
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        let items = reader.items();
        self.reserve(items.min(1024));
        for _ in 0..items {
            let mut item = T::blank();
            item.fill(reader);
            if reader.failed.is_some() {
                return;
            }
            self.push(item);
        }
    }
}

/// Gives a struct of scalars its way into place: the fields in order.
macro_rules! fill_struct {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::fill::Fill for $name {
            fn blank() -> Self {
                Self { $($field: $crate::fill::Fill::blank()),* }
            }
            fn fill(&mut self, reader: &mut $crate::codec::Reader<'_>) {
                $($crate::fill::Fill::fill(&mut self.$field, reader);)*
            }
        }
    };
}
pub(crate) use fill_struct;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decimal, Encode, Text};

    type Two = Vec<Option<Text<4>>>;

    /// Both ways of reading agree on a value, or on what is wrong.
    fn check<T: Fill + Decode + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Result<T, CodecError> {
        let read = filled::<T>(bytes);
        assert_eq!(read, T::from_bytes(bytes), "{bytes:?}");
        read
    }

    #[test]
    fn what_is_read_into_place_is_what_decoding_gives() {
        let two: Two = vec![Some("ab".parse().unwrap()), None];
        assert_eq!(check(&two.to_bytes()), Ok(two.clone()));
        assert_eq!(check(&Decimal::<2>(-5).to_bytes()), Ok(Decimal::<2>(-5)));
        let whole = two.to_bytes();
        for cut in 0..whole.len() {
            assert!(check::<Two>(&whole[..cut]).is_err(), "cut at {cut}");
        }
        let too_long = vec![Some(Text::<5>::new("abcde").unwrap())];
        assert!(check::<Two>(&too_long.to_bytes()).is_err());
        assert_eq!(check::<Two>(&[0, 0]), Err(CodecError::Trailing));
    }

    #[test]
    fn the_first_error_stays_and_nothing_is_read_after_it() {
        let mut reader = Reader::new(&[7, 1, 1]);
        assert!(!reader.present());
        assert_eq!(reader.items(), 0);
        assert_eq!(reader.case(2), 0);
        assert_eq!(reader.failure(), Some(CodecError::Invalid("a flag is neither 0 nor 1")));
    }

    #[test]
    fn a_length_beyond_the_bytes_makes_no_items() {
        assert_eq!(check::<Vec<bool>>(&[200, 200, 200, 10, 1]), Err(CodecError::Truncated));
    }
}
