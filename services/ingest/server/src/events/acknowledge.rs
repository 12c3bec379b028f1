//! Acknowledgements of one stream: a burst of them moves the durable cursor once, to the farthest, and then each is answered.

use bytes::Bytes;
use futures::StreamExt;
use tonic::{Status, Streaming};
use volley_events::CursorMoved;
use volley_ingest_core::{Faults, stream::StreamKey};
use volley_wire::proto::messaging::v1::{
    StreamEventsRequest, stream_events_request::Request, stream_events_response as told,
};

use super::{Cursors, Outlet, answer, begin::own_cursor};
use crate::{metrics, refusal::Refusal};

/// Acknowledgements that are made durable together.
const BURST_MAX: usize = 256;

/// Serves the acknowledgements of one stream.
pub(super) struct Acknowledger {
    pub(super) key: StreamKey,
    pub(super) cursors: Cursors,
    pub(super) outlet: Outlet,
}

impl Acknowledger {
    /// Serves until the client sends no more; its events go on. A faulty acknowledgement ends the stream.
    pub(super) async fn run(self, requests: Streaming<StreamEventsRequest>) {
        let mut bursts = requests.ready_chunks(BURST_MAX);
        loop {
            let burst = tokio::select! {
                () = self.outlet.closed() => return,
                burst = bursts.next() => burst,
            };
            let Some(burst) = burst else { return };
            if let Err(status) = self.serve(burst).await {
                // The client may have gone; then nobody wants to know.
                let _ = self.outlet.send(Err(status)).await;
                return;
            }
        }
    }

    async fn serve(&self, burst: Vec<Result<StreamEventsRequest, Status>>) -> Result<(), Status> {
        let mut acknowledged = Vec::with_capacity(burst.len());
        let mut farthest: Option<CursorMoved> = None;
        for request in burst {
            let octets = acknowledgement(request?)?;
            let cursor = own_cursor(&self.key, &octets, "acknowledge.cursor")?;
            if farthest.as_ref().is_none_or(|other| other.offset < cursor.offset) {
                farthest = Some(cursor);
            }
            acknowledged.push(octets);
        }
        if let Some(cursor) = farthest {
            self.cursors.advance(cursor).await?;
        }
        metrics::count_acknowledgements(acknowledged.len());
        for cursor in acknowledged {
            let told = told::Response::Acknowledged(told::Acknowledged { cursor });
            if self.outlet.send(Ok(answer(told))).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn acknowledgement(request: StreamEventsRequest) -> Result<Bytes, Refusal> {
    match request.request {
        Some(Request::Acknowledge(acknowledge)) => Ok(acknowledge.cursor),
        Some(Request::Open(_)) => Err(Faults::one("open", "comes first on a stream, and only once").into()),
        None => Err(Faults::one("request", "is missing").into()),
    }
}
