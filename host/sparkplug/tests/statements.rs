//! The table in README.md: every statement once, and every test that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn sources(dir: &Path, into: &mut String) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *into += &fs::read_to_string(path).unwrap();
        }
    }
}

#[test]
fn every_statement_names_a_test_that_exists_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    sources(&root.join("src"), &mut tests);
    sources(&root.join("tests"), &mut tests);
    let table = fs::read_to_string(root.join("README.md")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id |"));
    let mut ids = BTreeSet::new();
    for row in rows {
        let [_, id, asks, answer, _] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else { panic!("{row}") };
        assert!(ids.insert(id), "{id} stands twice");
        assert!(!asks.is_empty(), "{id}");
        match answer.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
            Some(name) => assert!(tests.contains(&format!("fn {name}(")), "{id}: no test is called {name}"),
            None => assert!(answer.strip_prefix("– ").is_some_and(|reason| reason.len() > 20), "{id}: {answer}"),
        }
    }
    // All that the specification says of hosts and servers, and what a host notices of nodes.
    assert_eq!(ids.len(), STATEMENTS);
}

const STATEMENTS: usize = 138;
