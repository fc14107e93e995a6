//! The columns of a structure, and which of them a file has. A structure inside it is several columns, `order.number`; a
//! list is one cell.

use crate::guard;
use crate::names::Names;
use crate::number::half_width;
use crate::sheet::Sheet;
use crate::wrong::{Headings, Unreadable};
use std::collections::HashMap;
use toolcrib_contract::schema::{Field, Type};

/// What a stored row carries besides its record's fields. Exports have it; imports pass over it, since the host decides.
pub(crate) const HEAD: [&str; 4] = ["id", "rev", "created", "updated"];

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The path of its field.
    pub name: String,
    /// Without options around it.
    pub of: Type,
    /// A file must have it.
    pub needed: bool,
}

/// The columns of a structure, in order.
pub fn of(fields: &[Field]) -> Vec<Column> {
    let mut found = Vec::new();
    gather("", fields, true, &mut found);
    found
}

fn gather(path: &str, fields: &[Field], needed: bool, found: &mut Vec<Column>) {
    for field in fields {
        let (mut of, mut needed) = (&field.of, needed);
        while let Type::Option { of: inner } = of {
            (of, needed) = (inner, false);
        }
        let name = inside(path, &field.name);
        match of {
            Type::Unit => {}
            Type::Struct { fields, .. } => gather(&name, fields, needed, found),
            // Without its column a list is empty.
            of => found.push(Column { name, needed: needed && !matches!(of, Type::List { .. }), of: of.clone() }),
        }
    }
}

/// The path of a field inside a structure.
pub(crate) fn inside(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// The column as spreadsheets call it: `A`, `B`, … `AA`.
pub fn letters(mut at: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(b'A' + (at % 26) as u8);
        match at / 26 {
            0 => break,
            rest => at = rest - 1,
        }
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// Where the columns stand in a file.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Position by field.
    pub of: HashMap<String, usize>,
    /// Columns with a heading, used or not: cells beyond belong to nothing.
    pub wide: usize,
}

/// Finds the columns by their headings.
///
/// # Errors
/// [`Unreadable::Headings`]: unknown columns with something in them, needed ones that are missing, and repeated ones.
pub fn find(columns: &[Column], sheet: &Sheet, names: &dyn Names) -> Result<Places, Unreadable> {
    let mut places = Places::default();
    let mut wrong = Headings::default();
    for (at, heading) in sheet.headings.iter().enumerate() {
        let heading = guard::plain(heading.trim());
        if !heading.is_empty() {
            places.wide = at + 1;
        }
        match meant(columns, heading, names) {
            Some(column) if places.of.contains_key(&column.name) => wrong.twice.push(names.heading(&column.name)),
            Some(column) => drop(places.of.insert(column.name.clone(), at)),
            None if heading.is_empty() || is_head(heading, names) => {}
            // An export of more than an import takes is taken back as long as nothing gets lost by it.
            None if sheet.rows.iter().all(|(_, cells)| cells.get(at).is_none_or(|cell| cell.trim().is_empty())) => {}
            None => wrong.unknown.push((letters(at), heading.chars().take(60).collect())),
        }
    }
    let missing = columns.iter().filter(|column| column.needed && !places.of.contains_key(&column.name));
    wrong.missing = missing.map(|column| names.heading(&column.name)).collect();
    if wrong == Headings::default() {
        return Ok(places);
    }
    let (needed, optional): (Vec<_>, Vec<_>) = columns.iter().partition(|column| column.needed);
    let headings = |columns: Vec<&Column>| columns.iter().map(|column| names.heading(&column.name)).collect();
    (wrong.needed, wrong.optional) = (headings(needed), headings(optional));
    Err(Unreadable::Headings(Box::new(wrong)))
}

/// A field's very name goes before any word, and a word before a name written otherwise.
fn meant<'a>(columns: &'a [Column], heading: &str, names: &dyn Names) -> Option<&'a Column> {
    let word = names.field(heading);
    let key = key(heading);
    let called = |name: &str| columns.iter().find(|column| column.name == name);
    called(heading).or_else(|| called(word.as_deref()?)).or_else(|| called(&key))
}

fn is_head(heading: &str, names: &dyn Names) -> bool {
    HEAD.contains(&key(heading).as_str()) || names.field(heading).is_some_and(|name| HEAD.contains(&name.as_str()))
}

/// A heading as fields are written: lower case, with underscores.
pub(crate) fn key(heading: &str) -> String {
    half_width(heading).to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plain, sheet};

    fn fields() -> Vec<Field> {
        let field = |name: &str, of: Type| Field { name: name.into(), of, doc: String::new() };
        let option = |of: Type| Type::Option { of: Box::new(of) };
        let address = Type::Struct { name: "address".into(), fields: vec![field("city", Type::Text { max: 9 })] };
        vec![
            field("code", Type::Text { max: 9 }),
            field("good_qty", option(Type::Decimal { scale: 2 })),
            field("address", option(address)),
            field("tags", Type::List { of: Box::new(Type::Int) }),
        ]
    }

    fn found(text: &str) -> Result<Vec<(String, usize)>, String> {
        let places = find(&of(&fields()), &sheet::read(text).unwrap(), &Plain).map_err(|error| error.to_string())?;
        let mut places: Vec<_> = places.of.into_iter().collect();
        places.sort();
        Ok(places)
    }

    #[test]
    fn headings_are_found_in_any_order_and_case() {
        let expected = [("address.city", 2), ("code", 1), ("good_qty", 0)].map(|(name, at)| (name.to_owned(), at));
        assert_eq!(found("Good Qty,CODE,address.city\n1,a,b\n").unwrap(), expected);
        assert_eq!(found("id,ｃｏｄｅ,,Updated\n7,a,,x\n").unwrap(), [("code".to_owned(), 1)]);
    }

    #[test]
    fn what_is_wrong_with_headings_is_told_at_once_with_what_is_expected() {
        assert_eq!(
            found("colour,good qty,GOOD_QTY\nred,1,2\n").unwrap_err(),
            "unknown columns: A `colour`; missing columns: code; columns that come twice: good_qty; expected: code; may \
             be left out: good_qty, address.city, tags"
        );
        assert!(found("code,colour\na,\nb\n").is_ok(), "an unknown column without anything in it loses nothing");
    }

    #[test]
    fn words_that_somebody_knows_stand_for_fields() {
        struct Chinese;
        impl Names for Chinese {
            fn heading(&self, field: &str) -> String {
                if field == "code" { "编码".to_owned() } else { field.to_owned() }
            }
            fn field(&self, heading: &str) -> Option<String> {
                (heading == "编码").then(|| "code".to_owned())
            }
        }
        let columns = of(&fields());
        let find = |text: &str| find(&columns, &sheet::read(text).unwrap(), &Chinese);
        assert_eq!(find("编码\na\n").unwrap().of["code"], 0);
        assert_eq!(find("code\na\n").unwrap().of["code"], 0);
        assert!(find("tags\n1\n").unwrap_err().to_string().contains("missing columns: 编码"));
    }

    #[test]
    fn columns_are_called_as_spreadsheets_do() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
