//! `countersign audit`: finds audit events among the lines of a log.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use auth_composition::EVENTS;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Outcome;

/// The members that the text form prints by themselves or not at all.
const APART: [&str; 5] = ["timestamp", "level", "target", "event", "message"];
/// The members that the text form prints first, in this order.
const FIRST: [&str; 5] = ["subject", "actor", "object", "source", "request_id"];

/// The form in which events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EventFormat {
    /// Time, kind and members of each event
    Text,
    /// The line of the log, one JSON object for each event
    Json,
}

/// `countersign audit`
#[derive(Args, Debug)]
pub struct Audit {
    /// The files of the log [default: standard input]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only events from this time on: RFC 3339, a day, or how long ago
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub since: Option<OffsetDateTime>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub until: Option<OffsetDateTime>,
    /// Only events of this kind; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = parse_kind)]
    pub kinds: Vec<String>,
    /// Only events that happened to this account or that it caused
    #[arg(long, value_name = "ID", value_parser = parse_account)]
    pub account: Option<String>,
    /// Only events from this source, as the log names it
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// How events are printed
    #[arg(long, value_enum, default_value_t = EventFormat::Text)]
    pub format: EventFormat,
}

/// Runs `countersign audit`.
///
/// # Errors
/// When a file cannot be read.
pub fn run(arguments: &Audit) -> Outcome {
    let mut output = io::stdout().lock();
    let mut unread = 0_u64;
    if arguments.files.is_empty() {
        unread += filter(io::stdin().lock(), arguments, &mut output)?;
    }
    for file in &arguments.files {
        let mut read = |file: &Path| -> Result<u64> {
            filter(BufReader::new(File::open(file)?), arguments, &mut output)
        };
        unread += read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    }
    if unread > 0 {
        let _ = writeln!(
            io::stderr(),
            "note: {unread} lines hold no JSON object; events are read from a log of --log-format json"
        );
    }
    Ok(())
}

/// Writes the wanted events among the lines, and returns how many lines hold no JSON object.
fn filter(mut lines: impl BufRead, wanted: &Audit, output: &mut impl Write) -> Result<u64> {
    let mut unread = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(unread);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        let Some(event) = parse(text) else {
            unread += u64::from(!text.is_empty());
            continue;
        };
        if is_wanted(&event, wanted) {
            match wanted.format {
                EventFormat::Json => writeln!(output, "{}", Value::Object(event))?,
                EventFormat::Text => writeln!(output, "{}", as_text(&event))?,
            }
        }
    }
}

/// The object of a line. Collectors of logs write a time or a name before it.
fn parse(line: &str) -> Option<Map<String, Value>> {
    let (_, object) = line.split_at(line.find('{')?);
    serde_json::from_str(object).ok()
}

fn is_wanted(event: &Map<String, Value>, wanted: &Audit) -> bool {
    let member = |name: &str| event.get(name).and_then(Value::as_str);
    let is =
        |name: &str, value: &str| member(name).is_some_and(|it| it.eq_ignore_ascii_case(value));
    let time = member("timestamp").and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let since = wanted
        .since
        .is_none_or(|since| time.is_some_and(|time| time >= since));
    let until = wanted
        .until
        .is_none_or(|until| time.is_some_and(|time| time < until));
    let kind = wanted.kinds.is_empty() || wanted.kinds.iter().any(|kind| is("event", kind));
    let account = wanted.account.as_deref();
    let account = account.is_none_or(|account| is("subject", account) || is("actor", account));
    let source = wanted.source.as_deref();
    let source = source.is_none_or(|source| is("source", source));
    is("target", "audit") && since && until && kind && account && source
}

fn as_text(event: &Map<String, Value>) -> String {
    let text = |name: &str| {
        let value = event.get(name);
        let text = value.and_then(Value::as_str).map(str::to_owned);
        let text = text.or_else(|| value.map(Value::to_string));
        // A line stays one line, whatever wrote it.
        text.map(|text| text.escape_debug().to_string())
    };
    let first = FIRST.iter().copied();
    let rest = event.keys().map(String::as_str);
    let rest = rest.filter(|name| !APART.contains(name) && !FIRST.contains(name));
    let members = first.chain(rest);
    let members = members.filter_map(|name| Some(format!("{name}={}", text(name)?)));
    let head = ["timestamp", "event"].map(|name| text(name).unwrap_or_else(|| "-".to_owned()));
    head.into_iter()
        .chain(members)
        .collect::<Vec<_>>()
        .join("  ")
}

/// A point in time: RFC 3339, or how long ago it was.
fn parse_time(text: &str) -> Result<OffsetDateTime, String> {
    parse_time_at(text, OffsetDateTime::now_utc())
}

fn parse_time_at(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, String> {
    let ago = || -> Option<OffsetDateTime> {
        let unit = text.chars().next_back()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        now.checked_sub(
            Duration::from_secs(number.checked_mul(seconds)?)
                .try_into()
                .ok()?,
        )
    };
    let date = || OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339).ok();
    let time = OffsetDateTime::parse(text, &Rfc3339).ok();
    time.or_else(date).or_else(ago).ok_or_else(|| {
        "it is a time such as 2026-01-31T09:30:00Z, a day such as 2026-01-31, or how long ago, such as \
         30m, 24h or 7d"
            .to_owned()
    })
}

