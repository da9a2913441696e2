//! Why a call to the database failed, and the error that the runtime gets for it.
//!
//! The driver's errors quote the server's message, which may contain host names and keys, such as
//! the address of two accounts that clash. They are dropped here: a failure keeps the kind and the
//! code only.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use auth_runtime::AdapterError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// How the standard library begins the message of a name that does not resolve.
const LOOK_UP: &str = "failed to lookup address";

/// When a caller may try again. A fail-over seldom takes less time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The code for a key that a unique index already holds.
const DUPLICATE_KEY: i32 = 11000;
/// The codes for two writes that met, of which this one left nothing: the write conflict of MongoDB
/// and DocumentDB, and the deadlock of PostgreSQL below FerretDB.
const WRITE_CONFLICTS: [i32; 2] = [112, 16_908_292];
/// The code for an unknown user or a wrong password.
const AUTHENTICATION_FAILED: i32 = 18;
/// The codes of a server that is not, or no longer, the primary: it steps down, shuts down, recovers
/// or is interrupted (the codes of the specification of retryable reads). A new try soon gets
/// another answer.
const MOVED: [i32; 14] = [
    6, 7, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
];
/// The code of a server that ran out of time for the command.
const EXCEEDED_TIME: i32 = 50;

/// Why an operation on the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The credentials are wrong, or have been changed.
    #[error("the database refuses the credentials")]
    Authentication,
    /// Another call lost the server or was refused, and the driver then closed all connections.
    #[error("no answer from the database: another call lost the connections")]
    Cleared,
    /// The server refuses the command, for example because a right or a feature is missing.
    #[error("the database refuses the command with code {0}")]
    Command(i32),
    /// The caller broke the contract of the store.
    #[error("against the contract: {0}")]
    Contract(&'static str),
    /// The source of credentials returned none.
    #[error("no credentials to connect with")]
    Credentials(#[source] anyhow::Error),
    /// A document cannot be read, so this program cannot have written it.
    #[error("damaged: a document cannot be read")]
    Damaged,
    /// The driver refuses the operation.
    #[error("the driver refuses the operation: {0}")]
    Driver(&'static str),
    /// A unique index already holds the key.
    #[error("a unique key is taken")]
    Duplicate,
    /// The request has no time left for a call.
    #[error("no time is left before the deadline of the request")]
    Late,
    /// No answer came, or the answer says that another server must be asked.
    #[error("no answer from the database: {0}")]
    Lost(String),
    /// No answer came within the time limit of a call.
    #[error("no answer from the database: it is silent")]
    Silent,
    /// It is impossible to find out whether the write happened.
    #[error("whether a write was made cannot be told")]
    Unknown,
    /// Another write ran at the same time, and this one left nothing.
    #[error("writes met in the database, code {0}")]
    WriteConflict(i32),
}

impl Failure {
    /// The failure that an error of the driver means.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Authentication { .. } => Self::of_authentication(error),
            ErrorKind::Command(command) => Self::of_code(command.code),
            ErrorKind::Write(WriteFailure::WriteError(write)) => Self::of_code(write.code),
            // The server made the write, but the write may be lost if this server fails.
            ErrorKind::Write(_) => Self::Unknown,
            ErrorKind::Io(error) => Self::Lost(describe_io(error)),
            ErrorKind::DnsResolve { .. } => Self::Lost("its name cannot be resolved".to_owned()),
            ErrorKind::ConnectionPoolCleared { .. } => Self::Cleared,
            ErrorKind::ServerSelection { .. } => Self::Lost("no server to ask".to_owned()),
            ErrorKind::Shutdown => Self::Lost("the store is closed".to_owned()),
            ErrorKind::Bson(_) | ErrorKind::BsonDeserialization(_) => Self::Damaged,
            ErrorKind::InvalidResponse { .. } => Self::Damaged,
            ErrorKind::InvalidTlsConfig { .. } => Self::Driver(
                "the settings of TLS, such as the bundle of authorities \
                 (COUNTERSIGN_MONGODB_CA_FILE, or `tlsCAFile` of MONGODB_URI)",
            ),
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

    /// A login may also fail because the connection failed, or because the server failed for a
    /// reason other than the password.
    fn of_authentication(error: &Error) -> Self {
        let inner = error.source().and_then(|source| source.downcast_ref());
        match inner.map(Self::of) {
            None | Some(Self::Damaged | Self::Driver(_)) => Self::Authentication,
            Some(Self::Command(code)) => Self::Lost(format!("it answers a login with code {code}")),
            Some(failure) => failure,
        }
    }

    /// Whether the same call may succeed if it is repeated at once.
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

/// What is wrong with a connection. TLS errors are spelled out, because otherwise an untrusted
/// certificate looks like a missing server.
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
        // The kind of a failed look-up has no name. The message is that of the standard library.
        None if error.to_string().starts_with(LOOK_UP) => "its name cannot be resolved".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_resolve_is_told_from_other_failures() {
        let message = "failed to lookup address information: Name or service not known";
        assert_eq!(
            describe_io(&io::Error::other(message)),
            "its name cannot be resolved"
        );
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(describe_io(&refused), "connection refused");
    }
}
