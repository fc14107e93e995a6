//! A small factory at work, with a seed: brackets are pressed, bent, deburred and packed on lines of three machines and
//! one for packing, from coils, by orders, for piece rates, with inspections and control charts.
//!
//! It uses the eight first-party modules as people and machines do, over whatever reaches them ([`Floor`]): the demo plays
//! weeks of it before it shows it live, tests play one day. What it told it also keeps in books of its own, and
//! [`Factory::agreement`] asks every module and compares.
//!
//! - `layout`: machines, people, master data. `day`: the plan of a day. `act`: what each part of it does.
//! - `books`: what must come out; `agreement`: whether it did.

mod act;
mod agreement;
mod books;
mod day;
mod dice;
mod layout;

pub use agreement::Disagreement;
pub use day::{Part, Plan, plan};

use books::Books;
use dice::Dice;
use serde_json::Value;
use std::future::Future;
use toolcrib_contract::types::Instant;

/// Whose hands it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Owner,
    Operator,
}

/// How the factory reaches its software.
pub trait Floor: Sync {
    /// It is this moment now, by all clocks.
    fn at(&self, moment: Instant) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Runs an operation of a module.
    fn invoke(
        &self,
        who: Who,
        module: &str,
        operation: &str,
        input: &Value,
    ) -> impl Future<Output = anyhow::Result<Value>> + Send;

    /// Posts readings, one JSON object a line.
    fn readings(&self, lines: String) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// The factory.
pub struct Factory {
    lines: usize,
    dice: Dice,
    books: Books,
}

impl Factory {
    /// A factory of so many lines of three machines each, and one machine for packing.
    pub fn new(lines: usize, seed: u64) -> Self {
        Self { lines, dice: Dice::new(seed), books: Books::default() }
    }

    /// Codes of its machines.
    pub fn machines(&self) -> Vec<String> {
        layout::machines(self.lines).into_iter().map(|machine| machine.code).collect()
    }
}
