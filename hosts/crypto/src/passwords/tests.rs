//! Tests with hashes that other implementations wrote: passlib 1.7.4 over bcrypt 4.0.1, bcrypt
//! 4.0.1 itself, and argon2-cffi 25.1.0.

use super::*;

use auth_runtime::Argon2idCost;
use proptest::prelude::*;

/// Makes a hash at once.
fn hash(password: &str, scheme: &HashScheme, salt: &[u8]) -> anyhow::Result<String> {
    let (task, format) = new_hash(password, scheme, salt)?.into_parts();
    Ok(format.text(&compute(task)?))
}

/// Compares at once.
fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    let Some(comparison) = comparison(password, stored) else {
        return Ok(false);
    };
    let (task, expected) = comparison.into_parts();
    Ok(is_same(&compute(task)?, &expected))
}

fn compute(task: Task) -> anyhow::Result<Digest> {
    match task {
        Task::Bcrypt { cost, input } => Ok(bcrypt_digests(cost, &[&input]).remove(0)),
        Task::Alone(compute) => compute(&mut Memory::default()),
    }
}

const ASCII: &str = "correct horse battery staple";
const UTF8: &str = "pässwörd-日本語-🔑";
const NUL: &str = "with\0nul";
const ONE: &str = "a";
const EXACT: &str = "0123456789012345678901234567890123456789012345678901234567890123456789ab";
const LONG: &str = concat!(
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
);

const FOREIGN: &[(&str, &str)] = &[
    (
        ASCII,
        "$bcrypt-sha256$v=2,t=2b,r=4$vXVkXu/YE8J55y1Eu1MBK.$X5UiUldb3UDbTG.lDjj8B55gzHZh5wS",
    ),
    (
        UTF8,
        "$bcrypt-sha256$v=2,t=2b,r=4$f5X1PdO9b68Io0eN2TzExu$L0.pOYOV5bPvbxR2XC6mlqLoVXdlDDa",
    ),
    (
        LONG,
        "$bcrypt-sha256$v=2,t=2b,r=4$AWg8oNhp23Au7yvieZLe0O$yTG5NcATbcAcfOZmH5Qcsv2rwXwsbni",
    ),
    (
        NUL,
        "$bcrypt-sha256$v=2,t=2b,r=4$S897v6MNbtBwArOqIQ7kWu$iOP/9JT3iJ5ZlzifxsEDsK57cAB2mym",
    ),
    (
        ASCII,
        "$bcrypt-sha256$2b,5$/IgGTt5XrPJrdsnURV0sT.$FPNsnyffAQzllXALbvlhSUj3WNAJzaa",
    ),
    (
        UTF8,
        "$bcrypt-sha256$2b,5$zWjbSzlw4YlfWbrgdW3Ivu$aTogUipWxK0jdtnDwosYbi.0fKjD4BK",
    ),
    (
        LONG,
        "$bcrypt-sha256$2b,5$axxJpiJuOdomUGwfcUqdpe$.o.ZjoxP0ukE.5FAnJyepe7e1YOifJO",
    ),
    (
        ASCII,
        "$bcrypt-sha256$2a,5$ZvTe.8U5Qy8Wpk9q5OCCSu$hVYBm5T7voxDe28qSXFmKQJwotitpIO",
    ),
    (
        ASCII,
        "$2a$04$KNrzXjbzdDqhvggvfE7D1.F0C5wqf4LcFE5oQdPBFDwOTv.bOXxOK",
    ),
    (
        UTF8,
        "$2a$04$aN83lGPmWSb68GWoc5YnsuDZBEutsEFAaGp2JJE8tfyyJwFNzAGcW",
    ),
    (
        LONG,
        "$2a$04$El1Il4KsiecPtDagXTigYu3b/dTqyEmIZV276/jsFgKn1CG4/noIy",
    ),
    (
        ONE,
        "$2a$04$K/Y4iYs5AzBr3S0Ovy8UUejTP7W0J7dRehvJlZI2cDHA6pW8V6poe",
    ),
    (
        EXACT,
        "$2a$04$3pWH4uRXApYJz3n50jbFOeVCJWkZ8d8ybqL7m4dHj7c00HwyHFfPO",
    ),
    (
        ASCII,
        "$2b$04$R69D2fp4thyPCJubiUsHTOoLruZ7th.dLpuIh8iTyRwndzfEAK.Qm",
    ),
    (
        UTF8,
        "$2b$04$lFERr0pyaYkqRqXSc0YSheofhhKAdivDkgShjs2Kp3n865zqBLuVS",
    ),
    (
        LONG,
        "$2b$04$5TzICmPVPJzVPNsfIuL0/umLYth/s0FGxZSAONpUYWOwDerCOq2R2",
    ),
    (
        ONE,
        "$2b$04$9UVJfbMyYWfAenItIIEMZO55nBUR0kYkQkjlktFaYPGY535iJsxv6",
    ),
    (
        EXACT,
        "$2b$04$caQRl66/4ZRisSnMYaTJ.ugr5QHUSJ393tb2p4OWFftX24Jzez8vu",
    ),
    (
        ASCII,
        "$2y$04$VM7rBC606KkLLNdEM88TMOmYn6Rlz0y16OFhLpQfvbN1hSSWJ5K3O",
    ),
    (
        UTF8,
        "$2y$04$uViRmI.OCkI0.BNtMmkU5u9KtP02Eji4ovU2PEixV246Gc/X6AUjC",
    ),
    (
        LONG,
        "$2y$04$6YNpqy78.9VGT39nukVzDuxT8JJDGWrCVdNYXWVU//OlUDzws4KK2",
    ),
    (
        ONE,
        "$2y$04$7d.sNGk9ruCPEJzNF2zkruSSD6tpjDz4Ib0Dm4oFFBqfcxU1QpXHS",
    ),
    (
        EXACT,
        "$2y$04$/7OFg.SvW1uf0CNdwXXfWewqmjpWp8T9IEduB4P/l.3Sbfzuw7AMS",
    ),
    (
        ASCII,
        "$2b$04$K/Bw3iHyqq/RmyDLd/5L5.GYooZ89QpsR.Fgyv9eZGJD8djVM5voe",
    ),
    (
        ASCII,
        "$2b$10$ugMhaaLURqPOg3uRTknEAOkWFDl.bTM.QAvk9JEdCn2a.EBWjfrJm",
    ),
    (
        UTF8,
        "$argon2id$v=19$m=64,t=2,p=1$CSjRMSFKW4ZkllIT0aTV7Q$tuivdyhiKbQFICSvuZ9XVZDOW2LmR5EYD8OcTkJbQGo",
    ),
    (
        UTF8,
        "$argon2id$v=19$m=256,t=3,p=4$gp+PPJVaBu5F+oqWxU+nEw$u+ps/VRs+2qMBwsvXIeUGjL98gDqk8iARQFT3Y+5KwQ",
    ),
    (
        UTF8,
        "$argon2id$v=19$m=8,t=1,p=1$8WktLJHfk3g$Ce3LPM49AJarGCvkkRHrOA",
    ),
    (
        UTF8,
        "$argon2id$v=19$m=1024,t=2,p=2$fP/0lcW3h3MfZkavHTMkUcuCV5L7jZ0Qr0MWq2W5EaA$vCM6rabdp9ZBeuNsV0twk5ecPNa96OHtEDaAcBKqW2kpCth8N84+jbitl4abvKXmk+Uhevd+T19eCx1EpWKRQw",
    ),
    (
        ASCII,
        "$argon2id$v=16$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$qE2NAJv+l00hufrIZfQRUx+K4huY0JAVlc2AoCy4oc4",
    ),
];

