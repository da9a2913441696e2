//! Compares what two policies decide: exactly, by classes of permissions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use auth_rules::policy_file;
use auth_rules::rbac::{Effect, Role, Rule};
use auth_rules::settings::Settings;
use auth_runtime::{CompiledPolicy, Decision, Engine};

use crate::check::CheckError;
use crate::classes::names;
use crate::pattern_index::{Part, PatternIndex, parts};
use crate::setting_values::setting_values;
use crate::witness::Witness;

/// What one role alone decides about a permission. A later one gives more than an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// A rule denies it, and no other role can allow it.
    Denied,
    /// No rule of the role matches it.
    Unmatched,
    /// A rule allows it.
    Allowed,
}

/// Whose resources a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Everybody's.
    Anybody,
    /// Those of the subject only.
    Subject,
    /// Those of others only.
    Other,
}

/// A class of permissions that a role decides otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The class, as a pattern. Permissions with an entry of their own are not of it.
    pub permissions: String,
    /// The permissions within the pattern that are decided as before.
    pub except: Vec<String>,
    /// A permission of the class. The component confirmed the change for it.
    pub witness: String,
    /// Whose resources it is about.
    pub owner: Owner,
    /// The decision of the old policy.
    pub before: Verdict,
    /// The decision of the new policy.
    pub after: Verdict,
}

impl Change {
    /// Whether the new policy gives more.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.after > self.before
    }
}

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

/// What two policies do differently.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The roles that decide otherwise, in the order of their names.
    pub roles: Vec<RoleChanges>,
    /// The settings with another value.
    pub settings: Vec<SettingChange>,
    /// The roles that registration gives only by the new policy.
    pub newly_registered: Vec<String>,
}

/// A policy that the component has compiled.
pub struct Compiled {
    settings: Settings,
    roles: Vec<Role>,
    policy: CompiledPolicy,
}

impl Compiled {
    /// Compiles a policy with the component. `Ok(None)` when it refuses the text; [`check`] says why.
    ///
    /// [`check`]: crate::check
    ///
    /// # Errors
    /// When the component failed.
    pub fn new(engine: &Engine, text: &str) -> Result<Option<Self>, CheckError> {
        let (Ok(policy), Ok((settings, roles))) =
            (engine.compile_policy(text)?, policy_file::compile(text))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            settings,
            roles,
            policy,
        }))
    }

    /// Whether both mean the same: every setting and every rule.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.settings == other.settings && self.roles == other.roles
    }

    /// The roles, in the order of their names.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Finds a role by its name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        let found = self
            .roles
            .binary_search_by(|role| role.name.as_str().cmp(name));
        found.ok().and_then(|index| self.roles.get(index))
    }

    /// The policy in the form of the contract.
    pub(crate) fn policy(&self) -> &CompiledPolicy {
        &self.policy
    }

    /// Every pattern in a rule of these roles, each once, with a permission that is like all that it
    /// matches and that have no pattern of their own.
    #[must_use]
    pub fn permissions(&self, roles: &[String]) -> Vec<(String, String)> {
        let rules = roles
            .iter()
            .filter_map(|role| self.role(role))
            .flat_map(|role| &role.rules);
        let patterns: BTreeSet<_> = rules.map(|rule| rule.permission.as_str()).collect();
        let (resources, actions) = names(patterns.iter().copied());
        let example = |pattern: &str| {
            let (resource, action) = parts(pattern);
            let (resource, action) = (resources.example(resource)?, actions.example(action)?);
            Some((pattern.to_owned(), format!("{resource}:{action}")))
        };
        patterns.into_iter().filter_map(example).collect()
    }

    /// Makes a component that decides by this policy.
    ///
    /// # Errors
    /// When it cannot be instantiated.
    pub fn witness(&self, engine: &Engine) -> Result<Witness, CheckError> {
        Ok(Witness::new(engine, self.policy.clone())?)
    }
}

