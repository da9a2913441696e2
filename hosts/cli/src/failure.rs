//! The outcome of a command: a sentence on standard error, and an exit status.

use std::io::{self, Write};
use std::process::ExitCode;

/// Why a command did not succeed.
pub enum Failure {
    /// The answer is no: a refused token, a taken address. The sentence says why.
    Refused(String),
    /// The command could not be carried out.
    Error(anyhow::Error),
}

/// What a command answers.
pub type Outcome<T = ()> = Result<T, Failure>;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// The failure of a call into the component, without the words about blame that are meant for a server's
/// log.
pub fn unanswered(error: auth_runtime::Error) -> Failure {
    Failure::Error(error.cause)
}

/// The exit status for a command, after one sentence on standard error when it failed.
pub fn report(outcome: Outcome) -> ExitCode {
    let (sentence, status) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        // The reader of standard output closed it.
        Err(Failure::Error(error)) if is_broken_pipe(&error) => return ExitCode::SUCCESS,
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
