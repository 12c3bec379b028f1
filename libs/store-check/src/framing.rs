//! A file of records in blocks, as RocksDB writes its write-ahead logs and manifests.
//!
//! ```text
//!   | block of 32 KiB: record | record | ... | zeros where no header fits |  block ... |  last block, shorter
//!   record:  checksum (4) | length (2) | type (1) | log number (4), in files used again only | payload
//! ```

use std::{
    fs::File,
    io::{self, Read},
};

use crc32c::{crc32c, crc32c_append};

use crate::cut;

/// Octets of a block.
const BLOCK: usize = 32 << 10;

/// Octets of a header without, and with, a log number.
const HEADER: usize = 7;
const RECYCLED_HEADER: usize = 11;

/// What RocksDB adds to a checksum before it stores it, after turning it by 15 bits.
const MASK_DELTA: u32 = 0xa282_ead8;

/// Where the type stands: the checksum covers the header from there on.
const TYPE_AT: usize = 6;

/// A header, as far as its octets make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    checksum: u32,
    /// Octets of the header itself.
    pub(crate) own: usize,
    /// Octets behind it.
    pub(crate) payload: usize,
    kind: u8,
}

impl Header {
    /// The header these octets begin with; `None` when they are too few.
    pub(crate) fn read(octets: &[u8]) -> Option<Self> {
        let [c0, c1, c2, c3, l0, l1, kind, ..] = *octets else { return None };
        let own = if is_recycled(kind) { RECYCLED_HEADER } else { HEADER };
        (octets.len() >= own).then_some(Self {
            checksum: u32::from_le_bytes([c0, c1, c2, c3]),
            own,
            payload: usize::from(u16::from_le_bytes([l0, l1])),
            kind,
        })
    }

    /// Octets of the whole record.
    pub(crate) fn record(self) -> usize {
        self.own + self.payload
    }

    /// Nothing was written here: RocksDB passes over it.
    pub(crate) fn is_blank(self) -> bool {
        self.kind == 0 && self.payload == 0
    }

    /// A kind that RocksDB writes.
    pub(crate) fn is_known(self) -> bool {
        matches!(self.kind, 1..=11 | 130 | 131)
    }

    /// The payload length from `fewest` on at which the checksum fits what lies behind the header in `octets`.
    pub(crate) fn fitting(self, octets: &[u8], fewest: usize) -> Option<usize> {
        let (covered, payload) = octets.split_at_checked(self.own)?;
        let (least, more) = payload.split_at_checked(fewest)?;
        let mut crc = crc32c_append(crc32c(&covered[TYPE_AT..]), least);
        for (length, octet) in (fewest..).zip(more) {
            if masked(crc) == self.checksum {
                return Some(length);
            }
            crc = crc32c_append(crc, std::slice::from_ref(octet));
        }
        (masked(crc) == self.checksum).then_some(payload.len())
    }

    /// Whether these octets begin with a whole record.
    pub(crate) fn is_whole(self, octets: &[u8]) -> bool {
        let record = octets.get(..self.record());
        self.is_known() && record.is_some_and(|record| self.fitting(record, self.payload).is_some())
    }
}

/// A checksum as RocksDB stores it.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(MASK_DELTA)
}

fn is_recycled(kind: u8) -> bool {
    matches!(kind, 5..=8 | 11 | 131)
}

/// Where a file is damaged in a way that RocksDB passes over, and how it shows.
pub(crate) type Finding = Option<(u64, &'static str)>;

/// Walks over the records of a file.
pub(crate) fn walk(file: File) -> io::Result<Finding> {
    let mut file = io::BufReader::with_capacity(BLOCK, file);
    let (mut block, mut begins, mut blank_from) = (Vec::with_capacity(BLOCK), 0, None);
    loop {
        block.clear();
        file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if let Some(blank) = blank_from
            && block.iter().any(|octet| *octet != 0)
        {
            return Ok(Some((blank, "nothing is written there, and something behind it")));
        }
        let last = block.len() < BLOCK;
        if blank_from.is_none() {
            match walk_block(&block, last) {
                Met::End => {}
                Met::Blank(at) => blank_from = Some(begins + at as u64),
                Met::Damage(at, what) => return Ok(Some((begins + at as u64, what))),
            }
        }
        if last {
            return Ok(None);
        }
        begins += BLOCK as u64;
    }
}

enum Met {
    End,
    /// From here to the end of the block there are zeros, where a record could be.
    Blank(usize),
    Damage(usize, &'static str),
}

fn walk_block(block: &[u8], last: bool) -> Met {
    let mut at = 0;
    while let Some(header) = Header::read(&block[at..]) {
        let rest = &block[at..];
        if header.is_blank() && rest.len() < RECYCLED_HEADER {
            return Met::End;
        }
        if header.is_blank() {
            return match rest.iter().any(|octet| *octet != 0) {
                true => Met::Damage(at, "nothing is written there, and something behind it"),
                false => Met::Blank(at),
            };
        }
        if header.record() > rest.len() {
            // In a block that is not the last one RocksDB sees it, too.
            let damage = last.then(|| cut::damage(header, rest)).flatten();
            return damage.map_or(Met::End, |what| Met::Damage(at, what));
        }
        at += header.record();
    }
    Met::End
}
