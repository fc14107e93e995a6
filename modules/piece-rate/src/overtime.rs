//! Overtime: what a person's day earns beyond the plain rate. Where the day's quota ends depends on all of its work in
//! order, so what it has come to is kept: the next report goes on from there, however many there were before it.

use crate::ledger::{Books, Line, LineKind, settle};
use crate::plant::DayKind;
use crate::pricing::Beyond;
use crate::work::Share;
use toolcrib_sdk::prelude::*;

/// What a person's day has come to with its last work. Counted anew from its beginning whenever anything before changes.
#[record(unique(person, day))]
pub struct DayCount {
    pub person: Text<64>,
    pub day: Date,
    /// The last work counted.
    pub ended_at: Instant,
    pub root: Text<64>,
    /// What it was counted by.
    pub workday: bool,
    pub quota_minutes: i64,
    /// Fractions such as `3/4`: how full the day is, and the pay beyond its quota, exact and as booked.
    pub filled: Text<80>,
    pub exact: Text<80>,
    pub booked: Text<80>,
}

/// A person's day whose work changed.
pub struct Touched {
    pub person: Text<64>,
    pub day: Date,
    /// The only change, if it is one more piece of work.
    pub added: Option<Share>,
}

/// Days that changed, each once.
#[derive(Default)]
pub struct Days(Vec<Touched>);

impl Days {
    pub fn touch(&mut self, person: &Text<64>, day: Date, added: Option<&Share>) {
        match self.0.iter_mut().find(|known| known.day == day && known.person == *person) {
            // More than one change: counted from the beginning.
            Some(known) => known.added = None,
            None => self.0.push(Touched { person: person.clone(), day, added: added.cloned() }),
        }
    }

    /// Brings the overtime lines of these days to what they must be.
    pub fn count(self, ctx: &mut Command, books: &mut Books) -> Outcome<()> {
        self.0.into_iter().try_for_each(|touched| count(ctx, touched, books))
    }
}

/// Pay for work beyond the quota does not count for the minimum wage.
fn count(ctx: &mut Command, Touched { person, day, added }: Touched, books: &mut Books) -> Outcome<()> {
    let (setting, kind) = (books.setting(ctx, day)?, books.plant.kind(ctx, day)?);
    let workday = kind == DayKind::Workday;
    let known = ctx.first(DayCount::by_person_day().eq(&person).eq(day))?;
    let follows = |known: &DayCount, share: &Share| {
        (known.workday, known.quota_minutes) == (workday, setting.quota_minutes)
            && (known.ended_at, &known.root) < (share.ended_at, &share.root)
    };
    let carried = known.as_deref().zip(added.as_ref()).filter(|(known, share)| follows(known, share));
    let carried = carried.and_then(|(known, share)| Some((carry(known)?, share)));
    let mut beyond = Beyond::of(workday, setting.quota_minutes);
    let mut last = None;
    if let Some((before, share)) = carried {
        beyond = before;
        beyond.add(share);
        last = Some((share.ended_at, share.root.clone()));
    } else {
        for row in ctx.all(Share::by_person_day_ended_at_root().eq(&person).eq(day))? {
            beyond.add(&row);
            last = Some((row.ended_at, row.value.root));
        }
    }
    let amounts = beyond.pay(setting.multiple(kind) - 100);
    let (amount, plain) = amounts.or_reject("too-large", "The overtime pay of this day does not fit")?;
    // A day within its quota had nothing to pay before and has nothing now.
    let idle = |known: &Row<DayCount>| (known.exact.as_str(), known.booked.as_str()) == ("0", "0");
    let idle = known.as_ref().is_some_and(idle) && (amount, plain) == (Decimal::ZERO, Decimal::ZERO);
    keep(ctx, known, &person, day, last.zip(Some(&beyond)))?;
    if idle {
        return Ok(());
    }
    let line = Line::new(LineKind::Overtime, Text::new(day.to_string())?, person, day, amount);
    settle(ctx, books, Line { counted: Decimal(-plain.0), ..line })
}

/// What was kept, to go on from.
fn carry(known: &DayCount) -> Option<Beyond> {
    let fraction = |text: &Text<80>| {
        let (numerator, denominator) = text.as_str().split_once('/').unwrap_or((text.as_str(), "1"));
        Fraction::new(numerator.parse().ok()?, denominator.parse().ok()?)
    };
    let (filled, exact, booked) = (fraction(&known.filled)?, fraction(&known.exact)?, fraction(&known.booked)?);
    Some(Beyond { filled, exact: Some(exact), booked: Some(booked), ..Beyond::of(known.workday, known.quota_minutes) })
}

/// Keeps what the day has come to; nothing of a day without work.
fn keep(
    ctx: &mut Command,
    known: Option<Row<DayCount>>,
    person: &Text<64>,
    day: Date,
    now: Option<((Instant, Text<64>), &Beyond)>,
) -> Outcome<()> {
    let fraction = |fraction: Option<Fraction>| Text::new(fraction.unwrap_or(Fraction::ZERO).to_string());
    let Some(((ended_at, root), beyond)) = now else {
        return known.map_or(Ok(()), |known| ctx.delete(known.id));
    };
    let (person, filled) = (person.clone(), fraction(Some(beyond.filled))?);
    let (exact, booked) = (fraction(beyond.exact)?, fraction(beyond.booked)?);
    let Beyond { workday, quota_minutes, .. } = *beyond;
    let now = DayCount { person, day, ended_at, root, workday, quota_minutes, filled, exact, booked };
    ctx.store(known, now).map(drop)
}
