//! Acknowledged writes survive the end of the process, including `kill -9`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::thread;

use auth_end_to_end::{Client, Options, Server, countersign, wait_until};
use http::Method;
use serde_json::json;
use tempfile::TempDir;

const ADMIN: &str = "ada@example.com";
const KILLS: usize = 100;

/// A fixed issuer, because the port, and with it the default issuer, changes with each start.
fn options(data: &TempDir) -> Options {
    Options::default()
        .data(data.path())
        .argument("--issuer")
        .argument("http://auth.test")
}

/// Registers accounts until the server is killed, and records those that it acknowledged.
fn make_accounts(admin: &Client, round: usize, made: &Mutex<BTreeSet<String>>) {
    for number in 0.. {
        let email = format!("user{round}-{number}@example.com");
        let body = json!({ "email": email });
        match admin.try_send(Method::POST, "/v1/users", Some(&body)) {
            Ok(answer) if answer.status() == 201 => made.lock().unwrap().insert(email),
            _ => return,
        };
    }
}

fn accounts(admin: &Client) -> BTreeSet<String> {
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = admin
            .get(&format!("/v1/users?limit=200{cursor}"))
            .expect(200)
            .json();
        let items = page["items"].as_array().unwrap().iter();
        found.extend(items.map(|one| one["email"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn a_hundred_kills_during_writes_lose_nothing_acknowledged() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(&options(&data));
    let token = server.set_up(ADMIN);
    let token = token.get("/v1/me").expect(200).text("id");
    let admin = server.client().login(ADMIN).access;
    let made = Mutex::new(BTreeSet::new());
    for round in 0..KILLS {
        let client = server.client().bearer(&admin);
        let before = made.lock().unwrap().len();
        thread::scope(|scope| {
            scope.spawn(|| make_accounts(&client, round, &made));
            wait_until("writes", || {
                (made.lock().unwrap().len() > before + round % 3).then_some(())
            });
            server.kill();
        });
        server = Server::start(&options(&data));
    }
    let client = server.client().bearer(&admin);
    let found = accounts(&client);
    let made = made.into_inner().unwrap();
    assert!(made.is_subset(&found));
    // In each round at most one write was made and not acknowledged.
    assert!(found.len() <= made.len() + 1 + KILLS);
    assert_eq!(client.get("/v1/me").expect(200).text("id"), token);
}

#[test]
fn restarts_keep_keys_tokens_and_sessions() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(&options(&data));
    let mut session = server.client().join("bob@example.com");
    let keys = server
        .client()
        .get("/.well-known/jwks.json")
        .body()
        .to_vec();
    for _ in 0..2 {
        assert!(server.stop().success());
        server = Server::start(&options(&data));
        let client = server.client();
        assert_eq!(client.get("/.well-known/jwks.json").body(), keys);
        client.bearer(&session.access).get("/v1/me").expect(200);
        session = client.session(&client.refresh(&session.refresh).expect(200));
    }
}

#[test]
fn a_data_directory_has_one_user_at_a_time() {
    let data = TempDir::new().unwrap();
    let server = Server::start(&options(&data));
    let (status, log) = Server::refused(&options(&data), |_| ());
    assert_eq!(status, Some(2));
    assert!(log.contains("is in use by another process"), "{log}");
    let mut list = countersign();
    let list = list
        .args(["users", "list", "--data-dir"])
        .arg(data.path())
        .output()
        .unwrap();
    assert_eq!(list.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&list.stderr).contains("such as a running server"));
    server.client().get("/readyz").expect(200);
}

#[test]
fn a_key_that_others_can_read_and_an_unwritable_directory_are_refused() {
    let data = TempDir::new().unwrap();
    assert!(Server::start(&options(&data)).stop().success());
    let keys = fs::read_dir(data.path().join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let key = keys
        .into_iter()
        .find(|path| path.extension().is_some_and(|e| e == "json"))
        .unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, log) = Server::refused(&options(&data), |_| ());
    assert_eq!((status, log.lines().count()), (Some(2), 1), "{log}");

    let options = Options::default().data("/sys".as_ref());
    let (status, log) = Server::refused(&options, |_| ());
    assert_eq!(status, Some(2));
    assert!(
        log.contains("the data directory `/sys` takes no writes"),
        "{log}"
    );
}

#[test]
fn the_version_names_the_component_that_serves() {
    let version = countersign().arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let server = Server::start(&Options::default());
    let health = server.client().get("/healthz").expect(200).json();
    let component = health["component"]["sha256"].as_str().unwrap();
    assert!(
        version.contains(&format!("component sha256:{component}")),
        "{version}"
    );
}
