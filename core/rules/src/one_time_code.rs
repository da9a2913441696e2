//! One-time codes: random texts that let their bearer do one thing once.
//!
//! ```text
//!  issue ──► Open ──claim──► Claimed ──spend──► Spent
//! ```
//!
//! The store keeps the digest of the text, never the text. Each arrow is one compare-and-set, so
//! one of several parallel uses succeeds. A purpose may also limit how long a code is valid and how
//! many wrong texts may be presented for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The facts about a stored code that the rules judge it by.
#[derive(Clone, Copy)]
pub struct CodeFacts<'a> {
    /// SHA-256 of the code's text, 32 bytes. No slow hash is needed: the text has 256 random bits.
    pub digest: &'a [u8],
    /// When the code expires, in Unix milliseconds; `None` for a code that never expires.
    pub expires_at: Option<u64>,
    /// How many wrong texts have been presented so far.
    pub attempts: u32,
    /// How far the use of the code has got.
    pub state: State,
}

/// How far the use of a code has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A flow is using the code.
    Claimed,
    /// The code has not been used yet.
    Open,
    /// The code was used, and what it allowed has been done.
    Spent,
}

/// The result of presenting a text for a code.
///
/// An answer to a client may tell only whether the result is `Right`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presentation {
    /// A flow is using the code.
    Claimed,
    /// The code has expired.
    Expired,
    /// The text is the code's, and the code can be claimed.
    Right,
    /// The code has already been used.
    Spent,
    /// Too many wrong texts were presented before; this one was not compared.
    TooManyAttempts,
    /// The text is not the code's.
    Wrong {
        /// The new number of wrong texts to store, if the purpose limits them.
        attempts: u32,
    },
}

/// Makes the text of a code. `prefix` names the purpose, for people and for scanners of leaked
/// secrets.
pub fn encode(prefix: &str, random: &[u8; 32]) -> String {
    let mut text = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(random, &mut text);
    text
}

/// The digest of a code's text, which is stored in its place.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Judges whether `offered` is the text of `code`, in constant time. `max_attempts` is the number
/// of wrong texts after which the code is refused; `None` if they are not counted.
pub fn present(
    code: &CodeFacts<'_>,
    offered: &str,
    max_attempts: Option<u32>,
    now: u64,
) -> Presentation {
    match code.state {
        State::Claimed => return Presentation::Claimed,
        State::Spent => return Presentation::Spent,
        State::Open => {}
    }
    if code.expires_at.is_some_and(|expires_at| now >= expires_at) {
        return Presentation::Expired;
    }
    if max_attempts.is_some_and(|max| code.attempts >= max) {
        return Presentation::TooManyAttempts;
    }
    if digest(offered).ct_eq(code.digest).into() {
        Presentation::Right
    } else {
        Presentation::Wrong {
            attempts: code.attempts.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "css_";
    const NOW: u64 = 1_000;

    fn open(digest: &[u8]) -> CodeFacts<'_> {
        CodeFacts {
            digest,
            expires_at: None,
            attempts: 0,
            state: State::Open,
        }
    }

    #[test]
    fn a_code_carries_256_bits() {
        let text = encode(PREFIX, &[0xff; 32]);
        assert_eq!(
            text,
            "css_//////////////////////////////////////////8".replace('/', "_")
        );
        assert_ne!(text, encode(PREFIX, &[0xfe; 32]));
    }

    #[test]
    fn only_the_whole_text_is_right() {
        let text = encode(PREFIX, &[1; 32]);
        let kept = digest(&text);
        let judge = |digest, offered: &str| present(&open(digest), offered, None, NOW);
        assert_eq!(judge(&kept, &text), Presentation::Right);
        let wrong = Presentation::Wrong { attempts: 1 };
        for other in [
            "",
            "css_",
            &text[4..],
            &text[..46],
            &format!("{text} "),
            &encode(PREFIX, &[2; 32]),
        ] {
            assert_eq!(judge(&kept, other), wrong, "{other}");
        }
        assert_eq!(judge(&kept[..31], &text), wrong);
        assert_eq!(judge(&[], ""), wrong);
    }

    #[test]
    fn a_code_in_use_or_used_is_refused_whatever_is_presented() {
        let kept = digest("a");
        for (state, expected) in [
            (State::Claimed, Presentation::Claimed),
            (State::Spent, Presentation::Spent),
        ] {
            let code = CodeFacts {
                state,
                ..open(&kept)
            };
            for text in ["a", "b"] {
                assert_eq!(present(&code, text, Some(3), NOW), expected);
            }
        }
    }

    #[test]
    fn a_code_ends_at_its_time() {
        let kept = digest("a");
        let code = CodeFacts {
            expires_at: Some(NOW),
            ..open(&kept)
        };
        assert_eq!(present(&code, "a", None, NOW - 1), Presentation::Right);
        for now in [NOW, NOW + 1, u64::MAX] {
            assert_eq!(present(&code, "a", None, now), Presentation::Expired);
            assert_eq!(present(&open(&kept), "a", None, now), Presentation::Right);
        }
    }

    #[test]
    fn wrong_texts_are_counted_until_even_the_right_one_is_refused() {
        let kept = digest("a");
        let mut code = open(&kept);
        for attempts in 1..=3 {
            assert_eq!(present(&code, "a", Some(3), NOW), Presentation::Right);
            let judged = present(&code, "b", Some(3), NOW);
            assert_eq!(judged, Presentation::Wrong { attempts });
            code.attempts = attempts;
        }
        for text in ["a", "b"] {
            let judged = present(&code, text, Some(3), NOW);
            assert_eq!(judged, Presentation::TooManyAttempts);
        }
        assert_eq!(present(&code, "a", None, NOW), Presentation::Right);
    }
}
