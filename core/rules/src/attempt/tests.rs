use super::*;
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000_000;

fn target() -> Target {
    Target {
        account_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        throttle_epoch: 3,
        session_epoch: 5,
    }
}

fn by(target: &Target) -> AttemptFacts<'_> {
    AttemptFacts {
        target,
        source: "192.0.2.7",
        device: None,
    }
}

fn of_device(target: &Target) -> AttemptFacts<'_> {
    AttemptFacts {
        device: Some("d"),
        ..by(target)
    }
}

fn blocked(seconds: u64) -> Option<Counter> {
    Some(Counter {
        blocked_until: NOW + seconds * 1000,
        ..Counter::default()
    })
}

fn source_known_at(at: u64) -> Option<Counter> {
    Some(known_source(None, "192.0.2.7", at).unwrap().0)
}

/// The way of an attempt, where the counters of these scopes are blocked for these seconds.
fn way(
    attempt: AttemptFacts<'_>,
    known_source: Option<Counter>,
    blocks: &[(Scope, u64)],
) -> Result<Way, u32> {
    let counters: Vec<_> = keys(&attempt)
        .into_iter()
        .map(|key| {
            let block = blocks.iter().find(|(scope, _)| *scope == key.scope);
            (key.scope, block.and_then(|(_, seconds)| blocked(*seconds)))
        })
        .collect();
    let settings = Throttle::default();
    admit(&attempt, &counters, known_source, &settings, NOW).map_err(|it| it.retry_after_seconds)
}

#[test]
fn an_attempt_takes_the_first_of_its_ways_that_is_open() {
    use Scope::*;
    use Way::{KnownSource, Stranger};
    let target = target();
    let (plain, device) = (by(&target), of_device(&target));
    let known = source_known_at(NOW);
    for (attempt, known_source, blocks, expected) in [
        (plain, None, &[][..], Ok(Stranger)),
        (plain, known, &[], Ok(KnownSource)),
        (device, None, &[], Ok(Way::Device)),
        (device, known, &[], Ok(Way::Device)),
        // Strangers keep out strangers alone.
        (plain, None, &[(Account, 70)], Err(70)),
        (plain, known, &[(Account, 70)], Ok(KnownSource)),
        (device, None, &[(Account, 70), (Source, 9)], Ok(Way::Device)),
        // Whoever uses up a way leaves the others open.
        (device, None, &[(Device, 70)], Ok(Stranger)),
        (device, None, &[(Devices, 70)], Ok(Stranger)),
        (device, known, &[(Devices, 70)], Ok(KnownSource)),
        (
            device,
            known,
            &[(Devices, 70), (KnownSources, 60)],
            Ok(Stranger),
        ),
        (plain, known, &[(KnownSources, 70)], Ok(Stranger)),
        (plain, known, &[(AccountAndSource, 70)], Err(70)),
        (plain, known, &[(Source, 70)], Err(70)),
        // Of all blocks, the one that opens a way first is told.
        (
            device,
            known,
            &[(Devices, 70), (KnownSources, 60), (Account, 80)],
            Err(60),
        ),
        (device, None, &[(Devices, 70), (Account, 80)], Err(70)),
        (device, None, &[(Devices, 90), (Account, 80)], Err(80)),
        // The device of an attempt without one is no obstacle.
        (
            plain,
            None,
            &[(Devices, 70), (KnownSources, 70)],
            Ok(Stranger),
        ),
    ] {
        let told = way(attempt, known_source, blocks);
        assert_eq!(told, expected, "{attempt:?} {known_source:?} {blocks:?}");
    }
}

#[test]
fn each_way_has_its_counters_and_shares_no_cap() {
    let target = target();
    let judged = |way: Way| -> Vec<Scope> {
        let keys = keys(&of_device(&target)).into_iter();
        keys.map(|key| key.scope)
            .filter(|scope| way.is_judged_by(*scope))
            .collect()
    };
    use Scope::*;
    assert_eq!(judged(Way::Device), [Devices, Device]);
    assert_eq!(
        judged(Way::KnownSource),
        [AccountAndSource, Source, KnownSources]
    );
    assert_eq!(judged(Way::Stranger), [AccountAndSource, Account, Source]);
}

#[test]
fn a_success_clears_all_counters_but_that_of_the_source() {
    let target = target();
    let kept: Vec<_> = keys(&of_device(&target))
        .into_iter()
        .map(|key| key.scope)
        .filter(|scope| !is_cleared(*scope))
        .collect();
    assert_eq!(kept, [Scope::Source]);
}

