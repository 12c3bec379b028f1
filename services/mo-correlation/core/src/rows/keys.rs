//! Parts that several keys share.

use volley_rows::KeyReader;
use volley_types::{NumberId, SubscriberId};

/// Writes a handset with its length before it, so that one is never the beginning of another.
pub fn put_subscriber(out: &mut Vec<u8>, subscriber: &SubscriberId) {
    put_short(out, &subscriber.key());
}

/// Reads [`put_subscriber`] back.
pub fn read_subscriber(reader: &mut KeyReader<'_>) -> Option<SubscriberId> {
    SubscriberId::from_key(&read_short(reader)?).ok()
}

/// Writes at most 255 octets with their number before them.
pub fn put_short(out: &mut Vec<u8>, octets: &[u8]) {
    out.push(u8::try_from(octets.len()).expect("ids and subscriber keys are under 255 octets"));
    out.extend_from_slice(octets);
}

/// Reads [`put_short`] back.
pub fn read_short(reader: &mut KeyReader<'_>) -> Option<Vec<u8>> {
    let [length] = reader.array()?;
    (0..length).map(|_| reader.array::<1>().map(|[octet]| octet)).collect()
}

/// What all keys of a handset start with.
pub(crate) fn subscriber_prefix(subscriber: &SubscriberId) -> Vec<u8> {
    let mut octets = Vec::new();
    put_subscriber(&mut octets, subscriber);
    octets
}

/// What all keys of a handset and a number start with.
pub(crate) fn pair_prefix(subscriber: &SubscriberId, number: &NumberId) -> Vec<u8> {
    let mut octets = subscriber_prefix(subscriber);
    KeyReader::put_text(&mut octets, number.as_str());
    octets
}

#[cfg(test)]
pub fn assert_reads_back<K: volley_rows::RowKey + PartialEq + std::fmt::Debug>(key: K) {
    let mut octets = Vec::new();
    key.encode(&mut octets);
    assert_eq!(K::decode(&octets), Some(key));
}
