//! Numbers that answers follow from: machines, spending, energy, pass rates. Compared exactly, as fractions.

use crate::answers::{self, Source};
use crate::assessment::{self, Assessment};
use crate::edition::{Choice, Code, Kind, Question};
use toolcrib_sdk::prelude::*;

/// A number of the firm, as the questions name it.
pub type Amount = Decimal<6>;

/// A figure of an assessment.
#[record(shared, unique(assessment, name))]
pub struct Figure {
    pub assessment: Text<16>,
    pub name: Code,
    pub amount: Amount,
    pub source: Source,
    pub proof: Option<Text<200>>,
}

/// The most a figure can be: a million million.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000_000;

/// Gives a figure, in place of the one before, and answers every question that follows from it.
#[command(roles("owner", "admin"))]
pub fn set_figure(
    ctx: &mut Command,
    assessment: Text<16>,
    name: Code,
    amount: Amount,
    proof: Option<Text<200>>,
) -> Outcome<()> {
    let row = assessment::open(ctx, &assessment)?;
    let message = "A figure is 0 to 1,000,000,000,000";
    reject_if(!(0..=AMOUNT_MAX).contains(&amount.0), "bad-figure", message).field("amount")?;
    let asked = ctx.all(Question::by_edition_number().eq(&row.edition))?;
    let wrong = !asked.iter().any(|question| names(question).any(|known| known == name.as_str()));
    reject_if(wrong, "unknown-figure", "No question of this edition asks for such a figure").field("name")?;
    put(ctx, Figure { assessment, name, amount, source: Source::Told, proof })?;
    derive(ctx, &row)
}

/// Puts a figure in place of the one before, which a person's word outlasts. Whether it was taken.
pub fn put(ctx: &mut Command, new: Figure) -> Outcome<bool> {
    let known = ctx.first(Figure::by_assessment_name().eq(&new.assessment).eq(&new.name))?;
    if new.source != Source::Told && known.as_ref().is_some_and(|known| known.source == Source::Told) {
        return Ok(false);
    }
    ctx.store(known, new).map(|_| true)
}

/// The figures a question asks for.
pub fn names(question: &Question) -> impl Iterator<Item = String> {
    let suffixes: &[&str] = match question.kind {
        Kind::Falling | Kind::Rising => &["_before", "_after"],
        Kind::Share => &[""],
        Kind::Single | Kind::Multiple => &[],
    };
    let both = [&question.over, &question.under].into_iter().flatten().flat_map(|sum| sum.as_str().split('+'));
    let both: Vec<_> = both.map(str::to_owned).collect();
    suffixes.iter().flat_map(move |suffix| both.clone().into_iter().map(move |name| [&name, *suffix].concat()))
}

/// Answers what follows from the figures that are known, unless a person answered it.
pub fn derive(ctx: &mut Command, row: &Assessment) -> Outcome<()> {
    let known = ctx.all(Figure::by_assessment_name().eq(&row.code))?;
    let sum = |names: &Option<crate::edition::Words>, suffix: &str| -> Option<i128> {
        let names = names.as_ref()?.as_str().split('+');
        let one = |name: &str| {
            let found = known.iter().find(|figure| figure.name.as_str() == [name, suffix].concat());
            found.map(|figure| i128::from(figure.amount.0))
        };
        names.map(one).sum()
    };
    for asked in ctx.all(Question::by_edition_number().eq(&row.edition))? {
        let ratio = |suffix: &str| Some((sum(&asked.over, suffix)?, sum(&asked.under, suffix)?));
        let option = match asked.kind {
            Kind::Single | Kind::Multiple => continue,
            Kind::Share => band(ctx, &asked, ratio(""))?,
            Kind::Falling => change(ratio("_before"), ratio("_after"), false),
            Kind::Rising => change(ratio("_before"), ratio("_after"), true),
        };
        let Some(option) = option.filter(|_| !matches!(answers::is_told(ctx, &row.code, asked.number), Ok(true)))
        else {
            continue;
        };
        answers::put(ctx, row, &asked, &[option], (Source::Figures, None))?;
    }
    Ok(())
}

/// The band that a share falls into: the last one it is above; the lowest band has no bound. No share of nothing.
fn band(ctx: &Query, asked: &Question, share: Option<(i128, i128)>) -> Outcome<Option<Code>> {
    let Some((over, under)) = share.filter(|(_, under)| *under > 0) else { return Ok(None) };
    let bands = ctx.all(Choice::by_edition_question_option().eq(&asked.edition).eq(asked.number))?;
    // over / under > above / 100, with four decimals in `above`.
    let is_above = |band: &&Row<Choice>| band.above.is_none_or(|above| over * 1_000_000 > i128::from(above.0) * under);
    let reached = bands.iter().filter(is_above).max_by_key(|band| band.above.map_or(i64::MIN, |above| above.0));
    Ok(reached.map(|band| band.option.clone()))
}

/// `better`, `flat` or `worse`, by comparing two ratios exactly. None where a denominator is 0.
fn change(before: Option<(i128, i128)>, after: Option<(i128, i128)>, is_rise_better: bool) -> Option<Code> {
    let ((over, under), (later, below)) = (before?, after?);
    if under <= 0 || below <= 0 {
        return None;
    }
    // Products of two figures: at most 10^36, which 128 bits hold.
    let rise = (later * under).cmp(&(over * below));
    let word = match (rise, is_rise_better) {
        (std::cmp::Ordering::Equal, _) => "flat",
        (std::cmp::Ordering::Greater, true) | (std::cmp::Ordering::Less, false) => "better",
        _ => "worse",
    };
    Text::new(word).ok()
}

/// The figures of an assessment.
#[query]
pub fn figures(ctx: &Query, assessment: Text<16>, after: Option<Cursor>) -> Outcome<List<Figure>> {
    ctx.list(Figure::by_assessment_name().eq(assessment), after, |row| Ok(row.value))
}
