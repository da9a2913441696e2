//! Builds the server: the one place where capabilities are chosen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use auth_composition::{
    Assembly, Keys, REFRESH_VARIABLE, SECRET_VARIABLE, TracingAuditLog, assemble, check_issuer,
    compile_policy, read_secret,
};
use auth_crypto::{KeyDirectory, KeyTexts, ServiceKeys, SystemClock};
use auth_runtime::{Allocation, Clock, Engine, Limits, SecretText};
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::listener;
use super::setup_token::{self, ForgetSetupToken};
use crate::data_directory::DataDirectory;
use crate::failure::{Outcome, unanswered};
use crate::keys::LONGEST_TOKEN;
use crate::settings::ServeSettings;
use crate::store::Store;

/// Instances of the verifier besides those of the flows; it uses one a thread.
const VERIFIERS: usize = 64;

/// A server that is ready to accept connections.
pub struct Server {
    pub listener: TcpListener,
    pub router: Router,
    pub store: Store,
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
pub async fn start(settings: &ServeSettings, numbers: &PrometheusHandle) -> Outcome<Server> {
    // What can be wrong without a trace comes before the first file.
    check_issuer(settings.issuer.as_deref(), settings.database.environment)?;
    let engine = load_engine()?;
    let policy = compile_policy(&engine, settings.policy.path.as_deref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let configured = configured_keys(settings, &clock)?;
    let listener = listener::bind(settings.listen);
    let listener = listener.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let url = local_url(listener.local_addr()?);
    let issuer = settings.issuer.clone().unwrap_or_else(|| url.clone());

    let directory = DataDirectory::open_or_create(&settings.data.path)?;
    let place = || Ok(directory.clone());
    let store = Store::open(&settings.database, place, Arc::clone(&clock)).await?;
    let keys = configured.map_or_else(|| stored_keys(settings, &directory, &clock), Ok)?;
    let keys = Arc::new(keys);
    let audit = ForgetSetupToken::new(Arc::new(TracingAuditLog), directory.setup_token());
    let (published, numbers) = (Arc::clone(&keys), numbers.clone());
    let chosen = Assembly {
        stores: store.faces(),
        keys: Keys {
            keyring: keys.clone(),
            signer: keys.clone(),
            published: Arc::new(move || Some(published.jwks())),
        },
        audit: Arc::new(audit),
        hash_queue: settings.hash_queue,
        issuer: issuer.clone(),
        audience: settings.audience.clone(),
        allowed_origins: settings.allowed_origins.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        metrics: Some(Arc::new(move || numbers.render())),
    };
    let app = assemble(&engine, policy, chosen)?;

    let token = app.service.begin_setup().await.map_err(unanswered)?;
    setup_token::keep(&directory.setup_token(), token.as_deref())?;
    let min_length = app.service.policy().settings().password.min_length;
    let setup = token.map(|token| Setup {
        token,
        file: directory.setup_token(),
        min_length,
    });

    let router = auth_rest::router(app);
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
    let Some(secret) = read_secret(SECRET_VARIABLE)? else {
        return Ok(None);
    };
    let refresh_secret = read_secret(REFRESH_VARIABLE)?;
    let environment = settings.database.environment;
    let texts = KeyTexts {
        current: secret.expose(),
        previous: None,
        pending: None,
        refresh_secret: refresh_secret.as_ref().map(SecretText::expose),
    };
    let keys = ServiceKeys::from_texts(texts, environment, Arc::clone(clock));
    keys.map(Some).with_context(|| match &refresh_secret {
        None => format!("{SECRET_VARIABLE} cannot be used"),
        Some(_) => format!("{SECRET_VARIABLE} or {REFRESH_VARIABLE} cannot be used"),
    })
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

/// With room for every flow at once. The pool reserves addresses, not memory; where the system gives
/// neither away in advance, every call maps its own.
fn load_engine() -> Outcome<Engine> {
    let instances = Limits::default().concurrent_flows.saturating_add(VERIFIERS);
    let pooling = Allocation::Pooling(u32::try_from(instances).unwrap_or(u32::MAX));
    let engine = Engine::load(pooling).or_else(|error| {
        tracing::warn!(error = %error.cause, "no pool of instances");
        Engine::load(Allocation::OnDemand)
    });
    engine.map_err(unanswered)
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
