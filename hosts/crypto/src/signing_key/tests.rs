use super::*;

use proptest::prelude::*;

use crate::algorithm;
use crate::jwk::UnverifiedJwk;
use crate::vectors::*;

const ASYMMETRIC: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

fn key(jwk: &str) -> SigningKey {
    UnverifiedJwk::parse(jwk).unwrap().signing_key().unwrap()
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn signs_as_the_standards_print_it() {
    for (jwk, input, signature) in [
        (ED25519_JWK, ED25519_INPUT, ED25519_SIGNATURE),
        (HS256_JWK, HS256_INPUT, HS256_SIGNATURE),
        (RS256_JWK, RS256_INPUT, RS256_SIGNATURE),
    ] {
        let key = key(jwk);
        let signed = key.sign(input.as_bytes()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(signed), signature, "{input}");
        assert!(
            key.verifying().verify(input.as_bytes(), &decode(signature)),
            "{input}"
        );
    }
}

#[test]
fn verifies_the_printed_es256_and_signs_in_its_form() {
    let key = key(ES256_JWK);
    assert!(
        key.verifying()
            .verify(ES256_INPUT.as_bytes(), &decode(ES256_SIGNATURE))
    );
    for _ in 0..20 {
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), 64);
        assert!(key.verifying().verify(b"message", &signature));
    }
}

#[test]
fn ids_are_thumbprints() {
    assert_eq!(key(ED25519_JWK).id(), ED25519_THUMBPRINT);
    let public = UnverifiedJwk::parse(RSA_THUMBPRINT_JWK)
        .unwrap()
        .public_key()
        .unwrap();
    assert_eq!(public.thumbprint(), RSA_THUMBPRINT);
}

#[test]
fn the_id_of_a_secret_is_no_plain_hash_of_it() {
    let secret = b"q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";
    let key = SigningKey::shared(secret).unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret);
    assert_eq!(key.id().len(), 43);
    assert_ne!(key.id(), URL_SAFE_NO_PAD.encode(hash));
    assert_eq!(key.id(), SigningKey::shared(secret).unwrap().id());
}

#[test]
fn secrets_are_as_long_as_the_digest() {
    assert!(matches!(
        SigningKey::shared(&[7; 31]),
        Err(KeyError::SecretTooShort)
    ));
    assert!(SigningKey::shared(&[7; 32]).is_ok());
    assert!(SigningKey::generate(Algorithm::Hs256).is_err());
}

#[test]
fn a_generated_key_survives_pkcs8() {
    for algorithm in ASYMMETRIC {
        let key = SigningKey::generate(algorithm).unwrap();
        let der = key.to_pkcs8().unwrap().unwrap();
        let copy = SigningKey::from_pkcs8(&der).unwrap();
        assert_eq!((copy.algorithm(), copy.id()), (algorithm, key.id()));
        assert_eq!(*copy.to_pkcs8().unwrap().unwrap(), *der);
        assert!(
            key.verifying()
                .verify(b"message", &copy.sign(b"message").unwrap())
        );
    }
}

#[test]
fn only_the_key_itself_verifies() {
    let mut keys: Vec<SigningKey> = ASYMMETRIC
        .into_iter()
        .chain(ASYMMETRIC)
        .map(|algorithm| SigningKey::generate(algorithm).unwrap())
        .collect();
    // HS256 with a public key as the secret, which anyone can make, must not verify for that key.
    let public = keys[0].verifying().to_jwk().unwrap().to_string();
    keys.push(SigningKey::shared(public.as_bytes()).unwrap());
    for (place, signer) in keys.iter().enumerate() {
        let signature = signer.sign(b"message").unwrap();
        for (other, verifier) in keys.iter().enumerate() {
            let verifies = verifier.verifying().verify(b"message", &signature);
            assert_eq!(verifies, place == other, "{place} by {other}");
        }
    }
}

#[test]
fn a_public_jwk_holds_nothing_secret() {
    for (algorithm, members) in [
        (Algorithm::EdDsa, "alg crv kid kty use x"),
        (Algorithm::Es256, "alg crv kid kty use x y"),
        (Algorithm::Rs256, "alg e kid kty n use"),
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        let jwk = key.verifying().to_jwk().unwrap();
        let mut names: Vec<&str> = jwk
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), members);
        assert_eq!(jwk["alg"], algorithm::name(algorithm));
        assert_eq!(jwk["kid"], key.id());
        assert_eq!(jwk["use"], "sig");
    }
    assert!(
        SigningKey::shared(&[7; 32])
            .unwrap()
            .verifying()
            .to_jwk()
            .is_none()
    );
}

#[test]
fn debug_output_tells_the_id_only() {
    let key = key(HS256_JWK);
    let id = key.id();
    assert_eq!(
        format!("{key:?}"),
        format!("SigningKey {{ id: {id:?}, .. }}")
    );
    assert_eq!(
        format!("{:?}", key.verifying()),
        format!("VerifyingKey {{ id: {id:?}, .. }}")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn one_flipped_bit_breaks_a_signature(
        message in prop::collection::vec(any::<u8>(), 1..64),
        bit in any::<prop::sample::Index>(),
    ) {
        for jwk in [ED25519_JWK, ES256_JWK, HS256_JWK, RS256_JWK] {
            let key = key(jwk);
            let signature = key.sign(&message).unwrap();
            prop_assert!(key.verifying().verify(&message, &signature));
            let flip = |bytes: &[u8]| {
                let bit = bit.index(bytes.len() * 8);
                let mut bytes = bytes.to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            };
            prop_assert!(!key.verifying().verify(&message, &flip(&signature)));
            prop_assert!(!key.verifying().verify(&flip(&message), &signature));
            prop_assert!(!key.verifying().verify(&message, &signature[1..]));
            prop_assert!(!key.verifying().verify(&message, &[]));
        }
    }
}
