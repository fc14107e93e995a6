//! Small objects, lists, removal.

use crate::account::{self, Account};
use crate::error::ObjectsError;
use crate::stream::{Reading, Writing};
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use std::fmt::{Debug, Display, Formatter};
use std::sync::Arc;

/// A folder of a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) store: Arc<AmazonS3>,
    folder: String,
    /// For people.
    pub(crate) place: String,
}

/// Without the account that is in the client.
impl Debug for Bucket {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place)
    }
}

impl Display for Bucket {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place)
    }
}

impl Bucket {
    /// The folder that an address names, `s3://bucket/folder`. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// [`ObjectsError::Address`].
    pub fn open(address: &str, account: &Account) -> Result<Self, ObjectsError> {
        let (name, folder) = account::parse(address)?;
        let store = Arc::new(account.bucket(name)?);
        let place = format!("`{address}` at {}", account.endpoint);
        Ok(Self { store, folder: folder.to_owned(), place })
    }

    /// A folder in this one.
    ///
    /// # Errors
    /// [`ObjectsError::Address`] for a name that is none.
    pub fn below(&self, name: &str) -> Result<Self, ObjectsError> {
        let folder = self.path(name)?.to_string();
        Ok(Self { folder, ..self.clone() })
    }

    /// Whether the store answers, lets us in and has the bucket.
    ///
    /// # Errors
    /// What is not so.
    pub async fn check(&self) -> Result<(), ObjectsError> {
        self.names("").await.map(drop)
    }

    /// Keeps an object; it is there, whole, when this returns. One of the same name is replaced.
    ///
    /// # Errors
    /// The store; nothing is kept then, or all of it.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        self.store.put(&self.path(name)?, bytes.into()).await.map(drop).map_err(|error| self.failed(error))
    }

    /// The bytes of an object of at most so many; none when there is none.
    ///
    /// # Errors
    /// The store; [`ObjectsError::TooLarge`].
    pub async fn get(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, ObjectsError> {
        let Some(mut reading) = self.read(name).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        while let Some(piece) = reading.next().await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > most {
                return Err(ObjectsError::TooLarge { place: self.place.clone(), name: name.to_owned(), most });
            }
        }
        Ok(Some(bytes))
    }

    /// An object from its beginning; none when there is none.
    ///
    /// # Errors
    /// The store.
    pub async fn read(&self, name: &str) -> Result<Option<Reading>, ObjectsError> {
        match self.store.get(&self.path(name)?).await {
            Ok(found) => Ok(Some(Reading::new(self.clone(), found.into_stream()))),
            Err(error) => self.absent(error).map(|()| None),
        }
    }

    /// Begins an object that is there when it is finished, and not before.
    ///
    /// # Errors
    /// [`ObjectsError::Address`] for a name that is none.
    pub fn write(&self, name: &str) -> Result<Writing, ObjectsError> {
        Ok(Writing::new(self.clone(), self.path(name)?))
    }

    /// Names one level below another one, in order. Below the empty name: of this folder.
    ///
    /// # Errors
    /// The store.
    pub async fn names(&self, below: &str) -> Result<Vec<String>, ObjectsError> {
        let path = if below.is_empty() { Path::from(self.folder.as_str()) } else { self.path(below)? };
        let found = self.store.list_with_delimiter(Some(&path)).await.map_err(|error| self.failed(error))?;
        let objects = found.objects.into_iter().map(|object| object.location);
        let names = found.common_prefixes.into_iter().chain(objects);
        let mut names: Vec<_> = names.filter_map(|path| Some(path.filename()?.to_owned())).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Removes an object. Nothing happens when there is none.
    ///
    /// # Errors
    /// The store.
    pub async fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        self.remove_at(&self.path(name)?).await
    }

    /// Removes everything below a name, or the object of this name. Nothing happens when there is none.
    ///
    /// # Errors
    /// The store; some may be gone then.
    pub async fn remove_all(&self, name: &str) -> Result<(), ObjectsError> {
        let path = self.path(name)?;
        let below: Vec<_> = self.store.list(Some(&path)).try_collect().await.map_err(|error| self.failed(error))?;
        if below.is_empty() {
            return self.remove_at(&path).await;
        }
        for object in below {
            self.remove_at(&object.location).await?;
        }
        Ok(())
    }

    async fn remove_at(&self, path: &Path) -> Result<(), ObjectsError> {
        match self.store.delete(path).await {
            Err(error) => self.absent(error),
            Ok(()) => Ok(()),
        }
    }

    fn path(&self, name: &str) -> Result<Path, ObjectsError> {
        if !account::is_name(name) {
            return Err(ObjectsError::Address(format!("`{name}` is no name of an object")));
        }
        let folder = if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) };
        Ok(Path::from(format!("{folder}{name}")))
    }

    /// Fine when the object was not there, and the bucket is.
    fn absent(&self, error: Error) -> Result<(), ObjectsError> {
        let is_absent = matches!(error, Error::NotFound { .. });
        match self.failed(error) {
            ObjectsError::Failed { .. } if is_absent => Ok(()),
            error => Err(error),
        }
    }

    pub(crate) fn failed(&self, error: Error) -> ObjectsError {
        ObjectsError::of(&self.place, error)
    }
}
