//! Sessions: each is a family of refresh tokens, exactly one of which is current.
//!
//! ```text
//!            generation g presented, now < expires_at
//!           ┌───────────────────────────────────────┐
//!           │  Rotate: g+1, rotated_at = now        │
//!  start    ▼                                       │
//! ───────► live, current generation g ──────────────┘
//!           │   │
//!           │   └─ g-1 presented within the grace
//!           │      ├─ by the client that rotated ──► Replay: answer g once more, write nothing
//!           │      └─ by another client ──► ReplayRefused: remove the session
//!           │
//!           ├──── g-1 after the grace, or any other generation ──► Reused: remove the session
//!           │
//!           └──── idle or absolute end, account disabled, epoch passed ──► Over
//! ```
//!
//! *One winner.* A rotation is one compare-and-set. Of parallel refreshes with the same token, one
//! writes. The others meet a conflict, read the session again, and end in Replay, which gives them
//! exactly the token that the winner got. Once `g` is presented and rotated, `g` is the generation
//! before the current one. So a replay of `g-1` after its successor was used presents an older
//! generation, which is Reused.
//!
//! *Two clients within the grace.* One of them holds a copy, and nothing tells which: a thief may as
//! well have rotated first, a second before the owner. So the session ends, as after the grace. This
//! gives a thief no new way to end it, since the same token ends it once the grace has passed; and an
//! owner whose answer was lost and whose network changed has no token that works in either case. The
//! idempotency key is for that owner.
//!
//! *Generations from the future* (`> g`, with a valid code) cannot come from a live store. They
//! show that the store was set back, for instance to a backup, so that its current generation has
//! already been used. If the family stayed alive, tokens that were dead would work again, so this
//! is Reused as well.
//!
//! *Clocks.* The clocks of the hosts may differ by less than the grace period. If a clock is behind
//! `rotated_at` by more than that, the grace period counts as passed, so that it cannot start
//! again.

use crate::client_mark::ClientMark;
use crate::opaque_token::PresentedRefresh;
use crate::settings::{self, Replay};

/// The longest user agent that is stored, in Unicode scalar values.
const MAX_USER_AGENT_CHARACTERS: usize = 256;

const MILLIS_PER_HOUR: u64 = 3_600_000;

/// More sessions than any policy allows for an account: `[session] max_per_account` is at most 200.
pub const MAX_PER_ACCOUNT: u32 = 256;

/// The facts about a stored session that the rules judge it by. Times are in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionFacts<'a> {
    /// A UUIDv7, so that ids sort by time of creation.
    pub id: &'a str,
    /// The session epoch of the account when the session started.
    pub epoch: u64,
    /// The generation of the current refresh token, counted from 1.
    pub generation: u64,
    /// When the current generation was issued.
    pub rotated_at: u64,
    /// The client to which the current generation was issued; `None` in generation 1, and when an
    /// earlier release issued it.
    pub rotated_by: Option<ClientMark<'a>>,
    /// The idle end or the absolute end of the session, whichever is sooner.
    pub expires_at: u64,
    /// The absolute end of the session, however much it is used.
    pub absolute_expires_at: u64,
}

/// The times at which a new session ends, in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The idle end or the absolute end, whichever is sooner.
    pub expires_at: u64,
    /// The absolute end, however much the session is used.
    pub absolute_expires_at: u64,
}

/// The changes that a refresh makes to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The number of the next generation.
    pub generation: u64,
    /// When the next generation was issued, which is the last use of the session.
    pub rotated_at: u64,
    /// The new idle end or the absolute end, whichever is sooner.
    pub expires_at: u64,
}

/// The facts about an account that decide whether its sessions are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFacts<'a> {
    /// Whether the account exists and is not disabled.
    pub active: bool,
    /// The session epoch of the account: sessions of another epoch have ended.
    pub epoch: u64,
    /// The id of the one session that survived the changes of epoch.
    pub survivor: Option<&'a str>,
}

/// The outcome of presenting a refresh token for a session.
#[derive(Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The session has ended, or the token belongs to another session: refuse.
    Over,
    /// The token before the current one, within the grace period and by the client that got the
    /// current one: answer with that once more and write nothing.
    Replay,
    /// The token before the current one, within the grace period but by another client: end the
    /// session, record an event, refuse.
    ReplayRefused,
    /// A token that was used before: end the session, record an event, refuse.
    Reused,
    /// The current token: write this rotation, then answer with the token of the new generation.
    Rotate(Rotation),
}

/// The lifetime of a session that starts now, in generation 1.
pub fn start(settings: &settings::Session, now: u64) -> Lifetime {
    let absolute_expires_at = after_seconds(now, settings.absolute_seconds);
    Lifetime {
        expires_at: after_seconds(now, settings.idle_seconds).min(absolute_expires_at),
        absolute_expires_at,
    }
}

/// Judges a refresh token that `client` presents. The documentation of this module has the state
/// machine.
pub fn refresh(
    session: SessionFacts<'_>,
    presented: &PresentedRefresh,
    client: ClientMark<'_>,
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
    if !is_previous || !in_grace(session, settings, now) {
        return Refresh::Reused;
    }
    let is_repetition = match session.rotated_by {
        Some(first) => client.repeats(&first, settings.replay),
        None => settings.replay == Replay::Client,
    };
    if is_repetition {
        Refresh::Replay
    } else {
        Refresh::ReplayRefused
    }
}

/// Whether the session can be used at `now`.
pub fn is_live(session: SessionFacts<'_>, account: AccountFacts<'_>, now: u64) -> bool {
    let is_of_epoch = account.epoch == session.epoch || account.survivor == Some(session.id);
    account.active && is_of_epoch && now < session.expires_at && now < session.absolute_expires_at
}

/// The times of the last use and of the end of a session that its owner may see, the first rounded
/// down and the second up to the hour. The exact times would tell whoever holds an access token when
/// the owner refreshed, and so when a copied refresh token is the one before the current one.
pub fn shown_times(session: SessionFacts<'_>, last_used_at: u64) -> (u64, u64) {
    let ends = session.expires_at.checked_next_multiple_of(MILLIS_PER_HOUR);
    let ends = ends.unwrap_or(u64::MAX).min(session.absolute_expires_at);
    let hours = last_used_at
        .checked_div(MILLIS_PER_HOUR)
        .unwrap_or_default();
    (hours.saturating_mul(MILLIS_PER_HOUR), ends)
}

/// Returns the ids of the sessions to end after a login: those that have expired or ended, and the
/// oldest ones beyond the limit. `sessions` are all sessions of the account, including the new one,
/// in ascending order of id.
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

/// The change to the next generation; `None` when the generation is the largest number already.
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

/// Returns the user agent to store: shortened, with the characters replaced that could harm a
/// terminal or a log, or that are not seen and change what is: controls, and the format characters
/// of Unicode that turn the direction of text, join or hide.
pub fn displayable(user_agent: &str) -> String {
    user_agent
        .chars()
        .take(MAX_USER_AGENT_CHARACTERS)
        .map(|c| {
            if c.is_control() || is_format(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;
