//! What the lints look at: a policy in its written and in its compiled form.

use std::ops::Range;

use auth_rules::rbac::{Decision, Effect, Permission, Question, Role, Rule, decide};
use auth_rules::settings::Settings;

use crate::document::{Document, StatedRole, StatedRule};
use crate::finding::Draft;
use crate::pattern_index::{Part, PatternIndex, parts};

/// A policy in its written and in its compiled form.
pub(crate) struct Subject<'a> {
    pub(crate) document: &'a Document<'a>,
    pub(crate) settings: &'a Settings,
    /// The compiled roles, in the order of their names. Where the file defines roles, they are those
    /// of the document, one by one.
    pub(crate) roles: &'a [Role],
}

/// What the lints have found so far.
pub(crate) type Drafts = Vec<Draft>;

impl<'a> Subject<'a> {
    /// Each role that the file states, with its compiled form.
    pub(crate) fn stated(&self) -> impl Iterator<Item = (&'a StatedRole<'a>, &'a Role)> {
        self.document.roles.iter().zip(self.roles)
    }

    pub(crate) fn role(&self, name: &str) -> Option<&'a Role> {
        let found = self
            .roles
            .binary_search_by(|role| role.name.as_str().cmp(name));
        found.ok().and_then(|index| self.roles.get(index))
    }

    /// The place of a setting, or of the first role where the file does not state it.
    pub(crate) fn setting(&self, paths: &[&str]) -> Range<usize> {
        let stated = paths.iter().find_map(|path| self.document.setting(path));
        let first = || {
            let names = self.document.roles.iter().map(|role| &role.name.span);
            names.min_by_key(|span| span.start).cloned()
        };
        stated.or_else(first).unwrap_or_default()
    }
}

/// The path of a key of a role.
pub(crate) fn path(role: &StatedRole<'_>, key: &str) -> String {
    format!("roles.{}.{key}", role.name.value)
}

/// The path of the key that states a rule.
pub(crate) fn path_of(role: &StatedRole<'_>, rule: &StatedRule<'_>) -> String {
    path(role, rule.key)
}

/// The rules of a compiled role by what they match, to find those that cover another.
#[derive(Default)]
pub(crate) struct Covering<'a> {
    pub(crate) allow: PatternIndex<'a, &'a Rule>,
    pub(crate) allow_own: PatternIndex<'a, &'a Rule>,
    pub(crate) deny: PatternIndex<'a, &'a Rule>,
}

impl<'a> Covering<'a> {
    pub(crate) fn of(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let mut covering = Self::default();
        for rule in rules {
            let index = match (rule.effect, rule.own) {
                (Effect::Deny, _) => &mut covering.deny,
                (Effect::Allow, false) => &mut covering.allow,
                (Effect::Allow, true) => &mut covering.allow_own,
            };
            index.add(&rule.permission, rule);
        }
        covering
    }

    /// Whether one rule that allows reaches at least as far as this one.
    pub(crate) fn allows(&self, rule: &'a Rule) -> bool {
        self.allow.containing(&rule.permission).next().is_some()
            || rule.own && self.allow_own.containing(&rule.permission).next().is_some()
    }
}

/// Whether a role alone allows a permission on what others own.
pub(crate) fn allows(role: &Role, permission: &str) -> bool {
    let Ok(permission) = Permission::parse(permission) else {
        return false;
    };
    let question = Question {
        subject: "",
        permission: &permission,
        owner: None,
    };
    let decision = decide(std::slice::from_ref(role), &question);
    matches!(decision, Decision::Allowed(_))
}

/// Whether the role itself states the rule.
pub(crate) fn is_stated(rule: &Rule) -> bool {
    rule.via.len() <= 1
}

/// The role that states a rule.
pub(crate) fn stating(rule: &Rule) -> &str {
    rule.via.last().map_or("", String::as_str)
}

/// A permission that a pattern matches: the pattern itself, where it has no wildcard.
pub(crate) fn example(pattern: &str) -> String {
    let name = |part: Part<'_>| match (part.open, part.stem) {
        (false, stem) => stem.to_owned(),
        (true, stem) => format!("{stem}x"),
    };
    let (resource, action) = parts(pattern);
    format!("{}:{}", name(resource), name(action))
}

/// The known text nearest to `given`, if it is near enough to be meant.
pub(crate) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distances = known
        .into_iter()
        .filter(|known| known.len().abs_diff(given.len()) <= 3 && *known != given)
        .map(|known| (strsim::osa_distance(given, known), known));
    distances
        .min()
        .filter(|(distance, known)| *distance <= known.len().div_ceil(6).min(2))
        .map(|(_, known)| known)
}
