//! Batches of terminals: any order, any number of times, exactly once; nothing is lost.

use super::*;
use crate::crew::Member;
use crate::refused::{
    RefusedEntry, RefusedState, discard_entry, fix_entry, refused_entries, refused_entry, retry_entry,
};
use crate::sync::{ENTRIES_MAX, Fate, sync};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn fates(module: &mut testing::Module, entries: &[Entry]) -> Vec<Fate> {
    let synced = module.run(sync { entries: entries.to_vec() }).unwrap();
    synced.into_iter().map(|synced| synced.fate).collect()
}

fn listed(module: &mut testing::Module, state: RefusedState) -> Vec<RefusedEntry> {
    let page = module.run(refused_entries { state, after: None }).unwrap();
    page.rows.into_iter().map(|row| row.value).collect()
}

fn of(id: &str, at: Instant, base: Entry) -> Entry {
    with!(base; entry: text(id), at: at)
}

fn correction(id: &str, at: Instant, of: &str, good: i64) -> Entry {
    let (corrects, good) = (Some(text(of)), Some(Decimal(good * 1_000_000)));
    with!(entry(id, EntryKind::Correct, at); corrects: corrects, good: good)
}

#[test]
fn a_batch_sent_again_changes_nothing() {
    let mut shop = shop("WO-1", "100");
    let at = shop.now();
    let batch = [
        correction("c", at, "r", 7),
        of("r", at, told_of("WO-1/10", 8, 1)),
        with!(entry("s", EntryKind::Start, at); card: Some(text("WO-1/10"))),
        of("bad", at, told_of("WO-9/10", 8, 1)),
    ];
    let first = fates(&mut shop, &batch);
    assert_eq!(first, [Fate::Applied, Fate::Applied, Fate::Applied, Fate::Refused]);
    for _ in 0..2 {
        assert_eq!(fates(&mut shop, &batch), [Fate::Known, Fate::Known, Fate::Known, Fate::Refused]);
    }
    assert_eq!((totals("WO-1")[0], shop.rows::<Report>()), (["7", "1", "0", "92"].map(quantity), 2));
    assert_eq!(shop.emitted::<OutputReported>().len(), 2);
    assert_eq!(listed(&mut shop, RefusedState::Refused).len(), 1);
}

#[test]
fn a_correction_waits_for_its_report() {
    let mut shop = shop("WO-1", "100");
    let at = shop.now();
    let undone = with!(entry("u", EntryKind::Undo, at); corrects: Some(text("r2")));
    assert_eq!(fates(&mut shop, &[correction("c", at, "r", 7), undone]), [Fate::Waiting, Fate::Waiting]);
    assert_eq!(listed(&mut shop, RefusedState::Waiting).len(), 2);
    assert_eq!(fates(&mut shop, &[of("r", at, told_of("WO-1/10", 8, 1))]), [Fate::Applied]);
    assert_eq!(totals("WO-1")[0], ["7", "1", "0", "92"].map(quantity));
    // A report told by itself is waited for as well.
    tell(&mut shop, with!(plain("WO-1/10", "5", "0"); entry: Some(text("r2"))));
    assert_eq!(totals("WO-1")[0], ["7", "1", "0", "92"].map(quantity));
    assert_eq!(shop.rows::<RefusedEntry>(), 0);
}

#[test]
fn what_is_refused_is_kept_whole_and_applied_when_it_is_put_right() {
    let mut shop = shop("WO-1", "100");
    let at = shop.now();
    let crew = vec![
        Member { person: text("a"), weight: Some(2), seconds: None },
        Member { person: text("b"), weight: Some(1), seconds: Some(5) },
    ];
    let goes_in = vec![crate::lots::Consumed { lot: text("M-1"), quantity: quantity("2.5") }];
    let told = with!(of("e", at, told_of("WO-l/10", 8, 1));
        reason: Some(text("毛刺")), crew: crew, consumed: goes_in
    );
    assert_eq!(fates(&mut shop, std::slice::from_ref(&told)), [Fate::Refused]);
    let kept = &listed(&mut shop, RefusedState::Refused)[0];
    assert_eq!((kept.code.as_str(), kept.field.as_ref().unwrap().as_str()), ("unknown-card", "card"));
    assert!(!kept.message.as_str().is_empty());
    assert_eq!(shop.run(refused_entry { entry: text("e") }).unwrap(), told);
    assert_eq!(shop.run(retry_entry { entry: text("e") }).unwrap_err().code(), "unknown-card");
    let right = with!(told; card: Some(text("WO-1/10")));
    shop.run(fix_entry { entry: right.clone() }).unwrap();
    assert_eq!((totals("WO-1")[0][0], shop.rows::<RefusedEntry>()), (quantity("8"), 0));
    assert_eq!(fates(&mut shop, std::slice::from_ref(&right)), [Fate::Known]);
    assert_eq!(shop.run(fix_entry { entry: right }).unwrap_err().code(), "unknown-entry");
}

