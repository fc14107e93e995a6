//! The order of a node's messages: each has the number after the last one's; one that is ahead waits for a while.

use super::WAITING;
use crate::topic::Verb;
use crate::wire::Payload;
use std::collections::VecDeque;
use std::sync::Arc;

/// A message that has a sequence number.
pub(super) struct Numbered {
    pub verb: Verb,
    pub device: Option<Arc<str>>,
    pub payload: Payload,
    pub arrived_ms: u64,
}

impl Numbered {
    fn seq(&self) -> u8 {
        self.payload.seq.unwrap_or_default() as u8
    }

    fn sent(&self) -> Option<u64> {
        self.payload.timestamp
    }
}

/// Numbers that were taken and are remembered, to know a repetition.
const REMEMBERED: usize = 64;

/// Where a node's messages stand.
#[derive(Default)]
pub(super) struct Order {
    expected: u8,
    /// Those ahead, by how far they were ahead when they came.
    waiting: Vec<Numbered>,
    /// Number and moment of the last messages taken.
    taken: VecDeque<(u8, Option<u64>)>,
}

/// What to do with a message.
pub(super) enum Verdict {
    /// These, one after the other.
    Take(Vec<Numbered>),
    /// It is ahead, and waits.
    Wait,
    /// It was taken before.
    Repeated,
    /// The numbers do not tell which session it belongs to.
    Doubt(Box<Numbered>),
}

impl Order {
    /// A birth has this number: the next message has the one after it.
    pub fn begin(&mut self, seq: u8, sent: Option<u64>) {
        self.waiting.clear();
        self.taken.clear();
        self.took(seq, sent);
    }

    fn took(&mut self, seq: u8, sent: Option<u64>) {
        self.expected = seq.wrapping_add(1);
        if self.taken.len() == REMEMBERED {
            self.taken.pop_front();
        }
        self.taken.push_back((seq, sent));
    }

    pub fn offer(&mut self, message: Numbered) -> Verdict {
        let seq = message.seq();
        let is_known = |(known, sent): &(u8, Option<u64>)| *known == seq && *sent == message.sent();
        if self.taken.iter().any(is_known)
            || self.waiting.iter().any(|held| held.seq() == seq && held.sent() == message.sent())
        {
            return Verdict::Repeated;
        }
        let ahead = usize::from(seq.wrapping_sub(self.expected));
        if ahead == 0 {
            // What waits was sent later, if all are of one session.
            let is_later = |held: &Numbered| held.sent() >= message.sent();
            if !self.waiting.iter().all(is_later) {
                return Verdict::Doubt(Box::new(message));
            }
            self.took(seq, message.sent());
            let mut taken = vec![message];
            while let Some(at) = self.waiting.iter().position(|held| held.seq() == self.expected) {
                let next = self.waiting.swap_remove(at);
                self.took(next.seq(), next.sent());
                taken.push(next);
            }
            return Verdict::Take(taken);
        }
        let is_consistent = self.waiting.iter().all(|held| {
            let other = usize::from(held.seq().wrapping_sub(self.expected));
            let in_order = if other < ahead { held.sent() <= message.sent() } else { held.sent() >= message.sent() };
            other != ahead && in_order
        });
        if ahead > WAITING || !is_consistent {
            return Verdict::Doubt(Box::new(message));
        }
        self.waiting.push(message);
        Verdict::Wait
    }

    /// Since when a message has been waiting.
    pub fn waiting_since(&self) -> Option<u64> {
        self.waiting.iter().map(|held| held.arrived_ms).min()
    }

    /// Gives up: what waited, in order.
    pub fn give_up(&mut self) -> Vec<Numbered> {
        let expected = self.expected;
        self.waiting.sort_by_key(|held| held.seq().wrapping_sub(expected));
        std::mem::take(&mut self.waiting)
    }
}
