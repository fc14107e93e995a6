//! Look-alikes: a name or title that people could take for another provider's module, or for the provider itself.

use crate::rule::{Rule, shown};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;

const NAME: Rule = Rule {
    check: "confusable-name",
    why: ("人们可能把它当成别家的模块", "People could take it for another provider's module"),
};
const TITLE: Rule = Rule {
    check: "confusable-title",
    why: (
        "人们在目录中看到的是标题；相似的两个标题在他们眼里就是一个",
        "In the catalogue people see the title; two that are alike are one to them",
    ),
};

/// Words that say nothing of their own around another's name.
const AFFIXES: &[&str] = &[
    "app", "best", "cloud", "cn", "free", "lite", "mes", "module", "my", "new", "next", "official", "original", "plus",
    "pro", "real", "saas", "the", "tool", "v2", "x",
];
/// Names shorter than this have neighbours by chance: only look-alikes count for them.
const DISTANCE_CHARS: usize = 5;
/// From here on two slips still make the same word.
const LONG_CHARS: usize = 10;
/// Names that are compared; more modules than this are not published by a city's providers.
const COMPARED: usize = 20_000;
/// Findings of one name.
const FINDINGS: usize = 5;

/// `others`: newest approved modules. `providers`: slugs of the other providers.
pub(crate) fn check(manifest: &Manifest, others: &[Manifest], providers: &[String]) -> Vec<Finding> {
    let name = manifest.module.as_str();
    let mut found = Vec::new();
    for other in others.iter().filter(|other| other.module != name).take(COMPARED) {
        if let Some(how) = alike(name, &other.module) {
            let what =
                words!("{0} 与模块 {1} {how}", "{0} {how} the module {1}", shown(name), shown(&other.module); how);
            found.push(NAME.warning(
                "module name",
                what,
                ("请选一个不只是形近的不同名称", "Choose a name that differs in more than a look-alike"),
            ));
        }
        found.extend(title(manifest, other));
    }
    for provider in providers.iter().take(COMPARED) {
        let how =
            if provider == name { Some(Words::from(("同名", "is the name of"))) } else { alike(name, provider) };
        if let Some(how) = how {
            let what =
                words!("{0} 与服务商 {1} {how}", "{0} {how} the provider {1}", shown(name), shown(provider); how);
            found.push(NAME.warning(
                "module name",
                what,
                ("请选一个不是别家企业的名称", "Choose a name that is not another firm's"),
            ));
        }
    }
    found.truncate(FINDINGS);
    found
}

fn title(manifest: &Manifest, other: &Manifest) -> Option<Finding> {
    let plain = |text: &str| text.to_lowercase().chars().filter(|char| char.is_alphanumeric()).collect::<String>();
    let same = |a: &str, b: &str| !plain(a).is_empty() && plain(a) == plain(b);
    let (own, theirs) = (&manifest.title, &other.title);
    let text = [(&own.zh, &theirs.zh), (&own.en, &theirs.en)].into_iter().find(|(a, b)| same(a, b))?.0;
    let what =
        words!("{} 也是模块 {} 的标题", "{} is the title of the module {} too", shown(text), shown(&other.module));
    Some(TITLE.warning("title", what, ("请选一个自己的标题", "Choose a title of its own")))
}

/// How two different names are alike, as a verb.
fn alike(name: &str, other: &str) -> Option<Words> {
    likeness(name, other).map(Words::from)
}

fn likeness(name: &str, other: &str) -> Option<(&'static str, &'static str)> {
    if skeleton(name) == skeleton(other) {
        return Some(("形近", "looks like"));
    }
    if sound(name) == sound(other) {
        return Some(("音近", "sounds like"));
    }
    if !without_affixes(name).is_empty() && without_affixes(name) == without_affixes(other) {
        return Some(("只差一个虚词", "only adds a filler word to"));
    }
    let words = |name: &str| {
        let mut words: Vec<_> = name.split('-').map(str::to_owned).collect();
        words.sort();
        words
    };
    if name.contains('-') && words(name) == words(other) {
        return Some(("用词相同、只是顺序不同", "has the words, in another order, of"));
    }
    let shorter = name.len().min(other.len());
    let slips = distance(name, other);
    let near = match shorter {
        LONG_CHARS.. => slips <= 2,
        DISTANCE_CHARS.. => slips <= 1,
        _ => false,
    };
    if near {
        return Some(("只差一次手误", "is a slip of the finger away from"));
    }
    is_key_slip(name, other).then_some(("只差一个相邻键", "is a neighbouring key away from"))
}

