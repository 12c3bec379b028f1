//! Carriers, accounts and routes.

use std::collections::BTreeSet;

use volley_events::config::{
    AccountConfig, CarrierConfig, CarrierProfileConfig, ConfigChange, MessageIdForm, RouteConfig,
};
use volley_types::{AccountId, CarrierName, Country, SpanMs};

use crate::fault::{Checks, Faults};

/// Longest host name, in octets (RFC 1035 §2.3.4).
const HOST_OCTETS_MAX: usize = 253;
/// Longest login, in octets. SMPP 3.4 §4.1.1 allows 15; some carriers take longer ones.
const SYSTEM_ID_OCTETS_MAX: usize = 64;
/// Most sessions of an account.
const BINDS_MAX: u64 = 16;
/// Most unanswered submits of a session, and how many when nothing is said.
const WINDOW_MAX: u64 = 1_000;
const WINDOW_DEFAULT: u64 = 10;
/// How long a submit may stay unanswered, in milliseconds.
const RESPONSE_TIMEOUT_MS_MIN: u64 = 1_000;
const RESPONSE_TIMEOUT_MS_MAX: u64 = 300_000;
const RESPONSE_TIMEOUT_MS_DEFAULT: u64 = 30_000;
/// Longest prefix of a route, in digits: a whole number in E.164.
const PREFIX_DIGITS_MAX: usize = 15;
/// Most accounts of a route.
const ROUTE_ACCOUNTS_MAX: usize = 16;

/// A carrier as it came.
#[derive(Debug, Clone, Copy)]
pub struct CarrierDraft<'a> {
    /// Its name.
    pub carrier: &'a str,
    /// Its country.
    pub home: &'a str,
    /// How it writes ids; `None` when the form is not known.
    pub ids: Option<MessageIdForm>,
}

impl CarrierDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let carrier = checks.read("carrier", CarrierName::new(self.carrier));
        let home = checks.read("home", Country::new(self.home));
        checks.require(self.ids.is_some(), "id_form", "is not a form of message ids");
        checks.finish(|| Some(ConfigChange::Carrier(CarrierConfig { carrier: carrier?, home: home?, ids: self.ids? })))
    }
}

/// A carrier's profile as it came.
#[derive(Debug, Clone, Copy)]
pub struct CarrierProfileDraft<'a> {
    /// The carrier.
    pub carrier: &'a str,
    /// Its profile, TOML.
    pub profile: &'a str,
}

impl CarrierProfileDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields; those of the profile as `profile.<key>`.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let carrier = checks.read("carrier", CarrierName::new(self.carrier));
        if let Err(faults) = volley_carrier_profile::read(self.profile) {
            for fault in faults.0 {
                let field = if fault.key.is_empty() {
                    "profile".to_owned()
                } else {
                    format!("profile.{}", fault.key)
                };
                checks.fail(field, fault.fault);
            }
        }
        let profile = self.profile.to_owned();
        checks.finish(|| Some(ConfigChange::CarrierProfile(CarrierProfileConfig { carrier: carrier?, profile })))
    }
}

/// An account as it came. Zero means the default where there is one.
#[derive(Debug, Clone, Copy)]
pub struct AccountDraft<'a> {
    /// Its id.
    pub account: &'a str,
    /// Its carrier.
    pub carrier: &'a str,
    /// Host name or address.
    pub host: &'a str,
    /// TCP port.
    pub port: u32,
    /// The login.
    pub system_id: &'a str,
    /// Sessions.
    pub binds: u32,
    /// Unanswered submits of a session.
    pub window: u32,
    /// Segments a second; 0 is unlimited.
    pub segments_per_second: u32,
    /// How long a submit may stay unanswered, in milliseconds.
    pub response_timeout_ms: u64,
    /// It sends nothing and binds nowhere.
    pub closed: bool,
}

impl AccountDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let account = checks.read("account", AccountId::new(self.account));
        let carrier = checks.read("carrier", CarrierName::new(self.carrier));
        printable(&mut checks, "host", self.host, HOST_OCTETS_MAX);
        let port = checks.within("port", self.port.into(), 0, 1, u16::MAX.into());
        printable(&mut checks, "system_id", self.system_id, SYSTEM_ID_OCTETS_MAX);
        let binds = checks.within("binds", self.binds.into(), 1, 1, BINDS_MAX);
        let window = checks.within("window", self.window.into(), WINDOW_DEFAULT, 1, WINDOW_MAX);
        let timeout_ms = checks.within(
            "response_timeout_ms",
            self.response_timeout_ms,
            RESPONSE_TIMEOUT_MS_DEFAULT,
            RESPONSE_TIMEOUT_MS_MIN,
            RESPONSE_TIMEOUT_MS_MAX,
        );
        checks.finish(|| {
            Some(ConfigChange::Account(AccountConfig {
                account: account?,
                carrier: carrier?,
                host: self.host.to_owned(),
                port: u16::try_from(port?).ok()?,
                system_id: self.system_id.to_owned(),
                binds: u16::try_from(binds?).ok()?,
                window: u16::try_from(window?).ok()?,
                segments_per_second: self.segments_per_second,
                response_timeout: SpanMs::from_millis(timeout_ms?),
                closed: self.closed,
            }))
        })
    }
}

/// Between 1 and `limit` octets of printable ASCII without blanks.
fn printable(checks: &mut Checks, field: &str, text: &str, limit: usize) {
    let octets = text.len();
    checks.require((1..=limit).contains(&octets), field, format!("has {octets} octets; allowed are 1 to {limit}"));
    let allowed = text.bytes().all(|octet| octet.is_ascii_graphic());
    checks.require(allowed, field, "has a character that is not printable ASCII, or a blank");
}

/// A route as it came.
#[derive(Debug, Clone, Copy)]
pub struct RouteDraft<'a> {
    /// First digits of the handset's number; empty is the default route.
    pub prefix: &'a str,
    /// The accounts, the preferred one first; none removes the route.
    pub accounts: &'a [String],
}

impl RouteDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let digits = self.prefix.len() <= PREFIX_DIGITS_MAX && self.prefix.bytes().all(|octet| octet.is_ascii_digit());
        checks.require(digits, "prefix", format!("is not 0 to {PREFIX_DIGITS_MAX} digits without +"));
        let accounts = checks.read_all("accounts", ROUTE_ACCOUNTS_MAX, self.accounts, AccountId::new);
        let distinct = self.accounts.iter().collect::<BTreeSet<_>>().len() == self.accounts.len();
        checks.require(distinct, "accounts", "names an account twice");
        checks.finish(|| Some(ConfigChange::Route(RouteConfig { prefix: self.prefix.to_owned(), accounts: accounts? })))
    }
}
