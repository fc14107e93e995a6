//! SPDX licence expressions, with the identifiers that this marketplace knows.

/// Identifiers in use for software that a firm may run; further ones are added when somebody needs them.
const KNOWN: &[&str] = &[
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BUSL-1.1",
    "CC0-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "MulanPSL-2.0",
    "MulanPubL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
const EXCEPTIONS: &[&str] = &["LLVM-exception", "Classpath-exception-2.0", "GCC-exception-3.1"];
/// Characters of an expression; bounds the nesting too.
const CHARS: usize = 200;

/// Reads an expression: identifiers, `WITH`, `AND`, `OR`, parentheses. `LicenseRef-…` names the provider's own terms.
///
/// # Errors
/// A sentence about the first thing that is wrong.
pub(crate) fn parse(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("The licence is missing".into());
    }
    if text.len() > CHARS {
        return Err(format!("The licence has more than {CHARS} characters"));
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = words.as_slice();
    expression(&mut words)?;
    match words.first() {
        None => Ok(()),
        Some(word) => Err(format!("`{word}` is not expected here")),
    }
}

fn next<'a>(words: &mut &[&'a str]) -> Option<&'a str> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    Some(first)
}

fn expression(words: &mut &[&str]) -> Result<(), String> {
    loop {
        term(words)?;
        match words.first() {
            Some(&"AND" | &"OR") => next(words),
            _ => return Ok(()),
        };
    }
}

fn term(words: &mut &[&str]) -> Result<(), String> {
    match next(words) {
        None => Err("The licence ends too early".into()),
        Some("(") => {
            expression(words)?;
            if next(words) == Some(")") { Ok(()) } else { Err("A parenthesis is not closed".into()) }
        }
        Some(id) => {
            if !is_known(id) {
                return Err(format!("`{id}` is no licence that this marketplace knows"));
            }
            if words.first() != Some(&"WITH") {
                return Ok(());
            }
            next(words);
            let exception = next(words).unwrap_or_default();
            if EXCEPTIONS.contains(&exception) { Ok(()) } else { Err(format!("`{exception}` is no known exception")) }
        }
    }
}

fn is_known(id: &str) -> bool {
    let own = id.strip_prefix("LicenseRef-");
    let is_own = own.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    });
    is_own || KNOWN.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_writes_them() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "LicenseRef-Proprietary",
            "((MIT))",
        ] {
            assert_eq!(parse(good), Ok(()), "{good}");
        }
        let deep = "(".repeat(300);
        for bad in [
            "",
            " ",
            "mit",
            "MIT OR",
            "OR MIT",
            "MIT Apache-2.0",
            "(MIT",
            "MIT)",
            "LicenseRef-",
            "MIT WITH",
            "All rights reserved",
            &deep,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
