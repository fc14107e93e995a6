//! The rules of Western Electric (1956) and Nelson (1984), on points in units of σ from the centre.

use crate::subgroups::Rule;

/// So near, in σ, a point counts as on a line and not beyond it: lines and points are rounded.
const ON_THE_LINE: f64 = 1e-9;

/// A point as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    pub value: f64,
    /// (value − centre)/σ of the point.
    pub z: f64,
}

/// Strictly beyond a line.
pub fn beyond(z: f64, line: f64) -> bool {
    z > line + ON_THE_LINE
}

/// The points that break a rule together with the last one, by position; none when the last point completes nothing.
/// Where fewer points than the rule looks at are there, it looks at those.
pub fn broken(rule: Rule, points: &[Judged], width: f64) -> Option<Vec<usize>> {
    use Rule::*;
    match rule {
        We1 | Nelson1 | Limit => of_last(points, 1, 1, |z| beyond(z, width)),
        We2 | Nelson5 => of_last(points, 2, 3, |z| beyond(z, 2.0)),
        We3 | Nelson6 => of_last(points, 4, 5, |z| beyond(z, 1.0)),
        We4 => of_last(points, 8, 8, |z| beyond(z, 0.0)),
        Nelson2 => of_last(points, 9, 9, |z| beyond(z, 0.0)),
        Nelson3 => in_a_row(points, 6, |row| {
            let mut steps = row.windows(2).map(|pair| pair[1].value - pair[0].value);
            steps.clone().all(|step| step > 0.0) || steps.all(|step| step < 0.0)
        }),
        Nelson4 => in_a_row(points, 14, |row| {
            row.windows(3).all(|three| {
                let (first, second) = (three[1].value - three[0].value, three[2].value - three[1].value);
                (first > 0.0 && second < 0.0) || (first < 0.0 && second > 0.0)
            })
        }),
        Nelson7 => in_a_row(points, 15, |row| row.iter().all(|point| !beyond(point.z.abs(), 1.0))),
        Nelson8 => in_a_row(points, 8, |row| {
            let (above, below) = (row.iter().any(|point| point.z > 0.0), row.iter().any(|point| point.z < 0.0));
            above && below && row.iter().all(|point| beyond(point.z.abs(), 1.0))
        }),
    }
}

/// Points that the longest rule looks at.
pub const LOOKS_BACK: usize = 15;

/// `wanted` of the last `window` points, the very last among them, fit on one side.
fn of_last(points: &[Judged], wanted: usize, window: usize, fits: impl Fn(f64) -> bool) -> Option<Vec<usize>> {
    let first = points.len().saturating_sub(window);
    let side = points.last()?.z.signum();
    let found: Vec<usize> = (first..points.len()).filter(|at| fits(points[*at].z * side)).collect();
    (found.len() >= wanted && found.last() == Some(&(points.len() - 1))).then_some(found)
}

fn in_a_row(points: &[Judged], length: usize, fits: impl Fn(&[Judged]) -> bool) -> Option<Vec<usize>> {
    let first = points.len().checked_sub(length)?;
    fits(&points[first..]).then(|| (first..points.len()).collect())
}
