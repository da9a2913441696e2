//! Stories: sequences of steps through the flows of the service.

use std::ops::Range;
use std::time::Duration;

use crate::cases::step::{self, Act};
use crate::cases::subject::Subjects;
use crate::fault::unknown;
use crate::policy::Policy;
use crate::reader::Fields;

/// A sequence of steps, on a service of its own.
pub(crate) struct Story {
    pub(crate) steps: Vec<Step>,
}

/// One step of a story.
pub(crate) enum Step {
    /// Time passes.
    Wait(Duration),
    /// A subject does something, once or several times.
    Act(Box<Act>),
    /// Several do something at the same time.
    Together(Together),
}

/// Acts that run side by side.
pub(crate) struct Together {
    pub(crate) bytes: Range<usize>,
    pub(crate) acts: Vec<Act>,
    /// Whether each order of their calls of the stores is tried, or only one.
    pub(crate) is_exhaustive: bool,
    /// Whether also one call of a store fails, each in turn, before or after it is carried out.
    pub(crate) has_fault: bool,
    /// The outcomes of all acts in any order, sorted; empty when the acts have their own.
    pub(crate) outcomes: Vec<String>,
}

/// Reads a `[[story]]`; its faults go to those of `fields`.
pub(crate) fn read(fields: &mut Fields<'_, '_>, subjects: &Subjects, policy: &Policy) -> Story {
    let mut steps = Vec::new();
    for (table, bytes) in fields.tables("steps") {
        let mut fields = Fields::new(table, bytes, fields.faults);
        // Without a verb it is not known which keys the step takes.
        if let Some(step) = read_step(&mut fields, subjects, policy) {
            steps.push(step);
            fields.finish();
        }
    }
    if !steps.iter().any(|step| !matches!(step, Step::Wait(_))) {
        fields.faults.add(
            fields.bytes(),
            "the story expects nothing; it has no step with `do`",
        );
    }
    Story { steps }
}

fn read_step(fields: &mut Fields<'_, '_>, subjects: &Subjects, policy: &Policy) -> Option<Step> {
    if fields.has("wait") {
        return fields.duration("wait").map(Step::Wait);
    }
    let acts = fields.tables("together");
    if acts.is_empty() {
        return step::read(fields, subjects, policy, true).map(|act| Step::Act(Box::new(act)));
    }
    let mut outcomes: Vec<_> = fields
        .texts("expect")
        .unwrap_or_default()
        .into_iter()
        .map(|text| text.value)
        .collect();
    outcomes.sort();
    let is_exhaustive = is_second(fields, "orders", ["one", "all"]);
    let has_fault = is_second(fields, "faults", ["none", "one"]);
    let mut read: Vec<Act> = Vec::new();
    for (table, bytes) in acts {
        let mut fields = Fields::new(table, bytes, fields.faults);
        if let Some(act) = step::read(&mut fields, subjects, policy, outcomes.is_empty()) {
            let times = act.times;
            read.extend((0..times).map(|_| Act {
                times: 1,
                ..act.clone()
            }));
            fields.finish();
        }
    }
    if !outcomes.is_empty() && outcomes.len() != read.len() {
        let reason = format!(
            "{} outcomes are expected of {} acts",
            outcomes.len(),
            read.len()
        );
        fields.faults.add(fields.bytes(), reason);
    }
    if read.len() < 2 || read.len() > MAX_TOGETHER {
        fields.faults.add(
            fields.bytes(),
            format!("2 to {MAX_TOGETHER} acts can run together"),
        );
        return None;
    }
    Some(Step::Together(Together {
        bytes: fields.bytes(),
        acts: read,
        is_exhaustive,
        has_fault,
        outcomes,
    }))
}

/// Whether the key states the second of two words; the first is the default.
fn is_second(fields: &mut Fields<'_, '_>, key: &'static str, words: [&str; 2]) -> bool {
    let Some(text) = fields.text(key) else {
        return false;
    };
    if !words.contains(&text.value.as_str()) {
        fields
            .faults
            .add(text.bytes, unknown(key, &text.value, &words));
    }
    text.value == words[1]
}

/// The most acts that run side by side.
pub(crate) const MAX_TOGETHER: usize = 8;
