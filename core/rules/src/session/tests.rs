mod replay;

use super::*;
use crate::opaque_token::{UnverifiedRefresh, encode_refresh};
use proptest::prelude::*;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const OTHER_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
const ACCOUNT: AccountFacts<'_> = AccountFacts {
    active: true,
    epoch: 4,
    survivor: None,
};
const T0: u64 = 1_000_000_000;
/// The client that makes every refresh of these tests but one.
const CLIENT: ClientMark<'_> = ClientMark {
    client: b"client",
    idempotency_key: None,
};

/// Short lifetimes, so that random times meet every boundary.
fn settings() -> settings::Session {
    settings::Session {
        idle_seconds: 100,
        absolute_seconds: 300,
        grace_seconds: 10,
        max_per_account: 3,
        ..settings::Session::default()
    }
}

/// A stored session of these tests: its facts, and the fields that a write must keep or count up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    facts: SessionFacts<'static>,
    version: u64,
}

impl Session {
    fn rotated(&self, rotation: Rotation) -> Self {
        Self {
            facts: SessionFacts {
                generation: rotation.generation,
                rotated_at: rotation.rotated_at,
                rotated_by: Some(CLIENT),
                expires_at: rotation.expires_at,
                ..self.facts
            },
            version: self.version + 1,
        }
    }
}

fn session(id: &'static str, now: u64) -> Session {
    let lifetime = start(&settings(), now);
    Session {
        facts: SessionFacts {
            id,
            epoch: ACCOUNT.epoch,
            generation: 1,
            rotated_at: now,
            rotated_by: None,
            expires_at: lifetime.expires_at,
            absolute_expires_at: lifetime.absolute_expires_at,
        },
        version: 1,
    }
}

fn token(session_id: &str, generation: u64) -> PresentedRefresh {
    let text = encode_refresh(session_id, generation, &[7; 32]).unwrap();
    UnverifiedRefresh::parse(&text)
        .unwrap()
        .verify(&[vec![7; 32]])
        .unwrap()
}

fn present(session: &Session, generation: u64, now: u64) -> Refresh {
    refresh(
        session.facts,
        &token(ID, generation),
        CLIENT,
        ACCOUNT,
        &settings(),
        now,
    )
}

/// Returns the session after `count` refreshes, all at `T0`.
fn rotated(count: u64) -> Session {
    (0..count).fold(session(ID, T0), |session, _| {
        match present(&session, session.facts.generation, T0) {
            Refresh::Rotate(rotation) => session.rotated(rotation),
            other => panic!("{other:?}"),
        }
    })
}

#[test]
fn starts_with_an_idle_and_an_absolute_end() {
    let expected = Lifetime {
        expires_at: T0 + 100_000,
        absolute_expires_at: T0 + 300_000,
    };
    assert_eq!(start(&settings(), T0), expected);
    let short = settings::Session {
        idle_seconds: 301,
        ..settings()
    };
    assert_eq!(start(&short, T0).expires_at, T0 + 300_000);
}

#[test]
fn a_user_agent_is_cut_and_cleaned() {
    let started = |user_agent| displayable(user_agent);
    assert_eq!(started("Mozilla/5.0 (é)"), "Mozilla/5.0 (é)");
    assert_eq!(
        started("a\u{1b}[31m\r\nb\u{0}"),
        "a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}"
    );
    assert_eq!(
        started("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{ad}"),
        "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
    );
    assert_eq!(started("家 \u{1f510}"), "家 \u{1f510}");
    assert_eq!(started(&"é".repeat(10_000)), "é".repeat(256));
}

#[test]
fn the_current_token_rotates() {
    let before = session(ID, T0);
    let expected = Rotation {
        generation: 2,
        rotated_at: T0 + 5,
        expires_at: T0 + 100_005,
    };
    assert_eq!(present(&before, 1, T0 + 5), Refresh::Rotate(expected));
}

#[test]
fn every_other_token_is_judged_by_age_and_time() {
    let session = rotated(4);
    for (generation, elapsed, expected) in [
        (4, 0, Refresh::Replay),
        (4, 9_999, Refresh::Replay),
        (4, 10_000, Refresh::Reused),
        (4, 99_999, Refresh::Reused),
        (3, 0, Refresh::Reused),
        (1, 0, Refresh::Reused),
        (0, 0, Refresh::Reused),
        // A token from before the store was set back.
        (6, 0, Refresh::Reused),
        (u64::MAX, 0, Refresh::Reused),
        // A session that has ended stays ended, with any token.
        (5, 100_000, Refresh::Over),
        (4, 100_000, Refresh::Over),
        (6, 100_000, Refresh::Over),
    ] {
        assert_eq!(
            present(&session, generation, T0 + elapsed),
            expected,
            "{generation} {elapsed}"
        );
    }
}

#[test]
fn a_clock_that_steps_back_does_not_open_the_grace_again() {
    let session = rotated(1);
    for (behind, expected) in [
        (1, Refresh::Replay),
        (9_999, Refresh::Replay),
        (10_000, Refresh::Reused),
        (T0, Refresh::Reused),
    ] {
        assert_eq!(present(&session, 1, T0 - behind), expected, "{behind}");
    }
}

