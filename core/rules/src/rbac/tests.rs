use proptest::prelude::*;

use super::*;

fn rule(effect: Effect, permission: &str) -> Rule {
    Rule {
        effect,
        permission: permission.to_owned(),
        own: false,
        via: vec!["r".to_owned()],
    }
}

fn own(permission: &str) -> Rule {
    Rule {
        own: true,
        ..rule(Effect::Allow, permission)
    }
}

fn role(name: &str, rules: Vec<Rule>) -> Role {
    Role {
        name: name.to_owned(),
        rules,
    }
}

fn allow(permissions: &[&str]) -> Role {
    role(
        "allow",
        permissions
            .iter()
            .map(|text| rule(Effect::Allow, text))
            .collect(),
    )
}

fn deny(permissions: &[&str]) -> Role {
    role(
        "deny",
        permissions
            .iter()
            .map(|text| rule(Effect::Deny, text))
            .collect(),
    )
}

fn ask(roles: &[Role], permission: &str, owner: Option<&str>) -> Decision {
    let permission = Permission::parse(permission).unwrap();
    decide(
        roles,
        &Question {
            subject: "me",
            permission: &permission,
            owner,
        },
    )
}

#[test]
fn matches_what_the_pattern_says() {
    for (pattern, permission, expected) in [
        ("*:*", "a:b", true),
        ("a:b", "a:b", true),
        ("a:b", "a:c", false),
        ("a:b", "ab:b", false),
        ("a:*", "a:b", true),
        ("a:*", "ab:b", false),
        ("a*:b", "a:b", true),
        ("a*:b", "abc:b", true),
        ("a*:b", "b:b", false),
        ("orders.*:read", "orders.eu:read", true),
        ("orders.*:read", "orders:read", false),
        ("*:read*", "a:read-all", true),
    ] {
        let allowed = matches!(
            ask(&[allow(&[pattern])], permission, None),
            Decision::Allowed(_)
        );
        assert_eq!(allowed, expected, "{pattern} {permission}");
    }
}

#[test]
fn says_which_rule_decided_and_how_the_role_came_by_it() {
    let via = vec!["editor".to_owned(), "reader".to_owned()];
    let inherited = Rule {
        via: via.clone(),
        ..rule(Effect::Allow, "doc:*")
    };
    let editor = role("editor", vec![rule(Effect::Allow, "doc:write"), inherited]);
    let expected = Matched {
        role: "editor".to_owned(),
        rule: "doc:*".to_owned(),
        via,
    };
    assert_eq!(
        ask(&[editor], "doc:read", None),
        Decision::Allowed(expected)
    );
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let (yes, no) = (allow(&["doc:*"]), deny(&["doc:delete"]));
    let both = role("both", [yes.rules.clone(), no.rules.clone()].concat());
    for roles in [vec![yes.clone(), no.clone()], vec![no, yes], vec![both]] {
        assert!(
            matches!(ask(&roles, "doc:delete", None), Decision::Denied(_)),
            "{roles:?}"
        );
        assert!(
            matches!(ask(&roles, "doc:read", None), Decision::Allowed(_)),
            "{roles:?}"
        );
    }
}

#[test]
fn what_no_rule_speaks_of_is_unmatched() {
    assert_eq!(ask(&[], "doc:read", None), Decision::Unmatched);
    assert_eq!(
        ask(&[role("user", Vec::new())], "doc:read", Some("me")),
        Decision::Unmatched
    );
    assert_eq!(
        ask(&[deny(&["a:b"]), allow(&["a:c"])], "doc:read", None),
        Decision::Unmatched
    );
}

#[test]
fn a_rule_about_the_own_matches_only_the_owner() {
    let roles = [role("writer", vec![own("doc:write")])];
    assert!(matches!(
        ask(&roles, "doc:write", Some("me")),
        Decision::Allowed(_)
    ));
    assert_eq!(ask(&roles, "doc:write", Some("you")), Decision::Unmatched);
    assert_eq!(ask(&roles, "doc:write", None), Decision::Unmatched);
}

#[test]
fn a_rule_that_cannot_be_read_fails_closed() {
    assert_eq!(
        ask(&[allow(&["nonsense"])], "a:b", None),
        Decision::Unmatched
    );
    assert!(matches!(
        ask(&[allow(&["*:*"]), deny(&["nonsense"])], "a:b", None),
        Decision::Denied(_)
    ));
    assert!(!covers(&[allow(&["*:*"])], &[allow(&["nonsense"])]));
    assert!(!covers(
        &[allow(&["*:*"]), deny(&["nonsense"])],
        &[allow(&["a:b"])]
    ));
}

