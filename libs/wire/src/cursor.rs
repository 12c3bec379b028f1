//! The cursor a client holds: the content of a `CursorMoved`, followed by four octets that tell a mangled one.
//!
//! Opaque to the client. The checksum guards against accidents, not against forgery: whoever opens a stream may read every event of
//! that subscription anyway, and a cursor of another tenant is refused by its name.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use volley_events::CursorMoved;
use xxhash_rust::xxh3::xxh3_64;

use crate::{error::WireError, proto::internal::v1 as wire};

/// Octets of the checksum at the end.
const CHECKSUM_OCTETS: usize = 4;

/// Why octets are no cursor.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CursorError {
    /// Cut, changed, or never a cursor.
    #[error(
        "is not a cursor, or was changed on its way: send back the octets of an event's cursor exactly as they came"
    )]
    Mangled,
    /// Intact, but written by a version that means something else by it.
    #[error("is a cursor that this version cannot read")]
    Unreadable(#[from] WireError),
}

/// The cursor as the client gets it.
pub fn encode_cursor(cursor: &CursorMoved) -> Bytes {
    let cursor = wire::CursorMoved::from(cursor);
    let mut octets = BytesMut::with_capacity(cursor.encoded_len() + CHECKSUM_OCTETS);
    octets.put_slice(&cursor.encode_to_vec());
    octets.put_u32(checksum(&octets));
    octets.freeze()
}

/// Reads a cursor that a client sent back.
///
/// # Errors
/// [`CursorError`], for the client's `INVALID_ARGUMENT`.
pub fn decode_cursor(octets: &[u8]) -> Result<CursorMoved, CursorError> {
    let (content, sum) = octets.split_last_chunk::<CHECKSUM_OCTETS>().ok_or(CursorError::Mangled)?;
    if u32::from_be_bytes(*sum) != checksum(content) {
        return Err(CursorError::Mangled);
    }
    let cursor = wire::CursorMoved::decode(content).map_err(WireError::from)?;
    Ok(cursor.try_into()?)
}

/// The lower half of xxh3-64.
fn checksum(content: &[u8]) -> u32 {
    xxh3_64(content) as u32
}

#[cfg(test)]
mod tests {
    use volley_types::{Partition, Position, Source, SubscriptionId, TenantId};

    use super::*;

    fn cursor() -> CursorMoved {
        CursorMoved {
            tenant: TenantId::new("acme").unwrap(),
            subscription: SubscriptionId::new("default").unwrap(),
            shard: 3,
            offset: 77,
            marks: vec![(Source::Correlation(Partition(1)), Position { offset: 9, index: 2 })],
        }
    }

    #[test]
    fn a_cursor_reads_back() {
        assert_eq!(decode_cursor(&encode_cursor(&cursor())), Ok(cursor()));
    }

    #[test]
    fn a_cursor_with_any_bit_changed_is_refused() {
        let good = encode_cursor(&cursor());
        for bit in 0..good.len() * 8 {
            let mut bad = good.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_cursor(&bad), Err(CursorError::Mangled), "bit {bit}");
        }
        assert_eq!(decode_cursor(&good[1..]), Err(CursorError::Mangled));
        assert_eq!(decode_cursor(b""), Err(CursorError::Mangled));
    }
}
