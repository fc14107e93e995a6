//! Where backups lie: objects under names, each written whole or not at all. A directory, or a bucket (`bucket`): five
//! operations, which both have.

use super::bucket::InBucket;
use crate::config::Objects;
use crate::files::{self, Secrecy};
use anyhow::{Context, bail, ensure};
use std::fmt::{Debug, Display};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes an object's content.
pub type Content<'a> = &'a mut dyn FnMut(&mut dyn Write) -> anyhow::Result<()>;

/// A place of objects. Names are parts of lower-case letters, digits, `-`, `_` and `.` (and `T`, `Z` of times), with `/`
/// between them.
pub trait Depot: Debug + Display {
    /// Keeps an object, whole or not at all.
    ///
    /// # Errors
    /// The place, or what `content` says.
    fn put(&self, name: &str, content: Content<'_>) -> anyhow::Result<()>;

    /// An object from its beginning; none when there is none.
    ///
    /// # Errors
    /// The place.
    fn get(&self, name: &str) -> anyhow::Result<Option<Box<dyn Read>>>;

    /// Names one level below another one, in order; none below what is not there. Below the empty name: all of the top.
    ///
    /// # Errors
    /// The place.
    fn names(&self, below: &str) -> anyhow::Result<Vec<String>>;

    /// Removes everything below a name, or the object of this name. Nothing happens when there is none.
    ///
    /// # Errors
    /// The place.
    fn remove_all(&self, name: &str) -> anyhow::Result<()>;

    /// Whether there is such an object.
    ///
    /// # Errors
    /// The place.
    fn exists(&self, name: &str) -> anyhow::Result<bool> {
        Ok(self.get(name)?.is_some())
    }

    /// A small object.
    ///
    /// # Errors
    /// The place; an object of more than `most` bytes.
    fn read(&self, name: &str, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(object) = self.get(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        object.take(most + 1).read_to_end(&mut bytes).with_context(|| format!("`{name}` cannot be read"))?;
        ensure!(bytes.len() as u64 <= most, "`{name}` has more than {most} bytes");
        Ok(Some(bytes))
    }

    /// Keeps a small object.
    ///
    /// # Errors
    /// The place.
    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.put(name, &mut |to| Ok(to.write_all(bytes)?))
    }
}

/// The depot that a setting names, in this store when it is a bucket.
///
/// # Errors
/// A kind of place that this version does not know; settings of the store.
pub fn open(to: &str, store: &Objects) -> anyhow::Result<Box<dyn Depot>> {
    match to.split_once("://") {
        None => Ok(Box::new(Folder(PathBuf::from(to)))),
        Some(("file", path)) => Ok(Box::new(Folder(PathBuf::from(path)))),
        Some(("s3", _)) => Ok(Box::new(InBucket::open(to, store)?)),
        Some((kind, _)) => {
            bail!("`{kind}://` is no place that backups can go to; name a directory or a bucket (s3://)")
        }
    }
}

/// A directory. Only its owner reads what is in it.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Display for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0.display())
    }
}

impl Folder {
    fn path(&self, name: &str) -> anyhow::Result<PathBuf> {
        if name.is_empty() {
            return Ok(self.0.clone());
        }
        let is_part = |part: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain)
        };
        ensure!(name.split('/').all(is_part), "`{name}` is no name of an object");
        Ok(self.0.join(name))
    }
}

impl Depot for Folder {
    fn put(&self, name: &str, content: Content<'_>) -> anyhow::Result<()> {
        let (path, fail) = (self.path(name)?, || format!("`{name}` cannot be written to {self}"));
        let folder = path.parent().unwrap_or(&self.0);
        std::fs::create_dir_all(folder).with_context(fail)?;
        let new = path.with_extension("new");
        // A leftover of a crash.
        let _ = std::fs::remove_file(&new);
        let written = write_new(&new, content).with_context(fail);
        if written.is_err() {
            let _ = std::fs::remove_file(&new);
            return written;
        }
        std::fs::rename(&new, &path).with_context(fail)?;
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(fail)
    }

    fn get(&self, name: &str) -> anyhow::Result<Option<Box<dyn Read>>> {
        match File::open(self.path(name)?) {
            Ok(file) => Ok(Some(Box::new(std::io::BufReader::new(file)))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("`{name}` cannot be read from {self}")),
        }
    }

    fn exists(&self, name: &str) -> anyhow::Result<bool> {
        Ok(self.path(name)?.is_file())
    }

    fn names(&self, below: &str) -> anyhow::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.path(below)?) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error).with_context(|| format!("{self} cannot be read")),
        };
        let mut names = Vec::new();
        for entry in entries {
            // What we did not name is not ours: `lost+found`, for example.
            names.extend(entry?.file_name().into_string().ok().filter(|name| self.path(name).is_ok()));
        }
        names.sort();
        Ok(names)
    }

    fn remove_all(&self, name: &str) -> anyhow::Result<()> {
        ensure!(!name.is_empty(), "nobody removes a whole depot");
        let path = self.path(name)?;
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("`{name}` cannot be removed from {self}"));
            }
            _ => {}
        }
        // A folder is there as long as something is in it, as in stores that know none.
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.0);
        above.take_while(|folder| std::fs::remove_dir(folder).is_ok()).for_each(drop);
        Ok(())
    }
}

fn write_new(new: &Path, content: Content<'_>) -> anyhow::Result<()> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(new)?;
    let mut to = std::io::BufWriter::new(file);
    content(&mut to)?;
    Ok(to.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
}

/// Writes a small secret beside the data, for its owner only.
///
/// # Errors
/// The disk.
pub fn keep_secret(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    }
    files::write(file, bytes, Secrecy::Secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_there_whole_or_not_at_all_and_no_name_leads_out() {
        let root = tempfile::tempdir().unwrap();
        let depot = Folder(root.path().join("depot"));
        assert_eq!(depot.names("").unwrap(), Vec::<String>::new());
        depot.write("unit/2026-11-26T03-04-05.000001Z/0.sealed", b"one").unwrap();
        let half = depot.put("unit/half", &mut |to| {
            to.write_all(b"ha")?;
            bail!("the disk is full")
        });
        assert!(format!("{:#}", half.unwrap_err()).contains("the disk is full"));
        assert_eq!(depot.names("unit").unwrap(), ["2026-11-26T03-04-05.000001Z"]);
        assert_eq!(depot.read("unit/2026-11-26T03-04-05.000001Z/0.sealed", 3).unwrap().unwrap(), b"one");
        assert!(depot.read("unit/2026-11-26T03-04-05.000001Z/0.sealed", 2).is_err());
        assert!(depot.read("unit/absent", 9).unwrap().is_none());
        for name in ["../x", "unit/../../x", "/etc/passwd", "unit//x", "a\\b", ".x", "unit/\0", "x/.."] {
            assert!(
                depot.write(name, b"").is_err() && depot.get(name).is_err() && depot.remove_all(name).is_err(),
                "{name}"
            );
        }
        depot.remove_all("unit/2026-11-26T03-04-05.000001Z/0.sealed").unwrap();
        assert!(!root.path().join("depot/unit").exists(), "no empty folder stays");
        depot.remove_all("unit").unwrap();
        assert!(depot.names("").unwrap().is_empty() && depot.remove_all("").is_err());
        let none = Objects::default();
        assert!(open("ftp://bucket/x", &none).unwrap_err().to_string().contains("name a directory"));
        assert!(open("s3://bucket/x", &none).unwrap_err().to_string().contains("objects.endpoint"));
    }
}
