//! Implements the export `sessions`: refresh, logout, list and revocation.

use auth_rules::client_mark::{self, ClientMark};
use auth_rules::opaque_token::{PresentedRefresh, UnverifiedRefresh};
use auth_rules::session::{self, AccountFacts, Refresh, Rotation};
use auth_rules::source;

use crate::Component;
use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::session_store::{self, ClientMark as StoredMark, Session};
use crate::bindings::countersign::auth::types::TokenError;
use crate::bindings::countersign::auth::{clock, policy_source};
use crate::bindings::exports::countersign::auth::login::Tokens;
use crate::bindings::exports::countersign::auth::sessions::{
    Credential, Guest, RefreshError, RefreshRequest, RevokeError, SessionView,
};
use crate::flows::{accounts, authentication, tokens};
use crate::imports::{audit, convert};

impl Guest for Component {
    fn refresh(request: RefreshRequest) -> Result<Tokens, RefreshError> {
        loop {
            if let Some(outcome) = try_refresh(&request) {
                return outcome;
            }
        }
    }

    fn logout(credential: Credential) -> Result<(), TokenError> {
        let session = match credential {
            Credential::AccessToken(token) => {
                let settings = policy_source::read_settings();
                let claims = authentication::verify_own(&token, &settings)?.into_claims();
                session_store::find(&claims.session_id)
            }
            Credential::RefreshToken(token) => UnverifiedRefresh::parse(&token)
                .and_then(|token| find_presented(token).map(|it| it.0)),
        };
        if let Some(session) = session {
            end(&session);
        }
        Ok(())
    }

    fn list(token: String) -> Result<Vec<SessionView>, TokenError> {
        let bearer = authentication::authenticate(&token, &policy_source::read_settings())?;
        let facts = accounts::facts(&bearer.account);
        let now = clock::now();
        let account_id = &bearer.account.id;
        let sessions = session_store::list_by_account(account_id, None, session::MAX_PER_ACCOUNT);
        Ok(sessions
            .into_iter()
            .filter(|session| session::is_live(convert::session_facts(session), facts, now))
            .map(|session| view(session, &bearer.session_id))
            .collect())
    }

    fn revoke(token: String, session_id: String) -> Result<Result<(), RevokeError>, TokenError> {
        let bearer = authentication::authenticate(&token, &policy_source::read_settings())?;
        let session = session_store::find(&session_id)
            .filter(|session| session.account_id == bearer.account.id);
        Ok(session
            .map(|session| end(&session))
            .ok_or(RevokeError::NotFound))
    }
}

/// Tries a refresh once. Returns `None` when another flow wrote the session first.
fn try_refresh(request: &RefreshRequest) -> Option<Result<Tokens, RefreshError>> {
    let presented = UnverifiedRefresh::parse(&request.refresh_token).and_then(find_presented);
    let Some((session, presented)) = presented else {
        return Some(Err(RefreshError::Invalid));
    };
    let account = account_store::find(&session.account_id);
    let settings = policy_source::read_settings();
    let now = clock::now();

    let facts = account.as_ref().map_or(GONE, accounts::facts);
    let rule = convert::session_settings_to_rule(&settings.session);
    let mark = mark(&session, request);
    let client = ClientMark {
        client: &mark.client,
        idempotency_key: mark.idempotency_key.as_deref(),
    };
    let stored = convert::session_facts(&session);
    let judged = session::refresh(stored, &presented, client, facts, &rule, now);
    let current = match judged {
        Refresh::Rotate(rotation) => rotate(session, rotation, mark)?,
        Refresh::Replay => {
            note(EventKind::RefreshReplayed, &session);
            session
        }
        Refresh::ReplayRefused => {
            return Some(end_reused(&session, EventKind::RefreshReplayRefused));
        }
        Refresh::Reused => return Some(end_reused(&session, EventKind::RefreshReused)),
        Refresh::Over => return Some(Err(RefreshError::Invalid)),
    };
    let account: Account = account?;
    let deployment = policy_source::read_deployment();
    Some(Ok(tokens::issue(
        &account,
        &current,
        &settings,
        &deployment,
        now,
    )))
}

/// What the session keeps of the client that made this request.
fn mark(session: &Session, request: &RefreshRequest) -> StoredMark {
    let source = source::group(&request.source);
    let client = client_mark::client_digest(&session.seed, &source, &request.user_agent);
    let key = request.idempotency_key.as_deref();
    StoredMark {
        client: client.to_vec(),
        idempotency_key: key.map(|key| client_mark::key_digest(key).to_vec()),
    }
}

/// Writes the next generation of the session. Returns `None` when another flow wrote it first.
fn rotate(session: Session, rotation: Rotation, client: StoredMark) -> Option<Session> {
    let replaces = session.version;
    let next = Session {
        generation: rotation.generation,
        rotated_at: rotation.rotated_at,
        rotated_by: Some(client),
        last_used_at: rotation.rotated_at,
        expires_at: rotation.expires_at,
        version: accounts::next(replaces),
        ..session
    };
    session_store::replace(&next, replaces).ok()?;
    Some(next)
}

/// The facts for a session whose account no longer exists.
const GONE: AccountFacts<'_> = AccountFacts {
    active: false,
    epoch: 0,
    survivor: None,
};

/// Finds the session of a refresh token and verifies the token's code.
fn find_presented(token: UnverifiedRefresh) -> Option<(Session, PresentedRefresh)> {
    let session = session_store::find(token.session_id())?;
    let presented = tokens::verify_refresh(&session, token)?;
    Some((session, presented))
}

/// Ends a session whose refresh token was used twice.
fn end_reused(session: &Session, kind: EventKind) -> Result<Tokens, RefreshError> {
    session_store::remove(&session.id);
    note(kind, session);
    Err(RefreshError::Reused)
}

fn end(session: &Session) {
    session_store::remove(&session.id);
    note(EventKind::SessionEnded, session);
}

fn note(kind: EventKind, session: &Session) {
    audit::note(kind, Some(&session.account_id), Some(&session.id));
}

fn view(session: Session, current_id: &str) -> SessionView {
    let facts = convert::session_facts(&session);
    let (last_used_at, expires_at) = session::shown_times(facts, session.last_used_at);
    SessionView {
        current: session.id == current_id,
        id: session.id,
        created_at: session.created_at,
        last_used_at,
        expires_at,
        user_agent: session.user_agent,
    }
}
