//! A directory with mode 0700, whose files are replaced atomically.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::KeyDirectoryError;
use crate::private_file;

const LOCK: &str = "lock";
const UNFINISHED: &str = ".new";

/// A directory of mode 0700 that holds files of mode 0600.
pub(crate) struct PrivateDirectory {
    path: PathBuf,
}

/// Each file's inode and time of the last write. It differs when a file in the directory changed.
pub(crate) type Stamp = BTreeMap<String, (u64, i64, i64)>;

/// The right to change files. Other processes wait for it. The system frees it when the process
/// ends.
pub(crate) struct Lock {
    _file: File,
}

impl PrivateDirectory {
    /// Opens the directory, or creates it.
    pub(crate) fn open_or_create(path: PathBuf) -> Result<Self, KeyDirectoryError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(failed("create", &path))?;
        let directory = Self { path };
        directory.check()?;
        Ok(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Waits until no other process changes the directory. Removes what an interrupted change left.
    pub(crate) fn lock(&self) -> Result<Lock, KeyDirectoryError> {
        let path = self.file(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(private_file::no_follow())
            .open(&path);
        let file = file.map_err(failed("open", &path))?;
        file.lock().map_err(failed("lock", &path))?;
        for name in self
            .names()?
            .iter()
            .filter(|name| name.ends_with(UNFINISHED))
        {
            self.remove(name)?;
        }
        Ok(Lock { _file: file })
    }

    /// The names of all files, in no particular order.
    pub(crate) fn names(&self) -> Result<Vec<String>, KeyDirectoryError> {
        self.check()?;
        let names = fs::read_dir(&self.path).and_then(|entries| {
            // A file whose name is not UTF-8 was not written by this program.
            let name =
                |entry: io::Result<fs::DirEntry>| entry.map(|e| e.file_name().into_string().ok());
            entries
                .filter_map(|entry| name(entry).transpose())
                .collect()
        });
        names.map_err(failed("read", &self.path))
    }

    /// The contents of a file; `None` when no file has this name.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyDirectoryError> {
        let path = self.file(name);
        let mut file = match private_file::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed("open", &path))??,
        };
        let metadata = file.metadata().map_err(failed("read", &path))?;
        // The buffer has room for the whole file from the start. A growing buffer would leave
        // copies behind.
        let length = usize::try_from(metadata.len()).unwrap_or_default();
        let mut contents = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
        file.read_to_end(&mut contents)
            .map_err(failed("read", &path))?;
        Ok(Some(contents))
    }

    /// Writes a file and replaces the one of this name, if any. After a crash either the old file
    /// or the new one exists.
    pub(crate) fn write(
        &self,
        _lock: &Lock,
        name: &str,
        contents: &[u8],
    ) -> Result<(), KeyDirectoryError> {
        let path = self.file(name);
        let unfinished = self.file(&format!("{name}{UNFINISHED}"));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&unfinished)?;
            file.write_all(contents)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(failed("write", &path))
    }

    /// Removes a file. A file that does not exist is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), KeyDirectoryError> {
        let path = self.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(failed("remove", &path)),
        }
    }

    /// The error of a file that was not written by this program, or was changed afterwards.
    pub(crate) fn bad_file(&self, name: &str, reason: impl ToString) -> KeyDirectoryError {
        KeyDirectoryError::BadFile {
            path: self.file(name),
            reason: reason.to_string(),
        }
    }

    /// A value that changes when a file of these names is written, added or removed.
    pub(crate) fn stamp(&self, ours: fn(&str) -> bool) -> Result<Stamp, KeyDirectoryError> {
        let mut stamp = Stamp::new();
        for name in self.names()?.into_iter().filter(|name| ours(name)) {
            let path = self.file(&name);
            match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                metadata => {
                    let metadata = metadata.map_err(failed("read", &path))?;
                    let written = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
                    stamp.insert(name, written);
                }
            }
        }
        Ok(stamp)
    }

    fn check(&self) -> Result<(), KeyDirectoryError> {
        let checked = private_file::check(&self.path, 0o077);
        Ok(checked.map_err(failed("read", &self.path))??)
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyDirectoryError {
    let path = path.to_owned();
    move |source| KeyDirectoryError::Io {
        action,
        path,
        source,
    }
}
