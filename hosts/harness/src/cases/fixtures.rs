//! Files that a case file names: policies, shared subjects, rows.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::cases::subject::{self, Subjects};
use crate::fault::{Fault, Faults};
use crate::files::{ENDING, Files};
use crate::policy::Policy;
use crate::reader::Text;
use crate::source::Source;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The folder that files must be in, so that cases of others cannot read what else is on a machine.
/// Without one, no file is read.
pub(crate) struct Root {
    folder: Option<PathBuf>,
    files: RefCell<Files>,
}

impl Root {
    /// # Errors
    /// When the folder cannot be found.
    pub(crate) fn new(folder: &Path) -> std::io::Result<Self> {
        Ok(Self {
            folder: Some(fs::canonicalize(folder)?),
            files: RefCell::default(),
        })
    }

    /// No folder at all.
    pub(crate) fn none() -> Self {
        Self {
            folder: None,
            files: RefCell::default(),
        }
    }

    /// The files that were read.
    pub(crate) fn into_files(self) -> Files {
        self.files.into_inner()
    }

    /// Adds the case files at or below a path that the caller named, in order. A link to a folder is not
    /// followed.
    ///
    /// # Errors
    /// When the path, or a folder below it, cannot be read.
    pub(crate) fn find(&self, path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        self.note(path);
        if fs::metadata(path)?.is_dir() {
            return self.find_below(path, found);
        }
        found.push(path.to_owned());
        Ok(())
    }

    fn find_below(&self, folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        self.note(folder);
        let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        for entry in entries {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let has_cases = name.ends_with(ENDING);
            if fs::symlink_metadata(&entry)?.is_dir() {
                self.find_below(&entry, found)?;
            } else if has_cases {
                self.note(&entry);
                found.push(entry);
            }
        }
        Ok(())
    }

    /// Whether the file lies in the folder, wherever a link to it lies.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| self.is_around(&real))
    }

    fn is_around(&self, real: &Path) -> bool {
        let folder = self.folder.as_ref();
        folder.is_some_and(|folder| real.starts_with(folder))
    }

    /// Notes a file or a folder that is about to be read.
    pub(crate) fn note(&self, path: &Path) {
        self.files.borrow_mut().note(path);
    }

    /// Reads the file that the file `from` names by a path relative to itself.
    ///
    /// # Errors
    /// With a sentence when it lies outside, is no regular file, is too large or no UTF-8.
    pub(crate) fn read(&self, from: &Path, name: &str) -> Result<Source, String> {
        let path = from.parent().unwrap_or(Path::new("")).join(name);
        self.note(&path);
        let real =
            fs::canonicalize(&path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
        if !self.is_around(&real) {
            return Err(format!(
                "`{name}` lies outside of the folder of the tests, which --root names"
            ));
        }
        read(&real, &path).map_err(|reason| format!("cannot read `{name}`: {reason}"))
    }
}

/// Reads a regular file of UTF-8, and names it `path`.
///
/// # Errors
/// With the reason in words.
pub(crate) fn read(real: &Path, path: &Path) -> Result<Source, String> {
    let metadata = fs::metadata(real).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Err(format!("it is larger than {MAX_BYTES} bytes"));
    }
    let bytes = fs::read(real).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 at byte {at}")
    })?;
    Ok(Source::new(path, text))
}

/// Parses TOML. What is wrong with the syntax is a fault.
pub(crate) fn parse<'s>(source: &'s Source, faults: &mut Faults) -> Option<DeTable<'s>> {
    match DeTable::parse(source.text()) {
        Ok(table) => Some(table.into_inner()),
        Err(error) => {
            let start = error
                .span()
                .map_or(0, |span| span.start.min(source.text().len()));
            let end = error.span().map_or(start, |span| span.end);
            faults.add(start..end, error.message());
            None
        }
    }
}

/// The files that case files include, each read once for a file of cases.
pub(crate) struct Includes<'a> {
    pub(crate) root: &'a Root,
    pub(crate) policy: &'a Policy,
    /// The files that are being read, for circles, and those that were read.
    open: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
    /// What is wrong with the included files, each with its file.
    pub(crate) faults: Vec<(Source, Vec<Fault>)>,
}

impl<'a> Includes<'a> {
    pub(crate) fn new(root: &'a Root, policy: &'a Policy, file: &Path) -> Self {
        let open = fs::canonicalize(file).into_iter().collect();
        Self {
            root,
            policy,
            open,
            seen: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Adds the subjects of the file that `from` includes by this name, and of those that it includes.
    pub(crate) fn add(
        &mut self,
        from: &Source,
        name: &Text,
        subjects: &mut Subjects,
        faults: &mut Faults,
    ) {
        let included = match self.root.read(from.path(), &name.value) {
            Ok(included) => included,
            Err(reason) => return faults.add(name.bytes.clone(), reason),
        };
        let real = fs::canonicalize(included.path()).unwrap_or_default();
        if self.open.contains(&real) {
            let reason = format!("`{}` includes itself", name.value);
            return faults.add(name.bytes.clone(), reason);
        }
        if !self.seen.insert(real.clone()) {
            return;
        }
        self.open.push(real);
        let mut inner = Faults::default();
        if let Some(table) = parse(&included, &mut inner) {
            self.add_table(&included, &table, subjects, &mut inner);
        }
        self.open.pop();
        let inner = inner.into_sorted();
        if !inner.is_empty() {
            self.faults.push((included, inner));
        }
    }

    fn add_table(
        &mut self,
        source: &Source,
        table: &DeTable<'_>,
        subjects: &mut Subjects,
        faults: &mut Faults,
    ) {
        let mut fields = crate::reader::Fields::new(table, 0..0, faults);
        let names = fields.texts("include").unwrap_or_default();
        let own = fields
            .value("subjects")
            .map(|value| (value.span(), value.get_ref()));
        fields.finish();
        for name in names {
            self.add(source, &name, subjects, faults);
        }
        match own {
            Some((_, DeValue::Table(table))) => subject::read(table, self.policy, subjects, faults),
            Some((bytes, _)) => faults.add(bytes, "must be a table of subjects"),
            None => {}
        }
    }
}
