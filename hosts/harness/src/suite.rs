//! A suite: the case files below some paths, read and run.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use auth_runtime::Engine;

use crate::case::{Body, Case};
use crate::cases::file::{CaseFile, Loader, open};
use crate::cases::fixtures::Root;
use crate::files::{ENDING, Files};
use crate::mutant::Mutant;
use crate::observed::Observed;
use crate::options::Options;
use crate::policy::Policy;
use crate::result::{Outcome, Report, Verdict};
use crate::run;
use crate::threads;
use crate::world::World;

/// Case files that were read.
pub struct Suite {
    engine: Engine,
    files: Vec<CaseFile>,
}

/// Why no suite was read.
#[derive(Debug)]
pub enum LoadError {
    /// A path that the caller named cannot be read.
    Unreadable(String),
    /// There is no case file below these paths.
    NoFile,
    /// The component failed.
    Component(auth_runtime::Error),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::NoFile => write!(
                f,
                "no file of cases was found: their names end in `{ENDING}`"
            ),
            Self::Component(error) => write!(f, "the component failed: {:#}", error.cause),
        }
    }
}

impl std::error::Error for LoadError {}

impl Suite {
    /// Reads the case files that `paths` names and those below the folders among them. The files
    /// that these name in turn must lie in `root`. With a `policy`, the cases are run on it in place
    /// of the one that each file names.
    ///
    /// # Errors
    /// When a path cannot be read or there is no file. What is wrong with a file is a malformed case.
    pub fn load(
        engine: &Engine,
        paths: &[PathBuf],
        root: &Path,
        policy: Option<&Policy>,
    ) -> Result<Self, LoadError> {
        Self::load_noting(engine, paths, root, policy, &mut Files::default())
    }

    /// The same. Afterwards `files` has what was read, also after an error, to notice changes.
    ///
    /// # Errors
    /// As above.
    pub fn load_noting(
        engine: &Engine,
        paths: &[PathBuf],
        root: &Path,
        policy: Option<&Policy>,
        files: &mut Files,
    ) -> Result<Self, LoadError> {
        let root = Root::new(root).map_err(|error| unreadable(root, &error))?;
        let suite = Self::load_in(engine, paths, &root, policy);
        *files = root.into_files();
        suite
    }

