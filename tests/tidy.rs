//! The house rules that a machine can check: arrows, sizes, leftovers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests stand in the repository").to_owned()
}

/// Files under a folder with one of these endings, without build output.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "demo-data") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Which of our crates each of our crates may use. Everyone may use the contract.
const ARROWS: &[(&str, &[&str])] = &[
    ("toolcrib-contract", &[]),
    ("toolcrib-macros", &[]),
    ("toolcrib-sdk", &["toolcrib-macros"]),
    ("toolcrib-sandbox", &[]),
    ("toolcrib-wal", &[]),
    ("toolcrib-store", &["toolcrib-wal"]),
    ("toolcrib-runtime", &["toolcrib-sandbox", "toolcrib-store"]),
    ("toolcrib-edge", &[]),
    ("toolcrib-sparkplug", &[]),
    ("toolcrib-ingest", &["toolcrib-runtime", "toolcrib-sparkplug"]),
    ("toolcrib-floor", &["toolcrib-runtime", "toolcrib-store"]),
    ("toolcrib-tables", &["toolcrib-runtime"]),
    ("toolcrib-exhibit", &["toolcrib-runtime", "toolcrib-ingest", "toolcrib-trust"]),
    ("toolcrib-api", &["toolcrib-runtime", "toolcrib-ingest", "toolcrib-tables", "toolcrib-exhibit"]),
    ("toolcrib-ui", &[]),
    (
        "toolcrib-console",
        &[
            "toolcrib-ui",
            "toolcrib-runtime",
            "toolcrib-ingest",
            "toolcrib-floor",
            "toolcrib-tables",
            "toolcrib-exhibit",
            "toolcrib-registry-client",
        ],
    ),
    ("toolcrib-vetting", &["toolcrib-sandbox"]),
    ("toolcrib-trust", &[]),
    ("toolcrib-objects", &[]),
    ("toolcrib-catalog", &["toolcrib-trust", "toolcrib-objects"]),
    ("toolcrib-programme", &["toolcrib-catalog", "toolcrib-trust"]),
    ("toolcrib-registry-client", &[]),
    (
        "toolcrib-registry-api",
        &["toolcrib-catalog", "toolcrib-programme", "toolcrib-vetting", "toolcrib-trust", "toolcrib-registry-client"],
    ),
    (
        "cargo-toolcrib",
        &["toolcrib-sandbox", "toolcrib-runtime", "toolcrib-vetting", "toolcrib-trust", "toolcrib-registry-client"],
    ),
];

/// The crates that wire or test everything.
const EVERYTHING: &[&str] = &["toolcrib-server", "toolcrib-tests"];

/// Crates whose code must not name these: what is absent tells where not to look.
const ABSENT: &[(&str, &[&str])] = &[
    ("sdk/contract", &["wasmtime", "tokio", "rusqlite", "sqlx", "axum", "reqwest"]),
    ("host/store", &["wasmtime", "axum", "reqwest"]),
    ("host/sandbox", &["rusqlite", "sqlx", "axum", "reqwest"]),
    ("host/runtime", &["axum", "reqwest", "hyper", "sqlx", "rusqlite", "wasmtime"]),
    ("host/api", &["rusqlite", "sqlx", "wasmtime"]),
    ("host/console", &["rusqlite", "sqlx", "wasmtime"]),
    ("host/ui", &["rusqlite", "sqlx", "wasmtime", "axum", "tokio", "reqwest"]),
    ("host/ingest", &["rusqlite", "sqlx", "wasmtime"]),
    ("host/edge", &["sqlx", "wasmtime", "axum", "reqwest"]),
    ("host/server", &["tokio-modbus", "async-opcua-client", "rumqttc"]),
    ("host/sparkplug", &["rusqlite", "sqlx", "wasmtime", "axum", "tokio", "reqwest"]),
    ("host/floor", &["rusqlite", "sqlx", "wasmtime", "axum"]),
    ("host/tables", &["rusqlite", "sqlx", "wasmtime", "axum"]),
    ("host/exhibit", &["rusqlite", "sqlx", "wasmtime", "axum", "reqwest"]),
    ("registry/objects", &["rusqlite", "sqlx", "wasmtime", "axum"]),
    ("registry/programme", &["axum", "reqwest", "wasmtime"]),
];

/// Dependencies by crate: normal and build, not for tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for path in files(&root(), &["Cargo.toml"]) {
        let text = read(&path);
        let Some(name) = text.lines().find_map(|line| line.strip_prefix("name = ")) else { continue };
        let mut used = BTreeSet::new();
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                line.clone_into(&mut section);
            } else if section.ends_with("dependencies]") && !section.contains("dev-dependencies") {
                let name = line.split(['.', '=', ' ']).next().unwrap_or("");
                if !name.is_empty() && !name.starts_with('#') {
                    used.insert(name.to_owned());
                }
            }
        }
        all.insert(name.trim_matches('"').to_owned(), used);
    }
    all
}

