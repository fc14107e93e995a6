//! The rules of cities that were published, and awards computed by hand.

use crate::*;
use Category::{Cloud, Collection, Consulting, Control, Other, Sensor, Software};

fn percent(percent: u32) -> BasisPoints {
    BasisPoints::percent(percent).unwrap()
}

fn track(code: &str, rate: u32, caps: [u32; 4]) -> Track {
    Track { track: code.to_owned(), rate: percent(rate), caps: caps.map(Fen::yuan) }
}

/// Everything that a city's notice says nothing of is open.
fn rules(document: &str, tracks: Vec<Track>) -> RuleSet {
    let rules = RuleSet {
        document: document.to_owned(),
        tracks,
        decline: Vec::new(),
        categories: vec![Software, Cloud, Collection, Consulting],
        excluded_funding: Vec::new(),
        excludes_dishonest: false,
        min_level: 1,
        min_gain: 0,
        months_max: 24,
        publicity_days: 7,
        tranches: vec![percent(100)],
        provider_cap: None,
    };
    rules.check("").unwrap();
    rules
}

fn spent(category: Category, paid: u32) -> Spent {
    Spent { category, net: Fen::yuan(paid), paid: Fen::yuan(paid), accepted: true, refunded: false }
}

/// The award in fen for lines that were paid in whole.
#[track_caller]
fn check(rules: &RuleSet, track: &str, batch: u32, level: u8, lines: &[Spent], left: Fen, expected_fen: i64) {
    let track = rules.track(track).unwrap();
    let base = base(rules, lines).unwrap();
    assert_eq!(award(rules, track, batch, level, base, left).amount.get(), expected_fen);
}

#[test]
fn hangzhou_pays_forty_per_cent_of_real_spend() {
    let hangzhou = RuleSet {
        min_level: 2,
        excluded_funding: vec!["little-giant".to_owned(), "pilot-2022".to_owned()],
        ..rules("杭州", vec![track("general", 40, [0, 1_000_000, 1_000_000, 1_000_000])])
    };
    // 300,000 software + 200,000 cloud + 50,000.01 consulting = 550,000.01; 40 % = 220,000.004, rounded to 220,000.00.
    let consulting = Spent { paid: Fen::new(5_000_001).unwrap(), ..spent(Consulting, 60_000) };
    let lines = [spent(Software, 300_000), spent(Cloud, 200_000), consulting];
    check(&hangzhou, "general", 1, 2, &lines, Fen::MAX, 22_000_000);
    // Furniture (other) counts nothing: 40 % of 100,000 = 40,000.
    check(&hangzhou, "general", 1, 2, &[spent(Software, 100_000), spent(Other, 500_000)], Fen::MAX, 4_000_000);
    // 3,000,000 × 40 % = 1,200,000, above the cap of 1,000,000.
    check(&hangzhou, "general", 1, 3, &[spent(Software, 3_000_000)], Fen::MAX, 100_000_000);
    // Half a fen rounds up: 40 % of 0.01 + … : 1.25 yuan × 40 % = 0.50 yuan exactly; 0.0125 does not exist in whole fen.
    check(&hangzhou, "general", 1, 2, &[Spent { paid: Fen::new(125).unwrap(), ..spent(Software, 2) }], Fen::MAX, 50);
}

#[test]
fn zhongshan_pays_up_to_a_cap_by_level() {
    let zhongshan =
        RuleSet { min_level: 2, ..rules("中山", vec![track("general", 50, [0, 300_000, 600_000, 1_000_000])]) };
    let lines = [spent(Software, 1_000_000), spent(Collection, 400_000)];
    // 50 % of 1,400,000 = 700,000: level 2 caps at 300,000, level 3 at 600,000, level 4 pays the 700,000 whole.
    check(&zhongshan, "general", 1, 2, &lines, Fen::MAX, 30_000_000);
    check(&zhongshan, "general", 1, 3, &lines, Fen::MAX, 60_000_000);
    check(&zhongshan, "general", 1, 4, &lines, Fen::MAX, 70_000_000);
    // Sensors and control gear count where the city (Guangdong) lists them: 50 % of 1,400,000 + 100,000 + 50,000 = 775,000.
    let guangdong = RuleSet { categories: vec![Software, Cloud, Collection, Consulting, Sensor, Control], ..zhongshan };
    let more = [lines[0], lines[1], spent(Sensor, 100_000), spent(Control, 50_000)];
    check(&guangdong, "general", 1, 4, &more, Fen::MAX, 77_500_000);
}

