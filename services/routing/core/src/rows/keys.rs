//! Parts of keys.

use volley_rows::KeyReader;
use volley_types::{Lane, SubscriberId};

/// A handset with its length before it.
pub fn put_subscriber(out: &mut Vec<u8>, subscriber: &SubscriberId) {
    let key = subscriber.key();
    out.push(u8::try_from(key.len()).expect("a subscriber key is at most 129 octets"));
    out.extend_from_slice(&key);
}

/// Reads [`put_subscriber`] back.
pub fn read_subscriber(reader: &mut KeyReader<'_>) -> Option<SubscriberId> {
    let [length] = reader.array()?;
    let key: Option<Vec<u8>> = (0..length).map(|_| reader.array::<1>().map(|[octet]| octet)).collect();
    SubscriberId::from_key(&key?).ok()
}

/// A lane as one octet, the most urgent first.
pub const fn lane_octet(lane: Lane) -> u8 {
    match lane {
        Lane::Otp => 1,
        Lane::Normal => 2,
        Lane::Bulk => 3,
    }
}

/// Reads [`lane_octet`] back.
pub const fn lane_of(octet: u8) -> Option<Lane> {
    match octet {
        1 => Some(Lane::Otp),
        2 => Some(Lane::Normal),
        3 => Some(Lane::Bulk),
        _ => None,
    }
}
