use std::fmt;

/// A date of a receipt: the carrier's local time, whose zone the receipt does not tell.
///
/// Invariant: a day that exists in 2000 to 9999, hour under 24, minute and second under 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptDate {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: Option<u8>,
}

impl ReceiptDate {
    /// Reads YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDDhhmm or YYYYMMDDhhmmss.
    ///
    /// Twelve digits are tried with seconds first. All zeros and impossible dates are `None`.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        match digits.len() {
            10 => Self::from_digits(2, digits),
            12 => Self::from_digits(2, digits).or_else(|| Self::from_digits(4, digits)),
            14 => Self::from_digits(4, digits),
            _ => None,
        }
    }

    /// Reads a year of `year_digits`, and then pairs of digits.
    fn from_digits(year_digits: usize, digits: &str) -> Option<Self> {
        let (year, rest) = digits.split_at(year_digits);
        let year = year.parse::<u16>().ok()? + if year_digits == 2 { 2000 } else { 0 };
        let pair = |index: usize| rest.get(2 * index..2 * index + 2)?.parse::<u8>().ok();
        let date = Self {
            year,
            month: pair(0)?,
            day: pair(1)?,
            hour: pair(2)?,
            minute: pair(3)?,
            second: pair(4),
        };
        date.exists().then_some(date)
    }

    fn exists(&self) -> bool {
        self.year >= 2000
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second.unwrap_or(0) < 60
    }

    /// Year, month (1 to 12) and day (1 to 31).
    #[must_use]
    pub const fn date(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour, minute and, where the carrier tells it, second.
    #[must_use]
    pub const fn time(&self) -> (u8, u8, Option<u8>) {
        (self.hour, self.minute, self.second)
    }

    /// Seconds since 1970-01-01T00:00 UTC, if the carrier's clock is `zone_seconds` ahead of UTC.
    #[must_use]
    pub fn unix_seconds(&self, zone_seconds: i32) -> i64 {
        let days = crate::time::days_since_epoch(self.year.into(), self.month, self.day);
        let of_day = i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second.unwrap_or(0));
        days * 86_400 + of_day - i64::from(zone_seconds)
    }
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2008-09-01T11:30`, with seconds where the carrier tells them.
impl fmt::Display for ReceiptDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")?;
        second.map_or(Ok(()), |second| write!(f, ":{second:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(digits: &str) -> Option<String> {
        ReceiptDate::parse(digits).map(|date| date.to_string())
    }

    #[test]
    fn every_length_carriers_use_is_read() {
        assert_eq!(shown("0809011130").as_deref(), Some("2008-09-01T11:30"));
        assert_eq!(shown("190608165232").as_deref(), Some("2019-06-08T16:52:32"));
        assert_eq!(shown("202403101530").as_deref(), Some("2024-03-10T15:30"));
        assert_eq!(shown("20240310153059").as_deref(), Some("2024-03-10T15:30:59"));
    }

    #[test]
    fn impossible_dates_are_no_dates() {
        for digits in ["0000000000", "000000000000", "2402300000", "2302290000", "2401012400", "24010", "24-1-1", ""] {
            assert_eq!(shown(digits), None, "{digits}");
        }
        assert!(shown("2402290001").is_some());
    }

    #[test]
    fn the_zone_is_the_callers_to_know() {
        let date = ReceiptDate::parse("700101000000").expect("2070");
        assert_eq!(date.unix_seconds(0) - date.unix_seconds(9 * 3_600), 32_400);
        assert_eq!(ReceiptDate::parse("0001010000").map(|date| date.unix_seconds(0)), Some(946_684_800));
    }
}
