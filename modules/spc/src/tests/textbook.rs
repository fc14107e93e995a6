//! Further examples of the textbooks, to the digits they print. Data and figures are cited in each test.

use super::{Json, agrees, analyse, ask, json, number, points_of, singles, subgroups};

/// Openings of vanes, 20 subgroups of 5.
const VANES: &str = "\
33 29 31 32 33
33 31 35 37 31
35 37 33 34 36
30 31 33 34 33
33 34 35 33 34
38 37 39 40 38
30 31 32 34 31
29 39 38 39 39
28 33 35 36 43
38 33 32 35 32
28 30 28 32 31
31 35 35 35 34
27 32 34 35 37
33 33 35 37 36
35 37 32 35 39
33 33 27 31 30
35 34 34 30 32
32 33 30 30 33
25 27 34 27 28
35 35 36 33 30";

/// Bursting strengths of bottles, 20 subgroups of 5.
const BOTTLES: &str = "\
265 205 263 307 220
268 260 234 299 215
197 286 274 243 231
267 281 265 214 318
346 317 242 258 276
300 208 187 264 271
280 242 260 321 228
250 299 258 267 293
265 254 281 294 223
260 308 235 283 277
200 235 246 328 296
276 264 269 235 290
221 176 248 263 231
334 280 265 272 283
265 262 271 245 301
280 274 253 287 258
261 248 260 274 337
250 278 254 274 275
278 250 265 270 298
257 210 280 269 251";

/// Concentrations of 20 batches.
const CONCENTRATIONS: &str =
    "102.0 94.8 98.3 98.4 102.0 98.5 99.0 97.7 100.0 98.1 101.3 98.7 101.1 98.4 97.0 96.7 100.3 101.4 97.2 101.0";

#[track_caller]
fn agree<const N: usize>(of: &Json, stated: [(&str, &str); N]) {
    for (at, stated) in stated {
        agrees(number(of, at), stated);
    }
}

fn counts(text: &str, sizes: &str) -> Vec<Json> {
    let counts = text.split_whitespace().map(|count| count.parse::<i64>().unwrap());
    counts.zip(sizes.split_whitespace().cycle()).map(|(count, size)| json!({"count": count, "size": size})).collect()
}

/// Montgomery and Runger, Applied Statistics and Probability for Engineers, 3rd ed., 16-5: x̿ 33.32, R̄ 5.8; 6, 8, 11 and
/// 19 are out on the x̄ chart, 9 on the R chart. Without these five 33.21 (30.33, 36.10), R̄ 5.0 and UCL 10.57.
#[test]
fn vane_openings_are_in_control_without_five_subgroups() {
    let mut vanes = subgroups(VANES);
    let of = analyse("xbar_r", &vanes, json!({"rules": ["we1"]}));
    agree(&of, [("/centre", "33.32"), ("/points/0/second_centre", "5.8")]);
    // The book's limits, 29.97 and 36.67, are made of 33.32, 5.8 and .577.
    agree(&of, [("/points/0/lower", "29.97"), ("/points/0/upper", "36.67")]);
    assert_eq!(points_of(&of, "we1"), [6, 8, 11, 19]);
    let ranges = of["signals"].as_array().unwrap().iter().filter(|signal| signal["second"] == true);
    assert_eq!(ranges.map(|signal| &signal["point"]).collect::<Vec<_>>(), [9]);
    for at in [6, 8, 9, 11, 19] {
        vanes[at - 1]["excluded"] = json!("A cause was found");
    }
    let of = analyse("xbar_r", &vanes, json!({"rules": ["we1"]}));
    agree(&of, [("/centre", "33.21"), ("/points/0/lower", "30.33"), ("/points/0/upper", "36.10")]);
    agree(&of, [("/points/0/second_centre", "5.0"), ("/points/0/second_upper", "10.57")]);
    assert_eq!(of["signals"], json!([]));
}

