//! What mo-correlation would answer, as the test tells it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use volley_ingest::{FoundMessage, MessageQueries, QueriesAway};
use volley_types::{MessageId, Partition, PollId, TenantId};
use volley_wire::proto::query::v1::{
    ListUnmatchedReceiptsRequest, ListUnmatchedReceiptsResponse, OptionCount, Thread, UnmatchedReceipt,
};

/// Answers given by the test.
#[derive(Default)]
pub struct ToldQueries {
    pub messages: Mutex<BTreeMap<MessageId, FoundMessage>>,
    pub threads: Mutex<BTreeMap<u16, Vec<Thread>>>,
    pub votes: Mutex<BTreeMap<u16, Vec<OptionCount>>>,
    pub unmatched: Mutex<BTreeMap<u32, Vec<UnmatchedReceipt>>>,
}

impl ToldQueries {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}

#[async_trait]
impl MessageQueries for ToldQueries {
    async fn message(&self, message: MessageId) -> Result<Option<FoundMessage>, QueriesAway> {
        Ok(self.messages.lock().unwrap().get(&message).cloned())
    }

    async fn threads(
        &self,
        partition: Partition,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Thread>, QueriesAway> {
        let threads = self.threads.lock().unwrap().get(&partition.0).cloned().unwrap_or_default();
        let wanted = |thread: &Thread| tenant.is_none_or(|tenant| thread.tenant == tenant.as_str());
        Ok(threads.into_iter().filter(wanted).take(limit as usize).collect())
    }

    async fn votes(&self, partition: Partition, _: &PollId) -> Result<Vec<OptionCount>, QueriesAway> {
        Ok(self.votes.lock().unwrap().get(&partition.0).cloned().unwrap_or_default())
    }

    async fn unmatched_receipts(
        &self,
        asked: ListUnmatchedReceiptsRequest,
    ) -> Result<ListUnmatchedReceiptsResponse, QueriesAway> {
        let all = self
            .unmatched
            .lock()
            .unwrap()
            .get(&asked.partition)
            .cloned()
            .unwrap_or_default();
        let kept = all.len() as u64;
        let wanted = |receipt: &UnmatchedReceipt| asked.carrier.is_empty() || receipt.carrier == asked.carrier;
        let receipts = all.into_iter().filter(wanted).take(asked.limit as usize).collect();
        Ok(ListUnmatchedReceiptsResponse { receipts, kept })
    }
}
