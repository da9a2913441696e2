//! The flows of the service: one async method for each export, a fresh instance for each call.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Store, UpdateDeadline, bail};

use crate::bindings::countersign::auth::{
    account_store, audit_log, code_store, entropy, password_hasher, session_store, signer,
    throttle_store,
};
use crate::bindings::{Service as Bindings, ServicePre};
use crate::errors::Error;
use crate::flow::Flow;
use crate::{
    AccountStatus, AccountView, Authority, Capabilities, ChangePasswordError, Core, CreatedAccount,
    Credential, DirectoryError, DirectoryPage, Limits, LoginAttempt, LoginError, NewAccount,
    PageRequest, PolicySource, RefreshError, RegisterError, Registered, RevokeError, SessionView,
    SetupError, TokenError, Tokens, deadline,
};

/// Answers of world `service`.
pub struct Service {
    pre: ServicePre<Flow>,
    capabilities: Capabilities,
    policy: PolicySource,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Service {
    /// Links the component to all capabilities.
    ///
    /// # Errors
    /// When the component asks for an import that this host does not know.
    pub fn new(
        core: &Core,
        capabilities: Capabilities,
        policy: PolicySource,
        limits: Limits,
    ) -> Result<Self, Error> {
        let mut linker = core.gate_linker::<Flow>(|flow| &mut flow.gate)?;
        add_flow_imports(&mut linker)?;
        let pre = ServicePre::new(linker.instantiate_pre(&core.component)?)?;
        let places = Arc::new(Semaphore::new(limits.concurrent_flows));
        Ok(Self {
            pre,
            capabilities,
            policy,
            limits,
            places,
        })
    }

    /// The policy that the flows apply.
    #[must_use]
    pub fn policy(&self) -> &PolicySource {
        &self.policy
    }

    /// Runs one flow: a place, a fresh instance, a deadline.
    ///
    /// Dropped midway, the flow ends between two host calls or within one; each of its writes is
    /// complete by itself.
    async fn run<T>(
        &self,
        call: impl AsyncFnOnce(&Bindings, &mut Store<Flow>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let deadline = deadline::sooner(Instant::now() + self.limits.flow);
        let place = timeout_at(deadline, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(Error::overloaded());
        };
        let flow = async {
            let mut store = self.store();
            let bindings = self.pre.instantiate_async(&mut store).await?;
            Ok(call(&bindings, &mut store).await?)
        };
        deadline::within(deadline, timeout_at(deadline, flow))
            .await
            .unwrap_or_else(|_| Err(Error::timed_out()))
    }

    fn store(&self) -> Store<Flow> {
        let flow = Flow::new(self.capabilities.clone(), self.policy.clone(), &self.limits);
        let mut store = Store::new(self.pre.engine(), flow);
        store.limiter(|flow| &mut flow.gate.limits);
        store.set_hostcall_fuel(self.limits.host_call_bytes);
        store.set_epoch_deadline(1);
        // Epochs pass while a flow waits for a store; only those that find the guest computing count.
        store.epoch_deadline_callback(|mut store| {
            let gate = &mut store.data_mut().gate;
            let Some(left) = gate.ticks_left.checked_sub(1) else {
                bail!("the guest computes for too long");
            };
            gate.ticks_left = left;
            Ok(UpdateDeadline::Yield(1))
        });
        store
    }
}

fn add_flow_imports(linker: &mut Linker<Flow>) -> wasmtime::Result<()> {
    type Target = HasSelf<Flow>;
    entropy::add_to_linker::<_, Target>(linker, |flow| flow)?;
    signer::add_to_linker::<_, Target>(linker, |flow| flow)?;
    password_hasher::add_to_linker::<_, Target>(linker, |flow| flow)?;
    account_store::add_to_linker::<_, Target>(linker, |flow| flow)?;
    session_store::add_to_linker::<_, Target>(linker, |flow| flow)?;
    throttle_store::add_to_linker::<_, Target>(linker, |flow| flow)?;
    code_store::add_to_linker::<_, Target>(linker, |flow| flow)?;
    audit_log::add_to_linker::<_, Target>(linker, |flow| flow)?;
    Ok(())
}

/// Declares a method that runs one export in a fresh instance.
macro_rules! flows {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty
        = $interface:ident.$export:ident;)*) => {
        impl Service {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the component or a capability failed; a refusal is an answer.
                pub async fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
                    self.run(async |bindings, store| {
                        bindings.$interface().$export(store, $($argument),*).await
                    })
                    .await
                }
            )*
        }
    };
}

flows! {
    /// `registration.register`
    register(email: &str, password: &str) -> Result<Registered, RegisterError>
        = countersign_auth_registration.call_register;
    /// `login.login`
    login(attempt: &LoginAttempt) -> Result<Tokens, LoginError>
        = countersign_auth_login.call_login;
    /// `sessions.refresh`
    refresh(refresh_token: &str) -> Result<Tokens, RefreshError>
        = countersign_auth_sessions.call_refresh;
    /// `sessions.logout`
    logout(credential: &Credential) -> Result<(), TokenError>
        = countersign_auth_sessions.call_logout;
    /// `sessions.list`
    list_sessions(token: &str) -> Result<Vec<SessionView>, TokenError>
        = countersign_auth_sessions.call_list;
    /// `sessions.revoke`
    revoke_session(token: &str, session_id: &str) -> Result<Result<(), RevokeError>, TokenError>
        = countersign_auth_sessions.call_revoke;
    /// `password.change`
    change_password(token: &str, current_password: &str, new_password: &str, source: &str)
        -> Result<(), ChangePasswordError>
        = countersign_auth_password.call_change;
    /// `profile.who-am-i`
    who_am_i(token: &str) -> Result<AccountView, TokenError>
        = countersign_auth_profile.call_who_am_i;
    /// `directory.list`
    list_accounts(authority: &Authority, search: &str, page: &PageRequest)
        -> Result<DirectoryPage, DirectoryError>
        = countersign_auth_directory.call_list;
    /// `directory.read`
    read_account(authority: &Authority, id: &str) -> Result<AccountView, DirectoryError>
        = countersign_auth_directory.call_read;
    /// `directory.create`
    create_account(authority: &Authority, account: &NewAccount)
        -> Result<CreatedAccount, DirectoryError>
        = countersign_auth_directory.call_create;
    /// `directory.set-status`
    set_account_status(authority: &Authority, id: &str, status: AccountStatus)
        -> Result<AccountView, DirectoryError>
        = countersign_auth_directory.call_set_status;
    /// `directory.remove`
    remove_account(authority: &Authority, id: &str) -> Result<(), DirectoryError>
        = countersign_auth_directory.call_remove;
    /// `directory.grant`
    grant_role(authority: &Authority, id: &str, role: &str) -> Result<AccountView, DirectoryError>
        = countersign_auth_directory.call_grant;
    /// `directory.take`
    take_role(authority: &Authority, id: &str, role: &str) -> Result<AccountView, DirectoryError>
        = countersign_auth_directory.call_take;
    /// `directory.end-sessions`
    end_sessions(authority: &Authority, id: &str) -> Result<(), DirectoryError>
        = countersign_auth_directory.call_end_sessions;
    /// `directory.unlock`
    unlock_account(authority: &Authority, id: &str) -> Result<(), DirectoryError>
        = countersign_auth_directory.call_unlock;
    /// `setup.begin`
    begin_setup() -> Option<String>
        = countersign_auth_setup.call_begin;
    /// `setup.complete`
    complete_setup(token: &str, email: &str, password: &str) -> Result<AccountView, SetupError>
        = countersign_auth_setup.call_complete;
}
