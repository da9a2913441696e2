//! Comparisons and explanations on the real component.

use std::sync::LazyLock;

use auth_lints::{Change, Compiled, Edit, Owner, Verdict, compare, explain};
use auth_runtime::{Allocation, Engine};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load(Allocation::OnDemand).unwrap());

const ROLES: &str = "[roles.admin]\nallow = ['*:*']\n[roles.user]\n";

fn compiled(text: &str) -> Compiled {
    let compiled = Compiled::new(&ENGINE, &format!("{ROLES}{text}")).unwrap();
    compiled.unwrap_or_else(|| panic!("refused: {text}"))
}

fn shown(change: &Change) -> String {
    let verdict = |verdict| match verdict {
        Verdict::Denied => "no",
        Verdict::Unmatched => "-",
        Verdict::Allowed => "yes",
    };
    let owner = match change.owner {
        Owner::Anybody => "",
        Owner::Subject => " own",
        Owner::Other => " others",
    };
    let except = change
        .except
        .iter()
        .map(|class| format!(" but {class}"))
        .collect::<String>();
    let (before, after) = (verdict(change.before), verdict(change.after));
    format!("{}{except}{owner}: {before} {after}", change.permissions)
}

#[test]
fn differences_are_exact_by_classes() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("allow = ['a:b']", "allow = ['a:b']", &[]),
        ("allow = ['a:b', 'a:c']", "allow = ['a:c', 'a:b']", &[]),
        ("allow = ['a:*']", "allow = ['a:*', 'a:b']", &[]),
        ("", "allow = ['a:*']", &["a:*: - yes"]),
        (
            "allow = ['a:*']",
            "allow = ['a:*']\ndeny = ['a:b']",
            &["a:b: yes no"],
        ),
        (
            "allow_own = ['a:b']",
            "allow = ['a:b']",
            &["a:b others: - yes"],
        ),
        (
            "allow = ['a:b']",
            "allow_own = ['a:b']",
            &["a:b others: yes -"],
        ),
        ("deny = ['a:b']", "", &["a:b: no -"]),
        ("allow = ['a:b']", "deny = ['a:b']", &["a:b: yes no"]),
        // What is allowed as before is no part of a class that widens.
        (
            "allow = ['a:b']",
            "allow = ['a:*']",
            &["a:* but a:b: - yes"],
        ),
        (
            "allow = ['a:b']",
            "allow = ['a*:*']",
            &["a*:* but a:b: - yes"],
        ),
        (
            "allow = ['a:b']",
            "allow = ['*:b']",
            &["*:b but a:b: - yes"],
        ),
    ];
    for (old, new, expected) in cases {
        let comparison = compare(&ENGINE, &compiled(old), &compiled(new)).unwrap();
        let changes = comparison
            .roles
            .iter()
            .flat_map(|role| role.changes.iter().map(shown));
        let changes: Vec<_> = changes.collect();
        assert_eq!(changes, *expected, "{old} / {new}");
    }
}

#[test]
fn roles_and_settings_that_come_and_go_are_named() {
    let old = compiled("[roles.a]\nallow = ['x:y']");
    let new = compiled("[roles.b]\nallow = ['x:y']\n[session]\ngrace_seconds = 5");
    let comparison = compare(&ENGINE, &old, &new).unwrap();
    let roles: Vec<_> = comparison
        .roles
        .iter()
        .map(|role| {
            (
                role.role.as_str(),
                role.in_old,
                role.in_new,
                role.changes[0].widens(),
            )
        })
        .collect();
    assert_eq!(roles, [("a", true, false, false), ("b", false, true, true)]);
    assert_eq!(comparison.settings[0].key, "session.grace_seconds");
    assert_eq!(comparison.settings.len(), 1);
}

#[test]
fn what_turns_a_decision_is_found_and_confirmed() {
    let policy = compiled(
        "allow = ['a:b', 'a:*']\n[roles.c]\ninherits = ['user']\ndeny = ['d:*']\nallow_own = ['o:o']",
    );
    let cases: &[(&str, bool, &[&[&str]])] = &[
        (
            "a:b",
            false,
            &[&["+c deny a:b"], &["-user allow a:*", "-user allow a:b"]],
        ),
        ("a:x", false, &[&["-user allow a:*"], &["+c deny a:x"]]),
        ("z:z", false, &[&["+c allow z:z"]]),
        ("z:z", true, &[&["+c allow_own z:z"], &["+c allow z:z"]]),
        ("d:d", false, &[&["-c deny d:*", "+c allow d:d"]]),
        ("o:o", true, &[&["-c allow_own o:o"], &["+c deny o:o"]]),
    ];
    for (permission, own, expected) in cases {
        let roles = ["c".to_owned()];
        let explanation = explain(&ENGINE, &policy, &roles, permission, *own)
            .unwrap()
            .unwrap();
        let shown = |edit: &Edit| {
            let sign = if edit.adds { '+' } else { '-' };
            format!("{sign}{} {} {}", edit.role, edit.key, edit.permission)
        };
        let turns: Vec<Vec<_>> = explanation
            .turns
            .iter()
            .map(|edits| edits.iter().map(shown).collect())
            .collect();
        assert_eq!(turns, *expected, "{permission}");
    }
    assert!(
        explain(&ENGINE, &policy, &[], "a:*", false)
            .unwrap()
            .is_none()
    );
}
