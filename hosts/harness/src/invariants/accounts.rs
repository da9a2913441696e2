//! Invariants of accounts.

use std::collections::BTreeMap;

use auth_memory::Change;
use auth_runtime::{Account, AccountStatus, Tokens};

use super::round::Acted;
use super::view::{View, is_password_of};
use crate::claims::claims;
use crate::run::administration::Administration;
use crate::run::answer::Answer;
use crate::run::call::Call;

pub(crate) fn keep_what_was_acknowledged(view: &View<'_>) -> Result<(), String> {
    for acted in &view.round.acts {
        let Some(answer) = acted.answer.filter(|_| acted.is_ok()) else {
            continue;
        };
        if !is_kept(view, acted.call, answer) {
            return Err(format!(
                "`{}` was acknowledged and is not stored",
                acted.act.verb.name()
            ));
        }
    }
    Ok(())
}

/// Whether the stores had the state that the answer promises, at some time of the round.
fn is_kept(view: &View<'_>, call: &Call, answer: &Answer) -> bool {
    let is_gone = |session: &str| view.states_of_session(session).contains(&None);
    match call {
        Call::Refresh(request) => {
            let Some(known) = view.known.refresh_tokens.get(&request.refresh_token) else {
                return true;
            };
            let mut states = view.states_of_session(&known.session).into_iter().flatten();
            states.any(|session| session.generation > known.generation)
        }
        Call::Login(_) => {
            let session = answer.tokens.as_ref().and_then(session_of);
            let states = session.map(|id| view.states_of_session(&id));
            states.is_some_and(|states| states.iter().any(Option::is_some))
        }
        Call::Register { email, .. } | Call::CompleteSetup { email, .. } => {
            !view.states_of_address(email).is_empty()
        }
        Call::ChangePassword { token, new, .. } => {
            let id = claims(token).map(|claims| claims.account_id);
            let states = view.states_of_account(&id.unwrap_or_default());
            let mut accounts = states.into_iter().flatten();
            accounts.any(|account| is_password_of(account, new))
        }
        Call::Logout(token) => claims(token).is_none_or(|claims| is_gone(&claims.session_id)),
        Call::RevokeSession { session, .. } => is_gone(session),
        Call::Administer(_, act) => is_done(view, act, answer),
        _ => true,
    }
}

fn session_of(tokens: &Tokens) -> Option<String> {
    claims(&tokens.access_token).map(|claims| claims.session_id)
}

fn is_done(view: &View<'_>, act: &Administration, answer: &Answer) -> bool {
    let states = |id: &str| view.states_of_account(id).into_iter();
    match act {
        Administration::Create(_) => {
            let id = answer.account_id.clone().unwrap_or_default();
            states(&id).any(|state| state.is_some())
        }
        Administration::Delete(id) => states(id).any(|state| state.is_none()),
        Administration::Grant(id, role) => states(id)
            .flatten()
            .any(|account| account.roles.contains(role)),
        Administration::Take(id, role) => states(id)
            .flatten()
            .any(|account| !account.roles.contains(role)),
        Administration::SetStatus(id, status) => states(id)
            .flatten()
            .any(|account| account.status == *status),
        Administration::EndSessions(_) | Administration::Unlock(_) => true,
    }
}

pub(crate) fn are_unchanged_by_refusals(view: &View<'_>) -> Result<(), String> {
    for acted in view.round.acts.iter().filter(|acted| acted.is_refused()) {
        let own = view.round.entries.iter();
        for entry in own.filter(|entry| entry.lane == acted.lane) {
            let is_allowed = match &entry.change {
                Change::Account { .. } => false,
                Change::Session { after, .. } => acted.outcome() == "reused" && after.is_none(),
                // Who might become the first administrator claims the set-up, and gives it back.
                Change::Counter { .. } | Change::Code { .. } => true,
            };
            if !is_allowed {
                let (verb, outcome) = (acted.act.verb.name(), acted.outcome());
                return Err(format!("`{verb}` was answered {outcome} and wrote"));
            }
        }
    }
    Ok(())
}

pub(crate) fn have_one_address_each(view: &View<'_>) -> Result<(), String> {
    if view.round.accounts().all(|(_, before, _)| before.is_some()) {
        return Ok(());
    }
    let before = view.known.accounts.iter();
    let mut addresses: BTreeMap<&str, &str> = before
        .map(|(id, account)| (account.email.as_str(), id.as_str()))
        .collect();
    for (_, before, after) in view.round.accounts() {
        if let (Some(account), None) = (before, after) {
            addresses.remove(account.email.as_str());
        }
        let Some(account) = after else { continue };
        let other = addresses.insert(&account.email, &account.id);
        if other.is_some_and(|other| other != account.id) {
            return Err(format!("`{}` has two accounts", account.email));
        }
    }
    Ok(())
}

pub(crate) fn are_set_up_once(view: &View<'_>) -> Result<(), String> {
    let made = view.round.acts.iter();
    let made = made.filter(|it| it.is_ok() && matches!(it.call, Call::CompleteSetup { .. }));
    let all = view.known.set_up + made.count();
    if all > 1 {
        return Err(format!("it made {all}"));
    }
    Ok(())
}

pub(crate) fn are_audited(view: &View<'_>) -> Result<(), String> {
    for acted in &view.round.acts {
        let mut changes = view.round.accounts();
        let has_changed = changes
            .any(|(lane, before, after)| lane == acted.lane && !is_written_anew(before, after));
        let verb = acted.act.verb.name();
        if acted.answer.is_some() && has_changed && acted.events.is_empty() {
            return Err(format!("`{verb}` changed an account without an event"));
        }
        let events = acted.events.iter().map(|event| format!("{event:?}"));
        for told in events.chain(acted.error.clone()) {
            if secrets(acted).any(|secret| told.contains(secret)) {
                return Err(format!("`{verb}` told a secret: {told}"));
            }
        }
    }
    Ok(())
}

/// Whether an account was written as it was, which shows others that it is still there.
fn is_written_anew(before: Option<&Account>, after: Option<&Account>) -> bool {
    before.zip(after).is_some_and(|(before, after)| {
        let version = after.version;
        let before = Account {
            version,
            ..before.clone()
        };
        before == *after
    })
}

/// The secrets that a flow was given or has answered, which no event may contain.
fn secrets<'a>(acted: &'a Acted<'_>) -> impl Iterator<Item = &'a str> {
    let given: Vec<&str> = match acted.call {
        Call::Login(attempt) => [Some(&attempt.password), attempt.device_token.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
        Call::Refresh(request) => vec![&request.refresh_token],
        Call::Register { password, .. } => vec![password],
        Call::ChangePassword {
            token,
            current,
            new,
            ..
        } => vec![token, current, new],
        Call::CompleteSetup { code, password, .. } => vec![code, password],
        Call::Logout(token) | Call::WhoAmI(token) | Call::Sessions(token) => vec![token],
        _ => Vec::new(),
    };
    let tokens = acted.tokens().into_iter();
    let answered = tokens.flat_map(|tokens| [&*tokens.access_token, &*tokens.refresh_token]);
    given.into_iter().chain(answered)
}

/// Whether an account can log in at all.
pub(crate) fn is_open(account: &Account) -> bool {
    account.status == AccountStatus::Active && account.initial_until.is_none()
}
