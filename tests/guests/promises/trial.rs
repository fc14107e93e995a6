//! Commands of one turn run on trial, without savepoints: what they leave is what savepoints would have left.

use super::atomic::hold;
use crate::dice::Dice;
use crate::guests::plant::Plant;
use crate::guests::tenant::Tenant;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use toolcrib_contract::problem::MODULE_FAULT;

/// What one command is asked: an operation of `ledger`, under a key or none.
#[derive(Clone, Debug)]
struct Asked {
    operation: &'static str,
    input: Json,
    key: Option<String>,
}

fn post(amount: i64) -> Asked {
    Asked { operation: "post", input: json!({"code": "cash", "amount": amount}), key: None }
}

/// Something that succeeds, is refused before or after it wrote, fails, or is a repetition.
fn any(dice: &mut Dice) -> Asked {
    let key = dice.one_in(3).then(|| format!("key {}", dice.below(6)));
    let how = ["trap", "reject", "retry"][dice.below(3) as usize];
    let (operation, input) = match dice.below(8) {
        0 => ("fail", json!({"how": how})),
        1 => ("post", json!({"code": "none", "amount": 1})),
        2 => ("post", json!({"code": "cash", "amount": 13})),
        3 => ("post", json!({"code": "cash", "amount": -20})),
        _ => ("post", json!({"code": "cash", "amount": dice.below(9)})),
    };
    Asked { operation, input, key }
}

/// Asks all in this order, so that they wait together; what each heard.
async fn together(tenant: Tenant<'_>, asked: &[Asked]) -> Vec<Result<Json, String>> {
    let held = hold(tenant).await;
    let answers = asked.iter().map(|Asked { operation, input, key }| async move {
        let answer = match key {
            Some(key) => tenant.ask_once(key, "ledger", operation, input.clone()).await,
            None => tenant.ask("ledger", operation, input.clone()).await,
        };
        answer.map_err(|problem| problem.code)
    });
    let (answers, ()) = tokio::join!(biased; join_all(answers), async { drop(held) });
    answers
}

/// Everything that commands leave, but for times and chance.
async fn left(tenant: Tenant<'_>) -> Vec<String> {
    let account = tenant.get("ledger", "whole", json!({"code": "cash"})).await;
    let mut left = vec![account["balance"].to_string()];
    left.extend(tenant.events().await.into_iter().map(|event| format!("{} {} {}", event.seq, event.name, event.body)));
    let usage = tenant.usage_of("ledger", "post").await;
    left.push(format!("{usage:?} {:?}", tenant.usage_of("ledger", "fail").await));
    left.push(format!("{:?} {:?} {:?}", tenant.seen("failed").await, tenant.timers().await, tenant.effects().await));
    for line in tenant.file(|writer| writer.audit_after(1, 500)).await {
        let detail: Json = serde_json::from_str(&line.detail).unwrap();
        left.push(format!("{} {} {}", line.id, line.action, detail["status"]));
    }
    left
}

async fn shop<'a>(plant: &'a Plant, name: &str) -> Tenant<'a> {
    let tenant = plant.tenant(name, &["ledger"]).await;
    tenant.get("ledger", "open", json!({"code": "cash", "kind": "k", "balance": 50})).await;
    tenant
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_with_one_that_traps_commits_exactly_the_others_once() {
    let plant = Plant::new();
    let tenant = shop(&plant, "a").await;
    let mut asked = vec![post(1); 20];
    // It writes, and then traps.
    asked[13] = post(13);
    let answers = together(tenant, &asked).await;
    for (at, answer) in answers.iter().enumerate() {
        match at {
            13 => assert_eq!(answer, &Err(MODULE_FAULT.code.to_owned())),
            _ => assert_eq!(answer, &Ok(json!(51 + at - usize::from(at > 13)))),
        }
    }
    assert_eq!(tenant.events().await.len(), 19);
    let usage = tenant.usage_of("ledger", "post").await;
    assert_eq!((usage.calls, usage.faults, usage.rows_written, usage.events), (20, 1, 19, 19), "counted once each");
    assert_eq!(tenant.file(|writer| writer.verify_audit()).await, 22, "subscribed, opened, twenty posts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_groups_leave_what_savepoints_leave() {
    let plant = Plant::new();
    for seed in 0..12 {
        let mut dice = Dice::new(seed);
        let (trial, savepoints) = (format!("trial-{seed}"), format!("savepoints-{seed}"));
        let (trial, savepoints) = (shop(&plant, &trial).await, shop(&plant, &savepoints).await);
        // Where one failed, the next ones run in savepoints. The same without a write leaves the other tenant on trial.
        let spoil = json!({"code": "cash", "amount": -1_000});
        savepoints.ask("ledger", "post", spoil).await.unwrap_err();
        let nothing = json!({"code": "none", "amount": 1});
        trial.ask("ledger", "post", nothing).await.unwrap_err();
        let asked: Vec<_> = (0..30).map(|_| any(&mut dice)).collect();
        let (left_a, left_b) = (together(trial, &asked).await, together(savepoints, &asked).await);
        assert_eq!(left_a, left_b, "seed {seed}: {asked:?}");
        let (mut ours, theirs) = (left(trial).await, left(savepoints).await);
        // The line of the command before the group.
        let before = ours.iter().position(|line| line.starts_with("3 post")).unwrap();
        let status = theirs[before].clone();
        ours[before] = status;
        assert_eq!(ours, theirs, "seed {seed}: {asked:?}");
        assert!(trial.file(|writer| writer.verify_audit()).await > 3);
    }
}
