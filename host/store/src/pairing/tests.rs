//! Codes that several hosts know, at two handles to one server.

use super::*;
use crate::engine::tests::beside_on;
use crate::fixture::cluster;
use sqlx::Executor;

const LIMITS: PairingLimits = PairingLimits { tries: 3, codes: 2, screens: 2, minutes: 10 };
const TENANT: RawId = RawId([1; 16]);

fn terminal(at: u8) -> RawId {
    RawId([at; 16])
}

/// Two hosts on a server of their own: nobody else's tries count.
fn two() -> Option<(Postgres, Postgres, cluster::Cluster)> {
    let cluster = cluster::Cluster::start()?;
    let url = cluster.url("postgres");
    let connect = || Postgres::connect(&url, 2).unwrap();
    Some((connect(), connect(), cluster))
}

fn run(server: &cluster::Cluster, sql: &'static str) {
    beside_on(&server.url("postgres"), async |db| db.execute(sql).await.map(drop));
}

#[test]
fn a_code_that_one_host_made_is_good_at_another_once_and_until_it_ends() {
    let Some((one, two, server)) = two() else { return };
    one.offer_code("AAAA", TENANT, terminal(1), LIMITS).unwrap();
    one.offer_code("BBBB", TENANT, terminal(1), LIMITS).unwrap();
    assert_eq!(two.take_code("AAAA", LIMITS).unwrap(), Tried::Unknown, "a newer one made it void");
    assert_eq!(two.take_code("BBBB", LIMITS).unwrap(), Tried::Found((TENANT, terminal(1))));
    assert_eq!(one.take_code("BBBB", LIMITS).unwrap(), Tried::Unknown, "once");
    one.offer_code("CCCC", TENANT, terminal(1), LIMITS).unwrap();
    run(&server, "UPDATE tc.pairing_code SET until_us=until_us-600000000; UPDATE tc.pairing_wrong SET wrong=0");
    assert_eq!(two.take_code("CCCC", LIMITS).unwrap(), Tried::Unknown, "ten minutes");
}

#[test]
fn wrong_codes_count_over_all_hosts_and_for_the_minute() {
    let Some((one, two, server)) = two() else { return };
    one.offer_code("GOOD", TENANT, terminal(1), LIMITS).unwrap();
    let Shown::Waits { .. } = one.show_code(None, ("SHOW", [7; 32]), LIMITS).unwrap() else { panic!("it waits") };
    // The minute does not end meanwhile.
    let hold = "UPDATE tc.pairing_wrong SET wrong=0";
    loop {
        run(&server, hold);
        let tries = [
            one.take_code("1", LIMITS).unwrap() == Tried::Unknown,
            two.take_code("2", LIMITS).unwrap() == Tried::Unknown,
            one.seen_code("3", LIMITS).unwrap() == Tried::Unknown,
        ];
        assert_eq!(tries, [true; 3]);
        let refused = [
            one.take_code("GOOD", LIMITS).unwrap() == Tried::TooOften,
            two.seen_code("SHOW", LIMITS).unwrap() == Tried::TooOften,
        ];
        // Unless it ended just then, at both.
        if refused == [true; 2] {
            break;
        }
        one.offer_code("GOOD", TENANT, terminal(1), LIMITS).unwrap();
    }
    run(&server, "UPDATE tc.pairing_wrong SET minute=minute-1");
    assert_eq!(two.take_code("GOOD", LIMITS).unwrap(), Tried::Found((TENANT, terminal(1))), "it is still there");
    assert_eq!(one.seen_code("SHOW", LIMITS).unwrap(), Tried::Found([7; 32]));
}

