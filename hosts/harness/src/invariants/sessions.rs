//! Invariants of sessions.

use std::collections::HashMap;

use auth_runtime::{RefreshReplay, RefreshRequest, Session};

use super::round::Acted;
use super::view::View;
use crate::claims::claims;
use crate::run::call::Call;

pub(crate) fn have_one_successor(view: &View<'_>) -> Result<(), String> {
    let mut successors: HashMap<&str, &str> = HashMap::new();
    let is_same_secret = |secrets: usize| secrets == view.round.secrets;
    for acted in &view.round.acts {
        let (Call::Refresh(request), Some(tokens)) = (acted.call, acted.tokens()) else {
            continue;
        };
        let presented = request.refresh_token.as_str();
        let earlier = view.known.successors.get(presented);
        let earlier = earlier.filter(|(_, secrets)| is_same_secret(*secrets));
        let earlier = earlier
            .map(|(successor, _)| successor.as_str())
            .or_else(|| successors.get(presented).copied());
        if earlier.is_some_and(|earlier| earlier != tokens.refresh_token) {
            return Err("a refresh token was answered with two successors".to_owned());
        }
        successors.insert(presented, &tokens.refresh_token);
    }
    for (_, before, after) in view.round.sessions() {
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        if after.generation != before.generation + 1 {
            let (from, to) = (before.generation, after.generation);
            return Err(format!("a session went from generation {from} to {to}"));
        }
    }
    Ok(())
}

/// A refresh that was alone, with a token that was used before, of a session that is alive.
struct Reuse<'a> {
    acted: &'a Acted<'a>,
    request: &'a RefreshRequest,
    session: &'a Session,
    /// Whether the token is the one before the current one, within the grace.
    is_in_grace: bool,
}

fn reuse<'a>(view: &View<'a>) -> Option<Reuse<'a>> {
    let acted = view.round.alone()?;
    let Call::Refresh(request) = acted.call else {
        return None;
    };
    let known = view.known.refresh_tokens.get(&request.refresh_token)?;
    let (session, generation) = (view.live_session(&known.session)?, known.generation);
    let grace = u64::from(view.settings().session.grace_seconds) * 1_000;
    // The flow reads the clock of its host at some time of the round.
    let ages = [view.round.began, view.round.ended].map(|at| at.abs_diff(session.rotated_at));
    let slack = view.round.slack.hosts;
    let is_fresh = ages.iter().all(|age| age + slack < grace);
    let is_old = ages.iter().all(|age| *age >= grace + slack);
    let is_previous = generation + 1 == session.generation;
    let is_certain = !is_previous || is_fresh || is_old;
    (generation < session.generation && is_certain).then_some(Reuse {
        acted,
        request,
        session,
        is_in_grace: is_previous && is_fresh,
    })
}

pub(crate) fn answer_a_replay(view: &View<'_>) -> Result<(), String> {
    let Some(reuse) = reuse(view).filter(|reuse| reuse.is_in_grace) else {
        return Ok(());
    };
    let client = view.known.rotated_by.get(&reuse.session.id);
    let is_same = client.is_some_and(|(source, agent)| {
        *source == reuse.request.source && *agent == reuse.request.user_agent
    });
    let is_repetition = is_same && view.settings().session.replay == RefreshReplay::Client;
    let successor = view.known.successors.get(&reuse.request.refresh_token);
    let successor = successor.filter(|(_, secrets)| *secrets == view.round.secrets);
    let successor = successor.map(|(successor, _)| successor);
    let answered = reuse.acted.tokens().map(|tokens| &tokens.refresh_token);
    if is_repetition && (answered.is_none() || successor.is_some() && answered != successor) {
        return Err(format!("the answer was {}", reuse.acted.outcome()));
    }
    Ok(())
}

pub(crate) fn end_with_a_reuse(view: &View<'_>) -> Result<(), String> {
    let Some(reuse) = reuse(view).filter(|reuse| !reuse.is_in_grace) else {
        return Ok(());
    };
    let outcome = reuse.acted.outcome();
    let last = view.states_of_session(&reuse.session.id).pop().flatten();
    if outcome != "reused" || last.is_some() {
        let state = last.map_or("is gone", |_| "is still there");
        return Err(format!("the answer was {outcome}, and the session {state}"));
    }
    Ok(())
}

pub(crate) fn stay_ended(view: &View<'_>) -> Result<(), String> {
    for acted in view.round.acts.iter().filter(|acted| acted.is_ok()) {
        let session = match acted.call {
            Call::Refresh(request) => {
                let known = view.known.refresh_tokens.get(&request.refresh_token);
                known.map(|it| it.session.clone())
            }
            Call::WhoAmI(token)
            | Call::Sessions(token)
            | Call::RevokeSession { token, .. }
            | Call::ChangePassword { token, .. } => claims(token).map(|it| it.session_id),
            _ => None,
        };
        if session.is_some_and(|session| view.known.ended.contains(&session)) {
            let verb = acted.act.verb.name();
            return Err(format!("`{verb}` was answered in a session that had ended"));
        }
    }
    Ok(())
}

pub(crate) fn keep_their_limits(view: &View<'_>) -> Result<(), String> {
    let limits = view.settings().session;
    for acted in view.round.acts.iter().filter(|acted| acted.is_ok()) {
        let Call::Refresh(request) = acted.call else {
            continue;
        };
        let known = view.known.refresh_tokens.get(&request.refresh_token);
        let Some(session) = known.and_then(|it| view.known.sessions.get(&it.session)) else {
            continue;
        };
        let idle_end = session.last_used_at + u64::from(limits.idle_seconds) * 1_000;
        let end = session.created_at + u64::from(limits.absolute_seconds) * 1_000;
        if view.round.began >= idle_end.min(end) + view.round.slack.hosts {
            return Err("a session was refreshed after its end".to_owned());
        }
    }
    let Some((acted, tokens)) = view
        .round
        .alone()
        .and_then(|acted| Some((acted, acted.tokens()?)))
    else {
        return Ok(());
    };
    let account = claims(&tokens.access_token).map(|claims| claims.account_id);
    match (acted.call, account) {
        (Call::Login(_), Some(account)) => are_not_too_many(view, &account),
        _ => Ok(()),
    }
}

/// After a login the account has no more sessions than it may have.
fn are_not_too_many(view: &View<'_>, account_id: &str) -> Result<(), String> {
    let Some(account) = view.states_of_account(account_id).pop().flatten() else {
        return Ok(());
    };
    let is_new = |id: &str| !view.known.sessions.contains_key(id);
    let begun = view.round.sessions().filter_map(|(_, _, after)| after);
    let begun = begun.filter(|session| is_new(&session.id));
    let all = view.known.sessions.values().chain(begun);
    let live = all.filter(|session| {
        session.account_id == account_id
            && session.epoch == account.session_epoch
            && view.round.ended + view.round.slack.records < session.expires_at
            && view
                .states_of_session(&session.id)
                .pop()
                .flatten()
                .is_some()
    });
    let (live, limit) = (live.count(), view.settings().session.max_per_account);
    if live > limit as usize {
        return Err(format!("{live} sessions are alive, of {limit} allowed"));
    }
    Ok(())
}
