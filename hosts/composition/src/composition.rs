//! Assembles a host from component, capabilities, policy and router.
//!
//! The server, the function, the command line, the tests and the benchmarks all call this module.
//! They differ only in the values that they pass to it.

use std::io;
use std::sync::Arc;

use auth_crypto::{HashPool, HashPoolConfig, SystemClock, SystemEntropy};
use auth_rest::{App, Config, Probe};
use auth_runtime::{
    AccountStore, AuditLog, Capabilities, Clock, CodeStore, CompiledPolicy, Deployment, Engine,
    Entropy, Error, Keyring, Limits, PasswordHasher, PolicySource, Service, SessionStore, Signer,
    ThrottleStore, Verifier, VerifierCapabilities,
};
use ipnet::IpNet;

use crate::audit::{KeyEvent, note_key};
use crate::noting_signer::NotingSigner;
use crate::source_names::LogSources;

/// The `client_id` of all tokens: the service issues them to its own users, for one client.
const CLIENT_ID: &str = "countersign";

/// The capabilities that compute: time, randomness and password hashes.
#[derive(Clone)]
pub struct Platform {
    /// Answers the component's import `clock`.
    pub clock: Arc<dyn Clock>,
    /// Answers the component's import `entropy`.
    pub entropy: Arc<dyn Entropy>,
    /// Answers the component's import `password-hasher`.
    pub password_hasher: Arc<dyn PasswordHasher>,
}

impl Platform {
    /// The system's clock and entropy, and a pool of threads that hash passwords. At most
    /// `hash_queue` requests wait for the pool; with `None` its default holds.
    ///
    /// # Errors
    /// When the operating system cannot start a thread.
    pub fn of_system(hash_queue: Option<usize>) -> io::Result<Self> {
        let mut hashing = HashPoolConfig::default();
        if let Some(places) = hash_queue {
            hashing.queue = places;
        }
        Ok(Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            password_hasher: Arc::new(HashPool::new(hashing)?),
        })
    }
}

/// The four stores. Every adapter implements them by one value.
#[derive(Clone)]
pub struct Stores {
    /// Answers the component's import `account-store`.
    pub accounts: Arc<dyn AccountStore>,
    /// Answers the component's import `session-store`.
    pub sessions: Arc<dyn SessionStore>,
    /// Answers the component's import `throttle-store`.
    pub throttle: Arc<dyn ThrottleStore>,
    /// Answers the component's import `code-store`.
    pub codes: Arc<dyn CodeStore>,
}

impl Stores {
    /// The stores of an adapter that implements all four.
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: AccountStore + SessionStore + ThrottleStore + CodeStore + 'static,
    {
        Self {
            accounts: store.clone(),
            sessions: store.clone(),
            throttle: store.clone(),
            codes: store.clone(),
        }
    }
}

/// The keys of a service, for verifying and signing.
#[derive(Clone)]
pub struct Keys {
    /// Answers the component's import `keyring`.
    pub keyring: Arc<dyn Keyring>,
    /// Answers the component's import `signer`.
    pub signer: Arc<dyn Signer>,
}

impl Keys {
    /// The keys of an adapter that verifies and signs.
    pub fn of<K: Keyring + Signer + 'static>(keys: &Arc<K>) -> Self {
        Self {
            keyring: keys.clone(),
            signer: keys.clone(),
        }
    }
}

/// A source of one policy, with the names that the tokens carry: `issuer` as `iss` and `audience`
/// as `aud`.
pub fn policy_source(policy: CompiledPolicy, issuer: &str, audience: &str) -> PolicySource {
    let deployment = Deployment {
        issuer: issuer.to_owned(),
        audience: audience.to_owned(),
        client_id: CLIENT_ID.to_owned(),
    };
    PolicySource::new(policy, deployment)
}

