//! The errors inside the store, and how the runtime gets to know of them.

use std::io;
use std::time::Duration;

use auth_runtime::AdapterError;

/// When a caller may try again after the disk failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a read or a change failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The store was asked for what its contract rules out.
    #[error("against the contract: {0}")]
    Contract(&'static str),
    /// A record or an index that this program cannot have written.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The database could not read or write.
    #[error(transparent)]
    Storage(redb::Error),
}

/// A storage error of any kind, also inside the error of a table or a transaction.
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

/// The store cannot answer for now.
pub(crate) fn unavailable(cause: impl Into<anyhow::Error>) -> AdapterError {
    AdapterError::Unavailable {
        retry_after: RETRY_AFTER,
        cause: cause.into(),
    }
}

/// Whether the disk failed, not what lies on it.
fn may_pass(error: &redb::Error) -> bool {
    use redb::Error::{Backend, DatabaseClosed, Io, PreviousIo};
    matches!(error, Backend(_) | DatabaseClosed | Io(_) | PreviousIo)
}

/// Whether the disk had no room: the write was refused before anything of it was kept.
pub(crate) fn is_full(error: &redb::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error, redb::Error::Io(error) if matches!(error.kind(), QuotaExceeded | StorageFull))
}
