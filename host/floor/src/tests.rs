//! Terminals and operators on a real runtime and a real file.

use crate::fixture::{ADMIN, Host, TENANT};
use crate::{
    IDLE_MINUTES, OPERATORS, OperatorDraft, PIN_LOCK_MINUTES, PIN_TRIES, Proof, Showing, TERMINALS, TerminalDraft,
};
use toolcrib_contract::problem::{
    BADGE_UNKNOWN, LIMIT_REACHED, NOT_PAIRED, NOT_UNIQUE, PAIRING_CODE, PIN_LOCKED, PIN_WRONG,
};
use toolcrib_contract::types::Instant;
use toolcrib_store::{OperatorRow, TerminalRow};

const MINUTE_US: i64 = 60_000_000;

fn pin(code: &str, pin: &str) -> Proof {
    Proof::Pin { code: code.into(), pin: pin.into() }
}

fn wang() -> OperatorDraft {
    let (badge, pin) = (Some("0012345678".to_owned()), Some("4711".to_owned()));
    OperatorDraft { code: "W1".into(), name: "王小明".into(), badge, pin, ..OperatorDraft::default() }
}

#[tokio::test]
async fn a_paired_terminal_and_its_people_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = {
        let host = Host::start(folder.path()).await;
        host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
        host.paired("一号线").await.1
    };
    let host = Host::start(folder.path()).await;
    let at = host.at(&kept).await;
    assert_eq!((at.terminal.name.as_str(), &*at.terminal.places), ("一号线", &["M1".to_owned(), "M2".to_owned()][..]));
    assert_eq!(host.floor.at_work(&at, true).await.unwrap(), None, "people hold their badge there once more");
    let operator = host.floor.sign_in(&at, Proof::Badge("0012345678 ".into())).await.unwrap();
    assert_eq!((operator.code.as_str(), operator.name.as_str()), ("W1", "王小明"));
    host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap();
    assert_eq!(host.floor.at_work(&at, true).await.unwrap(), Some((operator, Some("M1".to_owned()))));
    host.floor.choose_place(&at, "M2");
    assert_eq!(host.floor.at_work(&at, true).await.unwrap().unwrap().1.as_deref(), Some("M2"));
    assert_eq!(host.at(&kept).await.form_key, at.form_key, "forms drawn before the restart are still good");
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_kept_in_the_open() {
    let folder = tempfile::tempdir().unwrap();
    let secret = {
        let host = Host::start(folder.path()).await;
        host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
        let (_, kept) = host.paired("一号线").await;
        kept.rsplit('.').next().unwrap().to_owned()
    };
    let mut files = vec![folder.path().to_owned()];
    let mut bytes = Vec::new();
    while let Some(path) = files.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => files.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => bytes.extend(std::fs::read(&path).unwrap()),
        }
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("王小明"), "the right files were read");
    for hidden in [&*secret, "0012345678", "4711\"", "pin\":\"4711"] {
        assert!(!holds(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn a_device_that_was_unpaired_or_replaced_is_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    let (id, first) = host.paired("一号线").await;
    assert_eq!(host.floor.terminals(TENANT).await.unwrap()[0].paired, Some(Instant(0)));
    let code = host.floor.offer_code(TENANT, id).await.unwrap();
    let second = host.floor.pair(&code.text.to_lowercase()).await.unwrap();
    assert!(host.floor.pair(&code.text).await.unwrap_err().is(PAIRING_CODE), "a code is good once");
    assert!(host.floor.terminal_of(&first).await.unwrap_err().is(NOT_PAIRED));
    host.at(&second).await;
    host.floor.unpair(TENANT, id, ADMIN.into()).await.unwrap();
    assert!(host.floor.terminal_of(&second).await.unwrap_err().is(NOT_PAIRED));
    for nonsense in ["", "a.b.c", &format!("{TENANT}.{id}."), &format!("{id}.{id}.x")] {
        assert!(host.floor.terminal_of(nonsense).await.unwrap_err().is(NOT_PAIRED), "{nonsense}");
    }
    let code = host.floor.offer_code(TENANT, id).await.unwrap();
    host.clock.set(code.until);
    assert!(host.floor.pair(&code.text).await.unwrap_err().is(PAIRING_CODE), "ten minutes");
    host.floor.remove_terminal(TENANT, id, ADMIN.into()).await.unwrap();
    assert!(host.floor.terminals(TENANT).await.unwrap().is_empty());
}

#[tokio::test]
async fn five_wrong_pins_lock_the_person_and_the_badge_still_works() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
    let (_, kept) = host.paired("一号线").await;
    let at = host.at(&kept).await;
    assert!(host.floor.sign_in(&at, pin("W9", "4711")).await.unwrap_err().is(PIN_WRONG), "an unknown code");
    for _ in 1..PIN_TRIES {
        assert!(host.floor.sign_in(&at, pin("W1", "0000")).await.unwrap_err().is(PIN_WRONG));
    }
    let last = host.floor.sign_in(&at, pin("W1", "0000")).await.unwrap_err();
    assert!(last.is(PIN_LOCKED) && last.detail.unwrap().contains("5 分钟后再试"));
    assert!(host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap_err().is(PIN_LOCKED), "even the right one");
    host.floor.sign_in(&at, Proof::Badge("0012345678".into())).await.unwrap();
    host.clock.set(Instant(PIN_LOCK_MINUTES * MINUTE_US));
    host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap();
    for _ in 0..PIN_TRIES {
        let _ = host.floor.sign_in(&at, pin("W1", "0000")).await;
    }
    let renewed = OperatorDraft { pin: Some("1234".into()), badge: None, ..wang() };
    host.floor.save_operator(TENANT, renewed, ADMIN.into()).await.unwrap();
    host.floor.sign_in(&at, pin("W1", "1234")).await.unwrap();
    host.floor.sign_in(&at, Proof::Badge("0012345678".into())).await.unwrap();
}

#[tokio::test]
async fn guesses_at_the_same_time_are_guesses_in_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
    let (_, kept) = host.paired("一号线").await;
    let at = host.at(&kept).await;
    let guess = |text: &'static str| host.floor.sign_in(&at, pin("W1", text));
    let (a, b, c, d, e, right) =
        tokio::join!(guess("0000"), guess("0001"), guess("0002"), guess("0003"), guess("0004"), guess("4711"));
    assert!([a, b, c, d].into_iter().all(|told| told.unwrap_err().is(PIN_WRONG)));
    assert!(e.unwrap_err().is(PIN_LOCKED) && right.unwrap_err().is(PIN_LOCKED));
}

