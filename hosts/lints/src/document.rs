//! The policy file in its written form: each role, rule and setting with its place.
//!
//! Compilation loses the places. This reads them from text that the component has taken or refused,
//! so it judges nothing, and skips what it does not understand.

use std::collections::HashMap;
use std::ops::Range;

use auth_rules::rbac::Effect;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A string of the file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'doc> {
    /// The bytes of the file, with the quotes of a value.
    pub span: Range<usize>,
    /// The string itself, with escapes resolved.
    pub value: &'doc str,
}

/// A role as the file states it.
#[derive(Debug)]
pub struct StatedRole<'doc> {
    /// Its name, at the head of its table.
    pub name: Text<'doc>,
    /// The roles that it inherits directly.
    pub inherits: Vec<Text<'doc>>,
    /// The rules that it states itself, key by key.
    pub rules: Vec<StatedRule<'doc>>,
}

/// A rule as a role states it.
#[derive(Debug)]
pub struct StatedRule<'doc> {
    /// The key that states it: `allow`, `allow_own` or `deny`.
    pub key: &'static str,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whether it matches only what the subject owns.
    pub own: bool,
    /// The pattern of permissions, as written in the file.
    pub permission: Text<'doc>,
}

/// The file in its written form.
#[derive(Debug, Default)]
pub struct Document<'doc> {
    /// The roles, in the order of their names, as compilation has them.
    pub roles: Vec<StatedRole<'doc>>,
    /// The permissions that routes ask for, each with the number of its route, counted from 0.
    pub routes: Vec<(usize, Text<'doc>)>,
    settings: HashMap<String, Range<usize>>,
}

const RULES: [(&str, Effect, bool); 3] = [
    ("allow", Effect::Allow, false),
    ("allow_own", Effect::Allow, true),
    ("deny", Effect::Deny, false),
];

impl<'doc> Document<'doc> {
    /// Reads the roles and the places of the settings of a parsed file.
    #[must_use]
    pub fn read(table: &'doc DeTable<'doc>) -> Self {
        let mut document = Self::default();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("roles", DeValue::Table(roles)) => {
                    document.roles = roles.iter().filter_map(role).collect();
                }
                ("routes", DeValue::Array(array)) => document.routes = routes(array),
                (name, _) => settings(name, value, &mut document.settings),
            }
        }
        document
    }

    /// The place of the value of a setting, for example `session.idle_seconds`, if it is stated.
    #[must_use]
    pub fn setting(&self, path: &str) -> Option<Range<usize>> {
        self.settings.get(path).cloned()
    }

    /// Finds a role by its name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&StatedRole<'doc>> {
        let found = self
            .roles
            .binary_search_by(|role| role.name.value.cmp(name));
        found.ok().and_then(|index| self.roles.get(index))
    }

    /// Finds the place where `role` states a rule.
    #[must_use]
    pub fn rule(&self, role: &str, effect: Effect, permission: &str) -> Option<Range<usize>> {
        let mut rules = self.role(role)?.rules.iter();
        let stated =
            rules.find(|rule| rule.effect == effect && rule.permission.value == permission)?;
        Some(stated.permission.span.clone())
    }
}

fn role<'doc>(
    (name, value): (
        &'doc Spanned<std::borrow::Cow<'doc, str>>,
        &'doc Spanned<DeValue<'doc>>,
    ),
) -> Option<StatedRole<'doc>> {
    let DeValue::Table(table) = value.get_ref() else {
        return None;
    };
    let texts = |key: &str| table.get(key).map(texts).unwrap_or_default();
    let rules = RULES.into_iter().flat_map(|(key, effect, own)| {
        texts(key).into_iter().map(move |permission| StatedRule {
            key,
            effect,
            own,
            permission,
        })
    });
    Some(StatedRole {
        name: Text {
            span: name.span(),
            value: name.get_ref(),
        },
        inherits: texts("inherits"),
        rules: rules.collect(),
    })
}

fn routes<'doc>(array: &'doc DeArray<'doc>) -> Vec<(usize, Text<'doc>)> {
    let permission = |route: &'doc Spanned<DeValue<'doc>>| match route.get_ref() {
        DeValue::Table(table) => text(table.get("permission")?),
        _ => None,
    };
    let permissions = array.iter().map(permission).enumerate();
    permissions
        .filter_map(|(index, permission)| Some((index, permission?)))
        .collect()
}

fn text<'doc>(value: &'doc Spanned<DeValue<'doc>>) -> Option<Text<'doc>> {
    Some(Text {
        span: value.span(),
        value: value.get_ref().as_str()?,
    })
}

fn texts<'doc>(value: &'doc Spanned<DeValue<'doc>>) -> Vec<Text<'doc>> {
    let DeValue::Array(array) = value.get_ref() else {
        return Vec::new();
    };
    array.iter().filter_map(text).collect()
}

fn settings(path: &str, value: &Spanned<DeValue<'_>>, into: &mut HashMap<String, Range<usize>>) {
    into.insert(path.to_owned(), value.span());
    if let DeValue::Table(table) = value.get_ref() {
        for (key, value) in table {
            settings(&format!("{path}.{}", key.get_ref()), value, into);
        }
    }
}
