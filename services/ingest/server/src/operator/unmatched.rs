//! Receipts that no message claims: over all partitions, the newest first.

use std::cmp::Reverse;

use futures::{StreamExt, TryStreamExt, stream};
use volley_ingest_core::Faults;
use volley_types::CarrierName;
use volley_wire::proto::{
    admin::v1::{ListUnmatchedReceiptsRequest, ListUnmatchedReceiptsResponse, UnmatchedReceipt},
    query::v1 as query,
};

use super::{Operator, PARTITIONS_AT_ONCE, limit_of};
use crate::refusal::Refusal;

impl Operator {
    /// The newest of those that are wanted, and how many are kept in all.
    pub(super) async fn unmatched(
        &self,
        asked: ListUnmatchedReceiptsRequest,
    ) -> Result<ListUnmatchedReceiptsResponse, Refusal> {
        let limit = limit_of(asked.limit)?;
        if !asked.carrier.is_empty() {
            CarrierName::new(&asked.carrier).map_err(|fault| Refusal::from(Faults::one("carrier", fault)))?;
        }
        let of_partition = |partition: volley_types::Partition| query::ListUnmatchedReceiptsRequest {
            partition: partition.0.into(),
            carrier: asked.carrier.clone(),
            since_us: asked.since_us,
            limit,
        };
        let answers: Vec<query::ListUnmatchedReceiptsResponse> = stream::iter(self.partitions())
            .map(|partition| self.queries.unmatched_receipts(of_partition(partition)))
            .buffer_unordered(PARTITIONS_AT_ONCE)
            .try_collect()
            .await?;
        let kept = answers.iter().map(|answer| answer.kept).sum();
        let receipts = answers.into_iter().flat_map(|answer| answer.receipts);
        let mut receipts: Vec<_> = receipts.map(receipt).collect();
        receipts.sort_by_key(|receipt| (Reverse(receipt.received_at_us), receipt.arrival_id.clone()));
        receipts.truncate(limit as usize);
        Ok(ListUnmatchedReceiptsResponse { receipts, kept })
    }
}

fn receipt(it: query::UnmatchedReceipt) -> UnmatchedReceipt {
    UnmatchedReceipt {
        arrival_id: it.arrival_id,
        carrier: it.carrier,
        account: it.account,
        carrier_message_id: it.carrier_message_id,
        subscriber: it.subscriber,
        state: it.state,
        error: it.error,
        received_at_us: it.received_at_us,
    }
}
