//! The way of events out: a client reads its shard of `inbox` as a log, from its cursor on (D12).
//!
//! ```text
//!   open ──▶ where to begin ──▶ Delivery: inbox ──filter, marks──▶ (bounded) ──▶ client
//!   acknowledge ──▶ Acknowledger ──cursors──▶ answered when durable ──▶     ┘
//! ```
//!
//! Which records are a stream's, and what its cursors say, is `volley_ingest_core::stream`: EVT-1 to EVT-4.

mod acknowledge;
mod begin;
mod cursors;
mod deliver;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use volley_backbone::{Followed, Topics};
use volley_event_log::EventLog;
use volley_events::CursorMoved;
use volley_ingest_core::{
    Faults,
    stream::{Reading, StreamKey},
};
use volley_runtime::{Clock, Drain};
use volley_wire::{
    proto::messaging::v1::{
        StreamEventsRequest, StreamEventsResponse, stream_events_request as asked, stream_events_response as told,
    },
    topics,
};

pub(crate) use self::cursors::Cursors;
use self::{acknowledge::Acknowledger, deliver::Delivery};
use crate::{auth::Caller, metrics::OpenStream, refusal::Refusal};

/// Event streams that may be open on this front door.
const STREAMS_MAX: usize = 4_096;

/// Events that wait for a client to take them. A client that takes none stops its own stream's reading, and nothing else.
const EVENTS_WAITING_MAX: usize = 256;

/// Where a stream's answers go; closed when the client has gone.
type Outlet = mpsc::Sender<Result<StreamEventsResponse, Status>>;

/// Opens event streams.
pub(crate) struct EventStreams {
    log: Arc<dyn EventLog>,
    topics: Topics,
    followed: Followed,
    cursors: Cursors,
    clock: Clock,
    room: Arc<Semaphore>,
}

impl EventStreams {
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        topics: Topics,
        followed: Followed,
        cursors: Cursors,
        clock: Clock,
    ) -> Self {
        Self {
            log,
            topics,
            followed,
            cursors,
            clock,
            room: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }

    /// Opens a stream and lets it run until the client goes, its key is revoked, or this front door closes.
    pub(crate) async fn open(
        &self,
        caller: Arc<Caller>,
        mut requests: Streaming<StreamEventsRequest>,
        drain: Drain,
    ) -> Result<ReceiverStream<Result<StreamEventsResponse, Status>>, Status> {
        let room = self.take_room()?;
        let Some(asked::Request::Open(open)) = requests.message().await?.and_then(|first| first.request) else {
            return Err(Refusal::from(Faults::one("request", "must first open the stream")).into());
        };
        let (key, at) = self.where_to_begin(&caller.tenant, &open).await?;
        let (outlet, stream) = mpsc::channel(EVENTS_WAITING_MAX);
        let delivery = self.delivery(caller, key.clone(), at, outlet.clone(), drain)?;
        let acknowledger = Acknowledger { key, cursors: self.cursors.clone(), outlet };
        tokio::spawn(run_delivery(delivery, room));
        tokio::spawn(acknowledger.run(requests));
        Ok(ReceiverStream::new(stream))
    }

    fn take_room(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let full = |_| Refusal::Overloaded(format!("{STREAMS_MAX} event streams are open here"));
        Arc::clone(&self.room).try_acquire_owned().map_err(full)
    }

    fn delivery(
        &self,
        caller: Arc<Caller>,
        key: StreamKey,
        at: CursorMoved,
        outlet: Outlet,
        drain: Drain,
    ) -> Result<Delivery, Refusal> {
        let inbox = self.topics.inbox.clone();
        let partition = topics::inbox_partition(&key.tenant, &key.subscription, key.shard, inbox.partitions());
        Ok(Delivery {
            reader: self.log.reader(&inbox, partition, at.offset)?,
            log: Arc::clone(&self.log),
            followed: self.followed.clone(),
            clock: self.clock.clone(),
            caller,
            inbox,
            partition,
            reading: Reading::begin(&at),
            opened_at: at,
            outlet,
            drain,
        })
    }
}

async fn run_delivery(delivery: Delivery, room: OwnedSemaphorePermit) {
    let open = OpenStream::new();
    delivery.run().await;
    drop((open, room));
}

/// One answer on a stream.
fn answer(response: told::Response) -> StreamEventsResponse {
    StreamEventsResponse { response: Some(response) }
}
