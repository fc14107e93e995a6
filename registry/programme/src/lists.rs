//! Lists of projects: pages by id, the newest first, every filter with its index; counts and coverage as they are kept.

use crate::assessment::AssessmentKind;
use crate::ids::{ProgrammeId, ProjectId};
use crate::life::State;
use crate::maybe::Maybe;
use crate::money::Fen;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use toolcrib_catalog::PersonId;

/// Projects of one page, and how many when nobody says.
pub const PROJECTS_PAGE_MAX: i64 = 200;
pub const PROJECTS_PAGE: i64 = 50;
/// Rows of a programme's coverage: 100 segments in 50 districts.
pub const COVERAGE_ROWS: i64 = 5_000;

/// Which projects of a programme.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    pub state: Option<State>,
    pub segment: Option<String>,
    pub district: Option<String>,
    /// Id of the last project of the page before.
    pub after: Option<ProjectId>,
    /// At most [`PROJECTS_PAGE_MAX`].
    pub limit: Option<i64>,
}

/// A project in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ProjectRow {
    pub id: ProjectId,
    pub programme: ProgrammeId,
    pub programme_name: String,
    pub uscc: String,
    pub name: String,
    pub district: String,
    pub segment: String,
    pub state: State,
    pub since_us: i64,
    #[sqlx(try_from = "Maybe")]
    pub batch: Option<u32>,
    pub due_on: Option<String>,
    #[sqlx(try_from = "Maybe")]
    pub level_before: Option<u8>,
    #[sqlx(try_from = "Maybe")]
    pub level_after: Option<u8>,
    pub committed_fen: Fen,
    pub award_fen: Fen,
    pub paid_fen: Fen,
}

/// An assessment on site, in the list of whoever made it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Measurement {
    pub project: ProjectId,
    pub number: i64,
    pub name: String,
    pub district: String,
    pub programme_name: String,
    pub kind: AssessmentKind,
    #[sqlx(try_from = "i64")]
    pub level: u8,
    pub at_us: i64,
}

impl Measurement {
    /// Where the page after it begins.
    pub fn position(&self) -> String {
        format!("{}.{}.{}", self.at_us, self.project, self.number)
    }
}

/// Firms of a segment in a district, and how far they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub segment: String,
    pub district: String,
    pub firms: i64,
    /// By the level last measured: none or 0, 1, 2, 3, 4.
    pub levels: [i64; 5],
    /// By the level that they began with, in the same order.
    pub levels_before: [i64; 5],
    pub accepted: i64,
    pub award: Fen,
}

macro_rules! page {
    ($from:literal, $condition:literal) => {
        page!($from, $condition, "p.id")
    };
    ($from:literal, $condition:literal, $order:literal) => {
        concat!(
            "SELECT p.id, p.programme, g.name AS programme_name, p.uscc, p.name, p.district, p.segment, p.state, p.since_us,
                 p.batch, p.due_on, p.level_before, p.level_after, p.committed_fen, p.award_fen, p.paid_fen
             FROM ",
            $from,
            " CROSS JOIN programme g ON g.id = p.programme WHERE p.id < $1 AND ",
            $condition,
            " ORDER BY ",
            $order,
            " DESC LIMIT $2"
        )
    };
}

/// One statement for each filter (1: state, 2: segment, 4: district), with the index that has its rows in the order of the
/// page. `$1` is the id before which the page begins, `$2` its length, `$3` the programme, `$4` to `$6` the filter.
const PAGES: [&str; 8] = [
    page!("project p INDEXED BY project_list", "p.programme = $3"),
    page!("project p INDEXED BY project_state", "p.programme = $3 AND p.state = $4"),
    page!("project p INDEXED BY project_segment", "p.programme = $3 AND p.segment = $5"),
    page!("project p INDEXED BY project_state_segment", "p.programme = $3 AND p.state = $4 AND p.segment = $5"),
    page!("project p INDEXED BY project_district", "p.programme = $3 AND p.district = $6"),
    page!("project p INDEXED BY project_state_district", "p.programme = $3 AND p.state = $4 AND p.district = $6"),
    page!("project p INDEXED BY project_segment_district", "p.programme = $3 AND p.segment = $5 AND p.district = $6"),
    page!(
        "project p INDEXED BY project_state_segment_district",
        "p.programme = $3 AND p.state = $4 AND p.segment = $5 AND p.district = $6"
    ),
];

/// Projects of an organisation, as the firm and as a provider. `$1` and `$2` as above, `$3` the organisation.
const OF_ORG: [&str; 2] = [
    page!("project p INDEXED BY project_org", "p.org = $3"),
    page!(
        "project_provider p0 CROSS JOIN project p ON p.id = p0.project",
        "p0.provider = $3 AND p0.project < $1",
        "p0.project"
    ),
];

const ORGS: &str = "SELECT org FROM org_member WHERE person = $1";

/// What a person measured on site, before one of the page before. `$1` the person, `$2` to `$4` where the page begins.
const MEASURED: &str =
    "SELECT a.project, a.number, p.name, p.district, g.name AS programme_name, a.kind, a.level, a.at_us
     FROM project_assessment a INDEXED BY project_assessment_by
     CROSS JOIN project p ON p.id = a.project CROSS JOIN programme g ON g.id = p.programme
     WHERE a.by = $1 AND (a.at_us, a.project, a.number) < ($2, $3, $4) AND a.kind IN ('onsite-before', 'onsite-after')
     ORDER BY a.at_us DESC, a.project DESC, a.number DESC LIMIT $5";

const COUNTS: &str = "SELECT state, projects FROM programme_count WHERE programme = $1 AND projects > 0 ORDER BY state";

