//! Writes the steps of a simulation as a case file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::people::PASSWORDS;
use crate::cases::step::{Act, WRONG_PASSWORD};
use crate::cases::story::{Step, Together};
use crate::cases::subject::Subject;
use crate::cases::verb::Verb;
use crate::duration::describe_duration;

/// Writes a case file with one story. `policy` is the path of the policy as the file names it, and
/// `notes` are lines of comment.
pub(crate) fn case_file(
    policy: &str,
    notes: &[String],
    seed: u64,
    name: &str,
    steps: &[Step],
) -> String {
    let mut text: String = notes.iter().map(|note| format!("# {note}\n")).collect();
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "policy = {}\ncomponent = {}\n\n[subjects]\n",
        quoted(policy),
        quoted(auth_artifact::SHA256)
    );
    for subject in subjects(steps).into_values() {
        let roles: Vec<_> = subject.roles.iter().map(|role| quoted(role)).collect();
        let account = if subject.has_account {
            ""
        } else {
            ", account = false"
        };
        let password = match subject.password.as_str() {
            first if first == PASSWORDS[0] => String::new(),
            other => format!(", password = {}", quoted(other)),
        };
        let _ = writeln!(
            text,
            "{} = {{ roles = [{}], email = {}, from = {}{password}{account} }}",
            subject.name,
            roles.join(", "),
            quoted(&subject.email),
            quoted(&subject.source),
        );
    }
    let _ = write!(
        text,
        "\n[[story]]\nname = {}\ninvariants = true\nseed = {seed}\nsteps = [\n",
        quoted(name)
    );
    let used = used(steps);
    for step in steps {
        let _ = writeln!(text, "  {},", written(step, &used));
    }
    text.push_str("]\n");
    text
}

fn acts(steps: &[Step]) -> impl Iterator<Item = &Act> {
    steps.iter().flat_map(|step| match step {
        Step::Act(act) => std::slice::from_ref(&**act),
        Step::Together(together) => &together.acts,
        Step::Wait(_) | Step::Outage(..) | Step::Event(_) => &[],
    })
}

fn subjects(steps: &[Step]) -> BTreeMap<&str, &Subject> {
    let concerned = acts(steps).flat_map(|act| act.actor.iter().chain(&act.target));
    concerned
        .map(|subject| (subject.name.as_str(), &**subject))
        .collect()
}

/// The names of tokens that some step presents.
fn used(steps: &[Step]) -> BTreeSet<&str> {
    let named = acts(steps).flat_map(|act| {
        let session = act
            .object
            .as_ref()
            .filter(|_| act.verb == Verb::RevokeSession);
        act.with.iter().chain(session)
    });
    named.map(String::as_str).collect()
}

fn written(step: &Step, used: &BTreeSet<&str>) -> String {
    match step {
        Step::Wait(time) => format!("{{ wait = \"{}\" }}", describe_duration(*time)),
        Step::Outage(part, true) => format!("{{ outage = \"{}\" }}", part.name()),
        Step::Outage(part, false) => format!("{{ mended = \"{}\" }}", part.name()),
        Step::Event(event) => format!("{{ event = \"{}\" }}", event.text()),
        Step::Act(act) => written_act(act, used),
        Step::Together(Together { acts, order, .. }) => {
            let acts: Vec<_> = acts
                .iter()
                .map(|act| format!("\n    {},", written_act(act, used)))
                .collect();
            let turns = order.iter().flatten().map(|turn| quoted(&turn.text()));
            format!(
                "{{ together = [{}\n  ], order = [{}] }}",
                acts.concat(),
                turns.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn written_act(act: &Act, used: &BTreeSet<&str>) -> String {
    let (actor, target) = match act.verb.administers() {
        true => ("by", "on"),
        false => ("as", "on"),
    };
    let object = match act.verb {
        Verb::Authorize => "ask",
        Verb::RevokeSession => "session",
        _ => "role",
    };
    let name =
        |subject: &Option<std::sync::Arc<Subject>>| subject.as_ref().map(|it| it.name.clone());
    let is_wrong = act.password.as_deref() == Some(WRONG_PASSWORD);
    let save = act.save.clone().filter(|name| used.contains(name.as_str()));
    let fields = [
        (actor, name(&act.actor)),
        (target, name(&act.target)),
        ("from", act.source.clone()),
        ("device", act.device.clone()),
        ("password", act.password.clone().filter(|_| !is_wrong)),
        ("new", act.new.clone()),
        (object, act.object.clone()),
        ("owner", act.owner.clone()),
        ("key", act.key.clone()),
        ("use", act.with.clone()),
        ("save", save),
    ];
    let mut text = format!("{{ do = \"{}\"", act.verb.name());
    for (key, value) in fields {
        if let Some(value) = value {
            let _ = write!(text, ", {key} = {}", quoted(&value));
        }
    }
    if is_wrong {
        text.push_str(", wrong = true");
    }
    if !act.expected.is_empty() {
        let expected: Vec<_> = act.expected.iter().map(|it| quoted(it)).collect();
        let _ = write!(text, ", expect = [{}]", expected.join(", "));
    }
    text + " }"
}

/// A text as TOML writes it. The escapes of JSON are among those of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
