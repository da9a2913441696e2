//! Opens the database, and explains why it does not open.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{BackendError, Builder, Database, DatabaseError, StorageBackend, StorageError};

use crate::failure::Failure;
use crate::tables::{SCHEMA, schema};

/// The memory for pages of the file, in bytes. The operating system caches the file as well: with
/// 4, 8 or 16 MiB, reads and writes among 100,000 accounts and sessions took the same time.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// How much of the file is rewritten at a time, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// The error of a database that did not open.
#[derive(Debug, thiserror::Error)]
#[error("the database `{}` {reason}", path.display())]
pub struct OpenError {
    /// The path of the database file.
    pub path: PathBuf,
    /// What is wrong, as the rest of the sentence that the error prints.
    #[source]
    pub reason: OpenFailure,
}

/// Why a database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The file is not a database, or another program wrote to it.
    #[error("is not a countersign database, or it is damaged: {0}")]
    Damaged(String),
    /// This process may not read or write the file.
    #[error("cannot be opened for reading and writing: permission denied")]
    Denied,
    /// Another process has it open.
    #[error("is in use by another countersign process")]
    InUse,
    /// Any other error of the operating system.
    #[error("cannot be opened: {0}")]
    Io(io::Error),
    /// The folder of the file does not exist.
    #[error("cannot be opened: its directory does not exist")]
    Missing,
    /// A later release wrote the file.
    #[error("was written by a newer countersign: it has schema {found}, this one knows {SCHEMA}")]
    Newer {
        /// The schema of the file.
        found: u64,
    },
    /// The file lies on a file system that cannot be written.
    #[error("lies on a read-only file system")]
    ReadOnly,
}

impl From<io::Error> for OpenFailure {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            InvalidData, NotFound, PermissionDenied, ReadOnlyFilesystem, UnexpectedEof,
        };
        match error.kind() {
            InvalidData | UnexpectedEof => Self::Damaged(error.to_string()),
            NotFound => Self::Missing,
            PermissionDenied => Self::Denied,
            ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io(error),
        }
    }
}

impl From<DatabaseError> for OpenFailure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Self::InUse,
            DatabaseError::Storage(StorageError::Io(error)) => error.into(),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl From<BackendError> for OpenFailure {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Io(error) => error.into(),
            error => Self::Io(io::Error::other(error)),
        }
    }
}

impl From<Failure> for OpenFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Storage(redb::Error::Io(error)) => error.into(),
            failure => Self::Damaged(failure.to_string()),
        }
    }
}

/// Opens the file of the database, or creates it. Only its owner can read and write it. A symbolic link
/// is not followed.
pub(crate) fn open_file(path: &Path) -> Result<FileBackend, OpenFailure> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    let file = options.open(path)?;
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        sync_directory(directory)?;
    }
    Ok(FileBackend::new(file)?)
}

/// Writes a folder to the disk. Only then is a new file in it sure to exist after a power cut.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    // The parent of a file name without a folder is the empty path.
    let named = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    File::open(named)?.sync_all()
}

/// Opens the database in this file, or makes a new one if the file is empty.
pub(crate) fn open_database(backend: impl StorageBackend) -> Result<Database, OpenFailure> {
    let mut builder = Builder::new();
    // The file is checked now, so that an altered file is refused with a clear error and does not
    // stop the server later. Reading 100,000 accounts and sessions for this takes 0.15 s.
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true);
    let database = builder.create_with_backend(backend)?;
    match schema(&database)? {
        found if found > SCHEMA => Err(OpenFailure::Newer { found }),
        _ => Ok(database),
    }
}

/// Rewrites the whole file with the contents that reads return.
///
/// After a failed `fsync`, the operating system treats its cached pages as written, although the
/// disk may not have them. Reads may then return more than what survives a power cut, and no later
/// `fsync` repairs this; writing the pages again does.
pub(crate) fn rewrite(backend: &impl StorageBackend) -> Result<(), OpenFailure> {
    let whole = (Bound::Unbounded, Bound::Unbounded);
    match backend.try_lock_range(whole.0, whole.1) {
        Ok(true) => {
            let written = rewrite_chunks(backend);
            backend.unlock_range(whole.0, whole.1)?;
            Ok(written?)
        }
        Ok(false) => Err(OpenFailure::InUse),
        Err(BackendError::Unsupported) => Ok(rewrite_chunks(backend)?),
        Err(error) => Err(error.into()),
    }
}

fn rewrite_chunks(backend: &impl StorageBackend) -> io::Result<()> {
    let end = backend.len()?;
    backend.set_len(end)?;
    for start in (0..end).step_by(CHUNK_BYTES) {
        let left = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut chunk = vec![0; left.min(CHUNK_BYTES)];
        backend.read(start, &mut chunk)?;
        // A hole in the file stays a hole, because the disk may be full.
        if chunk.iter().any(|byte| *byte != 0) {
            backend.write(start, &chunk)?;
        }
    }
    backend.sync_data()
}
