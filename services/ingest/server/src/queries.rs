//! Questions about messages and conversations. mo-correlation answers them: the instance that owns the partition (design §3.1, reads).

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};
use volley_types::{ContentHash, MessageId, Partition, PollId, TenantId};
use volley_wire::proto::{
    messaging::v1::{CancelOutcome, EditOutcome, MessageStatus},
    query::v1::{
        CountVotesRequest, GetMessageRequest, GetMessageResponse, ListThreadsRequest, ListUnmatchedReceiptsRequest,
        ListUnmatchedReceiptsResponse, OptionCount, Thread, query_service_client::QueryServiceClient,
        query_service_server::QueryService,
    },
};

use crate::QueriesConfig;

/// How long connecting to an instance may take.
const CONNECT_MAX: Duration = Duration::from_secs(2);

/// How long an answer within this process may take: a partition that is starting answers when it can.
const LOCAL_ANSWER_MAX: Duration = Duration::from_secs(5);

/// A message, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMessage {
    /// Whose it is; the one who asks must be compared with it (G5).
    pub tenant: TenantId,
    /// Its state.
    pub status: MessageStatus,
    /// What became of the wish to have it back; `Unspecified` as long as that is not known.
    pub cancel: CancelOutcome,
    /// The newest wish to give it another text, and what became of it.
    pub edit: Option<(ContentHash, EditOutcome)>,
}

/// A question that was not answered, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mo-correlation does not answer: {0}")]
pub struct QueriesAway(pub String);

/// What the front door may ask.
#[async_trait]
pub trait MessageQueries: Send + Sync + 'static {
    /// A message; `None` when its partition does not know it.
    ///
    /// # Errors
    /// When the owner of the partition does not answer.
    async fn message(&self, message: MessageId) -> Result<Option<FoundMessage>, QueriesAway>;

    /// Conversations of one partition, newest first; all tenants' unless one is named. `limit` is 1 to 1 000.
    ///
    /// # Errors
    /// When the owner of the partition does not answer.
    async fn threads(
        &self,
        partition: Partition,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Thread>, QueriesAway>;

    /// One partition's count of a poll, by option.
    ///
    /// # Errors
    /// When the owner of the partition does not answer.
    async fn votes(&self, partition: Partition, poll: &PollId) -> Result<Vec<OptionCount>, QueriesAway>;

    /// Receipts of a partition that no message claims, and how many it keeps.
    ///
    /// # Errors
    /// When the owner of the partition does not answer.
    async fn unmatched_receipts(
        &self,
        asked: ListUnmatchedReceiptsRequest,
    ) -> Result<ListUnmatchedReceiptsResponse, QueriesAway>;
}

/// Asks the instances of mo-correlation over gRPC: the partition modulo their number is the ordinal of its owner.
#[derive(Debug, Clone)]
pub struct RemoteQueries(Vec<QueryServiceClient<Channel>>);

impl RemoteQueries {
    /// Connects when first asked, and again by itself. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is no address, or one is not a URI.
    pub fn new(config: &QueriesConfig) -> anyhow::Result<Self> {
        anyhow::ensure!(!config.mo_correlation.is_empty(), "queries.mo_correlation names no address");
        let client = |address: &String| -> anyhow::Result<_> {
            let endpoint = Endpoint::from_shared(address.clone())?
                .connect_timeout(CONNECT_MAX)
                .timeout(Duration::from_millis(config.timeout_ms))
                .tcp_nodelay(true);
            Ok(QueryServiceClient::new(endpoint.connect_lazy()))
        };
        Ok(Self(config.mo_correlation.iter().map(client).collect::<Result<_, _>>()?))
    }

    fn owner(&self, partition: Partition) -> QueryServiceClient<Channel> {
        self.0[usize::from(partition.0) % self.0.len()].clone()
    }
}

#[async_trait]
impl MessageQueries for RemoteQueries {
    async fn message(&self, message: MessageId) -> Result<Option<FoundMessage>, QueriesAway> {
        found(self.owner(message.partition()).get_message(ask_message(message)).await)
    }

