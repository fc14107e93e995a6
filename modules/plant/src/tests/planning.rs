//! Shifts: they never overlap, belong to a production day, and tile it also when clocks change.

use super::{at, code, module, new, pair, plant, refused, text};
use crate::calendar::{CalendarRow, DayKind, SpecialDay, day, set_calendar, set_special_day};
use crate::equipment::{Level, import_equipment};
use crate::patterns::{add_pattern, patterns};
use crate::shifts::{
    PlannedBreak, PlannedShift, ShiftRow, Weekday, cancel_shift, import_shifts, plan_shift, plan_shifts, shift_at,
    shifts,
};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

const HOUR_US: i64 = 3_600_000_000;

fn pattern(name: &str, starts: &str, ends: &str, breaks: &str) -> add_pattern {
    let breaks = (!breaks.is_empty()).then(|| text(breaks));
    add_pattern { code: code(name), name: text(name), starts: text(starts), ends: text(ends), breaks }
}

fn planned(pattern: &str, from: &str, days: i64, weekdays: Vec<Weekday>) -> plan_shifts {
    let equipment = vec![code("press-1"), code("press-2")];
    let (pattern, from) = (code(pattern), from.parse().unwrap());
    plan_shifts { equipment, pattern, from, days, weekdays, only_workdays: None }
}

fn listed(plant: &mut Module, equipment: &str) -> Vec<ShiftRow> {
    plant.run(shifts { equipment: Some(code(equipment)), from: None, until: None, after: None }).unwrap().rows
}

#[test]
fn shifts_of_one_machine_never_overlap() {
    let mut plant = plant();
    plant.run(pattern("night", "22:00", "06:00", "")).unwrap();
    assert_eq!(plant.run(planned("night", "2026-01-05", 7, vec![])), Ok(14));
    let outcome = plant.run(planned("night", "2026-01-05", 1, vec![]));
    assert_eq!(refused(outcome), pair("shift-overlaps", "equipment"));
    let shift = |from: &str, until: &str| plan_shift {
        equipment: code("press-1"),
        starts_at: at(from),
        ends_at: at(until),
        breaks: None,
    };
    for (from, until) in [
        ("2026-01-05T21:00:00+08:00", "2026-01-05T22:00:00.000001+08:00"),
        ("2026-01-06T05:59:59+08:00", "2026-01-06T07:00:00+08:00"),
        ("2026-01-05T23:00:00+08:00", "2026-01-06T01:00:00+08:00"),
        // The shift that begins then, made so long that it meets the next.
        ("2026-01-05T22:00:00+08:00", "2026-01-06T22:30:00+08:00"),
    ] {
        assert_eq!(plant.run(shift(from, until)).unwrap_err().code(), "shift-overlaps", "{from}");
    }
    plant.run(shift("2026-01-06T06:00:00+08:00", "2026-01-06T22:00:00+08:00")).unwrap();
    plant.run(shift("2026-01-05T22:00:00+08:00", "2026-01-06T05:00:00+08:00")).unwrap();
    let first = &listed(&mut plant, "press-1")[0];
    assert_eq!(first.ends_at, at("2026-01-06T05:00:00+08:00"));
}

#[test]
fn a_shift_past_midnight_belongs_to_the_day_it_begins_and_only_to_wanted_weekdays() {
    let mut plant = plant();
    plant.run(pattern("night", "22:00", "06:00", "")).unwrap();
    // 2026-01-05 is a Monday: three weeks hold three Sundays, on two machines.
    assert_eq!(plant.run(planned("night", "2026-01-05", 21, vec![Weekday::Sunday])), Ok(6));
    let rows = listed(&mut plant, "press-2");
    let begins: Vec<_> = rows.iter().map(|row| row.starts_at.to_string()).collect();
    assert_eq!(begins, ["2026-01-11T14:00:00Z", "2026-01-18T14:00:00Z", "2026-01-25T14:00:00Z"]);
    assert_eq!(rows[0].ends_at.to_string(), "2026-01-11T22:00:00Z");
    assert_eq!(rows[0].day, Some("2026-01-11".parse().unwrap()));
}

