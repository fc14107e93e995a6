//! Rates: what a piece earns, by material, operation, grade and day. The most specific rate that is valid on the day wins.

use crate::plant::Plant;
use crate::work::recount_since;
use toolcrib_sdk::prelude::*;

/// What so many pieces earn from a day on. An empty material, operation or grade stands for any.
#[record(unique(material, operation, grade, valid_from))]
pub struct Rate {
    pub material: Text<64>,
    pub operation: Text<40>,
    pub grade: Text<20>,
    pub valid_from: Date,
    /// The last day; none: until the next rate for the same.
    pub valid_until: Option<Date>,
    /// Yuan for `per` pieces.
    pub yuan: Decimal<4>,
    pub per: i64,
    /// The unit that pieces must be reported in; none: whatever they are reported in.
    pub unit: Option<Text<16>>,
    /// Pieces that fill a workday; none: a workday is filled by its minutes.
    pub quota: Option<Decimal<6>>,
}

/// One line of the list.
#[value]
pub struct RateRow {
    /// Empty: any.
    pub material: Option<Text<64>>,
    pub operation: Option<Text<40>>,
    pub grade: Option<Text<20>>,
    pub valid_from: Date,
    /// The last day.
    pub valid_until: Option<Date>,
    pub yuan: Decimal<4>,
    /// None: 1. For example 100 when the rate is for a hundred pieces.
    pub per: Option<i64>,
    pub unit: Option<Text<16>>,
    /// Pieces that fill a workday.
    pub quota: Option<Decimal<6>>,
}

/// Which of material, operation and grade a rate names; the most specific first: by how many, then in this order.
const SPECIFIC: [(bool, bool, bool); 8] = [
    (true, true, true),
    (true, true, false),
    (true, false, true),
    (false, true, true),
    (true, false, false),
    (false, true, false),
    (false, false, true),
    (false, false, false),
];
/// The most yuan for `per` pieces.
const YUAN: Decimal<4> = Decimal(10_000_000_000);
/// The most pieces of one rate.
const PER: i64 = 1_000_000;

/// Says what pieces earn from a day on. Work that is not frozen is counted again, also what had no rate.
#[command(roles("owner", "admin"))]
pub fn set_rate(ctx: &mut Command, #[embed] rate: RateRow) -> Outcome<()> {
    let valid_from = rate.valid_from;
    put(ctx, rate)?;
    recount_since(ctx, valid_from, None)
}

/// Takes a rate back that should not have been. Work that is not frozen is counted again.
#[command(roles("owner", "admin"))]
pub fn remove_rate(
    ctx: &mut Command,
    material: Option<Text<64>>,
    operation: Option<Text<40>>,
    grade: Option<Text<20>>,
    valid_from: Date,
) -> Outcome<()> {
    let walk = Rate::by_material_operation_grade_valid_from().eq(material.unwrap_or_default());
    let walk = walk.eq(operation.unwrap_or_default()).eq(grade.unwrap_or_default()).eq(valid_from);
    let row = ctx.first(walk)?.or_reject("unknown-rate", "There is no such rate").field("valid_from")?;
    ctx.delete(row.id)?;
    recount_since(ctx, valid_from, None)
}

/// Adds or changes many at once, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_rates(ctx: &mut Command, rows: Vec<RateRow>) -> Outcome<Imported> {
    let first = rows.iter().map(|row| row.valid_from).min();
    let imported = ctx.import(rows, put)?;
    first.map_or(Ok(()), |first| recount_since(ctx, first, None))?;
    Ok(imported)
}

/// All rates, a page at a time.
#[query]
pub fn rates(ctx: &Query, after: Option<Cursor>) -> Outcome<List<RateRow>> {
    ctx.list(Rate::by_material_operation_grade_valid_from(), after, |row| Ok(flat(row.value)))
}

/// Which rate pays for a material and an operation, by default today: the one that wins, or none. It shows which it is by
/// what it names.
#[query]
pub fn rate(
    ctx: &Query,
    material: Text<64>,
    operation: Text<40>,
    grade: Option<Text<20>>,
    person: Option<Text<64>>,
    unit: Option<Text<16>>,
    day: Option<Date>,
) -> Outcome<Option<RateRow>> {
    let mut plant = Plant::read(ctx)?;
    let day = day.unwrap_or(plant.today(ctx));
    let grade = match (grade, person) {
        (Some(grade), _) => grade,
        (None, Some(person)) => plant.person(ctx, &person)?.and_then(|known| known.grade.clone()).unwrap_or_default(),
        (None, None) => Text::default(),
    };
    Ok(find(ctx, &material, &operation, &grade, unit.as_ref(), day)?.map(flat))
}

/// The rate that wins. Without a unit, the unit does not matter.
pub fn find(
    ctx: &Query,
    material: &Text<64>,
    operation: &Text<40>,
    grade: &Text<20>,
    unit: Option<&Text<16>>,
    day: Date,
) -> Outcome<Option<Rate>> {
    fn named<const N: u32>(text: &Text<N>, named: bool) -> Text<N> {
        if named { text.clone() } else { Text::default() }
    }
    for (by_material, by_operation, by_grade) in SPECIFIC {
        if by_grade && grade.as_str().is_empty() {
            continue;
        }
        let walk = Rate::by_material_operation_grade_valid_from()
            .eq(named(material, by_material))
            .eq(named(operation, by_operation))
            .eq(named(grade, by_grade));
        let row = ctx.first(walk.until(after_day(day)).descending())?.map(|row| row.value);
        let fits = |rate: &Rate| {
            rate.valid_until.is_none_or(|last| last >= day)
                && unit.is_none_or(|unit| rate.unit.as_ref().is_none_or(|needed| needed == unit))
        };
        if let Some(rate) = row.filter(fits) {
            return Ok(Some(rate));
        }
    }
    Ok(None)
}

/// The bound of walks that hold this day and what was before. On the last day that dates can say, it is left out.
pub fn after_day(day: Date) -> Date {
    Date((day.0 + 1).min(Date::MAX.0))
}

fn flat(rate: Rate) -> RateRow {
    fn said<const N: u32>(text: Text<N>) -> Option<Text<N>> {
        (!text.as_str().is_empty()).then_some(text)
    }
    let Rate { material, operation, grade, valid_from, valid_until, yuan, per, unit, quota } = rate;
    let (material, operation, grade) = (said(material), said(operation), said(grade));
    RateRow { material, operation, grade, valid_from, valid_until, yuan, per: Some(per), unit, quota }
}

fn put(ctx: &mut Command, row: RateRow) -> Outcome<Put> {
    let RateRow { material, operation, grade, valid_from, valid_until, yuan, per, unit, quota } = row;
    let per = per.unwrap_or(1);
    let message = "A rate's last day is not before its first";
    reject_if(valid_until.is_some_and(|last| last < valid_from), "bad-dates", message).field("valid_until")?;
    reject_if(!(Decimal::ZERO..=YUAN).contains(&yuan), "bad-rate", "A rate is 0 to 1000000 yuan").field("yuan")?;
    reject_if(!(1..=PER).contains(&per), "bad-per", "A rate is for 1 to 1000000 pieces").field("per")?;
    let message = "A workday's quota is more than 0 pieces, or empty";
    reject_if(quota.is_some_and(|quota| quota <= Decimal::ZERO), "bad-quota", message).field("quota")?;
    let (material, operation) = (material.unwrap_or_default(), operation.unwrap_or_default());
    let grade = grade.unwrap_or_default();
    ctx.put(Rate { material, operation, grade, valid_from, valid_until, yuan, per, unit, quota })
}
