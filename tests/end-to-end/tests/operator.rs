//! `countersign users` writes the same audit events as the calls of administrators.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use auth_end_to_end::{Options, PASSWORD, Server, countersign};
use serde_json::Value;
use tempfile::TempDir;

const EMAIL: &str = "ops@example.com";

fn users(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = countersign();
    command.arg("users").args(arguments);
    command.arg("--data-dir").arg(data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A command that reads no password may have ended already.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().unwrap()
}

/// Runs a command that must succeed and log nothing private, and returns its audit events.
fn events(data: &Path, arguments: &[&str], input: &str) -> Vec<Value> {
    let arguments = [arguments, &["--log-format", "json"]].concat();
    let output = users(data, &arguments, input);
    assert!(output.status.success(), "{output:?}");
    let (log, said) = (text(&output.stderr), text(&output.stdout));
    let initial = said.lines().find_map(|line| line.split_once(": "));
    for private in [EMAIL, PASSWORD, initial.map_or(PASSWORD, |(_, word)| word)] {
        assert!(!log.contains(private), "{private}: {log}");
    }
    log.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["target"] == "audit")
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn each_change_is_noted_once_without_address_or_password() {
    let data = TempDir::new().unwrap();
    let create = ["create", EMAIL, "--role", "admin", "--password-stdin"];
    let created = events(data.path(), &create, PASSWORD);
    let subject = created[0]["subject"].as_str().expect("an id").to_owned();
    for (arguments, event) in [
        (["disable", EMAIL], "account-disabled"),
        (["enable", &subject], "account-enabled"),
        (["disable", "ＯＰＳ@example.com"], "account-disabled"),
        (["enable", " OPS@Example.com"], "account-enabled"),
    ] {
        let changed = events(data.path(), &arguments, "");
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!(changed[0]["event"], event);
        assert_eq!(changed[0]["subject"], subject.as_str());
        // A command that changes nothing writes no event.
        assert!(events(data.path(), &arguments, "").is_empty());
    }
    for account in [EMAIL, &subject] {
        let unlocked = events(data.path(), &["unlock", account], "");
        assert_eq!(unlocked.len(), 1, "{unlocked:?}");
        assert_eq!(unlocked[0]["event"], "account-unlocked");
        assert_eq!(unlocked[0]["subject"], subject.as_str());
    }
    // Creates the first administrator of this installation.
    let names: Vec<_> = created.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["setup-completed", "account-created"]);
    let initial = ["create", "bob@example.com", "--initial-password"];
    assert_eq!(events(data.path(), &initial, "").len(), 1);

    let server = Server::start(&Options::default().data(data.path()));
    let admin = server.client().login(EMAIL).client;
    assert_eq!(admin.get("/v1/me").expect(200).text("id"), subject);
}

#[test]
fn what_is_refused_is_said_in_one_sentence_and_noted_nowhere() {
    let data = TempDir::new().unwrap();
    events(data.path(), &["create", EMAIL], PASSWORD);
    for (arguments, input) in [
        (&["create", EMAIL][..], PASSWORD),
        (&["create", "x@example.com"], "short"),
        (&["create", "no address"], PASSWORD),
        (&["create", "x@example.com", "--role", "nobody"], PASSWORD),
        (&["disable", "x@example.com"], ""),
        (&["enable", "no such id"], ""),
        (&["unlock", "x@example.com"], ""),
        (&["unlock", "no such id"], ""),
        (&["disable", "@"], ""),
    ] {
        let output = users(data.path(), arguments, input);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("error: ") && !said.contains(PASSWORD));
    }
}
