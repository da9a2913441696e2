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
fn needs_upgrade(stored: &str, wanted: &HashScheme) -> bool {
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

/// The hashes to verify beside `stored` when it does not match, so that each refused password costs
/// the same: as much as the dearest bcrypt and the dearest Argon2id of the policy, `wanted` and
/// `former` together. An account whose hash is not replaced yet then takes as long as an address
/// without an account.
///
/// A hash that costs more than all of these takes its own time.
pub fn top_up(stored: &str, wanted: &HashScheme, former: &[HashScheme]) -> Vec<String> {
    let dearest = |is_bcrypt: bool| {
        let of_scheme = core::iter::once(wanted).chain(former);
        of_scheme
            .filter(|scheme| matches!(scheme, HashScheme::BcryptSha256 { .. }) == is_bcrypt)
            .max_by_key(|scheme| work(scheme))
    };
    [dearest(true), dearest(false)]
        .into_iter()
        .flatten()
        .flat_map(|target| missing(stored, target))
        .map(|scheme| decoy(&scheme))
        .collect()
}

/// What `stored` lacks of the work of `target`.
fn missing(stored: &str, target: &HashScheme) -> Vec<HashScheme> {
    match *target {
        // 2^c and 2^c + 2^(c+1) + … + 2^(C-1) are 2^C.
        HashScheme::BcryptSha256 { cost: target_cost } => match bcrypt_cost(stored) {
            Some(cost) => (cost..target_cost)
                .take(MOST_DECOYS)
                .map(|cost| HashScheme::BcryptSha256 { cost })
                .collect(),
            None => vec![*target],
        },
        HashScheme::Argon2id { .. } => match scheme_of(stored) {
            Some(stored @ HashScheme::Argon2id { .. }) => missing_passes(&stored, target),
            // An old version of Argon2id, which the host reads and this module does not.
            None if stored.starts_with("$argon2id$") => Vec::new(),
            _ => vec![*target],
        },
    }
}

/// More steps than lie between any two costs of bcrypt that the host computes.
const MOST_DECOYS: usize = 16;

/// The work of Argon2id is memory times passes. What is missing is made up for by whole passes over
/// the wanted memory, and one over the part of it that remains.
fn missing_passes(stored: &HashScheme, wanted: &HashScheme) -> Vec<HashScheme> {
    /// The least memory that Argon2id takes for one lane.
    const LEAST_KIB: u64 = 8;
    let HashScheme::Argon2id {
        memory_kib, lanes, ..
    } = *wanted
    else {
        return Vec::new();
    };
    let missing = work(wanted).saturating_sub(work(stored));
    let divisor = u64::from(memory_kib);
    let passes = missing.checked_div(divisor).unwrap_or_default();
    let rest = missing.checked_rem(divisor).unwrap_or_default();
    let scheme = |memory_kib, passes, lanes| HashScheme::Argon2id {
        memory_kib,
        passes,
        lanes,
    };
    let passes = u32::try_from(passes).ok().filter(|passes| *passes > 0);
    let rest = u32::try_from(rest)
        .ok()
        .filter(|rest| u64::from(*rest) >= LEAST_KIB);
    [
        passes.map(|passes| scheme(memory_kib, passes, lanes)),
        rest.map(|rest| scheme(rest, 1, 1)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Memory times passes of Argon2id, or the cost of bcrypt: comparable within a scheme alone.
fn work(scheme: &HashScheme) -> u64 {
    match *scheme {
        HashScheme::Argon2id {
            memory_kib, passes, ..
        } => u64::from(memory_kib).saturating_mul(u64::from(passes)),
        HashScheme::BcryptSha256 { cost } => u64::from(cost),
    }
}

/// Whether a hash must be replaced by one of the scheme `wanted`, after `proved` matched it.
/// `is_normal` says that `proved` is in NFC: a hash of another spelling is replaced, so that all
/// spellings match.
///
/// What a scheme cannot check never replaces a hash: plain bcrypt reads no more than 72 bytes. A
/// longer text, or one of exactly 72 bytes, may differ from the password behind them.
pub fn is_to_be_replaced(stored: &str, proved: &str, is_normal: bool, wanted: &HashScheme) -> bool {
    let is_checked = !is_plain_bcrypt(stored) || proved.len() < PLAIN_BCRYPT_BYTES;
    is_checked && (!is_normal || needs_upgrade(stored, wanted))
}

/// Plain bcrypt reads this many bytes of a password, and of a shorter one also where it ends.
const PLAIN_BCRYPT_BYTES: usize = 72;

fn is_plain_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|prefix| stored.starts_with(prefix))
}

/// The cost of a bcrypt hash in any form that the host verifies.
fn bcrypt_cost(stored: &str) -> Option<u32> {
    let cost = match *stored.split('$').collect::<Vec<_>>().as_slice() {
        ["", "bcrypt-sha256", parameters, _, _] => ["v=2,t=2b,r=", "2b,", "2a,"]
            .into_iter()
            .find_map(|form| parameters.strip_prefix(form))?,
        ["", "2a" | "2b" | "2y", cost, _] => cost,
        _ => return None,
    };
    cost.parse().ok()
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
    fn what_a_scheme_cannot_check_replaces_no_hash() {
        let plain = format!("$2b$12${SALT}{DIGEST}");
        let v1 = format!("$bcrypt-sha256$2b,12${SALT}${DIGEST}");
        for (stored, bytes, replaced) in [
            (&plain, 71, true),
            (&plain, 72, false),
            (&plain, 73, false),
            (&plain, 80, false),
            (&plain.replace("$2b$", "$2a$"), 73, false),
            (&plain.replace("$2b$", "$2y$"), 73, false),
            (&v1, 80, true),
        ] {
            for is_normal in [true, false] {
                let text = "x".repeat(bytes);
                let told = is_to_be_replaced(stored, &text, is_normal, &bcrypt(12));
                assert_eq!(told, replaced, "{stored} {bytes}");
            }
        }
        // Bytes count, not characters.
        assert!(!is_to_be_replaced(
            &plain,
            &"ä".repeat(36),
            true,
            &bcrypt(12)
        ));
        let current = decoy(&bcrypt(12));
        assert!(!is_to_be_replaced(&current, "x", true, &bcrypt(12)));
        assert!(is_to_be_replaced(&current, "x", false, &bcrypt(12)));
    }

    #[test]
    fn a_cheaper_hash_and_its_decoys_cost_what_the_policy_demands() {
        let rounds = |stored: &str| 1_u64 << bcrypt_cost(stored).unwrap();
        for stored in [
            format!("$2b$04${SALT}{DIGEST}"),
            format!("$2y$11${SALT}{DIGEST}"),
            format!("$2a$12${SALT}{DIGEST}"),
            format!("$bcrypt-sha256$2b,10${SALT}${DIGEST}"),
            format!("$bcrypt-sha256$2a,6${SALT}${DIGEST}"),
            format!("$bcrypt-sha256$v=2,t=2b,r=9${SALT}${DIGEST}"),
        ] {
            for cost in 12..=16 {
                let decoys = top_up(&stored, &bcrypt(cost), &[]);
                let work: u64 = decoys.iter().map(|decoy| rounds(decoy)).sum();
                assert_eq!(rounds(&stored) + work, 1 << cost, "{stored}");
            }
        }
        for stored in [
            argon2id(8, 1, 1),
            argon2id(19_456, 1, 4),
            argon2id(40_000, 1, 1),
        ] {
            let wanted = argon2id(19_456, 3, 1);
            let decoys = top_up(&decoy(&stored), &wanted, &[]);
            let work_of = |stored: &String| work(&scheme_of(stored).unwrap());
            let sum: u64 = decoys.iter().map(work_of).sum();
            assert!(decoys.len() <= 2);
            assert_eq!(work(&stored) + sum, work(&wanted), "{stored:?}");
        }
    }

    #[test]
    fn a_hash_of_no_lower_cost_has_no_decoys() {
        for (stored, wanted) in [
            (decoy(&bcrypt(12)), bcrypt(12)),
            (decoy(&bcrypt(14)), bcrypt(12)),
            (decoy(&argon2id(19_456, 2, 1)), argon2id(19_456, 2, 1)),
            (decoy(&argon2id(65_536, 2, 1)), argon2id(19_456, 2, 1)),
        ] {
            assert!(top_up(&stored, &wanted, &[]).is_empty(), "{stored}");
        }
    }

    /// The rounds of bcrypt and the work of Argon2id in all of these hashes.
    fn works(hashes: &[String]) -> (u64, u64) {
        let mut works = (0, 0);
        for hash in hashes {
            match bcrypt_cost(hash) {
                Some(cost) => works.0 += 1 << cost,
                None => works.1 += work(&scheme_of(hash).unwrap()),
            }
        }
        works
    }

    #[test]
    fn hashes_of_former_schemes_and_the_policys_decoy_cost_the_same() {
        let small = argon2id(8192, 1, 1);
        let large = argon2id(19_456, 2, 1);
        for (wanted, former) in [
            (bcrypt(12), vec![]),
            (bcrypt(12), vec![bcrypt(14)]),
            (bcrypt(12), vec![bcrypt(10)]),
            (bcrypt(12), vec![large]),
            (large, vec![bcrypt(12)]),
            (large, vec![bcrypt(12), small]),
        ] {
            let with_decoys = |stored: &HashScheme| {
                let stored = decoy(stored);
                let mut hashes = top_up(&stored, &wanted, &former);
                hashes.push(stored);
                works(&hashes)
            };
            for former_scheme in &former {
                assert_eq!(
                    with_decoys(former_scheme),
                    with_decoys(&wanted),
                    "{former:?}"
                );
            }
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
            prop_assert!(top_up(&text, &bcrypt(12), &[]).len() <= 16);
            top_up(&text, &argon2id(19_456, 2, 1), &[bcrypt(12)]);
        }
    }
}
