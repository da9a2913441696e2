//! The files that a suite was read from, to notice when one of them changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How the names of case files end.
pub const ENDING: &str = ".cases.toml";

/// The files and folders that a suite was read from, each as it was just before it was read.
#[derive(Default)]
pub struct Files(BTreeMap<PathBuf, Stamp>);

/// What tells one state of a file or folder from another.
#[derive(PartialEq, Eq)]
enum Stamp {
    Missing,
    /// A file that takes the place of another has a number of its own, so that it is noticed even within
    /// one tick of the clock.
    File {
        modified: Option<SystemTime>,
        bytes: u64,
        number: u64,
    },
    /// The names in it that lead to cases: of files of cases, and of folders.
    Folder(BTreeSet<OsString>),
}

impl Stamp {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Self::Folder(names(path)),
            Ok(metadata) => Self::File {
                modified: metadata.modified().ok(),
                bytes: metadata.len(),
                number: number(&metadata),
            },
            Err(_) => Self::Missing,
        }
    }
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let leads_to_cases = |entry: &fs::DirEntry| {
        entry.file_name().to_string_lossy().ends_with(ENDING)
            || entry.file_type().is_ok_and(|it| it.is_dir())
    };
    entries
        .filter(leads_to_cases)
        .map(|entry| entry.file_name())
        .collect()
}

#[cfg(unix)]
fn number(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

impl Files {
    /// Notes a file or folder that is about to be read, or is missing. What was noted first counts.
    pub fn note(&mut self, path: &Path) {
        let stamp = Stamp::of(path);
        self.0.entry(path.to_owned()).or_insert(stamp);
    }

    /// Whether a file is another one than when it was noted, was written, has come or gone.
    #[must_use]
    pub fn have_changed(&self) -> bool {
        self.0.iter().any(|(path, stamp)| Stamp::of(path) != *stamp)
    }

    /// Adds those of another one.
    pub fn include(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Notes all of them as they are now.
    pub fn renew(&mut self) {
        for (path, stamp) in &mut self.0 {
            *stamp = Stamp::of(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_becomes_of_a_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let [file, other] = ["a", "b"].map(|name| folder.path().join(name));
        let mut files = Files::default();
        let mut noticed = |what: &str, act: &dyn Fn()| {
            files.note(&file);
            files.note(folder.path());
            files.renew();
            assert!(!files.have_changed(), "{what}");
            act();
            assert!(files.have_changed(), "{what}");
        };
        noticed("it comes", &|| fs::write(&file, "x = 1").unwrap());
        noticed("it is longer", &|| fs::write(&file, "x = 10").unwrap());
        noticed("it is replaced by one of the same length", &|| {
            fs::write(&other, "y = 10").unwrap();
            fs::rename(&other, &file).unwrap();
        });
        noticed("it goes", &|| fs::remove_file(&file).unwrap());
        noticed("a file of cases comes", &|| {
            fs::write(folder.path().join("c.cases.toml"), "").unwrap();
        });
    }
}
