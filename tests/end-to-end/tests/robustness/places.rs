//! One client that hashes without pause, and clients from elsewhere.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use auth_end_to_end::{Client, Options, PASSWORD, Server};

/// The places of the queue, besides one for each thread.
const QUEUE: usize = 14;
const LOGINS: u32 = 4;

/// The default hash, which takes several hundred milliseconds, and as many registrations as one
/// likes, so that the places alone bound them.
const POLICY: &str = "[throttle.registration]\nfailures = 1000\n";

fn server() -> Server {
    let options = Options::default().policy(POLICY);
    let options = options.argument("--trusted-proxies").argument("127.0.0.1");
    let options = options.argument("--environment").argument("development");
    Server::start(&options.argument("--hash-queue").argument(QUEUE.to_string()))
}

fn from(server: &Server, source: &str) -> Client {
    server.client().header("x-forwarded-for", source)
}

/// Logs in from four other networks, each once, while `attack` runs on more connections than one
/// source has places. Each asks again as soon as it is answered. Returns how often the attacker got
/// no place.
fn login_during(server: &Server, attack: impl Fn(&Client, u32) -> u16 + Sync) -> u32 {
    let members: Vec<_> = (0..LOGINS)
        .map(|number| {
            let client = from(server, &format!("203.0.113.{number}"));
            let email = format!("member-{number}@example.com");
            client.register(&email).expect(202);
            (client, email)
        })
        .collect();
    let (is_over, refused, begun) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let connections = (QUEUE + threads) / 8 + 4;
    let attacker = from(server, "198.51.100.1");
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let status = attack(&attacker, begun.fetch_add(1, Ordering::SeqCst));
                    refused.fetch_add(u32::from(status == 503), Ordering::SeqCst);
                }
            });
        }
        while refused.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let answers: Vec<_> = members
            .iter()
            .map(|(client, email)| client.try_login(email, PASSWORD).status())
            .collect();
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(answers, [200; LOGINS as usize]);
    });
    refused.into_inner()
}

#[test]
fn registrations_of_one_source_keep_nobody_else_from_logging_in() {
    let server = server();
    let refused = login_during(&server, |attacker, number| {
        let answer = attacker.register(&format!("attacker-{number}@example.com"));
        answer.status()
    });
    assert!(refused > 0);
}

#[test]
fn wrong_logins_of_one_source_keep_nobody_else_from_logging_in() {
    let server = server();
    let refused = login_during(&server, |attacker, number| {
        let email = format!("nobody-{number}@example.com");
        attacker
            .try_login(&email, "a wrong guess of somebody")
            .status()
    });
    assert!(refused > 0);
}

#[test]
fn a_source_that_registers_without_end_is_refused_before_it_costs_anything() {
    let server = Server::start(&Options::default().policy("[hashing]\nscheme = \"argon2id\"\n"));
    let client = server.client();
    for number in 0..10 {
        client
            .register(&format!("user-{number}@example.com"))
            .expect(202);
    }
    let refused = client.register("user-10@example.com");
    let refused = refused.expect_problem(429, "too-many-attempts");
    let wait: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
    client.login("user-9@example.com");
}
