//! What can go wrong between the store and the database, and how the runtime hears of it.
//!
//! The driver's errors show what the server said, which names hosts and quotes keys, such as the
//! address in a clash of two accounts. They end here: what is kept is the kind and the code.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use auth_runtime::AdapterError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// When a caller may try again: a fail-over is seldom over sooner.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A unique index holds the key already.
const DUPLICATE_KEY: i32 = 11000;
/// Two writes met. Nothing of this one was kept: MongoDB's and DocumentDB's conflict, and the
/// deadlock of PostgreSQL below FerretDB.
const WRITE_CONFLICTS: [i32; 2] = [112, 16_908_292];
/// The server does not know the user, or not by this password.
const AUTHENTICATION_FAILED: i32 = 18;
/// The server is not, or no longer, the one to ask: it steps down, shuts down, recovers, or lost its
/// own way (the codes of the specification of retryable reads). Another answer is a moment away.
const MOVED: [i32; 14] = [
    6, 7, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
];
/// The server gave up for want of time.
const EXCEEDED_TIME: i32 = 50;

/// Why an operation came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The credentials are wrong, or were changed.
    #[error("the database refuses the credentials")]
    Authentication,
    /// Another call lost the server, or was refused, and took the connections of all with it.
    #[error("no answer from the database: another call lost the connections")]
    Cleared,
    /// The server does not do it: a missing right, a missing feature.
    #[error("the database refuses the command with code {0}")]
    Command(i32),
    /// The store was asked for what its contract rules out.
    #[error("against the contract: {0}")]
    Contract(&'static str),
    /// There are no credentials to connect with.
    #[error("no credentials to connect with")]
    Credentials(#[source] anyhow::Error),
    /// A document that this program cannot have written.
    #[error("damaged: a document cannot be read")]
    Damaged,
    /// The driver does not do it.
    #[error("the driver refuses the operation: {0}")]
    Driver(&'static str),
    /// A unique index has the key already.
    #[error("a unique key is taken")]
    Duplicate,
    /// The request has no time left for a call.
    #[error("no time is left before the deadline of the request")]
    Late,
    /// The answer did not come, or said that another server must be asked.
    #[error("no answer from the database: {0}")]
    Lost(String),
    /// No answer came in the time of a call.
    #[error("no answer from the database: it is silent")]
    Silent,
    /// Whether a write was made cannot be found out.
    #[error("whether a write was made cannot be told")]
    Unknown,
    /// Another write was under way; nothing of this one was kept.
    #[error("writes met in the database, code {0}")]
    WriteConflict(i32),
}

impl Failure {
    /// What an error of the driver comes to.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Authentication { .. } => Self::of_authentication(error),
            ErrorKind::Command(command) => Self::of_code(command.code),
            ErrorKind::Write(WriteFailure::WriteError(write)) => Self::of_code(write.code),
            // The write was made here and may be lost with this server.
            ErrorKind::Write(_) => Self::Unknown,
            ErrorKind::Io(error) => Self::Lost(describe_io(error)),
            ErrorKind::DnsResolve { .. } => Self::Lost("its name cannot be resolved".to_owned()),
            ErrorKind::ConnectionPoolCleared { .. } => Self::Cleared,
            ErrorKind::ServerSelection { .. } => Self::Lost("no server to ask".to_owned()),
            ErrorKind::Shutdown => Self::Lost("the store is closed".to_owned()),
            ErrorKind::Bson(_) | ErrorKind::BsonDeserialization(_) => Self::Damaged,
            ErrorKind::InvalidResponse { .. } => Self::Damaged,
            ErrorKind::InvalidTlsConfig { .. } => Self::Driver("the settings of TLS"),
            ErrorKind::IncompatibleServer { .. } => Self::Driver("the server is too old or new"),
            _ => Self::Driver("of a kind that should not occur"),
        }
    }

    fn of_code(code: i32) -> Self {
        match code {
            DUPLICATE_KEY => Self::Duplicate,
            AUTHENTICATION_FAILED => Self::Authentication,
            EXCEEDED_TIME => Self::Lost("it ran out of time".to_owned()),
            code if WRITE_CONFLICTS.contains(&code) => Self::WriteConflict(code),
            code if MOVED.contains(&code) => Self::Lost(format!("it answers with code {code}")),
            code => Self::Command(code),
        }
    }

    /// An authentication may also fail because the connection did, or the server for another reason
    /// than the password.
    fn of_authentication(error: &Error) -> Self {
        let inner = error.source().and_then(|source| source.downcast_ref());
        match inner.map(Self::of) {
            None | Some(Self::Damaged | Self::Driver(_)) => Self::Authentication,
            Some(Self::Command(code)) => Self::Lost(format!("it answers a login with code {code}")),
            Some(failure) => failure,
        }
    }

    /// Whether the same call may have another answer at once.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Silent)
    }
}

impl From<Failure> for AdapterError {
    fn from(failure: Failure) -> Self {
        use Failure::{Command, Contract, Damaged, Driver, Duplicate};
        match failure {
            Command(_) | Contract(_) | Damaged | Driver(_) | Duplicate => Self::fault(failure),
            failure => Self::Unavailable {
                retry_after: RETRY_AFTER,
                cause: failure.into(),
            },
        }
    }
}

/// What is wrong with a connection. The words of TLS matter most: without them a certificate that is
/// not trusted looks like a server that is not there.
pub(crate) fn describe_io(error: &io::Error) -> String {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
    match tls {
        Some(rustls::Error::InvalidCertificate(fault)) => {
            format!(
                "its certificate is refused: {}",
                describe_certificate(fault)
            )
        }
        Some(_) => "TLS fails".to_owned(),
        None => error.kind().to_string(),
    }
}

fn describe_certificate(fault: &rustls::CertificateError) -> &'static str {
    use rustls::CertificateError::{
        BadSignature, Expired, ExpiredContext, InvalidPurpose, InvalidPurposeContext,
        NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext, Revoked,
        UnknownIssuer,
    };
    match fault {
        UnknownIssuer | BadSignature => "no trusted authority signed it",
        Expired | ExpiredContext { .. } => "it has expired",
        NotValidYet | NotValidYetContext { .. } => "it is not valid yet",
        NotValidForName | NotValidForNameContext { .. } => "it is for another host name",
        InvalidPurpose | InvalidPurposeContext { .. } => "it is not for a server",
        Revoked => "it was revoked",
        _ => "it is malformed",
    }
}
