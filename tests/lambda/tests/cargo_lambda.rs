//! The function behind `cargo lambda watch`, which turns each HTTP request into an event.
//!
//! `tests/aws/with-moto` provides the program, `tests/mongo/with-server` the database.

use std::env;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use auth_end_to_end::{Client, PASSWORD, wait_until};
use auth_faults::TestDatabase;
use auth_lambda_tests::{bootstrap, variables};
use http::Method;
use serde_json::json;

const PROGRAM: &str = "COUNTERSIGN_TEST_CARGO_LAMBDA";
const USER: &str = "ada@example.com";

/// A process that is killed when the test ends.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("it runs"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn watch(port: u16) -> Process {
    let program = env::var_os(PROGRAM);
    let program =
        program.unwrap_or_else(|| panic!("{PROGRAM} is not set: see tests/aws/with-moto"));
    let mut command = Command::new(program);
    command
        .args(["lambda", "watch", "--only-lambda-apis"])
        .args(["--invoke-address", "127.0.0.1"])
        .args(["--invoke-port", &port.to_string()])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    Process::start(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_lives_behind_events_that_cargo_lambda_makes() {
    let database = TestDatabase::new();
    database.store().await.close().await;
    let port = free_port();
    let _watch = watch(port);
    let client = Client::new(&format!("http://127.0.0.1:{port}"));
    wait_until("cargo-lambda to listen", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    let api = format!("http://127.0.0.1:{port}/.rt");
    let _function = Process::start(&mut bootstrap(&api, &variables(database.uri())));

    let session = client.join(USER);
    session.client.get("/v1/me").expect(200);
    let question = json!({ "permission": "users:delete" });
    let decision = session.client.post("/v1/authorize", &question).expect(200);
    assert_eq!(decision.json()["allowed"], false);
    let session = client.session(&client.refresh(&session.refresh).expect(200));
    let other = client.login(USER);
    let change =
        json!({ "current_password": PASSWORD, "new_password": "an even longer, louder morning" });
    session.client.put("/v1/me/password", &change).expect(204);
    client
        .refresh(&other.refresh)
        .expect_problem(400, "invalid-grant");
    client
        .try_login(USER, PASSWORD)
        .expect_problem(401, "invalid-credentials");
    session.client.call(Method::POST, "/v1/logout").expect(204);
    client
        .refresh(&session.refresh)
        .expect_problem(400, "invalid-grant");
}
