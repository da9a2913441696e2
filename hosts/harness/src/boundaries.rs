//! Settings at both sides of their value: whether a case would notice one more or one less.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::case::{Case, Kind};
use crate::observed::Seen;
use crate::policy::Policy;
use crate::result::{Report, Verdict};
use crate::run;
use crate::settings::SETTINGS;
use crate::source::Span;
use crate::suite::{LoadError, Suite};
use crate::threads;
use crate::world::World;

/// One side of the value of a setting.
pub struct Boundary {
    /// The key of the setting, such as `session.idle_seconds`.
    pub setting: &'static str,
    /// What was done to its value, in words.
    pub change: &'static str,
    /// Whether a case that passed fails on the changed policy.
    pub is_noticed: bool,
}

/// What is done to the value of a setting.
type Change = (&'static str, fn(u32) -> Option<u32>);

const CHANGES: [Change; 2] = [
    ("one less", |value| value.checked_sub(1)),
    ("one more", |value| value.checked_add(1)),
];

/// Runs the cases of `policy` that passed and that a setting can concern, with each setting one less
/// and one more. `stop` ends the work, and leaves the rest out.
///
/// # Errors
/// When the files cannot be read again, or the service cannot be started.
pub fn boundaries(
    suite: &Suite,
    report: &Report,
    root: &Path,
    policy: &Policy,
    stop: &AtomicBool,
) -> Result<Vec<Boundary>, LoadError> {
    let work = Work {
        suite,
        root,
        paths: suite.paths_of(policy),
        policy,
        passed: report
            .outcomes
            .iter()
            .filter(|outcome| matches!(outcome.verdict, Verdict::Passed))
            .map(|outcome| id(&outcome.span, &outcome.name))
            .collect(),
    };
    let tasks: Vec<_> = (0..SETTINGS.len() * CHANGES.len()).collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut found = Vec::new();
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            if let Some(boundary) = work.boundary(*task).transpose() {
                found.push((*task, boundary));
            }
        }
        Ok::<_, LoadError>(found)
    };
    let found = threads::run(threads::count(None), worker)?;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_by_key(|(task, _)| *task);
    found.into_iter().map(|(_, boundary)| boundary).collect()
}

struct Work<'a> {
    suite: &'a Suite,
    root: &'a Path,
    paths: Vec<PathBuf>,
    policy: &'a Policy,
    /// The cases that passed on the policy as it is.
    passed: HashSet<Id>,
}

/// What tells a case from all others: its file, its place and its name.
type Id = (PathBuf, usize, String);

fn id(span: &Span, name: &str) -> Id {
    let path = span.source.path().to_owned();
    (path, span.bytes.start, name.to_owned())
}

impl Work<'_> {
    /// One setting with one change; `None` where the value cannot be changed so.
    fn boundary(&self, task: usize) -> Result<Option<Boundary>, LoadError> {
        let (setting, value) = SETTINGS[task / CHANGES.len()];
        let (change, changed) = CHANGES[task % CHANGES.len()];
        let mut compiled = self.policy.compiled_policy();
        let value = value(&mut compiled.settings);
        let Some(changed) = changed(*value) else {
            return Ok(None);
        };
        *value = changed;
        Ok(Some(Boundary {
            setting,
            change,
            is_noticed: self.is_noticed(&self.policy.with(compiled))?,
        }))
    }

    /// The files are read again, since a token has the lifetime that the policy says.
    fn is_noticed(&self, changed: &Policy) -> Result<bool, LoadError> {
        let engine = self.suite.engine();
        let suite = Suite::load(engine, &self.paths, self.root, Some(changed))?;
        let world = World::new(engine, changed, None)
            .map_err(|error| LoadError::Unreadable(format!("{error:#}")))?;
        let is_concerned = |case: &Case| {
            matches!(case.kind, Kind::Value | Kind::Token | Kind::Story)
                && self.passed.contains(&id(&case.span, &case.name))
        };
        Ok(suite.files().iter().any(|file| {
            let mut cases = file.cases.iter().filter(|case| is_concerned(case));
            cases.any(|case| {
                let verdict = run::case(&world, case, file.now, &mut Seen::default());
                !matches!(verdict, Verdict::Passed)
            })
        }))
    }
}
