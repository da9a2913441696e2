//! The outcome of a command: an error sentence on standard error, and an exit status.

use std::io::{self, Write};
use std::process::ExitCode;

/// Why a command did not succeed.
pub enum Failure {
    /// The command ran and the answer is no, for example for a refused token. The sentence says
    /// why.
    Refused(String),
    /// The command could not be carried out, for example because a file cannot be read.
    Error(anyhow::Error),
    /// The command has printed its report, and ends with this status.
    Status(u8),
}

/// The result of a command.
pub type Outcome<T = ()> = Result<T, Failure>;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// The failure of a call into the component, with the cause only. The words around it are meant for
/// a server's log.
pub fn unanswered(error: auth_runtime::Error) -> Failure {
    Failure::Error(error.cause)
}

/// The exit status of a command. When the command failed, it prints one sentence on standard error.
pub fn report(outcome: Outcome) -> ExitCode {
    let (sentence, status) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        // The reader of standard output closed it, as `head` does. The command has succeeded.
        Err(Failure::Error(error)) if is_broken_pipe(&error) => return ExitCode::SUCCESS,
        Err(Failure::Status(status)) => return ExitCode::from(status),
        Err(Failure::Refused(reason)) => (reason, 1),
        Err(Failure::Error(error)) => (format!("{error:#}"), 2),
    };
    // When standard error is closed as well, the error cannot be reported.
    let _ = writeln!(io::stderr(), "error: {sentence}");
    ExitCode::from(status)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
