//! The ledger: wage lines, and what they sum to in each person's month.
//!
//! Everything that earns says what its line must be. What frozen months hold of it stays; the rest stands as one line in
//! the month in which it was earned or, when that is frozen, as a difference in the month in which it became known.

use crate::months::{FrozenMonth, count};
use crate::plant::Plant;
use crate::settings::Setting;
use toolcrib_sdk::prelude::*;

/// A month such as `2026-01`.
pub type Month = Text<7>;

#[value]
pub enum LineKind {
    Piece,
    Overtime,
    Hourly,
    Allowance,
    Deduction,
    TopUp,
}

/// A wage line.
#[record(unique(kind, source, person, month), index(month, person, day))]
pub struct Line {
    pub kind: LineKind,
    /// What it is for: a report, a day, a month, or the number of an entry.
    pub source: Text<64>,
    pub person: Text<64>,
    /// The month in which it is paid.
    pub month: Month,
    /// The month in which it was earned.
    pub earned: Month,
    pub day: Date,
    pub amount: Decimal<2>,
    /// What of it counts for the minimum wage.
    pub counted: Decimal<2>,
    pub material: Option<Text<64>>,
    pub operation: Option<Text<40>>,
    pub good: Option<Decimal<6>>,
    pub yuan: Option<Decimal<4>>,
    pub because: Option<Text<200>>,
    /// The frozen month whose line of the same source this one corrects.
    pub corrects: Option<Month>,
}

/// What the lines of a month come to, by kind.
#[value(columns)]
pub struct Sums {
    pub piece: Decimal<2>,
    pub overtime: Decimal<2>,
    pub hourly: Decimal<2>,
    pub allowance: Decimal<2>,
    /// Not above 0.
    pub deduction: Decimal<2>,
    /// To the minimum wage.
    pub top_up: Decimal<2>,
}

/// A person's month: the sums of their lines, and what they say to it.
#[record(unique(month, person))]
pub struct Slip {
    pub month: Month,
    pub person: Text<64>,
    #[embed]
    pub sums: Sums,
    pub lines: i64,
    pub state: SlipState,
    /// What the worker disputes.
    pub word: Option<Text<200>>,
}

#[value]
pub enum SlipState {
    Open,
    Confirmed,
    Disputed,
}

/// The ledger as one invocation sees it.
pub struct Books {
    pub plant: Plant,
    frozen: Memo<Month, bool>,
    settings: Memo<Date, Setting>,
}

/// Months after this one in which a difference may be paid, when months are frozen ahead.
const MONTHS_AHEAD: usize = 12;

impl Books {
    pub fn open(ctx: &Query) -> Outcome<Self> {
        Ok(Self { plant: Plant::read(ctx)?, frozen: Memo::default(), settings: Memo::default() })
    }

    pub fn is_frozen(&mut self, ctx: &Query, month: &Month) -> Outcome<bool> {
        self.frozen.get(month, || Ok(ctx.first(FrozenMonth::by_month().eq(month))?.is_some())).copied()
    }

    /// What counts on a day.
    pub fn setting(&mut self, ctx: &Query, day: Date) -> Outcome<Setting> {
        self.settings.get(&day, || Setting::on(ctx, day)).cloned()
    }

    /// The month in which what becomes known now is paid.
    fn current(&mut self, ctx: &Query) -> Outcome<Month> {
        let mut day = self.plant.today(ctx);
        for _ in 0..=MONTHS_AHEAD {
            let month = month_of(day);
            if !self.is_frozen(ctx, &month)? {
                return Ok(month);
            }
            day = day.first_of_next_month();
        }
        Err(reject("all-frozen", "The next twelve months are frozen; there is none to pay this in"))
    }
}

impl Line {
    /// A line that counts nothing for the minimum wage and names no piece.
    pub fn new(kind: LineKind, source: Text<64>, person: Text<64>, day: Date, amount: Decimal<2>) -> Self {
        let (month, earned) = (month_of(day), month_of(day));
        Self { kind, source, person, month, earned, day, amount, ..Self::blank() }
    }

    fn says_nothing(&self) -> bool {
        let nothing = |good: Decimal<6>| good == Decimal::ZERO;
        (self.amount, self.counted) == (Decimal::ZERO, Decimal::ZERO) && self.good.is_none_or(nothing)
    }
}

impl Slip {
    pub fn of(ctx: &Query, month: &Month, person: &Text<64>) -> Outcome<Option<Row<Self>>> {
        ctx.first(Self::by_month_person().eq(month).eq(person))
    }

