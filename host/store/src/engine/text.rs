//! One text of a statement for both engines. The only place where text becomes a statement of PostgreSQL.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Translated texts that are kept. Their number is that of our statements and of the shapes of modules' pages.
const TEXTS: usize = 4_096;

/// What each mark becomes. `$1` is always the tenant; the statement's own values follow.
const MARKS: [(&str, &str); 9] = [
    // In a list of columns, and in the list of their values.
    ("/*c*/", "tenant_id,"),
    ("/*v*/", "$1,"),
    // In front of a condition; a condition of its own; the same of a table that is called `o`.
    ("/*w*/", "tenant_id=$1 AND "),
    ("/*W*/", " WHERE tenant_id=$1"),
    ("/*o*/", "o.tenant_id=$1 AND "),
    // Absent values come first in both engines.
    ("/*f*/", " NULLS FIRST"),
    ("/*l*/", " NULLS LAST"),
    // What a machine said is one column of any type there, and one column for each type here: the others, behind `value` and
    // `last`.
    ("/*+v*/", ",number,word"),
    ("/*+l*/", ",last_number,last_word"),
];

/// The marks of conditions, when row-level security has to do without them.
#[cfg(test)]
const WITHOUT: [(&str, &str); 3] = [
    ("/*w*/", "$1::uuid IS NOT NULL AND "),
    ("/*W*/", " WHERE $1::uuid IS NOT NULL"),
    ("/*o*/", "$1::uuid IS NOT NULL AND "),
];

/// Texts that were translated before.
#[derive(Default)]
pub(crate) struct Texts {
    known: RwLock<HashMap<Box<str>, Arc<str>>>,
    /// The host's own condition is left out: what row-level security is tested with.
    #[cfg(test)]
    pub bare: std::sync::atomic::AtomicBool,
}

impl Texts {
    pub fn of(&self, sql: &str) -> SqlStr {
        #[cfg(test)]
        if self.is_bare() {
            return raw(bared(sql));
        }
        if let Some(text) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return AssertSqlSafe(text.clone()).into_sql_str();
        }
        let text: Arc<str> = translated(sql).into();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= TEXTS {
            known.clear();
        }
        known.insert(sql.into(), text.clone());
        AssertSqlSafe(text).into_sql_str()
    }
}

impl Texts {
    /// Whether the host's own condition is left out.
    pub fn is_bare(&self) -> bool {
        #[cfg(test)]
        return self.bare.load(std::sync::atomic::Ordering::Relaxed);
        #[cfg(not(test))]
        false
    }
}

/// The same text with nothing but row-level security between tenants.
#[cfg(test)]
pub(crate) fn bared(sql: &str) -> String {
    translated(&WITHOUT.iter().fold(sql.to_owned(), |sql, (mark, text)| sql.replace(mark, text)))
}

/// A text without values: ours, or made of names from [`crate::names`] and columns that [`crate::column`] let through.
pub(crate) fn raw(sql: String) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

/// The text for PostgreSQL: marks replaced, `?3` and `?` numbered behind the tenant.
pub(crate) fn translated(sql: &str) -> String {
    let marked = MARKS.iter().fold(sql.to_owned(), |sql, (mark, text)| sql.replace(mark, text));
    let mut out = String::with_capacity(marked.len() + 16);
    let (mut rest, mut next) = (marked.as_str(), 2);
    while let Some(at) = rest.find('?') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse::<usize>().map_or(next, |number| number + 1);
        next += usize::from(digits == 0);
        out.push('$');
        out.push_str(&number.to_string());
        rest = &rest[digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_one_tenant_becomes_one_of_many() {
        let sql = "INSERT INTO meta(/*c*/key,value) VALUES(/*v*/?1,?2) ON CONFLICT(/*c*/key) DO UPDATE SET value=?2";
        let made =
            "INSERT INTO meta(tenant_id,key,value) VALUES($1,$2,$3) ON CONFLICT(tenant_id,key) DO UPDATE SET value=$3";
        assert_eq!(translated(sql), made);
        let sql = "SELECT id FROM m_x WHERE /*w*/c_a=? AND c_b>=? ORDER BY c_b/*f*/,id LIMIT ?";
        let made = "SELECT id FROM m_x WHERE tenant_id=$1 AND c_a=$2 AND c_b>=$3 ORDER BY c_b NULLS FIRST,id LIMIT $4";
        assert_eq!(translated(sql), made);
        assert_eq!(translated("SELECT max(seq) FROM event/*W*/"), "SELECT max(seq) FROM event WHERE tenant_id=$1");
    }
}
