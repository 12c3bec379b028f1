//! Small changes to octets, from a seed: the same seed, the same changes.

/// Octets of the largest input.
pub const INPUT_OCTETS_MAX: usize = 4_096;

/// What parsers look for.
const INTERESTING: [&[u8]; 16] = [
    b"\0",
    b"\x1B",
    b"\xFF",
    b"\x7F",
    b"\x80",
    b"\0\0\0\x10",
    b"\x04\x24\0\x01",
    b"\x00\x1E\0\x04",
    b"\x05\x00\x03\x01\x02\x01",
    b"\x24\x01\x01",
    b"id:",
    b" stat:DELIVRD",
    b" text:",
    b"submit date:2401010000",
    b"\xE2\x82\xAC",
    b"\xF0\x9F\x98\x80",
];

/// A source of numbers that are the same for the same seed (xorshift64*).
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// Numbers from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// The next number under `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        (number % limit.max(1) as u64) as usize
    }

    fn octet(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// One to four changes to `octets`; `other` lends a piece now and then.
pub fn mutate(octets: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        change(octets, other, numbers);
    }
    octets.truncate(INPUT_OCTETS_MAX);
    if numbers.below(4) != 0 {
        mend_length(octets);
    }
}

fn change(octets: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(octets.len() + 1);
    let end = (at + 1 + numbers.below(8)).min(octets.len());
    match numbers.below(8) {
        0 => octets.insert(at, numbers.octet()),
        1 => drop(octets.drain(at.min(end)..end)),
        2 => drop(octets.splice(at..at, INTERESTING[numbers.below(INTERESTING.len())].iter().copied())),
        3 => {
            let from = numbers.below(other.len() + 1);
            let to = (from + numbers.below(32)).min(other.len());
            octets.splice(at..at, other[from..to].iter().copied());
        }
        4 => {
            let copy = octets[at.min(end)..end].to_vec();
            octets.splice(at..at, copy);
        }
        5 => octets.truncate(at),
        kind => {
            let octet = numbers.octet();
            if let Some(place) = octets.get_mut(at) {
                *place = if kind == 6 { octet } else { *place ^ 1 << (octet & 7) };
            }
        }
    }
}

/// Lets the first four octets say the length, if they nearly did: else hardly any mutated PDU would get past its header.
fn mend_length(octets: &mut [u8]) {
    let length = octets.len();
    let claims_little = octets.first_chunk::<4>().is_some_and(|head| head[0] == 0 && head[1] == 0);
    if claims_little && length >= 16 {
        octets[..4].copy_from_slice(&(length as u32).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_changes() {
        let changed = |seed| {
            let mut octets = b"id:1 stat:DELIVRD".to_vec();
            let mut numbers = Numbers::new(seed);
            (0..50).for_each(|_| mutate(&mut octets, b"text:hello", &mut numbers));
            octets
        };
        assert_eq!(changed(7), changed(7));
        assert_ne!(changed(7), changed(8));
        assert!(changed(9).len() <= INPUT_OCTETS_MAX);
    }

    #[test]
    fn nothing_can_be_changed_too() {
        let mut numbers = Numbers::new(0);
        for _ in 0..1_000 {
            let mut octets = Vec::new();
            mutate(&mut octets, &[], &mut numbers);
        }
    }
}
