//! What ranges and deviations of normal readings tell of σ.
//!
//! d2 and d3 are mean and standard deviation of the range of n standard normal readings (Tippett 1925), c4 the mean of
//! their standard deviation. A2 = 3/(d2√n), A3 = 3/(c4√n), D3 and D4 = 1 ∓ 3·d3/d2, B3 and B4 = 1 ∓ 3√(1−c4²)/c4
//! (ASTM E2587) are never needed by themselves: limits are centre ± width · unit.

use libm::{erfc, exp};
use std::f64::consts::{FRAC_2_SQRT_PI, PI, SQRT_2};

/// Of one subgroup size.
#[derive(Clone, Copy, Debug)]
pub struct Constants {
    pub d2: f64,
    pub d3: f64,
    pub c4: f64,
}

/// d2 for 2 to 25 readings, by the quadrature below with finer steps.
#[rustfmt::skip]
const D2: [f64; 24] = [
    FRAC_2_SQRT_PI, 1.6925687506, 2.0587507460, 2.3259289473, 2.5344127212, 2.7043567512, 2.8472006121, 2.9700263244,
    3.0775054617, 3.1728727038, 3.2584552797, 3.3359803541, 3.4067631082, 3.4718268899, 3.5319827861, 3.5878839618,
    3.6400637579, 3.6889630232, 3.7349501196, 3.7783358298, 3.8193846434, 3.8583234233, 3.8953481485, 3.9306292195,
];
/// d3 for 2 to 25 readings.
#[rustfmt::skip]
const D3: [f64; 24] = [
    0.8525024664, 0.8883680040, 0.8798082028, 0.8640819411, 0.8480396861, 0.8332053356, 0.8198314898, 0.8078342746,
    0.7970506735, 0.7873146206, 0.7784783412, 0.7704162021, 0.7630230956, 0.7562114297, 0.7499080894, 0.7440517840,
    0.7385908534, 0.7334814955, 0.7286863457, 0.7241733407, 0.7199148084, 0.7158867355, 0.7120681751, 0.7084407659,
];

impl Constants {
    /// For at least two readings; fewer have neither range nor deviation.
    pub fn of(size: usize) -> Self {
        let at = size.max(2) - 2;
        let (d2, d3) = if at < D2.len() { (D2[at], D3[at]) } else { ranges(size) };
        Self { d2, d3, c4: c4(size) }
    }

    /// d2* for ranges of `groups` subgroups: √(d2² + d3²/groups) (Duncan 1974, appendix D3; AIAG MSA, appendix C).
    pub fn d2_star(&self, groups: usize) -> f64 {
        (self.d2 * self.d2 + self.d3 * self.d3 / groups as f64).sqrt()
    }
}

/// √(2/(n−1)) Γ(n/2)/Γ((n−1)/2), by c4(n)·c4(n+1) = √((n−1)/n).
pub fn c4(size: usize) -> f64 {
    (2..size).fold((2.0 / PI).sqrt(), |c4, n| ((n - 1) as f64 / n as f64).sqrt() / c4)
}

/// d2 and d3 by quadrature: for sizes other than 3 and 5 good to ten digits. The trapezoid rule is exact up to rounding
/// where nothing is left at the ends; at r = 0 Euler and Maclaurin add a sixth of the step squared.
pub fn ranges(size: usize) -> (f64, f64) {
    const STEP: f64 = 0.125;
    const GRID: usize = 136;
    let place = |i: usize| i as f64 * STEP - 8.5;
    let below: Vec<f64> = (0..=GRID).map(|i| erfc(-place(i) / SQRT_2) / 2.0).collect();
    let (mut mean, mut square) = (0.0, STEP / 6.0);
    for k in 0..=GRID {
        mean += 1.0 - power(1.0 - below[k], size) - power(below[k], size);
        // P(range ≤ r) = n ∫ φ(x) (Φ(x+r) − Φ(x))ⁿ⁻¹ dx, and E[range²] = ∫ 2r P(range > r) dr.
        let reach = |i: usize| below.get(i + k).unwrap_or(&1.0) - below[i];
        let inside: f64 = (0..=GRID).map(|i| exp(-place(i) * place(i) / 2.0) * power(reach(i), size - 1)).sum();
        square += 2.0 * k as f64 * STEP * (1.0 - size as f64 * STEP / (2.0 * PI).sqrt() * inside);
    }
    (STEP * mean, (STEP * square - STEP * STEP * mean * mean).sqrt())
}

fn power(mut base: f64, mut times: usize) -> f64 {
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
