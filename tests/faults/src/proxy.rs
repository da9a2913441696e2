//! A TCP proxy on loopback that fails the way networks do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens to connections and their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Data is lost in both directions; connections open and stay open.
    BlackHole,
    /// Each read is delayed by this time, in each direction.
    Delay(Duration),
    /// Every connection is reset, new ones at once.
    Down,
    /// No fault: data passes unchanged.
    None,
    /// At most this many bytes pass at once, with 10 ms between them.
    Throttle(usize),
}

/// What happens to the connections that are open now, and to no later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Data passes in both directions.
    Carry,
    /// Requests pass, replies are lost.
    LoseReplies,
    /// Requests pass, and a reset replaces the first reply.
    ResetAtReply,
    /// The connections are reset at once.
    Reset,
}

/// The current state: a fault for all connections, and an order for those numbered up to `up_to`.
#[derive(Clone, Copy)]
struct Standing {
    fault: Fault,
    order: Order,
    up_to: usize,
}

/// The proxy, which closes all connections when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    standing: watch::Sender<Standing>,
    opened: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `target`, a host with its port.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub async fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (standing, watched) = watch::channel(Standing {
            fault: Fault::None,
            order: Order::Carry,
            up_to: 0,
        });
        let (opened, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (number, count) = (opened.clone(), open.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = number.fetch_add(1, Ordering::SeqCst) + 1;
                let (target, watched, count) = (target.clone(), watched.clone(), count.clone());
                tokio::spawn(async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    Connection { number, watched }.carry(client, &target).await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            standing,
            opened,
            open,
            accepting,
        }
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were opened since the start.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Sets the fault of all connections from now on. Data that was lost does not come back.
    pub fn set(&self, fault: Fault) {
        self.standing.send_modify(|standing| standing.fault = fault);
    }

    /// Resets the open connections, as a firewall does that has forgotten them.
    pub fn reset(&self) {
        self.order(Order::Reset);
    }

    /// Lets requests on the open connections arrive and drops their replies silently.
    pub fn lose_replies(&self) {
        self.order(Order::LoseReplies);
    }

    /// Lets requests on the open connections arrive and resets the connection in place of a reply.
    pub fn reset_at_reply(&self) {
        self.order(Order::ResetAtReply);
    }

    fn order(&self, order: Order) {
        let up_to = self.opened();
        self.standing.send_modify(|standing| {
            standing.order = order;
            standing.up_to = up_to;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The next step of a connection.
enum Step {
    Carry,
    Lose,
    Reset,
}

#[derive(Clone)]
struct Connection {
    number: usize,
    watched: watch::Receiver<Standing>,
}

impl Connection {
    /// Forwards data until one side ends or an order ends the connection. Both sides then see a reset.
    async fn carry(mut self, client: TcpStream, target: &str) {
        let _ = (client.set_nodelay(true), client.set_zero_linger());
        if self.standing().0 == Fault::Down {
            return;
        }
        let Ok(server) = TcpStream::connect(target).await else {
            return;
        };
        let _ = (server.set_nodelay(true), server.set_zero_linger());
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        let (requests, replies) = (self.clone(), self.clone());
        tokio::select! {
            () = requests.pump(client_in, server_out, false) => {}
            () = replies.pump(server_in, client_out, true) => {}
            () = self.until_reset() => {}
        }
    }

    /// Forwards the data of one side until its end.
    async fn pump(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, replies: bool) {
        let mut buffer = vec![0; 16 * 1024];
        let mut lost = false;
        loop {
            let length = match from.read(&mut buffer).await {
                Ok(length) if length > 0 => length,
                _ => return,
            };
            match self.step(replies) {
                // No later byte makes sense after a gap in the stream.
                Step::Carry if lost => {}
                Step::Carry => {
                    if !self.pass(&mut to, &buffer[..length]).await {
                        return;
                    }
                }
                Step::Lose => lost = true,
                Step::Reset => return,
            }
        }
    }

    async fn pass(&self, to: &mut OwnedWriteHalf, bytes: &[u8]) -> bool {
        match self.standing().0 {
            Fault::Delay(time) => {
                sleep(time).await;
                to.write_all(bytes).await.is_ok()
            }
            Fault::Throttle(at_once) => {
                for part in bytes.chunks(at_once) {
                    sleep(Duration::from_millis(10)).await;
                    if to.write_all(part).await.is_err() {
                        return false;
                    }
                }
                true
            }
            _ => to.write_all(bytes).await.is_ok(),
        }
    }

    fn step(&self, replies: bool) -> Step {
        match self.standing() {
            (Fault::Down, _) | (_, Order::Reset) => Step::Reset,
            (Fault::BlackHole, _) => Step::Lose,
            (_, Order::LoseReplies) if replies => Step::Lose,
            (_, Order::ResetAtReply) if replies => Step::Reset,
            _ => Step::Carry,
        }
    }

    /// Returns when an order resets this connection at once.
    async fn until_reset(&mut self) {
        loop {
            let (fault, order) = self.standing();
            if fault == Fault::Down || order == Order::Reset {
                return;
            }
            if self.watched.changed().await.is_err() {
                return;
            }
        }
    }

    /// The order that holds for this connection.
    fn standing(&self) -> (Fault, Order) {
        let standing = *self.watched.borrow();
        let meant = self.number <= standing.up_to;
        (
            standing.fault,
            if meant { standing.order } else { Order::Carry },
        )
    }
}
