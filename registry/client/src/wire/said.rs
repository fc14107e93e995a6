//! What the platform itself says in a ledger or a project's history: a code with its values, so that pages say it in the
//! language of whoever reads. `#award-part tranche=2`, `#batch batch=1 track=equipment`.
//!
//! People's own words stand in the same places; a text is ours only when it is written exactly like this.

/// What begins a text of the platform's.
const MARK: char = '#';

/// A text of the platform's, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'t> {
    /// Kebab case.
    pub code: &'t str,
    pub values: Vec<(&'t str, String)>,
}

/// Reads a text; none where people wrote it, or an older version of the platform.
pub fn said(text: &str) -> Option<Said<'_>> {
    let mut words = text.strip_prefix(MARK)?.split(' ');
    let code = words.next().filter(|code| is_name(code))?;
    let value = |word: &'_ str| -> Option<(usize, String)> {
        let (name, value) = word.split_once('=')?;
        is_name(name).then(|| (name.len(), value.replace("%20", " ").replace("%25", "%")))
    };
    let values = words.map(|word| value(word).map(|(name, value)| (&word[..name], value)));
    Some(Said { code, values: values.collect::<Option<_>>()? })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_platform_says_is_a_code_with_values_and_nothing_else_is() {
        let read = said("#batch batch=1 track=new%20line%25").unwrap();
        assert_eq!(read.code, "batch");
        assert_eq!(read.values, [("batch", "1".to_owned()), ("track", "new line%".to_owned())]);
        assert_eq!(said("#award-part tranche=2").unwrap().values[0].1, "2");
        for own in ["", "#", "# 1", "#12 号文", "part 2", "#a b", "杭经信〔2026〕12号", "#Batch batch=1"] {
            assert_eq!(said(own), None, "{own}");
        }
    }
}
