//! The time format of SMPP 3.4 §7.1.1: `YYMMDDhhmmsstnnp`, absolute or relative, 16 characters or empty.
//!
//!   "000000001000000R"  in ten minutes          "261122173000000+"  2026-11-22 17:30 UTC
//!
//! TIM-1: every value that can be made writes itself and reads back equal.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// A validity period or delivery time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SmppTime {
    /// So long from now, by the carrier's clock. To be preferred: no two clocks need to agree.
    Relative(RelativeTime),
    /// At this moment.
    Absolute(AbsoluteTime),
}

/// Calendar units from now. Months and years are as long as the carrier takes them to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RelativeTime {
    years: u8,
    months: u8,
    days: u8,
    hours: u8,
    minutes: u8,
    seconds: u8,
}

/// A moment with its offset from UTC, in years 2000 to 2099.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsoluteTime {
    /// Tenths of a second since 1970-01-01T00:00 UTC.
    unix_tenths: i64,
    /// Quarter hours that the local time is ahead of UTC, -48 to 48.
    quarters_ahead: i8,
}

/// A text that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a time of the form YYMMDDhhmmsstnnp")]
pub struct TimeError;

/// 2000-01-01T00:00 UTC in Unix seconds.
const YEAR_2000: i64 = 946_684_800;
/// 2100-01-01T00:00 UTC in Unix seconds.
const YEAR_2100: i64 = 4_102_444_800;
/// The longest duration written in days alone, without a month whose length nobody states.
const RELATIVE_SECONDS_MAX: u64 = 30 * 86_400 + 86_399;
const QUARTERS_MAX: i8 = 48;

impl RelativeTime {
    /// A duration in days, hours, minutes and seconds, rounded up to a whole second.
    /// Months and years are not used: many carriers refuse them. Over 30 days it stays at 30 days, 23:59:59.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Self {
        let whole = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        let seconds = whole.min(RELATIVE_SECONDS_MAX);
        let part = |value: u64| u8::try_from(value).expect("every unit is under 60");
        Self {
            years: 0,
            months: 0,
            days: part(seconds / 86_400),
            hours: part(seconds / 3_600 % 24),
            minutes: part(seconds / 60 % 60),
            seconds: part(seconds % 60),
        }
    }

    /// The duration, a month taken as 30 days and a year as 365.
    #[must_use]
    pub fn to_duration(self) -> Duration {
        let days = u64::from(self.years) * 365 + u64::from(self.months) * 30 + u64::from(self.days);
        let of_day = u64::from(self.hours) * 3_600 + u64::from(self.minutes) * 60 + u64::from(self.seconds);
        Duration::from_secs(days * 86_400 + of_day)
    }
}

impl AbsoluteTime {
    /// The moment `unix_seconds` in UTC; `None` outside 2000 to 2099.
    #[must_use]
    pub fn from_unix_seconds(unix_seconds: i64) -> Option<Self> {
        (YEAR_2000..YEAR_2100)
            .contains(&unix_seconds)
            .then_some(Self { unix_tenths: unix_seconds * 10, quarters_ahead: 0 })
    }

    /// Seconds since 1970-01-01T00:00 UTC; tenths are cut off.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.unix_tenths.div_euclid(10)
    }
}

/// The 16 characters.
impl fmt::Display for SmppTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(time) => fmt::Display::fmt(time, f),
            Self::Absolute(time) => fmt::Display::fmt(time, f),
        }
    }
}

impl fmt::Display for RelativeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { years, months, days, hours, minutes, seconds } = self;
        write!(f, "{years:02}{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R")
    }
}

impl fmt::Display for AbsoluteTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.unix_tenths + i64::from(self.quarters_ahead) * 9_000;
        let (days, of_day) = (local.div_euclid(864_000), local.rem_euclid(864_000));
        let (year, month, day) = date_of(days);
        let (seconds, tenths) = (of_day / 10, of_day % 10);
        let sign = if self.quarters_ahead < 0 { '-' } else { '+' };
        write!(
            f,
            "{:02}{month:02}{day:02}{:02}{:02}{:02}{tenths}{:02}{sign}",
            year.rem_euclid(100),
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
            self.quarters_ahead.unsigned_abs(),
        )
    }
}

impl FromStr for SmppTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (digits, sign) = text.split_at_checked(15).ok_or(TimeError)?;
        if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(TimeError);
        }
        let number = |from: usize, to: usize| digits[from..to].parse::<u8>().map_err(|_| TimeError);
        let parts = Parts {
            years: number(0, 2)?,
            months: number(2, 4)?,
            days: number(4, 6)?,
            hours: number(6, 8)?,
            minutes: number(8, 10)?,
            seconds: number(10, 12)?,
            tenths: number(12, 13)?,
            quarters: number(13, 15)?,
        };
        match sign {
            "R" => Ok(Self::Relative(parts.relative()?)),
            "+" => Ok(Self::Absolute(parts.absolute(1)?)),
            "-" => Ok(Self::Absolute(parts.absolute(-1)?)),
            _ => Err(TimeError),
        }
    }
}