#[test]
fn three_shifts_tile_every_production_day_also_when_clocks_change() {
    for (zone, days) in [
        // 29 March and 25 October 2026 have 23 and 25 hours in Europe.
        ("Europe/Berlin", [("2026-03-28", 23), ("2026-03-29", 24), ("2026-10-24", 25), ("2026-10-25", 24)]),
        ("America/New_York", [("2026-03-07", 23), ("2026-03-08", 24), ("2026-10-31", 25), ("2026-11-01", 24)]),
        ("Asia/Shanghai", [("2026-03-28", 24), ("2026-03-29", 24), ("2026-10-24", 24), ("2026-10-25", 24)]),
    ] {
        let mut plant = plant();
        plant.run(set_calendar { calendar: CalendarRow { zone: text(zone), day_starts: text("06:00") } }).unwrap();
        plant.run(pattern("early", "06:00", "14:00", "10:00-10:30")).unwrap();
        plant.run(pattern("late", "14:00", "22:00", "18:00-18:30")).unwrap();
        plant.run(pattern("night", "22:00", "06:00", "01:30-03:30")).unwrap();
        for (date, hours) in days {
            for name in ["early", "late", "night"] {
                assert_eq!(plant.run(planned(name, date, 1, vec![])), Ok(2));
            }
            let date: Date = date.parse().unwrap();
            let told = plant.run(day { date: Some(date) }).unwrap();
            assert_eq!(told.ends_at.since_us(told.starts_at), hours * HOUR_US, "{zone} {date}");
            let all = listed(&mut plant, "press-1");
            let mut end = told.starts_at;
            for shift in all.iter().filter(|shift| shift.day == Some(date)) {
                assert_eq!(shift.starts_at, end, "{zone} {date}: no gap, no overlap");
                end = shift.ends_at;
                let inside = plant.run(shift_at { equipment: code("press-1"), at: Some(shift.starts_at) }).unwrap();
                assert_eq!(inside.map(|shift| shift.day), Some(date));
            }
            assert_eq!(end, told.ends_at, "{zone} {date}");
        }
    }
}

#[test]
fn a_break_shrinks_and_grows_with_the_clock() {
    let mut plant = plant();
    plant
        .run(set_calendar { calendar: CalendarRow { zone: text("Europe/Berlin"), day_starts: text("06:00") } })
        .unwrap();
    plant.run(pattern("night", "22:00", "06:00", "01:30-03:30")).unwrap();
    let mut lengths = Vec::new();
    for date in ["2026-03-27", "2026-03-28", "2026-10-24"] {
        plant.run(planned("night", date, 1, vec![])).unwrap();
        let shift = listed(&mut plant, "press-1").pop().unwrap();
        let middle = shift.starts_at.plus_us(4 * HOUR_US);
        let now = plant.run(shift_at { equipment: code("press-1"), at: Some(middle) }).unwrap().unwrap();
        // The break begins three and a half hours into each of these nights.
        let until = now.break_until.unwrap();
        lengths.push(until.since_us(shift.starts_at.plus_us(7 * HOUR_US / 2)) / HOUR_US);
    }
    assert_eq!(lengths, [2, 1, 3]);
}

