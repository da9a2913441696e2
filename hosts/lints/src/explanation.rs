//! Why a policy decides as it does, and what would turn the decision.

use std::collections::BTreeSet;

use auth_rules::rbac::{self, Pattern, Permission, Rule};
use auth_runtime::{CompiledRule, Decision, Effect, Engine};

use crate::check::CheckError;
use crate::compiled::Compiled;
use crate::witness::Witness;

/// One change of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Whether the rule is added; otherwise it is removed.
    pub adds: bool,
    /// The role that states the rule.
    pub role: String,
    /// The key: `allow`, `allow_own` or `deny`.
    pub key: &'static str,
    /// The pattern of permissions.
    pub permission: String,
}

/// A decision with its reason, and what would turn it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The decision of the component.
    pub decision: Decision,
    /// The changes that turn it, the smallest first. The component confirmed each of them.
    pub turns: Vec<Vec<Edit>>,
}

/// Explains a decision. `Ok(None)` when the permission is malformed.
///
/// # Errors
/// When the component failed, or contradicts what should turn the decision.
pub fn explain(
    engine: &Engine,
    policy: &Compiled,
    roles: &[String],
    permission: &str,
    own: bool,
) -> Result<Option<Explanation>, CheckError> {
    let Some(decision) = policy.witness(engine)?.decide(roles, permission, own)? else {
        return Ok(None);
    };
    let was_allowed = matches!(decision, Decision::Allowed(_));
    let mut turns = turns(policy, roles, permission, own, &decision);
    turns.sort_by_key(Vec::len);
    for edits in &turns {
        let mut witness = Witness::new(engine, edited(policy, edits))?;
        let turned = witness.decide(roles, permission, own)?;
        if matches!(turned, Some(Decision::Allowed(_))) == was_allowed {
            return Err(CheckError::Disagreement {
                id: "the explanation",
                permission: permission.to_owned(),
                roles: roles.join(", "),
            });
        }
    }
    Ok(Some(Explanation { decision, turns }))
}

fn turns(
    policy: &Compiled,
    roles: &[String],
    permission: &str,
    own: bool,
    decision: &Decision,
) -> Vec<Vec<Edit>> {
    let matching = |effect| removals(policy, roles, permission, own, effect);
    // Only a role that the policy has can be changed.
    let changeable = roles.iter().find(|role| policy.role(role).is_some());
    let add = |key| {
        changeable.map(|role| Edit {
            adds: true,
            role: role.clone(),
            key,
            permission: permission.to_owned(),
        })
    };
    match decision {
        Decision::Allowed(_) => {
            let denied = add("deny").map(|edit| vec![edit]);
            [Some(matching(rbac::Effect::Allow)), denied]
                .into_iter()
                .flatten()
                .collect()
        }
        Decision::Unmatched => {
            let keys = if own {
                &["allow_own", "allow"][..]
            } else {
                &["allow"]
            };
            keys.iter()
                .filter_map(|key| Some(vec![add(key)?]))
                .collect()
        }
        Decision::Denied(_) => {
            let mut edits = matching(rbac::Effect::Deny);
            if matching(rbac::Effect::Allow).is_empty() {
                edits.extend(add("allow"));
            }
            vec![edits]
        }
    }
}

/// The removal of every rule that has this effect on the question.
fn removals(
    policy: &Compiled,
    roles: &[String],
    permission: &str,
    own: bool,
    effect: rbac::Effect,
) -> Vec<Edit> {
    let Ok(asked) = Permission::parse(permission) else {
        return Vec::new();
    };
    let matches = |rule: &&Rule| {
        rule.effect == effect
            && (own || !rule.own)
            && Pattern::parse(&rule.permission).is_ok_and(|pattern| pattern.matches(&asked))
    };
    let rules = roles
        .iter()
        .filter_map(|role| policy.role(role))
        .flat_map(|role| &role.rules);
    let edits: BTreeSet<_> = rules
        .filter(matches)
        .map(|rule| Edit {
            adds: false,
            role: rule.via.last().cloned().unwrap_or_default(),
            key: match (effect, rule.own) {
                (rbac::Effect::Deny, _) => "deny",
                (rbac::Effect::Allow, true) => "allow_own",
                (rbac::Effect::Allow, false) => "allow",
            },
            permission: rule.permission.clone(),
        })
        .collect();
    edits.into_iter().collect()
}

/// The compiled policy as it would be after these changes.
fn edited(policy: &Compiled, edits: &[Edit]) -> auth_runtime::CompiledPolicy {
    let mut changed = policy.policy().clone();
    for edit in edits {
        let effect = if edit.key == "deny" {
            Effect::Deny
        } else {
            Effect::Allow
        };
        let own_only = edit.key == "allow_own";
        for role in &mut changed.roles {
            if !edit.adds {
                role.rules.retain(|rule| {
                    rule.via.last() != Some(&edit.role)
                        || rule.permission != edit.permission
                        || rule.own_only != own_only
                        || rule.effect != effect
                });
            } else if role.name == edit.role {
                let rule = CompiledRule {
                    effect,
                    permission: edit.permission.clone(),
                    own_only,
                    via: vec![role.name.clone()],
                };
                // Denials come first.
                match effect {
                    Effect::Deny => role.rules.insert(0, rule),
                    Effect::Allow => role.rules.push(rule),
                }
            }
        }
    }
    changed
}
