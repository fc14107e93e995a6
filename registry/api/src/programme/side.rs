//! Who somebody is for a project. Whoever is nobody there finds nothing (404), officials of another city too.

use crate::caller::Asker;
use crate::failed::Failed;
use crate::registry::Registry;
use toolcrib_catalog::{ASSESSOR, AUDITOR, CatalogError, OFFICIAL};
use toolcrib_contract::problem::{NOT_ALLOWED, RULE_ASSESSOR};
use toolcrib_programme::{Act, Parties, ProgrammeId, ProjectId, Side, may};

/// The id of a path.
///
/// # Errors
/// `not-found`.
pub fn programme_id(text: &str) -> Result<ProgrammeId, Failed> {
    ProgrammeId::parse(text).ok_or_else(|| CatalogError::NotFound("programme").into())
}

/// The id of a path.
///
/// # Errors
/// `not-found`.
pub fn project_id(text: &str) -> Result<ProjectId, Failed> {
    ProjectId::parse(text).ok_or_else(|| CatalogError::NotFound("project").into())
}

/// How somebody sees a project.
pub struct Seen {
    pub parties: Parties,
    /// As somebody of the authority: who objected is told to them only.
    pub as_authority: bool,
}

fn sides(asker: &Asker, parties: &Parties) -> Vec<Side> {
    let mut sides = Vec::new();
    match asker.0.authority(&parties.authority).map(|org| org.role.as_str()) {
        Some(OFFICIAL) => sides.push(Side::Official),
        Some(ASSESSOR) => sides.push(Side::Assessor),
        Some(AUDITOR) => sides.push(Side::Auditor),
        _ => {}
    }
    let belongs = |slug: &String| asker.0.org_role(slug).is_some();
    if parties.firm.as_ref().is_some_and(belongs) {
        sides.push(Side::Firm);
    }
    if parties.providers.iter().any(belongs) {
        sides.push(Side::Provider);
    }
    sides
}

impl Asker {
    /// A project that they may see. Of an auditor's look a line is kept.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn sees_project(&self, registry: &Registry, id: &ProjectId) -> Result<Seen, Failed> {
        let parties = registry.programmes().parties(id).await?;
        let sides = sides(self, &parties);
        let Some(first) = sides.first() else { return Err(CatalogError::NotFound("project").into()) };
        let as_authority = matches!(first, Side::Official | Side::Assessor | Side::Auditor);
        if as_authority {
            self.looks_at(registry, &parties.authority, &format!("/v1/projects/{id}")).await?;
        }
        Ok(Seen { parties, as_authority })
    }
}

/// Whether somebody may take this act in a project.
///
/// # Errors
/// `not-found` for whoever is nobody there; `rule-10-assessor` for parties who would judge themselves; `not-allowed`.
pub async fn party(registry: &Registry, asker: &Asker, id: &ProjectId, act: Act) -> Result<(), Failed> {
    let parties = registry.programmes().parties(id).await?;
    let sides = sides(asker, &parties);
    if sides.iter().any(|side| may(*side, act)) || may(Side::Public, act) {
        return Ok(());
    }
    if sides.is_empty() {
        return Err(CatalogError::NotFound("project").into());
    }
    let judges = matches!(act, Act::AssessOnsiteBefore | Act::AssessOnsiteAfter | Act::Accept | Act::Reject);
    if judges && sides.iter().any(|side| matches!(side, Side::Firm | Side::Provider)) {
        return Err(RULE_ASSESSOR.because("you belong to a party of this project").into());
    }
    Err(NOT_ALLOWED.because(format!("`{}` is not yours to do in this project", act.as_str())).into())
}