#[test]
fn work_before_the_days_begin_belongs_to_the_day_before() {
    let mut plant = plant();
    plant
        .run(set_calendar { calendar: CalendarRow { zone: text("Asia/Shanghai"), day_starts: text("06:00") } })
        .unwrap();
    plant.run(pattern("small-hours", "00:00", "06:00", "")).unwrap();
    plant.run(planned("small-hours", "2026-01-05", 1, vec![])).unwrap();
    let row = &listed(&mut plant, "press-1")[0];
    assert_eq!(row.starts_at, at("2026-01-06T00:00:00+08:00"), "the small hours of Monday's production day");
    let by_hand = ShiftRow { day: None, equipment: code("press-2"), pattern: None, ..row.clone() };
    plant.run(cancel_shift { equipment: code("press-2"), starts_at: row.starts_at }).unwrap();
    plant.run(import_shifts { rows: vec![by_hand] }).unwrap();
    assert_eq!(listed(&mut plant, "press-2")[0].day, Some("2026-01-05".parse().unwrap()));
    let far = ShiftRow { day: Some("2026-01-09".parse().unwrap()), ..row.clone() };
    assert_eq!(refused(plant.run(import_shifts { rows: vec![far] })), pair("bad-day", "rows/0/day"));
}

#[test]
fn breaks_are_intervals_and_go_with_their_shift() {
    let mut plant = plant();
    plant.run(pattern("day", "08:00", "20:00", "17:00-17:30，12:00-12:30")).unwrap();
    assert_eq!(
        plant.run(patterns { after: None }).unwrap().rows[0].breaks,
        Some(text("12:00-12:30, 17:00-17:30")),
        "in order, as people write them"
    );
    plant.run(planned("day", "2026-01-05", 1, vec![])).unwrap();
    assert_eq!(plant.rows::<PlannedBreak>(), 4);
    let ask = |time: &str| shift_at { equipment: code("press-1"), at: Some(at(time)) };
    let now = plant.run(ask("2026-01-05T12:00:00+08:00")).unwrap().unwrap();
    assert_eq!((now.pattern, now.break_until), (Some(code("day")), Some(at("2026-01-05T12:30:00+08:00"))));
    assert_eq!(plant.run(ask("2026-01-05T12:30:00+08:00")).unwrap().unwrap().break_until, None);
    assert_eq!(plant.run(ask("2026-01-05T20:00:00+08:00")), Ok(None), "a shift does not hold its end");
    assert!(plant.run(ask("2026-01-05T08:00:00+08:00")).unwrap().is_some(), "but its begin");
    plant.run(cancel_shift { equipment: code("press-1"), starts_at: at("2026-01-05T08:00:00+08:00") }).unwrap();
    assert_eq!((plant.rows::<PlannedShift>(), plant.rows::<PlannedBreak>()), (1, 2));
    let again = cancel_shift { equipment: code("press-1"), starts_at: at("2026-01-05T08:00:00+08:00") };
    assert_eq!(refused(plant.run(again)), pair("unknown-shift", "starts_at"));
}

#[test]
fn breaks_that_cannot_be_are_refused() {
    let mut plant = plant();
    for bad in
        ["07:30-08:30", "19:30-20:30", "12:00", "12:00-12:00", "noon-13:00", "12:00-13:00 12:59-13:30", "1200-1230"]
    {
        let stopped = plant.run(pattern("x", "08:00", "20:00", bad)).unwrap_err();
        assert!(["bad-breaks", "bad-time"].contains(&stopped.code()), "{bad}: {stopped:?}");
    }
    let seven = "08:00-08:01 09:00-09:01 10:00-10:01 11:00-11:01 12:00-12:01 13:00-13:01";
    plant.run(pattern("six", "08:00", "20:00", seven)).unwrap();
    let more = [seven, "14:00-14:01"].join(" ");
    assert_eq!(plant.run(pattern("seven", "08:00", "20:00", &more)).unwrap_err().code(), "bad-breaks");
    for (starts, ends) in
        [("24:30", "08:00"), ("8", "16:00"), ("08:60", "16:00"), ("-1:00", "16:00"), ("08:0", "16:00")]
    {
        assert_eq!(plant.run(pattern("x", starts, ends, "")).unwrap_err().code(), "bad-time", "{starts}");
    }
    let around = pattern("around", "08:00", "08:00", "07:00-08:00");
    plant.run(around).unwrap();
}

