//! The signals that ask a process to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or SIGINT, and returns the name of the signal. Signals are caught from this
/// call on, even before the future is polled. It must be called within a tokio runtime.
///
/// # Errors
/// When the operating system does not accept a signal handler.
pub fn termination() -> io::Result<impl Future<Output = &'static str>> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}
