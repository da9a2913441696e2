//! Acts that administer an account.

use auth_runtime::{AccountStatus, AdministrationError, Authority, Error, NewAccount, Service};

use crate::names::{self, administration};
use crate::run::answer::{Answer, reasons};

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
            Err(error) => Answer {
                detail: detail(&error),
                ..Answer::of(administration(&error))
            },
        },
        Administration::Delete(id) => {
            Answer::plain(service.remove_account(by, &id).await?, administration)
        }
        Administration::EndSessions(id) => {
            Answer::plain(service.end_sessions(by, &id).await?, administration)
        }
        // The test says that this is meant, as a person who administers would.
        Administration::Grant(id, role) => Answer::plain(
            service.grant_role(by, &id, &role, false).await?,
            administration,
        ),
        Administration::Take(id, role) => {
            Answer::plain(service.take_role(by, &id, &role).await?, administration)
        }
        Administration::SetStatus(id, status) => Answer::plain(
            service.set_account_status(by, &id, status).await?,
            administration,
        ),
        Administration::Unlock(id) => {
            Answer::plain(service.unlock_account(by, &id).await?, administration)
        }
    })
}

fn detail(error: &AdministrationError) -> String {
    use AdministrationError::{Forbidden, InvalidEmail, WeakPassword};
    match error {
        Forbidden(permission) => permission.clone(),
        InvalidEmail(violation) => names::email(violation).to_owned(),
        WeakPassword(violations) => reasons(violations),
        _ => String::new(),
    }
}
