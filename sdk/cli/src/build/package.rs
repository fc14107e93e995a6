//! Listing, words and scenarios: from `toolcrib.toml`, `words.toml` and `scenarios/*.json` into the component.

use crate::trouble::Trouble;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toolcrib_contract::Manifest;
use toolcrib_contract::package::{Listing, PACKAGE_BYTES, Package, SECTION, Scenario, seal};
use toolcrib_contract::wording::{self, Wording};

/// `toolcrib.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    listing: Listing,
}

/// Reads the files of a module's folder, scenarios in the order of their file names.
///
/// # Errors
/// A file is missing, unreadable or not understood; everything together is too large.
pub(super) fn gather(dir: &Path) -> Result<Package, Trouble> {
    let path = dir.join("toolcrib.toml");
    let text = read(&path)?;
    let settings: Settings = toml::from_str(&text).map_err(|error| {
        let next = "it holds [listing] with `segments`, `licence`, if you like `problems`, `subsidy`, `figures` and `set_up`, and \
                    [listing.description] with `zh` and `en`";
        Trouble::new(format!("{} is not understood: {error}", path.display()), next)
    })?;
    let mut scenarios = Vec::new();
    for path in stories(&dir.join("scenarios"))? {
        scenarios.push(scenario(&path)?);
    }
    let package = Package { listing: settings.listing, scenarios, words: words(dir)? };
    let bytes = content(&package).len();
    if bytes > PACKAGE_BYTES {
        let what = format!("Listing, words and scenarios have {bytes} bytes together, at most {PACKAGE_BYTES} fit");
        return Err(Trouble::new(what, "shorten the scenarios"));
    }
    Ok(package)
}

fn read(path: &Path) -> Result<String, Trouble> {
    let next = "write it; `cargo toolcrib new example` shows what it looks like";
    std::fs::read_to_string(path)
        .map_err(|error| Trouble::new(format!("{} cannot be read: {error}", path.display()), next))
}

/// The JSON files of the folder; a module may have none yet.
fn stories(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Trouble::new(
                format!("{} cannot be read: {error}", folder.display()),
                "correct its permissions",
            ));
        }
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    Ok(paths)
}

/// The names that people read; a module may have none yet.
fn words(dir: &Path) -> Result<Wording, Trouble> {
    let path = dir.join("words.toml");
    if !path.exists() {
        return Ok(Wording::default());
    }
    let words: Wording = toml::from_str(&read(&path)?).map_err(|error| {
        let next =
            "it holds [zh] and [en], each with lines such as \"report.good\" = \"合格数\": a key stands in quotes";
        Trouble::new(format!("{} is not understood: {error}", path.display()), next)
    })?;
    let flaws: Vec<_> = wording::check::form(&words)
        .into_iter()
        .map(|flaw| match flaw.key.as_str() {
            "" => format!("  {}: {}", flaw.what.en, flaw.fix.en),
            key => format!("  \"{key}\": {}: {}", flaw.what.en, flaw.fix.en),
        })
        .collect();
    if flaws.is_empty() {
        return Ok(words);
    }
    Err(Trouble::new(format!("{} has flaws:\n{}", path.display(), flaws.join("\n")), "correct it and build again"))
}

/// Whether every word is about something that the module has.
///
/// # Errors
/// The keys that are not.
pub(super) fn known(dir: &Path, words: &Wording, manifest: &Manifest) -> Result<(), Trouble> {
    let unknown = wording::check::unknown(words, manifest);
    if unknown.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = unknown.iter().map(|key| format!("  \"{key}\"")).collect();
    let path = dir.join("words.toml");
    let what = format!("{} names what the module does not have:\n{}", path.display(), list.join("\n"));
    Err(Trouble::new(what, "write names exactly as they stand in the code, in snake case; remove what is gone"))
}

fn scenario(path: &Path) -> Result<Scenario, Trouble> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let next = "a scenario has `name` and `steps`; a step has `at`, `handler`, `input` and `expect`";
        Trouble::new(format!("{} is not understood: {error}", path.display()), next)
    })
}

fn content(package: &Package) -> Vec<u8> {
    serde_json::to_vec(package).expect("a package is plain data")
}

/// Appends the package to a component as its custom section.
pub(super) fn append(component: &mut Vec<u8>, package: &Package) {
    append_section(component, SECTION, &seal(&content(package)));
}

