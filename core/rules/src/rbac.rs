//! Roles: what a subject may do, and which rule says so.
//!
//! A rule names permissions by a [`Pattern`]. What no rule allows is denied, and a denial wins over
//! even if another rule allows it, in all roles of the subject.

mod permission;

pub use self::permission::{MalformedPermission, Pattern, Permission};

/// What a rule does to the permissions it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows them, unless another rule denies them.
    Allow,
    /// Denies them, even if another rule allows them.
    Deny,
}

/// A rule of a compiled role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// A [`Pattern`], as the policy writes it.
    pub permission: String,
    /// Whether it speaks only of what the subject owns.
    pub own: bool,
    /// From the role itself to the role that states the rule, along the inheritance.
    pub via: Vec<String>,
}

impl Rule {
    fn matches(&self, question: &Question<'_>) -> bool {
        if self.own && question.owner != Some(question.subject) {
            return false;
        }
        match Pattern::read(&self.permission) {
            Some(pattern) => pattern.matches(question.permission),
            // No compiled policy has such a rule; if it happens, it must fail closed.
            None => self.effect == Effect::Deny,
        }
    }

    /// Whether this rule matches each question that `other` matches.
    fn contains(&self, other: &Rule) -> bool {
        let (Some(mine), Some(theirs)) = (
            Pattern::read(&self.permission),
            Pattern::read(&other.permission),
        ) else {
            return false;
        };
        mine.contains(&theirs) && (!self.own || other.own)
    }

    /// Whether some question is matched by both.
    fn overlaps(&self, other: &Rule) -> bool {
        match (
            Pattern::read(&self.permission),
            Pattern::read(&other.permission),
        ) {
            (Some(mine), Some(theirs)) => mine.overlaps(&theirs),
            _ => true,
        }
    }
}

/// A role with all that it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name in the policy.
    pub name: String,
    /// Denials first, then nearest first along the inheritance.
    pub rules: Vec<Rule>,
}

/// May this subject do that?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The account that wants to act.
    pub subject: &'a str,
    /// What it wants to do.
    pub permission: &'a Permission,
    /// Whose the resource is; rules about what the subject owns match only when it is the subject's.
    pub owner: Option<&'a str>,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This rule allows it and none denies it.
    Allowed(Matched),
    /// This rule denies it, even if another one allows it.
    Denied(Matched),
    /// No rule of any role speaks of it, so it is not allowed.
    Unmatched,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The role of the subject that led to it.
    pub role: String,
    /// The pattern, as the policy writes it.
    pub rule: String,
    /// From `role` to the role that states the rule, along the inheritance.
    pub via: Vec<String>,
}

impl Matched {
    fn new(role: &Role, rule: &Rule) -> Self {
        Self {
            role: role.name.clone(),
            rule: rule.permission.clone(),
            via: rule.via.clone(),
        }
    }
}

/// Decide for a subject that has these roles.
///
/// A denial in any role wins; otherwise the first rule that allows it, in the order of `roles`, is the
/// reason. Nothing is allocated before the deciding rule is found.
pub fn decide(roles: &[Role], question: &Question<'_>) -> Decision {
    let mut allowing = None;
    for role in roles {
        for rule in &role.rules {
            if rule.effect == Effect::Allow && allowing.is_some() {
                continue;
            }
            if rule.matches(question) {
                match rule.effect {
                    Effect::Deny => return Decision::Denied(Matched::new(role, rule)),
                    Effect::Allow => allowing = Some((role, rule)),
                }
            }
        }
    }
    allowing.map_or(Decision::Unmatched, |(role, rule)| {
        Decision::Allowed(Matched::new(role, rule))
    })
}

/// Whether who has the roles `actor` may do everything that who has the roles `other` may do.
///
/// Handing out a role, or touching an account, only under this condition never lets anybody reach
/// more than they have. The answer errs on the side of `false`:
///
/// - Each rule that allows in `other` must lie within *one* rule that allows in `actor`; two that make
///   it up together do not count. A rule about what the subject owns lies within the same rule about
///   everything, not the other way round.
/// - No denial of `actor` may overlap a rule that allows in `other`, unless one denial of `other`
///   reaches at least as far: then `other` is denied it as well.
///
/// So roles cover themselves, and roles that allow nothing are covered by any.
pub fn covers(actor: &[Role], other: &[Role]) -> bool {
    let is_within = |rule| rules(actor, Effect::Allow).any(|wider| wider.contains(rule));
    let is_denied_too = |denial| rules(other, Effect::Deny).any(|wider| wider.contains(denial));
    let is_unhindered = |rule: &Rule| {
        rules(actor, Effect::Deny).all(|denial| !denial.overlaps(rule) || is_denied_too(denial))
    };
    rules(other, Effect::Allow).all(|rule| is_within(rule) && is_unhindered(rule))
}

fn rules(roles: &[Role], effect: Effect) -> impl Iterator<Item = &Rule> {
    roles
        .iter()
        .flat_map(|role| &role.rules)
        .filter(move |rule| rule.effect == effect)
}

#[cfg(test)]
mod tests;
