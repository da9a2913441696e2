//! Compares what two builds of the component decide by one policy: exactly, by classes of permissions.

use std::collections::BTreeMap;

use auth_runtime::{CompiledPolicy, CompiledRole, Engine};

use crate::change::{Change, Compared, Verdict};
use crate::check::CheckError;
use crate::classes::names;
use crate::comparison::{Comparison, RoleChanges};
use crate::pattern_index::parts;
use crate::witness::Witness;

/// A build of the component, with the policy as this build compiled it.
pub struct Build<'a> {
    /// The build.
    pub engine: &'a Engine,
    /// The policy, compiled by this build.
    pub policy: CompiledPolicy,
}

/// A pattern of all permissions: those that no rule names are a class as well.
const EVERYTHING: &str = "*:*";

/// Compares two builds on one policy: the settings and roles that each reads in it, and what each
/// decides. Every class of permissions is put to both, also that of all permissions that no rule
/// names, so that nothing about their rules is taken for granted but what patterns mean.
///
/// # Errors
/// When a build failed, or has another contract than this one.
pub fn compare_builds(old: &Build<'_>, new: &Build<'_>) -> Result<Comparison, CheckError> {
    let mut roles: BTreeMap<&str, [Option<&CompiledRole>; 2]> = BTreeMap::new();
    for (place, build) in [old, new].into_iter().enumerate() {
        for role in &build.policy.roles {
            roles.entry(role.name.as_str()).or_default()[place] = Some(role);
        }
    }
    let witness = |build: &Build<'_>| Witness::new(build.engine, build.policy.clone());
    let (mut before, mut after) = (witness(old)?, witness(new)?);
    let mut changed = Vec::new();
    for (name, [in_old, in_new]) in roles {
        let rules = in_old.iter().chain(&in_new).flat_map(|role| &role.rules);
        let patterns: Vec<_> = rules.map(|rule| rule.permission.as_str()).collect();
        let changes = changes(name, &patterns, &mut before, &mut after)?;
        if !changes.is_empty() || in_old.is_none() || in_new.is_none() {
            changed.push(RoleChanges {
                role: name.to_owned(),
                in_old: in_old.is_some(),
                in_new: in_new.is_some(),
                changes,
            });
        }
    }
    let [old, new] = [old, new].map(|build| &build.policy.settings);
    Ok(Comparison::new(changed, old, new))
}

/// Every class of permissions that the two decide differently for this role.
fn changes(
    role: &str,
    patterns: &[&str],
    before: &mut Witness,
    after: &mut Witness,
) -> Result<Vec<Change>, CheckError> {
    let roles = [role.to_owned()];
    let (resources, _) = names(patterns.iter().copied().chain([EVERYTHING]));
    let mut compared = Compared::default();
    for resource in resources.classes() {
        let meets = |pattern: &&&str| parts(pattern).0.matches(&resource.example);
        let meeting = patterns.iter().filter(meets).copied();
        let (_, actions) = names(meeting.chain([EVERYTHING]));
        for action in actions.classes() {
            let example = format!("{}:{}", resource.example, action.example);
            let mut verdicts = |own| -> Result<_, CheckError> {
                let [old, new] = [&mut *before, &mut *after]
                    .map(|witness| witness.decide(&roles, &example, own));
                Ok((Verdict::of(&old?), Verdict::of(&new?)))
            };
            let (own, others) = (verdicts(true)?, verdicts(false)?);
            compared.add((resource.part, action.part), &example, own, others);
        }
    }
    Ok(compared.into_changes())
}
