//! Starts a session for an account whose owner has just been authenticated.

use auth_rules::session;

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::policy_source::Settings;
use crate::bindings::countersign::auth::session_store::{self, Session};
use crate::flows::accounts;
use crate::imports::{audit, convert, entropy};

/// Starts and stores a session, and ends the oldest sessions beyond the number that the policy
/// allows. `methods` says how the user was authenticated (RFC 8176).
pub(crate) fn issue_session(
    account: &Account,
    methods: Vec<String>,
    user_agent: &str,
    settings: &Settings,
    now: u64,
) -> Session {
    let rule = convert::session_settings_to_rule(&settings.session);
    let lifetime = session::start(&rule, now);
    let session = Session {
        id: entropy::fresh_id(now),
        account_id: account.id.clone(),
        epoch: account.session_epoch,
        seed: entropy::random::<16>().to_vec(),
        generation: 1,
        rotated_at: now,
        rotated_by: None,
        authenticated_at: now,
        methods,
        user_agent: session::displayable(user_agent),
        created_at: now,
        last_used_at: now,
        expires_at: lifetime.expires_at,
        absolute_expires_at: lifetime.absolute_expires_at,
        version: 1,
    };
    session_store::insert(&session);
    end_excess(account, &session.id, &rule, now);
    let (account_id, id) = (Some(account.id.as_str()), Some(session.id.as_str()));
    audit::note(EventKind::LoginSucceeded, account_id, id);
    session
}

fn end_excess(
    account: &Account,
    newest_id: &str,
    settings: &auth_rules::settings::Session,
    now: u64,
) {
    let stored = session_store::list_by_account(&account.id, None, session::MAX_PER_ACCOUNT);
    // Ids sort by the clock, which may have stepped back: a login must not end its own session.
    let (newest, mut facts): (Vec<_>, Vec<_>) = stored
        .iter()
        .map(convert::session_facts)
        .partition(|session| session.id == newest_id);
    facts.extend(newest);
    for id in session::excess(&facts, accounts::facts(account), settings, now) {
        session_store::remove(id);
        audit::note(EventKind::SessionEnded, Some(&account.id), Some(id));
    }
}
