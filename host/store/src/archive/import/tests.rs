//! An archive makes the tenant that it came from, whatever happened there, and nothing else makes one.

use super::*;
use crate::archive::records_in::RecordsIn;
use crate::fixture::{NOW, Tenant, every_type, id, record, row};
use crate::{
    AuditLine, Home, Keep, NewDead, NewEffect, NewEvent, NewFile, NewReading, OperatorRow, Readings, RecordTable,
    SubscriptionRow, TerminalRow, Used, Writer,
};
use proptest::prelude::*;
use serde_json::json;
use sha2::Digest;
use toolcrib_contract::codec::Reader;
use toolcrib_contract::limits;
use toolcrib_contract::schema::Type;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::RawId;

fn names(_: &str, record: &str, field: &str) -> Option<Vec<String>> {
    (record == "thing" && field == "state").then(|| ["run", "idle", "down", "later"].map(str::to_owned).to_vec())
}

mod engines;

/// Who the tenant is, in the first line.
fn head() -> Json {
    json!({"id": RawId([7; 16]).to_string(), "slug": "a", "name": "厂", "time_zone": "Asia/Shanghai"})
}

fn archive(dir: &Path) -> String {
    let mut text = String::new();
    let mut take = |line: &str| {
        text.push_str(line);
        Ok(())
    };
    Archive::open(dir).unwrap().write_file(&head(), &[json!({"part": "member"})], &names, &mut take).unwrap();
    text
}

/// What one moment of a tenant's life may bring.
#[derive(Clone, Debug)]
enum Step {
    Row(u8, String, bool, f64),
    Change(u8, f64),
    Remove(u8),
    Event(String, bool),
    Audit(String),
    Timer(u8, Option<i64>),
    Effect(u8),
    Cursor(u8, u32),
    Dead(bool),
    Answer(u8),
    Setting(u8, Vec<u8>),
    Shop(u8),
    Machine(u8, i64, Sample, u8),
    /// Of so many days ago, and what is older than the month before goes.
    Fold,
}

fn step() -> impl Strategy<Value = Step> {
    let sample = prop_oneof![
        any::<bool>().prop_map(|value| Sample::Flag { value }),
        any::<i64>().prop_map(|value| Sample::Count { value }),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| Sample::Number { value }),
        "\\PC{0,9}".prop_map(|value| Sample::Word { value }),
    ];
    prop_oneof![
        (0..9u8, "[a-z中]{1,5}", any::<bool>(), -1e9..1e9f64)
            .prop_map(|(n, name, full, x)| Step::Row(n, name, full, x)),
        (0..9u8, any::<f64>().prop_filter("finite", |x| x.is_finite())).prop_map(|(n, x)| Step::Change(n, x)),
        (0..9u8).prop_map(Step::Remove),
        ("\\PC{0,9}", any::<bool>()).prop_map(|(text, odd)| Step::Event(text, odd)),
        "\\PC{0,9}".prop_map(Step::Audit),
        (0..4u8, proptest::option::of(0..9_000_000i64)).prop_map(|(key, due)| Step::Timer(key, due)),
        any::<u8>().prop_map(Step::Effect),
        (0..3u8, 0..4u32).prop_map(|(consumer, attempts)| Step::Cursor(consumer, attempts)),
        any::<bool>().prop_map(Step::Dead),
        any::<u8>().prop_map(Step::Answer),
        (0..4u8, proptest::collection::vec(any::<u8>(), 0..5)).prop_map(|(key, value)| Step::Setting(key, value)),
        (0..4u8).prop_map(Step::Shop),
        (0..3u8, 0..50i64, sample, 0..3u8).prop_map(|(signal, day, value, q)| Step::Machine(signal, day, value, q)),
        Just(Step::Fold),
    ]
}

/// Somebody of the shop floor and a terminal, changed or new, and a file, which an operation took or not.
fn shop(writer: &mut Writer, n: u8, at: toolcrib_contract::types::Instant) {
    let (code, name, role, language) = (format!("o{n}"), "王".to_owned(), "worker".to_owned(), "zh".to_owned());
    let (badge, pin, locked_until) = (Some([n; 32]), Some("$argon2id$".to_owned()), (n > 1).then_some(at));
    let row = OperatorRow { code, name, role, language, badge, pin, active: n > 0, wrong: 2, locked_until };
    let _ = writer.put_operator(&row);
    let (name, places, shows) = (format!("t{n}"), "press-1\npress-2".to_owned(), String::new());
    let (secret, paired, seen) = ((n > 2).then_some([n; 32]), Some(at), None);
    let _ = writer.put_terminal(&TerminalRow { id: id(n), name, places, shows, secret, paired, seen });
    let body = [n; 5];
    let digest: [u8; 32] = sha2::Sha256::digest(body).into();
    let _ = writer.put_file(&NewFile { module: "m", digest: &digest, ending: "jpg", body: &body, at });
    if n.is_multiple_of(2) {
        let _ = writer.take_file("m", &digest);
    }
}

