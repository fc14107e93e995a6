//! Constants, quantiles and exact sums against tables.

use crate::constants::{Constants, c4, ranges};
use crate::distributions::{chi_squared_quantile, f_above, normal_quantile};
use crate::exact::Sums;
use toolcrib_sdk::prelude::*;

use super::{agrees, near};

/// n, d2, d3, c4, A2, A3, B3, B4, D3, D4: the table of the facts, as in ASTM E2587 and Montgomery's appendix VI, with
/// more digits.
const TABLE: &str = "\
 2 1.12838 .85250 .797885 1.8800 2.6587 0     3.2665 0     3.2665
 3 1.69257 .88837 .886227 1.0233 1.9544 0     2.5682 0     2.5746
 4 2.05875 .87981 .921318  .7286 1.6281 0     2.2660 0     2.2821
 5 2.32593 .86408 .939986  .5768 1.4273 0     2.0890 0     2.1145
 6 2.53441 .84804 .951533  .4832 1.2871 .0304 1.9696 0     2.0038
 7 2.70436 .83321 .959369  .4193 1.1819 .1177 1.8823 .0757 1.9243
 8 2.84720 .81983 .965030  .3725 1.0991 .1851 1.8149 .1362 1.8638
 9 2.97003 .80783 .969311  .3367 1.0317 .2391 1.7609 .1840 1.8160
10 3.07751 .79705 .972659  .3083  .9754 .2837 1.7163 .2230 1.7770
11 3.17287 .78731 .975350  .2851  .9274 .3213 1.6787 .2556 1.7444
12 3.25846 .77848 .977559  .2658  .8859 .3535 1.6465 .2833 1.7167
13 3.33598 .77042 .979406  .2494  .8495 .3816 1.6184 .3072 1.6928
14 3.40676 .76302 .980971 .2354 .8173 .4062 1.5938 .3281 1.6719
15 3.47183 .75621 .982316 .2231 .7885 .4282 1.5718 .3466 1.6534
16 3.53198 .74991 .983484 .2123 .7626 .4479 1.5521 .3630 1.6370
17 3.58788 .74405 .984506 .2028 .7391 .4657 1.5343 .3779 1.6221
18 3.64006 .73859 .985410 .1943 .7176 .4818 1.5182 .3913 1.6087
19 3.68896 .73348 .986214 .1866 .6979 .4966 1.5034 .4035 1.5965
20 3.73495 .72869 .986934 .1796 .6797 .5102 1.4898 .4147 1.5853
21 3.77834 .72417 .987583 .1733 .6629 .5228 1.4772 .4250 1.5750
22 3.81938 .71991 .988170 .1675 .6473 .5344 1.4656 .4345 1.5655
23 3.85832 .71589 .988705 .1621 .6327 .5452 1.4548 .4434 1.5566
24 3.89535 .71207 .989193 .1572 .6191 .5553 1.4447 .4516 1.5484
25 3.93063 .70844 .989640 .1526 .6063 .5648 1.4352 .4593 1.5407";

#[test]
fn constants_agree_with_the_tables_for_every_size() {
    for line in TABLE.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let n: usize = words[0].parse().unwrap();
        let Constants { d2, d3, c4 } = Constants::of(n);
        let (a, b, d) = (3.0 / (n as f64).sqrt(), 3.0 * (1.0 - c4 * c4).sqrt() / c4, 3.0 * d3 / d2);
        let computed = [d2, d3, c4, a / d2, a / c4, (1.0 - b).max(0.0), 1.0 + b, (1.0 - d).max(0.0), 1.0 + d];
        for (computed, stated) in computed.into_iter().zip(&words[1..]) {
            let decimals = stated.split_once('.').map_or(4, |(_, part)| part.len());
            let stated: f64 = stated.parse().unwrap();
            // Within one unit of the last digit: some tables cut where others round.
            assert!((computed - stated).abs() < 1.01 * 10f64.powi(-(decimals as i32)), "n = {n}: {computed}, {stated}");
        }
    }
}

