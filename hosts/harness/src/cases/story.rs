//! Stories: sequences of steps through the flows of the service.

use std::ops::Range;
use std::time::Duration;

use toml::de::DeTable;

use crate::adapters::Part;
use crate::case_lint::CaseLint;
use crate::cases::step::{self, Act};
use crate::cases::subject::Subjects;
use crate::event::Event;
use crate::fault::unknown;
use crate::policy::Policy;
use crate::reader::Fields;
use crate::turn::Turn;

/// A sequence of steps, on a service of its own.
pub(crate) struct Story {
    pub(crate) steps: Vec<Step>,
    /// Whether what always holds of the service is checked after each step.
    pub(crate) has_invariants: bool,
    /// The seed of the randomness.
    pub(crate) seed: u64,
}

/// One step of a story.
#[derive(Clone)]
pub(crate) enum Step {
    /// Time passes.
    Wait(Duration),
    /// A subject does something, once or several times.
    Act(Box<Act>),
    /// Several do something at the same time.
    Together(Together),
    /// A capability is out of order from now on, or is in order again.
    Outage(Part, bool),
    /// Something happens to the hosts.
    Event(Event),
}

impl Step {
    /// How many calls of the service it makes.
    pub(crate) fn flows(&self) -> u64 {
        match self {
            Self::Act(act) => act.times.into(),
            Self::Together(together) => together.acts.len() as u64,
            Self::Wait(_) | Self::Outage(..) | Self::Event(_) => 0,
        }
    }
}

/// Acts that run side by side.
#[derive(Clone)]
pub(crate) struct Together {
    pub(crate) bytes: Range<usize>,
    pub(crate) acts: Vec<Act>,
    /// Whether each order of their calls of the stores is tried, or only one.
    pub(crate) is_exhaustive: bool,
    /// Whether also one call of a store fails, each in turn, before or after it is carried out.
    pub(crate) has_fault: bool,
    /// The one order that is taken, if the story states it; afterwards the first act goes on.
    pub(crate) order: Option<Vec<Turn>>,
    /// The outcomes of all acts in any order, sorted; empty when the acts have their own.
    pub(crate) outcomes: Vec<String>,
}

/// Reads a `[[story]]`; its faults go to those of `fields`.
pub(crate) fn read(fields: &mut Fields<'_, '_>, subjects: &Subjects, policy: &Policy) -> Story {
    let mut steps = Vec::new();
    let has_invariants = fields.flag("invariants");
    let seed = fields.number("seed", 0..=u32::MAX).unwrap_or_default();
    for (table, bytes) in fields.tables("steps") {
        let mut fields = Fields::new(table, bytes, fields.faults);
        // Without a verb it is not known which keys the step takes.
        if let Some(step) = read_step(&mut fields, subjects, policy, !has_invariants) {
            steps.push(step);
            fields.finish();
        }
    }
    if !steps
        .iter()
        .any(|step| matches!(step, Step::Act(_) | Step::Together(_)))
    {
        fields.faults.add_as(
            CaseLint::ExpectsNothing,
            fields.bytes(),
            "the story expects nothing; it has no step with `do`",
        );
    }
    Story {
        steps,
        has_invariants,
        seed: seed.into(),
    }
}

fn read_step(
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
    policy: &Policy,
    is_asserted: bool,
) -> Option<Step> {
    if fields.has("wait") {
        return fields.duration("wait").map(Step::Wait);
    }
    for (key, is_out) in [("outage", true), ("mended", false)] {
        if fields.has(key) {
            return outage(fields, key).map(|part| Step::Outage(part, is_out));
        }
    }
    if fields.has("event") {
        return event(fields).map(Step::Event);
    }
    let acts = fields.tables("together");
    if acts.is_empty() {
        let act = step::read(fields, subjects, policy, is_asserted);
        return act.map(|act| Step::Act(Box::new(act)));
    }
    together(acts, fields, subjects, policy, is_asserted).map(Step::Together)
}

/// Reads acts that run side by side.
fn together(
    acts: Vec<(&DeTable<'_>, Range<usize>)>,
    fields: &mut Fields<'_, '_>,
    subjects: &Subjects,
    policy: &Policy,
    is_asserted: bool,
) -> Option<Together> {
    let mut outcomes: Vec<_> = fields
        .texts("expect")
        .unwrap_or_default()
        .into_iter()
        .map(|text| text.value)
        .collect();
    outcomes.sort();
    let is_exhaustive = is_second(fields, "orders", ["one", "all"]);
    let has_fault = is_second(fields, "faults", ["none", "one"]);
    let order = order(fields);
    let mut read: Vec<Act> = Vec::new();
    for (table, bytes) in acts {
        let mut fields = Fields::new(table, bytes, fields.faults);
        if let Some(act) = {
            let is_asserted = is_asserted && outcomes.is_empty();
            step::read(&mut fields, subjects, policy, is_asserted)
        } {
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
    // A single act can have an order, for its faults.
    let least = if order.is_some() { 1 } else { 2 };
    if read.len() < least || read.len() > MAX_TOGETHER {
        fields.faults.add(
            fields.bytes(),
            format!("2 to {MAX_TOGETHER} acts can run together"),
        );
        return None;
    }
    Some(Together {
        bytes: fields.bytes(),
        acts: read,
        is_exhaustive,
        has_fault,
        order,
        outcomes,
    })
}

/// The capability that the key names.
fn outage(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<Part> {
    let text = fields.text(key)?;
    let part = Part::ALL.iter().find(|(name, _)| *name == text.value);
    if part.is_none() {
        let known = Part::ALL.map(|(name, _)| name);
        let reason = unknown("capability", &text.value, &known);
        fields.faults.add(text.bytes, reason);
    }
    part.map(|(_, part)| *part)
}

/// The event that the step states.
fn event(fields: &mut Fields<'_, '_>) -> Option<Event> {
    let text = fields.text("event")?;
    let event = Event::parse(&text.value);
    if event.is_none() {
        let reason = format!(
            "`{}` is no event; write how far a clock differs, such as `second-host -5s`, \
             `first-host 5s`, `stores 90s` or `verifiers 0s`; or `rotate key` or `rotate secret`",
            text.value
        );
        fields.faults.add(text.bytes, reason);
    }
    event
}

/// The order that the step states.
fn order(fields: &mut Fields<'_, '_>) -> Option<Vec<Turn>> {
    let texts = fields.texts("order")?;
    let mut turns = Vec::new();
    for text in texts {
        let turn = Turn::parse(&text.value);
        turns.extend(turn.filter(|turn| turn.lane().is_none_or(|lane| lane < MAX_TOGETHER)));
        if turn.is_none() {
            let reason = format!(
                "`{}` is no turn; write the number of an act, such as `2`, with `fails`, `lost`, \
                 `late` or `hangs-up` after it; a span of time; an event; or `arrive`",
                text.value
            );
            fields.faults.add(text.bytes, reason);
        }
    }
    Some(turns)
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
