//! Role-based access control: what a subject may do, and which rule says so.
//!
//! Each rule names permissions by a [`Pattern`]. A permission that no rule allows is denied. A rule
//! that denies wins over every rule that allows, in all roles of the subject.

mod permission;

pub use self::permission::{MalformedPermission, Pattern, Permission};

/// The permissions that Countersign itself asks for. A role that gives one of them administers.
pub const OWN_PERMISSIONS: [&str; 9] = [
    "roles:grant",
    "roles:take",
    "sessions:end",
    "users:create",
    "users:delete",
    "users:disable",
    "users:list",
    "users:read",
    "users:unlock",
];

/// The effect of a rule on the permissions that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows the permissions, unless another rule denies them.
    Allow,
    /// Denies the permissions, even if another rule allows them.
    Deny,
}

/// A rule of a compiled role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether the rule allows or denies.
    pub effect: Effect,
    /// A [`Pattern`], as the policy writes it.
    pub permission: String,
    /// Whether the rule matches only resources that the subject owns.
    pub own: bool,
    /// The path of inheritance, from the compiled role to the role that states the rule.
    pub via: Vec<String>,
}

impl Rule {
    fn matches(&self, question: &Question<'_>) -> bool {
        if self.own && question.owner != Some(question.subject) {
            return false;
        }
        match Pattern::read(&self.permission) {
            Some(pattern) => pattern.matches(question.permission),
            // A compiled policy has no unreadable pattern. If one occurs all the same, the rule
            // must fail closed.
            None => self.effect == Effect::Deny,
        }
    }

    /// Whether this rule matches every question that `other` matches.
    fn contains(&self, other: &Rule) -> bool {
        let (Some(mine), Some(theirs)) = (
            Pattern::read(&self.permission),
            Pattern::read(&other.permission),
        ) else {
            return false;
        };
        mine.contains(&theirs) && (!self.own || other.own)
    }

    /// Whether both rules match some question.
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

/// A role with all the rules that it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name of the role in the policy.
    pub name: String,
    /// Rules that deny come first; within each effect, those of the nearest role come first.
    pub rules: Vec<Rule>,
}

/// The question whether a subject may do something.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The account that wants to act.
    pub subject: &'a str,
    /// The permission that it needs.
    pub permission: &'a Permission,
    /// The account that owns the resource. Rules about what the subject owns match only if this is
    /// the subject.
    pub owner: Option<&'a str>,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The rule that allows the permission; no rule denies it.
    Allowed(Matched),
    /// The rule that denies the permission, even if another rule allows it.
    Denied(Matched),
    /// No rule of any role matches the permission, so it is denied.
    Unmatched,
}

/// The rule that decided a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The role of the subject that states or inherits the rule.
    pub role: String,
    /// The pattern of the rule, as the policy writes it.
    pub rule: String,
    /// The path of inheritance, from `role` to the role that states the rule.
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

/// Decides for a subject that has these roles.
///
/// A rule that denies wins, in any role; otherwise the first rule that allows, in the order of
/// `roles`, is the reason. Nothing is allocated before the deciding rule is found.
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

/// Whether a subject with the roles `actor` may do everything that a subject with the roles `other`
/// may do.
///
/// When this is required for granting a role and for changing an account, no administrator can gain
/// more rights than they have. When in doubt, the answer is `false`:
///
/// - Each rule of `other` that allows must lie within *one* rule of `actor` that allows; two rules
///   that cover it only together do not count. A rule about what the subject owns lies within the
///   same rule about everything, but not the other way round.
/// - No rule of `actor` that denies may overlap a rule of `other` that allows, unless one rule of
///   `other` that denies reaches at least as far: then `other` is denied it as well.
///
/// So every set of roles covers itself, and roles that allow nothing are covered by all others.
pub fn covers(actor: &[Role], other: &[Role]) -> bool {
    let is_within = |rule| rules(actor, Effect::Allow).any(|wider| wider.contains(rule));
    let is_denied_too = |denial| rules(other, Effect::Deny).any(|wider| wider.contains(denial));
    let is_unhindered = |rule: &Rule| {
        rules(actor, Effect::Deny).all(|denial| !denial.overlaps(rule) || is_denied_too(denial))
    };
    rules(other, Effect::Allow).all(|rule| is_within(rule) && is_unhindered(rule))
}

/// Whether a subject with this role alone may do anything that Countersign itself asks for a
/// permission for. Rules about what the subject owns do not count, since no account owns another.
pub fn administers(role: &Role) -> bool {
    let allows = |permission: &&str| {
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
    };
    OWN_PERMISSIONS.iter().any(allows)
}

fn rules(roles: &[Role], effect: Effect) -> impl Iterator<Item = &Rule> {
    roles
        .iter()
        .flat_map(|role| &role.rules)
        .filter(move |rule| rule.effect == effect)
}

#[cfg(test)]
mod tests;
