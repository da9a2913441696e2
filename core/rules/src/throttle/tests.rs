use super::*;
use proptest::prelude::*;
use proptest::sample::select;

const NOW: u64 = 1_800_000_000_000;
const SCOPES: [Scope; 4] = [
    Scope::AccountAndSource,
    Scope::Account,
    Scope::Source,
    Scope::Device,
];

/// Three failures in 100 s begin a block of 10 s, which can grow to 60 s; the cap is never reached.
fn settings() -> Throttle {
    let limit = ThrottleLimit {
        failures: 3,
        window_seconds: 100,
        block_seconds: 10,
        max_block_seconds: 60,
    };
    Throttle {
        account_and_source: limit,
        account: limit,
        source: limit,
        device: limit,
        account_cap: u32::MAX,
    }
}

/// One counter with a clock, used as the component uses it.
struct OneCounter {
    scope: Scope,
    settings: Throttle,
    counter: Option<Counter>,
}

impl OneCounter {
    fn new(scope: Scope) -> Self {
        Self {
            scope,
            settings: settings(),
            counter: None,
        }
    }

    /// Makes a failed attempt this many milliseconds after `NOW`; returns the seconds to wait if it
    /// was refused.
    fn fail(&mut self, after_millis: u64) -> Result<(), u32> {
        let now = NOW + after_millis;
        check(&[(self.scope, self.counter)], &self.settings, now)
            .map_err(|blocked| blocked.retry_after_seconds)?;
        self.counter = Some(count(self.scope, self.counter, &self.settings, now).0);
        Ok(())
    }

    fn fail_all(&mut self, after_millis: &[u64]) {
        for at in after_millis {
            assert_eq!(self.fail(*at), Ok(()), "at {at}");
        }
    }
}

#[test]
fn the_failure_that_reaches_the_limit_blocks() {
    for scope in SCOPES {
        let mut one = OneCounter::new(scope);
        one.fail_all(&[0, 1000, 2000]);
        for (at, wait) in [(2000, 10), (2001, 10), (2999, 10), (3000, 9), (11_999, 1)] {
            assert_eq!(one.fail(at), Err(wait), "{scope:?} at {at}");
        }
        assert_eq!(one.fail(12_000), Ok(()));
    }
}

#[test]
fn each_block_is_twice_as_long_up_to_the_maximum() {
    let mut one = OneCounter::new(Scope::Source);
    let mut at = 0;
    for seconds in [10, 20, 40, 60, 60] {
        one.fail_all(&[at, at, at]);
        assert_eq!(one.fail(at), Err(seconds));
        at += u64::from(seconds) * 1000;
    }
    assert_eq!(one.counter.unwrap().blocks, 5);
}

#[test]
fn a_window_that_is_over_is_forgotten() {
    let mut one = OneCounter::new(Scope::AccountAndSource);
    one.fail_all(&[0, 99_999, 100_000, 100_001]);
    assert_eq!(one.counter.unwrap().failures, 2);
    one.fail_all(&[199_999]);
    assert_eq!(one.fail(199_999), Err(10));
}

#[test]
fn blocks_are_forgotten_after_the_longest_block_without_failure() {
    for (at, blocks, wait) in [(159_999, 2, 20), (160_000, 1, 10)] {
        let mut one = OneCounter::new(Scope::AccountAndSource);
        one.fail_all(&[0, 0, 0, at, at, at]);
        assert_eq!(one.counter.unwrap().blocks, blocks);
        assert_eq!(one.fail(at), Err(wait));
    }
}

#[test]
fn the_cap_blocks_an_account_for_good() {
    let mut one = OneCounter::new(Scope::Account);
    one.settings.account_cap = 4;
    one.fail_all(&[0, 1_000_000, 2_000_000, 3_000_000]);
    let thousand_years = 31_556_952_000_000;
    for at in [3_000_000, 9_000_000, thousand_years] {
        assert_eq!(one.fail(at), Err(60));
    }
    let counter = one.counter.unwrap();
    assert_eq!(expires_at(Scope::Account, &counter, &one.settings), FOREVER);
}

#[test]
fn thirty_quiet_days_end_a_row_of_failures() {
    let mut settings = settings();
    settings.account_cap = 100;
    let (first, expires_at) = count(Scope::Account, None, &settings, NOW);
    assert_eq!(expires_at, NOW + 100_000 + 30 * 86_400_000);
    for (at, consecutive) in [(expires_at - 1, 2), (expires_at, 1)] {
        assert_eq!(
            count(Scope::Account, Some(first), &settings, at)
                .0
                .consecutive,
            consecutive
        );
    }
}

