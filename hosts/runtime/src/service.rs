//! The service: one async method for each export, which runs it as one flow.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::ServicePre;
use crate::bindings::countersign::auth::{
    account_store, audit_log, code_store, entropy, password_hasher, session_store, signer,
    throttle_store,
};
use crate::errors::Error;
use crate::runner::Runner;
use crate::service_state::ServiceState;
use crate::wiped::{Argument, Lend as _};
use crate::{
    AccountListPage, AccountStatus, AccountView, AdministrationError, Authority, Capabilities,
    ChangePasswordError, CreatedAccount, Credential, Engine, Limits, LoginAttempt, LoginError,
    NewAccount, PageRequest, PolicySource, RefreshError, RefreshRequest, RegisterError, Registered,
    RevokeError, SessionView, SetupError, TokenError, Tokens,
};

/// The service: calls the exports of world `service`.
pub struct Service {
    runner: Arc<Runner>,
}

impl Service {
    /// Links the component to all capabilities.
    ///
    /// # Errors
    /// When the component needs an import that this host does not know.
    pub fn new(
        engine: &Engine,
        capabilities: Capabilities,
        policy: PolicySource,
        limits: Limits,
    ) -> Result<Self, Error> {
        let mut linker = engine.verifier_linker::<ServiceState>(|state| &mut state.verifier)?;
        add_service_imports(&mut linker)?;
        let pre = ServicePre::new(linker.instantiate_pre(&engine.component)?)?;
        let runner = Arc::new(Runner::new(pre, capabilities, policy, limits));
        Ok(Self { runner })
    }

    /// Returns the policy that the flows apply.
    #[must_use]
    pub fn policy(&self) -> &PolicySource {
        self.runner.policy()
    }
}

fn add_service_imports(linker: &mut Linker<ServiceState>) -> wasmtime::Result<()> {
    type Target = HasSelf<ServiceState>;
    entropy::add_to_linker::<_, Target>(linker, |state| state)?;
    signer::add_to_linker::<_, Target>(linker, |state| state)?;
    password_hasher::add_to_linker::<_, Target>(linker, |state| state)?;
    account_store::add_to_linker::<_, Target>(linker, |state| state)?;
    session_store::add_to_linker::<_, Target>(linker, |state| state)?;
    throttle_store::add_to_linker::<_, Target>(linker, |state| state)?;
    code_store::add_to_linker::<_, Target>(linker, |state| state)?;
    audit_log::add_to_linker::<_, Target>(linker, |state| state)?;
    Ok(())
}

/// Declares methods, each of which runs one export in a fresh instance. The flow ends when its caller
/// gives up.
macro_rules! flows {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty
        = $interface:ident.$export:ident;)*) => {
        impl Service {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the component or a capability failed. A refusal is not an error but an
                /// answer.
                pub async fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
                    self.runner.run(async |bindings, store| {
                        bindings.$interface().$export(store, $($argument),*).await
                    })
                    .await
                }
            )*
        }
    };
}

/// Declares methods, each of which runs one export that may hash a password. A caller that gives up
/// ends the flow only as long as nothing was hashed.
macro_rules! hashing_flows {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty
        = $interface:ident.$export:ident;)*) => {
        impl Service {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the component or a capability failed. A refusal is not an error but an
                /// answer.
                pub async fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
                    $(let $argument = Argument::copied($argument);)*
                    self.runner
                        .run_even_if_abandoned(move |bindings, store| {
                            Box::pin(async move {
                                bindings.$interface().$export(store, $($argument.lend()),*).await
                            })
                        })
                        .await
                }
            )*
        }
    };
}

hashing_flows! {
    /// Calls `registration.register`.
    register(email: &str, password: &str, source: &str) -> Result<Registered, RegisterError>
        = countersign_auth_registration.call_register;
    /// Calls `login.login`.
    login(attempt: &LoginAttempt) -> Result<Tokens, LoginError>
        = countersign_auth_login.call_login;
    /// Calls `password.change`.
    change_password(
        token: &str, current_password: &str, new_password: &str, source: &str,
        device_token: Option<&str>)
        -> Result<Option<String>, ChangePasswordError>
        = countersign_auth_password.call_change;
    /// Calls `accounts.create`.
    create_account(authority: &Authority, account: &NewAccount)
        -> Result<CreatedAccount, AdministrationError>
        = countersign_auth_accounts.call_create;
    /// Calls `setup.complete`.
    complete_setup(token: &str, email: &str, password: &str) -> Result<AccountView, SetupError>
        = countersign_auth_setup.call_complete;
}

flows! {
    /// Calls `sessions.refresh`.
    refresh(request: &RefreshRequest) -> Result<Tokens, RefreshError>
        = countersign_auth_sessions.call_refresh;
    /// Calls `sessions.logout`.
    logout(credential: &Credential) -> Result<(), TokenError>
        = countersign_auth_sessions.call_logout;
    /// Calls `sessions.list`.
    list_sessions(token: &str) -> Result<Vec<SessionView>, TokenError>
        = countersign_auth_sessions.call_list;
    /// Calls `sessions.revoke`.
    revoke_session(token: &str, session_id: &str) -> Result<Result<(), RevokeError>, TokenError>
        = countersign_auth_sessions.call_revoke;
    /// Calls `profile.who-am-i`.
    who_am_i(token: &str) -> Result<AccountView, TokenError>
        = countersign_auth_profile.call_who_am_i;
    /// Calls `accounts.list`.
    list_accounts(authority: &Authority, search: &str, page: &PageRequest)
        -> Result<AccountListPage, AdministrationError>
        = countersign_auth_accounts.call_list;
    /// Calls `accounts.read`.
    read_account(authority: &Authority, id: &str) -> Result<AccountView, AdministrationError>
        = countersign_auth_accounts.call_read;
    /// Calls `accounts.find`.
    find_account(authority: &Authority, email: &str) -> Result<AccountView, AdministrationError>
        = countersign_auth_accounts.call_find;
    /// Calls `accounts.set-status`.
    set_account_status(authority: &Authority, id: &str, status: AccountStatus)
        -> Result<AccountView, AdministrationError>
        = countersign_auth_accounts.call_set_status;
    /// Calls `accounts.remove`.
    remove_account(authority: &Authority, id: &str) -> Result<(), AdministrationError>
        = countersign_auth_accounts.call_remove;
    /// Calls `accounts.grant`.
    grant_role(authority: &Authority, id: &str, role: &str, allow_unproved_address: bool)
        -> Result<AccountView, AdministrationError>
        = countersign_auth_accounts.call_grant;
    /// Calls `accounts.take`.
    take_role(authority: &Authority, id: &str, role: &str) -> Result<AccountView, AdministrationError>
        = countersign_auth_accounts.call_take;
    /// Calls `accounts.end-sessions`.
    end_sessions(authority: &Authority, id: &str) -> Result<(), AdministrationError>
        = countersign_auth_accounts.call_end_sessions;
    /// Calls `accounts.unlock`.
    unlock_account(authority: &Authority, id: &str) -> Result<(), AdministrationError>
        = countersign_auth_accounts.call_unlock;
    /// Calls `setup.begin`.
    begin_setup() -> Option<String>
        = countersign_auth_setup.call_begin;
}
