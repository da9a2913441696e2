//! The one-time code that opens the set-up.

use auth_rules::one_time_code;

use crate::bindings::countersign::auth::code_store::{self, Code};
use crate::bindings::countersign::auth::types::ReplaceError;
use crate::flows::accounts;
use crate::imports::{convert, entropy};

/// The only one-time code so far.
const KEY: &str = "setup";

/// The code on its way to be used for an account.
pub(crate) struct Claim {
    before: Option<Code>,
    claimed: Code,
}

/// The code as it is stored.
pub(crate) fn find() -> Option<Code> {
    code_store::find(KEY)
}

/// Writes `code` in place of `replaces`.
pub(crate) fn put(code: &Code, replaces: Option<&Code>) -> Result<(), ReplaceError> {
    code_store::put(KEY, code, replaces.map(|code| code.version))
}

/// Claims the code for an account that becomes an administrator without it; `None` once the set-up is
/// over. Whoever has the code cannot begin to use it any more.
pub(crate) fn forestall(account_id: &str) -> Option<Claim> {
    loop {
        let before = find();
        let text = one_time_code::encode(&entropy::random());
        let stored = before.as_ref().map(convert::code_to_rule);
        let claimed = one_time_code::forestall(stored.as_ref(), account_id, &text)?;
        let claim = Claim {
            before,
            claimed: convert::code_to_wit(claimed),
        };
        if claim.write().is_ok() {
            return Some(claim);
        }
    }
}

impl Claim {
    /// A claim by whoever offers the code's text, still to be written. `None` when it is not the
    /// present one.
    pub(crate) fn of(offered: &str, account_id: &str) -> Option<Self> {
        let open = find()?;
        let claimed = one_time_code::claim(&convert::code_to_rule(&open), offered, account_id)?;
        Some(Self {
            before: Some(open),
            claimed: convert::code_to_wit(claimed),
        })
    }

    /// A claim that was written, and whose account may have been made.
    pub(crate) fn left_behind(claimed: Code) -> Self {
        Self {
            before: None,
            claimed,
        }
    }

    /// Of parallel claims one is written.
    pub(crate) fn write(&self) -> Result<(), ReplaceError> {
        put(&self.claimed, self.before.as_ref())
    }

    /// Gives the code back: the account was not made. Losing against `begin` is well, which has made
    /// another code by then.
    pub(crate) fn reopen(self) {
        if let Some(before) = self.before {
            let reopened = Code {
                version: accounts::next(self.claimed.version),
                ..before
            };
            let _ = put(&reopened, Some(&self.claimed));
        }
    }

    /// Closes the set-up for good: the account was made. False when `begin` opened it again before.
    pub(crate) fn spend(self) -> bool {
        let mut present = self.claimed;
        loop {
            let spent = one_time_code::spend(&convert::code_to_rule(&present));
            if put(&convert::code_to_wit(spent), Some(&present)).is_ok() {
                return true;
            }
            // Another account may have claimed the same code, or closed the set-up already.
            match find().filter(|code| code.digest == present.digest) {
                None => return false,
                Some(code) if one_time_code::is_spent(&convert::code_to_rule(&code)) => {
                    return true;
                }
                Some(code) => present = code,
            }
        }
    }
}
