//! Questions about messages and conversations, answered by the partition that owns them, between two batches.

use std::{cmp::Reverse, time::Duration};

use bytes::Bytes;
use tonic::{Request, Response, Status};
use volley_mo_correlation_core::{
    Correlation, MessageView, ThreadView, ThreadsPage, UnmatchedPage, UnmatchedView, VoteCount, Wanted,
};
use volley_processor::{FoldError, ProcessorHandle, QueryError};
use volley_rows::{RowError, RowStore};
use volley_types::{CarrierName, MessageId, Partition, PollId, SubscriberId, TenantId, Timestamp};
use volley_wire::proto::{
    messaging::v1::{CancelOutcome, EditOutcome},
    query::v1::{
        CountVotesRequest, CountVotesResponse, GetMessageRequest, GetMessageResponse, ListThreadsRequest,
        ListThreadsResponse, ListUnmatchedReceiptsRequest, ListUnmatchedReceiptsResponse, OptionCount, Thread,
        UnmatchedReceipt, query_service_server::QueryService,
    },
};

use crate::CorrelationFold;

/// How long a partition that is starting or busy is waited for.
pub const QUERY_PATIENCE: Duration = Duration::from_secs(5);

/// Most pages of conversations that one question looks at: a million conversations. Of more, some are not listed.
const THREADS_PAGES_MAX: usize = 1_024;

/// Most pages of unmatched receipts that one question looks at: a million. Of more, some are not listed.
const UNMATCHED_PAGES_MAX: usize = 1_024;

