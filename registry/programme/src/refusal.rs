//! Why a programme did not do what was asked. Each rule has a number, and the number stands in the problem's code.
//!
//! | Rule | What it says |
//! |---|---|
//! | 01 | Firms file inside the window of the programme and of a batch. |
//! | 02 | One firm takes part in one programme. |
//! | 03 | Firms that were funded before, or are seriously dishonest, are excluded where the rules say so. |
//! | 04 | A firm belongs to one of the programme's segments. |
//! | 05 | Its providers are identified, at filing and at acceptance. |
//! | 06 | What is accepted is what was filed. |
//! | 07 | An invoice (number and seller) and a bank slip count once in all projects. |
//! | 08 | An invoice is from the contract's seller to the firm, and at most for what a line costs. |
//! | 09 | Only what the firm paid itself, company to company, counts. |
//! | 10 | Whoever is close to a party does not judge it. |
//! | 11 | The level after is measured on site, and at least the rules' minimum. |
//! | 12 | The level rose by what the rules ask for. |
//! | 13 | Delivery ends within the rules' months. |
//! | 14 | Nothing exceeds budget, batch or a provider's cap. |
//! | 15 | At least the programme's share of what is drawn goes to firms. |
//! | 16 | An award follows publicity, with every objection answered. |
//! | 17 | A closed month does not change. |
//! | 18 | A firm files under the version that is in force, and keeps it. |
//! | 19 | A firm that withdrew gets nothing. |
//! | 20 | Steps follow one another as the process says. |
//! | 21 | Parts of an award are paid once, in their order. |
//! | 22 | At most what was paid is demanded back. |

use toolcrib_catalog::CatalogError;
use toolcrib_contract::problem::ProblemKind;

/// Why a programme did not do what was asked. Nothing of it was booked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgrammeError {
    /// A rule says no. The kind's code has its number.
    #[error("{detail}")]
    Refused { rule: ProblemKind, detail: String },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl ProgrammeError {
    /// A rule says no; `detail` says what does not fit here.
    pub fn refused(rule: ProblemKind, detail: impl Into<String>) -> Self {
        Self::Refused { rule, detail: detail.into() }
    }

    /// One thing that is wrong with the input.
    pub fn input(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        Self::Catalog(CatalogError::Input(vec![toolcrib_contract::json::InputError { pointer, message }]))
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::Catalog(CatalogError::NotFound(what))
    }

    /// What is stored does not read.
    pub(crate) fn damaged(what: &str, error: &impl std::fmt::Display) -> Self {
        Self::Catalog(CatalogError::Damaged(format!("{what}: {error}")))
    }

    /// The stable code of the rule that says no.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Refused { rule, .. } => Some(rule.code),
            Self::Catalog(_) => None,
        }
    }
}

impl From<sqlx::Error> for ProgrammeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Catalog(error.into())
    }
}

/// What most of this crate answers.
pub(crate) type Result<T> = std::result::Result<T, ProgrammeError>;
