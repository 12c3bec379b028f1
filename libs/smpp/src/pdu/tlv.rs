//! Tagged optional parameters (SMPP 3.4 §3.2.4, §5.3), kept as they came, known or not.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::octets::{BodyError, EncodeError, Reader};
use crate::status::CommandStatus;

/// Octets of all optional parameters of one PDU together: one full `message_payload` and 2 KiB for the others.
pub const TLVS_OCTETS_MAX: usize = 66 * 1024;

/// Tags that carriers and we use, SMPP 3.4 §5.3.2 and 5.0 §4.8.1.
pub mod tag {
    #![expect(missing_docs, reason = "each constant is the specification's own name of the tag")]

    pub const DEST_ADDR_SUBUNIT: u16 = 0x0005;
    pub const QOS_TIME_TO_LIVE: u16 = 0x0017;
    pub const ADDITIONAL_STATUS_INFO_TEXT: u16 = 0x001D;
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
    pub const SOURCE_PORT: u16 = 0x020A;
    pub const DESTINATION_PORT: u16 = 0x020B;
    pub const SAR_MSG_REF_NUM: u16 = 0x020C;
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
    pub const SC_INTERFACE_VERSION: u16 = 0x0210;
    pub const CALLBACK_NUM: u16 = 0x0381;
    pub const DPF_RESULT: u16 = 0x0420;
    pub const SET_DPF: u16 = 0x0421;
    pub const MS_AVAILABILITY_STATUS: u16 = 0x0422;
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const DELIVERY_FAILURE_REASON: u16 = 0x0425;
    pub const MORE_MESSAGES_TO_SEND: u16 = 0x0426;
    pub const MESSAGE_STATE: u16 = 0x0427;
    pub const CONGESTION_STATE: u16 = 0x0428;
}

/// One optional parameter: its tag and its value, uninterpreted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tlv {
    /// The tag, see [`tag`].
    pub tag: u16,
    /// The value, at most 65 535 octets.
    pub value: Bytes,
}

impl Tlv {
    /// A parameter with any value.
    #[must_use]
    pub fn new(tag: u16, value: impl Into<Bytes>) -> Self {
        Self { tag, value: value.into() }
    }

    /// A parameter that is one octet.
    #[must_use]
    pub fn u8(tag: u16, value: u8) -> Self {
        Self::new(tag, vec![value])
    }

    /// A parameter that is a 16-bit integer.
    #[must_use]
    pub fn u16(tag: u16, value: u16) -> Self {
        Self::new(tag, value.to_be_bytes().to_vec())
    }

    /// A parameter that is a 32-bit integer.
    #[must_use]
    pub fn u32(tag: u16, value: u32) -> Self {
        Self::new(tag, value.to_be_bytes().to_vec())
    }

    /// A parameter that is a C-octet string: the terminator is added.
    #[must_use]
    pub fn text(tag: u16, text: &str) -> Self {
        let mut value = text.as_bytes().to_vec();
        value.push(0);
        Self::new(tag, value)
    }

    /// `receipted_message_id` with its terminator.
    #[must_use]
    pub fn receipted_message_id(id: &str) -> Self {
        Self::text(tag::RECEIPTED_MESSAGE_ID, id)
    }

    /// `message_payload`.
    #[must_use]
    pub fn message_payload(octets: impl Into<Bytes>) -> Self {
        Self::new(tag::MESSAGE_PAYLOAD, octets)
    }
}

/// Shows tag and length only: values carry texts and numbers.
impl fmt::Debug for Tlv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}[{}]", self.tag, self.value.len())
    }
}

/// The place of one long-message part, from the three `sar_` parameters (SMPP 3.4 §5.3.2.22 to .24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SarPart {
    /// `sar_msg_ref_num`.
    pub reference: u16,
    /// `sar_total_segments`, 1 to 255.
    pub total: u8,
    /// `sar_segment_seqnum`, 1 to `total`.
    pub number: u8,
}

/// `network_error_code` (SMPP 3.4 §5.3.2.31): a type (3 is GSM, 8 is the message centre's own) and a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkErrorCode {
    /// The kind of network that the code belongs to.
    pub network_type: u8,
    /// The code itself.
    pub code: u16,
}

/// The optional parameters of one PDU, in the order they came. Of a repeated tag the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tlvs(Vec<Tlv>);

