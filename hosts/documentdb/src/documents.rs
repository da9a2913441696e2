//! Records as they lie in the database, one document each.
//!
//! BSON has no unsigned 64-bit integer: such a number is kept as the signed one of the same bits,
//! which is the same number up to the year 292 million. Versions are compared for equality alone.

use auth_runtime::{Account, AccountStatus, Code, CodeState, Counter, Session};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// 9999-12-31T23:59:59Z: what ends later than calendars do is not dropped in anybody's time.
const LATEST: u64 = 253_402_300_799_000;

/// A document of one of the collections.
pub(crate) trait Stored: Serialize + DeserializeOwned + Send + Sync + Unpin {
    /// Where it lies.
    const COLLECTION: &'static str;

    /// Its `_id`.
    fn id(&self) -> &str;

    /// Its version, and the mark of the write that made it so.
    fn mark(&self) -> Mark;
}

/// Which write a document is the work of. Two racers may write the same content under the same
/// version; the mark alone tells whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub version: i64,
    pub write: ObjectId,
}

impl Mark {
    fn new(version: u64) -> Self {
        Self {
            version: version.cast_signed(),
            write: ObjectId::new(),
        }
    }
}

/// An account.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountDocument {
    #[serde(rename = "_id")]
    id: String,
    email: String,
    email_key: String,
    password_hash: String,
    initial_until: Option<i64>,
    roles: Vec<String>,
    status: Status,
    session_epoch: i64,
    surviving_session: Option<String>,
    throttle_epoch: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
    write: ObjectId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Disabled,
}

impl AccountDocument {
    /// The address that must be unique.
    pub(crate) fn email_key(&self) -> &str {
        &self.email_key
    }
}

impl Stored for AccountDocument {
    const COLLECTION: &'static str = "accounts";

    fn id(&self) -> &str {
        &self.id
    }

    fn mark(&self) -> Mark {
        Mark {
            version: self.version,
            write: self.write,
        }
    }
}

impl From<Account> for AccountDocument {
    fn from(account: Account) -> Self {
        let Mark { version, write } = Mark::new(account.version);
        Self {
            id: account.id,
            email: account.email,
            email_key: account.email_key,
            password_hash: account.password_hash,
            initial_until: account.initial_until.map(u64::cast_signed),
            roles: account.roles,
            status: match account.status {
                AccountStatus::Active => Status::Active,
                AccountStatus::Disabled => Status::Disabled,
            },
            session_epoch: account.session_epoch.cast_signed(),
            surviving_session: account.surviving_session,
            throttle_epoch: account.throttle_epoch.cast_signed(),
            created_at: account.created_at.cast_signed(),
            updated_at: account.updated_at.cast_signed(),
            version,
            write,
        }
    }
}

impl From<AccountDocument> for Account {
    fn from(document: AccountDocument) -> Self {
        Self {
            id: document.id,
            email: document.email,
            email_key: document.email_key,
            password_hash: document.password_hash,
            initial_until: document.initial_until.map(i64::cast_unsigned),
            roles: document.roles,
            status: match document.status {
                Status::Active => AccountStatus::Active,
                Status::Disabled => AccountStatus::Disabled,
            },
            session_epoch: document.session_epoch.cast_unsigned(),
            surviving_session: document.surviving_session,
            throttle_epoch: document.throttle_epoch.cast_unsigned(),
            created_at: document.created_at.cast_unsigned(),
            updated_at: document.updated_at.cast_unsigned(),
            version: document.version.cast_unsigned(),
        }
    }
}

/// A session, and when the database may drop it.
#[derive(Serialize, Deserialize)]
pub(crate) struct SessionDocument {
    #[serde(rename = "_id")]
    id: String,
    account_id: String,
    epoch: i64,
    seed: Binary,
    generation: i64,
    rotated_at: i64,
    authenticated_at: i64,
    methods: Vec<String>,
    user_agent: String,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    absolute_expires_at: i64,
    version: i64,
    write: ObjectId,
    drop_at: DateTime,
}

impl Stored for SessionDocument {
    const COLLECTION: &'static str = "sessions";

    fn id(&self) -> &str {
        &self.id
    }

    fn mark(&self) -> Mark {
        Mark {
            version: self.version,
            write: self.write,
        }
    }
}

