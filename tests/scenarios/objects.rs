//! Components and backups in a bucket of a store that speaks S3, on good days and on bad ones.

use crate::bucket::{ACCESS_KEY_ID, SECRET, Store};
use crate::chaos::servers::{PASSWORD, PROGRAM, Product, Servers, VETTING, Version, sign_in, signed};
use crate::wait::until_async;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const BUCKET: &str = "crib";
/// Longest wait for something that must happen on a busy machine.
const SOON: Duration = Duration::from_secs(120);

/// Lines of a configuration that name the store; its secret lies in this folder.
fn settings(store: &Store, folder: &Path, secret: &str) -> String {
    let file = folder.join("store.secret");
    std::fs::write(&file, secret).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let endpoint = &store.endpoint;
    format!("[objects]\nendpoint = {endpoint:?}\naccess_key_id = {ACCESS_KEY_ID:?}\nsecret_file = {file:?}\n")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marketplace_keeps_components_in_a_bucket_and_a_host_runs_none_that_was_altered_there() {
    let (mut store, folder) = (Store::start(&[BUCKET]), tempfile::tempdir().unwrap());
    let marketplace = format!("files = \"s3://crib/market\"\n{}", settings(&store, folder.path(), SECRET));
    let (servers, host) = Servers::with(1, Product { marketplace: &marketplace, ..Product::DAYBOOK }).await;
    let kept = files(&store.file(BUCKET, "market/components"));
    assert_eq!(kept.len(), 1, "the component of the only version: {kept:?}");
    assert_eq!(files(&servers.folder().join("registry/registry/components")), [""; 0].map(PathBuf::from));
    host.kill();

    // Another host, which has nothing yet, while the component is not what it was.
    let whole = std::fs::read(&kept[0]).unwrap();
    let mut altered = whole.clone();
    altered[100] ^= 1;
    std::fs::write(&kept[0], altered).unwrap();
    let host = servers.serve_as(1);
    let refused = || async { host.log().contains("A component is not here yet").then_some(()) };
    until_async("the host to be refused the component", SOON, refused).await;
    assert!(std::fs::read_to_string(servers.folder().join("registry.log")).unwrap().contains("has the digest"));
    std::fs::write(&kept[0], whole).unwrap();
    servers.known_to(&host).await;

    // Nobody answers there: nothing is taken in, nothing is half recorded, and it goes on when the store does.
    store.stop();
    let provider = sign_in(&servers.client(), "owner@house.example", PASSWORD).await;
    let Version { module, component, said } = signed(&provider, "parts").await;
    let refused = provider.publish(&module, component.clone(), &said).await.unwrap_err();
    assert_eq!(refused.code(), Some("unavailable"), "{refused}");
    assert!(format!("{refused:?}").contains("objects-unreachable"), "{refused:?}");
    assert!(provider.submissions(None).await.unwrap().iter().all(|submission| submission.module != module));
    store.go_on();
    assert_eq!(files(&store.file(BUCKET, "market/components")).len(), 1);
    let submitted = provider.publish(&module, component, &said).await.unwrap();
    let checked = || async {
        let submission = provider.submission(&submitted.submission).await.unwrap();
        (!submission.state.is_unchecked()).then_some(submission.report)
    };
    let report = until_async("the checks, which read it from there", VETTING, checked).await;
    let findings = report.map(|report| report.findings).unwrap_or_default();
    assert!(findings.iter().all(|finding| finding.check != "checks-completed"), "{findings:#?}");
    assert_eq!(files(&store.file(BUCKET, "market/components")).len(), 2);
    host.stop();
}

/// What a command said, and whether all went well.
fn told(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn done(arguments: &[&str]) {
    let (went_well, said) = told(arguments);
    assert!(went_well, "{arguments:?}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_comes_back_from_backups_in_a_bucket_and_what_is_wrong_with_the_store_is_said() {
    let (mut store, folder) = (Store::start(&[BUCKET]), tempfile::tempdir().unwrap());
    let (servers, host) = Servers::with(1, Product::DAYBOOK).await;
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, key, data) = (file("store.toml"), file("operator.key"), servers.folder().join("host"));
    let (data, place) = (data.to_str().unwrap(), "s3://crib/backups/host-1");
    let write = |store: &Store, secret: &str| {
        let settings = settings(store, folder.path(), secret);
        std::fs::write(&config, format!("{settings}[backup]\nto = {place:?}\nkey_file = {key:?}\n")).unwrap();
    };

    write(&store, "another secret");
    let checked = ["check-config", "--config", &config, "--for", "registry", "--data", data];
    for command in [&["backup", "--config", &config, "--data", data][..], &checked] {
        let (went_well, said) = told(command);
        assert!(!went_well && said.contains("objects-refused"), "{said}");
    }
    write(&store, SECRET);
    let absent = ["backup", "--config", &config, "--data", data, "--to", "s3://absent/host"];
    let (went_well, said) = told(&absent);
    assert!(!went_well && said.contains("objects-no-bucket"), "{said}");
    assert!(!store.file(BUCKET, "backups").exists(), "nobody who was refused left anything");
    done(&checked);

    // Beside the running host, twice; then all of it elsewhere.
    done(&["backup", "--config", &config, "--data", data]);
    done(&["backup", "--config", &config, "--data", data]);
    done(&["verify", place, "--config", &config, "--key", &key]);
    let again = file("again");
    done(&["restore", "--config", &config, "--data", &again]);
    done(&["doctor", "--data", &again]);
    host.kill();
    std::fs::remove_dir_all(data).unwrap();
    std::fs::rename(&again, data).unwrap();
    let host = servers.serve();
    servers.known_to(&host).await;
    host.stop();

    // What was altered there is found, and nothing of it comes back.
    let unit = store.file(BUCKET, &format!("backups/host-1/tenant-{}", servers.tenants[0].id));
    let stamps = std::fs::read_dir(unit).unwrap().flatten().map(|entry| entry.path());
    let newest = stamps.filter(|path| path.join("manifest.json").is_file()).max().unwrap();
    let sealed =
        files(&newest).into_iter().find(|path| path.extension().is_some_and(|ending| ending == "sealed")).unwrap();
    let mut bytes = std::fs::read(&sealed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&sealed, bytes).unwrap();
    let (went_well, said) = told(&["verify", place, "--config", &config, "--key", &key]);
    assert!(!went_well && said.contains("BAD"), "{said}");
    let broken = file("broken");
    assert!(!told(&["restore", "--config", &config, "--data", &broken]).0);
    assert!(!Path::new(&broken).join("tenants").exists(), "nothing half restored");

    store.stop();
    let (went_well, said) = told(&["backup", "--config", &config, "--data", data]);
    assert!(!went_well && said.contains("objects-unreachable"), "{said}");
}
