//! Keys: octets whose order is the order of the rows.

use volley_types::{MessageId, Timestamp};

/// A key of one kind of row. `encode` must keep the order: a smaller key has smaller octets.
pub trait RowKey: Sized {
    /// Appends the key's octets.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads them back; `None` when they are not such a key.
    fn decode(octets: &[u8]) -> Option<Self>;
}

/// Reads the parts of a composite key one after the other.
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Starts at the first octet.
    pub fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The next `N` octets.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    /// The next number, eight octets, big endian.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// The next text, written by [`put_text`](Self::put_text).
    pub fn text(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = std::str::from_utf8(&self.0[..end]).ok()?;
        self.0 = &self.0[end + 1..];
        Some(text)
    }

    /// Everything that is left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Whether nothing is left; the last step of a `decode`.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes a text that holds no NUL (names never do) so that shorter texts sort before longer ones.
    pub fn put_text(out: &mut Vec<u8>, text: &str) {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
}

impl RowKey for MessageId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self::from_bytes)
    }
}

/// A point in time, ordered also before the epoch.
impl RowKey for Timestamp {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.as_micros() as u64 ^ (1 << 63)).to_be_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let flipped = u64::from_be_bytes(octets.try_into().ok()?);
        Some(Self::from_micros((flipped ^ (1 << 63)) as i64))
    }
}

impl RowKey for String {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        String::from_utf8(octets.to_vec()).ok()
    }
}

impl RowKey for Vec<u8> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        Some(octets.to_vec())
    }
}
