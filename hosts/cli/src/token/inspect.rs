//! `countersign token inspect`: prints the contents of a token, without any check.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Outcome;

/// The decoded parts of a token, unchecked.
#[derive(Serialize)]
struct UnverifiedToken {
    unverified_header: Value,
    unverified_claims: Value,
}

/// Prints header and claims as JSON, and a warning that nothing was checked.
pub fn run(token: &str) -> Outcome {
    let token = decode(token)?;
    writeln!(
        io::stderr(),
        "NOT VERIFIED: anybody can write such a token; `countersign token verify` checks one",
    )?;
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&token)?)?;
    Ok(())
}

/// Decodes the compact serialization of RFC 7515 §7.1. The signature is ignored.
fn decode(token: &str) -> Result<UnverifiedToken> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else {
        bail!(
            "not a token: it has {} parts between dots where a token has 3",
            parts.len()
        );
    };
    Ok(UnverifiedToken {
        unverified_header: decode_part(header).context("not a token: its header")?,
        unverified_claims: decode_part(claims).context("not a token: its claims")?,
    })
}

fn decode_part(part: &str) -> Result<Value> {
    let json = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|error| anyhow!("no base64url: {error}"))?;
    serde_json::from_slice(&json).context("no JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_header_and_claims() {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let token = format!("{}.{}.", part(r#"{"alg":"none"}"#), part(r#"{"sub":"a"}"#));
        let token = decode(&token).unwrap();
        assert_eq!(token.unverified_header["alg"], "none");
        assert_eq!(token.unverified_claims["sub"], "a");
    }

    #[test]
    fn says_what_is_no_token() {
        for (text, sentence) in [
            (
                "a.b",
                "not a token: it has 2 parts between dots where a token has 3",
            ),
            ("a*.b.c", "not a token: its header: no base64url: "),
            ("YQ.b.c", "not a token: its header: no JSON: "),
            ("e30.e30=.c", "not a token: its claims: no base64url: "),
        ] {
            let error = format!("{:#}", decode(text).map(|_| ()).expect_err("a refusal"));
            assert!(error.starts_with(sentence), "{error}");
        }
    }
}
