//! `hosts/lambda`: events of Lambda, and the requests that they become.

use auth_lambda::{Context, Front, Payload, request};
use serde_json::Value;

/// An event of any shape is answered or refused, never a panic. The path of a request is that of
/// the event: nothing in it is resolved.
pub(crate) fn check(input: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let Ok(Payload::Http(event)) = Payload::read(event) else {
        return;
    };
    let (sent, body) = (event.path.clone(), event.body.len());
    let has_prefix = event.members.contains_key("version");
    let Ok(request) = request(event, &Context::default(), &Front::default(), false) else {
        return;
    };
    let path = request.uri().path();
    assert!(path.starts_with('/'));
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
    if !has_prefix && path != "/too-long" {
        let sent = decoded(&sent);
        let sent = if sent.starts_with(b"/") {
            sent
        } else {
            [b"/", &sent[..]].concat()
        };
        assert_eq!(decoded(path), sent);
    }
    for value in request.headers().values() {
        assert!(
            value
                .as_bytes()
                .iter()
                .all(|byte| *byte == b'\t' || !byte.is_ascii_control())
        );
    }
    assert!(body <= input.len());
}

/// The bytes of a percent-encoded text.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |place: usize| char::from(*bytes.get(place)?).to_digit(16);
    let mut decoded = Vec::new();
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let escape = digit(place + 1)
            .zip(digit(place + 2))
            .filter(|_| *byte == b'%');
        let value = escape.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(value.unwrap_or(*byte));
        place += if value.is_some() { 3 } else { 1 };
    }
    decoded
}
