//! The life of a key: when it is published, signs, only verifies, and is removed.
//!
//! Of the keys whose time to sign has come, the latest signs. The one before it retires at the
//! moment when the latest takes over. A rotation therefore adds one key and changes no other, and a
//! crash can leave neither two keys signing nor none.

/// The state of a key at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The key signs and verifies.
    Active,
    /// The key is in the JWKS for verifiers to learn, and does not sign yet.
    Published,
    /// The key neither signs nor verifies any more.
    Removed,
    /// The key verifies the tokens that it signed, until the last of them has expired.
    Retired,
}

/// The times at which a key changes its state, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// From this time on, verifiers can learn the key.
    pub published_at: u64,
    /// From this time on, the key signs.
    pub activates_at: u64,
    /// From this time on, the next key signs; `None` while no next key is known.
    pub retires_at: Option<u64>,
    /// Until this time the key verifies; `None` while no end is known.
    pub removed_at: Option<u64>,
}

impl Lifecycle {
    /// The state of the key at a time.
    pub fn state(&self, now: u64) -> KeyState {
        let has_come = |time: Option<u64>| time.is_some_and(|time| time <= now);
        if has_come(self.removed_at) {
            KeyState::Removed
        } else if has_come(self.retires_at) {
            KeyState::Retired
        } else if self.activates_at <= now {
            KeyState::Active
        } else {
            KeyState::Published
        }
    }
}

/// The times of a key that its file stores. The other times follow from the keys after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appointment {
    pub(crate) created_at: u64,
    pub(crate) activates_at: u64,
    /// When the operator took the key out of service.
    pub(crate) withdrawn_at: Option<u64>,
}

impl Appointment {
    /// Whether the key ever signs. A key that was withdrawn before its activation does not.
    fn signs(&self) -> bool {
        self.withdrawn_at
            .is_none_or(|withdrawn_at| withdrawn_at > self.activates_at)
    }
}

/// The lives of the keys of `appointments`, which must be in the order of activation. A retired key
/// verifies for another `verifies_for` milliseconds.
pub(crate) fn succession(appointments: &[Appointment], verifies_for: u64) -> Vec<Lifecycle> {
    let mut lives = Vec::with_capacity(appointments.len());
    let mut next_activates_at = None;
    for appointment in appointments.iter().rev() {
        let retires_at = next_activates_at;
        let expires_at = retires_at.map(|time: u64| time.saturating_add(verifies_for));
        lives.push(Lifecycle {
            published_at: appointment.created_at,
            activates_at: appointment.activates_at,
            retires_at,
            removed_at: expires_at.into_iter().chain(appointment.withdrawn_at).min(),
        });
        if appointment.signs() {
            next_activates_at = Some(appointment.activates_at);
        }
    }
    lives.reverse();
    lives
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyState::{Active, Published, Removed, Retired};
    use proptest::prelude::*;

    fn appoint(activates_at: u64, withdrawn_at: Option<u64>) -> Appointment {
        Appointment {
            created_at: activates_at.saturating_sub(10),
            activates_at,
            withdrawn_at,
        }
    }

    fn states(appointments: &[Appointment], now: u64) -> Vec<KeyState> {
        succession(appointments, 5)
            .iter()
            .map(|life| life.state(now))
            .collect()
    }

    #[test]
    fn keys_follow_one_another() {
        let keys = [appoint(100, None), appoint(200, None), appoint(203, None)];
        for (now, expected) in [
            (99, [Published, Published, Published]),
            (100, [Active, Published, Published]),
            (199, [Active, Published, Published]),
            (200, [Retired, Active, Published]),
            (203, [Retired, Retired, Active]),
            (204, [Retired, Retired, Active]),
            (205, [Removed, Retired, Active]),
            (208, [Removed, Removed, Active]),
            (u64::MAX, [Removed, Removed, Active]),
        ] {
            assert_eq!(states(&keys, now), expected, "at {now}");
        }
    }

    #[test]
    fn a_key_withdrawn_before_its_time_retires_nobody() {
        let keys = [
            appoint(100, None),
            appoint(200, Some(150)),
            appoint(300, None),
        ];
        for (now, expected) in [
            (149, [Active, Published, Published]),
            (150, [Active, Removed, Published]),
            (200, [Active, Removed, Published]),
            (300, [Retired, Removed, Active]),
        ] {
            assert_eq!(states(&keys, now), expected, "at {now}");
        }
    }

    #[test]
    fn a_retired_key_can_be_withdrawn_before_its_tokens_expire() {
        let keys = [appoint(100, Some(202)), appoint(200, None)];
        assert_eq!(states(&keys, 201), [Retired, Active]);
        assert_eq!(states(&keys, 202), [Removed, Active]);
    }

    proptest! {
        #[test]
        fn one_key_signs_from_the_first_activation_on(
            mut times in prop::collection::vec(0_u64..1000, 1..8),
            now in 0_u64..2000,
        ) {
            times.sort_unstable();
            let keys: Vec<_> = times.iter().map(|time| appoint(*time, None)).collect();
            let active = states(&keys, now).into_iter().filter(|state| *state == Active).count();
            prop_assert_eq!(active, usize::from(times[0] <= now));
        }
    }
}
