//! One cell to the JSON form of a value, and back to a check by the contract.

use crate::columns::key;
use crate::guard;
use crate::moment;
use crate::names::Names;
use crate::number::{Marks, half_width, plain};
use crate::wrong::Wrong;
use crate::zone::Zone;
use serde_json::Value as Json;
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::{RawId, check_text, parse_decimal};
use toolcrib_contract::{CodecError, file};

const YES: [&str; 7] = ["true", "1", "yes", "y", "是", "真", "√"];
const NO: [&str; 7] = ["false", "0", "no", "n", "否", "假", "×"];

/// How the cells of one file are read.
pub struct Reading<'a> {
    pub zone: &'a Zone,
    pub names: &'a dyn Names,
    pub marks: Marks,
}

impl Reading<'_> {
    /// A cell that is not empty, or a text's.
    ///
    /// # Errors
    /// Why it is no value of this type.
    pub fn value(&self, of: &Type, cell: &str) -> Result<Json, Wrong> {
        self.unguarded(of, guard::plain(cell))
    }

    fn unguarded(&self, of: &Type, cell: &str) -> Result<Json, Wrong> {
        let text = half_width(cell);
        match of {
            Type::Text { max } => return free_text(cell, *max),
            Type::List { of } if of.is_scalar() => return self.lines(of, cell),
            Type::List { .. } => return serde_json::from_str(cell).map_err(|_| Wrong::NoJson),
            _ if text.is_empty() => return Err(Wrong::Missing),
            _ => {}
        }
        match of {
            Type::Bool => {
                let word = text.to_lowercase();
                let known = YES.contains(&word.as_str()) || NO.contains(&word.as_str());
                if known { Ok(Json::Bool(YES.contains(&word.as_str()))) } else { Err(Wrong::NoBool) }
            }
            Type::Int => self.int(&text),
            Type::Decimal { scale } => self.decimal(&text, *scale),
            Type::Float => {
                let number = plain(&text, self.marks)?.parse().ok().and_then(serde_json::Number::from_f64);
                number.map(Json::Number).ok_or(Wrong::NoNumber)
            }
            Type::Date => moment::date(&text).map(|date| Json::String(date.to_string())),
            Type::File { accept, .. } => {
                let wrong = |error: CodecError| Wrong::Other(error.to_string());
                file::check(&text, accept).map(|()| Json::String(text.clone())).map_err(wrong)
            }
            Type::Instant => moment::instant(&text, self.zone).map(|instant| Json::String(instant.to_string())),
            Type::Id { .. } | Type::Ref { .. } => {
                text.parse::<RawId>().map(|id| Json::String(id.to_string())).map_err(|_| Wrong::NoId)
            }
            Type::Enum { name, cases } => {
                let (by_name, by_word) = (
                    cases.iter().find(|case| key(case) == key(&text)),
                    cases.iter().find(|case| self.names.means(name, case, cell.trim())),
                );
                let case = by_name.or(by_word).ok_or_else(|| Wrong::NoCase {
                    cases: cases.iter().map(|case| self.names.case(name, case)).collect(),
                })?;
                Ok(Json::String(case.clone()))
            }
            of => unreachable!("{of:?} is no column"),
        }
    }

    fn int(&self, text: &str) -> Result<Json, Wrong> {
        let no_int = |wrong| if wrong == Wrong::TwoNumbers { wrong } else { Wrong::NoInt };
        let number = plain(text, self.marks).map_err(no_int)?;
        // Spreadsheets show whole numbers with zeros behind the point when a column is formatted so.
        let whole = match number.split_once('.') {
            Some((whole, part)) if part.bytes().all(|digit| digit == b'0') => whole,
            Some(_) => return Err(Wrong::NoInt),
            None => &number,
        };
        whole.parse::<i64>().map(Json::from).map_err(|_| Wrong::NoInt)
    }

    fn decimal(&self, text: &str, scale: u8) -> Result<Json, Wrong> {
        let no_decimal = |wrong| if wrong == Wrong::TwoNumbers { wrong } else { Wrong::NoDecimal { scale } };
        let number = plain(text, self.marks).map_err(no_decimal)?;
        let number = match number.split_once('.') {
            Some((whole, part)) => match part.trim_end_matches('0') {
                "" => whole.to_owned(),
                part if part.len() > usize::from(scale) => return Err(Wrong::TooManyDigits { scale }),
                part => format!("{whole}.{part}"),
            },
            None => number,
        };
        parse_decimal(&number, scale).map_err(|error| Wrong::Other(error.to_string()))?;
        Ok(Json::String(number))
    }

    /// Items of a list stand on lines of their own inside the cell.
    fn lines(&self, of: &Type, cell: &str) -> Result<Json, Wrong> {
        let lines = cell.lines().filter(|line| !line.trim().is_empty());
        let item = |(at, line): (usize, &str)| {
            self.unguarded(of, line).map_err(|wrong| Wrong::Item { at: at + 1, wrong: Box::new(wrong) })
        };
        lines.enumerate().map(item).collect::<Result<_, _>>().map(Json::Array)
    }
}

