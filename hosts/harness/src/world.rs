//! The whole service in memory: what the cases of one policy are run on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Result;
use auth_composition::{Composition, Keys, Platform, Stores};
use auth_memory::{MemoryStores, RecordingAudit, SeededEntropy};
use auth_runtime::{Clock, Effect, Engine, Error, Keyring, Limits, Service, Verifier};
use tokio::runtime::{Builder, Runtime};

use crate::adapters::{LaneAudit, LaneEntropy, LaneHasher, LaneKeys, Outages};
use crate::cases::story::MAX_TOGETHER;
use crate::clocks::{Clocks, Whose};
use crate::event::Event;
use crate::gate::Gate;
use crate::journal::Journal;
use crate::keys::RotatingKeys;
use crate::mutant::Mutant;
use crate::policy::Policy;
use crate::stores::GatedStores;

/// The service under one policy: the real component, with stores, clock, randomness, hashing and
/// keys in memory. One thread uses it at a time.
pub(crate) struct World {
    engine: Engine,
    policy: Policy,
    pub(crate) parts: Parts,
    pub(crate) verifier: Verifier,
    /// Verifiers with the keys of cases.
    others: Mutex<Vec<KeyedVerifier>>,
    pub(crate) runtime: Runtime,
    lanes: [OnceLock<Lane>; MAX_TOGETHER],
    /// The seed of the randomness.
    seed: AtomicU64,
}

/// A verifier with the keys of a case.
struct KeyedVerifier {
    keyring: Arc<dyn Keyring>,
    verifier: Arc<Verifier>,
}

/// How many verifiers with keys of cases are kept.
const MOST_VERIFIERS: usize = 8;

/// The capabilities that all flows share.
pub(crate) struct Parts {
    pub(crate) clocks: Clocks,
    pub(crate) gate: Arc<Gate>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) keys: Arc<RotatingKeys>,
    pub(crate) outages: Arc<Outages>,
    stores: Arc<MemoryStores>,
    mutant: Option<Mutant>,
}

/// What one of several flows that run together has of its own: randomness that does not depend on
/// the order of the flows, a place at the gate, and the journal that records it.
pub(crate) struct Lane {
    pub(crate) service: Service,
    pub(crate) hasher: Arc<LaneHasher>,
    pub(crate) audit: Arc<LaneAudit>,
    entropy: Arc<SeededEntropy>,
    stores: Arc<GatedStores>,
    /// How many refer to the stores while no flow runs.
    idle_references: usize,
}

impl World {
    pub(crate) fn new(engine: &Engine, policy: &Policy, mutant: Option<Mutant>) -> Result<Self> {
        let clocks = Clocks::default();
        let stores = Arc::new(MemoryStores::new(clocks.of(Whose::Stores)));
        let parts = Parts {
            journal: Arc::new(Journal::new(Arc::clone(&stores), clocks.time().clone())),
            stores,
            clocks,
            gate: Arc::default(),
            keys: Arc::new(RotatingKeys::new()),
            outages: Arc::default(),
            mutant,
        };
        Ok(Self {
            verifier: parts
                .verifier(engine, policy, None)
                .map_err(|error| error.cause)?,
            others: Mutex::default(),
            engine: engine.clone(),
            policy: policy.clone(),
            parts,
            runtime: Builder::new_current_thread().enable_time().build()?,
            lanes: std::array::from_fn(|_| OnceLock::new()),
            seed: AtomicU64::default(),
        })
    }

    /// The policy that the service applies.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Forgets everything and sets the clock, so that each case finds a new service.
    pub(crate) fn reset(&self, now: u64) {
        self.reset_with(now, 0);
    }

    /// The same, with the randomness of this seed.
    pub(crate) fn reset_with(&self, now: u64, seed: u64) {
        self.parts.clocks.restart(now);
        self.parts.keys.restart();
        self.parts.stores.clear();
        self.parts.outages.clear();
        self.parts.journal.clear();
        self.seed.store(seed, Ordering::Relaxed);
        for (number, lane) in self.lanes.iter().enumerate() {
            if let Some(lane) = lane.get() {
                lane.restart(entropy_seed(seed, number));
            }
        }
    }

