//! The errors besides the typed answers of the contract, and who is to blame for them.

use std::time::Duration;

use crate::metering;

/// An adapter could not do what its capability promises. The text of the cause is for the host's own
/// log; no flow and no caller ever sees it.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// The adapter works but finds what it keeps broken, or was used against its contract.
    #[error("adapter fault")]
    Fault(#[source] anyhow::Error),
    /// What the adapter speaks to does not answer for now.
    #[error("adapter unavailable")]
    Unavailable {
        /// When trying again makes sense.
        retry_after: Duration,
        /// For the host's log.
        #[source]
        cause: anyhow::Error,
    },
}

impl AdapterError {
    /// A fault, of anything that is an error.
    pub fn fault(cause: impl Into<anyhow::Error>) -> Self {
        Self::Fault(cause.into())
    }
}

/// An account was not added.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// An account with this canonical address exists.
    #[error("address taken")]
    EmailTaken,
    /// The store could not tell.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

/// A record was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It has another version, or is gone. Nothing was written.
    #[error("conflict")]
    Conflict,
    /// The store could not tell.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

/// Whose fault a failed call was. A caller's faults are no errors here: they are the typed answers of
/// each export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// A capability could not answer.
    Adapter,
    /// The component trapped, or passed a limit.
    Component,
    /// The host is at its own limit of flows.
    Host,
}

/// A call that gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("{blame:?} failed: {cause:#}")]
pub struct Error {
    /// Whose fault it was.
    pub blame: Blame,
    /// When trying again makes sense; `None` where it does not.
    pub retry_after: Option<Duration>,
    /// For the host's log, never for a response.
    pub cause: anyhow::Error,
}

impl Error {
    /// The host had no room for another flow in time.
    pub(crate) fn overloaded() -> Self {
        metering::unanswered("overload");
        let cause = anyhow::anyhow!("no place for another flow");
        Self {
            blame: Blame::Host,
            retry_after: Some(Duration::from_secs(1)),
            cause,
        }
    }

    /// The flow used up its time. What it had committed stays committed.
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

/// A host call that fails carries its [`AdapterError`] through the guest as a trap; any other trap is
/// the component's own.
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
