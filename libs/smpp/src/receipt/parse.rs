use std::fmt;

use super::fields::{Fields, Label};
use super::{MessageState, ReceiptDate};
use crate::octets;
use crate::pdu::{CarrierMessageId, DeliverSm, NetworkErrorCode, Tlvs};

/// Where the state of a receipt was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateSource {
    /// The `message_state` parameter.
    Tlv,
    /// The `stat:` word.
    Text,
    /// Nowhere: the state is [`MessageState::Unknown`].
    Nowhere,
}

impl StateSource {
    /// `tlv`, `text` or `nowhere`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tlv => "tlv",
            Self::Text => "text",
            Self::Nowhere => "nowhere",
        }
    }
}

/// One receipt, from its parameters and its text. The octets it came in stay in [`DeliverSm::raw`].
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The carrier's id of the message: `receipted_message_id`, else `id:`. Without it the receipt is not attributable.
    pub id: Option<CarrierMessageId>,
    /// The id in the text. Where it differs from `id`, the pair tells in which bases the carrier writes.
    pub text_id: Option<CarrierMessageId>,
    /// Messages submitted, where the carrier counts them.
    pub sub: Option<u32>,
    /// Messages delivered, where the carrier counts them.
    pub dlvrd: Option<u32>,
    /// When the carrier took the message.
    pub submit_date: Option<ReceiptDate>,
    /// When the message reached this state.
    pub done_date: Option<ReceiptDate>,
    /// The `stat:` word as written, for the carrier's own table.
    pub stat_raw: Option<String>,
    /// The state: `message_state`, else what `stat:` means.
    pub state: MessageState,
    /// Where the state was found.
    pub state_source: StateSource,
    /// Whether the state has a meaning; `false` for vendors' own words and for none at all.
    pub stat_known: bool,
    /// The `err:` word as written: a network's code or the carrier's own.
    pub err_raw: Option<String>,
    /// `network_error_code`.
    pub network_error: Option<NetworkErrorCode>,
    /// The quoted beginning of the message.
    pub text: Option<String>,
}

impl Receipt {
    /// Reads a delivered message as a receipt; whether it is one is for [`read_receipt`](super::read_receipt).
    #[must_use]
    pub fn of(deliver: &DeliverSm) -> Self {
        Self::read(&deliver.content(), deliver.data_coding, &deliver.tlvs)
    }

    /// Reads a receipt's octets, in the coding the PDU states or another, and its parameters.
    #[must_use]
    pub fn read(octets: &[u8], data_coding: u8, tlvs: &Tlvs) -> Self {
        Self::parse(&text_of(octets, data_coding), tlvs)
    }

    /// Reads a receipt's text and parameters.
    #[must_use]
    pub fn parse(text: &str, tlvs: &Tlvs) -> Self {
        let tlv_id = tlvs.receipted_message_id().and_then(|id| CarrierMessageId::new(&id));
        let tlv_state = tlvs.message_state().and_then(MessageState::from_code);
        let fields = Fields::read(text, needed_in_text(tlv_id.is_some(), tlv_state.is_some()));

        let text_id = fields.word(Label::Id).and_then(CarrierMessageId::new);
        let stat = fields.word(Label::Stat);
        let text_state = stat.and_then(MessageState::from_word);
        Self {
            id: tlv_id.or_else(|| text_id.clone()),
            text_id,
            sub: fields.word(Label::Sub).and_then(|count| count.parse().ok()),
            dlvrd: fields.word(Label::Dlvrd).and_then(|count| count.parse().ok()),
            submit_date: fields.word(Label::SubmitDate).and_then(ReceiptDate::parse),
            done_date: fields.word(Label::DoneDate).and_then(ReceiptDate::parse),
            stat_raw: stat.map(str::to_owned),
            state: tlv_state.or(text_state).unwrap_or(MessageState::Unknown),
            state_source: match (tlv_state, stat) {
                (Some(_), _) => StateSource::Tlv,
                (None, Some(_)) => StateSource::Text,
                (None, None) => StateSource::Nowhere,
            },
            stat_known: tlv_state.or(text_state).is_some(),
            err_raw: fields.word(Label::Err).map(str::to_owned),
            network_error: tlvs.network_error_code(),
            text: fields.quoted().map(str::to_owned),
        }
    }

    /// Whether the carrier will say nothing more about the message.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// Whether the receipt names its message. One that does not is stored and alerted on, never refused.
    #[must_use]
    pub const fn is_attributable(&self) -> bool {
        self.id.is_some()
    }

    /// Whether the content alone, without a mark, makes a receipt of it: it names a message and a state.
    #[must_use]
    pub fn is_convincing(&self) -> bool {
        self.is_attributable() && self.state_source != StateSource::Nowhere
    }
}

/// The fields that are looked for behind the quoted text, because nothing else holds them.
const fn needed_in_text(has_id: bool, has_state: bool) -> &'static [Label] {
    match (has_id, has_state) {
        (false, false) => &[Label::Id, Label::Stat],
        (false, true) => &[Label::Id],
        (true, false) => &[Label::Stat],
        (true, true) => &[],
    }
}

/// UCS-2 where the coding says so and the octets agree, else UTF-8, else one character per octet: the coding of a
/// receipt is often that of nothing in it.
fn text_of(octets: &[u8], data_coding: u8) -> String {
    const UCS2: u8 = 0x08;
    if data_coding == UCS2 && octets.len().is_multiple_of(2) && octets.first() == Some(&0) {
        let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets::latin1(octets),
    }
}

/// Shows everything but the quoted text.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("stat_raw", &self.stat_raw)
            .field("err_raw", &self.err_raw)
            .field("network_error", &self.network_error)
            .field("done_date", &self.done_date)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;
    use crate::pdu::{Tlv, tag};

    #[test]
    fn a_receipt_in_ucs2_is_read() {
        let octets: Vec<u8> = "id:7 stat:UNDELIV".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let receipt = Receipt::parse(&text_of(&octets, 0x08), &Tlvs::new());

        assert_eq!(receipt.state, MessageState::Undeliverable);
        assert_eq!(receipt.id, CarrierMessageId::new("7"));
    }

    #[test]
    fn a_state_without_meaning_leaves_the_word_its_say() {
        let tlvs: Tlvs = [Tlv::u8(tag::MESSAGE_STATE, 77)].into_iter().collect();
        let receipt = Receipt::parse("id:7 stat:DELIVRD", &tlvs);

        assert_eq!((receipt.state, receipt.state_source), (MessageState::Delivered, StateSource::Text));
    }

    #[test]
    fn parameters_alone_are_a_receipt() {
        let tlvs: Tlvs = [Tlv::receipted_message_id("9f"), Tlv::u8(tag::MESSAGE_STATE, 2)]
            .into_iter()
            .collect();
        let receipt = Receipt::parse("", &tlvs);

        assert!(receipt.is_convincing());
        assert_eq!(receipt.state.outcome(), Outcome::Delivered);
    }

    #[test]
    fn a_quoted_message_cannot_speak_for_parameters() {
        let tlvs: Tlvs = [Tlv::receipted_message_id("77")].into_iter().collect();
        let receipt = Receipt::parse("stat:DELIVRD err:000 text:id:99 err:5", &tlvs);

        assert_eq!(receipt.text.as_deref(), Some("id:99 err:5"));
        assert_eq!(receipt.text_id, None);
    }

    #[test]
    fn debug_shows_no_text() {
        assert!(!format!("{:?}", Receipt::parse("id:7 stat:DELIVRD text:secret", &Tlvs::new())).contains("secret"));
    }
}
