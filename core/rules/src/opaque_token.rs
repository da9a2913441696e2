//! Refresh and device tokens: opaque to their bearer, and not stored.
//!
//! Both consist of a prefix, by which scanners for leaked secrets recognise them, and 56 bytes in
//! base64url:
//!
//! ```text
//! refresh  csr_  session id (16)  generation     (u64, big endian)  code (32)
//! device   csd_  device id  (16)  expires at, ms (u64, big endian)  code (32)
//! ```
//!
//! The code is an HMAC-SHA-256 under a secret of the host, which never enters this crate: the
//! caller has the host compute it over [`refresh_mac_input`] or [`device_mac_input`], with a
//! separate purpose for each. A valid token can therefore be derived again at any time, as a replay
//! within the grace period needs, and no token can be made from the contents of a store.
//!
//! A token is trusted once `verify` has compared its code:
//!
//! ```compile_fail,E0451
//! fn forge() -> auth_rules::opaque_token::PresentedRefresh {
//!     auth_rules::opaque_token::PresentedRefresh { session_id: String::new(), generation: 1 }
//! }
//! ```
//!
//! ```compile_fail,E0451
//! fn forge() -> auth_rules::opaque_token::KnownDevice {
//!     auth_rules::opaque_token::KnownDevice { id: String::new() }
//! }
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::{Choice, ConstantTimeEq as _};
use uuid::Uuid;

const REFRESH_PREFIX: &str = "csr_";
const DEVICE_PREFIX: &str = "csd_";

const MAC_BYTES: usize = 32;

/// 56 bytes in base64url without padding.
const BODY_CHARACTERS: usize = 75;

/// A refresh token whose code has not been compared yet.
pub struct UnverifiedRefresh {
    session_id: String,
    generation: u64,
    mac: [u8; MAC_BYTES],
}

/// A refresh token that this service issued, at any time in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedRefresh {
    session_id: String,
    generation: u64,
}

/// A device token whose code has not been compared yet.
pub struct UnverifiedDevice {
    id: [u8; 16],
    expires_at: u64,
    mac: [u8; MAC_BYTES],
}

/// A device from which the user has logged in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    id: [u8; 16],
}

impl UnverifiedRefresh {
    /// Splits a refresh token into its parts; `None` when the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, generation, mac) = parse(REFRESH_PREFIX, text)?;
        Some(Self {
            session_id: Uuid::from_bytes(id).hyphenated().to_string(),
            generation,
            mac,
        })
    }

    /// The session that the token names: a lower-case hyphenated UUID.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The generation that the token names.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Compares the token's code, in constant time, with those computed over [`refresh_mac_input`]:
    /// one for each secret that may have made the token.
    pub fn verify(self, expected_macs: &[Vec<u8>]) -> Option<PresentedRefresh> {
        is_among(&self.mac, expected_macs).then_some(PresentedRefresh {
            session_id: self.session_id,
            generation: self.generation,
        })
    }
}

impl PresentedRefresh {
    /// The session that the token belongs to.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The generation of the token within its session, from 1.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// The input of the MAC in a refresh token; `seed` is that of its session.
pub fn refresh_mac_input(session_id: &str, seed: &[u8], generation: u64) -> Vec<u8> {
    mac_input(generation, session_id, seed)
}

/// Makes the refresh token of a session. `None` when `session_id` is not a UUID or `mac` is not 32
/// bytes.
pub fn encode_refresh(session_id: &str, generation: u64, mac: &[u8]) -> Option<String> {
    let id = Uuid::try_parse(session_id).ok()?;
    encode(REFRESH_PREFIX, id.as_bytes(), generation, mac)
}

impl UnverifiedDevice {
    /// Splits a device token into its parts; `None` when the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, expires_at, mac) = parse(DEVICE_PREFIX, text)?;
        Some(Self {
            id,
            expires_at,
            mac,
        })
    }

    /// The input of the MAC that the token must carry if it belongs to a device of this account and
    /// session epoch.
    pub fn mac_input(&self, account_id: &str, session_epoch: u64) -> Vec<u8> {
        device_mac_input(account_id, session_epoch, &self.id, self.expires_at)
    }

    /// Compares the token's code, in constant time, with those computed over
    /// [`mac_input`](Self::mac_input): one for each secret that may have made the token. Also `None`
    /// when the token has expired.
    pub fn verify(self, expected_macs: &[Vec<u8>], now_millis: u64) -> Option<KnownDevice> {
        let holds = is_among(&self.mac, expected_macs) && now_millis < self.expires_at;
        holds.then_some(KnownDevice { id: self.id })
    }
}

impl KnownDevice {
    /// The id of the device as text: 22 characters of base64url.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.id)
    }

    /// The id of the device as the 16 bytes in its token.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.id
    }
}

/// The input of the MAC in a device token. It names the account and its session epoch, so the token
/// marks the device for that account only, and dies with the sessions: at a change of password, an
/// end of all sessions, and a change of status.
pub fn device_mac_input(
    account_id: &str,
    session_epoch: u64,
    device_id: &[u8; 16],
    expires_at: u64,
) -> Vec<u8> {
    let rest = [session_epoch.to_be_bytes().as_slice(), device_id].concat();
    mac_input(expires_at, account_id, &rest)
}

/// Makes the token of a device, valid until `expires_at` (Unix milliseconds). `None` when `mac` is
/// not 32 bytes.
pub fn encode_device(device_id: &[u8; 16], expires_at: u64, mac: &[u8]) -> Option<String> {
    encode(DEVICE_PREFIX, device_id, expires_at, mac)
}

fn encode(prefix: &str, id: &[u8; 16], number: u64, mac: &[u8]) -> Option<String> {
    if mac.len() != MAC_BYTES {
        return None;
    }
    let body = [id.as_slice(), &number.to_be_bytes(), mac].concat();
    let mut token = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(body, &mut token);
    Some(token)
}

fn parse(prefix: &str, text: &str) -> Option<([u8; 16], u64, [u8; MAC_BYTES])> {
    let body = text.strip_prefix(prefix)?;
    if body.len() != BODY_CHARACTERS {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
    let (id, rest) = bytes.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    Some((*id, u64::from_be_bytes(*number), rest.try_into().ok()?))
}

/// Encodes three values as bytes. Different triples give different bytes, since the length of
/// `text` stands before it and `rest` comes last.
fn mac_input(number: u64, text: &str, rest: &[u8]) -> Vec<u8> {
    let length = text.len() as u64;
    [
        &number.to_be_bytes(),
        &length.to_be_bytes(),
        text.as_bytes(),
        rest,
    ]
    .concat()
}

fn is_among(mac: &[u8; MAC_BYTES], expected: &[Vec<u8>]) -> bool {
    let compared = expected.iter().map(|expected| mac.ct_eq(expected));
    compared
        .fold(Choice::from(0), |any, same| any | same)
        .into()
}

#[cfg(test)]
mod tests;
