//! A full disk and a read-only one are reported in one sentence, and nothing is lost.

mod disk;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};

use auth_end_to_end::{Client, Options, Server, countersign, wait_until};
use http::Method;
use serde_json::json;

use disk::{Disk, ReadOnly};

const ADMIN: &str = "ada@example.com";

/// A fixed issuer, because the port, and with it the default issuer, changes with each start.
fn options(disk: &Disk) -> Options {
    let options = Options::default().data(&disk.data());
    options.argument("--issuer").argument("http://auth.test")
}

fn start(disk: &Disk) -> Server {
    Server::start_by(&options(disk), |command| disk.prepare(command))
}

/// Registers accounts until one is refused, and returns those that were acknowledged.
fn fill_up(admin: &Client, made: &mut BTreeSet<String>) {
    for number in made.len().. {
        let email = format!("user{number}@example.com");
        let answer = admin.post("/v1/users", &json!({ "email": email }));
        if answer.status() != 201 {
            answer.expect_problem(503, "unavailable");
            return;
        }
        made.insert(email);
    }
}

fn accounts(admin: &Client) -> BTreeSet<String> {
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = admin.get(&format!("/v1/users?limit=200{cursor}"));
        let page = page.expect(200).json();
        let items = page["items"].as_array().expect("a list").iter();
        found.extend(items.map(|one| one["email"].as_str().expect("an address").to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Checks that each acknowledged account exists, and none that was not requested.
fn check(admin: &Client, made: &BTreeSet<String>, refused: usize) {
    let mut found = accounts(admin);
    assert!(found.remove(ADMIN));
    assert!(made.is_subset(&found), "lost: {:?}", made - &found);
    assert!(found.len() <= made.len() + refused, "{:?}", &found - made);
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let disk = Disk::new();
    let server = start(&disk);
    let admin = server.set_up(ADMIN);
    let session = server.client().login(ADMIN);
    let mut made = BTreeSet::new();
    disk.fill(&server);
    fill_up(&admin, &mut made);

    // Calls that write nothing are answered; calls that write are refused each time.
    wait_until("the store to be read again", || {
        (server.client().get("/readyz").status() == 200).then_some(())
    });
    admin.get("/v1/me").expect(200);
    check(&admin, &made, 1);
    let log = server.log();
    assert!(log.contains("ERROR"), "{log}");
    assert!(!log.contains("panic"), "{log}");

    disk.free(&server);
    wait_until("writes to be taken again", || {
        let body = json!({ "email": "late@example.com" });
        let answer = admin.try_send(Method::POST, "/v1/users", Some(&body));
        matches!(answer.expect("an answer").status(), 201 | 409).then_some(())
    });
    made.insert("late@example.com".to_owned());
    check(&admin, &made, 1);
    // The earlier session still works, and everything works after a restart.
    let session = server.client().refresh(&session.refresh).expect(200);
    let refresh = session.text("refresh_token");
    assert!(server.stop().success());
    let server = start(&disk);
    check(&server.client().login(ADMIN).client, &made, 1);
    server.client().refresh(&refresh).expect(200);
}

#[test]
fn a_server_killed_on_a_full_disk_starts_once_space_is_free() {
    let disk = Disk::new();
    let mut server = start(&disk);
    let admin = server.set_up(ADMIN);
    let token = server.client().login(ADMIN).access;
    let mut made = BTreeSet::new();
    disk.fill(&server);
    fill_up(&admin, &mut made);
    server.kill();
    if disk.stays_full() {
        let (status, log) = Server::refused(&options(&disk), |command| disk.prepare(command));
        assert_eq!((status, log.lines().count()), (Some(2), 1), "{log}");
        assert!(log.contains("takes no writes"), "{log}");
    }
    disk.free_space();
    server = start(&disk);
    let admin = server.client().bearer(&token);
    check(&admin, &made, 1);
    admin
        .post("/v1/users", &json!({ "email": "late@example.com" }))
        .expect(201);
}

#[test]
fn a_data_directory_that_takes_no_writes_is_refused_and_left_alone() {
    let Some(directory) = ReadOnly::of_a_server() else {
        let why = "skipped: no mode keeps this user from writing, and it may not mount";
        return writeln!(io::stderr(), "{why}").expect("standard error");
    };
    let before = fs::read(directory.path().join("store.redb")).expect("a store");
    let options = Options::default().data(directory.path());
    let (status, log) = Server::refused(&options, |_| ());
    assert_eq!((status, log.lines().count()), (Some(2), 1), "{log}");
    assert!(log.contains("takes no writes"), "{log}");
    assert!(
        log.contains(&directory.path().display().to_string()),
        "{log}"
    );
    let mut list = countersign();
    list.args(["users", "list", "--data-dir"]);
    let list = list.arg(directory.path()).output().expect("the command");
    let said = String::from_utf8_lossy(&list.stderr).into_owned();
    assert_eq!((list.status.code(), said.lines().count()), (Some(2), 1));
    assert!(said.contains("takes no writes"), "{said}");
    let after = fs::read(directory.path().join("store.redb")).expect("a store");
    assert!(before == after);
}
