//! Twenty thousand random programmes: the machine that books against a model that only adds up what happened.

use crate::*;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;

/// What one project got, in fen; nothing but what happened to it.
#[derive(Clone, Default)]
struct Happened {
    batch: u32,
    provider: u8,
    committed: i64,
    accepted: i64,
    paid: i64,
    clawed_back: i64,
}

impl Happened {
    fn uses(&self) -> i64 {
        self.committed + self.accepted + self.paid + self.clawed_back
    }
}

/// The whole programme, as whoever keeps it on paper would add it up.
struct Paper {
    budget: i64,
    share: i64,
    batch_caps: [i64; 2],
    provider_cap: Option<i64>,
    projects: Vec<Happened>,
    /// Awarded, less what came back; paid, less what came back; of that demanded back.
    services_awarded: i64,
    services_paid: i64,
    services_demanded: i64,
    firms_had_most: i64,
}

impl Paper {
    fn sum(&self, which: impl Fn(&Happened) -> i64) -> i64 {
        self.projects.iter().map(which).sum()
    }

    fn left(&self) -> i64 {
        self.budget - self.sum(Happened::uses) - self.services_awarded
    }

    /// What a claim of this batch and provider that holds `own` may come to.
    fn remaining(&self, batch: u32, provider: u8, own: i64) -> i64 {
        let in_batch = |one: &Happened| if one.batch == batch { one.uses() } else { 0 };
        let of_provider = |one: &Happened| if one.provider == provider { one.uses() } else { 0 };
        let batch_left = self.batch_caps[batch as usize - 1] - self.sum(in_batch);
        let provider_left = self.provider_cap.map_or(i64::MAX / 4, |cap| cap - self.sum(of_provider));
        self.left().min(batch_left).min(provider_left) + own
    }

    /// The same if providers had no caps.
    fn remaining_of_batch(&self, batch: u32) -> i64 {
        let in_batch = |one: &Happened| if one.batch == batch { one.uses() } else { 0 };
        self.left().min(self.batch_caps[batch as usize - 1] - self.sum(in_batch))
    }

    fn firms_have(&self) -> i64 {
        self.sum(|one| one.paid + one.clawed_back)
    }

    /// What was given back by firms and is not promised to others yet.
    fn owed(&self) -> i64 {
        (self.firms_had_most - self.firms_have() - self.sum(|one| one.committed + one.accepted)).max(0)
    }

    /// What services may still be awarded of their part.
    fn of_services(&self) -> i64 {
        // The programme's own rounding of its part: half up, once.
        self.budget - (self.budget * self.share * 2 + 10_000) / 20_000 - self.services_awarded
    }

    fn may_award_service(&self, amount: i64) -> bool {
        amount > 0 && amount <= self.of_services() && amount <= self.left() - self.owed()
    }

    fn may_pay_service(&self, amount: i64) -> bool {
        let services = self.services_paid + amount;
        let unpaid = self.services_awarded - self.services_paid;
        let all = i128::from(self.firms_had_most + services);
        amount <= unpaid && i128::from(self.firms_had_most) * 10_000 >= all * i128::from(self.share)
    }
}

/// The award by its sentence: the least of rate × base, the level's cap, and what is left. Half a fen counts up.
fn award_on_paper(base: i64, rate_bp: i64, caps: &[i64; 4], level: u8, left: i64) -> i64 {
    let by_rate = (i128::from(base) * i128::from(rate_bp) * 2 + 10_000) / 20_000;
    let cap = if level == 0 { 0 } else { caps[usize::from(level) - 1] };
    i64::try_from(by_rate).unwrap().min(cap).min(left)
}

/// How often what is rare was met: a run that never gets there proves nothing about it.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    /// A filing got less than it wanted, or nothing.
    short: u32,
    /// A provider's cap was what left the least.
    provider: u32,
    /// An award was smaller than its part and its cap.
    cut: u32,
    clawed_back: u32,
    /// A service was refused money that firms gave back, and for no other reason.
    owed: u32,
    /// A service waited for firms.
    waited: u32,
    /// Money of a service came back.
    returned: u32,
}

