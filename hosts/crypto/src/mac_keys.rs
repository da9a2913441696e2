//! The keys of the capability `signer.mac`.

use auth_runtime::Purpose;
use aws_lc_rs::{hkdf, hmac};

use crate::error::KeyError;

/// One HMAC-SHA-256 key for each purpose, derived from one secret (HKDF, RFC 5869). A code for one
/// purpose reveals nothing about a code for another, nor about the secret.
pub(crate) struct MacKeys {
    device_token: hmac::Key,
    refresh_token: hmac::Key,
}

impl MacKeys {
    pub(crate) fn derive(secret: &[u8]) -> Result<Self, KeyError> {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"countersign mac").extract(secret);
        let expand = |purpose: &[u8]| -> Result<hmac::Key, KeyError> {
            Ok(extracted.expand(&[purpose], hmac::HMAC_SHA256)?.into())
        };
        Ok(Self {
            device_token: expand(b"device-token")?,
            refresh_token: expand(b"refresh-token")?,
        })
    }

    pub(crate) fn mac(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        let key = match purpose {
            Purpose::DeviceToken => &self.device_token,
            Purpose::RefreshToken => &self.refresh_token,
        };
        hmac::sign(key, message).as_ref().to_vec()
    }
}
