//! Says turns and answers in words.

use crate::cases::step::Act;
use crate::gate::Waiting;
use crate::run::answer::Answer;
use crate::turn::{Fault, Turn};

/// Describes a turn, for the trace of a failure.
pub(crate) fn told(turn: Turn, acts: &[&Act], waiting: &[Waiting]) -> String {
    let verb = |lane: usize| acts[lane].verb.name();
    match turn {
        Turn::Go(lane, fault) => {
            let call = waiting.iter().find(|(it, _)| *it == lane);
            let call = call.map_or("", |(_, call)| call);
            let fault = fault.map_or("", described_fault);
            format!("{} {} {call}{fault}", verb(lane), lane + 1)
        }
        Turn::HangUp(lane) => format!("{} {} hangs up", verb(lane), lane + 1),
        Turn::Pass(_) => format!("{} pass", turn.text()),
        Turn::Event(event) => event.text(),
        Turn::Arrive => "late writes arrive".to_owned(),
    }
}

fn described_fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Before => " (fails)",
        Fault::After => " (its answer is lost)",
        Fault::Late => " (is late)",
    }
}

/// Describes an answer, for the trace of a failure.
pub(crate) fn described(answer: &Answer) -> String {
    match &answer.refusal {
        None => answer.outcome.to_owned(),
        Some(refusal) => refusal.to_string(),
    }
}
