//! The constants of control charts, computed instead of looked up: they hold for every size.
//!
//! d2 and d3 are mean and standard deviation of the range of n standard normal readings (Tippett 1925), c4 the mean of
//! their standard deviation. A2 = 3/(d2√n), A3 = 3/(c4√n), D3 and D4 = 1 ∓ 3·d3/d2, B3 and B4 = 1 ∓ 3√(1−c4²)/c4
//! (ASTM E2587) are never needed by themselves: limits are centre ± width · unit.

use libm::{erfc, exp};
use std::f64::consts::{PI, SQRT_2};

/// Of one subgroup size.
#[derive(Clone, Copy, Debug)]
pub struct Constants {
    pub d2: f64,
    pub d3: f64,
    pub c4: f64,
}

/// Steps of the quadrature to one standard deviation; a whole number of fours makes the grid.
const STEPS: usize = 16;
const GRID: usize = 17 * STEPS;

impl Constants {
    /// For `size` readings, at least two. Good to nine digits.
    pub fn of(size: i64) -> Self {
        let step = 1.0 / STEPS as f64;
        let place = |i: usize| i as f64 * step - 8.5;
        let below: Vec<f64> = (0..=GRID).map(|i| erfc(-place(i) / SQRT_2) / 2.0).collect();
        let density: Vec<f64> = (0..=GRID).map(|i| exp(-place(i) * place(i) / 2.0) / (2.0 * PI).sqrt()).collect();
        let (mut mean, mut square) = (0.0, 0.0);
        for k in 0..=GRID {
            // P(range ≤ r) = n ∫ φ(x) (Φ(x+r) − Φ(x))ⁿ⁻¹ dx: the trapezoid rule is exact for it up to rounding.
            let reach = |i: usize| below.get(i + k).unwrap_or(&1.0) - below[i];
            let inside: f64 = (0..=GRID).map(|i| density[i] * power(reach(i), size - 1)).sum();
            let beyond = 1.0 - size as f64 * step * inside;
            // Boole's rule over r: E[R] = ∫ P(R > r) dr, E[R²] = ∫ 2r P(R > r) dr.
            let weight = match k % 4 {
                _ if k == 0 || k == GRID => 7.0,
                0 => 14.0,
                2 => 12.0,
                _ => 32.0,
            };
            let part = weight * step * 2.0 / 45.0 * beyond;
            mean += part;
            square += 2.0 * k as f64 * step * part;
        }
        Self { d2: mean, d3: (square - mean * mean).sqrt(), c4: c4(size) }
    }

    /// d2* for ranges of `groups` subgroups: √(d2² + d3²/groups) (Duncan 1974, appendix D3; AIAG MSA, appendix C).
    pub fn d2_star(&self, groups: usize) -> f64 {
        (self.d2 * self.d2 + self.d3 * self.d3 / groups as f64).sqrt()
    }
}

/// √(2/(n−1)) Γ(n/2)/Γ((n−1)/2), by c4(n)·c4(n+1) = √((n−1)/n).
pub fn c4(size: i64) -> f64 {
    (2..size).fold((2.0 / PI).sqrt(), |c4, n| ((n - 1) as f64 / n as f64).sqrt() / c4)
}

fn power(mut base: f64, mut times: i64) -> f64 {
    let mut product = 1.0;
    while times > 0 {
        if times % 2 == 1 {
            product *= base;
        }
        base *= base;
        times /= 2;
    }
    product
}

/// Constants by size, each computed once.
pub struct Table(Vec<Option<Constants>>);

impl Table {
    pub fn of(sizes: impl Iterator<Item = usize>) -> Self {
        let mut rows = vec![None; 3];
        for size in sizes.chain([2]).filter(|size| *size >= 2) {
            rows.resize(rows.len().max(size + 1), None);
            rows[size] = rows[size].or_else(|| Some(Constants::of(size as i64)));
        }
        Self(rows)
    }

    /// None for a single reading.
    pub fn get(&self, size: usize) -> Option<Constants> {
        self.0.get(size).copied().flatten()
    }
}