/// Compares two policies. Every change that is reported was confirmed by the component.
///
/// # Errors
/// When the component failed, or contradicts a change.
pub fn compare(engine: &Engine, old: &Compiled, new: &Compiled) -> Result<Comparison, CheckError> {
    let mut roles: BTreeMap<&str, [Option<&Role>; 2]> = BTreeMap::new();
    for (place, policy) in [old, new].into_iter().enumerate() {
        for role in &policy.roles {
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
    let registered = &old.settings.registration.roles;
    let newly = new.settings.registration.roles.iter();
    Ok(Comparison {
        roles: changed,
        settings: changed_settings(&old.settings, &new.settings),
        newly_registered: newly
            .filter(|role| !registered.contains(role))
            .cloned()
            .collect(),
    })
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

fn changed_settings(old: &Settings, new: &Settings) -> Vec<SettingChange> {
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
    let (mut found, mut unchanged) = (Vec::new(), Vec::new());
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
            let different = differences(verdicts(true), verdicts(false), class, &witness);
            if different.is_empty() {
                unchanged.push(shown(class));
            }
            found.extend(different);
        }
    }
    let mut changes = without_special_cases(found);
    note_exceptions(&mut changes, &unchanged);
    changes
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

fn differences(
    own: (Verdict, Verdict),
    others: (Verdict, Verdict),
    class: (Part<'_>, Part<'_>),
    witness: &str,
) -> Vec<Change> {
    let change = |owner, (before, after)| Change {
        permissions: shown(class),
        except: Vec::new(),
        witness: witness.to_owned(),
        owner,
        before,
        after,
    };
    let changes = if own == others {
        vec![change(Owner::Anybody, own)]
    } else {
        vec![change(Owner::Subject, own), change(Owner::Other, others)]
    };
    changes
        .into_iter()
        .filter(|change| change.before != change.after)
        .collect()
}

fn shown((resource, action): (Part<'_>, Part<'_>)) -> String {
    let star = |part: Part<'_>| if part.open { "*" } else { "" };
    format!(
        "{}{}:{}{}",
        resource.stem,
        star(resource),
        action.stem,
        star(action)
    )
}

/// Adds to each change the classes within its pattern that did not change.
fn note_exceptions(changes: &mut [Change], unchanged: &[String]) {
    let patterns: Vec<_> = changes
        .iter()
        .map(|change| change.permissions.clone())
        .collect();
    let mut index: PatternIndex<'_, usize> = PatternIndex::default();
    for (place, pattern) in patterns.iter().enumerate() {
        index.add(pattern, place);
    }
    for class in unchanged {
        for place in index.containing(class) {
            if let Some(change) = changes.get_mut(*place) {
                change.except.push(class.clone());
            }
        }
    }
}

/// Leaves out a change that a change of a wider class says already.
fn without_special_cases(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|a, b| a.permissions.cmp(&b.permissions));
    let kept: Vec<bool> = {
        let mut wider: HashMap<_, PatternIndex<'_, &str>> = HashMap::new();
        for change in &changes {
            let index = wider
                .entry((change.owner, change.before, change.after))
                .or_default();
            index.add(&change.permissions, &change.permissions);
        }
        let is_kept = |change: &Change| {
            let index = wider.get(&(change.owner, change.before, change.after));
            index.is_none_or(|index| {
                index
                    .containing(&change.permissions)
                    .all(|other| *other == change.permissions)
            })
        };
        changes.iter().map(is_kept).collect()
    };
    let kept = changes.into_iter().zip(kept).filter(|(_, kept)| *kept);
    kept.map(|(change, _)| change).collect()
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
            let decided = match witness.decide(&names, &change.witness, own)? {
                Some(Decision::Allowed(_)) => Verdict::Allowed,
                Some(Decision::Denied(_)) => Verdict::Denied,
                Some(Decision::Unmatched) | None => Verdict::Unmatched,
            };
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