#[test]
fn tiantai_pays_demonstration_projects_more() {
    let tiantai = RuleSet {
        months_max: 6,
        ..rules("天台", vec![track("general", 30, [300_000; 4]), track("n-x", 50, [500_000; 4])])
    };
    let lines = [spent(Software, 900_000)];
    // General: 30 % of 900,000 = 270,000. "N+X": 50 % = 450,000. Of 1,200,000: 360,000 > 300,000; 600,000 > 500,000.
    check(&tiantai, "general", 1, 2, &lines, Fen::MAX, 27_000_000);
    check(&tiantai, "n-x", 1, 2, &lines, Fen::MAX, 45_000_000);
    check(&tiantai, "general", 1, 2, &[spent(Software, 1_200_000)], Fen::MAX, 30_000_000);
    check(&tiantai, "n-x", 1, 2, &[spent(Software, 1_200_000)], Fen::MAX, 50_000_000);
    // At most six months: filed on 31 August 2027, delivered by 29 February 2028.
    let due = plus_months("2027-08-31".parse().unwrap(), tiantai.months_max).unwrap();
    assert_eq!(due.to_string(), "2028-02-29");
}

#[test]
fn the_platform_scheme_of_2022_caps_a_platform_too() {
    let platforms = RuleSet {
        provider_cap: Some(Fen::yuan(6_000_000)),
        ..rules("2022 平台", vec![track("general", 30, [300_000; 4])])
    };
    // 30 % of 800,000 = 240,000; of 1,100,000 = 330,000, above 300,000.
    check(&platforms, "general", 1, 2, &[spent(Software, 800_000)], Fen::MAX, 24_000_000);
    check(&platforms, "general", 1, 2, &[spent(Software, 1_100_000)], Fen::MAX, 30_000_000);
    // Twenty firms at 300,000 use the platform's 6,000,000 up: the twenty-first gets nothing, whatever the budget.
    let mut funds = Funds::new(Fen::yuan(100_000_000), percent(80));
    funds.apply(&funds.grant());
    let pots = [PotKey::Provider("platform".to_owned())];
    funds.pots.insert(pots[0].clone(), Pot { cap: platforms.provider_cap.unwrap(), used: Fen::ZERO });
    for _ in 0..20 {
        let (own, commit) = funds.commit(&pots, Fen::yuan(300_000)).unwrap();
        funds.apply(&commit);
        funds.apply(&funds.accept(&pots, own, Fen::yuan(300_000)).unwrap());
    }
    assert_eq!(funds.commit(&pots, Fen::yuan(300_000)).unwrap_err().rule(), Some("rule-14-budget"));
}

#[test]
fn xiamen_declines_by_batch_within_the_total() {
    let xiamen = RuleSet {
        excludes_dishonest: true,
        decline: vec![percent(0), percent(5), percent(10)],
        ..rules("厦门", vec![track("general", 40, [500_000; 4])])
    };
    let lines = [spent(Software, 1_000_000)];
    // 40 %, 35 %, 30 % and still 30 % of 1,000,000.
    for (batch, expected) in [(1, 40_000_000), (2, 35_000_000), (3, 30_000_000), (4, 30_000_000)] {
        check(&xiamen, "general", batch, 2, &lines, Fen::MAX, expected);
    }
    // 123,456.78 yuan are left of the total.
    check(&xiamen, "general", 1, 2, &lines, Fen::new(12_345_678).unwrap(), 12_345_678);
}

#[test]
fn shenzhen_pays_providers_by_their_score() {
    // Of providers' projects, which are services; the score's four grades stand in the place of levels.
    let shenzhen = rules(
        "深圳",
        vec![
            track("integrator", 100, [1_000_000, 3_000_000, 5_000_000, 10_000_000]),
            track("specialist", 100, [500_000, 1_000_000, 3_000_000, 5_000_000]),
        ],
    );
    let lines = [spent(Software, 4_000_000)];
    // 4,000,000 spent: integrators get 1, 3, then all 4 million; specialists 0.5, 1, 3, then all 4 million.
    for (level, integrator, specialist) in [
        (1, 100_000_000, 50_000_000),
        (2, 300_000_000, 100_000_000),
        (3, 400_000_000, 300_000_000),
        (4, 400_000_000, 400_000_000),
    ] {
        check(&shenzhen, "integrator", 1, level, &lines, Fen::MAX, integrator);
        check(&shenzhen, "specialist", 1, level, &lines, Fen::MAX, specialist);
    }
}

#[test]
fn dongying_wants_every_firm_at_level_two() {
    // 730 firms, all to level 2 or above: a level below pays nothing, because acceptance refuses it (rule 11).
    let dongying =
        RuleSet { min_level: 2, ..rules("东营", vec![track("general", 40, [0, 300_000, 300_000, 300_000])]) };
    check(&dongying, "general", 1, 1, &[spent(Software, 100_000)], Fen::MAX, 0);
    // 40 % of 100,000 = 40,000.
    check(&dongying, "general", 1, 2, &[spent(Software, 100_000)], Fen::MAX, 4_000_000);
}
