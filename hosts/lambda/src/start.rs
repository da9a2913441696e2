//! Starts the function: chooses its adapters by the settings, and serves the invocations.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use anyhow::{Context, Result, anyhow};
use auth_aws::{SecretSource, SecretsManager};
use auth_composition::{
    Composition, Keys, Platform, Stores, Surface, TracingAuditLog, compile_policy, policy_source,
    termination,
};
use auth_documentdb::DocumentDbStore;
use auth_lambda::Front;
use auth_runtime::{Allocation, CompiledPolicy, Engine, deadline};
use http::Uri;
use lambda_http::lambda_runtime::service_fn;
use tokio::task;
use tokio::time::{Instant, timeout, timeout_at};

use crate::host::Host;
use crate::keys::KeyFeed;
use crate::metrics::FunctionMetrics;
use crate::settings::FunctionSettings;
use crate::{database, shutdown};

/// The time budget for everything that a start waits for. Lambda ends a start after 10 s and begins
/// it again. What did not answer within the budget is asked again at the first invocation.
const BUDGET: Duration = Duration::from_secs(5);
/// The time for closing connections. Lambda gives a process half a second to end.
const CLOSING: Duration = Duration::from_millis(250);

/// Serves invocations until Lambda ends the process.
///
/// # Errors
/// When a setting cannot be used, as one sentence, or when Lambda does not answer.
pub async fn serve(settings: FunctionSettings, started: StdInstant) -> Result<()> {
    let stop = termination().context("cannot wait for signals")?;
    let metrics = FunctionMetrics::start()?;
    let (host, store) = start(settings, metrics).await?;
    FunctionMetrics::ready(started);
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ms, "ready");
    let outcome = tokio::select! {
        ended = lambda_http::lambda_runtime::run_concurrent(service_fn(move |event| host.clone().answer(event))) => {
            ended.map_err(|error| anyhow!(error))
        }
        signal = stop => {
            tracing::info!(signal, "stopping");
            Ok(())
        }
    };
    if timeout(CLOSING, store.close()).await.is_err() {
        tracing::warn!("the connections of the database were cut");
    }
    metrics.write();
    outcome.context("Lambda does not answer")
}

/// Loads the component, fetches the secrets, connects to the database and registers with Lambda,
/// all at the same time.
async fn start(
    settings: FunctionSettings,
    metrics: FunctionMetrics,
) -> Result<(Host, Arc<DocumentDbStore>)> {
    let end = Instant::now() + BUDGET;
    let secrets: Arc<dyn SecretSource> = Arc::new(SecretsManager::from_environment());
    let platform = Platform::of_system(settings.hash_queue);
    let platform = platform.context("cannot start the hashing threads")?;
    let keys = KeyFeed::new(&settings, &secrets, Arc::clone(&platform.clock))?;
    let policy = settings.policy.clone();
    let engine = task::spawn_blocking(move || load(policy.as_deref()));
    let store = deadline::within(end, open(&settings, &secrets, end));
    let follow = deadline::within(end, timeout_at(end, keys.follow(None)));
    let announce = timeout_at(end, shutdown::announce());
    let (engine, store, _, _) = tokio::join!(engine, store, follow, announce);
    let ((engine, policy), store) = (engine??, store?);

    let composition = Composition::new(
        platform,
        Stores::of(&store),
        Keys::of(keys.keys()),
        Arc::new(TracingAuditLog),
        policy_source(policy, &settings.issuer, &settings.audience),
    );
    let published = Arc::clone(keys.keys());
    let surface = Surface {
        published_keys: Arc::new(move || published.jwks()),
        allowed_origins: settings.allowed_origins,
        describes: settings.describes,
        trusted_proxies: settings.trusted_proxies,
        log_sources: settings.log_sources,
    };
    let app = composition
        .app(&engine, surface)
        .map_err(|error| error.cause)?;
    let router = auth_rest::router(app);
    let front = Front {
        issuer_path: path(&settings.issuer),
        proxy_keys: settings.proxy_keys,
    };
    Ok((Host::new(router, keys, metrics, front), store))
}

/// The path of a URL without a slash at the end, if there is one.
fn path(url: &str) -> Option<String> {
    let url: Uri = url.parse().ok()?;
    let path = url.path().trim_end_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

fn load(policy: Option<&Path>) -> Result<(Engine, CompiledPolicy)> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let policy = compile_policy(&engine, policy)?;
    Ok((engine, policy))
}

/// Opens the stores and connects. If the database cannot be reached, the first invocation tries
/// again.
async fn open(
    settings: &FunctionSettings,
    secrets: &Arc<dyn SecretSource>,
    end: Instant,
) -> Result<Arc<DocumentDbStore>> {
    let store = database::open(&settings.database, settings.environment, secrets).await?;
    match timeout_at(end, store.ping()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = format!("{:#}", anyhow!(error));
            tracing::warn!(error, "no connection to the database yet");
        }
        Err(_) => tracing::warn!("the database did not answer in time"),
    }
    Ok(Arc::new(store))
}
