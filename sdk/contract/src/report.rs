//! What came of the rows of a file: how many were kept, and why each of the others was not.

use serde::{Deserialize, Serialize};

/// Which rows an import keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// All of them or, when one is refused, none.
    #[default]
    All,
    /// Those that are not refused.
    Good,
}

/// The answer to an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub mode: Keep,
    /// Rows of the file; blank lines are none.
    pub rows: u64,
    /// Rows that were written.
    pub kept: u64,
    /// Rows that were not taken for their own sake.
    pub refused: u64,
    /// At least one for every refused row, in the order of the lines.
    pub problems: Vec<RowProblem>,
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line of the file on which the row begins; the first is 1.
    pub line: u64,
    /// The column as spreadsheets call it: `A`, `B`, … `AA`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// The field, or the column's heading as it stands in the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heading: Option<String>,
    /// Stable, kebab case: `bad-cell`, `missing-cell`, `extra-cell`, or the code of the module's refusal.
    pub code: String,
    pub message: String,
}

/// A cell that is not a value of its column's type.
pub const BAD_CELL: &str = "bad-cell";
/// An empty cell where a value is needed.
pub const MISSING_CELL: &str = "missing-cell";
/// A cell beyond the last heading.
pub const EXTRA_CELL: &str = "extra-cell";