/// Plays a history; refusals are part of life.
fn live(tenant: &mut Tenant, def: &toolcrib_contract::manifest::RecordDef, table: &RecordTable, steps: &[Step]) {
    let (dir, options) = (tenant.home.dir().to_owned(), TenantOptions::default());
    let mut readings: Option<Readings> = None;
    for (nth, step) in steps.iter().enumerate() {
        let (at, writer) = (NOW.plus_us(nth as i64 * 1_000), &mut tenant.writer);
        writer.begin().unwrap();
        match step {
            Step::Row(n, name, full, ratio) => {
                let mut values = row(name, *full);
                values[2] = toolcrib_contract::value::Value::Float(*ratio);
                let _ = writer.insert(table, id(*n), at, &mut Reader::new(&crate::fixture::encode(def, &values)));
            }
            Step::Change(n, ratio) => {
                let mut values = row(&format!("x{n}"), false);
                values[2] = toolcrib_contract::value::Value::Float(*ratio);
                let _ = writer.update(table, id(*n), 0, at, &mut Reader::new(&crate::fixture::encode(def, &values)));
            }
            Step::Remove(n) => drop(writer.delete(table, id(*n), 0)),
            Step::Event(text, odd) => {
                let body = json!({"b": text, "a": 0.1 + nth as f64 / 3.0}).to_string();
                let body = if *odd { format!("{{\"z\":1, \"a\":[{}]}}", 1e21) } else { body };
                let cause = writer.last_seq().unwrap();
                let cause = (cause > 0).then_some(cause);
                writer.append(&NewEvent { module: "demo", name: "made", body_json: &body, cause, at }).unwrap();
            }
            Step::Audit(text) => {
                let detail = json!({"why": text}).to_string();
                let line = AuditLine { at, actor: "user:1", action: "did", module: "demo", detail_json: &detail };
                writer.audit(&line).unwrap();
                writer.usage("demo", "did", at, Used { calls: 1, ..Used::default() });
            }
            Step::Timer(key, Some(due)) => {
                writer.set_timer("demo", "tick", &key.to_string(), at.plus_us(*due), &[*key, 255]).unwrap();
                writer.delay_timer("demo", "tick", &key.to_string(), 2, at.plus_us(*due + 1)).unwrap();
            }
            Step::Timer(key, None) => drop(writer.cancel_timer("demo", "tick", &key.to_string()).unwrap()),
            Step::Effect(n) => {
                let (kind, target) = ("http", "https://erp.example/");
                let _ = writer.add_effect(&NewEffect { id: id(*n), module: "demo", kind, target, body: &[*n, 0], at });
                let _ = writer.effect_failed(id(*n), 3, at.plus_us(77));
            }
            Step::Cursor(consumer, attempts) => {
                let seq = writer.last_seq().unwrap();
                writer.delay(&format!("demo/{consumer}"), seq, *attempts, at).unwrap();
            }
            Step::Dead(keep) => {
                let dead = NewDead { consumer: "demo/0", seq: 0, why: "trap", body: &[0, 159, 146], at };
                let id = writer.bury(&dead).unwrap();
                if !keep {
                    writer.remove_dead(id).unwrap();
                }
            }
            Step::Answer(n) => {
                let key = format!("key {n}");
                writer.remember("user:1", &key, [*n; 16], 200, &[*n, 255], at.plus_us(86_400_000_000)).unwrap();
            }
            Step::Setting(key, value) => writer.meta_put(&format!("setting/{key}"), value).unwrap(),
            Step::Shop(n) => shop(writer, *n, at),
            Step::Machine(signal, day, value, quality) => {
                let readings = readings.get_or_insert_with(|| Readings::open(&dir, &options).unwrap());
                let quality = [Quality::Good, Quality::Uncertain, Quality::Bad][usize::from(*quality)];
                let (signal, when) = (format!("m{signal}.x"), at.plus_us(-day * 86_400_000_000));
                let far = NewReading { signal: &signal, at: at.plus_us(90 * 86_400_000_000), value, quality };
                let one = NewReading { signal: &signal, at: when, value, quality };
                readings.append("gateway", &[one, one, far], at).unwrap();
            }
            Step::Fold => {
                if let Some(readings) = &mut readings {
                    readings.retain(options.keep, at.plus_us(70 * 86_400_000_000)).unwrap();
                }
            }
        }
        writer.commit().unwrap();
    }
}

