//! `submit_sm` as this carrier reads it (SMPP 3.4 §4.4.1).

use volley_sms_text::{Concatenation, RefBits};

use super::reader::{Reader, Truncated, tag};
use super::{Address, status};

/// Octets an address may have without its NUL.
const ADDRESS_OCTETS_MAX: usize = 20;
/// Octets of `short_message` at most: 255 is not allowed in 3.4.
const SHORT_MESSAGE_OCTETS_MAX: u8 = 254;
/// `esm_class` bit that says a user data header opens the body.
const ESM_UDHI: u8 = 0x40;

/// A `submit_sm` whose body lies in the socket's buffer.
pub(crate) struct SubmitSm<'a> {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) esm_class: u8,
    pub(crate) registered_delivery: u8,
    pub(crate) data_coding: u8,
    /// `short_message`, or `message_payload` where that is used instead.
    pub(crate) body: &'a [u8],
    pub(crate) is_payload: bool,
    /// Which part of a longer text this is, from its `sar_` parameters (§5.3.2.22 to 24).
    pub(crate) sar: Option<Concatenation>,
}

impl<'a> SubmitSm<'a> {
    /// Reads the body of a `submit_sm`; the error is the status to refuse it with.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, u32> {
        let mut reader = Reader::new(body);
        let mut submit = Self::read_fixed(&mut reader)?;
        submit.read_tlvs(&mut reader).map_err(|Truncated| status::INVALID_TLV_STREAM)?;
        if submit.source.digits.chars().count() > ADDRESS_OCTETS_MAX {
            return Err(status::INVALID_SOURCE);
        }
        if !(1..=ADDRESS_OCTETS_MAX).contains(&submit.destination.digits.chars().count()) {
            return Err(status::INVALID_DESTINATION);
        }
        Ok(submit)
    }

    pub(crate) fn has_user_data_header(&self) -> bool {
        self.esm_class & ESM_UDHI != 0
    }

    fn read_fixed(reader: &mut Reader<'a>) -> Result<Self, u32> {
        let cut_short = |Truncated| status::INVALID_COMMAND_LENGTH;
        let _service_type = reader.c_string().map_err(cut_short)?;
        let source = read_address(reader).map_err(cut_short)?;
        let destination = read_address(reader).map_err(cut_short)?;
        let esm_class = reader.u8().map_err(cut_short)?;
        let _protocol_id_and_priority = reader.u16().map_err(cut_short)?;
        let _schedule_delivery_time = reader.c_string().map_err(cut_short)?;
        let _validity_period = reader.c_string().map_err(cut_short)?;
        let registered_delivery = reader.u8().map_err(cut_short)?;
        let _replace_if_present = reader.u8().map_err(cut_short)?;
        let data_coding = reader.u8().map_err(cut_short)?;
        let _default_message = reader.u8().map_err(cut_short)?;
        let length = reader.u8().map_err(cut_short)?;
        if length > SHORT_MESSAGE_OCTETS_MAX {
            return Err(status::INVALID_MESSAGE_LENGTH);
        }
        let body = reader
            .octets(usize::from(length))
            .map_err(|Truncated| status::INVALID_MESSAGE_LENGTH)?;
        let is_payload = false;
        Ok(Self {
            source,
            destination,
            esm_class,
            registered_delivery,
            data_coding,
            body,
            is_payload,
            sar: None,
        })
    }

    fn read_tlvs(&mut self, reader: &mut Reader<'a>) -> Result<(), Truncated> {
        let (mut reference, mut total, mut number) = (None, None, None);
        while !reader.is_empty() {
            match reader.tlv()? {
                (tag::MESSAGE_PAYLOAD, value) => (self.body, self.is_payload) = (value, true),
                (tag::SAR_MSG_REF_NUM, [high, low]) => reference = Some(u16::from_be_bytes([*high, *low])),
                (tag::SAR_TOTAL_SEGMENTS, [value]) => total = Some(*value),
                (tag::SAR_SEGMENT_SEQNUM, [value]) => number = Some(*value),
                _ => {}
            }
        }
        if let (Some(reference), Some(total), Some(number)) = (reference, total, number) {
            self.sar = Concatenation::new(reference, RefBits::Sixteen, total, number);
        }
        Ok(())
    }
}

fn read_address(reader: &mut Reader<'_>) -> Result<Address, Truncated> {
    let (ton, npi) = (reader.u8()?, reader.u8()?);
    Ok(Address::read(ton, npi, reader.c_string()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 'Hello @' from 4565 to a phone, receipt asked for, valid 10 minutes.
    const HELLO: &[u8] = b"\0\x00\x014565\0\x01\x0179141234567\0\0\0\0\x00000000001000000R\0\x01\0\0\0\x07Hello \0";

    #[test]
    fn reads_every_field_of_a_plain_submit() {
        let submit = SubmitSm::read(HELLO).unwrap_or_else(|status| panic!("refused with {status:#x}"));
        assert_eq!(submit.source, Address { ton: 0, npi: 1, digits: "4565".into() });
        assert_eq!(submit.destination, Address { ton: 1, npi: 1, digits: "79141234567".into() });
        assert_eq!((submit.registered_delivery, submit.data_coding, submit.body), (1, 0, &b"Hello \0"[..]));
        assert_eq!((submit.is_payload, submit.sar), (false, None));
    }

    #[test]
    fn reads_sar_parameters_and_a_payload() {
        let with_tlvs = [
            &HELLO[..HELLO.len() - 8],
            b"\0\x02\x0c\0\x02\0\xa7\x02\x0e\0\x01\x02\x02\x0f\0\x01\x02\x04\x24\0\x02hi",
        ]
        .concat();
        let submit = SubmitSm::read(&with_tlvs).unwrap_or_else(|status| panic!("refused with {status:#x}"));
        assert_eq!(submit.sar, Concatenation::new(0xA7, RefBits::Sixteen, 2, 2));
        assert_eq!((submit.body, submit.is_payload), (&b"hi"[..], true));
    }

    #[test]
    fn every_cut_is_refused_with_a_status_that_names_it() {
        for end in 0..HELLO.len() {
            assert!(SubmitSm::read(&HELLO[..end]).is_err(), "cut at {end}");
        }
        let torn_tlv = [HELLO, b"\x04\x24\0\x09hi"].concat();
        assert_eq!(SubmitSm::read(&torn_tlv).err(), Some(status::INVALID_TLV_STREAM));
        assert_eq!(SubmitSm::read(&HELLO[..HELLO.len() - 1]).err(), Some(status::INVALID_MESSAGE_LENGTH));
    }
}
