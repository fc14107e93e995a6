//! What names and addresses may look like. Every wrong field is told at once.

use crate::error::CatalogError;
use toolcrib_contract::ModuleName;
use toolcrib_contract::json::InputError;
use toolcrib_contract::types::RawId;

/// The most characters of a name that is shown.
pub const NAME_CHARS: usize = 100;
/// The most bytes of an address (RFC 5321).
const EMAIL_BYTES: usize = 254;

/// Collects what is wrong.
#[derive(Default)]
pub struct Check(Vec<InputError>);

impl Check {
    /// Notes this message when the condition does not hold. The pointer is a JSON pointer into the body.
    pub fn expect(&mut self, holds: bool, pointer: &str, message: impl Into<String>) {
        if !holds {
            self.0.push(InputError { pointer: pointer.to_owned(), message: message.into() });
        }
    }

    /// A name in addresses. It may not look like an id, because addresses take both.
    pub fn slug(&mut self, pointer: &str, slug: &str) {
        match slug.parse::<ModuleName>() {
            Err(error) => self.expect(false, pointer, error.to_string()),
            Ok(_) => self.expect(slug.parse::<RawId>().is_err(), pointer, "a name may not have the form of an id"),
        }
    }

    /// A name that is shown.
    pub fn name(&mut self, pointer: &str, name: &str) {
        let fits = (1..=NAME_CHARS).contains(&name.chars().count());
        let plain = !name.chars().any(char::is_control) && name.trim() == name;
        let rule = format!("1 to {NAME_CHARS} characters, no control characters, no space at either end");
        self.expect(fits && plain, pointer, rule);
    }

    /// An address in the form of [`email`].
    pub fn email(&mut self, pointer: &str, email: &str) {
        let parts = email.split_once('@');
        let plain =
            parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
        let odd = email.chars().any(|c| c.is_whitespace() || c.is_control());
        self.expect(plain && !odd && email.len() <= EMAIL_BYTES, pointer, "an address looks like li@example.com");
    }

    /// A city: six digits of GB/T 2260, the first not nought.
    pub fn city(&mut self, pointer: &str, code: &str) {
        let fits = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()) && !code.starts_with('0');
        self.expect(fits, pointer, "the six digits of the city in GB/T 2260, for example 330100");
    }

    /// One of these.
    pub fn role(&mut self, pointer: &str, role: &str, roles: &[&str]) {
        self.expect(roles.contains(&role), pointer, format!("one of {}", roles.join(", ")));
    }

    /// # Errors
    /// Everything that did not hold.
    pub fn done(self) -> Result<(), CatalogError> {
        if self.0.is_empty() { Ok(()) } else { Err(CatalogError::Input(self.0)) }
    }
}

/// The form of an address under which it is known.
pub fn email(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_never_looks_like_an_id() {
        let slug = |slug: &str| {
            let mut check = Check::default();
            check.slug("/slug", slug);
            check.done().is_ok()
        };
        assert!(slug("acme") && slug("red-star-2"));
        for bad in ["", "a", "Acme", "acme ", "a--b", "2acme", "a18f0e6e-7b1c-7cc3-a1b2-0123456789ab", "工厂"] {
            assert!(!slug(bad), "{bad}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut check = Check::default();
        check.email("/email", "no address");
        check.email("/email", "a@b");
        check.name("/name", " x");
        check.name("/name", "车间主任");
        check.name("/name", "bell\u{7}");
        check.name("/name", &"x".repeat(101));
        check.role("/role", "god", &["owner", "member"]);
        for city in ["", "33010", "3301000", "033010", "33010x", "３３０１００"] {
            check.city("/city", city);
        }
        check.city("/city", "330100");
        let Err(CatalogError::Input(errors)) = check.done() else { panic!("nothing was wrong") };
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/email", "/name", "/name", "/name", "/role", "/city", "/city", "/city", "/city", "/city", "/city"]
        );
        assert_eq!(email(" Li@Example.COM "), "li@example.com");
    }
}
