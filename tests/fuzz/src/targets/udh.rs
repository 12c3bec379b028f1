use volley_sms_text::{DecodeOptions, Encoding, Part, Udh, decode, decode_parts};

use super::{Shape, size};

/// The first octet is the data_coding, the second the esm_class, the lowest bit of the third says that GSM-7 is packed.
pub(super) fn run(octets: &[u8]) -> Shape {
    let [data_coding, esm_class, options, body @ ..] = octets else {
        return Shape::of(size(octets.len()));
    };
    let parsed = Udh::parse(body);
    if let Ok((udh, rest)) = &parsed {
        assert_eq!(udh.octets + rest.len(), body.len());
        if let Some(place) = udh.concatenation {
            assert!((1..=place.total()).contains(&place.sequence()));
            let mut written = Vec::new();
            place.write_udh(&mut written);
            let again = Udh::parse(&written).map(|(udh, _)| udh.concatenation);
            assert_eq!(again, Ok(Some(place)));
        }
    }
    let options = DecodeOptions { gsm7_packed: options & 1 == 1, default_alphabet: Encoding::Gsm7 };
    let part = Part { data_coding: *data_coding, esm_class: *esm_class, octets: body };
    let one = decode(part, &options);
    let several = decode_parts(&[Some(part), None, Some(part)], &options);
    assert!(several.text.contains("[…]"));
    assert_eq!(several.encoding, one.encoding);
    let udh = parsed.ok().map(|(udh, _)| udh);
    Shape::of((
        one.encoding.map(Encoding::data_coding),
        one.flagged,
        udh.map(|udh| (udh.octets, udh.ports.is_some(), udh.shifts.single.is_some(), udh.shifts.locking.is_some())),
        one.concatenation.map(|place| (place.width(), size(place.total().into()))),
        size(one.text.len()),
    ))
}