#[test]
fn dependencies_follow_the_arrows() {
    let known: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for (name, used) in dependencies() {
        if EVERYTHING.contains(&name.as_str()) {
            continue;
        }
        let ours = used.iter().filter(|used| used.starts_with("toolcrib-") || used.starts_with("cargo-toolcrib"));
        // Every module is written against the public SDK and nothing else of ours.
        let of_module = name.starts_with("toolcrib-module-").then_some(&["toolcrib-sdk"][..]);
        let Some(allowed) = known.get(name.as_str()).copied().or(of_module) else {
            assert!(!name.starts_with("toolcrib-"), "{name} has no arrows in tests/tidy.rs");
            continue;
        };
        for used in ours.filter(|used| *used != "toolcrib-contract") {
            assert!(allowed.contains(&used.as_str()), "{name} may not depend on {used}");
        }
    }
}

#[test]
fn cargo_test_leaves_out_the_edge_agent_only() {
    let manifest = read(&root().join("Cargo.toml"));
    let list = |name: &str| -> BTreeSet<String> {
        let (_, rest) = manifest.split_once(&format!("\n{name} = [")).expect("the workspace lists its members");
        let (items, _) = rest.split_once(']').expect("a list ends");
        items.split(',').map(|item| item.trim().trim_matches('"').to_owned()).filter(|item| !item.is_empty()).collect()
    };
    let left_out: Vec<_> = list("members").difference(&list("default-members")).cloned().collect();
    assert_eq!(left_out, ["host/edge"]);
}

#[test]
fn what_must_be_absent_is_absent() {
    let all = dependencies();
    for (folder, absent) in ABSENT {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned();
        for word in *absent {
            assert!(!all[&name].contains(*word), "{name} depends on {word}");
        }
    }
    for path in files(&root().join("host"), &[".rs"]) {
        let text = read(&path).to_lowercase();
        let shop_floor = ["work_order", "workorder", "oee_", "::oee", "routing_step"];
        let is_shown = path.starts_with(root().join("host/ui")) || path.starts_with(root().join("host/server"));
        for word in shop_floor.iter().filter(|_| !is_shown) {
            assert!(!text.contains(word), "{} knows the shop-floor word {word}", path.display());
        }
    }
}

#[test]
fn text_becomes_a_statement_of_tenants_data_in_one_place() {
    let home = root().join("host/store/src/engine/text.rs");
    for path in files(&root().join("host"), &[".rs"]).iter().filter(|path| **path != home) {
        assert!(!read(path).contains("AssertSqlSafe"), "{} makes a statement of a text", path.display());
    }
    assert!(read(&home).contains("AssertSqlSafe"));
}

/// Lines past which a file wants a second name.
const FILE_LINES: usize = 600;

#[test]
fn files_stay_small() {
    let sources = files(&root(), &[".rs", ".js", ".css"]);
    let mut lengths: Vec<_> = sources.iter().map(|path| (read(path).lines().count(), path)).collect();
    lengths.sort();
    let (longest, path) = lengths.last().unwrap();
    assert!(*longest <= FILE_LINES, "{} has {longest} lines", path.display());
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 160, "the median file has {median} lines");
}

#[test]
fn nothing_is_left_over() {
    // Written in two parts, so that this file does not find itself.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    for path in files(&root(), &[".rs", ".js", ".css", ".toml", ".md", ".ftl"]) {
        let text = read(&path);
        for word in words {
            assert!(!text.contains(word), "{} contains {word}", path.display());
        }
        for place in [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/")] {
            assert!(!text.contains(place), "{} names a path of some machine: {place}", path.display());
        }
        if path.extension().is_some_and(|ending| ending == "rs") {
            assert!(
                text.starts_with("//!") || text.starts_with("#![") || path.to_string_lossy().contains("/ui/"),
                "{} does not say what it is for",
                path.display()
            );
        }
    }
}

#[test]
fn the_top_level_shows_only_the_projects_own_names() {
    let expected: BTreeSet<_> = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "host",
        "modules",
        "registry",
        "sdk",
        "tests",
        "target",
        "demo-data",
    ]
    .into();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || expected.contains(name.as_str()), "{name} does not belong at the top");
    }
}

/// The value of `4 << 20` or `10_000`.
fn value(expression: &str) -> u64 {
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().expect("a number");
    expression.split_once("<<").map_or_else(|| number(expression), |(base, shift)| number(base) << number(shift))
}

