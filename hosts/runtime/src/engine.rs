//! The engine: the component, loaded once in a process.

use std::thread;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::bindings::Service as Bindings;
use crate::bindings::countersign::auth::{clock, keyring, policy_source, types};
use crate::errors::Error;
use crate::limits::TICK;
use crate::verifier_state::VerifierState;
use crate::{CompiledPolicy, Limits, PolicyDiagnostic};

/// How instances of the component get their memory.
#[derive(Clone, Copy, Debug)]
pub enum Allocation {
    /// Memory is mapped for each instance. For hosts that run one call at a time and must start
    /// quickly.
    OnDemand,
    /// Memory is reserved once, for this number of instances at a time. For servers.
    Pooling(u32),
}

/// The component of this build, loaded into a Wasmtime engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) component: Component,
}

impl Engine {
    /// Loads the component. A process should do this once.
    ///
    /// # Errors
    /// When this machine cannot run the code that the build made for it.
    pub fn load(allocation: Allocation) -> Result<Self, Error> {
        let mut config = auth_artifact::config();
        // The component is precompiled, also where another build of it can be compiled.
        #[cfg(feature = "compiler")]
        config.enable_compiler(false);
        if let Allocation::Pooling(instances) = allocation {
            // The adapters of a flow run on its stack, and a hash of a password leaves parts of it there.
            config.async_stack_zeroing(true);
            config.allocation_strategy(pooling(instances));
        }
        let engine = wasmtime::Engine::new(&config)?;
        let component = auth_artifact::load(&engine)?;
        tick(&engine);
        Ok(Self { engine, component })
    }

    /// Compiles another build of the component, to ask it the same as this one. It runs under the same
    /// limits, and has no more capabilities.
    ///
    /// # Errors
    /// When the bytes are no component of WebAssembly.
    #[cfg(feature = "compiler")]
    pub fn compile(component: &[u8]) -> Result<Self, Error> {
        let engine = wasmtime::Engine::new(&auth_artifact::config())?;
        let component = Component::from_binary(&engine, component)?;
        tick(&engine);
        Ok(Self { engine, component })
    }

    /// Checks the text of a policy file and compiles it, using the component.
    ///
    /// # Errors
    /// When the text has diagnostics, which are all returned, or when the component failed.
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

    /// Returns a linker with the imports of world `verifier`; `verifier` finds their state within
    /// the state `T`.
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

/// Reserves memory for `instances` calls at a time. The memory and the stack that a call has used are
/// zeroed in place, up to their usual size, which costs less than returning the pages to the system.
/// Linux 6.7 and later report which pages were used; on an older kernel all of them are zeroed.
fn pooling(instances: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    // The encoder adds two small modules to the guest's own: a table of shims, and the module that
    // fills it.
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(3))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(3))
        .total_stacks(instances)
        .max_memory_size(Limits::for_policy().memory_bytes)
        .linear_memory_keep_resident(256 << 10)
        .async_stack_keep_resident(32 << 10)
        .pagemap_scan(wasmtime::Enabled::Auto)
        .table_keep_resident(16 << 10);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Advances the epoch at regular intervals, as long as the engine exists.
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
