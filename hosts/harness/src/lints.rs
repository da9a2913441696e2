//! What is doubtful about case files: faults of form, and what passes but hardly can be meant.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_runtime::Engine;

use crate::case::{Body, Finding, Kind};
use crate::case_lint::CaseLint;
use crate::cases::file::CaseFile;
use crate::observed::Seen;
use crate::result::Verdict;
use crate::run;
use crate::suite::{LoadError, Suite};
use crate::world::World;

/// Looks at the case files that `paths` names, as [`Suite::load`] finds them. Returns what is doubtful,
/// file by file.
///
/// # Errors
/// When a path cannot be read, there is no file, or the component failed.
pub fn lint(engine: &Engine, paths: &[PathBuf], root: &Path) -> Result<Vec<Finding>, LoadError> {
    let suite = Suite::load(engine, paths, root, None)?;
    let mut found = Vec::new();
    for file in suite.files() {
        found.extend(malformed(file));
        // What cannot be read may use a subject, or need a rule.
        if malformed(file).next().is_none() {
            found.extend(unused_subjects(file));
            found.extend(passes_without_rules(&suite, file)?);
        }
    }
    Ok(found)
}

fn malformed(file: &CaseFile) -> impl Iterator<Item = Finding> {
    let findings = file.cases.iter().map(|case| match &case.body {
        Body::Malformed(findings) => findings.as_slice(),
        _ => &[],
    });
    findings.flatten().cloned()
}

/// CS402. A subject that a case uses is kept by that case too.
fn unused_subjects(file: &CaseFile) -> impl Iterator<Item = Finding> {
    let unused = file
        .subjects
        .iter()
        .filter(|(_, subject)| Arc::strong_count(subject) == 1);
    unused.map(|(bytes, subject)| Finding {
        lint: CaseLint::UnusedSubject,
        span: file.source.span(bytes.clone()),
        reason: format!("no case uses the subject `{}`", subject.name),
    })
}

/// CS405. The component answers the questions of the file again, on roles without rules.
fn passes_without_rules(suite: &Suite, file: &CaseFile) -> Result<Option<Finding>, LoadError> {
    let asks = |kind| matches!(kind, Kind::Grid | Kind::Decision | Kind::Never);
    let (Some(policy), Some(first)) =
        (&file.policy, file.cases.iter().find(|case| asks(case.kind)))
    else {
        return Ok(None);
    };
    let mut bare = policy.compiled_policy();
    bare.roles.iter_mut().for_each(|role| role.rules.clear());
    let world = World::new(suite.engine(), &policy.with(bare), None)
        .map_err(|error| LoadError::Unreadable(format!("{error:#}")))?;
    let mut asked = file.cases.iter().filter(|case| asks(case.kind));
    let passes = asked.all(|case| {
        let verdict = run::case(&world, case, file.now, &mut Seen::default());
        matches!(verdict, Verdict::Passed)
    });
    Ok(passes.then(|| Finding {
        lint: CaseLint::PassesWithoutRules,
        span: first.span.clone(),
        reason: "every question about a permission has the same answer when no role has a rule"
            .to_owned(),
    }))
}
