//! When a key is published, signs, and only verifies: the succession of the keys of one service.
//!
//! The latest key that may sign does; the one before it retires at the moment it takes over. So a
//! rotation is one new key and changes no other, and no crash can leave two keys signing or none.

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Signs and verifies.
    Active,
    /// Listed for verifiers to learn, not signing yet.
    Published,
    /// Neither signs nor verifies any more.
    Removed,
    /// Verifies the tokens that it signed, until the last of them has expired.
    Retired,
}

/// When a key changes its state, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Verifiers can learn it from then on.
    pub published_at: u64,
    /// It signs from then on.
    pub activates_at: u64,
    /// The next key signs from then on; `None` while no next key is known.
    pub retires_at: Option<u64>,
    /// It verifies until then; `None` while it is not known to retire.
    pub removed_at: Option<u64>,
}

impl Lifecycle {
    /// The state at a time.
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

/// What is written down of a key's life; the rest follows from its successors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appointment {
    pub(crate) created_at: u64,
    pub(crate) activates_at: u64,
    /// Taken out of service by the operator.
    pub(crate) withdrawn_at: Option<u64>,
}

impl Appointment {
    /// Whether the key ever signs: not if it was withdrawn before its time.
    fn signs(&self) -> bool {
        self.withdrawn_at
            .is_none_or(|withdrawn_at| withdrawn_at > self.activates_at)
    }
}

/// The life of each key of `appointments`, which are in the order of activation. A retired key
/// verifies for `verifies_for` milliseconds more.
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
