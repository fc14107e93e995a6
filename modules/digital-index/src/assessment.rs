//! An assessment: opened, answered, closed. Closed it is a snapshot that nobody changes and that names what it was made by.

use crate::answers::{Answer, SceneLevel};
use crate::edition::{Points, Year, installed, year};
use crate::figures::Figure;
use crate::score;
use toolcrib_sdk::prelude::*;

/// Whose word it is, and of when: before the transformation or after it.
#[value]
pub enum AssessmentKind {
    SelfBefore,
    OnsiteBefore,
    SelfAfter,
    OnsiteAfter,
}

impl AssessmentKind {
    fn is_onsite(self) -> bool {
        matches!(self, Self::OnsiteBefore | Self::OnsiteAfter)
    }
}

#[value]
pub enum AssessmentState {
    Open,
    Closed,
}

/// An assessment. The scores are of its closing; while it is open, `score` computes them.
#[record(shared, unique(number), unique(code), index(state, number))]
pub struct Assessment {
    pub number: i64,
    pub code: Text<16>,
    pub kind: AssessmentKind,
    pub state: AssessmentState,
    pub edition: Year,
    /// Of the edition, when it was closed.
    pub revision: i64,
    /// Who judged on site.
    pub assessor: Option<Text<80>>,
    pub opened_by: Text<80>,
    pub opened_at: Instant,
    pub closed_by: Option<Text<80>>,
    pub closed_at: Option<Instant>,
    pub score: Points,
    pub base: Points,
    pub management: Points,
    pub results: Points,
    /// 0 for none.
    pub level: i64,
}

/// A level was found, by oneself or on site.
#[event(from(Assessment))]
pub struct AssessmentClosed {
    pub code: Text<16>,
    pub kind: AssessmentKind,
    pub edition: Year,
    pub revision: i64,
    pub score: Points,
    pub base: Points,
    pub management: Points,
    pub results: Points,
    pub level: i64,
    pub assessor: Option<Text<80>>,
}

/// Opens an assessment, empty or with what another one says. On site somebody judges, who is named.
#[command(roles("owner", "admin"))]
pub fn open_assessment(
    ctx: &mut Command,
    kind: AssessmentKind,
    edition: Option<Year>,
    assessor: Option<Text<80>>,
    like: Option<Text<16>>,
) -> Outcome<Text<16>> {
    let assessor = assessor.filter(|name| !name.is_blank());
    reject_if(kind.is_onsite() && assessor.is_none(), "assessor-needed", "Name who judges on site")
        .field("assessor")?;
    let like = like.map(|code| of(ctx, &code, "like")).transpose()?;
    let edition = match (&like, edition) {
        (Some(like), None) => like.edition.clone(),
        (_, given) => year(given)?,
    };
    let message = "The other assessment was made by another edition";
    reject_if(like.as_ref().is_some_and(|like| like.edition != edition), "other-edition", message).field("like")?;
    let revision = installed(ctx, &edition)?.revision;
    let newest = ctx.page(Assessment::by_number().descending().limit(1))?.rows;
    let number = newest.first().map_or(0, |newest| newest.number) + 1;
    let digits = number.to_string();
    let code = Text::new(["DI-", &"000000"[digits.len().min(6)..], &digits].concat())?;
    let opened = Assessment { opened_by: Text::new(ctx.actor())?, opened_at: ctx.now(), ..Assessment::blank() };
    ctx.insert(Assessment { number, code: code.clone(), kind, edition, revision, assessor, ..opened })?;
    if let Some(like) = like {
        copy(ctx, &like.code, &code)?;
    }
    Ok(code)
}

/// Takes over what another assessment says.
fn copy(ctx: &mut Command, from: &Text<16>, to: &Text<16>) -> Outcome<()> {
    let answers = ctx.all(Answer::by_assessment_question_option().eq(from))?;
    let levels = ctx.all(SceneLevel::by_assessment_scene().eq(from))?;
    let figures = ctx.all(Figure::by_assessment_name().eq(from))?;
    let own = || to.clone();
    let answers: Vec<_> = answers.into_iter().map(|row| Answer { assessment: own(), ..row.value }).collect();
    let levels: Vec<_> = levels.into_iter().map(|row| SceneLevel { assessment: own(), ..row.value }).collect();
    let figures: Vec<_> = figures.into_iter().map(|row| Figure { assessment: own(), ..row.value }).collect();
    ctx.insert_all(&answers)?;
    ctx.insert_all(&levels)?;
    ctx.insert_all(&figures).map(drop)
}

/// Closes an assessment: what it says stands from now on. `pledge`: whoever closes it says that all of it is true.
#[command(roles("owner", "admin"))]
pub fn close_assessment(ctx: &mut Command, assessment: Text<16>, pledge: bool) -> Outcome<i64> {
    let mut row = open(ctx, &assessment)?;
    reject_if(!pledge, "pledge-needed", "Say that what is told here is true").field("pledge")?;
    score::settle(ctx, &row)?;
    let found = score::of(ctx, &row)?;
    row.revision = crate::edition::known(ctx, &row.edition)?.revision;
    (row.state, row.closed_at) = (AssessmentState::Closed, Some(ctx.now()));
    row.closed_by = Some(Text::new(ctx.actor())?);
    (row.score, row.level) = (found.score, found.level);
    (row.base, row.management, row.results) = (found.base, found.management, found.results);
    ctx.update(&mut row)?;
    ctx.emit(AssessmentClosed::from(row.value))?;
    Ok(found.level)
}

/// Drops an open assessment with all that it says.
#[command(roles("owner", "admin"))]
pub fn drop_assessment(ctx: &mut Command, assessment: Text<16>) -> Outcome<()> {
    let row = open(ctx, &assessment)?;
    ctx.delete_all(Answer::by_assessment_question_option().eq(&assessment))?;
    ctx.delete_all(SceneLevel::by_assessment_scene().eq(&assessment))?;
    ctx.delete_all(Figure::by_assessment_name().eq(&assessment))?;
    ctx.delete(row.id)
}

/// Assessments, the latest first.
#[query]
pub fn assessments(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Assessment>> {
    ctx.page(Assessment::by_number().descending().limit(100).after(after))
}

/// One assessment.
#[query]
pub fn one_assessment(ctx: &Query, assessment: Text<16>) -> Outcome<Assessment> {
    Ok(of(ctx, &assessment, "assessment")?.value)
}

/// The assessment; `field` is where the caller wrote its code.
pub fn of(ctx: &Query, code: &Text<16>, field: &str) -> Outcome<Row<Assessment>> {
    let row = ctx.first(Assessment::by_code().eq(code))?;
    row.or_reject("unknown-assessment", "There is no such assessment").field(field)
}

/// The assessment, which must be open.
pub fn open(ctx: &Query, code: &Text<16>) -> Outcome<Row<Assessment>> {
    let row = of(ctx, code, "assessment")?;
    let message = "This assessment is closed and never changes; open another one like it";
    reject_if(row.state == AssessmentState::Closed, "closed", message).field("assessment")?;
    Ok(row)
}