#[test]
fn an_order_that_is_reopened_takes_what_was_refused() {
    let mut shop = shop("WO-1", "100");
    let at = shop.now();
    let number = || text("WO-1");
    ORDERS.with_borrow_mut(|work| {
        work.run(orders::stages::close_order { number: number() }).unwrap();
    });
    assert_eq!(fates(&mut shop, &[of("e", at, told_of("WO-1/10", 8, 1))]), [Fate::Refused]);
    assert_eq!(listed(&mut shop, RefusedState::Refused)[0].code, text("order-closed"));
    ORDERS.with_borrow_mut(|work| {
        work.run(orders::stages::reopen_order { number: number() }).unwrap();
    });
    shop.run(retry_entry { entry: text("e") }).unwrap();
    assert_eq!(totals("WO-1")[0][0], quantity("8"));
}

#[test]
fn what_is_given_up_stays_and_is_not_applied_again() {
    let mut shop = shop("WO-1", "100");
    let at = shop.now();
    let told = of("e", at, told_of("WO-9/10", 8, 1));
    fates(&mut shop, std::slice::from_ref(&told));
    let discard = |because: &str| discard_entry { entry: text("e"), because: text(because) };
    assert_eq!(shop.run(discard("重复")).unwrap_err().code(), "not-allowed");
    shop.act_as("chen", "supervisor");
    assert_refused(shop.run(discard(" ")), "reason-needed", "because");
    shop.run(discard("重复")).unwrap();
    release("WO-9", "10");
    assert_eq!(shop.run(sync { entries: vec![told] }).unwrap()[0].code, Some(text("discarded")));
    assert_eq!((totals("WO-9")[0][0], listed(&mut shop, RefusedState::Discarded).len()), (quantity("0"), 1));
}

#[test]
fn the_largest_batch_fits_one_call() {
    let mut shop = shop("WO-1", "100000");
    let at = shop.now();
    let batch: Vec<_> = (0..=ENTRIES_MAX).map(|id| of(&id.to_string(), at, told_of("WO-1/10", 1, 0))).collect();
    assert_refused(shop.run(sync { entries: batch.clone() }), "too-many-entries", "entries");
    fates(&mut shop, &batch[1..]);
    // Its own calls; those of the modules it calls count against the same limit.
    let used = shop.used().host_calls + ENTRIES_MAX as u32 * 6;
    assert!(used < toolcrib_sdk::contract::limits::HOST_CALLS / 2, "{used}");
    assert_eq!(totals("WO-1")[0][0], quantity("200"));
    let nameless = sync { entries: vec![of(" ", at, told_of("WO-1/10", 1, 0))] };
    assert_refused(shop.run(nameless), "entry-needed", "entries/0/entry");
}

/// What a terminal may tell: of one of three steps, or of one of the reports before.
#[derive(Clone, Debug)]
enum Tale {
    Report {
        step: i64,
        good: i64,
        scrap: i64,
        rework: i64,
        crew: usize,
        minute: i64,
    },
    Counter {
        step: i64,
        start: i64,
        made: i64,
        scrap: i64,
        minute: i64,
    },
    Correct {
        of: usize,
        good: i64,
        scrap: i64,
        minute: i64,
    },
    Undo {
        of: usize,
        minute: i64,
    },
    Act {
        step: i64,
        started: bool,
        minute: i64,
    },
    /// A card that nobody knows.
    Lost,
}

fn tale() -> impl Strategy<Value = Tale> {
    let (step, minute) = (1..=3i64, 0..60i64);
    prop_oneof![
        8 => (step.clone(), 0..50i64, 0..9i64, 0..5i64, 0..5usize, minute.clone()).prop_map(
            |(step, good, scrap, rework, crew, minute)| Tale::Report { step, good, scrap, rework, crew, minute }
        ),
        2 => (step.clone(), 0..1_000i64, 0..1_000i64, 0..99i64, minute.clone())
            .prop_map(|(step, start, made, scrap, minute)| Tale::Counter { step, start, made, scrap, minute }),
        4 => (0..100usize, 0..60i64, 0..9i64, minute.clone())
            .prop_map(|(of, good, scrap, minute)| Tale::Correct { of, good, scrap, minute }),
        1 => (0..100usize, minute.clone()).prop_map(|(of, minute)| Tale::Undo { of, minute }),
        3 => (step, any::<bool>(), minute).prop_map(|(step, started, minute)| Tale::Act { step, started, minute }),
        1 => Just(Tale::Lost),
    ]
}

