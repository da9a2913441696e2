//! Acts that administer an account.

use auth_runtime::{AccountStatus, Authority, Error, NewAccount, Service};

use crate::run::answer::Answer;
use crate::run::refusal::Refusal;

/// What is done to an account, which its id names.
#[derive(Clone)]
pub(crate) enum Administration {
    Create(NewAccount),
    Delete(String),
    EndSessions(String),
    Grant(String, String),
    SetStatus(String, AccountStatus),
    Take(String, String),
    Unlock(String),
}

/// Does it on this authority.
///
/// # Errors
/// When the component or a capability failed.
pub(crate) async fn carry_out(
    service: &Service,
    by: &Authority,
    act: Administration,
) -> Result<Answer, Error> {
    Ok(match act {
        Administration::Create(account) => match service.create_account(by, &account).await? {
            Ok(created) => Answer {
                account_id: Some(created.account.id),
                initial_password: created.initial_password.map(|initial| initial.password),
                ..Answer::ok()
            },
            Err(error) => Answer::refused(Refusal::Administration(error)),
        },
        Administration::Delete(id) => Answer::plain(
            service.remove_account(by, &id).await?,
            Refusal::Administration,
        ),
        Administration::EndSessions(id) => Answer::plain(
            service.end_sessions(by, &id).await?,
            Refusal::Administration,
        ),
        // The test says that this is meant, as a person who administers would.
        Administration::Grant(id, role) => Answer::plain(
            service.grant_role(by, &id, &role, false).await?,
            Refusal::Administration,
        ),
        Administration::Take(id, role) => Answer::plain(
            service.take_role(by, &id, &role).await?,
            Refusal::Administration,
        ),
        Administration::SetStatus(id, status) => Answer::plain(
            service.set_account_status(by, &id, status).await?,
            Refusal::Administration,
        ),
        Administration::Unlock(id) => Answer::plain(
            service.unlock_account(by, &id).await?,
            Refusal::Administration,
        ),
    })
}
