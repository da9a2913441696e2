//! The records as documents of the database: the names and types of their fields.
//!
//! BSON has no unsigned 64-bit integer. A number is stored as the signed integer with the same
//! bits, which is the same number up to the year 292 million. Versions are only compared for
//! equality.

use auth_runtime::{
    Account, AccountOrigin, AccountStatus, ClientMark, Code, CodePurpose, CodeState, Counter,
    Session,
};
use mongodb::bson::DateTime;
use mongodb::bson::oid::ObjectId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// 9999-12-31T23:59:59Z, the last time that all tools can read. In milliseconds.
const LATEST: u64 = 253_402_300_799_000;

/// A record that one of the collections stores.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync + Unpin {
    /// The name of the collection.
    const COLLECTION: &'static str;

    /// The value of the document's `_id`.
    fn id(&self) -> &str;

    /// The version that a replacement names.
    fn version(&self) -> u64;

    /// When the database may delete the record, in milliseconds; `None` for one that stays.
    fn expires_at(&self) -> Option<u64> {
        None
    }
}

/// The version of a document, and the id of the write that made it. Two flows may write the same
/// content under the same version. Only the write's id tells which of them wrote the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub version: i64,
    pub write: ObjectId,
}

/// A record as it is written, with the id of the write and the date that the TTL index reads.
#[derive(Serialize)]
pub(crate) struct Written<R> {
    #[serde(flatten)]
    record: R,
    write: ObjectId,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_at: Option<DateTime>,
}

impl<R: Record> Written<R> {
    pub(crate) fn new(record: R) -> Self {
        let drop_at = record.expires_at().map(date);
        Self {
            record,
            write: ObjectId::new(),
            drop_at,
        }
    }

    pub(crate) fn record(&self) -> &R {
        &self.record
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            version: self.record.version().cast_signed(),
            write: self.write,
        }
    }
}

fn date(millis: u64) -> DateTime {
    DateTime::from_millis(millis.min(LATEST).cast_signed())
}

/// An account, stored under its own id.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AccountRecord(#[serde(with = "AccountFields")] pub(crate) Account);

impl Record for AccountRecord {
    const COLLECTION: &'static str = "accounts";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn version(&self) -> u64 {
        self.0.version
    }
}

/// A session, stored under its own id.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SessionRecord(#[serde(with = "SessionFields")] pub(crate) Session);

impl Record for SessionRecord {
    const COLLECTION: &'static str = "sessions";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn version(&self) -> u64 {
        self.0.version
    }

    fn expires_at(&self) -> Option<u64> {
        Some(self.0.expires_at)
    }
}

/// A throttle counter and its key.
#[derive(Serialize, Deserialize)]
pub(crate) struct CounterRecord {
    #[serde(rename = "_id")]
    pub(crate) key: String,
    #[serde(flatten, with = "CounterFields")]
    pub(crate) counter: Counter,
    /// Set only when a counter is written. The document stores it as its date.
    #[serde(skip)]
    pub(crate) expires_at: u64,
}

impl Record for CounterRecord {
    const COLLECTION: &'static str = "counters";

    fn id(&self) -> &str {
        &self.key
    }

    fn version(&self) -> u64 {
        self.counter.version
    }

    fn expires_at(&self) -> Option<u64> {
        Some(self.expires_at)
    }
}

/// A one-time code and its key.
#[derive(Serialize, Deserialize)]
pub(crate) struct CodeRecord {
    #[serde(rename = "_id")]
    pub(crate) key: String,
    #[serde(flatten, with = "CodeFields")]
    pub(crate) code: Code,
}

impl Record for CodeRecord {
    const COLLECTION: &'static str = "codes";

    fn id(&self) -> &str {
        &self.key
    }

    fn version(&self) -> u64 {
        self.code.version
    }

    fn expires_at(&self) -> Option<u64> {
        self.code.expires_at
    }
}

