//! Reads the path of a request.

/// The decoded segments of the path of a request target; `None` when programs may read the path in
/// different ways. A slash at the end counts for nothing, since many programs ignore it.
pub(super) fn segments(target: &str) -> Option<Vec<Vec<u8>>> {
    let path = target.split(['?', '#']).next()?;
    let rest = path.strip_prefix('/')?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    rest.split('/').map(segment).collect()
}

fn segment(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)?.checked_mul(16)? | hex(bytes.next()?)?,
            0x21..=0x7e => byte,
            _ => return None,
        });
    }
    let is_plain = |byte: &u8| !byte.is_ascii_control() && !matches!(byte, b'/' | b'\\' | b';');
    let is_name = !matches!(decoded.as_slice(), b"" | b"." | b"..");
    (is_name && decoded.iter().all(is_plain)).then_some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
