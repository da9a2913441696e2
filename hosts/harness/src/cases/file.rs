//! Reads a whole case file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_runtime::Engine;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toml::de::{DeTable, DeValue};

use crate::case::{Case, Kind, finding, findings, malformed};
use crate::cases::fixtures::{self, Includes, Root};
use crate::cases::repetition::refuse_repetitions;
use crate::cases::section::Reader;
use crate::cases::subject::{self, Subject, Subjects};
use crate::fault::Faults;
use crate::policy::Policy;
use crate::reader::Fields;
use crate::source::Source;

/// 2030-01-01T00:00:00Z, when the cases of a file that states no `now` happen.
pub(crate) const NOW: u64 = 1_893_456_000_000;

/// The cases of one file.
pub(crate) struct CaseFile {
    pub(crate) source: Source,
    /// The policy; `None` when it cannot be compiled, and then every case is malformed.
    pub(crate) policy: Option<Policy>,
    /// When the cases happen, in milliseconds since the Unix epoch.
    pub(crate) now: u64,
    /// The SHA-256 of the component that the file was written for, if it says so.
    pub(crate) component: Option<String>,
    pub(crate) cases: Vec<Case>,
    /// The subjects that the file itself states, each with its place.
    pub(crate) subjects: Vec<(Range<usize>, Arc<Subject>)>,
}

/// What reads case files has in common: the engine, the policies that were compiled, the root.
pub(crate) struct Loader<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) root: &'a Root,
    /// The policy to use in place of the one that a file names.
    pub(crate) policy: Option<&'a Policy>,
    compiled: HashMap<PathBuf, Policy>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(engine: &'a Engine, root: &'a Root, policy: Option<&'a Policy>) -> Self {
        Self {
            engine,
            root,
            policy,
            compiled: HashMap::new(),
        }
    }

    /// Reads the cases of a file. What is wrong with it becomes malformed cases.
    ///
    /// # Errors
    /// When the component failed.
    pub(crate) fn load(&mut self, source: Source) -> Result<CaseFile, auth_runtime::Error> {
        let mut faults = Faults::default();
        let mut file = CaseFile {
            source: source.clone(),
            policy: None,
            now: NOW,
            component: None,
            cases: Vec::new(),
            subjects: Vec::new(),
        };
        if let Some(table) = fixtures::parse(&source, &mut faults) {
            self.read(&table, &mut file, &mut faults)?;
        }
        let faults = faults.into_sorted();
        if faults.is_empty() && file.cases.is_empty() {
            let reason = "the file has no case";
            file.cases.push(malformed(
                Kind::File,
                "file",
                source.span(0..0),
                vec![finding(&source, 0..0, reason)],
            ));
        } else if !faults.is_empty() {
            file.cases.insert(
                0,
                malformed(
                    Kind::File,
                    "file",
                    source.span(faults[0].bytes.clone()),
                    findings(&source, faults),
                ),
            );
        }
        Ok(file)
    }

    fn read(
        &mut self,
        table: &DeTable<'_>,
        file: &mut CaseFile,
        faults: &mut Faults,
    ) -> Result<(), auth_runtime::Error> {
        let source = file.source.clone();
        let mut root = Fields::new(table, 0..0, faults);
        let Some(policy) = self.policy(&mut root, file)? else {
            return Ok(());
        };
        file.policy = Some(policy.clone());
        file.now = now(&mut root);
        file.component = root.text("component").map(|text| text.value);
        let mut subjects = Subjects::new();
        let mut includes = Includes::new(self.root, &policy, source.path());
        for name in root.texts("include").unwrap_or_default() {
            includes.add(&source, &name, &mut subjects, root.faults);
        }
        for (included, faults) in includes.faults {
            let span = included.span(faults[0].bytes.clone());
            file.cases.push(malformed(
                Kind::File,
                "included file",
                span,
                findings(&included, faults),
            ));
        }
        if let Some((table, _)) = root.table("subjects") {
            subject::read(table, &policy, &mut subjects, root.faults);
            let own = table.iter().filter_map(|(key, _)| {
                Some((
                    key.span(),
                    Arc::clone(subjects.get(key.get_ref().as_ref())?),
                ))
            });
            file.subjects = own.collect();
        }
        let reader = Reader {
            source: &source,
            root: self.root,
            policy: &policy,
            subjects: &subjects,
            now: file.now,
            keys: RefCell::default(),
        };
        for kind in Kind::SECTIONS {
            for (table, bytes) in root.tables(kind.name()) {
                reader.section(kind, table, bytes, &mut file.cases);
            }
        }
        root.finish();
        refuse_repetitions(&mut file.cases);
        Ok(())
    }

    /// The policy that the file names, compiled once for all files.
    fn policy(
        &mut self,
        root: &mut Fields<'_, '_>,
        file: &mut CaseFile,
    ) -> Result<Option<Policy>, auth_runtime::Error> {
        let Some(name) = root.required("policy") else {
            return Ok(None);
        };
        if let Some(policy) = self.policy {
            return Ok(Some(policy.clone()));
        }
        let read = match self.root.read(file.source.path(), &name.value) {
            Ok(read) => read,
            Err(reason) => {
                root.faults.add(name.bytes, reason);
                return Ok(None);
            }
        };
        if let Some(policy) = self.compiled.get(read.path()) {
            return Ok(Some(policy.clone()));
        }
        let path = read.path().to_owned();
        match Policy::compile(self.engine, &path, read.text().to_owned())? {
            Ok(policy) => Ok(Some(self.compiled.entry(path).or_insert(policy).clone())),
            Err(diagnostics) => {
                let places = diagnostics.iter().map(|it| {
                    format!(
                        "{}:{}:{}: {}",
                        path.display(),
                        it.start.line,
                        it.start.column,
                        it.reason
                    )
                });
                let places = places.collect::<Vec<_>>().join("; ");
                root.faults.add(
                    name.bytes,
                    format!("the policy `{}` is refused: {places}", name.value),
                );
                Ok(None)
            }
        }
    }
}

fn now(root: &mut Fields<'_, '_>) -> u64 {
    let Some(value) = root.value("now") else {
        return NOW;
    };
    let DeValue::Datetime(stated) = value.get_ref() else {
        root.wrong_type::<()>(value, "a time with an offset, such as 2030-01-01T09:00:00Z");
        return NOW;
    };
    let time = OffsetDateTime::parse(&stated.to_string(), &Rfc3339).ok();
    let millis = time.and_then(|time| u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok());
    millis.unwrap_or_else(|| {
        root.faults.add(
            value.span(),
            "must be a time from 1970 on with an offset, such as 2030-01-01T09:00:00Z",
        );
        NOW
    })
}

/// Reads a file of cases that the caller named.
///
/// # Errors
/// With the reason in words.
pub(crate) fn open(path: &Path) -> Result<Source, String> {
    fixtures::read(path, path)
}
