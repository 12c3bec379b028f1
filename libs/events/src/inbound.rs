//! What came in from a carrier: receipts and replies.

use volley_types::{AccountId, ArrivalId, AttemptId, Body, CarrierName, DialAddress, SubscriberId, Timestamp};

use serde::{Deserialize, Serialize};

use crate::attempt::CarrierMessageId;

/// A delivery receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptArrived {
    /// Its arrival.
    pub arrival: ArrivalId,
    /// Who sent it.
    pub carrier: CarrierName,
    /// On which account.
    pub account: AccountId,
    /// The id it names, normalised as the carrier's profile says; `None` when it names none.
    pub carrier_message_id: Option<CarrierMessageId>,
    /// The attempt and segment (from 0) that id belongs to, when egress knew.
    pub attempt: Option<(AttemptId, u8)>,
    /// The handset it speaks of.
    pub subscriber: SubscriberId,
    /// What it says.
    pub state: ReceiptState,
    /// The carrier's error code, as written.
    pub error: Option<String>,
    /// When the carrier says it was done, if that could be read.
    pub done_at: Option<Timestamp>,
    /// When it came in.
    pub received_at: Timestamp,
    /// The octets of its text, so that a corrected profile can read them again.
    pub raw: Body,
}

/// What a receipt says (SMPP 3.4 §5.2.28, 5.0 §4.7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReceiptState {
    /// Still on its way: SCHEDULED, ENROUTE, ACCEPTED (telecom.md §4.3), or an intermediate notification.
    Enroute,
    /// The handset has it.
    Delivered,
    /// Its validity ended at the carrier.
    Expired,
    /// Somebody deleted it.
    Deleted,
    /// It cannot be delivered.
    Undeliverable,
    /// The network refused it.
    Rejected,
    /// Skipped (5.0).
    Skipped,
    /// The carrier does not know, or uses a word we do not.
    Unknown,
}

/// A message from a handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyArrived {
    /// Its arrival.
    pub arrival: ArrivalId,
    /// Who delivered it.
    pub carrier: CarrierName,
    /// On which account.
    pub account: AccountId,
    /// The handset, canonical.
    pub subscriber: SubscriberId,
    /// The handset as the carrier wrote it.
    pub source: DialAddress,
    /// The number it was sent to, as the carrier wrote it.
    pub destination: DialAddress,
    /// `data_coding` of the octets.
    pub data_coding: u8,
    /// `esm_class`, with the bits for the user data header.
    pub esm_class: u8,
    /// The octets of `short_message` or `message_payload`.
    pub octets: Body,
    /// `sar_*` parameters, when there were.
    pub part: Option<PartInfo>,
    /// When it came in at our edge.
    pub received_at: Timestamp,
    /// An equal one had been answered just before its bind died.
    pub possible_repeat: bool,
}

/// Which part of a long message this is, told outside the text (SMPP 3.4 §5.3.2.22 to 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartInfo {
    /// `sar_msg_ref_num`.
    pub reference: u16,
    /// `sar_total_segments`, from 1.
    pub total: u8,
    /// `sar_segment_seqnum`, from 1.
    pub sequence: u8,
}
