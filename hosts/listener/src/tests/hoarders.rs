//! Clients that hold on to what the server lends them.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;

use super::*;

const LARGE: usize = 16 << 20;
/// The types of HTTP/2 frames (RFC 9113 §6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

fn large() -> Router {
    static ANSWER: [u8; LARGE] = [b'a'; LARGE];
    greeting().route("/large", get(|| async { Bytes::from_static(&ANSWER) }))
}

async fn is_greeted(server: &Server) -> bool {
    let mut stream = server.connect().await;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    // The server may have closed the connection already.
    let _ = stream.write_all(request).await;
    read_to_end(stream).await.ends_with("hello")
}

#[tokio::test]
async fn whoever_takes_no_answer_is_cut() {
    let server = start(large(), QUICK).await;
    let mut hoarders = Vec::new();
    for _ in 0..5 {
        let mut stream = server.connect().await;
        let request = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10);
        stream.write_all(&request).await.unwrap();
        hoarders.push(stream);
    }
    assert!(is_greeted(&server).await, "while they wait");
    // They read only now, and find no more than what the system had taken from the server.
    sleep(QUICK.write * 5).await;
    for stream in hoarders {
        assert!(read_to_end(stream).await.len() < LARGE * 9);
    }
    server.stop().await;
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let head = [0, 0, length, kind, flags, 0, 0, 0, stream];
    [&head[..], payload].concat()
}

/// A connection whose streams have a window of so many bytes.
async fn connect_2(server: &Server, window: u8) -> TcpStream {
    let mut stream = server.connect().await;
    let initial_window = [0, 4, 0, 0, 0, window];
    let settings = frame(SETTINGS, 0, 0, &initial_window);
    let start = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..]].concat();
    stream.write_all(&start).await.unwrap();
    stream
}

/// The beginning of a stream: `GET / HTTP/2` with the authority `a`, in HPACK (RFC 7541, appendix A).
fn get_2(stream: u8) -> Vec<u8> {
    let end_stream_and_headers = 5;
    let fields = [0x82, 0x86, 0x84, 0x41, 1, b'a'];
    frame(HEADERS, end_stream_and_headers, stream, &fields)
}

/// Waits for a frame of this type, and returns the stream that it concerns.
async fn await_frame(stream: &mut TcpStream, wanted: u8) -> u8 {
    let read = async {
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            let length = usize::from(head[1]) << 8 | usize::from(head[2]);
            stream.read_exact(&mut vec![0; length]).await.unwrap();
            if head[3] == wanted {
                return head[8];
            }
        }
    };
    timeout(Duration::from_secs(5), read)
        .await
        .expect("a frame")
}

#[tokio::test]
async fn a_stream_with_a_closed_window_is_reset() {
    let server = start(greeting(), QUICK).await;
    // The answer has five bytes.
    for window in [0, 1, 4] {
        let mut stream = connect_2(&server, window).await;
        stream.write_all(&get_2(1)).await.unwrap();
        assert_eq!(await_frame(&mut stream, RST_STREAM).await, 1, "{window}");
        assert!(is_greeted(&server).await);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_of_http_2_is_told_to_go() {
    let server = start(greeting(), QUICK).await;
    let mut stream = connect_2(&server, 255).await;
    stream.write_all(&get_2(1)).await.unwrap();
    await_frame(&mut stream, HEADERS).await;
    await_frame(&mut stream, GOAWAY).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_is_kept_for_longer_than_a_head_may_take() {
    let timeouts = Timeouts {
        idle: PATIENT.idle,
        ..QUICK
    };
    let server = start(greeting(), timeouts).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = vec![0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer[..length].ends_with(b"hello"));
        sleep(timeouts.head * 3).await;
    }
    // From its first byte on, the next head has as little time as the first.
    stream.write_all(b"G").await.unwrap();
    assert_eq!(read_to_end(stream).await, "");
    server.stop().await;
}

/// Opens connections with a request that waits, until one is refused or so many are held.
async fn hold(server: &Server, entered: &AtomicUsize, most: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    while held.len() < most {
        let mut stream = server.connect().await;
        let before = entered.load(Ordering::SeqCst);
        let _ = stream
            .write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        let mut byte = [0];
        loop {
            let read = timeout(Duration::from_millis(10), stream.read(&mut byte)).await;
            if read.is_ok() {
                return held;
            }
            if entered.load(Ordering::SeqCst) > before {
                break;
            }
        }
        held.push(stream);
    }
    held
}

#[tokio::test]
async fn a_source_holds_no_more_connections_than_its_share() {
    for (proxies, expected) in [(Proxies::default(), 3), (trusting_loopback(), 6)] {
        let entered = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&entered);
        let wait = move || async move {
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        };
        let limits = Limits {
            caps: Caps { all: 6, each: 3 },
            trusted_proxies: proxies,
            ..limits(Timeouts {
                drain: QUICK.drain,
                ..PATIENT
            })
        };
        let router = greeting().route("/wait", get(wait));
        let server = start_with(router, limits).await;
        let held = hold(&server, &entered, 10).await;
        assert_eq!(held.len(), expected);
        drop(held);
        while !is_greeted(&server).await {}
        server.stop().await;
    }
}

fn trusting_loopback() -> Proxies {
    vec!["127.0.0.0/8".parse().unwrap()].into()
}

#[test]
fn a_complaint_is_made_once_a_minute() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut complaints, mut said) = (Complaints::default(), 0);
        for _ in 0..601 {
            complaints.about(|| said += 1);
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(said, 2);
    });
}