#[test]
fn only_workdays_skips_rest_days_and_holidays_and_takes_made_workdays() {
    let mut plant = plant();
    plant.run(pattern("day", "08:00", "20:00", "")).unwrap();
    // National Day 2026: Sunday 27 September is worked, Thursday 1 October is not.
    for (date, kind) in
        [("2026-09-27", DayKind::Workday), ("2026-10-01", DayKind::Holiday), ("2026-10-02", DayKind::Rest)]
    {
        plant
            .run(set_special_day { day: SpecialDay { date: date.parse().unwrap(), kind, name: text("国庆") } })
            .unwrap();
    }
    let command = planned("day", "2026-09-26", 8, vec![]);
    assert_eq!(plant.run(plan_shifts { only_workdays: Some(true), ..command }), Ok(2 * 4));
    let days: Vec<_> = listed(&mut plant, "press-1").iter().map(|row| row.day.unwrap().to_string()).collect();
    assert_eq!(days, ["2026-09-27", "2026-09-28", "2026-09-29", "2026-09-30"]);
    let kind = |date: &str, plant: &mut Module| plant.run(day { date: Some(date.parse().unwrap()) }).unwrap().kind;
    assert_eq!(kind("2026-09-26", &mut plant), DayKind::Rest, "a Saturday");
    assert_eq!(kind("2026-10-01", &mut plant), DayKind::Holiday);
    assert_eq!(kind("2026-10-05", &mut plant), DayKind::Workday, "a Monday that nothing was said of");
}

#[test]
fn without_a_calendar_the_plant_is_in_china_and_its_day_begins_at_midnight() {
    let mut plant = module();
    let today = plant.run(day { date: None }).unwrap();
    assert_eq!((today.date.to_string(), today.kind), ("2026-01-05".to_owned(), DayKind::Workday));
    assert_eq!(today.starts_at, at("2026-01-05T00:00:00+08:00"));
    assert_eq!(today.ends_at, at("2026-01-06T00:00:00+08:00"));
    for date in [Date::MIN, Date::MAX] {
        assert_eq!(refused(plant.run(day { date: Some(date) })), pair("bad-date", "date"));
    }
}

#[test]
fn the_most_shifts_of_one_call_fit_and_one_more_is_refused() {
    let mut plant = plant();
    let breaks = "22:30-22:40 23:30-23:40 00:30-00:40 01:30-01:40 02:30-02:40 03:30-03:40";
    plant.run(pattern("night", "22:00", "06:00", breaks)).unwrap();
    let rows = (0..12).map(|at| new(&format!("m{at}"), Level::WorkUnit, None)).collect();
    plant.run(import_equipment { rows }).unwrap();
    let machines = |count: usize| (0..count).map(|at| code(&format!("m{at}"))).collect();
    let command = planned("night", "2026-01-05", 50, vec![]);
    assert_eq!(plant.run(plan_shifts { equipment: machines(12), ..command.clone() }), Ok(600));
    let outcome = plant.run(plan_shifts { equipment: machines(12), days: 51, ..command.clone() });
    assert_eq!(refused(outcome), pair("too-many-shifts", "days"));
    let outcome = plant.run(plan_shifts { days: 93, ..command });
    assert_eq!(refused(outcome), pair("bad-days", "days"));
}

#[test]
fn a_list_of_shifts_with_more_breaks_than_fit_is_refused_before_the_host_would() {
    let mut plant = plant();
    let breaks = Some(text("08:30-08:31 09:30-09:31 10:30-10:31 11:30-11:31 12:30-12:31 13:30-13:31"));
    let row = |day: i64| {
        let starts_at = at("2026-01-05T08:00:00+08:00").plus_us(day * 24 * HOUR_US);
        let ends_at = starts_at.plus_us(8 * HOUR_US);
        ShiftRow { equipment: code("press-1"), starts_at, ends_at, breaks: breaks.clone(), pattern: None, day: None }
    };
    // 642 shifts of seven rows each are 4494.
    assert_eq!(plant.run(import_shifts { rows: (0..642).map(row).collect() }).unwrap().added, 642);
    let mut plant = super::plant();
    let outcome = plant.run(import_shifts { rows: (0..643).map(row).collect() });
    assert_eq!(refused(outcome), pair("too-many-shifts", "rows/642"));
}

