//! The set-up of the first administrator, which needs a one-time code.
//!
//! ```text
//!  (none) ──begin──► Open ──claim(account id)──► Claimed(account id) ──spend──► Spent
//!                    ▲  │ begin                   │
//!                    └──┴── begin, when there is ─┘
//!                           no such administrator
//! ```
//!
//! Each arrow is one compare-and-set. The code is claimed with the id of the account, *before* that
//! account becomes an administrator. After a crash in between, [`begin`] looks up the id to tell
//! whether the administrator exists. When an administrator is made without the code, that flow also
//! claims and spends the code ([`closing`]), so the first administrator ends the set-up in every
//! case.

use auth_rules::one_time_code::{self, Presentation};

use crate::bindings::countersign::auth::account_store;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::code_store::{self, Code, CodePurpose, CodeState};
use crate::flows::accounts;
use crate::flows::authority::Actor;
use crate::imports::{convert, entropy};

const KEY: &str = "setup";
const PREFIX: &str = "css_";
/// How long a code is valid. A start of the host makes a new one.
const VALID_MILLIS: u64 = 24 * 3_600_000;

/// A claim of the code, with the code as it was before the claim.
pub(crate) struct Claim {
    before: Option<Code>,
    claimed: Code,
}

/// Opens the set-up with a new code, which replaces any earlier one and is valid for a day. Returns `None` once a first
/// administrator has been made.
pub(crate) fn begin(administrator: &str, now: u64) -> Option<String> {
    let expires_at = now.saturating_add(VALID_MILLIS);
    loop {
        let stored = code_store::find(KEY);
        match stored.as_ref().map(|code| (code, &code.state)) {
            Some((_, CodeState::Spent)) => return None,
            Some((code, CodeState::Claimed(id))) if is_administrator(id, administrator) => {
                // The flow that claimed the code seems to have ended before it spent the code. The
                // code is spent now, since the account may be deleted later. If this write loses,
                // that flow is still running and has spent the code.
                spend(code);
                return None;
            }
            _ => {}
        }
        let (text, code) = new_code(CodeState::Open, Some(expires_at));
        if put(code, stored.as_ref()).is_some() {
            return Some(text);
        }
    }
}

/// Returns the current code if `offered` is its text.
///
/// Wrong texts are not counted: 256 bits cannot be guessed, and a limit would let strangers block
/// the set-up.
pub(crate) fn find_presented(offered: &str, now: u64) -> Option<Code> {
    let code = code_store::find(KEY)?;
    let judged = one_time_code::present(&convert::code_facts(&code), offered, None, now);
    (judged == Presentation::Right).then_some(code)
}

/// Claims the code for an account. Returns `None` when another flow wrote the code first.
pub(crate) fn claim(before: Option<Code>, account_id: &str) -> Option<Claim> {
    let state = CodeState::Claimed(account_id.to_owned());
    let code = match before.clone() {
        // A store drops what has expired, and the set-up would be open again.
        Some(code) => Code {
            state,
            expires_at: None,
            ..code
        },
        // No client learns the text of this code, so only this flow can use it.
        None => new_code(state, None).1,
    };
    let claimed = put(code, before.as_ref())?;
    Some(Claim { before, claimed })
}

impl Claim {
    /// Gives the code back because the account was not made. If this write loses against [`begin`],
    /// another code has replaced this one.
    pub(crate) fn undo(self) {
        if let Some(before) = self.before {
            put(before, Some(&self.claimed));
        }
    }

    /// Ends the set-up because the account was made. Returns false when another flow took over the
    /// code, which only [`begin`] and [`closing`] do. When `begin` sees the account first, it
    /// spends this claim itself.
    pub(crate) fn spend(&self) -> bool {
        let is_own = |code: Code| is_spent(&code) && code.digest == self.claimed.digest;
        spend(&self.claimed) || code_store::find(KEY).is_some_and(is_own)
    }
}

/// Runs `make`, which gives the account these roles. If that makes an administrator without the
/// code, the set-up ends; if `make` fails, the set-up stays unchanged.
pub(crate) fn closing<T, E>(
    actor: &Actor,
    administrator: &String,
    account_id: &str,
    roles: &[String],
    make: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let claim = roles.contains(administrator).then(|| claim_any(account_id));
    let made = make();
    let Some(claim) = claim.flatten() else {
        return made;
    };
    if made.is_err() {
        claim.undo();
        return made;
    }
    let mut present = Some(claim.claimed);
    // A write loses when `begin` made another code before the account was an administrator.
    while present.is_some_and(|code| !is_spent(&code) && !spend(&code)) {
        present = code_store::find(KEY);
    }
    actor.note(EventKind::SetupCompleted, account_id, None);
    made
}

/// Claims the code in any state except spent. Returns `None` when it is spent.
fn claim_any(account_id: &str) -> Option<Claim> {
    loop {
        let before = code_store::find(KEY);
        if before.as_ref().is_some_and(is_spent) {
            return None;
        }
        if let Some(claim) = claim(before, account_id) {
            return Some(claim);
        }
    }
}

fn is_administrator(id: &str, administrator: &str) -> bool {
    account_store::find(id)
        .is_some_and(|account| account.roles.iter().any(|role| role == administrator))
}

fn is_spent(code: &Code) -> bool {
    matches!(code.state, CodeState::Spent)
}

/// Makes a new text and the code to store for it.
fn new_code(state: CodeState, expires_at: Option<u64>) -> (String, Code) {
    let text = one_time_code::encode(PREFIX, &entropy::random());
    let code = Code {
        purpose: CodePurpose::Setup,
        subject: None,
        digest: one_time_code::digest(&text).to_vec(),
        expires_at,
        attempts: 0,
        state,
        version: 1,
    };
    (text, code)
}

/// Marks `code` as spent. Returns false when another flow wrote it first.
fn spend(code: &Code) -> bool {
    let state = CodeState::Spent;
    put(
        Code {
            state,
            expires_at: None,
            ..code.clone()
        },
        Some(code),
    )
    .is_some()
}

/// Stores `code` as the next version of `replaces`. Returns `None` when another flow wrote first.
fn put(code: Code, replaces: Option<&Code>) -> Option<Code> {
    let replaced = replaces.map(|code| code.version);
    let version = replaced.map_or(1, accounts::next);
    let code = Code { version, ..code };
    code_store::put(KEY, &code, replaced).ok()?;
    Some(code)
}
