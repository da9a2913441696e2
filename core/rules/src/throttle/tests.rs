use super::*;
use proptest::prelude::*;
use proptest::sample::select;

const NOW: u64 = 1_800_000_000_000;
const SCOPES: [Scope; 7] = [
    Scope::AccountAndSource,
    Scope::Account,
    Scope::Source,
    Scope::KnownSources,
    Scope::Device,
    Scope::Devices,
    Scope::Registration,
];
/// The scopes that have a share of the cap.
const CAPPED: [Scope; 3] = [Scope::Account, Scope::KnownSources, Scope::Devices];
const HOUR: u64 = 3_600_000;

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
        registration: limit,
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
fn beyond_the_share_each_wait_is_twice_as_long_up_to_a_day() {
    let mut one = OneCounter::new(Scope::Account);
    one.settings.account_cap = 4;
    let mut at = 1_000_000;
    one.fail_all(&[0, 500_000]);
    for hours in [1, 2, 4, 8, 16, 24, 24, 24] {
        one.fail_all(&[at]);
        assert_eq!(one.fail(at), Err(hours * 3600), "{hours} h");
        at += u64::from(hours) * HOUR;
        assert_eq!(one.fail(at - 1), Err(1));
    }
    assert_eq!(one.fail(at), Ok(()), "no block is without end");
    let counter = one.counter.unwrap();
    let end = NOW + at + 24 * HOUR + 30 * 24 * HOUR;
    assert_eq!(expires_at(Scope::Account, &counter, &one.settings), end);
}

#[test]
fn all_shares_together_are_the_cap() {
    for cap in (10..=100).chain([0, 1, u32::MAX]) {
        let mut settings = settings();
        settings.account_cap = cap;
        let shares = SCOPES.map(|scope| share(scope, &settings));
        let sum: u32 = shares.into_iter().flatten().sum();
        assert_eq!(sum, cap);
        let of_capped = CAPPED.map(|scope| share(scope, &settings).unwrap());
        assert!(cap < 10 || of_capped.iter().all(|share| *share >= 2));
    }
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
fn each_way_to_an_account_has_its_share_of_the_cap() {
    for (scope, tries) in [
        (Scope::Account, Some(5)),
        (Scope::KnownSources, Some(2)),
        (Scope::Devices, Some(3)),
        (Scope::AccountAndSource, None),
        (Scope::Source, None),
        (Scope::Device, None),
    ] {
        let mut one = OneCounter::new(scope);
        one.settings.account_cap = 10;
        let spread: Vec<u64> = (0..20).map(|number| number * 200_000).collect();
        match tries {
            Some(tries) => {
                one.fail_all(&spread[..tries]);
                assert_eq!(one.fail(spread[tries]), Err(3400), "{scope:?}");
            }
            None => one.fail_all(&spread),
        }
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
        (vec![(Scope::Account, blocked(1_000_000))], Err(86_400)),
    ] {
        let told = check(&counters, &settings(), NOW).map_err(|b| b.retry_after_seconds);
        assert_eq!(told, expected);
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

fn any_counter() -> impl Strategy<Value = Counter> {
    let time = || {
        prop_oneof![
            Just(0),
            Just(u64::MAX),
            Just(LATEST),
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
        prop_assert!(expires_at <= LATEST);
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
                let longest = longest_block_seconds(scope, &one.settings);
                prop_assert!((1..=longest).contains(&wait));
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
    fn beyond_its_share_a_counter_lets_in_one_attempt_a_wait(
        scope in select(&CAPPED), gaps in prop::collection::vec(0u64..12 * HOUR, 1..80), cap in 5u32..20,
    ) {
        let mut one = OneCounter::new(scope);
        one.settings.account_cap = cap;
        let share = share(scope, &one.settings).unwrap();
        let mut at = 0;
        let mut tried = Vec::new();
        for gap in gaps {
            at += gap;
            if one.fail(at).is_ok() {
                tried.push(at);
            }
        }
        // No gap is long enough to end the row.
        let beyond = tried.iter().skip(share as usize - 1).collect::<Vec<_>>();
        for (number, pair) in (0u32..).zip(beyond.windows(2)) {
            let hours = 2u64.saturating_pow(number).min(24);
            prop_assert!(pair[1] - pair[0] >= hours * HOUR);
        }
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
}