#[test]
fn a_source_is_known_for_thirty_days_after_the_latest_login() {
    let target = target();
    let days = |days: u64| days * 86_400_000;
    for (logged_in_at, is_known) in [
        (NOW, true),
        (NOW - days(30) + 1, true),
        (NOW - days(30), false),
        (0, false),
        (NOW + days(1), true),
    ] {
        let expected = if is_known {
            Way::KnownSource
        } else {
            Way::Stranger
        };
        let known = source_known_at(logged_in_at);
        assert_eq!(way(by(&target), known, &[]), Ok(expected), "{logged_in_at}");
    }
    let (first, expires_at) = known_source(None, "192.0.2.7", NOW).unwrap();
    assert_eq!(expires_at, NOW + days(30));
    assert_eq!(
        known_source(Some(first), "192.0.2.7", NOW + days(1) - 1),
        None
    );
    let again = known_source(Some(first), "192.0.2.7", NOW + days(1)).unwrap();
    assert_eq!(again.1, NOW + days(31));
}

#[test]
fn what_is_no_address_never_becomes_a_known_source() {
    assert_eq!(known_source(None, &source::group("nonsense"), NOW), None);
}

#[test]
fn a_session_is_settled_after_five_minutes() {
    for (age, expected) in [(0, false), (299_999, false), (300_000, true)] {
        assert_eq!(is_settled(NOW - age, NOW), expected, "{age}");
    }
    assert!(!is_settled(NOW + 1, NOW), "the clock went back");
}

#[test]
fn keys_depend_on_what_they_count_by_alone() {
    use Scope::*;
    let target = target();
    let changed = |other: AttemptFacts<'_>| -> Vec<Scope> {
        keys(&of_device(&target))
            .into_iter()
            .zip(keys(&other))
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a.scope)
            .collect()
    };
    let of_account = [AccountAndSource, Account, KnownSources, Devices, Device];
    assert_eq!(changed(of_device(&target)), []);
    let elsewhere = AttemptFacts {
        source: "192.0.2.8",
        ..of_device(&target)
    };
    assert_eq!(changed(elsewhere), [AccountAndSource, Source]);
    let other_device = AttemptFacts {
        device: Some("e"),
        ..by(&target)
    };
    assert_eq!(changed(other_device), [Device]);
    for (other, expected) in [
        (
            Target {
                throttle_epoch: 4,
                ..target.clone()
            },
            &of_account[..],
        ),
        (
            Target {
                account_id: id::uuid_v8("x"),
                ..target.clone()
            },
            &of_account,
        ),
        (
            Target {
                session_epoch: 6,
                ..target.clone()
            },
            &[],
        ),
    ] {
        assert_eq!(changed(of_device(&other)), expected, "{other:?}");
    }
}

#[test]
fn a_known_source_belongs_to_one_account_and_its_session_epoch() {
    let target = target();
    let key = known_source_key(&target, "192.0.2.7");
    let of_unlocked = Target {
        throttle_epoch: 4,
        ..target.clone()
    };
    assert_eq!(known_source_key(&of_unlocked, "192.0.2.7"), key);
    let of_changed = Target {
        session_epoch: 6,
        ..target.clone()
    };
    assert_ne!(known_source_key(&of_changed, "192.0.2.7"), key);
    assert_ne!(known_source_key(&target, "192.0.2.8"), key);
}

#[test]
fn a_decoy_is_computed_with_as_an_account_is() {
    let decoy = Target::decoy("nobody@example.org");
    let account = target();
    assert_eq!(decoy.account_id.len(), account.account_id.len());
    assert_eq!(decoy, Target::decoy("nobody@example.org"));
    assert_ne!(decoy, Target::decoy("somebody@example.org"));
    let scopes = |target: &Target| -> Vec<Scope> {
        let keys = keys(&by(target)).into_iter();
        keys.map(|key| key.scope).collect()
    };
    assert_eq!(scopes(&decoy), scopes(&account));
}

proptest! {
    #[test]
    fn keys_fit_the_store_and_hold_no_address(
        email in "[a-z]{6,40}@[a-z]{3,20}\\.org", epoch in any::<u64>(), source in "[0-9.]{7,15}",
        device in prop::option::of("[0-9a-f-]{36}"),
    ) {
        let target = Target { throttle_epoch: epoch, session_epoch: epoch, ..Target::decoy(&email) };
        let attempt = AttemptFacts { target: &target, source: &source, device: device.as_deref() };
        let mut texts: Vec<_> = keys(&attempt).into_iter().map(|key| key.text).collect();
        texts.push(known_source_key(&target, &source));
        // The store answers for eight keys at once.
        prop_assert!(texts.len() <= 8);
        for text in texts {
            prop_assert!(text.len() < 64 && text.is_ascii());
            prop_assert!(!text.contains(&email) && !text.contains(&source));
        }
    }

    #[test]
    fn no_time_panics(now in any::<u64>(), at in any::<u64>()) {
        let known = Counter { window_started_at: at, ..Counter::default() };
        let _ = known_source(Some(known), "192.0.2.7", now);
        let target = target();
        let _ = admit(&by(&target), &[], Some(known), &Throttle::default(), now);
        let _ = is_settled(at, now);
    }
}
