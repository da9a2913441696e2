//! Authentication: from an access token to a live session and its account.

use auth_rules::access_token::{Expectation, VerifiedToken};
use auth_rules::jose::{self, UnverifiedToken};
use auth_rules::session;

use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::session_store;
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::countersign::auth::{clock, keyring};
use crate::flows::accounts;
use crate::imports::convert;

/// The user behind an access token whose session is alive.
pub(crate) struct Bearer {
    pub(crate) account: Account,
    pub(crate) session_id: String,
    pub(crate) session_created_at: u64,
}

/// Checks a token as a verifier does. Reads only the clock and the keyring.
pub(crate) fn verify(
    token: &str,
    expected: &Expectation<'_>,
) -> Result<VerifiedToken, jose::TokenError> {
    let token = UnverifiedToken::parse(token)?;
    let algorithm = keyring::find(token.key_id()).map(convert::algorithm_to_rule);
    let token = token.bind(algorithm)?;
    let signature_is_right =
        keyring::verify(token.key_id(), token.signing_input(), token.signature());
    token.conclude(signature_is_right, expected, clock::now())
}

/// Checks a token that this service issued, and checks that its session has not ended.
pub(crate) fn authenticate(token: &str, settings: &Settings) -> Result<Bearer, TokenError> {
    let claims = verify_own(token, settings)?.into_claims();
    find_live(&claims.session_id, &claims.subject)
}

/// Reads a session and its account, and checks that the session has not ended.
pub(crate) fn find_live(session_id: &str, account_id: &str) -> Result<Bearer, TokenError> {
    let session = session_store::find(session_id).ok_or(TokenError::Revoked)?;
    let account = account_store::find(account_id).ok_or(TokenError::Revoked)?;
    let is_its_session = session.account_id == account.id;
    let facts = convert::session_facts(&session);
    if !is_its_session || !session::is_live(facts, accounts::facts(&account), clock::now()) {
        return Err(TokenError::Revoked);
    }
    Ok(Bearer {
        account,
        session_id: session.id,
        session_created_at: session.created_at,
    })
}

/// Checks a token that this service issued, without a look at its session.
pub(crate) fn verify_own(token: &str, settings: &Settings) -> Result<VerifiedToken, TokenError> {
    let deployment = policy_source::read_deployment();
    let expected = Expectation {
        issuer: &deployment.issuer,
        audience: &deployment.audience,
        leeway_seconds: settings.token.leeway_seconds,
    };
    verify(token, &expected).map_err(convert::token_error)
}