/// Most conversations or receipts in one answer.
const LIMIT_MAX: u32 = 1_000;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryFault {
    /// The partition does not take it.
    #[error(transparent)]
    Partition(#[from] QueryError),
    /// The partition is not ready within [`QUERY_PATIENCE`].
    #[error("partition {0} does not answer within {QUERY_PATIENCE:?}")]
    Late(Partition),
    /// Its state cannot be read.
    #[error("the state of partition {partition} cannot be read")]
    State {
        /// The partition.
        partition: Partition,
        /// Why.
        source: FoldError,
    },
}

impl From<QueryFault> for Status {
    fn from(fault: QueryFault) -> Self {
        match &fault {
            QueryFault::Partition(QueryError::NotOwned(_)) => Self::failed_precondition(fault.to_string()),
            QueryFault::Partition(QueryError::Busy(_)) => Self::resource_exhausted(fault.to_string()),
            QueryFault::Partition(QueryError::Stopped(_)) | QueryFault::Late(_) => Self::unavailable(fault.to_string()),
            QueryFault::State { .. } => Self::internal(fault.to_string()),
        }
    }
}

/// Asks the partitions of this process; also the gRPC service `volley.query.v1`.
#[derive(Debug, Clone)]
pub struct Queries(ProcessorHandle<CorrelationFold>);

impl Queries {
    /// Asks a running processor.
    pub fn new(processor: ProcessorHandle<CorrelationFold>) -> Self {
        Self(processor)
    }

    /// A message; `None` when its partition does not know it.
    ///
    /// # Errors
    /// When the partition is not here, or does not answer.
    pub async fn message(&self, message: MessageId) -> Result<Option<MessageView>, QueryFault> {
        self.ask(message.partition(), move |rules, rows| rules.message(message, rows))
            .await
    }

    /// Conversations of a partition, the newest first: of one tenant or of all. Looked at page by page, so that the partition works
    /// on in between; the newest so far are kept.
    ///
    /// # Errors
    /// When the partition is not here, or does not answer.
    pub async fn threads(
        &self,
        partition: Partition,
        tenant: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<ThreadView>, QueryFault> {
        let limit = limit.min(LIMIT_MAX) as usize;
        let (mut newest, mut from) = (Vec::new(), None);
        for _ in 0..THREADS_PAGES_MAX {
            let (tenant, place) = (tenant.clone(), from.take());
            let asked = self.ask(partition, move |rules, rows| rules.threads(tenant.as_ref(), place.as_ref(), rows));
            let ThreadsPage { threads, next } = asked.await?;
            newest.extend(threads);
            newest.sort_by_key(|view: &ThreadView| Reverse((view.at, view.thread)));
            newest.truncate(limit);
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(newest)
    }

    /// A partition's count of a poll, by option.
    ///
    /// # Errors
    /// When the partition is not here, or does not answer.
    pub async fn votes(&self, partition: Partition, poll: PollId) -> Result<Vec<VoteCount>, QueryFault> {
        self.ask(partition, move |rules, rows| rules.votes(&poll, rows)).await
    }

    /// Receipts of a partition that no message claims, the newest first, and how many it keeps. Looked at page by page, as
    /// conversations are.
    ///
    /// # Errors
    /// When the partition is not here, or does not answer.
    pub async fn unmatched_receipts(
        &self,
        partition: Partition,
        wanted: Wanted,
        limit: u32,
    ) -> Result<(Vec<UnmatchedView>, u64), QueryFault> {
        let limit = limit.min(LIMIT_MAX) as usize;
        let (mut newest, mut from, mut kept) = (Vec::new(), None, 0);
        for _ in 0..UNMATCHED_PAGES_MAX {
            let (wanted, place) = (wanted.clone(), from.take());
            let asked = self.ask(partition, move |rules, rows| {
                Ok((rules.unmatched_receipts(&wanted, place.as_ref(), rows)?, rules.unmatched()))
            });
            let (UnmatchedPage { receipts, next }, all) = asked.await?;
            kept = all;
            newest.extend(receipts);
            newest.sort_by_key(|view: &UnmatchedView| Reverse((view.received_at, view.arrival)));
            newest.truncate(limit);
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok((newest, kept))
    }

    async fn ask<T: Send + 'static>(
        &self,
        partition: Partition,
        question: impl FnOnce(&Correlation, &dyn RowStore) -> Result<T, RowError> + Send + 'static,
    ) -> Result<T, QueryFault> {
        let asked = self.0.query(partition, move |fold, rows| Ok(question(fold.rules()?, rows)?));
        let answer = tokio::time::timeout(QUERY_PATIENCE, asked).await;
        let answer: Result<T, FoldError> = answer.map_err(|_| QueryFault::Late(partition))??;
        answer.map_err(|source| QueryFault::State { partition, source })
    }
}

#[tonic::async_trait]
impl QueryService for Queries {
    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let id = request.into_inner().message_id;
        let id = <[u8; 16]>::try_from(id.as_ref()).map_err(|_| invalid("message_id has not 16 octets"))?;
        let found = self.message(MessageId::from_bytes(id)).await?;
        let view = found.ok_or_else(|| Status::not_found("no such message here"))?;
        let status = volley_wire::message_status(&view.status, view.since, Some(view.accepted_at));
        let cancel = view.cancel.map_or(CancelOutcome::Unspecified, CancelOutcome::from);
        let (edit_id, edit) = view
            .edit
            .map(|(edit, outcome)| (Bytes::copy_from_slice(&edit.to_bytes()), EditOutcome::from(outcome)))
            .unzip();
        Ok(Response::new(GetMessageResponse {
            tenant: view.tenant.to_string(),
            status: Some(status),
            cancel: cancel.into(),
            edit_id: edit_id.unwrap_or_default(),
            edit: edit.unwrap_or(EditOutcome::Unspecified).into(),
        }))
    }

    async fn list_threads(
        &self,
        request: Request<ListThreadsRequest>,
    ) -> Result<Response<ListThreadsResponse>, Status> {
        let request = request.into_inner();
        if !(1..=LIMIT_MAX).contains(&request.limit) {
            return Err(invalid("limit is not 1 to 1 000"));
        }
        let tenant = Some(request.tenant).filter(|tenant| !tenant.is_empty());
        let tenant = tenant.map(|tenant| TenantId::new(&tenant)).transpose();
        let tenant = tenant.map_err(|fault| invalid(format!("tenant {fault}")))?;
        let threads = self.threads(partition(request.partition)?, tenant, request.limit).await?;
        Ok(Response::new(ListThreadsResponse { threads: threads.into_iter().map(thread).collect() }))
    }

    async fn count_votes(&self, request: Request<CountVotesRequest>) -> Result<Response<CountVotesResponse>, Status> {
        let request = request.into_inner();
        let poll = PollId::new(&request.poll).map_err(|fault| invalid(format!("poll {fault}")))?;
        let votes = self.votes(partition(request.partition)?, poll).await?;
        Ok(Response::new(CountVotesResponse { options: votes.into_iter().map(option).collect() }))
    }

    async fn list_unmatched_receipts(
        &self,
        request: Request<ListUnmatchedReceiptsRequest>,
    ) -> Result<Response<ListUnmatchedReceiptsResponse>, Status> {
        let request = request.into_inner();
        if !(1..=LIMIT_MAX).contains(&request.limit) {
            return Err(invalid("limit is not 1 to 1 000"));
        }
        let carrier = Some(request.carrier).filter(|carrier| !carrier.is_empty());
        let carrier = carrier.map(|carrier| CarrierName::new(&carrier)).transpose();
        let carrier = carrier.map_err(|fault| invalid(format!("carrier {fault}")))?;
        let wanted = Wanted { carrier, since: Timestamp::from_micros(request.since_us) };
        let listed = self.unmatched_receipts(partition(request.partition)?, wanted, request.limit);
        let (receipts, kept) = listed.await?;
        let receipts = receipts.into_iter().map(unmatched).collect();
        Ok(Response::new(ListUnmatchedReceiptsResponse { receipts, kept }))
    }
}

fn invalid(what: impl Into<String>) -> Status {
    Status::invalid_argument(what)
}

fn partition(number: u32) -> Result<Partition, Status> {
    u16::try_from(number)
        .map(Partition)
        .map_err(|_| invalid("partition is no partition"))
}

fn thread(view: ThreadView) -> Thread {
    Thread {
        thread_id: view.thread.to_string(),
        tenant: view.tenant.to_string(),
        number: view.number.to_string(),
        subscriber: last_digits(&view.subscriber),
        latest_message_id: view.latest.map(|message| message.to_string()).unwrap_or_default(),
        at_us: view.at.as_micros(),
        sent: view.sent,
        received: view.received,
    }
}

fn unmatched(view: UnmatchedView) -> UnmatchedReceipt {
    UnmatchedReceipt {
        arrival_id: view.arrival.to_string(),
        carrier: view.carrier.to_string(),
        account: view.account.to_string(),
        carrier_message_id: view.id.map(|id| id.as_str().to_owned()).unwrap_or_default(),
        subscriber: last_digits(&view.subscriber),
        state: volley_wire::receipt_state(view.state),
        error: view.error.unwrap_or_default(),
        received_at_us: view.received_at.as_micros(),
    }
}

fn option(count: VoteCount) -> OptionCount {
    OptionCount {
        keyword: count.keyword.to_string(),
        counted: count.counted,
        repeated_votes: count.repeated,
        late: count.late,
    }
}

/// The last three digits; nothing of what is no number.
fn last_digits(subscriber: &SubscriberId) -> String {
    subscriber
        .as_e164()
        .map(|number| format!("{:03}", number % 1_000))
        .unwrap_or_default()
}
