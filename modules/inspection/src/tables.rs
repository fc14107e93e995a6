//! The tables compared with the standard as it is printed, cell by cell, and what must hold of every plan.

use crate::aql::{self, AQLS, Level, Limit, Severity, draw, limit_number, plan, sampling};
use crate::module;

/// MIL-STD-105E (10 May 1989), Table II-A, row by row from A to R, columns from AQL 0.010 to 1000: Ac (Re is one more), or
/// the arrow. The resolved numbers agree with those of the R package AQLSchemes 1.7-2 in all 416 cells.
const TABLE_II_A: &str = "
    v v v v v v v v v v v v v v 0 v v 1 2 3 5 7 10 14 21 30
    v v v v v v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 30 44
    v v v v v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 30 44 ^
    v v v v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 30 44 ^ ^
    v v v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 30 44 ^ ^ ^
    v v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^
    v v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^
    v v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v 0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    0 ^ v 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    ^ ^ 1 2 3 5 7 10 14 21 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^";

/// Table II-B, with its seventeenth row S, which is reached by an arrow only.
const TABLE_II_B: &str = "
    v v v v v v v v v v v v v v v v v v 1 2 3 5 8 12 18 27
    v v v v v v v v v v v v v v 0 v v 1 2 3 5 8 12 18 27 41
    v v v v v v v v v v v v v 0 v v 1 2 3 5 8 12 18 27 41 ^
    v v v v v v v v v v v v 0 v v 1 2 3 5 8 12 18 27 41 ^ ^
    v v v v v v v v v v v 0 v v 1 2 3 5 8 12 18 27 41 ^ ^ ^
    v v v v v v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^
    v v v v v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^
    v v v v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v 0 v v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    0 ^ v 1 2 3 5 8 12 18 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    - - 1 - - - - - - - - - - - - - - - - - - - - - - -";

/// Table II-C: Ac/Re, or the arrow.
const TABLE_II_C: &str = "
    v v v v v v v v v v v v v v 0/1 v v 1/2 2/3 3/4 5/6 7/8 10/11 14/15 21/22 30/31
    v v v v v v v v v v v v v 0/1 ^ v 0/2 1/3 2/4 3/5 5/6 7/8 10/11 14/15 21/22 30/31
    v v v v v v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 14/17 21/24 ^
    v v v v v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 14/17 21/24 ^ ^
    v v v v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 14/17 21/24 ^ ^ ^
    v v v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^
    v v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^
    v v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    v 0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    0/1 ^ v 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
    ^ ^ 0/2 1/3 1/4 2/5 3/6 5/8 7/10 10/13 ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^";

const NORMAL_SIZES: [i64; 17] = [2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1_250, 2_000, 3_150];
const REDUCED_SIZES: [i64; 16] = [2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800];

/// Table VIII as printed: from so many units, with `*` where they are too few.
const TABLE_VIII: [(i64, &str); 17] = [
    (20, "* * * * * * * * * * * * * * * 0 0 2 4 8 14 22 40 68 115 181"),
    (30, "* * * * * * * * * * * * * * 0 0 1 3 7 13 22 36 63 105 178 277"),
    (50, "* * * * * * * * * * * * * 0 0 2 3 7 14 25 40 63 110 181 301"),
    (80, "* * * * * * * * * * * * 0 0 2 4 7 14 24 42 68 105 181 297"),
    (130, "* * * * * * * * * * * 0 0 2 4 7 13 25 42 72 115 177 301 490"),
    (200, "* * * * * * * * * * 0 0 2 4 8 14 22 40 68 115 181 277 471"),
    (320, "* * * * * * * * * 0 0 1 4 8 14 24 39 68 113 189"),
    (500, "* * * * * * * * 0 0 2 3 7 14 25 40 63 110 181"),
    (800, "* * * * * * * 0 0 2 4 7 14 24 42 68 105 181"),
    (1_250, "* * * * * * 0 0 2 4 7 13 24 40 69 110 169"),
    (2_000, "* * * * * 0 0 2 4 8 14 22 40 68 115 181"),
    (3_150, "* * * * 0 0 1 4 8 14 24 38 67 111 186"),
    (5_000, "* * * 0 0 2 3 7 14 25 40 63 110 181"),
    (8_000, "* * 0 0 2 4 7 14 24 42 68 105 181"),
    (12_500, "* 0 0 2 4 7 13 24 40 69 110 169"),
    (20_000, "0 0 2 4 8 14 22 40 68 115 181"),
    (31_500, "0 1 4 8 14 24 38 67 111 186"),
];