fn with_commas(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[test]
fn the_readme_publishes_every_limit_with_its_value() {
    let (limits, readme) = (read(&root().join("sdk/contract/src/limits.rs")), read(&root().join("README.md")));
    let declared =
        limits.lines().filter_map(|line| line.strip_prefix("pub const ")?.strip_suffix(';')?.split_once(": "));
    let mut count = 0;
    for (name, rest) in declared {
        let (_, expression) = rest.split_once(" = ").expect("a constant has a value");
        let row = format!("(`{name}`) | {} |", with_commas(value(expression)));
        assert!(readme.contains(&row), "the README's table has no `{row}`");
        count += 1;
    }
    assert_eq!(
        readme.lines().filter(|line| line.starts_with("| ") && line.contains("(`")).count(),
        count,
        "nothing else is in the table"
    );
}

/// The most lines of code of each module, without tests, pages and texts: what a provider has to read. The aim is 700;
/// these are what is reached. They go down, but for what was wrong without a few lines more.
const MODULE_LINES: &[(&str, usize)] = &[
    // Eleven of them are the report: which assessment it is, and every answer with where it comes from.
    ("digital-index", 1_200),
    // A hundred of them are plans as flat rows, which another factory takes over.
    ("inspection", 1_261),
    ("job-reporting", 1_099),
    ("oee", 1_481),
    ("piece-rate", 1_313),
    ("plant", 1_204),
    ("spc", 1_567),
    ("traceability", 1_017),
    // Twenty of them count what was closed, for whoever has to prove it.
    ("work-orders", 1_082),
];

/// Modules of a file that only tests have: `#[cfg(test)] mod tests;`.
fn only_for_tests(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let names = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
        let name = pair[1].trim_start_matches("pub ").strip_prefix("mod ")?;
        Some(name.trim_end_matches([';', '{', ' ']).to_owned())
    });
    names.collect()
}

#[test]
fn modules_stay_small_enough_to_read() {
    let mut wrong = Vec::new();
    let mut counted = Vec::new();
    for (module, most) in MODULE_LINES {
        let sources = root().join("modules").join(module).join("src");
        let all: Vec<_> = files(&sources, &[".rs"]).into_iter().map(|path| (read(&path), path)).collect();
        let mut passed_over: Vec<String> = all.iter().flat_map(|(text, _)| only_for_tests(text)).collect();
        // Texts: how pages look, and what a published index asks.
        passed_over.extend(["views", "seed"].map(str::to_owned));
        let counts = all.iter().filter(|(_, path)| {
            let inside = path.strip_prefix(&sources).unwrap().with_extension("");
            inside.iter().all(|part| !passed_over.iter().any(|other| part == other.as_str()))
        });
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
        // Tests stand last in a file.
        let before_tests = |text: &str| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        let code = |text: &str| before_tests(text).lines().map(str::trim).filter(is_code).count();
        let lines: usize = counts.map(|(text, _)| code(text)).sum();
        counted.push(format!("{module} {lines}"));
        if lines > *most {
            wrong.push(format!("{module}: {lines} lines of code, more than {most}"));
        }
    }
    let known = std::fs::read_dir(root().join("modules")).unwrap().count();
    assert_eq!(known, MODULE_LINES.len(), "every module has its line here: {}", counted.join(", "));
    assert!(wrong.is_empty(), "{}; all: {}", wrong.join("; "), counted.join(", "));
}

/// Elements whose shorthand for a class, `p.lead`, is looked for.
const ELEMENTS: &[&str] = &[
    "a", "article", "button", "code", "dd", "details", "div", "dl", "dt", "fieldset", "form", "h1", "h2", "h3",
    "input", "label", "li", "nav", "ol", "p", "section", "span", "strong", "summary", "table", "td", "th", "ul",
];

#[test]
fn only_the_component_crate_knows_classes() {
    let sources = files(&root().join("host/console/src"), &[".rs"]);
    for path in sources.iter().filter(|path| !path.display().to_string().contains("/tests")) {
        for (at, line) in read(path).lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let place = format!("{}:{}: {}", path.display(), at + 1, line.trim());
            assert!(!line.contains("class=") && !line.contains("style="), "{place}");
            for (dot, _) in line.match_indices('.') {
                let element = line[..dot].rsplit(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or_default();
                let end = line[dot + 1..].find(|char: char| !char.is_ascii_lowercase() && char != '-');
                // A class is followed by what the element holds; a method by its arguments, a field by an operator.
                let holds = end
                    .is_some_and(|end| end > 0 && line[dot + 1 + end..].starts_with([' ', '[']) && line.contains("{ "));
                let is_compared = end
                    .is_some_and(|end| line[dot + 1 + end..].trim_start().starts_with(['=', '&', '|', '<', '?', '+']));
                assert!(!(ELEMENTS.contains(&element) && holds && !is_compared), "{place}");
            }
        }
    }
}