#[test]
fn covers_what_lies_within_one_rule_and_is_not_denied() {
    let own_docs = || role("own", vec![own("doc:*")]);
    for (actor, other, expected) in [
        (vec![], vec![], true),
        (vec![], vec![deny(&["a:b"])], true),
        (vec![], vec![allow(&["a:b"])], false),
        (
            vec![allow(&["*:*"])],
            vec![allow(&["a:b", "c*:*"]), own_docs()],
            true,
        ),
        (vec![allow(&["a*:b"])], vec![allow(&["ab*:b"])], true),
        (vec![allow(&["ab*:b"])], vec![allow(&["a*:b"])], false),
        (vec![allow(&["a:b"])], vec![allow(&["a*:b"])], false),
        (vec![allow(&["a:b", "a:c"])], vec![allow(&["a:*"])], false),
        (vec![allow(&["doc:*"])], vec![own_docs()], true),
        (vec![own_docs()], vec![allow(&["doc:*"])], false),
        (vec![own_docs()], vec![own_docs()], true),
        (
            vec![allow(&["*:*"]), deny(&["doc:delete"])],
            vec![allow(&["doc:*"])],
            false,
        ),
        (
            vec![allow(&["*:*"]), deny(&["doc:d*"])],
            vec![allow(&["doc:read"])],
            true,
        ),
        (
            vec![allow(&["*:*"]), deny(&["a:b"])],
            vec![allow(&["a:*"]), deny(&["a:b*"])],
            true,
        ),
        (
            vec![allow(&["*:*"]), deny(&["a:b*"])],
            vec![allow(&["a:*"]), deny(&["a:b"])],
            false,
        ),
    ] {
        assert_eq!(covers(&actor, &other), expected, "{actor:?}\n{other:?}");
    }
}

/// Patterns of few letters, so that many of them overlap.
fn pattern() -> impl Strategy<Value = String> {
    "(\\*|[ab]{1,2}\\*?):(\\*|[ab]{1,2}\\*?)"
}

fn any_rule() -> impl Strategy<Value = Rule> {
    (prop::bool::weighted(0.25), pattern(), any::<bool>()).prop_map(|(denies, permission, own)| {
        let effect = if denies { Effect::Deny } else { Effect::Allow };
        Rule {
            own,
            ..rule(effect, &permission)
        }
    })
}

fn any_roles() -> impl Strategy<Value = Vec<Role>> {
    let role = prop::collection::vec(any_rule(), 0..5).prop_map(|rules| role("any", rules));
    prop::collection::vec(role, 0..3)
}

fn any_questions() -> impl Strategy<Value = Vec<(String, Option<&'static str>)>> {
    let owner = prop::sample::select(vec![None, Some("me"), Some("you")]);
    prop::collection::vec(("[ab]{1,3}:[ab]{1,3}", owner), 1..40)
}

fn is_allowed(roles: &[Role], question: &(String, Option<&str>)) -> bool {
    matches!(ask(roles, &question.0, question.1), Decision::Allowed(_))
}

#[test]
fn a_role_administers_that_gives_a_permission_of_the_service() {
    for (rules, expected) in [
        (vec![rule(Effect::Allow, "*:*")], true),
        (vec![rule(Effect::Allow, "users:list")], true),
        (vec![rule(Effect::Allow, "sess*:*")], true),
        (vec![rule(Effect::Allow, "*:grant")], true),
        (vec![rule(Effect::Allow, "tickets:*")], false),
        (vec![rule(Effect::Allow, "users:invite")], false),
        (vec![own("users:*")], false),
        (vec![], false),
        (vec![rule(Effect::Deny, "*:*")], false),
        (
            vec![rule(Effect::Deny, "*:*"), rule(Effect::Allow, "*:*")],
            false,
        ),
        (
            vec![rule(Effect::Deny, "users:*"), rule(Effect::Allow, "*:*")],
            true,
        ),
    ] {
        let role = role("r", rules);
        assert_eq!(administers(&role), expected, "{role:?}");
    }
    for permission in OWN_PERMISSIONS {
        assert!(administers(&allow(&[permission])), "{permission}");
    }
}

proptest! {
    #[test]
    fn roles_cover_themselves(roles in any_roles()) {
        prop_assert!(covers(&roles, &roles));
    }

    #[test]
    fn who_covers_may_do_all_that_the_covered_may(
        actor in any_roles(),
        other in any_roles(),
        shared in any_roles(),
        questions in any_questions(),
    ) {
        let actor = [actor, shared.clone()].concat();
        for other in [other.clone(), shared.clone(), [shared, other].concat()] {
            if covers(&actor, &other) {
                for question in &questions {
                    prop_assert!(!is_allowed(&other, question) || is_allowed(&actor, question));
                }
            }
        }
    }

    #[test]
    fn a_denial_that_matches_always_wins(mut roles in any_roles(), questions in any_questions()) {
        roles.insert(roles.len() / 2, deny(&["a*:*"]));
        for question in questions.iter().filter(|question| question.0.starts_with('a')) {
            let decision = ask(&roles, &question.0, question.1);
            prop_assert!(matches!(decision, Decision::Denied(_)));
        }
    }

    #[test]
    fn one_more_role_without_denials_takes_nothing_away(
        mut roles in any_roles(),
        more in pattern(),
        questions in any_questions(),
    ) {
        let before: Vec<_> = questions.iter().map(|question| is_allowed(&roles, question)).collect();
        roles.insert(0, allow(&[&more]));
        for (question, was_allowed) in questions.iter().zip(before) {
            prop_assert!(!was_allowed || is_allowed(&roles, question));
        }
    }
}