/// The same, 16-6 and 16-10: x̄ 99.1, moving range 2.59, limits 92.21 and (of the rounded figures) 105.99, its own 8.46;
/// CUSUM with target 99, σ 2, K ½σ, H 5σ.
#[test]
fn concentrations_have_the_published_limits_and_sums() {
    let of = analyse("i_mr", &singles(CONCENTRATIONS), json!(null));
    agree(&of, [("/centre", "99.1"), ("/points/1/second_centre", "2.59"), ("/points/1/second_upper", "8.46")]);
    agree(&of, [("/points/0/lower", "92.21"), ("/points/0/upper", "105.98")]);
    assert_eq!(of["signals"], json!([]));
    let of = analyse("cusum", &singles(CONCENTRATIONS), json!({"mean": 99, "sigma": 2}));
    let column = |name: &str| (0..20).map(|at| number(&of, &format!("/points/{at}/{name}"))).collect::<Vec<_>>();
    let high = "2.0 0 0 0 2.0 0.5 0.0 0 0.0 0 1.3 0.0 1.1 0 0 0 0.3 1.7 0 1.0";
    let low = "0 3.2 2.9 2.5 0 0 0 0.3 0 0 0 0 0 0 1.0 2.3 0 0 0.8 0";
    for (name, stated) in [("value", high), ("second", low)] {
        for (sum, stated) in column(name).into_iter().zip(stated.split(' ')) {
            agrees(sum, &format!("{:.9}", stated.parse::<f64>().unwrap()));
        }
    }
}

/// The same, 16-8: ceramic substrates, p̄ .40 (.25, .55); printed circuit boards, ū 1.6 (0, 3.3). Montgomery, 7th ed.,
/// 7.3: dyed cloth of 8 to 13 units of 50 square metres, ū 1.42, limits of 10 units .29 and (of the rounded ū) 2.55.
#[test]
fn counts_have_the_published_limits() {
    let of = analyse("p", &counts("44 48 32 50 29 31 46 52 44 48 36 52 35 41 42 30 46 38 26 30", "100"), json!(null));
    agree(&of, [("/centre", "0.40"), ("/points/0/lower", "0.25"), ("/points/0/upper", "0.55")]);
    assert_eq!(of["signals"], json!([]));
    let of = analyse("u", &counts("6 4 8 10 9 12 16 2 3 10 9 15 8 10 8 2 7 1 7 13", "5"), json!(null));
    agree(&of, [("/centre", "1.6"), ("/points/0/lower", "0"), ("/points/0/upper", "3.3")]);
    let cloth = counts("14 12 20 11 7 10 21 16 19 23", "10.0 8.0 13.0 10.0 9.5 10.0 12.0 10.5 12.0 12.5");
    let of = analyse("u", &cloth, json!(null));
    agree(&of, [("/centre", "1.42"), ("/points/0/lower", "0.29"), ("/points/0/upper", "2.56")]);
    assert_eq!(of["signals"], json!([]));
}

/// Montgomery, 7th ed., ch. 8: bottles, x̄ 264.06, s 32.02, R̄ 77.3, σ̂ 33.23, with a lower limit of 200 alone
/// Cpl .64; and the process of mean 57.5, σ 2.5 within 35 and 65 around 50: Cp 2.0, Cpk 1.0, Cpm .63.
#[test]
fn bottles_have_the_published_one_sided_capability() {
    let input = json!({"subgroups": subgroups(BOTTLES), "specification": {"lower": "200"}});
    let of = ask("study_capability", &input);
    agree(&of, [("/mean", "264.06"), ("/within/sigma", "33.23"), ("/overall/sigma", "32.02")]);
    agree(&of, [("/within/cpk/value", "0.64"), ("/within/cpl/value", "0.64")]);
    assert_eq!((&of["within"]["cp"], &of["within"]["cpu"]), (&json!(null), &json!(null)));
    let specification = json!({"lower": "35", "upper": "65", "target": "50"});
    let input = json!({"readings": 30, "mean": 57.5, "sigma": 2.5, "specification": specification});
    agree(&ask("capability_of", &input), [("/cp/value", "2.0"), ("/cpk/value", "1.0"), ("/cpm/value", "0.63")]);
}
