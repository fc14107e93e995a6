//! Months: the minimum wage, the freeze, and the sheet of everybody.

use crate::ledger::{Books, Line, LineKind, Month, Slip, SlipState, Sums, add, days_of, month_of, settle};
use crate::plant::Plant;
use crate::work::Share;
use toolcrib_sdk::prelude::*;

/// The whole of a month, in per cent.
const WHOLE: Decimal<2> = Decimal(10_000);
/// The most people of a month that is frozen.
const PEOPLE: usize = 1_500;

/// A month whose wage lines never change again.
#[record(unique(month))]
pub struct FrozenMonth {
    pub month: Month,
    pub frozen_at: Instant,
    /// Who froze it.
    pub by: Text<100>,
    pub people: i64,
}

/// What the minimum wage of a person's month goes by.
#[record(unique(month, person))]
pub struct Basis {
    pub month: Month,
    pub person: Text<64>,
    /// What was earned in this month, paid in it or later, and counts.
    pub counted: Decimal<2>,
    /// Per cent of the month in which the person was there to work.
    pub presence: Decimal<2>,
}

/// A month was frozen: its payslips can be confirmed.
#[event]
pub struct MonthFrozen {
    pub month: Text<7>,
    pub people: i64,
}

/// One person's month. What tops it up is, of a month that is not frozen, what it would be now.
#[value(from(Slip))]
pub struct SheetRow {
    pub month: Text<7>,
    pub person: Text<64>,
    #[own]
    pub name: Text<80>,
    #[embed]
    pub sums: Sums,
    #[own]
    pub total: Decimal<2>,
    #[own]
    pub presence: Decimal<2>,
    #[own]
    pub frozen: bool,
    pub state: SlipState,
    pub word: Option<Text<200>>,
}

#[value(from(FrozenMonth))]
pub struct MonthRow {
    pub month: Text<7>,
    pub frozen_at: Instant,
    pub people: i64,
}

/// Says for how much of a month a person was there to work: the minimum wage counts by it.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_presence(ctx: &mut Command, month: Text<7>, person: Text<64>, percent: Decimal<2>) -> Outcome<()> {
    days_of(&month)?;
    let message = "Presence is 0 to 100 per cent";
    reject_if(!(Decimal::ZERO..=WHOLE).contains(&percent), "bad-presence", message).field("percent")?;
    let message = "This month is frozen; enter an allowance in a later one";
    reject_if(Books::open(ctx)?.is_frozen(ctx, &month)?, "month-frozen", message).field("month")?;
    weigh(ctx, &month, &person, |basis| {
        basis.presence = percent;
        Ok(())
    })
}

/// Freezes a month: tops up to the minimum wage, and from now on corrections become differences in later months. Work
/// without a rate must be priced before, or be left for later on purpose. Freezing twice changes nothing.
#[command(roles("owner", "admin"))]
pub fn freeze_month(ctx: &mut Command, month: Text<7>, leave_unpriced: Option<bool>) -> Outcome<i64> {
    let (first, last) = days_of(&month)?;
    let mut books = Books::open(ctx)?;
    if let Some(row) = ctx.first(FrozenMonth::by_month().eq(&month))? {
        return Ok(row.people);
    }
    reject_if(first > books.plant.today(ctx), "not-begun", "This month has not begun").field("month")?;
    let unpriced = ctx.first(Share::by_priced_day().eq(false).from(first))?.filter(|share| share.day <= last);
    if let Some(share) = unpriced.filter(|_| leave_unpriced != Some(true)) {
        let (day, operation) = (share.day.to_string(), share.operation.as_str());
        let message =
            ["Work of this month has no rate, for example ", operation, " on ", &day, "; set one first"].concat();
        return Err(reject("unpriced-work", &message).field("month"));
    }
    let bases = ctx.all(Basis::by_month_person().eq(&month))?;
    let message = "A month of more than 1500 people cannot be frozen";
    reject_if(bases.len() > PEOPLE, "too-many-people", message).field("month")?;
    for basis in bases {
        count_top_up(ctx, &mut books, &basis.value)?;
    }
    let by = Text::new(ctx.actor().chars().take(100).collect::<String>())?;
    let people = ctx.all(Slip::by_month_person().eq(&month))?.len() as i64;
    ctx.insert(FrozenMonth { month: month.clone(), frozen_at: ctx.now(), by, people })?;
    ctx.emit(MonthFrozen { month, people })?;
    Ok(people)
}

