//! The function under test: the binary in a process of its own.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
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

/// Names a binary to test in place of the one that is built, such as a released one.
const BINARY_VARIABLE: &str = "COUNTERSIGN_TEST_BOOTSTRAP";
/// What a function has for an event unless the test says otherwise. Longer than a hash takes on a
/// busy machine.
const TIME: Duration = Duration::from_secs(20);
/// What is waited for in another process takes less, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What Lambda gives a function until it asks for its first event.
pub const INIT: Duration = Duration::from_secs(10);
/// Of no service: no example, and long enough.
pub const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";
/// A database that is not there, on which no function waits for long.
pub const NOWHERE: &str = "mongodb://127.0.0.1:1/auth?tls=true&serverSelectionTimeoutMS=50";

static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    env::var_os(BINARY_VARIABLE).map_or_else(|| built("bootstrap"), PathBuf::from)
});

/// A command line of the function, for a Runtime API at this address.
#[must_use]
pub fn bootstrap(api: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(&*BINARY);
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

/// A function that runs, and its Lambda.
pub struct Function {
    child: Child,
    api: RuntimeApi,
    own: TempDir,
    spawned: Instant,
}

impl Function {
    /// Starts a function with these variables and no others but those of Lambda, and waits until it
    /// asks for its first event.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let mut function = Self::spawn(variables).await;
        let ready = wait_for("the first request for an event", || {
            let ended = function.child.try_wait().expect("its status");
            assert!(ended.is_none(), "it ended: {}", function.log());
            (function.api.pollers() > 0).then_some(())
        });
        ready.await;
        function
    }

    /// Starts a function that may not come up.
    pub async fn spawn(variables: &[(&str, &str)]) -> Self {
        let own = TempDir::new().expect("a directory");
        let api = RuntimeApi::start().await;
        let file = |name: &str| File::create(own.path().join(name)).expect("a file for its output");
        let mut command = bootstrap(&api.address().to_string(), variables);
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

    /// From its start to its first request for an event.
    ///
    /// # Panics
    /// Before that.
    #[must_use]
    pub fn cold_start(&self) -> Duration {
        self.api.first_asked().expect("it asked") - self.spawned
    }

    /// Of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its Lambda.
    pub fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// What the function answers to a call through an API.
    ///
    /// # Panics
    /// When it reports an error or gives no answer in time.
    pub async fn call(&self, event: Value) -> Answer {
        self.call_within(event, TIME).await
    }

    /// As `call`, with less or more time.
    pub async fn call_within(&self, event: Value, time: Duration) -> Answer {
        let api = Api::of(&event);
        match self.invoke(event.to_string(), time).await {
            Outcome::Response(body) => api.read(&event, &body),
            Outcome::Error(body) => panic!("{}", String::from_utf8_lossy(&body)),
        }
    }

    /// What the function makes of any payload.
    pub async fn invoke(&self, payload: String, time: Duration) -> Outcome {
        let outcome = self.api.invoke(payload, time).await;
        outcome.unwrap_or_else(|_| panic!("no answer in {time:?}: {}", self.log()))
    }

    /// What it logged until now.
    pub fn log(&self) -> String {
        self.read("stderr")
    }

    /// What it wrote on standard output until now: its metrics.
    pub fn output(&self) -> String {
        self.read("stdout")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("the signal is sent");
    }

    /// Waits until it has ended.
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
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until there is an answer.
///
/// # Panics
/// When there is none within a minute.
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

/// The variables of a function that has what it needs, but for its database.
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

/// The variables, but for those that are given anew.
#[must_use]
pub fn with<'a>(
    mut variables: Vec<(&'a str, &'a str)>,
    anew: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    variables.retain(|(known, _)| anew.iter().all(|(name, _)| name != known));
    variables.extend(anew);
    variables
}
