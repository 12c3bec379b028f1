//! Where a stream begins: at the durable cursor unless the client says otherwise.

use volley_events::CursorMoved;
use volley_ingest_core::{Faults, stream::StreamKey};
use volley_types::{SubscriptionId, TenantId};
use volley_wire::{decode_cursor, proto::messaging::v1::stream_events_request::Open, topics};

use super::EventStreams;
use crate::refusal::Refusal;

/// The subscription of a client that names none.
const DEFAULT_SUBSCRIPTION: &str = "default";

impl EventStreams {
    /// Checks what a client asks for and finds the place.
    pub(super) async fn where_to_begin(
        &self,
        tenant: &TenantId,
        open: &Open,
    ) -> Result<(StreamKey, CursorMoved), Refusal> {
        let key = self.key(tenant, open)?;
        let ways = [!open.cursor.is_empty(), open.from_time_us != 0, open.from_now];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(Faults::one("open", "names several places to begin: cursor, from_time_us or from_now").into());
        }
        let inbox = &self.topics.inbox;
        let partition = topics::inbox_partition(&key.tenant, &key.subscription, key.shard, inbox.partitions());
        let bounds = self.log.bounds(inbox, partition).await?;
        let at = if !open.cursor.is_empty() {
            let cursor = own_cursor(&key, &open.cursor, "open.cursor")?;
            if cursor.offset > bounds.end {
                return Err(Faults::one("open.cursor", "lies beyond the end of the stream").into());
            }
            cursor
        } else if open.from_time_us != 0 {
            let oldest = self.log.offset_of_time(inbox, partition, open.from_time_us).await?;
            key.place(oldest.max(bounds.start))
        } else if open.from_now {
            key.place(bounds.end)
        } else {
            self.cursors.catch_up().await?;
            let durable = self.cursors.get(&key).unwrap_or_else(|| key.place(bounds.start));
            if durable.offset > bounds.end {
                let words = "the durable cursor lies beyond the end of the stream: was the log restored?";
                return Err(Refusal::Precondition(words.to_owned()));
            }
            durable
        };
        Ok((key, at))
    }

    fn key(&self, tenant: &TenantId, open: &Open) -> Result<StreamKey, Refusal> {
        let written = if open.subscription.is_empty() {
            DEFAULT_SUBSCRIPTION
        } else {
            &open.subscription
        };
        let subscription = SubscriptionId::new(written).map_err(|fault| Faults::one("open.subscription", fault))?;
        let directory = self.followed.directory();
        let unknown = || Refusal::NotFound(format!("there is no subscription {subscription}"));
        let shards = directory
            .subscriptions_of(tenant)
            .find(|known| known.subscription == subscription)
            .ok_or_else(unknown)?
            .shards;
        match u16::try_from(open.shard) {
            Ok(shard) if shard < shards => Ok(StreamKey { tenant: tenant.clone(), subscription, shard }),
            _ => {
                let words = format!("is {}; the subscription has {shards} shards, from 0", open.shard);
                Err(Faults::one("open.shard", words).into())
            }
        }
    }
}

/// A cursor that a client sent back, if it belongs to this stream.
pub(super) fn own_cursor(key: &StreamKey, octets: &[u8], field: &str) -> Result<CursorMoved, Refusal> {
    let cursor = decode_cursor(octets).map_err(|fault| Faults::one(field, fault))?;
    if StreamKey::of(&cursor) == *key {
        Ok(cursor)
    } else {
        Err(Faults::one(field, "belongs to another stream").into())
    }
}
