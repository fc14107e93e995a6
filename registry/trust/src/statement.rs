//! The statements that are signed: a context and the exact bytes. Whoever verifies builds the statement again from
//! what it knows, and never reads one.
//!
//! Each is `(context, message)`, to be given to [`crate::Signer::sign`] and [`crate::PublicKey::verify`].

/// A publisher says: this is my version.
pub const PUBLISH: &str = "toolcrib-publish-v1";
/// The registry says: this version was vetted and approved.
pub const APPROVAL: &str = "toolcrib-approval-v1";
/// The registry says: this is what tenants are entitled to. The message is the payload as sent.
pub const SNAPSHOT: &str = "toolcrib-snapshot-v1";
/// The holder of a key says: it belongs to this organisation.
pub const KEY: &str = "toolcrib-key-v1";

/// Text lines of `name: value`. Values are escaped, so that no value can add a line.
fn lines(values: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::new();
    for (name, value) in values {
        text.push_str(name);
        text.push_str(": ");
        text.extend(value.escape_default());
        text.push('\n');
    }
    text.into_bytes()
}

/// The publisher's statement about one artifact. `digest` is `sha256:<hex>`.
pub fn publish(module: &str, version: &str, digest: &str) -> (&'static str, Vec<u8>) {
    (PUBLISH, lines(&[("module", module), ("version", version), ("digest", digest)]))
}

/// The registry's approval of one artifact under a set of rules (`toolcrib_vetting::RULES` of the report).
pub fn approval(module: &str, version: &str, digest: &str, rules: &str) -> (&'static str, Vec<u8>) {
    (APPROVAL, lines(&[("module", module), ("version", version), ("digest", digest), ("rules", rules)]))
}

/// The registry's snapshot of entitlements.
pub fn snapshot(payload: &str) -> (&'static str, Vec<u8>) {
    (SNAPSHOT, payload.as_bytes().to_vec())
}

/// Proof that one holds a key, for one organisation's slug.
pub fn key(org: &str) -> (&'static str, Vec<u8>) {
    (KEY, org.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_plain_lines() {
        let (context, bytes) = approval("oee", "1.2.0", "sha256:00", "1");
        assert_eq!(context, "toolcrib-approval-v1");
        assert_eq!(String::from_utf8(bytes).unwrap(), "module: oee\nversion: 1.2.0\ndigest: sha256:00\nrules: 1\n");
    }

    #[test]
    fn no_value_can_add_a_line() {
        let (_, forged) = publish("oee\nversion: 9.0.0", "1.0.0", "sha256:00");
        assert_eq!(forged.iter().filter(|byte| **byte == b'\n').count(), 3);
        assert_ne!(publish("a\\n", "1", "d"), publish("a\n", "1", "d"));
    }

    #[test]
    fn an_approval_is_no_publication() {
        assert_ne!(publish("oee", "1.0.0", "d").0, approval("oee", "1.0.0", "d", "1").0);
    }
}
