//! Issues the tokens of a session.

use auth_rules::access_token::{self, Claims};
use auth_rules::attempt::Target;
use auth_rules::opaque_token::{
    self, KnownDevice, PresentedRefresh, UnverifiedDevice, UnverifiedRefresh,
};

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::policy_source::{Deployment, Settings};
use crate::bindings::countersign::auth::session_store::Session;
use crate::bindings::countersign::auth::signer::{self, Purpose};
use crate::bindings::exports::countersign::auth::login::Tokens;
use crate::broken_contract;
use crate::imports::{convert, entropy};

const MILLIS_PER_DAY: u64 = 86_400_000;

/// Issues an access token and the refresh token of the session's current generation.
pub(crate) fn issue(
    account: &Account,
    session: &Session,
    settings: &Settings,
    deployment: &Deployment,
    now: u64,
) -> Tokens {
    Tokens {
        access_token: access_token(account, session, settings, deployment, now),
        access_seconds: settings.token.access_seconds,
        refresh_token: refresh_token(session),
        refresh_seconds: u32::try_from(seconds(session.expires_at.saturating_sub(now)))
            .unwrap_or(u32::MAX),
        session_id: session.id.clone(),
        device_token: None,
    }
}

fn access_token(
    account: &Account,
    session: &Session,
    settings: &Settings,
    deployment: &Deployment,
    now: u64,
) -> String {
    let issued_at = seconds(now);
    let claims = Claims {
        issuer: deployment.issuer.clone(),
        subject: account.id.clone(),
        audience: vec![deployment.audience.clone()],
        client_id: deployment.client_id.clone(),
        token_id: entropy::fresh_id(now),
        session_id: session.id.clone(),
        roles: account.roles.clone(),
        issued_at,
        expires_at: issued_at.saturating_add(u64::from(settings.token.access_seconds)),
        authenticated_at: seconds(session.authenticated_at),
        methods: session.methods.clone(),
    };
    let key = signer::active();
    let algorithm = convert::algorithm_to_rule(key.algorithm);
    let input = access_token::signing_input(&claims, &key.id, algorithm);
    let signature = signer::sign(&key.id, &input);
    access_token::encode(input, &signature)
}

/// The refresh token of the current generation. It is derived and not stored, so that a replay
/// within the grace period returns exactly the same successor.
fn refresh_token(session: &Session) -> String {
    let input = opaque_token::refresh_mac_input(&session.id, &session.seed, session.generation);
    let mac = signer::mac(Purpose::RefreshToken, &input);
    opaque_token::encode_refresh(&session.id, session.generation, &mac)
        .unwrap_or_else(|| broken_contract())
}

/// Verifies the code in a refresh token of this session.
pub(crate) fn verify_refresh(
    session: &Session,
    token: UnverifiedRefresh,
) -> Option<PresentedRefresh> {
    let generation = token.generation();
    let input = opaque_token::refresh_mac_input(&session.id, &session.seed, generation);
    token.verify(&signer::macs(Purpose::RefreshToken, &input))
}

/// Issues a token that marks a device as known to this account, until its session epoch ends.
/// `known` is the id of a device that logged in before, which keeps it.
pub(crate) fn device_token(
    account: &Account,
    known: Option<&[u8; 16]>,
    settings: &Settings,
    now: u64,
) -> String {
    let id = known.copied().unwrap_or_else(entropy::random);
    let days = u64::from(settings.session.device_days);
    let expires_at = now.saturating_add(days.saturating_mul(MILLIS_PER_DAY));
    let input = opaque_token::device_mac_input(&account.id, account.session_epoch, &id, expires_at);
    let mac = signer::mac(Purpose::DeviceToken, &input);
    opaque_token::encode_device(&id, expires_at, &mac).unwrap_or_else(|| broken_contract())
}

/// Returns the device of a token, if the token was made for this account in its session epoch and
/// has not expired. A decoy costs the same, and knows no device.
pub(crate) fn known_device(target: &Target, token: &str, now: u64) -> Option<KnownDevice> {
    let device = UnverifiedDevice::parse(token)?;
    let input = device.mac_input(&target.account_id, target.session_epoch);
    device.verify(&signer::macs(Purpose::DeviceToken, &input), now)
}

fn seconds(millis: u64) -> u64 {
    millis.checked_div(1000).unwrap_or_default()
}
