use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::*;

mod hoarders;

const QUICK: Timeouts = Timeouts {
    head: Duration::from_millis(100),
    idle: Duration::from_millis(200),
    write: Duration::from_millis(200),
    stream: Duration::from_millis(600),
    drain: Duration::from_millis(300),
};
const PATIENT: Timeouts = Timeouts {
    head: Duration::from_secs(10),
    idle: Duration::from_secs(10),
    write: Duration::from_secs(10),
    stream: Duration::from_secs(10),
    drain: Duration::from_secs(10),
};

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

fn limits(timeouts: Timeouts) -> Limits {
    Limits {
        timeouts,
        caps: Caps { all: 50, each: 50 },
        trusted_proxies: Proxies::default(),
    }
}

async fn start(router: Router, timeouts: Timeouts) -> Server {
    start_with(router, limits(timeouts)).await
}

async fn start_with(router: Router, limits: Limits) -> Server {
    let listener = listen(bind(([127, 0, 0, 1], 0).into()).unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async { stopped.await.unwrap_or_default() };
    let task = tokio::spawn(serve(listener, router, limits, stopped));
    Server {
        address,
        stop,
        task,
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(Duration::from_secs(5), self.task)
            .await
            .expect("the server stops")
            .unwrap();
    }
}

fn greeting() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

/// The text that the server sends until it closes the connection.
async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let read = stream.read_to_end(&mut text);
    // A reset ends the connection as well.
    let _ = timeout(Duration::from_secs(5), read)
        .await
        .expect("the server closes the connection");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn cuts_whoever_does_not_complete_a_head() {
    let server = start(greeting(), QUICK).await;
    for beginning in [
        "",
        "G",
        "PRI * HTTP/2.0\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        assert_eq!(read_to_end(stream).await, "", "after {beginning:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn cuts_an_http_2_connection_without_requests() {
    let server = start(greeting(), QUICK).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let _ = timeout(Duration::from_secs(5), read)
        .await
        .expect("the server closes the connection");
    server.stop().await;
}

#[tokio::test]
async fn cuts_a_connection_that_stays_idle_after_an_answer() {
    let server = start(greeting(), QUICK).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(stream).await.ends_with("hello"));
    server.stop().await;
}

#[tokio::test]
async fn keeps_a_request_that_takes_longer_than_its_head_may() {
    let slow = Router::new().route(
        "/",
        get(|| async {
            sleep(QUICK.head * 2).await;
            "at last"
        }),
    );
    let server = start(slow, QUICK).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(stream).await.ends_with("at last"));
    server.stop().await;
}

#[tokio::test]
async fn answers_431_to_a_head_that_is_too_large() {
    let server = start(greeting(), PATIENT).await;
    let many = "a: b\r\n".repeat(MAX_HEADERS + 1);
    let long = format!("a: {}\r\n", "b".repeat(MAX_HEAD_BYTES));
    for fields in [many, long] {
        let mut stream = server.connect().await;
        let _ = stream
            .write_all(format!("GET / HTTP/1.1\r\n{fields}\r\n").as_bytes())
            .await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 431");
    }
    server.stop().await;
}

#[tokio::test]
async fn tells_the_router_the_address_of_the_peer() {
    let echo = Router::new().route(
        "/",
        get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }),
    );
    let server = start(echo, PATIENT).await;
    let mut stream = server.connect().await;
    let own = stream.local_addr().unwrap().to_string();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(stream).await.ends_with(&own));
    server.stop().await;
}

/// A router whose handler waits, a signal that a request has arrived, and a signal to let it
/// answer.
fn held() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (began, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (announce, wait) = (Arc::clone(&began), Arc::clone(&release));
    let handler = move || async move {
        announce.notify_one();
        wait.notified().await;
        "done"
    };
    (Router::new().route("/", get(handler)), began, release)
}

#[tokio::test]
async fn lets_an_open_request_end_before_it_stops() {
    let (router, began, release) = held();
    let server = start(router, PATIENT).await;
    let (mut open, idle) = (server.connect().await, server.connect().await);
    open.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    began.notified().await;
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(read_to_end(idle).await, "");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nothing new is accepted"
    );
    release.notify_one();
    assert!(read_to_end(open).await.ends_with("done"));
    stopping.await.unwrap();
}

#[tokio::test]
async fn does_not_wait_for_ever_for_an_open_request() {
    let (router, began, _release) = held();
    let server = start(router, QUICK).await;
    let mut open = server.connect().await;
    open.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    began.notified().await;
    server.stop().await;
    assert_eq!(read_to_end(open).await, "");
}
