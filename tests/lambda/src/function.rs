//! Runs the function under test: the binary, in a process of its own.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::LazyLock;
use std::time::Duration;

use auth_end_to_end::{Answer, built};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::Api;
use crate::runtime_api::{Outcome, RuntimeApi};

/// The environment variables that name other binaries to test, for example released ones.
const BINARY_VARIABLE: &str = "COUNTERSIGN_TEST_BOOTSTRAP";
const AUTHORIZER_VARIABLE: &str = "COUNTERSIGN_TEST_AUTHORIZER";
/// The time that a function has for an event, unless the test says otherwise. It is longer than a
/// hash takes on a busy machine.
const TIME: Duration = Duration::from_secs(20);
/// The longest wait for another process, which no wait on a busy machine reaches.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time that Lambda gives a function until it asks for its first event.
pub const INIT: Duration = Duration::from_secs(10);
/// A secret that no service uses. It is long enough, and no example of the documentation.
pub const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";
/// The URI of a database that does not exist. A function waits for it only briefly.
pub const NOWHERE: &str = "mongodb://127.0.0.1:1/auth?tls=true&serverSelectionTimeoutMS=50";

static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    env::var_os(BINARY_VARIABLE).map_or_else(|| built("bootstrap"), PathBuf::from)
});

static AUTHORIZER: LazyLock<PathBuf> = LazyLock::new(|| {
    env::var_os(AUTHORIZER_VARIABLE).map_or_else(|| built("authorizer"), PathBuf::from)
});

/// The command that runs the function, for a Runtime API at this address.
#[must_use]
pub fn bootstrap(api: &str, variables: &[(&str, &str)]) -> Command {
    command(&BINARY, api, variables)
}

fn command(binary: &Path, api: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "countersign")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_REGION", "eu-west-1")
        .envs(variables.iter().copied());
    command
}

/// A running function, and the Runtime API that it talks to.
pub struct Function {
    child: Child,
    api: RuntimeApi,
    own: TempDir,
    spawned: Instant,
}

impl Function {
    /// Starts a function with these variables and those of Lambda, and waits until it asks for its
    /// first event.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        Self::spawn(variables).await.ready().await
    }

    /// Starts the authorizer, and waits until it asks for its first event.
    pub async fn start_authorizer(variables: &[(&str, &str)]) -> Self {
        Self::spawn_authorizer(variables).await.ready().await
    }

    async fn ready(mut self) -> Self {
        let function = &mut self;
        let ready = wait_for("the first request for an event", || {
            let ended = function.child.try_wait().expect("its status");
            assert!(ended.is_none(), "it ended: {}", function.log());
            (function.api.pollers() > 0).then_some(())
        });
        ready.await;
        self
    }

    /// Starts a function that may end before it asks for an event.
    pub async fn spawn(variables: &[(&str, &str)]) -> Self {
        Self::of(&BINARY, variables).await
    }

    /// Starts an authorizer that may end before it asks for an event.
    pub async fn spawn_authorizer(variables: &[(&str, &str)]) -> Self {
        Self::of(&AUTHORIZER, variables).await
    }

    async fn of(binary: &Path, variables: &[(&str, &str)]) -> Self {
        let own = TempDir::new().expect("a directory");
        let api = RuntimeApi::start().await;
        let file = |name: &str| File::create(own.path().join(name)).expect("a file for its output");
        let mut command = command(binary, &api.address().to_string(), variables);
        command
            .env("TMPDIR", own.path())
            .stdout(file("stdout"))
            .stderr(file("stderr"));
        let spawned = Instant::now();
        let child = command.spawn().expect("the binary runs");
        Self {
            child,
            api,
            own,
            spawned,
        }
    }

    /// The time from the start of the process to its first request for an event.
    ///
    /// # Panics
    /// When the function has not asked for an event yet.
    #[must_use]
    pub fn cold_start(&self) -> Duration {
        self.api.first_asked().expect("it asked") - self.spawned
    }

    /// The id of the function's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The Runtime API that the function talks to.
    pub fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// Sends the event of a call through an API, and returns the answer that the client would
    /// receive.
    ///
    /// # Panics
    /// When it reports an error or gives no answer in time.
    pub async fn call(&self, event: Value) -> Answer {
        self.call_within(event, TIME).await
    }

    /// As [`call`](Self::call), with another time limit.
    pub async fn call_within(&self, event: Value, time: Duration) -> Answer {
        let api = Api::of(&event);
        match self.invoke(event.to_string(), time).await {
            Outcome::Response(body) => api.read(&event, &body),
            Outcome::Error(body) => panic!("{}", String::from_utf8_lossy(&body)),
        }
    }

    /// Sends any payload as an event, and returns what the function answers or reports.
    pub async fn invoke(&self, payload: String, time: Duration) -> Outcome {
        let outcome = self.api.invoke(payload, time).await;
        outcome.unwrap_or_else(|_| panic!("no answer in {time:?}: {}", self.log()))
    }

    /// The log of the function so far.
    pub fn log(&self) -> String {
        self.read("stderr")
    }

    /// The standard output of the function so far, which is its metrics.
    pub fn output(&self) -> String {
        self.read("stdout")
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("the signal is sent");
    }

    /// Waits until the process has ended.
    pub async fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_for("the function to end", || {
            child.try_wait().expect("its status")
        })
        .await
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.own.path().join(name)).expect("its output")
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls `ask` until it returns a value.
///
/// # Panics
/// When that takes more than a minute.
pub async fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited too long for {what}");
        sleep(Duration::from_millis(2)).await;
    }
}

/// The variables of a function with everything that it needs, and its database at this URI.
#[must_use]
pub fn variables(uri: &str) -> Vec<(&str, &str)> {
    vec![
        ("MONGODB_URI", uri),
        ("JWT_SECRET_KEY", SECRET),
        ("COUNTERSIGN_ISSUER", "https://www.example.com/auth"),
        (
            "COUNTERSIGN_POLICY",
            concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/quick.toml"),
        ),
    ]
}

/// The variables, with those of `anew` added or replaced.
#[must_use]
pub fn with<'a>(
    mut variables: Vec<(&'a str, &'a str)>,
    anew: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    variables.retain(|(known, _)| anew.iter().all(|(name, _)| name != known));
    variables.extend(anew);
    variables
}
