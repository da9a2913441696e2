//! Roles: what they inherit, and the limits of inheritance.

use std::fmt::Write as _;

use super::*;
use crate::rbac::{Decision, Permission, Question, decide};

#[test]
fn says_what_is_wrong_with_a_role() {
    for (text, expected) in [
        (
            "[roles.Editor]",
            "3:8 roles.Editor: a role name must be 1 to 64 lower-case letters, digits, \
                            `_` and `-`, starting with a letter",
        ),
        (
            "[roles.'a b']\n[roles.c]\ninherits = ['a b']",
            "3:8 roles.\"a b\": a role name must be 1 to 64 lower-case letters, digits, `_` and `-`, \
          starting with a letter",
        ),
        (
            "[roles]\nx = 1",
            "4:5 roles.x: must be a table, not an integer",
        ),
        (
            "[roles.x]\nalow = []",
            "4:1 roles.x.alow: unknown key; did you mean `allow`?",
        ),
        (
            "[roles.x]\nallow = ['a:b', 'A:b']",
            "4:17 roles.x.allow: `A:b` must be `resource:action`, each of 1 to 64 lower-case letters, \
          digits, `.`, `_`, `/` and `-`, starting with a letter or digit; either may be `*` or end \
          in `*`",
        ),
        (
            "[roles.x]\ndeny = ['a:b',\n'a:b']",
            "5:1 roles.x.deny: `a:b` is listed twice",
        ),
        (
            "[roles.x]\ninherits = ['user', 'y']",
            "4:21 roles.x.inherits: there is no role `y`",
        ),
        (
            "[roles.x]\ninherits = ['x']",
            "4:13 roles.x.inherits: inherits itself: `x` -> `x`",
        ),
        (
            "[roles.a]\ninherits = ['x']\n[roles.x]\ninherits = ['user', 'y']\n\
          [roles.y]\ninherits = ['z']\n[roles.z]\ninherits = ['x']",
            "6:21 roles.x.inherits: inherits itself: `x` -> `y` -> `z` -> `x`",
        ),
    ] {
        // Two roles stand above the text, so its lines count from 3.
        assert_eq!(diagnostic(&text_below_roles(text)), expected, "{text}");
    }
}

fn text_below_roles(text: &str) -> String {
    match text.strip_prefix("[roles]\n") {
        Some(inside) => format!("[roles]\nadmin = {{}}\nuser = {{}}\n{inside}"),
        None => format!("{ROLES}{text}"),
    }
}

#[test]
fn no_rule_is_lost_where_a_table_is_stated_twice() {
    for text in [
        "roles.a.allow = ['x:y']\n[roles.b]\n[roles]\na.deny = ['x:y']\n",
        "roles.a.allow = ['x:y']\n[roles.a]\ndeny = ['x:y']\n",
        "[roles]\na = { allow = ['x:y'] }\n[roles.a]\ndeny = ['x:y']\n",
        "[roles.a]\nallow = ['x:y']\n[roles]\na.deny = ['x:y']\n",
        "[roles.a]\nallow = ['x:y']\n[roles.a]\ndeny = ['x:y']\n",
        "[roles.a]\nallow = ['x:y']\n[[roles.a]]\ndeny = ['x:y']\n",
    ] {
        assert!(compile(&format!("{ROLES}{text}")).is_err(), "{text}");
        assert!(compile(text).is_err(), "{text}");
    }
}

#[test]
fn a_role_has_the_rules_of_what_it_inherits_denials_first() {
    let text = "[roles.admin]\n[roles.user]\nallow = ['me:read']\nallow_own = ['doc:*']\n\
                [roles.left]\ninherits = ['user']\nallow = ['l:l']\n\
                [roles.right]\ninherits = ['user']\nallow = ['r:r']\ndeny = ['doc:delete']\n\
                [roles.top]\nallow = ['t:t']\ninherits = ['left', 'right']\ndeny = ['z:z']\n\
                [roles.short]\ninherits = ['top', 'user']\n";
    assert_eq!(
        rules(text, "top"),
        [
            "deny z:z top",
            "deny doc:delete top>right",
            "allow t:t top",
            "allow l:l top>left",
            "allow r:r top>right",
            "allow me:read top>left>user",
            "allow_own doc:* top>left>user",
        ]
    );
    assert!(rules(text, "short").contains(&"allow me:read short>user".to_owned()));
    let roles = roles(text);
    let permission = Permission::parse("doc:delete").unwrap();
    let question = Question {
        subject: "me",
        permission: &permission,
        owner: Some("me"),
    };
    assert!(matches!(decide(&roles, &question), Decision::Denied(_)));
}

/// Returns `count` roles `r0`, `r1`, …, each of which inherits the one before.
fn chain(count: usize) -> String {
    let mut text = ROLES.to_owned();
    for role in 0..count {
        let parent = role
            .checked_sub(1)
            .map_or("user".to_owned(), |parent| format!("r{parent}"));
        writeln!(text, "[roles.r{role}]\ninherits = ['{parent}']").unwrap();
    }
    text
}

