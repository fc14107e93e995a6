//! Random histories: lots stay in balance and the genealogy equals what was booked.

use super::module;
use crate::book::{Consumed, book, use_lot};
use crate::graph::{Direction, Edge, Way};
use crate::lots::{Lot, lots, movements};
use crate::part::{Part, merge_lots, serialise_lot, split_lot};
use crate::recall::{genealogy, links, recall};
use crate::status::{adjust_lot, block_lot, hold_lot, release_lot};
use crate::tests::{received, text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

/// Lots, bookings among them and the quantities: lot `to` gets some of lot `from`.
#[derive(Clone, Debug)]
struct Feed {
    from: Index,
    to: Index,
    amount: i64,
    again: bool,
}

fn feed() -> impl Strategy<Value = Feed> {
    (any::<Index>(), any::<Index>(), 1..50i64, any::<bool>()).prop_map(|(from, to, amount, again)| Feed {
        from,
        to,
        amount,
        again,
    })
}

const LOTS: usize = 16;

fn name(at: usize) -> Text<64> {
    text(&format!("L{at:02}"))
}

fn booking(source: usize, to: usize, consumed: Vec<Consumed>) -> book {
    book {
        source: text(&format!("r{source}")),
        lot: name(to),
        material: text("m"),
        unit: text("pcs"),
        quantity: Decimal(0),
        order: None,
        equipment: None,
        consumed,
        at: Instant(1_767_571_200_000_000),
    }
}

/// Which lots can be reached from each, the long way: until nothing is added.
fn closure(edges: &BTreeMap<(usize, usize), i64>) -> [BTreeSet<usize>; LOTS] {
    let mut reached: [BTreeSet<usize>; LOTS] = Default::default();
    loop {
        let before: usize = reached.iter().map(BTreeSet::len).sum();
        for (from, to) in edges.keys() {
            let beyond = reached[*to].clone();
            reached[*from].insert(*to);
            reached[*from].extend(beyond);
        }
        if reached.iter().map(BTreeSet::len).sum::<usize>() == before {
            return reached;
        }
    }
}

fn check_genealogy(shop: &mut Module, edges: &BTreeMap<(usize, usize), i64>) -> Result<(), TestCaseError> {
    let forward = closure(edges);
    for at in 0..LOTS {
        for direction in [Direction::Forward, Direction::Backward] {
            let ask = genealogy { lot: name(at), direction, generations: None, after: None };
            let links = shop.run(ask).unwrap().links;
            let reached = |lot: usize| match direction {
                Direction::Forward => lot == at || forward[at].contains(&lot),
                Direction::Backward => lot == at || forward[lot].contains(&at),
            };
            let wanted = edges.iter().filter_map(|((from, to), amount)| match direction {
                Direction::Forward => reached(*from).then(|| (name(*to), name(*from), *amount)),
                Direction::Backward => reached(*to).then(|| (name(*from), name(*to), *amount)),
            });
            let found = links.into_iter().map(|link| (link.lot, link.of, link.quantity.0));
            let (wanted, found): (BTreeSet<_>, Vec<_>) = (wanted.collect(), found.collect());
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
        }
        let called = shop.run(recall { lot: name(at), after: None }).unwrap().lots;
        let wanted: BTreeSet<_> = forward[at].iter().copied().chain([at]).map(name).collect();
        prop_assert_eq!(called.len(), wanted.len());
        prop_assert_eq!(called.into_iter().map(|lot| lot.lot).collect::<BTreeSet<_>>(), wanted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// 128 graphs of at least 120 bookings, each compared in both directions from every lot.
    #[test]
    fn the_genealogy_equals_a_closure_by_brute_force(feeds in vec(feed(), 120..180)) {
        let mut shop = module();
        shop.without("plant");
        for at in 0..LOTS {
            shop.run(received(name(at).as_str(), "m", "100000", "pcs")).unwrap();
        }
        let mut edges: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for (number, Feed { from, to, amount, again }) in feeds.into_iter().enumerate() {
            let (from, to) = (from.index(LOTS), to.index(LOTS));
            let consumed = || vec![Consumed { lot: name(from), quantity: Decimal(amount) }];
            let outcome = shop.run(booking(number, to, consumed()));
            if from == to || closure(&edges)[to].contains(&from) {
                let stopped = outcome.unwrap_err();
                prop_assert_eq!(stopped.code(), "would-contain-itself");
                continue;
            }
            prop_assert_eq!(outcome, Ok(()));
            *edges.entry((from, to)).or_default() += amount;
            if again {
                prop_assert_eq!(shop.run(booking(number, to, consumed())), Ok(()));
            }
        }
        check_genealogy(&mut shop, &edges)?;
    }
}

/// One act of the shop floor on lots that may or may not be there.
#[derive(Clone, Debug)]
struct Act {
    what: u8,
    lot: Index,
    other: Index,
    amount: i64,
}

fn act() -> impl Strategy<Value = Act> {
    (0..12u8, any::<Index>(), any::<Index>(), 1..4_000_000i64).prop_map(|(what, lot, other, amount)| Act {
        what,
        lot,
        other,
        amount,
    })
}

/// Does it, whether or not it is refused; new lots are added to `codes`.
fn perform(shop: &mut Module, codes: &mut Vec<Text<64>>, number: usize, act: &Act) -> Result<(), Stopped> {
    let (lot, other) = (act.lot.get(codes).clone(), act.other.get(codes).clone());
    let (quantity, new, because) = (Decimal(act.amount), text::<64>(&format!("n{number}")), text("理由"));
    let consumed = |amount: i64| vec![Consumed { lot: lot.clone(), quantity: Decimal(amount) }];
    let source = |number: usize| booking(number, 0, Vec::new()).source;
    let mut fresh = None;
    let outcome = match act.what {
        0 => {
            fresh = Some(new.clone());
            shop.run(received(new.as_str(), "m", "5", "pcs"))
        }
        1 => shop.run(book { lot: other, quantity, consumed: consumed(act.amount), ..booking(number, 0, vec![]) }),
        2 => {
            let (quantity, consumed) = (Decimal(-act.amount), consumed(-act.amount / 2));
            shop.run(book { lot: other, quantity, consumed, ..booking(number, 0, vec![]) })
        }
        // The same source as some booking before.
        3 => {
            let source = source(act.other.index(number + 1));
            shop.run(book { lot: new.clone(), quantity, source, ..booking(number, 0, vec![]) }).inspect(|()| {
                fresh = Some(new.clone());
            })
        }
        4 => shop.run(use_lot { lot, into: other, quantity: Some(quantity), unit: None }),
        5 => {
            fresh = Some(new.clone());
            shop.run(split_lot { lot, into: vec![Part { lot: new, quantity }] })
        }
        6 => {
            fresh = Some(new.clone());
            shop.run(serialise_lot { lot, serials: vec![new] })
        }
        7 => shop.run(merge_lots { lots: vec![lot], into: other }),
        8 => shop.run(adjust_lot { lot, change: Decimal(act.amount - 2_000_000), because }),
        9 => shop.run(hold_lot { lot, because }),
        10 => shop.run(block_lot { lot, because }),
        _ => shop.run(release_lot { lot, because }),
    };
    if outcome.is_ok() {
        codes.extend(fresh);
    }
    outcome
}

fn all_lots(shop: &mut Module) -> Vec<Row<Lot>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = shop.run(lots { material: None, after }).unwrap();
        all.extend(page.rows.into_iter().map(|row| row.lot));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn edges_from(shop: &mut Module, lot: &Text<64>) -> Vec<Row<Edge>> {
    shop.run(links { lot: lot.clone(), direction: Direction::Forward, after: None }).unwrap().rows
}

/// Every lot by itself: its columns, its history and its edges say the same.
fn check_balance(shop: &mut Module, whole: bool) -> Result<(), TestCaseError> {
    for lot in all_lots(shop) {
        prop_assert_eq!(lot.made.0, lot.left.0 + lot.consumed.0 + lot.split_off.0 + lot.scrapped.0);
        let columns = [lot.made, lot.left, lot.consumed, lot.split_off, lot.scrapped];
        prop_assert!(columns.iter().all(|column| *column >= Decimal::ZERO));
        prop_assert_eq!(lot.open, lot.left > Decimal::ZERO);
        if whole {
            let (mut history, mut after) = (0, None);
            loop {
                let page = shop.run(movements { lot: lot.code.clone(), after }).unwrap();
                history += page.rows.iter().map(|line| line.quantity.0).sum::<i64>();
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            prop_assert_eq!(lot.left.0, history);
            let edges = edges_from(shop, &lot.code);
            let sum = |used: bool| {
                let edges = edges.iter().filter(|edge| (edge.way == Way::Used) == used);
                edges.map(|edge| edge.quantity.0).sum::<i64>()
            };
            prop_assert_eq!((lot.consumed.0, lot.split_off.0), (sum(true), sum(false)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(240))]

    /// 240 histories of at least 110 acts; balanced after every one, and no lot is among its own descendants at the end.
    #[test]
    fn what_was_made_is_left_or_accounted_for_at_every_moment(acts in vec(act(), 110..130)) {
        let mut shop = module();
        shop.without("plant");
        let mut codes = Vec::new();
        for at in 0..4 {
            shop.run(received(name(at).as_str(), "m", "20", "pcs")).unwrap();
            codes.push(name(at));
        }
        let mut done = 0;
        for (number, act) in acts.iter().enumerate() {
            let before = (number % 16 == 0).then(|| all_lots(&mut shop));
            match perform(&mut shop, &mut codes, number, act) {
                Ok(()) => done += 1,
                Err(stopped) if stopped.rejection().is_some() => {
                    if let Some(before) = before {
                        prop_assert_eq!(all_lots(&mut shop), before);
                    }
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
            check_balance(&mut shop, false)?;
        }
        check_balance(&mut shop, true)?;
        prop_assert!(done > 25, "{} acts went through", done);
        for code in codes {
            let ask = genealogy { lot: code.clone(), direction: Direction::Forward, generations: None, after: None };
            let links = shop.run(ask).map(|found| found.links).unwrap_or_default();
            prop_assert!(links.iter().all(|link| link.lot != code));
        }
    }
}
