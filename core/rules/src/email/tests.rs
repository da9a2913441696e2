use super::*;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

#[test]
fn takes_ordinary_and_international_addresses() {
    for (text, key) in [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace@Example.ORG\n", "ada.lovelace@example.org"),
        (
            "a+b!#$%&'*-/=?^_`{|}~@e-x.co",
            "a+b!#$%&'*-/=?^_`{|}~@e-x.co",
        ),
        ("x@1.example", "x@1.example"),
        ("x@xn--bcher-kva.example", "x@bücher.example"),
        ("x@XN--BCHER-KVA.Example", "x@bücher.example"),
        ("x@bu\u{308}cher.example", "x@bücher.example"),
        ("ａｄａ０@ｅｘａｍｐｌｅ．ｏｒｇ", "ada0@example.org"),
        ("ＡＤＡ@ＥＸＡＭＰＬＥ。ＯＲＧ", "ada@example.org"),
        ("ada@example｡org", "ada@example.org"),
        ("x@xn--jxalpdlp.example", "x@δοκιμή.example"),
        ("x@xn--hxajbheg2az3al.xn--jxalpdlp", "x@παράδειγμα.δοκιμή"),
        ("x@xn--fa-hia.example", "x@faß.example"),
        ("ĲSBRAND@example.org", "ijsbrand@example.org"),
        ("դավիթևս@example.org", "դավիթեւս@example.org"),
        ("นำ@example.org", "นํา@example.org"),
        ("ໜູ@example.org", "ຫນູ@example.org"),
        ("JOSÉ@EXAMPLE.ORG", "josé@example.org"),
        ("jose\u{301}@example.org", "josé@example.org"),
        ("用户@例子.中国", "用户@例子.中国"),
        ("ΟΔΥΣΣΕΥΣ@ΕΛΛΑΣ.GR", "οδυσσευσ@ελλασ.gr"),
        ("οδυσσευς@ελλας.gr", "οδυσσευσ@ελλασ.gr"),
        ("İ@example.org", "i\u{307}@example.org"),
        ("\u{212A}@example.org", "k@example.org"),
        ("हिन्दी@डाटामेल.भारत", "हिन्दी@डाटामेल.भारत"),
        ("เป็นศิลป์@โดเมน.ไทย", "เป็นศิลป์@โดเมน.ไทย"),
        ("សំបុត្រ់@ខ្មែរ.org", "សំបុត្រ់@ខ្មែរ.org"),
    ] {
        let email = Email::parse(text).expect(text);
        assert_eq!(email.key(), key, "{text}");
        assert_eq!(email.as_typed(), text.trim());
    }
}

#[test]
fn names_the_fault() {
    use EmailViolation::*;
    for (text, violation) in [
        ("", Empty),
        (" \t\r\n", Empty),
        ("ada", NotAnAddress),
        ("@", NotAnAddress),
        ("@example.org", NotAnAddress),
        ("ada@", NotAnAddress),
        ("a@b@example.org", NotAnAddress),
        ("ada＠example.org", NotAnAddress),
        ("a da@example.org", ForbiddenCharacter),
        ("ada@exam\tple.org", ForbiddenCharacter),
        ("ada\0@example.org", ForbiddenCharacter),
        ("ada\u{a0}@example.org", ForbiddenCharacter),
        ("ada@example.org\r\nBcc: b@example.org", ForbiddenCharacter),
        (".ada@example.org", BadLocalPart),
        ("ada.@example.org", BadLocalPart),
        ("a..da@example.org", BadLocalPart),
        ("\"ada\"@example.org", BadLocalPart),
        ("<ada@example.org", BadLocalPart),
        ("a,da@example.org", BadLocalPart),
        ("a(b)@example.org", BadLocalPart),
        ("ada\u{200b}@example.org", BadLocalPart),
        ("\u{202e}ada@example.org", BadLocalPart),
        ("ada\u{fe0f}@example.org", BadLocalPart),
        ("a\u{34f}da@example.org", BadLocalPart),
        ("😀@example.org", BadLocalPart),
        ("ada@localhost", BadDomain),
        ("ada@.org", BadDomain),
        ("ada@example.", BadDomain),
        ("ada@example..org", BadDomain),
        ("ada@-example.org", BadDomain),
        ("ada@example-.org", BadDomain),
        ("ada@exa_mple.org", BadDomain),
        ("ada@192.0.2.1", BadDomain),
        ("ada@[192.0.2.1]", BadDomain),
        ("ada@[IPv6:2001:db8::1]", BadDomain),
        ("x@xn--.example", BadDomain),
        ("x@xn--99999999.example", BadDomain),
        // ASCII, a capital, a full-width letter, a letter of mathematics, and one that is not
        // displayed.
        ("x@xn--abc-.example", BadDomain),
        ("x@xn--bcher-2pa.example", BadDomain),
        ("x@xn--da-bz3n.example", BadDomain),
        ("x@xn--da-sf70a.example", BadDomain),
        ("x@xn--ab-3w4a.example", BadDomain),
        ("ada\u{3164}@example.org", BadLocalPart),
        ("ada\u{115f}@example.org", BadLocalPart),
        ("ada\u{1160}@example.org", BadLocalPart),
        ("ada\u{ffa0}@example.org", BadLocalPart),
        ("ada\u{17b4}@example.org", BadLocalPart),
        ("ada@exam\u{3164}ple.org", BadDomain),
        ("\u{fb01}lm@example.org", BadLocalPart),
        ("\u{1d41a}da@example.org", BadLocalPart),
        ("x@\u{24d0}da.example", BadDomain),
        ("\u{ff71}@example.org", BadLocalPart),
        ("ada@\u{301}x.org", BadDomain),
        ("ada@example.org>", BadDomain),
    ] {
        assert_eq!(Email::parse(text), Err(violation), "{text:?}");
    }
}

