//! What a delivery receipt says.

mod data;
mod parameters;
mod words;

use volley_smpp::pdu::{Tlv, Tlvs, tag};
use volley_smpp::receipt::{DeliveryKind, Receipt};

pub use data::data;
pub(crate) use data::{case, expected};
pub use parameters::parameter;
pub(crate) use words::rows;
pub use words::words;

/// What is asked.
#[derive(Clone, Default)]
pub struct Question {
    /// esm_class of the `deliver_sm` or `data_sm`, where it is known.
    pub esm_class: Option<u8>,
    /// The text.
    pub text: String,
    /// The optional parameters.
    pub tlvs: Tlvs,
}

impl Question {
    /// Asks about a text with these parameters. The text of an empty body is its `message_payload`.
    #[must_use]
    pub fn new(esm_class: Option<u8>, text: &str, parameters: Vec<Tlv>) -> Self {
        let tlvs: Tlvs = parameters.into_iter().collect();
        let payload = tlvs.get(tag::MESSAGE_PAYLOAD).filter(|_| text.is_empty());
        let text = payload.map_or(text.to_owned(), |payload| String::from_utf8_lossy(payload).into_owned());
        Self { esm_class, text, tlvs }
    }

    fn kind(&self) -> Option<DeliveryKind> {
        self.esm_class.map(DeliveryKind::of)
    }

    fn receipt(&self) -> Receipt {
        Receipt::parse(&self.text, &self.tlvs)
    }
}
