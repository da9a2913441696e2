//! Formats times for people and programs.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time `millis` milliseconds after the Unix epoch, as RFC 3339 text in UTC, to the second. A
/// time after the year 9999 is printed as its number.
pub fn format_millis(millis: u64) -> String {
    format_seconds(millis / 1000)
}

/// The time `seconds` seconds after the Unix epoch, as [`format_millis`] prints it.
pub fn format_seconds(seconds: u64) -> String {
    let time = i64::try_from(seconds)
        .ok()
        .map(OffsetDateTime::from_unix_timestamp);
    let text = time
        .and_then(Result::ok)
        .and_then(|time| time.format(&Rfc3339).ok());
    text.unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_utc_to_the_second() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_700_000_000_999, "2023-11-14T22:13:20Z"),
            (u64::MAX, "18446744073709551"),
        ] {
            assert_eq!(format_millis(millis), text);
        }
    }
}