#[test]
fn lengths_are_limited_in_bytes() {
    let label = "d".repeat(63);
    let domain = format!("{label}.{label}.{}.org", "d".repeat(58));
    let at_limit = format!("{}@{domain}", "a".repeat(64));
    assert_eq!(at_limit.len(), 255);
    assert_eq!(Email::parse(&at_limit), Err(EmailViolation::TooLong));
    assert_eq!(Email::parse(&at_limit[1..]).unwrap().key().len(), 254);
    for (local, label, outcome) in [
        (64, 63, Ok(())),
        (65, 63, Err(EmailViolation::TooLong)),
        (64, 64, Err(EmailViolation::BadDomain)),
    ] {
        let text = format!("{}@{}.org", "a".repeat(local), "d".repeat(label));
        assert_eq!(Email::parse(&text).map(drop), outcome);
    }
    let grows_when_lower_cased = format!("{}@example.org", "İ".repeat(32));
    assert_eq!(
        Email::parse(&grows_when_lower_cased),
        Err(EmailViolation::TooLong)
    );
}

#[test]
fn every_character_has_a_settled_canonical_form() {
    // No character above this range has another form: the rest are private use, tags and
    // variation selectors.
    for c in '\0'..='\u{2ffff}' {
        for text in [
            format!("{c}"),
            format!("{c}\u{301}"),
            format!("{c}\u{345}\u{307}"),
        ] {
            let key = canonical(&text);
            assert_eq!(canonical(&key), key, "{text:?}");
        }
    }
}

#[test]
fn no_accepted_character_is_invisible_or_another_spelling() {
    let accepted = ('\0'..=char::MAX).filter(|c| is_letter_or_digit(*c));
    let twins: Vec<u32> = accepted
        .filter(|c| {
            let key = canonical(&c.to_string());
            let other: String = key.nfkc().collect();
            key.chars().all(is_letter_or_digit) && nfc(&other) != key
        })
        .map(u32::from)
        .collect();
    assert!(twins.is_empty(), "{twins:x?}");
    for c in ['\u{ad}', '\u{3164}', '\u{e0100}', '\u{fb01}', '\u{1ee00}'] {
        assert!(characters::is_refused(c));
    }
    for c in ('\0'..='\u{7f}').chain(['é', 'ß', '中', 'あ', '한', 'й', '\u{301}', '\u{fffd}'])
    {
        assert!(!characters::is_refused(c), "{c}");
    }
}

#[test]
fn one_address_has_one_account_whatever_its_spelling_and_former_accounts_are_found() {
    for (text, former) in [
        ("ada@example.org", &[][..]),
        ("ADA@bücher.example", &["ada@xn--bcher-kva.example"]),
        ("x@xn--bcher-kva.example", &["x@xn--bcher-kva.example"]),
        ("ａda@example.org", &["ａda@example.org"]),
        (
            "ａ@bücher.example",
            &["ａ@bücher.example", "a@xn--bcher-kva.example"],
        ),
        ("x@xn--99999999.example", &[]),
        ("ada\u{3164}@example.org", &[]),
        ("nonsense", &[]),
    ] {
        let keys = Keys::of(text).unwrap();
        assert_eq!(keys.former(), former, "{text}");
    }
    assert_eq!(Keys::of(" "), None);
    assert_eq!(Keys::of(&"x".repeat(255)), None);
}

#[test]
fn a_label_is_as_long_as_the_dns_allows() {
    for (label, is_accepted) in [("書".repeat(30), true), ("書".repeat(70), false)] {
        let outcome = Email::parse(&format!("x@{label}.jp"));
        assert_eq!(outcome.is_ok(), is_accepted, "{outcome:?}");
    }
}

#[test]
fn search_text_is_canonical_and_may_be_no_address() {
    assert_eq!(search_prefix("  JOSE\u{301}"), "josé");
    assert_eq!(search_prefix("@"), "@");
    assert_eq!(search_prefix(" "), "");
}

fn part() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9À-ÖØ-Þà-öø-þΑ-ΡΣ-Ωα-ωА-я\u{300}-\u{308}一-三]{1,8}"
        .prop_map(|text| format!("x{text}"))
}

proptest! {
    #[test]
    fn a_key_is_its_own_key(local in part(), name in part(), top in "[a-zΣİ]{2,6}") {
        let email = Email::parse(&format!("{local}@{name}.{top}")).unwrap();
        let again = Email::parse(email.key()).unwrap();
        prop_assert_eq!(again.key(), email.key());
        prop_assert_eq!(again.as_typed(), email.key());
    }

    #[test]
    fn variants_in_case_and_composition_share_a_key(
        local in part(), name in part(), upper in any::<u64>(),
    ) {
        let text = format!("{local}@{name}.org");
        let email = Email::parse(&text).unwrap();
        let variant: String = text
            .nfd()
            .enumerate()
            .flat_map(|(i, c)| {
                let raised: Vec<char> = c.to_uppercase().collect();
                if upper >> (i % 64) & 1 == 1 { raised } else { vec![c] }
            })
            .collect();
        let variant = Email::parse(&variant).unwrap();
        prop_assert_eq!(variant.key(), email.key());
    }

    #[test]
    fn whatever_is_typed_never_panics(text in any::<String>()) {
        if let Ok(email) = Email::parse(&text) {
            let again = Email::parse(email.key()).unwrap();
            prop_assert_eq!(again.key(), email.key());
            prop_assert!(email.key().len() <= MAX_BYTES);
        }
    }
}
