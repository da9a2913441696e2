//! The JSON format of the log: one flat object on each line. The id of a request has the same name
//! in every event, and numbers stay numbers.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event with its own fields and those of its spans. Of two fields with one name, the
/// innermost is written.
pub struct FlatJson;

impl<S> FormatEvent<S, JsonFields> for FlatJson
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut members = Members::default();
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>() {
                members.extend(fields);
            }
        }
        event.record(&mut members);
        let metadata = event.metadata();
        for (name, value) in [
            ("timestamp", now()?),
            ("level", metadata.level().to_string()),
            ("target", metadata.target().to_owned()),
        ] {
            members.0.insert(name.to_owned(), value.into());
        }
        writeln!(writer, "{}", Value::Object(members.0))
    }
}

/// The members of the JSON object of one event.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn extend(&mut self, fields: &str) {
        // `JsonFields` wrote this text. It is empty for a span without fields.
        if let Ok(Value::Object(fields)) = serde_json::from_str(fields) {
            self.0.extend(fields);
        }
    }

    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

/// The current time as RFC 3339 text in UTC.
fn now() -> Result<String, fmt::Error> {
    let mut text = String::new();
    SystemTime.format_time(&mut Writer::new(&mut text))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let output = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .fmt_fields(JsonFields::new())
            .event_format(FlatJson);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(output), log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn an_event_is_one_object_without_objects_in_it() {
        let nothing: Option<&str> = None;
        let lines = logged(|| {
            let outer = tracing::info_span!("outer", request_id = "r1", depth = 1);
            let _outer = outer.entered();
            let _inner = tracing::info_span!("inner", depth = 2).entered();
            tracing::info!(
                ms = 1.5,
                status = 200_u16,
                ok = true,
                nothing,
                "two\nlines \"quoted\""
            );
            tracing::warn!(error = ?io::ErrorKind::NotFound, "second");
        });
        assert_eq!(lines.len(), 2);
        let mut first = lines[0].clone();
        let timestamp = first["timestamp"].take();
        assert!(timestamp.as_str().is_some_and(|time| time.ends_with('Z')));
        let expected = serde_json::json!({
            "timestamp": null, "level": "INFO", "target": module_path!(), "request_id": "r1",
            "depth": 2, "ms": 1.5, "status": 200, "ok": true,
            "message": "two\nlines \"quoted\"",
        });
        assert_eq!(first, expected);
        assert_eq!(lines[1]["request_id"], "r1");
        assert_eq!(lines[1]["error"], "NotFound");
    }
}
