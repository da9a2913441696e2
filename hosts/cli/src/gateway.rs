//! `countersign gateway`: judges requests for proxies, from start to shutdown.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use auth_composition::settings::{check_proxies, key_location};
use auth_composition::{gate, termination};
use auth_crypto::JwksKeyring;
use auth_key_sets::Location;
use tokio::task::JoinSet;

use crate::failure::Outcome;
use crate::metrics;
use crate::serving;
use crate::settings::GatewaySettings;

/// Answers proxies until SIGTERM or SIGINT.
///
/// # Errors
/// When a setting cannot be used, or the gateway cannot start.
pub fn run(settings: &GatewaySettings) -> Outcome {
    serving::run(&settings.log, serve(settings))
}

async fn serve(settings: &GatewaySettings) -> Outcome {
    let signal = termination().context("cannot wait for signals")?;
    check_proxies(&settings.trusted_proxies)?;
    let recorder = metrics::start()?;
    let location = location(settings)?;
    let (issuer, audience) = (&settings.issuer, &settings.audience);
    let gate = gate(issuer, audience, &location, settings.policy.as_deref())?;
    let routes = gate.routes().routes().len();
    let socket = auth_listener::bind(settings.listen);
    let socket = socket.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = socket.local_addr()?;
    let limits = serving::limits(&settings.connections, &settings.trusted_proxies);
    let mut upkeep = JoinSet::new();
    metrics::upkeep(recorder.clone(), &mut upkeep);
    if let Some(socket) = metrics::bind(settings.connections.metrics, settings.listen)? {
        serving::serve_metrics(socket, recorder, &limits, &mut upkeep)?;
    }
    gate.keys().prepare().await;
    if !gate.keys().is_ready() {
        tracing::warn!("nobody passes yet: there are no keys of the issuer");
    }
    let draining = Arc::new(AtomicBool::new(false));
    let proxies = settings.trusted_proxies.clone().into();
    let router = auth_gateway::router(gate, proxies, Arc::clone(&draining));
    let listener = auth_listener::listen(socket)
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    announce(address, settings, &location, routes);
    let time = serving::drain_time(settings.listen, &settings.connections);
    let stop = serving::stop(signal, draining, time);
    auth_listener::serve(listener, router, limits, stop).await;
    tracing::info!("stopped");
    Ok(())
}

/// Where the keys are. A file must hold keys now; a server may answer later.
fn location(settings: &GatewaySettings) -> Result<Location> {
    let location = key_location(settings.jwks.as_ref(), &settings.issuer)?;
    if let Location::File(_) = &location {
        JwksKeyring::parse(&location.read()?)
            .with_context(|| format!("no keys from `{location}`"))?;
    }
    Ok(location)
}

fn announce(address: SocketAddr, settings: &GatewaySettings, location: &Location, routes: usize) {
    let routes = match routes {
        0 => "none: any valid token passes".to_owned(),
        count => count.to_string(),
    };
    let text = format!(
        "Countersign {} judges requests at http://{address}\n  issuer  {}\n  keys    {location}\n  \
         routes  {routes}\n",
        env!("CARGO_PKG_VERSION"),
        settings.issuer,
    );
    // A failed write to standard output must not stop the gateway.
    let _ = io::stdout().write_all(text.as_bytes());
}