    fn load_in(
        engine: &Engine,
        paths: &[PathBuf],
        root: &Root,
        policy: Option<&Policy>,
    ) -> Result<Self, LoadError> {
        let mut found = Vec::new();
        for path in paths {
            root.find(path, &mut found)
                .map_err(|error| unreadable(path, &error))?;
        }
        found.dedup();
        if found.is_empty() {
            return Err(LoadError::NoFile);
        }
        let mut loader = Loader::new(engine, root, policy);
        let mut files = Vec::new();
        for path in found {
            if !root.holds(&path) && !paths.contains(&path) {
                let reason = "the link leads out of the folder of the tests, which --root names";
                return Err(unreadable(&path, &reason));
            }
            let source = open(&path).map_err(|reason| unreadable(&path, &reason))?;
            files.push(loader.load(source).map_err(LoadError::Component)?);
        }
        Ok(Self {
            engine: engine.clone(),
            files,
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The files whose cases are run on this policy.
    pub(crate) fn paths_of(&self, policy: &Policy) -> Vec<PathBuf> {
        let is_of = |file: &&CaseFile| {
            let own = file.policy.as_ref();
            own.is_some_and(|own| own.file.path() == policy.file.path())
        };
        let files = self.files.iter().filter(is_of);
        files.map(|file| file.source.path().to_owned()).collect()
    }

    pub(crate) fn files(&self) -> &[CaseFile] {
        &self.files
    }

    /// The number of cases that these options select.
    #[must_use]
    pub fn count(&self, options: &Options) -> usize {
        self.selected(options).len()
    }

    /// The policies of the files, each once.
    #[must_use]
    pub fn policies(&self) -> Vec<&Policy> {
        let mut policies: Vec<&Policy> = Vec::new();
        for policy in self.files.iter().filter_map(|file| file.policy.as_ref()) {
            if !policies
                .iter()
                .any(|known| known.file.path() == policy.file.path())
            {
                policies.push(policy);
            }
        }
        policies
    }

    /// The components that the files were written for, by their SHA-256, if they say so.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .filter_map(|file| file.component.as_deref())
    }

    /// Runs the selected cases. `stop` ends the run after the cases that have begun; `done` counts
    /// the cases as they end.
    ///
    /// # Errors
    /// When the service cannot be started on a policy.
    pub fn run(
        &self,
        options: &Options,
        stop: &AtomicBool,
        done: &AtomicUsize,
    ) -> anyhow::Result<Report> {
        let selected = self.selected(options);
        let jobs = threads::count(options.jobs)
            .min(selected.len().div_ceil(BLOCK))
            .max(1);
        let next = AtomicUsize::new(0);
        let worker = || {
            Worker {
                suite: self,
                worlds: HashMap::new(),
                observed: Observed::default(),
                mutant: options.mutant,
            }
            .run(&selected, &next, stop, done)
        };
        let parts = threads::run(jobs, worker)?;
        let mut observed = Observed::default();
        let mut verdicts: Vec<Option<Verdict>> = selected.iter().map(|_| None).collect();
        for (part, seen) in parts {
            observed.merge(seen);
            for (index, verdict) in part {
                verdicts[index] = Some(verdict);
            }
        }
        let outcomes = selected
            .iter()
            .zip(verdicts)
            .map(|((_, case), verdict)| Outcome {
                kind: case.kind,
                name: case.name.clone(),
                span: case.span.clone(),
                verdict: verdict.unwrap_or(Verdict::NotRun),
            });
        Ok(Report {
            outcomes: outcomes.collect(),
            observed,
        })
    }

    fn selected(&self, options: &Options) -> Vec<(&CaseFile, &Case)> {
        let cases = self
            .files
            .iter()
            .flat_map(|file| file.cases.iter().map(move |case| (file, case)));
        cases.filter(|(_, case)| options.selects(case)).collect()
    }
}

/// How many cases a thread takes at a time.
const BLOCK: usize = 32;

/// A thread that runs cases, with a service for each policy.
struct Worker<'a> {
    suite: &'a Suite,
    worlds: HashMap<&'a Path, World>,
    observed: Observed,
    mutant: Option<Mutant>,
}

type Part = (Vec<(usize, Verdict)>, Observed);

impl<'a> Worker<'a> {
    fn run(
        mut self,
        selected: &[(&'a CaseFile, &'a Case)],
        next: &AtomicUsize,
        stop: &AtomicBool,
        done: &AtomicUsize,
    ) -> anyhow::Result<Part> {
        let mut verdicts = Vec::new();
        loop {
            let start = next.fetch_add(BLOCK, Ordering::Relaxed);
            let block = selected.iter().enumerate().skip(start).take(BLOCK);
            if start >= selected.len() || stop.load(Ordering::Relaxed) {
                return Ok((verdicts, self.observed));
            }
            for (index, (file, case)) in block {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                verdicts.push((index, self.verdict(file, case)?));
                done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn verdict(&mut self, file: &'a CaseFile, case: &'a Case) -> anyhow::Result<Verdict> {
        let policy = match (&file.policy, &case.body) {
            (_, Body::Malformed(findings)) => return Ok(Verdict::Malformed(findings.clone())),
            (Some(policy), _) => policy,
            // A file without a policy has malformed cases only.
            (None, _) => return Ok(Verdict::NotRun),
        };
        let path = policy.file.path();
        if !self.worlds.contains_key(path) {
            self.worlds
                .insert(path, World::new(&self.suite.engine, policy, self.mutant)?);
        }
        let world = &self.worlds[path];
        Ok(run::case(world, case, file.now, self.observed.of(path)))
    }
}

fn unreadable(path: &Path, reason: &dyn fmt::Display) -> LoadError {
    LoadError::Unreadable(format!("cannot read `{}`: {reason}", path.display()))
}
