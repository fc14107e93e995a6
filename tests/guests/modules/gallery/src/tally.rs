//! A number for each machine that people change.

use toolcrib_sdk::prelude::*;

#[record(unique(machine))]
#[derive(Clone, Debug)]
pub struct Tally {
    pub machine: Text<64>,
    pub good: i64,
    pub note: Option<Text<80>>,
}

/// Adds good pieces to a machine's tally.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn add(ctx: &mut Command, machine: Text<64>, good: i64, note: Option<Text<80>>) -> Outcome<i64> {
    if good == 0 {
        return Err(reject("nothing-counted", "Count at least one piece").field("good"));
    }
    match ctx.first(Tally::by_machine().eq(&machine))? {
        Some(mut tally) => {
            tally.good += good;
            tally.note = note;
            ctx.update(&mut tally)?;
            Ok(tally.good)
        }
        None => ctx.insert(Tally { machine, good, note }).map(|_| good),
    }
}

/// All tallies.
#[query]
pub fn tallies(ctx: &Query) -> Outcome<Vec<Row<Tally>>> {
    ctx.all(Tally::by_machine())
}

/// Takes a machine's tally away.
#[command(roles("owner", "admin"))]
pub fn clear(ctx: &mut Command, tally: Id<Tally>) -> Outcome<()> {
    ctx.delete(tally)
}
