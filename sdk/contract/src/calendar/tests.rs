//! Zones against a zone database, and calendars that leave no gap.

use super::*;
use proptest::prelude::*;

const HOUR_US: i64 = 3_600_000_000;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn dates_know_their_weekday_and_month() {
    let date = Date::new(2026, 11, 26).unwrap();
    assert_eq!((date.weekday(), date.to_string()), (Weekday::Thursday, "2026-11-26".to_owned()));
    assert_eq!(date.monday().to_string(), "2026-11-23");
    assert_eq!(date.first_of_month().to_string(), "2026-11-01");
    assert_eq!(Date::new(2026, 12, 31).unwrap().first_of_next_month().to_string(), "2027-01-01");
    for (year, month, day) in [(2026, 2, 29), (2026, 13, 1), (1969, 12, 31), (2200, 1, 1), (2026, 4, 31)] {
        assert_eq!(Date::new(year, month, day), None);
    }
}

#[test]
fn clocks_change_as_the_law_says() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    // Directive 2000/84/EC: at 01:00 UTC on the last Sundays of March and October.
    assert_eq!(berlin.offset_s(at("2026-03-29T00:59:59Z")), 3_600);
    assert_eq!(berlin.offset_s(at("2026-03-29T01:00:00Z")), 7_200);
    assert_eq!(berlin.offset_s(at("2026-10-25T00:59:59Z")), 7_200);
    assert_eq!(berlin.offset_s(at("2026-10-25T01:00:00Z")), 3_600);
    let day = Date::new(2026, 3, 29).unwrap();
    assert_eq!(berlin.instant(day, 2 * 3_600 + 1_800), at("2026-03-29T01:30:00Z"), "left out: half an hour after");
    let day = Date::new(2026, 10, 25).unwrap();
    assert_eq!(berlin.instant(day, 2 * 3_600 + 1_800), at("2026-10-25T00:30:00Z"), "twice: the first");
    assert_eq!(Zone::CHINA.local(at("2026-11-25T16:00:00Z")), (Date::new(2026, 11, 26).unwrap(), 0));
}

#[test]
fn days_around_a_change_of_the_clock_have_23_and_25_hours() {
    let calendar = Calendar { zone: Zone::parse("Europe/Berlin").unwrap(), day_starts_at_minute: 0 };
    let hours = |year, month, day| {
        let (from, until) = calendar.day(Date::new(year, month, day).unwrap());
        until.since_us(from) / HOUR_US
    };
    assert_eq!((hours(2026, 3, 29), hours(2026, 10, 25), hours(2026, 11, 26)), (23, 25, 24));
    let (from, until) = calendar.week(Date::new(2026, 3, 29).unwrap());
    assert_eq!(until.since_us(from) / HOUR_US, 7 * 24 - 1);
}

#[test]
fn the_first_and_the_last_day_end_where_time_does() {
    for (zone, minute) in [("Asia/Shanghai", 0), ("America/New_York", 1_439)] {
        let calendar = Calendar { zone: Zone::parse(zone).unwrap(), day_starts_at_minute: minute };
        for day in [Date::MIN, Date::MAX] {
            for (from, until) in [calendar.day(day), calendar.week(day), calendar.month(day)] {
                assert!(Instant::MIN <= from && from <= until && until <= Instant::MAX, "{day} in {zone}");
            }
        }
    }
    assert_eq!(Calendar::default().day(Date::MIN).0, Instant::MIN);
}

#[test]
fn what_is_no_rule_is_refused() {
    let long = format!("<{}>-8", "A".repeat(ZONE_CHARS));
    for bad in [
        "",
        "CST",
        "CS-8",
        "CST-25",
        "CST-8X",
        "Asia/Nowhere",
        "CST6CDT",
        "CST6CDT,M3.2.0",
        "CST6CDT,M13.2.0,M11.1.0",
        "CST6CDT,M3.6.0,M11.1.0",
        "CST6CDT,M3.2.7,M11.1.0",
        "CST6CDT,J0,J10",
        "CST6CDT,366,10",
        "CST6CDT6,10,20",
        "CST6CDT,10,10",
        "CST-8:60",
        "<+8>-8",
        "<a b>-8",
        "CST6CDT,M3.2.0/168,M11.1.0",
        &long,
    ] {
        assert!(Zone::parse(bad).is_err(), "{bad}");
    }
}

/// The same moments as another implementation computes from the same rules.
#[test]
fn zones_agree_with_another_implementation() {
    for (name, rule) in NAMES {
        let (zone, other) = (Zone::parse(name).unwrap(), jiff::tz::TimeZone::posix(rule).unwrap());
        // Every eleven hours for 25 years meets both sides of every change, and both changes themselves below.
        for step in 0..20_000 {
            let instant = Instant(1_700_000_000_000_000 + step * 11 * HOUR_US);
            agree(&zone, &other, instant, name);
        }
        for year in 2024..2034 {
            for hour in 0..366 * 24 {
                let instant = Instant(days(year, 1, 1) * DAY_S * SECOND_US + hour * HOUR_US);
                agree(&zone, &other, instant, name);
            }
        }
    }
}

fn agree(zone: &Zone, other: &jiff::tz::TimeZone, instant: Instant, name: &str) {
    let timestamp = jiff::Timestamp::from_microsecond(instant.0).unwrap();
    assert_eq!(zone.offset_s(instant), i64::from(other.to_offset(timestamp).seconds()), "{name} at {instant}");
}

/// A zone of every kind: none, north, south, half an hour.
fn zones() -> impl Strategy<Value = Zone> {
    let rules = [
        "CST-8",
        "Europe/Berlin",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "America/New_York",
        "AAA3BBB,J60,300/-30",
    ];
    prop::sample::select(rules.to_vec()).prop_map(|rule| Zone::parse(rule).unwrap())
}

proptest! {
    #[test]
    fn every_moment_lies_in_exactly_one_production_day(zone in zones(), us in 48 * HOUR_US..Instant::MAX.0 - 72 * HOUR_US, minute in 0i64..1440) {
        let calendar = Calendar { zone, day_starts_at_minute: minute };
        let day = calendar.production_day(Instant(us));
        let (from, until) = calendar.day(day);
        prop_assert!((from..until).contains(&Instant(us)), "{} {} {}", from, Instant(us), until);
        prop_assert_eq!(until, calendar.begins(day.plus_days(1)));
        let hours = until.since_us(from) as f64 / HOUR_US as f64;
        prop_assert!((22.0..=26.0).contains(&hours));
    }

    #[test]
    fn what_clocks_show_leads_back(zone in zones(), us in 0..Instant::MAX.0 - 24 * HOUR_US) {
        let instant = Instant(us - us % SECOND_US);
        let (day, second) = zone.local(instant);
        let back = zone.instant(day, second);
        // A time that comes twice leads to its first occurrence.
        prop_assert_eq!(zone.local(back), (day, second));
        prop_assert!(back <= instant);
    }

    #[test]
    fn no_rule_panics(text in "[A-Z<>+,.:/MJ0-9-]{0,40}") {
        let _ = Zone::parse(&text);
    }
}
