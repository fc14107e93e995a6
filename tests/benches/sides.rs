//! Product and peer, round by round, and the rows that compare them.

use crate::load::Outcome;
use crate::table::{Goal, Row, Spread};

/// What one side did, round by round.
#[derive(Default)]
pub struct Side {
    pub rates: Vec<f64>,
    pub median_ms: Vec<f64>,
    pub p99_ms: Vec<f64>,
    pub cpu_us: Vec<f64>,
}

impl Side {
    pub fn add(&mut self, outcome: &Outcome) {
        assert_eq!(outcome.failures, 0, "every request is answered with 200");
        self.rates.push(outcome.per_second());
        self.median_ms.push(outcome.percentile_ms(0.5));
        self.p99_ms.push(outcome.percentile_ms(0.99));
        self.cpu_us.push(outcome.server_cpu_us());
    }
}

/// Commands or queries a second.
pub fn rate_row(what: &str, [ours, peers]: [&Side; 2], goal: Goal) -> Row {
    let ratio = Spread::quotient(&ours.rates, &peers.rates);
    let (mine, theirs) = (Spread::new(ours.rates.clone()), Spread::new(peers.rates.clone()));
    Row { what: what.to_owned(), ours: (mine, "/s"), peer: Some(theirs), ratio: Some(ratio), goal }
}

/// Times of each round.
pub fn time_row(what: &str, ours: &[f64], peers: &[f64], unit: &'static str, goal: Goal) -> Row {
    let ratio = Some(Spread::quotient(ours, peers));
    Row {
        what: what.to_owned(),
        ours: (Spread::new(ours.to_vec()), unit),
        peer: Some(Spread::new(peers.to_vec())),
        ratio,
        goal,
    }
}