/// Bytes 0 to 15, which are the salt of the three hashes below.
const SALT: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const BCRYPT_4: &str =
    "$bcrypt-sha256$v=2,t=2b,r=4$..CA.uOD/eaGAOmJB.yMBu$xtb2.sVXnxLr6INz1LUG1WP6cdIwIYa";
const BCRYPT_12: &str =
    "$bcrypt-sha256$v=2,t=2b,r=12$..CA.uOD/eaGAOmJB.yMBu$qRGrKLJQgJGbT1/diO92452kAC0qNle";
const ARGON2ID: &str = "$argon2id$v=19$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$Q9m/xza6FEqiwNU5wMrevm0X1B07IWCtHp2Q0nWIS5o";

fn argon2id(memory_kib: u32, passes: u32, lanes: u32) -> HashScheme {
    HashScheme::Argon2id(Argon2idCost {
        memory_kib,
        passes,
        lanes,
    })
}

#[test]
fn verifies_what_others_wrote() {
    for (password, stored) in FOREIGN {
        assert!(verify(password, stored).unwrap(), "{stored}");
        for wrong in [
            "",
            "b",
            "correct horse battery stapl",
            "correct horse battery staple ",
        ] {
            assert!(!verify(wrong, stored).unwrap(), "`{wrong}` for {stored}");
        }
    }
}

#[test]
fn writes_what_others_write() {
    for (password, scheme, expected) in [
        (UTF8, HashScheme::BcryptSha256(4), BCRYPT_4),
        (ASCII, HashScheme::BcryptSha256(12), BCRYPT_12),
        (UTF8, argon2id(64, 2, 1), ARGON2ID),
    ] {
        assert_eq!(hash(password, &scheme, &SALT).unwrap(), expected);
    }
}

