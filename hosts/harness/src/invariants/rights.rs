//! No one does more than the roles allow, by what the text of the policy states.

use auth_runtime::{AccountStatus, Authority};

use super::round::Acted;
use super::view::View;
use crate::claims::claims;
use crate::run::administration::Administration;
use crate::run::call::Call;

pub(crate) fn are_kept(view: &View<'_>) -> Result<(), String> {
    view.round
        .acts
        .iter()
        .try_for_each(|acted| match acted.call {
            Call::Authorize { .. } => decides_alike(view, acted),
            Call::Administer(Authority::Bearer(token), act) if acted.is_ok() => {
                may_administer(view, token, act)
            }
            _ => Ok(()),
        })
}

fn decides_alike(view: &View<'_>, acted: &Acted<'_>) -> Result<(), String> {
    let Call::Authorize {
        token,
        permission,
        owner,
        ..
    } = acted.call
    else {
        return Ok(());
    };
    let Some(claims) = claims(token) else {
        return Ok(());
    };
    let is_own = owner.as_ref() == Some(&claims.account_id);
    let is_allowed = view.reference.allows(&claims.roles, permission, is_own);
    let is_answered = match acted.outcome() {
        "ok" => true,
        "denied" => false,
        _ => return Ok(()),
    };
    if is_allowed == is_answered {
        return Ok(());
    }
    Err(format!(
        "{:?} were answered {} for `{permission}`",
        claims.roles,
        acted.outcome()
    ))
}

/// Whether the actor had the permission for the act at some time of the round, and all rights that
/// it hands out or takes from others.
fn may_administer(view: &View<'_>, token: &str, act: &Administration) -> Result<(), String> {
    let (permission, target, role) = match act {
        Administration::Create(account) => ("users:create", None, account.roles.clone()),
        Administration::Delete(id) => ("users:delete", Some(id), Vec::new()),
        Administration::EndSessions(id) => ("sessions:end", Some(id), Vec::new()),
        Administration::Grant(id, role) => ("roles:grant", Some(id), vec![role.clone()]),
        Administration::SetStatus(id, _) => ("users:disable", Some(id), Vec::new()),
        Administration::Take(id, _) => ("roles:take", Some(id), Vec::new()),
        Administration::Unlock(id) => ("users:unlock", Some(id), Vec::new()),
    };
    let actor = claims(token)
        .map(|claims| claims.account_id)
        .unwrap_or_default();
    let actors = view.states_of_account(&actor);
    let targets = target
        .map(|id| view.states_of_account(id))
        .unwrap_or_default();
    let mut targets: Vec<_> = targets.into_iter().flatten().map(|it| &it.roles).collect();
    let nothing = Vec::new();
    if targets.is_empty() {
        targets.push(&nothing);
    }
    let reference = view.reference;
    let covers = |actor: &[String], others: &[String]| {
        let stated = reference.stated(others).into_iter();
        let mut given = stated.filter(|it| reference.allows(others, it, false));
        given.all(|permission| reference.allows(actor, &permission, false))
    };
    let mut may = actors.into_iter().flatten().filter(|actor| {
        actor.status == AccountStatus::Active && reference.allows(&actor.roles, permission, false)
    });
    let is_right = may.any(|actor| {
        covers(&actor.roles, &role) && targets.iter().any(|roles| covers(&actor.roles, roles))
    });
    match is_right {
        true => Ok(()),
        false => Err(format!("`{permission}` was done without the right")),
    }
}
