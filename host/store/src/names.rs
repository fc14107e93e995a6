//! Physical names of tables and indexes: made here, never text of a module alone.

use sha2::{Digest, Sha256};

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `m_<80 bits of module, major and record>_<record>`: at most 59 characters, and two records share a name only by
/// breaking the hash; [`crate::Writer::install`] checks even that.
pub(crate) fn table(module: &str, major: u64, record: &str) -> String {
    format!("m_{}_{record}", digest(&[module, &major.to_string(), record]))
}

/// `x_<80 bits of table, kind and columns>`.
pub(crate) fn index<'a>(table: &'a str, unique: bool, fields: impl Iterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = [table, if unique { "unique" } else { "plain" }].into_iter().chain(fields).collect();
    format!("x_{}", digest(&parts))
}

/// Sixteen characters of base32.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let bits = hash[..10].iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..16).rev().map(|at| char::from(BASE32[(bits >> (at * 5) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_postgres_and_differ_by_module_major_and_record() {
        let longest = table(&"m".repeat(40), u64::MAX, &"r".repeat(40));
        assert!(longest.len() <= 63, "{longest}");
        let names = [table("a", 1, "x"), table("b", 1, "x"), table("a", 2, "x"), table("a", 1, "y")];
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_ne!(index("t", true, ["ab"].into_iter()), index("t", true, ["a", "b"].into_iter()));
    }
}
