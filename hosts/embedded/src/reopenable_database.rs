//! The open database, which can be opened again after the disk failed.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use redb::{Database, ReadTransaction, ReadableDatabase, StorageBackend, WriteTransaction};

use crate::failure::is_full;
use crate::open::{OpenFailure, open_database, rewrite};
use crate::tables;

/// Holds the database, or nothing while it cannot be opened.
///
/// After a read or a write of its file has failed, the database refuses all requests. It must then
/// be opened again, and has the contents of the last complete commit.
pub(crate) struct ReopenableDatabase {
    database: RwLock<Option<Database>>,
    reopen: Box<dyn Fn(Cause) -> Result<Database, OpenFailure> + Send + Sync>,
}

/// Why the database must be opened again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    DiskFull,
    Other,
}

impl ReopenableDatabase {
    /// Opens the database. `medium` opens its file, now and after each failure.
    pub(crate) fn open<B: StorageBackend>(
        medium: impl Fn() -> Result<B, OpenFailure> + Send + Sync + 'static,
    ) -> Result<Self, OpenFailure> {
        let database = RwLock::new(Some(open_database(medium()?)?));
        let reopen = move |cause| {
            let backend = medium()?;
            if cause != Cause::DiskFull {
                rewrite(&backend)?;
            }
            open_database(backend)
        };
        Ok(Self {
            database,
            reopen: Box::new(reopen),
        })
    }

    /// Begins a transaction that reads what was committed so far.
    pub(crate) fn begin_read(&self) -> Result<ReadTransaction, redb::Error> {
        Ok(self
            .place()
            .as_ref()
            .ok_or(redb::Error::DatabaseClosed)?
            .begin_read()?)
    }

    /// Begins a transaction that writes. Only the writer calls this, for one transaction at a time.
    pub(crate) fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        if self.place().is_none() {
            self.reopen(Cause::Other);
        }
        tables::begin_write(self.place().as_ref().ok_or(redb::Error::DatabaseClosed)?)
    }

    /// Closes the database and opens it again after `error`.
    pub(crate) fn mend(&self, error: &redb::Error) {
        self.close();
        self.reopen(if is_full(error) {
            Cause::DiskFull
        } else {
            Cause::Other
        });
    }

    /// Opens the database again. If that fails, no database is held.
    fn reopen(&self, cause: Cause) {
        match (self.reopen)(cause) {
            Ok(database) => drop(self.put(Some(database))),
            Err(error) => tracing::error!(%error, "the database does not open any more"),
        }
    }

    /// Closes the database. Reads in progress fail.
    pub(crate) fn close(&self) {
        // The old database is dropped outside the lock: closing writes to the disk, and readers
        // hold the lock only for a moment.
        drop(self.put(None));
    }

    fn place(&self) -> RwLockReadGuard<'_, Option<Database>> {
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, database: Option<Database>) -> Option<Database> {
        let mut place = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *place, database)
    }
}
