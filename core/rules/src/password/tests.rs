use super::PasswordViolation::*;
use super::*;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

fn violations(text: &str) -> Vec<PasswordViolation> {
    faults_for(text, "ada.lovelace@example.org", 15)
}

fn faults_for(text: &str, email_key: &str, min_length: u32) -> Vec<PasswordViolation> {
    let settings = settings::Password {
        min_length,
        ..Default::default()
    };
    NewPassword::parse(text, &settings, email_key)
        .err()
        .unwrap_or_default()
}

#[test]
fn takes_phrases_of_any_script_and_composition() {
    for text in [
        "the rain in spain falls",
        "eight-whole-geese",
        "UPPERCASEISFINETOO",
        "928374650293847561028",
        "      spaces count      x",
        "dağ başını duman almış",
        "静かな湖畔の森の影から男と女の",
        "🐢🐇🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦",
    ] {
        assert_eq!(violations(text), [], "{text}");
    }
}

#[test]
fn length_counts_scalar_values_after_nfc() {
    for (text, expected) in [
        ("", vec![TooShort]),
        ("fourteen chars", vec![TooShort]),
        ("fifteen charact", vec![]),
        ("fourteen e\u{301}rs!!!", vec![]),
        ("fourteen e\u{301}rs!!", vec![TooShort]),
        (&"xyzzy plugh ".repeat(22)[..256], vec![]),
        (&"xyzzy plugh ".repeat(22)[..257], vec![TooLong]),
        (&"é".repeat(257), vec![TooLong]),
        (&"e\u{301}".repeat(2000), vec![TooLong]),
    ] {
        assert_eq!(violations(text), expected, "{text}");
    }
    let longest: String = (0..256)
        .map(|i| char::from_u32(0x4e00 + i * 7).unwrap())
        .collect();
    assert_eq!(violations(&longest), []);
}

#[test]
fn refuses_control_characters() {
    for c in ['\0', '\t', '\n', '\r', '\u{7f}', '\u{85}'] {
        assert_eq!(
            violations(&format!("eight-whole{c}geese")),
            [ForbiddenCharacter],
            "{c:?}"
        );
    }
}

#[test]
fn refuses_common_passwords_in_any_case() {
    for text in [
        "password1234567",
        "PassWord1234567",
        "123456789012345",
        "987654321098765",
        "abcdefghijklmno",
        "qwertyuiopasdfgh",
        "QWERTYUIOPASDFGHJKLZXCVBNM",
        "1qaz2wsx3edc4rfv",
        "correcthorsebatterystaple",
        "thisismypassword",
        "йцукенгшщзхъфыва",
    ] {
        assert_eq!(violations(text), [Common], "{text}");
    }
    for text in ["password", "sunshine", "12345678", "trustno1"] {
        assert_eq!(faults_for(text, "ada", 8), [Common], "{text}");
    }
}

#[test]
fn refuses_common_passwords_among_digits_and_signs() {
    for text in [
        "password!!!!!!!",
        "2024-Password-2025",
        "monkey123456789",
        "Dragon--1987-06-05",
        "qwertz987654321",
        "passwordpassword2024!",
        "trustno1trustno1!!",
        "Password1Password1!",
        "springspring2025",
    ] {
        assert_eq!(violations(text), [Common], "{text}");
    }
    for text in [
        "monkeys climb 12",
        "1x2y3z4w5v6u7t8s9r",
        "abc-837-264-918",
        "my password is 1",
        "9password8monkey7",
    ] {
        assert_eq!(violations(text), [], "{text}");
    }
}

#[test]
fn refuses_walks_along_keys_and_alphabets() {
    for text in [
        "fghijklmnopqrstuvw",
        "vutsrqponmlkjihg",
        "uvwxyzabcdefghij",
        "567890123456789",
        "plokimjunhybgtvf",
        "lkjhgfdsapoiuytrewq",
        "asdfghjkl;'zxcv",
        "3edc4rfv5tgb6yhn",
        "314159265358979",
        "112233445566778",
        "цукенгшщзхъфывап",
    ] {
        assert_eq!(violations(text), [Common], "{text}");
    }
    assert_eq!(violations("qwertyuiopasdfgj"), []);
}