    /// The verifier with these keys in place of those of the harness. It is made once, since cases from
    /// one file of rows share their keys.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn verifier_with(&self, keyring: &Arc<dyn Keyring>) -> Result<Arc<Verifier>, Error> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().find(|it| Arc::ptr_eq(&it.keyring, keyring));
        if let Some(known) = known {
            return Ok(Arc::clone(&known.verifier));
        }
        let made = self
            .parts
            .verifier(&self.engine, &self.policy, Some(keyring))?;
        let made = Arc::new(made);
        if others.len() == MOST_VERIFIERS {
            others.remove(0);
        }
        others.push(KeyedVerifier {
            keyring: Arc::clone(keyring),
            verifier: Arc::clone(&made),
        });
        Ok(made)
    }

    /// Whether the changes of the stores are kept in the journal.
    pub(crate) fn watch(&self, is_watched: bool) {
        self.parts.stores.watch(is_watched);
    }

    /// Lets something happen to the hosts.
    pub(crate) fn happen(&self, event: Event) {
        match event {
            Event::Clock(whose, millis) => self.parts.clocks.set(whose, millis),
            Event::Rotate(rotated) => self.parts.keys.rotate(rotated),
        }
    }

    /// The service as the flow in this lane sees it.
    pub(crate) fn service(&self, lane: usize) -> &Service {
        &self.lane(lane).service
    }

    /// What the flow in this lane has of its own.
    pub(crate) fn lane(&self, lane: usize) -> &Lane {
        self.lanes[lane].get_or_init(|| {
            let made = self.parts.lane(&self.engine, &self.policy, lane);
            made.restart(entropy_seed(self.seed.load(Ordering::Relaxed), lane));
            made
        })
    }
}

impl Lane {
    /// Whether a flow of this lane runs, with or without a client.
    pub(crate) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.stores) > self.idle_references
    }

    /// Forgets what it watched, and begins new randomness.
    fn restart(&self, seed: u64) {
        self.entropy.restart(seed);
        self.hasher.take_hashes();
        self.audit.audit.take();
    }
}

fn entropy_seed(seed: u64, lane: usize) -> u64 {
    seed.wrapping_mul(MAX_TOGETHER as u64)
        .wrapping_add(lane as u64)
}

impl Parts {
    fn verifier(
        &self,
        engine: &Engine,
        policy: &Policy,
        keyring: Option<&Arc<dyn Keyring>>,
    ) -> Result<Verifier, Error> {
        let policy = match self.mutant {
            Some(Mutant::NoDenials) => &without_denials(policy),
            _ => policy,
        };
        let mut composition = self.composition(policy, 0).0;
        let clock = self.clocks.of(Whose::Verifiers);
        composition.capabilities.verifier.clock = match self.mutant {
            Some(Mutant::SlowVerifiers) => Arc::new(SlowClock(clock)),
            _ => clock,
        };
        if let Some(keyring) = keyring {
            composition.capabilities.verifier.keyring = Arc::clone(keyring);
        }
        composition.verifier(engine)
    }

    fn lane(&self, engine: &Engine, policy: &Policy, lane: usize) -> Lane {
        let (composition, own) = self.composition(policy, lane);
        let service = composition.service(engine);
        drop(composition);
        Lane {
            // The verifier was made of the same component and the same imports.
            service: service.expect("the component links as it did for the verifier"),
            idle_references: Arc::strong_count(&own.stores),
            hasher: own.hasher,
            audit: own.audit,
            entropy: own.entropy,
            stores: own.stores,
        }
    }

    fn composition(&self, policy: &Policy, lane: usize) -> (Composition, Own) {
        let (outages, mutant) = (&self.outages, self.mutant);
        let own = Own {
            entropy: Arc::new(SeededEntropy::default()),
            hasher: Arc::new(LaneHasher::new(Arc::clone(outages), mutant)),
            audit: Arc::new(LaneAudit {
                audit: RecordingAudit::default(),
                mutant,
            }),
            stores: Arc::new(GatedStores {
                stores: Arc::clone(&self.stores),
                gate: Arc::clone(&self.gate),
                journal: Arc::clone(&self.journal),
                lane,
                mutant,
            }),
        };
        let platform = Platform {
            clock: self.clocks.of(Whose::host(lane)),
            entropy: Arc::new(LaneEntropy {
                entropy: Arc::clone(&own.entropy),
                outages: Arc::clone(outages),
            }),
            password_hasher: own.hasher.clone(),
        };
        let keys = Arc::new(LaneKeys {
            keys: Arc::clone(&self.keys),
            outages: Arc::clone(outages),
            mutant,
        });
        let mut composition = Composition::new(
            platform,
            Stores::of(&own.stores),
            Keys::of(&keys),
            own.audit.clone(),
            policy.compiled.clone(),
        );
        composition.limits = limits();
        (composition, own)
    }
}

/// The capabilities of one lane.
struct Own {
    entropy: Arc<SeededEntropy>,
    hasher: Arc<LaneHasher>,
    audit: Arc<LaneAudit>,
    stores: Arc<GatedStores>,
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

/// A clock that is two hours behind.
struct SlowClock(Arc<dyn Clock>);

impl Clock for SlowClock {
    fn now(&self) -> u64 {
        self.0.now().saturating_sub(7_200_000)
    }
}

fn without_denials(policy: &Policy) -> Policy {
    let mut compiled = policy.compiled_policy();
    for role in &mut compiled.roles {
        role.rules.retain(|rule| rule.effect != Effect::Deny);
    }
    policy.with(compiled)
}
