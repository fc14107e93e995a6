//! Single sampling by MIL-STD-105E: code letters (Table I), plans (Tables II-A, II-B, II-C), limit numbers (Table VIII).
//!
//! The master tables are diagonals: letter and AQL one step each way have the same numbers. So a plan follows from the
//! sum of both positions, and the tests compare the whole with the tables as they are printed.

use toolcrib_sdk::prelude::*;

/// An acceptable quality level: percent nonconforming up to 10, nonconformities per hundred units up to 1000.
pub type Aql = Decimal<3>;

/// The series of AQLs in thousandths, one column each.
pub const AQLS: [i64; 26] = [
    10, 15, 25, 40, 65, 100, 150, 250, 400, 650, 1_000, 1_500, 2_500, 4_000, 6_500, 10_000, 15_000, 25_000, 40_000,
    65_000, 100_000, 150_000, 250_000, 400_000, 650_000, 1_000_000,
];
/// The last AQL that may count nonconforming units: percent.
const PERCENT_MAX: Aql = Decimal(10_000);

/// Code letters, one row each. S stands only in Table II-B.
const LETTERS: [&str; 17] = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "Q", "R", "S"];
const SIZES: [i64; 17] = [2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1_250, 2_000, 3_150];
/// The row of R, the last that Table I names.
const LAST: usize = 15;

/// Table I: the largest lot of a line, and its letters at S-1, S-2, S-3, S-4, I, II, III.
const TABLE_I: [(i64, &[u8; 7]); 15] = [
    (8, b"AAAAAAB"),
    (15, b"AAAAABC"),
    (25, b"AABBBCD"),
    (50, b"ABBCCDE"),
    (90, b"BBCCCEF"),
    (150, b"BBCDDFG"),
    (280, b"BCDEEGH"),
    (500, b"BCDEFHJ"),
    (1_200, b"CCEFGJK"),
    (3_200, b"CDEGHKL"),
    (10_000, b"CDFGJLM"),
    (35_000, b"CDFHKMN"),
    (150_000, b"DEGJLNP"),
    (500_000, b"DEGJMPQ"),
    (i64::MAX, b"DEHKNQR"),
];

/// An inspection level of Table I.
#[value]
pub enum Level {
    S1,
    S2,
    S3,
    S4,
    I,
    Ii,
    Iii,
}

/// How strictly is inspected: Table II-A, II-B or II-C.
#[value]
pub enum Severity {
    Normal,
    Tightened,
    Reduced,
}

/// How many to look at, and what they may show.
#[value]
#[derive(Eq)]
pub struct Sampling {
    /// The letter of Table I.
    pub code_letter: Text<1>,
    /// The letter whose plan is used, after the arrows.
    pub letter: Text<1>,
    /// Units to look at: the whole lot when the plan wants as many or more.
    pub sample: i64,
    /// Acceptance number Ac: up to so many, the lot is accepted.
    pub accept: i64,
    /// Rejection number Re: from so many on it is rejected. Between both (reduced inspection only) it is accepted, and
    /// normal inspection is back.
    pub reject: i64,
    /// Whether that is every unit of the lot.
    pub all: bool,
}

/// The sample for a lot by MIL-STD-105E, single sampling.
#[query]
pub fn sampling(_ctx: &Query, lot_size: i64, level: Level, aql: Aql, severity: Severity) -> Outcome<Sampling> {
    reject_if(lot_size < 1, "lot-size-not-positive", "A lot has at least one unit").field("lot_size")?;
    draw(lot_size, level, column(aql, "aql")?, severity)
}

/// The column of an AQL.
pub fn column(aql: Aql, field: &str) -> Outcome<usize> {
    let message = "The AQLs are 0.010 0.015 0.025 0.040 0.065 and these times 10, 100, 1000 and 10000, 0.10 to 1000";
    AQLS.iter().position(|known| *known == aql.0).or_reject("unknown-aql", message).field(field)
}

/// Whether an AQL can be a percentage.
pub fn is_percent(aql: Aql) -> bool {
    aql <= PERCENT_MAX
}

/// The plan for a lot of at least one unit.
pub fn draw(lot_size: i64, level: Level, column: usize, severity: Severity) -> Outcome<Sampling> {
    let (_, line) = TABLE_I.iter().find(|(largest, _)| lot_size <= *largest).unwrap_or(&TABLE_I[14]);
    let code = row(&(line[level as usize] as char).to_string());
    let (row, size, accept, reject) = plan(severity, code, column);
    let (code_letter, letter) = (Text::new(LETTERS[code])?, Text::new(LETTERS[row])?);
    Ok(Sampling { code_letter, letter, sample: size.min(lot_size), accept, reject, all: size >= lot_size })
}

/// The row of a letter.
pub fn row(letter: &str) -> usize {
    LETTERS.iter().position(|known| *known == letter).unwrap_or(0)
}

/// Row, sample size, Ac and Re after following the arrows from a cell.
pub fn plan(severity: Severity, row: usize, column: usize) -> (usize, i64, i64, i64) {
    let last = if severity == Severity::Tightened { LAST + 1 } else { LAST };
    let at = |row: usize| Some((row, cell(severity, row, column)?));
    let below = || (row + 1..=last).find_map(at);
    let above = || (0..row).rev().find_map(at);
    let arrow = || if points_up(severity, row + column) { above().or_else(below) } else { below().or_else(above) };
    let found = at(row).or_else(arrow);
    // Every column has a plan.
    let (row, (accept, reject)) = found.unwrap_or((row, (0, 1)));
    let size = match severity {
        Severity::Reduced => SIZES[row.saturating_sub(2)],
        _ => SIZES[row],
    };
    (row, size, accept, reject)
}