/// The tale as the entry of this id; `reports` are the ids of reports so far.
fn told(tale: &Tale, id: usize, reports: &mut Vec<String>, start: Instant) -> Entry {
    let name = format!("e{id:03}");
    let time = |minute: i64| start.plus_us(minute * 60_000_000);
    let card = |step: i64| Some(text(&format!("WO-1/{}", step * 10)));
    let whole = |value: i64| Some(Decimal(value * 1_000_000));
    let target = |of: usize, reports: &[String]| {
        let known = of.checked_rem(reports.len()).map_or("nobody", |of| reports[of].as_str());
        Some(text(known))
    };
    match *tale {
        Tale::Report { step, good, scrap, rework, crew, minute } => {
            reports.push(name.clone());
            let member = |at| Member { person: text(&format!("p{at}")), weight: None, seconds: None };
            let crew = (0..crew).map(member).collect();
            let rework = whole(rework);
            with!(of(&name, time(minute), with!(told_of("WO-1/10", good, scrap); card: card(step)));
                rework: rework, crew: crew
            )
        }
        Tale::Counter { step, start, made, scrap, minute } => {
            reports.push(name.clone());
            let (counter_start, counter_end) = (Some(start), Some((start + made) % 1_000));
            let base = with!(told_of("WO-1/10", 0, scrap);
                counter_start: counter_start, counter_end: counter_end, counter_modulus: Some(1_000)
            );
            of(&name, time(minute), with!(base; card: card(step), good: None))
        }
        Tale::Correct { of, good, scrap, minute } => with!(entry(&name, EntryKind::Correct, time(minute));
            corrects: target(of, reports), good: whole(good), scrap: whole(scrap)
        ),
        Tale::Undo { of, minute } => {
            with!(entry(&name, EntryKind::Undo, time(minute)); corrects: target(of, reports))
        }
        Tale::Act { step, started, minute } => {
            let kind = if started { EntryKind::Start } else { EntryKind::Pause };
            with!(entry(&name, kind, time(minute)); card: card(step), reason: Some(text("吃饭")))
        }
        Tale::Lost => of(&name, start, told_of("WO-404/10", 1, 0)),
    }
}

/// Entries of one history, their times all before the end of the hour that the clocks go on by.
fn entries_of(tales: &[Tale], start: Instant) -> Vec<Entry> {
    let mut reports = Vec::new();
    tales.iter().enumerate().map(|(id, tale)| told(tale, id, &mut reports, start)).collect()
}

/// Everything that is to be the same: jobs, reports by id, people's sums, and what is refused.
#[derive(Debug, PartialEq)]
struct State {
    steps: Vec<[Quantity; 4]>,
    jobs: Vec<orders::jobs::Job>,
    /// By report: what it counts for, with its corrections.
    reports: BTreeMap<String, [i64; 3]>,
    /// By person: good, scrap, seconds.
    people: BTreeMap<String, [i64; 3]>,
    refused: Vec<RefusedEntry>,
    waiting: Vec<RefusedEntry>,
    applied: usize,
}

fn state(module: &mut testing::Module) -> State {
    let mut reports: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    let all = all_reports(module);
    for report in &all {
        let of = report.corrects.as_ref().unwrap_or(&report.report).to_string();
        let sums = reports.entry(of).or_default();
        for (sum, more) in sums.iter_mut().zip([report.good, report.scrap, report.rework]) {
            *sum += more.0;
        }
    }
    let mut people: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for event in module.emitted::<OutputReported>() {
        assert_eq!(event.crew.iter().map(|share| share.good.0).sum::<i64>(), event.good.0);
        assert_eq!(event.crew.iter().map(|share| share.scrap.0).sum::<i64>(), event.scrap.0);
        for share in event.crew {
            let sums = people.entry(share.person.to_string()).or_default();
            for (sum, more) in sums.iter_mut().zip([share.good.0, share.scrap.0, share.seconds]) {
                *sum += more;
            }
        }
    }
    people.retain(|_, sums| *sums != [0; 3]);
    let asked = orders::progress::progress { number: text("WO-1") };
    let progress = ORDERS.with_borrow_mut(|work| work.run(asked).unwrap());
    assert_eq!(progress.good.0 + progress.scrap.0 + progress.wip.0, progress.issued.0);
    let sorted = |mut rows: Vec<RefusedEntry>| {
        rows.sort_by(|a, b| a.entry.cmp(&b.entry));
        rows
    };
    State {
        steps: totals("WO-1"),
        jobs: progress.steps.into_iter().map(|step| step.job.value).collect(),
        reports,
        people,
        refused: sorted(listed(module, RefusedState::Refused)),
        waiting: sorted(listed(module, RefusedState::Waiting)),
        applied: all.len(),
    }
}

