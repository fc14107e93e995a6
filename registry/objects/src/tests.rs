//! Against a server that nobody here wrote.

use crate::server::{ACCESS_KEY_ID, SECRET, Store};
use crate::{Account, Bucket, ObjectsError};

const BUCKET: &str = "crib";
/// More than two parts.
const LARGE: usize = (33 << 20) + 7;

fn account(store: &Store) -> Account {
    Account {
        endpoint: store.endpoint.clone(),
        region: "us-east-1".to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET.to_owned(),
    }
}

fn open(store: &Store) -> Bucket {
    Bucket::open("s3://crib/a/folder", &account(store)).unwrap()
}

fn code<T>(result: Result<T, ObjectsError>) -> &'static str {
    match result {
        Ok(_) => "it went well",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn what_is_kept_comes_back_is_listed_and_goes() {
    let store = Store::start(&[BUCKET]);
    let bucket = open(&store);
    bucket.check().await.unwrap();
    assert_eq!(bucket.get("one", 9).await.unwrap(), None);
    bucket.put("one", b"first".to_vec()).await.unwrap();
    bucket.put("one", b"second".to_vec()).await.unwrap();
    bucket.put("below/2026-11-26T03-04-05.000001Z/0.sealed", Vec::new()).await.unwrap();
    bucket.put("below/other", b"x".to_vec()).await.unwrap();
    assert_eq!(bucket.get("one", 6).await.unwrap().unwrap(), b"second");
    assert_eq!(code(bucket.get("one", 5).await), "objects-too-large");
    assert_eq!(bucket.get("below/2026-11-26T03-04-05.000001Z/0.sealed", 0).await.unwrap().unwrap(), b"");
    assert_eq!(bucket.names("").await.unwrap(), ["below", "one"]);
    assert_eq!(bucket.names("below").await.unwrap(), ["2026-11-26T03-04-05.000001Z", "other"]);
    assert_eq!(bucket.names("absent").await.unwrap(), [""; 0]);
    assert_eq!(bucket.below("below").unwrap().get("other", 1).await.unwrap().unwrap(), b"x");
    assert!(store.file(BUCKET, "a/folder/one").is_file(), "it lies in the folder that the address names");

    bucket.remove_all("below/other").await.unwrap();
    assert_eq!(bucket.names("below").await.unwrap(), ["2026-11-26T03-04-05.000001Z"]);
    bucket.remove_all("below").await.unwrap();
    bucket.remove_all("absent").await.unwrap();
    bucket.remove("absent").await.unwrap();
    assert_eq!(bucket.names("").await.unwrap(), ["one"]);
    bucket.remove("one").await.unwrap();
    assert_eq!(bucket.get("one", 9).await.unwrap(), None);
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let store = Store::start(&[BUCKET]);
    let bucket = open(&store);
    for name in ["../x", "unit/../../x", "/etc/passwd", "unit//x", "a\\b", ".x", "x\0", "x/..", "", "a b", "a%2fb"] {
        assert_eq!(code(bucket.put(name, Vec::new()).await), "objects-address", "{name}");
        assert_eq!(code(bucket.get(name, 1).await), "objects-address", "{name}");
        assert_eq!(code(bucket.remove_all(name).await), "objects-address", "{name}");
    }
}

#[tokio::test]
async fn an_object_of_many_parts_is_seen_when_it_is_finished_and_not_before() {
    let store = Store::start(&[BUCKET]);
    let bucket = open(&store);
    let bytes: Vec<u8> = (0..LARGE).map(|at| (at % 251) as u8).collect();
    let mut writing = bucket.write("large").unwrap();
    for piece in bytes.chunks(1_000_003) {
        writing.push(piece).await.unwrap();
    }
    assert_eq!(bucket.names("").await.unwrap(), [""; 0], "two parts are there, and nobody sees them");
    writing.finish().await.unwrap();
    let (mut reading, mut read) = (bucket.read("large").await.unwrap().unwrap(), Vec::new());
    while let Some(piece) = reading.next().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert!(read == bytes, "{} of {LARGE} bytes", read.len());

    let mut writing = bucket.write("abandoned").unwrap();
    writing.push(&bytes).await.unwrap();
    writing.abandon().await;
    assert_eq!(bucket.names("").await.unwrap(), ["large"]);
    bucket.write("empty").unwrap().finish().await.unwrap();
    assert_eq!(bucket.get("empty", 0).await.unwrap(), Some(Vec::new()));
}

#[tokio::test]
async fn who_is_refused_or_finds_no_bucket_or_nobody_hears_what_to_look_at() {
    let mut store = Store::start(&[BUCKET]);
    let stranger = Account { secret_access_key: "another".to_owned(), ..account(&store) };
    let unknown = Account { access_key_id: "nobody".to_owned(), ..account(&store) };
    for account in [stranger, unknown] {
        let bucket = Bucket::open("s3://crib", &account).unwrap();
        assert_eq!(code(bucket.check().await), "objects-refused");
        assert_eq!(code(bucket.put("one", b"x".to_vec()).await), "objects-refused");
        assert_eq!(code(bucket.get("one", 9).await), "objects-refused");
        let mut writing = bucket.write("large").unwrap();
        assert_eq!(code(writing.push(&vec![0; LARGE]).await), "objects-refused");
    }
    let absent = Bucket::open("s3://absent", &account(&store)).unwrap();
    assert_eq!(code(absent.check().await), "objects-no-bucket");

    let bucket = open(&store);
    store.stop();
    assert_eq!(code(bucket.check().await), "objects-unreachable");
    assert_eq!(code(bucket.put("one", b"x".to_vec()).await), "objects-unreachable");
    assert_eq!(code(bucket.get("one", 9).await), "objects-unreachable");
    store.go_on();
    bucket.check().await.unwrap();
}
