//! The server serves clients beside many idle connections.

use std::fs;
use std::net::TcpStream;

use auth_end_to_end::{Options, Server, wait_until};

use auth_end_to_end::wire::connect;

const IDLE_CONNECTIONS: u64 = 10_000;
/// File descriptors for the server's own files and for the other tests in this process.
const OTHER_FILES: u64 = 500;
/// The memory that one idle connection may cost the server.
const KIB_EACH: u64 = 16;

#[test]
fn ten_thousand_idle_connections_keep_no_client_out() {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit of open files");
    let size = IDLE_CONNECTIONS.min(limit.saturating_sub(OTHER_FILES));
    let options = [
        "--connections",
        "20000",
        "--connections-per-source",
        "20000",
    ];
    let options = options
        .into_iter()
        .fold(Options::default(), Options::argument);
    let server = Server::start(&options);
    let session = server.client().join("ada@example.com");
    let (files, memory) = (open_files(&server), resident_kib(&server));

    let connections: Vec<TcpStream> = (0..size).map(|_| connect(&server)).collect();
    wait_until("the server to accept all", || {
        (open_files(&server) >= files + size).then_some(())
    });
    server.client().get("/healthz").expect(200);
    session.client.get("/v1/me").expect(200);
    let grown = resident_kib(&server).saturating_sub(memory);
    assert!(
        grown <= size * KIB_EACH,
        "{size} idle connections cost {grown} KiB"
    );

    drop(connections);
    wait_until("the server to forget them", || {
        (open_files(&server) < files + size / 100).then_some(())
    });
    server.client().get("/healthz").expect(200);
}

fn open_files(server: &Server) -> u64 {
    let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("a process");
    files.count() as u64
}

fn resident_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("its memory")
}
