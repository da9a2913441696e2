//! Invariants of those who authenticate.

use auth_runtime::AccountStatus;

use super::round::Acted;
use super::view::{View, is_password_of};
use crate::claims::claims;
use crate::run::call::Call;

pub(crate) fn are_valid(view: &View<'_>) -> Result<(), String> {
    view.round
        .acts
        .iter()
        .filter(|acted| acted.is_ok())
        .try_for_each(|acted| is_valid(view, acted))
}

fn is_valid(view: &View<'_>, acted: &Acted<'_>) -> Result<(), String> {
    let is_right = match acted.call {
        Call::Login(attempt) => view
            .states_of_address(&attempt.email)
            .iter()
            .any(|account| {
                account.status == AccountStatus::Active
                    && is_password_of(account, &attempt.password)
            }),
        Call::ChangePassword { token, current, .. } => {
            let id = claims(token).map(|claims| claims.account_id);
            let states = view.states_of_account(&id.unwrap_or_default());
            let mut accounts = states.into_iter().flatten();
            accounts.any(|account| is_password_of(account, current))
        }
        Call::Refresh(request) => {
            let presented = view.known.refresh_tokens.get(&request.refresh_token);
            let answered = acted.tokens().and_then(|it| claims(&it.access_token));
            match (presented, answered) {
                (Some(known), Some(answered)) => {
                    let mut states = view.states_of_session(&known.session).into_iter();
                    answered.session_id == known.session && states.any(|state| state.is_some())
                }
                _ => false,
            }
        }
        _ => true,
    };
    let verb = acted.act.verb.name();
    is_right
        .then_some(())
        .ok_or_else(|| format!("`{verb}` was answered without one"))
}

pub(crate) fn let_the_owner_in(view: &View<'_>) -> Result<(), String> {
    let Some(acted) = view.round.alone() else {
        return Ok(());
    };
    let Call::Login(attempt) = acted.call else {
        return Ok(());
    };
    let device = attempt.device_token.as_ref();
    let Some(device) = device.and_then(|token| view.known.devices.get(token)) else {
        return Ok(());
    };
    let Some(account) = view.known.accounts.get(&device.account_id) else {
        return Ok(());
    };
    let lifetime = u64::from(view.settings().session.device_days) * 86_400_000;
    let is_owner = account.email == attempt.email
        && account.session_epoch == device.session_epoch
        && account.status == AccountStatus::Active
        && account.initial_until.is_none()
        && attempt.new_password.is_none()
        && is_password_of(account, &attempt.password)
        && view.round.ended + view.round.slack.hosts < device.since + lifetime
        && !view.known.device_failures.contains_key(&account.id);
    if is_owner && !acted.is_ok() {
        return Err(format!("the owner was refused: {}", acted.outcome()));
    }
    Ok(())
}

pub(crate) fn are_refused_alike(view: &View<'_>) -> Result<(), String> {
    let refused = view.round.acts.iter();
    let mut refused = refused.filter(|acted| acted.outcome() == "invalid-credentials");
    let first = view.known.refusal_hashes;
    let Some(first) = first.or_else(|| Some(refused.next()?.hashes)) else {
        return Ok(());
    };
    match refused.find(|acted| acted.hashes != first) {
        None => Ok(()),
        Some(acted) => Err(format!(
            "one refusal cost {first} hashes, another {}",
            acted.hashes
        )),
    }
}
