//! What came of the cases.

use crate::case::{Finding, Kind};
use crate::correction::Correction;
use crate::observed::Observed;
use crate::source::Span;

/// What came of one case.
pub struct Outcome {
    /// The kind of the case.
    pub kind: Kind,
    /// Its name, unique only with its place.
    pub name: String,
    /// Where it stands in its file.
    pub span: Span,
    /// Whether it passed, and why not.
    pub verdict: Verdict,
}

/// Whether a case passed, and why not.
pub enum Verdict {
    /// It is as expected.
    Passed,
    /// It is not as expected.
    Failed(Failure),
    /// The case cannot be read.
    Malformed(Vec<Finding>),
    /// The run was interrupted before this case.
    NotRun,
}

/// How a case differs from what it expects.
pub struct Failure {
    /// Where: the case, or the step of a story.
    pub span: Span,
    /// What was expected, in words.
    pub expected: String,
    /// What came instead, in words.
    pub actual: String,
    /// What led to it: the rule that decided, the order of the calls.
    pub notes: Vec<String>,
    /// What the file would have to say, where that can be written into it.
    pub correction: Option<Correction>,
}

/// What came of all cases.
pub struct Report {
    /// The outcomes, in the order of the files and of the cases in them.
    pub outcomes: Vec<Outcome>,
    /// What the cases met of their policies.
    pub observed: Observed,
}

impl Report {
    /// The number of cases that passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Passed))
    }

    /// The number of cases that failed or cannot be read.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Failed(_) | Verdict::Malformed(_)))
    }

    /// The number of cases that were not run.
    #[must_use]
    pub fn not_run(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::NotRun))
    }

    fn count(&self, is_counted: impl Fn(&Verdict) -> bool) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| is_counted(&outcome.verdict))
            .count()
    }
}