thread_local! {
    static MET: Cell<Met> = const { Cell::new(Met { short: 0, provider: 0, cut: 0, clawed_back: 0, owed: 0, waited: 0, returned: 0 }) };
}

fn met(count: impl FnOnce(&mut Met)) {
    let mut met = MET.get();
    count(&mut met);
    MET.set(met);
}

struct Machine {
    funds: Funds,
    rules: RuleSet,
    /// Everything that was booked.
    entries: Vec<Booking>,
}

impl Machine {
    fn book(&mut self, booking: Booking) {
        self.funds.apply(&booking);
        self.entries.push(booking);
    }
}

fn pots(rules: &RuleSet, batch: u32, provider: u8) -> Vec<PotKey> {
    let mut pots = vec![PotKey::Batch(batch)];
    if rules.provider_cap.is_some() {
        pots.push(PotKey::Provider(provider.to_string()));
    }
    pots
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

#[derive(Clone, Debug)]
struct Plan {
    budget: i64,
    share: u32,
    batch_part: [u32; 2],
    rate: u32,
    decline: u32,
    caps: [i64; 4],
    provider_cap: Option<i64>,
    /// What is tried: kind, which project, an amount, a level.
    tries: Vec<(u8, u8, i64, u8)>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let caps = prop::array::uniform4(0i64..3_000_000).prop_map(|mut caps| {
        caps.sort_unstable();
        caps[3] += 1;
        caps
    });
    let tries = prop::collection::vec((0u8..14, any::<u8>(), 0i64..4_000_000, 0u8..5), 1..60);
    let batches = prop::array::uniform2(1u32..=100);
    (
        1i64..20_000_000,
        8_000u32..=10_000,
        batches,
        1u32..=10_000,
        0u32..3_000,
        caps,
        prop::option::of(1i64..5_000_000),
        tries,
    )
        .prop_map(|(budget, share, batch_part, rate, decline, caps, provider_cap, tries)| Plan {
            budget,
            share,
            batch_part,
            rate,
            decline,
            caps,
            provider_cap,
            tries,
        })
}

/// A programme whose firms have nearly all of it early and give much of that back, and whose services ask for little: only
/// there does it matter whose the returned money is.
fn eager() -> impl Strategy<Value = Plan> {
    let tries = prop::collection::vec((0u8..14, any::<u8>(), 0i64..4_000_000, Just(4u8)), 20..80);
    (1_000_000i64..3_000_000, 8_000u32..9_000, tries).prop_map(|(budget, share, mut tries)| {
        for (kind, _, amount, _) in &mut tries {
            if *kind >= 10 {
                *amount %= budget / 5 + 1;
            }
        }
        let caps = [0, 0, 0, 4_000_000];
        Plan { budget, share, batch_part: [100; 2], rate: 10_000, decline: 0, caps, provider_cap: None, tries }
    })
}

fn rules_of(plan: &Plan) -> RuleSet {
    let track =
        Track { track: "general".to_owned(), rate: BasisPoints::new(plan.rate).unwrap(), caps: plan.caps.map(fen) };
    RuleSet {
        tracks: vec![track],
        decline: vec![BasisPoints::default(), BasisPoints::new(plan.decline).unwrap()],
        provider_cap: plan.provider_cap.map(fen),
        ..crate::rules::tests::usual()
    }
}

fn begin(plan: &Plan) -> (Machine, Paper) {
    let rules = rules_of(plan);
    let share = BasisPoints::new(plan.share).unwrap();
    let mut funds = Funds::new(fen(plan.budget), share);
    let batch_caps = plan.batch_part.map(|part| (plan.budget * i64::from(part) / 100).max(1));
    for (nth, cap) in (1u32..).zip(batch_caps) {
        funds.pots.insert(PotKey::Batch(nth), Pot { cap: fen(cap), used: Fen::ZERO });
    }
    if let Some(cap) = rules.provider_cap {
        for provider in 0..3u8 {
            funds.pots.insert(PotKey::Provider(provider.to_string()), Pot { cap, used: Fen::ZERO });
        }
    }
    let mut machine = Machine { funds, rules, entries: Vec::new() };
    let grant = machine.funds.grant();
    machine.book(grant);
    let paper = Paper {
        budget: plan.budget,
        share: i64::from(plan.share),
        batch_caps,
        provider_cap: plan.provider_cap,
        projects: Vec::new(),
        services_awarded: 0,
        services_paid: 0,
        services_demanded: 0,
        firms_had_most: 0,
    };
    (machine, paper)
}

/// One try in both; they must agree on whether it is possible and on what it comes to.
fn attempt(machine: &mut Machine, paper: &mut Paper, (kind, which, amount, level): (u8, u8, i64, u8)) {
    let (batch, provider) = (1 + u32::from(which) % 2, which % 3);
    let nth = usize::from(which).checked_rem(paper.projects.len()).unwrap_or(0);
    match kind {
        0..=3 => file(machine, paper, batch, provider, amount),
        4 | 5 if paper.projects.get(nth).is_some_and(|one| one.committed > 0) => {
            accept(machine, paper, nth, amount, level)
        }
        6 if paper.projects.get(nth).is_some() => {
            let one = paper.projects[nth].clone();
            let booking = machine.funds.release(
                &pots(&machine.rules, one.batch, one.provider),
                fen(one.committed),
                fen(one.accepted),
            );
            machine.book(booking);
            (paper.projects[nth].committed, paper.projects[nth].accepted) = (0, 0);
        }
        7 if paper.projects.get(nth).is_some() => {
            let part = paper.projects[nth].accepted.min(amount);
            let booking = machine.funds.pay(fen(part)).unwrap();
            machine.book(booking);
            paper.projects[nth].accepted -= part;
            paper.projects[nth].paid += part;
        }
        8 if paper.projects.get(nth).is_some_and(|one| one.paid > 0) => {
            let one = paper.projects[nth].clone();
            let back = one.paid.min(amount.max(1));
            let pots = pots(&machine.rules, one.batch, one.provider);
            let booking = machine.funds.claw_back(&pots, fen(back), fen(one.accepted)).unwrap();
            met(|met| met.clawed_back += 1);
            machine.book(booking);
            let one = &mut paper.projects[nth];
            (one.paid, one.clawed_back, one.accepted) = (one.paid - back, one.clawed_back + back, 0);
        }
        9 if paper.projects.get(nth).is_some() => {
            let one = paper.projects[nth].clone();
            let pots = pots(&machine.rules, one.batch, one.provider);
            let booking = machine.funds.recover(&pots, fen(one.clawed_back)).unwrap();
            machine.book(booking);
            paper.projects[nth].clawed_back = 0;
        }
        10 => {
            let booked = machine.funds.award_service(fen(amount));
            let is_there = amount > 0 && amount <= paper.of_services() && amount <= paper.left();
            met(|met| met.owed += u32::from(is_there && booked.is_err()));
            assert_eq!(booked.is_ok(), paper.may_award_service(amount), "{amount}");
            if let Ok(booking) = booked {
                machine.book(booking);
                paper.services_awarded += amount;
            }
        }
        11 => {
            let booked = machine.funds.pay_service(fen(amount));
            let is_awarded = amount <= paper.services_awarded - paper.services_paid;
            met(|met| met.waited += u32::from(is_awarded && booked.is_err()));
            assert_eq!(booked.is_ok(), paper.may_pay_service(amount), "{amount}");
            if let Ok(booking) = booked {
                machine.book(booking);
                paper.services_paid += amount;
            }
        }
        12 => {
            let open = paper.services_paid - paper.services_demanded;
            // Half of the demands ask for no more than there is.
            let amount = if which.is_multiple_of(2) { amount.min(open) } else { amount };
            let possible = amount > 0 && amount <= open;
            let booked = machine.funds.claw_back_service(fen(amount));
            assert_eq!(booked.is_ok(), possible, "{amount}");
            if let Ok(booking) = booked {
                machine.book(booking);
                paper.services_demanded += amount;
            }
        }
        13 => {
            let back = paper.services_demanded.min(amount);
            let booking = machine.funds.recover_service(fen(back)).unwrap();
            met(|met| met.returned += u32::from(back > 0));
            machine.book(booking);
            paper.services_demanded -= back;
            paper.services_paid -= back;
            paper.services_awarded -= back;
        }
        _ => {}
    }
    paper.firms_had_most = paper.firms_had_most.max(paper.firms_have());
}

fn file(machine: &mut Machine, paper: &mut Paper, batch: u32, provider: u8, amount: i64) {
    let track = machine.rules.tracks[0].clone();
    let category = Category::Software;
    let spent = Spent { category, net: fen(amount), paid: Fen::ZERO, accepted: false, refunded: false };
    let wanted = estimate(&machine.rules, &track, batch, &[spent]).unwrap();
    let decline = if batch == 1 { 0 } else { i64::from(machine.rules.decline[1].get()) };
    let rate = (i64::from(track.rate.get()) - decline).max(0);
    let wanted_on_paper = award_on_paper(amount, rate, &track.caps.map(Fen::get), 4, i64::MAX);
    assert_eq!(wanted.get(), wanted_on_paper);
    let possible = wanted_on_paper.min(paper.remaining(batch, provider, 0));
    let capped = paper.provider_cap.map_or(i64::MAX, |_| paper.remaining(batch, provider, 0));
    met(|met| {
        met.short += u32::from(possible < wanted_on_paper);
        met.provider += u32::from(capped < wanted_on_paper && capped < paper.remaining_of_batch(batch));
    });
    match machine.funds.commit(&pots(&machine.rules, batch, provider), wanted) {
        Ok((committed, booking)) => {
            assert_eq!(committed.get(), possible);
            machine.book(booking);
            let committed = committed.get();
            paper.projects.push(Happened { batch, provider, committed, ..Happened::default() });
        }
        Err(_) => assert_eq!(possible, 0),
    }
}

fn accept(machine: &mut Machine, paper: &mut Paper, nth: usize, base: i64, level: u8) {
    let one = paper.projects[nth].clone();
    let (track, pots) = (machine.rules.tracks[0].clone(), pots(&machine.rules, one.batch, one.provider));
    let remaining = machine.funds.remaining(&pots, fen(one.committed));
    assert_eq!(remaining.get(), paper.remaining(one.batch, one.provider, one.committed));
    let outcome = award(&machine.rules, &track, one.batch, level, fen(base), remaining);
    let rate = i64::from(machine.rules.rate(&track, one.batch).get());
    let expected = award_on_paper(base, rate, &track.caps.map(Fen::get), level, remaining.get());
    assert_eq!(outcome.amount.get(), expected);
    let unlimited = award_on_paper(base, rate, &track.caps.map(Fen::get), level, i64::MAX);
    met(|met| met.cut += u32::from(expected < unlimited));
    match machine.funds.accept(&pots, fen(one.committed), outcome.amount) {
        Ok(booking) => {
            machine.book(booking);
            let one = &mut paper.projects[nth];
            (one.committed, one.accepted) = (0, one.accepted + expected);
        }
        Err(_) => assert_eq!(expected, 0),
    }
}

/// What must hold after every step.
fn holds(machine: &Machine, paper: &Paper) {
    let balance = |account| machine.funds.balance(account);
    assert_eq!(balance(Account::Source), -paper.budget);
    assert_eq!(balance(Account::Available), paper.left());
    assert_eq!(balance(Account::Committed), paper.sum(|one| one.committed));
    assert_eq!(balance(Account::Accepted), paper.sum(|one| one.accepted));
    assert_eq!(balance(Account::Paid), paper.sum(|one| one.paid));
    assert_eq!(balance(Account::ClawedBack), paper.sum(|one| one.clawed_back));
    assert_eq!(balance(Account::ServiceClawedBack), paper.services_demanded);
    assert_eq!(balance(Account::ServicePaid), paper.services_paid - paper.services_demanded);
    assert_eq!(balance(Account::ServiceAccepted), paper.services_awarded - paper.services_paid);
    assert!(paper.left() >= 0, "never over budget");
    for (nth, cap) in (1u32..).zip(paper.batch_caps) {
        assert!(paper.sum(|one| if one.batch == nth { one.uses() } else { 0 }) <= cap, "never over a batch");
    }
    for provider in 0..3u8 {
        let uses = paper.sum(|one| if one.provider == provider { one.uses() } else { 0 });
        assert!(paper.provider_cap.is_none_or(|cap| uses <= cap), "never over a provider's cap");
    }
    let (firms, services) = (i128::from(paper.firms_had_most), i128::from(paper.services_paid));
    assert!(firms * 10_000 >= (firms + services) * i128::from(paper.share), "firms have their share");
    let returned = paper.firms_had_most - paper.firms_have();
    let theirs = paper.left() + paper.sum(|one| one.committed + one.accepted);
    assert!(returned <= theirs, "what firms gave back is there for firms");
}

/// Every entry adds up to nought, and so does every prefix, by account to what is kept in the end.
fn the_ledger_adds_up(machine: &Machine) {
    let mut sums: BTreeMap<Account, i64> = BTreeMap::new();
    for entry in &machine.entries {
        assert_eq!(entry.postings.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
        entry.postings.iter().for_each(|(account, amount)| *sums.entry(*account).or_default() += amount);
        assert_eq!(sums.values().sum::<i64>(), 0);
        assert!(sums.iter().all(|(account, sum)| *account == Account::Source || *sum >= 0), "{sums:?}");
    }
    for account in Account::ALL {
        assert_eq!(sums.get(&account).copied().unwrap_or(0), machine.funds.balance(account));
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn no_programme_overspends_and_every_ledger_balances() {
    let ran = TestRunner::new(config()).run(&prop_oneof![1 => plan().boxed(), 1 => eager().boxed()], |plan| {
        let (mut machine, mut paper) = begin(&plan);
        holds(&machine, &paper);
        for one in plan.tries {
            attempt(&mut machine, &mut paper, one);
            holds(&machine, &paper);
        }
        the_ledger_adds_up(&machine);
        Ok::<_, TestCaseError>(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    let Met { short, provider, cut, clawed_back, owed, waited, returned } = MET.get();
    let rarest = [short, provider, cut, clawed_back, owed, waited, returned].into_iter().min();
    assert!(rarest >= Some(100), "too rare to have been tried: {:?}", MET.get());
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn parts_of_an_award_add_up_to_it_and_lie_beside_their_rate(amount in 0i64..10_000_000_000, cuts in prop::collection::vec(1u32..10_000, 0..5)) {
        let mut cuts: Vec<u32> = cuts.into_iter().chain([0, 10_000]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let shares: Vec<u32> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let tranches = shares.iter().map(|part| BasisPoints::new(*part).unwrap()).collect();
        let rules = RuleSet { tranches, ..crate::rules::tests::usual() };
        let parts = rules.parts(fen(amount));
        assert_eq!(parts.iter().map(|part| part.get()).sum::<i64>(), amount);
        for (part, share) in parts.iter().zip(&shares) {
            let exact = i128::from(amount) * i128::from(*share);
            assert!((i128::from(part.get()) * 10_000 - exact).abs() < 10_000, "{part} of {amount}");
        }
    }

    #[test]
    fn an_invoice_is_the_same_under_any_form_of_its_number(number in 1u32..100_000_000, form in 0u8..6, code in 1_000_000_000u64..9_999_999_999) {
        let plain = format!("{number:08}");
        let wide: String = plain.chars().map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap()).collect();
        let text = match form {
            0 => number.to_string(),
            1 => format!("No.{plain}"),
            2 => wide,
            3 => format!("{code} {plain}"),
            4 => format!("{} {}", &plain[..4], &plain[4..]),
            _ => format!("0{}{plain}", code * 10 + 7),
        };
        assert_eq!(invoice_number(&text), Some(plain));
    }
}
