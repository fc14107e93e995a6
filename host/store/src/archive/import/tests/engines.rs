//! An archive is the same whichever engine it comes from, and leads from one to the other and back to the byte.

use super::*;
use crate::fixture::{Engine, bare, operator, postgres};
use crate::{NewDead, NewEvent, StoreError};

/// A tenant's place on an engine, with nothing in it.
fn place(engine: &Engine, root: &Path, id: RawId) -> (Home, TenantOptions) {
    let options = TenantOptions { database: engine.0.clone(), ..options(4 << 30) };
    let dir = root.join("ab").join(id.to_string());
    std::fs::create_dir_all(dir.parent().unwrap()).unwrap();
    (Home::new(dir, id, &options), options)
}

fn take_in(home: &Home, options: &TenantOptions, text: &str) -> Result<()> {
    import(&mut text.as_bytes(), &home.aside(), options)?;
    home.settle(options)
}

/// The whole file, by the same door on both engines; and the lines that were counted before are those that come.
fn told(home: &Home) -> String {
    let mut text = String::new();
    let archive = home.archive().unwrap();
    let mut take = |line: &str| {
        text.push_str(line);
        Ok(())
    };
    archive.write_file(&head(), &[json!({"part": "member"})], &names, &mut take).unwrap();
    assert_eq!(archive.lines().unwrap() + 3, text.lines().count() as u64);
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn from_files_to_postgres_and_back_it_is_the_same_to_the_byte(steps in proptest::collection::vec(step(), 1..60)) {
        let (Some(server), root) = (postgres(), tempfile::tempdir().unwrap()) else { return Ok(()) };
        let (mut from, def, table) = tenant();
        live(&mut from, &def, &table, &steps);
        let first = archive(from.dir.path());
        let id = crate::fixture::new_id();
        let (there, options) = place(&Engine(Some(server)), &root.path().join("there"), id);
        take_in(&there, &options, &first).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&told(&there), &first);
        let checked = there.check().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(checked, crate::check(from.dir.path()).unwrap());
        let (back, plain) = place(&Engine(None), &root.path().join("back"), id);
        take_in(&back, &plain, &told(&there)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&told(&back), &first);
        // What is copied for a backup is the same, too.
        let copies = there.copy(&mut |_, _| false).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let folder = copies.files[0].at.parent().unwrap();
        prop_assert_eq!(&archive(folder), &first);
        drop(copies);
        // It lives on there as it does at home: the same steps make the same file, but for the numbers of answers.
        let writer = there.writer(&options).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut here = Tenant { dir, id, home: there, options, writer };
        let more = [Step::Event("on".into(), false), Step::Audit("on".into()), Step::Dead(true), Step::Row(8, "on".into(), true, 0.5)];
        for tenant in [&mut here, &mut from] {
            tenant.writer.begin().unwrap();
            tenant.writer.install(std::slice::from_ref(&table)).unwrap();
            tenant.writer.commit().unwrap();
        }
        live(&mut from, &def, &table, &more);
        live(&mut here, &def, &table, &more);
        prop_assert_eq!(told(&here.home), archive(from.dir.path()));
    }
}

/// What a tenant brought along is found by those who ask for it, and a host that names no tenant sees no more of it.
#[test]
fn what_came_into_postgres_is_found_where_it_was() {
    for server in [postgres(), bare()].into_iter().flatten() {
        let root = tempfile::tempdir().unwrap();
        let (home, options) = place(&Engine(Some(server)), root.path(), crate::fixture::new_id());
        let text = full();
        take_in(&home, &options, &text).unwrap();
        assert_eq!(told(&home), text);
        let mut writer = home.writer(&options).unwrap();
        assert!(writer.idempotent("user:1", "key 9").unwrap().is_some());
        writer.begin().unwrap();
        assert_eq!(writer.last_seq().unwrap(), 2);
        let dead = NewDead { consumer: "c", seq: 0, why: "", body: &[], at: NOW };
        assert_eq!(writer.bury(&dead).unwrap(), 2, "numbers go on");
        writer.commit().unwrap();
        assert_eq!(home.check().unwrap().readings, 3);
        assert!(home.bytes().unwrap() > 0);
    }
}

/// Refused on this engine; nothing of it is there then.
fn refused_at(engine: &Engine, text: &str, quota_bytes: u64, word: &str) {
    let root = tempfile::tempdir().unwrap();
    let (home, options) = place(engine, root.path(), crate::fixture::new_id());
    let options = TenantOptions { quota_bytes, ..options };
    let error = take_in(&home, &options, text).unwrap_err().to_string();
    assert!(error.contains(word), "{engine:?}: {error}");
    assert!(!home.dir().exists() && !home.aside().exists(), "{word}");
    assert!(!home.exists().unwrap(), "no row is left: {word}");
}

#[test]
fn what_is_not_whole_newer_or_too_much_is_refused_on_each_engine_and_leaves_nothing() {
    let text = full();
    let at = text.find("\"part\":\"row\"").unwrap();
    let flipped = format!("{}x{}", &text[..at], &text[at + 1..]);
    let newer = text.replacen(crate::archive::FORM, "toolcrib-archive-3", 1);
    for engine in crate::fixture::engines() {
        refused_at(&engine, &text[..text.len() / 2], 4 << 30, "copy it again");
        refused_at(&engine, &flipped, 4 << 30, "line ");
        refused_at(&engine, &newer, 4 << 30, "upgrade this host");
        refused_at(&engine, &text, 1, "no space left");
    }
}

