//! The queues of messages that wait for an account with room: by route and lane, tenants in turn, each in its order.

use volley_rows::{KeyReader, RowError, RowKey, RowStore, RowsExt};
use volley_types::{Lane, TenantId};

use crate::rows::{QueueKey, QueueRow, TurnRow};

/// Puts a message at the end of its tenant's part of a queue.
pub fn park<S: RowStore + ?Sized>(rows: &mut S, key: &QueueKey) -> Result<(), RowError> {
    rows.put_row(key, &QueueRow)
}

/// Takes a message out of its queue.
pub fn leave<S: RowStore + ?Sized>(rows: &mut S, key: &QueueKey) {
    rows.delete_row::<QueueRow>(key);
}

/// Takes the next message out of a queue: the first one of the tenant after the one served last.
pub fn next<S: RowStore + ?Sized>(rows: &mut S, route: &str, lane: Lane) -> Result<Option<QueueKey>, RowError> {
    let queue = QueueKey::queue_prefix(route, lane);
    let turn = rows.row::<TurnRow>(&queue)?;
    let after = match &turn {
        Some(turn) => first_after(rows, &queue, &turn.last)?,
        None => None,
    };
    let Some(key) = (match after {
        Some(key) => Some(key),
        None => first_of(rows, &queue)?,
    }) else {
        return Ok(None);
    };
    if turn.is_none_or(|turn| turn.last != key.tenant) {
        rows.put_row(&queue, &TurnRow { last: key.tenant.clone() })?;
    }
    leave(rows, &key);
    Ok(Some(key))
}

fn first_of<S: RowStore + ?Sized>(rows: &S, queue: &[u8]) -> Result<Option<QueueKey>, RowError> {
    Ok(rows
        .rows_with_prefix::<QueueRow>(queue, 1)?
        .into_iter()
        .next()
        .map(|(key, _)| key))
}

/// The first place of the queue whose tenant sorts after `tenant`.
fn first_after<S: RowStore + ?Sized>(rows: &S, queue: &[u8], tenant: &TenantId) -> Result<Option<QueueKey>, RowError> {
    let kind = volley_rows::RowKind::RoutingQueue as u8;
    let mut from = vec![kind];
    from.extend_from_slice(queue);
    let mut to = from.clone();
    KeyReader::put_text(&mut from, tenant.as_str());
    *from.last_mut().expect("ends with the text's NUL") = 1;
    *to.last_mut().expect("ends with the lane") += 1;
    let first = rows.scan(&from..&to, 1)?.into_iter().next();
    Ok(first.and_then(|(key, _)| QueueKey::decode(&key[1..])))
}

#[cfg(test)]
mod tests {
    use volley_rows::MemoryRows;
    use volley_types::MessageId;

    use super::*;

    fn key(tenant: &str, parked_by: u64) -> QueueKey {
        let tenant = TenantId::new(tenant).unwrap();
        QueueKey {
            route: "82".into(),
            lane: Lane::Bulk,
            tenant,
            parked_by,
            message: MessageId::from_bytes([1; 16]),
        }
    }

    #[test]
    fn tenants_take_turns_and_each_keeps_its_order() {
        let mut rows = MemoryRows::default();
        for (tenant, parked_by) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("bb", 5), ("a-2", 6)] {
            park(&mut rows, &key(tenant, parked_by)).unwrap();
        }
        let mut served = Vec::new();
        while let Some(key) = next(&mut rows, "82", Lane::Bulk).unwrap() {
            served.push((key.tenant.to_string(), key.parked_by));
        }
        let expected = [("a", 1), ("a-2", 6), ("b", 4), ("bb", 5), ("a", 2), ("a", 3)];
        assert_eq!(served, expected.map(|(tenant, parked_by)| (tenant.to_owned(), parked_by)));
    }

    #[test]
    fn queues_do_not_mix() {
        let mut rows = MemoryRows::default();
        park(&mut rows, &key("a", 1)).unwrap();
        assert_eq!(next(&mut rows, "82", Lane::Otp).unwrap(), None);
        assert_eq!(next(&mut rows, "8", Lane::Bulk).unwrap(), None);
        assert_eq!(next(&mut rows, "", Lane::Bulk).unwrap(), None);
        assert!(next(&mut rows, "82", Lane::Bulk).unwrap().is_some());
    }
}
