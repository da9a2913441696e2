//! Runs `countersign serve` as a child process.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::binary::command_of;
use crate::{Client, QUICK_POLICY, countersign, wait_until};

/// How a server is started. By default it has a quick hash and a new data directory.
#[derive(Clone)]
pub struct Options {
    program: Option<PathBuf>,
    policy: String,
    data: Option<PathBuf>,
    arguments: Vec<OsString>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            program: None,
            policy: QUICK_POLICY.to_owned(),
            data: None,
            arguments: Vec::new(),
        }
    }
}

impl Options {
    /// Runs this binary instead of the one under test.
    #[must_use]
    pub fn program(mut self, path: &Path) -> Self {
        self.program = Some(path.to_owned());
        self
    }

    /// Uses this policy file.
    #[must_use]
    pub fn policy(mut self, text: &str) -> Self {
        self.policy = text.to_owned();
        self
    }

    /// Uses this data directory, which is kept after the server ends.
    #[must_use]
    pub fn data(mut self, directory: &Path) -> Self {
        self.data = Some(directory.to_owned());
        self
    }

    /// Adds an argument of `countersign serve`.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    fn data_in(&self, own: &Path) -> PathBuf {
        self.data.clone().unwrap_or_else(|| own.join("data"))
    }

    /// The command line. `own` is the folder for the files of this server alone.
    fn command(&self, own: &Path) -> Command {
        let policy = own.join("policy.toml");
        fs::write(&policy, &self.policy).expect("a policy file");
        let mut command = self.program.as_deref().map_or_else(countersign, command_of);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--policy"])
            .arg(policy)
            .arg("--data-dir")
            .arg(self.data_in(own))
            .args(&self.arguments)
            .stdin(Stdio::null());
        command
    }
}

/// A running server, which is killed when it is dropped.
pub struct Server {
    child: Child,
    url: String,
    data: PathBuf,
    /// Holds the policy, the output and, unless the test named one, the data directory.
    own: TempDir,
}

impl Server {
    /// Starts a server and waits until it listens.
    ///
    /// # Panics
    /// When it does not listen; the message quotes its output.
    #[must_use]
    pub fn start(options: &Options) -> Self {
        Self::start_by(options, |_| ())
    }

    /// Like [`start`](Self::start), with a last change to the command.
    ///
    /// # Panics
    /// When the server does not listen.
    #[must_use]
    pub fn start_by(options: &Options, change: impl FnOnce(&mut Command)) -> Self {
        let mut server = Self::spawn(options, change);
        server.url = wait_until("a server to listen", || {
            let ended = server.ended();
            assert!(ended.is_none(), "ended with {ended:?}:\n{}", server.log());
            server.announced()
        });
        server
    }

    /// Starts a server that must refuse its settings or its data, with a last change to the command.
    /// Returns its exit status and its standard error.
    ///
    /// # Panics
    /// When the server listens.
    #[must_use]
    pub fn refused(options: &Options, change: impl FnOnce(&mut Command)) -> (Option<i32>, String) {
        let mut server = Self::spawn(options, change);
        let status = wait_until("a server to refuse", || {
            assert!(server.announced().is_none(), "the server listens");
            server.ended()
        });
        (status.code(), server.log())
    }

    fn spawn(options: &Options, change: impl FnOnce(&mut Command)) -> Self {
        let own = TempDir::new().expect("a temporary directory");
        let mut command = options.command(own.path());
        change(&mut command);
        let file = |name| File::create(own.path().join(name)).expect("a file for its output");
        command.stdout(file("stdout")).stderr(file("stderr"));
        Self {
            child: command.spawn().expect("the binary runs"),
            url: String::new(),
            data: options.data_in(own.path()),
            own,
        }
    }

    /// A client without a token.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The URL of the server, for example `http://127.0.0.1:4711`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port`, for connections that a test opens itself.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The page of its metrics.
    ///
    /// # Panics
    /// When it serves none.
    #[must_use]
    pub fn metrics(&self) -> String {
        let output = self.output();
        let found = output.split_once("Metrics:").map(|(_, rest)| rest);
        let url = found.and_then(|rest| rest.split_whitespace().next());
        let mut page = ureq::get(url.expect("the URL of the metrics"))
            .call()
            .expect("a page");
        assert_eq!(
            page.headers().get("content-type").expect("a type"),
            "text/plain; version=0.0.4; charset=utf-8"
        );
        page.body_mut().read_to_string().expect("text")
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The id of the server's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.read("stdout")
    }

    /// Its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.read("stderr")
    }

    /// Creates the first administrator with the token in the data directory, and logs in.
    #[must_use]
    pub fn set_up(&self, email: &str) -> Client {
        let token = fs::read_to_string(self.data.join("setup-token")).expect("a set-up token");
        self.client().set_up(token.trim(), email).expect(201);
        self.client().login(email).client
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("the signal is sent");
    }

    /// Kills the process without warning, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("the signal is sent");
        self.child.wait().expect("it ends");
    }

    /// Stops the process with SIGTERM, as an operator does, and waits for its end.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits until the process has ended.
    pub fn wait(&mut self) -> ExitStatus {
        wait_until("a server to end", || self.ended())
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its status")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.own.path().join(name)).expect("its output")
    }

    fn announced(&self) -> Option<String> {
        let output = self.output();
        let (line, _) = output.split_once('\n')?;
        let (_, url) = line.split_once(" listens on ")?;
        Some(url.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