#[test]
fn a_shift_that_a_change_of_the_clock_leaves_out_is_none() {
    let mut plant = plant();
    plant
        .run(set_calendar { calendar: CalendarRow { zone: text("Europe/Berlin"), day_starts: text("00:00") } })
        .unwrap();
    for (name, starts, ends) in [("early", "02:00", "03:00"), ("morning", "03:00", "06:00")] {
        plant.run(pattern(name, starts, ends, "")).unwrap();
    }
    // On 29 March clocks go from two to three.
    assert_eq!(plant.run(planned("early", "2026-03-28", 3, vec![])), Ok(4));
    assert_eq!(plant.run(planned("morning", "2026-03-28", 3, vec![])), Ok(6));
    let rows = listed(&mut plant, "press-1");
    assert!(rows.iter().all(|row| row.starts_at < row.ends_at));
    assert_eq!(rows.len(), 5);
}

#[test]
fn breaks_of_a_shift_in_the_hour_that_comes_twice_lie_inside_it() {
    let mut plant = plant();
    plant
        .run(set_calendar { calendar: CalendarRow { zone: text("Europe/Berlin"), day_starts: text("00:00") } })
        .unwrap();
    // On 25 October clocks show half past two twice; this shift begins with the second.
    let (starts_at, ends_at) = (at("2026-10-25T02:30:00+01:00"), at("2026-10-25T10:00:00+01:00"));
    let breaks = Some(text("02:40-02:50, 02:55-03:05, 06:00-06:30"));
    plant.run(plan_shift { equipment: code("press-1"), starts_at, ends_at, breaks: breaks.clone() }).unwrap();
    assert_eq!(listed(&mut plant, "press-1")[0].breaks, breaks);
    for (now, until) in [("02:45", "02:50"), ("03:00", "03:05"), ("06:10", "06:30")] {
        let time = |clock: &str| at(&format!("2026-10-25T{clock}:00+01:00"));
        let on = plant.run(shift_at { equipment: code("press-1"), at: Some(time(now)) }).unwrap().unwrap();
        assert_eq!(on.break_until, Some(time(until)), "{now}");
    }
}

#[test]
fn breaks_stay_inside_their_shift_and_apart_when_clocks_go_forward() {
    // On 29 March clocks go from two to three: what was to be in between comes an hour later.
    for (starts, ends, breaks, left) in [
        // Begins the day before, and ends at a time that is left out.
        ("03:30", "02:50", "03:56-05:03", Some("03:56-05:03")),
        ("00:00", "03:13", "00:50-02:19", Some("00:50-03:13")),
        ("00:00", "03:01", "01:00-01:10, 02:49-02:58", Some("01:00-01:10")),
        ("00:00", "06:00", "02:10-02:30, 03:05-03:20", Some("03:05-03:20")),
        ("02:42", "12:00", "03:31-04:49", Some("03:42-04:49")),
        ("00:00", "06:00", "01:30-03:30", Some("01:30-03:30")),
    ] {
        let mut plant = plant();
        plant
            .run(set_calendar { calendar: CalendarRow { zone: text("Europe/Berlin"), day_starts: text("00:00") } })
            .unwrap();
        plant.run(pattern("night", starts, ends, breaks)).unwrap();
        let day = if starts == "03:30" { "2026-03-28" } else { "2026-03-29" };
        assert_eq!(plant.run(planned("night", day, 1, vec![])), Ok(2));
        let rows = listed(&mut plant, "press-1");
        assert_eq!(rows[0].breaks, left.map(text), "{breaks}");
        let again = plant.run(import_shifts { rows });
        assert_eq!(again, Ok(Imported { added: 0, changed: 0, unchanged: 1 }), "{breaks}");
    }
}
