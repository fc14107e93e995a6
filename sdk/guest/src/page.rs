//! Pages of rows and where to go on.

use crate::record::{Crosses, Row, Stored};
use toolcrib_contract::codec::put_text;
use toolcrib_contract::limits::TEXT_CHARS;
use toolcrib_contract::schema::{Field, Schema, Type};
use toolcrib_contract::{CodecError, Decode, Encode, Fill, Reader};

/// Some rows of a walk, and the position after them. A query may return it as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub rows: Vec<Row<T>>,
    /// Give it to `Index::after` for the next page; none on the last.
    pub next: Option<Cursor>,
}

/// An opaque position in a walk. It crosses the boundary as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<u8>);

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl Encode for Cursor {
    fn encode(&self, out: &mut Vec<u8>) {
        let text =
            self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)] as char);
        put_text(&text.collect::<String>(), out);
    }
}
impl Decode for Cursor {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
        let pair = |pair: &[u8]| Some((digit(pair[0])? * 16 + digit(*pair.get(1)?)?) as u8);
        let bytes = reader.text()?.as_bytes().chunks(2).map(pair).collect::<Option<_>>();
        bytes.map(Self).ok_or(CodecError::Invalid("a cursor is what the page before gave as `next`"))
    }
}
impl Fill for Cursor {
    fn blank() -> Self {
        Self(Vec::new())
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        reader.scalar(self);
    }
}
impl Schema for Cursor {
    fn schema() -> Type {
        Type::Text { max: TEXT_CHARS }
    }
}
impl Crosses for Cursor {}

impl<T: Stored> Encode for Page<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.rows.encode(out);
        self.next.encode(out);
    }
}
impl<T: Stored> Decode for Page<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.value()
    }
}
impl<T: Stored> Fill for Page<T> {
    fn blank() -> Self {
        Self { rows: Vec::new(), next: None }
    }
    fn fill(&mut self, reader: &mut Reader<'_>) {
        self.rows.fill(reader);
        self.next.fill(reader);
    }
}
impl<T: Stored> Schema for Page<T> {
    fn schema() -> Type {
        schema_of(Vec::<Row<T>>::schema())
    }
}

/// A module holds this once, however many records it pages through.
#[inline(never)]
fn schema_of(rows: Type) -> Type {
    let field = |name: &str, of: Type| Field { name: name.to_owned(), of, doc: String::new() };
    let fields = vec![field("rows", rows), field("next", Option::<Cursor>::schema())];
    Type::Struct { name: "page".to_owned(), fields }
}
impl<T: Stored> Crosses for Page<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_to_a_person_and_back() {
        let cursor = Cursor(vec![0, 15, 16, 255]);
        assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Ok(cursor));
        for bad in ["0", "zz", "0g"] {
            assert!(Cursor::from_bytes(&bad.to_bytes()).is_err(), "{bad}");
        }
    }
}