#[test]
fn refuses_a_repeated_piece_that_is_short_or_common() {
    for text in [
        "aaaaaaaaaaaaaaa",
        "               ",
        "xyxyxyxyxyxyxyx",
        "q7#vT!zq7#vT!zq",
        "ééééééééééééééé",
        "passwordpassword",
        "PasswordpasswordPASSWORDpass",
        "sunshinesunshine",
    ] {
        assert_eq!(violations(text), [Common], "{text}");
    }
    for text in ["q7#vT!zkq7#vT!zk", "q7#vT!zq7#vT!zx", "passwordpasswarden"] {
        assert_eq!(violations(text), [], "{text}");
    }
}

#[test]
fn refuses_what_context_words_make_up() {
    for text in [
        "countersign-2024!",
        "Counter-Sign-2024!",
        "countersigncountersign9",
        "my Countersign 1",
        "ada.lovelace.1815",
        "AdaLovelace 12345",
        "LOVELACE-ada-1815",
        "12-lovelace-34-ada",
    ] {
        let found = violations(text);
        assert!(found.contains(&Guessable), "{text}: {found:?}");
    }
    for text in [
        "countersigns are words",
        "lovelace wrote notes",
        "ada ada beta gamma delta",
        "19283746501928374659",
        "0-0-7-0-0-9-1-2-3-4",
    ] {
        assert_eq!(violations(text), [], "{text}");
    }
}

#[test]
fn short_context_words_are_ignored() {
    assert_eq!(faults_for("ada 19-28-37-46", "ada", 15), []);
    assert_eq!(faults_for("a.b.c 19-28-37-46", "a.b.c", 15), []);
    assert_eq!(faults_for("ezra 19-28-37-46", "ezra", 15), [Guessable]);
    assert_eq!(
        faults_for("josé 19-28-37-46", "jose\u{301}", 15),
        [Guessable]
    );
    assert_eq!(faults_for("eight-whole-geese", "", 15), []);
}

#[test]
fn refuses_the_whole_address() {
    for (text, email_key) in [
        ("ada@example.org", "ada@example.org"),
        ("ADA@Example.ORG", "ada@example.org"),
        ("ada@example.org 2024!", "ada@example.org"),
        ("my ada.example.org", "ada@example.org"),
        ("a@countersign.org", "a@countersign.org"),
        ("Ada.Lovelace@example.org", "ada.lovelace@example.org"),
        ("jose\u{301}@exämple.org", "josé@exämple.org"),
    ] {
        assert_eq!(faults_for(text, email_key, 15), [Guessable], "{text}");
    }
    for text in [
        "eva@example.org",
        "ada at example dot org",
        "ada@example.org is mine",
    ] {
        assert_eq!(faults_for(text, "ada@example.org", 15), [], "{text}");
    }
}

#[test]
fn the_longest_password_of_any_policy_is_read_in_any_form() {
    let settings = settings::Password {
        max_length: LONGEST,
        ..Default::default()
    };
    // In NFD, a Hangul syllable becomes three characters of three bytes each.
    let syllables: String = (0..LONGEST)
        .map(|i| char::from_u32(0xac01 + i * 7).unwrap())
        .collect();
    for text in [
        syllables.nfc().collect(),
        syllables.nfd().collect::<String>(),
        "🐢".repeat(1024),
    ] {
        let violations = NewPassword::parse(&text, &settings, "")
            .err()
            .unwrap_or_default();
        assert!(!violations.contains(&TooLong));
        assert!(Candidate::parse(&text).is_some());
    }
}

#[test]
fn reports_all_faults_together() {
    assert_eq!(violations("12345678"), [TooShort, Common]);
    assert_eq!(
        violations("countersign\n"),
        [TooShort, ForbiddenCharacter, Guessable]
    );
    assert_eq!(
        faults_for("password", "password", 15),
        [TooShort, Common, Guessable]
    );
}