struct Parts {
    years: u8,
    months: u8,
    days: u8,
    hours: u8,
    minutes: u8,
    seconds: u8,
    tenths: u8,
    quarters: u8,
}

impl Parts {
    /// Tenths and quarters must be zero; no unit has a limit but its two digits.
    const fn relative(&self) -> Result<RelativeTime, TimeError> {
        if self.tenths != 0 || self.quarters != 0 {
            return Err(TimeError);
        }
        Ok(RelativeTime {
            years: self.years,
            months: self.months,
            days: self.days,
            hours: self.hours,
            minutes: self.minutes,
            seconds: self.seconds,
        })
    }

    fn absolute(&self, sign: i8) -> Result<AbsoluteTime, TimeError> {
        let days = days_since_epoch(2_000 + i64::from(self.years), self.months, self.days);
        let quarters = i8::try_from(self.quarters).ok().filter(|quarters| *quarters <= QUARTERS_MAX);
        let is_day = date_of(days) == (2_000 + i64::from(self.years), self.months, self.days);
        let is_time = self.hours < 24 && self.minutes < 60 && self.seconds < 60;
        if !is_day || !is_time {
            return Err(TimeError);
        }
        let quarters_ahead = sign * quarters.ok_or(TimeError)?;
        let of_day = i64::from(self.hours) * 3_600 + i64::from(self.minutes) * 60 + i64::from(self.seconds);
        let local_tenths = (days * 86_400 + of_day) * 10 + i64::from(self.tenths);
        Ok(AbsoluteTime { unix_tenths: local_tenths - i64::from(quarters_ahead) * 9_000, quarters_ahead })
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
pub(crate) fn days_since_epoch(year: i64, month: u8, day: u8) -> i64 {
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date `days` after 1970-01-01: year, month, day.
fn date_of(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let small = |value: i64| u8::try_from(value).expect("days and months are under 32");
    let day = small(of_year - (153 * shifted + 2) / 5 + 1);
    let month = small(if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_specification_read() {
        let two_days = "000002000000000R".parse::<SmppTime>();
        let long = "020610233429000R".parse::<SmppTime>();

        assert!(matches!(two_days, Ok(SmppTime::Relative(time)) if time.to_duration() == Duration::from_secs(172_800)));
        assert_eq!(long.map(|time| time.to_string()).as_deref(), Ok("020610233429000R"));
    }

    #[test]
    fn a_moment_is_the_same_in_every_zone() {
        let utc = "261122173000000+".parse::<SmppTime>();
        let seoul = "261123023000036+".parse::<SmppTime>();
        let unix = |time| match time {
            Ok(SmppTime::Absolute(time)) => time.unix_seconds(),
            other => panic!("no absolute time: {other:?}"),
        };

        assert_eq!(unix(utc), 1_795_368_600);
        assert_eq!(unix(seoul), unix(utc));
    }

    #[test]
    fn ten_minutes_from_now() {
        let validity = SmppTime::Relative(RelativeTime::from_duration(Duration::from_secs(600)));

        assert_eq!(validity.to_string(), "000000001000000R");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "R",
            "000002000000000",
            "000002000000000X",
            "00000200000000éR",
            "000002000000100R",
            "000002000000001R",
            "261322173000000+",
            "260230173000000+",
            "261122243000000+",
            "261122173000049+",
            "261122173000000+ ",
        ] {
            assert_eq!(text.parse::<SmppTime>(), Err(TimeError), "{text}");
        }
    }

    #[test]
    fn endless_durations_stop_at_a_month() {
        let endless = RelativeTime::from_duration(Duration::MAX);

        assert_eq!(endless.to_string(), "000030235959000R");
    }

    proptest! {
        /// TIM-1
        #[test]
        fn times_write_and_read_back(seconds in 0..=RELATIVE_SECONDS_MAX, unix in YEAR_2000..YEAR_2100) {
            let relative = RelativeTime::from_duration(Duration::from_secs(seconds));
            prop_assert_eq!(relative.to_duration(), Duration::from_secs(seconds));
            prop_assert_eq!(relative.to_string().parse(), Ok(SmppTime::Relative(relative)));

            let absolute = SmppTime::Absolute(AbsoluteTime::from_unix_seconds(unix).expect("in range"));
            prop_assert_eq!(absolute.to_string().parse(), Ok(absolute));
        }

        #[test]
        fn no_text_panics(text in ".{0,20}", digits in "[0-9]{15}[-+R]") {
            let _ = text.parse::<SmppTime>();
            if let Ok(time) = digits.parse::<SmppTime>() {
                prop_assert_eq!(time.to_string(), digits.replace("00-", "00+"));
            }
        }
    }
}
