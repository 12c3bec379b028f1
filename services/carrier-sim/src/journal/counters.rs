//! How often each thing has happened since the start.

use serde::{Deserialize, Serialize};

/// Counts since the start; those marked *now* are gauges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Binds open now.
    pub binds_open: u64,
    /// Binds granted.
    pub binds_accepted: u64,
    /// Binds refused, whatever for.
    pub binds_refused: u64,
    /// Links that ended, whoever ended them.
    pub links_closed: u64,
    /// `submit_sm` that arrived on a bind that may send.
    pub submits: u64,
    /// Of those, taken.
    pub submits_taken: u64,
    /// Of those, refused for any reason, throttled ones among them.
    pub submits_refused: u64,
    /// Of the refused, over the account's rate or window.
    pub throttled: u64,
    /// Taken segments whose source, destination, coding and octets had been taken before.
    pub duplicates: u64,
    /// `submit_sm_resp` put on a socket.
    pub responses: u64,
    /// Submits without a response on links open now.
    pub unanswered: u64,
    /// Submits that were without a response when their link ended.
    pub responses_lost: u64,
    /// Receipts put on a socket, each counted once.
    pub receipts_sent: u64,
    /// Receipts answered with 0.
    pub receipts_acked: u64,
    /// Receipts not yet answered with 0, now.
    pub receipts_pending: u64,
    /// Parts of texts from handsets put on a socket, each counted once.
    pub mos_sent: u64,
    /// Parts of texts from handsets answered with 0.
    pub mos_acked: u64,
    /// Parts of texts from handsets not yet answered with 0, now.
    pub mos_pending: u64,
    /// Receipts and parts sent again.
    pub redeliveries: u64,
    /// Receipts and parts given up because the client refused them for good.
    pub deliveries_refused: u64,
    /// Whole texts that reached a handset.
    pub texts: u64,
    /// `cancel_sm`, `query_sm` and `replace_sm` that came.
    pub questions: u64,
    /// `generic_nack` sent.
    pub generic_nacks: u64,
}
