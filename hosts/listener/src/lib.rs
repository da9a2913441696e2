//! Accepts connections, and limits their number, the time of each, the size of a request's head and
//! the streams of each.

mod acceptor;
mod activity;
mod bare_answer;
mod drive;
mod framing;
mod places;
mod refusal;
mod streams;
mod watched;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use auth_rest::{MalformedHead, Proxies, Source};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::CONNECTION;
use http::{HeaderValue, Version};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower::ServiceExt;

use acceptor::{Complaints, accept};
pub use acceptor::{bind, listen};
use activity::Activity;
pub use activity::Timeouts;
use drive::{CLOSED, drive};
pub use places::Caps;
use places::Places;
use streams::{Answer, Streams};
use watched::Watched;

/// The most bytes of a request line and header fields together. A longer head is answered with 431.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 100;
/// The most concurrent streams of one HTTP/2 connection.
const MAX_STREAMS: u32 = 16;
/// The bytes of one body, and of all bodies of a connection, that an HTTP/2 client may send before
/// the server asks for more.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// The bytes of one answer that wait in memory for an HTTP/2 client to take them.
const SEND_BUFFER: usize = 16 << 10;
/// The interval between pings to an HTTP/2 peer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
const OPEN: &str = "countersign_connections";

/// Describes the metrics of the listener to the installed recorder.
pub fn describe_metrics() {
    describe_gauge!(OPEN, Unit::Count, "Open connections");
    describe_counter!(
        CLOSED,
        Unit::Count,
        "Connections that the server closed, by reason"
    );
}

/// What a listener allows its clients.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The time limits of a connection.
    pub timeouts: Timeouts,
    /// How many connections may be open.
    pub caps: Caps,
    /// Proxies, whose connections belong to many clients, and count as no source.
    pub trusted_proxies: Proxies,
}

impl Limits {
    fn source(&self, peer: IpAddr) -> Option<Source> {
        let is_proxy = self.trusted_proxies.contain(peer);
        (!is_proxy).then(|| Source::of(peer))
    }
}

/// Serves until `stop` resolves, and then waits for open requests. It returns after the last
/// connection is closed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()> + Send,
) {
    serve_until(listener, router, limits, pin!(stop)).await;
}

/// Not generic, so that it is compiled in this crate, which the development profile optimises.
async fn serve_until(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stop: Pin<&mut (dyn Future<Output = ()> + Send)>,
) {
    let timeouts = limits.timeouts;
    let server = Arc::new(bounded(timeouts));
    let (stopping, stopped) = watch::channel(());
    let mut places = Places::new(limits.caps);
    let mut connections = JoinSet::new();
    let mut complaints = Complaints::default();
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener, &mut complaints) => {
                let source = limits.source(peer.ip());
                if !places.admit(source) {
                    counter!(CLOSED, "reason" => "full").increment(1);
                    complaints.about(|| tracing::warn!("connections are refused: too many are open"));
                    continue;
                }
                let activity = Arc::new(Activity::new(timeouts));
                let service = answer(router.clone(), peer, Arc::clone(&activity));
                let (stream, left) = Watched::new(stream, Arc::clone(&activity));
                let connection = server.serve_connection(TokioIo::new(stream), service);
                let connection = connection.into_owned();
                let driven = drive(connection, peer, Arc::clone(&activity), stopped.clone());
                let router = router.clone();
                let task = async move {
                    driven.await;
                    if let Some((stream, status)) = left.take() {
                        refusal::answer(stream, router, peer, status).await;
                    }
                };
                places.take(source, connections.spawn(task), activity);
                gauge!(OPEN).increment(1);
            }
            Some(ended) = connections.join_next_with_id() => {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                places.free(id);
                gauge!(OPEN).decrement(1);
            }
            () = &mut stop => break,
        }
    }
    drop(listener);
    drop(stopping);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(timeouts.drain, ended).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "connections did not end in time and are cut"
        );
    }
    connections.shutdown().await;
}

fn bounded(timeouts: Timeouts) -> Builder<Streams> {
    let mut server = Builder::new(Streams::new(timeouts.stream));
    server
        .http1()
        // The limits of `Activity` tell an idle connection from a slow head.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .max_send_buf_size(SEND_BUFFER);
    server
}

/// A service that passes requests to the router with the peer's address, and notes their beginning
/// and end.
fn answer(
    router: Router,
    peer: SocketAddr,
    activity: Arc<Activity>,
) -> impl Service<
    http::Request<Incoming>,
    Response = http::Response<Answer<Body>>,
    Error = Infallible,
    Future: Send + 'static,
> + Send {
    service_fn(move |mut request: http::Request<Incoming>| {
        let multiplexed = request.version() == Version::HTTP_2;
        let exchange = activity.begin(multiplexed);
        let (refusal, last) = (framing::refusal(&request), framing::is_last(&request));
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(status) = refusal {
            request.extensions_mut().insert(MalformedHead { status });
        }
        let router = router.clone();
        async move {
            let mut response = router.oneshot(request.map(Body::new)).await?;
            if last {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            Ok(response.map(|body| Answer::new(body, multiplexed, exchange)))
        }
    })
}

#[cfg(test)]
mod tests;
