use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const MAC: [u8; 32] = [7; 32];

fn refresh(generation: u64) -> String {
    encode_refresh(SESSION, generation, &MAC).unwrap()
}

#[test]
fn a_refresh_token_says_its_session_and_generation() {
    let unverified = UnverifiedRefresh::parse(&refresh(3)).unwrap();
    assert_eq!(
        (unverified.session_id(), unverified.generation()),
        (SESSION, 3)
    );
    let presented = unverified.verify(&[MAC.to_vec()]).unwrap();
    assert_eq!(
        (presented.session_id(), presented.generation()),
        (SESSION, 3)
    );
}

#[test]
fn a_wrong_code_is_refused_whatever_its_length() {
    for code in [&[8; 32][..], &[7; 31], &[7; 33], &[]] {
        assert!(
            UnverifiedRefresh::parse(&refresh(1))
                .unwrap()
                .verify(&[code.to_vec()])
                .is_none()
        );
        assert!(encode_refresh(SESSION, 1, code).is_none() || code.len() == 32);
    }
}

#[test]
fn a_code_of_any_secret_that_may_verify_is_right() {
    let verify = |codes: &[Vec<u8>]| UnverifiedRefresh::parse(&refresh(1))?.verify(codes);
    assert!(verify(&[vec![8; 32], MAC.to_vec()]).is_some());
    assert!(verify(&[MAC.to_vec(), vec![8; 32]]).is_some());
    assert!(verify(&[vec![8; 32], vec![9; 32]]).is_none());
    assert!(verify(&[]).is_none());
}

#[test]
fn only_a_uuid_has_refresh_tokens() {
    for id in [
        "",
        "x",
        "01890a5d-ac96-774b-bcce-b302099a805",
        "../../../etc/passwd",
    ] {
        assert!(encode_refresh(id, 1, &MAC).is_none(), "{id}");
    }
}

#[test]
fn what_is_not_exactly_a_token_is_refused() {
    let token = refresh(1);
    let body = token.strip_prefix("csr_").unwrap();
    // The last character holds four unused bits.
    let loose_bits = format!("csr_{}d", &body[..74]);
    assert_ne!(loose_bits, token);
    for text in [
        "",
        "csr_",
        body,
        &format!("csd_{body}"),
        &format!("CSR_{body}"),
        &format!(" {token}"),
        &format!("{token}\n"),
        &format!("{token}="),
        &format!("{token}AAAA"),
        &token[..token.len() - 1],
        &format!("csr_+{}", &body[1..]),
        &format!("csr_é{}", &body[2..]),
        &loose_bits,
        &"a".repeat(1 << 20),
    ] {
        assert!(UnverifiedRefresh::parse(text).is_none(), "{text:.90}");
    }
}

#[test]
fn a_device_is_known_until_its_token_expires() {
    let token = encode_device(&[9; 16], 1000, &MAC).unwrap();
    let at = |now| {
        UnverifiedDevice::parse(&token)
            .unwrap()
            .verify(&[MAC.to_vec()], now)
    };
    assert_eq!(at(0).unwrap().id(), "CQkJCQkJCQkJCQkJCQkJCQ");
    assert!(at(999).is_some());
    assert!(at(1000).is_none());
    assert!(
        UnverifiedDevice::parse(&token)
            .unwrap()
            .verify(&[vec![8; 32]], 0)
            .is_none()
    );
    assert!(UnverifiedRefresh::parse(&token).is_none());
}

#[test]
fn a_device_is_known_to_one_account_in_one_epoch_only() {
    let token = encode_device(&[9; 16], 1000, &MAC).unwrap();
    let device = UnverifiedDevice::parse(&token).unwrap();
    assert_eq!(
        device.mac_input("a", 2),
        device_mac_input("a", 2, &[9; 16], 1000)
    );
    assert_ne!(device.mac_input("a", 2), device.mac_input("b", 2));
    assert_ne!(device.mac_input("a", 2), device.mac_input("a", 3));
}

#[test]
fn no_two_tokens_share_what_their_code_is_computed_over() {
    let mut inputs = BTreeSet::new();
    for (id, seed, generation) in [
        ("a", "bc", 1),
        ("ab", "c", 1),
        ("abc", "", 1),
        ("", "abc", 1),
        ("a", "bc", 2),
    ] {
        assert!(inputs.insert(refresh_mac_input(id, seed.as_bytes(), generation)));
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_parsed(id: [u8; 16], number: u64, mac: [u8; 32]) {
        let session_id = Uuid::from_bytes(id).hyphenated().to_string();
        let text = encode_refresh(&session_id, number, &mac).unwrap();
        let presented = UnverifiedRefresh::parse(&text).unwrap().verify(&[mac.to_vec()]).unwrap();
        prop_assert_eq!(presented, PresentedRefresh { session_id, generation: number });

        let text = encode_device(&id, number, &mac).unwrap();
        let device = UnverifiedDevice::parse(&text).unwrap();
        prop_assert_eq!((device.id, device.expires_at, device.mac), (id, number, mac));
    }

    #[test]
    fn a_changed_byte_is_noticed(at in 0_usize..79, byte in 0x20_u8..0x7f) {
        let token = refresh(1);
        let mut bytes = token.clone().into_bytes();
        bytes[at] = byte;
        let text = String::from_utf8(bytes).unwrap();
        prop_assume!(text != token);
        // The host computes the code over what the changed token says.
        let same = UnverifiedRefresh::parse(&text).is_some_and(|changed| {
            (changed.session_id(), changed.generation()) == (SESSION, 1)
                && changed.verify(&[MAC.to_vec()]).is_some()
        });
        prop_assert!(!same);
    }

    #[test]
    fn arbitrary_text_never_panics(text: String, body in "[A-Za-z0-9_-]{70,80}") {
        let _ = UnverifiedRefresh::parse(&text);
        let _ = UnverifiedDevice::parse(&text);
        let _ = UnverifiedRefresh::parse(&format!("csr_{body}"));
        let _ = UnverifiedDevice::parse(&format!("csd_{text}"));
    }
}