/// Whether the arrow of an empty cell points up: just past 0/1 in Tables II-A and II-C, and past the last plans.
fn points_up(severity: Severity, diagonal: usize) -> bool {
    match severity {
        Severity::Tightened => diagonal > 24,
        _ => diagonal == 15 || diagonal > 24,
    }
}

/// Ac and Re of a cell that has no arrow. The last two plans of a diagonal stand only beside small samples.
fn cell(severity: Severity, row: usize, column: usize) -> Option<(i64, i64)> {
    const NORMAL: [i64; 10] = [1, 2, 3, 5, 7, 10, 14, 21, 30, 44];
    const TIGHTENED: [i64; 9] = [1, 2, 3, 5, 8, 12, 18, 27, 41];
    const REDUCED: [(i64, i64); 10] =
        [(0, 2), (1, 3), (1, 4), (2, 5), (3, 6), (5, 8), (7, 10), (10, 13), (14, 17), (21, 24)];
    // Rows A and B of Table II-C: their sample of two is not smaller than in Table II-A.
    const REDUCED_A: [i64; 9] = [1, 2, 3, 5, 7, 10, 14, 21, 30];
    const REDUCED_B: [(i64, i64); 10] =
        [(0, 2), (1, 3), (2, 4), (3, 5), (5, 6), (7, 8), (10, 11), (14, 15), (21, 22), (30, 31)];
    let diagonal = row + column;
    let (zero, first) = if severity == Severity::Tightened { (15, 18) } else { (14, 17) };
    // No sample is small enough for Ac 0 beyond AQL 6.5.
    if diagonal == zero && row <= LAST && AQLS[column] <= 6_500 {
        return Some((0, 1));
    }
    let at = diagonal.checked_sub(first)?;
    if row > 4 && at > 7 - usize::from(severity == Severity::Tightened) {
        return None;
    }
    let whole = |accept: i64| (accept, accept + 1);
    match (severity, row) {
        (Severity::Normal, _) => NORMAL.get(at).copied().map(whole),
        (Severity::Tightened, _) => TIGHTENED.get(at).copied().map(whole),
        (Severity::Reduced, 0) => REDUCED_A.get(at).copied().map(whole),
        (Severity::Reduced, 1) => REDUCED_B.get(at).copied(),
        (Severity::Reduced, _) => REDUCED.get(at).copied(),
    }
}

/// Table VIII: the least number of sample units of a line, the column of its first number, and its numbers.
const TABLE_VIII: [(i64, usize, &[i64]); 17] = [
    (20, 15, &[0, 0, 2, 4, 8, 14, 22, 40, 68, 115, 181]),
    (30, 14, &[0, 0, 1, 3, 7, 13, 22, 36, 63, 105, 178, 277]),
    (50, 13, &[0, 0, 2, 3, 7, 14, 25, 40, 63, 110, 181, 301]),
    (80, 12, &[0, 0, 2, 4, 7, 14, 24, 42, 68, 105, 181, 297]),
    (130, 11, &[0, 0, 2, 4, 7, 13, 25, 42, 72, 115, 177, 301, 490]),
    (200, 10, &[0, 0, 2, 4, 8, 14, 22, 40, 68, 115, 181, 277, 471]),
    (320, 9, &[0, 0, 1, 4, 8, 14, 24, 39, 68, 113, 189]),
    (500, 8, &[0, 0, 2, 3, 7, 14, 25, 40, 63, 110, 181]),
    (800, 7, &[0, 0, 2, 4, 7, 14, 24, 42, 68, 105, 181]),
    (1_250, 6, &[0, 0, 2, 4, 7, 13, 24, 40, 69, 110, 169]),
    (2_000, 5, &[0, 0, 2, 4, 8, 14, 22, 40, 68, 115, 181]),
    (3_150, 4, &[0, 0, 1, 4, 8, 14, 24, 38, 67, 111, 186]),
    (5_000, 3, &[0, 0, 2, 3, 7, 14, 25, 40, 63, 110, 181]),
    (8_000, 2, &[0, 0, 2, 4, 7, 14, 24, 42, 68, 105, 181]),
    (12_500, 1, &[0, 0, 2, 4, 7, 13, 24, 40, 69, 110, 169]),
    (20_000, 0, &[0, 0, 2, 4, 8, 14, 22, 40, 68, 115, 181]),
    (31_500, 0, &[0, 1, 4, 8, 14, 24, 38, 67, 111, 186]),
];

/// What Table VIII says about the sample units of the last lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Too few units for this AQL: more lots are to be taken together.
    MoreLots,
    /// At most so many defects in them.
    AtMost(i64),
    /// The table has no number: so many units are not met with this AQL.
    None,
}

/// The limit number for reduced inspection.
pub fn limit_number(units: i64, column: usize) -> Limit {
    let Some((_, first, numbers)) = TABLE_VIII.iter().rev().find(|(least, ..)| units >= *least) else {
        return Limit::MoreLots;
    };
    match column.checked_sub(*first) {
        None => Limit::MoreLots,
        Some(at) => numbers.get(at).map_or(Limit::None, |number| Limit::AtMost(*number)),
    }
}
