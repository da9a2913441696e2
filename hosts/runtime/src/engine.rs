//! The component, loaded once for a process.

use std::thread;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::bindings::Service as Bindings;
use crate::bindings::countersign::auth::{clock, keyring, policy_source, types};
use crate::errors::Error;
use crate::limits::TICK;
use crate::verifier_state::VerifierState;
use crate::{CompiledPolicy, Limits, PolicyDiagnostic};

/// How instances get their memory.
#[derive(Clone, Copy, Debug)]
pub enum Allocation {
    /// Mapped for each instance. For hosts that run one call at a time and must start quickly.
    OnDemand,
    /// Reserved once, for so many instances at a time. For servers.
    Pooling(u32),
}

/// The component of this build in an engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) component: Component,
}

impl Engine {
    /// Loads the component. Once a process.
    ///
    /// # Errors
    /// When the machine cannot run what the build made for it.
    pub fn load(allocation: Allocation) -> Result<Self, Error> {
        let mut config = auth_artifact::config();
        if let Allocation::Pooling(instances) = allocation {
            config.allocation_strategy(pooling(instances));
        }
        let engine = wasmtime::Engine::new(&config)?;
        let component = auth_artifact::load(&engine)?;
        tick(&engine);
        Ok(Self { engine, component })
    }

    /// Checks the text of a policy file and compiles it, in the component itself.
    ///
    /// # Errors
    /// Every fault of the text, or that the component could not judge it.
    pub fn compile_policy(
        &self,
        text: &str,
    ) -> Result<Result<CompiledPolicy, Vec<PolicyDiagnostic>>, Error> {
        let limits = Limits::for_policy();
        let mut linker = Linker::new(&self.engine);
        linker.define_unknown_imports_as_traps(&self.component)?;
        let mut store = Store::new(&self.engine, limits.store());
        store.limiter(|limits| limits);
        store.set_hostcall_fuel(limits.host_call_bytes);
        store.set_epoch_deadline(u64::from(limits.guest_ticks));
        let instance = Bindings::instantiate(&mut store, &self.component, &linker)?;
        Ok(instance
            .countersign_auth_policy()
            .call_compile(&mut store, text)?)
    }

    /// A linker for the imports of world `verifier`, which `verifier` finds in the state `T`.
    pub(crate) fn verifier_linker<T: Send + 'static>(
        &self,
        verifier: fn(&mut T) -> &mut VerifierState,
    ) -> wasmtime::Result<Linker<T>> {
        type Target = HasSelf<VerifierState>;
        let mut linker = Linker::new(&self.engine);
        types::add_to_linker::<T, Target>(&mut linker, verifier)?;
        clock::add_to_linker::<T, Target>(&mut linker, verifier)?;
        keyring::add_to_linker::<T, Target>(&mut linker, verifier)?;
        policy_source::add_to_linker::<T, Target>(&mut linker, verifier)?;
        Ok(linker)
    }
}

/// Slots for `instances` calls at a time. What a call touched is wiped in place up to the guest's
/// usual size, which costs less than giving the pages back to the system. Linux 6.7 and later tell
/// which pages that are; an older one has all of them wiped.
fn pooling(instances: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    // The encoder adds two small modules to the guest's own: a table of shims, and what fills it.
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(3))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(3))
        .total_stacks(instances)
        .max_memory_size(Limits::for_policy().memory_bytes)
        .linear_memory_keep_resident(256 << 10)
        .pagemap_scan(wasmtime::Enabled::Auto)
        .table_keep_resident(16 << 10);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Advances the epoch for as long as the engine lives.
fn tick(engine: &wasmtime::Engine) {
    let engine = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    });
}
