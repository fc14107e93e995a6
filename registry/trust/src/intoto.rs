//! In-toto statements: which files, by digest, and what is said about them. Unknown fields are refused: one that we do
//! not understand might be a condition.

use crate::digest::is_digest;
use crate::doubt::{Doubt, Part};
use crate::dsse::{self, ENVELOPE_BYTES, IN_TOTO};
use crate::signer::{PublicKey, Signer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Statement<P> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: P,
}

/// What kind of statement it is: looked at before the rest must have that kind's form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(rename = "_type")]
    kind: String,
    predicate_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    /// Hex digits by algorithm.
    digest: BTreeMap<String, String>,
}

/// A signed statement about these subjects: names and digests (`sha256:<hex>`).
pub(crate) fn seal(
    predicate_type: &str,
    subjects: &[(&str, &str)],
    predicate: &impl Serialize,
    signer: &Signer,
) -> String {
    let subject = |(name, digest): &(&str, &str)| {
        let hex = digest.trim_start_matches("sha256:").to_owned();
        Subject { name: (*name).to_owned(), digest: BTreeMap::from([("sha256".to_owned(), hex)]) }
    };
    let statement = Statement {
        kind: STATEMENT.to_owned(),
        subject: subjects.iter().map(subject).collect(),
        predicate_type: predicate_type.to_owned(),
        predicate,
    };
    let payload = serde_json::to_vec(&statement).expect("texts serialise");
    dsse::seal(IN_TOTO, &payload, signer)
}

/// The digests of exactly these subjects, in this order, and the predicate, of a statement that one of these keys
/// signed.
pub(crate) fn open<P: DeserializeOwned, const N: usize>(
    part: Part,
    envelope: &str,
    predicate_type: &str,
    names: [&str; N],
    keys: &[PublicKey],
) -> Result<([String; N], P), Doubt> {
    if envelope.len() > ENVELOPE_BYTES {
        return Err(Doubt::malformed(part, format!("more than {ENVELOPE_BYTES} bytes")));
    }
    let (payload, _) = dsse::open(part, envelope, IN_TOTO, keys)?;
    let kind: Kind = serde_json::from_slice(&payload).map_err(|error| Doubt::malformed(part, error))?;
    if kind.kind != STATEMENT || kind.predicate_type != predicate_type {
        return Err(Doubt::mismatch(part, format!("it is no statement of type {predicate_type}")));
    }
    let statement: Statement<P> = serde_json::from_slice(&payload).map_err(|error| Doubt::malformed(part, error))?;
    let digests = statement.subject.iter().zip(names).map_while(|(subject, name)| subject.sha256(name));
    let digests: Vec<String> = digests.collect();
    let digests = digests.try_into().ok().filter(|_| statement.subject.len() == N);
    let digests = digests.ok_or_else(|| Doubt::mismatch(part, format!("its subjects are not {}", names.join(", "))))?;
    Ok((digests, statement.predicate))
}

impl Subject {
    fn sha256(&self, name: &str) -> Option<String> {
        let digest = format!("sha256:{}", self.digest.get("sha256")?);
        (self.name == name && self.digest.len() == 1 && is_digest(&digest)).then_some(digest)
    }
}
