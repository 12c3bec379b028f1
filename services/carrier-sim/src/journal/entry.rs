//! One line of the journal.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::wire::Address;

/// A fact with its place and time.
#[derive(Clone, Serialize)]
pub struct Entry {
    /// Rises by one from 0.
    pub position: u64,
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
    /// The account's `system_id`; empty before a bind.
    pub account: Arc<str>,
    /// The link, counted from 1 since the start; 0 where none is meant.
    pub bind: u64,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// A bind was granted.
    Bound {
        /// `transmitter`, `receiver` or `transceiver`.
        mode: &'static str,
    },
    /// A bind was refused.
    BindRefused {
        /// The command status.
        status: u32,
    },
    /// A link ended.
    Closed {
        /// Submits on it that never got a response.
        unanswered: u64,
    },
    /// A `submit_sm` arrived.
    Submit {
        /// Its sequence number on that bind.
        sequence: u32,
        /// From.
        source: Address,
        /// To.
        destination: Address,
        /// Message mode and type.
        esm_class: u8,
        /// The alphabet.
        data_coding: u8,
        /// Which receipts were asked for.
        registered_delivery: u8,
        /// The id given; none when refused.
        message_id: Option<Arc<str>>,
        /// The status decided on: 0 is taken.
        status: u32,
        /// Which part of how many, from 1; `[1, 1]` is a whole text.
        part: [u8; 2],
        /// The text of this segment alone.
        text: Arc<str>,
        /// XXH3-64 of that text in UTF-8; in the file 16 hexadecimal digits.
        #[serde(serialize_with = "as_hex")]
        text_hash: u64,
        /// Whether an equal segment had been taken before.
        duplicate: bool,
    },
    /// A `submit_sm_resp` was put on its socket.
    Response {
        /// The submit's sequence number.
        sequence: u32,
        /// The command status.
        status: u32,
        /// The id given.
        message_id: Option<Arc<str>>,
    },
    /// A `cancel_sm`, `query_sm` or `replace_sm` came.
    Question {
        /// `cancel`, `query` or `replace`.
        operation: &'static str,
        /// Its sequence number on that bind.
        sequence: u32,
        /// The message it is about, if there is one.
        message_id: Option<Arc<str>>,
        /// The status decided on: 0 is done.
        status: u32,
    },
    /// A handset got a whole text.
    Text {
        /// The handset.
        handset: String,
        /// From.
        source: Address,
        /// What it says.
        text: String,
        /// The ids of its segments in order.
        message_ids: Vec<Arc<str>>,
    },
    /// A receipt or a part of a text was put on a socket.
    DeliverySent {
        /// Names the delivery; redeliveries have the same.
        delivery: u64,
        /// What it is.
        delivery_kind: DeliveryKind,
        /// Its sequence number on that bind.
        sequence: u32,
        /// From 1.
        attempt: u32,
        /// The source address as sent.
        source: Address,
        /// The destination address as sent.
        destination: Address,
        /// Of a receipt: the id it speaks of.
        message_id: Option<Arc<str>>,
        /// Of a receipt its text, of an MO this part's.
        text: Arc<str>,
    },
    /// A `deliver_sm_resp` came.
    DeliveryAnswered {
        /// Names the delivery.
        delivery: u64,
        /// What it is.
        delivery_kind: DeliveryKind,
        /// The client's command status.
        status: u32,
    },
}

fn as_hex<S: Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:016x}"))
}

impl Fact {
    /// The name the file and the filter have for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bound { .. } => "bound",
            Self::BindRefused { .. } => "bind_refused",
            Self::Closed { .. } => "closed",
            Self::Submit { .. } => "submit",
            Self::Response { .. } => "response",
            Self::Question { .. } => "question",
            Self::Text { .. } => "text",
            Self::DeliverySent { .. } => "delivery_sent",
            Self::DeliveryAnswered { .. } => "delivery_answered",
        }
    }

    fn message_id(&self) -> Option<&str> {
        match self {
            Self::Submit { message_id, .. }
            | Self::Response { message_id, .. }
            | Self::Question { message_id, .. }
            | Self::DeliverySent { message_id, .. } => message_id.as_deref(),
            _ => None,
        }
    }

    fn addresses(&self) -> Option<(&str, &str)> {
        match self {
            Self::Submit { source, destination, .. } | Self::DeliverySent { source, destination, .. } => {
                Some((&source.digits, &destination.digits))
            }
            Self::Text { handset, source, .. } => Some((&source.digits, handset)),
            _ => None,
        }
    }
}

/// What a `deliver_sm` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// A delivery receipt or an intermediate notification.
    Receipt,
    /// A text, or a part of one, from a handset.
    Mo,
}

/// Shows place and kind; numbers and texts stay out of the logs.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} {} bind {})", self.position, self.fact.kind(), self.bind)
    }
}

/// Which entries to look up; what is not set fits all.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalFilter {
    /// The name of the fact's kind: `submit`, `response`, `text`, `delivery_sent`, ...
    pub kind: Option<String>,
    /// The `system_id`.
    pub account: Option<String>,
    /// The source's digits.
    pub source: Option<String>,
    /// The destination's digits.
    pub destination: Option<String>,
    /// The message id given, or spoken of.
    pub message_id: Option<String>,
    /// Entries from this position on.
    pub since: u64,
    /// How many at most, oldest first.
    pub limit: Option<usize>,
}

impl JournalFilter {
    /// All entries of one kind.
    pub fn kind(kind: &str) -> Self {
        Self { kind: Some(kind.to_owned()), ..Self::default() }
    }

    pub(crate) fn fits(&self, entry: &Entry) -> bool {
        let same =
            |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
        let addresses = entry.fact.addresses();
        entry.position >= self.since
            && same(&self.kind, Some(entry.fact.kind()))
            && same(&self.account, Some(&entry.account))
            && same(&self.source, addresses.map(|(source, _)| source))
            && same(&self.destination, addresses.map(|(_, destination)| destination))
            && same(&self.message_id, entry.fact.message_id())
    }
}
