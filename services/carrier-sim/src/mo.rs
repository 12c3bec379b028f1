//! A text from a handset (mobile originated), as a person or a test asks for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use volley_sms_text::TextError;

use crate::redact;

/// A text to be sent from a handset.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mo {
    /// The handset's number.
    pub from: String,
    /// The number written to: a short code, or a number with its country code.
    pub to: String,
    /// What it says, at least one character.
    pub text: String,
    /// How it is written.
    #[serde(default)]
    pub alphabet: Alphabet,
    /// How a long text is carried.
    #[serde(default)]
    pub long_text: LongText,
    /// In which order the parts of a long text go out.
    #[serde(default)]
    pub part_order: PartOrder,
    /// How often each part is sent: 2 is a carrier that says everything twice, the second time on another bind where there is one.
    #[serde(default = "once")]
    pub copies: u8,
    /// The client's answer to its first part is lost: the link is cut as it comes, and the part comes again on whatever bind
    /// there is.
    #[serde(default)]
    pub answer_lost: bool,
    /// The `system_id` of the account that gets it; without one, the account whose number `to` is.
    #[serde(default)]
    pub account: Option<String>,
}

impl Mo {
    /// A text in the cheapest alphabet, its parts in order.
    pub fn new(from: impl Into<String>, to: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            text: text.into(),
            alphabet: Alphabet::Auto,
            long_text: LongText::Udh8,
            part_order: PartOrder::InOrder,
            copies: once(),
            answer_lost: false,
            account: None,
        }
    }
}

fn once() -> u8 {
    1
}

/// Shows the ends of the numbers and the length of the text.
impl fmt::Debug for Mo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mo")
            .field("from", &redact::number(&self.from))
            .field("to", &redact::number(&self.to))
            .field("text", &redact::text(&self.text))
            .finish_non_exhaustive()
    }
}

/// How a handset writes a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// GSM-7 where it has every character, else UCS-2.
    #[default]
    Auto,
    /// GSM-7; a text it cannot write is refused.
    Gsm7,
    /// UCS-2, also where GSM-7 would do.
    Ucs2,
}

/// How a text of several parts is carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongText {
    /// A user data header with an 8-bit reference.
    #[default]
    Udh8,
    /// A user data header with a 16-bit reference.
    Udh16,
    /// The `sar_` optional parameters.
    Sar,
    /// One `deliver_sm` with `message_payload`.
    Payload,
}

/// In which order the parts go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOrder {
    /// First to last.
    #[default]
    InOrder,
    /// Last to first.
    Reversed,
    /// As the seed has it.
    Shuffled,
}

/// Why a text was not taken from a handset.
#[derive(Debug, Error)]
pub enum MoError {
    /// A number is empty, longer than 20 characters, or not ASCII.
    #[error("`{0}` is not a number")]
    Number(&'static str),
    /// The text cannot be written.
    #[error("the text cannot be sent")]
    Text(#[from] TextError),
    /// No account has the number written to, and there is not exactly one account.
    #[error("no account has the number written to")]
    NoAccount,
    /// The account has too much waiting already.
    #[error("the account's queue is full")]
    QueueFull,
}
