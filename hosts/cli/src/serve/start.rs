//! Starts the server: chooses its adapters by the settings, and opens them.

use std::io::{self, IsTerminal as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use auth_composition::settings::{
    Environment, Host, Variables, check_issuer, check_proxies, table,
};
use auth_composition::{
    Composition, Keys, Platform, Surface, TracingAuditLog, compile_policy, policy_source,
};
use auth_crypto::{KeyDirectory, KeyTexts, LONGEST_TOKEN, ServiceKeys};
use auth_rest::Probe;
use auth_runtime::{Allocation, Clock, Engine, Limits, SecretText};
use axum::Router;
use tokio::net::TcpSocket;

use super::announcement::{Facts, Setup};
use super::setup_token::{self, ForgetSetupToken};
use crate::data_directory::DataDirectory;
use crate::failure::{Outcome, unanswered};
use crate::metrics;
use crate::settings::{DatabaseSettings, ServerSettings};
use crate::store::Store;

/// The number of instances of the component that verifiers use, besides those of the flows. A
/// verifier uses one on each thread.
const VERIFIERS: usize = 64;

/// A server that is ready to accept connections.
pub struct Server {
    /// The address of the service, not open yet.
    pub socket: TcpSocket,
    /// The address of the metrics, if they are served.
    pub metrics: Option<TcpSocket>,
    pub router: Router,
    pub store: Store,
    pub keys: Arc<ServiceKeys>,
    pub facts: Facts,
    /// Set when the server is about to stop, so that it is no longer ready.
    pub draining: Arc<AtomicBool>,
}

/// Opens everything that a server needs, and creates what its data directory lacks.
///
/// # Errors
/// When a setting, file or address cannot be used, as one sentence.
pub async fn start(settings: &ServerSettings, environment: Environment) -> Outcome<Server> {
    // Every check that leaves no trace comes before the first file is created.
    check_issuer(settings.issuer.as_deref(), environment)?;
    check_proxies(&settings.trusted_proxies)?;
    let platform = Platform::of_system(settings.hash_queue);
    let platform = platform.context("cannot start the hashing threads")?;
    let engine = load_engine(platform.password_hasher.places())?;
    let policy = compile_policy(&engine, settings.policy.path.as_deref())?;
    let clock = Arc::clone(&platform.clock);
    let configured = configured_keys(environment, &clock)?;
    let socket = auth_listener::bind(settings.listen);
    let socket = socket.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let metrics = metrics::bind(settings.connections.metrics, settings.listen)?;
    let url = local_url(socket.local_addr()?);
    let issuer = settings.issuer.clone().unwrap_or_else(|| url.clone());

    let directory = DataDirectory::open_or_create(&settings.data.path)?;
    let place = || Ok(directory.clone());
    let database = DatabaseSettings {
        environment: Some(environment),
        ..settings.database.clone()
    };
    let store = Store::open(&database, place, Arc::clone(&clock)).await?;
    let keys = configured.map_or_else(|| stored_keys(settings, &directory, &clock), Ok)?;
    let keys = Arc::new(keys);
    let audit = ForgetSetupToken::new(Arc::new(TracingAuditLog), directory.setup_token());
    let composition = Composition::new(
        platform,
        store.capabilities(),
        Keys::of(&keys),
        Arc::new(audit),
        policy_source(policy, &issuer, &settings.audience),
    );
    let surface = surface(settings, &keys);
    let mut app = composition.app(&engine, surface).map_err(unanswered)?;
    let draining = Arc::new(AtomicBool::new(false));
    app.ready = unless(Arc::clone(&draining), app.ready);

    let token = app.service.begin_setup().await.map_err(unanswered)?;
    setup_token::keep(&directory.setup_token(), token.as_deref())?;
    let min_length = app.service.policy().settings().password.min_length;
    // Standard output that is no terminal may be collected and kept.
    let shown = environment == Environment::Development || io::stdout().is_terminal();
    let setup = token.map(|token| Setup {
        token: shown.then_some(token),
        file: directory.setup_token(),
        min_length,
    });

    let router = auth_rest::router(app);
    let facts = Facts {
        url,
        issuer,
        policy: settings.policy.path.clone(),
        data: directory.path().to_owned(),
        store: store.name().to_owned(),
        describes: settings.description,
        setup,
    };
    Ok(Server {
        socket,
        metrics,
        router,
        store,
        keys,
        facts,
        draining,
    })
}

fn surface(settings: &ServerSettings, keys: &Arc<ServiceKeys>) -> Surface {
    let keys = Arc::clone(keys);
    Surface {
        published_keys: Arc::new(move || Some(keys.jwks())),
        allowed_origins: settings.allowed_origins.clone(),
        describes: settings.description,
        trusted_proxies: settings.trusted_proxies.clone(),
        log_sources: settings.log_sources,
    }
}

/// A probe that fails while the flag is set.
fn unless(flag: Arc<AtomicBool>, probe: Probe) -> Probe {
    Arc::new(move || match flag.load(Ordering::Relaxed) {
        true => Box::pin(async { false }),
        false => probe(),
    })
}

/// The URL of the address for a client on this machine.
fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

fn configured_keys(
    environment: Environment,
    clock: &Arc<dyn Clock>,
) -> Result<Option<ServiceKeys>> {
    let variables = Variables::of_process(Host::Server);
    let Some(secret) = variables.optional(&table::JWT_SECRET_KEY)? else {
        return Ok(None);
    };
    let refresh_secret = variables.optional(&table::REFRESH_SECRET)?;
    let examples = environment.example_keys();
    let texts = KeyTexts {
        current: secret.expose(),
        refresh_secret: refresh_secret.as_ref().map(SecretText::expose),
        ..KeyTexts::default()
    };
    let keys = ServiceKeys::from_texts(texts, examples, Arc::clone(clock));
    let (key, refresh) = (&table::JWT_SECRET_KEY.row, &table::REFRESH_SECRET.row);
    keys.map(Some).with_context(|| match &refresh_secret {
        None => format!("{} cannot be used", key.variable),
        Some(_) => format!("{} or {} cannot be used", key.variable, refresh.variable),
    })
}

fn stored_keys(
    settings: &ServerSettings,
    directory: &DataDirectory,
    clock: &Arc<dyn Clock>,
) -> Result<ServiceKeys> {
    let (path, algorithm) = (directory.keys(), settings.signing_algorithm);
    let keys = KeyDirectory::open_or_create(path, algorithm, Arc::clone(clock), LONGEST_TOKEN)?;
    Ok(ServiceKeys::from_directory(keys)?)
}

/// Loads the component, with instances for as many flows as can run at once beside a hashing queue
/// of this many places. The pool reserves addresses, not memory. On a system that refuses the
/// reservation, each call allocates its own memory.
fn load_engine(hash_places: usize) -> Outcome<Engine> {
    let engine = Engine::load(pooling(hash_places)).or_else(|error| {
        tracing::warn!(error = %error.cause, "no pool of instances");
        Engine::load(Allocation::OnDemand)
    });
    engine.map_err(unanswered)
}

fn pooling(hash_places: usize) -> Allocation {
    let flows = Limits::default().all_flows(hash_places);
    Allocation::Pooling(u32::try_from(flows.saturating_add(VERIFIERS)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With fewer instances, requests that hash nothing would fail while the queue is full.
    #[test]
    fn the_longest_hashing_queue_leaves_instances_for_all_other_flows() {
        let platform = Platform::of_system(Some(10_000)).unwrap();
        let places = platform.password_hasher.places();
        assert!(places > 10_000);
        let Allocation::Pooling(instances) = pooling(places) else {
            panic!("the server pools its instances");
        };
        let instances = usize::try_from(instances).unwrap();
        let limits = Limits::default();
        let others = limits.concurrent_flows + VERIFIERS;
        assert_eq!(instances, limits.hashing_flows(places) + others);
        assert!(limits.hashing_flows(places) > places);
        // The system grants the reservation.
        Engine::load(pooling(places)).unwrap();
    }

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
