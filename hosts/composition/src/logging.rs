//! Writes the log to standard error, as text for people or as JSON.

mod json;

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// The log level: less severe events are not logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// The level of this name, in upper or lower case. Python's names `critical` and `warning` are
    /// accepted.
    ///
    /// # Errors
    /// When no level has the name. The error lists the names.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        Ok(match name.to_lowercase().as_str() {
            "error" | "critical" => Self::Error,
            "warn" | "warning" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "trace" => Self::Trace,
            _ => return Err("it is one of error, warn, info, debug, trace"),
        })
    }
}

/// The format of the log's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    /// The format of this name, in upper or lower case.
    ///
    /// # Errors
    /// When no format has the name. The error lists the names.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        Ok(match name.to_lowercase().as_str() {
            "text" => Self::Text,
            "json" => Self::Json,
            _ => return Err("it is one of text, json"),
        })
    }
}

/// Starts logging. A process must call this once.
pub fn start(level: LogLevel, format: LogFormat) {
    let output = fmt::layer().with_writer(io::stderr);
    let output = match format {
        LogFormat::Json => output
            .fmt_fields(JsonFields::new())
            .event_format(json::FlatJson)
            .boxed(),
        LogFormat::Text => output.with_ansi(io::stderr().is_terminal()).boxed(),
    };
    tracing_subscriber::registry()
        .with(output.with_filter(targets(level)))
        .init();
}

/// The filter for a level. The events of libraries are logged from `info` on at most, because their
/// `debug` and `trace` events may hold header fields and documents. The audit log is written at
/// every level.
fn targets(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_target("auth_", level)
        .with_target("countersign", level)
        .with_target("bootstrap", level)
        .with_target("audit", LevelFilter::INFO)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_stay_quiet_and_the_audit_log_is_kept() {
        for (level, target, event, logged) in [
            (LogLevel::Trace, "auth_rest::problem", Level::TRACE, true),
            (LogLevel::Trace, "countersign::serve", Level::TRACE, true),
            (LogLevel::Trace, "h2::proto", Level::DEBUG, false),
            (LogLevel::Trace, "hyper::proto", Level::INFO, true),
            (LogLevel::Error, "hyper::proto", Level::WARN, false),
            (LogLevel::Error, "audit", Level::INFO, true),
            (LogLevel::Warn, "auth_rest::problem", Level::INFO, false),
        ] {
            assert_eq!(
                targets(level).would_enable(target, &event),
                logged,
                "{level:?} {target}"
            );
        }
    }
}
