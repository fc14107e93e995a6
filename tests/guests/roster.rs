//! Every guest and every handler of the hostile one has a test: a forgotten attack cannot pass silently.

use super::artifacts::{GUESTS, folder};
use super::plant::Plant;
use super::{hostile, odd_guests};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_handler_of_the_hostile_module_has_a_test_of_its_name() {
    let manifest = Plant::new().load("hostile").manifest.clone();
    let declared: BTreeSet<_> = manifest.handlers.iter().map(|handler| handler.name.as_str()).collect();
    let tested: BTreeSet<_> = hostile::TESTED.iter().copied().collect();
    assert_eq!(declared, tested);
}

#[test]
fn every_folder_of_guests_is_known_and_used_in_a_test() {
    let folders = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.join("Cargo.toml").exists() && path.is_dir());
    let found: BTreeSet<_> = folders.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(found, GUESTS.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn there_are_at_least_fifteen_hostile_guests() {
    assert!(hostile::TESTED.len() + odd_guests::TESTED.len() >= 15);
}
