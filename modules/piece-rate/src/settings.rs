//! Settings with a day from which they count: scrap, quota, overtime multiples, minimum wage.

use crate::plant::DayKind;
use crate::rates::after_day;
use crate::work::recount_since;
use toolcrib_sdk::prelude::*;

/// What counts from a day on.
#[record(unique(valid_from))]
pub struct Setting {
    pub valid_from: Date,
    /// What a scrapped piece earns of a good one's pay.
    pub scrap_percent: i64,
    /// Working minutes of a workday; what is made beyond them is overtime.
    pub quota_minutes: i64,
    pub workday_percent: i64,
    pub rest_percent: i64,
    pub holiday_percent: i64,
    /// Yuan a month; none: nothing is topped up.
    pub minimum: Option<Decimal<2>>,
}

/// One line of the list.
#[value(from(Setting))]
pub struct SettingRow {
    pub valid_from: Date,
    pub scrap_percent: Option<i64>,
    pub quota_minutes: Option<i64>,
    pub workday_percent: Option<i64>,
    pub rest_percent: Option<i64>,
    pub holiday_percent: Option<i64>,
    pub minimum: Option<Decimal<2>>,
}

impl Setting {
    /// Before anything was set: the multiples of 《工资支付暂行规定》 article 13, eight hours a day, scrap earns nothing.
    const DEFAULT: Self = Self {
        valid_from: Date::MIN,
        scrap_percent: 0,
        quota_minutes: 480,
        workday_percent: 150,
        rest_percent: 200,
        holiday_percent: 300,
        minimum: None,
    };

    /// What counts on a day.
    pub fn on(ctx: &Query, day: Date) -> Outcome<Self> {
        let row = ctx.first(Self::by_valid_from().until(after_day(day)).descending())?;
        Ok(row.map_or(Self::DEFAULT, |row| row.value))
    }

    /// Per cent of the piece rate that work beyond the quota earns.
    pub fn multiple(&self, kind: DayKind) -> i64 {
        match kind {
            DayKind::Workday => self.workday_percent,
            DayKind::Rest => self.rest_percent,
            DayKind::Holiday => self.holiday_percent,
        }
    }
}

/// Says what counts from a day on; what is left out stays as it was. Months that are not frozen are counted again.
#[command(roles("owner", "admin"))]
pub fn set_settings(ctx: &mut Command, #[embed] settings: SettingRow) -> Outcome<()> {
    let valid_from = settings.valid_from;
    put(ctx, settings)?;
    recount_since(ctx, valid_from, None)
}

/// Adds or changes many at once, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_settings(ctx: &mut Command, rows: Vec<SettingRow>) -> Outcome<Imported> {
    let first = rows.iter().map(|row| row.valid_from).min();
    let imported = ctx.import(rows, put)?;
    first.map_or(Ok(()), |first| recount_since(ctx, first, None))?;
    Ok(imported)
}

/// All settings by the day they count from, a page at a time; what counts before any was made stands alone.
#[query]
pub fn settings(ctx: &Query, after: Option<Cursor>) -> Outcome<List<SettingRow>> {
    let mut page = ctx.list(Setting::by_valid_from(), after, |row| Ok(row.value.into()))?;
    if page.rows.is_empty() {
        page.rows.push(Setting::DEFAULT.into());
    }
    Ok(page)
}

fn put(ctx: &mut Command, row: SettingRow) -> Outcome<Put> {
    let before = Setting::on(ctx, row.valid_from)?;
    let within = |field: &str, said: Option<i64>, before: i64, least: i64, most: i64| match said.unwrap_or(before) {
        value if (least..=most).contains(&value) => Ok(value),
        _ => {
            let range = [least.to_string(), most.to_string()].join(" and ");
            Err(reject("out-of-range", &["This lies between ", &range].concat()).field(field))
        }
    };
    let message = "A minimum wage is not negative";
    reject_if(row.minimum.is_some_and(|minimum| minimum < Decimal::ZERO), "out-of-range", message).field("minimum")?;
    ctx.put(Setting {
        valid_from: row.valid_from,
        scrap_percent: within("scrap_percent", row.scrap_percent, before.scrap_percent, 0, 100)?,
        quota_minutes: within("quota_minutes", row.quota_minutes, before.quota_minutes, 0, 1_440)?,
        workday_percent: within("workday_percent", row.workday_percent, before.workday_percent, 100, 1_000)?,
        rest_percent: within("rest_percent", row.rest_percent, before.rest_percent, 100, 1_000)?,
        holiday_percent: within("holiday_percent", row.holiday_percent, before.holiday_percent, 100, 1_000)?,
        minimum: row.minimum.or(before.minimum),
    })
}