const COVERAGE: &str = "SELECT segment, district, level, firms, accepted, award_fen FROM programme_coverage
     WHERE programme = $1 AND firms > 0 ORDER BY segment, district, level LIMIT $2";

const BEFORE: &str = "SELECT segment, district, level, firms FROM programme_before
     WHERE programme = $1 AND firms > 0 ORDER BY segment, district, level LIMIT $2";

/// Every statement of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    PAGES.into_iter().chain(OF_ORG).chain([ORGS, MEASURED, COUNTS, COVERAGE, BEFORE])
}

impl Programmes {
    /// A page of a programme's projects.
    ///
    /// # Errors
    /// The database.
    pub async fn projects(&self, programme: &ProgrammeId, filter: &ProjectFilter) -> Result<Vec<ProjectRow>> {
        let which = usize::from(filter.state.is_some())
            + 2 * usize::from(filter.segment.is_some())
            + 4 * usize::from(filter.district.is_some());
        let query = sqlx::query_as(self.catalog.engine().text(PAGES[which]))
            // Above every id: those are hex digits and hyphens.
            .bind(filter.after.as_ref().map_or("~", ProjectId::as_str))
            .bind(filter.limit.unwrap_or(PROJECTS_PAGE).clamp(1, PROJECTS_PAGE_MAX))
            .bind(programme)
            .bind(filter.state)
            .bind(&filter.segment)
            .bind(&filter.district);
        Ok(query.fetch_all(self.catalog.reading()).await?)
    }

    /// What a person measured on site, the newest first, at most [`PROJECTS_PAGE`], after a [`Measurement::position`].
    ///
    /// # Errors
    /// No such position, the database.
    pub async fn measured_by(&self, person: &PersonId, after: Option<&str>) -> Result<Vec<Measurement>> {
        let (at_us, project, number) = match after {
            // Behind everything: ids are hex digits and hyphens.
            None => (i64::MAX, "~", i64::MAX),
            Some(position) => {
                let mut parts = position.splitn(3, '.');
                let found = (|| Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?.parse().ok()?)))();
                found.ok_or_else(|| ProgrammeError::input("/after", "the `next` of the page before"))?
            }
        };
        let query = sqlx::query_as(self.catalog.engine().text(MEASURED))
            .bind(person)
            .bind(at_us)
            .bind(project)
            .bind(number)
            .bind(PROJECTS_PAGE);
        Ok(query.fetch_all(self.catalog.reading()).await?)
    }

    /// Projects of the firms and providers that a person belongs to, the newest first, after one of the page before.
    ///
    /// # Errors
    /// The database.
    pub async fn my_projects(&self, person: &PersonId, after: Option<&ProjectId>) -> Result<Vec<ProjectRow>> {
        let mut all: Vec<ProjectRow> = Vec::new();
        let orgs: Vec<(String,)> = sqlx::query_as(ORGS).bind(person).fetch_all(self.catalog.reading()).await?;
        for (org,) in orgs {
            for statement in OF_ORG {
                let query = sqlx::query_as(self.catalog.engine().text(statement))
                    .bind(after.map_or("~", ProjectId::as_str))
                    .bind(PROJECTS_PAGE);
                all.extend::<Vec<ProjectRow>>(query.bind(&org).fetch_all(self.catalog.reading()).await?);
            }
        }
        all.sort_by(|one, other| other.id.cmp(&one.id));
        all.dedup_by(|one, other| one.id == other.id);
        all.truncate(usize::try_from(PROJECTS_PAGE).unwrap_or(usize::MAX));
        Ok(all)
    }

    /// How many projects of a programme are in each state that has any.
    ///
    /// # Errors
    /// The database.
    pub async fn counts(&self, programme: &ProgrammeId) -> Result<Vec<(State, i64)>> {
        Ok(sqlx::query_as(COUNTS).bind(programme).fetch_all(self.catalog.reading()).await?)
    }

    /// Firms by segment and district.
    ///
    /// # Errors
    /// The database.
    pub async fn coverage(&self, programme: &ProgrammeId) -> Result<Vec<Coverage>> {
        type Row = (String, String, i64, i64, i64, Fen);
        let query = sqlx::query_as(COVERAGE).bind(programme).bind(COVERAGE_ROWS);
        let rows: Vec<Row> = query.fetch_all(self.catalog.reading()).await?;
        let mut all: Vec<Coverage> = Vec::new();
        for (segment, district, level, firms, accepted, award) in rows {
            if all.last().is_none_or(|last| (&last.segment, &last.district) != (&segment, &district)) {
                all.push(Coverage { segment, district, ..Coverage::default() });
            }
            let last = all.last_mut().expect("one was pushed");
            last.firms += firms;
            last.levels[place(level)] += firms;
            last.accepted += accepted;
            last.award = last.award.checked_add(award).unwrap_or(Fen::MAX);
        }
        let query = sqlx::query_as(BEFORE).bind(programme).bind(COVERAGE_ROWS);
        let before: Vec<(String, String, i64, i64)> = query.fetch_all(self.catalog.reading()).await?;
        for (segment, district, level, firms) in before {
            // Both lists are in the same order, and hold the same places.
            let at = all.binary_search_by(|row| (&row.segment, &row.district).cmp(&(&segment, &district)));
            if let Ok(at) = at {
                all[at].levels_before[place(level)] += firms;
            }
        }
        Ok(all)
    }
}

/// Where firms of a level are counted; 9 stands for none.
fn place(level: i64) -> usize {
    usize::try_from(level).ok().filter(|level| *level <= 4).unwrap_or(0)
}
