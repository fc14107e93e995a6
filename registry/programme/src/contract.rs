//! Contracts: a version of an offer that both sides signed. Nothing of one ever changes; where it was filed, and which one
//! took its place, is added once.
//!
//! Filing pins a contract by id and hash ([`file`]); acceptance finds it as it was filed, and hears how the provider has
//! stood since ([`filed`]).

use crate::contract_line::ContractLine;
use crate::identification::{self, Note, notes_since};
use crate::money::Fen;
use crate::offer::{Content, Signature, signatures};
use crate::page::cut;
use crate::refusal::{ProgrammeError, Result};
use crate::split::SplitLine;
use crate::statement::Statement;
use serde::Serialize;
use sqlx::AnyConnection;
use toolcrib_catalog::{Catalog, Person, Whole, Writing, new_id};
use toolcrib_contract::problem::{RULE_CONTRACT, RULE_PROVIDER};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;

/// Rows of one list.
pub const CONTRACTS_LISTED: i64 = 100;

/// A contract in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ContractRow {
    pub id: String,
    pub offer: String,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    /// Slugs and names.
    pub provider: String,
    pub provider_name: String,
    pub firm: String,
    pub firm_name: String,
    pub title: String,
    pub programme: Option<String>,
    pub city: Option<String>,
    pub identification: Option<String>,
    pub list_fen: Fen,
    pub net_fen: Fen,
    pub programme_fen: Fen,
    /// `sha256:…`
    pub hash: String,
    pub signed_us: i64,
    /// Id of the project it was filed with, and when.
    pub project: Option<String>,
    pub filed_us: Option<i64>,
    pub replaced_by: Option<String>,
}

/// A contract, whole.
#[derive(Clone, Debug)]
pub struct Contract {
    pub row: ContractRow,
    pub content: Content,
    pub signatures: Vec<Signature>,
    /// The kept content, lines and signatures still give the hash.
    pub intact: bool,
    /// How the provider's standing changed since it was signed.
    pub notes: Vec<Note>,
}

impl Contract {
    /// What was agreed on, line by line.
    pub fn lines(&self) -> Vec<ContractLine> {
        self.content.lines.iter().map(|line| line.line.clone()).collect()
    }
}

/// What a contract's hash is of.
#[derive(Serialize)]
struct Hashed<'a> {
    contract: &'a str,
    digest: &'a str,
    identification: Option<&'a str>,
    signatures: Vec<(&'a str, &'a str, i64)>,
}

fn hash(contract: &str, digest: &str, identification: Option<&str>, signatures: &[Signature]) -> String {
    let signatures = signatures.iter().map(|one| (one.side.as_str(), one.person.as_str(), one.at_us)).collect();
    let hashed = Hashed { contract, digest, identification, signatures };
    digest::of(serde_json::to_string(&hashed).expect("a contract is plain data").as_bytes())
}

/// Makes the contract of a version with both signatures; its id.
pub(crate) async fn make(
    writing: &mut Writing,
    content: &Content,
    digest: &str,
    identification: Option<String>,
    chance: &dyn Chance,
) -> Result<String> {
    let (now, id) = (writing.now(), new_id(writing.now(), chance));
    let signatures = signatures(writing.connection(), &content.offer, content.version).await?;
    let hash = hash(&id, digest, identification.as_deref(), &signatures);
    let under = content.under.as_ref();
    sqlx::query(
        "INSERT INTO contract (id, offer, version, provider, firm, title, programme, city, identification, list_fen,
             net_fen, programme_fen, hash, signed_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&id)
    .bind(&content.offer)
    .bind(i64::from(content.version))
    .bind(&content.provider)
    .bind(&content.firm)
    .bind(&content.title)
    .bind(under.map(|under| &under.programme))
    .bind(under.map(|under| &under.city))
    .bind(identification)
    .bind(content.split.list)
    .bind(content.split.net)
    .bind(content.split.programme)
    .bind(hash)
    .bind(now.0)
    .execute(writing.connection())
    .await?;
    for line in &content.lines {
        insert_line(writing.connection(), &id, line).await?;
    }
    if let Some(replaced) = &content.replaces {
        let replace = sqlx::query(
            "UPDATE contract SET replaced_by = $1 WHERE id = $2 AND project IS NULL AND replaced_by IS NULL",
        );
        let replace = replace.bind(&id).bind(replaced).execute(writing.connection()).await?;
        if replace.rows_affected() == 0 {
            let why = "the contract that it takes the place of was filed or replaced meanwhile";
            return Err(ProgrammeError::refused(RULE_CONTRACT, why));
        }
    }
    Ok(id)
}

