//! A file that somebody sends is taken by an operation in its own transaction, is shown to those who may, and is nobody
//! else's.

use crate::guests::plant::{Plant, agree};
use crate::guests::served::Served;
use crate::guests::tenant::Tenant;
use serde_json::{Value as Json, json};
use std::time::Duration;
use toolcrib_contract::file::FileName;
use toolcrib_contract::limits::{FILE_BYTES, FILE_WAITS_HOURS, FILES_WAITING};
use toolcrib_contract::problem::{
    BAD_INPUT, BAD_UPLOAD, BUSY, NOT_ALLOWED, NOT_FOUND, NOT_SUBSCRIBED, Problem, STORAGE_FULL, TOO_LARGE, TRIAL_ENDED,
};
use toolcrib_runtime::{Actor, ModuleGrant, ReadOnly, TenantOptions};

/// A picture that no other number has, so many bytes long.
fn picture(number: u32, bytes: usize) -> Vec<u8> {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.extend(number.to_be_bytes());
    picture.resize(bytes, 7);
    picture
}

async fn send(tenant: Tenant<'_>, role: &str, bytes: Vec<u8>) -> Result<FileName, Problem> {
    tenant.plant.runtime().keep_file(tenant.id, "gallery", &Actor::new("user:1", role), bytes).await
}

async fn read(tenant: Tenant<'_>, role: &str, name: FileName) -> Result<Vec<u8>, Problem> {
    tenant.plant.runtime().file(tenant.id, "gallery", role, name).await
}

fn shot(title: &str, photo: Option<FileName>) -> Json {
    json!({"machine": "P-1", "title": title, "photo": photo.map(|name| name.to_string()), "paper": null})
}

fn is<T: std::fmt::Debug>(told: Result<T, Problem>, kind: toolcrib_contract::problem::ProblemKind) {
    assert!(matches!(&told, Err(problem) if problem.is(kind)), "{} expected, got {told:?}", kind.code);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_taken_with_its_command_and_swept_without_one() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["gallery"]).await;
    let [taken, refused, left] = [1, 2, 3].map(|number| picture(number, 100));
    let names = [
        send(tenant, "owner", taken.clone()).await.unwrap(),
        send(tenant, "owner", refused).await.unwrap(),
        send(tenant, "owner", left).await.unwrap(),
    ];
    assert_eq!(send(tenant, "owner", taken.clone()).await.unwrap(), names[0], "equal bytes have equal names");
    tenant.get("gallery", "keep_shot", shot("crack", Some(names[0]))).await;
    let problem = tenant.ask("gallery", "keep_shot", shot("refused", Some(names[1]))).await.unwrap_err();
    assert_eq!(problem.code, "no-title");
    plant.later(Duration::from_secs(FILE_WAITS_HOURS as u64 * 3_600 + 1));
    // The next file that comes sweeps what nobody took.
    send(tenant, "owner", picture(4, 100)).await.unwrap();
    assert_eq!(read(tenant, "owner", names[0]).await.unwrap(), taken);
    for name in &names[1..] {
        is(read(tenant, "owner", *name).await, NOT_FOUND);
    }
    let problem = tenant.refused("gallery", "keep_shot", shot("late", Some(names[2])), BAD_INPUT).await;
    assert_eq!(problem.errors[0].pointer, "/photo");
    let kept = tenant.get("gallery", "album", json!({})).await;
    assert_eq!(kept["newest"], names[0].to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_asked_for_is_taken_and_only_from_whoever_may() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["gallery", "ledger"]).await;
    is(send(tenant, "owner", b"<svg onload=alert(1)>".to_vec()).await, BAD_UPLOAD);
    is(send(tenant, "owner", picture(1, FILE_BYTES as usize + 1)).await, TOO_LARGE);
    is(send(tenant, "viewer", picture(1, 100)).await, NOT_ALLOWED);
    let owner = Actor::new("user:1", "owner");
    is(plant.runtime().keep_file(tenant.id, "ledger", &owner, picture(1, 100)).await, NOT_ALLOWED);
    is(plant.runtime().keep_file(tenant.id, "absent", &owner, picture(1, 100)).await, NOT_SUBSCRIBED);
    // The largest file that a host keeps is larger than this field takes; a paper is no photo.
    let large = send(tenant, "owner", picture(1, FILE_BYTES as usize)).await.unwrap();
    tenant.refused("gallery", "keep_shot", shot("large", Some(large)), BAD_INPUT).await;
    let paper = send(tenant, "owner", b"%PDF-1.7 plan".to_vec()).await.unwrap();
    tenant.refused("gallery", "keep_shot", shot("paper", Some(paper)), BAD_INPUT).await;
    let as_paper = json!({"machine": "P-1", "title": "plan", "photo": null, "paper": paper.to_string()});
    tenant.get("gallery", "keep_shot", as_paper).await;
    assert_eq!(read(tenant, "owner", paper).await.unwrap(), b"%PDF-1.7 plan");
    let other = FileName { media: toolcrib_contract::file::Media::Png, ..paper };
    is(read(tenant, "owner", other).await, NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_its_tenants_and_its_modules() {
    let plant = Plant::new();
    let (mine, theirs) = (plant.tenant("a", &["gallery"]).await, plant.tenant("b", &["gallery"]).await);
    let name = send(mine, "owner", picture(1, 100)).await.unwrap();
    is(read(theirs, "owner", name).await, NOT_FOUND);
    theirs.refused("gallery", "keep_shot", shot("stolen", Some(name)), BAD_INPUT).await;
    assert!(read(mine, "viewer", name).await.is_ok(), "who may ask the module may see");
    let served = Served::of(&plant).await;
    let (owner, stranger) = (served.owner("a"), served.owner("b"));
    let post = |bytes: Vec<u8>| owner.request(reqwest::Method::POST, "/v1/t/a/files/gallery").body(bytes);
    let answer = owner.send(post(picture(9, 50))).await;
    assert_eq!((answer.status, &answer.body["media"], &answer.body["bytes"]), (201, &json!("image/png"), &json!(50)));
    let path = format!("/v1/t/a/files/gallery/{}", answer.body["name"].as_str().unwrap());
    let got = owner.request(reqwest::Method::GET, &path).send().await.unwrap();
    let header = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        ["content-type", "x-content-type-options", "content-disposition", "content-security-policy"].map(header),
        ["image/png", "nosniff", "attachment", "default-src 'none'; sandbox"]
    );
    assert_eq!(got.bytes().await.unwrap(), picture(9, 50));
    assert_eq!(stranger.send(stranger.request(reqwest::Method::GET, &path)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_bounded_and_what_is_kept_counts() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["gallery"]).await;
    for number in 0..FILES_WAITING {
        send(tenant, "owner", picture(number, 20)).await.unwrap();
    }
    is(send(tenant, "owner", picture(FILES_WAITING, 20)).await, BUSY);
    let small = Plant::with(crate::guests::plant::Setup {
        tenant: TenantOptions { quota_bytes: 4 << 20, ..TenantOptions::default() },
        ..Default::default()
    });
    let tenant = small.tenant("a", &["gallery"]).await;
    is(send(tenant, "owner", picture(1, FILE_BYTES as usize)).await, STORAGE_FULL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_only_be_read_keeps_no_files() {
    let plant = Plant::new();
    let read_only = Some(ReadOnly { refusal: TRIAL_ENDED, from: plant.now(), until: None });
    let gallery = ModuleGrant { read_only, ..agree(&plant.load("gallery")) };
    let tenant = plant.tenant_with("a", vec![gallery]).await;
    is(send(tenant, "owner", picture(1, 100)).await, TRIAL_ENDED);
}
