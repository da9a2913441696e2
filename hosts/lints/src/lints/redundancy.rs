//! Rules that change no decision, because another rule of the role covers them.

use auth_rules::rbac::{Effect, Role, Rule};

use crate::catalogue::{
    ALLOW_NEVER_WORKS, DENIES_EVERYTHING, INHERITED_ALREADY, Lint, OWN_BESIDE_ALLOW,
    WITHIN_WILDCARD,
};
use crate::document::{StatedRole, StatedRule};
use crate::finding::{Draft, Expected};
use crate::subject::{Covering, Drafts, Subject, example, is_stated, path_of, stating};

pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    for (stated, role) in subject.stated() {
        if stated.rules.is_empty() {
            continue;
        }
        let covering = Covering::of(&role.rules);
        let shut = denies_everything(subject, stated, role, &covering);
        let is_shut = shut.is_some();
        drafts.extend(shut);
        for rule in &stated.rules {
            let judge = Judge {
                subject,
                stated,
                rule,
                covering: &covering,
            };
            drafts.extend(judge.draft(is_shut));
        }
    }
}

/// CS206
fn denies_everything(
    subject: &Subject<'_>,
    stated: &StatedRole<'_>,
    role: &Role,
    covering: &Covering<'_>,
) -> Option<Draft> {
    let denial = *covering.deny.containing("*:*").next()?;
    let from = stating(denial);
    let at = subject.document.rule(from, Effect::Deny, "*:*")?;
    let message = if is_stated(denial) {
        format!(
            "`{}` denies everything, so nothing that it allows has any effect",
            role.name
        )
    } else {
        format!(
            "`{}` inherits a denial of everything from `{from}`",
            role.name
        )
    };
    let path = format!("roles.{}", role.name);
    let draft = if is_stated(denial) {
        Draft::new(&DENIES_EVERYTHING, at, path, message)
    } else {
        Draft::new(&DENIES_EVERYTHING, stated.name.span.clone(), path, message)
            .related(at, "this denial")
    };
    let claim = draft.claim(&[&role.name], "x:x".to_owned(), true, Expected::Denied);
    Some(claim.help("to keep somebody out, disable the account"))
}

/// One stated rule, and the rules of its role that may cover it.
struct Judge<'s, 'a> {
    subject: &'s Subject<'a>,
    stated: &'a StatedRole<'a>,
    rule: &'a StatedRule<'a>,
    covering: &'s Covering<'a>,
}

impl<'a> Judge<'_, 'a> {
    fn draft(&self, is_shut: bool) -> Option<Draft> {
        let pattern = self.rule.permission.value;
        if self.rule.effect == Effect::Deny {
            return self.covered(self.covering.deny.containing(pattern));
        }
        if let Some(denial) = self.covering.deny.containing(pattern).next() {
            // CS206 says it for the whole role.
            return (!is_shut).then(|| self.never_works(denial));
        }
        if !self.rule.own {
            return self.covered(self.covering.allow.containing(pattern));
        }
        if let Some(wider) = self.covering.allow.containing(pattern).next() {
            return Some(self.beside_allow(wider));
        }
        self.covered(self.covering.allow_own.containing(pattern))
    }

    /// CS204
    fn never_works(&self, denial: &Rule) -> Draft {
        let message = if is_stated(denial) {
            format!(
                "`{}` is denied by the same role",
                self.rule.permission.value
            )
        } else {
            let pattern = self.rule.permission.value;
            format!(
                "`{pattern}` is denied by a rule that `{}` inherits",
                self.name()
            )
        };
        self.of(
            &ALLOW_NEVER_WORKS,
            message,
            denial,
            "this denial always wins",
        )
        .claim(
            &[self.name()],
            example(self.rule.permission.value),
            true,
            Expected::Denied,
        )
        .help("remove the rule, or narrow the denial")
    }

    /// CS207
    fn beside_allow(&self, wider: &Rule) -> Draft {
        let message = format!(
            "`{}` is allowed on everything, not only on what the user owns",
            self.rule.permission.value
        );
        self.of(&OWN_BESIDE_ALLOW, message, wider, "allowed here")
            .claim(
                &[self.name()],
                example(self.rule.permission.value),
                false,
                Expected::Allowed,
            )
            .help("remove the one or the other")
    }

    /// CS202 and CS203
    fn covered<'r>(&self, mut wider: impl Iterator<Item = &'r &'a Rule>) -> Option<Draft>
    where
        'a: 'r,
    {
        let pattern = self.rule.permission.value;
        let wider = wider.find(|wider| !is_stated(wider) || wider.permission != pattern)?;
        let expected = match self.rule.effect {
            Effect::Allow => Expected::Allowed,
            Effect::Deny => Expected::Denied,
        };
        let draft = if is_stated(wider) {
            let message = format!("`{pattern}` lies within `{}`", wider.permission);
            self.of(&WITHIN_WILDCARD, message, wider, "this covers it")
        } else {
            let from = stating(wider);
            let message = format!("`{pattern}` is inherited from `{from}` already");
            self.of(&INHERITED_ALREADY, message, wider, "this covers it")
        };
        // Part of what the rule allows may be denied; then one example proves nothing.
        let draft = if expected == Expected::Denied || self.covering.deny.is_empty() {
            draft.claim(&[self.name()], example(pattern), true, expected)
        } else {
            draft
        };
        Some(draft.help("remove it: no decision changes"))
    }

    fn of(&self, lint: &'static Lint, message: String, other: &Rule, label: &str) -> Draft {
        let span = self.rule.permission.span.clone();
        let draft = Draft::new(lint, span, path_of(self.stated, self.rule), message);
        let document = self.subject.document;
        match document.rule(stating(other), other.effect, &other.permission) {
            Some(at) => draft.related(at, label),
            None => draft,
        }
    }

    fn name(&self) -> &str {
        self.stated.name.value
    }
}
