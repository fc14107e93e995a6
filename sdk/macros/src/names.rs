//! Names: how Rust's become the contract's, and which are refused.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Error, Expr, Lit, Meta, Result};
use toolcrib_contract::names::is_identifier;

/// `StopClosed` → `stop_closed`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, char) in chars.iter().enumerate() {
        let after_lower = at > 0 && !chars[at - 1].is_uppercase() && chars[at - 1] != '_';
        let before_lower = at > 0 && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if char.is_uppercase() && (after_lower || before_lower) && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(char.to_lowercase());
    }
    out
}

/// The name as the contract writes it, checked.
pub fn checked(name: &str, span: Span, what: &str) -> Result<String> {
    if is_identifier(name) {
        return Ok(name.to_owned());
    }
    let rule = "use snake case: 1 to 40 of a-z, 0-9 and _, a letter first";
    Err(Error::new(span, format!("`{name}` cannot name {what}: {rule}")))
}

/// The name of a Rust identifier without `r#`.
pub fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// The doc comment as help text: lines joined, paragraphs kept.
pub fn doc(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(literal) = &meta.value else { continue };
        let Lit::Str(line) = &literal.lit else { continue };
        let line = line.value();
        let line = line.trim();
        if line.is_empty() {
            text.push('\n');
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struct_names_become_snake_case() {
        for (rust, contract) in [
            ("Stop", "stop"),
            ("StopClosed", "stop_closed"),
            ("OEE", "oee"),
            ("OeeDay", "oee_day"),
            ("HTTPGet", "http_get"),
            ("Shift2", "shift2"),
        ] {
            assert_eq!(snake_case(rust), contract);
        }
    }
}
