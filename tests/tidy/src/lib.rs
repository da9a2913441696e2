//! Reads the project's own files for the tests in `tests/`, which check what no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

pub mod checklist;
pub mod doc_comments;
pub mod modules;
pub mod prose;
pub mod sentences;
pub mod source_file;

/// Names of files and folders in the work tree that are not part of the project.
const IGNORED: [&str; 5] = [".git", "__pycache__", "dist", "node_modules", "target"];

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file, by its path from the root.
///
/// # Panics
/// When the file cannot be read.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The path from the root and the text of every file below `folder` whose name ends in `suffix`.
///
/// # Panics
/// When no file matches, because the calling test would then check nothing.
pub fn files(folder: &str, suffix: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(folder, suffix, &mut found);
    assert!(!found.is_empty(), "no {suffix} below {folder}");
    found
        .into_iter()
        .map(|path| (path.clone(), read(&path)))
        .collect()
}

/// The paths from the root of the files that lie directly in it.
///
/// # Panics
/// When the root cannot be listed.
pub fn top_level_files() -> Vec<String> {
    let entries = fs::read_dir(root()).expect("the root is a folder");
    let entries = entries.flatten().filter(|entry| entry.path().is_file());
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    // In a linked work tree `.git` is a file.
    names
        .filter(|name| !IGNORED.contains(&name.as_str()))
        .collect()
}

/// All Markdown pages of the project: path from the root, and text.
pub fn pages() -> Vec<(String, String)> {
    let top = top_level_files().into_iter();
    let top = top.filter(|name| name.ends_with(".md"));
    let mut found: Vec<_> = top.map(|path| (path.clone(), read(&path))).collect();
    for folder in ["docs", "examples", "hosts", "tests"] {
        let mut paths = Vec::new();
        if root().join(folder).is_dir() {
            collect(folder, ".md", &mut paths);
        }
        found.extend(paths.into_iter().map(|path| (path.clone(), read(&path))));
    }
    found
}

fn collect(folder: &str, suffix: &str, found: &mut Vec<String>) {
    let entries = fs::read_dir(root().join(folder));
    for entry in entries
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            collect(&path, suffix, found);
        } else if name.ends_with(suffix) {
            found.push(path);
        }
    }
}
