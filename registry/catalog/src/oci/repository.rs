//! A repository, as one viewer sees it.

use crate::catalog::Catalog;
use crate::ids::PersonId;
use crate::listing::Viewer;
use crate::oci::error::OciError;
use crate::values::Flag;

/// The repository of a module, opened for a viewer.
#[derive(Clone)]
pub struct Repository {
    pub(super) catalog: Catalog,
    pub(super) module: String,
    org: String,
    pub(super) person: Option<PersonId>,
    /// Belongs to the organisation that owns it.
    pub(super) member: bool,
    /// Works for the marketplace.
    pub(super) marketplace: bool,
}

/// Submissions `s` that a viewer may see (`$1` member, `$2` works for the marketplace). What was revoked is nothing for
/// anybody else.
macro_rules! visible {
    () => {
        "(s.superseded_us IS NULL AND (s.state = 'approved' AND s.standing IS DISTINCT FROM 'revoked' OR $1
             OR $2 AND s.state NOT IN ('draft', 'discarded')))"
    };
}

/// Of visible submissions `s`, those that are listed and found by their tag: a yanked one is there for whoever has its
/// digest.
macro_rules! offered {
    () => {
        "(s.superseded_us IS NULL AND (s.state = 'approved' AND coalesce(s.standing, '') NOT IN ('yanked', 'revoked')
             OR $1 OR $2 AND s.state NOT IN ('draft', 'discarded')))"
    };
}

/// Manifests `m` that a viewer may see (`$1` member, `$2` works for the marketplace).
macro_rules! seen {
    () => {
        "($1 OR EXISTS (SELECT 1 FROM oci_part p JOIN submission s ON s.id = p.submission
             WHERE p.module = m.module AND p.manifest = m.sha256
                 AND s.superseded_us IS NULL AND (s.state = 'approved' AND s.standing IS DISTINCT FROM 'revoked'
                     OR $2 AND s.state NOT IN ('draft', 'discarded'))))"
    };
}
pub(super) use {offered, seen, visible};

impl Catalog {
    /// Opens `org/module` for this viewer, who is this person if anybody. Members see it as soon as the name is taken, everybody else once a version
    /// is approved.
    ///
    /// # Errors
    /// [`OciError::NameUnknown`], also when the viewer may see nothing of it.
    pub async fn repository(
        &self,
        viewer: &Viewer,
        person: Option<&PersonId>,
        org: &str,
        module: &str,
    ) -> Result<Repository, OciError> {
        let row: Option<(Flag, Flag)> = sqlx::query_as(
            "SELECT o.slug IN (SELECT value FROM json_each($3)),
                 EXISTS (SELECT 1 FROM submission s
                     WHERE s.module = m.name AND s.state = 'approved' AND s.standing IS DISTINCT FROM 'revoked')
             FROM module m JOIN org o ON o.id = m.org WHERE o.slug = $1 AND m.name = $2",
        )
        .bind(org)
        .bind(module)
        .bind(viewer.orgs())
        .fetch_optional(&self.readers)
        .await?;
        let (Flag(member), Flag(approved)) = row.ok_or(OciError::NameUnknown)?;
        if !(member || viewer.marketplace || approved) {
            return Err(OciError::NameUnknown);
        }
        Ok(Repository {
            catalog: self.clone(),
            module: module.to_owned(),
            org: org.to_owned(),
            person: person.cloned(),
            member,
            marketplace: viewer.marketplace,
        })
    }
}

impl Repository {
    /// `organisation/module`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.org, self.module)
    }

    /// Slug of the organisation that owns it.
    pub fn org(&self) -> &str {
        &self.org
    }

    pub fn module(&self) -> &str {
        &self.module
    }

    /// Who pushes.
    ///
    /// # Errors
    /// [`OciError::Denied`] for everybody but members of the owning organisation.
    pub fn pusher(&self) -> Result<&PersonId, OciError> {
        let member = self.person.as_ref().filter(|_| self.member);
        member.ok_or_else(|| OciError::Denied(format!("only members of `{}` push here", self.org)))
    }

    /// What the viewer may see, as these methods ask for it.
    pub fn viewer(&self) -> Viewer {
        Viewer { orgs: self.member.then(|| self.org.clone()).into_iter().collect(), marketplace: self.marketplace }
    }
}
