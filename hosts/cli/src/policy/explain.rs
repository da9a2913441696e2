//! `countersign policy explain`: why a decision is as it is, and what would turn it.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::{Error, bail};
use auth_lints::{Compiled, Edit, Explanation};
use auth_runtime::{Decision, MatchedRule};

use super::args::ExplainDecision;
use super::loaded::{chosen, engine};
use super::who_can::malformed;
use crate::failure::Outcome;

/// Prints a decision with its chain, and the smallest changes that would turn it.
///
/// # Errors
/// When the policy cannot be read, or has no such role.
pub fn run(arguments: &ExplainDecision) -> Outcome {
    let engine = engine()?;
    let policy = chosen(&engine, &arguments.policy)?;
    require(&policy, &arguments.roles)?;
    let asked = (
        &arguments.roles,
        arguments.permission.as_str(),
        arguments.own,
    );
    let explanation = auth_lints::explain(&engine, &policy, asked.0, asked.1, asked.2)
        .map_err(Error::from)?
        .ok_or_else(|| malformed(asked.1))?;
    Ok(io::stdout().write_all(text(&explanation, asked.1).as_bytes())?)
}

/// Refuses roles that the policy does not have: they would only look like roles without rules.
fn require(policy: &Compiled, roles: &[String]) -> anyhow::Result<()> {
    for role in roles {
        if policy.role(role).is_none() {
            bail!("the policy has no role `{role}`");
        }
    }
    Ok(())
}

fn text(explanation: &Explanation, permission: &str) -> String {
    let mut text = match &explanation.decision {
        Decision::Allowed(rule) => format!("{permission} is allowed\n{}", chain(rule, "allows")),
        Decision::Denied(rule) => format!("{permission} is denied\n{}", chain(rule, "denies")),
        Decision::Unmatched => {
            format!("{permission} is not allowed\n  no rule of any role matches\n")
        }
    };
    for (index, edits) in explanation.turns.iter().enumerate() {
        let edits: Vec<_> = edits.iter().map(edit).collect();
        let word = if index == 0 {
            "to turn it"
        } else {
            "or        "
        };
        let _ = writeln!(text, "  {word}: {}", edits.join(", and "));
    }
    text
}

fn chain(rule: &MatchedRule, verb: &str) -> String {
    let mut text = format!("  the user has {}\n", rule.role);
    for pair in rule.via.windows(2) {
        if let [heir, parent] = pair {
            let _ = writeln!(text, "  {heir} inherits {parent}");
        }
    }
    let stating = rule.via.last().unwrap_or(&rule.role);
    let _ = writeln!(text, "  {stating} {verb} {}", rule.rule);
    text
}

fn edit(edit: &Edit) -> String {
    let Edit {
        adds,
        role,
        key,
        permission,
    } = edit;
    if *adds {
        format!("add \"{permission}\" to {key} of {role}")
    } else {
        format!("remove \"{permission}\" from {key} of {role}")
    }
}
