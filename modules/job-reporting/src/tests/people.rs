//! Crews and their shares, people known by their account, and times that overlap.

use super::*;
use crate::corrections::correct;
use crate::crew::{CREW_MAX, CrewPart, Member};
use crate::mine::{my_jobs, overlaps};
use crate::others::{Job, Person};

fn member(person: &str, weight: Option<i64>, seconds: Option<i64>) -> Member {
    Member { person: text(person), weight, seconds }
}

/// Good shares and seconds of the last event, in the order of the crew.
fn shares(module: &testing::Module) -> Vec<(String, i64)> {
    last_event(module).crew.iter().map(|share| (share.good.to_string(), share.seconds)).collect()
}

fn by_crew(crew: Vec<Member>) -> report {
    with!(plain("WO-1/10", "10", "1"); crew: crew)
}

#[test]
fn a_crew_shares_to_the_last_digit() {
    let mut shop = shop("WO-1", "100");
    let three = vec![member("a", None, None), member("b", None, None), member("c", None, None)];
    let ended_at = Some(shop.now());
    let started_at = ended_at.map(|ended| ended.plus_us(-3_600_000_000));
    tell(&mut shop, with!(by_crew(three); started_at: started_at, ended_at: ended_at));
    let expected = [("3.333334", 3_600), ("3.333333", 3_600), ("3.333333", 3_600)];
    assert_eq!(shares(&shop), expected.map(|(good, seconds)| (good.to_owned(), seconds)));
    tell(&mut shop, by_crew(vec![member("a", Some(3), None), member("b", Some(1), None)]));
    assert_eq!(shares(&shop), [("7.500000".to_owned(), 0), ("2.500000".to_owned(), 0)]);
    tell(&mut shop, by_crew(vec![member("a", None, Some(7_200)), member("b", None, Some(1_800))]));
    assert_eq!(shares(&shop), [("8.000000".to_owned(), 7_200), ("2.000000".to_owned(), 1_800)]);
    for event in shop.emitted::<OutputReported>() {
        assert_eq!(event.crew.iter().map(|share| share.good.0).sum::<i64>(), event.good.0);
        assert_eq!(event.crew.iter().map(|share| share.scrap.0).sum::<i64>(), event.scrap.0);
    }
    assert_eq!(all_reports(&mut shop)[0].person, text("a"));
}

#[test]
fn a_crew_that_cannot_share_is_refused() {
    let mut shop = shop("WO-1", "100");
    let twice = vec![member("a", None, None), member("a", None, None)];
    assert_refused(shop.run(by_crew(twice)), "duplicate-person", "crew/1/person");
    assert_refused(shop.run(by_crew(vec![member(" ", None, None)])), "person-needed", "crew/0/person");
    let mixed = vec![member("a", Some(1), None), member("b", None, None)];
    assert_refused(shop.run(by_crew(mixed)), "crew-weights", "crew");
    assert_refused(shop.run(by_crew(vec![member("a", Some(0), None)])), "crew-weights", "crew");
    assert_refused(shop.run(by_crew(vec![member("a", Some(-1), None)])), "crew-weights", "crew/0/weight");
    for seconds in [-1, 366 * 86_400 + 1] {
        let timed = vec![member("a", None, Some(60)), member("b", None, Some(seconds))];
        assert_refused(shop.run(by_crew(timed)), "crew-weights", "crew/1/seconds");
    }
    let many = |count| (0..count).map(|at| member(&at.to_string(), None, None)).collect();
    assert_refused(shop.run(by_crew(many(CREW_MAX + 1))), "crew-too-large", "crew");
    tell(&mut shop, by_crew(many(CREW_MAX)));
    assert_eq!(shop.rows::<CrewPart>(), CREW_MAX);
}

#[test]
fn a_correction_of_the_crew_moves_shares_from_one_to_another() {
    let mut shop = shop("WO-1", "100");
    let id = tell(&mut shop, by_crew(vec![member("a", None, Some(60)), member("b", None, Some(60))])).entry;
    let crew = vec![member("b", None, Some(60)), member("c", None, Some(60))];
    let (good, scrap) = (Some(quantity("12")), None);
    let entry = None;
    let moved = correct { corrects: id, good, scrap, rework: None, reason: None, crew, consumed: vec![], entry };
    shop.run(moved).unwrap();
    let event = last_event(&shop);
    let told: Vec<_> = event.crew.iter().map(|of| (of.person.as_str(), of.good.to_string(), of.seconds)).collect();
    let expected = [("b", "1.000000", 0), ("c", "6.000000", 60), ("a", "-5.000000", -60)];
    assert_eq!(told, expected.map(|(person, good, seconds)| (person, good.to_owned(), seconds)));
    assert_eq!(event.good, quantity("2"));
}

