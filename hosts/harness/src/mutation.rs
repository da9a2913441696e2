//! Changes of a policy that its cases ought to notice: a rule dropped, reversed or widened, a setting
//! halved or doubled.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use auth_runtime::{CompiledPolicy, CompiledRole, CompiledRule, Effect, Engine};

use crate::coverage::{Part, of_policy};
use crate::options::Options;
use crate::policy::Policy;
use crate::settings::SETTINGS;
use crate::source::Span;
use crate::suite::{LoadError, Suite};

/// A changed policy, and whether the cases noticed.
pub struct Mutation {
    /// What was changed, in words.
    pub name: String,
    /// Where the policy states what was changed; `None` for a setting.
    pub span: Option<Span>,
    /// Whether a case failed on the changed policy.
    pub is_noticed: bool,
}

/// Runs the cases below `paths` on each changed policy. `stop` ends the work after the change in hand;
/// `done` counts the changes.
///
/// # Errors
/// When the files cannot be read again, or the service cannot be started.
pub fn mutate(
    engine: &Engine,
    paths: &[PathBuf],
    root: &Path,
    policy: &Policy,
    stop: &AtomicBool,
    done: &AtomicUsize,
) -> Result<Vec<Mutation>, LoadError> {
    let mut mutations = Vec::new();
    for change in changes(policy) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let changed = policy.with(change.policy);
        let suite = Suite::load(engine, paths, root, Some(&changed))?;
        let report = suite.run(
            &Options::default(),
            &AtomicBool::new(false),
            &AtomicUsize::new(0),
        );
        let report = report.map_err(|error| LoadError::Unreadable(format!("{error:#}")))?;
        mutations.push(Mutation {
            name: change.name,
            span: change.span,
            is_noticed: report.failed() > 0,
        });
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(mutations)
}

/// A policy with one change.
struct Changed {
    name: String,
    span: Option<Span>,
    policy: CompiledPolicy,
}

fn changes(policy: &Policy) -> Vec<Changed> {
    let mut changes = Vec::new();
    for item in of_policy(policy) {
        let Part::Rule {
            role,
            effect,
            pattern,
        } = &item.part
        else {
            continue;
        };
        for (done, change) in RULE_CHANGES {
            let mut compiled = policy.compiled_policy();
            let is_meant = |rule: &CompiledRule| {
                rule.via.last() == Some(role)
                    && rule.permission == *pattern
                    && stated(rule) == *effect
            };
            if change(&mut compiled.roles, &is_meant) {
                changes.push(Changed {
                    name: format!("{} {done}", item.name),
                    span: item.span.clone(),
                    policy: compiled,
                });
            }
        }
    }
    changes.extend(setting_changes(policy));
    changes
}

/// The key of a role that states the rule.
fn stated(rule: &CompiledRule) -> &'static str {
    match (rule.effect, rule.own_only) {
        (Effect::Deny, _) => "deny",
        (Effect::Allow, true) => "allow_own",
        (Effect::Allow, false) => "allow",
    }
}

/// Changes the rules that are meant, in all roles that have them. False when there is nothing to change.
type RuleChange = fn(&mut [CompiledRole], &dyn Fn(&CompiledRule) -> bool) -> bool;

const RULE_CHANGES: [(&str, RuleChange); 3] = [
    ("dropped", drop_rules),
    ("reversed", reverse),
    ("widened", widen),
];

fn drop_rules(roles: &mut [CompiledRole], is_meant: &dyn Fn(&CompiledRule) -> bool) -> bool {
    for role in roles {
        role.rules.retain(|rule| !is_meant(rule));
    }
    true
}

fn reverse(roles: &mut [CompiledRole], is_meant: &dyn Fn(&CompiledRule) -> bool) -> bool {
    for role in roles {
        for rule in role.rules.iter_mut().filter(|rule| is_meant(rule)) {
            rule.own_only = false;
            rule.effect = match rule.effect {
                Effect::Allow => Effect::Deny,
                Effect::Deny => Effect::Allow,
            };
        }
        // Denials come first.
        role.rules.sort_by_key(|rule| rule.effect == Effect::Allow);
    }
    true
}

fn widen(roles: &mut [CompiledRole], is_meant: &dyn Fn(&CompiledRule) -> bool) -> bool {
    let mut is_wider = false;
    for rule in roles
        .iter_mut()
        .flat_map(|role| &mut role.rules)
        .filter(|rule| is_meant(rule))
    {
        if rule.own_only {
            rule.own_only = false;
        } else if rule.permission != "*:*" {
            let resource = rule.permission.split(':').next().unwrap_or_default();
            let wider = format!("{resource}:*");
            rule.permission = if rule.permission == wider {
                "*:*".to_owned()
            } else {
                wider
            };
        } else {
            continue;
        }
        is_wider = true;
    }
    is_wider
}

/// What is done to the value of a setting.
type SettingChange = (&'static str, fn(u32) -> u32);

const SETTING_CHANGES: [SettingChange; 2] = [
    ("halved", |it| it / 2),
    ("doubled", |it| it.saturating_mul(2)),
];

fn setting_changes(policy: &Policy) -> Vec<Changed> {
    let mut changes = Vec::new();
    for (name, setting) in SETTINGS {
        for (done, change) in SETTING_CHANGES {
            let mut compiled = policy.compiled_policy();
            let value = setting(&mut compiled.settings);
            let changed = change(*value);
            if changed != *value {
                *value = changed;
                changes.push(Changed {
                    name: format!("{name} {done}"),
                    span: None,
                    policy: compiled,
                });
            }
        }
    }
    changes
}
