//! Implements the export `login`.

use auth_rules::attempt::{AttemptFacts, Target};
use auth_rules::email::Keys;
use auth_rules::opaque_token::KnownDevice;
use auth_rules::password::Candidate;
use auth_rules::{hash_policy, source};

use crate::Component;
use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::clock;
use crate::bindings::countersign::auth::password_hasher::Claimant;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::types::AccountStatus;
use crate::bindings::exports::countersign::auth::login::{
    Attempt as Request, Guest, LoginError, Tokens,
};
use crate::flows::factors::password;
use crate::flows::issue_session::issue_session;
use crate::flows::{accounts, tokens};
use crate::imports::{audit, convert, hashing};

/// The value of `amr` for a password (RFC 8176 §2), the only method of authentication so far.
const PASSWORD_METHOD: &str = "pwd";

impl Guest for Component {
    fn login(request: Request) -> Result<Tokens, LoginError> {
        let settings = policy_source::read_settings();
        let now = clock::now();
        let keys = Keys::of(&request.email);
        let account = keys.as_ref().and_then(accounts::find_by_address);
        // The decoy is made for each address, so that an account shows in no work.
        let decoy = Target::decoy(keys.as_ref().map_or(&request.email, Keys::key));
        let target = account.as_ref().map_or(decoy, accounts::target);
        let device_token = request.device_token.as_deref();
        let device = device_token.and_then(|token| tokens::known_device(&target, token, now));
        let device_id = device.as_ref().map(KnownDevice::id);
        let source = source::group(&request.source);
        admit(device.is_some(), &source)?;
        let offered = Candidate::parse(&request.password);

        let facts = AttemptFacts {
            target: &target,
            source: &source,
            device: device_id.as_deref(),
        };
        let proved = password::prove(offered.as_ref(), account.as_ref(), facts, &settings, now)
            .map_err(|retry_after| LoginError::Throttled(retry_after.0))?;
        let (Some(account), Some(offered), Some(proved)) = (account, &offered, proved) else {
            return Err(LoginError::InvalidCredentials);
        };
        if account.status == AccountStatus::Disabled {
            return Err(LoginError::AccountDisabled);
        }

        let new = request.new_password.as_deref();
        let account = settle_password(account, offered, proved.spelling, new, &settings, now)?;
        let methods = vec![PASSWORD_METHOD.to_owned()];
        let session = issue_session(&account, methods, &request.user_agent, &settings, now);
        proved.known_source.remember(&target, &source, now);
        let deployment = policy_source::read_deployment();
        let known = device.as_ref().map(KnownDevice::bytes);
        let device_token = tokens::device_token(&account, known, &settings, now);
        let issued = tokens::issue(&account, &session, &settings, &deployment, now);
        Ok(Tokens {
            device_token: Some(device_token),
            ..issued
        })
    }
}

/// Takes a place to hash. Only a device that was verified for the account is a known one.
fn admit(is_known_device: bool, source: &str) -> Result<(), LoginError> {
    let claimant = if is_known_device {
        Claimant::KnownDevice
    } else {
        Claimant::Stranger
    };
    hashing::admit(claimant, source).map_err(|_| LoginError::Busy)
}

/// Replaces an initial password, or a hash that is weaker than the policy demands.
fn settle_password(
    account: Account,
    offered: &Candidate,
    spelling: &str,
    new: Option<&str>,
    settings: &Settings,
    now: u64,
) -> Result<Account, LoginError> {
    match (account.initial_until, new) {
        (Some(until), _) if now >= until => Err(LoginError::InitialPasswordExpired),
        (Some(_), None) => Err(LoginError::ReplacementRequired),
        (Some(_), Some(new)) => replace_initial_password(account, offered, new, settings, now),
        (None, Some(_)) => Err(LoginError::NotInitial),
        (None, None) => Ok(upgrade_hash(account, offered, spelling, settings, now)),
    }
}

fn replace_initial_password(
    account: Account,
    proved: &Candidate,
    new: &str,
    settings: &Settings,
    now: u64,
) -> Result<Account, LoginError> {
    let new = password::parse_replacement(new, Some(proved), &account, settings)
        .map_err(LoginError::WeakPassword)?;
    let password_hash = hashing::hash(&new, settings.hashing);
    let changed = commit_first_password(account, &password_hash, now)?;
    audit::note(EventKind::PasswordChanged, Some(&changed.id), None);
    Ok(changed)
}

fn commit_first_password(
    proved: Account,
    password_hash: &str,
    now: u64,
) -> Result<Account, LoginError> {
    let mut account = proved.clone();
    loop {
        let changed = Account {
            password_hash: password_hash.to_owned(),
            initial_until: None,
            ..account.clone()
        };
        if let Ok(changed) = accounts::replace(&account, changed, now) {
            return Ok(changed);
        }
        // If the password was replaced since, the one that was proved is no longer the account's.
        account = accounts::find_unchanged(&proved).ok_or(LoginError::InvalidCredentials)?;
        if account.status == AccountStatus::Disabled {
            return Err(LoginError::AccountDisabled);
        }
    }
}

fn upgrade_hash(
    account: Account,
    offered: &Candidate,
    spelling: &str,
    settings: &Settings,
    now: u64,
) -> Account {
    let wanted = convert::hash_scheme_to_rule(settings.hashing);
    let is_normal = spelling == offered.as_str();
    let stored = &account.password_hash;
    if !hash_policy::is_to_be_replaced(stored, spelling, is_normal, &wanted) {
        return account;
    }
    let changed = Account {
        password_hash: hashing::hash_text(offered.as_str(), settings.hashing),
        ..account.clone()
    };
    // Another write to the account is no reason to refuse the login: the next login upgrades the
    // hash.
    accounts::replace(&account, changed, now).unwrap_or(account)
}
