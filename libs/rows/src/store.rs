//! The store as bytes, and typed access on top of it.

use std::ops::Range;

use serde::{Serialize, de::DeserializeOwned};

use crate::{RowKey, RowKind};

/// Why a row could not be had. Both halt the partition: state that cannot be read must not be guessed.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The octets under this kind are no such row.
    #[error("a {kind:?} row does not decode: {fault}")]
    Corrupt {
        /// Kind of the row.
        kind: RowKind,
        /// What is wrong with it.
        fault: String,
    },
    /// The store behind failed.
    #[error("the state store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One key with its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// Ordered bytes: what is put is seen at once, and becomes durable with the position of the record that caused it.
pub trait RowStore {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError>;
    /// Shows the value under a key, if there is one, where it lies.
    fn show(&self, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<(), RowError> {
        if let Some(value) = self.get(key)? {
            see(&value);
        }
        Ok(())
    }
    /// Sets the value under a key.
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>);
    /// Sets the value under a key that the caller knows has none: a store need not look what it replaces. Where there is one all the
    /// same, the digest of the rows is wrong from then on; with debug assertions that is found at once.
    fn put_new(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.put(key, value);
    }
    /// Removes a key; removing what is not there changes nothing.
    fn delete(&mut self, key: &[u8]);
    /// Up to `limit` rows of a key range, in key order.
    fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<KeyValue>, RowError>;
}

/// Octets that nearly every row fits into: memory for one is taken at once.
const ROW_OCTETS: usize = 512;

/// A type of row: its kind, its key, and serde for its value.
pub trait Row: Serialize + DeserializeOwned {
    /// First octet of its keys.
    const KIND: RowKind;
    /// The rest of its keys.
    type Key: RowKey;
}

/// Typed access to any [`RowStore`].
pub trait RowsExt: RowStore {
    /// The row under a key.
    fn row<R: Row>(&self, key: &R::Key) -> Result<Option<R>, RowError> {
        let mut row = None;
        self.show(&full_key::<R>(key), &mut |value| row = Some(decode::<R>(value)))?;
        row.transpose()
    }

    /// Sets the row under a key.
    fn put_row<R: Row>(&mut self, key: &R::Key, row: &R) -> Result<(), RowError> {
        self.put(full_key::<R>(key), encode(row)?);
        Ok(())
    }

    /// Sets the row under a key that has none; see [`RowStore::put_new`].
    fn put_new_row<R: Row>(&mut self, key: &R::Key, row: &R) -> Result<(), RowError> {
        self.put_new(full_key::<R>(key), encode(row)?);
        Ok(())
    }

    /// Removes the row under a key.
    fn delete_row<R: Row>(&mut self, key: &R::Key) {
        self.delete(&full_key::<R>(key));
    }

    /// Up to `limit` rows whose key octets start with `prefix`, in key order.
    fn rows_with_prefix<R: Row>(&self, prefix: &[u8], limit: usize) -> Result<Vec<(R::Key, R)>, RowError> {
        let mut from = vec![R::KIND as u8];
        from.extend_from_slice(prefix);
        let to = successor(&from);
        self.scan(&from..&to, limit)?
            .into_iter()
            .map(|(key, value)| typed::<R>(&key, &value))
            .collect()
    }

    /// Up to `limit` rows from a key (inclusive) on, within the kind, in key order.
    fn rows_from<R: Row>(&self, from: &R::Key, limit: usize) -> Result<Vec<(R::Key, R)>, RowError> {
        let to = [R::KIND as u8 + 1];
        self.scan(&full_key::<R>(from)..&to, limit)?
            .into_iter()
            .map(|(key, value)| typed::<R>(&key, &value))
            .collect()
    }

