//! Fewer points that look the same: of each stretch the lowest and the highest stay.

/// Points of one line that are drawn.
pub const POINTS: usize = 600;

/// Places of the points that are drawn, in order: all of them while they are few.
pub fn kept(values: &[Option<f64>]) -> Vec<usize> {
    if values.len() <= POINTS {
        return (0..values.len()).collect();
    }
    let stretch = values.len().div_ceil(POINTS / 2);
    let mut kept = Vec::with_capacity(POINTS);
    for (at, part) in values.chunks(stretch).enumerate() {
        let places = || part.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?)));
        let low = places().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = places().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut ends: Vec<_> = low.into_iter().chain(high).map(|(place, _)| at * stretch + place).collect();
        if ends.is_empty() {
            ends.push(at * stretch);
        }
        ends.sort_unstable();
        ends.dedup();
        kept.extend(ends);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_stay_and_the_rest_is_left_out() {
        let mut values: Vec<Option<f64>> = (0..10_000).map(|at| Some(f64::from(at % 7))).collect();
        values[4_321] = Some(99.0);
        values[8_765] = Some(-99.0);
        let kept = kept(&values);
        assert!(kept.len() <= POINTS && kept.contains(&4_321) && kept.contains(&8_765), "{}", kept.len());
        assert!(kept.is_sorted());
        assert_eq!(super::kept(&values[..POINTS]).len(), POINTS);
        assert_eq!(super::kept(&vec![None; 10_000]).len(), POINTS / 2 - (POINTS / 2 - 10_000usize.div_ceil(34)));
    }
}
