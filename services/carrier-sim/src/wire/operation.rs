//! `cancel_sm`, `query_sm` and `replace_sm` as this carrier reads them, and what it answers (SMPP 3.4 §4.8 to §4.10).

use bytes::{BufMut, BytesMut};

use super::Address;
use super::reader::{Reader, Truncated};

/// Which message is meant: by its id, and by who sent it.
pub(crate) struct Named<'a> {
    pub(crate) message_id: &'a [u8],
    pub(crate) source: Address,
}

/// A `cancel_sm`. Without an id it would mean every message of a pair; this carrier wants an id.
pub(crate) struct CancelSm<'a> {
    pub(crate) named: Named<'a>,
    /// Empty where the client leaves it to the id.
    pub(crate) destination: Address,
}

impl<'a> CancelSm<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Truncated> {
        let mut reader = Reader::new(body);
        let _service_type = reader.c_string()?;
        let named = Named::read(&mut reader)?;
        let destination = read_address(&mut reader)?;
        Ok(Self { named, destination })
    }
}

/// A `query_sm`.
pub(crate) struct QuerySm<'a> {
    pub(crate) named: Named<'a>,
}

impl<'a> QuerySm<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Truncated> {
        Named::read(&mut Reader::new(body)).map(|named| Self { named })
    }
}

/// A `replace_sm`. The alphabet stays as it was: there is no field for another.
pub(crate) struct ReplaceSm<'a> {
    pub(crate) named: Named<'a>,
    pub(crate) registered_delivery: u8,
    pub(crate) short_message: &'a [u8],
}

impl<'a> ReplaceSm<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Truncated> {
        let mut reader = Reader::new(body);
        let named = Named::read(&mut reader)?;
        let _schedule_delivery_time = reader.c_string()?;
        let _validity_period = reader.c_string()?;
        let registered_delivery = reader.u8()?;
        let _default_message = reader.u8()?;
        let length = reader.u8()?;
        let short_message = reader.octets(usize::from(length))?;
        Ok(Self { named, registered_delivery, short_message })
    }
}

impl<'a> Named<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Truncated> {
        let message_id = reader.c_string()?;
        let source = read_address(reader)?;
        Ok(Self { message_id, source })
    }
}

fn read_address(reader: &mut Reader<'_>) -> Result<Address, Truncated> {
    let (ton, npi) = (reader.u8()?, reader.u8()?);
    Ok(Address::read(ton, npi, reader.c_string()?))
}

/// The body of a `query_sm_resp`.
pub(crate) fn query_answer(message_id: &[u8], final_date: &str, state: u8, error: u8) -> BytesMut {
    let mut body = BytesMut::with_capacity(message_id.len() + final_date.len() + 4);
    body.put_slice(message_id);
    body.put_u8(0);
    body.put_slice(final_date.as_bytes());
    body.put_u8(0);
    body.put_slice(&[state, error]);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANCEL: &[u8] = b"\0901\0\x00\x014565\0\x01\x0179141234567\0";
    const REPLACE: &[u8] = b"901\0\x00\x014565\0\0\0\x01\0\x02hi";

    #[test]
    fn every_field_is_read() {
        let Ok(cancel) = CancelSm::read(CANCEL) else { panic!("a cancel_sm") };
        assert_eq!((cancel.named.message_id, &*cancel.named.source.digits), (&b"901"[..], "4565"));
        assert_eq!(&*cancel.destination.digits, "79141234567");
        let Ok(replace) = ReplaceSm::read(REPLACE) else { panic!("a replace_sm") };
        assert_eq!((replace.registered_delivery, replace.short_message), (1, &b"hi"[..]));
        let Ok(query) = QuerySm::read(b"901\0\x00\x014565\0") else {
            panic!("a query_sm")
        };
        assert_eq!(query.named.message_id, b"901");
    }

    #[test]
    fn every_cut_is_refused() {
        assert!((0..CANCEL.len()).all(|end| CancelSm::read(&CANCEL[..end]).is_err()));
        assert!((0..REPLACE.len()).all(|end| ReplaceSm::read(&REPLACE[..end]).is_err()));
    }
}
