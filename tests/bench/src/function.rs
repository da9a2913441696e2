//! The function for Lambda: its cold start, the cost of Lambda's protocol, its memory and
//! connections.

use std::env;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use auth_composition::{
    Composition, Keys, LogSources, Platform, Stores, Surface, TracingAuditLog, compile_policy,
    policy_source,
};
use auth_crypto::{ExampleKeys, KeyTexts, ServiceKeys};
use auth_embedded::EmbeddedStore;
use auth_end_to_end::PASSWORD;
use auth_faults::{Proxy, TestDatabase, server_address};
use auth_lambda_tests::{Api, Function, SECRET, Secrets, variables, with};
use auth_runtime::{Allocation, Engine};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::measure::{median, micros, quantile};
use crate::process::resident_mib;
use crate::report::report;

const STARTS: usize = 20;
const CALLS: usize = 2_000;
/// How many requests are made while the number of connections must stay the same.
const REQUESTS: usize = 1_000;
const TOGETHER: usize = 4;
/// The default of `COUNTERSIGN_MONGODB_POOL`.
const POOL: usize = 2;
/// The driver's monitor holds one connection to each server.
const MONITORS: usize = 1;
/// A database whose address refuses connections at once.
const ABSENT: &str = "mongodb://127.0.0.1:1/auth?tls=true&serverSelectionTimeoutMS=1";
const ISSUER: &str = "https://www.example.com/auth";

/// Measures the function, or reports that it needs the servers that `tests/bench/run` starts.
pub fn run() -> Result<()> {
    let missing = |name| env::var_os(name).is_none();
    if missing("COUNTERSIGN_TEST_MONGODB_URI") || missing("COUNTERSIGN_TEST_SECRETS_URL") {
        report("left out: it needs its servers", "", "see tests/bench/run");
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        starts().await?;
        overhead().await?;
        load().await
    })
}

async fn starts() -> Result<()> {
    let without = cold_starts(&of_defaults(ABSENT)).await;
    report_start("exec to first poll, no database", without, 50);

    let (secrets, database) = (Secrets::new(), TestDatabase::new());
    database.store().await.close().await;
    let (user, password) = auth_faults::server_credentials();
    let (key, login) = (Secrets::name("key"), Secrets::name("login"));
    secrets.create(&key, SECRET).await;
    let document = json!({ "username": user, "password": password });
    secrets.create(&login, &document.to_string()).await;
    let (key, login) = (
        format!("secretsmanager:{key}"),
        format!("secretsmanager:{login}"),
    );
    let uri = database.uri_of(None);
    let kept = [
        ("JWT_SECRET_KEY", &*key),
        ("COUNTERSIGN_MONGODB_SECRET", &*login),
    ];
    let all = with(with(of_defaults(&uri), &secrets.variables()), &kept);
    report_start(
        "with secrets and database, TLS",
        cold_starts(&all).await,
        120,
    );
    Ok(())
}

/// The variables of a function with the default policy.
fn of_defaults(uri: &str) -> Vec<(&str, &str)> {
    with(variables(uri), &[("COUNTERSIGN_POLICY", "")])
}

/// The milliseconds of each of several cold starts.
async fn cold_starts(variables: &[(&str, &str)]) -> Vec<f64> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let start = Function::start(variables).await.cold_start();
        starts.push(start.as_secs_f64() * 1e3);
    }
    starts
}

fn report_start(what: &str, starts: Vec<f64>, target: u32) {
    let worst = quantile(starts.clone(), 1.0);
    let value = format!("{:.1} (at most {worst:.1}) ms", median(starts));
    report(what, &value, &format!("at most {target} ms"));
}

