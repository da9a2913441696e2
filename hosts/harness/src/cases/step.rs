//! The steps of a story: what each verb takes and can answer.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::cases::subject::{Subject, Subjects, check_role, find};
use crate::cases::verb::Verb;
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

/// What `wrong = true` offers.
pub(crate) const WRONG_PASSWORD: &str = "not the password at all";

impl Act {
    /// The act that is only these two.
    pub(crate) fn new(verb: Verb, bytes: Range<usize>) -> Self {
        Self {
            bytes,
            verb,
            actor: None,
            target: None,
            source: None,
            device: None,
            password: None,
            new: None,
            object: None,
            owner: None,
            key: None,
            save: None,
            with: None,
            times: 1,
            expected: Vec::new(),
            retry: None,
            count: None,
        }
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
        actor,
        target,
        times: fields.number("times", 1..=1_000).unwrap_or(1),
        expected: expected(verb, fields, is_asserted),
        retry: fields.duration("retry"),
        ..Act::new(verb, fields.bytes())
    };
    client(&mut act, fields);
    object(&mut act, fields, policy);
    Some(act)
}

fn verb(text: &Text, fields: &mut Fields<'_, '_>) -> Option<Verb> {
    let verb = Verb::named(&text.value);
    if verb.is_none() {
        let known = Verb::names();
        fields
            .faults
            .add(text.bytes.clone(), unknown("verb", &text.value, &known));
    }
    verb
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
    } else if verb == Verb::BeginSetup {
        (None, None)
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
        act.password =
            text(fields.text("password")).or_else(|| is_wrong.then(|| WRONG_PASSWORD.to_owned()));
        act.new = text(if verb == Verb::ChangePassword {
            fields.required("new")
        } else {
            fields.text("new")
        });
    }
    if verb.presents_tokens() {
        act.with = text(fields.text("use"));
    }
    if verb.gives_tokens() {
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
