//! A directory with mode 0700, whose files are replaced atomically.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::KeyDirectoryError;

const LOCK: &str = "lock";
const UNFINISHED: &str = ".new";

/// A directory of mode 0700 with files of mode 0600.
pub(crate) struct PrivateDirectory {
    path: PathBuf,
}

/// Tells whether anything in a directory changed: each file's inode and the time it was written.
pub(crate) type Stamp = BTreeMap<String, (u64, i64, i64)>;

/// Held while files are changed; other processes wait. The system frees it with the process.
pub(crate) struct Lock {
    _file: File,
}

impl PrivateDirectory {
    /// Opens the directory, or makes it.
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

    /// Waits for other processes that change the directory. What one of them left unfinished goes.
    pub(crate) fn lock(&self) -> Result<Lock, KeyDirectoryError> {
        let path = self.file(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
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

    /// The names of all files, in no order.
    pub(crate) fn names(&self) -> Result<Vec<String>, KeyDirectoryError> {
        self.check()?;
        let names = fs::read_dir(&self.path).and_then(|entries| {
            // A name that is not UTF-8 is none of ours.
            let name =
                |entry: io::Result<fs::DirEntry>| entry.map(|e| e.file_name().into_string().ok());
            entries
                .filter_map(|entry| name(entry).transpose())
                .collect()
        });
        names.map_err(failed("read", &self.path))
    }

    /// The contents of a file; `None` when there is none of this name.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyDirectoryError> {
        let path = self.file(name);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed("open", &path))?,
        };
        let metadata = file.metadata().map_err(failed("read", &path))?;
        refuse_shared(&path, &metadata, 0o600)?;
        // With room for all of it from the start: a growing buffer would leave copies behind.
        let length = usize::try_from(metadata.len()).unwrap_or_default();
        let mut contents = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
        file.read_to_end(&mut contents)
            .map_err(failed("read", &path))?;
        Ok(Some(contents))
    }

    /// Writes a file in place of the one of this name, if any. After a crash there is the old one or
    /// the new one.
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

    /// Removes a file; one that is gone already is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), KeyDirectoryError> {
        let path = self.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(failed("remove", &path)),
        }
    }

    /// Changes whenever a file of these names is written, added or removed.
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
        let metadata = fs::metadata(&self.path).map_err(failed("read", &self.path))?;
        refuse_shared(&self.path, &metadata, 0o700)
    }
}

/// Refuses what the group or others have any right to.
fn refuse_shared(path: &Path, metadata: &Metadata, mode: u32) -> Result<(), KeyDirectoryError> {
    if metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(KeyDirectoryError::Shared {
        path: path.to_owned(),
        mode,
    })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyDirectoryError {
    let path = path.to_owned();
    move |source| KeyDirectoryError::Io {
        action,
        path,
        source,
    }
}
