//! Each lint on a policy that has it, and on one that has not.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use auth_lints::{LINTS, check};
use auth_runtime::{Allocation, Engine};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load(Allocation::OnDemand).unwrap());

/// The roles that the default settings name.
const ROLES: &str = "[roles.admin]\nallow = ['*:*']\n[roles.user]\n";

/// The findings of a text, each as its id and the part of the text that it is about.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let findings = check(&ENGINE, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let part = |finding: auth_lints::Finding| {
        let part = text.get(finding.span.clone()).expect("a part of the text");
        (finding.lint.id, part.to_owned())
    };
    findings.into_iter().map(part).collect()
}

/// Policies, each with what is found in it. Those that begin with `&` have the roles `admin` and
/// `user` before them.
const CASES: &[(&str, &[(&str, &str)])] = &[
    ("a = 1.2.3", &[("CS001", ".3")]),
    ("a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", &[("CS002", "[")]),
    ("[tokens]", &[("CS003", "tokens")]),
    ("token = 5", &[("CS004", "5")]),
    ("token.access_seconds = 5", &[("CS005", "5")]),
    ("hashing.argon2_lanes = 1", &[("CS006", "1")]),
    ("&allow = ['x']", &[("CS007", "'x'")]),
    ("&inherits = ['admn']", &[("CS101", "'admn'")]),
    ("&inherits = ['user']", &[("CS102", "'user'")]),
    ("&allow = ['a:b', 'a:b']", &[("CS201", "'a:b'")]),
    ("registration.roles = ['admin']", &[("CS211", "'admin'")]),
    // Roles that no account can get, and those that somebody can.
    (
        "setup.role = 'boss'\n[roles.boss]\nallow = ['roles:grant', 'a:*']\n[roles.user]\n\
         [roles.ok]\nallow = ['a:b']\n[roles.lost]\nallow = ['b:c']",
        &[("CS104", "lost")],
    ),
    (
        "&[roles.a]\nallow = ['a:a']\n[roles.b]\ninherits = ['a']\n[roles.c]\ninherits = ['a', 'b']",
        &[("CS105", "'a'")],
    ),
    (
        "&[roles.ware-house]\n[roles.ware_house]\n[roles.team-1]\n[roles.team-2]",
        &[("CS106", "ware_house")],
    ),
    ("&allow = ['a:*', 'a:b']", &[("CS202", "'a:b'")]),
    (
        "&deny = ['a:*', 'a:b']\nallow = ['b:c', 'a*:b']",
        &[("CS202", "'a:b'")],
    ),
    (
        "&allow = ['a:b']\n[roles.c]\ninherits = ['user']\nallow = ['a:b', 'a:c']",
        &[("CS203", "'a:b'")],
    ),
    (
        "&deny = ['a:*']\nallow = ['c:c']\n[roles.c]\ninherits = ['user']\nallow = ['a:b', 'b:b']\nallow_own = ['a:c']",
        &[("CS204", "'a:b'"), ("CS204", "'a:c'")],
    ),
    (
        "&allow = ['stock:write']\ndeny = ['stock:wirte']",
        &[("CS205", "'stock:wirte'")],
    ),
    (
        "&[roles.c]\ninherits = ['admin']\ndeny = ['users:list']",
        &[],
    ),
    (
        "&[roles.c]\ndeny = ['*:*']\nallow = ['a:b']",
        &[("CS206", "'*:*'")],
    ),
    (
        "&allow = ['a:b']\nallow_own = ['a:b', 'a:c']",
        &[("CS207", "'a:b'")],
    ),
    (
        "&allow_own = ['users:delete']",
        &[("CS208", "'users:delete'")],
    ),
    ("&allow_own = ['*:delete']", &[]),
    (
        "&[roles.c]\nallow = ['users:dissable', 'users:export']",
        &[("CS209", "'users:dissable'")],
    ),
    (
        "&[roles.c]\nallow = ['us*:*', 'users:*']",
        &[("CS210", "'us*:*'"), ("CS202", "'users:*'")],
    ),
    (
        "&[roles.c]\nallow = ['*:list']\ndeny = ['users:*', 'roles:*', 'sessions:*']",
        &[],
    ),
    (
        "[roles.admin]\nallow = ['a:b']\n[roles.user]",
        &[("CS212", "admin")],
    ),
    (
        "setup.role = 'admin'\n[roles.admin]\nallow = ['roles:grant', 'a:b']\n\
         [roles.user]\n[roles.b]\nallow = ['roles:grant']",
        &[],
    ),
    (
        "registration.roles = []\n[roles.admin]\nallow = ['*:*']\n[roles.user]\nallow = ['c:d']\n\
         [roles.b]\nallow = ['roles:grant']",
        &[("CS213", "b")],
    ),
    (
        "&allow = ['a:b']\n[roles.out]\ndeny = ['a:*']",
        &[("CS214", "out")],
    ),
    (
        "&[roles.support]\nallow = ['a:b']\n[roles.finance]\nallow = ['c:d']\ndeny = ['a:*']",
        &[("CS215", "support")],
    ),
    (
        "&[roles.c]\nallow = ['order*:read']\n[roles.d]\nallow = ['orderly:read', 'orders:read']",
        &[("CS216", "'order*:read'")],
    ),
    (
        "session.absolute_seconds = 2592001",
        &[("CS301", "2592001")],
    ),
    ("session.idle_seconds = 2592000", &[("CS302", "2592000")]),
    ("session.grace_seconds = 11", &[("CS303", "11")]),
    (
        "registration.answer = 'disclose'",
        &[("CS304", "'disclose'")],
    ),
    ("password.context_words = []", &[("CS305", "[]")]),
    ("password.initial_hours = 169", &[("CS306", "169")]),
    ("throttle.account.failures = 5", &[("CS307", "5")]),
    ("throttle.device.failures = 4", &[("CS308", "4")]),
    ("throttle.device.max_block_seconds = 60", &[("CS309", "60")]),
    ("throttle.source.failures = 5", &[("CS311", "5")]),
    ("throttle.account_cap = 60", &[("CS312", "60")]),
    // Routes that nobody passes, and those that somebody does.
    (
        "&allow_own = ['a:own']\n[roles.c]\nallow = ['a:*']\ndeny = ['a:no']\n\
         [[routes]]\npath = '/yes'\npermission = 'a:yes'\n[[routes]]\npath = '/any'\naccess = 'token'",
        &[],
    ),
    (
        "registration.roles = []\nsetup.role = 'c'\n[roles.c]\nallow = ['roles:*', 'a:*', 'b:c']\ndeny = ['a:no']\n\
         [roles.d]\nallow_own = ['a:own', 'b:c']\n\
         [[routes]]\npath = '/no'\npermission = 'a:no'\n\
         [[routes]]\npath = '/own'\npermission = 'b:b'\n\
         [[routes]]\npath = '/far'\npermission = 'stock:raed'",
        &[
            ("CS501", "'a:no'"),
            ("CS501", "'b:b'"),
            ("CS501", "'stock:raed'"),
        ],
    ),
    // Comments that let a finding stand.
    (
        "&allow = ['a:*', 'a:b']  # countersign: allow CS202 because we are moving",
        &[],
    ),
    (
        "&# countersign: allow cs202, CS203 because we are moving\n\n# why\nallow = ['a:*', 'a:b']",
        &[(
            "CS401",
            "# countersign: allow cs202, CS203 because we are moving",
        )],
    ),
    (
        "&allow = [\n 'a:*',\n # countersign: allow CS202 because we are moving\n 'a:b',\n 'a:c']",
        &[("CS202", "'a:c'")],
    ),
    (
        "# countersign: allow CS301",
        &[("CS406", "# countersign: allow CS301")],
    ),
    (
        "# countersign: allow CS101 because x",
        &[("CS406", "# countersign: allow CS101 because x")],
    ),
    (
        "# countersign: deny x",
        &[("CS406", "# countersign: deny x")],
    ),
    ("password.context_words = ['# countersign: allow']", &[]),
];

