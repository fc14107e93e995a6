//! Which files a host keeps open: as many factories as it has room for, and of each only what it uses.

use crate::guests::plant::{Plant, Setup};
use crate::guests::tenant::Tenant;
use std::time::Duration;
use toolcrib_contract::signal::Sample;

/// The keeper of files makes its round every second.
const SOON: Duration = Duration::from_secs(30);

/// Whether this process has no file of this name, or in this folder, of the tenant's directory open.
fn is_closed(plant: &Plant, tenant: Tenant<'_>, name: &str) -> bool {
    let file = plant.dir(tenant.id).canonicalize().unwrap().join(name);
    let open = std::fs::read_dir("/proc/self/fd").expect("a Linux machine");
    !open.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok()).any(|path| path.starts_with(&file))
}

fn until_closed(plant: &Plant, tenant: Tenant<'_>, name: &str) {
    crate::wait::until("the files to be closed", SOON, || is_closed(plant, tenant, name).then_some(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_limit_whoever_was_quiet_for_longest_is_closed_and_answers_when_asked_again() {
    let plant = Plant::with(Setup { open_tenants: 1, ..Setup::default() });
    let (first, second) = (plant.tenant("first", &["ledger"]).await, plant.tenant("second", &["ledger"]).await);
    first.note("one").await;
    plant.later(Duration::from_secs(1));
    second.note("two").await;
    until_closed(&plant, first, "main.db");
    assert!(!is_closed(&plant, second, "main.db"), "the one that was used last stays open");
    assert_eq!(first.notes().await, ["one"]);
    plant.later(Duration::from_secs(1));
    first.note("three").await;
    until_closed(&plant, second, "main.db");
    assert_eq!(first.notes().await, ["one", "three"]);
    assert_eq!(second.notes().await, ["two"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_that_no_module_follows_leave_the_business_closed() {
    let plant = Plant::with(Setup { open_tenants: 1, ..Setup::default() });
    let (machines, other) = (plant.tenant("machines", &["ledger"]).await, plant.tenant("other", &["ledger"]).await);
    machines.note("before").await;
    plant.later(Duration::from_secs(1));
    other.note("now").await;
    until_closed(&plant, machines, "main.db");
    for at in 0..40 {
        plant.later(Duration::from_secs(1));
        machines.post("press-1.temperature", &[(at, Sample::Number { value: 20.0 })]).await;
    }
    until_closed(&plant, other, "main.db");
    assert!(!is_closed(&plant, machines, "tel"));
    assert!(is_closed(&plant, machines, "main.db"), "nothing of them goes through a turn");
    plant.later(Duration::from_secs(1));
    other.note("later").await;
    until_closed(&plant, machines, "tel");
    assert_eq!(machines.notes().await, ["before"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_business_at_rest_is_closed_while_its_machines_go_on() {
    let plant = Plant::with(Setup::default());
    let machines = plant.tenant("machines", &["ledger"]).await;
    machines.note("in the evening").await;
    for at in 0..10 {
        assert!(!is_closed(&plant, machines, "main.db"), "a minute has not passed yet");
        machines.post("press-1.temperature", &[(at, Sample::Number { value: 20.0 })]).await;
        plant.later(Duration::from_secs(5));
    }
    plant.later(Duration::from_secs(20));
    machines.post("press-1.temperature", &[(10, Sample::Number { value: 21.0 })]).await;
    until_closed(&plant, machines, "main.db");
    assert!(!is_closed(&plant, machines, "tel"), "a machine spoke a moment ago");
    assert_eq!(machines.notes().await, ["in the evening"]);
    plant.later(Duration::from_secs(90));
    until_closed(&plant, machines, "main.db");
    until_closed(&plant, machines, "tel");
}
