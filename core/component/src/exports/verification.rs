//! Implements the export `verification`: checks access tokens.

use crate::Component;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::exports::countersign::auth::verification::{Claims, Expectation, Guest};
use crate::flows::authentication;
use crate::imports::convert;

impl Guest for Component {
    fn verify(token: String, expected: Expectation) -> Result<Claims, TokenError> {
        authentication::verify(&token, &convert::expectation(&expected))
            .map(|token| convert::claims(token.into_claims()))
            .map_err(convert::token_error)
    }
}
