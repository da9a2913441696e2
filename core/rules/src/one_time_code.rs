//! One-time codes. So far there is one: the set-up token, which makes the first administrator.
//!
//! ```text
//!  (none) ──begin──► Open ──claim(account id)──► Claimed(account id) ──spend──► Spent
//!                    ▲  │ begin                   │
//!                    └──┴──── begin, when there ──┘
//!                             is no such account
//! ```
//!
//! An account that becomes an administrator by other means claims any code that is not spent, none
//! too ([`forestall`]), and spends it: the set-up ends with the first administrator, whoever made it.
//!
//! Each arrow is one compare-and-set in the store, so that of parallel claims one wins. The code is
//! claimed *before* the account is inserted, with the id that the account will have: after a crash in
//! between, [`begin`] can tell by that id whether there is an administrator.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// For scanners of leaked secrets, and so that nobody mistakes it for another token.
const PREFIX: &str = "css_";

/// A code as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of the code's text, 32 bytes: enough, since nobody can guess 256 random bits.
    pub digest: Vec<u8>,
    /// How far its use has got.
    pub state: State,
    /// Counts the writes, from 1.
    pub version: u64,
}

/// How far the use of a code has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody is using it, to make the account of this id.
    Claimed(String),
    /// Nobody has used it.
    Open,
    /// It was used, and what it was for is done.
    Spent,
}

/// The text of a code.
pub fn encode(random: &[u8; 32]) -> String {
    let mut text = PREFIX.to_owned();
    URL_SAFE_NO_PAD.encode_string(random, &mut text);
    text
}

/// What is kept of a code.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Whether `offered` is the code of which `digest` was kept, in constant time.
pub fn matches(digest: &[u8], offered: &str) -> bool {
    self::digest(offered).ct_eq(digest).into()
}

/// Puts the new code `text` in place of any earlier one. `None` once what it is for was done:
/// `stored` is spent, or was claimed for an account that `is_done` says was made.
pub fn begin(stored: Option<&Code>, is_done: bool, text: &str) -> Option<Code> {
    let version = match stored {
        None => 1,
        Some(code) if may_begin_again(&code.state, is_done) => code.version.checked_add(1)?,
        Some(_) => return None,
    };
    Some(Code {
        digest: digest(text).to_vec(),
        state: State::Open,
        version,
    })
}

/// Claims `stored` for whoever offers its text, to make the account `account_id`. `None` when it is
/// another text or the code is not open.
pub fn claim(stored: &Code, offered: &str, account_id: &str) -> Option<Code> {
    let may_claim = matches(&stored.digest, offered) && stored.state == State::Open;
    may_claim.then(|| stored.next(State::Claimed(account_id.to_owned())))
}

/// Claims the code for an account that gets by other means what it is for. `None` once that was done.
/// Where there is no code yet, `text` becomes one that nobody can claim.
pub fn forestall(stored: Option<&Code>, account_id: &str, text: &str) -> Option<Code> {
    let state = State::Claimed(account_id.to_owned());
    match stored {
        None => Some(Code {
            digest: digest(text).to_vec(),
            state,
            version: 1,
        }),
        Some(code) => (!is_spent(code)).then(|| code.next(state)),
    }
}

/// Whether what the code is for was done.
pub fn is_spent(code: &Code) -> bool {
    code.state == State::Spent
}

/// Ends `claimed`: the account was made.
pub fn spend(claimed: &Code) -> Code {
    claimed.next(State::Spent)
}

impl Code {
    fn next(&self, state: State) -> Self {
        let version = self.version.saturating_add(1);
        Self {
            digest: self.digest.clone(),
            state,
            version,
        }
    }
}

fn may_begin_again(state: &State, is_done: bool) -> bool {
    match state {
        State::Claimed(_) => !is_done,
        State::Open => true,
        State::Spent => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Code {
        begin(None, false, text).unwrap()
    }

    #[test]
    fn a_code_carries_256_bits() {
        let text = encode(&[0xff; 32]);
        assert_eq!(
            text,
            "css_//////////////////////////////////////////8".replace('/', "_")
        );
        assert_ne!(text, encode(&[0xfe; 32]));
    }

    #[test]
    fn only_the_whole_text_matches() {
        let text = encode(&[1; 32]);
        let kept = digest(&text);
        assert!(matches(&kept, &text));
        for other in [
            "",
            "css_",
            &text[4..],
            &text[..46],
            &format!("{text} "),
            &encode(&[2; 32]),
        ] {
            assert!(!matches(&kept, other), "{other}");
        }
        assert!(!matches(&kept[..31], &text));
        assert!(!matches(&[], ""));
    }

    #[test]
    fn a_code_is_claimed_once_and_then_spent() {
        let code = open("a");
        let claimed = claim(&code, "a", "id").unwrap();
        assert!(claimed.state == State::Claimed("id".to_owned()) && claimed.version == 2);
        assert!(claim(&claimed, "a", "other").is_none());
        let spent = spend(&claimed);
        assert!(spent.state == State::Spent && spent.version == 3);
        assert!(claim(&spent, "a", "id").is_none());
    }

    #[test]
    fn a_wrong_text_claims_nothing() {
        assert!(claim(&open("a"), "b", "id").is_none());
    }

    #[test]
    fn a_new_code_takes_the_place_of_an_unused_one() {
        let second = begin(Some(&open("a")), false, "b").unwrap();
        assert_eq!(second.version, 2);
        assert!(claim(&second, "a", "id").is_none());
        assert!(claim(&second, "b", "id").is_some());
    }

    #[test]
    fn a_claim_that_made_no_account_can_be_begun_again_and_no_other() {
        let claimed = claim(&open("a"), "a", "id").unwrap();
        assert!(begin(Some(&claimed), true, "b").is_none());
        let again = begin(Some(&claimed), false, "b").unwrap();
        assert!(again.state == State::Open && again.version == 3);
        let spent = spend(&claimed);
        assert!(begin(Some(&spent), true, "b").is_none());
        assert!(begin(Some(&spent), false, "b").is_none());
    }

    #[test]
    fn an_administrator_made_by_other_means_ends_it() {
        let opened = open("a");
        let claimed = claim(&opened, "a", "first").unwrap();
        for (stored, version) in [(None, 1), (Some(&opened), 2), (Some(&claimed), 3)] {
            let forestalled = forestall(stored, "other", "b").unwrap();
            assert!(forestalled.state == State::Claimed("other".to_owned()));
            assert_eq!(forestalled.version, version);
            for text in ["a", "b"] {
                assert!(claim(&forestalled, text, "id").is_none());
            }
            assert!(begin(Some(&forestalled), true, "c").is_none());
            assert!(begin(Some(&forestalled), false, "c").is_some());
            assert!(is_spent(&spend(&forestalled)));
        }
        assert!(forestall(Some(&spend(&claimed)), "other", "b").is_none());
    }
}
