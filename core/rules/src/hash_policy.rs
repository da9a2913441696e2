//! The required format of stored password hashes.
//!
//! The host computes hashes. The rules choose the scheme and its cost, and they tell when a hash
//! that has just been verified is weaker than the policy demands and must be replaced. Two formats
//! are written:
//!
//! - `$bcrypt-sha256$v=2,t=2b,r=12$` 22 characters of salt `$` 31 of digest: passlib's format v2;
//! - `$argon2id$v=19$m=19456,t=2,p=1$` salt `$` digest: the PHC string format.
//!
//! The host may verify hashes of other formats (plain bcrypt, passlib's v1, …), which are then
//! replaced.

use crate::settings::HashScheme;

/// Whether a stored hash has another scheme than `wanted`, has a lower cost in any parameter, or
/// cannot be read. A hash of higher cost is kept: an earlier policy demanded it.
pub fn needs_upgrade(stored: &str, wanted: &HashScheme) -> bool {
    match (scheme_of(stored), *wanted) {
        (
            Some(HashScheme::BcryptSha256 { cost }),
            HashScheme::BcryptSha256 { cost: wanted_cost },
        ) => cost < wanted_cost,
        (
            Some(HashScheme::Argon2id {
                memory_kib,
                passes,
                lanes,
            }),
            HashScheme::Argon2id {
                memory_kib: wanted_memory_kib,
                passes: wanted_passes,
                lanes: wanted_lanes,
            },
        ) => memory_kib < wanted_memory_kib || passes < wanted_passes || lanes < wanted_lanes,
        _ => true,
    }
}

/// A stored hash that costs as much to verify as one of the scheme `wanted`, and that no known
/// password matches. Passwords for an unknown account are checked against it, so that they take as
/// long as those for a known account.
pub fn decoy(wanted: &HashScheme) -> String {
    match wanted {
        // A dot stands for zero in bcrypt's alphabet.
        HashScheme::BcryptSha256 { cost } => {
            format!("$bcrypt-sha256$v=2,t=2b,r={cost}${:.<22}${:.<31}", "", "")
        }
        HashScheme::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => {
            format!(
                "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${:A<22}${:A<43}",
                "", ""
            )
        }
    }
}

fn scheme_of(stored: &str) -> Option<HashScheme> {
    let parts: Vec<&str> = stored.split('$').collect();
    match *parts.as_slice() {
        ["", "bcrypt-sha256", parameters, salt, digest]
            if salt.len() == 22 && digest.len() == 31 =>
        {
            let cost = parameters.strip_prefix("v=2,t=2b,r=")?.parse().ok()?;
            Some(HashScheme::BcryptSha256 { cost })
        }
        ["", "argon2id", "v=19", parameters, salt, digest]
            if !salt.is_empty() && !digest.is_empty() =>
        {
            let (memory, rest) = parameters.strip_prefix("m=")?.split_once(",t=")?;
            let (passes, lanes) = rest.split_once(",p=")?;
            Some(HashScheme::Argon2id {
                memory_kib: memory.parse().ok()?,
                passes: passes.parse().ok()?,
                lanes: lanes.parse().ok()?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: &str = "n79VH.0Q2TMWmt3Oqt9uku";
    const DIGEST: &str = "Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2";

    fn bcrypt(cost: u32) -> HashScheme {
        HashScheme::BcryptSha256 { cost }
    }

    fn argon2id(memory_kib: u32, passes: u32, lanes: u32) -> HashScheme {
        HashScheme::Argon2id {
            memory_kib,
            passes,
            lanes,
        }
    }

    #[test]
    fn replaces_what_is_weaker_than_the_policy() {
        let v2 = |cost: &str| format!("$bcrypt-sha256$v=2,t=2b,r={cost}${SALT}${DIGEST}");
        let phc = |cost: &str| format!("$argon2id$v=19${cost}$c2FsdHNhbHRzYWx0$aGFzaGhhc2g");
        let m19 = argon2id(19_456, 2, 1);
        for (stored, wanted, replace) in [
            (v2("12"), bcrypt(12), false),
            (v2("13"), bcrypt(12), false),
            (v2("11"), bcrypt(12), true),
            (v2("4"), bcrypt(4), false),
            (v2("12"), m19, true),
            (v2("x"), bcrypt(12), true),
            (v2(""), bcrypt(12), true),
            (v2("12,x=1"), bcrypt(12), true),
            (v2("12").replace("v=2", "v=3"), bcrypt(12), true),
            (v2("12") + "$", bcrypt(12), true),
            (v2("12").replace(DIGEST, ""), bcrypt(12), true),
            (v2("12")[1..].to_owned(), bcrypt(12), true),
            (
                format!("$bcrypt-sha256$2b,14${SALT}${DIGEST}"),
                bcrypt(12),
                true,
            ),
            (format!("$2a$14${SALT}{DIGEST}"), bcrypt(12), true),
            (format!("$2b$14${SALT}{DIGEST}"), bcrypt(12), true),
            (format!("$2y$14${SALT}{DIGEST}"), bcrypt(12), true),
            (phc("m=19456,t=2,p=1"), m19, false),
            (phc("m=47104,t=3,p=2"), m19, false),
            (phc("m=47104,t=1,p=1"), m19, true),
            (phc("m=19455,t=2,p=1"), m19, true),
            (phc("m=19456,t=2,p=1"), argon2id(19_456, 2, 2), true),
            (phc("m=19456,t=2,p=1"), bcrypt(12), true),
            (phc("m=19456,t=2"), m19, true),
            (phc("t=2,m=19456,p=1"), m19, true),
            (phc("m=99999999999,t=2,p=1"), m19, true),
            (phc("m=19456,t=2,p=1").replace("v=19", "v=16"), m19, true),
            (
                phc("m=19456,t=2,p=1").replace("argon2id", "argon2i"),
                m19,
                true,
            ),
            (String::new(), bcrypt(12), true),
            ("plain text".to_owned(), bcrypt(12), true),
        ] {
            assert_eq!(
                needs_upgrade(&stored, &wanted),
                replace,
                "{stored} under {wanted:?}"
            );
        }
    }

    #[test]
    fn decoys_are_well_formed() {
        let dots = ".".repeat(31);
        assert_eq!(
            decoy(&bcrypt(12)),
            format!("$bcrypt-sha256$v=2,t=2b,r=12${}${dots}", &dots[..22])
        );
        let zeros = "A".repeat(43);
        assert_eq!(
            decoy(&argon2id(19_456, 2, 1)),
            format!("$argon2id$v=19$m=19456,t=2,p=1${}${zeros}", &zeros[..22])
        );
    }

    fn scheme() -> impl Strategy<Value = HashScheme> {
        prop_oneof![
            any::<u32>().prop_map(bcrypt),
            (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(m, t, p)| argon2id(m, t, p)),
        ]
    }

    proptest! {
        #[test]
        fn a_decoy_is_of_its_scheme(scheme in scheme()) {
            prop_assert_eq!(scheme_of(&decoy(&scheme)), Some(scheme));
            prop_assert!(!needs_upgrade(&decoy(&scheme), &scheme));
        }

        #[test]
        fn of_two_schemes_that_differ_one_is_an_upgrade(a in scheme(), b in scheme()) {
            prop_assume!(a != b);
            prop_assert!(needs_upgrade(&decoy(&a), &b) || needs_upgrade(&decoy(&b), &a));
        }

        #[test]
        fn any_text_is_judged(text in "\\$?(bcrypt-sha256|argon2id)?[$=,0-9a-z]{0,40}") {
            needs_upgrade(&text, &bcrypt(12));
        }
    }
}
