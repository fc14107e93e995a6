//! A file goes in whole or as far as it is good, once, and every row that is not taken is named.

use crate::guests::plant::Plant;
use crate::guests::served::Served;
use crate::guests::tenant::Tenant;
use crate::scenarios::demo::{Answer, Person};
use encoding_rs::GB18030;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::report::Keep;
use toolcrib_runtime::Import;
use toolcrib_tables::import::{self, Source};
use toolcrib_tables::{Plain, Unreadable, Wrong, Zone};

const PATH: &str = "/v1/t/a/m/parts/import_parts";
const HEADINGS: &str = "code,name,weight,stock,source,critical,drawn_on";

async fn send(person: &Person, query: &str, key: Option<&str>, file: Vec<u8>) -> Answer {
    let request = person.request(reqwest::Method::POST, &format!("{PATH}{query}"));
    let request = request.header("content-type", "text/csv; charset=utf-8").body(file);
    person.send(if let Some(key) = key { request.header("idempotency-key", key) } else { request }).await
}

/// A file with these lines below the headings.
fn file(lines: &[&str]) -> Vec<u8> {
    format!("{HEADINGS}\r\n{}\r\n", lines.join("\r\n")).into_bytes()
}

/// Line, column, heading and code of everything a report lists.
fn told(report: &Json) -> Vec<(u64, String, String, String)> {
    let text = |problem: &Json, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let problems = report["problems"].as_array().expect("problems");
    let told = |problem: &Json| {
        (
            problem["line"].as_u64().expect("a line"),
            text(problem, "column"),
            text(problem, "heading"),
            text(problem, "code"),
        )
    };
    problems.iter().map(told).collect()
}

/// Codes of all parts, in order.
async fn codes(tenant: &Tenant<'_>) -> Vec<String> {
    let (mut codes, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = tenant.get("parts", "parts", json!({"after": after})).await;
        codes.extend(super::super::tenant::texts(&page["rows"], "code"));
        after = page["next"].clone();
        if after.is_null() {
            return codes;
        }
    }
}

