//! `countersign token verify`: checks a token with the component, as every verifier does.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Context;
use auth_composition::{compile_policy, policy_source, verifier};
use auth_crypto::{JwksKeyring, SystemClock};
use auth_runtime::{
    Allocation, Claims, Engine, Expectation, Limits, TokenError, Verifier, VerifierCapabilities,
};
use serde_json::{Value, json};

use crate::args::VerifyToken;
use crate::failure::{Failure, Outcome, unanswered};
use crate::timestamp;

/// Verifies the token, and prints the claims of a valid one.
pub fn run(arguments: &VerifyToken, token: &str) -> Outcome {
    let keyring = JwksKeyring::parse(&arguments.jwks.read()?)
        .with_context(|| format!("no keys from `{}`", arguments.jwks))?;
    let left_out = keyring.left_out().to_vec();
    let verifier = make_verifier(arguments, keyring)?;
    let expected = Expectation {
        issuer: arguments.issuer.clone(),
        audience: arguments.audience.clone(),
        leeway_seconds: arguments.leeway,
    };
    match verifier.verify(token, &expected).map_err(unanswered)? {
        Ok(claims) => accept(&claims, arguments.json),
        Err(error) => {
            if error == TokenError::UnknownKey {
                for reason in left_out {
                    writeln!(io::stderr(), "note: left out of the key set, {reason}")?;
                }
            }
            refuse(error, arguments.json)
        }
    }
}

fn make_verifier(arguments: &VerifyToken, keyring: JwksKeyring) -> Outcome<Verifier> {
    let engine = Engine::load(Allocation::OnDemand).map_err(unanswered)?;
    let capabilities = VerifierCapabilities {
        clock: Arc::new(SystemClock),
        keyring: Arc::new(keyring),
    };
    // Verification does not depend on a policy.
    let policy = compile_policy(&engine, None)?;
    let policy = policy_source(policy, &arguments.issuer, &arguments.audience);
    verifier(&engine, capabilities, policy, Limits::default()).map_err(unanswered)
}

fn accept(claims: &Claims, json: bool) -> Outcome {
    let mut output = io::stdout();
    if json {
        let answer = json!({ "valid": true, "claims": to_json(claims) });
        writeln!(output, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(());
    }
    writeln!(output, "valid")?;
    for (name, value) in [
        ("subject", claims.subject.as_str()),
        ("roles", &claims.roles.join(" ")),
        ("client", &claims.client_id),
        ("session", &claims.session_id),
        ("issued", &timestamp::format_seconds(claims.issued_at)),
        ("expires", &timestamp::format_seconds(claims.expires_at)),
        (
            "proved",
            &timestamp::format_seconds(claims.authenticated_at),
        ),
        ("by", &claims.methods.join(" ")),
    ] {
        writeln!(output, "  {name:8} {value}")?;
    }
    Ok(())
}

/// The claims as JSON, under the names that they have in the token (RFC 9068 §2.2).
fn to_json(claims: &Claims) -> Value {
    json!({
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "client_id": claims.client_id,
        "jti": claims.token_id,
        "sid": claims.session_id,
        "roles": claims.roles,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "auth_time": claims.authenticated_at,
        "amr": claims.methods,
    })
}

fn refuse(error: TokenError, json: bool) -> Outcome {
    let reason = error.name();
    if json {
        let answer = json!({ "valid": false, "reason": reason });
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&answer)?)?;
    }
    Err(Failure::Refused(format!("the token is refused: {reason}")))
}
