//! Records for tests: every field has a value, and the values are made up.

use auth_runtime::{
    Account, AccountOrigin, AccountStatus, ClientMark, Code, CodePurpose, CodeState, Counter,
    Session,
};

/// A new account with this id and this address in its folded form.
#[must_use]
pub fn account(id: &str, email_key: &str) -> Account {
    Account {
        id: id.to_owned(),
        email: email_key.to_uppercase(),
        email_key: email_key.to_owned(),
        password_hash: "$2b$12$made.up".to_owned(),
        initial_until: None,
        roles: vec!["user".to_owned()],
        status: AccountStatus::Active,
        origin: AccountOrigin::Created,
        session_epoch: 0,
        surviving_session: None,
        throttle_epoch: 0,
        created_at: 1,
        updated_at: 1,
        version: 1,
    }
}

/// A new session that does not expire.
#[must_use]
pub fn session(id: &str, account_id: &str) -> Session {
    Session {
        id: id.to_owned(),
        account_id: account_id.to_owned(),
        epoch: 0,
        seed: vec![0x5e; 16],
        generation: 1,
        rotated_at: 1,
        rotated_by: Some(ClientMark {
            client: vec![0xc1; 32],
            idempotency_key: Some(vec![0x1d; 32]),
        }),
        authenticated_at: 1,
        methods: vec!["pwd".to_owned()],
        user_agent: "browser".to_owned(),
        created_at: 1,
        last_used_at: 1,
        expires_at: u64::MAX,
        absolute_expires_at: u64::MAX,
        version: 1,
    }
}

/// The session after its next refresh.
#[must_use]
pub fn refreshed(session: &Session) -> Session {
    Session {
        generation: session.generation + 1,
        version: session.version + 1,
        ..session.clone()
    }
}

/// A counter of this version, as after as many writes.
#[must_use]
pub fn counter(version: u64) -> Counter {
    Counter {
        failures: 1,
        window_started_at: 2,
        blocked_until: 0,
        blocks: 0,
        consecutive: 1,
        version,
    }
}

/// An unused code of this version that does not expire.
#[must_use]
pub fn code(version: u64) -> Code {
    Code {
        purpose: CodePurpose::Setup,
        subject: None,
        digest: vec![0xd1; 32],
        expires_at: None,
        attempts: 0,
        state: CodeState::Open,
        version,
    }
}
