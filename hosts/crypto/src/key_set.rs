//! The keys of one service at one moment: which key signs, which verify, and which are published.

use std::time::Duration;

use auth_runtime::Purpose;
use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::lifecycle::{Appointment, KeyState, Lifecycle, succession};
use crate::mac_keys::MacKeys;
use crate::signing_key::SigningKey;
use crate::verifying_key::VerifyingKey;

/// For how long after its retirement a key may still sign, in milliseconds. A flow may have asked
/// for the active key just before the next one took over.
const SIGNING_GRACE_MILLIS: u64 = 60_000;

/// The longest time that any access token is accepted: a policy allows a lifetime of 900 s, and a
/// verifier a leeway of 60 s.
pub const LONGEST_TOKEN: Duration = Duration::from_secs(960);

/// For how long a key of a rotation that was not made here verifies after another key took over, in
/// milliseconds.
const VERIFIES_MILLIS: u64 = LONGEST_TOKEN.as_secs() * 1_000 + SIGNING_GRACE_MILLIS;

/// All keys of a service. A set never changes; each change makes a new set. It has no clock: the
/// methods take the time, in milliseconds since the Unix epoch.
pub struct KeySet {
    /// In the order of activation.
    keys: Vec<Entry>,
    mac_keys: MacKeys,
}

struct Entry {
    key: SigningKey,
    life: Lifecycle,
}

/// The keys of one rotation, of which only the order is known, and when the current one took over.
pub(crate) struct Rotation {
    pub(crate) previous: Option<SigningKey>,
    pub(crate) current: SigningKey,
    pub(crate) pending: Option<SigningKey>,
    /// In milliseconds since the Unix epoch.
    pub(crate) current_since: u64,
}

/// The public facts about a key, for lists and logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The value that `kid` of a token names.
    pub id: String,
    /// The only algorithm that the key is used with.
    pub algorithm: Algorithm,
    /// The state at the time that the list was made for.
    pub state: KeyState,
    /// The times at which the state changes.
    pub life: Lifecycle,
}

impl KeySet {
    /// A set of a current key that is always active, an optional key that it replaced, and an
    /// optional key that will replace it. The previous key counts as retired since `now`, because a
    /// flow may still sign with it, and verifies until the tokens have expired that it signed
    /// before the current key took over.
    pub(crate) fn of_rotation(rotation: Rotation, mac_keys: MacKeys, now: u64) -> Self {
        let entry = |key, activates_at, retires_at, removed_at| Entry {
            key,
            life: Lifecycle {
                published_at: 0,
                activates_at,
                retires_at,
                removed_at,
            },
        };
        let removed_at = rotation.current_since.saturating_add(VERIFIES_MILLIS);
        let previous = rotation.previous;
        let previous = previous.map(|key| entry(key, 0, Some(now), Some(removed_at)));
        let pending = rotation.pending;
        let pending = pending.map(|key| entry(key, u64::MAX, None, None));
        let current = [entry(rotation.current, 0, None, None)];
        let keys = previous.into_iter().chain(current).chain(pending).collect();
        Self { keys, mac_keys }
    }

    /// A set of keys that follow one another. `token_millis` is the longest time that a token is
    /// accepted.
    pub(crate) fn of_succession(
        mut keys: Vec<(SigningKey, Appointment)>,
        mac_keys: MacKeys,
        token_millis: u64,
    ) -> Self {
        keys.sort_by(|(key, appointment), (other_key, other)| {
            let order =
                |appointment: &Appointment| (appointment.activates_at, appointment.created_at);
            order(appointment)
                .cmp(&order(other))
                .then_with(|| key.id().cmp(other_key.id()))
        });
        let (keys, appointments): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        let lives = succession(
            &appointments,
            token_millis.saturating_add(SIGNING_GRACE_MILLIS),
        );
        let keys = keys
            .into_iter()
            .zip(lives)
            .map(|(key, life)| Entry { key, life })
            .collect();
        Self { keys, mac_keys }
    }

    /// The key that signs at this time.
    ///
    /// Before the first key's activation this is the first key too. No key signed before it, and a
    /// clock that was set back must not stop the service.
    pub fn active(&self, now: u64) -> Option<&SigningKey> {
        self.active_entry(now).map(|entry| &entry.key)
    }

    /// The times at which the state of the signing key changes.
    pub(crate) fn active_life(&self, now: u64) -> Option<Lifecycle> {
        self.active_entry(now).map(|entry| entry.life)
    }

    /// The key of this id, if it may sign: the active one, or one that was active within the last
    /// minute.
    pub fn signing(&self, id: &str, now: u64) -> Option<&SigningKey> {
        if let Some(active) = self.active(now).filter(|key| key.id() == id) {
            return Some(active);
        }
        let entry = self.entry(id)?;
        let since = now.checked_sub(entry.life.retires_at?)?;
        let late = entry.life.state(now) == KeyState::Retired && since <= SIGNING_GRACE_MILLIS;
        late.then_some(&entry.key)
    }

    /// The key of this id, if it may verify. A published key may verify too: another server may
    /// sign with it already because its clock is ahead of this one's.
    pub fn verifying(&self, id: &str, now: u64) -> Option<&VerifyingKey> {
        let entry = self.entry(id)?;
        (entry.life.state(now) != KeyState::Removed).then(|| entry.key.verifying())
    }

