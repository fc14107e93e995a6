//! SPDX licence expressions, with the identifiers that this marketplace knows.

use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

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
pub(crate) fn parse(text: &str) -> Result<(), Words> {
    evaluate(text, &is_known).map(drop)
}

/// Whether the terms can be kept by somebody who may use the licences that `allowed` names. An expression that is none
/// allows nothing; an exception only ever adds to what its licence allows.
pub(crate) fn allows(text: &str, allowed: impl Fn(&str) -> bool) -> bool {
    evaluate(text, &|id| Some(allowed(id))) == Ok(true)
}

/// What an identifier is worth; none: it is not known.
type Worth<'a> = &'a dyn Fn(&str) -> Option<bool>;

fn evaluate(text: &str, worth: Worth<'_>) -> Result<bool, Words> {
    if text.trim().is_empty() {
        return Err(("没有写明许可证", "The licence is missing").into());
    }
    if text.len() > CHARS {
        return Err(words!("许可证超过 {CHARS} 个字符", "The licence has more than {CHARS} characters"));
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = words.as_slice();
    let value = choice(&mut words, worth)?;
    match words.first() {
        None => Ok(value),
        Some(word) => Err(words!("这里不应出现 `{word}`", "`{word}` is not expected here")),
    }
}

fn next<'a>(words: &mut &[&'a str]) -> Option<&'a str> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    Some(first)
}

/// `AND` binds tighter than `OR`.
fn choice(words: &mut &[&str], worth: Worth<'_>) -> Result<bool, Words> {
    let mut value = all(words, worth)?;
    while words.first() == Some(&"OR") {
        next(words);
        value |= all(words, worth)?;
    }
    Ok(value)
}

fn all(words: &mut &[&str], worth: Worth<'_>) -> Result<bool, Words> {
    let mut value = term(words, worth)?;
    while words.first() == Some(&"AND") {
        next(words);
        value &= term(words, worth)?;
    }
    Ok(value)
}

fn term(words: &mut &[&str], worth: Worth<'_>) -> Result<bool, Words> {
    match next(words) {
        None => Err(("许可证表达式不完整", "The licence ends too early").into()),
        Some("(") => {
            let value = choice(words, worth)?;
            if next(words) == Some(")") {
                Ok(value)
            } else {
                Err(("有一个括号没有闭合", "A parenthesis is not closed").into())
            }
        }
        Some(id) => {
            let unknown =
                || words!("`{id}` 不是本市场认识的许可证", "`{id}` is no licence that this marketplace knows");
            let value = worth(id).ok_or_else(unknown)?;
            if words.first() != Some(&"WITH") {
                return Ok(value);
            }
            next(words);
            let exception = next(words).unwrap_or_default();
            if EXCEPTIONS.contains(&exception) {
                Ok(value)
            } else {
                Err(words!("`{exception}` 不是已知的例外条款", "`{exception}` is no known exception"))
            }
        }
    }
}

fn is_known(id: &str) -> Option<bool> {
    let own = id.strip_prefix("LicenseRef-");
    let is_own = own.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    });
    (is_own || KNOWN.contains(&id)).then_some(true)
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