/// The settings of the router, and what it publishes besides the flows.
pub struct Surface {
    /// The published JWK set; `None` until the keys are loaded.
    pub published_keys: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// Origins whose pages may call the service from a browser (CORS).
    pub allowed_origins: Vec<auth_rest::Origin>,
    /// Whether the service describes itself, its version and its component.
    pub describes: bool,
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` the router trusts.
    pub trusted_proxies: Vec<IpNet>,
    /// How the log names the sources of requests.
    pub log_sources: LogSources,
}

/// What the component needs on one host: capabilities, policy and limits.
#[derive(Clone)]
pub struct Composition {
    /// The capabilities that answer the component's imports.
    pub capabilities: Capabilities,
    /// The policy that the flows apply.
    pub policy: PolicySource,
    /// How much time and memory one flow may use.
    pub limits: Limits,
}

impl Composition {
    /// A composition with the default limits.
    pub fn new(
        platform: Platform,
        stores: Stores,
        keys: Keys,
        audit: Arc<dyn AuditLog>,
        policy: PolicySource,
    ) -> Self {
        Self {
            capabilities: Capabilities {
                verifier: VerifierCapabilities {
                    clock: platform.clock,
                    keyring: keys.keyring,
                },
                entropy: platform.entropy,
                signer: Arc::new(NotingSigner::new(keys.signer, |key_id| {
                    note_key(KeyEvent::Activated, Some(key_id));
                })),
                password_hasher: platform.password_hasher,
                accounts: stores.accounts,
                sessions: stores.sessions,
                throttle: stores.throttle,
                codes: stores.codes,
                audit,
            },
            policy,
            limits: Limits::default(),
        }
    }

    /// The service with all its flows.
    ///
    /// # Errors
    /// When the component imports an interface that this host does not provide.
    pub fn service(&self, engine: &Engine) -> Result<Service, Error> {
        let (capabilities, policy) = (self.capabilities.clone(), self.policy.clone());
        Service::new(engine, capabilities, policy, self.limits)
    }

    /// The verifier of tokens, which also decides about permissions.
    ///
    /// # Errors
    /// When the component imports an interface that this host does not provide.
    pub fn verifier(&self, engine: &Engine) -> Result<Verifier, Error> {
        let capabilities = self.capabilities.verifier.clone();
        verifier(engine, capabilities, self.policy.clone(), self.limits)
    }

    /// The flows, the verifier and the settings of the router, for [`auth_rest::router`].
    ///
    /// # Errors
    /// When the component imports an interface that this host does not provide.
    pub fn app(&self, engine: &Engine, surface: Surface) -> Result<App, Error> {
        let mut config = Config::new(env!("CARGO_PKG_VERSION"), auth_artifact::SHA256);
        config.allowed_origins = surface.allowed_origins;
        config.describes = surface.describes;
        config.trusted_proxies = surface.trusted_proxies.into();
        config.source_names = surface
            .log_sources
            .names(Arc::clone(&self.capabilities.signer));
        Ok(App {
            service: self.service(engine)?,
            verifier: self.verifier(engine)?,
            published_keys: surface.published_keys,
            ready: probe(&self.capabilities),
            core_modules: auth_artifact::CORE_MODULES,
            config,
        })
    }
}

/// A verifier, for a host that has no stores and signs nothing.
///
/// # Errors
/// When the component imports an interface that this host does not provide.
pub fn verifier(
    engine: &Engine,
    capabilities: VerifierCapabilities,
    policy: PolicySource,
    limits: Limits,
) -> Result<Verifier, Error> {
    Verifier::new(engine, capabilities, policy, limits)
}

/// The check behind `/readyz`: a host is ready when it can read an account and has a key that
/// signs.
fn probe(capabilities: &Capabilities) -> Probe {
    let (accounts, signer) = (&capabilities.accounts, &capabilities.signer);
    let (accounts, signer) = (Arc::clone(accounts), Arc::clone(signer));
    Arc::new(move || {
        let (accounts, signer) = (Arc::clone(&accounts), Arc::clone(&signer));
        Box::pin(async move {
            let found = accounts.find("no such account").await;
            found.is_ok() && signer.active().is_ok()
        })
    })
}
