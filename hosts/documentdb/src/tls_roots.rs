//! The root certificates that the database's certificate is checked against.
//!
//! The driver skips the certificates of a bundle that it cannot read. Without any root it reports
//! only that it found no server. The bundle is therefore read and counted here, before any network
//! is used.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::NamedTempFile;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The authorities of Amazon RDS and DocumentDB. `roots/README.md` says where they come from.
const AMAZON: &[u8] = include_bytes!("../roots/rds-global.pem");

/// Where the path of a bundle comes from.
const SETTING: &str = "COUNTERSIGN_MONGODB_CA_FILE, or `tlsCAFile` of MONGODB_URI";

/// Why a bundle has no usable root certificate.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file is empty.
    #[error("the bundle of authorities `{}` is empty ({SETTING})", .0.display())]
    Empty(PathBuf),
    /// All certificates of the bundle have expired.
    #[error(
        "all {} certificates in the bundle of authorities `{}` have expired ({SETTING})",
        .1,
        .0.display()
    )]
    Expired(PathBuf, usize),
    /// The bundle holds no readable certificate.
    #[error("the bundle of authorities `{}` holds no certificate in PEM ({SETTING})", .0.display())]
    Garbage(PathBuf),
    /// The file cannot be read.
    #[error("the bundle of authorities `{}` cannot be read ({SETTING}): {}", .0.display(), .1)]
    Missing(PathBuf, io::ErrorKind),
    /// The driver reads roots only from a file, and no temporary file could be written.
    #[error("the roots of Amazon cannot be written to a file in `{}` (TMPDIR): {}", .0.display(), .1)]
    Unwritable(PathBuf, io::ErrorKind),
}

/// A file of root certificates for the driver. A temporary file is removed with this value.
pub(crate) struct Roots {
    pub path: PathBuf,
    _made: Option<NamedTempFile>,
}

impl Roots {
    /// The roots of a bundle in PEM at this path.
    pub(crate) fn of_file(path: &Path) -> Result<Self, TrustError> {
        let missing = |error: io::Error| TrustError::Missing(path.to_owned(), error.kind());
        let bundle = std::fs::read(path).map_err(missing)?;
        let count = count(&bundle, path)?;
        tracing::info!(%count, bundle = %path.display(), "roots for the database");
        Ok(Self {
            path: path.to_owned(),
            _made: None,
        })
    }

    /// Amazon's roots, which are part of this program.
    pub(crate) fn of_amazon() -> Result<Self, TrustError> {
        let unwritable =
            |error: io::Error| TrustError::Unwritable(std::env::temp_dir(), error.kind());
        let count = count(AMAZON, Path::new("rds-global.pem"))?;
        let mut file = NamedTempFile::new().map_err(unwritable)?;
        file.write_all(AMAZON)
            .and_then(|()| file.flush())
            .map_err(unwritable)?;
        tracing::info!(%count, bundle = "built in", "roots for the database");
        Ok(Self {
            path: file.path().to_owned(),
            _made: Some(file),
        })
    }
}

/// How many certificates of a bundle can be used, and how many cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    valid: usize,
    expired: usize,
    unreadable: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            valid,
            expired,
            unreadable,
        } = self;
        write!(
            formatter,
            "{valid} valid, {expired} expired, {unreadable} unreadable"
        )
    }
}

fn count(bundle: &[u8], path: &Path) -> Result<Count, TrustError> {
    let path = path.to_owned();
    if bundle.trim_ascii().is_empty() {
        return Err(TrustError::Empty(path));
    }
    let count = tally(bundle, SystemTime::now());
    match count {
        Count { valid: 1.., .. } => Ok(count),
        Count { expired: 1.., .. } => Err(TrustError::Expired(path, count.expired)),
        _ => Err(TrustError::Garbage(path)),
    }
}

fn tally(bundle: &[u8], now: SystemTime) -> Count {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut count = Count::default();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        let place = match certificate.ok().as_ref().and_then(end) {
            None => &mut count.unreadable,
            Some(end) if end <= now.as_secs() => &mut count.expired,
            Some(_) => &mut count.valid,
        };
        *place = place.saturating_add(1);
    }
    count
}

/// The end of validity of a certificate that can serve as a root, in seconds since the Unix epoch.
fn end(der: &CertificateDer<'_>) -> Option<u64> {
    RootCertStore::empty().add(der.clone()).ok()?;
    let certificate = Certificate::from_der(der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    Some(validity.not_after.to_unix_duration().as_secs())
}

#[cfg(test)]
mod tests;
