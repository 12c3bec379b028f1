//! Answers on standard output: for people, or one JSON object a line.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::cli::Format;

/// Writes one answer in the form asked for.
pub fn answer(format: Format, json: &Value, human: impl FnOnce() -> String) -> io::Result<()> {
    let text = match format {
        Format::Json => json.to_string(),
        Format::Human => human(),
    };
    line(&text)
}

/// Writes a line at once: a reader may wait for it.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a JSON object as a line.
pub fn json(value: &Value) -> io::Result<()> {
    line(&value.to_string())
}

/// A time of day in UTC, to the millisecond.
pub fn clock(at_us: i64) -> String {
    match Timestamp::from_microsecond(at_us) {
        Ok(at) => at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S%.3f").to_string(),
        Err(_) => at_us.to_string(),
    }
}

/// A span as people say it: `840 µs`, `3.2 ms`, `1.4 s`.
pub fn span(us: i64) -> String {
    let value = us as f64;
    match us.abs() {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", value / 1e3),
        _ => format!("{:.1} s", value / 1e6),
    }
}

/// The words of a proto enum value, without its prefix: `MESSAGE_STATE_DELIVERED` is `DELIVERED`.
pub fn word(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_times_read_well() {
        assert_eq!((span(840), span(3_240), span(1_400_000)), ("840 µs".into(), "3.2 ms".into(), "1.4 s".into()));
        assert_eq!(clock(1_700_000_000_123_456), "22:13:20.123");
        assert_eq!(word("MESSAGE_STATE_DELIVERED", "MESSAGE_STATE_"), "DELIVERED");
    }
}