async fn insert_line(db: &mut AnyConnection, contract: &str, split: &SplitLine) -> Result<()> {
    let line = &split.line;
    let module = line.module.as_ref();
    sqlx::query(
        "INSERT INTO contract_line (contract, line, category, description, quantity, list_fen, discount_fen, net_fen,
             programme_fen, module, module_version, plan)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
             (SELECT id FROM plan WHERE module = $10 AND code = $12
                 ORDER BY retired_us IS NULL DESC, id DESC LIMIT 1))",
    )
    .bind(contract)
    .bind(i64::from(line.line))
    .bind(line.category)
    .bind(&line.description)
    .bind(i64::from(line.quantity))
    .bind(line.list)
    .bind(line.discount)
    .bind(line.net)
    .bind(split.programme)
    .bind(module.map(|(name, _)| name))
    .bind(module.map(|(_, version)| version))
    .bind(&split.plan)
    .execute(db)
    .await?;
    Ok(())
}

const COLUMNS: &str =
    "SELECT c.id, c.offer, c.version, c.provider, p.name AS provider_name, c.firm, f.name AS firm_name,
        c.title, c.programme, c.city, c.identification, c.list_fen, c.net_fen, c.programme_fen, c.hash, c.signed_us,
        c.project, c.filed_us, c.replaced_by
    FROM contract c JOIN org p ON p.slug = c.provider JOIN org f ON f.slug = c.firm";

/// A contract, in any transaction.
///
/// # Errors
/// Not found; what is kept does not read.
pub async fn load(db: &mut AnyConnection, id: &str) -> Result<Contract> {
    let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE c.id = $1"))).bind(id);
    let row: Option<ContractRow> = query.fetch_optional(&mut *db).await?;
    let row = row.ok_or_else(|| ProgrammeError::not_found("contract"))?;
    let version = sqlx::query_as("SELECT content, digest FROM offer_version WHERE offer = $1 AND version = $2");
    let (text, kept): (String, String) =
        version.bind(&row.offer).bind(i64::from(row.version)).fetch_one(&mut *db).await?;
    let content = Content::read(&text)?;
    let signatures = signatures(db, &row.offer, row.version).await?;
    let whole = digest::of(text.as_bytes()) == kept
        && hash(id, &kept, row.identification.as_deref(), &signatures) == row.hash
        && lines(db, id).await? == content.lines.iter().map(|line| (line.line.line, amounts(line))).collect::<Vec<_>>();
    let notes = match &row.identification {
        Some(identification) => notes_since(db, identification, Instant(row.signed_us)).await?,
        None => Vec::new(),
    };
    Ok(Contract { row, content, signatures, intact: whole, notes })
}

type Amounts = (String, Fen, Fen, Fen, Fen);

fn amounts(split: &SplitLine) -> Amounts {
    let line = &split.line;
    (line.category.as_str().to_owned(), line.list, line.discount, line.net, split.programme)
}

async fn lines(db: &mut AnyConnection, id: &str) -> Result<Vec<(u32, Amounts)>> {
    let query = sqlx::query_as(
        "SELECT line, category, list_fen, discount_fen, net_fen, programme_fen FROM contract_line
         WHERE contract = $1 ORDER BY line",
    );
    let rows: Vec<(Whole, String, Fen, Fen, Fen, Fen)> = query.bind(id).fetch_all(db).await?;
    let row =
        |(Whole(line), category, list, discount, net, programme)| (line, (category, list, discount, net, programme));
    Ok(rows.into_iter().map(row).collect())
}

/// Pins a contract to a project at filing. From now on it takes neither another filing nor a replacement.
///
/// # Errors
/// Not found; `rule-06-contract` when it is not what was signed or presented, was filed or replaced; `rule-05-provider`
/// when the provider may sign nothing now.
pub async fn file(writing: &mut Writing, id: &str, presented: &str, project: &str) -> Result<Contract> {
    let contract = load(writing.connection(), id).await?;
    unchanged(&contract, presented)?;
    if let Some(by) = &contract.row.replaced_by {
        return Err(ProgrammeError::refused(RULE_CONTRACT, format!("contract {by} took its place; file that one")));
    }
    if let Some(project) = &contract.row.project {
        return Err(ProgrammeError::refused(RULE_CONTRACT, format!("the contract is filed with project {project}")));
    }
    let now = writing.now();
    let Some(under) = &contract.content.under else {
        let why = "the contract was not made under a programme: no identified provider signed it as such";
        return Err(ProgrammeError::refused(RULE_PROVIDER, why));
    };
    let provider = &contract.row.provider;
    identification::contracting(writing.connection(), provider, &under.city, &under.segment, now).await?;
    sqlx::query("UPDATE contract SET project = $1, filed_us = $2 WHERE id = $3")
        .bind(project)
        .bind(now.0)
        .bind(id)
        .execute(writing.connection())
        .await?;
    Ok(contract)
}