#[test]
fn who_is_there_already_is_not_written_over_on_either_engine() {
    let text = full();
    for engine in crate::fixture::engines() {
        let root = tempfile::tempdir().unwrap();
        let (home, options) = place(&engine, root.path(), crate::fixture::new_id());
        // What a registry decides is no obstacle, and goes.
        let mut writer = home.writer(&options).unwrap();
        writer.begin().unwrap();
        let line = AuditLine { at: NOW, actor: "registry", action: "subscribed", module: "m", detail_json: "{}" };
        writer.audit(&line).unwrap();
        writer.commit().unwrap();
        assert_eq!(home.content().unwrap(), None);
        drop(writer);
        take_in(&home, &options, &text).unwrap();
        assert_eq!(told(&home), text, "{engine:?}");
        let error = take_in(&home, &options, &text).unwrap_err();
        assert!(matches!(&error, StoreError::NotEmpty(what) if what == "readings of 2 signals"), "{error}");
        assert_eq!(told(&home), text, "{engine:?}");
        // Business alone is enough.
        let (home, options) = place(&engine, root.path(), crate::fixture::new_id());
        let mut writer = home.writer(&options).unwrap();
        writer.begin().unwrap();
        writer.put_operator(&operator("W1", 1)).unwrap();
        writer.commit().unwrap();
        drop(writer);
        let error = take_in(&home, &options, &text).unwrap_err();
        assert!(matches!(&error, StoreError::NotEmpty(what) if what.contains("shop floor")), "{error}");
        assert_eq!(home.content().unwrap().as_deref(), Some("1 people of the shop floor"));
    }
}

#[test]
fn what_postgres_cannot_keep_is_refused_with_its_place_and_leaves_nothing() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server));
    let (mut from, ..) = tenant();
    let nul = NewDead { consumer: "c", seq: 0, why: "a\0b", body: &[], at: NOW };
    from.group(|writer| writer.bury(&nul).unwrap());
    refused_at(&engine, &archive(from.dir.path()), 4 << 30, "`dead_letter`");
    // An index holds no more of a text there.
    let def = record(vec![crate::fixture::field("code", Type::Text { max: 3_000 })], &[(&[0], false)]);
    let (mut from, table) = Engine(None).with_record(&def);
    from.writer.begin().unwrap();
    from.insert(&def, &table, 1, &[toolcrib_contract::value::Value::Text("机".repeat(900))]).unwrap();
    from.writer.commit().unwrap();
    refused_at(&engine, &archive(from.dir.path()), 4 << 30, "has an index");
}

/// The version before put readings in their place while their business was being committed.
#[test]
fn readings_that_an_earlier_version_was_bringing_when_the_power_failed_are_there_with_their_business_or_not_at_all() {
    let Some(server) = postgres() else { return };
    let root = tempfile::tempdir().unwrap();
    let (home, options) = place(&Engine(Some(server)), root.path(), crate::fixture::new_id());
    let text = full();
    let half = || {
        import(&mut text.as_bytes(), home.dir(), &options).unwrap();
        std::fs::remove_file(home.dir().join("main.db")).unwrap();
        std::fs::write(home.dir().join("arriving"), "").unwrap();
    };
    // Business was not committed.
    half();
    take_in(&home, &options, &text).unwrap();
    assert_eq!(told(&home), text);
    home.erase().unwrap();
    // Business was committed, and nobody had said so.
    let mut writer = home.writer(&options).unwrap();
    writer.begin().unwrap();
    writer.put_operator(&operator("W1", 1)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    half();
    assert_eq!(home.content().unwrap().as_deref(), Some("readings of 2 signals"));
    assert!(!home.dir().join("arriving").exists());
    assert!(home.bring_in().unwrap());
    assert_eq!(home.check().unwrap().readings, 3);
    assert_eq!(home.content().unwrap().as_deref(), Some("readings of 2 signals"));
}

#[test]
fn what_is_missing_or_miscounted_in_postgres_is_named() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server));
    for (damage, word) in [
        ("DELETE FROM event WHERE /*w*/seq=1", "event 1 is missing"),
        ("UPDATE event SET cause=2 WHERE /*w*/seq=1", "consequence"),
        ("UPDATE cursor SET seq=9/*W*/", "ahead"),
        ("UPDATE audit SET actor='user:2' WHERE /*w*/id=1", "audit line 1"),
        ("DELETE FROM record_table/*W*/", "does not have"),
        ("UPDATE tenant_head SET next_seq=9/*W*/", "the next event"),
        ("UPDATE tenant_head SET next_dead=1/*W*/", "the next dead letter"),
    ] {
        let root = tempfile::tempdir().unwrap();
        let (home, options) = place(&engine, root.path(), crate::fixture::new_id());
        take_in(&home, &options, &full()).unwrap();
        let session = home.session(crate::engine::Purpose::Commands).unwrap();
        session.begin().unwrap();
        assert!(session.execute(damage, &[]).unwrap() > 0, "{damage}");
        session.commit().unwrap();
        let error = home.check().unwrap_err().to_string();
        assert!(error.contains(word), "{damage}: {error}");
    }
}

#[test]
fn an_event_that_follows_while_an_archive_is_written_is_not_in_it() {
    for engine in crate::fixture::engines() {
        let mut tenant = engine.tenant();
        let event = NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
        tenant.group(|writer| writer.append(&event).unwrap());
        let held = tenant.home.archive().unwrap();
        tenant.group(|writer| writer.append(&event).unwrap());
        let parts = held.write(&names, &mut |_| Ok(())).unwrap();
        assert_eq!((parts.len(), parts[0].lines), (1, 1), "{engine:?}");
    }
}