/// Months that are frozen, a page at a time.
#[query]
pub fn months(ctx: &Query, after: Option<Cursor>) -> Outcome<List<MonthRow>> {
    ctx.list(FrozenMonth::by_month().descending(), after, |row| Ok(row.value.into()))
}

/// Everybody's month, a page at a time; without a month, this one.
#[query(roles("owner", "admin", "supervisor"))]
pub fn month_sheet(ctx: &Query, month: Option<Text<7>>, after: Option<Cursor>) -> Outcome<List<SheetRow>> {
    let mut books = Books::open(ctx)?;
    let month = month.unwrap_or_else(|| month_of(books.plant.today(ctx)));
    days_of(&month)?;
    ctx.list(Slip::by_month_person().eq(&month), after, |row| sheet_row(ctx, &mut books, row.value))
}

/// A slip as people see it.
pub fn sheet_row(ctx: &Query, books: &mut Books, mut slip: Slip) -> Outcome<SheetRow> {
    let frozen = books.is_frozen(ctx, &slip.month)?;
    let basis = Basis::of(ctx, &slip.month, &slip.person)?;
    if let Some(basis) = basis.as_ref().filter(|_| !frozen) {
        slip.sums.top_up = add(slip.sums.top_up, top_up(ctx, books, basis)?)?;
    }
    let presence = basis.map_or(WHOLE, |basis| basis.presence);
    let (name, total) = (Plant::name(&mut books.plant, ctx, &slip.person)?, slip.sums.total()?);
    Ok(SheetRow { name, total, presence, frozen, ..SheetRow::from(slip) })
}

impl Basis {
    fn of(ctx: &Query, month: &Month, person: &Text<64>) -> Outcome<Option<Row<Self>>> {
        ctx.first(Self::by_month_person().eq(month).eq(person))
    }

    fn nothing(month: &Month, person: &Text<64>) -> Self {
        Self { month: month.clone(), person: person.clone(), counted: Decimal::ZERO, presence: WHOLE }
    }
}

/// Changes what a person's minimum wage goes by; one that says nothing is forgotten.
fn weigh(
    ctx: &mut Command,
    month: &Month,
    person: &Text<64>,
    with: impl FnOnce(&mut Basis) -> Outcome<()>,
) -> Outcome<()> {
    ctx.change(Basis::nothing(month, person), |basis| {
        with(basis)?;
        Ok((basis.counted, basis.presence) != (Decimal::ZERO, WHOLE))
    })
}

/// Something more, or less, was earned in a month that counts for its minimum wage. An open month is topped up when it
/// is frozen, a frozen one by a difference in a later month.
pub fn count(
    ctx: &mut Command,
    books: &mut Books,
    month: &Month,
    person: &Text<64>,
    amount: Decimal<2>,
) -> Outcome<()> {
    weigh(ctx, month, person, |basis| {
        basis.counted = add(basis.counted, amount)?;
        Ok(())
    })?;
    if !books.is_frozen(ctx, month)? {
        return Ok(());
    }
    let basis = Basis::of(ctx, month, person)?.map_or_else(|| Basis::nothing(month, person), |row| row.value);
    count_top_up(ctx, books, &basis)
}

/// Brings a person's top-up of a month to what it must be.
fn count_top_up(ctx: &mut Command, books: &mut Books, basis: &Basis) -> Outcome<()> {
    let (amount, (_, last)) = (top_up(ctx, books, basis)?, days_of(&basis.month)?);
    let source = Text::new(basis.month.as_str())?;
    settle(ctx, books, Line::new(LineKind::TopUp, source, basis.person.clone(), last, amount))
}

/// What lacks to the minimum wage in force on the month's last day, by presence. Who earned nothing that counts is
/// taken not to have been there.
fn top_up(ctx: &Query, books: &mut Books, basis: &Basis) -> Outcome<Decimal<2>> {
    let (_, last) = days_of(&basis.month)?;
    let minimum = books.setting(ctx, last)?.minimum.unwrap_or_default();
    let there = Fraction::new(basis.presence.0.into(), WHOLE.0.into());
    let due = there.and_then(|there| Fraction::from(minimum).checked_mul(there)?.round_half_up()).unwrap_or(minimum);
    let lacking = if basis.counted <= Decimal::ZERO { 0 } else { (due.0 - basis.counted.0).max(0) };
    Ok(Decimal(lacking))
}
