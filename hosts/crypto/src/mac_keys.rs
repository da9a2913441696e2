//! The keys of the capabilities `signer.mac` and `signer.macs`.

use auth_runtime::Purpose;
use aws_lc_rs::{hkdf, hmac};

use crate::error::KeyError;

/// The keys of the secret that makes codes, and of the secrets whose codes are right as well.
pub(crate) struct MacKeys {
    current: PurposeKeys,
    others: Vec<Other>,
}

/// The keys of a secret that makes no codes: it was replaced, or will replace the present one.
struct Other {
    keys: PurposeKeys,
    /// Until when codes of the secret are right, in milliseconds since the Unix epoch.
    until: u64,
}

/// One HMAC-SHA-256 key for each purpose, derived from one secret (HKDF, RFC 5869). A code for one
/// purpose reveals nothing about a code for another, nor about the secret.
struct PurposeKeys {
    device_token: hmac::Key,
    refresh_token: hmac::Key,
    source_name: hmac::Key,
}

impl MacKeys {
    /// The keys of one secret.
    pub(crate) fn derive(secret: &[u8]) -> Result<Self, KeyError> {
        Ok(Self {
            current: PurposeKeys::derive(secret)?,
            others: Vec::new(),
        })
    }

    /// The same keys, and those of another secret, whose codes are right until a time in milliseconds
    /// since the Unix epoch.
    pub(crate) fn with_other(mut self, secret: &[u8], until: u64) -> Result<Self, KeyError> {
        let keys = PurposeKeys::derive(secret)?;
        self.others.push(Other { keys, until });
        Ok(self)
    }

    pub(crate) fn mac(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        self.current.mac(purpose, message)
    }

    pub(crate) fn macs(&self, purpose: Purpose, message: &[u8], now: u64) -> Vec<Vec<u8>> {
        let others = self.others.iter().filter(|other| now < other.until);
        std::iter::once(&self.current)
            .chain(others.map(|other| &other.keys))
            .map(|keys| keys.mac(purpose, message))
            .collect()
    }
}

impl PurposeKeys {
    fn derive(secret: &[u8]) -> Result<Self, KeyError> {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"countersign mac").extract(secret);
        let expand = |purpose: &[u8]| -> Result<hmac::Key, KeyError> {
            Ok(extracted.expand(&[purpose], hmac::HMAC_SHA256)?.into())
        };
        Ok(Self {
            device_token: expand(b"device-token")?,
            refresh_token: expand(b"refresh-token")?,
            source_name: expand(b"source-name")?,
        })
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Vec<u8> {
        let key = match purpose {
            Purpose::DeviceToken => &self.device_token,
            Purpose::RefreshToken => &self.refresh_token,
            Purpose::SourceName => &self.source_name,
        };
        hmac::sign(key, message).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_another_secret_are_right_until_its_end() {
        let one = MacKeys::derive(&[1; 32]).unwrap();
        let old = one.mac(Purpose::RefreshToken, b"message");
        let two = MacKeys::derive(&[2; 32]).unwrap();
        let two = two.with_other(&[1; 32], 1_000).unwrap();
        let new = two.mac(Purpose::RefreshToken, b"message");
        let at = |now| two.macs(Purpose::RefreshToken, b"message", now);
        assert_eq!(at(999), [new.clone(), old.clone()]);
        assert_eq!(at(1_000), [new]);
        assert!(!two.macs(Purpose::DeviceToken, b"message", 0).contains(&old));
    }
}
