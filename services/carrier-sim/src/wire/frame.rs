//! PDU framing: the 16-octet header and the cut between one PDU and the next (SMPP 3.4 §3.2).

use bytes::{BufMut, BytesMut};

use super::reader::Reader;

/// Octets of an SMPP header.
pub(crate) const HEADER_OCTETS: usize = 16;

/// The longest PDU taken, in octets: a 64 KiB `message_payload` and room for the rest of its PDU.
pub(crate) const PDU_OCTETS_MAX: usize = 64 * 1024 + 4 * 1024;

/// One PDU as it lies in the socket's buffer.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) command: u32,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) body: &'a [u8],
}

/// What the front of a buffer holds.
pub(crate) enum Split<'a> {
    /// Not yet a whole PDU.
    Incomplete,
    /// A whole PDU of so many octets, header included.
    Whole(Frame<'a>, usize),
    /// A length no PDU can have: where the next one begins is unknown.
    Broken { sequence: u32 },
}

/// Looks at the front of `octets`; nothing is consumed.
pub(crate) fn split(octets: &[u8]) -> Split<'_> {
    let mut reader = Reader::new(octets);
    let Ok(length) = reader.u32().map(|length| length as usize) else {
        return Split::Incomplete;
    };
    let header = (reader.u32(), reader.u32(), reader.u32());
    if !(HEADER_OCTETS..=PDU_OCTETS_MAX).contains(&length) {
        return Split::Broken { sequence: header.2.unwrap_or(0) };
    }
    let (Ok(command), Ok(status), Ok(sequence)) = header else {
        return Split::Incomplete;
    };
    match octets.get(HEADER_OCTETS..length) {
        Some(body) => Split::Whole(Frame { command, status, sequence, body }, length),
        None => Split::Incomplete,
    }
}

/// Appends one PDU to what a link is about to write.
pub(crate) fn write_pdu(out: &mut BytesMut, command: u32, status: u32, sequence: u32, body: &[u8]) {
    let length = HEADER_OCTETS + body.len();
    out.reserve(length);
    out.put_u32(u32::try_from(length).expect("a body is shorter than PDU_OCTETS_MAX"));
    out.put_u32(command);
    out.put_u32(status);
    out.put_u32(sequence);
    out.put_slice(body);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{BindRequest, SubmitSm};
    use super::*;

    #[test]
    fn a_pdu_comes_back_as_it_was_written() {
        let mut out = BytesMut::new();
        write_pdu(&mut out, 0x15, 0, 7, &[]);
        write_pdu(&mut out, 0x8000_0004, 0x58, 8, b"id\0");

        let Split::Whole(first, length) = split(&out) else { panic!("a whole PDU") };
        assert_eq!((first.command, first.sequence, length), (0x15, 7, 16));
        let Split::Whole(second, length) = split(&out[length..]) else {
            panic!("a whole PDU")
        };
        assert_eq!((second.status, second.body, length), (0x58, &b"id\0"[..], 19));
    }

    #[test]
    fn half_a_pdu_waits_and_an_impossible_length_does_not() {
        let mut out = BytesMut::new();
        write_pdu(&mut out, 4, 0, 1, &[0; 40]);
        for end in 0..out.len() {
            assert!(matches!(split(&out[..end]), Split::Incomplete), "{end} octets");
        }
        assert!(matches!(split(&[0, 0, 0, 15]), Split::Broken { sequence: 0 }));
        assert!(matches!(split(&[0, 2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9]), Split::Broken { sequence: 9 }));
    }

    proptest! {
        /// WIRE-1.
        #[test]
        fn no_octets_make_a_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = SubmitSm::read(&octets);
            let _ = BindRequest::read(&octets);
            if let Split::Whole(frame, length) = split(&octets) {
                prop_assert!(length <= octets.len() && frame.body.len() + HEADER_OCTETS == length);
            }
        }
    }
}
