//! Times and spans as people say them.

use crate::time::SmppTime;

/// A time of the form `YYMMDDhhmmsstnnp`, as people say it.
#[must_use]
pub fn time(text: &str) -> String {
    match text.parse::<SmppTime>() {
        Ok(SmppTime::Relative(span)) => format!("{} from then on", seconds(span.to_duration().as_secs())),
        Ok(SmppTime::Absolute(_)) => {
            let pair = |at: usize| text.get(at..at + 2).unwrap_or_default();
            let quarters = pair(13).parse::<u32>().unwrap_or(0);
            format!(
                "20{}-{}-{} {}:{}:{} at UTC{}{:02}:{:02}",
                pair(0),
                pair(2),
                pair(4),
                pair(6),
                pair(8),
                pair(10),
                text.get(15..).unwrap_or_default(),
                quarters / 4,
                quarters % 4 * 15
            )
        }
        Err(_) => "not a time of the form YYMMDDhhmmsstnnp".to_owned(),
    }
}

/// A span in its two largest units.
pub(super) fn seconds(total: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut left = total;
    let mut parts = Vec::new();
    for (size, name) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(time("000000001000000R"), "10 minutes from then on");
        assert_eq!(time("000002013000000R"), "2 days 1 hour from then on");
        assert_eq!(time("261122173000036+"), "2026-11-22 17:30:00 at UTC+09:00");
        assert_eq!(time("tomorrow"), "not a time of the form YYMMDDhhmmsstnnp");
    }
}
