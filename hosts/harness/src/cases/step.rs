//! The steps of a story: what each verb takes and can answer.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::cases::subject::{Subject, Subjects, check_role, find};
use crate::fault::unknown;
use crate::names;
use crate::policy::Policy;
use crate::reader::{Fields, Text};

/// One call of the service, with who makes it.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) bytes: Range<usize>,
    pub(crate) verb: Verb,
    /// Who acts; `None` is the operator.
    pub(crate) actor: Option<Arc<Subject>>,
    /// Whose account the actor administers, if the verb does so.
    pub(crate) target: Option<Arc<Subject>>,
    /// Where the client is; without it, at the address of the subject.
    pub(crate) source: Option<String>,
    /// The device, whose token is kept and presented again.
    pub(crate) device: Option<String>,
    /// The password that is offered, if it is not the right one.
    pub(crate) password: Option<String>,
    /// The password that is to replace it.
    pub(crate) new: Option<String>,
    /// The role, the permission, or the session that the verb is about.
    pub(crate) object: Option<String>,
    pub(crate) owner: Option<String>,
    /// The idempotency key of a refresh.
    pub(crate) key: Option<String>,
    /// The name under which the tokens are kept.
    pub(crate) save: Option<String>,
    /// The name of the tokens that are presented; without it, the latest of the actor.
    pub(crate) with: Option<String>,
    pub(crate) times: u32,
    /// The outcomes of which one is expected; empty inside `together` with outcomes of its own.
    pub(crate) expected: Vec<String>,
    /// How long a block is to last, for a refusal that says so.
    pub(crate) retry: Option<Duration>,
    /// How many sessions are to be listed.
    pub(crate) count: Option<u32>,
}

/// What a subject does, after the exports of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Authorize,
    ChangePassword,
    Create,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    Login,
    Logout,
    Refresh,
    Register,
    RevokeSession,
    Sessions,
    Take,
    Unlock,
    WhoAmI,
}

/// A row of the table of verbs: the name, and the lists of outcomes besides `ok`.
type Row = (&'static str, Verb, &'static [&'static [&'static str]]);

const VERBS: [Row; 17] = [
    ("authorize", Verb::Authorize, &[names::TOKEN, &["denied"]]),
    (
        "change-password",
        Verb::ChangePassword,
        &[names::TOKEN, names::CHANGE],
    ),
    ("create", Verb::Create, ADMINISTRATION),
    ("delete", Verb::Delete, ADMINISTRATION),
    ("disable", Verb::Disable, ADMINISTRATION),
    ("enable", Verb::Enable, ADMINISTRATION),
    ("end-sessions", Verb::EndSessions, ADMINISTRATION),
    ("grant", Verb::Grant, ADMINISTRATION),
    ("login", Verb::Login, &[names::LOGIN]),
    ("logout", Verb::Logout, &[names::TOKEN]),
    ("refresh", Verb::Refresh, &[names::REFRESH]),
    ("register", Verb::Register, &[names::REGISTRATION]),
    (
        "revoke-session",
        Verb::RevokeSession,
        &[names::TOKEN, names::REVOCATION],
    ),
    ("sessions", Verb::Sessions, &[names::TOKEN]),
    ("take", Verb::Take, ADMINISTRATION),
    ("unlock", Verb::Unlock, ADMINISTRATION),
    ("who-am-i", Verb::WhoAmI, &[names::TOKEN]),
];

const ADMINISTRATION: &[&[&str]] = &[names::TOKEN, names::ADMINISTRATION];

impl Verb {
    /// The name in case files.
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// The names of all outcomes that the verb can have.
    pub(crate) fn outcomes(self) -> impl Iterator<Item = &'static str> {
        let refusals = self.row().2.iter().copied().flatten().copied();
        [names::OK].into_iter().chain(refusals)
    }

    fn row(self) -> Row {
        // The cases stand in the order of the table; a test compares them.
        VERBS[self as usize]
    }

    /// Whether an account is the object, so that `on` names it and `by` the actor.
    fn administers(self) -> bool {
        use Verb::{Create, Delete, Disable, Enable, EndSessions, Grant, Take, Unlock};
        matches!(
            self,
            Create | Delete | Disable | Enable | EndSessions | Grant | Take | Unlock
        )
    }

    fn offers_password(self) -> bool {
        matches!(self, Self::Login | Self::ChangePassword)
    }

    fn has_client(self) -> bool {
        use Verb::{ChangePassword, Login, Refresh, Register};
        matches!(self, ChangePassword | Login | Refresh | Register)
    }

    /// Whether the verb presents tokens of an earlier login.
    fn presents_tokens(self) -> bool {
        !self.administers() && !matches!(self, Self::Login | Self::Register)
    }
}

