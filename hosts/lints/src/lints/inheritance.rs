//! Roles that no account can get, that inherit more than they need, or that are easily confused.

use std::collections::{BTreeSet, HashMap};

use auth_rules::rbac::{Effect, Pattern, Permission, Role};

use crate::catalogue::{LOOK_ALIKES, REDUNDANT_INHERITANCE, UNOBTAINABLE_ROLE};
use crate::finding::Draft;
use crate::subject::{Covering, Drafts, Subject, path};

pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    unobtainable(subject, drafts);
    redundant(subject, drafts);
    look_alikes(subject, drafts);
}

/// CS104. A role that grants another must cover it, so a role that is granted adds nothing to what can be
/// granted. It is enough to ask what the roles of registration and set-up allow, all together and
/// without their denials: no account can have more.
fn unobtainable(subject: &Subject<'_>, drafts: &mut Drafts) {
    let settings = subject.settings;
    let given: BTreeSet<&str> = settings
        .registration
        .roles
        .iter()
        .chain([&settings.setup.role])
        .map(String::as_str)
        .collect();
    let roles = given.iter().filter_map(|name| subject.role(name));
    let rules = roles.flat_map(|role| &role.rules);
    let allows: Vec<_> = rules.filter(|rule| rule.effect == Effect::Allow).collect();
    let may_grant = allows
        .iter()
        .any(|rule| !rule.own && grants(&rule.permission));
    let covering = Covering::of(allows);
    for (stated, role) in subject.stated() {
        let mut allowed = role
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::Allow);
        let is_covered = may_grant && allowed.all(|rule| covering.allows(rule));
        if is_covered || given.contains(role.name.as_str()) {
            continue;
        }
        let message = if may_grant {
            format!(
                "nobody who may grant roles has all that `{}` allows",
                role.name
            )
        } else {
            format!(
                "nobody can get `{}`: no role that anybody has allows `roles:grant`",
                role.name
            )
        };
        let path = format!("roles.{}", role.name);
        drafts.push(
            Draft::new(&UNOBTAINABLE_ROLE, stated.name.span.clone(), path, message)
                .help("only the operator can give it, with `countersign users create --role`"),
        );
    }
}

fn grants(pattern: &str) -> bool {
    let permission = Permission::parse("roles:grant");
    match (Pattern::parse(pattern), permission) {
        (Ok(pattern), Ok(permission)) => pattern.matches(&permission),
        _ => false,
    }
}

/// CS105
fn redundant(subject: &Subject<'_>, drafts: &mut Drafts) {
    for (stated, _) in subject.stated() {
        if stated.inherits.len() < 2 {
            continue;
        }
        let mut farther: HashMap<&str, &str> = HashMap::new();
        for parent in &stated.inherits {
            for ancestor in ancestors(subject, parent.value) {
                farther.entry(ancestor).or_insert(parent.value);
            }
        }
        for parent in &stated.inherits {
            let Some(through) = farther.get(parent.value) else {
                continue;
            };
            let message = format!("`{through}` inherits `{}` already", parent.value);
            let path = path(stated, "inherits");
            drafts.push(
                Draft::new(&REDUNDANT_INHERITANCE, parent.span.clone(), path, message)
                    .help("remove it: no decision changes"),
            );
        }
    }
}

/// All roles that a role inherits, without itself.
fn ancestors<'a>(subject: &Subject<'a>, name: &str) -> BTreeSet<&'a str> {
    let parents = |name: &str| {
        let role = subject.document.role(name);
        role.into_iter()
            .flat_map(|role| role.inherits.iter().map(|parent| parent.value))
    };
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = parents(name).collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(parents(next));
        }
    }
    found
}

/// CS106
fn look_alikes(subject: &Subject<'_>, drafts: &mut Drafts) {
    let mut seen: HashMap<String, &Role> = HashMap::new();
    for (stated, role) in subject.stated() {
        let Some(other) = seen.insert(skeleton(&role.name), role) else {
            continue;
        };
        let message = format!("`{}` and `{}` look alike", other.name, role.name);
        let path = format!("roles.{}", role.name);
        let draft = Draft::new(&LOOK_ALIKES, stated.name.span.clone(), path, message);
        drafts.push(match subject.document.role(&other.name) {
            Some(other) => draft.related(other.name.span.clone(), "the other one"),
            None => draft,
        });
    }
}

/// What is left of a name for a hasty reader: without separators between letters, and with letters in
/// place of the digits that look like them.
fn skeleton(name: &str) -> String {
    let bytes = name.as_bytes();
    let is_letter = |index: Option<usize>| {
        let byte = index.and_then(|index| bytes.get(index));
        byte.is_some_and(u8::is_ascii_lowercase)
    };
    let seen = bytes.iter().enumerate().filter_map(|(index, byte)| {
        let before = is_letter(index.checked_sub(1));
        let between = before && is_letter(index.checked_add(1));
        match byte {
            b'-' | b'_' if between => None,
            b'_' => Some('-'),
            b'0' if before => Some('o'),
            b'1' if before => Some('l'),
            byte => Some(char::from(*byte)),
        }
    });
    seen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_reads_alike_is_alike() {
        for (one, other) in [
            ("ware-house", "ware_house"),
            ("ware-house", "warehouse"),
            ("to0l", "tool"),
            ("team-1_a", "team-1-a"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [
            ("team-11", "team-1-1"),
            ("team-1", "team-2"),
            ("user", "users"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
