//! Pages of longer lists, and the cursors between them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The largest number of items on a page.
pub const MAX_LIMIT: u32 = 200;

/// How many items a page may hold when `asked` are wanted; `None` for 0, with which a walk would
/// not advance.
pub fn limit(asked: u32) -> Option<u32> {
    (asked > 0).then(|| asked.min(MAX_LIMIT))
}

/// Makes the cursor for the page that follows `last_key`, the last key of the current page.
///
/// A cursor hides nothing: base64url tells clients to pass it on unread and not to make their own.
pub fn cursor_encode(last_key: &str) -> String {
    URL_SAFE_NO_PAD.encode(last_key)
}

/// Returns the key that [`cursor_encode`] made this cursor from; `None` for a text that it cannot
/// have made.
pub fn cursor_decode(cursor: &str) -> Option<String> {
    let key = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    String::from_utf8(key).ok().filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_are_capped_and_zero_is_refused() {
        for (asked, given) in [
            (0, None),
            (1, Some(1)),
            (200, Some(200)),
            (201, Some(200)),
            (u32::MAX, Some(200)),
        ] {
            assert_eq!(limit(asked), given, "{asked}");
        }
    }

    #[test]
    fn refuses_what_is_no_cursor() {
        for bad in ["", "=", "YQ==", "YR", "Y", "a b", "_w", "YWI+", "YWI/"] {
            assert_eq!(cursor_decode(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_key(key in ".+") {
            let cursor = cursor_encode(&key);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(cursor_decode(&cursor), Some(key));
        }

        #[test]
        fn a_key_has_one_cursor(cursor in "[A-Za-z0-9_-]{0,12}") {
            if let Some(key) = cursor_decode(&cursor) {
                prop_assert_eq!(cursor_encode(&key), cursor);
            }
        }
    }
}