/// The name with look-alikes made one.
fn skeleton(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|char| *char != '-')
        .map(|char| match char {
            '0' => 'o',
            '1' | 'i' => 'l',
            '2' => 'z',
            '5' => 's',
            '6' | '9' => 'g',
            '8' => 'b',
            other => other,
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d").trim_end_matches('s').to_owned()
}

/// The name as many people in the south speak its pinyin: without retroflex and with one kind of nasal end.
fn sound(name: &str) -> String {
    let plain = name.replace('-', "");
    let initials = plain.replace("zh", "z").replace("ch", "c").replace("sh", "s");
    initials.replace("ang", "an").replace("eng", "en").replace("ing", "in")
}

fn without_affixes(name: &str) -> String {
    let kept: Vec<_> = name.split('-').filter(|word| !AFFIXES.contains(word)).collect();
    kept.concat()
}

/// Least number of letters added, left out, exchanged or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0].iter_mut().enumerate().for_each(|(at, cell)| *cell = at);
    for i in 1..=a.len() {
        rows[i][0] = i;
        for j in 1..=b.len() {
            let exchange = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = exchange.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

const KEYS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// One letter is another key right beside the meant one, in names of three letters or more.
fn is_key_slip(a: &str, b: &str) -> bool {
    if a.len() != b.len() || a.len() < 3 {
        return false;
    }
    let mut differ = a.chars().zip(b.chars()).filter(|(a, b)| a != b);
    let (Some((one, other)), None) = (differ.next(), differ.next()) else { return false };
    let place = |key: char| KEYS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(key)?)));
    let (Some((row, at)), Some((other_row, other_at))) = (place(one), place(other)) else { return false };
    row == other_row && at.abs_diff(other_at) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn names_that_people_take_for_another_are_told() {
        for (name, other) in [
            ("n0tes", "notes"),
            ("no-tes", "notes"),
            ("note", "notes"),
            ("rnaterial", "material"),
            ("notes-pro", "notes"),
            ("my-notes", "notes"),
            ("log-shift", "shift-log"),
            ("natse", "notes"),
            ("machine-stopps", "machine-stops"),
            ("maintenence-plan", "maintenance-plan"),
            ("oew", "oee"),
            ("zhiliang", "ziliang"),
            ("shengchan", "shenchan"),
        ] {
            let told = alike(name, other);
            assert_eq!(told.is_some(), name != "natse", "{name} {other} {told:?}");
        }
        for (name, other) in
            [("oee", "spc"), ("oee", "plant"), ("stock", "shift-log"), ("press", "dress-code"), ("mes", "wms")]
        {
            assert_eq!(alike(name, other), None, "{name} {other}");
        }
    }

    #[test]
    fn modules_and_providers_are_compared_and_titles_too() {
        let named = |module: &str, title: &str| Manifest {
            title: toolcrib_contract::manifest::Words { zh: title.into(), en: title.into() },
            ..example::manifest_named(module)
        };
        let checks = |own: &Manifest, others: &[Manifest], providers: &[&str]| -> Vec<String> {
            let providers: Vec<_> = providers.iter().map(|slug| (*slug).to_owned()).collect();
            check(own, others, &providers).into_iter().map(|finding| finding.check).collect()
        };
        let own = named("stops", "Stops");
        assert_eq!(checks(&own, &[named("stops", "Stops"), named("plant", "Plant")], &["acme"]), [""; 0]);
        assert_eq!(checks(&own, &[named("st0ps", "Other")], &[]), ["confusable-name"]);
        assert_eq!(checks(&own, &[named("plant", "  stops!")], &[]), ["confusable-title"]);
        assert_eq!(checks(&named("acme", "Acme"), &[], &["acme"]), ["confusable-name"]);
        assert_eq!(checks(&named("acne-tools", "x"), &[], &["acme-tools"]), ["confusable-name"]);
    }
}
