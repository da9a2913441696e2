//! The errors of calls that gave no typed answer, and which part caused them.

use std::time::Duration;

use crate::metering;

/// An adapter could not do what its capability promises. The cause is for the host's own log: no
/// flow and no caller sees it.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// The adapter works, but its data is damaged or a caller broke its contract.
    #[error("adapter fault")]
    Fault(#[source] anyhow::Error),
    /// The system behind the adapter does not answer at the moment.
    #[error("adapter unavailable")]
    Unavailable {
        /// How long to wait before another attempt.
        retry_after: Duration,
        /// The cause, for the host's log.
        #[source]
        cause: anyhow::Error,
    },
}

impl AdapterError {
    /// Makes a fault from any error.
    pub fn fault(cause: impl Into<anyhow::Error>) -> Self {
        Self::Fault(cause.into())
    }
}

/// Why an account was not added.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// An account with this canonical address exists.
    #[error("address taken")]
    EmailTaken,
    /// The store could not answer.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

/// Why a record was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The record has another version or was removed. Nothing was written.
    #[error("conflict")]
    Conflict,
    /// The store could not answer.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

/// The part that caused a failed call. Errors of the caller are not listed, because they are typed
/// answers of each export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// A capability could not answer.
    Adapter,
    /// The component trapped or exceeded a limit.
    Component,
    /// The host already runs as many flows as it can.
    Host,
}

/// The error of a call that gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("{blame:?} failed: {cause:#}")]
pub struct Error {
    /// The part that caused the error.
    pub blame: Blame,
    /// How long to wait before another attempt; `None` if another attempt would not help.
    pub retry_after: Option<Duration>,
    /// The cause, for the host's log and never for a response.
    pub cause: anyhow::Error,
}

impl Error {
    /// The error when the host had no room for another flow in time.
    pub(crate) fn overloaded() -> Self {
        metering::unanswered("overload");
        let cause = anyhow::anyhow!("no place for another flow");
        Self {
            blame: Blame::Host,
            retry_after: Some(Duration::from_secs(1)),
            cause,
        }
    }

    /// The error of a flow whose caller gave up before it hashed, and so does not read this error.
    pub(crate) fn abandoned() -> Self {
        let cause = anyhow::anyhow!("the caller gave up");
        Self {
            blame: Blame::Host,
            retry_after: Some(Duration::from_secs(1)),
            cause,
        }
    }

    /// The error of a flow that exceeded its time. What it had committed stays committed.
    pub(crate) fn timed_out() -> Self {
        metering::unanswered("timeout");
        let cause = anyhow::anyhow!("the flow did not end by its deadline");
        Self {
            blame: Blame::Adapter,
            retry_after: Some(Duration::from_secs(1)),
            cause,
        }
    }
}

/// A failed host call passes its [`AdapterError`] through the guest as a trap; every other trap
/// comes from the component.
impl From<wasmtime::Error> for Error {
    fn from(error: wasmtime::Error) -> Self {
        let (reason, blame, retry_after, cause) = match error.downcast::<AdapterError>() {
            Ok(AdapterError::Unavailable { retry_after, cause }) => {
                ("unavailable", Blame::Adapter, Some(retry_after), cause)
            }
            Ok(AdapterError::Fault(cause)) => ("adapter", Blame::Adapter, None, cause),
            Err(trap) => ("component", Blame::Component, None, trap.into()),
        };
        metering::unanswered(reason);
        Self {
            blame,
            retry_after,
            cause,
        }
    }
}
