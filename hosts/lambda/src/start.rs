//! From the settings to the first invocation: the one place where capabilities are chosen.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use anyhow::{Context, Result, anyhow};
use auth_aws::{SecretSource, SecretsManager};
use auth_composition::{Assembly, Keys, Stores, TracingAuditLog, assemble, compile_policy};
use auth_documentdb::DocumentDbStore;
use auth_runtime::{Allocation, CompiledPolicy, Engine, deadline};
use lambda_http::{Adapter, LambdaEvent, Service, lambda_runtime, service_fn};
use tokio::task;
use tokio::time::{Instant, timeout, timeout_at};

use crate::host::Host;
use crate::keys::KeyFeed;
use crate::metrics::Numbers;
use crate::payload::Payload;
use crate::settings::Settings;
use crate::{database, shutdown};

/// For all that a start waits for. Lambda gives a start 10 s and then begins it again; what is not
/// there by then is looked for at the first invocation.
const BUDGET: Duration = Duration::from_secs(5);
/// Lambda gives a process half a second for its end.
const CLOSING: Duration = Duration::from_millis(250);

/// Serves invocations until Lambda ends the process.
///
/// # Errors
/// One sentence about the setting that cannot be used, or that Lambda does not answer.
pub async fn serve(settings: Settings, started: StdInstant) -> Result<()> {
    let stop = shutdown::signals().context("cannot wait for signals")?;
    let numbers = Numbers::start()?;
    let (host, store) = start(settings, numbers).await?;
    Numbers::ready(started);
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ms, "ready");
    let outcome = tokio::select! {
        ended = answer_invocations(host) => ended.map_err(|error| anyhow!(error)),
        signal = stop => {
            tracing::info!(signal, "stopping");
            Ok(())
        }
    };
    if timeout(CLOSING, store.close()).await.is_err() {
        tracing::warn!("the connections of the database were cut");
    }
    numbers.write();
    outcome.context("Lambda does not answer")
}

/// As `lambda_http::run_concurrent` does, for events with all their headers.
async fn answer_invocations(host: Host) -> Result<(), lambda_http::Error> {
    let mut answer = Adapter::from(service_fn(move |event| host.clone().answer(event)));
    let service = service_fn(move |event: LambdaEvent<Payload>| {
        let LambdaEvent { payload, context } = event;
        answer.call(LambdaEvent::new(payload.0, context))
    });
    lambda_runtime::run_concurrent(service).await
}

/// Does side by side what needs no other: the component, the secrets, the database, the word to Lambda.
async fn start(settings: Settings, numbers: Numbers) -> Result<(Host, Arc<DocumentDbStore>)> {
    let end = Instant::now() + BUDGET;
    let secrets: Arc<dyn SecretSource> = Arc::new(SecretsManager::from_environment());
    let keys = KeyFeed::new(&settings, &secrets)?;
    let policy = settings.policy.clone();
    let engine = task::spawn_blocking(move || load(policy.as_deref()));
    let store = deadline::within(end, open(&settings, &secrets, end));
    let follow = deadline::within(end, timeout_at(end, keys.follow(None)));
    let announce = timeout_at(end, shutdown::announce());
    let (engine, store, _, _) = tokio::join!(engine, store, follow, announce);
    let ((engine, policy), store) = (engine??, store?);

    let published = Arc::clone(keys.keys());
    let chosen = Assembly {
        stores: Stores::of(&store),
        keys: Keys {
            keyring: keys.keys().clone(),
            signer: keys.keys().clone(),
            published: Arc::new(move || published.jwks()),
        },
        audit: Arc::new(TracingAuditLog),
        hash_queue: settings.hash_queue,
        issuer: settings.issuer.clone(),
        audience: settings.audience,
        allowed_origins: settings.allowed_origins,
        trusted_proxies: settings.trusted_proxies,
        metrics: None,
    };
    let router = auth_rest::router(assemble(&engine, policy, chosen)?);
    Ok((Host::new(router, keys, numbers, &settings.issuer), store))
}

fn load(policy: Option<&Path>) -> Result<(Engine, CompiledPolicy)> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let policy = compile_policy(&engine, policy)?;
    Ok((engine, policy))
}

/// Opens the stores and connects. A database that is away now may be there at the first invocation.
async fn open(
    settings: &Settings,
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
