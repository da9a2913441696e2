mod hostile;
mod kinds;
mod roles;
mod routes;

use super::*;
use crate::rbac::{Effect, Rule};
use crate::settings::{HashScheme, RegistrationAnswer, RegistrationMode, Replay};

const DOCUMENTED: &str = include_str!("../../../../countersign.toml");

/// The roles that the default settings name.
const ROLES: &str = "[roles.admin]\n[roles.user]\n";

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    compile(text).expect_err(text)
}

/// The only diagnostic of `text`, formatted as `line:column path: reason`.
fn diagnostic(text: &str) -> String {
    let diagnostics = diagnostics(text);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    sentence(&diagnostics[0])
}

fn sentence(diagnostic: &Diagnostic) -> String {
    let Position { line, column } = diagnostic.start;
    format!("{line}:{column} {}: {}", diagnostic.path, diagnostic.reason)
}

fn roles(text: &str) -> Vec<Role> {
    compile(text)
        .unwrap_or_else(|diagnostics| panic!("{text}: {diagnostics:?}"))
        .1
}

/// The rules of the role `name`, each formatted as `effect permission via`.
fn rules(text: &str, name: &str) -> Vec<String> {
    let role = roles(text)
        .into_iter()
        .find(|role| role.name == name)
        .unwrap();
    let show = |rule: &Rule| {
        let effect = match (rule.effect, rule.own) {
            (Effect::Allow, false) => "allow",
            (Effect::Allow, true) => "allow_own",
            (Effect::Deny, _) => "deny",
        };
        format!("{effect} {} {}", rule.permission, rule.via.join(">"))
    };
    role.rules.iter().map(show).collect()
}

#[test]
fn an_empty_text_is_the_policy_of_all_defaults() {
    let (settings, roles) = compile("").unwrap();
    assert_eq!(settings, Settings::default());
    let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["admin", "user"]);
    assert_eq!(rules("", "admin"), ["allow *:* admin"]);
    assert_eq!(rules("", "user"), [""; 0]);
}

#[test]
fn the_documented_policy_is_the_policy_of_all_defaults() {
    assert_eq!(compile(DOCUMENTED), compile(""));
}

#[test]
fn the_documented_policy_states_every_key() {
    let tables = [
        "registration",
        "password",
        "hashing",
        "throttle",
        "throttle.account_and_source",
        "throttle.account",
        "throttle.source",
        "throttle.device",
        "throttle.registration",
        "token",
        "session",
        "setup",
        "roles.admin",
    ];
    for table in tables {
        assert!(DOCUMENTED.contains(&format!("\n[{table}]\n")), "{table}");
        let diagnostics = diagnostics(&format!("[{table}]\n'*' = 1\n[roles.user]"));
        let of_key = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.path.ends_with(".\"*\""))
            .unwrap();
        let known = of_key
            .reason
            .strip_prefix("unknown key; known here: ")
            .unwrap();
        for key in known.split(", ").map(|key| key.trim_matches('`')) {
            let is_stated = |line: &str| {
                let line = line.trim_start_matches("# ").trim_start_matches('[');
                line.starts_with(&format!("{key} = ")) || line == format!("{table}.{key}]")
            };
            assert!(DOCUMENTED.lines().any(is_stated), "{table}.{key}");
        }
    }
}

