//! A host's signed statement as evidence: checked against the host's key, and against the firm that it is about.

use super::{Item, NewItem, check, insert};
use crate::proof::{self, ProofError};
use serde::{Deserialize, Serialize};
use toolcrib_catalog::{Catalog, PersonId, new_id};
use toolcrib_contract::attestation::{Attestation, ModuleUse, PAYLOAD};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest::sha256_hex;

/// A statement may be so much younger than the registry's clock.
const SKEW_US: i64 = 600_000_000;

/// What a statement says in short: kept beside it, so that lists need not read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub from: String,
    pub until: String,
    pub made_at: String,
    /// Slug.
    pub tenant: String,
    pub machines: u64,
    /// The most days on which one machine sent.
    pub machine_days: u64,
    pub modules: Vec<ToldModule>,
}

/// How one module was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldModule {
    pub module: String,
    pub version: String,
    pub calls: u64,
    pub days: u64,
    pub people: u64,
}

impl Told {
    fn of(statement: &Attestation) -> Self {
        let module = |used: &ModuleUse| ToldModule {
            module: used.module.clone(),
            version: used.version.clone(),
            calls: used.calls,
            days: used.days,
            people: used.people,
        };
        Self {
            from: statement.from.clone(),
            until: statement.until.clone(),
            made_at: statement.made_at.clone(),
            tenant: statement.tenant.slug.clone(),
            machines: statement.machines.connected,
            machine_days: statement.machines.list.iter().map(|machine| machine.days).max().unwrap_or(0),
            modules: statement.modules.list.iter().map(module).collect(),
        }
    }
}

/// Files a host's statement with a project. The same under the same key again changes nothing.
///
/// # Errors
/// [`ProofError::NotProven`]: no host of this marketplace signed it, it is no statement, or it is about another firm.
pub async fn add_statement(
    catalog: &Catalog,
    project: &str,
    (key, envelope): (&str, &str),
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<Item, ProofError> {
    let (payload, signer) = proof::open(catalog, PAYLOAD, envelope).await?;
    let statement = Attestation::read(&payload).map_err(ProofError::NotProven)?;
    let name = format!("{} – {}", statement.from, statement.until);
    check(key, &name)?;
    let made = statement.made_at.parse::<Instant>().map_err(|error| ProofError::NotProven(error.to_string()))?;
    if made.0 > now.0 + SKEW_US {
        return Err(ProofError::NotProven("it was made in the future; compare the clocks".to_owned()));
    }
    is_of_firm(catalog, project, &statement.tenant.id).await?;
    let file = catalog.keep_paper(envelope.as_bytes().to_vec(), now, chance).await?;
    let told =
        serde_json::to_string(&Told::of(&statement)).map_err(|error| ProofError::damaged("a statement", &error))?;
    let row = NewItem {
        id: new_id(now, chance),
        project,
        key,
        source: "generated",
        name: &name,
        media: PAYLOAD,
        bytes: i64::try_from(envelope.len()).unwrap_or(i64::MAX),
        sha256: &sha256_hex(&payload),
        file: &file,
        signer: Some(&signer.key_id),
        told: Some(told),
    };
    insert(catalog, &row, by, now).await
}

/// The tenant belongs to the firm whose project it is.
async fn is_of_firm(catalog: &Catalog, project: &str, tenant: &str) -> Result<(), ProofError> {
    let query =
        sqlx::query_as("SELECT count(*) FROM project p JOIN tenant t ON t.org = p.org WHERE p.id = $1 AND t.id = $2");
    let (fits,): (i64,) = query.bind(project).bind(tenant).fetch_one(catalog.reading()).await?;
    if fits == 1 {
        Ok(())
    } else {
        Err(ProofError::NotProven("it is about another firm than the project's".to_owned()))
    }
}
