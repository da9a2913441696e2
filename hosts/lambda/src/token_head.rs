//! Reads which key the token of a request names. The token is not verified here: an unknown key id
//! only tells that a new key may exist.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::Deserialize;

/// The longest header that is read, in characters. A header that this service writes is shorter,
/// even if its key id is as long as any can be and consists of escapes.
const LONGEST: usize = 2_560;

#[derive(Deserialize)]
struct Head {
    kid: String,
}

/// The `kid` of the bearer token (RFC 7515 §4.1.4); `None` if it has none.
pub fn key_id(headers: &HeaderMap) -> Option<String> {
    let credentials = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, token) = credentials.split_once(' ')?;
    let (head, _) = token.trim_start().split_once('.')?;
    if head.len() > LONGEST {
        return None;
    }
    let head = URL_SAFE_NO_PAD.decode(head).ok()?;
    let Head { kid } = serde_json::from_slice(&head).ok()?;
    Some(kid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_id_of(authorization: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        key_id(&headers)
    }

    #[test]
    fn finds_the_key_of_a_token_and_none_of_anything_else() {
        let head = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let good = head(r#"{"alg":"EdDSA","kid":"key-1","typ":"at+jwt"}"#);
        let found = key_id_of(&format!("Bearer {good}.e30.c2ln"));
        assert_eq!(found.as_deref(), Some("key-1"));
        for other in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer e30".to_owned(),
            "Bearer e30.e30.c2ln".to_owned(),
            "Bearer ?.e30.c2ln".to_owned(),
            format!("Bearer {}.e30.c2ln", head(r#"{"kid":7}"#)),
            format!(
                "Bearer {}.e30.c2ln",
                head(&format!(r#"{{"kid":"{}"}}"#, "k".repeat(LONGEST)))
            ),
        ] {
            assert_eq!(key_id_of(&other), None, "{other}");
        }
        assert_eq!(key_id(&HeaderMap::new()), None);
    }
}
