//! What no role may do: asked for every role and every class of permissions, not for a sample.
//!
//! A pattern of a rule is a name or a beginning, so the permissions that a role tells apart fall
//! into finitely many classes. One permission of each class is asked for. It is enough to ask for
//! each role alone: denials only ever take away, so what several roles allow together, one of them
//! allows alone.

use std::collections::BTreeSet;

use auth_runtime::CompiledRole;

use crate::cases::access::{is_permission, not_a_permission};
use crate::cases::subject::check_role;
use crate::policy::Policy;
use crate::reader::Fields;

/// Permissions that no role may allow, except some.
pub(crate) struct Never {
    /// A permission, or a pattern of them as in a policy.
    pub(crate) pattern: String,
    pub(crate) except: Vec<String>,
}

/// Reads a `[[never]]`; `None` after a fault.
pub(crate) fn read(fields: &mut Fields<'_, '_>, policy: &Policy) -> Option<Never> {
    let pattern = fields.required("allow");
    let except = fields.texts("except").unwrap_or_default();
    for role in &except {
        check_role(role, policy, fields.faults);
    }
    let pattern = pattern?;
    if !is_permission(&pattern.value.replace('*', "x")) {
        fields
            .faults
            .add(pattern.bytes, not_a_permission(&pattern.value));
        return None;
    }
    Some(Never {
        pattern: pattern.value,
        except: except.into_iter().map(|role| role.value).collect(),
    })
}

/// One permission of each class that `role` tells apart within `pattern`.
pub(crate) fn witnesses(role: &CompiledRole, pattern: &str) -> Vec<String> {
    let Some((resource, action)) = pattern.split_once(':') else {
        return Vec::new();
    };
    let rules = role
        .rules
        .iter()
        .filter_map(|rule| rule.permission.split_once(':'));
    let (resources, actions): (BTreeSet<_>, BTreeSet<_>) = rules.unzip();
    let actions = names(&actions, action);
    let pair = |resource: String| {
        actions
            .iter()
            .map(move |action| format!("{resource}:{action}"))
    };
    names(&resources, resource)
        .into_iter()
        .flat_map(pair)
        .collect()
}

/// One name for each class of names that `parts` tell apart, among those that `wanted` matches.
fn names(parts: &BTreeSet<&str>, wanted: &str) -> Vec<String> {
    if !wanted.ends_with('*') {
        return vec![wanted.to_owned()];
    }
    let parts: BTreeSet<&str> = parts.iter().copied().chain([wanted]).collect();
    let stems: BTreeSet<&str> = parts
        .iter()
        .filter_map(|part| part.strip_suffix('*'))
        .collect();
    let literals: BTreeSet<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.ends_with('*'))
        .collect();
    let fresh = stems
        .iter()
        .filter_map(|stem| fresh(stem, &stems, &literals));
    let names: BTreeSet<String> = literals
        .iter()
        .map(|name| (*name).to_owned())
        .chain(fresh)
        .collect();
    let beginning = wanted.trim_end_matches('*');
    names
        .into_iter()
        .filter(|name| name.starts_with(beginning))
        .collect()
}

/// A name that begins with `stem` and that no literal and no longer stem matches; `None` when these
/// leave none.
fn fresh(stem: &str, stems: &BTreeSet<&str>, literals: &BTreeSet<&str>) -> Option<String> {
    const LONGEST: usize = 64;
    let characters = || (b'a'..=b'z').chain(b'0'..=b'9').map(char::from);
    let ends = characters().map(String::from);
    let ends = ends.chain(
        characters().flat_map(|first| characters().map(move |second| format!("{first}{second}"))),
    );
    let names = [String::new()]
        .into_iter()
        .chain(ends)
        .map(|end| format!("{stem}{end}"));
    let mut names = names.filter(|name| !name.is_empty() && name.len() <= LONGEST);
    names.find(|name| {
        !literals.contains(name.as_str())
            && !stems
                .iter()
                .any(|other| other.len() > stem.len() && name.starts_with(other))
    })
}

#[cfg(test)]
mod tests {
    use auth_runtime::{CompiledRule, Effect};

    use super::*;

    #[test]
    fn a_role_is_asked_once_for_each_class() {
        let rule = |permission: &str| CompiledRule {
            effect: Effect::Allow,
            permission: permission.to_owned(),
            own_only: false,
            via: Vec::new(),
        };
        let role = CompiledRole {
            name: "r".to_owned(),
            rules: ["orders:read", "order*:read*", "*:list"].map(rule).to_vec(),
        };
        for (pattern, expected) in [
            ("a:b", &["a:b"][..]),
            (
                "orders:*",
                &["orders:a", "orders:list", "orders:read", "orders:reada"],
            ),
            ("*:read", &["a:read", "order:read", "orders:read"]),
            ("orders*:list", &["ordersa:list", "orders:list"]),
        ] {
            let mut expected: Vec<_> = expected.to_vec();
            expected.sort_unstable();
            let mut found = witnesses(&role, pattern);
            found.sort_unstable();
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
