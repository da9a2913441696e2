//! One process of a service, with access to all of its parts.

mod people;

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use auth_composition::{Composition, Keys, Platform, Stores, policy_source};
use auth_memory::{
    ManualClock, MemoryStores, QuickHasher, QuickKeys, RecordingAudit, SeededEntropy,
};
use auth_runtime::{
    Allocation, AuditEventKind, Capabilities, Engine, Limits, PolicySource, Service, Verifier,
};

pub use people::{EMAIL, PASSWORD, SOURCE, attempt, refresh_request};

use crate::FaultyStores;

const ISSUER: &str = "https://auth.example.org";
const AUDIENCE: &str = "https://api.example.org";

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::load(Allocation::Pooling(700)).expect("the component of this build loads")
});

/// One process of a service. Clones refer to the same process.
#[derive(Clone)]
pub struct TestService(Arc<Inner>);

/// The parts of a [`TestService`].
pub struct Inner {
    /// Runs the flows.
    pub service: Service,
    /// Verifies tokens and decides on permissions.
    pub verifier: Verifier,
    /// The clock, which stands still until a test moves it.
    pub clock: ManualClock,
    /// All four stores, in memory.
    pub stores: Arc<FaultyStores>,
    /// A hasher that counts its work.
    pub hasher: Arc<QuickHasher>,
    /// The source of randomness, which remembers how many bytes it gave.
    pub entropy: Arc<SeededEntropy>,
    audit: Arc<RecordingAudit>,
    composition: Composition,
}

impl Deref for TestService {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl TestService {
    /// A service without accounts, under this policy file.
    #[must_use]
    pub fn new(policy: &str) -> Self {
        Self::with_entropy(policy, SeededEntropy::default())
    }

    /// The same with another seed of the randomness.
    #[must_use]
    pub fn with_entropy(policy: &str, entropy: SeededEntropy) -> Self {
        let clock = ManualClock::default();
        let stores = FaultyStores::new(MemoryStores::new(Arc::new(clock.clone())));
        let keys = Arc::new(QuickKeys::new("quick-1", "a secret"));
        let hasher = Arc::new(QuickHasher::default());
        let audit = Arc::new(RecordingAudit::default());
        let entropy = Arc::new(entropy);
        let platform = Platform {
            clock: Arc::new(clock.clone()),
            entropy: entropy.clone(),
            password_hasher: hasher.clone(),
        };
        let composition = Composition::new(
            platform,
            Stores::of(&stores),
            Keys::of(&keys),
            audit.clone(),
            compile(policy),
        );
        let (service, verifier) = start(&composition);
        Self(Arc::new(Inner {
            service,
            verifier,
            clock,
            stores,
            hasher,
            entropy,
            audit,
            composition,
        }))
    }

    /// Another process of the same service.
    #[must_use]
    pub fn second_process(&self) -> Self {
        self.changed(|_| {}, Limits::default())
    }

    /// Another process of the same service, under other limits.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        self.changed(|_| {}, limits)
    }

    /// Another process of the same service, with other capabilities.
    #[must_use]
    pub fn changed(&self, change: impl FnOnce(&mut Capabilities), limits: Limits) -> Self {
        let mut composition = self.composition.clone();
        change(&mut composition.capabilities);
        composition.limits = limits;
        let (service, verifier) = start(&composition);
        Self(Arc::new(Inner {
            service,
            verifier,
            clock: self.clock.clone(),
            stores: self.stores.clone(),
            hasher: self.hasher.clone(),
            entropy: self.entropy.clone(),
            audit: self.audit.clone(),
            composition,
        }))
    }

    /// The audit events since the last call: kind and subject.
    pub fn events(&self) -> Vec<(AuditEventKind, Option<String>)> {
        self.audit
            .take()
            .into_iter()
            .map(|event| (event.kind, event.subject))
            .collect()
    }

    /// The number of audit events of this kind since the last call of this method or of
    /// [`events`](Self::events).
    pub fn count_events(&self, kind: AuditEventKind) -> usize {
        self.events()
            .into_iter()
            .filter(|event| event.0 == kind)
            .count()
    }

    /// The audit log itself.
    #[must_use]
    pub fn audit(&self) -> &RecordingAudit {
        &self.audit
    }

    /// Moves the clock of all processes forward by this many seconds.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Moves the clock of all processes forward by this many milliseconds.
    pub fn wait_millis(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }
}

fn compile(text: &str) -> PolicySource {
    let policy = ENGINE.compile_policy(text).expect("an answer");
    let policy = policy.unwrap_or_else(|diagnostics| panic!("a bad policy: {diagnostics:?}"));
    policy_source(policy, ISSUER, AUDIENCE)
}

fn start(composition: &Composition) -> (Service, Verifier) {
    let (service, verifier) = (composition.service(&ENGINE), composition.verifier(&ENGINE));
    (service.expect("a service"), verifier.expect("a verifier"))
}