fn printed(severity: Severity) -> Vec<Vec<&'static str>> {
    let table = match severity {
        Severity::Normal => TABLE_II_A,
        Severity::Tightened => TABLE_II_B,
        Severity::Reduced => TABLE_II_C,
    };
    let rows: Vec<Vec<_>> = table.trim().lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.iter().all(|row| row.len() == AQLS.len()));
    rows
}

/// Follows the arrows of a printed table by hand, one cell at a time.
fn followed(table: &[Vec<&str>], mut row: usize, column: usize) -> (usize, i64, i64) {
    loop {
        match table[row][column] {
            "v" => row += 1,
            "^" => row -= 1,
            cell => {
                let (accept, reject) = cell.split_once('/').map_or((cell, None), |(accept, re)| (accept, Some(re)));
                let accept = accept.parse().unwrap();
                return (row, accept, reject.map_or(accept + 1, |reject| reject.parse().unwrap()));
            }
        }
    }
}

const SEVERITIES: [Severity; 3] = [Severity::Normal, Severity::Tightened, Severity::Reduced];

#[test]
fn every_cell_of_the_master_tables_is_as_printed() {
    for severity in SEVERITIES {
        let table = printed(severity);
        for row in 0..16 {
            for (column, aql) in AQLS.iter().enumerate() {
                let (letter, accept, reject) = followed(&table, row, column);
                let size = match severity {
                    Severity::Reduced => REDUCED_SIZES[letter],
                    _ => NORMAL_SIZES[letter],
                };
                let found = plan(severity, row, column);
                assert_eq!(found, (letter, size, accept, reject), "{severity:?} row {row} AQL {aql}");
            }
        }
    }
}

#[test]
fn every_number_of_the_limit_table_is_as_printed() {
    for (number, (least, line)) in TABLE_VIII.iter().enumerate() {
        let most = TABLE_VIII.get(number + 1).map_or(1_000_000, |(next, _)| next - 1);
        let cells: Vec<_> = line.split_whitespace().collect();
        for column in 0..AQLS.len() {
            let wanted = match cells.get(column) {
                Some(&"*") => Limit::MoreLots,
                Some(number) => Limit::AtMost(number.parse().unwrap()),
                None => Limit::None,
            };
            assert_eq!(
                (limit_number(*least, column), limit_number(most, column)),
                (wanted, wanted),
                "{least} {column}"
            );
        }
    }
    assert_eq!(limit_number(19, 25), Limit::MoreLots);
}

#[test]
fn letters_rise_with_the_lot_and_with_the_level_and_are_as_printed() {
    // Table I: letters at S-1, S-2, S-3, S-4, I, II, III for lots from so many units on.
    let lines = [
        (2, "AAAAAAB"),
        (9, "AAAAABC"),
        (16, "AABBBCD"),
        (26, "ABBCCDE"),
        (51, "BBCCCEF"),
        (91, "BBCDDFG"),
        (151, "BCDEEGH"),
        (281, "BCDEFHJ"),
        (501, "CCEFGJK"),
        (1_201, "CDEGHKL"),
        (3_201, "CDFGJLM"),
        (10_001, "CDFHKMN"),
        (35_001, "DEGJLNP"),
        (150_001, "DEGJMPQ"),
        (500_001, "DEHKNQR"),
    ];
    let levels = [Level::S1, Level::S2, Level::S3, Level::S4, Level::I, Level::Ii, Level::Iii];
    for (at, (from, letters)) in lines.iter().enumerate() {
        let until = lines.get(at + 1).map_or(i64::MAX, |(next, _)| next - 1);
        for (level, letter) in levels.iter().zip(letters.chars()) {
            for lot in [*from, until] {
                let drawn = draw(lot, *level, 12, Severity::Normal).unwrap();
                assert_eq!(drawn.code_letter.as_str(), letter.to_string(), "{lot} {level:?}");
            }
        }
    }
}

