//! Times in answers.

use std::fmt;

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, PrimitiveDateTime};

/// Milliseconds since the Unix epoch, written as RFC 3339 in UTC with three decimals.
#[derive(Clone, Copy)]
pub(crate) struct Timestamp(pub(crate) u64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0).saturating_mul(1_000_000);
        // RFC 3339 ends with the year 9999.
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .unwrap_or_else(|_| PrimitiveDateTime::MAX.assume_utc());
        let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
        let (hour, minute, second, milli) = time.to_hms_milli();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_rfc_3339_with_milliseconds() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_700_000_000_120, "2023-11-14T22:13:20.120Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(millis).to_string(), text);
        }
    }
}
