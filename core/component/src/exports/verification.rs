//! Implements the export `verification`: checks access tokens.

use auth_rules::jose::UnverifiedToken;

use crate::Component;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::exports::countersign::auth::verification::{
    Claims, Expectation, Guest, Signature,
};
use crate::flows::authentication;
use crate::imports::convert;

impl Guest for Component {
    fn read_signature(token: String) -> Result<Signature, TokenError> {
        let token = UnverifiedToken::parse(&token).map_err(convert::token_error)?;
        Ok(Signature {
            key_id: token.key_id().to_owned(),
            message: token.signing_input().to_owned(),
            bytes: token.signature().to_vec(),
        })
    }

    fn verify(token: String, expected: Expectation) -> Result<Claims, TokenError> {
        authentication::verify(&token, &convert::expectation(&expected))
            .map(|token| convert::claims(token.into_claims()))
            .map_err(convert::token_error)
    }
}
