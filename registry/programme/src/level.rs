//! The digital level that the figures of an assessment come to, by the edition that it follows.

use crate::refusal::{ProgrammeError, Result};
use serde::{Deserialize, Serialize};

/// Hundredths of a point of the three parts.
pub const BASE_MAX: u32 = 5_000;
pub const MANAGEMENT_MAX: u32 = 3_000;
pub const RESULTS_MAX: u32 = 2_000;
/// Scenes, and those of them that are constraints (★).
pub const SCENES: u32 = 16;
pub const STARRED: u32 = 10;

/// What one level asks for.
struct Threshold {
    /// Hundredths of a point.
    score: u32,
    /// Scenes at that level or above, and starred ones among them.
    scenes: u32,
    starred: u32,
}

const fn at(score: u32, scenes: u32, starred: u32) -> Threshold {
    Threshold { score, scenes, starred }
}

/// An edition of the index: what its levels 1 to 4 ask for.
struct Edition {
    name: &'static str,
    levels: [Threshold; 4],
}

/// A correction of the published rule is a correction of this table.
const EDITIONS: &[Edition] = &[
    Edition { name: "2022", levels: [at(2_000, 0, 0), at(4_000, 0, 0), at(6_000, 0, 0), at(8_000, 0, 0)] },
    Edition { name: "2024", levels: [at(2_000, 6, 3), at(4_000, 6, 3), at(6_000, 8, 5), at(8_000, 10, 6)] },
];

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub edition: String,
    /// Hundredths of a point.
    pub base: u32,
    pub management: u32,
    pub results: u32,
    /// Scenes at level 1, 2, 3, 4 or above; starred ones among them.
    pub scenes: [u32; 4],
    pub starred: [u32; 4],
}

/// The level: score and scenes must both hold, the lower one decides; 0 below the first.
///
/// # Errors
/// An unknown edition, figures that no assessment can have.
pub fn level(measured: &Measured) -> Result<u8> {
    let edition = EDITIONS.iter().find(|edition| edition.name == measured.edition);
    let edition = edition.ok_or_else(|| ProgrammeError::input("/edition", "2022 or 2024"))?;
    let Measured { base, management, results, scenes, starred, .. } = measured;
    for (pointer, points, max) in
        [("/base", base, BASE_MAX), ("/management", management, MANAGEMENT_MAX), ("/results", results, RESULTS_MAX)]
    {
        if *points > max {
            return Err(ProgrammeError::input(pointer, format!("at most {max} hundredths of a point")));
        }
    }
    let falling = |counts: &[u32; 4], max| counts[0] <= max && counts.is_sorted_by(|lower, higher| lower >= higher);
    if !falling(scenes, SCENES) {
        let rule = format!("at most {SCENES}, and never more at a higher level than at a lower one");
        return Err(ProgrammeError::input("/scenes", rule));
    }
    let guiding = SCENES - STARRED;
    let fits = starred.iter().zip(scenes).all(|(starred, all)| starred <= all && all - starred <= guiding);
    if !falling(starred, STARRED) || !fits {
        let rule = format!("at most {STARRED} of the scenes, never more at a higher level than at a lower one");
        return Err(ProgrammeError::input("/starred", rule));
    }
    let score = base + management + results;
    let holds = |nth: &usize| {
        let wanted = &edition.levels[*nth];
        score >= wanted.score && scenes[*nth] >= wanted.scenes && starred[*nth] >= wanted.starred
    };
    Ok((0..4usize).take_while(holds).count() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(edition: &str, score: u32, scenes: [u32; 4], starred: [u32; 4]) -> Measured {
        let base = score.min(BASE_MAX);
        let management = (score - base).min(MANAGEMENT_MAX);
        let results = score - base - management;
        Measured { edition: edition.to_owned(), base, management, results, scenes, starred }
    }

    #[test]
    fn a_hundredth_of_a_point_or_a_scene_less_is_a_level_less() {
        let case = |score, scenes, starred, expected| {
            assert_eq!(level(&measured("2024", score, scenes, starred)).unwrap(), expected, "{score} {scenes:?}");
        };
        let (all, stars) = ([16; 4], [10; 4]);
        for (nth, score) in [2_000, 4_000, 6_000, 8_000].into_iter().enumerate() {
            case(score, all, stars, nth as u8 + 1);
            case(score - 1, all, stars, nth as u8);
        }
        case(10_000, [10; 4], [6; 4], 4);
        case(10_000, [10, 10, 10, 9], [6; 4], 3);
        case(10_000, [10, 10, 10, 10], [6, 6, 6, 5], 3);
        case(10_000, [10, 10, 7, 0], [6, 6, 5, 0], 2);
        case(10_000, [6, 6, 0, 0], [3, 2, 0, 0], 1);
        case(10_000, [6, 5, 0, 0], [3, 3, 0, 0], 1);
        case(10_000, [5, 5, 0, 0], [3, 3, 0, 0], 0);
    }

    #[test]
    fn the_older_edition_knows_the_score_only() {
        for (score, expected) in [(1_999, 0), (2_000, 1), (3_999, 1), (4_000, 2), (6_000, 3), (7_999, 3), (8_000, 4)] {
            assert_eq!(level(&measured("2022", score, [0; 4], [0; 4])).unwrap(), expected);
        }
    }

    #[test]
    fn figures_that_no_assessment_has_are_refused() {
        let refused = |measured: &Measured| level(measured).is_err();
        assert!(refused(&measured("2023", 0, [0; 4], [0; 4])));
        assert!(refused(&Measured { base: BASE_MAX + 1, ..measured("2024", 0, [0; 4], [0; 4]) }));
        assert!(refused(&measured("2024", 0, [17, 0, 0, 0], [10, 0, 0, 0])));
        assert!(refused(&measured("2024", 0, [5, 6, 0, 0], [3, 3, 0, 0])), "more at a higher level");
        assert!(refused(&measured("2024", 0, [5, 0, 0, 0], [6, 0, 0, 0])), "more starred ones than scenes");
        assert!(refused(&measured("2024", 0, [12, 0, 0, 0], [5, 0, 0, 0])), "there are six that are not starred");
    }
}