    /// A month in which nothing is paid.
    pub fn empty(month: &Month, person: &Text<64>) -> Self {
        Self { month: month.clone(), person: person.clone(), ..Self::blank() }
    }
}

impl Sums {
    fn of(&mut self, kind: LineKind) -> &mut Decimal<2> {
        match kind {
            LineKind::Piece => &mut self.piece,
            LineKind::Overtime => &mut self.overtime,
            LineKind::Hourly => &mut self.hourly,
            LineKind::Allowance => &mut self.allowance,
            LineKind::Deduction => &mut self.deduction,
            LineKind::TopUp => &mut self.top_up,
        }
    }

    pub fn total(&self) -> Outcome<Decimal<2>> {
        let sums = [self.overtime, self.hourly, self.allowance, self.deduction, self.top_up];
        sums.into_iter().try_fold(self.piece, add)
    }
}

pub fn month_of(day: Date) -> Month {
    let (year, month, _) = day.year_month_day();
    let zero = if month < 10 { "-0" } else { "-" };
    Text::new([year.to_string().as_str(), zero, &month.to_string()].concat()).unwrap_or_default()
}

/// The first and the last day of a month.
pub fn days_of(month: &Month) -> Outcome<(Date, Date)> {
    let first: Result<Date, _> = [month.as_str(), "-01"].concat().parse();
    let first = first.map_err(|_| reject("bad-month", "A month looks like 2026-01").field("month"))?;
    Ok((first, first.first_of_next_month().plus_days(-1)))
}

pub fn add(a: Decimal<2>, b: Decimal<2>) -> Outcome<Decimal<2>> {
    a.checked_add(b).or_reject("too-large", "The sum of these wages does not fit")
}

fn minus(a: Decimal<2>, b: Decimal<2>) -> Outcome<Decimal<2>> {
    add(a, Decimal(-b.0))
}

/// Brings the lines of one source to what they must sum to.
pub fn settle(ctx: &mut Command, books: &mut Books, target: Line) -> Outcome<()> {
    let (mut open, mut line) = (None, target);
    line.corrects = None;
    for row in ctx.all(Line::by_kind_source_person_month().eq(line.kind).eq(&line.source).eq(&line.person))? {
        if books.is_frozen(ctx, &row.month)? {
            line.amount = minus(line.amount, row.amount)?;
            line.counted = minus(line.counted, row.counted)?;
            line.good = line.good.map(|good| good.checked_sub(row.good.unwrap_or_default()).unwrap_or(good));
            line.corrects = Some(row.value.month);
        } else {
            open = Some(row);
        }
    }
    if books.is_frozen(ctx, &line.earned)? {
        line.month = match &open {
            Some(row) => row.month.clone(),
            None if line.says_nothing() => return Ok(()),
            None => books.current(ctx)?,
        };
    }
    let before = open.as_ref().map(|row| row.value.clone());
    let after = Some(line).filter(|line| !line.says_nothing());
    if before == after {
        return Ok(());
    }
    match (open, &after) {
        (None, None) => {}
        (None, Some(line)) => drop(ctx.insert(line.clone())?),
        (Some(row), None) => ctx.delete(row.id)?,
        (Some(mut row), Some(line)) => {
            row.value = line.clone();
            ctx.update(&mut row)?;
        }
    }
    book(ctx, books, before.as_ref(), -1)?;
    book(ctx, books, after.as_ref(), 1)
}

/// Adds a line to the sums of its months, or takes it out.
fn book(ctx: &mut Command, books: &mut Books, line: Option<&Line>, sign: i64) -> Outcome<()> {
    let Some(line) = line else { return Ok(()) };
    change(ctx, &line.month, &line.person, |slip| {
        *slip.sums.of(line.kind) = add(*slip.sums.of(line.kind), Decimal(sign * line.amount.0))?;
        slip.lines += sign;
        Ok(())
    })?;
    if line.counted == Decimal::ZERO {
        return Ok(());
    }
    count(ctx, books, &line.earned, &line.person, Decimal(sign * line.counted.0))
}

/// Changes a person's month, which begins with the first line and ends with the last.
pub fn change(
    ctx: &mut Command,
    month: &Month,
    person: &Text<64>,
    with: impl FnOnce(&mut Slip) -> Outcome<()>,
) -> Outcome<()> {
    ctx.change(Slip::empty(month, person), |slip| {
        with(slip)?;
        Ok((slip.lines, slip.state) != (0, SlipState::Open))
    })
}
