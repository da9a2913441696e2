//! Spans of time as case files write them.

use std::time::Duration;

/// Reads `"10s"`, `"15m"`, `"2h"`, `"30d"`, `"250ms"`, and several of them after one another.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = rest.split_at(digits);
        let end = unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len());
        let factor = match &unit[..end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(factor)?;
        millis = millis.checked_add(part)?;
        rest = &unit[end..];
    }
    // A thousand years: no time of a test overflows.
    (!text.is_empty() && millis < 31_536_000_000_000).then(|| Duration::from_millis(millis))
}

pub(crate) fn not_a_duration(text: &str) -> String {
    format!("`{text}` is no span of time; write `90s`, `15m`, `2h`, `30d` or `1h30m`")
}

/// A span of time as a case file writes it.
pub(crate) fn describe_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => "0s".to_owned(),
        _ if millis.is_multiple_of(86_400_000) => format!("{}d", millis / 86_400_000),
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spans_of_time() {
        for (text, millis) in [
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("1h30m", Some(5_400_000)),
            ("30d", Some(2_592_000_000)),
            ("", None),
            ("5", None),
            ("s", None),
            ("5 s", None),
            ("-5s", None),
            ("1w", None),
            ("5sé", None),
            ("999999999999d", None),
            ("99999999999999999999s", None),
        ] {
            let millis = millis.map(Duration::from_millis);
            assert_eq!(parse_duration(text), millis, "{text}");
        }
    }
}