/// Appends any custom section.
pub(super) fn append_section(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut section = Vec::new();
    put_length(name.len(), &mut section);
    section.extend_from_slice(name.as_bytes());
    section.extend(content);
    component.push(0);
    put_length(section.len(), component);
    component.extend(section);
}

/// LEB128, as WebAssembly counts.
pub(super) fn put_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::package::unseal;

    const SETTINGS: &str = "[listing]\nlicence = \"MIT\"\n[listing.description]\nzh = \"记\"\nen = \"Notes\"\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        dir
    }

    #[test]
    fn listing_and_scenarios_come_together_in_order() {
        let story = r#"{"name":"b","steps":[{"at":"2026-01-05T08:00:00Z","handler":"add","expect":"success"}]}"#;
        let first = r#"{"name":"a","steps":[]}"#;
        let dir = folder(&[
            ("toolcrib.toml", SETTINGS),
            ("scenarios/2.json", story),
            ("scenarios/1.json", first),
            ("scenarios/x.txt", ""),
        ]);
        let package = gather(dir.path()).unwrap();
        assert_eq!(package.listing.licence, "MIT");
        assert_eq!(package.scenarios.iter().map(|story| story.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_file_that_is_not_understood_is_named() {
        let told = |files: &[(&str, &str)]| gather(folder(files).path()).unwrap_err().to_string();
        assert!(told(&[]).contains("toolcrib.toml cannot be read"));
        assert!(told(&[("toolcrib.toml", "[listing]\nlicense = \"MIT\"")]).contains("unknown field `license`"));
        let typo = r#"{"name":"a","steps":[{"at":"x","handler":"a","expekt":"success"}]}"#;
        let told = told(&[("toolcrib.toml", SETTINGS), ("scenarios/a.json", typo)]);
        assert!(told.contains("a.json") && told.contains("expekt"), "{told}");
    }

    #[test]
    fn words_come_along_and_their_flaws_are_told_with_the_key() {
        let told = |words: &str| {
            gather(folder(&[("toolcrib.toml", SETTINGS), ("words.toml", words)]).path()).unwrap_err().to_string()
        };
        let good = "[zh]\nadd = \"留言\"\n\"!text-empty\" = \"请写内容\"\n[en]\nadd = \"Add\"\n\"!text-empty\" = \"Write it\"\n";
        let package = gather(folder(&[("toolcrib.toml", SETTINGS), ("words.toml", good)]).path()).unwrap();
        assert_eq!(package.words.zh["!text-empty"], "请写内容");
        let manifest = Manifest::default();
        let unknown = known(Path::new("here"), &package.words, &manifest).unwrap_err().to_string();
        assert!(unknown.contains("\"add\"") && !unknown.contains("text-empty"), "{unknown}");
        assert!(known(Path::new("here"), &Wording::default(), &manifest).is_ok());
        assert!(told("[zh]\nadd = \"留言\"\n").contains("\"add\": It is in [zh] only"));
        assert!(told("[zh]\nadd.text = \"内容\"\n[en]\n").contains("a key stands in quotes"));
        assert!(told("[zh]\n[en]\n[de]\n").contains("unknown field `de`"));
        let both = |text: &str| format!("[zh]\nadd = \"{text}\"\n[en]\nadd = \"Add\"\n");
        assert!(told(&both(&"长".repeat(201))).contains("201 characters"));
        assert!(told(&both("a\\u202Eb")).contains("control characters"));
        assert!(told("[zh]\nAdd = \"加\"\n[en]\nAdd = \"Add\"\n").contains("no form of a key"));
    }

    #[test]
    fn a_package_in_a_component_is_found_again() {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        let package = gather(folder(&[("toolcrib.toml", SETTINGS)]).path()).unwrap();
        append(&mut component, &package);
        let section = component.windows(SECTION.len()).position(|window| window == SECTION.as_bytes()).unwrap();
        let json = unseal(&component[section + SECTION.len()..]).unwrap();
        assert_eq!(serde_json::from_slice::<Package>(&json).unwrap(), package);
        let mut lengths = Vec::new();
        [0, 127, 128, 300_000].into_iter().for_each(|length| put_length(length, &mut lengths));
        assert_eq!(lengths, [0, 0x7f, 0x80, 1, 0xe0, 0xa7, 0x12]);
    }
}
