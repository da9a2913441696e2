//! Export `verification`.

use auth_rules::access_token;

use crate::Component;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::exports::countersign::auth::verification::{Claims, Expectation, Guest};
use crate::flows::authentication;
use crate::imports::convert;

impl Guest for Component {
    fn verify(token: String, expected: Expectation) -> Result<Claims, TokenError> {
        authentication::verify(&token, &expectation(&expected))
            .map(|token| convert::claims(token.into_claims()))
            .map_err(convert::token_error)
    }
}

/// The expectation as the rule takes it.
pub(crate) fn expectation(expected: &Expectation) -> access_token::Expectation<'_> {
    access_token::Expectation {
        issuer: &expected.issuer,
        audience: &expected.audience,
        leeway_seconds: expected.leeway_seconds,
    }
}
