//! Where the host's directory lies: in a file of its own, or in the database that other hosts have, too.

use anyhow::Context;
use std::path::Path;
use toolcrib_store::{DataDir, Directory, Postgres};

/// Opens it. What this host kept in a file before it had a database is brought in once, and the file removed; what other
/// hosts know that is newer stays.
///
/// # Errors
/// The disk, the database, a damaged file.
pub async fn open(data: &DataDir, database: Option<Postgres>) -> anyhow::Result<Directory> {
    let file = data.directory_db();
    let Some(database) = database else {
        return Directory::open(&file).await.context("the host's directory cannot be opened");
    };
    let directory = Directory::of(database);
    if file.exists() {
        let old = Directory::open(&file).await.context("the host's directory of before cannot be opened")?;
        let brought = directory.bring_in(&old).await;
        old.close().await;
        brought.context("the host's directory could not be brought into the database")?;
        remove(&file).with_context(|| format!("`{}` cannot be removed", file.display()))?;
        tracing::info!("What this host kept of its registry in a file was brought into the database");
    }
    Ok(directory)
}

/// Writes what all hosts on a database know of their registry as the directory of one host on files.
///
/// # Errors
/// The disk, the database.
pub async fn write(database: Postgres, to: &Path) -> anyhow::Result<()> {
    let file = Directory::open(to).await.context("a copy of the hosts' directory cannot be made")?;
    let written = file.bring_in(&Directory::of(database)).await;
    file.close().await;
    written.context("the hosts' directory cannot be read")
}

/// The log of a database goes with it.
fn remove(file: &Path) -> std::io::Result<()> {
    for ending in ["-wal", "-shm", ""] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
