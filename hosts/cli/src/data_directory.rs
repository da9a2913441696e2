//! The data directory: the folder with the store and the keys of a server.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use auth_crypto::private_file;
use tempfile::NamedTempFile;

/// How many bytes the test write has. A full disk still takes an empty file, but not this many
/// bytes.
const PROBE_BYTES: usize = 4096;

const STORE: &str = "store.redb";
const KEYS: &str = "keys";
const SETUP_TOKEN: &str = "setup-token";

/// A data directory that can be written to.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    path: PathBuf,
}

impl DataDirectory {
    /// Opens the directory. If it is missing, creates it with mode 0700.
    ///
    /// # Errors
    /// When it cannot be created, or as [`open`](Self::open).
    pub fn open_or_create(path: &Path) -> Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        match builder.create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error)
                .with_context(|| format!("cannot make the data directory `{}`", path.display())),
            _ => Self::open(path),
        }
    }

    /// Opens a directory that a server or command has created before.
    ///
    /// # Errors
    /// When it is missing, is not a directory, cannot be written to, or when others than the user of
    /// this process could read what is in it or replace it.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => bail!("the data directory `{shown}` is a file"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("there is no data directory `{shown}`: name it with --data-dir")
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot use the data directory `{shown}`"));
            }
        }
        let path = fs::canonicalize(path)
            .with_context(|| format!("cannot use the data directory `{shown}`"))?;
        refuse_exposed(&path)?;
        probe(&path).with_context(|| format!("the data directory `{shown}` takes no writes"))?;
        Ok(Self { path })
    }

    /// The absolute path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the store's file.
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// The path of the key directory.
    pub fn keys(&self) -> PathBuf {
        self.path.join(KEYS)
    }

    /// The path of the file that holds the set-up token until it is used.
    pub fn setup_token(&self) -> PathBuf {
        self.path.join(SETUP_TOKEN)
    }
}

/// Refuses a directory that others can change, and files in it that they can read. The names in the
/// directory are no secret. No other user can put a link there after this check, since the directory
/// is not open to their changes.
fn refuse_exposed(directory: &Path) -> Result<()> {
    const CHANGES: u32 = 0o022;
    const ANYTHING: u32 = 0o077;
    check(directory, CHANGES)?;
    for name in [STORE, KEYS, SETUP_TOKEN] {
        check(&directory.join(name), ANYTHING)?;
    }
    for entry in fs::read_dir(directory.join(KEYS)).into_iter().flatten() {
        check(&entry?.path(), ANYTHING)?;
    }
    Ok(())
}

fn check(path: &Path, forbidden: u32) -> Result<()> {
    match private_file::check(path, forbidden) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot look at `{}`", path.display())),
        Ok(judged) => Ok(judged?),
    }
}

/// Creates a temporary file in the directory, with mode 0600. It is removed when dropped.
///
/// # Errors
/// When no file can be created. The error leaves out the temporary file's name, which helps no
/// reader.
pub fn temporary_file(directory: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(directory).map_err(|error| error.kind().into())
}

fn probe(directory: &Path) -> io::Result<()> {
    let mut file = temporary_file(directory)?;
    file.write_all(&[0; PROBE_BYTES])?;
    file.as_file().sync_data()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn refusal(opened: Result<DataDirectory>) -> String {
        format!("{:#}", opened.expect_err("a refusal"))
    }

    #[test]
    fn is_made_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let directory = DataDirectory::open_or_create(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            0,
            "the probe is gone"
        );
        DataDirectory::open_or_create(&path).unwrap();
    }

    #[test]
    fn what_others_can_read_or_replace_is_refused_with_the_remedy() {
        let made = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(made.path()).unwrap();
        let keys = path.join(KEYS);
        fs::create_dir(&keys).unwrap();
        let (store, token, key) = (path.join(STORE), path.join(SETUP_TOKEN), keys.join("k"));
        for file in [&store, &token, &key] {
            fs::write(file, "").unwrap();
        }
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let private = |path: &Path| if path.is_dir() { 0o700 } else { 0o600 };
        for path in [&store, &token, &key, &keys] {
            set(path, private(path));
        }
        DataDirectory::open(&path).unwrap();
        set(&path, 0o755);
        DataDirectory::open(&path).unwrap();
        for (exposed, mode) in [
            (&path, 0o775),
            (&path, 0o757),
            (&store, 0o640),
            (&token, 0o604),
            (&keys, 0o750),
            (&key, 0o644),
        ] {
            set(exposed, mode);
            let (shown, remedy) = (exposed.display(), private(exposed));
            let expected = format!("run `chmod {remedy:03o} {shown}`");
            let refused = refusal(DataDirectory::open(&path));
            assert!(refused.ends_with(&expected), "{refused}");
            set(exposed, private(exposed));
        }
        for linked in [&store, &token, &key] {
            let elsewhere = path.join("elsewhere");
            fs::rename(linked, &elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, linked).unwrap();
            let refused = refusal(DataDirectory::open(&path));
            assert!(refused.contains("is a symbolic link"), "{refused}");
            fs::rename(&elsewhere, linked).unwrap();
        }
        DataDirectory::open(&path).unwrap();
    }

    #[test]
    fn is_refused_in_a_sentence() {
        let parent = tempfile::tempdir().unwrap();
        let (file, missing) = (parent.path().join("file"), parent.path().join("missing"));
        fs::write(&file, "").unwrap();
        let expected = format!("the data directory `{}` is a file", file.display());
        assert_eq!(refusal(DataDirectory::open(&file)), expected);
        assert_eq!(refusal(DataDirectory::open_or_create(&file)), expected);
        let below = refusal(DataDirectory::open_or_create(&file.join("below")));
        assert!(
            below.starts_with("cannot make the data directory `"),
            "{below}"
        );
        let missing = refusal(DataDirectory::open(&missing));
        assert!(
            missing.ends_with("missing`: name it with --data-dir"),
            "{missing}"
        );
    }
}