impl Tlvs {
    /// None at all.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one at the end.
    pub fn push(&mut self, tlv: Tlv) {
        self.0.push(tlv);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tlv> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `tag`, if it is there.
    #[must_use]
    pub fn get(&self, tag: u16) -> Option<&Bytes> {
        self.0.iter().find(|tlv| tlv.tag == tag).map(|tlv| &tlv.value)
    }

    /// The value of `tag` where it is exactly one octet.
    #[must_use]
    pub fn get_u8(&self, tag: u16) -> Option<u8> {
        match self.get(tag)?.as_ref() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The value of `tag` where it is exactly two octets.
    #[must_use]
    pub fn get_u16(&self, tag: u16) -> Option<u16> {
        Some(u16::from_be_bytes(self.get(tag)?.as_ref().try_into().ok()?))
    }

    /// The value of `tag` as text: up to its terminator, with or without one, blanks at the ends taken off.
    #[must_use]
    pub fn get_text(&self, tag: u16) -> Option<String> {
        let text = Reader::new(self.get(tag)?).last_c_string();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// `receipted_message_id`, where it holds anything.
    #[must_use]
    pub fn receipted_message_id(&self) -> Option<String> {
        self.get_text(tag::RECEIPTED_MESSAGE_ID)
    }

    /// `message_state`, uninterpreted.
    #[must_use]
    pub fn message_state(&self) -> Option<u8> {
        self.get_u8(tag::MESSAGE_STATE)
    }

    /// `network_error_code`, where it has its three octets.
    #[must_use]
    pub fn network_error_code(&self) -> Option<NetworkErrorCode> {
        match self.get(tag::NETWORK_ERROR_CODE)?.as_ref() {
            [network_type, high, low] => {
                Some(NetworkErrorCode { network_type: *network_type, code: u16::from_be_bytes([*high, *low]) })
            }
            _ => None,
        }
    }

    /// `congestion_state` of SMPP 5.0 §4.8.4.18: 0 idle, 80 to 90 best, 100 congested; other values count as absent.
    #[must_use]
    pub fn congestion_state(&self) -> Option<u8> {
        self.get_u8(tag::CONGESTION_STATE).filter(|state| *state <= 100)
    }

    /// The three `sar_` parameters, where all are there and make sense; otherwise they are to be ignored.
    #[must_use]
    pub fn sar_part(&self) -> Option<SarPart> {
        let part = SarPart {
            reference: self.get_u16(tag::SAR_MSG_REF_NUM)?,
            total: self.get_u8(tag::SAR_TOTAL_SEGMENTS)?,
            number: self.get_u8(tag::SAR_SEGMENT_SEQNUM)?,
        };
        (1..=part.total).contains(&part.number).then_some(part)
    }

    /// Reads the parameters up to the end of the body. One to three octets at the end, too few for a
    /// parameter, are padding and left alone.
    ///
    /// # Errors
    /// A length that runs over the end: something the sender meant is missing.
    pub(crate) fn decode(reader: &mut Reader<'_>, slice: impl Fn(&[u8]) -> Bytes) -> Result<Self, BodyError> {
        let mut tlvs = Self::new();
        tlvs.read(reader, slice)?;
        Ok(tlvs)
    }

    /// Reads what can be read and drops the rest: an answer is too dear to be refused for its decoration.
    pub(crate) fn decode_leniently(reader: &mut Reader<'_>) -> Self {
        let mut tlvs = Self::new();
        match tlvs.read(reader, Bytes::copy_from_slice) {
            Ok(()) | Err(BodyError { .. }) => tlvs,
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>, slice: impl Fn(&[u8]) -> Bytes) -> Result<(), BodyError> {
        while let Some(head) = reader.take(4) {
            let tag = u16::from_be_bytes([head[0], head[1]]);
            let length = u16::from_be_bytes([head[2], head[3]]);
            let value = reader
                .take(usize::from(length))
                .ok_or(BodyError { field: "tlv", status: CommandStatus::INVALID_TLV_STREAM })?;
            self.push(Tlv { tag, value: slice(value) });
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), EncodeError> {
        let octets: usize = self.0.iter().map(|tlv| 4 + tlv.value.len()).sum();
        if octets > TLVS_OCTETS_MAX || self.0.iter().any(|tlv| tlv.value.len() > usize::from(u16::MAX)) {
            return Err(EncodeError::TooLong { field: "tlv", octets_max: TLVS_OCTETS_MAX });
        }
        Ok(())
    }

    pub(crate) fn put(&self, out: &mut BytesMut) {
        for tlv in &self.0 {
            out.put_u16(tlv.tag);
            out.put_u16(u16::try_from(tlv.value.len()).expect("`check` passed this value before"));
            out.put_slice(&tlv.value);
        }
    }
}

impl FromIterator<Tlv> for Tlvs {
    fn from_iter<I: IntoIterator<Item = Tlv>>(tlvs: I) -> Self {
        Self(tlvs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(octets: &[u8]) -> Result<Tlvs, BodyError> {
        Tlvs::decode(&mut Reader::new(octets), Bytes::copy_from_slice)
    }

    #[test]
    fn all_three_sar_parameters_are_needed_and_must_fit() {
        let whole: Tlvs = [
            Tlv::u16(tag::SAR_MSG_REF_NUM, 0xA7),
            Tlv::u8(tag::SAR_TOTAL_SEGMENTS, 2),
            Tlv::u8(tag::SAR_SEGMENT_SEQNUM, 2),
        ]
        .into_iter()
        .collect();
        let beyond: Tlvs = [
            Tlv::u16(tag::SAR_MSG_REF_NUM, 0xA7),
            Tlv::u8(tag::SAR_TOTAL_SEGMENTS, 2),
            Tlv::u8(tag::SAR_SEGMENT_SEQNUM, 3),
        ]
        .into_iter()
        .collect();

        assert_eq!(whole.sar_part(), Some(SarPart { reference: 0xA7, total: 2, number: 2 }));
        assert_eq!(beyond.sar_part(), None);
        assert_eq!(Tlvs::new().sar_part(), None);
    }

    #[test]
    fn padding_is_left_alone_but_a_cut_value_is_refused() {
        assert_eq!(decoded(&[0x04, 0x27, 0, 1, 2, 0, 0, 0]).map(|tlvs| tlvs.message_state()), Ok(Some(2)));
        assert_eq!(
            decoded(&[0x04, 0x24, 0, 9, b'x']).map_err(|error| error.status),
            Err(CommandStatus::INVALID_TLV_STREAM)
        );
    }

    #[test]
    fn a_text_value_ends_at_its_terminator_or_without_one() {
        let with: Tlvs = [Tlv::receipted_message_id("22")].into_iter().collect();
        let without: Tlvs = [Tlv::new(tag::RECEIPTED_MESSAGE_ID, "22")].into_iter().collect();

        assert_eq!(with.receipted_message_id().as_deref(), Some("22"));
        assert_eq!(without.receipted_message_id().as_deref(), Some("22"));
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Tlv::message_payload(&b"secret"[..])), "0424[6]");
    }
}
