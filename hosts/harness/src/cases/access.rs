//! Cases about permissions: who may do what, and which rule says so.

use std::ops::Range;
use std::sync::Arc;

use auth_runtime::MatchedRule;

use crate::cases::subject::{Subject, Subjects, check_role, find};
use crate::fault::unknown;
use crate::policy::Policy;
use crate::reader::{Fields, Text};

/// What the policy answers to the question whether a subject may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// A rule allows it.
    Yes,
    /// A rule denies it.
    No,
    /// No rule matches, so it is denied.
    Nothing,
    /// A rule allows it on what the subject owns, and none on what others own.
    Own,
}

/// The answers as a grid and `expect` write them.
pub(crate) const ANSWERS: [(&str, Answer); 4] = [
    ("yes", Answer::Yes),
    ("no", Answer::No),
    ("-", Answer::Nothing),
    ("own", Answer::Own),
];

impl Answer {
    /// The answer that a case file writes like this.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        ANSWERS
            .into_iter()
            .find(|(name, _)| *name == text)
            .map(|(_, answer)| answer)
    }

    /// The answer as a case file writes it.
    pub(crate) fn name(self) -> &'static str {
        let found = ANSWERS.iter().find(|(_, answer)| *answer == self);
        found.map_or("", |(name, _)| name)
    }

    /// What the answer means, in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Yes => "yes: a rule allows it",
            Self::No => "no: a rule denies it",
            Self::Nothing => "-: no rule allows it",
            Self::Own => "own: allowed on what the subject owns",
        }
    }
}

/// A question about a permission, with the answer that is expected.
pub(crate) struct Access {
    pub(crate) subject: Arc<Subject>,
    pub(crate) permission: String,
    /// The owner of the resource. Without one, both are asked: a resource of another account and one of
    /// the subject.
    pub(crate) owner: Option<String>,
    pub(crate) expected: Answer,
    /// Where the file states it; `None` where a parameter does.
    pub(crate) expected_at: Option<Stated>,
    pub(crate) why: Option<Why>,
}

/// Where a file states the expected answer.
pub(crate) struct Stated {
    pub(crate) bytes: Range<usize>,
    /// Whether it is a string, and not a cell.
    pub(crate) is_quoted: bool,
}

impl Access {
    /// The question in words, the same for the same question.
    pub(crate) fn question(&self) -> String {
        let owner = self.owner.iter().map(|owner| format!(" owned by {owner}"));
        format!(
            "{} as {}{}",
            self.permission,
            self.subject.name,
            owner.collect::<String>()
        )
    }
}

/// The rule that is to decide. What a case does not state is not compared.
pub(crate) struct Why {
    pub(crate) role: Option<String>,
    /// The pattern, after `allow` or `deny` if the case states that.
    pub(crate) rule: Option<String>,
    pub(crate) via: Option<Vec<String>>,
}

impl Why {
    /// Whether this rule decided, for an answer that is `allow` or `deny`.
    pub(crate) fn matches(&self, effect: &str, matched: &MatchedRule) -> bool {
        let rule_matches = |rule: &String| match rule.split_once(' ') {
            Some((stated, pattern)) => stated == effect && pattern == matched.rule,
            None => *rule == matched.rule,
        };
        self.role.as_ref().is_none_or(|role| *role == matched.role)
            && self.rule.as_ref().is_none_or(rule_matches)
            && self.via.as_ref().is_none_or(|via| *via == matched.via)
    }

    /// The rule in the words of a report.
    pub(crate) fn describe(&self) -> String {
        let role = self.role.iter().map(|role| format!("role {role}"));
        let rule = self.rule.iter().map(|rule| format!("rule {rule}"));
        let via = self
            .via
            .iter()
            .map(|via| format!("via {}", via.join(" > ")));
        role.chain(rule).chain(via).collect::<Vec<_>>().join(", ")
    }
}

/// Reads a `[[decision]]`; `None` after a fault.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
    policy: &Policy,
) -> Option<Access> {
    let subject = subject(fields, subjects, policy);
    let permission = fields
        .required("ask")
        .and_then(|ask| permission(&ask, fields));
    let owner = fields.text("owner").map(|owner| owner.value);
    let expected = fields
        .required("expect")
        .and_then(|text| Some((expected(&text, owner.is_some(), fields)?, text.bytes)));
    let why = fields.table("why").map(|(table, bytes)| {
        let mut why = Fields::new(table, bytes, fields.faults);
        let read = Why {
            role: why.text("role").map(|text| text.value),
            rule: why.text("rule").map(|text| text.value),
            via: why
                .texts("via")
                .map(|via| via.into_iter().map(|text| text.value).collect()),
        };
        why.finish();
        read
    });
    let (expected, expected_at) = expected?;
    Some(Access {
        subject: subject?,
        permission: permission?,
        owner,
        expected,
        expected_at: Some(Stated {
            bytes: expected_at,
            is_quoted: true,
        }),
        why,
    })
}

/// The subject that `as` names, or one with the roles of `roles`.
fn subject(
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
    policy: &Policy,
) -> Option<Arc<Subject>> {
    let Some(roles) = fields.texts("roles") else {
        let text = fields.required("as")?;
        return find(&text, subjects, fields.faults);
    };
    for role in &roles {
        check_role(role, policy, fields.faults);
    }
    let roles: Vec<_> = roles.into_iter().map(|role| role.value).collect();
    Some(Arc::new(Subject {
        name: format!("[{}]", roles.join(", ")),
        roles,
        email: String::new(),
        password: String::new(),
        source: String::new(),
        has_account: true,
    }))
}

/// Checks that a permission has the form of one; whether any rule names it is for the answer to say.
fn permission(text: &Text, fields: &mut Fields<'_, '_>) -> Option<String> {
    let well_formed = is_permission(&text.value);
    if !well_formed {
        fields
            .faults
            .add(text.bytes.clone(), not_a_permission(&text.value));
    }
    well_formed.then(|| text.value.clone())
}

/// Whether the text may be asked for. The component has the last word.
pub(crate) fn is_permission(text: &str) -> bool {
    text.split_once(':').is_some_and(|(resource, action)| {
        !resource.is_empty()
            && !action.is_empty()
            && !action.contains(':')
            && !text.contains(['*', ' '])
    })
}

pub(crate) fn not_a_permission(text: &str) -> String {
    format!("`{text}` is no permission; write `resource:action` without wildcards")
}

fn expected(text: &Text, has_owner: bool, fields: &mut Fields<'_, '_>) -> Option<Answer> {
    let answer = Answer::parse(&text.value);
    if answer.is_none() {
        let known = ANSWERS.map(|(name, _)| name);
        fields
            .faults
            .add(text.bytes.clone(), unknown("answer", &text.value, &known));
    }
    if has_owner && answer == Some(Answer::Own) {
        fields.faults.add(
            text.bytes.clone(),
            "`own` is the answer without an owner; with one, expect `yes`, `no` or `-`",
        );
        return None;
    }
    answer
}