/// Reads the step with `do`. `is_asserted` says that a step without `expect` expects `ok`.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
    policy: &Policy,
    is_asserted: bool,
) -> Option<Act> {
    let verb = fields.required("do").and_then(|text| verb(&text, fields))?;
    let (actor, target) = people(verb, fields, subjects);
    let mut act = Act {
        bytes: fields.bytes(),
        verb,
        actor,
        target,
        source: None,
        device: None,
        password: None,
        new: None,
        object: None,
        owner: None,
        key: None,
        save: None,
        with: None,
        times: fields.number("times", 1..=1_000).unwrap_or(1),
        expected: expected(verb, fields, is_asserted),
        retry: fields.duration("retry"),
        count: None,
    };
    client(&mut act, fields);
    object(&mut act, fields, policy);
    Some(act)
}

fn verb(text: &Text, fields: &mut Fields<'_, '_>) -> Option<Verb> {
    let row = VERBS.iter().find(|(name, ..)| *name == text.value);
    if row.is_none() {
        let known = VERBS.map(|(name, ..)| name);
        fields
            .faults
            .add(text.bytes.clone(), unknown("verb", &text.value, &known));
    }
    row.map(|(_, verb, _)| *verb)
}

/// The actor and the account that is administered.
fn people(
    verb: Verb,
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
) -> (Option<Arc<Subject>>, Option<Arc<Subject>>) {
    let subject = |text: Option<Text>, fields: &mut Fields<'_, '_>| {
        text.and_then(|text| find(&text, subjects, fields.faults))
    };
    if verb.administers() {
        let by = fields.text("by");
        let actor = subject(by, fields);
        let on = fields.required("on");
        (actor, subject(on, fields))
    } else {
        let actor = fields.required("as");
        (subject(actor, fields), None)
    }
}

fn expected(verb: Verb, fields: &mut Fields<'_, '_>, is_asserted: bool) -> Vec<String> {
    let Some(texts) = fields.texts("expect") else {
        return is_asserted
            .then(|| names::OK.to_owned())
            .into_iter()
            .collect();
    };
    let known: Vec<_> = verb.outcomes().collect();
    for text in &texts {
        if !known.contains(&text.value.as_str()) {
            let kind = format!("outcome of `{}`", verb.name());
            fields
                .faults
                .add(text.bytes.clone(), unknown(&kind, &text.value, &known));
        }
    }
    texts.into_iter().map(|text| text.value).collect()
}

/// Reads what the client of the act is and presents.
fn client(act: &mut Act, fields: &mut Fields<'_, '_>) {
    let text = |text: Option<Text>| text.map(|text| text.value);
    let verb = act.verb;
    if verb.has_client() {
        act.source = text(fields.text("from"));
        act.device = text(fields.text("device"));
    }
    if verb.offers_password() {
        let is_wrong = fields.flag("wrong");
        act.password = text(fields.text("password"))
            .or_else(|| is_wrong.then(|| "not the password at all".to_owned()));
        act.new = text(if verb == Verb::ChangePassword {
            fields.required("new")
        } else {
            fields.text("new")
        });
    }
    if verb.presents_tokens() {
        act.with = text(fields.text("use"));
    }
    if matches!(verb, Verb::Login | Verb::Refresh) {
        act.save = text(fields.text("save"));
    }
    if verb == Verb::Refresh {
        act.key = text(fields.text("key"));
    }
}

/// Reads what the act is about.
fn object(act: &mut Act, fields: &mut Fields<'_, '_>, policy: &Policy) {
    let text = |text: Option<Text>| text.map(|text| text.value);
    match act.verb {
        Verb::Authorize => {
            act.object = text(fields.required("ask"));
            act.owner = text(fields.text("owner"));
        }
        Verb::Grant | Verb::Take => {
            // A role that the policy does not have may be meant: `unknown-role` is an outcome.
            let role = fields.required("role");
            if let Some(role) = role.filter(|_| !act.expected.iter().any(|it| it == "unknown-role"))
            {
                check_role(&role, policy, fields.faults);
                act.object = Some(role.value);
            } else {
                act.object = text(fields.text("role"));
            }
        }
        Verb::RevokeSession => act.object = text(fields.required("session")),
        Verb::Sessions => act.count = fields.number("count", 0..=10_000),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_has_the_row_of_its_own() {
        for (name, verb, _) in VERBS {
            assert_eq!(verb.name(), name);
        }
        assert!(VERBS.is_sorted_by_key(|(name, ..)| *name));
    }
}
