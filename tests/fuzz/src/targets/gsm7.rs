use volley_sms_text::gsm7::{Language, Shifts, decode, encode, fill_bits, pack, unpack};

use super::{Shape, size};

/// The first octet names the shifts (two bits each) and the fill bits (three), the rest are septets.
pub(super) fn run(octets: &[u8]) -> Shape {
    let [flags, body @ ..] = octets else { return Shape::of(0) };
    let shifts = Shifts { single: Language::from_id(flags & 3), locking: Language::from_id(flags >> 2 & 3) };
    let decoded = decode(body, shifts);
    assert!(decoded.text.chars().count() <= body.len());
    assert_eq!(decoded.lossy, has_no_septet(body), "lossy says that an octet was no septet");

    let plain = decode(body, Shifts::default());
    if let Some(septets) = encode(&plain.text) {
        assert_eq!(decode(&septets, Shifts::default()).text, plain.text, "what encodes comes back");
        packs(&septets, (flags >> 4 & 7) % 7);
    }
    let _ = unpack(body, (flags >> 4 & 7) % 7);
    let _ = fill_bits(body.len());
    Shape::of((
        flags & 0x0F,
        decoded.lossy,
        plain.lossy,
        size(body.len()),
        size(plain.text.len()),
        encode(&plain.text).is_some(),
    ))
}

/// An octet over 0x7F is none, wherever it stands, also behind an escape.
fn has_no_septet(octets: &[u8]) -> bool {
    octets.iter().any(|octet| *octet > 0x7F)
}

fn packs(septets: &[u8], fill: u8) {
    let unpacked = unpack(&pack(septets, fill), fill);
    let without_at = septets.strip_suffix(&[0]).unwrap_or(septets);
    assert!(unpacked == septets || unpacked == without_at, "packing lost more than a last @");
}
