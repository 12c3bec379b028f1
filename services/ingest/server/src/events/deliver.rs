//! Delivery of one stream: reads its partition of `inbox`, keeps what is the stream's, and hands it to the client.

use std::{sync::Arc, time::Duration};

use volley_backbone::Followed;
use volley_event_log::{EventLog, LogError, PartitionReader, ReadLimit, Record as LogRecord, Topic};
use volley_events::{ClientEvent, CursorMoved, Record};
use volley_ingest_core::stream::{Link, Reading, Written};
use volley_runtime::{Clock, Drain};
use volley_wire::{Header, client_event, decode, encode_cursor, proto::messaging::v1::stream_events_response as told};

use super::{Outlet, answer};
use crate::{
    auth::Caller,
    metrics::{EventOutcome, count_event},
    refusal::Refusal,
};

/// How long to wait before a log that is away is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How much is read at once.
const READ_LIMIT: ReadLimit = ReadLimit { records: 256, bytes: 256 << 10 };

/// One stream's delivery.
pub(super) struct Delivery {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) followed: Followed,
    pub(super) clock: Clock,
    pub(super) caller: Arc<Caller>,
    pub(super) inbox: Topic,
    pub(super) partition: u32,
    pub(super) reader: Box<dyn PartitionReader>,
    pub(super) reading: Reading,
    pub(super) opened_at: CursorMoved,
    pub(super) outlet: Outlet,
    pub(super) drain: Drain,
}

/// Why delivery ends.
enum End {
    /// The client has gone.
    Gone,
    /// The client is told why.
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Delivery {
    /// Delivers until there is a reason to end.
    pub(super) async fn run(mut self) {
        if let Err(End::Refused(refusal)) = self.deliver().await {
            // Not awaited: a client that takes nothing must not hold up a drain. It finds its stream ended either way.
            let _ = self.outlet.try_send(Err(refusal.into()));
        }
    }

    async fn deliver(&mut self) -> Result<(), End> {
        let cursor = encode_cursor(&self.opened_at);
        self.tell(told::Response::Opened(told::Opened { cursor })).await?;
        loop {
            let read = tokio::select! {
                () = self.outlet.closed() => return Err(End::Gone),
                () = self.drain.requested() => return Err(Refusal::Closing.into()),
                read = self.reader.next(READ_LIMIT) => read,
            };
            if self.followed.directory().key(&self.caller.key).is_none() {
                return Err(Refusal::UnknownKey.into());
            }
            match read {
                Ok(records) => self.hand_out(&records).await?,
                Err(LogError::OffsetOutOfRange { start, .. }) if start > self.reader.position() => {
                    self.go_on_after_truncation().await?;
                }
                Err(error) if error.is_retriable() => tokio::time::sleep(RETRY_PAUSE).await,
                Err(error) => return Err(Refusal::from(error).into()),
            }
        }
    }

    /// Events between the cursor and what is still kept are gone: says so, and goes on with the oldest there is.
    async fn go_on_after_truncation(&mut self) -> Result<(), End> {
        let bounds = self.log.bounds(&self.inbox, self.partition).await.map_err(Refusal::from)?;
        self.reader = self
            .log
            .reader(&self.inbox, self.partition, bounds.start)
            .map_err(Refusal::from)?;
        self.reading.truncated_to(bounds.start);
        let oldest = if bounds.start < bounds.end {
            match self.reader.next(READ_LIMIT).await {
                Ok(records) => records,
                // Truncated once more in between: the next round begins anew.
                Err(LogError::OffsetOutOfRange { .. }) => return Ok(()),
                Err(error) => return Err(Refusal::from(error).into()),
            }
        } else {
            Vec::new()
        };
        let oldest_at_us = oldest
            .first()
            .map_or_else(|| self.clock.now_us(), |record| record.append_time_us);
        self.tell(told::Response::Truncated(told::Truncated { oldest_at_us })).await?;
        self.hand_out(&oldest).await
    }

    async fn hand_out(&mut self, records: &[LogRecord]) -> Result<(), End> {
        for record in records {
            if let Some(event) = self.take(record) {
                let cursor = encode_cursor(&self.reading.cursor());
                count_event(EventOutcome::Delivered);
                self.tell(told::Response::Event(client_event(&event, cursor))).await?;
            }
        }
        Ok(())
    }

    /// The event in a record, if it is this stream's and was not delivered before.
    fn take(&mut self, record: &LogRecord) -> Option<ClientEvent> {
        let header = match Header::decode(&record.header) {
            Ok(header) => header,
            Err(fault) => return self.pass_over(record, &fault),
        };
        let Header { source, position, predecessor, .. } = header;
        match self.reading.take(record.offset, &Written { source, position, predecessor }) {
            Link::Next => {}
            Link::Repeated => {
                count_event(EventOutcome::Repeated);
                return None;
            }
            Link::Gap => {
                let (inbox, partition, offset) = (&self.inbox, self.partition, record.offset);
                tracing::warn!(%inbox, partition, offset, source = ?header.source, "refused: its predecessor is missing");
                count_event(EventOutcome::Gap);
                return None;
            }
        }
        match decode(&record.value) {
            Ok(Record::ClientEvent(event)) => self.reading.is_ours(&event).then_some(*event),
            Ok(_) => self.pass_over(record, &"is no event of a client"),
            Err(fault) => self.pass_over(record, &fault),
        }
    }

    fn pass_over(&self, record: &LogRecord, fault: &dyn std::fmt::Display) -> Option<ClientEvent> {
        let (inbox, partition, offset) = (&self.inbox, self.partition, record.offset);
        tracing::error!(%inbox, partition, offset, %fault, "passed over");
        count_event(EventOutcome::Unreadable);
        None
    }

    /// `&mut` because a reader cannot be shared between threads, and so neither can a borrow of `self` across an await.
    async fn tell(&mut self, response: told::Response) -> Result<(), End> {
        tokio::select! {
            sent = self.outlet.send(Ok(answer(response))) => sent.map_err(|_| End::Gone),
            () = self.drain.requested() => Err(Refusal::Closing.into()),
        }
    }
}