/// A line, and what is said of it.
type Mistake = (u64, &'static str, &'static str, &'static str);

/// Ten thousand lines with mistakes on known ones: those that no cell can be read from, those that the module refuses
/// with a field, one that it refuses without, and codes that come twice.
fn ten_thousand() -> (Vec<u8>, Vec<Mistake>) {
    let mut file = format!("{HEADINGS}\n");
    for line in 2..=10_001u32 {
        let (mut code, mut name, mut weight, mut day) = (format!("P-{line:05}"), "零件", "1.250", "2026-11-23");
        match line {
            100 | 9_000 => weight = "heavy",
            101 => weight = "1.2505",
            1_234 | 1_235 => weight = "-1",
            3_333 => name = "nameless",
            5_000 => code = "P-00002".to_owned(),
            7_001 => code = "P-07000".to_owned(),
            10_001 => day = "2026-02-30",
            _ => {}
        }
        writeln!(file, "{code},{name},{weight},\"1,{:03}\",made,是,{day}", line % 1_000).expect("memory");
    }
    let expected = vec![
        (100, "C", "weight", "bad-cell"),
        (101, "C", "weight", "bad-cell"),
        (1_234, "C", "weight", "weight-negative"),
        (1_235, "C", "weight", "weight-negative"),
        (3_333, "", "", "no-name"),
        (5_000, "A", "code", "code-taken"),
        (7_001, "A", "code", "code-taken"),
        (9_000, "C", "weight", "bad-cell"),
        (10_001, "G", "drawn_on", "bad-cell"),
    ];
    (file.into_bytes(), expected)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_are_written_as_the_caller_chose_and_only_once() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let (served, (file, expected)) = (Served::of(&plant).await, ten_thousand());
    let owner = served.owner("a");
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(line, column, heading, code)| (line, column.to_owned(), heading.to_owned(), code.to_owned()))
        .collect();

    let none = send(&owner, "", Some("all"), file.clone()).await;
    none.problem(422, "rows-refused");
    assert_eq!(told(&none.body["report"]), expected);
    let counts = |report: &Json| ["rows", "kept", "refused"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts(&none.body["report"]), [10_000, 0, 9]);
    assert_eq!((codes(&tenant).await.len(), tenant.events().await.len()), (0, 0), "nothing was written");

    let calls = tenant.usage_of("parts", "import_parts").await;
    let repeated = send(&owner, "?rows=all", Some("all"), file.clone()).await;
    assert_eq!(repeated.problem(422, "rows-refused").body["report"], none.body["report"]);
    assert_eq!(tenant.usage_of("parts", "import_parts").await, calls, "a repetition runs nothing");
    send(&owner, "?rows=good", Some("all"), file.clone()).await.problem(422, "idempotency-key-reused");

    let good = send(&owner, "?rows=good", Some("good"), file.clone()).await.ok();
    assert_eq!((told(&good), counts(&good)), (expected, [10_000, 9_991, 9]));
    let stored = codes(&tenant).await;
    assert_eq!((stored.len(), stored[0].as_str()), (9_991, "P-00002"));
    assert!(stored.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(send(&owner, "?rows=good", Some("good"), file).await.ok(), good);
    assert_eq!(codes(&tenant).await.len(), 9_991);
    let used = tenant.usage_of("parts", "import_parts").await;
    assert_eq!((used.rows_written, used.events), (9_991, 9_991), "what was undone is not counted");

    let lines = tenant.file(|writer| writer.audit_after(0, 100)).await;
    let details: Vec<Json> = lines
        .iter()
        .filter(|line| line.action == "import_parts")
        .map(|line| serde_json::from_str(&line.detail).unwrap())
        .collect();
    let told: Vec<_> = details.iter().map(|detail| (&detail["status"], &detail["rows"], &detail["kept"])).collect();
    assert_eq!(told, [(&json!(422), &json!(10_000), &json!(0)), (&json!(200), &json!(10_000), &json!(9_991))]);
    tenant.file(|writer| writer.verify_audit()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbour_is_served_while_a_tenant_imports() {
    let plant = Plant::new();
    let (_, neighbour) = (plant.tenant("a", &["parts"]).await, plant.tenant("b", &["ledger"]).await);
    let served = Served::of(&plant).await;
    let (file, _) = ten_thousand();
    let owner = served.owner("a");
    let import = tokio::spawn(async move { send(&owner, "?rows=good", None, file).await });
    let mut rounds = 0;
    while !import.is_finished() {
        neighbour.note("at work").await;
        rounds += 1;
    }
    import.await.unwrap().ok();
    assert!(rounds > 1, "the neighbour waited until the import was over");
}

fn import_of(plant: &Plant, tenant: &Tenant<'_>, file: &[u8]) -> Import {
    let def = plant.load("parts").manifest.handler("import_parts").unwrap().1.clone();
    let zone = Zone::named("Asia/Shanghai");
    let (say, unreadable) = (&|wrong: &Wrong| wrong.to_string(), &|error: &Unreadable| error.to_string());
    let source = Source { bytes: file, zone: &zone, names: &Plain, keep: Keep::Good, say, unreadable };
    import::read(&def, tenant.request("parts", "import_parts", json!({})), &source).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_takes_too_long_ends_and_nothing_of_it_stays() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let good: Vec<_> = (0..limits::IMPORT_TOGETHER).map(|at| format!("P-{at:03},x,1,1,made,1,")).collect();
    let mut lines: Vec<_> = good.iter().map(String::as_str).collect();
    lines.push("Q-1,spin,1,1,made,1,");
    let mut import = import_of(&plant, &tenant, &file(&lines));
    assert_eq!(import.wall, Duration::from_millis(limits::IMPORT_MS), "what is published");
    // The last row never ends, so only the whole import's time can end it before its own.
    import.wall = Duration::from_millis(limits::CALL_MS / 5);
    let problem = plant.runtime().import(import).await.unwrap_err();
    assert_eq!(problem.code, "module-timeout");
    assert!(problem.detail.as_deref().unwrap_or_default().contains("1000 ms; nothing was written"), "{problem:?}");
    assert_eq!(codes(&tenant).await.len(), 0);
    let import = import_of(&plant, &tenant, &file(&lines[..lines.len() - 1]));
    let done = import.done.clone();
    plant.runtime().import(import).await.unwrap();
    assert_eq!(done.load(Ordering::Relaxed), good.len() as u64, "who follows hears of every row");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_imports_of_a_tenant_wait_and_one_more_is_told_to_come_later() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let import = |file: &[u8]| plant.runtime().import(import_of(&plant, &tenant, file));
    // The others take their places while the long one runs.
    let lines: Vec<_> = (0..limits::IMPORTS / 2).map(|at| format!("Q-{at},x,1,1,made,1,")).collect();
    let long = ten_thousand().0;
    let all = std::iter::once(import(&long)).chain(lines.iter().map(|line| import(&file(&[line])))).collect::<Vec<_>>();
    let answers = join_all(all).await;
    let (last, others) = answers.split_last().unwrap();
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    assert_eq!(last.as_ref().unwrap_err().code, "busy");
    import(&file(&[lines.last().unwrap()])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_encoding_and_separator_brings_the_same_rows() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let (served, text) = (
        Served::of(&plant).await,
        "code;name;weight;stock;source;critical\r\n编-1;\"冲压件；\n大\";1,5;1.000;bought in;否\r\n",
    );
    let owner = served.owner("a");
    let gbk = GB18030.encode(text).0.into_owned();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let tabs = text.replace(';', "\t").into_bytes();
    for (at, bytes) in [text.as_bytes().to_vec(), marked, gbk, utf16, tabs].into_iter().enumerate() {
        let answer = send(&owner, &format!("?batch=B{at}"), None, bytes).await;
        if at > 0 {
            assert_eq!(told(&answer.problem(422, "rows-refused").body["report"])[0].3, "code-taken", "{at}");
            continue;
        }
        assert_eq!(answer.ok()["kept"], 1);
    }
    let page = tenant.get("parts", "parts", json!({})).await;
    let row = &page["rows"][0];
    let expected = json!({"code": "编-1", "name": "冲压件；\n大", "weight": "1.500", "stock": 1_000, "source": "bought_in",
        "critical": false, "batch": "B0"});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&row[name], value, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_table_is_refused_with_what_to_do() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let owner = served.owner("a");
    let gbk = GB18030.encode("P-2,螺栓,1,1,made,1,\r\n").0.into_owned();
    let mixed = [file(&["P-1,螺母,1,1,made,1,"]), gbk].concat();
    let long = format!("{HEADINGS}\n{}", "x,x,1,1,made,1,\n".repeat(limits::IMPORT_ROWS + 1)).into_bytes();
    for (bytes, status, code, words) in [
        (mixed, 422, "bad-file", "Line 3 is written in another encoding than line 2"),
        (b"PK\x03\x04".to_vec(), 422, "bad-file", "save it as CSV"),
        (file(&["P-1,\"x,1,1,made,1,"]), 422, "bad-file", "opens in line 2 and never closes"),
        (file(&[]), 422, "bad-file", "no row below the headings"),
        (
            b"code,colour\n1,red\n".to_vec(),
            422,
            "bad-file",
            "unknown columns: B `colour`; missing columns: name, weight",
        ),
        (long, 413, "too-large", "more than 10000 rows"),
        (vec![b'x'; limits::IMPORT_BYTES + 1], 413, "too-large", "4194304 bytes"),
    ] {
        let answer = send(&owner, "", None, bytes).await;
        let detail = answer.problem(status, code).body["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(words), "{detail}");
    }
    let one = file(&["P-1,x,1,1,made,1,"]);
    send(&owner, "?rows=some", None, one.clone()).await.problem(400, "bad-request");
    send(&owner, "?colour=red", None, one.clone()).await.problem(422, "bad-input");
    let other = owner.post_bytes("/v1/t/a/m/parts/parts", "text/csv", one.clone()).await;
    other.problem(415, "media-type");
    owner.post_bytes("/v1/t/a/m/parts/nothing", "text/csv", one.clone()).await.problem(404, "not-found");
    owner.post_bytes("/v1/t/b/m/parts/import_parts", "text/csv", one).await.problem(404, "not-found");
    assert_eq!(codes(&tenant).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_cell_of_a_row_is_named_beside_what_is_wrong() {
    let plant = Plant::new();
    plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let lines = ["P-1,x,heavy,1.5,found,maybe,5/6/2026", "P-2,x,,1,made,1", ",,,,,,", "P-3,x,1,1,made,1,,surplus"];
    let answer = send(&served.owner("a"), "?rows=good", None, file(&lines)).await;
    let report = &answer.problem(422, "rows-refused").body["report"];
    let words: Vec<_> = report["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let text = |name: &str| problem[name].as_str().unwrap_or("-");
            format!("{} {} {}: {}", problem["line"], text("column"), text("heading"), text("message"))
        })
        .collect();
    assert_eq!(
        words,
        [
            "2 C weight: Write a number with at most 3 digits after the point",
            "2 D stock: Write a whole number",
            "2 E source: Write one of made, bought_in",
            "2 F critical: Write true or false, yes or no, 是 or 否, 1 or 0",
            "2 G drawn_on: Day and month may be the other way round: write the year first, 2026-11-23",
            "3 C weight: A value is needed here",
            "5 H -: This cell has no heading above it",
        ]
    );
    assert_eq!((report["rows"].as_u64(), report["refused"].as_u64()), (Some(3), Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_on_which_the_module_fails_is_found_and_the_others_are_kept() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let owner = served.owner("a");
    let line = |at: u32, name: &str| format!("P-{at:03},{name},1,1,made,1,");
    let lines: Vec<_> = (2..=151).map(|at| line(at, if at == 77 { "trap" } else { "good" })).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let report = send(&owner, "?rows=good", None, file(&lines)).await.ok();
    assert_eq!((report["kept"].as_u64(), report["refused"].as_u64()), (Some(149), Some(1)));
    assert_eq!(told(&report), [(77, String::new(), String::new(), "module-fault".to_owned())]);
    assert_eq!(codes(&tenant).await.len(), 149);

    // A module that fails on whatever it gets ends the import; that is no answer to keep.
    let all: Vec<_> = (200..400).map(|at| line(at, "trap")).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    for _ in 0..2 {
        send(&owner, "?rows=good", Some("traps"), file(&all)).await.problem(502, "module-fault");
    }
    let faults = tenant.usage_of("parts", "import_parts").await.faults;
    assert!(faults <= u64::from(limits::IMPORT_FAULTS + 1) * 2 + 10, "{faults} failures");

    let later = file(&[&line(500, "good"), &line(501, "later")]);
    send(&owner, "?rows=good", Some("later"), later).await.problem(503, "retry");
    assert_eq!(codes(&tenant).await.len(), 149, "nothing of an import that ended early stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_too_much_for_one_invocation_get_several() {
    let plant = Plant::new();
    let tenant = plant.tenant("a", &["parts"]).await;
    let served = Served::of(&plant).await;
    let each = limits::ROWS_WRITTEN as usize / limits::IMPORT_TOGETHER + 5;
    let mut text = format!("{HEADINGS},copies\n");
    for row in 0..limits::IMPORT_TOGETHER {
        writeln!(text, "P-{row:03},good,1,1,made,1,,{each}").unwrap();
    }
    let report = send(&served.owner("a"), "", None, text.into_bytes()).await.ok();
    assert_eq!(report["kept"], limits::IMPORT_TOGETHER);
    let used = tenant.usage_of("parts", "import_parts").await;
    assert_eq!(used.rows_written as usize, (each + 1) * limits::IMPORT_TOGETHER);
    assert_eq!(used.faults, 0, "so many rows at once were the host's doing");
    // One row that is too much by itself is refused like any other.
    let alone = format!("{HEADINGS},copies\nQ-1,good,1,1,made,1,,9999\nQ-2,good,1,1,made,1,,\n");
    let report = send(&served.owner("a"), "?rows=good", None, alone.into_bytes()).await.ok();
    assert_eq!((report["kept"].as_u64(), told(&report)[0].3.as_str()), (Some(1), "module-limit"));
}
