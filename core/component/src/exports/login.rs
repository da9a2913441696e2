//! Export `login`.

use auth_rules::email::Email;
use auth_rules::opaque_token::KnownDevice;
use auth_rules::password::Candidate;
use auth_rules::throttle::Subject;
use auth_rules::{hash_policy, session, source};

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::{self, Settings};
use crate::bindings::countersign::auth::session_store::{self, Session};
use crate::bindings::countersign::auth::types::AccountStatus;
use crate::bindings::countersign::auth::{clock, password_hasher};
use crate::bindings::exports::countersign::auth::login::{
    Attempt as Request, Guest, LoginError, Tokens,
};
use crate::exports::password::parse_replacement;
use crate::flows::{accounts, attempts, tokens};
use crate::imports::{audit, convert, entropy, hashing};

/// RFC 8176 §2: the only way of authentication so far.
const PASSWORD_METHOD: &str = "pwd";
/// More sessions than any policy lets an account have.
const MAX_SESSIONS: u32 = 256;

impl Guest for Component {
    fn login(request: Request) -> Result<Tokens, LoginError> {
        password_hasher::admit().map_err(|_| LoginError::Busy)?;
        let settings = policy_source::read_settings();
        let now = clock::now();
        let email = Email::parse(&request.email).ok();
        let account = email
            .as_ref()
            .and_then(|email| account_store::find_by_email(email.key()));
        let device = find_device(account.as_ref(), request.device_token.as_deref(), now);

        let attempt = begin_attempt(&request, email.as_ref(), account.as_ref(), &device, now)?;
        let account = prove_password(&request.password, account, attempt, &settings)?;
        if account.status == AccountStatus::Disabled {
            return Err(LoginError::AccountDisabled);
        }
        let account = settle_password(&request, account, &settings, now)?;

        let session = start_session(&account, &request.user_agent, &settings, now);
        audit::note(
            EventKind::LoginSucceeded,
            Some(&account.id),
            Some(&session.id),
        );
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

fn find_device(account: Option<&Account>, token: Option<&str>, now: u64) -> Option<KnownDevice> {
    tokens::known_device(account?, token?, now)
}

/// An attempt at an unknown address counts just as at a known one.
fn begin_attempt(
    request: &Request,
    email: Option<&Email>,
    account: Option<&Account>,
    device: &Option<KnownDevice>,
    now: u64,
) -> Result<attempts::Attempt, LoginError> {
    let device = device.as_ref().map(KnownDevice::id);
    let subject = Subject {
        email_key: email.map_or(request.email.as_str(), Email::key),
        throttle_epoch: account.map_or(0, |account| account.throttle_epoch),
        source: &source::group(&request.source),
        device: device.as_deref(),
    };
    let throttle = convert::throttle_to_rule(&policy_source::read_settings().throttle);
    let id = account.map(|account| account.id.as_str());
    attempts::begin(&subject, id, throttle, now).map_err(throttled)
}

/// One hash, whoever asks: an unknown account has a decoy of the policy's scheme and cost.
fn prove_password(
    password: &str,
    account: Option<Account>,
    attempt: attempts::Attempt,
    settings: &Settings,
) -> Result<Account, LoginError> {
    let candidate = Candidate::parse(password);
    let decoy = hash_policy::decoy(&convert::hash_scheme_to_rule(settings.hashing));
    let stored = account
        .as_ref()
        .map_or(decoy.as_str(), |account| &account.password_hash);
    let is_right = hashing::verify(candidate.as_ref(), stored);
    let proved = account.filter(|_| is_right);
    attempt
        .conclude(proved.is_some(), clock::now())
        .map_err(throttled)?;
    proved.ok_or(LoginError::InvalidCredentials)
}

fn throttled(retry_after: attempts::RetryAfter) -> LoginError {
    LoginError::Throttled(retry_after.0)
}

/// Replaces what must not stay: an initial password, or a hash weaker than the policy's.
fn settle_password(
    request: &Request,
    account: Account,
    settings: &Settings,
    now: u64,
) -> Result<Account, LoginError> {
    match account.initial_until {
        Some(until) if now >= until => Err(LoginError::InitialPasswordExpired),
        Some(_) => replace_initial_password(request, account, settings, now),
        None if request.new_password.is_some() => Err(LoginError::NotInitial),
        None => Ok(upgrade_hash(request, account, settings, now)),
    }
}

fn replace_initial_password(
    request: &Request,
    account: Account,
    settings: &Settings,
    now: u64,
) -> Result<Account, LoginError> {
    let new = request
        .new_password
        .as_deref()
        .ok_or(LoginError::ReplacementRequired)?;
    let new = parse_replacement(new, &request.password, &account, settings)
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
        // Whoever lost against another replacement offered a password that is no more.
        account = accounts::find_unchanged(&proved).ok_or(LoginError::InvalidCredentials)?;
        if account.status == AccountStatus::Disabled {
            return Err(LoginError::AccountDisabled);
        }
    }
}

fn upgrade_hash(request: &Request, account: Account, settings: &Settings, now: u64) -> Account {
    let wanted = convert::hash_scheme_to_rule(settings.hashing);
    let candidate = Candidate::parse(&request.password);
    let Some(candidate) =
        candidate.filter(|_| hash_policy::needs_upgrade(&account.password_hash, &wanted))
    else {
        return account;
    };
    let changed = Account {
        password_hash: hashing::hash_text(candidate.as_str(), settings.hashing),
        ..account.clone()
    };
    // Somebody else's write to the account is no reason to refuse a login: the next one upgrades.
    accounts::replace(&account, changed, now).unwrap_or(account)
}

fn start_session(account: &Account, user_agent: &str, settings: &Settings, now: u64) -> Session {
    let rule = convert::session_settings_to_rule(&settings.session);
    let started = session::start(
        session::Start {
            id: entropy::fresh_id(now),
            account_id: account.id.clone(),
            epoch: account.session_epoch,
            seed: entropy::random::<16>().to_vec(),
            methods: vec![PASSWORD_METHOD.to_owned()],
            user_agent,
            now,
        },
        &rule,
    );
    let session = convert::session_to_wit(started);
    session_store::insert(&session);
    end_excess(account, &session.id, settings, now);
    session
}

/// Ends the oldest sessions beyond the policy's number.
fn end_excess(account: &Account, newest_id: &str, settings: &Settings, now: u64) {
    let mut sessions: Vec<_> = session_store::list_by_account(&account.id, None, MAX_SESSIONS)
        .into_iter()
        .map(convert::session_to_rule)
        .collect();
    // Ids sort by the clock, and that may have stepped back: a login must not end its own session.
    sessions.sort_by_key(|session| session.id == newest_id);
    let rule = convert::session_settings_to_rule(&settings.session);
    for id in session::excess(&sessions, accounts::facts(account), &rule, now) {
        session_store::remove(&id);
        audit::note(EventKind::SessionEnded, Some(&account.id), Some(&id));
    }
}
