//! The handlers of `volley.admin.v1.OperatorService`: what an operator asks at 3 am.

mod origin;
mod polls;
mod tail;
mod trace;
mod unmatched;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use volley_backbone::{Followed, Topics};
use volley_event_log::EventLog;
use volley_ingest_core::{Faults, admin::SkipDraft};
use volley_runtime::Drain;
use volley_types::{Partition, TenantId};
use volley_wire::proto::{
    admin::v1::{
        CountVotesRequest, CountVotesResponse, ListThreadsRequest, ListThreadsResponse, ListUnmatchedReceiptsRequest,
        ListUnmatchedReceiptsResponse, SkipRecordRequest, SkipRecordResponse, TailTopicRequest, TailTopicResponse,
        Thread, TraceMessageRequest, TraceMessageResponse, operator_service_server::OperatorService,
    },
    query::v1 as query,
};

use self::trace::Tracer;
use crate::{admin::Registrar, door::Door, messaging::message_id, queries::MessageQueries, refusal::Refusal};

/// Searches through the log that may run at once; further ones wait.
const TRACES_MAX: usize = 4;

/// Partitions asked at once.
const PARTITIONS_AT_ONCE: usize = 16;

/// Conversations or receipts listed when no number is given, and at most.
const LISTED_DEFAULT: u32 = 50;
const LISTED_MAX: u32 = 1_000;

/// What stands behind the service.
pub(crate) struct Operator {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) topics: Topics,
    pub(crate) followed: Followed,
    pub(crate) door: Arc<Door>,
    pub(crate) queries: Arc<dyn MessageQueries>,
    pub(crate) registrar: Arc<Registrar>,
    pub(crate) drain: Drain,
    traces: Semaphore,
}

/// What an [`Operator`] is made of.
pub(crate) struct OperatorParts {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) topics: Topics,
    pub(crate) followed: Followed,
    pub(crate) door: Arc<Door>,
    pub(crate) queries: Arc<dyn MessageQueries>,
    pub(crate) registrar: Arc<Registrar>,
    pub(crate) drain: Drain,
}

impl From<OperatorParts> for Operator {
    fn from(parts: OperatorParts) -> Self {
        let OperatorParts { log, topics, followed, door, queries, registrar, drain } = parts;
        Self {
            log,
            topics,
            followed,
            door,
            queries,
            registrar,
            drain,
            traces: Semaphore::new(TRACES_MAX),
        }
    }
}

#[async_trait::async_trait]
impl OperatorService for Operator {
    type TailTopicStream = ReceiverStream<Result<TailTopicResponse, Status>>;

    async fn trace_message(
        &self,
        request: Request<TraceMessageRequest>,
    ) -> Result<Response<TraceMessageResponse>, Status> {
        let message = message_id(&request.get_ref().message_id)?;
        let _room = self.traces.acquire().await.map_err(|_| Refusal::Closing)?;
        let known = self.queries.message(message).await.map_err(Refusal::from)?;
        let found = known.or_else(|| self.door.remembered(message));
        let found = found.ok_or_else(|| Refusal::NotFound(format!("there is no message {message}")))?;
        let directory = self.followed.directory();
        let tracer = Tracer { log: self.log.as_ref(), topics: &self.topics, directory: &directory, message };
        let (steps, truncated) = tracer.trace(&found).await?;
        Ok(Response::new(TraceMessageResponse { status: Some(found.status), steps, truncated }))
    }

    async fn tail_topic(&self, request: Request<TailTopicRequest>) -> Result<Response<Self::TailTopicStream>, Status> {
        let stream = tail::open(Arc::clone(&self.log), request.get_ref(), self.drain.clone()).await?;
        Ok(Response::new(stream))
    }

    async fn list_threads(
        &self,
        request: Request<ListThreadsRequest>,
    ) -> Result<Response<ListThreadsResponse>, Status> {
        let asked = request.get_ref();
        let limit = limit_of(asked.limit)?;
        let tenant = match asked.tenant.as_str() {
            "" => None,
            name => Some(TenantId::new(name).map_err(|fault| Refusal::from(Faults::one("tenant", fault)))?),
        };
        let threads = self.threads(tenant.as_ref(), limit).await?;
        Ok(Response::new(ListThreadsResponse { threads }))
    }

    async fn count_votes(&self, request: Request<CountVotesRequest>) -> Result<Response<CountVotesResponse>, Status> {
        let directory = self.followed.directory();
        let poll = polls::named(&directory, &request.get_ref().keyword_or_poll)?;
        let counts: Vec<_> = stream::iter(self.partitions())
            .map(|partition| self.queries.votes(partition, &poll))
            .buffer_unordered(PARTITIONS_AT_ONCE)
            .try_collect()
            .await
            .map_err(Refusal::from)?;
        let options = polls::total(&directory, &poll, counts.into_iter().flatten());
        Ok(Response::new(CountVotesResponse { poll: poll.to_string(), options }))
    }

    async fn list_unmatched_receipts(
        &self,
        request: Request<ListUnmatchedReceiptsRequest>,
    ) -> Result<Response<ListUnmatchedReceiptsResponse>, Status> {
        Ok(Response::new(self.unmatched(request.into_inner()).await?))
    }

    async fn skip_record(&self, request: Request<SkipRecordRequest>) -> Result<Response<SkipRecordResponse>, Status> {
        let asked = request.get_ref();
        let draft = SkipDraft { topic: &asked.topic, partition: asked.partition, offset: asked.offset };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(SkipRecordResponse { config_offset }))
    }
}

impl Operator {
    fn partitions(&self) -> impl Iterator<Item = Partition> + Send + use<> {
        (0..self.topics.partitions).map(Partition)
    }

    /// The newest conversations over all partitions, newest first.
    async fn threads(&self, tenant: Option<&TenantId>, limit: u32) -> Result<Vec<Thread>, Refusal> {
        let of_partitions: Vec<Vec<query::Thread>> = stream::iter(self.partitions())
            .map(|partition| self.queries.threads(partition, tenant, limit))
            .buffer_unordered(PARTITIONS_AT_ONCE)
            .try_collect()
            .await?;
        let mut threads: Vec<_> = of_partitions.into_iter().flatten().map(thread).collect();
        threads.sort_by(|a, b| b.at_us.cmp(&a.at_us).then_with(|| a.thread_id.cmp(&b.thread_id)));
        threads.truncate(limit as usize);
        Ok(threads)
    }
}

fn limit_of(asked: u32) -> Result<u32, Refusal> {
    match asked {
        0 => Ok(LISTED_DEFAULT),
        1..=LISTED_MAX => Ok(asked),
        more => Err(Faults::one("limit", format!("is {more}; allowed are 1 to {LISTED_MAX}")).into()),
    }
}

fn thread(it: query::Thread) -> Thread {
    Thread {
        thread_id: it.thread_id,
        tenant: it.tenant,
        number: it.number,
        subscriber: it.subscriber,
        latest_message_id: it.latest_message_id,
        at_us: it.at_us,
        sent: it.sent,
        received: it.received,
    }
}
