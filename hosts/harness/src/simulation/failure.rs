//! What a simulation found.

use super::render;
use crate::cases::story::Step;
use crate::mismatch::Mismatch;

/// An invariant that was broken, and the steps that suffice.
pub struct SimulationFailure {
    /// What was simulated: a seed, or a scenario.
    pub(crate) origin: String,
    /// The seed of the randomness.
    pub seed: u32,
    /// How many steps there were until then.
    pub steps: usize,
    pub(crate) broken: Broken,
    /// The steps that are left that break it.
    pub(crate) fewest: Vec<Step>,
}

impl SimulationFailure {
    /// What should hold, and what happened, a line each.
    #[must_use]
    pub fn reason(&self) -> String {
        let Broken { expected, actual } = &self.broken;
        format!("expected: {expected}\n  actual: {actual}")
    }

    /// How many steps suffice to break it.
    #[must_use]
    pub fn fewest(&self) -> usize {
        self.fewest.len()
    }

    /// A name for its file: what was simulated, in lower case with hyphens.
    #[must_use]
    pub fn file_name(&self) -> String {
        let words = self.origin.split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").to_lowercase()
    }

    /// A case file with these steps. `policy` is the path of the policy, as the file is to name it.
    #[must_use]
    pub fn case_file(&self, policy: &str) -> String {
        let Broken { expected, actual } = &self.broken;
        let notes = [format!("expected: {expected}"), format!("actual: {actual}")];
        let name = format!("{}: {expected}", self.origin);
        render::case_file(policy, &notes, self.seed.into(), &name, &self.fewest)
    }
}

/// Which invariant was broken, and how.
pub(crate) struct Broken {
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Broken {
    pub(crate) fn of(mismatch: Mismatch) -> Self {
        Self {
            expected: mismatch.expected,
            actual: mismatch.actual,
        }
    }
}
