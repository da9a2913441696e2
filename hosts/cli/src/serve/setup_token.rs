//! The file of the one-time token for the first administrator. It exists until the token is used.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use auth_runtime::{AuditEvent, AuditEventKind, AuditLog};

use crate::data_directory::temporary_file;

/// Writes the token to a file that only its owner can read. With `None` it removes the file of an
/// earlier start.
///
/// # Errors
/// When the file cannot be written or removed.
pub fn keep(path: &Path, token: Option<&str>) -> Result<()> {
    let kept = match token {
        Some(token) => write(path, token),
        None => forget(path),
    };
    kept.with_context(|| format!("cannot keep the set-up token in `{}`", path.display()))
}

/// Writes atomically: a reader finds the whole token or no file. The mode is 0600 from the start.
fn write(path: &Path, token: &str) -> io::Result<()> {
    let mut file = temporary_file(path.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{token}")?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}

fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// An audit log that removes the token's file when an event reports that set-up is complete.
pub struct ForgetSetupToken {
    inner: Arc<dyn AuditLog>,
    path: PathBuf,
}

impl ForgetSetupToken {
    /// Makes an audit log that passes every event on to `inner`.
    pub fn new(inner: Arc<dyn AuditLog>, path: PathBuf) -> Self {
        Self { inner, path }
    }
}

impl AuditLog for ForgetSetupToken {
    fn record(&self, event: AuditEvent) {
        if event.kind == AuditEventKind::SetupCompleted
            && let Err(error) = forget(&self.path)
        {
            // The token has been used, so the file is harmless. The next start tries again to
            // remove it.
            tracing::warn!(%error, "cannot remove the used set-up token");
        }
        self.inner.record(event);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use auth_composition::TracingAuditLog;

    use super::*;

    #[test]
    fn lies_in_its_file_until_the_set_up_is_complete() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("setup-token");
        keep(&path, Some("first")).unwrap();
        keep(&path, Some("second")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let log = ForgetSetupToken::new(Arc::new(TracingAuditLog), path.clone());
        let event = |kind| AuditEvent {
            kind,
            subject: None,
            actor: None,
            object: None,
        };
        log.record(event(AuditEventKind::AccountCreated));
        assert!(path.exists());
        log.record(event(AuditEventKind::SetupCompleted));
        assert!(!path.exists());
        log.record(event(AuditEventKind::SetupCompleted));
    }

    #[test]
    fn of_an_earlier_start_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("setup-token");
        keep(&path, Some("old")).unwrap();
        keep(&path, None).unwrap();
        keep(&path, None).unwrap();
        assert!(!path.exists());
    }
}
