//! Lines of a contract between a firm and a provider: what is bought, of which kind, at which price.

use crate::money::Fen;
use serde::{Deserialize, Serialize};

/// Lines of one contract.
pub const LINES: usize = 200;
/// Characters of a line's description.
pub const DESCRIPTION_CHARS: usize = 200;

/// What a line is. Whether a programme pays for it stands in the programme's rules, not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Software bought or subscribed to.
    Software,
    /// Cloud services.
    Cloud,
    /// Collection and transmission of data: gateways, routers.
    Collection,
    /// Consulting and diagnosis.
    Consulting,
    Sensor,
    /// Industrial control gear.
    Control,
    Other,
}

toolcrib_catalog::texts!(Category);

impl Category {
    pub const ALL: [Self; 7] =
        [Self::Software, Self::Cloud, Self::Collection, Self::Consulting, Self::Sensor, Self::Control, Self::Other];

    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Cloud => "cloud",
            Self::Collection => "collection",
            Self::Consulting => "consulting",
            Self::Sensor => "sensor",
            Self::Control => "control",
            Self::Other => "other",
        }
    }

    /// None for another text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }
}

/// One line of a contract. `net` is `list` less `discount`, for the whole quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractLine {
    /// Its number, from 1, unique in the contract.
    pub line: u32,
    pub category: Category,
    pub description: String,
    /// At least 1.
    pub quantity: u32,
    /// List price of the whole line.
    pub list: Fen,
    /// What the provider takes off it.
    pub discount: Fen,
    /// What the firm pays for the whole line.
    pub net: Fen,
    /// Name and version, of a module of the marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<(String, String)>,
}

/// What is wrong with the lines of a contract, and in which of them (their place, from 0).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    #[error("a contract has 1 to {LINES} lines")]
    Count,
    #[error("lines are numbered 1, 2, 3, … in their order")]
    Number { at: usize },
    #[error("a description has 1 to {DESCRIPTION_CHARS} characters and no control characters")]
    Description { at: usize },
    #[error("the quantity is at least 1")]
    Quantity { at: usize },
    #[error("the net amount is the list price less the discount")]
    Net { at: usize },
    #[error("the lines add up to more than any contract is worth")]
    Sum,
}

impl ContractLine {
    /// The net sum of a contract's lines.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn check(lines: &[Self]) -> Result<Fen, LineFault> {
        if lines.is_empty() || lines.len() > LINES {
            return Err(LineFault::Count);
        }
        for (at, line) in lines.iter().enumerate() {
            if usize::try_from(line.line) != Ok(at + 1) {
                return Err(LineFault::Number { at });
            }
            let chars = line.description.chars().count();
            if !(1..=DESCRIPTION_CHARS).contains(&chars)
                || line.description.trim().is_empty()
                || line.description.chars().any(char::is_control)
            {
                return Err(LineFault::Description { at });
            }
            if line.quantity == 0 {
                return Err(LineFault::Quantity { at });
            }
            if line.list.checked_sub(line.discount) != Some(line.net) {
                return Err(LineFault::Net { at });
            }
        }
        // The list prices bound all else.
        Fen::sum(lines.iter().map(|line| line.list)).ok_or(LineFault::Sum)?;
        Fen::sum(lines.iter().map(|line| line.net)).ok_or(LineFault::Sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u32, list: i64, discount: i64, net: i64) -> ContractLine {
        let fen = |fen| Fen::new(fen).unwrap();
        ContractLine {
            line: number,
            category: Category::Software,
            description: "生产管理".to_owned(),
            quantity: 1,
            list: fen(list),
            discount: fen(discount),
            net: fen(net),
            module: None,
        }
    }

    #[test]
    fn net_is_list_less_discount() {
        assert_eq!(ContractLine::check(&[line(1, 100, 30, 70), line(2, 5, 5, 0)]), Ok(Fen::new(70).unwrap()));
        assert_eq!(ContractLine::check(&[line(1, 100, 30, 71)]), Err(LineFault::Net { at: 0 }));
        assert_eq!(ContractLine::check(&[line(1, 100, 101, 0)]), Err(LineFault::Net { at: 0 }));
    }

    #[test]
    fn odd_lines_are_named() {
        let max = Fen::MAX.get();
        assert_eq!(ContractLine::check(&[]), Err(LineFault::Count));
        let many: Vec<_> = (1..=LINES as u32 + 1).map(|number| line(number, 1, 0, 1)).collect();
        assert_eq!(ContractLine::check(&many), Err(LineFault::Count));
        assert!(ContractLine::check(&many[..LINES]).is_ok());
        assert_eq!(ContractLine::check(&[line(1, 1, 0, 1), line(1, 1, 0, 1)]), Err(LineFault::Number { at: 1 }));
        assert_eq!(ContractLine::check(&[line(1, max, 0, max), line(2, 1, 0, 1)]), Err(LineFault::Sum));
        let none = ContractLine { quantity: 0, ..line(1, 1, 0, 1) };
        assert_eq!(ContractLine::check(&[none]), Err(LineFault::Quantity { at: 0 }));
        for text in [" ".to_owned(), "a\u{7}".to_owned(), "长".repeat(DESCRIPTION_CHARS + 1)] {
            let odd = ContractLine { description: text, ..line(1, 1, 0, 1) };
            assert_eq!(ContractLine::check(&[odd]), Err(LineFault::Description { at: 0 }));
        }
    }

    #[test]
    fn categories_read_as_they_are_written() {
        for category in Category::ALL {
            assert_eq!(Category::parse(category.as_str()), Some(category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
        assert_eq!(Category::parse("Software"), None);
    }
}
