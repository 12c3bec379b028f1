//! The record header: one fixed layout of 48 octets, readable when the body is not (D16).
//!
//! ```text
//!  0      1        2               4          8            16             24               32            36       40
//!  │layout│ source │ schema version│ index u32│ source id  │ input offset │ predecessor's  │ predecessor's│ reserved│ observed_at_us
//!  │ = 1  │ kind   │ u16           │          │ u64        │ u64          │ offset u64     │ index u32    │ u32 = 0 │ i64
//! ```
//!
//! All numbers big endian. A predecessor offset of `u64::MAX` means: the first record of this chain. For a source without a
//! chain (front door, egress, owner) offset and index are a counter of its run and the predecessor is always `u64::MAX`.

use volley_types::{Position, Source, Timestamp};

/// Octets of a header.
pub const HEADER_OCTETS: usize = 48;

/// The layout this code writes; the first octet.
pub const HEADER_LAYOUT: u8 = 1;

/// Version of the envelope schema this code writes.
pub const SCHEMA_VERSION: u16 = 1;

const NO_PREDECESSOR: u64 = u64::MAX;

/// Where a record comes from and what came before it on the same chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Who wrote the record.
    pub source: Source,
    /// Its place in what the source wrote.
    pub position: Position,
    /// The place of the record before it, from the same source on the same topic and partition.
    pub predecessor: Option<Position>,
    /// When the fact was observed at the edge.
    pub observed_at: Timestamp,
    /// Version of the body's schema.
    pub schema_version: u16,
}

/// Why octets are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not [`HEADER_OCTETS`] long.
    #[error("the record header has {0} octets instead of {HEADER_OCTETS}")]
    Length(usize),
    /// Written in a layout this code does not know.
    #[error("the record header has layout {0}; this version reads layout {HEADER_LAYOUT}")]
    Layout(u8),
    /// No such source.
    #[error("the record header names an unknown source (kind {0})")]
    Source(u8),
}

impl Header {
    /// A header of the current schema.
    pub fn new(source: Source, position: Position, predecessor: Option<Position>, observed_at: Timestamp) -> Self {
        Self { source, position, predecessor, observed_at, schema_version: SCHEMA_VERSION }
    }

    /// The 48 octets.
    pub fn encode(&self) -> [u8; HEADER_OCTETS] {
        let predecessor = self.predecessor.unwrap_or(Position { offset: NO_PREDECESSOR, index: 0 });
        let mut octets = [0; HEADER_OCTETS];
        octets[0] = HEADER_LAYOUT;
        octets[1] = self.source.kind();
        octets[2..4].copy_from_slice(&self.schema_version.to_be_bytes());
        octets[4..8].copy_from_slice(&self.position.index.to_be_bytes());
        octets[8..16].copy_from_slice(&self.source.id().to_be_bytes());
        octets[16..24].copy_from_slice(&self.position.offset.to_be_bytes());
        octets[24..32].copy_from_slice(&predecessor.offset.to_be_bytes());
        octets[32..36].copy_from_slice(&predecessor.index.to_be_bytes());
        octets[40..48].copy_from_slice(&self.observed_at.as_micros().to_be_bytes());
        octets
    }

    /// Reads the 48 octets.
    pub fn decode(octets: &[u8]) -> Result<Self, HeaderError> {
        let octets: &[u8; HEADER_OCTETS] = octets.try_into().map_err(|_| HeaderError::Length(octets.len()))?;
        if octets[0] != HEADER_LAYOUT {
            return Err(HeaderError::Layout(octets[0]));
        }
        let source = Source::from_parts(octets[1], u64_at(octets, 8)).ok_or(HeaderError::Source(octets[1]))?;
        let predecessor = Position { offset: u64_at(octets, 24), index: u32_at(octets, 32) };
        Ok(Self {
            source,
            position: Position { offset: u64_at(octets, 16), index: u32_at(octets, 4) },
            predecessor: (predecessor.offset != NO_PREDECESSOR).then_some(predecessor),
            observed_at: Timestamp::from_micros(u64_at(octets, 40) as i64),
            schema_version: u16::from_be_bytes([octets[2], octets[3]]),
        })
    }
}

fn u64_at(octets: &[u8; HEADER_OCTETS], at: usize) -> u64 {
    u64::from_be_bytes(octets[at..at + 8].try_into().expect("eight octets"))
}

fn u32_at(octets: &[u8; HEADER_OCTETS], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().expect("four octets"))
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    #[test]
    fn a_header_reads_back() {
        for predecessor in [None, Some(Position { offset: 6, index: 3 })] {
            let position = Position { offset: 7, index: 1 };
            let header = Header::new(Source::Routing(Partition(3)), position, predecessor, Timestamp::from_micros(-5));
            assert_eq!(Header::decode(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn what_is_no_header_says_why() {
        let header =
            Header::new(Source::ConfigFanout, Position { offset: 0, index: 0 }, None, Timestamp::from_micros(0));
        let mut octets = header.encode();
        assert_eq!(Header::decode(&octets[1..]), Err(HeaderError::Length(47)));
        octets[0] = 9;
        assert_eq!(Header::decode(&octets), Err(HeaderError::Layout(9)));
        octets[0] = 1;
        octets[1] = 77;
        assert_eq!(Header::decode(&octets), Err(HeaderError::Source(77)));
    }
}
