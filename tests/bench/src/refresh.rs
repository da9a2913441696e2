//! Refreshes in the embedded store, with few and with many other sessions.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use auth_crypto::{SystemClock, SystemEntropy};
use auth_embedded::EmbeddedStore;
use auth_end_to_end::{Options, Server};
use auth_runtime::{Clock, Entropy, Session, SessionStore};
use redb::{Database, TableDefinition};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Builder;

use crate::load::{Connection, post};
use crate::measure::{median, micros, quantile};
use crate::report::report;

const SIZES: [u64; 2] = [1_000, 1_000_000];
/// How many writes run in parallel while a store is filled: as many as share a transaction.
const WRITERS: u64 = 64;
/// How many sessions are refreshed in turn.
const OWNERS: usize = 16;
const ROUNDS: usize = 40;
const DAY: u64 = 86_400_000;

pub fn run() -> Result<()> {
    let commits = bare_commits()?;
    let bare = median(commits);
    report("bare durable commit of redb", &format!("{bare:.0} µs"), "");
    let mut first = None;
    for size in SIZES {
        let times = refreshes_among(size)?;
        let (middle, p99) = (median(times.clone()), quantile(times, 0.99));
        let first = *first.get_or_insert(middle);
        let value = format!("{middle:.0} (p99 {p99:.0}) µs = {:.2}x", middle / first);
        report(&format!("refresh among {size} sessions"), &value, "flat");
    }
    Ok(())
}

/// The microseconds of each refresh over HTTP, in a store with `size` other sessions.
fn refreshes_among(size: u64) -> Result<Vec<f64>> {
    let directory = TempDir::new()?;
    let data = directory.path().join("data");
    let options = Options::default().data(&data);
    Server::start(&options).stop();
    fill(&data.join("store.redb"), size)?;

    let server = Server::start(&options);
    let client = server.client();
    let owners = (0..OWNERS).map(|owner| client.join(&format!("owner-{owner}@example.com")));
    let mut tokens: Vec<String> = owners.map(|session| session.refresh).collect();
    let mut connection = Connection::open(server.address())?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for token in &mut tokens {
            let request = post("/v1/token/refresh", &json!({ "refresh_token": token }));
            let start = Instant::now();
            let answer = connection.exchange(&request)?;
            times.push(micros(start.elapsed()));
            let answer: Value = serde_json::from_slice(answer)?;
            let Some(next) = answer["refresh_token"].as_str() else {
                bail!("no refresh token: {answer}");
            };
            next.clone_into(token);
        }
    }
    Ok(times)
}

/// Adds sessions whose start times are spread over a month, in random order.
fn fill(path: &Path, size: u64) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let store = Arc::new(EmbeddedStore::open(path, Arc::new(SystemClock))?);
    let now = SystemClock.now();
    runtime.block_on(async {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let store = Arc::clone(&store);
            writers.spawn(async move {
                for _ in (writer..size).step_by(WRITERS as usize) {
                    let session = some_session(now)?;
                    let inserted = SessionStore::insert(&*store, session).await;
                    inserted.map_err(|error| anyhow!("the store failed: {error:?}"))?;
                }
                anyhow::Ok(())
            });
        }
        writers.join_all().await.into_iter().collect::<Result<()>>()
    })?;
    store.close();
    Ok(())
}

fn some_session(now: u64) -> Result<Session> {
    let mut random = [0; 42];
    let filled = SystemEntropy.fill(&mut random);
    filled.map_err(|error| anyhow!("no randomness: {error:?}"))?;
    let age = random
        .iter()
        .fold(0_u64, |sum, byte| (sum << 8) ^ u64::from(*byte))
        % (30 * DAY);
    let (began, ends) = (now - age, now + 30 * DAY);
    let id = |part: &[u8]| {
        let part = part.try_into().expect("ten bytes");
        Builder::from_unix_timestamp_millis(began, part)
            .into_uuid()
            .to_string()
    };
    Ok(Session {
        id: id(&random[..10]),
        account_id: id(&random[10..20]),
        epoch: 1,
        seed: random[20..36].to_vec(),
        generation: 1,
        rotated_at: began,
        rotated_by: None,
        authenticated_at: began,
        methods: vec!["pwd".to_owned()],
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101".to_owned(),
        created_at: began,
        last_used_at: began,
        expires_at: ends,
        absolute_expires_at: ends,
        version: 1,
    })
}

/// The microseconds of each transaction that writes one record of a session's size to the same disk.
fn bare_commits() -> Result<Vec<f64>> {
    const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
    let directory = TempDir::new()?;
    let database = Database::create(directory.path().join("bare.redb"))?;
    let mut times = Vec::new();
    for round in 0..(OWNERS * ROUNDS) as u64 {
        let start = Instant::now();
        let transaction = database.begin_write()?;
        transaction
            .open_table(TABLE)?
            .insert(round, [7; 256].as_slice())?;
        transaction.commit()?;
        times.push(micros(start.elapsed()));
    }
    Ok(times)
}
