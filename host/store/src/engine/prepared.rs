//! Statements that a transaction begins with. Every connection has them prepared by name, so they go to the server in
//! one exchange with the words around them, and are planned once for a connection instead of once for a turn.

use super::text::{self, Texts};
use std::fmt::Write;
use toolcrib_contract::types::RawId;

pub(crate) struct Prepared {
    pub name: &'static str,
    /// Types of its values, the tenant's first.
    pub types: &'static str,
    /// As everywhere: see [`text::translated`].
    pub sql: &'static str,
}

impl Prepared {
    /// What a connection is told first.
    pub fn prepare(&self) -> String {
        let Self { name, types, sql } = self;
        let plain = format!("PREPARE {name}({types}) AS {}", text::translated(sql));
        #[cfg(test)]
        let plain = format!("{plain};PREPARE bare_{name}({types}) AS {}", text::bared(sql));
        plain
    }

    /// Runs it with these bytes as its values, behind the tenant. Nothing of them but digits gets into the text.
    pub fn execute(&self, texts: &Texts, tenant: RawId, values: &[&[u8]]) -> String {
        let mut sql = format!("EXECUTE {}{}('{tenant}'", if texts.is_bare() { "bare_" } else { "" }, self.name);
        for value in values {
            sql.push_str(",'\\x");
            for byte in *value {
                let _ = write!(sql, "{byte:02x}");
            }
            sql.push('\'');
        }
        sql.push(')');
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_digits_in_a_text() {
        let found = Prepared { name: "found", types: "uuid,bytea", sql: "SELECT 1 FROM a WHERE /*w*/key=?1" };
        let sql = "PREPARE found(uuid,bytea) AS SELECT 1 FROM a WHERE tenant_id=$1 AND key=$2;\
            PREPARE bare_found(uuid,bytea) AS SELECT 1 FROM a WHERE $1::uuid IS NOT NULL AND key=$2";
        assert_eq!(found.prepare(), sql);
        let sql = found.execute(&Texts::default(), RawId([1; 16]), &[b"'\\;\xff"]);
        assert_eq!(sql, "EXECUTE found('01010101-0101-0101-0101-010101010101','\\x275c3bff')");
    }
}