    async fn threads(
        &self,
        partition: Partition,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Thread>, QueriesAway> {
        let answer = self.owner(partition).list_threads(ask_threads(partition, tenant, limit)).await;
        Ok(answer.map_err(away)?.into_inner().threads)
    }

    async fn votes(&self, partition: Partition, poll: &PollId) -> Result<Vec<OptionCount>, QueriesAway> {
        let answer = self.owner(partition).count_votes(ask_votes(partition, poll)).await;
        Ok(answer.map_err(away)?.into_inner().options)
    }

    async fn unmatched_receipts(
        &self,
        asked: ListUnmatchedReceiptsRequest,
    ) -> Result<ListUnmatchedReceiptsResponse, QueriesAway> {
        let partition = u16::try_from(asked.partition).map_err(|_| QueriesAway("there is no such partition".into()))?;
        let answer = self.owner(Partition(partition)).list_unmatched_receipts(asked).await;
        Ok(answer.map_err(away)?.into_inner())
    }
}

/// Asks a query service in this process, without a socket.
#[derive(Debug)]
pub struct LocalQueries<S>(Arc<S>);

impl<S: QueryService> LocalQueries<S> {
    /// Asks `service`, which owns every partition.
    pub fn new(service: Arc<S>) -> Self {
        Self(service)
    }
}

#[async_trait]
impl<S: QueryService> MessageQueries for LocalQueries<S> {
    async fn message(&self, message: MessageId) -> Result<Option<FoundMessage>, QueriesAway> {
        found(in_time(self.0.get_message(Request::new(ask_message(message)))).await)
    }

    async fn threads(
        &self,
        partition: Partition,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Thread>, QueriesAway> {
        let answer = in_time(self.0.list_threads(Request::new(ask_threads(partition, tenant, limit)))).await;
        Ok(answer.map_err(away)?.into_inner().threads)
    }

    async fn votes(&self, partition: Partition, poll: &PollId) -> Result<Vec<OptionCount>, QueriesAway> {
        let answer = in_time(self.0.count_votes(Request::new(ask_votes(partition, poll)))).await;
        Ok(answer.map_err(away)?.into_inner().options)
    }

    async fn unmatched_receipts(
        &self,
        asked: ListUnmatchedReceiptsRequest,
    ) -> Result<ListUnmatchedReceiptsResponse, QueriesAway> {
        let answer = in_time(self.0.list_unmatched_receipts(Request::new(asked))).await;
        Ok(answer.map_err(away)?.into_inner())
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    let late = |_| Err(Status::deadline_exceeded("the partition takes too long"));
    timeout(LOCAL_ANSWER_MAX, answer).await.unwrap_or_else(late)
}

fn ask_message(message: MessageId) -> GetMessageRequest {
    GetMessageRequest { message_id: message.to_bytes().to_vec().into() }
}

fn ask_threads(partition: Partition, tenant: Option<&TenantId>, limit: u32) -> ListThreadsRequest {
    let tenant = tenant.map(TenantId::to_string).unwrap_or_default();
    ListThreadsRequest { partition: partition.0.into(), tenant, limit }
}

fn ask_votes(partition: Partition, poll: &PollId) -> CountVotesRequest {
    CountVotesRequest { partition: partition.0.into(), poll: poll.to_string() }
}

fn found(answer: Result<tonic::Response<GetMessageResponse>, Status>) -> Result<Option<FoundMessage>, QueriesAway> {
    let answer = match answer {
        Ok(answer) => answer.into_inner(),
        Err(status) if status.code() == Code::NotFound => return Ok(None),
        Err(status) => return Err(away(status)),
    };
    let unreadable = |what: &str| QueriesAway(format!("its answer has no {what}"));
    let tenant = TenantId::new(&answer.tenant).map_err(|_| unreadable("tenant"))?;
    let cancel = answer.cancel();
    let outcome = answer.edit();
    let edit = <[u8; 16]>::try_from(answer.edit_id.as_ref())
        .ok()
        .map(|edit| (ContentHash::from_bytes(edit), outcome));
    let status = answer.status.ok_or_else(|| unreadable("status"))?;
    Ok(Some(FoundMessage { tenant, status, cancel, edit }))
}

fn away(status: Status) -> QueriesAway {
    QueriesAway(format!("{:?}: {}", status.code(), status.message()))
}
