//! Suggests the cases that would cover what no case met.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use auth_memory::{ManualClock, QuickKeys};
use auth_runtime::{
    CompiledRole, Decision, Engine, Limits, MatchedRule, Question, Verifier, VerifierCapabilities,
};

use crate::cases::never::witnesses;
use crate::policy::Policy;

use super::items::{Coverage, Item, Part};

/// The subject of the questions, who is also the owner where that is needed.
const SUBJECT: &str = "subject";

/// Decisions in the form of a case file, one for each rule, role and inheritance that no case met.
/// What no question can meet is a comment.
///
/// # Errors
/// When the component failed.
pub fn suggest(
    engine: &Engine,
    policy: &Policy,
    coverage: &Coverage,
) -> Result<String, auth_runtime::Error> {
    let capabilities = VerifierCapabilities {
        clock: Arc::new(ManualClock::default()),
        keyring: Arc::new(QuickKeys::new("unused", "")),
    };
    let verifier = Verifier::new(
        engine,
        capabilities,
        policy.compiled.clone(),
        Limits::default(),
    )?;
    let mut suggestions = Suggestions {
        verifier,
        policy,
        asked: BTreeSet::new(),
        text: String::new(),
    };
    let items = coverage
        .dimensions
        .iter()
        .flat_map(|dimension| &dimension.items);
    for item in items.filter(|item| !item.is_covered) {
        match &item.part {
            Part::Outcome | Part::Setting => {}
            Part::Role(role) => suggestions.add(item, role, |_| true)?,
            Part::Rule { role, pattern, .. } => {
                suggestions.add(item, role, |rule| {
                    rule.rule == *pattern && rule.via.len() <= 1
                })?;
            }
            Part::Edge { heir, inherited } => {
                suggestions.add(item, heir, |rule| rule.via.get(1) == Some(inherited))?;
            }
        }
    }
    Ok(suggestions.text)
}

struct Suggestions<'a> {
    verifier: Verifier,
    policy: &'a Policy,
    /// The roles and permissions that were suggested: one question may cover several things.
    asked: BTreeSet<(String, String)>,
    text: String,
}

impl Suggestions<'_> {
    /// Adds the first question to `role` that a wanted rule decides.
    fn add(
        &mut self,
        item: &Item,
        role: &str,
        is_wanted: impl Fn(&MatchedRule) -> bool,
    ) -> Result<(), auth_runtime::Error> {
        let permissions = self
            .policy
            .compiled
            .find_role(role)
            .map(classes)
            .unwrap_or_default();
        for permission in permissions {
            let Some((expected, rule)) = self
                .ask(role, &permission)?
                .filter(|(_, rule)| is_wanted(rule))
            else {
                continue;
            };
            if self.asked.insert((role.to_owned(), permission.clone())) {
                self.text
                    .push_str(&case(item, role, &permission, expected, &rule));
            }
            return Ok(());
        }
        let _ = writeln!(
            self.text,
            "\n# {}: no question to this role alone is decided by it",
            item.name
        );
        Ok(())
    }

    /// The answer and the rule that decides, if any does.
    fn ask(
        &self,
        role: &str,
        permission: &str,
    ) -> Result<Option<(&'static str, MatchedRule)>, auth_runtime::Error> {
        for (owner, allowed) in [(None, "yes"), (Some(SUBJECT.to_owned()), "own")] {
            let question = Question {
                subject: SUBJECT.to_owned(),
                roles: vec![role.to_owned()],
                permission: permission.to_owned(),
                owner,
            };
            match self.verifier.decide(&question)? {
                Ok(Decision::Allowed(rule)) => return Ok(Some((allowed, rule))),
                Ok(Decision::Denied(rule)) => return Ok(Some(("no", rule))),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// One permission of each class that the rules of a role tell apart.
fn classes(role: &CompiledRole) -> Vec<String> {
    let patterns = role.rules.iter().map(|rule| rule.permission.as_str());
    let mut permissions: Vec<_> = patterns
        .flat_map(|pattern| witnesses(role, pattern))
        .collect();
    permissions.sort();
    permissions.dedup();
    permissions
}

fn case(item: &Item, role: &str, permission: &str, expected: &str, rule: &MatchedRule) -> String {
    let mut text = format!("\n# {}\n[[decision]]\n", item.name);
    let via = rule
        .via
        .iter()
        .map(|role| format!("\"{role}\""))
        .collect::<Vec<_>>()
        .join(", ");
    let _ = write!(
        text,
        "roles = [\"{role}\"]\nask = \"{permission}\"\nexpect = \"{expected}\"\n"
    );
    let _ = writeln!(text, "why = {{ rule = \"{}\", via = [{via}] }}", rule.rule);
    text
}