#[tokio::test]
async fn who_left_or_idles_is_signed_out() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
    let (_, kept) = host.paired("一号线").await;
    let at = host.at(&kept).await;
    host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap();
    host.clock.set(Instant(IDLE_MINUTES * MINUTE_US));
    assert_eq!(host.floor.at_work(&at, true).await.unwrap(), None);
    host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap();
    let left = OperatorDraft { active: false, badge: None, pin: None, ..wang() };
    host.floor.save_operator(TENANT, left, ADMIN.into()).await.unwrap();
    assert_eq!(host.floor.at_work(&at, true).await.unwrap(), None);
    assert!(host.floor.sign_in(&at, pin("W1", "4711")).await.unwrap_err().is(PIN_WRONG));
    assert!(host.floor.sign_in(&at, Proof::Badge("0012345678".into())).await.unwrap_err().is(BADGE_UNKNOWN));
    assert!(host.floor.operator(&at, "W1").await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_is_saved_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    host.floor.save_operator(TENANT, wang(), ADMIN.into()).await.unwrap();
    let clash = host.floor.save_list(TENANT, "W2,李四\nW3,张三,0012345678", ADMIN.into()).await.unwrap_err();
    assert!(clash.is(NOT_UNIQUE), "{clash}");
    assert_eq!(host.floor.operators(TENANT).await.unwrap().len(), 1, "nobody was added");
    assert_eq!(host.floor.save_list(TENANT, "W1,王明\nW2,李四,99", ADMIN.into()).await.unwrap(), 2);
    let all = host.floor.operators(TENANT).await.unwrap();
    assert_eq!(
        (all[0].name.as_str(), all[0].has_pin, all[1].has_badge),
        ("王明", true, true),
        "what is not given stays"
    );
}

