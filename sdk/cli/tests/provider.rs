//! A provider at work: the real binary, the real cargo, folders of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Shared by all modules of these tests, so that the SDK is compiled once.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/modules");

fn toolcrib(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-toolcrib"));
    command.args(args).current_dir(dir).env("CARGO_TARGET_DIR", TARGET).output().unwrap()
}

/// Standard output of a command that does what it should.
fn good(dir: &Path, args: &[&str]) -> String {
    let output = toolcrib(dir, args);
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}\n{said}\n{complained}");
    said.into_owned()
}

/// Everything said by a command that fails with code 1.
fn bad(dir: &Path, args: &[&str]) -> String {
    let output = toolcrib(dir, args);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}\n{said}");
    said
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} lacks {from}", path.display());
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn written(said: &str) -> PathBuf {
    PathBuf::from(said.lines().last().unwrap())
}

#[test]
fn a_provider_goes_from_nothing_to_a_module_that_passes_every_check() {
    let home = tempfile::tempdir().unwrap();
    good(home.path(), &["toolcrib", "new", "shift-remarks"]);
    let folder = home.path().join("shift-remarks");
    let tested = good(&folder, &["test"]);
    assert!(tested.contains("1 scenario replayed in the sandbox, twice the same."), "{tested}");
    let checked = good(&folder, &["check"]);
    assert!(checked.contains("0 errors, 0 warnings"), "{checked}");
    assert!(checked.contains("not checked: advisories"), "what was not looked up is told: {checked}");
    assert!(bad(&folder, &["check", "--advisories", "nowhere"]).contains("nowhere/crates"));

    let report: serde_json::Value = serde_json::from_str(&good(&folder, &["check", "--json"])).unwrap();
    assert_eq!(report["manifest"]["module"], "shift-remarks");
    assert!(report["findings"].as_array().unwrap().is_empty());
    assert_eq!(report["costs"].as_array().unwrap().len(), 6);
    assert_eq!(report["evidence"]["consent"]["class"], "none");
    assert_eq!(report["evidence"]["card"].as_array().unwrap().len(), 3);
    let of = report["evidence"]["dependencies"].as_array().unwrap();
    assert!(of.iter().any(|one| one["name"] == "toolcrib-sdk" && one["licence"] == "Apache-2.0"), "{of:?}");

    assert!(good(&folder, &["try"]).contains("command raise_remark"));
    let (data, again) = (["--data", "trial"], ["try", "open_remarks", "--data", "trial"]);
    let id = good(&folder, &[&["try", "raise_remark", r#"{"text": "Look at press 1"}"#], &data[..]].concat());
    let rows: serde_json::Value = serde_json::from_str(&good(&folder, &again)).unwrap();
    assert_eq!(rows["rows"][0]["id"], serde_json::from_str::<serde_json::Value>(&id).unwrap());
    assert!(bad(&folder, &["try", "raise_remark", r#"{"text": ""}"#, "--data", "trial"]).contains("text-empty"));
    assert!(bad(&folder, &["try", "raise_remark", "{", "--data", "trial"]).contains("not JSON"));
    assert!(bad(&folder, &["try", "gone", "--data", "trial"]).contains("list of operations"));

    // A promise that the module does not keep stops it, here as in the registry.
    let first = written(&good(&folder, &["build"]));
    let kept = home.path().join("first.wasm");
    std::fs::copy(first, &kept).unwrap();
    edit(&folder.join("scenarios/handover.json"), "text-empty", "empty-text");
    let refused = bad(&folder, &["check"]);
    assert!(refused.contains("error[scenario-mismatch]") && refused.contains("step 2 (`raise_remark`)"), "{refused}");
    edit(&folder.join("scenarios/handover.json"), "empty-text", "text-empty");

    // So does a change that tenants could not follow, until the major version says so.
    edit(&folder.join("src/lib.rs"), "pub closed_by: Option<Text<80>>", "pub closed_by: Option<Text<40>>");
    edit(&folder.join("Cargo.toml"), "0.1.0", "0.2.0");
    let previous = ["check", "--previous", kept.to_str().unwrap()];
    assert!(bad(&folder, &previous).contains("error[compatibility] record `remark`"));
    edit(&folder.join("Cargo.toml"), "0.2.0", "1.0.0");
    assert!(good(&folder, &previous).contains("note[compatibility]"));
}

#[test]
fn the_same_source_gives_the_same_bytes_wherever_it_lies() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bytes = |home: &Path| {
        good(home, &["new", "same-bytes"]);
        std::fs::read(written(&good(home, &["build", "same-bytes"]))).unwrap()
    };
    let first = bytes(here.path());
    let second = bytes(there.path());
    assert_eq!(first.len(), second.len());
    assert!(first == second, "two builds differ");
    let text = String::from_utf8_lossy(&first);
    assert!(!text.contains(here.path().to_str().unwrap()) && !text.contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn a_folder_that_is_no_module_is_told_what_it_lacks() {
    let home = tempfile::tempdir().unwrap();
    let build = |dir: &str| bad(home.path(), &["build", dir]);
    assert!(build("nowhere").contains("cannot be opened"));
    assert!(build(".").contains("holds no Cargo.toml"));
    let write = |name: &str, content: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("spoilt/Cargo.toml", "[package");
    assert!(build("spoilt").contains("cargo does not understand"));
    write("space/Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    write("space/a/Cargo.toml", "[package]\nname = \"a\"\n");
    write("space/a/src/lib.rs", "");
    assert!(build("space").contains("is a workspace, not a module"));
    assert!(build("space/a").contains("crate-type"));
    write("space/a/Cargo.toml", "[package]\nname = \"a\"\n[lib]\ncrate-type = [\"cdylib\"]\n");
    assert!(build("space/a").contains("toolcrib.toml cannot be read"));
    write(
        "space/a/toolcrib.toml",
        "[listing]\nlicence = \"MIT\"\n[listing.description]\nzh = \"记\"\nen = \"Notes\"\n",
    );
    assert!(build("space/a").contains("`toolcrib_sdk::module!`"));
    write("space/a/src/lib.rs", "fn spoilt() -> u8 { }");
    assert!(build("space/a").contains("correct what the compiler says above"));
}

#[test]
fn a_key_is_made_once() {
    let home = tempfile::tempdir().unwrap();
    let said = good(home.path(), &["keygen", "mine.key"]);
    assert!(said.contains("public key") && said.contains("key id"), "{said}");
    let secret = std::fs::read_to_string(home.path().join("mine.key")).unwrap();
    assert!(!said.contains(secret.trim().rsplit(':').next().unwrap()));
    assert!(bad(home.path(), &["keygen", "mine.key"]).contains("never overwritten"));
    assert_eq!(std::fs::read_to_string(home.path().join("mine.key")).unwrap(), secret);
}

#[test]
fn publishing_says_what_is_missing_before_it_builds() {
    let home = tempfile::tempdir().unwrap();
    let publish = |args: &[&str]| {
        bad(
            home.path(),
            &[&["publish", "--registry", "http://127.0.0.1:1", "--email", "ann@example.com"], args].concat(),
        )
    };
    assert!(publish(&[]).contains("cargo toolcrib keygen"));
    good(home.path(), &["keygen"]);
    std::fs::write(home.path().join("password"), "correct horse battery\n").unwrap();
    assert!(publish(&["--password-file", "password"]).contains("cannot be reached"));
}
