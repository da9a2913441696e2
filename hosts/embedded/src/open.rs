//! Opening the database, and the errors when it does not open.

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

/// Memory for pages of the file, in bytes. The system caches the file as well: with 4, 8 or 16 MiB,
/// reads and writes among 100,000 accounts and sessions took the same time.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// How much of the file is written anew at a time, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// The database did not open.
#[derive(Debug, thiserror::Error)]
#[error("the database `{}` {reason}", path.display())]
pub struct OpenError {
    /// Its file.
    pub path: PathBuf,
    /// The rest of the sentence.
    #[source]
    pub reason: OpenFailure,
}

/// Why a database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The file is no database, or something but this program wrote to it.
    #[error("is not a countersign database, or it is damaged: {0}")]
    Damaged(String),
    /// The rights of this process do not suffice.
    #[error("cannot be opened for reading and writing: permission denied")]
    Denied,
    /// Another process has it open.
    #[error("is in use by another countersign process")]
    InUse,
    /// Anything else that the system says.
    #[error("cannot be opened: {0}")]
    Io(io::Error),
    /// The directory does not exist.
    #[error("cannot be opened: its directory does not exist")]
    Missing,
    /// A later release wrote it.
    #[error("was written by a newer countersign: it has schema {found}, this one knows {SCHEMA}")]
    Newer {
        /// Its schema.
        found: u64,
    },
    /// Nothing can be written where it lies.
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

/// The file of the database, made if need be, for its owner's eyes only.
pub(crate) fn open_file(path: &Path) -> Result<FileBackend, OpenFailure> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options.mode(0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        sync_directory(directory)?;
    }
    Ok(FileBackend::new(file)?)
}

/// A file that was just made is found again after a power cut only once its directory is on disk.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    // The parent of a bare file name is the empty path.
    let named = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    File::open(named)?.sync_all()
}

/// Opens what lies in this file, or a fresh database where nothing does.
pub(crate) fn open_database(backend: impl StorageBackend) -> Result<Database, OpenFailure> {
    let mut builder = Builder::new();
    // A file that was altered is refused now, in words, and does not stop the server later.
    // Reading 100,000 accounts and sessions for that takes 0.15 s.
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true);
    let database = builder.create_with_backend(backend)?;
    match schema(&database)? {
        found if found > SCHEMA => Err(OpenFailure::Newer { found }),
        _ => Ok(database),
    }
}

/// Writes the whole file anew, as it reads.
///
/// After a failed `fsync` the system takes its cached pages for written though the disk may not
/// have them. What is read back is then more than what survives a power cut, and no later `fsync`
/// heals that; writing the pages again does.
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
        // A hole in the file stays one: it may be that the disk is full.
        if chunk.iter().any(|byte| *byte != 0) {
            backend.write(start, &chunk)?;
        }
    }
    backend.sync_data()
}
