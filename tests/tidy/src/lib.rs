//! Reads the files of the project, for the tests that hold them to its rules.

use std::fs;
use std::path::{Path, PathBuf};

/// What lies among the files of the project without being one.
const NOT_OURS: [&str; 4] = [".git", "__pycache__", "node_modules", "target"];

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file, by its path from the root.
///
/// # Panics
/// When it cannot be read.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below `directory` whose name ends in `suffix`: path from the root, and text.
///
/// # Panics
/// When there is none: the test that asks would test nothing.
pub fn files(directory: &str, suffix: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(directory, suffix, &mut found);
    assert!(!found.is_empty(), "no {suffix} below {directory}");
    found
        .into_iter()
        .map(|path| (path.clone(), read(&path)))
        .collect()
}

fn collect(directory: &str, suffix: &str, found: &mut Vec<String>) {
    let entries = fs::read_dir(root().join(directory));
    for entry in entries
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{directory}/{name}");
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            collect(&path, suffix, found);
        } else if name.ends_with(suffix) {
            found.push(path);
        }
    }
}
