//! A tenant may take everything with it, and have everything erased; others notice nothing.

use crate::guests::plant::{Plant, START};
use crate::guests::tenant::{Tenant, texts};
use serde_json::{Value as Json, json};
use std::io::Read as _;
use toolcrib_contract::problem::{NOT_FOUND, WRONG_STATE};
use toolcrib_contract::signal::Sample;
use toolcrib_runtime::{ArchiveNote, ArchiveState, DataDir, FORM, PartSum, TenantOptions};
use toolcrib_store::{Home, check, import, key_id};

const OWNER: &str = "user:1";

/// Makes an archive and reads it, line by line.
async fn take_out(tenant: Tenant<'_>, also: Vec<Json>) -> (Vec<Json>, ArchiveNote) {
    let runtime = tenant.plant.runtime();
    runtime.start_archive(tenant.id, OWNER, also).await.expect("it begins");
    let note = tenant.until("the archive", || async {
        match runtime.archive(tenant.id).unwrap() {
            ArchiveState::There(note) => Some(*note),
            ArchiveState::Running { lines, of } => (of > 0).then(|| assert!(lines <= of)).and(None),
            other => panic!("{other:?}"),
        }
    });
    let note = note.await;
    let (mut file, same) = runtime.open_archive(tenant.id).unwrap();
    assert_eq!(same, note);
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text.len() as u64, note.bytes);
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, note.lines);
    (lines, note)
}

fn of<'a>(lines: &'a [Json], part: &str) -> Vec<&'a Json> {
    lines.iter().filter(|line| line["part"] == part).collect()
}

fn sum<'a>(parts: &'a [PartSum], part: &str) -> Option<&'a PartSum> {
    parts.iter().find(|sum| sum.part == part)
}