    /// Every row of a kind, in key order, read `page` at a time.
    fn each_row<R: Row>(&self, page: usize, mut each: impl FnMut(R::Key, R)) -> Result<(), RowError> {
        let (mut from, to) = (vec![R::KIND as u8], [R::KIND as u8 + 1]);
        loop {
            let rows = self.scan(&from..&to, page)?;
            let last = rows.last().filter(|_| rows.len() == page).map(|(key, _)| key.clone());
            for (key, value) in rows {
                let (key, row) = typed::<R>(&key, &value)?;
                each(key, row);
            }
            let Some(last) = last else { return Ok(()) };
            from = last;
            // The smallest key after it.
            from.push(0);
        }
    }
}

impl<S: RowStore + ?Sized> RowsExt for S {}

fn full_key<R: Row>(key: &R::Key) -> Vec<u8> {
    let mut octets = Vec::with_capacity(40);
    octets.push(R::KIND as u8);
    key.encode(&mut octets);
    octets
}

fn encode<R: Row>(row: &R) -> Result<Vec<u8>, RowError> {
    postcard::to_extend(row, Vec::with_capacity(ROW_OCTETS)).map_err(|fault| corrupt::<R>(&fault))
}

fn decode<R: Row>(value: &[u8]) -> Result<R, RowError> {
    postcard::from_bytes(value).map_err(|fault| corrupt::<R>(&fault))
}

fn typed<R: Row>(key: &[u8], value: &[u8]) -> Result<(R::Key, R), RowError> {
    let key = R::Key::decode(&key[1..]).ok_or_else(|| corrupt::<R>(&"its key is malformed"))?;
    Ok((key, decode::<R>(value)?))
}

fn corrupt<R: Row>(fault: &dyn std::fmt::Display) -> RowError {
    RowError::Corrupt { kind: R::KIND, fault: fault.to_string() }
}

/// The smallest key after all keys with this prefix. Kinds stay below 255, so there is one.
fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if last < u8::MAX {
            next.push(last + 1);
            return next;
        }
    }
    vec![u8::MAX]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use volley_types::Timestamp;

    use super::*;
    use crate::MemoryRows;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Due(u32);

    impl Row for Due {
        const KIND: RowKind = RowKind::RoutingTimer;
        type Key = Timestamp;
    }

    #[test]
    fn rows_come_back_in_key_order_from_a_point_on() {
        let mut rows = MemoryRows::default();
        for at in [5i64, -3, 9] {
            rows.put_row(&Timestamp::from_micros(at), &Due(at as u32)).unwrap();
        }
        let due: Vec<i64> = rows
            .rows_from::<Due>(&Timestamp::MIN, 10)
            .unwrap()
            .into_iter()
            .map(|(at, _)| at.as_micros())
            .collect();
        assert_eq!(due, [-3, 5, 9]);
        rows.delete_row::<Due>(&Timestamp::from_micros(5));
        assert_eq!(rows.row::<Due>(&Timestamp::from_micros(5)).unwrap(), None);
    }

    #[test]
    fn every_row_comes_once_whatever_the_page() {
        let mut rows = MemoryRows::default();
        for at in 0..7i64 {
            rows.put_row(&Timestamp::from_micros(at), &Due(at as u32)).unwrap();
        }
        for page in 1..9 {
            let mut seen = Vec::new();
            rows.each_row::<Due>(page, |_, due| seen.push(due.0)).unwrap();
            assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6], "{page} at a time");
        }
    }

    #[test]
    fn a_broken_row_is_an_error_and_not_an_absence() {
        let mut rows = MemoryRows::default();
        rows.put_row(&Timestamp::from_micros(5), &Due(1)).unwrap();
        let key = rows.scan(&[][..]..&[255][..], 1).unwrap().remove(0).0;
        rows.put(key, vec![0xff; 3]);
        assert!(matches!(rows.row::<Due>(&Timestamp::from_micros(5)), Err(RowError::Corrupt { .. })));
    }

    #[test]
    fn the_successor_of_a_prefix_is_after_all_its_keys() {
        assert_eq!(successor(&[10, 255, 255]), [11]);
        assert_eq!(successor(&[10, 1]), [10, 2]);
    }
}
