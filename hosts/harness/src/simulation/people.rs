//! Who acts in a simulation.

use std::sync::Arc;

use crate::cases::subject::Subject;
use crate::policy::Policy;

/// Those who have an account from the start.
const MEMBERS: [&str; 5] = ["ann", "bo", "cy", "dee", "eve"];
/// Those who may get one.
const NEWCOMERS: [&str; 2] = ["fay", "gil"];
/// Those who may set the service up.
const FOUNDERS: [&str; 3] = ["hal", "ida", "jo"];

/// The passwords that people change to, and the first one.
pub(crate) const PASSWORDS: [&str; 3] = [
    "quiet herons wade past noon",
    "seven geese cross a slow river",
    "an owl counts eleven tin roofs",
];

/// Everybody, and the sources that they share.
pub(crate) struct People {
    pub(crate) members: Vec<Arc<Subject>>,
    pub(crate) newcomers: Vec<Arc<Subject>>,
    pub(crate) founders: Vec<Arc<Subject>>,
}

impl People {
    /// Members with the roles of the policy one after the other, and newcomers. Without
    /// `has_administrator` no member has the role of the set-up.
    pub(crate) fn of(policy: &Policy, has_administrator: bool) -> Self {
        let administrator = policy.compiled.settings().administrator.as_str();
        let roles: Vec<_> = policy
            .role_names()
            .into_iter()
            .filter(|role| has_administrator || *role != administrator)
            .collect();
        let member = |(number, name): (usize, &&str)| {
            let role = roles.get(number % roles.len().max(1));
            let roles = role.map(|role| (*role).to_owned());
            Arc::new(person(name, number, roles.into_iter().collect(), true))
        };
        let newcomer = |(number, name): (usize, &&str)| {
            let number = number + MEMBERS.len();
            Arc::new(person(name, number, Vec::new(), false))
        };
        let strangers = NEWCOMERS.iter().chain(&FOUNDERS).enumerate();
        let mut newcomers: Vec<_> = strangers.map(newcomer).collect();
        Self {
            members: MEMBERS.iter().enumerate().map(member).collect(),
            founders: newcomers.split_off(NEWCOMERS.len()),
            newcomers,
        }
    }
}

fn person(name: &str, number: usize, roles: Vec<String>, has_account: bool) -> Subject {
    Subject {
        name: name.to_owned(),
        roles,
        email: format!("{name}@example.com"),
        password: PASSWORDS[0].to_owned(),
        // A network for documentation (RFC 5737).
        source: format!("192.0.2.{}", number + 1),
        has_account,
    }
}
