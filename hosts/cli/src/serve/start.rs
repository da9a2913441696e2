//! Builds the server: the one place where capabilities are chosen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use auth_crypto::{
    HashPool, HashPoolConfig, KeyDirectory, ServiceKeys, SystemClock, SystemEntropy,
};
use auth_embedded::EmbeddedStore;
use auth_rest::{App, Config, Probe};
use auth_runtime::{
    AccountStore, Allocation, AuditLog, Capabilities, Clock, Core, Deployment, GateCapabilities,
    Limits, PolicySource, Service, Signer, Verifier,
};
use axum::Router;
use tokio::net::TcpListener;

use super::setup_token::{self, ForgetSetupToken};
use super::{issuer, listener};
use crate::audit::TracingAuditLog;
use crate::data_directory::DataDirectory;
use crate::failure::{Outcome, unanswered};
use crate::keys::LONGEST_TOKEN;
use crate::settings::{SECRET_VARIABLE, Secret, ServeSettings};
use crate::{policy, store};

/// Instances of the verifier besides those of the flows; it uses one a thread.
const VERIFIERS: usize = 64;

/// A server that is ready to accept connections.
pub struct Server {
    pub listener: TcpListener,
    pub router: Router,
    pub store: Arc<EmbeddedStore>,
    pub keys: Arc<ServiceKeys>,
    /// Where clients on this machine reach it.
    pub url: String,
    pub issuer: String,
    pub data: PathBuf,
    /// While there is no administrator.
    pub setup: Option<Setup>,
}

/// How the first administrator is made.
pub struct Setup {
    pub token: String,
    pub file: PathBuf,
    /// Of the password, in characters.
    pub min_length: u32,
}

/// Makes everything that a server needs, and what is missing in its data directory.
///
/// # Errors
/// One sentence about the setting, file or address that cannot be used.
pub async fn start(settings: &ServeSettings) -> Outcome<Server> {
    // What can be wrong without a trace comes before the first file.
    let core = load_core()?;
    let policy = policy::compile(&core, settings.policy.path.as_deref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let configured = configured_keys(settings, &clock)?;
    let listener = listener::bind(settings.listen);
    let listener = listener.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let url = local_url(listener.local_addr()?);
    let issuer = issuer::choose(settings.issuer.as_deref(), settings.environment, &url)?;

    let directory = DataDirectory::open_or_create(&settings.data.path)?;
    let store = store::open(&directory, Arc::clone(&clock))?;
    let keys = configured.map_or_else(|| stored_keys(settings, &directory, &clock), Ok)?;
    let keys = Arc::new(keys);
    let audit = ForgetSetupToken::new(Arc::new(TracingAuditLog), directory.setup_token());
    let capabilities = capabilities(settings, clock, &keys, &store, Arc::new(audit))?;

    let deployment = Deployment {
        issuer: issuer.clone(),
        audience: settings.audience.clone(),
        client_id: "countersign".to_owned(),
    };
    let policy = PolicySource::new(policy, deployment);
    let (limits, gate) = (Limits::default(), capabilities.gate.clone());
    let verifier = Verifier::new(&core, gate, policy.clone(), limits).map_err(unanswered)?;
    let service = Service::new(&core, capabilities, policy.clone(), limits).map_err(unanswered)?;

    let token = service.begin_setup().await.map_err(unanswered)?;
    setup_token::keep(&directory.setup_token(), token.as_deref())?;
    let min_length = policy.settings().password.min_length;
    let setup = token.map(|token| Setup {
        token,
        file: directory.setup_token(),
        min_length,
    });

    let router = router(settings, service, verifier, &store, &keys);
    let data = directory.path().to_owned();
    Ok(Server {
        listener,
        router,
        store,
        keys,
        url,
        issuer,
        data,
        setup,
    })
}

/// The address as a client on this machine writes it.
fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

fn configured_keys(
    settings: &ServeSettings,
    clock: &Arc<dyn Clock>,
) -> Result<Option<ServiceKeys>> {
    let Some(secret) = Secret::from_environment()? else {
        return Ok(None);
    };
    let environment = settings.environment;
    let keys = ServiceKeys::from_setting(secret.expose(), environment, Arc::clone(clock));
    keys.map(Some)
        .with_context(|| format!("{SECRET_VARIABLE} cannot be used"))
}

fn stored_keys(
    settings: &ServeSettings,
    directory: &DataDirectory,
    clock: &Arc<dyn Clock>,
) -> Result<ServiceKeys> {
    let (path, algorithm) = (directory.keys(), settings.signing_algorithm);
    let keys = KeyDirectory::open_or_create(path, algorithm, Arc::clone(clock), LONGEST_TOKEN)?;
    Ok(ServiceKeys::from_directory(keys)?)
}

fn capabilities(
    settings: &ServeSettings,
    clock: Arc<dyn Clock>,
    keys: &Arc<ServiceKeys>,
    store: &Arc<EmbeddedStore>,
    audit: Arc<dyn AuditLog>,
) -> Result<Capabilities> {
    let mut hashing = HashPoolConfig::default();
    if let Some(places) = settings.hash_queue {
        hashing.queue = places;
    }
    let password_hasher = HashPool::new(hashing).context("cannot start the hashing threads")?;
    Ok(Capabilities {
        gate: GateCapabilities {
            clock,
            keyring: keys.clone(),
        },
        entropy: Arc::new(SystemEntropy),
        signer: keys.clone(),
        password_hasher: Arc::new(password_hasher),
        accounts: store.clone(),
        sessions: store.clone(),
        throttle: store.clone(),
        codes: store.clone(),
        audit,
    })
}

/// With room for every flow at once. The pool reserves addresses, not memory; where the system gives
/// neither away in advance, every call maps its own.
fn load_core() -> Outcome<Core> {
    let instances = Limits::default().concurrent_flows.saturating_add(VERIFIERS);
    let pooling = Allocation::Pooling(u32::try_from(instances).unwrap_or(u32::MAX));
    let core = Core::load(pooling).or_else(|error| {
        tracing::warn!(error = %error.cause, "no pool of instances");
        Core::load(Allocation::OnDemand)
    });
    core.map_err(unanswered)
}

fn router(
    settings: &ServeSettings,
    service: Service,
    verifier: Verifier,
    store: &Arc<EmbeddedStore>,
    keys: &Arc<ServiceKeys>,
) -> Router {
    let mut config = Config::new(env!("CARGO_PKG_VERSION"), auth_artifact::SHA256);
    config.allowed_origins.clone_from(&settings.allowed_origins);
    config.trusted_proxies.clone_from(&settings.trusted_proxies);
    let published = Arc::clone(keys);
    auth_rest::router(App {
        service,
        verifier,
        published_keys: Arc::new(move || published.jwks()),
        ready: probe(store, keys),
        config,
    })
}

/// Ready is who can read an account and sign a token.
fn probe(store: &Arc<EmbeddedStore>, keys: &Arc<ServiceKeys>) -> Probe {
    let (store, keys) = (Arc::clone(store), Arc::clone(keys));
    Arc::new(move || {
        let (store, keys) = (Arc::clone(&store), Arc::clone(&keys));
        Box::pin(async move {
            let found = AccountStore::find(store.as_ref(), "no such account").await;
            found.is_ok() && keys.active().is_ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_on_this_machine_reaches_the_url() {
        for (address, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(local_url(address.parse().unwrap()), url);
        }
    }
}
