//! A table comes out whole, exactly, from one state; and what came out goes in again.

use crate::guests::plant::{Plant, tenant_id};
use crate::guests::served::Served;
use crate::scenarios::demo::Person;
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_tables::export::English;
use toolcrib_tables::{Export, Plain, Zone};

async fn import(owner: &Person, tenant: &str, file: String) {
    let path = format!("/v1/t/{tenant}/m/parts/import_parts");
    owner.post_bytes(&path, "text/csv", file.into_bytes()).await.ok();
}

/// A file as it was sent, with its mark.
async fn export(owner: &Person, path: &str) -> String {
    let answer = owner.request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8; header=present");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename="));
    String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap()
}

/// All pages of `parts` as JSON, without what the host gives each row.
async fn rows(owner: &Person, tenant: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = owner.post(&format!("/v1/t/{tenant}/m/parts/parts"), &json!({"after": after})).await.ok();
        for row in page["rows"].as_array().unwrap() {
            let mut row = row.clone();
            let fields = row.as_object_mut().unwrap();
            for name in ["id", "rev", "created", "updated"] {
                fields.remove(name).unwrap();
            }
            rows.push(row);
        }
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

/// Rows with everything that is easily lost on the way.
const HARD: &str = "code,name,weight,stock,source,critical,drawn_on,seen_at,tolerance\n\
    A-1,\"'=HYPERLINK(\"\"http://x\"\")\",-0.000,-5,made,true,2026-11-23,2026-11-23T08:00:00.000001Z,1.5e-7\n\
    A-2,\"two\nlines, and \"\"marks\"\"\",123456789012345.678,9007199254740993,bought_in,false,,,\n\
    A-3,'-5,1.5,0,made,0,2199-12-31,1970-01-01T00:00:00Z,-0.1\n\
    A-4,''+1,7,1,made,0,,,\n\
    0005, spaces ,7,1,made,0,,,\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_exported_is_imported_into_an_empty_tenant_as_it_was() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    plant.tenant("b", &["parts"]).await;
    plant.tenant("c", &["parts"]).await;
    let served = Served::of(&plant).await;
    let (a, b, c) = (served.owner("a"), served.owner("b"), served.owner("c"));
    let mut file = HARD.to_owned();
    for row in 0..250 {
        writeln!(file, "B-{row:04},零件 {row},{row}.5,{row},made,1,,,").unwrap();
    }
    import(&a, "a", file).await;
    let exported = export(&a, "/v1/t/a/m/parts/parts?format=csv").await;
    import(&b, "b", exported.clone()).await;
    // With words above the columns it goes in as well.
    let asked = a.request(reqwest::Method::GET, "/v1/t/a/m/parts/parts?format=csv").header("accept-language", "en");
    let worded = asked.send().await.unwrap().text().await.unwrap();
    assert!(worded.lines().next().unwrap().contains("Drawn on"), "{}", &worded[..200]);
    assert!(!exported.lines().next().unwrap().contains("Drawn on"), "programs know the names of the code");
    import(&c, "c", worded).await;
    assert_eq!(rows(&b, "b").await, rows(&c, "c").await);
    let (before, after) = (rows(&a, "a").await, rows(&b, "b").await);
    assert_eq!((before.len(), &before), (255, &after));
    assert_eq!(before[1]["name"], "=HYPERLINK(\"http://x\")");
    assert_eq!(before[3]["name"], "-5");
    let again = export(&b, "/v1/t/b/m/parts/parts?format=csv").await;
    let without_head = |file: &str| -> Vec<String> {
        file.replace("\nlines", " lines").lines().map(|line| line.split(',').skip(4).collect()).collect()
    };
    assert_eq!(without_head(&exported), without_head(&again));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_holds_the_digits_of_the_json_and_no_formula() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let owner = served.owner("a");
    import(&owner, "a", HARD.to_owned()).await;
    let file = export(&owner, "/v1/t/a/m/parts/parts?format=csv").await;
    assert!(file.starts_with(
        "\u{feff}id,rev,created,updated,code,name,weight,stock,source,critical,drawn_on,seen_at,tolerance,batch\r\n"
    ));
    for part in [
        ",0005, spaces ,7.000,1,made,false,,,,\r\n",
        ",A-1,\"'=HYPERLINK(\"\"http://x\"\")\",0.000,-5,made,true,2026-11-23,2026-11-23 16:00:00.000001,1.5e-7,\r\n",
        ",A-2,\"two\nlines, and \"\"marks\"\"\",123456789012345.678,9007199254740993,bought_in,false,,,,\r\n",
        ",A-3,'-5,1.500,0,made,false,2199-12-31,1970-01-01 08:00:00,-0.1,\r\n",
        ",A-4,''+1,7.000,1,made,false,,,,\r\n",
    ] {
        assert!(file.contains(part), "{part} is not in {file}");
    }
    let request = owner.request(reqwest::Method::POST, "/v1/t/a/m/parts/parts").header("accept", "text/csv");
    let by_header = owner.send(request.json(&json!({}))).await.text;
    assert_eq!(by_header, file, "by header as by address");
    owner.get("/v1/t/a/m/parts/parts").await.problem(405, "method-not-allowed");
    owner.get("/v1/t/a/m/parts/import_parts?format=csv").await.problem(405, "method-not-allowed");
    owner.get("/v1/t/a/m/parts/parts?format=csv&colour=red").await.problem(422, "bad-input");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_several_tables_is_asked_for_by_name_and_parts_of_a_row_are_columns() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let owner = served.owner("a");
    let even = export(&owner, "/v1/t/a/m/parts/figures?format=csv&until=12&table=even").await;
    assert_eq!(
        even,
        "\u{feff}number,place.hall,place.shelf,tags\r\n2,,,\"t0\nt1\"\r\n4,,,t0\r\n6,-6,,\r\n8,,,\"t0\nt1\"\r\n10,,,t0\r\n12,-12,'=A1,\r\n"
    );
    let which = owner.get("/v1/t/a/m/parts/figures?format=csv&until=12").await;
    assert!(which.problem(400, "bad-request").text.contains("odd, even"));
}

