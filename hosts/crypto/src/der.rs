//! Recognises the DER of a key or certificate by its first bytes.

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The explicit tag of the version of a certificate (RFC 5280 §4.1).
const CERTIFICATE_VERSION: u8 = 0xa0;
/// The start of the object identifiers of password-based encryption (RFC 8018), which an encrypted
/// private key begins with.
const ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];

/// What a DER document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A private key: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915), even a cut one.
    Private,
    /// A public key (RFC 5280 §4.1, RFC 8017) or a certificate.
    Public,
}

/// What the bytes begin like; `None` for anything else. About one in 10⁹ random texts begins like a
/// key by chance.
pub(crate) fn kind(der: &[u8]) -> Option<Kind> {
    let content = content(der, SEQUENCE)?;
    match *content {
        // A version of 0 or 1, and then the algorithm, the modulus or the key.
        [INTEGER, 1, 0 | 1, SEQUENCE | INTEGER | OCTET_STRING, ..] => Some(Kind::Private),
        // A modulus of PKCS#1, which has far more than 127 bytes.
        [INTEGER, 0x81 | 0x82, ..] => Some(Kind::Public),
        [SEQUENCE, ..] => of_nested(content),
        _ => None,
    }
}

fn of_nested(der: &[u8]) -> Option<Kind> {
    match content(der, SEQUENCE)? {
        [OBJECT_IDENTIFIER, length, identifier @ ..] if (3..=9).contains(length) => {
            // The first byte is that of ISO (1.2, 1.3) or ITU-T.
            let known = matches!(identifier.first(), Some(0x2a | 0x2b));
            let encrypted = identifier.starts_with(ENCRYPTION);
            match (known, encrypted) {
                (_, true) => Some(Kind::Private),
                (true, false) => Some(Kind::Public),
                (false, false) => None,
            }
        }
        [CERTIFICATE_VERSION, 3, INTEGER, 1, 0..=2, ..] => Some(Kind::Public),
        _ => None,
    }
}

/// The bytes after tag and length.
fn content(der: &[u8], tag: u8) -> Option<&[u8]> {
    match der {
        [first, 0x81, _, rest @ ..] | [first, 0x82, _, _, rest @ ..] if *first == tag => Some(rest),
        [first, 0..=0x7f, rest @ ..] if *first == tag => Some(rest),
        _ => None,
    }
}