#[test]
fn plain_bcrypt_ends_at_byte_72_and_the_digested_does_not() {
    let plain = FOREIGN
        .iter()
        .find(|(password, stored)| *password == EXACT && stored.starts_with("$2b$"));
    let digested = hash(EXACT, &HashScheme::BcryptSha256(4), &SALT).unwrap();
    let longer = format!("{EXACT}c");
    assert!(verify(&longer, plain.unwrap().1).unwrap());
    assert!(!verify(&longer, &digested).unwrap());
}

#[test]
fn a_nul_never_matches_plain_bcrypt() {
    // The hash of "with", which is what a library that ends passwords at NUL makes of both.
    let stored = plain_hash("with");
    assert!(verify("with", &stored).unwrap());
    assert!(!verify(NUL, &stored).unwrap());
    assert!(!verify("with\0", &stored).unwrap());
}

fn plain_hash(password: &str) -> String {
    ::bcrypt::hash_with_salt(password, 4, SALT)
        .unwrap()
        .to_string()
}

#[test]
fn reads_salts_with_stray_bits() {
    // 22 characters hold four bits more than a salt. `u`, `v` and so on differ in these bits only.
    let canonical = FOREIGN
        .iter()
        .find(|(_, stored)| stored.contains("$2b$04$R69D"))
        .unwrap()
        .1;
    let stray = canonical.replace("UsHTOoLruZ", "UsHTPoLruZ");
    assert_ne!(canonical, stray);
    assert!(verify(ASCII, &stray).unwrap());
}

#[test]
fn anything_else_is_no_password_of_anybody() {
    let argon2 = |rest: &str| format!("$argon2id$v=19${rest}");
    let salt = "AAECAwQFBgcICQoLDA0ODw";
    for stored in [
        String::new(),
        "plain text".to_owned(),
        "$".repeat(40),
        "$1$abc$def".to_owned(),
        BCRYPT_4.replace("v=2", "v=3"),
        BCRYPT_4.replace("t=2b", "t=2x"),
        BCRYPT_4.replace("r=4", "r=+4"),
        BCRYPT_4.replace("r=4", "r=3"),
        BCRYPT_4.replace("r=4", "r=17"),
        BCRYPT_4.replace("r=4", "r=99999999999"),
        BCRYPT_4.replace("r=4", "r="),
        BCRYPT_4[1..].to_owned(),
        BCRYPT_4[..BCRYPT_4.len() - 1].to_owned(),
        format!("{BCRYPT_4}$"),
        plain_hash(UTF8).replace("$2b$", "$2x$"),
        plain_hash(UTF8).replace("$04$", "$31$"),
        plain_hash(UTF8).replace("$04$", "$4$"),
        ARGON2ID.replace("v=19", "v=18"),
        ARGON2ID.replace("$v=19", ""),
        ARGON2ID.replace("argon2id", "argon2i"),
        ARGON2ID.replace("argon2id", "argon2d"),
        ARGON2ID.replace("t=2", "t=0"),
        argon2(&format!("m=64,t=2,p=1${salt}")),
        // Costs that would keep the machine busy for minutes, or take all its memory.
        ARGON2ID.replace("m=64", "m=1048577"),
        ARGON2ID.replace("m=64", "m=4294967295"),
        ARGON2ID.replace("t=2", "t=4294967295"),
        ARGON2ID.replace("m=64,t=2", "m=1048576,t=11"),
        ARGON2ID.replace("p=1", "p=16777215"),
    ] {
        assert!(!verify(UTF8, &stored).unwrap(), "{stored}");
    }
}

#[test]
fn refuses_to_make_what_it_would_not_verify() {
    for (scheme, salt) in [
        (HashScheme::BcryptSha256(3), &SALT[..]),
        (HashScheme::BcryptSha256(17), &SALT),
        (HashScheme::BcryptSha256(4), &SALT[..15]),
        (argon2id(1_048_577, 1, 1), &SALT),
        (argon2id(1_048_576, 11, 1), &SALT),
        (argon2id(64, 0, 1), &SALT),
        (argon2id(64, 2, 9), &SALT),
    ] {
        assert!(hash(ASCII, &scheme, salt).is_err(), "{scheme:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn matches_its_own_password_only(password in ".{1,90}", other in ".{1,90}", salt: [u8; 16]) {
        prop_assume!(password != other);
        for scheme in [HashScheme::BcryptSha256(4), argon2id(8, 1, 1)] {
            let stored = hash(&password, &scheme, &salt).unwrap();
            prop_assert!(verify(&password, &stored).unwrap());
            prop_assert!(!verify(&other, &stored).unwrap());
        }
    }

    #[test]
    fn no_stored_text_makes_it_fail(stored in r"\$(2b|bcrypt-sha256|argon2id)?\$\PC{0,90}") {
        prop_assert!(!verify(ASCII, &stored).unwrap_or(false));
    }
}
