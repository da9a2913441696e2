//! Runs flows: a fresh instance for each, within limits of number and time.

use std::convert::Infallible;
use std::panic;
use std::pin::{Pin, pin};
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use wasmtime::{Store, UpdateDeadline, bail};

use crate::bindings::{Service as Bindings, ServicePre};
use crate::commitment::Commitment;
use crate::errors::Error;
use crate::service_state::ServiceState;
use crate::{Capabilities, Limits, PolicySource, deadline};

/// The call of an export, which borrows its instance.
pub(crate) type Call<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>;

/// Runs flows on one component, with the capabilities of one host.
///
/// Flows that may hash have places of their own, which suffice for all that hold a place in the
/// hashing queue. So flows that hash none find room, also while all those places are taken.
pub(crate) struct Runner {
    pre: ServicePre<ServiceState>,
    capabilities: Capabilities,
    policy: PolicySource,
    limits: Limits,
    places: Semaphore,
    hashing_places: Semaphore,
}

impl Runner {
    pub(crate) fn new(
        pre: ServicePre<ServiceState>,
        capabilities: Capabilities,
        policy: PolicySource,
        limits: Limits,
    ) -> Self {
        let hashing = limits.hashing_flows(capabilities.password_hasher.places());
        Self {
            pre,
            capabilities,
            policy,
            limits,
            places: Semaphore::new(limits.concurrent_flows),
            hashing_places: Semaphore::new(hashing),
        }
    }

    pub(crate) fn policy(&self) -> &PolicySource {
        &self.policy
    }

    /// Runs a flow that hashes no password.
    ///
    /// When the future is dropped, the flow ends between two host calls or during one. Each of its
    /// writes is complete in itself.
    pub(crate) async fn run<T>(
        &self,
        call: impl AsyncFnOnce(&Bindings, &mut Store<ServiceState>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let deadline = self.deadline();
        let flow = self.run_in(&self.places, deadline, Commitment::default(), call);
        deadline::within(deadline, flow).await
    }

    /// Runs a flow that may hash a password, in a task of its own.
    ///
    /// When the future is dropped before a hash began, the flow ends as in [`run`](Self::run).
    /// Afterwards it runs to its end: a password that was tried is counted and logged, even if the
    /// client did not wait for the answer.
    pub(crate) async fn run_even_if_abandoned<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl for<'a> FnOnce(&'a Bindings, &'a mut Store<ServiceState>) -> Call<'a, T>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let runner = Arc::clone(self);
        let deadline = self.deadline();
        // Dropped together with this future.
        let (_caller, gave_up) = oneshot::channel::<Infallible>();
        let task = async move {
            let commitment = Commitment::default();
            let places = &runner.hashing_places;
            let flow = runner.run_in(
                places,
                deadline,
                commitment.clone(),
                async |bindings, store| call(bindings, store).await,
            );
            let mut flow = pin!(flow);
            tokio::select! {
                answer = &mut flow => answer,
                _ = gave_up => match commitment.abandon() {
                    true => Err(Error::abandoned()),
                    false => flow.await,
                },
            }
        };
        let task = deadline::within(deadline, task).in_current_span();
        let answer = tokio::spawn(task).await;
        answer.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(reason) => panic::resume_unwind(reason),
            // The runtime shuts down.
            Err(_) => Err(Error::abandoned()),
        })
    }

    fn deadline(&self) -> Instant {
        deadline::sooner(Instant::now() + self.limits.flow)
    }

    /// Runs one flow in a fresh instance, under a deadline, once there is room for it.
    async fn run_in<T>(
        &self,
        places: &Semaphore,
        deadline: Instant,
        commitment: Commitment,
        call: impl AsyncFnOnce(&Bindings, &mut Store<ServiceState>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let place = timeout_at(deadline, places.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(Error::overloaded());
        };
        let flow = async {
            let mut store = self.store(commitment);
            let bindings = self.pre.instantiate_async(&mut store).await?;
            Ok(call(&bindings, &mut store).await?)
        };
        timeout_at(deadline, flow)
            .await
            .unwrap_or_else(|_| Err(Error::timed_out()))
    }

    fn store(&self, commitment: Commitment) -> Store<ServiceState> {
        let (capabilities, policy) = (self.capabilities.clone(), self.policy.clone());
        let flow = ServiceState::new(capabilities, policy, &self.limits, commitment);
        let mut store = Store::new(self.pre.engine(), flow);
        store.limiter(|state| &mut state.verifier.limits);
        store.set_hostcall_fuel(self.limits.host_call_bytes);
        store.set_epoch_deadline(1);
        // Epochs also pass while a flow waits for a store. Only those that end while the guest
        // computes count.
        store.epoch_deadline_callback(|mut store| {
            let state = &mut store.data_mut().verifier;
            let Some(left) = state.ticks_left.checked_sub(1) else {
                bail!("the guest computes for too long");
            };
            state.ticks_left = left;
            Ok(UpdateDeadline::Yield(1))
        });
        store
    }
}
