//! Puts component, capabilities and router together.

use std::sync::Arc;

use anyhow::{Context, Result};
use auth_crypto::{HashPool, HashPoolConfig, SystemClock, SystemEntropy};
use auth_rest::{App, Config, Probe};
use auth_runtime::{
    AccountStore, AuditLog, Capabilities, Clock, CodeStore, CompiledPolicy, Deployment, Engine,
    Keyring, Limits, PolicySource, Service, SessionStore, Signer, ThrottleStore, Verifier,
    VerifierCapabilities,
};
use ipnet::IpNet;

/// What a host chose.
pub struct Assembly {
    /// Where all is kept.
    pub stores: Stores,
    /// What signs.
    pub keys: Keys,
    /// Who is told what happened.
    pub audit: Arc<dyn AuditLog>,
    /// Requests that may wait for a password to be hashed; `None` for the default.
    pub hash_queue: Option<usize>,
    /// What `iss` and `aud` of the tokens say.
    pub issuer: String,
    /// See `issuer`.
    pub audience: String,
    /// How requests are treated.
    pub allowed_origins: Vec<auth_rest::Origin>,
    /// For `/metrics`: the numbers as text, where the host exports them so.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    /// Hops whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// The four stores, which are one value in every adapter.
#[derive(Clone)]
pub struct Stores {
    /// `account-store`
    pub accounts: Arc<dyn AccountStore>,
    /// `session-store`
    pub sessions: Arc<dyn SessionStore>,
    /// `throttle-store`
    pub throttle: Arc<dyn ThrottleStore>,
    /// `code-store`
    pub codes: Arc<dyn CodeStore>,
}

impl Stores {
    /// Of an adapter that is all of them.
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

/// The keys of a service.
#[derive(Clone)]
pub struct Keys {
    /// `keyring`
    pub keyring: Arc<dyn Keyring>,
    /// `signer`
    pub signer: Arc<dyn Signer>,
    /// The published JWK set; `None` while the keys are not there.
    pub published: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

/// Links the component to what the host chose. Returns the flows and the decisions, for [`App`], and
/// how the router learns whether they can work.
///
/// # Errors
/// When the system gives no threads, or the component asks for what this host does not know.
pub fn assemble(engine: &Engine, policy: CompiledPolicy, chosen: Assembly) -> Result<App> {
    let mut config = Config::new(env!("CARGO_PKG_VERSION"), auth_artifact::SHA256);
    config.allowed_origins = chosen.allowed_origins;
    config.trusted_proxies = chosen.trusted_proxies;
    let deployment = Deployment {
        issuer: chosen.issuer,
        audience: chosen.audience,
        client_id: "countersign".to_owned(),
    };
    let policy = PolicySource::new(policy, deployment);
    let ready = probe(&chosen.stores.accounts, &chosen.keys.signer);
    let published_keys = Arc::clone(&chosen.keys.published);
    let capabilities = capabilities(chosen.stores, chosen.keys, chosen.audit, chosen.hash_queue)?;
    let (limits, verifier_capabilities) = (Limits::default(), capabilities.verifier.clone());
    let verifier = Verifier::new(engine, verifier_capabilities, policy.clone(), limits);
    let service = Service::new(engine, capabilities, policy, limits);
    Ok(App {
        service: service.map_err(|error| error.cause)?,
        verifier: verifier.map_err(|error| error.cause)?,
        published_keys,
        ready,
        metrics: chosen.metrics,
        config,
    })
}

fn capabilities(
    stores: Stores,
    keys: Keys,
    audit: Arc<dyn AuditLog>,
    hash_queue: Option<usize>,
) -> Result<Capabilities> {
    let mut hashing = HashPoolConfig::default();
    if let Some(places) = hash_queue {
        hashing.queue = places;
    }
    let password_hasher = HashPool::new(hashing).context("cannot start the hashing threads")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Capabilities {
        verifier: VerifierCapabilities {
            clock,
            keyring: keys.keyring,
        },
        entropy: Arc::new(SystemEntropy),
        signer: keys.signer,
        password_hasher: Arc::new(password_hasher),
        accounts: stores.accounts,
        sessions: stores.sessions,
        throttle: stores.throttle,
        codes: stores.codes,
        audit,
    })
}

/// Ready is who can read an account and sign a token.
fn probe(accounts: &Arc<dyn AccountStore>, signer: &Arc<dyn Signer>) -> Probe {
    let (accounts, signer) = (Arc::clone(accounts), Arc::clone(signer));
    Arc::new(move || {
        let (accounts, signer) = (Arc::clone(&accounts), Arc::clone(&signer));
        Box::pin(async move {
            let found = accounts.find("no such account").await;
            found.is_ok() && signer.active().is_ok()
        })
    })
}
