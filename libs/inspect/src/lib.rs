//! One text, receipt, PDU, opt-out, status or pair of ids explained: the rules Volley works by, for a person to ask.
//!
//! ```text
//!   a question --+--> words    sentences for a person       `volley inspect text "It’s 5 €"`
//!                +--> data     one JSON object              `volley inspect text --json < cases`
//! ```
//!
//! Nothing here decides anything: each answer comes from the same functions of `volley-sms-text` and `volley-smpp` that the
//! services call. What is asked about is shown in full, texts and numbers included, so none of it belongs into a log.
//!
//! INS-1: every line asked gets exactly one line of answer, in order, whatever it holds.

mod cases;
mod error;
pub mod ids;
mod input;
pub mod optout;
pub mod pdu;
mod reading;
pub mod receipt;
mod sheet;
pub mod status;
pub mod text;

pub use cases::{LINE_OCTETS_MAX, Subject, Tally, answer_cases};
pub use error::CaseError;
pub use input::hex_octets;
pub use volley_sms_text::RefBits;
