//! Short forms of the calls that people make.

use std::ops::Range;

use auth_runtime::{
    Account, AccountStatus, AccountStore, AccountView, Authority, ChangePasswordError,
    CreatedAccount, Credential, Expectation, LoginAttempt, LoginError, NewAccount, RefreshError,
    RefreshRequest, TokenError, Tokens,
};

use super::{AUDIENCE, ISSUER, TestService};

/// The address of the account that most tests use.
pub const EMAIL: &str = "Ada@example.org";
/// The password of that account.
pub const PASSWORD: &str = "violet tractors hum at dawn";
/// The network address that the owner of that account logs in from.
pub const SOURCE: &str = "192.0.2.1";

/// A login from [`SOURCE`] without a device token. A test changes members with `..attempt(…)`.
#[must_use]
pub fn attempt(email: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        email: email.to_owned(),
        password: password.to_owned(),
        new_password: None,
        device_token: None,
        source: SOURCE.to_owned(),
        user_agent: "flows".to_owned(),
    }
}

/// A refresh from [`SOURCE`] by the client that [`attempt`] names, without an idempotency key.
#[must_use]
pub fn refresh_request(refresh_token: &str) -> RefreshRequest {
    RefreshRequest {
        refresh_token: refresh_token.to_owned(),
        source: SOURCE.to_owned(),
        user_agent: "flows".to_owned(),
        idempotency_key: None,
    }
}

/// Short forms that create, read and change accounts.
impl TestService {
    /// An account with roles, made by the operator.
    pub async fn account_with(&self, email: &str, roles: &[&str]) -> AccountView {
        let created = self.create(email, roles, Some(PASSWORD)).await;
        created.account
    }

    /// The account of [`EMAIL`] with [`PASSWORD`], without roles.
    pub async fn ada(&self) -> AccountView {
        self.account_with(EMAIL, &[]).await
    }

    /// An account that the operator creates. Without a password it gets an initial one.
    pub async fn create(
        &self,
        email: &str,
        roles: &[&str],
        password: Option<&str>,
    ) -> CreatedAccount {
        let account = NewAccount {
            email: email.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            password: password.map(str::to_owned),
        };
        let created = self
            .service
            .create_account(&Authority::Operator, &account)
            .await;
        created.expect("an answer").expect("an account")
    }

    /// The stored record of the account with this address.
    pub async fn stored(&self, email: &str) -> Option<Account> {
        let key = email.to_lowercase();
        self.stores.find_by_email(&key).await.expect("an answer")
    }

    /// Changes the stored record of an address without the component.
    pub async fn edit(&self, email: &str, change: impl FnOnce(&mut Account)) {
        let mut account = self.stored(email).await.expect("an account");
        let replaces = account.version;
        change(&mut account);
        account.version += 1;
        AccountStore::replace(&*self.stores, account, replaces)
            .await
            .expect("no conflict");
    }

    /// Disables or enables an account as the operator.
    pub async fn set_status(&self, id: &str, status: AccountStatus) {
        let done = self
            .service
            .set_account_status(&Authority::Operator, id, status)
            .await;
        done.expect("an answer").expect("an account");
    }
}

/// Short forms of flows. They panic when the component gives no answer.
impl TestService {
    /// Tries to log in.
    pub async fn try_login(&self, attempt: LoginAttempt) -> Result<Tokens, LoginError> {
        self.service.login(&attempt).await.expect("an answer")
    }

    /// Logs in, and panics when the login is refused.
    pub async fn login(&self, email: &str, password: &str) -> Tokens {
        self.try_login(attempt(email, password))
            .await
            .expect("tokens")
    }

    /// Exchanges a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, RefreshError> {
        self.try_refresh(refresh_request(refresh_token)).await
    }

    /// Exchanges a refresh token in a request that the test changed.
    pub async fn try_refresh(&self, request: RefreshRequest) -> Result<Tokens, RefreshError> {
        self.service.refresh(&request).await.expect("an answer")
    }

    /// The account of an access token, if its session is alive.
    pub async fn who_am_i(&self, access_token: &str) -> Result<AccountView, TokenError> {
        self.service
            .who_am_i(access_token)
            .await
            .expect("an answer")
    }

    /// Whether the session of these tokens is alive. This uses up the refresh token.
    pub async fn is_alive(&self, tokens: &Tokens) -> bool {
        let knows = self.who_am_i(&tokens.access_token).await.is_ok();
        let refreshes = self.refresh(&tokens.refresh_token).await.is_ok();
        assert_eq!(knows, refreshes, "the two tokens of a session disagree");
        knows
    }

    /// Logs out with an access token.
    pub async fn logout(&self, access_token: &str) -> Result<(), TokenError> {
        let credential = Credential::AccessToken(access_token.to_owned());
        self.service.logout(&credential).await.expect("an answer")
    }

    /// Logs out with a refresh token.
    pub async fn logout_by_refresh(&self, refresh_token: &str) -> Result<(), TokenError> {
        let credential = Credential::RefreshToken(refresh_token.to_owned());
        self.service.logout(&credential).await.expect("an answer")
    }

    /// Changes the password from [`SOURCE`], without a device token.
    pub async fn change_password(
        &self,
        tokens: &Tokens,
        current: &str,
        new: &str,
    ) -> Result<(), ChangePasswordError> {
        let token = &tokens.access_token;
        let change = self
            .service
            .change_password(token, current, new, SOURCE, None);
        let changed = change.await.expect("an answer")?;
        assert_eq!(changed, None, "no device was named");
        Ok(())
    }

    /// Tries wrong passwords for an address, one for each number, from the source that `source`
    /// gives for the number. Returns the answers.
    pub async fn guess(
        &self,
        email: &str,
        numbers: Range<u32>,
        source: impl Fn(u32) -> String,
    ) -> Vec<LoginError> {
        let mut answers = Vec::new();
        for number in numbers {
            let wrong = attempt(email, &format!("a wrong guess, number {number}"));
            let answer = self
                .try_login(LoginAttempt {
                    source: source(number),
                    ..wrong
                })
                .await;
            answers.push(answer.expect_err("no tokens for a wrong password"));
        }
        answers
    }

    /// What a verifier of this deployment expects of a token.
    #[must_use]
    pub fn expectation(&self) -> Expectation {
        Expectation {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            leeway_seconds: self.service.policy().settings().token.leeway_seconds,
        }
    }
}
