//! A factory moves by its archive from a host on PostgreSQL to one on files, and on to another database, and goes on there
//! where it was; what was backed up comes back from either. All through the program, as an operator runs it.

use super::shift::reference_shift;
use crate::chaos::postgres::{database, store};
use crate::chaos::servers::{PROGRAM, Process, Product, Servers};
use crate::cluster::cluster;
use reqwest::Client;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the program; whether it did what it was asked, and what it said.
fn toolcrib(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn done(arguments: &[&str]) -> String {
    let (done, said) = toolcrib(arguments);
    assert!(done, "{arguments:?}: {said}");
    said
}

fn refused(arguments: &[&str], word: &str) {
    let (done, said) = toolcrib(arguments);
    assert!(!done && said.contains(word), "{arguments:?}: {said}");
}

/// Where a host keeps its tenants.
struct Place<'a> {
    data: PathBuf,
    store: &'a str,
}

impl Place<'_> {
    fn at(&self) -> [&str; 4] {
        ["--data", self.data.to_str().unwrap(), "--store", self.store]
    }

    fn run<'b>(&'b self, command: &'b str, more: &[&'b str]) -> Vec<&'b str> {
        let mut arguments = vec![command];
        // Without a database the flag is not given.
        arguments.extend(&self.at()[..if self.store.is_empty() { 2 } else { 4 }]);
        arguments.extend(more);
        arguments
    }

    /// The archive of the tenant there.
    fn export(&self, tenant: &str, file: &Path) -> String {
        done(&self.run("export", &["--tenant", tenant, file.to_str().unwrap()]));
        // The first and the last line say who it is and the sum of that: what a host knows of names differs.
        let text = std::fs::read_to_string(file).unwrap();
        let own =
            text.lines().filter(|line| !line.contains("\"part\":\"archive\"") && !line.contains("\"part\":\"end\""));
        own.map(|line| format!("{line}\n")).collect()
    }
}

struct Caller<'a> {
    http: Client,
    servers: &'a Servers,
}

impl Caller<'_> {
    async fn call(&self, host: &Process, operation: &str, key: &str, input: Json) -> Json {
        let slug = &self.servers.tenants[0].slug;
        let request = self.http.post(format!("{}/v1/t/{slug}/m/daybook/{operation}", host.url));
        let request = request.bearer_auth(&self.servers.token).header("idempotency-key", key).json(&input);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{operation} {key}");
        answer.json().await.unwrap()
    }

    async fn read(&self, host: &Process) {
        let tenant = &self.servers.tenants[0];
        // Of late: what is older than a week is put aside.
        let line = json!({"signal": "press-1.count", "at": reference_shift().from(), "value": 7}).to_string() + "\n";
        let request = self.http.post(format!("{}/v1/t/{}/readings", host.url, tenant.slug));
        let answer = request.bearer_auth(&tenant.device_token).body(line).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    async fn seqs(&self, host: &Process) -> Vec<u64> {
        let slug = &self.servers.tenants[0].slug;
        let request = self.http.get(format!("{}/v1/t/{slug}/events", host.url)).bearer_auth(&self.servers.token);
        let events: Json = request.send().await.unwrap().json().await.unwrap();
        events["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factory_moves_out_of_a_database_through_files_into_another_one_and_goes_on() {
    let Some(cluster) = cluster() else { return };
    let [one, two, three] = [
        database(cluster, "move_from").await,
        database(cluster, "move_to").await,
        database(cluster, "move_restored").await,
    ];
    let (servers, host) = Servers::with(1, Product { config: &store(&one), ..Product::DAYBOOK }).await;
    let caller = Caller { http: Client::builder().no_proxy().build().unwrap(), servers: &servers };
    let first = caller.call(&host, "note", "note-1", json!({"text": "第一条", "amount": 7})).await;
    for nth in 0..3 {
        caller.call(&host, "order", &format!("order-{nth}"), json!({"text": format!("order {nth}")})).await;
    }
    caller.read(&host).await;
    let folder = servers.folder().to_owned();
    let (id, file) = (servers.tenants[0].id.clone(), |name: &str| folder.join(name));
    let from = Place { data: file("host"), store: &one };

    // Beside the running host, and of the stopped one.
    from.export(&id, &file("beside.ndjson"));
    host.stop();
    let told = from.export(&id, &file("from.ndjson"));
    for part in ["\"row\"", "\"event\"", "\"cursor\"", "\"answer\"", "\"audit\"", "\"usage\"", "\"reading\""] {
        assert!(told.contains(&format!("\"part\":{part}")), "{part} is in it");
    }

    // Through files into another database.
    let (files, to) = (Place { data: file("files"), store: "" }, Place { data: file("to"), store: &two });
    let archive = file("from.ndjson");
    done(&files.run("import", &[archive.to_str().unwrap()]));
    assert_eq!(files.export(&id, &file("files.ndjson")), told);
    let archive = file("files.ndjson");
    bad_archives(&to, &file("bad.ndjson"), &std::fs::read_to_string(&archive).unwrap());
    assert!(done(&to.run("doctor", &[])).contains("All that was checked is whole"));
    done(&to.run("import", &[archive.to_str().unwrap()]));
    assert_eq!(to.export(&id, &file("to.ndjson")), told);
    refused(&to.run("import", &[archive.to_str().unwrap()]), "has data already");
    let checked = done(&to.run("doctor", &[]));
    assert!(
        checked.contains(&id) && checked.contains("4 events without a gap") && checked.contains("1 readings"),
        "{checked}"
    );

    // Backed up there, and restored into a third one and into files.
    let (depot, key) = (file("depot"), file("operator.key"));
    let (depot, key) = (depot.to_str().unwrap(), key.to_str().unwrap());
    done(&to.run("backup", &["--to", depot, "--key", key]));
    assert!(done(&["verify", depot, "--key", key]).contains("GOOD"));
    let restored = [Place { data: file("restored"), store: &three }, Place { data: file("restored-files"), store: "" }];
    for (nth, place) in restored.iter().enumerate() {
        done(&place.run("restore", &["--from", depot, "--key", key]));
        assert_eq!(place.export(&id, &file(&format!("restored-{nth}.ndjson"))), told);
    }

    // It goes on where it was: what was answered is not done again, numbers follow.
    let mut command = servers.serve_command(PROGRAM.as_ref());
    command.args(to.at());
    let host = Process::start(&mut command, &folder, "moved");
    servers.known_to(&host).await;
    assert_eq!(caller.call(&host, "note", "note-1", json!({"text": "第一条", "amount": 7})).await, first);
    assert_eq!(caller.call(&host, "count", "count", json!({})).await, json!(1));
    caller.call(&host, "note", "note-2", json!({"text": "there", "amount": 1})).await;
    assert_eq!(caller.seqs(&host).await, [1, 2, 3, 4, 5]);
    host.stop();
}

/// Cut, changed, newer: refused with what is wrong, and nothing of it is there.
fn bad_archives(to: &Place<'_>, file: &Path, whole: &str) {
    let newer = whole.replacen("toolcrib-archive-2", "toolcrib-archive-3", 1);
    let cut = whole[..whole.len() - whole.len() / 3].trim_end_matches(|last: char| !last.is_ascii());
    let changed = whole.replacen("order 1", "order 7", 1);
    for (text, word) in [(&*newer, "upgrade this host"), (cut, "copy it again"), (&*changed, "was changed on its way")]
    {
        std::fs::write(file, text).unwrap();
        refused(&to.run("import", &[file.to_str().unwrap()]), word);
    }
}
