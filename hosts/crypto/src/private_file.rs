//! The rule that holds for files with secrets: no link, the user of this process as owner, and no
//! permissions for other users.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Why a file or directory is not taken for private.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exposure {
    /// Another user owns it, and could change it and its permissions.
    #[error(
        "`{path}` belongs to user {owner}: run `chown {user} {path}`, the user of this process"
    )]
    Foreign {
        /// The file or directory.
        path: PathBuf,
        /// The id of its owner.
        owner: u32,
        /// The id of the user of this process.
        user: u32,
    },
    /// It is a symbolic link, behind which another file may stand tomorrow.
    #[error("`{path}` is a symbolic link: put there what it points to")]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Users other than the owner could read it, or change what is in it.
    #[error("`{path}` is open to other users: run `chmod {mode:03o} {path}`")]
    Shared {
        /// The file or directory.
        path: PathBuf,
        /// The permissions that it must have.
        mode: u32,
    },
}

/// Opens a file for reading, unless it is a link or exposed. The error of the inner result says why.
pub(crate) fn open(path: &Path) -> io::Result<Result<File, Exposure>> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(no_follow());
    match options.open(path) {
        Ok(file) => {
            let metadata = file.metadata()?;
            Ok(judge(path, &metadata, 0o077).map(|()| file))
        }
        // What the system says of a link differs.
        Err(_) if is_link(path) => Ok(Err(Exposure::Link { path: path.into() })),
        Err(error) => Err(error),
    }
}

/// The flag of `open(2)` that refuses symbolic links, for [`OpenOptions`].
pub fn no_follow() -> i32 {
    // The bits fit: the C type of the argument is `int`.
    OFlags::NOFOLLOW.bits().cast_signed()
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// Checks a file or directory: whether it is a link, whose it is, and what others may do with it.
/// `forbidden` are the permissions that other users may not have, such as 0o077.
///
/// # Errors
/// When it cannot be looked at. The inner error says why it is not private.
pub fn check(path: &Path, forbidden: u32) -> io::Result<Result<(), Exposure>> {
    Ok(judge(path, &fs::symlink_metadata(path)?, forbidden))
}

fn judge(path: &Path, metadata: &Metadata, forbidden: u32) -> Result<(), Exposure> {
    let (path, owner) = (path.to_owned(), metadata.uid());
    let user = rustix::process::geteuid().as_raw();
    if metadata.is_symlink() {
        return Err(Exposure::Link { path });
    }
    if owner != user {
        return Err(Exposure::Foreign { path, owner, user });
    }
    if metadata.mode() & forbidden != 0 {
        let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
        return Err(Exposure::Shared { path, mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_private_file_is_a_file_of_this_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "").unwrap();
        for (mode, private) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let expected = match private {
                true => Ok(()),
                false => Err(Exposure::Shared {
                    path: path.clone(),
                    mode: 0o600,
                }),
            };
            assert_eq!(check(&path, 0o077).unwrap(), expected, "{mode:o}");
            assert_eq!(open(&path).unwrap().map(|_| ()), expected, "{mode:o}");
        }
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        let expected = Exposure::Link { path: link.clone() };
        assert_eq!(check(&link, 0o077).unwrap(), Err(expected.clone()));
        assert_eq!(open(&link).unwrap().unwrap_err(), expected);
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        // The device `null` is root's. A test that runs as root has no file of another user at hand.
        let user = rustix::process::geteuid();
        if user.is_root() {
            return;
        }
        let refused = check(Path::new("/dev/null"), 0).unwrap().unwrap_err();
        let expected = Exposure::Foreign {
            path: "/dev/null".into(),
            owner: 0,
            user: user.as_raw(),
        };
        assert_eq!(refused, expected);
    }
}
