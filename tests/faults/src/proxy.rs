//! A TCP proxy on loopback that fails as networks do.

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

/// What becomes of connections and of what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Whatever is sent is lost, in both directions; connections open and stay.
    BlackHole,
    /// Each piece takes so much longer, in each direction.
    Delay(Duration),
    /// Every connection is reset, new ones at once.
    Down,
    /// Nothing.
    None,
    /// At most so many bytes pass at once, and the next after 10 ms.
    Throttle(usize),
}

/// What is done to the connections that are open, and to no later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Nothing.
    Carry,
    /// Requests pass, replies do not.
    LoseReplies,
    /// Requests pass; the first reply resets the connection.
    ResetAtReply,
    /// At once.
    Reset,
}

/// Which connections an order is for: those of this number or less.
#[derive(Clone, Copy)]
struct Standing {
    fault: Fault,
    order: Order,
    up_to: usize,
}

/// The proxy. Dropped, it closes everything.
pub struct Proxy {
    address: SocketAddr,
    standing: watch::Sender<Standing>,
    opened: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Starts one before `target`, a host with its port.
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

    /// Where it listens.
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

    /// What all connections suffer from now on. What one lost it does not get back.
    pub fn set(&self, fault: Fault) {
        self.standing.send_modify(|standing| standing.fault = fault);
    }

    /// Resets the connections that are open, as a firewall does that forgot them.
    pub fn reset(&self) {
        self.order(Order::Reset);
    }

    /// Requests on the connections that are open still arrive; their replies are lost without a word.
    pub fn lose_replies(&self) {
        self.order(Order::LoseReplies);
    }

    /// Requests on the connections that are open still arrive; in place of a reply comes a reset.
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

/// What a connection does next.
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
    /// Carries until one side ends, or until this is to end. The end is a reset for both: what comes
    /// later is refused.
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

    /// Carries what one side sends until it has no more.
    async fn pump(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, replies: bool) {
        let mut buffer = vec![0; 16 * 1024];
        let mut lost = false;
        loop {
            let length = match from.read(&mut buffer).await {
                Ok(length) if length > 0 => length,
                _ => return,
            };
            match self.step(replies) {
                // A stream with a gap is of no use to anybody.
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

    /// Returns once this connection is to be reset without waiting for anything.
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

    /// What holds for this connection.
    fn standing(&self) -> (Fault, Order) {
        let standing = *self.watched.borrow();
        let meant = self.number <= standing.up_to;
        (
            standing.fault,
            if meant { standing.order } else { Order::Carry },
        )
    }
}