#[test]
fn the_documented_policy_explains_every_key_of_a_route() {
    for key in ["path", "methods", "permission", "access"] {
        let is_explained = |line: &str| line.starts_with(&format!("#   {key} "));
        assert!(DOCUMENTED.lines().any(is_explained), "{key}");
    }
    let (_, example) = DOCUMENTED.split_once("#   [[routes]]\n").unwrap();
    let lines = example.lines().take_while(|line| line.contains(" = "));
    let lines = lines.map(|line| line.trim_start_matches("# "));
    let example = format!("[[routes]]\n{}", lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(compile_routes(&example).unwrap().routes().len(), 1);
}

#[test]
fn the_documented_defaults_of_argon2id_hold() {
    let documented = DOCUMENTED
        .replace("scheme = \"bcrypt\"", "scheme = \"argon2id\"")
        .replace("bcrypt_cost = 12", "")
        .replace("# argon2_", "argon2_");
    let (settings, _) = compile(&documented).unwrap();
    assert_eq!(
        settings.hashing,
        HashScheme::Argon2id {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1
        }
    );
    let (stated_nothing, _) = compile("hashing.scheme = 'argon2id'").unwrap();
    assert_eq!(settings, stated_nothing);
}

#[test]
fn what_is_stated_replaces_the_default() {
    let text = "[registration]\nmode = 'closed'\nanswer = 'disclose'\nroles = []\n\
                [password]\ncontext_words = ['acme', 'Ümläut']\nmax_length = 0x40\n\
                [hashing]\nbcrypt_cost = 14\nformer_argon2_memory_kib = 19456\n\
                former_argon2_passes = 2\n\
                [throttle]\naccount_cap = 10\ndevice = { failures = 1, window_seconds = 60 }\n\
                registration = { failures = 20, max_block_seconds = 7200 }\n\
                [session]\nabsolute_seconds = 34_560_000\ngrace_seconds = 0\n\
                replay = 'idempotency-key'\n\
                [setup]\nrole = 'root'\n[roles.root]\n";
    let (settings, roles) = compile(text).unwrap();
    assert_eq!(
        roles,
        [Role {
            name: "root".to_owned(),
            rules: Vec::new()
        }]
    );
    let mut expected = Settings::default();
    expected.registration.mode = RegistrationMode::Closed;
    expected.registration.answer = RegistrationAnswer::Disclose;
    expected.registration.roles = Vec::new();
    expected.password.context_words = vec!["acme".to_owned(), "Ümläut".to_owned()];
    expected.password.max_length = 64;
    expected.hashing = HashScheme::BcryptSha256 { cost: 14 };
    expected.former_hashing = vec![HashScheme::Argon2id {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    }];
    expected.throttle.account_cap = 10;
    expected.throttle.device.failures = 1;
    expected.throttle.device.window_seconds = 60;
    expected.throttle.registration.failures = 20;
    expected.throttle.registration.max_block_seconds = 7200;
    expected.session.absolute_seconds = 34_560_000;
    expected.session.grace_seconds = 0;
    expected.session.replay = Replay::IdempotencyKey;
    expected.setup.role = "root".to_owned();
    assert_eq!(settings, expected);
}

#[test]
fn refuses_more_registration_roles_than_a_token_holds() {
    let names: Vec<_> = (0..140).map(|number| format!("r{number:059}")).collect();
    let text = |number: usize| {
        let defined: String = names
            .iter()
            .map(|name| format!("[roles.{name}]\n"))
            .collect();
        format!(
            "registration.roles = {:?}\n{ROLES}{defined}",
            &names[..number]
        )
    };
    assert!(compile(&text(60)).is_ok());
    let reason = diagnostic(&text(140));
    assert!(
        reason.starts_with("1:23 registration.roles: these are so many"),
        "{reason}"
    );
}

#[test]
fn says_where_a_fault_is_and_why() {
    for (text, expected) in [
        (
            "nonsense = 1",
            "1:1 nonsense: unknown key; known here: `roles`, `registration`, `password`, \
                      `hashing`, `throttle`, `token`, `session`, `setup`, `routes`",
        ),
        (
            "[passwort]",
            "1:2 passwort: unknown key; did you mean `password`?",
        ),
        (
            "\n[password]\nmin_lenght = 20",
            "3:1 password.min_lenght: unknown key; did you mean `min_length`?",
        ),
        ("token = 5", "1:9 token: must be a table, not an integer"),
        ("[[token]]", "1:1 token: must be a table, not an array"),
        (
            "[token]\naccess_seconds = '600'",
            "2:18 token.access_seconds: must be a whole number, not a string",
        ),
        (
            "[token]\naccess_seconds = 600.0",
            "2:18 token.access_seconds: must be a whole number, not a float",
        ),
        (
            "[token]\naccess_seconds = 2020-01-01",
            "2:18 token.access_seconds: must be a whole number, not a datetime",
        ),
        (
            "[token]\naccess_seconds = 901",
            "2:18 token.access_seconds: must be from 60 to 900, not `901`",
        ),
        (
            "[token]\naccess_seconds = -1",
            "2:18 token.access_seconds: must be from 60 to 900, not `-1`",
        ),
        (
            "[token]\nleeway_seconds = -1",
            "2:18 token.leeway_seconds: must be from 0 to 60, not `-1`",
        ),
        (
            "[token]\nleeway_seconds = 99999999999999999999999999",
            "2:18 token.leeway_seconds: must be from 0 to 60, not `99999999999999999999999999`",
        ),
        (
            "password.min_length = 14",
            "1:23 password.min_length: must be from 15 to 64, not `14`: a password that is the only \
          factor needs at least 15 characters (NIST SP 800-63B-4, 3.1.1.2)",
        ),
        (
            "password.context_words = ['ok', 'x']",
            "1:33 password.context_words: a word must be 2 to 64 characters without space around \
          them, not `x`",
        ),
        (
            "[registration]\nmode = 'ajar'",
            "2:8 registration.mode: must be `open` or `closed`, not `ajar`",
        ),
        (
            "[registration]\nmode = true",
            "2:8 registration.mode: must be `open` or `closed`, not a boolean",
        ),
        (
            "[registration]\nroles = 'user'",
            "2:9 registration.roles: must be an array of strings, not a string",
        ),
        (
            "[registration]\nroles = ['user', 1]",
            "2:18 registration.roles: must be a string, not an integer",
        ),
        (
            "[registration]\nroles = ['user', 'user']",
            "2:18 registration.roles: `user` is listed twice",
        ),
        (
            "[registration]\nroles = ['Ümläut', 'user']",
            "2:10 registration.roles: there is no role `Ümläut`",
        ),
        (
            "setup.role = 'root'",
            "1:14 setup.role: there is no role `root`",
        ),
        (
            "[roles.admin]",
            "1:2 registration.roles: must be stated: its default is `user`, which is none of the roles \
          of this file",
        ),
        (
            "password.max_length = 1025",
            "1:23 password.max_length: must be from 64 to 1024, not `1025`: no longer password is read, \
          whatever characters it is of",
        ),
        (
            "hashing.argon2_lanes = 1",
            "1:24 hashing.argon2_lanes: has no effect where `scheme` is `bcrypt`",
        ),
        (
            "[hashing]\nscheme = 'argon2id'\nbcrypt_cost = 12",
            "3:15 hashing.bcrypt_cost: has no effect where `scheme` is `argon2id`",
        ),
        (
            "hashing.former_bcrypt_cost = 3",
            "1:30 hashing.former_bcrypt_cost: must be 0 for none, or at least 4",
        ),
        (
            "hashing.former_argon2_memory_kib = 7",
            "1:36 hashing.former_argon2_memory_kib: must be 0 for none, or at least 8",
        ),
        (
            "throttle.source.max_block_seconds = 59",
            "1:37 throttle.source.max_block_seconds: must be at least `block_seconds`, which is 60",
        ),
        (
            "throttle.source.block_seconds = 4000",
            "1:33 throttle.source.max_block_seconds: must be at least `block_seconds`, which is 4000",
        ),
        (
            "session.idle_seconds = 3000000",
            "1:24 session.absolute_seconds: must be at least `idle_seconds`, which is 3000000",
        ),
    ] {
        assert_eq!(diagnostic(text), expected, "{text}");
    }
}

#[test]
fn every_fault_is_reported_in_order_of_place() {
    let text = "[token]\nleeway_seconds = 61\naccess_seconds = 1\n[password]\ntypo = 1\n\
                [roles.b]\ninherits = ['a', 'c']\n[roles.a]\ninherits = ['b']\nallow = ['x']\n";
    let places: Vec<_> = diagnostics(text)
        .into_iter()
        .map(|diagnostic| (diagnostic.start.line, diagnostic.path))
        .collect();
    let expected = [
        (2, "token.leeway_seconds"),
        (3, "token.access_seconds"),
        (5, "password.typo"),
        (6, "registration.roles"),
        (6, "setup.role"),
        (7, "roles.b.inherits"),
        (9, "roles.a.inherits"),
        (10, "roles.a.allow"),
    ];
    assert_eq!(places, expected.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn text_that_is_no_toml_is_refused_at_its_place() {
    for (text, place) in [
        ("a = = 1", (1, 5)),
        ("[password]\nmin_length = 20\nmin_length = 30", (3, 1)),
        ("[token]\n[session]\n[token]", (3, 2)),
        (
            "password.min_length = 20\n[password]\nmax_length = 99",
            (2, 2),
        ),
        ("[password]\n[password]\nx = \"\u{1}\"", (2, 2)),
        ("x = 'ä' 'b'", (1, 9)),
        ("[roles.a]\nallow = [\n", (2, 10)),
        ("x = 1\ry = 2", (1, 7)),
    ] {
        let first = diagnostics(text).into_iter().next().unwrap();
        assert_eq!(
            (first.start.line, first.start.column),
            place,
            "{text:?} {first:?}"
        );
        assert_eq!(first.path, "", "{text:?}");
        assert!(
            !first.reason.is_empty() && !first.reason.contains('\n'),
            "{text:?}"
        );
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_fault() {
    assert_eq!(
        compile(&format!("\u{feff}{}", DOCUMENTED.replace('\n', "\r\n"))),
        compile("")
    );
}
