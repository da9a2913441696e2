//! The format of the records on disk.
//!
//! Each record is an enum in postcard, so its first byte tells the layout. A layout never changes
//! after its release: a new one becomes a new variant at the end, and reading converts old records
//! to the new layout.

use auth_runtime::{
    Account, AccountOrigin, AccountStatus, ClientMark, Code, CodePurpose, CodeState, Counter,
    Session,
};
use redb::ReadableTable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// An account in any layout that was released.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoredAccount {
    V1(AccountV1),
    V2(#[serde(with = "AccountV2")] Account),
}

impl From<StoredAccount> for Account {
    fn from(stored: StoredAccount) -> Self {
        match stored {
            StoredAccount::V1(account) => account.into(),
            StoredAccount::V2(account) => account,
        }
    }
}

/// A session in any layout that was released.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoredSession {
    V1(SessionV1),
    V2(#[serde(with = "SessionV2")] Session),
}

impl From<StoredSession> for Session {
    fn from(stored: StoredSession) -> Self {
        match stored {
            StoredSession::V1(session) => session.into(),
            StoredSession::V2(session) => session,
        }
    }
}

/// A throttle counter and when it expires, in any layout that was released.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoredCounter {
    V1(#[serde(with = "CounterV1")] Counter, u64),
}

/// A one-time code in any layout that was released.
#[derive(Serialize, Deserialize)]
pub(crate) enum StoredCode {
    V1(CodeV1),
    V2(#[serde(with = "CodeV2")] Code),
}

impl From<StoredCode> for Code {
    fn from(stored: StoredCode) -> Self {
        match stored {
            StoredCode::V1(code) => code.into(),
            StoredCode::V2(code) => code,
        }
    }
}

/// An account from the time when its origin was not kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountV1 {
    id: String,
    email: String,
    email_key: String,
    password_hash: String,
    initial_until: Option<u64>,
    roles: Vec<String>,
    #[serde(with = "AccountStatusV1")]
    status: AccountStatus,
    session_epoch: u64,
    throttle_epoch: u64,
    created_at: u64,
    updated_at: u64,
    version: u64,
    surviving_session: Option<String>,
}

impl From<AccountV1> for Account {
    fn from(account: AccountV1) -> Self {
        Self {
            id: account.id,
            email: account.email,
            email_key: account.email_key,
            password_hash: account.password_hash,
            initial_until: account.initial_until,
            roles: account.roles,
            status: account.status,
            origin: AccountOrigin::Registered,
            session_epoch: account.session_epoch,
            surviving_session: account.surviving_session,
            throttle_epoch: account.throttle_epoch,
            created_at: account.created_at,
            updated_at: account.updated_at,
            version: account.version,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Account")]
struct AccountV2 {
    id: String,
    email: String,
    email_key: String,
    password_hash: String,
    initial_until: Option<u64>,
    roles: Vec<String>,
    #[serde(with = "AccountStatusV1")]
    status: AccountStatus,
    #[serde(with = "AccountOriginV1")]
    origin: AccountOrigin,
    session_epoch: u64,
    throttle_epoch: u64,
    created_at: u64,
    updated_at: u64,
    version: u64,
    surviving_session: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountOrigin")]
enum AccountOriginV1 {
    Registered,
    Created,
    Operator,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountStatus")]
enum AccountStatusV1 {
    Active,
    Disabled,
}

/// A session from the time when nothing was kept of the client that rotated.
#[derive(Serialize, Deserialize)]
pub(crate) struct SessionV1 {
    id: String,
    account_id: String,
    epoch: u64,
    seed: Vec<u8>,
    generation: u64,
    rotated_at: u64,
    authenticated_at: u64,
    methods: Vec<String>,
    user_agent: String,
    created_at: u64,
    last_used_at: u64,
    expires_at: u64,
    absolute_expires_at: u64,
    version: u64,
}

impl From<SessionV1> for Session {
    fn from(session: SessionV1) -> Self {
        Self {
            id: session.id,
            account_id: session.account_id,
            epoch: session.epoch,
            seed: session.seed,
            generation: session.generation,
            rotated_at: session.rotated_at,
            rotated_by: None,
            authenticated_at: session.authenticated_at,
            methods: session.methods,
            user_agent: session.user_agent,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            absolute_expires_at: session.absolute_expires_at,
            version: session.version,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Session")]
struct SessionV2 {
    id: String,
    account_id: String,
    epoch: u64,
    seed: Vec<u8>,
    generation: u64,
    rotated_at: u64,
    #[serde(with = "optional_mark")]
    rotated_by: Option<ClientMark>,
    authenticated_at: u64,
    methods: Vec<String>,
    user_agent: String,
    created_at: u64,
    last_used_at: u64,
    expires_at: u64,
    absolute_expires_at: u64,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ClientMark")]
struct ClientMarkV1 {
    client: Vec<u8>,
    idempotency_key: Option<Vec<u8>>,
}

/// The mark of a client, or nothing.
mod optional_mark {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{ClientMark, ClientMarkV1};

    #[derive(Serialize)]
    struct Written<'a>(#[serde(with = "ClientMarkV1")] &'a ClientMark);

    #[derive(Deserialize)]
    struct Read(#[serde(with = "ClientMarkV1")] ClientMark);

    pub(super) fn serialize<S: Serializer>(
        mark: &Option<ClientMark>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        mark.as_ref().map(Written).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ClientMark>, D::Error> {
        Ok(Option::<Read>::deserialize(from)?.map(|Read(mark)| mark))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Counter")]
struct CounterV1 {
    failures: u32,
    window_started_at: u64,
    blocked_until: u64,
    blocks: u32,
    consecutive: u32,
    version: u64,
}

/// A code from the time when set-up was the only purpose.
#[derive(Serialize, Deserialize)]
pub(crate) struct CodeV1 {
    digest: Vec<u8>,
    #[serde(with = "CodeStateV1")]
    state: CodeState,
    version: u64,
}

impl From<CodeV1> for Code {
    fn from(code: CodeV1) -> Self {
        Self {
            purpose: CodePurpose::Setup,
            subject: None,
            digest: code.digest,
            expires_at: None,
            attempts: 0,
            state: code.state,
            version: code.version,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Code")]
struct CodeV2 {
    #[serde(with = "CodePurposeV1")]
    purpose: CodePurpose,
    subject: Option<String>,
    digest: Vec<u8>,
    expires_at: Option<u64>,
    attempts: u32,
    #[serde(with = "CodeStateV1")]
    state: CodeState,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CodePurpose")]
enum CodePurposeV1 {
    Setup,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CodeState")]
enum CodeStateV1 {
    Open,
    Claimed(String),
    Spent,
}

/// Encodes a record as bytes.
pub(crate) fn encode(record: &impl Serialize) -> Result<Vec<u8>, Failure> {
    postcard::to_allocvec(record).map_err(|_| Failure::Contract("a record that has no bytes"))
}

/// Decodes a record, which must take up all the bytes.
pub(crate) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, Failure> {
    match postcard::take_from_bytes(bytes) {
        Ok((record, [])) => Ok(record),
        Ok(_) => Err(Failure::Damaged("a record is too long".to_owned())),
        Err(error) => Err(Failure::Damaged(format!("a record is unreadable: {error}"))),
    }
}

/// Reads the record under a key.
pub(crate) fn get<R: DeserializeOwned>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<R>, Failure> {
    table
        .get(key)?
        .map(|bytes| decode(bytes.value()))
        .transpose()
}
