//! The two languages that pages speak, and their texts: one file an area and language.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;
use toolcrib_contract::manifest::Words;
use unic_langid::{LanguageIdentifier, langid};

pub use toolcrib_contract::language::Lang;

type Bundle = FluentBundle<FluentResource>;

/// Both texts of an area.
macro_rules! area {
    ($name:literal) => {
        [
            include_str!(concat!("../locales/zh-CN/", $name, ".ftl")),
            include_str!(concat!("../locales/en/", $name, ".ftl")),
        ]
    };
}

/// Chinese and English of each area; no key is in two.
const AREAS: &[[&str; 2]] = &[
    area!("console"),
    area!("market"),
    area!("admin"),
    area!("mapping"),
    area!("exhibit"),
    area!("vendor"),
    area!("programme"),
    area!("money"),
    area!("station"),
    area!("boards"),
    area!("live"),
];

/// All texts of both languages, as they are written.
pub fn texts() -> impl Iterator<Item = &'static str> {
    AREAS.iter().flatten().copied()
}

static ZH_CN: LazyLock<Bundle> = LazyLock::new(|| bundle(langid!("zh-CN"), 0));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(langid!("en"), 1));

fn bundle(lang: LanguageIdentifier, at: usize) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![lang]);
    // Isolation marks are for mixed directions; both languages run left to right.
    bundle.set_use_isolating(false);
    for area in AREAS {
        let resource = FluentResource::try_new(area[at].to_owned()).expect("a test reads every text");
        bundle.add_resource(resource).expect("a test finds no key twice");
    }
    bundle
}

/// Speaks one language.
#[derive(Clone, Copy, Debug)]
pub struct Tr {
    pub lang: Lang,
}

impl Tr {
    pub fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The text of a key without variables.
    pub fn t(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of a key with its variables.
    pub fn with(self, key: &str, values: &[(&str, &str)]) -> String {
        // A missing key shows itself; the tests look for these brackets on every page.
        self.find(key, values).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// The text of a key that may be absent, made from a code that others may extend.
    pub fn maybe(self, key: &str) -> Option<String> {
        self.find(key, &[])
    }

    /// The same with its variables.
    pub fn maybe_with(self, key: &str, values: &[(&str, &str)]) -> Option<String> {
        self.find(key, values)
    }

    fn find(self, key: &str, values: &[(&str, &str)]) -> Option<String> {
        let bundle = match self.lang {
            Lang::ZhCn => &*ZH_CN,
            Lang::En => &*EN,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let args: FluentArgs = values.iter().copied().collect();
        Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
    }

    /// A module's words in this language; in the other one when its author gave only that.
    pub fn words(self, words: &Words) -> &str {
        let (first, second) = match self.lang {
            Lang::ZhCn => (&words.zh, &words.en),
            Lang::En => (&words.en, &words.zh),
        };
        if first.is_empty() { second } else { first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use toolcrib_contract::problem;

    fn files() -> [String; 2] {
        [0, 1].map(|at| AREAS.iter().map(|area| area[at]).collect::<Vec<_>>().join("\n"))
    }

    /// The contract has the English remedies of problems; only the translation is here.
    const ONLY_ZH: &str = "problem-";

    /// The variables of each key.
    fn keys(file: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let entries = file.lines().filter_map(|line| line.split_once(" = ")).filter(|(key, _)| !key.starts_with('#'));
        entries
            .map(|(key, text)| {
                let names = text.split("{ $").skip(1).filter_map(|rest| rest.split(" }").next());
                (key, names.collect())
            })
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_variables() {
        let files = files();
        let [mut zh, en] = [keys(&files[0]), keys(&files[1])];
        zh.retain(|key, _| !key.starts_with(ONLY_ZH));
        assert_eq!(zh, en);
        for file in &files {
            let lines = file.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count();
            assert_eq!(lines, keys(file).len(), "no key twice, one line a key");
        }
    }

    #[test]
    fn every_problem_is_told_in_chinese() {
        let tr = Tr::new(Lang::ZhCn);
        for kind in problem::ALL {
            let key = format!("problem-{}-remedy", kind.code);
            assert!(tr.maybe(&key).is_some(), "{key}");
            assert!(kind.title_in(Lang::ZhCn).chars().any(|char| char > '\u{2fff}'), "{}", kind.code);
        }
    }

    #[test]
    fn every_key_is_used_and_every_used_key_exists() {
        let [_, english] = files();
        let keys = keys(&english);
        let mut sources = String::new();
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![here.join("src"), here.join("../console/src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("gallery/views.rs") && !path.ends_with("widget/tests.rs") {
                    // Those two give views their arguments by the same word.
                    sources += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        for call in [".t(\"", ".with(\""] {
            for rest in sources.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(keys.contains_key(key), "{key} is used and has no text");
            }
        }
        // Keys made from codes: `state-…`, `role-…` and the like.
        let made: Vec<_> =
            sources.split("format!(\"").skip(1).filter_map(|rest| rest.split_once('{')).map(|(stem, _)| stem).collect();
        for key in keys.keys() {
            let used = sources.contains(&format!("\"{key}\""))
                || made.iter().any(|stem| stem.ends_with('-') && key.starts_with(stem));
            assert!(used, "{key} has a text and is not used");
        }
    }
}
