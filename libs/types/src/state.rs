//! The states of a message as a client sees them, and the one list of reasons.

use serde::{Deserialize, Serialize};

/// Where a message is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessageState {
    /// Durable in the log, not yet decided.
    Accepted,
    /// Waits in routing: for allowance, a retry, or configuration.
    Queued,
    /// Handed to an account's lane.
    Routed,
    /// The carrier took it.
    Submitted,
    /// Over.
    Final(FinalState),
}

/// How a message ended (G1). Each comes with a [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FinalState {
    /// The handset has it.
    Delivered,
    /// The carrier refused it or could not deliver it.
    Failed,
    /// Its validity ended first.
    Expired,
    /// Nobody will ever tell.
    Unknown,
    /// Volley would not send it.
    Refused,
    /// The client took it back.
    Cancelled,
}

/// Why a message is in its state. One list for all services, with stable numbers (`volley.messaging.v1.Reason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// Nothing to explain: the good way.
    None,
    /// The receipt said delivered.
    ReceiptDelivered,
    /// The receipt said undeliverable.
    ReceiptUndeliverable,
    /// The receipt said expired at the carrier.
    ReceiptExpired,
    /// The receipt said deleted.
    ReceiptDeleted,
    /// The receipt said rejected.
    ReceiptRejected,
    /// The receipt said skipped (SMPP 5.0).
    ReceiptSkipped,
    /// The receipt said unknown.
    ReceiptUnknown,
    /// No receipt came by the end of validity and grace.
    NoReceipt,
    /// The carrier answered `submit_sm` with a permanent error.
    CarrierRefused,
    /// All retries were used up.
    RetriesExhausted,
    /// No attempt could be sent before the validity ended.
    ValidityEnded,
    /// The submit was never answered and the class forbids sending again.
    Ambiguous,
    /// The person opted out of this sender.
    OptedOut,
    /// No route leads to this number.
    NoRoute,
    /// The sender is not, or no longer, the tenant's.
    SenderNotOwned,
    /// The tenant is suspended.
    TenantSuspended,
    /// The text needs more segments than allowed.
    TooManySegments,
    /// The client cancelled it.
    CancelledByClient,
}