#[test]
fn a_session_ends_with_its_account_and_its_epoch() {
    let session = session(ID, T0);
    let facts = |active, epoch, survivor| AccountFacts {
        active,
        epoch,
        survivor,
    };
    for (account, live) in [
        (ACCOUNT, true),
        (facts(false, 4, None), false),
        (facts(true, 5, None), false),
        (facts(true, 3, None), false),
        (facts(true, 9, Some(ID)), true),
        (facts(true, 9, Some(OTHER_ID)), false),
        (facts(true, 4, Some(OTHER_ID)), true),
        (facts(false, 4, Some(ID)), false),
    ] {
        assert_eq!(is_live(session.facts, account, T0), live, "{account:?}");
        let answer = refresh(
            session.facts,
            &token(ID, 1),
            CLIENT,
            account,
            &settings(),
            T0,
        );
        assert_eq!(answer != Refresh::Over, live, "{account:?}");
    }
}

#[test]
fn the_token_of_another_session_is_refused() {
    let answer = refresh(
        session(ID, T0).facts,
        &token(OTHER_ID, 1),
        CLIENT,
        ACCOUNT,
        &settings(),
        T0,
    );
    assert_eq!(answer, Refresh::Over);
}

#[test]
fn idle_and_absolute_ends_hold_to_the_millisecond() {
    let mut session = session(ID, T0);
    assert!(is_live(session.facts, ACCOUNT, T0 + 99_999));
    assert!(!is_live(session.facts, ACCOUNT, T0 + 100_000));
    for now in [T0 + 99_999, T0 + 199_998, T0 + 299_997] {
        match present(&session, session.facts.generation, now) {
            Refresh::Rotate(rotation) => session = session.rotated(rotation),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(session.facts.expires_at, T0 + 300_000);
    assert!(is_live(session.facts, ACCOUNT, T0 + 299_999));
    assert_eq!(present(&session, 4, T0 + 300_000), Refresh::Over);
    // A store that returned too late an end must not prolong the session.
    session.facts.expires_at = u64::MAX;
    assert_eq!(present(&session, 4, T0 + 300_000), Refresh::Over);
}

#[test]
fn the_last_generation_there_is_cannot_rotate() {
    let mut session = session(ID, T0);
    session.facts.generation = u64::MAX;
    assert_eq!(present(&session, u64::MAX, T0), Refresh::Over);
}

#[test]
fn the_oldest_beyond_the_limit_are_in_excess_and_what_is_over() {
    let named = |id: &'static str, now| session(id, now).facts;
    let now = T0 + 100_000;
    let at_limit = [
        named("b", now - 4),
        named("c", now - 3),
        named("d", now - 2),
    ];
    assert!(excess(&at_limit, ACCOUNT, &settings(), now).is_empty());

    let [b, c, d] = at_limit;
    let over = named("a", T0);
    let e = named("e", now);
    let all = [over, b, c, d, e];
    assert_eq!(excess(&all, ACCOUNT, &settings(), now), ["a", "b"]);
    assert_eq!(
        excess(
            &all,
            AccountFacts {
                epoch: 9,
                ..ACCOUNT
            },
            &settings(),
            now
        )
        .len(),
        5
    );
    assert!(excess(&[], ACCOUNT, &settings(), now).is_empty());
}

/// A store with the compare-and-set that the contract promises.
#[derive(Default)]
struct Store {
    session: Option<Session>,
    rotations: u64,
}

impl Store {
    fn replace(&mut self, next: Session, replaces: u64) -> bool {
        let wins = self
            .session
            .as_ref()
            .is_some_and(|stored| stored.version == replaces);
        if wins {
            self.session = Some(next);
            self.rotations += 1;
        }
        wins
    }
}

/// One refresh in progress: what it has read, or what it was answered.
#[derive(Clone, Debug)]
enum Client {
    Idle,
    Read(Session),
    Done(&'static str, u64),
}

impl Client {
    /// Makes one call to the store: a read, or the write that follows it.
    fn step(self, store: &mut Store, generation: u64, now: u64) -> Self {
        match self {
            Self::Idle => match &store.session {
                Some(session) => Self::Read(session.clone()),
                None => Self::Done("gone", 0),
            },
            Self::Read(session) => match present(&session, generation, now) {
                Refresh::Rotate(rotation) => {
                    let made = rotation.generation;
                    match store.replace(session.rotated(rotation), session.version) {
                        true => Self::Done("rotated", made),
                        false => Self::Idle,
                    }
                }
                Refresh::Replay => Self::Done("replayed", session.facts.generation),
                Refresh::ReplayRefused | Refresh::Reused => {
                    store.session = None;
                    Self::Done("reused", 0)
                }
                Refresh::Over => Self::Done("over", 0),
            },
            done @ Self::Done(..) => done,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done(..))
    }
}

/// Runs parallel refreshes with the same token, first in the order of `schedule`, then each to its
/// end. At step `revoke_at` the session is removed.
fn race(clients: usize, schedule: &[usize], revoke_at: Option<usize>) -> (Store, Vec<Client>) {
    let mut store = Store {
        session: Some(session(ID, T0)),
        rotations: 0,
    };
    let mut under_way = vec![Client::Idle; clients];
    let rounds = (0..4).flat_map(|_| 0..clients);
    for (step, client) in schedule
        .iter()
        .map(|pick| pick % clients)
        .chain(rounds)
        .enumerate()
    {
        if revoke_at == Some(step) {
            store.session = None;
        }
        under_way[client] = under_way[client]
            .clone()
            .step(&mut store, 1, T0 + step as u64);
    }
    (store, under_way)
}

/// A model of a token family that has no session, only the history of its rotations.
struct Model {
    rotated_at: Vec<u64>,
    started_at: u64,
    ended: bool,
}

impl Model {
    fn current(&self) -> u64 {
        self.rotated_at.len() as u64
    }

    fn expected(&self, generation: u64, now: u64) -> &'static str {
        let last = *self.rotated_at.last().unwrap();
        let end = (last + 100_000).min(self.started_at + 300_000);
        match generation {
            _ if now >= end => "over",
            _ if generation == self.current() => "rotate",
            _ if generation + 1 == self.current() && now + 10_000 > last && now < last + 10_000 => {
                "replay"
            }
            _ => "reused",
        }
    }
}

proptest! {
    #[test]
    fn any_history_keeps_one_current_generation(
        steps in prop::collection::vec((0_u64..4, -30_000_i64..60_000), 1..60),
    ) {
        let mut now = T0;
        let mut stored = session(ID, T0);
        let mut model = Model { rotated_at: vec![T0], started_at: T0, ended: false };
        for (age, passed) in steps {
            now = now.saturating_add_signed(passed);
            // The generation after the current one, the current one, or an earlier one.
            let generation = (model.current() + 1).saturating_sub(age);
            let answer = present(&stored, generation, now);
            let expected = model.expected(generation, now);
            match answer {
                Refresh::Rotate(rotation) => {
                    prop_assert_eq!(expected, "rotate");
                    prop_assert_eq!(rotation.generation, stored.facts.generation + 1);
                    prop_assert_eq!(rotation.rotated_at, now);
                    prop_assert_eq!(rotation.expires_at, (now + 100_000).min(T0 + 300_000));
                    model.rotated_at.push(now);
                    stored = stored.rotated(rotation);
                }
                Refresh::Replay => prop_assert_eq!(expected, "replay"),
                Refresh::ReplayRefused | Refresh::Reused => {
                    prop_assert_eq!(expected, "reused");
                    model.ended = true;
                }
                Refresh::Over => prop_assert_eq!(expected, "over"),
            }
            prop_assert_eq!(stored.facts.generation, model.current());
            if model.ended {
                break;
            }
        }
    }

    #[test]
    fn arbitrary_sessions_never_panic(
        numbers in prop::array::uniform6(prop_oneof![any::<u64>(), Just(0), Just(u64::MAX)]),
        settings in prop::array::uniform4(any::<u32>()),
        now: u64,
    ) {
        let [generation, rotated_at, expires_at, absolute_expires_at, epoch, shown] = numbers;
        let [idle_seconds, absolute_seconds, grace_seconds, max_per_account] = settings;
        let settings = settings::Session {
            idle_seconds, absolute_seconds, grace_seconds, max_per_account, ..self::settings()
        };
        let session = SessionFacts {
            id: ID, generation, rotated_at, rotated_by: Some(CLIENT), expires_at,
            absolute_expires_at, epoch,
        };
        let account = AccountFacts { epoch, ..ACCOUNT };
        let answer = refresh(session, &token(ID, shown), CLIENT, account, &settings, now);
        if let Refresh::Rotate(next) = answer {
            prop_assert!(next.generation > generation);
            prop_assert!(next.expires_at <= absolute_expires_at);
        }
        if answer == Refresh::Replay {
            prop_assert_eq!(shown + 1, generation);
        }
        let _ = excess(&[session, session], account, &settings, now);
    }

    #[test]
    fn of_parallel_refreshes_one_rotates_and_all_answer_one_successor(
        schedule in prop::collection::vec(0_usize..50, 0..200),
        clients in 1_usize..=50,
    ) {
        let (store, clients) = race(clients, &schedule, None);
        prop_assert!(clients.iter().all(Client::is_done), "{:?}", clients);
        prop_assert_eq!(store.rotations, 1);
        prop_assert_eq!(store.session.map(|session| session.facts.generation), Some(2));
        for client in clients {
            prop_assert!(matches!(client, Client::Done("rotated" | "replayed", 2)), "{:?}", client);
        }
    }

    #[test]
    fn a_revocation_leaves_nothing_alive(
        schedule in prop::collection::vec(0_usize..8, 0..40),
        clients in 1_usize..=8,
        revoke_at in 0_usize..20,
    ) {
        prop_assume!(revoke_at < schedule.len() + 4 * clients);
        let (store, clients) = race(clients, &schedule, Some(revoke_at));
        prop_assert!(clients.iter().all(Client::is_done), "{:?}", clients);
        prop_assert!(store.session.is_none());
    }
}