#[test]
fn no_password_is_in_debug_output() {
    let password = NewPassword::parse("eight-whole-geese", &Default::default(), "ada").unwrap();
    let candidate = Candidate::parse("eight-whole-geese").unwrap();
    let shown = format!("{password:?} {password:#?} {candidate:?} {candidate:#?}");
    assert!(
        shown.contains("[redacted]") && !shown.contains("geese"),
        "{shown}"
    );
}

#[test]
fn a_candidate_is_whatever_can_be_a_password() {
    assert_eq!(Candidate::parse("jose\u{301}").unwrap().as_str(), "josé");
    assert_eq!(Candidate::parse(" x ").unwrap().as_str(), " x ");
    assert!(Candidate::parse(&"x".repeat(MAX_BYTES)).is_some());
    for text in ["", &"x".repeat(MAX_BYTES + 1)] {
        assert!(Candidate::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_candidate_has_the_spellings_that_another_system_may_have_hashed() {
    for (text, expected) in [
        ("jos\u{e9}", &["jos\u{e9}"][..]),
        ("jose\u{301}", &["jos\u{e9}", "jose\u{301}"]),
        ("tab\there", &["tab\there"]),
        ("a\0b", &["a\0b"]),
        (" ", &[" "]),
    ] {
        let candidate = Candidate::parse(text).unwrap();
        let spellings: Vec<_> = candidate.spellings().collect();
        assert_eq!(spellings, expected);
        assert_eq!(candidate.as_str(), expected[0]);
    }
}

#[test]
fn initial_passwords_use_all_their_bits() {
    assert_eq!(initial_password(&[0; 16]), "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa");
    assert_eq!(
        initial_password(&[255; 16]),
        "99999-99999-99999-99999-99999"
    );
    let mut random = [0; 16];
    random[15] = 0b0010_0001;
    assert_eq!(initial_password(&random), "bbaaa-aaaaa-aaaaa-aaaaa-aaaaa");
}

proptest! {
    #[test]
    fn what_can_be_set_can_be_offered(text in "\\PC{15,40}") {
        if let Ok(password) = NewPassword::parse(&text, &Default::default(), "ada") {
            let composed = Candidate::parse(&text.nfc().collect::<String>()).unwrap();
            let decomposed = Candidate::parse(&text.nfd().collect::<String>()).unwrap();
            prop_assert_eq!(password.as_str(), composed.as_str());
            prop_assert_eq!(password.as_str(), decomposed.as_str());
        }
    }

    #[test]
    fn any_text_is_judged_and_obeys_the_limits(
        text in any::<String>(), min in 8u32..20, more in 0u32..60, local in any::<String>(),
    ) {
        let settings =
            settings::Password { min_length: min, max_length: min + more, ..Default::default() };
        match NewPassword::parse(&text, &settings, &local) {
            Ok(password) => {
                let length = password.as_str().chars().count() as u32;
                prop_assert!((min..=min + more).contains(&length));
                prop_assert!(!password.as_str().contains(char::is_control));
            }
            Err(violations) => prop_assert!(!violations.is_empty() && !violations.contains(&Unchanged)),
        }
    }

    #[test]
    fn repeating_a_short_piece_is_common(piece in "[a-zA-Z0-9éŞλЖ静!-/]{1,7}", rounds in 5usize..8) {
        let text = piece.repeat(rounds);
        for cut in 0..piece.chars().count() {
            let length = text.char_indices().nth_back(cut).map_or(text.len(), |(start, _)| start);
            prop_assert!(common::is_common(&text[..length]), "{}", &text[..length]);
        }
    }

    #[test]
    fn initial_passwords_obey_the_default_policy(random in any::<[u8; 16]>()) {
        let text = initial_password(&random);
        prop_assert_eq!(text.len(), 29);
        prop_assert!(!text.contains(['0', '1', 'l', 'o']));
        let parsed = NewPassword::parse(&text, &Default::default(), "ada.lovelace");
        prop_assert_eq!(parsed.map(|p| p.as_str() == text), Ok(true));
    }
}