/// d2(2) = 2/√π, d3(2)² = 2 − 4/π; d2(3) = 3/√π; c4 by Γ.
#[test]
fn constants_are_good_to_nine_digits() {
    let pi = std::f64::consts::PI;
    for two in [(Constants::of(2).d2, Constants::of(2).d3), ranges(2)] {
        near(two.0, 2.0 / pi.sqrt(), 1e-10);
        near(two.1, (2.0 - 4.0 / pi).sqrt(), 1e-10);
    }
    near(Constants::of(3).d2, 3.0 / pi.sqrt(), 1e-10);
    // The table is the quadrature; for 3 and 5 its next terms do not vanish.
    for n in 2..=25 {
        let ((d2, d3), of) = (ranges(n), Constants::of(n));
        near(d2, of.d2, 1e-10);
        near(d3, of.d3, if n == 3 || n == 5 { 1e-6 } else { 1e-10 });
    }
    // Harter (1960): the range of 100 and of 1,000 readings.
    agrees(ranges(100).0, "5.01519");
    agrees(ranges(1_000).0, "6.48287");
    // d2(4) = 3/√π (1 + (2/π) asin(1/3)).
    near(Constants::of(4).d2, 3.0 / pi.sqrt() * (1.0 + 2.0 / pi * (1.0f64 / 3.0).asin()), 1e-10);
    for n in 2..=200 {
        let half = n as f64 / 2.0;
        let expected = (2.0 / (n as f64 - 1.0)).sqrt() * (libm::lgamma(half) - libm::lgamma(half - 0.5)).exp();
        near(c4(n), expected, 1e-12);
    }
}

/// d2* by group, AIAG MSA, 4th ed., appendix C, and the K factors of its forms.
#[test]
fn d2_star_is_the_published_one() {
    for (size, groups, stated) in [
        (2, 1, "1.41421"),
        (2, 2, "1.2793"),
        (2, 3, "1.2311"),
        (3, 1, "1.9115"),
        (3, 2, "1.80538"),
        (5, 1, "2.4812"),
        (10, 1, "3.1790"),
        (20, 1, "3.8054"),
    ] {
        agrees(Constants::of(size).d2_star(groups), stated);
    }
    agrees(1.0 / Constants::of(2).d2, "0.8862");
    agrees(1.0 / Constants::of(3).d2, "0.5908");
    agrees(1.0 / Constants::of(2).d2_star(1), "0.7071");
    agrees(1.0 / Constants::of(3).d2_star(1), "0.5231");
    agrees(1.0 / Constants::of(10).d2_star(1), "0.3146");
}

/// Quantiles of the usual tables, with the digits of an arbitrary-precision computation.
#[test]
fn quantiles_are_good_to_ten_digits() {
    for (p, degrees, stated) in [
        (0.025, 19.0, 8.906516481987973),
        (0.975, 19.0, 32.85232686172971),
        (0.05, 1.0, 0.003932140000019523),
        (0.95, 10.0, 18.30703805327515),
        (0.025, 124.0, 95.07008897234516),
        (0.975, 2000.0, 2125.842302449776),
    ] {
        near(chi_squared_quantile(p, degrees), stated, 1e-11);
    }
    near(normal_quantile(0.975), 1.9599639845400542, 1e-12);
    near(normal_quantile(0.0005), -3.290526731491895, 1e-12);
    for (f, over, under, stated) in [
        (4.96460274, 1.0, 10.0, 0.05000000007096787),
        (3.32583453, 5.0, 10.0, 0.0500000000167626),
        (0.434, 18.0, 60.0, 0.9740208028890079),
        (34.44, 2.0, 60.0, 1.093885055675984e-10),
    ] {
        near(f_above(f, over, under), stated, 1e-10);
    }
    assert_eq!((f_above(0.0, 3.0, 4.0), f_above(f64::INFINITY, 3.0, 4.0)), (1.0, 0.0));
}

#[test]
fn sums_of_the_largest_decimals_are_exact() {
    let largest = Decimal(999_999_999_999_999_999);
    let far = [largest, Decimal(-largest.0)].repeat(12_500);
    let sums = Sums::of(&far);
    assert_eq!((sums.mean(), sums.range()), (Some(0.0), Some(1_999_999_999_999.999_999)));
    near(sums.deviation().unwrap(), 999_999_999_999.999_999 * (25_000.0f64 / 24_999.0).sqrt(), 1e-15);
    assert_eq!(Sums::of(&vec![largest; 25_000]).deviation(), Some(0.0));
    let none = Sums::of([]);
    assert_eq!(
        (none.mean(), none.deviation(), none.range(), Sums::of(&[largest]).deviation()),
        (None, None, None, None)
    );
}
