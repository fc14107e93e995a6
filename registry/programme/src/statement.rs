//! A statement that is put together of parts, with its values numbered as both engines read them.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::QueryAs;
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, FromRow, Type};

/// A statement so far, and its values in order. Its parts are texts of this crate, never of a caller.
pub(crate) struct Statement {
    text: String,
    values: AnyArguments,
}

impl Statement {
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: AnyArguments::default() }
    }

    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Writes `$n` for a value, and keeps the value.
    pub fn push_bind<'v>(&mut self, value: impl Encode<'v, Any> + Type<Any>) -> &mut Self {
        self.values.add(value).expect("numbers and texts encode");
        self.text.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Writes the values with commas between them; for none of them what nothing is equal to: PostgreSQL has no empty
    /// list.
    pub fn push_list<'v, V: Encode<'v, Any> + Type<Any>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => self.push_bind(first),
            None => self.push("NULL"),
        };
        for value in values {
            self.push(", ").push_bind(value);
        }
        self
    }

    pub fn query_as<T: for<'r> FromRow<'r, AnyRow>>(self) -> QueryAs<'static, Any, T, AnyArguments> {
        sqlx::query_as_with(AssertSqlSafe(self.text), self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_the_order_they_are_given() {
        let mut statement = Statement::new("SELECT a FROM b WHERE c = ");
        statement.push_bind(1_i64).push(" AND d IN (").push_list(["x", "y"]).push(")");
        assert_eq!(statement.text, "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)");
        assert_eq!(statement.values.len(), 3);
    }
}
