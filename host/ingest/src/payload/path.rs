//! Where a value stands: topics with `+` and `#`, JSON pointers with `*`; what the wildcards stood for fills `{1}`, `{2}`….

use crate::ndjson::is_named;
use serde_json::Value;

/// Values that one pointer may find in one message.
pub const FOUND: usize = 1_000;

/// Matches levels against a filter, and gathers what its wildcards stood for. `#` stands for the rest, at least one level.
pub fn matches(filter: &str, topic: &str, captures: &mut Vec<String>) -> bool {
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            (_, None) => return false,
            ("#", Some(level)) => {
                let rest: Vec<_> = std::iter::once(level).chain(levels).collect();
                captures.push(rest.join("/"));
                return true;
            }
            ("+", Some(level)) => captures.push(level.to_owned()),
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether a text is a filter: `#` only at the end, wildcards alone in their level.
pub fn is_filter(filter: &str) -> bool {
    let last = filter.split('/').count() - 1;
    let good = |(at, level): (usize, &str)| match level {
        "" => false,
        "+" => true,
        "#" => at == last,
        level => !level.contains(['+', '#', '\0']),
    };
    filter.split('/').enumerate().all(good)
}

/// Whether a text is a JSON pointer, empty or beginning with `/`.
pub fn is_pointer(pointer: &str) -> bool {
    let escaped = |part: &str| part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    pointer.is_empty() || (pointer.starts_with('/') && pointer.split('/').all(escaped))
}

/// What a pointer finds, each with what its `*` stood for. At most [`FOUND`]; true when there was more.
pub fn find<'a>(pointer: &str, value: &'a Value) -> (Vec<(Vec<String>, &'a Value)>, bool) {
    let mut found = vec![(Vec::new(), value)];
    let mut more = false;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let mut next = Vec::new();
        for (captures, value) in found {
            step(&part, &captures, value, &mut next);
        }
        more |= next.len() > FOUND;
        next.truncate(FOUND);
        found = next;
    }
    (found, more)
}

fn step<'a>(part: &str, captures: &[String], value: &'a Value, into: &mut Vec<(Vec<String>, &'a Value)>) {
    let with = |capture: String| captures.iter().cloned().chain([capture]).collect::<Vec<_>>();
    match (value, part) {
        (Value::Object(map), "*") => {
            into.extend(map.iter().take(FOUND + 1).map(|(key, value)| (with(key.clone()), value)))
        }
        (Value::Array(list), "*") => {
            into.extend(list.iter().take(FOUND + 1).enumerate().map(|(at, value)| (with(at.to_string()), value)));
        }
        (Value::Object(map), part) => into.extend(map.get(part).map(|value| (captures.to_vec(), value))),
        (Value::Array(list), part) => {
            let found = part.parse::<usize>().ok().and_then(|at| list.get(at));
            into.extend(found.map(|value| (captures.to_vec(), value)));
        }
        _ => {}
    }
}

/// Fills `{1}`, `{2}`… with what wildcards stood for; characters that no name has become `-`.
pub fn fill(template: &str, captures: &[String]) -> String {
    let mut filled = template.to_owned();
    for (at, capture) in captures.iter().enumerate() {
        filled = filled.replace(&format!("{{{}}}", at + 1), &named(capture));
    }
    filled
}

/// A text as a name.
pub fn named(text: &str) -> String {
    text.trim().chars().map(|c| if is_named(c) { c } else { '-' }).collect()
}

/// The highest number in braces of a template; none when it has other braces.
pub fn placeholders(template: &str) -> Option<usize> {
    let mut highest = 0;
    for piece in template.split('{').skip(1) {
        let (number, rest) = piece.split_once('}')?;
        highest = highest.max(number.parse::<usize>().ok().filter(|number| (1..=9).contains(number))?);
        if rest.contains('}') {
            return None;
        }
    }
    (!template.split('{').next().unwrap_or_default().contains('}')).then_some(highest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wildcards_of_topics_are_captured() {
        let check = |filter: &str, topic: &str, expected: Option<&[&str]>| {
            let mut captures = Vec::new();
            let matched = matches(filter, topic, &mut captures);
            assert_eq!(
                matched.then_some(captures).as_deref(),
                expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()).as_deref(),
                "{filter} {topic}"
            );
        };
        check("plant/+/temp", "plant/press-1/temp", Some(&["press-1"]));
        check("plant/+/#", "plant/press-1/a/b", Some(&["press-1", "a/b"]));
        check("plant/temp", "plant/temp", Some(&[]));
        check("plant/temp", "plant/temp/x", None);
        check("plant/temp/x", "plant/temp", None);
        check("plant/#", "plant", None);
        assert!(is_filter("a/+/#") && is_filter("a"));
        assert!(!is_filter("a/#/b") && !is_filter("a+/b") && !is_filter("") && !is_filter("a//b"));
    }

    #[test]
    fn pointers_find_values_and_stars_find_all() {
        let value = json!({"motors": [{"t": 1}, {"t": 2}], "a/b": {"~": 3}});
        let found = |pointer: &str| {
            find(pointer, &value).0.into_iter().map(|(captures, value)| (captures, value.clone())).collect::<Vec<_>>()
        };
        assert_eq!(found("/motors/1/t"), [(vec![], json!(2))]);
        assert_eq!(found("/motors/*/t"), [(vec!["0".to_owned()], json!(1)), (vec!["1".to_owned()], json!(2))]);
        assert_eq!(found("/a~1b/~0"), [(vec![], json!(3))]);
        assert_eq!(found("/motors/9/t"), []);
        assert_eq!(found("").len(), 1);
        assert!(is_pointer("") && is_pointer("/a~1b/*") && !is_pointer("a") && !is_pointer("/a~2"));
    }

    #[test]
    fn a_star_finds_no_more_than_the_limit() {
        let value = json!({"all": vec![1; FOUND + 5]});
        let (found, more) = find("/all/*", &value);
        assert_eq!((found.len(), more), (FOUND, true));
        assert!(!find("/all/0", &value).1);
    }

    #[test]
    fn templates_take_what_was_captured_as_names() {
        let captures = ["Press 1".to_owned(), "a/b.c".to_owned()];
        assert_eq!(fill("{1}-x", &captures), "Press-1-x");
        assert_eq!(fill("{2}", &captures), "a/b-c");
        assert_eq!(
            (placeholders("{1}.{2}"), placeholders("x"), placeholders("{0}"), placeholders("{x}")),
            (Some(2), Some(0), None, None)
        );
        assert_eq!((placeholders("{1"), placeholders("1}"), placeholders("{1}}")), (None, None, None));
    }
}
