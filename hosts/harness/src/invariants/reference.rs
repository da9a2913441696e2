//! Who may do what by the text of the policy, told without the component.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

/// The roles of a policy as its text states them.
pub(crate) struct Reference {
    roles: BTreeMap<String, Role>,
}

#[derive(Default)]
struct Role {
    inherits: Vec<String>,
    allow: Vec<String>,
    allow_own: Vec<String>,
    deny: Vec<String>,
}

impl Reference {
    pub(crate) fn of(policy: &str) -> Self {
        let mut roles = BTreeMap::new();
        let parsed = DeTable::parse(policy.trim_start_matches('\u{feff}'));
        let table = parsed.as_ref().map(toml::Spanned::get_ref).ok();
        let stated = table.and_then(|table| table.get("roles")?.get_ref().as_table());
        for (name, role) in stated.into_iter().flatten() {
            if let Some(role) = role.get_ref().as_table() {
                let list = |key| texts(role.get(key));
                let role = Role {
                    inherits: list("inherits"),
                    allow: list("allow"),
                    allow_own: list("allow_own"),
                    deny: list("deny"),
                };
                roles.insert(name.get_ref().to_string(), role);
            }
        }
        Self { roles }
    }

    /// Whether these roles allow the permission, on something that the subject owns or not.
    pub(super) fn allows(&self, roles: &[String], permission: &str, is_own: bool) -> bool {
        let mut all = BTreeSet::new();
        let mut left: Vec<&String> = roles.iter().collect();
        while let Some(name) = left.pop() {
            if let (Some(role), true) = (self.roles.get(name), all.insert(name)) {
                left.extend(&role.inherits);
            }
        }
        let all = || all.iter().filter_map(|name| self.roles.get(*name));
        let is_in = |list: &[String]| list.iter().any(|pattern| matches(pattern, permission));
        let is_denied = all().any(|role| is_in(&role.deny));
        let is_allowed = all().any(|role| is_in(&role.allow) || is_own && is_in(&role.allow_own));
        is_allowed && !is_denied
    }

    /// A permission for each pattern of these roles, and of those that they inherit.
    pub(super) fn stated(&self, roles: &[String]) -> Vec<String> {
        let mut stated = Vec::new();
        for role in roles.iter().filter_map(|name| self.roles.get(name)) {
            let patterns = role.allow.iter();
            stated.extend(patterns.map(|pattern| pattern.replace('*', "x")));
            stated.extend(self.stated(&role.inherits));
        }
        stated
    }
}

fn texts(value: Option<&toml::Spanned<DeValue<'_>>>) -> Vec<String> {
    let items = value.and_then(|value| value.get_ref().as_array());
    let texts = items.into_iter().flatten();
    texts
        .filter_map(|item| item.get_ref().as_str().map(str::to_owned))
        .collect()
}

/// Whether a pattern matches a permission: each part is a name, or a beginning and a `*`.
fn matches(pattern: &str, permission: &str) -> bool {
    let parts = pattern.split_once(':').zip(permission.split_once(':'));
    let is_part = |pattern: &str, name: &str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    };
    parts.is_some_and(|((resource, action), (of, does))| {
        is_part(resource, of) && is_part(action, does)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_the_policy_means_them() {
        let reference = Reference::of(
            "[roles.user]\nallow_own = ['orders:read']\n[roles.clerk]\ninherits = ['user']\n\
             allow = ['orders:*']\ndeny = ['orders:ref*']\n",
        );
        for (role, permission, is_own, is_allowed) in [
            ("user", "orders:read", true, true),
            ("user", "orders:read", false, false),
            ("clerk", "orders:read", false, true),
            ("clerk", "orders:refund", true, false),
            ("clerk", "orderly:read", false, false),
            ("nobody", "orders:read", true, false),
        ] {
            let allows = reference.allows(&[role.to_owned()], permission, is_own);
            assert_eq!(allows, is_allowed, "{role} {permission}");
        }
    }
}