impl From<Session> for SessionDocument {
    fn from(session: Session) -> Self {
        let Mark { version, write } = Mark::new(session.version);
        Self {
            id: session.id,
            account_id: session.account_id,
            epoch: session.epoch.cast_signed(),
            seed: binary(session.seed),
            generation: session.generation.cast_signed(),
            rotated_at: session.rotated_at.cast_signed(),
            authenticated_at: session.authenticated_at.cast_signed(),
            methods: session.methods,
            user_agent: session.user_agent,
            created_at: session.created_at.cast_signed(),
            last_used_at: session.last_used_at.cast_signed(),
            expires_at: session.expires_at.cast_signed(),
            absolute_expires_at: session.absolute_expires_at.cast_signed(),
            version,
            write,
            drop_at: date(session.expires_at),
        }
    }
}

impl From<SessionDocument> for Session {
    fn from(document: SessionDocument) -> Self {
        Self {
            id: document.id,
            account_id: document.account_id,
            epoch: document.epoch.cast_unsigned(),
            seed: document.seed.bytes,
            generation: document.generation.cast_unsigned(),
            rotated_at: document.rotated_at.cast_unsigned(),
            authenticated_at: document.authenticated_at.cast_unsigned(),
            methods: document.methods,
            user_agent: document.user_agent,
            created_at: document.created_at.cast_unsigned(),
            last_used_at: document.last_used_at.cast_unsigned(),
            expires_at: document.expires_at.cast_unsigned(),
            absolute_expires_at: document.absolute_expires_at.cast_unsigned(),
            version: document.version.cast_unsigned(),
        }
    }
}

/// A throttle counter, and when the database may drop it.
#[derive(Serialize, Deserialize)]
pub(crate) struct CounterDocument {
    #[serde(rename = "_id")]
    key: String,
    failures: u32,
    window_started_at: i64,
    blocked_until: i64,
    blocks: u32,
    consecutive: u32,
    version: i64,
    write: ObjectId,
    drop_at: DateTime,
}

impl CounterDocument {
    /// The counter of `key` as it is written; it may go once `expires_at` has passed.
    pub(crate) fn new(key: &str, counter: Counter, expires_at: u64) -> Self {
        let Mark { version, write } = Mark::new(counter.version);
        Self {
            key: key.to_owned(),
            failures: counter.failures,
            window_started_at: counter.window_started_at.cast_signed(),
            blocked_until: counter.blocked_until.cast_signed(),
            blocks: counter.blocks,
            consecutive: counter.consecutive,
            version,
            write,
            drop_at: date(expires_at),
        }
    }
}

impl Stored for CounterDocument {
    const COLLECTION: &'static str = "counters";

    fn id(&self) -> &str {
        &self.key
    }

    fn mark(&self) -> Mark {
        Mark {
            version: self.version,
            write: self.write,
        }
    }
}

impl From<&CounterDocument> for Counter {
    fn from(document: &CounterDocument) -> Self {
        Self {
            failures: document.failures,
            window_started_at: document.window_started_at.cast_unsigned(),
            blocked_until: document.blocked_until.cast_unsigned(),
            blocks: document.blocks,
            consecutive: document.consecutive,
            version: document.version.cast_unsigned(),
        }
    }
}

/// A one-time code. It stays for ever: that it was spent must be known.
#[derive(Serialize, Deserialize)]
pub(crate) struct CodeDocument {
    #[serde(rename = "_id")]
    key: String,
    digest: Binary,
    state: State,
    version: i64,
    write: ObjectId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Claimed(String),
    Spent,
}

impl CodeDocument {
    /// The code of `key` as it is written.
    pub(crate) fn new(key: &str, code: Code) -> Self {
        let Mark { version, write } = Mark::new(code.version);
        Self {
            key: key.to_owned(),
            digest: binary(code.digest),
            state: match code.state {
                CodeState::Open => State::Open,
                CodeState::Claimed(id) => State::Claimed(id),
                CodeState::Spent => State::Spent,
            },
            version,
            write,
        }
    }
}

impl Stored for CodeDocument {
    const COLLECTION: &'static str = "codes";

    fn id(&self) -> &str {
        &self.key
    }

    fn mark(&self) -> Mark {
        Mark {
            version: self.version,
            write: self.write,
        }
    }
}

impl From<CodeDocument> for Code {
    fn from(document: CodeDocument) -> Self {
        Self {
            digest: document.digest.bytes,
            state: match document.state {
                State::Open => CodeState::Open,
                State::Claimed(id) => CodeState::Claimed(id),
                State::Spent => CodeState::Spent,
            },
            version: document.version.cast_unsigned(),
        }
    }
}

fn binary(bytes: Vec<u8>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes,
    }
}

/// TTL indexes look at dates alone.
fn date(millis: u64) -> DateTime {
    DateTime::from_millis(millis.min(LATEST).cast_signed())
}
