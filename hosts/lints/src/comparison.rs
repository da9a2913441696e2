//! Compares what two policies decide: exactly, by classes of permissions.

use std::collections::BTreeMap;

use auth_rules::rbac::{Effect, Role, Rule};
use auth_runtime::{Engine, PolicySettings};

use crate::change::{Change, Compared, Owner, Verdict};
use crate::check::CheckError;
use crate::classes::names;
use crate::compiled::Compiled;
use crate::pattern_index::parts;
use crate::setting_values::setting_values;
use crate::witness::Witness;

/// A role that decides otherwise than before.
#[derive(Clone, Debug)]
pub struct RoleChanges {
    /// The name of the role in both policies.
    pub role: String,
    /// Whether the old policy has it.
    pub in_old: bool,
    /// Whether the new policy has it.
    pub in_new: bool,
    /// What it decides otherwise, in the order of the permissions.
    pub changes: Vec<Change>,
}

/// A setting with another value than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The key, for example `session.idle_seconds`.
    pub key: &'static str,
    /// The value in the old policy.
    pub before: String,
    /// The value in the new policy.
    pub after: String,
}

/// What two policies do differently, or two builds with one policy.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The roles that decide otherwise, in the order of their names.
    pub roles: Vec<RoleChanges>,
    /// The settings with another value.
    pub settings: Vec<SettingChange>,
    /// The roles that registration gives only by the new policy.
    pub newly_registered: Vec<String>,
}

/// Compares two policies. Every change that is reported was confirmed by the component.
///
/// # Errors
/// When the component failed, or contradicts a change.
pub fn compare(engine: &Engine, old: &Compiled, new: &Compiled) -> Result<Comparison, CheckError> {
    let mut roles: BTreeMap<&str, [Option<&Role>; 2]> = BTreeMap::new();
    for (place, policy) in [old, new].into_iter().enumerate() {
        for role in policy.roles() {
            let entry = roles.entry(role.name.as_str()).or_default();
            entry[place] = Some(role);
        }
    }
    let mut changed = Vec::new();
    for (name, [before, after]) in roles {
        let rules = |role: Option<&Role>| role.map(|role| role.rules.clone()).unwrap_or_default();
        let changes = match (before, after) {
            (Some(before), Some(after)) if same(&before.rules, &after.rules) => continue,
            (Some(before), Some(after)) => changes(&before.rules, &after.rules),
            (before, after) => changes(&rules(before), &rules(after)),
        };
        if !changes.is_empty() || before.is_none() || after.is_none() {
            changed.push(RoleChanges {
                role: name.to_owned(),
                in_old: before.is_some(),
                in_new: after.is_some(),
                changes,
            });
        }
    }
    confirm(&mut old.witness(engine)?, &changed, |change| change.before)?;
    confirm(&mut new.witness(engine)?, &changed, |change| change.after)?;
    let [old, new] = [old, new].map(|policy| &policy.policy().settings);
    Ok(Comparison::new(changed, old, new))
}

impl Comparison {
    pub(crate) fn new(roles: Vec<RoleChanges>, old: &PolicySettings, new: &PolicySettings) -> Self {
        let registered = &old.registration.roles;
        let newly = new.registration.roles.iter();
        Self {
            roles,
            settings: changed_settings(old, new),
            newly_registered: newly
                .filter(|role| !registered.contains(role))
                .cloned()
                .collect(),
        }
    }
}

fn same(before: &[Rule], after: &[Rule]) -> bool {
    let key = |rule: &Rule| {
        (
            rule.effect == Effect::Deny,
            rule.own,
            rule.permission.clone(),
        )
    };
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(before, after)| key(before) == key(after))
}

fn changed_settings(old: &PolicySettings, new: &PolicySettings) -> Vec<SettingChange> {
    let pairs = setting_values(old).into_iter().zip(setting_values(new));
    let changed = pairs.filter(|((_, before), (_, after))| before != after);
    changed
        .map(|((key, before), (_, after))| SettingChange { key, before, after })
        .collect()
}

/// Every class of permissions that two lists of rules decide differently.
fn changes(before: &[Rule], after: &[Rule]) -> Vec<Change> {
    let rules = || before.iter().chain(after);
    let (resources, _) = names(rules().map(|rule| rule.permission.as_str()));
    let mut compared = Compared::default();
    for resource in resources.classes() {
        let meets = |rule: &&Rule| parts(&rule.permission).0.matches(&resource.example);
        let [old, new] =
            [before, after].map(|rules| rules.iter().filter(meets).collect::<Vec<_>>());
        let patterns = old.iter().chain(&new).map(|rule| rule.permission.as_str());
        let (_, actions) = names(patterns);
        for action in actions.classes() {
            let verdicts = |own| {
                let verdict = |rules: &[&Rule]| verdict(rules, &action.example, own);
                (verdict(&old), verdict(&new))
            };
            let class = (resource.part, action.part);
            let witness = format!("{}:{}", resource.example, action.example);
            compared.add(class, &witness, verdicts(true), verdicts(false));
        }
    }
    compared.into_changes()
}

/// Decides among rules that match the resource already.
fn verdict(rules: &[&Rule], action: &str, own: bool) -> Verdict {
    let matching = rules
        .iter()
        .filter(|rule| (own || !rule.own) && parts(&rule.permission).1.matches(action));
    let verdicts = matching.map(|rule| match rule.effect {
        Effect::Deny => Verdict::Denied,
        Effect::Allow => Verdict::Allowed,
    });
    verdicts.min().unwrap_or(Verdict::Unmatched)
}

fn confirm(
    witness: &mut Witness,
    roles: &[RoleChanges],
    expected: fn(&Change) -> Verdict,
) -> Result<(), CheckError> {
    for role in roles {
        let names = [role.role.clone()];
        for change in &role.changes {
            let own = change.owner != Owner::Other;
            let decided = Verdict::of(&witness.decide(&names, &change.witness, own)?);
            if decided != expected(change) {
                return Err(CheckError::Disagreement {
                    id: "the comparison",
                    permission: change.witness.clone(),
                    roles: role.role.clone(),
                });
            }
        }
    }
    Ok(())
}