#[test]
fn a_chain_of_inheritance_has_at_most_32_links() {
    assert_eq!(roles(&chain(32)).len(), 34);
    assert_eq!(
        diagnostic(&chain(5_000)),
        "67:8 roles.r32.inherits: inherits through more than 32 roles, one from the next"
    );
}

#[test]
fn a_cycle_of_any_length_is_refused_without_overflowing() {
    let text = chain(20_000).replace("['user']", "['r19999']");
    let reason = diagnostic(&text);
    assert!(
        reason.starts_with("4:13 roles.r0.inherits: inherits itself: `r0` -> `r19999` -> `r19998`")
    );
    assert!(reason.ends_with(" -> … -> `r0`"));
}

/// Returns a role `big` that states `count` rules.
fn big(count: usize) -> String {
    let rules: Vec<_> = (0..count).map(|rule| format!("'r{rule}:a'")).collect();
    format!("{ROLES}[roles.big]\nallow = [{}]\n", rules.join(", "))
}

#[test]
fn a_role_comes_to_at_most_1024_rules() {
    let text = big(1024);
    assert_eq!(rules(&text, "big").len(), 1024);
    assert_eq!(
        diagnostic(&format!(
            "{text}[roles.more]\ninherits = ['big']\ndeny = ['x:y']"
        )),
        "5:8 roles.more: comes to more than 1024 rules with what it inherits"
    );
}

#[test]
fn a_role_inherits_at_most_1024_others() {
    let mut text = ROLES.to_owned();
    (0..1025).for_each(|role| writeln!(text, "[roles.r{role}]").unwrap());
    let names: Vec<_> = (0..1025).map(|role| format!("'r{role}'")).collect();
    let most = format!("{text}[roles.x]\ninherits = [{}]", names[1..].join(","));
    assert_eq!(roles(&most).len(), 1028);
    let too_many = format!("{text}[roles.x]\ninherits = [{}]", names.join(","));
    assert_eq!(
        diagnostic(&too_many),
        "1028:8 roles.x: inherits more than 1024 roles"
    );
}

#[test]
fn all_roles_come_to_at_most_500000_rules_and_inherited_roles() {
    let mut text = big(999);
    (0..499).for_each(|role| writeln!(text, "[roles.r{role}]\ninherits = ['big']").unwrap());
    text += "[roles.s]\nallow = ['a:b']\n";
    assert_eq!(roles(&text).len(), 503);
    text += "[roles.t]\ninherits = ['s']\n";
    assert_eq!(
        diagnostic(&text),
        "1005:8 roles.t: the roles up to this one come to more than 500000 rules and inherited roles"
    );
}

#[test]
fn ten_thousand_roles_compile() {
    let mut text = ROLES.to_owned();
    for role in 0..10_000 {
        let (name, parent) = (format!("role-{role}"), role / 2);
        let inherits = if role < 2 {
            "user".to_owned()
        } else {
            format!("role-{parent}")
        };
        writeln!(
            text,
            "[roles.{name}]\ninherits = ['{inherits}']\nallow = ['doc{role}:read']"
        )
        .unwrap();
    }
    let roles = roles(&text);
    assert_eq!(roles.len(), 10_002);
    assert_eq!(rules(&text, "role-9999").len(), 14);
}

#[test]
fn whoever_registers_administers_nothing() {
    for (role, refused) in [
        ("allow = ['orders:read']", false),
        ("allow_own = ['users:read', '*:*']", false),
        ("allow = ['user:list', 'sessionsx:end']", false),
        ("allow = ['users:list']", true),
        ("allow = ['orders:read', 'r*:grant']", true),
        ("allow = ['*:end']", true),
        ("allow = ['*:*']", true),
        (
            "allow = ['*:*']\ndeny = ['users:*', 'roles:*', 'sessions:*']",
            false,
        ),
        ("allow = ['*:*']\ndeny = ['users:*', 'roles:*']", true),
        ("allow = ['users:read']\ndeny = ['*:read']", false),
        ("inherits = ['admin']", true),
    ] {
        let roles = format!("[roles.admin]\nallow = ['*:*']\n[roles.member]\n{role}\n");
        let text = format!("registration.roles = ['member']\n{roles}");
        let expected = "1:23 registration.roles: `member` may administer accounts, so everybody who \
                        registers would be an administrator";
        let found = compile(&text).err().map(|_| diagnostic(&text));
        assert_eq!(found.as_deref(), refused.then_some(expected), "{role}");
    }
    // The default role of a registration is `user`.
    let text = "[roles.admin]\n[roles.user]\nallow = ['users:*']\n";
    assert!(diagnostic(text).contains("registration.roles: `user`"));
}
