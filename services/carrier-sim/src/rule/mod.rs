//! What becomes of a message, by the number dialled.
//!
//!   rules set by hand, newest first  -->  the table of last digits  -->  delivered
//!
//! RULE-1: the same seed, rules and order of submits give the same fates.

mod by_last_digits;
mod table;

use serde::{Deserialize, Serialize};

pub use by_last_digits::{LastDigits, RULES_BY_LAST_DIGITS};
pub use table::RULES_MAX;
pub(crate) use table::{RuleNumber, RuleTable};

use crate::pattern::Pattern;

/// A rule and the numbers it is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFor {
    /// The numbers dialled, without `+`; `*` stands for any digits.
    pub number: Pattern,
    /// What becomes of messages to them.
    #[serde(default)]
    pub rule: Rule,
}

/// What becomes of one submitted segment. The default is the honest carrier: accepted, delivered, one true receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// How many of a hundred segments the rule takes, chosen by the seed; the others go on to the next rule.
    pub share_percent: u8,
    /// The answer to the submit itself.
    pub submit: SubmitAnswer,
    /// Milliseconds until the answer, in place of the carrier's `response_delay_ms`.
    pub response_delay_ms: Option<u32>,
    /// What the network does with the segment, and so what the receipt says.
    pub outcome: Outcome,
    /// Milliseconds until the receipt, in place of the carrier's `receipt_delay_ms`.
    pub receipt_delay_ms: Option<u32>,
    /// How many receipts are sent: 0 never, 2 the same twice (the second on another bind where there is one).
    pub receipt_copies: u8,
    /// The receipt goes out at once and the response [`BEFORE_RESPONSE_GAP_MS`] later.
    pub receipt_before_response: bool,
    /// An ENROUTE notification comes before the receipt, asked for or not.
    pub intermediate: bool,
    /// How the receipt writes the two addresses.
    pub receipt_addresses: ReceiptAddresses,
    /// Where the receipt names id and state.
    pub receipt_facts: ReceiptFacts,
    /// Whether `esm_class` marks the receipt as one.
    pub receipt_marked: bool,
    /// How response and receipt write the message id.
    pub id_form: IdForm,
    /// The segment gets the id given to the segment before it.
    pub reuse_message_id: bool,
    /// Milliseconds the carrier holds the segment before it tries the handset: so long it can be cancelled and replaced.
    pub store_ms: Option<u32>,
    /// What is asked about the segment by cancel_sm, query_sm and replace_sm is done and never answered.
    pub question_answer_lost: bool,
    /// The client's answer to the first receipt is lost: the link is cut as it comes, and the receipt comes again.
    pub receipt_answer_lost: bool,
}

/// How long the response waits behind its own receipt, in milliseconds.
pub const BEFORE_RESPONSE_GAP_MS: u32 = 200;

impl Rule {
    /// The honest carrier.
    pub const DELIVERED: Self = Self {
        share_percent: 100,
        submit: SubmitAnswer::Accept,
        response_delay_ms: None,
        outcome: Outcome::Delivered,
        receipt_delay_ms: None,
        receipt_copies: 1,
        receipt_before_response: false,
        intermediate: false,
        receipt_addresses: ReceiptAddresses::AsSubmitted,
        receipt_facts: ReceiptFacts::TextAndTlv,
        receipt_marked: true,
        id_form: IdForm::Decimal,
        reuse_message_id: false,
        store_ms: None,
        question_answer_lost: false,
        receipt_answer_lost: false,
    };

    /// Accepted, then this outcome.
    pub const fn outcome(outcome: Outcome) -> Self {
        Self { outcome, ..Self::DELIVERED }
    }

    /// Refused with `status`, every time.
    pub const fn refused(status: u32) -> Self {
        Self { submit: SubmitAnswer::Refuse { status, times: 0 }, ..Self::DELIVERED }
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self::DELIVERED
    }
}

/// The answer to a submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmitAnswer {
    /// Taken and answered.
    Accept,
    /// Taken and never answered.
    Lose,
    /// Taken, and the link cut before the answer, with whatever else is unanswered on it.
    Cut,
    /// Not taken, answered with a status.
    Refuse {
        /// The command status of the response.
        status: u32,
        /// How often one number is refused before it is accepted; 0 is always.
        #[serde(default)]
        times: u32,
    },
}

/// The final state of a segment (SMPP 3.4 §5.2.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The handset has it.
    Delivered,
    /// Out of time.
    Expired,
    /// Deleted by the carrier.
    Deleted,
    /// No such handset.
    Undeliverable,
    /// Taken by customer care, as the standard has it, or by the next hop, as carriers mean it.
    Accepted,
    /// The carrier does not know.
    Unknown,
    /// Refused after it was taken.
    Rejected,
}

/// How a receipt writes the handset's address (its source) and the sender's (its destination).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptAddresses {
    /// As the submit had them, the handset now as the source.
    AsSubmitted,
    /// The middle digits of the handset replaced by `*`.
    Masked,
    /// The handset in national form, TON 2.
    National,
    /// Not turned round: the sender as the source.
    Swapped,
    /// Both empty.
    Empty,
}

/// Where a receipt names its message and state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptFacts {
    /// In the text of Appendix B and in optional parameters.
    TextAndTlv,
    /// In the text only.
    TextOnly,
    /// In optional parameters only, with an empty text.
    TlvOnly,
}

/// How a message id is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    /// Decimal in response and receipt.
    Decimal,
    /// Hexadecimal in the response, decimal in the receipt.
    HexInResponse,
    /// Decimal in the response, hexadecimal in the receipt.
    HexInReceipt,
}