/// Compares the same request to the router in this process and through Lambda's protocol.
async fn overhead() -> Result<()> {
    let function = Function::start(&of_defaults(ABSENT)).await;
    let data = TempDir::new()?;
    let router = router(&data)?;
    let event = Api::Http.get("/healthz").event();
    let (mut alone, mut through) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let request = Request::get("/healthz").header("host", "www.example.com");
        let start = Instant::now();
        let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
        let body = to_bytes(answer.into_body(), usize::MAX).await?;
        alone.push(micros(start.elapsed()));
        ensure!(!body.is_empty(), "the router does not answer");

        let start = Instant::now();
        let answer = function.call(event.clone()).await;
        through.push(micros(start.elapsed()));
        ensure!(answer.status() == 200, "the function does not answer");
    }
    let (alone, through) = (median(alone), median(through));
    let value = format!("{alone:.0} and {through:.0} µs");
    report(
        "router alone, through Lambda's API",
        &value,
        "1 ms between them",
    );
    Ok(())
}

/// The router of the function, with the embedded store.
fn router(data: &TempDir) -> Result<Router> {
    let engine = Engine::load(Allocation::OnDemand).map_err(|error| error.cause)?;
    let policy = compile_policy(&engine, None)?;
    let platform = Platform::of_system(None)?;
    let clock = Arc::clone(&platform.clock);
    let store = EmbeddedStore::open(&data.path().join("store.redb"), Arc::clone(&clock))?;
    let texts = KeyTexts {
        current: SECRET,
        ..KeyTexts::default()
    };
    let keys = Arc::new(ServiceKeys::from_texts(texts, ExampleKeys::Refused, clock)?);
    let composition = Composition::new(
        platform,
        Stores::of(&Arc::new(store)),
        Keys::of(&keys),
        Arc::new(TracingAuditLog),
        policy_source(policy, ISSUER, "countersign"),
    );
    let surface = Surface {
        published_keys: Arc::new(move || Some(keys.jwks())),
        allowed_origins: Vec::new(),
        describes: true,
        trusted_proxies: Vec::new(),
        log_sources: LogSources::Address,
    };
    let app = composition.app(&engine, surface);
    Ok(auth_rest::router(app.map_err(|error| error.cause)?))
}

/// Reports memory and connections after many requests, some of which hash.
async fn load() -> Result<()> {
    let database = TestDatabase::new();
    database.store().await.close().await;
    let proxy = Proxy::start(server_address()).await;
    let uri = database.uri_through(proxy.address());
    let together = TOGETHER.to_string();
    let all = with(
        of_defaults(&uri),
        &[("AWS_LAMBDA_MAX_CONCURRENCY", &*together)],
    );
    let function = Arc::new(Function::start(&all).await);
    let (at_rest, _) = resident_mib(function.pid())?;
    let mut clients = JoinSet::new();
    for client in 0..TOGETHER {
        let function = Arc::clone(&function);
        clients.spawn(async move {
            for number in 0..REQUESTS / TOGETHER {
                ask(&function, client, number).await;
            }
        });
    }
    clients.join_all().await;
    let (_, peak) = resident_mib(function.pid())?;
    let value = format!("{at_rest:.1} and {peak:.1} MiB");
    report("memory, at rest and at most", &value, "at most 60 MiB");
    let value = format!("{}, {} opened in all", proxy.open(), proxy.opened());
    let target = format!("at most {}", POOL + MONITORS);
    report(
        &format!("connections, {REQUESTS} requests"),
        &value,
        &target,
    );
    Ok(())
}

/// Makes the requests of one client. Each reads the database, and the first ones hash a password.
async fn ask(function: &Function, client: usize, number: usize) {
    let email = format!("user-{client}@example.com");
    let body = json!({ "email": email, "password": PASSWORD });
    let (call, status) = match number {
        0 => (Api::Rest.post("/v1/register", &body), 202),
        1..5 => (Api::Http.post("/v1/login", &body), 200),
        _ => (Api::Http.get("/readyz"), 200),
    };
    let answer = function.call(call.event()).await;
    assert_eq!(answer.status(), status, "{answer:?}");
}
