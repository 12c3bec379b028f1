//! Why the task of a carrier ended.

use volley_event_log::LogError;
use volley_rows::RowError;
use volley_smpp::ConfigError;
use volley_state_store::StoreError;
use volley_types::{AccountId, CarrierName};

/// Why the task of a carrier ended. Unless another run took over, it starts again by itself after a pause.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// The log refuses for good: a position it does not hold any more, or damage.
    #[error("the log refused")]
    Log(#[from] LogError),
    /// The store cannot be opened or written.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A row cannot be read or written.
    #[error("a row failed")]
    Rows(#[from] RowError),
    /// An account is configured in a way that no session can run with.
    #[error("account {account} cannot bind")]
    Session {
        /// The account.
        account: AccountId,
        /// What is wrong with it.
        source: ConfigError,
    },
    /// A later run owns the carrier now.
    #[error("a later run took the carrier {0} over")]
    Overtaken(CarrierName),
    /// The right to send ran out between deciding to send and the socket: the process stood still. Nothing of that turn went out.
    #[error("the lease of the carrier {0} ran out before what was decided could be sent")]
    Lapsed(CarrierName),
    /// The carrier is not configured any more; records are never taken back, so the log is another one.
    #[error("the carrier {0} is not configured")]
    Unknown(CarrierName),
}