#[test]
fn tries_at_two_hosts_at_once_count_like_tries_in_a_row() {
    let Some((one, two, server)) = two() else { return };
    let looked_at = loop {
        run(&server, "UPDATE tc.pairing_wrong SET wrong=0");
        let minute = || {
            beside_on(&server.url("postgres"), async |db| {
                sqlx::query_as::<_, (i64,)>("SELECT CAST(extract(epoch FROM clock_timestamp())/60 AS bigint)")
                    .fetch_one(db)
                    .await
            })
        };
        let before = minute();
        let guess =
            |host: &Postgres| (0..8).filter(|_| host.take_code("ZZZZ", LIMITS).unwrap() == Tried::Unknown).count();
        let (one, two) = (&one, &two);
        let (a, b) = std::thread::scope(|threads| {
            let (a, b) = (threads.spawn(|| guess(one)), threads.spawn(|| guess(two)));
            (a.join().unwrap(), b.join().unwrap())
        });
        if minute() == before {
            break a + b;
        }
    };
    assert_eq!(looked_at, LIMITS.tries as usize);
}

#[test]
fn codes_of_an_erased_tenant_are_gone_with_it() {
    let Some((one, two, server)) = two() else { return };
    let tenant = crate::fixture::Engine(Some(one.clone())).tenant();
    one.offer_code("MINE", tenant.id, terminal(1), LIMITS).unwrap();
    one.show_code(None, ("SHOW", [7; 32]), LIMITS).unwrap();
    one.confirm_code("SHOW", tenant.id, terminal(2)).unwrap();
    two.offer_code("OTHER", TENANT, terminal(3), LIMITS).unwrap();
    tenant.home.erase().unwrap();
    let left = "SELECT (SELECT count(*) FROM tc.pairing_code)+(SELECT count(*) FROM tc.screen_code)";
    let left = beside_on(&server.url("postgres"), async |db| sqlx::query_as::<_, (i64,)>(left).fetch_one(db).await);
    assert_eq!(left.0, 1);
    assert_eq!(two.take_code("OTHER", LIMITS).unwrap(), Tried::Found((TENANT, terminal(3))));
}

#[test]
fn codes_that_wait_are_bounded_and_the_oldest_goes() {
    let Some((one, two, server)) = two() else { return };
    for (at, code) in [(1, "C1"), (2, "C2"), (3, "C3")] {
        one.offer_code(code, TENANT, terminal(at), LIMITS).unwrap();
    }
    for (at, code) in [(1, "S1"), (2, "S2"), (3, "S3")] {
        two.show_code(None, (code, [at; 32]), LIMITS).unwrap();
    }
    let count = |table: &'static str| {
        beside_on(&server.url("postgres"), async |db| sqlx::query_as::<_, (i64,)>(table).fetch_one(db).await).0
    };
    assert_eq!(count("SELECT count(*) FROM tc.pairing_code"), 2);
    assert_eq!(count("SELECT count(*) FROM tc.screen_code"), 2);
    assert_eq!(two.take_code("C1", LIMITS).unwrap(), Tried::Unknown);
    assert_eq!(two.take_code("C3", LIMITS).unwrap(), Tried::Found((TENANT, terminal(3))));
    assert_eq!(one.seen_code("S1", LIMITS).unwrap(), Tried::Unknown);
    assert_eq!(one.seen_code("S3", LIMITS).unwrap(), Tried::Found([3; 32]));
}

#[test]
fn a_device_that_shows_its_code_at_one_host_hears_once_at_another_what_it_is() {
    let Some((one, two, _server)) = two() else { return };
    let waits = Shown::Waits { code: "S".to_owned() };
    assert_eq!(one.show_code(None, ("S", [7; 32]), LIMITS).unwrap(), waits);
    assert_eq!(two.show_code(Some([7; 32]), ("T", [8; 32]), LIMITS).unwrap(), waits);
    assert_eq!(two.seen_code("S", LIMITS).unwrap(), Tried::Found([7; 32]));
    two.confirm_code("S", TENANT, terminal(1)).unwrap();
    assert_eq!(one.seen_code("S", LIMITS).unwrap(), Tried::Unknown, "it waits no longer");
    let paired = Shown::Paired { tenant: TENANT, terminal: terminal(1) };
    assert_eq!(one.show_code(Some([7; 32]), ("U", [9; 32]), LIMITS).unwrap(), paired);
    let again = two.show_code(Some([7; 32]), ("V", [6; 32]), LIMITS).unwrap();
    assert_eq!(again, Shown::Waits { code: "V".to_owned() }, "once");
}
