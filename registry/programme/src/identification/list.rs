//! Lists of identifications: the city's public one, a provider's own, all of a city for its people.

use super::{IDENTIFICATIONS_LISTED, Kind, State};
use crate::page::cut;
use crate::refusal::Result;
use crate::statement::Statement;
use toolcrib_catalog::Catalog;

/// What a caller looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Who is on a list or in publicity.
    Public,
    /// Everything of these providers.
    Own(Vec<String>),
    /// Everything of this city.
    City(String),
    /// What this person (id) is named to score.
    Expert(String),
}

/// Which of them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub city: Option<String>,
    pub segment: Option<String>,
    pub kind: Option<Kind>,
    pub state: Option<State>,
    /// Slug of a provider.
    pub org: Option<String>,
    /// Id of the last one of the page before.
    pub after: Option<String>,
    /// At most [`IDENTIFICATIONS_LISTED`].
    pub limit: Option<i64>,
}

/// An identification in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    pub id: String,
    pub org: String,
    pub org_name: String,
    pub city: String,
    pub segment: String,
    pub kind: Kind,
    pub state: State,
    pub stars: Option<i64>,
    pub publicity_until: Option<String>,
    pub rectify_by: Option<String>,
    pub valid_until: Option<String>,
    pub open_disputes: i64,
    pub applied_us: i64,
    pub changed_us: i64,
}

impl Row {
    /// The last day of what it is in.
    pub fn due(&self) -> Option<&str> {
        match self.state {
            State::Publicity => self.publicity_until.as_deref(),
            State::Rectifying => self.rectify_by.as_deref(),
            state if state.is_listed() => self.valid_until.as_deref(),
            _ => None,
        }
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Newest first.
    pub rows: Vec<Row>,
    /// All of the view and the filter but for its state, by state.
    pub counts: Vec<(State, i64)>,
    /// `after` of the next page.
    pub next: Option<String>,
}

pub(super) const COLUMNS: &str = "SELECT i.id, i.org, o.name AS org_name, i.city, i.segment, i.kind, i.state, i.stars,
        i.publicity_until, i.rectify_by, i.valid_until, i.applied_us, i.changed_us,
        (SELECT count(*) FROM identification_dispute d WHERE d.identification = i.id AND d.decided_us IS NULL)
            AS open_disputes
    FROM identification i JOIN org o ON o.slug = i.org";

/// A page of a list.
///
/// # Errors
/// The database.
pub async fn list(catalog: &Catalog, view: &View, filter: &Filter) -> Result<Listed> {
    let mut read = catalog.reading().begin().await?;
    let mut counts = Statement::new("SELECT i.state, count(*) FROM identification i");
    condition(&mut counts, view, filter);
    counts.push(" GROUP BY i.state ORDER BY i.state");
    let counts = counts.query_as().fetch_all(&mut *read).await?;
    let mut query = Statement::new(COLUMNS);
    condition(&mut query, view, filter);
    if let Some(state) = filter.state {
        query.push(" AND i.state = ").push_bind(state);
    }
    if let Some(after) = &filter.after {
        query.push(" AND i.id < ").push_bind(after);
    }
    let limit = filter.limit.unwrap_or(IDENTIFICATIONS_LISTED).clamp(1, IDENTIFICATIONS_LISTED);
    query.push(" ORDER BY i.id DESC LIMIT ").push_bind(limit + 1);
    let rows: Vec<Row> = query.query_as().fetch_all(&mut *read).await?;
    let (rows, next) = cut(rows, limit, |row| &row.id);
    Ok(Listed { rows, counts, next })
}

fn condition(query: &mut Statement, view: &View, filter: &Filter) {
    match view {
        View::Public => {
            let public = State::ALL.iter().filter(|state| state.is_public());
            query.push(" WHERE i.state IN (").push_list(public.copied()).push(")");
        }
        View::Own(orgs) => {
            query.push(" WHERE i.org IN (").push_list(orgs).push(")");
        }
        View::City(city) => {
            query.push(" WHERE i.city = ").push_bind(city);
        }
        View::Expert(person) => {
            query.push(" WHERE i.id IN (SELECT e.identification FROM identification_expert e WHERE e.relieved_us IS NULL AND e.person = ");
            query.push_bind(person).push(")");
        }
    }
    for (column, value) in
        [(" AND i.city = ", &filter.city), (" AND i.segment = ", &filter.segment), (" AND i.org = ", &filter.org)]
    {
        if let Some(value) = value {
            query.push(column).push_bind(value);
        }
    }
    if let Some(kind) = filter.kind {
        query.push(" AND i.kind = ").push_bind(kind);
    }
}
