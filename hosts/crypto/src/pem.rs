//! Reads a private key from PEM text (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::SettingError;

/// The PEM labels of private keys in forms other than PKCS#8.
const CONVERTIBLE: [&str; 3] = ["EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"];

/// What PEM text holds, even if its dashes or its last line were lost.
const SIGNS: [&str; 4] = ["-----BEGIN", "-----END", "PRIVATE KEY", "PUBLIC KEY"];

/// Whether the text is meant to be PEM.
pub(crate) fn is_pem(text: &str) -> bool {
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// The DER of the one `PRIVATE KEY` block that the text consists of.
///
/// Line breaks may be written as `\n`, because an environment variable often cannot hold real ones.
pub(crate) fn private_key_der(text: &str) -> Result<Zeroizing<Vec<u8>>, SettingError> {
    let text = Zeroizing::new(text.replace("\\r", "\r").replace("\\n", "\n"));
    let (label, block) = text
        .trim()
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.split_once("-----"))
        .ok_or(SettingError::Pem)?;
    match label {
        "PRIVATE KEY" => {}
        "OPENSSH PRIVATE KEY" => return Err(SettingError::OpenSsh),
        label if label.ends_with("PUBLIC KEY") || label.contains("CERTIFICATE") => {
            return Err(SettingError::Public);
        }
        // The error does not repeat another label: in damaged text, it could contain the key. The
        // parameters of a curve stand before the key where OpenSSL writes both.
        _ => {
            let begins = |label: &&str| text.contains(&format!("-----BEGIN {label}-----"));
            let known = CONVERTIBLE.into_iter().find(begins);
            return Err(known.map_or(SettingError::Pem, SettingError::PemLabel));
        }
    }
    let body = block
        .strip_suffix("-----END PRIVATE KEY-----")
        .ok_or(SettingError::Pem)?;
    let body: Zeroizing<Vec<u8>> = Zeroizing::new(
        body.bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect(),
    );
    STANDARD
        .decode(&*body)
        .map(Zeroizing::new)
        .map_err(|_| SettingError::Pem)
}
