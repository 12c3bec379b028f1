//! Eight septets in seven octets, as they travel on air (3GPP TS 23.038 §6.1.2.1), least significant bit first.

/// Packs septets after `fill_bits` zero bits, which bring the text to a septet boundary behind a header.
///
/// `fill_bits` is 0 to 6; see [`fill_bits`].
#[must_use]
pub fn pack(septets: &[u8], fill_bits: u8) -> Vec<u8> {
    let mut octets = Vec::with_capacity((septets.len() * 7 + usize::from(fill_bits)).div_ceil(8));
    let (mut buffer, mut held) = (0_u16, fill_bits);
    for septet in septets {
        buffer |= u16::from(septet & 0x7F) << held;
        held += 7;
        if held >= 8 {
            octets.push((buffer & 0xFF) as u8);
            buffer >>= 8;
            held -= 8;
        }
    }
    if held > 0 && !septets.is_empty() {
        octets.push((buffer & 0xFF) as u8);
    }
    octets
}

/// Takes packed octets apart, ignoring the first `fill_bits` bits.
///
/// Octets alone do not say whether the last seven bits are a character or padding: a final `@` (septet 0x00) that ends
/// on an octet boundary is taken for padding, as seven times of eight it is.
#[must_use]
pub fn unpack(octets: &[u8], fill_bits: u8) -> Vec<u8> {
    let bits = (octets.len() * 8).saturating_sub(usize::from(fill_bits));
    let mut septets: Vec<u8> = (0..bits / 7)
        .map(|index| septet_at(octets, usize::from(fill_bits) + index * 7))
        .collect();
    if bits.is_multiple_of(7) && septets.last() == Some(&0) {
        septets.pop();
    }
    septets
}

/// The bits between a header of `header_octets` and the next septet boundary.
#[must_use]
pub fn fill_bits(header_octets: usize) -> u8 {
    ((7 - header_octets * 8 % 7) % 7) as u8
}

fn septet_at(octets: &[u8], bit: usize) -> u8 {
    let low = u16::from(octets[bit / 8]);
    let high = octets.get(bit / 8 + 1).map_or(0, |octet| u16::from(*octet));
    (((high << 8 | low) >> (bit % 8)) & 0x7F) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_six_octet_header_leaves_one_fill_bit() {
        assert_eq!(fill_bits(6), 1);
        assert_eq!(fill_bits(7), 0);
        assert_eq!(fill_bits(0), 0);
        assert_eq!(fill_bits(4), 3);
    }

    #[test]
    fn seven_septets_do_not_grow_an_at_sign() {
        let septets = [0x61; 7];
        assert_eq!(unpack(&pack(&septets, 0), 0), septets);
    }

    #[test]
    fn nothing_packs_to_nothing() {
        assert!(pack(&[], 1).is_empty());
        assert!(unpack(&[], 1).is_empty());
    }
}
