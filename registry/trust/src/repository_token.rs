//! Tokens for the repositories of the OCI endpoints: what somebody may do in which repository, for five minutes.
//!
//! They have an audience of their own: the API does not take them, and the repositories take no token of the API.

use crate::error::TrustError;
use crate::jwks::KeySet;
use crate::token::{self, ISSUER, Issuer, Registered};
use serde::{Deserialize, Serialize};
use toolcrib_contract::limits::OCI_TOKEN_S;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// `aud` of these tokens, and the `service` that clients name when they ask for one.
pub const REPOSITORIES: &str = "toolcrib-oci";
/// `sub` of a token that was given to nobody in particular.
pub const NOBODY: &str = "anonymous";

/// What may be done in one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// `repository`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For example `acme/oee`.
    pub name: String,
    /// Of `pull`, `push`, `delete`.
    pub actions: Vec<String>,
}

/// Who asks, and what they were granted when the token was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryClaims {
    /// The person's id, or [`NOBODY`].
    pub sub: String,
    pub iss: String,
    pub aud: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970; at this second the token is void.
    pub exp: u64,
    pub jti: String,
    /// Hash of the API token that it was asked for with: it counts no longer than that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_sha256: Option<String>,
    pub access: Vec<Access>,
}

impl RepositoryClaims {
    /// Whether this may be done in this repository.
    pub fn allows(&self, name: &str, action: &str) -> bool {
        let of = |access: &&Access| access.kind == "repository" && access.name == name;
        self.access.iter().filter(of).any(|access| access.actions.iter().any(|granted| granted == action))
    }
}

impl Issuer {
    /// A token with this access from `now` on, for [`OCI_TOKEN_S`]; for somebody with an API token, with its hash.
    ///
    /// # Errors
    /// [`TrustError::Token`] when it would be too long: too many repositories at once.
    pub fn issue_for_repositories(
        &self,
        sub: &str,
        token_sha256: Option<String>,
        access: Vec<Access>,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<String, TrustError> {
        let iat = token::seconds(now);
        self.encode(&RepositoryClaims {
            sub: sub.to_owned(),
            iss: ISSUER.to_owned(),
            aud: REPOSITORIES.to_owned(),
            iat,
            exp: iat + OCI_TOKEN_S,
            jti: token::random_id(chance),
            token_sha256,
            access,
        })
    }
}

impl KeySet {
    /// Verifies a token for repositories at `now`.
    ///
    /// # Errors
    /// The first check that failed, as for [`KeySet::verify`].
    pub fn verify_for_repositories(&self, token: &str, now: Instant) -> Result<RepositoryClaims, TrustError> {
        let claims: RepositoryClaims = self.open(token)?;
        let RepositoryClaims { sub, iss, aud, jti, iat, exp, .. } = &claims;
        let registered = Registered { sub, iss, aud, jti, iat: *iat, exp: *exp };
        registered.check(token::seconds(now), ISSUER, REPOSITORIES, OCI_TOKEN_S)?;
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::signer::Signer;
    use crate::token::AUDIENCE;
    use std::collections::BTreeMap;

    const NOW: Instant = Instant(1_795_507_200_000_000);

    fn access(name: &str, actions: &[&str]) -> Access {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        Access { kind: "repository".into(), name: name.into(), actions }
    }

    #[test]
    fn a_token_allows_what_it_names_for_five_minutes() {
        let chance = Seeded::new(3);
        let issuer = Issuer::new(&Signer::generate(&chance));
        let granted = vec![access("acme/oee", &["pull", "push"]), access("bolt/oee", &["pull"])];
        let token = issuer.issue_for_repositories("p", None, granted, NOW, &chance).unwrap();
        let verify = |at: i64| issuer.key_set().verify_for_repositories(&token, Instant(NOW.0 + at * 1_000_000));
        let claims = verify(299).unwrap();
        assert!(claims.allows("acme/oee", "push") && claims.allows("bolt/oee", "pull"));
        assert!(!claims.allows("bolt/oee", "push") && !claims.allows("acme/plan", "pull"));
        assert_eq!(verify(300), Err(TrustError::Expired));
        assert_eq!(verify(-60), Err(TrustError::Future));
    }

    #[test]
    fn neither_kind_of_token_passes_for_the_other() {
        let chance = Seeded::new(4);
        let issuer = Issuer::new(&Signer::generate(&chance));
        let (keys, nothing) = (issuer.key_set(), BTreeMap::new());
        let person = issuer.issue("p".into(), nothing.clone(), nothing, NOW, &chance).unwrap();
        let oci = issuer.issue_for_repositories("p", None, vec![access("acme/oee", &["push"])], NOW, &chance).unwrap();
        assert_eq!(keys.verify(&oci, NOW, ISSUER, AUDIENCE), Err(TrustError::Purpose("service")));
        assert!(keys.verify_for_repositories(&person, NOW).is_err());
        // Not even when it lists access, as a forged one of the right key would.
        let mut claims = keys.verify_for_repositories(&oci, NOW).unwrap();
        claims.aud = AUDIENCE.into();
        let wrong = issuer.encode(&claims).unwrap();
        assert_eq!(keys.verify_for_repositories(&wrong, NOW), Err(TrustError::Purpose("service")));
        claims.aud = REPOSITORIES.into();
        claims.exp += 1;
        let long = issuer.encode(&claims).unwrap();
        assert_eq!(keys.verify_for_repositories(&long, NOW), Err(TrustError::Token("it lives longer than any")));
    }
}
