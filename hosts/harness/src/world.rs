//! The whole service in memory: what the cases of one policy are run on.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Result;
use auth_composition::{Composition, Keys, Platform, Stores};
use auth_memory::{
    ManualClock, MemoryStores, QuickHasher, QuickKeys, RecordingAudit, SeededEntropy,
};
use auth_runtime::{Engine, Limits, Service, Verifier};
use tokio::runtime::{Builder, Runtime};

use crate::cases::story::MAX_TOGETHER;
use crate::cases::token::KEY_ID;
use crate::gate::Gate;
use crate::options::Mutant;
use crate::policy::Policy;
use crate::stores::GatedStores;

/// The service under one policy: the real component, with stores, clock, randomness, hashing and
/// keys in memory. One thread uses it at a time.
pub(crate) struct World {
    engine: Engine,
    policy: Policy,
    pub(crate) parts: Parts,
    pub(crate) verifier: Verifier,
    pub(crate) runtime: Runtime,
    lanes: [OnceLock<Lane>; MAX_TOGETHER],
}

/// The capabilities that all flows share.
pub(crate) struct Parts {
    pub(crate) clock: ManualClock,
    pub(crate) gate: Arc<Gate>,
    pub(crate) keys: Arc<QuickKeys>,
    stores: Arc<MemoryStores>,
    hasher: Arc<QuickHasher>,
    audit: Arc<RecordingAudit>,
    mutant: Option<Mutant>,
}

/// What one of several flows that run together has of its own: randomness that does not depend on
/// the order of the flows, and a place at the gate.
struct Lane {
    service: Service,
    entropy: Arc<SeededEntropy>,
}

impl World {
    pub(crate) fn new(engine: &Engine, policy: &Policy, mutant: Option<Mutant>) -> Result<Self> {
        let clock = ManualClock::default();
        let parts = Parts {
            stores: Arc::new(MemoryStores::new(Arc::new(clock.clone()))),
            clock,
            gate: Arc::default(),
            keys: Arc::new(QuickKeys::new(KEY_ID, "the harness")),
            hasher: Arc::default(),
            audit: Arc::default(),
            mutant,
        };
        let (composition, _) = parts.composition(policy, 0);
        Ok(Self {
            verifier: composition.verifier(engine).map_err(|error| error.cause)?,
            engine: engine.clone(),
            policy: policy.clone(),
            parts,
            runtime: Builder::new_current_thread().enable_time().build()?,
            lanes: std::array::from_fn(|_| OnceLock::new()),
        })
    }

    /// The policy that the service applies.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Forgets everything and sets the clock, so that each case finds a new service.
    pub(crate) fn reset(&self, now: u64) {
        self.parts.clock.set(now);
        self.parts.stores.clear();
        for lane in self.lanes.iter().filter_map(OnceLock::get) {
            lane.entropy.rewind();
        }
        self.parts.hasher.take_claims();
        self.parts.audit.take();
    }

    /// The service as the flow in this lane sees it.
    pub(crate) fn service(&self, lane: usize) -> &Service {
        &self.lanes[lane].get_or_init(|| self.lane(lane)).service
    }

    fn lane(&self, lane: usize) -> Lane {
        let (composition, entropy) = self.parts.composition(&self.policy, lane);
        let service = composition.service(&self.engine);
        // The verifier was made of the same component and the same imports.
        let service = service.expect("the component links as it did for the verifier");
        Lane { service, entropy }
    }
}

impl Parts {
    fn composition(&self, policy: &Policy, lane: usize) -> (Composition, Arc<SeededEntropy>) {
        let entropy = Arc::new(SeededEntropy::new(lane as u64));
        let stores = Arc::new(GatedStores {
            stores: Arc::clone(&self.stores),
            gate: Arc::clone(&self.gate),
            lane,
            mutant: self.mutant,
        });
        let platform = Platform {
            clock: Arc::new(self.clock.clone()),
            entropy: entropy.clone(),
            password_hasher: self.hasher.clone(),
        };
        let mut composition = Composition::new(
            platform,
            Stores::of(&stores),
            Keys::of(&self.keys),
            self.audit.clone(),
            policy.compiled.clone(),
        );
        composition.limits = limits();
        (composition, entropy)
    }
}

/// Limits that no case reaches because a machine is slow: the same cases have the same results
/// everywhere.
fn limits() -> Limits {
    Limits {
        flow: Duration::from_secs(3600),
        guest_ticks: u32::MAX,
        ..Limits::default()
    }
}
