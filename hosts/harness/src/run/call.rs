//! One call of the service, and its answer.

use auth_runtime::{
    Authority, ChangePasswordError, Credential, DecideError, Decision, Error, Expectation,
    LoginAttempt, LoginError, RefreshRequest, RegisterError, Service, Verifier,
};

use crate::names;
use crate::run::access;
use crate::run::administration::{self, Administration};
use crate::run::answer::{Answer, reasons};

/// A call with all its arguments.
#[derive(Clone)]
pub(crate) enum Call {
    Administer(Authority, Administration),
    Authorize {
        token: String,
        expected: Expectation,
        permission: String,
        owner: Option<String>,
    },
    ChangePassword {
        token: String,
        current: String,
        new: String,
        source: String,
        device: Option<String>,
    },
    Login(LoginAttempt),
    Logout(String),
    Refresh(RefreshRequest),
    Register {
        email: String,
        password: String,
        source: String,
    },
    RevokeSession {
        token: String,
        session: String,
    },
    Sessions(String),
    WhoAmI(String),
    BeginSetup,
    CompleteSetup {
        code: String,
        email: String,
        password: String,
    },
}

/// Makes the call.
///
/// # Errors
/// When the component or a capability failed.
pub(crate) async fn make(
    call: Call,
    service: &Service,
    verifier: &Verifier,
) -> Result<Answer, Error> {
    use names::token as of_token;
    Ok(match call {
        Call::Login(attempt) => login(service, &attempt).await?,
        Call::Refresh(request) => refresh(service, &request).await?,
        Call::Register {
            email,
            password,
            source,
        } => register(service, &email, &password, &source).await?,
        Call::ChangePassword {
            token,
            current,
            new,
            source,
            device,
        } => {
            let changed = service
                .change_password(&token, &current, &new, &source, device.as_deref())
                .await?;
            change(changed)
        }
        Call::Authorize {
            token,
            expected,
            permission,
            owner,
        } => authorize(verifier, &token, &expected, &permission, owner.as_deref())?,
        Call::Sessions(token) => list_sessions(service, &token).await?,
        Call::RevokeSession { token, session } => {
            match service.revoke_session(&token, &session).await? {
                Ok(revoked) => Answer::plain(revoked, names::revocation),
                Err(error) => Answer::of(of_token(&error)),
            }
        }
        Call::Logout(token) => Answer::plain(
            service.logout(&Credential::AccessToken(token)).await?,
            of_token,
        ),
        Call::WhoAmI(token) => Answer::plain(service.who_am_i(&token).await?, of_token),
        Call::BeginSetup => begin_setup(service).await?,
        Call::CompleteSetup {
            code,
            email,
            password,
        } => complete_setup(service, &code, &email, &password).await?,
        Call::Administer(by, act) => administration::carry_out(service, &by, act).await?,
    })
}

async fn login(service: &Service, attempt: &LoginAttempt) -> Result<Answer, Error> {
    use LoginError::{Throttled, WeakPassword};
    Ok(match service.login(attempt).await? {
        Ok(tokens) => Answer {
            device_token: tokens.device_token.clone(),
            tokens: Some(tokens),
            ..Answer::ok()
        },
        Err(error) => {
            let answer = Answer::of(names::login(&error));
            match error {
                Throttled(seconds) => answer.until(seconds),
                WeakPassword(violations) => answer.because(reasons(&violations)),
                _ => answer,
            }
        }
    })
}

async fn refresh(service: &Service, request: &RefreshRequest) -> Result<Answer, Error> {
    Ok(match service.refresh(request).await? {
        Ok(tokens) => Answer {
            tokens: Some(tokens),
            ..Answer::ok()
        },
        Err(error) => Answer::of(names::refresh(&error)),
    })
}

async fn list_sessions(service: &Service, token: &str) -> Result<Answer, Error> {
    Ok(match service.list_sessions(token).await? {
        Ok(sessions) => Answer {
            count: Some(sessions.len()),
            ..Answer::ok()
        },
        Err(error) => Answer::of(names::token(&error)),
    })
}

async fn begin_setup(service: &Service) -> Result<Answer, Error> {
    Ok(match service.begin_setup().await? {
        Some(code) => Answer {
            code: Some(code),
            ..Answer::ok()
        },
        None => Answer::of("closed"),
    })
}

async fn complete_setup(
    service: &Service,
    code: &str,
    email: &str,
    password: &str,
) -> Result<Answer, Error> {
    Ok(match service.complete_setup(code, email, password).await? {
        Ok(account) => Answer {
            account_id: Some(account.id),
            ..Answer::ok()
        },
        Err(error) => Answer::of(names::setup(&error)),
    })
}

async fn register(
    service: &Service,
    email: &str,
    password: &str,
    source: &str,
) -> Result<Answer, Error> {
    use RegisterError::{InvalidEmail, Throttled, WeakPassword};
    Ok(match service.register(email, password, source).await? {
        Ok(_) => Answer::ok(),
        Err(error) => {
            let answer = Answer::of(names::registration(&error));
            match error {
                Throttled(seconds) => answer.until(seconds),
                WeakPassword(violations) => answer.because(reasons(&violations)),
                InvalidEmail(violation) => answer.because(names::email(&violation).to_owned()),
                _ => answer,
            }
        }
    })
}

fn change(changed: Result<Option<String>, ChangePasswordError>) -> Answer {
    use ChangePasswordError::{Throttled, WeakPassword};
    match changed {
        Ok(device_token) => Answer {
            device_token,
            ..Answer::ok()
        },
        Err(error) => {
            let answer = Answer::of(names::change(&error));
            match error {
                Throttled(seconds) => answer.until(seconds),
                WeakPassword(violations) => answer.because(reasons(&violations)),
                _ => answer,
            }
        }
    }
}

fn authorize(
    verifier: &Verifier,
    token: &str,
    expected: &Expectation,
    permission: &str,
    owner: Option<&str>,
) -> Result<Answer, Error> {
    Ok(
        match verifier.authorize(token, expected, permission, owner)? {
            Ok(Decision::Allowed(_)) => Answer::ok(),
            Ok(Decision::Denied(rule)) => Answer {
                detail: access::describe("deny", &rule),
                ..Answer::of("denied")
            },
            Ok(Decision::Unmatched) => Answer {
                detail: "no rule allows it".to_owned(),
                ..Answer::of("denied")
            },
            Err(DecideError::Token(error)) => Answer::of(names::token(&error)),
            Err(DecideError::MalformedPermission) => Answer::of("malformed-permission"),
        },
    )
}
