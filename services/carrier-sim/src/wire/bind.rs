//! `bind_transmitter`, `bind_receiver` and `bind_transceiver` with their response (SMPP 3.4 §4.1).

use bytes::{BufMut, BytesMut};

use super::reader::{Reader, Truncated, tag};
use super::{command, status, write_pdu};

/// The interface version this carrier names in its bind response: 3.4.
const INTERFACE_VERSION: u8 = 0x34;

/// The fields of a bind this carrier looks at. Longer names and passwords than the specification's are read too, since
/// both are common; a wrong one is refused for what it is.
pub(crate) struct BindRequest<'a> {
    pub(crate) system_id: &'a [u8],
    pub(crate) password: &'a [u8],
}

impl<'a> BindRequest<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Truncated> {
        let mut reader = Reader::new(body);
        let system_id = reader.c_string()?;
        let password = reader.c_string()?;
        let _system_type = reader.c_string()?;
        let _interface_version = reader.u8()?;
        let _address_ton_npi = reader.u16()?;
        let _address_range = reader.c_string()?;
        Ok(Self { system_id, password })
    }
}

/// Appends the response to a bind. A refusal is a bare header, as §4.1.2 has it.
pub(crate) fn write_bind_response(out: &mut BytesMut, bind: u32, bind_status: u32, sequence: u32, carrier: &str) {
    let mut body = BytesMut::new();
    if bind_status == status::OK {
        body.put_slice(carrier.as_bytes());
        body.put_u8(0);
        body.put_u16(tag::SC_INTERFACE_VERSION);
        body.put_u16(1);
        body.put_u8(INTERFACE_VERSION);
    }
    write_pdu(out, bind | command::RESPONSE, bind_status, sequence, &body);
}
