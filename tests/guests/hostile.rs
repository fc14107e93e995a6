//! What `hostile` tries, and what comes of it: contained, nothing committed, the neighbour served meanwhile.
//! Every handler of `hostile` has a test of its name here; `roster` sees to that.

use super::arena::Arena;
use super::tested::tested;
use serde_json::json;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_INPUT, LIMIT, MODULE_FAULT, NOT_CONSENTED, REJECTED, TIMEOUT};

tested! {
    async fn honest() {
        let arena = Arena::new().await;
        arena.all_is_well().await;
        assert_eq!(arena.attacked().usage_of("hostile", "honest").await.faults, 0);
    }

    async fn junk() {
        let arena = Arena::new().await;
        arena.nothing_stayed().await;
        arena.all_is_well().await;
        assert_eq!(arena.attacked().get("hostile", "junk", json!({})).await, json!(1));
    }

    async fn spin() {
        Arena::new().await.overtime("spin").await;
    }

    async fn spin_in_query() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "spin_in_query", json!({})).await;
        let problem = fight.answer.expect_err("it never ends by itself");
        assert!(problem.is(TIMEOUT), "{problem}");
        assert!(fight.rounds > 0, "the neighbour waited");
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }

    async fn hoard_memory() {
        Arena::new().await.over_limit("hoard_memory", "bytes of linear memory").await;
    }

    async fn flood_events() {
        Arena::new().await.over_limit("flood_events", "1000 events").await;
    }

    async fn flood_logs() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "flood_logs", json!({})).await;
        // Lines beyond the limit are counted, not kept, and cost nothing else.
        assert_eq!(fight.answer.expect("logging never fails"), json!(null));
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }

    async fn huge_log() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "huge_log", json!({})).await;
        assert_eq!(fight.answer.expect("a long line is cut"), json!(null));
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }

    async fn flood_rows() {
        Arena::new().await.over_limit("flood_rows", "5000 rows").await;
    }

    async fn flood_bytes() {
        Arena::new().await.over_limit("flood_bytes", "bytes written").await;
    }

    async fn flood_timers() {
        Arena::new().await.over_limit("flood_timers", "100 timers").await;
    }

    async fn flood_effects() {
        Arena::new().await.over_limit("flood_effects", "100 effects").await;
    }

    async fn read_storm() {
        Arena::new().await.over_limit("read_storm", "50000 rows read").await;
    }

    async fn host_call_storm() {
        Arena::new().await.over_limit("host_call_storm", "10000 host calls").await;
    }

    async fn write_on() {
        // What it does where the disk is full: `promises::limits`.
        let arena = Arena::new().await;
        arena.attacked().get("hostile", "write_on", json!({})).await;
        assert_eq!(arena.attacked().get("hostile", "junk", json!({})).await, json!(2));
        arena.all_is_well().await;
    }

    async fn huge_row() {
        Arena::new().await.over_limit("huge_row", "bytes in one host call").await;
    }

    async fn huge_event() {
        Arena::new().await.over_limit("huge_event", "bytes of one event").await;
    }

    async fn huge_return() {
        Arena::new().await.over_limit("huge_return", "bytes of output").await;
    }

    async fn huge_rejection() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "huge_rejection", json!({"kilobytes": 3_000})).await;
        let problem = fight.answer.expect_err("over a limit");
        assert!(problem.is(LIMIT), "{problem}");
        // What fits through the boundary is cut before anybody has to read it.
        let fight = arena.attack("hostile", "huge_rejection", json!({"kilobytes": 900})).await;
        let problem = fight.answer.expect_err("a rejection");
        assert_eq!((problem.status, problem.code.as_str()), (REJECTED.status, "no"));
        assert!(problem.detail.unwrap().len() <= 4_000, "a rejection of 900 KB reached the caller");
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }

    async fn recurse() {
        // The small stack of the SDK ends first; `odd_guests::recurse_without_memory` takes the host's own.
        Arena::new().await.traps("recurse", json!({"number": 1})).await;
    }

    async fn trap_mid_write() {
        Arena::new().await.traps("trap_mid_write", json!({})).await;
    }

    async fn panic_with_message() {
        let arena = Arena::new().await;
        arena.traps("panic_with_message", json!({"message": "<script>alert(1)</script>"})).await;
    }

    async fn rearm() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "rearm", json!({})).await;
        assert_eq!(fight.answer.expect("setting a timer is allowed"), json!(null));
        // The timer sets itself again, due at once, without end; it gets a run a second, and nobody else waits.
        let calls = || async { arena.attacked().usage_of("hostile", "woken").await.calls };
        for run in 1..5 {
            arena.attacked().until("the timer to run", || async { (calls().await == run).then_some(()) }).await;
            arena.attacked().turns().await;
            assert_eq!(calls().await, run, "it spins");
            let due = arena.attacked().timers().await[0].due;
            let left = due.since_us(arena.plant().now());
            assert!((1..=limits::TIMER_MIN_MS as i64 * 1_000).contains(&left), "due in {left} µs");
            arena.attacked().after(1).await;
        }
        assert_eq!(arena.attacked().timers().await.len(), 1, "one timer, however often it is set");
        arena.all_is_well().await;
    }

    async fn woken() {
        // A timer whose payload is not what its handler takes: buried, not run for ever.
        let arena = Arena::new().await;
        let now = arena.plant().now();
        arena.attacked().file(move |writer| writer.set_timer("hostile", "woken", "forged", now, b"\xff\xff")).await;
        for _ in 0..limits::DELIVERY_ATTEMPTS {
            arena.attacked().after(4_400).await;
        }
        let dead = arena.attacked().dead().await;
        assert_eq!((dead.len(), dead[0].consumer.as_str()), (1, "hostile/woken"));
        assert_eq!(arena.attacked().timers().await, []);
        arena.all_is_well().await;
    }

    async fn echo() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "echo", json!({})).await;
        assert_eq!(fight.answer.expect("emitting is allowed"), json!(null));
        let grown = || async { (arena.attacked().usage_of("hostile", "echoed").await.calls > 50).then_some(()) };
        arena.attacked().until("the avalanche to begin", grown).await;
        arena.all_is_well().await;
    }

    async fn chain() {
        let arena = Arena::new().await;
        let fight = arena.attack("hostile", "chain", json!({})).await;
        assert_eq!(fight.answer.expect("emitting is allowed"), json!(null));
        arena.attacked().until("the end of the chain", || async { arena.attacked().dead().await.pop() }).await;
        assert_eq!(arena.attacked().events_of("hostile").await.len(), limits::CAUSE_DEPTH as usize);
        arena.attacked().turns().await;
        assert_eq!(arena.attacked().usage_of("hostile", "chained").await.calls, u64::from(limits::CAUSE_DEPTH));
        arena.all_is_well().await;
    }

    async fn chained() {
        // The handler that would go on fails with the limit's name; trying again would not help, so it is not tried.
        let arena = Arena::new().await;
        arena.attack("hostile", "chain", json!({})).await.answer.expect("emitting is allowed");
        let dead = arena.attacked().until("the letter", || async { arena.attacked().dead().await.pop() }).await;
        assert_eq!((dead.consumer.as_str(), dead.seq), ("hostile/chained", u64::from(limits::CAUSE_DEPTH)));
        assert!(dead.why.contains("module-cause-depth") && dead.why.contains("16 events"), "{}", dead.why);
        // Replayed it is as deep as before, and stays.
        let replayed = arena.plant().runtime().replay(arena.attacked().id, dead.id).await;
        assert!(replayed.is_err_and(|problem| problem.is(LIMIT)));
        assert_eq!(arena.attacked().dead().await.len(), 1);
    }

    async fn echoed() {
        // It emits twice, so that the avalanche is broad before it is deep; whoever cancels the subscription stops the avalanche.
        let arena = Arena::new().await;
        arena.attack("hostile", "echo", json!({})).await.answer.expect("emitting is allowed");
        arena.attacked().agree(Vec::new()).await;
        let before = arena.attacked().events().await.len();
        arena.attacked().turns().await;
        assert_eq!(arena.attacked().events().await.len(), before, "cancelling the subscription stops the avalanche");
        arena.neighbour().note("still here").await;
    }

    async fn bounce() {
        let arena = Arena::new().await;
        let deepest = i64::from(limits::NESTING) - 1;
        let fight = arena.attack("hostile", "bounce", json!({"left": deepest})).await;
        assert_eq!(fight.answer.expect("as deep as allowed"), json!(limits::NESTING));
        assert_eq!(arena.attacked().get("hostile", "junk", json!({})).await, json!(limits::NESTING / 2));
    }

    async fn back() {
        // Called by `mirror`, one level too deep.
        let arena = Arena::new().await;
        arena.faults("bounce", json!({"left": limits::NESTING}), LIMIT, "calls inside one another").await;
    }

    async fn call_itself() {
        let arena = Arena::new().await;
        arena.faults("call_itself", json!({"left": 1_000_000}), LIMIT, "calls inside one another").await;
    }

    async fn forge_id() {
        let arena = Arena::new().await;
        let (attacked, neighbour) = (arena.attacked(), arena.neighbour());
        // A row of another tenant, a row of another module of the same tenant, and an id that nobody has.
        let ids = [neighbour.note("mine").await, attacked.note("mine").await, json!("00000000-0000-0000-0000-000000000000")];
        for id in ids {
            let read = arena.attack("hostile", "forge_id", json!({"id": id, "attempt": "read"})).await;
            assert_eq!(read.answer.expect("reading finds nothing"), json!(false));
            for attempt in ["change", "delete"] {
                let fight = arena.attack("hostile", "forge_id", json!({"id": id, "attempt": attempt})).await;
                let problem = fight.answer.expect_err("there is nothing to change");
                assert_eq!((problem.status, problem.code.as_str()), (404, "not-found"));
            }
        }
        assert_eq!(attacked.notes().await, ["mine"]);
        assert!(neighbour.notes().await.contains(&"mine".to_owned()));
        let usage = attacked.usage_of("hostile", "forge_id").await;
        assert_eq!((usage.calls, usage.faults, usage.rows_written), (9, 0, 0));
        arena.all_is_well().await;
    }

    async fn forge_record() {
        for record in ["note", "ledger/note", "ledger.note", "r_ledger_1_note", "event", "audit", "junk; DROP TABLE event", "", "../junk", "JUNK"] {
            Arena::new().await.malformed("forge_record", json!({"record": record}), "is not declared").await;
        }
    }

    async fn forge_shared() {
        for (module, record) in [("ledger", "account"), ("ledger", "note"), ("hostile", "junk"), ("", ""), ("nobody", "nothing")] {
            Arena::new().await.malformed("forge_shared", json!({"module": module, "record": record}), "is not declared").await;
        }
    }

    async fn forge_event() {
        let arena = Arena::new().await;
        arena.malformed("forge_event", json!({"event": "noted", "body": ""}), "event `noted` is not declared").await;
        let arena = Arena::new().await;
        arena.malformed("forge_event", json!({"event": "noise", "body": "not a body"}), "event `noise`").await;
    }

    async fn forge_timer() {
        for handler in ["honest", "reminded", "echoed", "junk", ""] {
            Arena::new().await.malformed("forge_timer", json!({"handler": handler}), "is not declared").await;
        }
    }

    async fn forge_cursor() {
        let arena = Arena::new().await;
        for (index, limit, after) in [(0, 10, Some("forged")), (7, 10, None), (0, 0, None), (0, 501, None), (0, -1, None), (-1, 10, Some(""))] {
            let input = json!({"index": index, "limit": limit, "after": after});
            let problem = arena.attack("hostile", "forge_cursor", input.clone()).await.answer.expect_err("no such walk");
            assert!(problem.code == "bad-select" || problem.is(MODULE_FAULT), "{input}: {problem}");
        }
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }

    async fn probe() {
        let arena = Arena::new().await;
        let ask = |url: &str| arena.attack("hostile", "probe", json!({"url": url}));
        assert_eq!(ask("https://hooks.example.com/x").await.answer.expect("it is granted"), json!(200));
        for url in [
            "https://elsewhere.example.com/",
            "https://hooks.example.com:444/",
            "https://hooks.example.com.elsewhere.example/",
            "https://169.254.169.254/latest/meta-data/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://HOOKS.example.com/",
        ] {
            let problem = ask(url).await.answer.expect_err("nobody agreed to it");
            assert!(problem.is(NOT_CONSENTED), "{url}: {problem}");
        }
        for url in ["http://hooks.example.com/", "https://hooks.example.com@elsewhere.example/", "file:///etc/passwd", "https://hooks.example.com\\@elsewhere.example/", ""] {
            let problem = ask(url).await.answer.expect_err("no request");
            assert!(problem.is(MODULE_FAULT), "{url}: {problem}");
        }
        arena.all_is_well().await;
    }

    async fn storm() {
        Arena::new().await.over_limit("storm", "50 requests").await;
    }

    async fn run_storm() {
        Arena::new().await.over_limit("run_storm", "200 operations").await;
    }

    async fn spin_after() {
        Arena::new().await.overtime("spin_after").await;
    }

    async fn write_anyway() {
        for how in ["insert", "get", "emit", "timer", "cancel"] {
            let arena = Arena::new().await;
            let fight = arena.faults("write_anyway", json!({"how": how}), MODULE_FAULT, "module-outside").await;
            let told = fight.answer.expect_err("a fault").detail.unwrap();
            assert!(told.contains("put this into a command and run it"), "{told}");
        }
    }

    async fn run_any() {
        // Of another module, no operation at all, another connector, what only the host wakes.
        for operation in ["note", "ledger/note", "", "storm", "run_any", "woken", "echoed"] {
            Arena::new().await.malformed("run_any", json!({"operation": operation}), "has no command or query").await;
        }
        // Its own, with an input that is none.
        Arena::new().await.malformed("run_any", json!({"operation": "honest"}), "`honest`").await;
    }

    async fn write_from_query() {
        let arena = Arena::new().await;
        let problem = arena.attack("hostile", "write_from_query", json!({})).await.answer.expect_err("a query does not write");
        assert!(problem.is(MODULE_FAULT) && problem.detail.as_deref().unwrap().contains("module-read-only"), "{problem}");
        arena.nothing_stayed().await;
        arena.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_operation_cannot_be_called_from_outside() {
    let arena = Arena::new().await;
    for handler in ["woken", "echoed", "describe", "handle", "", "../honest"] {
        let problem = arena.attack("hostile", handler, json!({"number": 1})).await.answer.expect_err("no operation");
        assert_eq!(problem.code, "not-found", "{handler}");
    }
    let fields = json!({"number": 1, "sneaked": true});
    arena.attacked().refused("hostile", "honest", fields, BAD_INPUT).await;
    arena.nothing_stayed().await;
}
