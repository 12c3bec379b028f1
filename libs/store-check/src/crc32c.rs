//! CRC-32C (Castagnoli), as RocksDB writes it in front of its records.

/// The polynomial, reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// What RocksDB adds to a checksum before it stores it, after turning it by 15 bits.
const MASK_DELTA: u32 = 0xa282_ead8;

const TABLE: [u32; 256] = table();

/// A checksum under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crc32c(u32);

impl Crc32c {
    pub(crate) fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn add(&mut self, octet: u8) {
        let index = usize::from(octet ^ self.0.to_le_bytes()[0]);
        self.0 = TABLE[index] ^ (self.0 >> 8);
    }

    /// The checksum as it is stored.
    pub(crate) fn masked(self) -> u32 {
        (!self.0).rotate_right(15).wrapping_add(MASK_DELTA)
    }
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let (mut value, mut bit) = (index as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { POLYNOMIAL ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answer_of_rfc_3720_comes_out_and_is_masked_as_rocksdb_does() {
        let mut crc = Crc32c::new();
        b"123456789".iter().for_each(|octet| crc.add(*octet));
        assert_eq!(!crc.0, 0xe306_9283);
        assert_eq!(crc.masked(), 0xe306_9283_u32.rotate_right(15).wrapping_add(MASK_DELTA));
    }
}
