//! Reading and writing the field kinds of SMPP 3.4 §3.1, forgiving in what is read and strict in what is written.
//!
//! C-octet strings are held as text with one `char` per octet (Latin-1), so that an octet above 0x7F,
//! which some carriers send in alphanumeric addresses, survives a round trip.

use bytes::{BufMut, BytesMut};
use thiserror::Error;

use crate::status::CommandStatus;

/// A body that does not hold what its command promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("field `{field}` does not decode: {status}")]
pub struct BodyError {
    /// The specification's name of the first field that failed.
    pub field: &'static str,
    /// The status a response should carry.
    pub status: CommandStatus,
}

impl BodyError {
    pub(crate) const fn cut_short(field: &'static str) -> Self {
        Self { field, status: CommandStatus::INVALID_COMMAND_LENGTH }
    }
}

/// A value that the protocol has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The field is longer than its limit.
    #[error("field `{field}` is over its limit of {octets_max} octets")]
    TooLong {
        /// The specification's name of the field.
        field: &'static str,
        /// The limit in octets, terminator excluded.
        octets_max: usize,
    },
    /// The field holds NUL or a character above U+00FF.
    #[error("field `{field}` holds a character that a C-octet string cannot carry")]
    Unprintable {
        /// The specification's name of the field.
        field: &'static str,
    },
    /// A time field is neither empty nor 16 characters.
    #[error("field `{field}` is neither empty nor 16 characters")]
    TimeLength {
        /// The specification's name of the field.
        field: &'static str,
    },
}

/// A cursor over the body of one PDU.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, BodyError> {
        let (&first, rest) = self.rest.split_first().ok_or(BodyError::cut_short(field))?;
        self.rest = rest;
        Ok(first)
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A NUL-terminated string of at most `octets_max` octets before its terminator.
    ///
    /// # Errors
    /// Without a terminator the body is cut short; over the limit it is refused with `refusal`.
    pub(crate) fn c_string(
        &mut self,
        field: &'static str,
        octets_max: usize,
        refusal: CommandStatus,
    ) -> Result<String, BodyError> {
        let end = self
            .rest
            .iter()
            .position(|&octet| octet == 0)
            .ok_or(BodyError::cut_short(field))?;
        if end > octets_max {
            return Err(BodyError { field, status: refusal });
        }
        let text = latin1(&self.rest[..end]);
        self.rest = &self.rest[end + 1..];
        Ok(text)
    }

    /// The last string of a body: the terminator may be missing, as some carriers forget it there.
    pub(crate) fn last_c_string(&mut self) -> String {
        let end = self.rest.iter().position(|&octet| octet == 0);
        let text = latin1(&self.rest[..end.unwrap_or(self.rest.len())]);
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        text
    }
}

/// One `char` for each octet.
pub(crate) fn latin1(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => octets.iter().map(|&octet| char::from(octet)).collect(),
    }
}

/// Checks that `text` can be written as the field, without writing it.
pub(crate) fn check_c_string(field: &'static str, text: &str, octets_max: usize) -> Result<(), EncodeError> {
    if text.len() <= octets_max && text.is_ascii() && !text.as_bytes().contains(&0) {
        return Ok(());
    }
    let mut octets = 0;
    for character in text.chars() {
        if character == '\0' || u8::try_from(character).is_err() {
            return Err(EncodeError::Unprintable { field });
        }
        octets += 1;
    }
    if octets > octets_max {
        return Err(EncodeError::TooLong { field, octets_max });
    }
    Ok(())
}

/// Writes a string that [`check_c_string`] has passed, and its terminator.
pub(crate) fn put_c_string(out: &mut BytesMut, text: &str) {
    if text.is_ascii() {
        out.put_slice(text.as_bytes());
    } else {
        out.extend(text.chars().filter_map(|character| u8::try_from(character).ok()));
    }
    out.put_u8(0);
}

/// Octets of the PDU header: command_length, command_id, command_status, sequence_number.
pub(crate) const HEADER_OCTETS: usize = 16;

/// Writes one whole PDU: the header, what `body` appends, and at last the length.
pub(crate) fn put_pdu(
    out: &mut BytesMut,
    command_id: u32,
    status: CommandStatus,
    sequence: u32,
    body: impl FnOnce(&mut BytesMut),
) {
    let start = out.len();
    out.put_u32(0);
    out.put_u32(command_id);
    out.put_u32(status.0);
    out.put_u32(sequence);
    body(out);
    let length = u32::try_from(out.len() - start).expect("bodies are bounded by their field limits, far below 4 GiB");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_above_ascii_survive_the_round_trip() {
        let text = latin1(&[0x41, 0xE9, 0xFF]);
        let mut out = BytesMut::new();
        put_c_string(&mut out, &text);

        assert_eq!(text, "A\u{e9}\u{ff}");
        assert_eq!(&out[..], [0x41, 0xE9, 0xFF, 0]);
    }

    #[test]
    fn what_a_c_string_cannot_carry_is_refused_by_name() {
        assert_eq!(check_c_string("source_addr", "ok", 2), Ok(()));
        assert_eq!(check_c_string("source_addr", "\u{e9}\u{e9}", 2), Ok(()));
        assert_eq!(
            check_c_string("source_addr", "long", 3),
            Err(EncodeError::TooLong { field: "source_addr", octets_max: 3 })
        );
        for text in ["a\0b", "\u{20ac}"] {
            assert_eq!(check_c_string("source_addr", text, 20), Err(EncodeError::Unprintable { field: "source_addr" }));
        }
    }

    #[test]
    fn only_the_last_string_may_lack_its_terminator() {
        assert_eq!(Reader::new(b"38601fa").last_c_string(), "38601fa");
        assert_eq!(
            Reader::new(b"38601fa").c_string("service_type", 20, CommandStatus::INVALID_SERVICE_TYPE),
            Err(BodyError::cut_short("service_type"))
        );
    }
}
