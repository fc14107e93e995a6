//! Quantiles of the normal and χ² distributions and the tail of F, on `libm`: the same bits in a component, in a test
//! and in a replay. The crates that have them make a component 12 KiB larger.

use libm::{erfc, exp, lgamma, log};
use std::f64::consts::SQRT_2;

/// Terms of a series or a fraction, and halvings of an interval, before it counts as good enough.
const TERMS: usize = 100_000;

/// The z below which the probability p lies, 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 { -normal_quantile(1.0 - p) } else { root(-40.0, 0.0, |z| erfc(-z / SQRT_2) / 2.0 >= p) }
}

/// The χ² of so many degrees of freedom below which the probability p lies, 0 < p < 1.
pub fn chi_squared_quantile(p: f64, degrees: f64) -> f64 {
    // Never twenty standard deviations above the mean, for any p below 1.
    let most = degrees + 20.0 * (2.0 * degrees).sqrt() + 200.0;
    root(0.0, most, |x| gamma_below(degrees / 2.0, x / 2.0) >= p)
}

/// The probability that F of these degrees of freedom is larger.
pub fn f_above(f: f64, over: f64, under: f64) -> f64 {
    beta_below(under / 2.0, over / 2.0, under / (under + over * f))
}

/// Where a condition that holds at `high` and not at `low` begins to hold.
fn root(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..TERMS {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// Regularised incomplete gamma function P(a, x): its series (DLMF 8.11.4) or continued fraction (8.9.2).
fn gamma_below(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = exp(a * log(x) - x - lgamma(a));
    if x >= a + 1.0 {
        return 1.0 - front * fraction(x + 1.0 - a, |i| (-i * (i - a), x + 1.0 - a + 2.0 * i));
    }
    let (mut term, mut sum) = (1.0 / a, 1.0 / a);
    for i in 1..TERMS {
        term *= x / (a + i as f64);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    front * sum
}

/// Regularised incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22).
fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(b, a, 1.0 - x);
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)) / a;
    front
        * fraction(1.0, |i| {
            let m = (i / 2.0).floor();
            let above = if i % 2.0 == 0.0 { m * (b - m) } else { -(a + m) * (a + b + m) };
            (above * x / ((a + i - 1.0) * (a + i)), 1.0)
        })
}

/// 1/(b₀ + a₁/(b₁ + a₂/(b₂ + …))) by Lentz's method; `term(i)` is aᵢ, bᵢ.
fn fraction(first: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    let bounded = |x: f64| if x.abs() < 1e-300 { 1e-300 } else { x };
    let (mut c, mut d) = (1e300, 1.0 / bounded(first));
    let mut value = d;
    for i in 1..TERMS {
        let (above, below) = term(i as f64);
        d = 1.0 / bounded(below + above * d);
        c = bounded(below + above / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}