#[test]
fn whoever_reports_is_known_by_their_account() {
    let mut shop = shop("WO-1", "100");
    tell(&mut shop, plain("WO-1/10", "1", "0"));
    assert_eq!(all_reports(&mut shop)[0].person, text("wang"));
    shop.share(&Person { code: text("0017"), name: text("王芳"), user: Some(text("wang")) });
    tell(&mut shop, plain("WO-1/10", "1", "0"));
    let newest = &all_reports(&mut shop)[0];
    assert_eq!((&newest.person, &newest.by), (&text("0017"), &Some(text("user:wang"))));
    // What a view gives as "me": the account, or the code of whoever works at the terminal.
    for (given, person) in [("user:wang", "0017"), ("operator:0042", "0042"), ("0099", "0099")] {
        tell(&mut shop, with!(plain("WO-1/10", "1", "0"); person: Some(text(given))));
        assert_eq!(all_reports(&mut shop)[0].person, text(person));
    }
}

#[test]
fn times_of_one_worker_may_overlap_and_are_pointed_out() {
    let mut shop = shop("WO-1", "100");
    release("WO-2", "50");
    let began = shop.now();
    advance(&mut shop, 60);
    let hour = |card: &str, from: i64, until: i64| {
        with!(plain(card, "1", "0");
            started_at: Some(began.plus_us(from * 60_000_000)), ended_at: Some(began.plus_us(until * 60_000_000))
        )
    };
    assert!(tell(&mut shop, hour("WO-1/10", 0, 60)).overlaps.is_empty());
    assert!(tell(&mut shop, hour("WO-1/10", 30, 60)).overlaps.is_empty(), "the same card");
    assert_eq!(tell(&mut shop, hour("WO-2/10", 45, 60)).overlaps, [text("WO-1/10")]);
    assert!(tell(&mut shop, with!(hour("WO-2/10", 0, 60); person: Some(text("li")))).overlaps.is_empty());
    let asked = |person: &str| overlaps { person: text(person), from: began, until: began.plus_us(3_700_000_000) };
    let found = shop.run(asked("wang")).unwrap();
    assert_eq!(found.iter().map(|overlap| overlap.seconds).collect::<Vec<_>>(), [900, 900]);
    assert!(shop.run(asked("li")).unwrap().is_empty());
    assert_refused(shop.run(overlaps { until: began, ..asked("li") }), "bad-period", "until");
}

#[test]
fn my_jobs_are_those_i_am_at_and_those_of_my_machine() {
    let mut shop = shop("WO-1", "100");
    let job = |card: &str, made: &str| Job {
        card: text(card),
        order: text("WO-1"),
        step: 10,
        operation: text("冲压"),
        equipment: Some(text("press-1")),
        planned: quantity("100"),
        good: quantity(made),
        scrap: quantity("0"),
        last: false,
    };
    shop.share(&job("WO-1/10", "5"));
    shop.share(&job("WO-2/10", "0"));
    shop.share(&job("WO-3/10", "100"));
    let begin =
        crate::activities::start { card: text("WO-1/10"), person: None, equipment: None, at: None, entry: None };
    shop.run(begin).unwrap();
    let cards = |shop: &mut testing::Module, person: Option<&str>, machine: Option<&str>| {
        let mine = shop.run(my_jobs { person: person.map(text), equipment: machine.map(text) }).unwrap();
        mine.into_iter().map(|job| (job.card.to_string(), job.running)).collect::<Vec<_>>()
    };
    assert_eq!(cards(&mut shop, None, None), [("WO-1/10".to_owned(), true)]);
    let both = [("WO-1/10".to_owned(), true), ("WO-2/10".to_owned(), false)];
    assert_eq!(cards(&mut shop, Some("wang"), Some("press-1")), both);
    assert_eq!(cards(&mut shop, None, Some("press-1")).len(), 2);
    shop.without("work-orders");
    assert_eq!(cards(&mut shop, None, None), [("WO-1/10".to_owned(), true)]);
    assert!(cards(&mut shop, None, Some("press-1")).is_empty());
}