#[test]
fn the_cap_holds_for_all_that_gets_to_an_account() {
    for (scope, outcome) in [
        (Scope::Account, Err(60)),
        (Scope::Device, Err(60)),
        (Scope::AccountAndSource, Ok(())),
        (Scope::Source, Ok(())),
    ] {
        let mut one = OneCounter::new(scope);
        one.settings.account_cap = 2;
        one.fail_all(&[0, 1_000_000]);
        assert_eq!(one.fail(9_000_000), outcome, "{scope:?}");
    }
}

#[test]
fn the_longest_block_is_told() {
    let blocked = |seconds: u64| {
        Some(Counter {
            blocked_until: NOW + seconds * 1000,
            ..Counter::default()
        })
    };
    for (counters, expected) in [
        (vec![], Ok(())),
        (
            vec![
                (Scope::Source, None),
                (Scope::Account, Some(Counter::default())),
            ],
            Ok(()),
        ),
        (vec![(Scope::Source, blocked(0))], Ok(())),
        (
            vec![
                (Scope::Source, blocked(5)),
                (Scope::Account, blocked(7)),
                (Scope::Device, None),
            ],
            Err(7),
        ),
        (vec![(Scope::Source, blocked(1_000_000))], Err(60)),
    ] {
        let told = check(&counters, &settings(), NOW).map_err(|b| b.retry_after_seconds);
        assert_eq!(told, expected);
    }
}

fn attempt<'a>() -> AttemptFacts<'a> {
    AttemptFacts {
        email_key: "ada@example.org",
        throttle_epoch: 3,
        source: "192.0.2.7",
        device: None,
    }
}

/// The scopes of those counters of an attempt for which `is` is true.
fn scopes(attempt: AttemptFacts<'_>, is: impl Fn(&CounterKey) -> bool) -> Vec<Scope> {
    let chosen = keys(&attempt).into_iter().filter(is);
    chosen.map(|key| key.scope).collect()
}

fn of_known_device<'a>() -> AttemptFacts<'a> {
    AttemptFacts {
        device: Some("d"),
        ..attempt()
    }
}

#[test]
fn an_attempt_from_a_known_device_is_judged_by_its_counter_alone() {
    assert_eq!(
        scopes(attempt(), |key| key.is_judged),
        [Scope::AccountAndSource, Scope::Account, Scope::Source]
    );
    assert_eq!(
        scopes(of_known_device(), |key| key.is_judged),
        [Scope::Device]
    );
}

#[test]
fn a_success_clears_the_counters_of_the_account_but_not_of_the_source() {
    let of_account = [Scope::AccountAndSource, Scope::Account];
    assert_eq!(scopes(attempt(), |key| key.is_cleared), of_account);
    assert_eq!(
        scopes(of_known_device(), |key| key.is_cleared),
        [of_account.as_slice(), &[Scope::Device]].concat()
    );
    let (unknown, known) = (keys(&attempt()), keys(&of_known_device()));
    for (unknown, known) in unknown.iter().zip(&known).take(2) {
        assert_eq!(unknown.text, known.text);
    }
}

#[test]
fn a_counter_is_blocked_until_its_time() {
    let counter = Counter {
        blocked_until: NOW,
        ..Counter::default()
    };
    for (now, is_blocked) in [(0, true), (NOW - 1, true), (NOW, false), (NOW + 1, false)] {
        assert_eq!(counter.is_blocked(now), is_blocked);
    }
}

#[test]
fn keys_depend_on_what_they_count_by_alone() {
    let changed = |other: AttemptFacts<'_>| -> Vec<Scope> {
        let pairs = keys(&attempt()).into_iter().zip(keys(&other));
        pairs
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a.scope)
            .collect()
    };
    for (other, scopes) in [
        (attempt(), vec![]),
        (
            AttemptFacts {
                source: "192.0.2.8",
                ..attempt()
            },
            vec![Scope::AccountAndSource, Scope::Source],
        ),
        (
            AttemptFacts {
                throttle_epoch: 4,
                ..attempt()
            },
            vec![Scope::AccountAndSource, Scope::Account],
        ),
        (
            AttemptFacts {
                email_key: "b@example.org",
                ..attempt()
            },
            vec![Scope::AccountAndSource, Scope::Account],
        ),
    ] {
        assert_eq!(changed(other), scopes, "{other:?}");
    }
    let device = |device, epoch| {
        let mut keys = keys(&AttemptFacts {
            device: Some(device),
            throttle_epoch: epoch,
            ..attempt()
        });
        keys.retain(|key| key.scope == Scope::Device);
        keys
    };
    assert_ne!(device("d", 3), device("e", 3));
    assert_ne!(device("d", 3), device("d", 4));
    assert_eq!(
        device("d", 3),
        keys(&AttemptFacts {
            source: "x",
            ..of_known_device()
        })[2..]
    );
}