/// The kind of an event.
fn parse_kind(text: &str) -> Result<String, String> {
    if EVENTS.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("it is one of {}", EVENTS.join(", ")))
    }
}

/// The id of an account.
fn parse_account(text: &str) -> Result<String, String> {
    if text.contains('@') {
        Err("events carry ids: `countersign users list` has the id of an address".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// A command line with these arguments alone.
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        audit: Audit,
    }

    const LOG: &str = r#"{"timestamp":"2026-01-31T09:30:00.5Z","level":"INFO","target":"audit","event":"login-failed","subject":"a1","source":"192.0.2.1","request_id":"r1"}
{"timestamp":"2026-01-31T09:30:01Z","level":"INFO","target":"auth_rest","message":"answered","source":"192.0.2.1","status":401}
api-1  | {"timestamp":"2026-01-31T10:00:00Z","target":"audit","event":"role-granted","subject":"a2","actor":"a1","object":"admin","extra":7}
not JSON

{"timestamp":"2026-02-01T00:00:00Z","target":"audit","event":"refresh-reused","subject":"a2","object":"s1\u001b[31m","source":"2001:db8::/64"}
{"target":"audit","event":"account-created","subject":"a3"}
[1]
"#;

    fn printed(arguments: &[&str]) -> (Vec<String>, u64) {
        let line = ["audit"].iter().chain(arguments);
        let wanted = Line::try_parse_from(line).unwrap().audit;
        let mut output = Vec::new();
        let unread = filter(LOG.as_bytes(), &wanted, &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        (text.lines().map(str::to_owned).collect(), unread)
    }

    #[test]
    fn each_filter_leaves_what_it_names() {
        for (arguments, kinds) in [
            (
                &[][..],
                &[
                    "login-failed",
                    "role-granted",
                    "refresh-reused",
                    "account-created",
                ][..],
            ),
            (
                &["--since", "2026-01-31T09:30:01Z"],
                &["role-granted", "refresh-reused"],
            ),
            (
                &[
                    "--since",
                    "2026-01-31T11:30:00+02:00",
                    "--until",
                    "2026-02-01",
                ],
                &["login-failed", "role-granted"],
            ),
            (
                &["--kind", "login-failed", "--kind", "refresh-reused"],
                &["login-failed", "refresh-reused"],
            ),
            (&["--account", "A1"], &["login-failed", "role-granted"]),
            (&["--source", "2001:DB8::/64"], &["refresh-reused"]),
            (&["--source", "192.0.2.1", "--account", "a2"], &[]),
        ] {
            let (lines, unread) = printed(arguments);
            let found: Vec<_> = lines
                .iter()
                .map(|line| line.split("  ").nth(1).unwrap())
                .collect();
            assert_eq!(found, kinds, "{arguments:?}");
            assert_eq!(unread, 2);
        }
    }

    #[test]
    fn an_event_is_one_line_with_all_its_members() {
        let (lines, _) = printed(&[]);
        assert_eq!(
            lines[0],
            "2026-01-31T09:30:00.5Z  login-failed  subject=a1  source=192.0.2.1  request_id=r1"
        );
        assert_eq!(
            lines[1],
            "2026-01-31T10:00:00Z  role-granted  subject=a2  actor=a1  object=admin  extra=7"
        );
        assert!(lines[2].contains("object=s1\\u{1b}[31m"), "{}", lines[2]);
        assert_eq!(lines[3], "-  account-created  subject=a3");
        let (json, _) = printed(&["--format", "json", "--kind", "role-granted"]);
        let event: Value = serde_json::from_str(&json[0]).unwrap();
        assert_eq!(
            (&event["extra"], &event["actor"]),
            (&7.into(), &"a1".into())
        );
    }

    #[test]
    fn what_no_filter_takes_is_refused_with_what_it_takes() {
        for (arguments, wanted) in [
            (["--since", "yesterday"], "2026-01-31T09:30:00Z"),
            (["--until", "2026-02-30"], "2026-01-31T09:30:00Z"),
            (["--kind", "login"], "login-failed"),
            (["--account", "ada@example.com"], "countersign users list"),
            (["--format", "xml"], "json"),
        ] {
            let line = ["audit"].iter().chain(&arguments);
            let error = Line::try_parse_from(line).err().unwrap().to_string();
            assert!(
                error.contains(arguments[1]) && error.contains(wanted),
                "{error}"
            );
        }
    }

    #[test]
    fn a_time_may_be_how_long_ago_it_was() {
        let now = OffsetDateTime::from_unix_timestamp(1_000_000).unwrap();
        for (text, ago) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1_800),
            ("24h", 86_400),
            ("7d", 604_800),
        ] {
            let time = parse_time_at(text, now).unwrap();
            assert_eq!(time.unix_timestamp(), 1_000_000 - ago, "{text}");
        }
        for text in [
            "",
            "7",
            "d",
            "-1d",
            "1w",
            "1.5h",
            "99999999999999999999d",
            "é",
        ] {
            assert!(parse_time_at(text, now).is_err(), "{text}");
        }
    }
}
