//! What is appended, and what is read back.
//!
//! A record is opaque to the log: key, header, attributes and value are octets. `Debug` shows lengths only, so that
//! neither texts nor numbers reach a log file by accident.

use std::{borrow::Cow, fmt};

use bytes::Bytes;

/// The most one record may hold, in octets: key, header, attribute names and values, and value together.
///
/// Below the 1 MiB that Kafka brokers accept by default, with room for the framing around a record.
pub const RECORD_BYTES_MAX: usize = 900 * 1024;

/// The most attributes one record may carry.
pub const ATTRIBUTES_MAX: usize = 64;

/// The longest attribute name, in octets.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 255;

/// A record on its way into the log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NewRecord {
    /// What the record is about, for consumers outside Volley. The partition is chosen explicitly and never from it.
    pub key: Option<Bytes>,
    /// Our fixed-layout header (source and positions), readable when the value is not. Kafka carries it as the header `volley`.
    pub header: Bytes,
    /// Further headers, such as the CloudEvents headers of `events`. Usually empty.
    pub attributes: Vec<Attribute>,
    /// The body.
    pub value: Bytes,
}

/// One named header besides our own.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The header's name, at most [`ATTRIBUTE_NAME_BYTES_MAX`] octets; `volley` is taken.
    pub name: Cow<'static, str>,
    /// The header's value.
    pub value: Bytes,
}

/// A record as the log holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the partition; dense, except where the log was trimmed at its start.
    pub offset: u64,
    /// When the log took the record, Unix microseconds. The log's own clock; never falls within a partition.
    pub append_time_us: i64,
    /// See [`NewRecord::key`].
    pub key: Option<Bytes>,
    /// See [`NewRecord::header`].
    pub header: Bytes,
    /// See [`NewRecord::attributes`].
    pub attributes: Vec<Attribute>,
    /// See [`NewRecord::value`].
    pub value: Bytes,
}

impl NewRecord {
    /// The octets that count against [`RECORD_BYTES_MAX`].
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        payload_bytes(self.key.as_ref(), &self.header, &self.attributes, &self.value)
    }
}

impl Record {
    /// The octets that count against [`RECORD_BYTES_MAX`] and against [`ReadLimit::bytes`](crate::ReadLimit).
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        payload_bytes(self.key.as_ref(), &self.header, &self.attributes, &self.value)
    }
}

impl Attribute {
    /// An attribute of the given name and value.
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<Bytes>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

fn payload_bytes(key: Option<&Bytes>, header: &Bytes, attributes: &[Attribute], value: &Bytes) -> usize {
    let attributes: usize = attributes
        .iter()
        .map(|attribute| attribute.name.len() + attribute.value.len())
        .sum();

    key.map_or(0, Bytes::len) + header.len() + attributes + value.len()
}

impl fmt::Debug for NewRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRecord")
            .field("key_bytes", &self.key.as_ref().map(Bytes::len))
            .field("header_bytes", &self.header.len())
            .field("attributes", &self.attributes)
            .field("value_bytes", &self.value.len())
            .finish()
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} octets)", self.name, self.value.len())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("offset", &self.offset)
            .field("append_time_us", &self.append_time_us)
            .field("key_bytes", &self.key.as_ref().map(Bytes::len))
            .field("header_bytes", &self.header.len())
            .field("attributes", &self.attributes)
            .field("value_bytes", &self.value.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_lengths_and_never_contents() {
        let record = NewRecord {
            key: Some(Bytes::from_static(b"+447700900123")),
            header: Bytes::from_static(b"header-octets"),
            attributes: vec![Attribute::new("ce_id", "secret-attribute")],
            value: Bytes::from_static(b"your code is 4711"),
        };

        let shown = format!("{record:?}");

        assert!(shown.contains("value_bytes: 17"), "{shown}");
        for secret in ["4477", "header-octets", "secret-attribute", "4711"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn payload_counts_key_header_attributes_and_value() {
        let record = NewRecord {
            key: Some(Bytes::from_static(b"12")),
            header: Bytes::from_static(b"345"),
            attributes: vec![Attribute::new("6789", "0")],
            value: Bytes::from_static(b"1234567"),
        };

        assert_eq!(record.payload_bytes(), 2 + 3 + 5 + 7);
    }
}
