//! `deliver_sm` as this carrier writes it: receipts and texts from handsets (SMPP 3.4 §4.6.1).

use bytes::{BufMut, Bytes, BytesMut};
use volley_sms_text::Concatenation;

use super::Address;
use super::reader::tag;

/// The body of a `deliver_sm` before it is octets.
pub(crate) struct DeliverSm<'a> {
    pub(crate) source: &'a Address,
    pub(crate) destination: &'a Address,
    pub(crate) esm_class: u8,
    pub(crate) data_coding: u8,
    pub(crate) short_message: &'a [u8],
    pub(crate) tlvs: Tlvs,
}

impl DeliverSm<'_> {
    /// The body's octets; the header is written when the PDU goes out and its sequence number is known.
    pub(crate) fn to_body(&self) -> Bytes {
        let mut body = BytesMut::with_capacity(64 + self.short_message.len() + self.tlvs.0.len());
        body.put_u8(0);
        put_address(&mut body, self.source);
        put_address(&mut body, self.destination);
        // esm_class, then protocol_id, priority_flag, two empty times, registered_delivery and replace_if_present.
        body.put_slice(&[self.esm_class, 0, 0, 0, 0, 0, 0]);
        let length = u8::try_from(self.short_message.len()).expect("parts and receipts are under 255 octets");
        body.put_slice(&[self.data_coding, 0, length]);
        body.put_slice(self.short_message);
        body.put_slice(&self.tlvs.0);
        body.freeze()
    }
}

/// Optional parameters in the order they were added.
#[derive(Default)]
pub(crate) struct Tlvs(BytesMut);

impl Tlvs {
    /// Adds one parameter.
    pub(crate) fn with(mut self, tag: u16, value: &[u8]) -> Self {
        self.0.put_u16(tag);
        self.0.put_u16(u16::try_from(value.len()).expect("values are far under 64 KiB"));
        self.0.put_slice(value);
        self
    }

    /// Adds a C-octet string with its NUL.
    pub(crate) fn with_c_string(self, tag: u16, value: &str) -> Self {
        self.with(tag, &[value.as_bytes(), &[0]].concat())
    }

    /// Adds the three parameters of a part (§5.3.2.22 to 24).
    pub(crate) fn with_place(self, place: Concatenation) -> Self {
        self.with(tag::SAR_MSG_REF_NUM, &place.reference().to_be_bytes())
            .with(tag::SAR_TOTAL_SEGMENTS, &[place.total()])
            .with(tag::SAR_SEGMENT_SEQNUM, &[place.sequence()])
    }
}

fn put_address(body: &mut BytesMut, address: &Address) {
    body.put_slice(&[address.ton, address.npi]);
    body.extend(address.digits.chars().map(|character| u8::try_from(character).unwrap_or(b'?')));
    body.put_u8(0);
}
