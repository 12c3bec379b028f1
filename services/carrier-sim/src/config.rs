//! What a carrier is made of: accounts, delays, rules, persons, and where its journal lies.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

use crate::pattern::Pattern;
use crate::person::{PERSONS_MAX, Person, default_persons};
use crate::rule::{RULES_MAX, RuleFor};
use crate::timetable::{EVERY_MS_MIN, TIMETABLE_MAX, TimetableLine};

/// The longest login name in octets (SMPP 3.4 §5.2.1).
const SYSTEM_ID_OCTETS_MAX: usize = 15;

/// A carrier's configuration; every key may be left out, an unknown one is an error that names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimConfig {
    /// Where to listen for binds; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The `system_id` this carrier gives in bind responses, at most 15 octets.
    pub name: String,
    /// Who may bind.
    pub accounts: Vec<AccountConfig>,
    /// Milliseconds from a submit to its receipt.
    pub receipt_delay_ms: u32,
    /// Milliseconds from a submit to its response.
    pub response_delay_ms: u32,
    /// Milliseconds a receipt or text waits for its answer before it is sent again, on another bind if there is one.
    pub ack_timeout_ms: u32,
    /// Milliseconds without a PDU after which the carrier sends `enquire_link`; after three such spans it hangs up.
    pub idle_ms: u32,
    /// The seed of every choice left to chance.
    pub seed: u64,
    /// The first message id; without one, a number from the clock that no earlier run has given.
    pub first_message_id: Option<u64>,
    /// Whether the table of last digits is in force.
    pub rules_by_last_digits: bool,
    /// Rules by number dialled; the first that fits is taken, before the table of last digits.
    pub rules: Vec<RuleFor>,
    /// What happens by the clock, counted from the start.
    pub timetable: Vec<TimetableLine>,
    /// Who answers; the first whose number fits.
    pub persons: Vec<Person>,
    /// The file of the journal, JSON Lines, appended to; none keeps it in memory only.
    pub journal: Option<PathBuf>,
    /// Journal entries kept in memory for look-ups.
    pub journal_entries_max: usize,
    /// Received texts kept for the inboxes of all handsets together.
    pub texts_max: usize,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            name: "carrier-sim".to_owned(),
            accounts: Vec::new(),
            receipt_delay_ms: 100,
            response_delay_ms: 0,
            ack_timeout_ms: 10_000,
            idle_ms: 60_000,
            seed: 1,
            first_message_id: None,
            rules_by_last_digits: true,
            rules: Vec::new(),
            timetable: Vec::new(),
            persons: Vec::new(),
            journal: None,
            journal_entries_max: 100_000,
            texts_max: 100_000,
        }
    }
}

/// One login and its limits.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// The login name, at most 15 octets.
    pub system_id: String,
    /// The password; longer ones than the standard's 8 octets are fine.
    pub password: String,
    /// Binds open at once; one more is refused with ESME_RBINDFAIL (0x0D).
    #[serde(default = "default_binds_max")]
    pub binds_max: u32,
    /// Segments taken a second, with a burst of a tenth of it; the rest is refused with ESME_RTHROTTLED (0x58). 0 is unlimited.
    #[serde(default)]
    pub segments_per_second: u32,
    /// Unanswered submits a bind may have; one more is refused with ESME_RTHROTTLED (0x58). 0 is unlimited.
    #[serde(default)]
    pub window: u32,
    /// Unanswered receipts and texts the carrier has on one bind at most.
    #[serde(default = "default_deliver_window")]
    pub deliver_window: u32,
    /// The numbers whose texts from handsets go to this account, whoever wrote from them last.
    #[serde(default)]
    pub numbers: Vec<Pattern>,
}

fn default_binds_max() -> u32 {
    8
}

fn default_deliver_window() -> u32 {
    100
}