/// Vectors of the Air Force Medical Operations guide (facilities management, tables 1-A and 1-B): rejection numbers.
#[test]
fn published_rejection_numbers_are_met() {
    let ask = |lot_size, aql: &str, severity| {
        let (level, aql) = (Level::Ii, aql.parse().unwrap());
        module().run(sampling { lot_size, level, aql, severity }).unwrap()
    };
    let aqls = ["0.65", "1.0", "1.5", "2.5", "4.0", "6.5", "10", "15"];
    for (aql, reject) in aqls.iter().zip([2, 3, 4, 6, 8, 11, 15, 22]) {
        let drawn = ask(1_200, aql, Severity::Normal);
        assert_eq!((drawn.letter.as_str(), drawn.sample, drawn.accept, drawn.reject), ("J", 80, reject - 1, reject));
    }
    for (aql, reject) in aqls[1..].iter().zip([2, 3, 4, 6, 9, 13, 19]) {
        assert_eq!(ask(501, aql, Severity::Tightened).reject, reject, "{aql}");
    }
    for (aql, reject) in [("1.5", 1), ("6.5", 2), ("10", 3)] {
        let drawn = ask(50, aql, Severity::Normal);
        assert_eq!((drawn.letter.as_str(), drawn.sample, drawn.reject), ("D", 8, reject));
    }
    // Arrows bring their own sample size; a plan of as many units as the lot has looks at all of them.
    let drawn = ask(50, "2.5", Severity::Normal);
    assert_eq!((drawn.code_letter.as_str(), drawn.letter.as_str(), drawn.sample, drawn.accept), ("D", "C", 5, 0));
    let drawn = ask(50, "4.0", Severity::Normal);
    assert_eq!((drawn.letter.as_str(), drawn.sample, drawn.accept), ("E", 13, 1));
    let all = ask(50, "0.25", Severity::Normal);
    assert_eq!((all.letter.as_str(), all.sample, all.accept, all.all), ("H", 50, 0, true));
    let one = ask(1, "1.0", Severity::Normal);
    assert_eq!((one.code_letter.as_str(), one.sample, one.all), ("A", 1, true));
}

#[test]
fn acceptance_numbers_rise_along_rows_and_columns() {
    for severity in SEVERITIES {
        for row in 0..16 {
            for column in 0..AQLS.len() {
                let (_, _, accept, reject) = plan(severity, row, column);
                assert!(if severity == Severity::Reduced { reject > accept } else { reject == accept + 1 });
                if column > 0 {
                    assert!(plan(severity, row, column - 1).2 <= accept, "{severity:?} {row} {column}");
                }
                // Past the last plan an arrow up gives the sample of another row, so the number stays.
                if row > 0 {
                    assert!(plan(severity, row - 1, column).2 <= accept, "{severity:?} {row} {column}");
                }
            }
        }
    }
}

/// P(at most `accept`), of a binomial up to AQL 10 and of a Poisson above, summed in floating point.
fn accepted_at_aql(size: i64, accept: i64, column: usize) -> f64 {
    let (n, p) = (size as f64, AQLS[column] as f64 / 1e5);
    let mut term = if AQLS[column] <= 10_000 { (1.0 - p).powf(n) } else { (-n * p).exp() };
    let mut sum = term;
    for k in 1..=accept {
        let k = k as f64;
        term *= if AQLS[column] <= 10_000 { (n - k + 1.0) / k * p / (1.0 - p) } else { n * p / k };
        sum += term;
    }
    sum
}

#[test]
fn a_lot_as_good_as_the_aql_is_mostly_accepted_and_tightened_accepts_fewer() {
    for row in 0..16 {
        for (column, aql) in AQLS.iter().enumerate() {
            let (_, size, accept, _) = plan(Severity::Normal, row, column);
            let normal = accepted_at_aql(size, accept, column);
            assert!((0.86..0.999).contains(&normal), "row {row} AQL {aql} gives {normal}");
            let (_, size, accept, _) = plan(Severity::Tightened, row, column);
            let tightened = accepted_at_aql(size, accept, column);
            assert!(tightened < normal + 1e-9, "row {row} AQL {aql}: {tightened} over {normal}");
            assert!((0.72..0.999).contains(&tightened), "row {row} AQL {aql} gives {tightened}");
        }
    }
}

#[test]
fn a_bad_question_is_told_so() {
    let ask = |lot_size, aql: &str| {
        let (level, aql) = (Level::Ii, aql.parse().unwrap());
        module().run(sampling { lot_size, level, aql, severity: Severity::Normal }).unwrap_err()
    };
    assert_eq!(ask(0, "1.0").code(), "lot-size-not-positive");
    assert_eq!(ask(-5, "1.0").code(), "lot-size-not-positive");
    assert_eq!(ask(500, "2").code(), "unknown-aql");
    assert_eq!(ask(500, "0").code(), "unknown-aql");
    assert!(aql::is_percent("10".parse().unwrap()) && !aql::is_percent("15".parse().unwrap()));
}
