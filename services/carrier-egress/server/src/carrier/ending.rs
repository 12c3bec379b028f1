//! Why a session ended, or never came to be: for the log, for health, and for what is tried next.

use std::time::Duration;

use volley_events::config::AccountConfig;
use volley_smpp::{BindMode, CloseReason, CommandStatus};

/// The end of a session, or of an attempt at one.
#[derive(Debug)]
pub(super) struct Ending {
    /// What the session says, or that there was no connection.
    pub reason: CloseReason,
    /// What the operating system says of the connection, if it ended by itself.
    pub cause: Option<String>,
    /// What the session was to do.
    pub mode: BindMode,
    /// A transmitter and a receiver would do as well.
    pub may_pair: bool,
    /// The connection was there.
    pub connected: bool,
}

impl Ending {
    /// Whether the carrier does not know what a transceiver is (telecom.md §3.3: then a transmitter and a receiver will do).
    pub fn asks_for_a_pair(&self) -> bool {
        let unknown = CloseReason::BindRefused(CommandStatus::INVALID_COMMAND_ID);
        self.may_pair && self.mode == BindMode::Transceiver && self.reason == unknown
    }

    /// In words, for health: nothing in them changes from one attempt to the next.
    pub fn in_words(&self, config: &AccountConfig) -> String {
        let AccountConfig { account, host, port, .. } = config;
        let cause = self.cause.as_deref().map(|cause| format!(": {cause}")).unwrap_or_default();
        match self.reason {
            CloseReason::BindRefused(status) => {
                let mode = name_of(self.mode);
                format!("account {account}: {host}:{port} refuses the login of a {mode}: {status}")
            }
            CloseReason::BindTimeout => format!("account {account}: {host}:{port} does not answer the login"),
            CloseReason::ConnectionLost if !self.connected => {
                format!("account {account}: {host}:{port} cannot be reached{cause}")
            }
            reason => format!("account {account}: the session with {host}:{port} ended: {reason:?}{cause}"),
        }
    }

    /// One line in the log. What we asked for ourselves is no warning.
    pub fn log(&self, config: &AccountConfig, bind: u16, pause: Duration) {
        let AccountConfig { account, carrier, host, port, .. } = config;
        let (reason, cause) = (self.reason, self.cause.as_deref());
        match reason {
            CloseReason::Unbound => tracing::info!(%carrier, %account, bind, "a session ended, as we asked"),
            CloseReason::BindRefused(status) if self.asks_for_a_pair() => {
                tracing::info!(%carrier, %account, bind, %status, "no transceivers there: a transmitter and a receiver instead");
            }
            CloseReason::BindRefused(status) => {
                let mode = name_of(self.mode);
                tracing::warn!(%carrier, %account, bind, mode, %status, ?pause, "the carrier refused the login");
            }
            CloseReason::ConnectionLost if !self.connected => {
                tracing::warn!(%carrier, %account, bind, host, port, cause, ?pause, "the carrier cannot be reached");
            }
            _ => tracing::warn!(%carrier, %account, bind, ?reason, cause, ?pause, "a session ended"),
        }
    }
}

fn name_of(mode: BindMode) -> &'static str {
    match mode {
        BindMode::Transmitter => "transmitter",
        BindMode::Receiver => "receiver",
        BindMode::Transceiver => "transceiver",
    }
}

#[cfg(test)]
mod tests {
    use volley_types::{AccountId, CarrierName, SpanMs};

    use super::*;

    fn account() -> AccountConfig {
        AccountConfig {
            account: AccountId::new("acme-1").unwrap(),
            carrier: CarrierName::new("acme").unwrap(),
            host: "127.0.0.1".into(),
            port: 2775,
            system_id: "volley".into(),
            binds: 1,
            window: 10,
            segments_per_second: 0,
            response_timeout: SpanMs::from_secs(30),
            closed: false,
        }
    }

    fn refused(status: CommandStatus, mode: BindMode) -> Ending {
        Ending {
            reason: CloseReason::BindRefused(status),
            cause: None,
            mode,
            may_pair: true,
            connected: true,
        }
    }

    #[test]
    fn words_name_the_account_the_place_and_the_status() {
        assert_eq!(
            refused(CommandStatus::INVALID_PASSWORD, BindMode::Transceiver).in_words(&account()),
            "account acme-1: 127.0.0.1:2775 refuses the login of a transceiver: ESME_RINVPASWD (0x0E)"
        );
        let away = Ending {
            reason: CloseReason::ConnectionLost,
            cause: Some("Connection refused".into()),
            mode: BindMode::Transceiver,
            may_pair: true,
            connected: false,
        };
        assert_eq!(away.in_words(&account()), "account acme-1: 127.0.0.1:2775 cannot be reached: Connection refused");
    }

    #[test]
    fn only_a_transceiver_refused_as_unknown_asks_for_a_pair() {
        assert!(refused(CommandStatus::INVALID_COMMAND_ID, BindMode::Transceiver).asks_for_a_pair());
        assert!(!refused(CommandStatus::INVALID_COMMAND_ID, BindMode::Receiver).asks_for_a_pair());
        assert!(!refused(CommandStatus::INVALID_PASSWORD, BindMode::Transceiver).asks_for_a_pair());
        let only = Ending {
            may_pair: false,
            ..refused(CommandStatus::INVALID_COMMAND_ID, BindMode::Transceiver)
        };
        assert!(!only.asks_for_a_pair(), "the profile wants transceivers and nothing else");
    }
}
