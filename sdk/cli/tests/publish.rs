//! Publishing, over HTTP, to a real registry in this process.

mod marketplace;

use marketplace::{PASSWORD, PROGRAM, registry};
use std::path::Path;
use std::process::Output;

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/published");

async fn toolcrib(dir: &Path, args: &[&str], password: &str) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::new(PROGRAM);
    command.args(args).current_dir(dir).env("CARGO_TARGET_DIR", TARGET).env("TOOLCRIB_PASSWORD", password);
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} lacks {from}", path.display());
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_signed_submitted_and_checked_and_its_name_is_its_providers() {
    let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = registry(data.path()).await;
    let run = async |dir: &Path, args: &[&str]| toolcrib(dir, args, PASSWORD).await;
    assert_eq!(run(home.path(), &["new", "published"]).await.0, Some(0));
    let folder = home.path().join("published");
    for key in ["toolcrib.key", "bolt.key"] {
        assert_eq!(run(&folder, &["keygen", key]).await.0, Some(0));
    }
    let acme = ["publish", "--registry", &address, "--email", "owner@acme.example.com"];
    let bolt = ["publish", "--registry", &address, "--email", "owner@bolt.example.com", "--key", "bolt.key"];

    let (code, said) = toolcrib(&folder, &acme, "wrong horse battery").await;
    assert!(code == Some(1) && said.contains("bad-credentials"), "{said}");
    let (code, said) = run(&folder, &[&acme[..], &["--org", "bolt"]].concat()).await;
    assert!(code == Some(1) && said.contains("use --org with one of acme"), "{said}");

    // What the checks find is told at once, and the same version may be corrected.
    edit(&folder.join("scenarios/handover.json"), "text-empty", "empty-text");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(1) && said.contains("error[scenario-mismatch]") && said.contains("0.1.0: failed"), "{said}");
    edit(&folder.join("scenarios/handover.json"), "empty-text", "text-empty");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(0) && said.contains("published 0.1.0: review"), "{said}");

    let (code, said) = run(&folder, &bolt).await;
    assert!(code == Some(1) && said.contains("belongs to another provider"), "{said}");

    // The next key follows, and the first one publishes nothing more.
    assert_eq!(run(&folder, &["keygen", "next.key"]).await.0, Some(0));
    let keys = ["keys", "--registry", &address, "--email", "owner@acme.example.com"];
    let (code, said) = run(&folder, &[&keys[..], &["rotate", "next.key"]].concat()).await;
    assert!(code == Some(0) && said.contains("publishes nothing more"), "{said}");
    edit(&folder.join("Cargo.toml"), "version = \"0.1.0\"", "version = \"0.2.0\"");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(1) && said.contains("not-allowed"), "{said}");
    let (code, said) = run(&folder, &[&acme[..], &["--key", "next.key"]].concat()).await;
    assert!(code == Some(0) && said.contains("published 0.2.0: review"), "{said}");
    let (_, listed) = run(&folder, &[&keys[..], &["list"]].concat()).await;
    let next = listed.lines().find(|line| line.contains("introduced by")).expect("the next key is listed");
    let (code, said) = run(&folder, &[&keys[..], &["revoke", next.split(' ').next().unwrap()]].concat()).await;
    assert!(code == Some(0) && said.contains("counts no more"), "{said}");
}