#[test]
fn each_lint_is_found_where_it_is_and_nowhere_else() {
    // The latter are found in case files, by `auth-harness`.
    let of_cases = ["CS402", "CS403", "CS404", "CS405", "CS407"];
    let mut seen = BTreeSet::from(["CS103"]);
    seen.extend(of_cases);
    let mut wrong = Vec::new();
    for (text, expected) in CASES {
        let text = match text.strip_prefix('&') {
            Some(rest) => format!("{ROLES}{rest}"),
            None => (*text).to_owned(),
        };
        let found = found(&text);
        let found: Vec<_> = found
            .iter()
            .map(|(id, part)| (*id, part.as_str()))
            .collect();
        if found != *expected {
            wrong.push(format!("{text}\n  found {found:?}\n  not {expected:?}"));
        }
        seen.extend(expected.iter().map(|(id, _)| *id));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for lint in LINTS {
        assert!(seen.contains(lint.id), "{} has no case", lint.id);
    }
}

#[test]
fn the_default_policy_has_no_finding() {
    let documented = include_str!("../../../countersign.toml");
    for text in ["", documented, &documented.replace('\n', "\r\n")] {
        assert_eq!(found(text), []);
    }
}

#[test]
fn the_33rd_link_of_inheritance_is_found() {
    let chain = |links: usize| {
        let role = |index: usize| {
            let inherits = if index > 0 {
                format!("'r{}'", index - 1)
            } else {
                String::new()
            };
            format!("[roles.r{index}]\ninherits = [{inherits}]\n")
        };
        (0..=links).fold(ROLES.to_owned(), |text, index| text + &role(index))
    };
    assert_eq!(found(&chain(32)), []);
    assert_eq!(found(&chain(33)), [("CS103", "r33".to_owned())]);
}

#[test]
fn ten_thousand_roles_may_inherit_through_32_links() {
    let mut text = ROLES.to_owned();
    for role in 0..10_000 {
        let _ = writeln!(text, "[roles.team-{role}]\nallow = ['area-{role}:read']");
        if role % 33 > 0 {
            let _ = writeln!(text, "inherits = ['team-{}']", role - 1);
        }
    }
    assert_eq!(found(&text), []);
}

#[test]
fn ten_thousand_roles_are_checked_without_a_question_too_many() {
    let mut text = ROLES.to_owned();
    for role in 0..10_000 {
        let deny = if role % 100 == 0 {
            "deny = ['area:none', 'area-0:read']\n"
        } else {
            ""
        };
        let _ = write!(
            text,
            "[roles.team-{role}]\nallow = ['area-{role}:*', 'area-{role}:read']\n{deny}"
        );
    }
    let found = found(&text);
    let of = |id| found.iter().filter(|(found, _)| *found == id).count();
    assert_eq!((of("CS202"), of("CS205"), of("CS204")), (9_999, 100, 1));
}