impl AccountConfig {
    /// An account with eight binds and no limit of rate.
    pub fn new(system_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            system_id: system_id.into(),
            password: password.into(),
            binds_max: default_binds_max(),
            segments_per_second: 0,
            window: 0,
            deliver_window: default_deliver_window(),
            numbers: Vec::new(),
        }
    }
}

/// Shows the login and its limits, not the password.
impl fmt::Debug for AccountConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountConfig")
            .field("system_id", &self.system_id)
            .field("binds_max", &self.binds_max)
            .field("segments_per_second", &self.segments_per_second)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is not TOML of this form.
    #[error("the configuration does not read")]
    Toml(#[from] toml::de::Error),
    /// A login name cannot go over the wire.
    #[error("system_id `{0}` must have 1 to {SYSTEM_ID_OCTETS_MAX} octets")]
    SystemId(String),
    /// Two accounts have one name.
    #[error("system_id `{0}` is there twice")]
    SystemIdTwice(String),
    /// A limit that leaves nothing.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// A line of the timetable that would happen without pause.
    #[error("every_ms is {every_ms}, and must be at least {EVERY_MS_MIN}")]
    TooOften {
        /// The milliseconds between two times.
        every_ms: u64,
    },
    /// Too many of something.
    #[error("{what}: {count}, the limit is {max}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}

impl SimConfig {
    /// A carrier with one account and nothing else out of the ordinary.
    pub fn with_account(system_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self { accounts: vec![AccountConfig::new(system_id, password)], ..Self::default() }
    }

    /// The same with the persons of [`default_persons`].
    #[must_use]
    pub fn with_default_persons(mut self) -> Self {
        self.persons.extend(default_persons());
        self
    }

    /// Reads TOML and checks it.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for account in &self.accounts {
            check_name(&account.system_id)?;
            if !names.insert(account.system_id.as_str()) {
                return Err(ConfigError::SystemIdTwice(account.system_id.clone()));
            }
            at_least_one(account.binds_max, "binds_max")?;
            at_least_one(account.deliver_window, "deliver_window")?;
        }
        check_name(&self.name)?;
        at_least_one(self.ack_timeout_ms, "ack_timeout_ms")?;
        at_least_one(self.idle_ms, "idle_ms")?;
        at_most(self.rules.len(), RULES_MAX, "rules")?;
        at_most(self.timetable.len(), TIMETABLE_MAX, "timetable")?;
        self.timetable.iter().try_for_each(TimetableLine::check)?;
        at_most(self.persons.len(), PERSONS_MAX, "persons")
    }
}

fn check_name(name: &str) -> Result<(), ConfigError> {
    match name.len() {
        1..=SYSTEM_ID_OCTETS_MAX if !name.contains('\0') => Ok(()),
        _ => Err(ConfigError::SystemId(name.to_owned())),
    }
}

fn at_least_one(value: u32, what: &'static str) -> Result<(), ConfigError> {
    if value == 0 { Err(ConfigError::Zero(what)) } else { Ok(()) }
}

fn at_most(count: usize, max: usize, what: &'static str) -> Result<(), ConfigError> {
    if count > max {
        Err(ConfigError::TooMany { what, count, max })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_configuration_reads() {
        let config = SimConfig::from_toml(include_str!("../carrier-sim.toml")).expect("the example");
        assert_eq!(config.accounts.len(), 1);
        assert!(!config.rules.is_empty() && !config.persons.is_empty() && config.timetable.len() == 3);
    }

    #[test]
    fn an_unknown_key_is_named_and_a_twin_refused() {
        let error = SimConfig::from_toml("recipt_delay_ms = 5").expect_err("a typing error");
        assert!(std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("recipt_delay_ms")));
        let twins = "[[accounts]]\nsystem_id = \"a\"\npassword = \"b\"\n".repeat(2);
        assert!(matches!(SimConfig::from_toml(&twins), Err(ConfigError::SystemIdTwice(_))));
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", SimConfig::with_account("volley", "s3cret")).contains("s3cret"));
    }
}
