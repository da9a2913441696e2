//! Routes that a gateway lets nobody pass.

use std::collections::HashSet;

use auth_rules::rbac::Role;

use crate::catalogue::NOBODY_PASSES;
use crate::finding::{Draft, Expected};
use crate::pattern_index::PatternIndex;
use crate::subject::{Drafts, Subject, allows};

/// The most roles that the component is asked about in one question.
const ROLES_AT_ONCE: usize = 200;

/// CS501. A gateway knows no owner, so rules about what a user owns give nothing there.
pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    if subject.document.routes.is_empty() {
        return;
    }
    let mut matching: PatternIndex<'_, &Role> = PatternIndex::default();
    for role in subject.roles {
        for rule in role.rules.iter().filter(|rule| !rule.own) {
            matching.add(&rule.permission, role);
        }
    }
    for (index, permission) in &subject.document.routes {
        let named: HashSet<&str> = matching
            .containing(permission.value)
            .map(|role| role.name.as_str())
            .collect();
        let (alone, together): (Vec<_>, Vec<_>) = subject
            .roles
            .iter()
            .partition(|role| named.contains(role.name.as_str()));
        if alone.iter().any(|role| allows(role, permission.value)) {
            continue;
        }
        let message = format!("no role allows `{}`, so nobody passes", permission.value);
        let path = format!("routes[{index}].permission");
        let draft = Draft::new(&NOBODY_PASSES, permission.span.clone(), path, message);
        // A role that denies hides what others allow, so it is asked about alone.
        let questions = alone
            .chunks(1)
            .chain(together.chunks(ROLES_AT_ONCE))
            .map(|roles| roles.iter().map(|role| role.name.as_str()).collect());
        drafts.push(questions.fold(draft, |draft, roles: Vec<_>| {
            let asked = permission.value.to_owned();
            draft.claim(&roles, asked, false, Expected::NotAllowed)
        }));
    }
}
