//! Which client may repeat a refresh, and what a thief learns of its time.

use super::*;

#[test]
fn a_repetition_by_another_client_ends_the_session() {
    let mark = |client: &'static [u8], key: Option<&'static [u8]>| ClientMark {
        client,
        idempotency_key: key,
    };
    let (same, other) = (mark(b"client", None), mark(b"other", None));
    let (keyed, keyed_elsewhere) = (mark(b"client", Some(b"k")), mark(b"other", Some(b"k")));
    for (first, second, by_client, by_key) in [
        (Some(same), same, Refresh::Replay, Refresh::ReplayRefused),
        (
            Some(same),
            other,
            Refresh::ReplayRefused,
            Refresh::ReplayRefused,
        ),
        (
            Some(keyed),
            other,
            Refresh::ReplayRefused,
            Refresh::ReplayRefused,
        ),
        (
            Some(keyed),
            keyed_elsewhere,
            Refresh::Replay,
            Refresh::Replay,
        ),
        // An earlier release rotated, and did not say for whom.
        (None, other, Refresh::Replay, Refresh::ReplayRefused),
    ] {
        let mut session = rotated(1);
        session.facts.rotated_by = first;
        for (replay, expected) in [
            (Replay::Client, by_client),
            (Replay::IdempotencyKey, by_key),
        ] {
            let settings = settings::Session {
                replay,
                ..settings()
            };
            let judged = |generation, elapsed| {
                let token = token(ID, generation);
                refresh(
                    session.facts,
                    &token,
                    second,
                    ACCOUNT,
                    &settings,
                    T0 + elapsed,
                )
            };
            assert_eq!(
                judged(1, 9_999),
                expected,
                "{first:?} {second:?} {replay:?}"
            );
            assert_eq!(judged(1, 10_000), Refresh::Reused);
            assert!(matches!(judged(2, 0), Refresh::Rotate(_)));
        }
    }
}

#[test]
fn shown_times_tell_only_the_hour() {
    const HOUR: u64 = 3_600_000;
    let facts = |expires_at, absolute_expires_at| SessionFacts {
        expires_at,
        absolute_expires_at,
        ..session(ID, T0).facts
    };
    for (used, expires, absolute, shown) in [
        (0, HOUR, 9 * HOUR, (0, HOUR)),
        (HOUR - 1, HOUR + 1, 9 * HOUR, (0, 2 * HOUR)),
        (HOUR, 2 * HOUR - 1, 9 * HOUR, (HOUR, 2 * HOUR)),
        // The absolute end was fixed by the login, so it tells nothing.
        (HOUR, 2 * HOUR - 7, 2 * HOUR - 7, (HOUR, 2 * HOUR - 7)),
        (
            u64::MAX,
            u64::MAX,
            u64::MAX,
            (u64::MAX - u64::MAX % HOUR, u64::MAX),
        ),
    ] {
        assert_eq!(shown_times(facts(expires, absolute), used), shown);
    }
}
