//! What lies in `deploy/` names files, flags and settings: whether there are such. Nothing of it is run here.

use crate::cli::{Cli, Command};
use crate::config::{self, Config};
use clap::Parser;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files that whoever sets a host up makes himself.
const OWN: [&str; 4] = ["./host-1.token", "./host-2.token", "./pgpass", "./postgres.password"];
/// Places that programs of others write to.
const OTHERS: [&str; 2] = ["postgres-data", "proxy-data"];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn deploy() -> PathBuf {
    top().join("host/server/deploy")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(deploy().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn settings(name: &str) -> Config {
    config::load(Some(&deploy().join(name)), &[]).unwrap_or_else(|error| panic!("{name}: {error:#}")).config
}

/// `[a, "b", c]` of YAML.
fn items(list: &str) -> Vec<String> {
    let inner = list.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(", ").map(|item| item.trim_matches('"').to_owned()).collect()
}

/// A command line is one of ours, and the configuration that it names is one of those beside.
fn check_command(arguments: &[String], place: &str) {
    let parsed = Cli::try_parse_from(std::iter::once("toolcrib").chain(arguments.iter().map(String::as_str)));
    let command = parsed.unwrap_or_else(|error| panic!("{place}: {error}")).command;
    let config = arguments.iter().skip_while(|argument| *argument != "--config").nth(1);
    if let Some(name) = config.and_then(|config| config.strip_prefix("/etc/toolcrib/")) {
        let config = settings(name);
        let needs_place = matches!(command, Command::Backup(_));
        assert!(!needs_place || !config.backup.to.is_empty(), "{place}: {name} names no place for backups");
    }
}

#[test]
fn units_and_containers_start_what_there_is_with_flags_that_there_are() {
    let mut count = 0;
    let units = ["toolcrib-host.service", "toolcrib-registry.service", "toolcrib-backup@.service"];
    for unit in units {
        for instance in if unit.contains('@') { &["host", "registry"][..] } else { &[""] } {
            let text = read(unit).replace("%i", instance);
            for line in text.lines().filter_map(|line| line.strip_prefix("Exec")?.split_once('=')) {
                let (_, arguments) = line.1.split_once("/usr/local/bin/toolcrib ").expect("our program");
                check_command(&arguments.split(' ').map(str::to_owned).collect::<Vec<_>>(), unit);
                count += 1;
            }
        }
    }
    for line in read("compose.yaml").lines() {
        if let Some((_, list)) = line.split_once("command: ") {
            check_command(&items(list), line);
            count += 1;
        }
        if let Some((_, told)) = line.split_once("docker compose run --rm registry ") {
            check_command(&told.split(' ').map(str::to_owned).collect::<Vec<_>>(), line);
            count += 1;
        }
    }
    let containerfile = read("Containerfile");
    let command = containerfile.lines().find_map(|line| line.strip_prefix("CMD ")).expect("it has one");
    check_command(&items(command), command);
    assert_eq!(count, 11, "four lines of servers, two of backups, five of containers");
}

#[test]
fn what_containers_mount_and_copy_is_there_and_settings_lead_into_it() {
    let (compose, containerfile) = (read("compose.yaml"), read("Containerfile"));
    let mounts = compose.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'));
    let mounts: Vec<_> = mounts.map(|(from, to)| (from, to.trim_end_matches(":ro"))).collect();
    let (files, volumes): (Vec<_>, Vec<_>) = mounts.into_iter().partition(|(from, _)| from.starts_with("./"));
    for (from, _) in &files {
        assert!(OWN.contains(from) || deploy().join(from).is_file(), "{from} is mounted and is not there");
    }
    let (_, declared) = compose.split_once("\nvolumes:\n").unwrap();
    let declared: BTreeSet<_> = declared.lines().filter_map(|line| line.trim().strip_suffix(':')).collect();
    assert_eq!(volumes.iter().map(|(from, _)| *from).collect::<BTreeSet<_>>(), declared);
    // Nobody but root could write to a volume whose place the image does not have.
    for (_, to) in volumes.iter().filter(|(from, _)| !OTHERS.contains(from)) {
        assert!(containerfile.contains(to), "the image does not give {to} to its user");
    }
    for name in ["host.toml", "registry.toml"] {
        let Config { data, backup, registry, .. } = settings(name);
        for written in [data, backup.key_file, PathBuf::from(backup.to)] {
            let is_kept = volumes.iter().any(|(_, to)| written.starts_with(to));
            assert!(is_kept, "{name}: {} is in no volume", written.display());
        }
        let token = registry.token_file.to_str().unwrap().to_owned();
        assert!(token.is_empty() || files.iter().any(|(_, to)| *to == token), "{name}: {token} is not mounted");
    }
    assert!(top().join("host/server/deploy/Containerfile").is_file() && compose.contains("context: ../../.."));
    assert!(containerfile.contains("-p toolcrib-server --bin toolcrib"), "it builds this crate's program");
}

#[test]
fn what_units_write_to_is_theirs() {
    for (unit, name) in [("toolcrib-host.service", "host.toml"), ("toolcrib-registry.service", "registry.toml")] {
        let (text, Config { data, backup, .. }) = (read(unit), settings(name));
        let own = text.lines().find_map(|line| line.strip_prefix("StateDirectory=")).unwrap();
        for written in [data, backup.key_file] {
            let is_own = own.split(' ').any(|own| written.starts_with(Path::new("/var/lib").join(own)));
            assert!(is_own, "{unit} cannot write to {}: all but {own} is read-only", written.display());
        }
    }
}
