//! Accepts connections, and limits the time, the size of a request's head and the streams of each.

mod framing;

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

/// The most bytes of a request line and header fields together. A longer head is answered with 431.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 100;
/// The most concurrent streams of one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// The number of connections that may wait to be accepted. The system lowers it to its own limit.
const BACKLOG: u32 = 8192;
/// The interval between pings to an HTTP/2 peer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after accepting failed. Without free file descriptors, other connections must end
/// first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the opening of a connection, or the previous answer, to the end of a request's head.
    pub head: Duration,
    /// From the stop of the server to the end of the last open request.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// Opens a listening socket on an address. Port 0 takes a free port.
///
/// # Errors
/// When the operating system refuses the address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server can listen at once, while connections of the previous process still time
    // out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` resolves, and then waits for open requests. It returns after the last
/// connection is closed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    timeouts: Timeouts,
    stop: impl Future<Output = ()>,
) {
    let server = Arc::new(bounded(timeouts));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (stream, peer) = accept(&listener) => {
                let spoke = Arc::new(AtomicBool::new(false));
                let service = answer(router.clone(), peer, Arc::clone(&spoke));
                let connection = server.serve_connection(TokioIo::new(stream), service);
                let connection = graceful.watch(connection.into_owned());
                connections.spawn(drive(connection, peer, timeouts.head, spoke));
            }
            Some(_) = connections.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listener);
    if timeout(timeouts.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "connections did not end in time and are cut"
        );
    }
    connections.shutdown().await;
}

fn bounded(timeouts: Timeouts) -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.head)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .max_send_buf_size(MAX_HEAD_BYTES);
    server
}

/// A service that passes requests to the router with the peer's address, and records that one came.
fn answer(
    router: Router,
    peer: SocketAddr,
    spoke: Arc<AtomicBool>,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = Response,
    Error = Infallible,
    Future: Send + 'static,
> + Send {
    service_fn(move |mut request: http::Request<Incoming>| {
        spoke.store(true, Ordering::Relaxed);
        let (refusal, last) = (framing::refusal(&request), framing::is_last(&request));
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            let mut response = match refusal {
                Some(status) => status.into_response(),
                None => router.oneshot(request.map(Body::new)).await?,
            };
            if last {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            Ok(response)
        }
    })
}

/// Runs a connection to its end. hyper's own time-out starts when it knows the version of HTTP, so
/// this function must cut a peer that sends nothing, or half a preface.
async fn drive<E: std::fmt::Display>(
    connection: impl Future<Output = Result<(), E>>,
    peer: SocketAddr,
    timeouts: Duration,
    spoke: Arc<AtomicBool>,
) {
    let mut connection = pin!(connection);
    let outcome = match timeout(timeouts, &mut connection).await {
        Ok(outcome) => outcome,
        Err(_) if spoke.load(Ordering::Relaxed) => connection.await,
        Err(_) => return tracing::debug!(%peer, "no request in time"),
    };
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "connection failed");
    }
}

/// Waits for the next connection. An error of a single connection is ignored. After any other
/// error, such as a lack of file descriptors, it pauses and tries again.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small and written at once, so waiting to fill a segment would only
                // delay them.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for now");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests;
