//! Proof that a form comes from one of our own pages, seen by this very session.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The field that carries a form's token.
pub const TOKEN: &str = "_token";
/// The field that makes a repetition harmless: the idempotency key of what a form does.
pub const ONCE: &str = "_key";

/// Makes and checks the tokens of one session's forms: one a form, bound to the address it is sent to.
#[derive(Clone)]
pub struct FormKey(Hmac<Sha256>);

impl FormKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("any length is a key"))
    }

    /// The token of the form that is sent to `path`.
    pub fn token(&self, path: &str) -> String {
        let mac = self.0.clone().chain_update(path).finalize().into_bytes();
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// In constant time.
    pub fn fits(&self, path: &str, token: &str) -> bool {
        let digits =
            token.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let Some(bytes) = digits.collect::<Option<Vec<u8>>>() else { return false };
        self.0.clone().chain_update(path).verify_slice(&bytes).is_ok()
    }
}
