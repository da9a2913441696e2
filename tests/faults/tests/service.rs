//! The binary on a database: after `countersign migrate`, with two servers, and while the database
//! is down.

use std::process::Command;
use std::thread;

use auth_end_to_end::{Options, Server, countersign};
use auth_faults::{Fault, Proxy, TestDatabase, server_address};

const ADMIN: &str = "ada@example.com";
const USER: &str = "bob@example.com";

fn on(uri: &str) -> impl Fn(&mut Command) + '_ {
    move |command| {
        command.env("MONGODB_URI", uri).env(
            "JWT_SECRET_KEY",
            "kept by two servers, long enough for a digest",
        );
    }
}

fn run(uri: &str, arguments: &[&str]) -> String {
    let mut command = countersign();
    on(uri)(&mut command);
    let output = command.args(arguments).output().expect("the binary runs");
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

fn prepared() -> TestDatabase {
    let database = TestDatabase::new();
    run(database.uri(), &["migrate"]);
    database
}

#[test]
fn a_database_is_prepared_by_one_command_and_the_server_insists_on_it() {
    let database = TestDatabase::new();
    let (status, error) = Server::refused(&Options::default(), on(database.uri()));
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("run `countersign migrate`"), "{error}");

    let plan = include_str!("faults/schema.txt");
    assert_eq!(run(database.uri(), &["migrate", "--dry-run"]), plan);
    assert_eq!(run(database.uri(), &["migrate"]), format!("{plan}done\n"));
    assert_eq!(run(database.uri(), &["migrate"]), "nothing is missing\n");

    let server = Server::start_by(&Options::default(), on(database.uri()));
    assert!(
        server.output().contains("DocumentDB"),
        "{}",
        server.output()
    );
    assert!(server.data().exists(), "the set-up token lies there");
    assert!(!server.data().join("store.redb").exists());
    assert!(server.stop().success());
}

#[test]
fn two_servers_share_one_database() {
    let database = prepared();
    let servers = [(); 2].map(|()| Server::start_by(&Options::default(), on(database.uri())));
    let [one, two] = &servers;
    // The server that started later made the valid token.
    let administrator = two.set_up(ADMIN);
    administrator.get("/v1/me").expect(200);
    one.client().register(USER).expect(202);
    let session = two.client().login(USER);

    let successors: Vec<String> = thread::scope(|scope| {
        let refreshes = (0..20).map(|number| {
            let (server, token) = (&servers[number % 2], &session.refresh);
            scope.spawn(move || {
                let client = server.client();
                client.refresh(token).expect(200).text("refresh_token")
            })
        });
        let refreshes: Vec<_> = refreshes.collect();
        refreshes
            .into_iter()
            .map(|refresh| refresh.join().expect("no panic"))
            .collect()
    });
    assert!(
        successors.iter().all(|token| *token == successors[0]),
        "one lineage"
    );

    let listed = run(database.uri(), &["users", "list"]);
    assert!(listed.contains(ADMIN) && listed.contains(USER), "{listed}");
}

#[test]
fn a_database_that_is_gone_is_a_503_and_no_word_of_it_shows() {
    let database = prepared();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let proxy = runtime.block_on(Proxy::start(server_address()));
    let uri = database.uri_through(proxy.address());
    let server = Server::start_by(&Options::default(), on(&uri));
    let client = server.client();
    client.join(USER);
    for fault in [Fault::Down, Fault::BlackHole] {
        proxy.set(fault);
        client
            .try_login(USER, auth_end_to_end::PASSWORD)
            .expect_unavailable();
        client.get("/readyz").expect(503);
        proxy.set(Fault::None);
        auth_end_to_end::wait_until("the server to serve again", || {
            let again = client.try_login(USER, auth_end_to_end::PASSWORD);
            (again.status() == 200).then_some(())
        });
    }
    let log = server.log();
    assert!(!log.contains("kept by two servers"), "{log}");
    let numbers = server.metrics();
    let counted = r#"countersign_unanswered_total{reason="unavailable"}"#;
    assert!(numbers.contains(counted), "{numbers}");
}