fn tenant() -> (Tenant, toolcrib_contract::manifest::RecordDef, RecordTable) {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
    let other = record(vec![crate::fixture::field("code", Type::Text { max: 9 })], &[]);
    tenant.writer.begin().unwrap();
    tenant.writer.install(&[RecordTable::new("demo", 2, &other)]).unwrap();
    let (module, version, digest) = ("demo".to_owned(), "1.2.3".to_owned(), "sha256:ab".to_owned());
    let (state, grants_json) = ("active".to_owned(), "[ \"x\" ]".to_owned());
    let subscription = SubscriptionRow { module, version, digest, state, grants_json, since: NOW };
    tenant.writer.put_subscription(&subscription).unwrap();
    tenant.writer.commit().unwrap();
    (tenant, def, table)
}

fn options(quota_bytes: u64) -> TenantOptions {
    TenantOptions { quota_bytes, keep: Keep::default(), ..TenantOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn out_in_and_out_again_is_the_same_to_the_byte(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut from, def, table) = tenant();
        live(&mut from, &def, &table, &steps);
        let first = archive(from.dir.path());
        let to = tempfile::tempdir().unwrap();
        let dir = to.path().join("tenant");
        let imported = import(&mut first.as_bytes(), &dir, &options(4 << 30)).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(imported.bytes, first.len() as u64);
        prop_assert_eq!((imported.lines, imported.left_out), (first.lines().count() as u64, 1));
        prop_assert_eq!(&archive(&dir), &first);
        // It lives on as the other one does: the same step there and here makes the same file.
        let mut there = from;
        let (id, options) = (there.id, options(4 << 30));
        let home = Home::new(dir.clone(), id, &options);
        let mut here = Tenant { dir: to, id, writer: home.writer(&options).unwrap(), home, options };
        let more = [Step::Event("on".into(), false), Step::Audit("on".into()), Step::Dead(true), Step::Answer(3)];
        live(&mut there, &def, &table, &more);
        live(&mut here, &def, &table, &more);
        prop_assert_eq!(archive(&dir), archive(there.dir.path()));
        let known = here.writer.idempotent("user:1", "key 3").unwrap();
        prop_assert_eq!(known, there.writer.idempotent("user:1", "key 3").unwrap());
    }
}

/// An archive with a line of nearly every kind.
fn full() -> String {
    let (mut from, def, table) = tenant();
    let quality = |day| Step::Machine(1, day, Sample::Number { value: 0.1 }, 1);
    let steps = [
        Step::Row(1, "a".into(), true, 0.3),
        Step::Row(2, "b".into(), false, 1e21),
        Step::Event("e".into(), false),
        Step::Event("e".into(), true),
        Step::Audit("w".into()),
        Step::Timer(1, Some(5)),
        Step::Effect(1),
        Step::Cursor(1, 2),
        Step::Dead(true),
        Step::Answer(9),
        Step::Setting(1, vec![255]),
        Step::Shop(3),
        quality(45),
        Step::Fold,
        quality(1),
        Step::Machine(2, 0, Sample::Word { value: "跑".into() }, 0),
    ];
    live(&mut from, &def, &table, &steps);
    archive(from.dir.path())
}

fn refused(text: &[u8], options: &TenantOptions) -> StoreError {
    let to = tempfile::tempdir().unwrap();
    let dir = to.path().join("tenant");
    let error = import(&mut &*text, &dir, options).expect_err("it is refused");
    assert!(!dir.exists(), "nothing is left of it");
    error
}

/// The same archive with other lines, and with sums that fit them: what somebody with a grudge would send.
fn forged(lines: &[String]) -> String {
    let (mut text, mut hash) = (String::new(), sha2::Sha256::default());
    use sha2::Digest;
    let mut sums = Vec::<(PartSum, sha2::Sha256)>::new();
    for line in lines {
        let part = serde_json::from_str::<Json>(line).map(|line| line["part"].as_str().unwrap_or("").to_owned());
        let line = format!("{line}\n");
        hash.update(&line);
        text.push_str(&line);
        let part = part.unwrap_or_default();
        if part == "archive" || part == "member" {
            continue;
        }
        if sums.last().is_none_or(|(sum, _)| sum.part != part) {
            sums.push((PartSum { part, lines: 0, sha256: String::new() }, sha2::Sha256::default()));
        }
        let (sum, hash) = sums.last_mut().unwrap();
        sum.lines += 1;
        hash.update(&line);
    }
    let parts: Vec<_> =
        sums.into_iter().map(|(sum, hash)| PartSum { sha256: crate::archive::hex(&hash.finalize()), ..sum }).collect();
    let end = json!({"part": "end", "parts": parts, "sha256": crate::archive::hex(&hash.finalize())});
    text + &end.to_string() + "\n"
}

