//! Sessions: each is a family of refresh tokens, of which one is the current one.
//!
//! ```text
//!            generation g presented, now < expires_at
//!           ┌───────────────────────────────────────┐
//!           │  Rotate: g+1, rotated_at = now        │
//!  start    ▼                                       │
//! ───────► live, current generation g ──────────────┘
//!           │   │
//!           │   └─ g-1 presented within the grace ──► Replay: answer g once more, write nothing
//!           │
//!           ├──── g-1 after the grace, or any other generation ──► Reused: remove the session
//!           │
//!           └──── idle or absolute end, account disabled, epoch passed ──► Over
//! ```
//!
//! *One winner.* Rotate is one compare-and-set. Of parallel refreshes with one token one writes; the
//! others meet a conflict, read the session again, and find themselves in Replay, which gives them the
//! very token that the winner got. To present `g` makes it the one before the current one, so a replay
//! of `g-1` after its successor was used is an older generation, and Reused.
//!
//! *Generations from the future* (`> g`, with a right code) cannot come from a live store. They show
//! that it was set back, to a backup for instance, so that its current generation is in truth a used
//! one. To let the family live would revive tokens that were dead: it is Reused as well.
//!
//! *Clocks.* The hosts' clocks may differ by less than the grace. A clock that is further back than
//! that before `rotated_at` does not open the grace again: there, too, the grace has passed.

use crate::opaque_token::PresentedRefresh;
use crate::settings;

/// No user agent is kept longer, in Unicode scalar values.
const MAX_USER_AGENT_CHARACTERS: usize = 256;

/// More sessions than any policy lets an account have: `[session] max_per_account` is at most 200.
pub const MAX_PER_ACCOUNT: u32 = 256;

/// What a stored session is judged by. Times are in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionFacts<'a> {
    /// UUIDv7: sorts by creation.
    pub id: &'a str,
    /// The session epoch of the account at the start of the session.
    pub epoch: u64,
    /// Which refresh token is the current one, from 1.
    pub generation: u64,
    /// When the current generation was made.
    pub rotated_at: u64,
    /// The sooner of its idle and its absolute end.
    pub expires_at: u64,
    /// Its end, however it is used.
    pub absolute_expires_at: u64,
}

/// When a new session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The sooner of its idle and its absolute end.
    pub expires_at: u64,
    /// Its end, however it is used.
    pub absolute_expires_at: u64,
}

/// What a refresh changes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The next generation.
    pub generation: u64,
    /// When it was made, which is the last use of the session.
    pub rotated_at: u64,
    /// The sooner of its new idle and its absolute end.
    pub expires_at: u64,
}

/// What of its account a session is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFacts<'a> {
    /// Whether the account exists and is not disabled.
    pub active: bool,
    /// Its session epoch: sessions of another epoch have ended.
    pub epoch: u64,
    /// The id of the one session that outlived the epochs before.
    pub survivor: Option<&'a str>,
}

/// What becomes of a session when a refresh token is presented.
#[derive(Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The session has ended, or the token belongs to another one: refuse.
    Over,
    /// The token before the current one, again: answer the current one, write nothing.
    Replay,
    /// A token that was used before: end the session, raise an event, refuse.
    Reused,
    /// The current token: write this change, then answer the token of the new generation.
    Rotate(Rotation),
}

/// The lifetime of a session that starts now, at generation 1.
pub fn start(settings: &settings::Session, now: u64) -> Lifetime {
    let absolute_expires_at = after_seconds(now, settings.absolute_seconds);
    Lifetime {
        expires_at: after_seconds(now, settings.idle_seconds).min(absolute_expires_at),
        absolute_expires_at,
    }
}

/// Judges a refresh token. The state machine is drawn at the head of this module.
pub fn refresh(
    session: SessionFacts<'_>,
    presented: &PresentedRefresh,
    account: AccountFacts<'_>,
    settings: &settings::Session,
    now: u64,
) -> Refresh {
    if presented.session_id() != session.id || !is_live(session, account, now) {
        return Refresh::Over;
    }
    if presented.generation() == session.generation {
        return rotate(session, settings, now).map_or(Refresh::Over, Refresh::Rotate);
    }
    let is_previous = presented.generation().checked_add(1) == Some(session.generation);
    if is_previous && in_grace(session, settings, now) {
        return Refresh::Replay;
    }
    Refresh::Reused
}

/// Whether the session can still be used.
pub fn is_live(session: SessionFacts<'_>, account: AccountFacts<'_>, now: u64) -> bool {
    let is_of_epoch = account.epoch == session.epoch || account.survivor == Some(session.id);
    account.active && is_of_epoch && now < session.expires_at && now < session.absolute_expires_at
}

/// The ids of the sessions to end after a login: those that have ended, and of the others the oldest
/// beyond the limit. `sessions` are all of the account, the new one too, in ascending order of id.
pub fn excess<'a>(
    sessions: &[SessionFacts<'a>],
    account: AccountFacts<'_>,
    settings: &settings::Session,
    now: u64,
) -> Vec<&'a str> {
    let (live, over): (Vec<SessionFacts<'a>>, Vec<_>) = sessions
        .iter()
        .partition(|session| is_live(**session, account, now));
    let limit = usize::try_from(settings.max_per_account).unwrap_or(usize::MAX);
    let oldest = live.len().saturating_sub(limit);
    over.into_iter()
        .chain(live.into_iter().take(oldest))
        .map(|session| session.id)
        .collect()
}

/// The change to the next generation; `None` after the last number there is.
fn rotate(session: SessionFacts<'_>, settings: &settings::Session, now: u64) -> Option<Rotation> {
    let idle_end = after_seconds(now, settings.idle_seconds);
    Some(Rotation {
        generation: session.generation.checked_add(1)?,
        rotated_at: now,
        expires_at: idle_end.min(session.absolute_expires_at),
    })
}

fn in_grace(session: SessionFacts<'_>, settings: &settings::Session, now: u64) -> bool {
    now.abs_diff(session.rotated_at) < after_seconds(0, settings.grace_seconds)
}

fn after_seconds(millis: u64, seconds: u32) -> u64 {
    millis.saturating_add(u64::from(seconds).saturating_mul(1000))
}

/// The user agent to store: cut, and without what could play tricks on a terminal or a log.
pub fn displayable(user_agent: &str) -> String {
    user_agent
        .chars()
        .take(MAX_USER_AGENT_CHARACTERS)
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
