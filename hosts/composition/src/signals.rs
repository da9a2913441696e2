//! The signals that end a process in an orderly way.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or SIGINT, and returns the name of the signal. Listens from this call on, within
/// a tokio runtime.
///
/// # Errors
/// When the system takes no handlers.
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