#[test]
fn a_flipped_byte_or_a_missing_piece_is_refused_wherever_it_is() {
    let text = full();
    let bytes = text.as_bytes();
    // Every 97th byte, which meets every line.
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1;
        let error = refused(&flipped, &options(4 << 30));
        assert!(matches!(error, StoreError::BadArchive(_)), "byte {at}: {error}");
    }
    for (at, _) in text.match_indices('\n') {
        for end in [at, at + 1] {
            if end < bytes.len() {
                let error = refused(&bytes[..end], &options(4 << 30)).to_string();
                assert!(error.contains("copy it again"), "{end}: {error}");
            }
        }
    }
    let error = refused(&[bytes, b"{\"part\":\"event\"}\n"].concat(), &options(4 << 30)).to_string();
    assert!(error.contains("behind the last one"), "{error}");
}

#[test]
fn another_form_is_refused_and_says_what_to_do() {
    let text = full();
    for (form, word) in
        [("toolcrib-archive-3", "upgrade this host"), ("toolcrib-archive-1", "make it anew"), ("zip", "does not begin")]
    {
        let error = refused(text.replacen(crate::archive::FORM, form, 1).as_bytes(), &options(4 << 30)).to_string();
        assert!(error.contains(word) && error.contains("line 1"), "{form}: {error}");
    }
    assert!(refused(b"", &options(4 << 30)).to_string().contains("does not begin"));
    assert!(refused(&[0, 1, 2, 10], &options(4 << 30)).to_string().contains("line 1"));
}

#[test]
fn what_could_lead_out_of_the_directory_or_does_not_fit_is_refused() {
    let lines: Vec<String> = full().lines().map(str::to_owned).collect();
    let own = &lines[..lines.len() - 1];
    assert_eq!(forged(own), lines.join("\n") + "\n", "with nothing changed it is the same file");
    let changed = |part: &str, from: &str, to: &str| {
        let part = format!("\"part\":\"{part}\"");
        let mut lines = own.to_vec();
        let line = lines.iter_mut().find(|line| line.contains(&part) && line.contains(from)).expect(from);
        *line = line.replace(from, to);
        forged(&lines)
    };
    let month = crate::readings::month::Month::of(NOW).unwrap().name();
    for (part, from, to, word) in [
        ("signal_month", &*format!("\"month\":\"{month}\""), "\"month\":\"../../../x\"", "no month"),
        ("record", "\"record\":\"thing\"", "\"record\":\"thing(x); --\"", "name of a record"),
        ("record", "\"module\":\"demo\"", "\"module\":\"../x\"", "name of a record"),
        ("record", "\"field\":\"price\"", "\"field\":\"a) --\"", "none that a record can have"),
        ("record", "\"unique\":true", "\"unique\":7", "index"),
        ("row", "\"-12.50\"", "\"-12.505\"", "price"),
        ("row", "\"down\"", "\"drown\"", "no such case"),
        ("row", "\"record\":\"thing\"", "\"record\":\"other\"", "not declared"),
        ("event", "\"seq\":2", "\"seq\":5", "event 2 is missing"),
        ("audit", "user:1", "user:2", "audit line 1"),
        ("cursor", "\"seq\":2", "\"seq\":200", "ahead"),
        ("effect", "\"body_hex\":\"01", "\"body_hex\":\"0x", "body_hex"),
        ("reading", "\"n\":1", "\"n\":0", "said before"),
        ("signal", "\"readings\":", "\"surplus\":1,\"readings\":", "written as"),
        ("signal", "\"signal\":\"m1.x\"", "\"signal\":\"m1.x\",\"z\":0", "signal"),
        ("counter", "\"of\":\"dead\"", "\"of\":\"alive\"", "counter"),
        ("timer", "\"part\":\"timer\"", "\"part\":\"sqlite_schema\"", "wrong place"),
    ] {
        let error = refused(changed(part, from, to).as_bytes(), &options(4 << 30)).to_string();
        assert!(error.contains(word), "{part} {from}: {error}");
    }
    let twice: Vec<String> = own
        .iter()
        .flat_map(|line| vec![line.clone(); 1 + usize::from(line.contains("\"part\":\"setting\""))])
        .collect();
    assert!(refused(forged(&twice).as_bytes(), &options(4 << 30)).to_string().contains("there already"));
    let (mut swapped, is_event) = (own.to_vec(), |line: &String| line.contains("\"part\":\"event\""));
    let at = swapped.iter().position(is_event).unwrap();
    swapped.swap(at, at + 1);
    assert!(refused(forged(&swapped).as_bytes(), &options(4 << 30)).to_string().contains("in another order"));
    let mut rows = own.to_vec();
    let unique = rows.iter().position(|line| line.contains("\"name\":\"b\"")).unwrap();
    rows[unique] = rows[unique].replace("\"name\":\"b\"", "\"name\":\"a\"");
    assert!(refused(forged(&rows).as_bytes(), &options(4 << 30)).to_string().contains("declared unique"));
}

