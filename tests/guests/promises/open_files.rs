//! Which files a host keeps open: as many factories as it has room for, and of each only what it uses.

use crate::guests::plant::{Plant, Setup};
use crate::guests::tenant::Tenant;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use toolcrib_contract::signal::Sample;
use toolcrib_runtime::OpenFiles;

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

/// Files below a folder that this process has open.
fn open_below(folder: &Path) -> Option<usize> {
    let folder = folder.canonicalize().ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?;
    let files = open.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    Some(files.filter(|file| file.starts_with(&folder)).count())
}

/// Files that may stay open.
const MOST: usize = 60;
/// Those of turns, batches and questions that run at one moment: four workers, one for readings, two for slow questions.
const AT_WORK: usize = 7 * 8;
const FACTORIES: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_keeps_no_more_files_open_than_it_may_and_as_many_factories_as_fit() {
    let open_files = OpenFiles { most: MOST, count: open_below };
    let plant = Plant::with(Setup { open_files, ..Setup::default() });
    let mut factories = Vec::new();
    for nth in 0..FACTORIES {
        factories.push(plant.tenant(&format!("factory-{nth}"), &["ledger"]).await);
    }
    let folder = plant.dir(factories[0].id).ancestors().nth(2).expect("the folder of all tenants").to_owned();
    let most = AtomicUsize::new(0);
    let watch = || _ = most.fetch_max(open_below(&folder).expect("a Linux machine"), Ordering::Relaxed);
    // All at once, and again: nobody waits for the keeper's round.
    for round in 0..3 {
        let one = async |nth: usize, factory: Tenant<'_>| {
            factory.note(&format!("note {round}")).await;
            factory.post("press-1.temperature", &[(round, Sample::Number { value: nth as f64 })]).await;
            watch();
        };
        let all = factories.iter().enumerate().map(|(nth, factory)| one(nth, *factory));
        futures_util::future::join_all(all).await;
        plant.later(Duration::from_secs(1));
    }
    let most = most.into_inner();
    assert!(most <= MOST + AT_WORK, "{most} files were open");
    assert!(most > MOST / 2, "it was tight: {most} files were open");
    let fits = || open_below(&folder).is_some_and(|open| open <= MOST).then_some(());
    crate::wait::until("what is too much to be closed", SOON, fits);
    // Whoever found no room finds it the next time: who is used now stays open.
    let last = factories[FACTORIES - 1];
    let stays = || async {
        last.note("at last").await;
        (!is_closed(&plant, last, "main.db")).then_some(())
    };
    last.until("room for the last one", stays).await;
    let open = factories.iter().filter(|factory| !is_closed(&plant, **factory, "")).count();
    assert!(open >= MOST / 8 / 2, "{open} factories are open");
    for factory in &factories {
        assert_eq!(factory.notes().await[..3], ["note 0", "note 1", "note 2"]);
    }
}