/// A contract as it was filed with a project. Its notes say how the provider has stood since it signed: that it was
/// suspended meanwhile does not undo the contract; acceptance waits until the provider is restored.
///
/// # Errors
/// Not found; `rule-06-contract` when it is not what was filed.
pub async fn filed(db: &mut AnyConnection, id: &str, pinned: &str, project: &str) -> Result<Contract> {
    let contract = load(db, id).await?;
    unchanged(&contract, pinned)?;
    if contract.row.project.as_deref() != Some(project) {
        return Err(ProgrammeError::refused(RULE_CONTRACT, "the contract is not filed with this project"));
    }
    Ok(contract)
}

fn unchanged(contract: &Contract, hash: &str) -> Result<()> {
    if !contract.intact {
        let why = format!("the lines of contract {} are not those that were signed", contract.row.id);
        return Err(ProgrammeError::refused(RULE_CONTRACT, why));
    }
    if contract.row.hash != hash {
        let why = format!("contract {} has the hash {}, not {hash}", contract.row.id, contract.row.hash);
        return Err(ProgrammeError::refused(RULE_CONTRACT, why));
    }
    Ok(())
}

/// Whether they are a party, or work for the authority of its city.
fn is_visible(row: &ContractRow, person: &Person) -> bool {
    person.org_role(&row.provider).is_some()
        || person.org_role(&row.firm).is_some()
        || row.city.as_ref().is_some_and(|city| person.authority(city).is_some())
}

/// A contract for somebody who looks.
///
/// # Errors
/// Not found, also for who is no party and does not work for its city.
pub async fn contract(catalog: &Catalog, id: &str, viewer: &Person) -> Result<Contract> {
    let mut read = catalog.reading().begin().await?;
    let contract = load(&mut read, id).await?;
    if is_visible(&contract.row, viewer) { Ok(contract) } else { Err(ProgrammeError::not_found("contract")) }
}

/// A line of a signed contract that somebody tries to change: always refused, with what to do instead.
///
/// # Errors
/// `rule-06-contract`; not found.
pub async fn change(catalog: &Catalog, id: &str, line: u32, by: &Person) -> Result<std::convert::Infallible> {
    let contract = contract(catalog, id, by).await?;
    if !contract.content.lines.iter().any(|known| known.line.line == line) {
        return Err(ProgrammeError::not_found("line of the contract"));
    }
    let why = match contract.row.project {
        Some(project) => format!("the contract is filed with project {project}; what is filed never changes"),
        None => "a signed contract never changes; make an offer that takes its place".to_owned(),
    };
    Err(ProgrammeError::refused(RULE_CONTRACT, why))
}

/// Which contracts.
#[derive(Clone, Debug, Default)]
pub struct ContractFilter {
    /// Slug of a party.
    pub org: Option<String>,
    pub city: Option<String>,
    pub programme: Option<String>,
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Contracts of somebody's organisations, and of the cities they work for; newest first, with `after` of the next page.
///
/// # Errors
/// The database.
pub async fn list(
    catalog: &Catalog,
    viewer: &Person,
    filter: &ContractFilter,
) -> Result<(Vec<ContractRow>, Option<String>)> {
    let orgs = serde_json::json!(viewer.orgs.iter().map(|org| &org.slug).collect::<Vec<_>>()).to_string();
    let cities = viewer.orgs.iter().filter_map(|org| org.city.as_ref()).collect::<Vec<_>>();
    let cities = serde_json::json!(cities).to_string();
    let mut query = Statement::new(COLUMNS);
    query.push(" WHERE (c.provider IN (SELECT value FROM json_each(").push_bind(&orgs);
    query.push(")) OR c.firm IN (SELECT value FROM json_each(").push_bind(&orgs);
    query.push(")) OR c.city IN (SELECT value FROM json_each(").push_bind(&cities).push(")))");
    if let Some(org) = &filter.org {
        query.push(" AND (c.provider = ").push_bind(org).push(" OR c.firm = ").push_bind(org).push(")");
    }
    if let Some(city) = &filter.city {
        query.push(" AND c.city = ").push_bind(city);
    }
    if let Some(programme) = &filter.programme {
        query.push(" AND c.programme = ").push_bind(programme);
    }
    if let Some(after) = &filter.after {
        query.push(" AND c.id < ").push_bind(after);
    }
    let limit = filter.limit.unwrap_or(CONTRACTS_LISTED).clamp(1, CONTRACTS_LISTED);
    query.push(" ORDER BY c.id DESC LIMIT ").push_bind(limit + 1);
    let rows: Vec<ContractRow> = query.query_as().fetch_all(catalog.reading()).await?;
    Ok(cut(rows, limit, |row| &row.id))
}
