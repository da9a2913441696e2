//! How a command ends other than well, as a sentence and as an exit status.

use std::io::{self, Write};
use std::process::ExitCode;

/// Why a command did not do what it was asked.
pub enum Failure {
    /// The answer is no: a refused token, a taken address. The sentence says why.
    Refused(String),
    /// The command could not be carried out.
    Trouble(anyhow::Error),
}

/// What a command answers.
pub type Outcome<T = ()> = Result<T, Failure>;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

/// A call that the component or a capability did not answer, without the words about blame that are
/// meant for a server's log.
pub fn unanswered(error: auth_runtime::Error) -> Failure {
    Failure::Trouble(error.cause)
}

/// The exit status for a command, after one sentence on standard error when it failed.
pub fn report(outcome: Outcome) -> ExitCode {
    let (sentence, status) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        // Whoever read our output had enough of it.
        Err(Failure::Trouble(error)) if is_broken_pipe(&error) => return ExitCode::SUCCESS,
        Err(Failure::Refused(reason)) => (reason, 1),
        Err(Failure::Trouble(error)) => (format!("{error:#}"), 2),
    };
    // Nobody is left to tell when standard error is gone as well.
    let _ = writeln!(io::stderr(), "error: {sentence}");
    ExitCode::from(status)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
