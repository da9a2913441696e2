//! Opens the listening socket, and accepts connections from it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep};

/// The number of connections that may wait to be accepted. The system lowers it to its own limit.
const BACKLOG: u32 = 8192;
/// The pause after accepting failed. Without free file descriptors, other connections must end
/// first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often this failure is logged, and how often a refusal for want of places.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(60);
/// Takes an address, where clients are refused until [`listen`] is called. Port 0 takes a free port.
///
/// # Errors
/// When the operating system refuses the address.
pub fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server can listen at once, while connections of the previous process still time
    // out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Opens the socket for clients.
///
/// # Errors
/// When the operating system refuses it.
pub fn listen(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

/// Says what goes wrong for all clients at most once a minute.
#[derive(Default)]
pub struct Complaints {
    last: Option<Instant>,
}

impl Complaints {
    /// Calls `say` unless there was a complaint within the last minute.
    pub fn about(&mut self, say: impl FnOnce()) {
        let recent = |last: Instant| last.elapsed() < COMPLAINT_INTERVAL;
        if !self.last.is_some_and(recent) {
            self.last = Some(Instant::now());
            say();
        }
    }
}

/// Waits for the next connection. An error of a single connection is ignored. After any other
/// error, such as a lack of file descriptors, it pauses and tries again.
pub async fn accept(
    listener: &TcpListener,
    complaints: &mut Complaints,
) -> (TcpStream, SocketAddr) {
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
                complaints.about(|| tracing::warn!(%error, "cannot accept connections for now"));
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