#[test]
fn each_limit_of_an_archive_is_met() {
    let lines: Vec<String> = full().lines().map(str::to_owned).collect();
    let own = &lines[..lines.len() - 1];
    let member = |bytes: usize| {
        let line = json!({"part": "member", "x": ""}).to_string();
        line.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "x".repeat(bytes - line.len())))
    };
    let with = |line: String| forged(&[&own[..1], &[line], &own[1..]].concat());
    let to = tempfile::tempdir().unwrap();
    let longest = with(member(limits::ARCHIVE_LINE_BYTES));
    import(&mut longest.as_bytes(), &to.path().join("t"), &options(4 << 30)).unwrap();
    let error = refused(with(member(limits::ARCHIVE_LINE_BYTES + 1)).as_bytes(), &options(4 << 30)).to_string();
    assert!(error.contains("line 2") && error.contains(&limits::ARCHIVE_LINE_BYTES.to_string()), "{error}");
    // A file that would go on for ever.
    let mut endless = std::io::BufReader::with_capacity(
        1 << 20,
        Endless { begin: own[0].clone() + "\n", line: member(1 << 20) + "\n", at: 0 },
    );
    let mut lines = Lines::new(&mut endless);
    lines.bytes = limits::ARCHIVE_BYTES - (3 << 20);
    let error = loop {
        match lines.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it never ends"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains(&limits::ARCHIVE_BYTES.to_string()), "{error}");
    let mut many = RecordsIn::default();
    let tenant = Tenant::new();
    let db = &tenant.writer.db;
    let declare = |many: &mut RecordsIn, n: usize| {
        let line = json!({"module": "demo", "major": n, "record": "thing", "fields": [], "indexes": []});
        many.declare(db, &line)
    };
    db.batch("BEGIN").unwrap();
    (0..limits::ARCHIVE_RECORDS).for_each(|n| declare(&mut many, n).unwrap());
    assert!(declare(&mut many, limits::ARCHIVE_RECORDS).unwrap_err().to_string().contains("more than 2000 records"));
    // What a tenant may have, it may bring along, and no more.
    let value = |n: u8| Step::Setting(n, vec![7; 100_000]);
    let (mut from, def, table) = self::tenant();
    live(&mut from, &def, &table, &(0..4).map(value).collect::<Vec<_>>());
    let text = archive(from.dir.path());
    import(&mut text.as_bytes(), &to.path().join("fits"), &options(1 << 20)).unwrap();
    assert!(matches!(refused(text.as_bytes(), &options(1 << 18)), StoreError::Full));
}

/// One line, then another one for ever.
struct Endless {
    begin: String,
    line: String,
    at: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let from = if self.at < self.begin.len() {
            &self.begin.as_bytes()[self.at..]
        } else {
            &self.line.as_bytes()[(self.at - self.begin.len()) % self.line.len()..]
        };
        let bytes = from.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&from[..bytes]);
        self.at += bytes;
        Ok(bytes)
    }
}

#[test]
fn an_archive_of_nobody_makes_nobody() {
    let to = tempfile::tempdir().unwrap();
    let from = Tenant::new();
    let text = archive(from.dir.path());
    let imported = import(&mut text.as_bytes(), &to.path().join("t"), &options(4 << 30)).unwrap();
    assert_eq!((imported.parts.len(), imported.tenant["slug"].as_str()), (0, Some("a")));
    assert_eq!(archive(&to.path().join("t")), text);
}
