use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{Suite, mutate};

use super::{ENGINE, HEAD, POLICY, folder};

/// The changes of [`POLICY`] that these cases do not notice.
fn unnoticed(cases: &str) -> Vec<String> {
    let cases = format!("{HEAD}{cases}");
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let paths = [folder.path().to_owned()];
    let suite = Suite::load(&ENGINE, &paths, folder.path(), None).unwrap();
    let policy = suite.policies()[0];
    let done = AtomicUsize::new(0);
    let mutations = mutate(
        &ENGINE,
        &paths,
        folder.path(),
        policy,
        &AtomicBool::new(false),
        &done,
    )
    .unwrap();
    // Four rules, three changes each, but none is wider than everything; 14 settings, two changes each.
    assert_eq!(mutations.len(), 4 * 3 - 1 + 14 * 2);
    assert_eq!(done.into_inner(), mutations.len());
    let unnoticed = mutations.into_iter().filter(|it| !it.is_noticed);
    unnoticed.map(|it| it.name).collect()
}

#[test]
fn a_change_that_no_case_notices_is_named() {
    let grid = |cells: &str| format!("[[grid]]\ncells = '''\n ann bo ada\n{cells}\n'''\n");
    let left = unnoticed(&grid("orders:read own yes yes"));
    for expected in [
        "deny orders:refund of the role clerk dropped",
        "deny orders:refund of the role clerk reversed",
        "token.access_seconds doubled",
    ] {
        assert!(left.iter().any(|it| it == expected), "{expected}: {left:?}");
    }
    for noticed in [
        "allow_own orders:read of the role user dropped",
        "allow_own orders:read of the role user widened",
        "allow *:* of the role admin reversed",
    ] {
        assert!(!left.iter().any(|it| it == noticed), "{noticed}: {left:?}");
    }

    let whole = grid(
        "orders:read own yes yes\norders:refund - no yes\norders:send - yes yes\nstock:read - - yes",
    );
    let tokens = "[[token]]\nat = { \"629s\" = \"ok\", \"630s\" = \"expired\" }\n";
    let left = unnoticed(&format!("{whole}{tokens}"));
    let expected = ["of the role", "token."];
    assert!(
        !left
            .iter()
            .any(|it| expected.iter().any(|part| it.contains(part))),
        "{left:?}"
    );
}
