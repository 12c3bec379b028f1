use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::CommandStatus;

/// What a refused `submit_sm` asks of its sender. No answer at all is not a class: that outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// Accepted.
    Ok,
    /// Cut the rate of the route and send again first; not counted as an attempt.
    ThrottleBackoff,
    /// The same route again, later.
    RetrySameRouteLater,
    /// Another route now; if there is none, once more on this one later.
    RetryOtherRoute,
    /// The message fails.
    Permanent,
    /// The session is of no use: close it and bind again after a pause.
    Rebind,
    /// Our setting is wrong: raise an alert; another route only where the sender is allowed.
    ConfigError,
}

impl StatusClass {
    /// The class of every code that the table does not name.
    pub const UNKNOWN_CODE: Self = Self::RetryOtherRoute;

    const NAMES: [(Self, &'static str); 7] = [
        (Self::Ok, "ok"),
        (Self::ThrottleBackoff, "throttle_backoff"),
        (Self::RetrySameRouteLater, "retry_same_route_later"),
        (Self::RetryOtherRoute, "retry_other_route"),
        (Self::Permanent, "permanent"),
        (Self::Rebind, "rebind"),
        (Self::ConfigError, "config_error"),
    ];

    /// The name used in configuration and reports, `retry_other_route`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        // The array is in the order of the variants.
        Self::NAMES[self as usize].1
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no status class.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a status class")]
pub struct UnknownStatusClass(String);

impl FromStr for StatusClass {
    type Err = UnknownStatusClass;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == word)
            .map(|(class, _)| *class)
            .ok_or_else(|| UnknownStatusClass(word.to_owned()))
    }
}

/// The classes of one carrier: the default table with that carrier's exceptions laid over it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusClasses {
    exceptions: BTreeMap<CommandStatus, StatusClass>,
}

impl StatusClasses {
    /// Gives `status` another class at this carrier.
    #[must_use]
    pub fn with(mut self, status: CommandStatus, class: StatusClass) -> Self {
        self.exceptions.insert(status, class);
        self
    }

    /// Where this carrier departs from the table, by code.
    pub fn exceptions(&self) -> impl Iterator<Item = (CommandStatus, StatusClass)> {
        self.exceptions.iter().map(|(status, class)| (*status, *class))
    }

    /// The class of `status` at this carrier.
    #[must_use]
    pub fn class_of(&self, status: CommandStatus) -> StatusClass {
        self.exceptions.get(&status).copied().unwrap_or_else(|| status.class())
    }
}

impl FromIterator<(CommandStatus, StatusClass)> for StatusClasses {
    fn from_iter<I: IntoIterator<Item = (CommandStatus, StatusClass)>>(exceptions: I) -> Self {
        Self { exceptions: exceptions.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_may_see_a_code_differently() {
        let classes = StatusClasses::default().with(CommandStatus::SUBMIT_FAILED, StatusClass::Permanent);

        assert_eq!(classes.class_of(CommandStatus::SUBMIT_FAILED), StatusClass::Permanent);
        assert_eq!(classes.class_of(CommandStatus::THROTTLED), StatusClass::ThrottleBackoff);
    }

    #[test]
    fn every_class_name_reads_back() {
        for (class, name) in StatusClass::NAMES {
            assert_eq!(class.as_str(), name);
            assert_eq!(name.parse(), Ok(class));
        }
        assert!("whatever".parse::<StatusClass>().is_err());
    }
}