/// Sends batches one after another, from a shop's first minute of knowing them all.
fn after(batches: &[Vec<Entry>]) -> (testing::Module, State) {
    let mut shop = shop("WO-1", "300");
    advance(&mut shop, 60);
    for batch in batches {
        fates(&mut shop, batch);
    }
    let state = state(&mut shop);
    (shop, state)
}

/// What should be, worked out from all entries at once: each report as its latest correction says, each job their sum.
fn model(entries: &[Entry]) -> (Vec<[i64; 3]>, BTreeMap<String, [i64; 3]>) {
    let mut counts: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    let mut steps = vec![[0; 3]; 3];
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Report) {
        let card = entry.card.as_ref().unwrap().as_str();
        let [scrap, rework] = [entry.scrap, entry.rework].map(|amount| amount.map_or(0, |amount| amount.0));
        let made = entry.counter_start.zip(entry.counter_end).map(|(start, end)| (end - start).rem_euclid(1_000));
        let good = made.map_or_else(|| entry.good.unwrap().0, |made| made * 1_000_000 - scrap - rework);
        if card == "WO-404/10" || good < 0 || (good, scrap, rework) == (0, 0, 0) {
            continue;
        }
        let corrections = entries.iter().filter(|other| other.corrects.as_ref() == Some(&entry.entry));
        let latest = corrections.max_by_key(|other| (other.at, other.entry.clone()));
        let count = match latest {
            None => [good, scrap, rework],
            Some(undo) if undo.kind == EntryKind::Undo => [0; 3],
            Some(right) => [right.good.unwrap().0, right.scrap.unwrap().0, rework],
        };
        let step: usize = card.strip_prefix("WO-1/").unwrap().parse().unwrap();
        for (sum, more) in steps[step / 10 - 1].iter_mut().zip(count) {
            *sum += more;
        }
        counts.insert(entry.entry.to_string(), count);
    }
    (steps, counts)
}

fn history() -> impl Strategy<Value = (Vec<Tale>, Vec<usize>, Vec<usize>)> {
    (vec(tale(), TALES), Just((0..TALES).collect::<Vec<_>>()).prop_shuffle(), vec(1..40usize, 20))
}

/// Entries of one history, and histories. Each entry is told at least four times: 60 × 200 × 4 = 48,000 operations.
const TALES: usize = 200;
const HISTORIES: u32 = 60;

proptest! {
    #![proptest_config(ProptestConfig { cases: HISTORIES, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repetition_of_a_batch_leads_to_the_same_state((tales, order, sizes) in history()) {
        let start = shop("WO-0", "1").now();
        let entries = entries_of(&tales, start);
        let shuffled: Vec<Entry> = order.iter().map(|at| entries[*at].clone()).collect();
        let (mut shop, whole) = after(std::slice::from_ref(&entries));
        // Every total is what a look at all entries at once says.
        let (steps, counts) = model(&entries);
        for (step, sums) in whole.steps.iter().zip(&steps) {
            prop_assert_eq!([step[0].0, step[1].0, step[2].0], *sums);
        }
        prop_assert_eq!(&whole.reports, &counts);
        // The same batch again, in another order: nothing happens.
        let events = shop.event_names().len();
        fates(&mut shop, &shuffled);
        prop_assert_eq!(&state(&mut shop), &whole);
        prop_assert_eq!(shop.event_names().len(), events);
        // The same entries in another order, as one batch: the same rows.
        let (mut other, same) = after(std::slice::from_ref(&shuffled));
        prop_assert_eq!(&same, &whole);
        let key = |mut reports: Vec<Report>| {
            reports.sort_by(|a, b| a.report.cmp(&b.report));
            reports
        };
        prop_assert_eq!(key(all_reports(&mut other)), key(all_reports(&mut shop)));
        // The same entries torn into batches that arrive in any order: the same totals.
        let (mut batches, mut rest) = (Vec::new(), shuffled.as_slice());
        for size in sizes.iter().cycle() {
            let (batch, more) = rest.split_at((*size).min(rest.len()));
            batches.push(batch.to_vec());
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        let (_, torn) = after(&batches);
        prop_assert_eq!(torn, whole);
    }
}
