//! The store itself: opening, sweeping, closing.

use std::path::Path;
use std::sync::Arc;

use auth_runtime::{AdapterError, Clock, ReplaceError};
use redb::{ReadTransaction, StorageBackend};
use tokio::task;

use crate::expiry;
use crate::failure::Failure;
use crate::open::{OpenError, OpenFailure, open_file};
use crate::reopenable_database::ReopenableDatabase;
use crate::tables::Tables;
use crate::writer::Writer;

/// Accounts, sessions, throttle counters and codes in one file.
///
/// Dropping it closes it, see [`EmbeddedStore::close`].
pub struct EmbeddedStore {
    database: Arc<ReopenableDatabase>,
    writer: Writer,
    clock: Arc<dyn Clock>,
}

impl EmbeddedStore {
    /// Opens the database file at `path`, which is made with mode 0600 if it is not there. Its
    /// directory must exist. `clock` tells [`EmbeddedStore::sweep`] what has expired.
    ///
    /// After a crash, and to be sure that it was not altered, the whole file is read and checked.
    ///
    /// # Errors
    /// One sentence that names the file and says what is wrong with it.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let file = path.to_owned();
        Self::open_medium(move || open_file(&file), clock).map_err(|reason| OpenError {
            path: path.to_owned(),
            reason,
        })
    }

    /// Opens the database on anything that keeps bytes.
    pub(crate) fn open_medium<B: StorageBackend>(
        medium: impl Fn() -> Result<B, OpenFailure> + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenFailure> {
        let database = Arc::new(ReopenableDatabase::open(medium)?);
        let writer = Writer::start(database.clone())?;
        Ok(Self {
            database,
            writer,
            clock,
        })
    }

    /// Removes up to `max` sessions, counters and codes that have expired, the oldest first, and tells
    /// how many there were; fewer than `max` means that none is left.
    ///
    /// What it costs depends on how many it removes, not on how many stay. All are one transaction:
    /// a few hundred at a time leave room for others.
    ///
    /// # Errors
    /// As every write.
    pub async fn sweep(&self, max: usize) -> Result<usize, AdapterError> {
        let now = self.clock.now();
        self.write(move |tables| expiry::sweep(tables, now, max))
            .await
    }

    /// Finishes the writes that are queued and closes the file. Reads and writes that come later
    /// are answered as unavailable. Closing again does nothing.
    ///
    /// Blocks for as long as the disk takes; call it when the last request was answered.
    pub fn close(&self) {
        self.writer.close();
    }

    /// Reads on the calling thread: a few pages, nearly always in memory. Measured, that is 6 µs,
    /// and 50 µs in one of a hundred cases beside a busy writer; handing it to another thread takes
    /// 15.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, AdapterError> {
        read_from(&self.database, query).map_err(|failure| self.look_after(failure))
    }

    /// Reads many records, on a thread that may take its time.
    pub(crate) async fn read_many<T: Send + 'static>(
        &self,
        query: impl FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let database = self.database.clone();
        let answer = task::spawn_blocking(move || read_from(&database, query)).await;
        answer
            .map_err(AdapterError::fault)?
            .map_err(|failure| self.look_after(failure))
    }

    /// Changes the tables on the thread that writes.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, AdapterError> {
        self.writer.write(change).await
    }

    /// Makes a change that tells whether the version was the one to replace.
    pub(crate) async fn compare_and_write(
        &self,
        change: impl FnOnce(&mut Tables<'_>) -> Result<bool, Failure> + Send + 'static,
    ) -> Result<(), ReplaceError> {
        if self.write(change).await? {
            Ok(())
        } else {
            Err(ReplaceError::Conflict)
        }
    }

    /// A read that met a broken database leaves it to the writer to open it anew.
    fn look_after(&self, failure: Failure) -> AdapterError {
        if matches!(failure, Failure::Storage(_)) {
            self.writer.nudge();
        }
        failure.into()
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.close();
    }
}

fn read_from<T>(
    database: &ReopenableDatabase,
    query: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
) -> Result<T, Failure> {
    query(&database.begin_read()?)
}