fn any_counter() -> impl Strategy<Value = Counter> {
    let time = || {
        prop_oneof![
            Just(0),
            Just(u64::MAX),
            Just(FOREVER),
            any::<u64>(),
            NOW..NOW * 2
        ]
    };
    let number = || prop_oneof![Just(0), Just(u32::MAX), any::<u32>(), 0u32..5];
    (number(), time(), time(), number(), number()).prop_map(
        |(failures, window_started_at, blocked_until, blocks, consecutive)| Counter {
            failures,
            window_started_at,
            blocked_until,
            blocks,
            consecutive,
        },
    )
}

proptest! {
    #[test]
    fn no_counter_and_no_time_panics(
        scope in select(&SCOPES), counter in any_counter(), now in any::<u64>(), failures in 0u32..4,
    ) {
        let mut settings = settings();
        settings.source.failures = failures;
        settings.account.block_seconds = u32::MAX;
        settings.account.max_block_seconds = u32::MAX;
        let _ = check(&[(scope, Some(counter))], &settings, now);
        let (after, expires_at) = count(scope, Some(counter), &settings, now);
        prop_assert!(expires_at <= FOREVER);
        prop_assert_eq!(count(scope, Some(counter), &settings, now), (after, expires_at));
    }

    #[test]
    fn a_blocked_attempt_changes_nothing(
        scope in select(&SCOPES), times in prop::collection::vec(0u64..400_000, 1..40),
    ) {
        let mut one = OneCounter::new(scope);
        for at in times {
            let before = one.counter;
            if let Err(wait) = one.fail(at) {
                prop_assert!((1..=60).contains(&wait));
                prop_assert_eq!(one.counter, before);
                let counted_all_the_same = count(scope, before, &one.settings, NOW + at).0;
                prop_assert_eq!(Some(counted_all_the_same), before);
            }
        }
    }

    #[test]
    fn who_waits_as_told_is_let_in(
        scope in select(&SCOPES), gaps in prop::collection::vec(0u64..30_000, 1..60),
    ) {
        let mut one = OneCounter::new(scope);
        let mut at = 0;
        for gap in gaps {
            at += gap;
            if let Err(wait) = one.fail(at) {
                at += u64::from(wait) * 1000;
                prop_assert_eq!(one.fail(at), Ok(()));
            }
        }
    }

    #[test]
    fn failures_never_make_it_milder(
        scope in select(&SCOPES), gaps in prop::collection::vec(0u64..50_000, 1..60),
    ) {
        let mut one = OneCounter::new(scope);
        let mut at = 0;
        let mut before = Counter::default();
        for gap in gaps {
            at += gap;
            if one.fail(at).is_ok() {
                let after = one.counter.unwrap();
                prop_assert_eq!(after.consecutive, before.consecutive + 1);
                prop_assert!(after.blocked_until >= before.blocked_until);
                prop_assert!(after.blocks >= before.blocks);
                prop_assert!((1..=3).contains(&after.failures));
                prop_assert_eq!(after.failures == 3, after.blocked_until > NOW + at);
                prop_assert!(expires_at(scope, &after, &one.settings) > after.blocked_until);
                before = after;
            }
        }
    }

    #[test]
    fn an_account_is_never_tried_more_often_than_the_cap(
        scope in select(&[Scope::Account, Scope::Device]), gaps in prop::collection::vec(0u64..2_000_000, 1..80), cap in 1u32..20,
    ) {
        let mut one = OneCounter::new(scope);
        one.settings.account_cap = cap;
        let mut at = 0;
        let mut tried = 0;
        for gap in gaps {
            at += gap;
            tried += u32::from(one.fail(at).is_ok());
        }
        prop_assert!(tried <= cap);
    }

    #[test]
    fn it_makes_no_difference_when_the_store_drops_a_counter(
        scope in select(&SCOPES), gaps in prop::collection::vec(0u64..250_000, 1..40),
    ) {
        let (mut keeping, mut dropping) = (OneCounter::new(scope), OneCounter::new(scope));
        let mut at = 0;
        for gap in gaps {
            at += gap;
            dropping.counter = dropping
                .counter
                .filter(|counter| NOW + at < expires_at(scope, counter, &dropping.settings));
            prop_assert_eq!(keeping.fail(at), dropping.fail(at));
            prop_assert_eq!(keeping.counter, dropping.counter);
        }
    }

    #[test]
    fn keys_fit_the_store_and_hold_no_address(
        email_key in "[a-z]{6,40}@[a-z]{3,20}\\.org", epoch in any::<u64>(), source in "[0-9.]{7,15}",
        device in prop::option::of("[0-9a-f-]{36}"),
    ) {
        let device = device.as_deref();
        let attempt = AttemptFacts { email_key: &email_key, throttle_epoch: epoch, source: &source, device };
        for CounterKey { text, .. } in keys(&attempt) {
            prop_assert!(text.len() < 64 && text.is_ascii());
            prop_assert!(!text.contains(&email_key) && !text.contains(&source));
        }
    }
}