    /// The JWKS (RFC 7517 §5) of all keys that may verify. It holds public keys only, so an HS256
    /// secret is not in it.
    pub fn jwks(&self, now: u64) -> String {
        let listed = self
            .keys
            .iter()
            .filter(|entry| entry.life.state(now) != KeyState::Removed);
        let keys: Vec<Value> = listed
            .filter_map(|entry| entry.key.verifying().to_jwk())
            .collect();
        json!({ "keys": keys }).to_string()
    }

    /// Describes all keys, in the order of activation.
    pub fn list(&self, now: u64) -> Vec<KeyInfo> {
        let info = |Entry { key, life }: &Entry| KeyInfo {
            id: key.id().to_owned(),
            algorithm: key.algorithm(),
            state: life.state(now),
            life: *life,
        };
        self.keys.iter().map(info).collect()
    }

    /// HMAC-SHA-256 of a message, under the secret for this purpose.
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        self.mac_keys.mac(purpose, message)
    }

    /// The codes that are right at this time: that of [`mac`](Self::mac) first, then those of the
    /// secrets before it that still verify.
    pub fn macs(&self, purpose: Purpose, message: &[u8], now: u64) -> Vec<Vec<u8>> {
        self.mac_keys.macs(purpose, message, now)
    }

    fn active_entry(&self, now: u64) -> Option<&Entry> {
        let is = |state: KeyState| move |entry: &&Entry| entry.life.state(now) == state;
        let active = self.keys.iter().rev().find(is(KeyState::Active));
        active.or_else(|| self.keys.iter().find(is(KeyState::Published)))
    }

    fn entry(&self, id: &str) -> Option<&Entry> {
        self.keys.iter().find(|entry| entry.key.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::Value;

    /// The longest time that a token is accepted.
    const TOKEN_MILLIS: u64 = 630_000;
    const SECOND_ACTIVE_AT: u64 = 5_000_000;
    const FIRST_REMOVED_AT: u64 = SECOND_ACTIVE_AT + TOKEN_MILLIS + SIGNING_GRACE_MILLIS;

    /// A first key, and a second that takes over at [`SECOND_ACTIVE_AT`].
    fn two_keys() -> (KeySet, [String; 2]) {
        let keys: Vec<_> = [(1_000_000, 1_000_000), (1_400_000, SECOND_ACTIVE_AT)]
            .into_iter()
            .map(|(created_at, activates_at)| {
                let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
                (
                    key,
                    Appointment {
                        created_at,
                        activates_at,
                        withdrawn_at: None,
                    },
                )
            })
            .rev()
            .collect();
        let ids = [keys[1].0.id().to_owned(), keys[0].0.id().to_owned()];
        (
            KeySet::of_succession(keys, MacKeys::derive(&[7; 32]).unwrap(), TOKEN_MILLIS),
            ids,
        )
    }

    fn published(set: &KeySet, now: u64) -> Vec<String> {
        let jwks: Value = serde_json::from_str(&set.jwks(now)).unwrap();
        let keys = jwks["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn each_key_signs_verifies_and_is_listed_in_its_time() {
        let (set, [first, second]) = two_keys();
        let both = vec![first.clone(), second.clone()];
        let last_late = SECOND_ACTIVE_AT + SIGNING_GRACE_MILLIS;
        for (now, active, may_sign, listed) in [
            // A clock that was set back must not stop logins.
            (0, &first, vec![&first], &both),
            (1_500_000, &first, vec![&first], &both),
            (SECOND_ACTIVE_AT - 1, &first, vec![&first], &both),
            (SECOND_ACTIVE_AT, &second, vec![&first, &second], &both),
            (last_late, &second, vec![&first, &second], &both),
            (last_late + 1, &second, vec![&second], &both),
            (FIRST_REMOVED_AT - 1, &second, vec![&second], &both),
            (
                FIRST_REMOVED_AT,
                &second,
                vec![&second],
                &vec![second.clone()],
            ),
        ] {
            assert_eq!(set.active(now).unwrap().id(), active, "at {now}");
            for id in &both {
                assert_eq!(
                    set.signing(id, now).is_some(),
                    may_sign.contains(&id),
                    "at {now}"
                );
                assert_eq!(
                    set.verifying(id, now).is_some(),
                    listed.contains(id),
                    "at {now}"
                );
            }
            assert_eq!(&published(&set, now), listed, "at {now}");
        }
        assert!(set.signing("unknown", 0).is_none());
        assert!(set.verifying("unknown", 0).is_none());
    }

    #[test]
    fn a_token_outlives_the_key_that_signed_it_at_the_last_moment() {
        let (set, [first, _]) = two_keys();
        let last_signed = SECOND_ACTIVE_AT + SIGNING_GRACE_MILLIS;
        assert!(set.signing(&first, last_signed).is_some());
        assert!(
            set.verifying(&first, last_signed + TOKEN_MILLIS - 1)
                .is_some()
        );
    }

    #[test]
    fn lists_keys_in_the_order_of_activation() {
        let (set, ids) = two_keys();
        let list = set.list(2_000_000);
        assert_eq!(
            list.iter().map(|key| &key.id).collect::<Vec<_>>(),
            ids.iter().collect::<Vec<_>>()
        );
        assert_eq!(list[0].state, KeyState::Active);
        assert_eq!(list[0].life.retires_at, Some(SECOND_ACTIVE_AT));
        assert_eq!(list[1].state, KeyState::Published);
        assert_eq!(list[1].life.removed_at, None);
    }
}