async fn worked(plant: &Plant) -> Tenant<'_> {
    let tenant = plant.tenant("a", &["ledger", "parts"]).await;
    for n in 0..30 {
        tenant.note(&format!("note {n} 号")).await;
    }
    let part = json!({"code": "A-1", "name": "轴", "weight": "0.100", "stock": 7, "source": "bought_in", "critical": true,
        "drawn_on": "2026-11-23", "seen_at": "2026-11-23T08:00:00.000001Z", "tolerance": 0.1, "place": null, "tags": [], "copies": null});
    tenant.get("parts", "import_parts", json!({"batch": null, "rows": [part]})).await;
    tenant.post("press.temp", &[(1, Sample::Number { value: 0.1 }), (2, Sample::Count { value: 2 })]).await;
    tenant.turns().await;
    tenant
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_holds_every_record_to_the_digit_and_nothing_of_others() {
    let plant = Plant::new();
    let other = plant.tenant("b", &["ledger"]).await;
    other.note("a secret of b").await;
    let tenant = worked(&plant).await;
    let (lines, note) = take_out(tenant, vec![json!({"part": "member", "name": "李"})]).await;
    assert_eq!(
        (&lines[0]["part"], &lines[0]["form"], &lines[0]["tenant"]["slug"]),
        (&json!("archive"), &json!(FORM), &json!("a"))
    );
    assert_eq!(lines[1], json!({"part": "member", "name": "李"}));
    let rows = of(&lines, "row");
    let notes: Vec<_> =
        rows.iter().filter(|row| row["record"] == "note").map(|row| row["fields"]["text"].as_str().unwrap()).collect();
    assert_eq!(notes, tenant.notes().await);
    let part = rows.iter().find(|row| row["record"] == "part").unwrap();
    let asked = tenant.get("parts", "parts", json!({"after": null})).await;
    let asked = &asked["rows"][0];
    for (field, value) in part["fields"].as_object().unwrap() {
        assert_eq!(*value, asked[field], "{field}: what the module says is what leaves");
    }
    assert_eq!(
        (&part["id"], &part["created"], &part["fields"]["weight"]),
        (&asked["id"], &asked["created"], &json!("0.100"))
    );
    assert_eq!(of(&lines, "event").len(), tenant.events().await.len());
    let readings: Vec<_> =
        of(&lines, "reading").iter().map(|line| (line["at"].clone(), line["value"].clone())).collect();
    let at = |second: i64| json!(START.plus_us(second * 1_000_000).to_string());
    assert_eq!(readings, [(at(1), json!(0.1)), (at(2), json!(2))]);
    let chain = tenant.file(|writer| writer.verify_audit()).await;
    assert_eq!((of(&lines, "audit").len() as u64, sum(&note.parts, "audit").unwrap().lines), (chain, chain));
    assert_eq!(of(&lines, "end")[0]["parts"], serde_json::to_value(&note.parts).unwrap());
    let whole = lines.iter().map(Json::to_string).collect::<String>();
    assert!(!whole.contains("a secret of b"));
    assert!(plant.runtime().open_archive(other.id).is_err_and(|problem| problem.is(NOT_FOUND)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_made_anew_survives_a_power_failure_and_can_be_discarded() {
    let mut plant = Plant::new();
    let tenant = worked(&plant).await;
    let (_, first) = take_out(tenant, vec![]).await;
    tenant.note("one more").await;
    let (_, second) = take_out(tenant, vec![]).await;
    assert_ne!((&first.sha256, sum(&first.parts, "row")), (&second.sha256, sum(&second.parts, "row")));
    assert_eq!(sum(&first.parts, "reading"), sum(&second.parts, "reading"), "what did not change has the same sum");
    plant.power_failure().await;
    let tenant = plant.again("a");
    let runtime = plant.runtime();
    assert_eq!(runtime.archive(tenant.id).unwrap(), ArchiveState::There(Box::new(second)));
    runtime.discard_archive(tenant.id).unwrap();
    runtime.discard_archive(tenant.id).unwrap();
    assert_eq!(runtime.archive(tenant.id).unwrap(), ArchiveState::None);
    let left: Vec<_> = std::fs::read_dir(plant.dir(tenant.id)).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("archive")), "{left:?}");
    assert_eq!(tenant.notes().await.len(), 31, "the data stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_tenant_leaves_a_receipt_and_nothing_else_on_the_disk() {
    let mut plant = Plant::new();
    let other = plant.tenant("b", &["ledger"]).await;
    other.note("of b").await;
    let tenant = worked(&plant).await;
    let (_, note) = take_out(tenant, vec![]).await;
    let refused = plant.runtime().erase(tenant.id, OWNER).await.unwrap_err();
    assert!(refused.is(WRONG_STATE) && refused.detail.as_ref().unwrap().contains("2 modules"), "{refused:?}");
    assert_eq!(tenant.notes().await.len(), 30, "what is refused changes nothing");
    tenant.agree(vec![]).await;
    // As its first backup would have made it, with a copy that was interrupted.
    let key = DataDir::beside(&plant.root()).backup_key(tenant.id);
    std::fs::create_dir_all(key.parent().unwrap()).unwrap();
    std::fs::write(&key, "the tenant's key").unwrap();
    std::fs::create_dir(plant.dir(tenant.id).join("copy")).unwrap();
    std::fs::copy(plant.dir(tenant.id).join("main.db"), plant.dir(tenant.id).join("copy/main.db")).unwrap();
    let receipt = plant.runtime().erase(tenant.id, OWNER).await.unwrap();
    assert!(!plant.dir(tenant.id).exists());
    assert_eq!(receipt.backup_key, Some(key_id(b"the tenant's key")));
    nothing_is_left(&plant, &tenant.id.to_string());
    for part in ["row", "event", "reading", "record"] {
        assert_eq!(sum(&receipt.parts, part), sum(&note.parts, part), "{part}: what was taken out is what was erased");
    }
    assert_eq!((receipt.sha256.clone(), receipt.slug.as_str(), receipt.by.as_str()), (receipt.digest(), "a", OWNER));
    assert_eq!(plant.runtime().archive(tenant.id).unwrap(), ArchiveState::None);
    let again = plant.runtime().erase(tenant.id, OWNER).await.unwrap();
    assert_eq!((again.bytes, again.parts.len()), (0, 0), "there was nothing left");
    assert_eq!(other.notes().await, ["of b"]);
    plant.power_failure().await;
    let receipts = plant.runtime().receipts(tenant_of(&plant)).unwrap();
    assert_eq!(receipts, [again, receipt]);
    // The same workspace begins anew, with nothing of before.
    let tenant = plant.tenant("a", &["ledger"]).await;
    assert_eq!(texts(&tenant.get("ledger", "recent", json!({"limit": 5})).await, "text").len(), 0);
    tenant.note("new").await;
    assert_eq!(tenant.events().await.iter().map(|event| event.seq).collect::<Vec<_>>(), [1]);
}

/// No file of the host has a byte of what the tenant had, and only the receipt its name.
fn nothing_is_left(plant: &Plant, id: &str) {
    let mut folders = vec![plant.root()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
            for word in ["note 7 号", "press.temp", "bought_in", "轴", "the tenant's key"] {
                assert!(!holds(word), "{} holds {word}", path.display());
            }
            let is_receipt = path.parent().unwrap().ends_with(format!("receipts/{id}"));
            assert_eq!(holds("Works of a"), is_receipt, "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_goes_on_at_another_host_where_its_archive_ended() {
    let old = Plant::new();
    let tenant = worked(&old).await;
    let note_once = json!({"text": "the answer is kept", "amount": 1});
    let once = tenant.ask_once("kept", "ledger", "note", note_once.clone()).await.unwrap();
    let (lines, note) = take_out(tenant, vec![json!({"part": "member", "name": "李"})]).await;
    let (mut file, _) = old.runtime().open_archive(tenant.id).unwrap();
    let new = Plant::new();
    let dir = new.dir(tenant.id);
    std::fs::create_dir_all(dir.parent().unwrap()).unwrap();
    let mut from = std::io::BufReader::new(&mut file);
    let options = TenantOptions::default();
    let home = Home::new(dir.clone(), tenant.id, &options);
    let imported = import(&mut from, &home.aside(), &options).unwrap();
    home.settle(&options).unwrap();
    assert_eq!((&imported.sha256, imported.lines, &imported.parts), (&note.sha256, note.lines, &note.parts));
    let there = new.tenant("a", &["ledger", "parts"]).await;
    assert_eq!(there.notes().await, tenant.notes().await);
    let again = there.ask_once("kept", "ledger", "note", note_once).await.unwrap();
    assert_eq!(again, once, "what was answered there is not done again here");
    assert_eq!(there.notes().await.len(), 31);
    // Numbers of events, chain, places of consumers and sums go on.
    there.note("here").await;
    there.post("press.temp", &[(3, Sample::Number { value: 0.3 })]).await;
    there.turns().await;
    let seqs: Vec<u64> = there.events().await.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let found = check(&dir).unwrap();
    assert_eq!((found.readings, found.events), (3, seqs.len() as u64));
    let (after, _) = take_out(there, vec![]).await;
    for part in ["module", "record", "reading"] {
        let before = of(&lines, part);
        assert_eq!(of(&after, part)[..before.len()], before[..], "{part}");
    }
    // Nobody's data is written over.
    let mut from = std::io::BufReader::new(old.runtime().open_archive(tenant.id).unwrap().0);
    import(&mut from, &home.aside(), &options).unwrap();
    assert!(home.settle(&options).unwrap_err().to_string().contains("readings of 1 signals"));
    assert_eq!(there.notes().await.len(), 32);
}

fn tenant_of(plant: &Plant) -> toolcrib_contract::types::RawId {
    plant.again("a").id
}