fn free_text(text: &str, max: u32) -> Result<Json, Wrong> {
    let chars = text.chars().count();
    if chars > max as usize {
        return Err(Wrong::TooLong { max, chars });
    }
    check_text(text, max).map_err(|error| Wrong::Other(error.to_string()))?;
    Ok(Json::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plain;
    use serde_json::json;

    const ID: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

    fn read(of: &Type, cell: &str) -> Result<Json, Wrong> {
        let zone = Zone::named("Asia/Shanghai");
        Reading { zone: &zone, names: &Plain, marks: Marks::Point }.value(of, cell)
    }

    fn state() -> Type {
        Type::Enum { name: "state".into(), cases: vec!["in_use".into(), "off".into()] }
    }

    fn list(of: Type) -> Type {
        Type::List { of: Box::new(of) }
    }

    #[test]
    fn every_type_is_read_from_what_stands_in_a_cell() {
        for (of, cell, expected) in [
            (Type::Bool, "是", json!(true)),
            (Type::Bool, "FALSE", json!(false)),
            (Type::Int, "1,234", json!(1234)),
            (Type::Int, "１２", json!(12)),
            (Type::Int, "5.00", json!(5)),
            (Type::Float, "1.5E-05", json!(0.000_015)),
            (Type::Decimal { scale: 2 }, "1,234.5", json!("1234.5")),
            (Type::Decimal { scale: 2 }, "1.5000", json!("1.5")),
            (Type::Decimal { scale: 2 }, "-12.50", json!("-12.5")),
            (Type::Text { max: 9 }, " a b ", json!(" a b ")),
            (Type::Text { max: 9 }, "'=1+1", json!("=1+1")),
            (Type::Text { max: 9 }, "", json!("")),
            (Type::Text { max: 9 }, "0012", json!("0012")),
            (Type::Text { max: 9 }, "=\"0012\"", json!("0012")),
            (Type::Int, "=\"12\"", json!(12)),
            (Type::Date, "2026/11/23", json!("2026-11-23")),
            (Type::Instant, "2026/11/23 16:00", json!("2026-11-23T08:00:00Z")),
            (Type::Id { record: "stop".into() }, &ID.to_uppercase(), json!(ID)),
            (state(), "In use", json!("in_use")),
            (list(Type::Int), "1\n2\r\n", json!([1, 2])),
            (list(state()), "off", json!(["off"])),
            (list(list(Type::Int)), "[[1]]", json!([[1]])),
        ] {
            assert_eq!(read(&of, cell), Ok(expected), "{of:?} from {cell:?}");
        }
    }

    #[test]
    fn what_is_no_value_says_why() {
        let cases = vec!["in_use".to_owned(), "off".to_owned()];
        for (of, cell, wrong) in [
            (Type::Bool, "maybe", Wrong::NoBool),
            (Type::Int, "", Wrong::Missing),
            (Type::Int, "1.5", Wrong::NoInt),
            (Type::Int, "9223372036854775808", Wrong::NoInt),
            (Type::Float, "inf", Wrong::NoNumber),
            (Type::Decimal { scale: 2 }, "1.005", Wrong::TooManyDigits { scale: 2 }),
            (Type::Decimal { scale: 2 }, "12 Stk", Wrong::NoDecimal { scale: 2 }),
            (
                Type::Decimal { scale: 0 },
                "9999999999999999999",
                Wrong::Other("a decimal has more than eighteen digits".into()),
            ),
            (Type::Text { max: 3 }, "abcd", Wrong::TooLong { max: 3, chars: 4 }),
            (Type::Date, "2026-02-30", Wrong::NoDate),
            (Type::Instant, "noon", Wrong::NoInstant),
            (Type::Id { record: "stop".into() }, "7", Wrong::NoId),
            (state(), "flying", Wrong::NoCase { cases }),
            (list(Type::Int), "1\ntwo", Wrong::Item { at: 2, wrong: Box::new(Wrong::NoInt) }),
            (list(list(Type::Int)), "1,2", Wrong::NoJson),
        ] {
            assert_eq!(read(&of, cell), Err(wrong), "{of:?} from {cell:?}");
        }
    }
}
