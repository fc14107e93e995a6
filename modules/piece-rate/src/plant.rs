//! What is read of the plant's master data, and what stands in its place where the plant has none: codes are names,
//! days are what their weekday says, clocks stand in China.

use toolcrib_sdk::contract::calendar::{Calendar as Days, Weekday, Zone};
use toolcrib_sdk::prelude::*;

/// A person: name, grade, and how they show who they are.
#[shared_record(
    module = "plant",
    index(code),
    index(badge),
    index(user),
    reason(
        zh = "显示姓名，按等级计价，核对工资条本人",
        en = "To show names, pay by grade, and know whose payslip it is"
    )
)]
pub struct Person {
    pub code: Text<64>,
    pub name: Text<80>,
    pub badge: Option<Text<64>>,
    pub grade: Option<Text<20>>,
    pub user: Option<Text<80>>,
}

/// A day that is not what its weekday says.
#[shared_record(
    module = "plant",
    index(date),
    reason(zh = "按节假日和调休计算加班倍数", en = "To pay overtime by holidays and made workdays")
)]
pub struct SpecialDay {
    pub date: Date,
    pub kind: DayKind,
}

#[value]
pub enum DayKind {
    Holiday,
    Rest,
    Workday,
}

/// Where the plant's clocks stand.
#[shared_record(
    module = "plant",
    index(code),
    reason(zh = "按工厂的生产日归属产量", en = "To count work on the plant's production days")
)]
pub struct Calendar {
    pub code: Text<16>,
    pub zone: Text<64>,
    pub day_starts_at_minute: i64,
}

/// The plant as one invocation sees it; everybody is looked up once.
pub struct Plant {
    pub days: Days,
    people: Known<Person>,
    special: Known<SpecialDay>,
}

impl Plant {
    pub fn read(ctx: &Query) -> Outcome<Self> {
        let row = ctx.first_or_without(Calendar::by_code())?;
        let days = match row {
            None => Days::default(),
            Some(row) => Days { zone: Zone::parse(row.zone.as_str())?, day_starts_at_minute: row.day_starts_at_minute },
        };
        Ok(Self { days, people: Known::default(), special: Known::default() })
    }

    /// The production day of now.
    pub fn today(&self, ctx: &Query) -> Date {
        self.days.production_day(ctx.now())
    }

    pub fn person(&mut self, ctx: &Query, code: &Text<64>) -> Outcome<Option<&Person>> {
        self.people.first(ctx, Person::by_code().eq(code))
    }

    /// What kind of day it is.
    pub fn kind(&mut self, ctx: &Query, day: Date) -> Outcome<DayKind> {
        let of_weekday = match day.weekday() {
            Weekday::Saturday | Weekday::Sunday => DayKind::Rest,
            _ => DayKind::Workday,
        };
        let special = self.special.first(ctx, SpecialDay::by_date().eq(day))?;
        Ok(special.map_or(of_weekday, |special| special.kind))
    }

    /// The name of a person, or the code where nobody knows it.
    pub fn name(&mut self, ctx: &Query, code: &Text<64>) -> Outcome<Text<80>> {
        let name = self.person(ctx, code)?.map(|person| person.name.clone());
        name.map_or_else(|| Ok(Text::new(code.as_str())?), Ok)
    }
}

/// Who holds this badge.
pub fn by_badge(ctx: &Query, badge: Text<64>) -> Outcome<Text<64>> {
    let row = ctx.first_or_without(Person::by_badge().eq(badge))?;
    let message = "Nobody has this badge; enter it with the person in the plant's list of people";
    Ok(row.or_reject("unknown-badge", message).field("badge")?.value.code)
}

/// Who asks. Without a list of people, the account's name is the person's code.
pub fn myself(ctx: &Query) -> Outcome<Text<64>> {
    let message =
        "No person is linked to your account; the office links it in the plant's list of people, or use a badge";
    let unlinked = || reject("not-linked", message);
    let user = ctx.actor().strip_prefix("user:").ok_or_else(unlinked)?;
    match ctx.first(Person::by_user().eq(Text::<80>::new(user)?)).or_without()? {
        None => Text::new(user).map_err(|_| unlinked()),
        Some(row) => Ok(row.ok_or_else(unlinked)?.value.code),
    }
}
