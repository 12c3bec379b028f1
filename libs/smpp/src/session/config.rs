use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::octets::EncodeError;
use crate::pdu::{Bind, BindMode};

/// Requests a session may have unanswered at most, whatever the carrier allows.
pub const WINDOW_MAX: u16 = 1_000;

/// How one session binds and how long it waits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// Our name at the carrier, at most 64 characters.
    pub system_id: String,
    /// Our password, at most 64 characters.
    pub password: String,
    /// `system_type`, mostly empty; at most 64 characters.
    pub system_type: String,
    /// What the session may do.
    pub mode: BindMode,
    /// `interface_version` to bind with: 0x34 for SMPP 3.4, 0x50 for 5.0.
    pub interface_version: u8,
    /// Requests unanswered at once, 1 to [`WINDOW_MAX`].
    pub window: u16,
    /// Silence of the carrier after which we ask whether it is there.
    pub enquire_link_interval: Duration,
    /// How long the carrier has to show life after we asked. The second miss in a row closes the session.
    pub enquire_link_timeout: Duration,
    /// How long the carrier has to answer the bind.
    pub bind_timeout: Duration,
    /// How long the carrier has to answer any other request; also the limit of an orderly end.
    pub response_timeout: Duration,
}

impl SessionConfig {
    /// A transceiver of SMPP 3.4 with the usual waits: window 10, enquiry after 30 s, its answer within 15 s,
    /// bind 15 s, responses 30 s.
    #[must_use]
    pub fn new(system_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            system_id: system_id.into(),
            password: password.into(),
            system_type: String::new(),
            mode: BindMode::Transceiver,
            interface_version: 0x34,
            window: 10,
            enquire_link_interval: Duration::from_secs(30),
            enquire_link_timeout: Duration::from_secs(15),
            bind_timeout: Duration::from_secs(15),
            response_timeout: Duration::from_secs(30),
        }
    }

    /// Checks every limit.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !(1..=WINDOW_MAX).contains(&self.window) {
            return Err(ConfigError::Window(self.window));
        }
        let waits = [
            ("enquire_link_interval", self.enquire_link_interval),
            ("enquire_link_timeout", self.enquire_link_timeout),
            ("bind_timeout", self.bind_timeout),
            ("response_timeout", self.response_timeout),
        ];
        for (setting, wait) in waits {
            if wait.is_zero() || wait > WAIT_MAX {
                return Err(ConfigError::Wait { setting });
            }
        }
        Ok(self.bind().check()?)
    }

    pub(super) fn bind(&self) -> Bind {
        Bind {
            mode: self.mode,
            system_id: self.system_id.clone(),
            password: self.password.clone(),
            system_type: self.system_type.clone(),
            interface_version: self.interface_version,
            ..Bind::default()
        }
    }
}

/// The longest wait that makes sense on a session.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Shows no password.
impl fmt::Debug for SessionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConfig")
            .field("system_id", &self.system_id)
            .field("mode", &self.mode)
            .field("interface_version", &format_args!("0x{:02X}", self.interface_version))
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// A setting that no session can run with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The window is 0 or over [`WINDOW_MAX`].
    #[error("a window of {0} is not between 1 and {WINDOW_MAX}")]
    Window(u16),
    /// A wait is zero or over a day.
    #[error("`{setting}` is not between 1 ms and 24 h")]
    Wait {
        /// The name of the setting.
        setting: &'static str,
    },
    /// A field of the bind does not fit the protocol.
    #[error("the bind cannot be written")]
    Bind(#[from] EncodeError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_senseless_settings_do_not() {
        let config = SessionConfig::new("acme", "secret08");
        assert_eq!(config.check(), Ok(()));

        for window in [0, WINDOW_MAX + 1] {
            let wide = SessionConfig { window, ..config.clone() };
            assert_eq!(wide.check(), Err(ConfigError::Window(window)));
        }
        let hasty = SessionConfig { bind_timeout: Duration::ZERO, ..config.clone() };
        assert_eq!(hasty.check(), Err(ConfigError::Wait { setting: "bind_timeout" }));
        let nul = SessionConfig { password: "a\0b".to_owned(), ..config };
        assert_eq!(nul.check(), Err(ConfigError::Bind(EncodeError::Unprintable { field: "password" })));
    }

    #[test]
    fn debug_shows_no_password() {
        assert!(!format!("{:?}", SessionConfig::new("acme", "secret08")).contains("secret08"));
    }
}
