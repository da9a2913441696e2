//! The file of one key: JSON with the private key in PKCS#8.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::algorithm;
use crate::error::KeyError;
use crate::lifecycle::Appointment;
use crate::signing_key::SigningKey;

/// A key file was not written by this program, or was changed afterwards.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("`kid` or `alg` is not that of its key")]
    Changed,
    #[error("line {line} is not as it was written")]
    Json { line: usize },
    #[error("`pkcs8` holds {0}")]
    Key(#[from] KeyError),
    #[error("`pkcs8` is not base64")]
    NotBase64,
}

/// The JSON of the file. It holds when the key starts to sign. When it stops follows from the file
/// of the next key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    kid: String,
    alg: String,
    #[serde(with = "rfc3339")]
    created: u64,
    #[serde(with = "rfc3339")]
    activates: u64,
    #[serde(
        with = "rfc3339::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    withdrawn: Option<u64>,
    pkcs8: Zeroizing<String>,
}

/// The text of a key's file.
pub(crate) fn write(
    key: &SigningKey,
    appointment: &Appointment,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let pkcs8 = key.to_pkcs8()?.ok_or(KeyError::Invalid(key.algorithm()))?;
    let file = KeyFile {
        kid: key.id().to_owned(),
        alg: algorithm::name(key.algorithm()).to_owned(),
        created: appointment.created_at,
        activates: appointment.activates_at,
        withdrawn: appointment.withdrawn_at,
        pkcs8: Zeroizing::new(STANDARD.encode(&*pkcs8)),
    };
    // The buffer has room for an RSA key from the start. A growing buffer would leave copies
    // behind.
    let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer_pretty(&mut *text, &file).map_err(|_| KeyError::NotJwk)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads a key and when it signs. Fails when `kid` or `alg` in the file is not that of the key.
pub(crate) fn read(text: &[u8]) -> Result<(SigningKey, Appointment), KeyFileError> {
    let file: KeyFile =
        serde_json::from_slice(text).map_err(|error| KeyFileError::Json { line: error.line() })?;
    let der = STANDARD
        .decode(file.pkcs8.as_bytes())
        .map_err(|_| KeyFileError::NotBase64)?;
    let key = SigningKey::from_pkcs8(&Zeroizing::new(der))?;
    if file.kid != key.id() || file.alg != algorithm::name(key.algorithm()) {
        return Err(KeyFileError::Changed);
    }
    let appointment = Appointment {
        created_at: file.created,
        activates_at: file.activates,
        withdrawn_at: file.withdrawn,
    };
    Ok((key, appointment))
}

/// Milliseconds since the Unix epoch, written as RFC 3339 text in UTC.
mod rfc3339 {
    use serde::{Deserialize as _, Deserializer, Serializer, de, ser};
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    pub(super) fn serialize<S: Serializer>(millis: &u64, to: S) -> Result<S::Ok, S::Error> {
        let nanos = i128::from(*millis).saturating_mul(1_000_000);
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(ser::Error::custom)?;
        to.serialize_str(&time.format(&Rfc3339).map_err(ser::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        let millis = time.unix_timestamp_nanos().div_euclid(1_000_000);
        u64::try_from(millis).map_err(de::Error::custom)
    }

    pub(super) mod option {
        use super::{Deserializer, Serializer};

        pub(crate) fn serialize<S: Serializer>(
            millis: &Option<u64>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match millis {
                Some(millis) => super::serialize(millis, to),
                None => to.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<u64>, D::Error> {
            super::deserialize(from).map(Some)
        }
    }
}
