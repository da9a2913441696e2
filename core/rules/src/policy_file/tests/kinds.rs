//! Each kind of fault, with the part of the text that it is about.

use super::*;

#[test]
fn every_fault_has_its_kind_and_its_end() {
    use Fault::*;
    let deep: String = (0..34).fold(String::new(), |text, index| {
        let inherits = (index > 0).then(|| format!("inherits = ['r{}']\n", index - 1));
        text + &format!("[roles.r{index}]\n{}", inherits.unwrap_or_default())
    });
    for (text, fault, start, end) in [
        ("a = = 1", NotToml, (1, 5), (1, 6)),
        (
            &format!("x = {}", "[".repeat(33)),
            TooLarge,
            (1, 37),
            (1, 38),
        ),
        ("[tokens]", UnknownKey, (1, 2), (1, 8)),
        ("token = 'ä'", WrongType, (1, 9), (1, 12)),
        ("token = [\n1,\n]", WrongType, (1, 9), (3, 2)),
        (
            "token.access_seconds = 5",
            ImpossibleValue,
            (1, 24),
            (1, 25),
        ),
        (
            "registration.mode = 'ajar'",
            ImpossibleValue,
            (1, 21),
            (1, 27),
        ),
        ("hashing.argon2_lanes = 1", Contradiction, (1, 24), (1, 25)),
        (
            "session.idle_seconds = 3000000",
            Contradiction,
            (1, 24),
            (1, 31),
        ),
        (
            &format!("{ROLES}[roles.Big]"),
            MalformedName,
            (3, 8),
            (3, 11),
        ),
        (
            &format!("{ROLES}allow = ['x']"),
            MalformedName,
            (3, 10),
            (3, 13),
        ),
        (
            &format!("{ROLES}inherits = ['x']"),
            UnknownRole,
            (3, 13),
            (3, 16),
        ),
        (
            &format!("{ROLES}inherits = ['user']"),
            InheritanceCycle,
            (3, 13),
            (3, 19),
        ),
        (
            &format!("{ROLES}{deep}"),
            DeepInheritance,
            (68, 8),
            (68, 11),
        ),
        (
            &format!("{ROLES}allow = ['a:b', 'a:b']"),
            ListedTwice,
            (3, 17),
            (3, 22),
        ),
        (
            "registration.roles = ['admin']",
            RegisteredAdministrator,
            (1, 23),
            (1, 30),
        ),
    ] {
        let found = &diagnostics(text)[0];
        let place = |at: Position| (at.line, at.column);
        let given = (found.fault, place(found.start), place(found.end));
        assert_eq!(given, (fault, start, end), "{text}");
    }
}