/// Documents of releases that did not keep the origin lack the field with a default.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Account")]
struct AccountFields {
    #[serde(rename = "_id")]
    id: String,
    email: String,
    email_key: String,
    password_hash: String,
    #[serde(with = "optional_signed")]
    initial_until: Option<u64>,
    roles: Vec<String>,
    #[serde(with = "StatusName")]
    status: AccountStatus,
    #[serde(with = "OriginName", default = "registered")]
    origin: AccountOrigin,
    #[serde(with = "signed")]
    session_epoch: u64,
    surviving_session: Option<String>,
    #[serde(with = "signed")]
    throttle_epoch: u64,
    #[serde(with = "signed")]
    created_at: u64,
    #[serde(with = "signed")]
    updated_at: u64,
    #[serde(with = "signed")]
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountStatus", rename_all = "lowercase")]
enum StatusName {
    Active,
    Disabled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountOrigin", rename_all = "lowercase")]
enum OriginName {
    Registered,
    Created,
    Operator,
}

fn registered() -> AccountOrigin {
    AccountOrigin::Registered
}

/// Documents of releases that kept nothing of the client that rotated lack the field with a default.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Session")]
struct SessionFields {
    #[serde(rename = "_id")]
    id: String,
    account_id: String,
    #[serde(with = "signed")]
    epoch: u64,
    #[serde(with = "binary")]
    seed: Vec<u8>,
    #[serde(with = "signed")]
    generation: u64,
    #[serde(with = "signed")]
    rotated_at: u64,
    #[serde(with = "optional_mark", default)]
    rotated_by: Option<ClientMark>,
    #[serde(with = "signed")]
    authenticated_at: u64,
    methods: Vec<String>,
    user_agent: String,
    #[serde(with = "signed")]
    created_at: u64,
    #[serde(with = "signed")]
    last_used_at: u64,
    #[serde(with = "signed")]
    expires_at: u64,
    #[serde(with = "signed")]
    absolute_expires_at: u64,
    #[serde(with = "signed")]
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ClientMark")]
struct ClientMarkFields {
    #[serde(with = "binary")]
    client: Vec<u8>,
    #[serde(with = "optional_binary")]
    idempotency_key: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Counter")]
struct CounterFields {
    failures: u32,
    #[serde(with = "signed")]
    window_started_at: u64,
    #[serde(with = "signed")]
    blocked_until: u64,
    blocks: u32,
    consecutive: u32,
    #[serde(with = "signed")]
    version: u64,
}

/// Documents of releases in which set-up was the only purpose lack the fields with a default.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Code")]
struct CodeFields {
    #[serde(with = "PurposeName", default = "setup")]
    purpose: CodePurpose,
    #[serde(default)]
    subject: Option<String>,
    #[serde(with = "binary")]
    digest: Vec<u8>,
    #[serde(with = "optional_signed", default)]
    expires_at: Option<u64>,
    #[serde(default)]
    attempts: u32,
    #[serde(with = "StateName")]
    state: CodeState,
    #[serde(with = "signed")]
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CodePurpose", rename_all = "lowercase")]
enum PurposeName {
    Setup,
}

fn setup() -> CodePurpose {
    CodePurpose::Setup
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CodeState", rename_all = "lowercase")]
enum StateName {
    Open,
    Claimed(String),
    Spent,
}

/// A number, stored as the signed integer with the same bits.
mod signed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        number.cast_signed().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        i64::deserialize(from).map(i64::cast_unsigned)
    }
}

/// A number in the form of `signed`, or null.
mod optional_signed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        number.map(u64::cast_signed).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(i64::cast_unsigned))
    }
}

/// Bytes, stored as BSON binary data of the generic subtype.
mod binary {
    use mongodb::bson::Binary;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        Binary::deserialize(from).map(|binary| binary.bytes)
    }
}

/// Bytes in the form of `binary`, or null.
mod optional_binary {
    use mongodb::bson::Binary;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => to.serialize_bytes(bytes),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Binary>::deserialize(from)?.map(|binary| binary.bytes))
    }
}

/// The mark of a client, or null.
mod optional_mark {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{ClientMark, ClientMarkFields};

    #[derive(Serialize)]
    struct Written<'a>(#[serde(with = "ClientMarkFields")] &'a ClientMark);

    #[derive(Deserialize)]
    struct Read(#[serde(with = "ClientMarkFields")] ClientMark);

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

#[cfg(test)]
mod tests;
