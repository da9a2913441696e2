//! What happens to the hosts while flows run: a clock is set, a key is rotated.

use std::time::Duration;

use crate::clocks::Whose;
use crate::duration::{describe_duration, parse_duration};
use crate::keys::Rotated;

/// Something that happens to the hosts, between steps or while flows run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A clock differs from the time by so many milliseconds from now on.
    Clock(Whose, i64),
    /// A new key, or a new secret, is used from now on. The earlier ones still verify.
    Rotate(Rotated),
}

impl Event {
    /// Reads `"second-host -5s"`, `"stores 90s"`, `"rotate key"`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once(' ')?;
        if first == "rotate" {
            let rotated = Rotated::ALL.iter().find(|(name, _)| *name == rest);
            return rotated.map(|(_, rotated)| Self::Rotate(*rotated));
        }
        let (_, whose) = Whose::ALL.iter().find(|(name, _)| *name == first)?;
        let (sign, duration) = match rest.strip_prefix('-') {
            Some(duration) => (-1, duration),
            None => (1, rest),
        };
        let millis = i64::try_from(parse_duration(duration)?.as_millis()).ok()?;
        Some(Self::Clock(*whose, sign * millis))
    }

    /// The event as a case file writes it.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Clock(whose, millis) => {
                let sign = if millis < 0 { "-" } else { "" };
                let span = describe_duration(Duration::from_millis(millis.unsigned_abs()));
                format!("{} {sign}{span}", whose.name())
            }
            Self::Rotate(rotated) => format!("rotate {}", rotated.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        for (event, text) in [
            (Event::Clock(Whose::SecondHost, -5_000), "second-host -5s"),
            (Event::Clock(Whose::Stores, 90_500), "stores 90500ms"),
            (Event::Clock(Whose::FirstHost, 0), "first-host 0s"),
            (Event::Rotate(Rotated::Key), "rotate key"),
            (Event::Rotate(Rotated::Secret), "rotate secret"),
        ] {
            assert_eq!(Event::parse(text), Some(event), "{text}");
            assert_eq!(event.text(), text);
        }
        for text in [
            "",
            "rotate",
            "rotate policy",
            "third-host 5s",
            "stores --5s",
            "stores 5",
        ] {
            assert_eq!(Event::parse(text), None, "{text}");
        }
    }
}
