//! What the cases met of a policy: roles, rules, inheritance, refusals and outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use auth_runtime::{Decision, MatchedRule};

/// A rule where a role states it: the role, `allow`, `allow_own` or `deny`, and the pattern.
pub(crate) type RuleId = (String, &'static str, String);

/// What the cases of one policy met.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The roles of those who were asked for.
    pub(crate) roles: BTreeSet<String>,
    /// The rules that decided a question.
    pub(crate) rules: BTreeSet<RuleId>,
    /// The steps of inheritance by which a rule decided: from a role to one that it inherits.
    pub(crate) edges: BTreeSet<(String, String)>,
    /// Kinds of calls with their outcomes, such as `login` and `throttled`.
    pub(crate) outcomes: BTreeSet<(&'static str, String)>,
}

/// What all cases met, by the path of the policy.
#[derive(Clone, Default)]
pub struct Observed(BTreeMap<PathBuf, Seen>);

impl Observed {
    /// What the cases of one policy met.
    pub(crate) fn get(&self, policy: &Path) -> &Seen {
        static NOTHING: Seen = Seen::NOTHING;
        self.0.get(policy).unwrap_or(&NOTHING)
    }

    /// The same, to add to it.
    pub(crate) fn of(&mut self, policy: &Path) -> &mut Seen {
        if !self.0.contains_key(policy) {
            self.0.insert(policy.to_owned(), Seen::default());
        }
        self.0.get_mut(policy).expect("it was inserted")
    }

    /// Adds what another part of the run met.
    pub(crate) fn merge(&mut self, other: Self) {
        for (policy, seen) in other.0 {
            let mine = self.of(&policy);
            mine.roles.extend(seen.roles);
            mine.rules.extend(seen.rules);
            mine.edges.extend(seen.edges);
            mine.outcomes.extend(seen.outcomes);
        }
    }
}

impl Seen {
    const NOTHING: Self = Self {
        roles: BTreeSet::new(),
        rules: BTreeSet::new(),
        edges: BTreeSet::new(),
        outcomes: BTreeSet::new(),
    };

    /// Adds a decision. `own` says that the subject owns the resource and that nothing allows it on
    /// what others own.
    pub(crate) fn decision(&mut self, roles: &[String], decision: &Decision, own: bool) {
        for role in roles {
            if !self.roles.contains(role) {
                self.roles.insert(role.clone());
            }
        }
        match decision {
            Decision::Allowed(matched) => {
                self.rule(if own { "allow_own" } else { "allow" }, matched)
            }
            Decision::Denied(matched) => self.rule("deny", matched),
            Decision::Unmatched => {}
        }
    }

    fn rule(&mut self, effect: &'static str, matched: &MatchedRule) {
        let stating = matched.via.last().unwrap_or(&matched.role);
        let id = (stating.clone(), effect, matched.rule.clone());
        self.rules.insert(id);
        for pair in matched.via.windows(2) {
            if let [heir, inherited] = pair {
                self.edges.insert((heir.clone(), inherited.clone()));
            }
        }
    }

    pub(crate) fn outcome(&mut self, call: &'static str, outcome: &str) {
        self.outcomes.insert((call, outcome.to_owned()));
    }
}
