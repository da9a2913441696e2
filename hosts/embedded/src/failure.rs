//! The errors inside the store, and their conversion to the errors of the runtime.

use std::io;
use std::time::Duration;

use auth_runtime::AdapterError;

/// How long a caller should wait before another attempt after the disk failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a read or a change of the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The caller asked for something that the contract of the store forbids.
    #[error("against the contract: {0}")]
    Contract(&'static str),
    /// A record or an index has contents that this program cannot have written.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The database could not read or write its file.
    #[error(transparent)]
    Storage(redb::Error),
}

/// Converts every kind of storage error, including one inside the error of a table or a
/// transaction.
impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Storage(error.into())
    }
}

impl From<Failure> for AdapterError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Storage(error) if may_pass(&error) => unavailable(error),
            failure => Self::fault(failure),
        }
    }
}

/// Makes the error of a store that cannot answer for now.
pub(crate) fn unavailable(cause: impl Into<anyhow::Error>) -> AdapterError {
    AdapterError::Unavailable {
        retry_after: RETRY_AFTER,
        cause: cause.into(),
    }
}

/// Whether the disk failed, rather than the data on it being damaged.
fn may_pass(error: &redb::Error) -> bool {
    use redb::Error::{Backend, DatabaseClosed, Io, PreviousIo};
    matches!(error, Backend(_) | DatabaseClosed | Io(_) | PreviousIo)
}

/// Whether the disk was full: the write was refused before any part of it was stored.
pub(crate) fn is_full(error: &redb::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error, redb::Error::Io(error) if matches!(error.kind(), QuotaExceeded | StorageFull))
}
