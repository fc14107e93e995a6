//! What is odd about a project's evidence, or missing: for people to look at.

use super::Item;
use std::collections::BTreeSet;
use toolcrib_catalog::{Catalog, CatalogError, Flag};

/// Something odd. It decides nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Stable, kebab case.
    pub code: &'static str,
    /// An id, a hash or a number.
    pub about: String,
    /// A sentence.
    pub what: String,
}

fn doubt(code: &'static str, about: &str, what: String) -> Doubt {
    Doubt { code, about: about.to_owned(), what }
}

/// Doubts about the items of a project, and about invoices, bank slips and contracts that have no file among them.
///
/// # Errors
/// The database.
pub async fn doubts(catalog: &Catalog, project: &str, items: &[Item]) -> Result<Vec<Doubt>, CatalogError> {
    let invoices = sqlx::query_as("SELECT number, file_sha256 FROM project_invoice WHERE project = $1 ORDER BY id");
    let invoices: Vec<(String, String)> = invoices.bind(project).fetch_all(catalog.reading()).await?;
    let slips = sqlx::query_as("SELECT id, bank_slip_sha256 FROM project_payment WHERE project = $1 ORDER BY id");
    let slips: Vec<(String, String)> = slips.bind(project).fetch_all(catalog.reading()).await?;
    let filed =
        sqlx::query_as("SELECT contracts_sha256 IS NOT NULL, level_after IS NOT NULL FROM project WHERE id = $1");
    let filed: Option<(Flag, Flag)> = filed.bind(project).fetch_optional(catalog.reading()).await?;
    let (Flag(filed), Flag(measured)) = filed.ok_or(CatalogError::NotFound("project"))?;
    let standing: Vec<&Item> = items.iter().filter(|item| item.withdrawn_us.is_none()).collect();
    let files: BTreeSet<&str> = standing.iter().map(|item| item.sha256.as_str()).collect();
    let mut found = Vec::new();
    for item in &standing {
        let also = item.also_in().len();
        if also > 0 {
            let what = format!("{} {} is also filed in {also} other projects", item.key, item.name);
            found.push(doubt("file-used-elsewhere", &item.id, what));
        }
    }
    for (number, file) in invoices.iter().filter(|(_, file)| !files.contains(file.as_str())) {
        found.push(doubt("invoice-file-missing", number, format!("no file with the hash {file} of invoice {number}")));
    }
    for (id, file) in slips.iter().filter(|(_, file)| !files.contains(file.as_str())) {
        found.push(doubt("bank-slip-missing", id, format!("no file with the hash {file} of a bank slip")));
    }
    let has = |key: &str| standing.iter().any(|item| item.key == key);
    if filed && !has("C5") {
        found.push(doubt("contract-missing", "C5", "the contract that was filed is not among the files".to_owned()));
    }
    if measured && !standing.iter().any(|item| item.source == "generated") {
        let what = "no host stated how the modules were used".to_owned();
        found.push(doubt("statement-missing", "H2", what));
    }
    Ok(found)
}