#[tokio::test]
async fn terminals_and_operators_are_bounded_and_names_are_unique() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    let fill = |writer: &mut toolcrib_store::Writer| {
        for at in 0..TERMINALS {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&at.to_be_bytes());
            let (name, places, shows) = (format!("T{at}"), String::new(), String::new());
            let id = toolcrib_contract::types::RawId(id);
            writer.put_terminal(&TerminalRow { id, name, places, shows, secret: None, paired: None, seen: None })?;
        }
        for at in 0..OPERATORS {
            let (code, name, role) = (format!("W{at}"), "王".to_owned(), "operator".to_owned());
            let language = "zh-CN".to_owned();
            let (badge, pin, locked_until) = (None, None, None);
            writer.put_operator(&OperatorRow {
                code,
                name,
                role,
                language,
                badge,
                pin,
                active: true,
                wrong: 0,
                locked_until,
            })?;
        }
        Ok(())
    };
    host.runtime.with_writer(TENANT, fill).await.unwrap();
    let save = |name: &str| {
        let draft = TerminalDraft { name: name.to_owned(), ..TerminalDraft::default() };
        host.floor.save_terminal(TENANT, None, draft, ADMIN.into())
    };
    assert!(save("one more").await.unwrap_err().is(LIMIT_REACHED));
    let one = host.floor.terminals(TENANT).await.unwrap().swap_remove(0);
    host.floor.remove_terminal(TENANT, one.id, ADMIN.into()).await.unwrap();
    assert!(save("T7").await.unwrap_err().is(NOT_UNIQUE));
    save("one more").await.unwrap();
    let more = OperatorDraft { code: "X".into(), name: "王".into(), ..OperatorDraft::default() };
    assert!(host.floor.save_operator(TENANT, more, ADMIN.into()).await.unwrap_err().is(LIMIT_REACHED));
    let known = OperatorDraft { code: "W7".into(), name: "李".into(), ..OperatorDraft::default() };
    host.floor.save_operator(TENANT, known, ADMIN.into()).await.unwrap();
}

#[tokio::test]
async fn a_screen_shows_a_code_and_an_administrator_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await;
    let Showing::Waits { code, claim } = host.floor.show_code(None).await.unwrap() else {
        panic!("nobody confirmed it")
    };
    let draft = |shows: &[&str]| TerminalDraft {
        name: "东墙".into(),
        shows: shows.iter().map(|view| (*view).into()).collect(),
        ..TerminalDraft::default()
    };
    let add = |draft: TerminalDraft, code: String| {
        let floor = &host.floor;
        async move { floor.add_screen(TENANT, draft, &code, ADMIN.into()).await }
    };
    let nothing = add(draft(&[]), code.text.clone()).await.unwrap_err();
    assert_eq!(nothing.errors[0].pointer, "/shows");
    assert!(add(draft(&["oee/wall"]), "ZZZZZZZZ".into()).await.unwrap_err().is(PAIRING_CODE));
    assert!(host.floor.terminals(TENANT).await.unwrap().is_empty(), "a wrong code makes no terminal");
    let id = add(draft(&["oee/wall"]), code.text.clone()).await.unwrap();
    let Showing::Paired { kept } = host.floor.show_code(Some(&claim)).await.unwrap() else {
        panic!("it was confirmed")
    };
    let at = host.at(&kept).await;
    assert_eq!((at.terminal.id, &*at.terminal.shows), (id, &["oee/wall".to_owned()][..]));

    // Another device in its place: the first is none any more.
    let Showing::Waits { code, claim } = host.floor.show_code(None).await.unwrap() else {
        panic!("nobody confirmed it")
    };
    host.floor.confirm_screen(TENANT, id, &code.text, ADMIN.into()).await.unwrap();
    let Showing::Paired { kept: other } = host.floor.show_code(Some(&claim)).await.unwrap() else {
        panic!("it was confirmed")
    };
    assert!(host.floor.terminal_of(&kept).await.unwrap_err().is(NOT_PAIRED));
    assert_eq!(host.at(&other).await.terminal.id, id);
}
