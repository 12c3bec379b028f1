//! A record that could not be read, as it lies on `dead-letter`.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Octets of an undecodable value that are kept, so that the letter about the largest record still fits into a record.
pub const DEAD_LETTER_VALUE_BYTES_MAX: usize = 512 * 1024;

const LAYOUT: u8 = 1;

/// An undecodable record with its origin. The original stays in the input topic for as long as that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Topic it came from.
    pub topic: String,
    /// Partition of that topic.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// Why it could not be read.
    pub reason: String,
    /// Its header, readable or not.
    pub header: Bytes,
    /// How many octets its value had.
    pub value_bytes: u64,
    /// The first [`DEAD_LETTER_VALUE_BYTES_MAX`] of them.
    pub value: Bytes,
}

impl DeadLetter {
    /// The octets of the letter, all numbers big endian: layout u8 = 1, partition u32, offset u64, value length u64, then
    /// topic, reason, header and value, each with its length as u32 before it.
    pub fn encode(&self) -> Bytes {
        let mut out =
            BytesMut::with_capacity(64 + self.topic.len() + self.reason.len() + self.header.len() + self.value.len());
        out.put_u8(LAYOUT);
        out.put_u32(self.partition);
        out.put_u64(self.offset);
        out.put_u64(self.value_bytes);
        for part in [self.topic.as_bytes(), self.reason.as_bytes(), &self.header, &self.value] {
            // Parts are far below 4 GiB: the log holds no record of a megabyte.
            out.put_u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
            out.put_slice(part);
        }
        out.freeze()
    }

    /// Reads the octets of [`encode`](Self::encode); `None` when they are no letter.
    pub fn decode(mut octets: Bytes) -> Option<Self> {
        if octets.try_get_u8().ok()? != LAYOUT {
            return None;
        }
        let partition = octets.try_get_u32().ok()?;
        let offset = octets.try_get_u64().ok()?;
        let value_bytes = octets.try_get_u64().ok()?;
        let topic = String::from_utf8(part(&mut octets)?.to_vec()).ok()?;
        let reason = String::from_utf8(part(&mut octets)?.to_vec()).ok()?;
        let (header, value) = (part(&mut octets)?, part(&mut octets)?);
        octets
            .is_empty()
            .then_some(Self { topic, partition, offset, reason, header, value_bytes, value })
    }
}

fn part(octets: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(octets.try_get_u32().ok()?).ok()?;
    (octets.len() >= length).then(|| octets.split_to(length))
}

/// Shows the origin and the reason, never the content.
impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("reason", &self.reason)
            .field("value_bytes", &self.value_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> DeadLetter {
        DeadLetter {
            topic: "volley.routing.in.v1".to_owned(),
            partition: 3,
            offset: 77,
            reason: "the body does not decode".to_owned(),
            header: Bytes::from_static(&[9; 48]),
            value_bytes: 5,
            value: Bytes::from_static(b"hello"),
        }
    }

    #[test]
    fn a_letter_reads_back() {
        assert_eq!(DeadLetter::decode(letter().encode()), Some(letter()));
    }

    #[test]
    fn a_torn_letter_is_none() {
        let octets = letter().encode();
        for length in 0..octets.len() {
            assert_eq!(DeadLetter::decode(octets.slice(..length)), None, "{length} octets");
        }
    }

    #[test]
    fn debug_keeps_the_content_to_itself() {
        assert!(!format!("{:?}", letter()).contains("hello"));
    }
}
