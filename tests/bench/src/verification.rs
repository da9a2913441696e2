//! Verification of access tokens: aws-lc-rs and serde_json alone, a fresh instance for each token, and
//! a reused one.

use std::hint::black_box;

use anyhow::{Context, Result};
use auth_runtime::{Algorithm, Verifier};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::measure::interleaved;
use crate::report::report;
use crate::verifier::{Key, expectation, verifier};

/// How many verifications a batch has.
const CALLS: u32 = 100;

pub fn run() -> Result<()> {
    let ed_dsa: &'static dyn VerificationAlgorithm = &signature::ED25519;
    let es256: &'static dyn VerificationAlgorithm = &signature::ECDSA_P256_SHA256_FIXED;
    compare("EdDSA", Algorithm::EdDsa, ed_dsa)?;
    compare("ES256", Algorithm::Es256, es256)
}

fn compare(
    name: &str,
    algorithm: Algorithm,
    native: &'static dyn VerificationAlgorithm,
) -> Result<()> {
    let key = Key::generate(algorithm)?;
    let token = key.token()?;
    let parsed = ParsedPublicKey::new(native, public_bytes(&key)?)?;
    let verifier = verifier(&key, "")?;
    let [native, fresh, reused] = medians(&parsed, &verifier, &token)?;
    report(&format!("{name} native"), &format!("{native:.1} µs"), "");
    let ratio = |time: f64| format!("{time:.1} µs = {:.2}x", time / native);
    report(
        &format!("{name} fresh instance"),
        &ratio(fresh),
        "at most 1.6x",
    );
    report(
        &format!("{name} reused instance"),
        &ratio(reused),
        "at most 1.1x",
    );
    Ok(())
}

fn medians(key: &ParsedPublicKey, verifier: &Verifier, token: &str) -> Result<[f64; 3]> {
    let expected = expectation();
    let mut kept = verifier.instance()?;
    Ok(interleaved(
        CALLS,
        [
            &mut || _ = black_box(verify_natively(key, token).expect("the token is good")),
            &mut || {
                let fresh = verifier.instance().expect("an instance");
                let answer = { fresh }.verify(token, &expected).expect("an answer");
                black_box(answer.expect("the token is good"));
            },
            &mut || {
                let answer = kept.verify(token, &expected).expect("an answer");
                black_box(answer.expect("the token is good"));
            },
        ],
    ))
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read, as any verifier would")]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read, as any verifier would")]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    jti: String,
    sid: String,
    roles: Vec<String>,
    iat: u64,
    exp: u64,
    auth_time: u64,
    amr: Vec<String>,
}

/// The least that any verifier does: the signature and the JSON, without a check of a claim.
fn verify_natively(key: &ParsedPublicKey, token: &str) -> Result<Claims> {
    let (input, signature) = token.rsplit_once('.').context("no signature")?;
    let (header, claims) = input.split_once('.').context("no claims")?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
    black_box(header);
    key.verify_sig(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?)
}

/// The public key in the form of aws-lc-rs, which is an uncompressed point for P-256.
fn public_bytes(key: &Key) -> Result<Vec<u8>> {
    let coordinate = |name: &str| {
        key.jwk[name]
            .as_str()
            .map(|text| URL_SAFE_NO_PAD.decode(text))
    };
    let x = coordinate("x").context("a key without x")??;
    match coordinate("y") {
        Some(y) => Ok([vec![4], x, y?].concat()),
        None => Ok(x),
    }
}
