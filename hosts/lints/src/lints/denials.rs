//! Denials that do nothing, and denials that do more than one may expect.

use std::collections::HashSet;

use auth_rules::rbac::{Effect, Role};

use crate::catalogue::{CANCELS_ANOTHER, DENY_MEETS_NO_ALLOW, ONLY_DENIES};
use crate::finding::{Draft, Expected};
use crate::pattern_index::{OverlapIndex, PatternIndex, parts};
use crate::subject::{Covering, Drafts, Subject, example, nearest, path_of, stating};

pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    if !subject.stated().any(|(_, role)| has_denial(role)) {
        return;
    }
    meets_no_allow(subject, drafts);
    only_denies(subject, drafts);
    cancels_another(subject, drafts);
}

fn has_denial(role: &Role) -> bool {
    // Denials come first.
    role.rules
        .first()
        .is_some_and(|rule| rule.effect == Effect::Deny)
}

fn is_on_every_resource(pattern: &str) -> bool {
    let (resource, _) = parts(pattern);
    resource.open && resource.stem.is_empty()
}

/// CS205. A denial may be meant for users who have another role as well, so the allows of all roles
/// count; but those on every resource (`*:read`) count only where a role has both.
fn meets_no_allow(subject: &Subject<'_>, drafts: &mut Drafts) {
    let mut allows = OverlapIndex::default();
    let mut known = HashSet::new();
    let mut met = HashSet::new();
    for (_, role) in subject.stated() {
        let allowing = role
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::Allow);
        let (everywhere, elsewhere): (Vec<_>, Vec<_>) =
            allowing.partition(|rule| is_on_every_resource(&rule.permission));
        for rule in elsewhere {
            if known.insert(rule.permission.as_str()) {
                allows.add(&rule.permission);
            }
        }
        let mut here = OverlapIndex::default();
        everywhere
            .iter()
            .for_each(|rule| here.add(&rule.permission));
        let denials = role.rules.iter().filter(|rule| rule.effect == Effect::Deny);
        met.extend(
            denials
                .filter(|rule| here.overlaps(&rule.permission))
                .map(|rule| (stating(rule), rule.permission.as_str())),
        );
    }
    for (stated, role) in subject.stated() {
        for rule in stated
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::Deny)
        {
            let pattern = rule.permission.value;
            if allows.overlaps(pattern) || met.contains(&(stated.name.value, pattern)) {
                continue;
            }
            let message = format!("no role allows anything that `{pattern}` denies");
            let span = rule.permission.span.clone();
            let draft = Draft::new(&DENY_MEETS_NO_ALLOW, span, path_of(stated, rule), message)
                .claim(&[&role.name], example(pattern), true, Expected::Denied);
            drafts.push(match nearest(pattern, known.iter().copied()) {
                Some(near) => draft.help(format!("did you mean `{near}`?")),
                None => draft.help("remove it: no decision is allowed by its absence"),
            });
        }
    }
}

/// CS214
fn only_denies(subject: &Subject<'_>, drafts: &mut Drafts) {
    for (stated, role) in subject.stated() {
        let mut effects = role.rules.iter().map(|rule| rule.effect);
        if !has_denial(role) || !effects.all(|effect| effect == Effect::Deny) {
            continue;
        }
        let message = format!(
            "`{}` only denies, so taking it from somebody widens",
            role.name
        );
        let path = format!("roles.{}", role.name);
        drafts.push(
            Draft::new(&ONLY_DENIES, stated.name.span.clone(), path, message)
                .help("whoever has `roles:take` may take it"),
        );
    }
}

/// CS215. Only roles that allow something as well are looked at: a role that only denies has the purpose to
/// cancel others.
fn cancels_another(subject: &Subject<'_>, drafts: &mut Drafts) {
    let mut by_denial: PatternIndex<'_, &Role> = PatternIndex::default();
    for (_, role) in subject.stated() {
        let (denials, allows): (Vec<_>, Vec<_>) = role
            .rules
            .iter()
            .partition(|rule| rule.effect == Effect::Deny);
        if !allows.is_empty() {
            let stated = denials.iter().filter(|rule| rule.permission != "*:*");
            stated.for_each(|rule| by_denial.add(&rule.permission, role));
        }
    }
    for (stated, role) in subject.stated() {
        let allows = || {
            role.rules
                .iter()
                .filter(|rule| rule.effect == Effect::Allow)
        };
        let Some(first) = allows().next() else {
            continue;
        };
        let mut seen = HashSet::new();
        for other in by_denial.containing(&first.permission) {
            let is_new = other.name != role.name && seen.insert(other.name.as_str());
            // A role that this one inherits, or that inherits this one, says so itself (CS204).
            let related =
                |a: &Role, b: &Role| a.rules.iter().any(|rule| rule.via.contains(&b.name));
            if !is_new || related(role, other) || related(other, role) {
                continue;
            }
            let covering = Covering::of(&other.rules);
            let is_cancelled = |pattern: &str| covering.deny.containing(pattern).next().is_some();
            if has_denial(role) || !allows().all(|rule| is_cancelled(&rule.permission)) {
                continue;
            }
            let message = format!(
                "whoever also has `{}` has nothing of `{}`: it denies all of it",
                other.name, role.name
            );
            let permission = example(&first.permission);
            let path = format!("roles.{}", role.name);
            drafts.push(
                Draft::new(&CANCELS_ANOTHER, stated.name.span.clone(), path, message)
                    .claim(&[&role.name], permission.clone(), true, Expected::Allowed)
                    .claim(
                        &[&role.name, &other.name],
                        permission,
                        true,
                        Expected::Denied,
                    ),
            );
        }
    }
}
