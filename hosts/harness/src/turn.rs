//! What happens next while several flows run together: who goes on, with which fault, or that time
//! passes.

use std::time::Duration;

use crate::duration::{describe_duration, parse_duration};
use crate::event::Event;

/// What goes wrong with a call of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call is not carried out.
    Before,
    /// The call is carried out, but its answer is lost.
    After,
    /// The call has no answer. If it writes, it is carried out later.
    Late,
}

/// One choice of those who direct flows that run together. Lanes are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The flow in this lane makes the call that it waits before.
    Go(usize, Option<Fault>),
    /// The client of the flow in this lane gives up.
    HangUp(usize),
    /// Time passes.
    Pass(Duration),
    /// Something happens to the hosts.
    Event(Event),
    /// The calls that had no answer are carried out now.
    Arrive,
}

/// What follows a number in an `order`, and what it means.
const FAULTS: [(&str, Fault); 3] = [
    ("fails", Fault::Before),
    ("lost", Fault::After),
    ("late", Fault::Late),
];
const HANGS_UP: &str = "hangs-up";
const ARRIVE: &str = "arrive";

impl Turn {
    /// Reads an item of an `order`: `"1"`, `"2 fails"`, `"2 lost"`, `"1 late"`, `"1 hangs-up"`,
    /// `"5s"`, `"arrive"`, and an [`Event`]. Flows are counted from 1.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == ARRIVE {
            return Some(Self::Arrive);
        }
        if let Some(duration) = parse_duration(text) {
            return Some(Self::Pass(duration));
        }
        if let Some(event) = Event::parse(text) {
            return Some(Self::Event(event));
        }
        let (number, what) = text.split_once(' ').unwrap_or((text, ""));
        let lane = number.parse::<usize>().ok()?.checked_sub(1)?;
        let fault = FAULTS.iter().find(|(name, _)| *name == what);
        match (what, fault) {
            ("", _) => Some(Self::Go(lane, None)),
            (HANGS_UP, _) => Some(Self::HangUp(lane)),
            (_, Some((_, fault))) => Some(Self::Go(lane, Some(*fault))),
            _ => None,
        }
    }

    /// The item as an `order` writes it.
    pub(crate) fn text(self) -> String {
        let name = |fault| FAULTS.iter().find(|(_, it)| *it == fault);
        match self {
            Self::Go(lane, fault) => match fault.and_then(name) {
                Some((name, _)) => format!("{} {name}", lane + 1),
                None => (lane + 1).to_string(),
            },
            Self::HangUp(lane) => format!("{} {HANGS_UP}", lane + 1),
            Self::Pass(time) => describe_duration(time),
            Self::Event(event) => event.text(),
            Self::Arrive => ARRIVE.to_owned(),
        }
    }

    /// The lane that the turn is about, if it is about one.
    pub(crate) fn lane(self) -> Option<usize> {
        match self {
            Self::Go(lane, _) | Self::HangUp(lane) => Some(lane),
            Self::Pass(_) | Self::Event(_) | Self::Arrive => None,
        }
    }

    /// Whether the turn is more than a flow that goes on.
    pub(crate) fn is_disturbance(self) -> bool {
        !matches!(
            self,
            Self::Go(_, None) | Self::Pass(_) | Self::Event(_) | Self::Arrive
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clocks::Whose;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let turns = [
            (Turn::Go(0, None), "1"),
            (Turn::Go(1, Some(Fault::Before)), "2 fails"),
            (Turn::Go(1, Some(Fault::After)), "2 lost"),
            (Turn::Go(0, Some(Fault::Late)), "1 late"),
            (Turn::HangUp(2), "3 hangs-up"),
            (Turn::Pass(Duration::from_secs(5)), "5s"),
            (
                Turn::Event(Event::Clock(Whose::FirstHost, -5_000)),
                "first-host -5s",
            ),
            (Turn::Arrive, "arrive"),
        ];
        for (turn, text) in turns {
            assert_eq!(Turn::parse(text), Some(turn), "{text}");
            assert_eq!(turn.text(), text);
        }
        for text in ["", "0", "x", "1 explodes", "-1", "1 "] {
            assert!(!matches!(
                Turn::parse(text),
                Some(Turn::Go(_, Some(_)) | Turn::HangUp(_))
            ));
        }
        assert_eq!(Turn::parse("0"), None);
        assert_eq!(Turn::parse("1 explodes"), None);
    }
}
