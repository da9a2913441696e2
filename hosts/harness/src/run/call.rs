//! One call of the service, and its answer.

use auth_runtime::{
    Authority, Credential, DecideError, Decision, Error, Expectation, LoginAttempt, RefreshRequest,
    Service, Tokens, Verifier,
};

use crate::run::administration::{self, Administration};
use crate::run::answer::Answer;
use crate::run::refusal::Refusal;

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
    Ok(match call {
        Call::Login(attempt) => {
            let answer = service.login(&attempt).await?;
            answer.map_or_else(|it| Answer::refused(Refusal::Login(it)), with_tokens)
        }
        Call::Refresh(request) => {
            let answer = service.refresh(&request).await?;
            answer.map_or_else(|it| Answer::refused(Refusal::Refresh(it)), with_tokens)
        }
        Call::Register {
            email,
            password,
            source,
        } => {
            let answer = service.register(&email, &password, &source).await?;
            Answer::plain(answer, Refusal::Registration)
        }
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
            match changed {
                Ok(device_token) => Answer {
                    device_token,
                    ..Answer::ok()
                },
                Err(error) => Answer::refused(Refusal::PasswordChange(error)),
            }
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
                Ok(revoked) => Answer::plain(revoked, Refusal::Revocation),
                Err(error) => Answer::refused(Refusal::Token(error)),
            }
        }
        Call::Logout(token) => Answer::plain(
            service.logout(&Credential::AccessToken(token)).await?,
            Refusal::Token,
        ),
        Call::WhoAmI(token) => Answer::plain(service.who_am_i(&token).await?, Refusal::Token),
        Call::BeginSetup => begin_setup(service).await?,
        Call::CompleteSetup {
            code,
            email,
            password,
        } => complete_setup(service, &code, &email, &password).await?,
        Call::Administer(by, act) => administration::carry_out(service, &by, act).await?,
    })
}

fn with_tokens(tokens: Tokens) -> Answer {
    Answer {
        device_token: tokens.device_token.clone(),
        tokens: Some(tokens),
        ..Answer::ok()
    }
}

async fn list_sessions(service: &Service, token: &str) -> Result<Answer, Error> {
    Ok(match service.list_sessions(token).await? {
        Ok(sessions) => Answer {
            count: Some(sessions.len()),
            ..Answer::ok()
        },
        Err(error) => Answer::refused(Refusal::Token(error)),
    })
}

async fn begin_setup(service: &Service) -> Result<Answer, Error> {
    Ok(match service.begin_setup().await? {
        Some(code) => Answer {
            code: Some(code),
            ..Answer::ok()
        },
        None => Answer::refused(Refusal::SetupClosed),
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
        Err(error) => Answer::refused(Refusal::Setup(error)),
    })
}

fn authorize(
    verifier: &Verifier,
    token: &str,
    expected: &Expectation,
    permission: &str,
    owner: Option<&str>,
) -> Result<Answer, Error> {
    let refusal = match verifier.authorize(token, expected, permission, owner)? {
        Ok(Decision::Allowed(rule)) => {
            return Ok(Answer {
                rule: Some(rule),
                ..Answer::ok()
            });
        }
        Ok(Decision::Denied(rule)) => Refusal::Denied(rule),
        Ok(Decision::Unmatched) => Refusal::Unmatched,
        Err(DecideError::Token(error)) => Refusal::Token(error),
        Err(DecideError::MalformedPermission) => Refusal::MalformedPermission,
    };
    Ok(Answer::refused(refusal))
}
