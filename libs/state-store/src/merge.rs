//! A walk over stored rows with the unwritten ones laid over them.

use std::{cmp::Ordering, ops::Range};

use crate::{
    StoreError,
    engine::{Engine, KeyValue, ROWS_FROM},
};

/// Up to `limit` rows of a key range in key order. `above` are the unwritten rows of the range in key order, `None` for a
/// removed one; each hides the stored row under the same key.
pub(crate) fn scan<'a>(
    engine: &Engine,
    range: Range<&[u8]>,
    limit: usize,
    above: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> Result<Vec<KeyValue>, StoreError> {
    let mut stored = engine.iterate(range);
    let mut above = above.peekable();
    let mut rows = Vec::new();
    while rows.len() < limit {
        let order = match (above.peek(), stored.peek()?) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((ours, _)), Some((theirs, _))) => (*ours).cmp(theirs),
        };
        if order == Ordering::Greater {
            rows.extend(stored.next()?);
            continue;
        }
        if order == Ordering::Equal {
            stored.step();
        }
        if let Some((key, Some(value))) = above.next() {
            rows.push((key.to_vec(), value.to_vec()));
        }
    }
    Ok(rows)
}

/// The part of a range that belongs to the service; `None` when there is none.
pub(crate) fn visible(range: Range<&[u8]>) -> Option<Range<&[u8]>> {
    let start = range.start.max(&ROWS_FROM);
    (start < range.end).then_some(start..range.end)
}