fn started<'a>(plant: &'a Plant, operation: &str, input: Json) -> impl Future<Output = Export> + 'a {
    let def = plant.load("parts").manifest.handler(operation).unwrap().1.clone();
    let request = plant.again("a").request("parts", operation, input);
    async move {
        let zone = Zone::named("Asia/Shanghai");
        let (names, voice) = (Arc::new(Plain), Arc::new(English));
        Export::start(plant.runtime(), &def, None, request, zone, names, voice).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_a_file_is_read_is_not_in_it() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let lines = |from: u32, until: u32| {
        let lines = (from..until).map(|row| format!("C-{row:04},x,1,1,made,1\n"));
        format!("code,name,weight,stock,source,critical\n{}", lines.collect::<String>())
    };
    import(&served.owner("a"), "a", lines(0, 350)).await;
    let export = started(&plant, "parts", json!({})).await;
    import(&served.owner("a"), "a", lines(350, 500)).await;
    let pieces: Vec<_> = export.stream().map(|piece| String::from_utf8(piece.unwrap()).unwrap()).collect().await;
    assert_eq!(pieces.len(), 4, "page by page");
    let file = pieces.concat();
    assert_eq!(file.lines().count(), 351);
    assert!(file.contains("C-0349") && !file.contains("C-0350"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_ends_with_a_word_when_there_is_more_or_something_fails() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let collect = |export: Export| async move {
        let (mut file, mut problem) = (String::new(), None);
        let mut pieces = Box::pin(export.stream());
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(bytes) => file.push_str(std::str::from_utf8(&bytes).unwrap()),
                Err(error) => problem = Some(error.code),
            }
        }
        (file.lines().map(str::to_owned).collect::<Vec<_>>(), problem)
    };
    let (lines, problem) = collect(started(&plant, "endless", json!({})).await).await;
    assert_eq!((lines.len() as u64, problem), (limits::EXPORT_ROWS + 2, None));
    assert_eq!(lines[limits::EXPORT_ROWS as usize], "100000,,,");
    assert_eq!(lines.last().unwrap(), "There are more than 100000 rows; ask for fewer at once");
    let exact = started(&plant, "endless", json!({"until": limits::EXPORT_ROWS})).await;
    assert_eq!(collect(exact).await.0.len() as u64, limits::EXPORT_ROWS + 1, "exactly as many are no more");
    let (lines, problem) = collect(started(&plant, "endless", json!({"trap": 3_000})).await).await;
    assert_eq!((lines.len(), problem.as_deref()), (3_002, Some("module-fault")));
    assert!(lines.last().unwrap().contains("This file is not complete: The module failed"), "{:?}", lines.last());
    // What fails at once is a problem and no file.
    let served = Served::of(&plant).await;
    served.owner("a").get("/v1/t/a/m/parts/endless?format=csv&trap=0").await.problem(502, "module-fault");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_takes_too_long_to_read_says_so_in_its_last_line() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let mut export = started(&plant, "endless", json!({})).await;
    let rows = export.progress();
    export.hold_for(Duration::ZERO);
    let pieces: Vec<_> = export.stream().collect().await;
    let [Ok(first), Ok(last), Err(problem)] = &pieces[..] else { panic!("{pieces:?}") };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!((text(first).lines().count(), rows.load(Ordering::Relaxed)), (1_001, 1_000));
    assert!(text(last).contains("This file is not complete") && text(last).contains("timeout"), "{}", text(last));
    assert_eq!(problem.code, "module-timeout");
    let held = plant.runtime().snapshot(tenant_id("a")).await.unwrap();
    assert_eq!(held.wall(), Duration::from_millis(limits::EXPORT_MS), "what is published");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_read_take_places_and_give_them_back() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let mut held = Vec::new();
    for _ in 0..limits::EXPORTS / 2 {
        held.push(plant.runtime().snapshot(tenant_id("a")).await.unwrap());
    }
    let full = plant.runtime().snapshot(tenant_id("a")).await.err().unwrap();
    assert_eq!(full.code, "busy");
    held.pop();
    assert!(plant.runtime().snapshot(tenant_id("a")).await.is_ok());
}
