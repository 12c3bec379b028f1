//! Batches on their way into the log.
//!
//! ```text
//!   push ──▶ First ──acknowledged──▶ Between ──all before it are past here──▶ Second ──acknowledged──▶ Done ──oldest──▶ settled
//! ```
//!
//! Several batches are under way at once. Each topic partition gets them in order: first ranks are appended when a batch is
//! pushed, and the second rank of a batch waits for its own first rank and for the second ranks of all batches before it.

use std::{
    collections::{BTreeSet, VecDeque},
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
};

use volley_event_log::{AppendHandle, Appended, EventLog, LogError, PartitionAppend};
use volley_state_store::TopicPartition;

use crate::{TopicName, publish, publish::Shipment};

/// Ends of topics that are read back, as acknowledgements told them.
pub(crate) type Ends = Vec<(TopicPartition, u64)>;

pub(crate) struct Pipeline {
    log: Arc<dyn EventLog>,
    read_back: BTreeSet<TopicName>,
    batches_max: usize,
    in_flight: VecDeque<Flight>,
}

struct Flight {
    stage: Stage,
    second: Vec<PartitionAppend>,
    ends: Ends,
}

enum Stage {
    First(Sent),
    Between,
    Second(Sent),
    Done,
}

/// An append that was not acknowledged yet, and what is to be learnt from its acknowledgement.
struct Sent {
    handle: AppendHandle,
    places: Vec<(usize, TopicPartition, u64)>,
}

impl Pipeline {
    pub(crate) fn new(log: Arc<dyn EventLog>, read_back: BTreeSet<TopicName>, batches_max: usize) -> Self {
        Self { log, read_back, batches_max, in_flight: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.in_flight.is_empty()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.in_flight.len() < self.batches_max
    }

    /// Sends a batch on its way.
    pub(crate) fn push(&mut self, shipment: Shipment) {
        let stage = match shipment.first.is_empty() {
            true => Stage::Between,
            false => Stage::First(self.send(shipment.first)),
        };
        self.in_flight
            .push_back(Flight { stage, second: shipment.second, ends: Ends::new() });
    }

    /// Waits until everything of the oldest batch is acknowledged. Losing the wait loses nothing.
    ///
    /// # Errors
    ///
    /// The first append that failed. What became of the batches under way is then unknown.
    pub(crate) async fn settled(&mut self) -> Result<Ends, LogError> {
        poll_fn(|context| self.poll_settled(context)).await
    }

    fn poll_settled(&mut self, context: &mut Context<'_>) -> Poll<Result<Ends, LogError>> {
        let mut seconds_may_go = true;
        for place in 0..self.in_flight.len() {
            self.advance(place, seconds_may_go, context)?;
            seconds_may_go &= matches!(self.in_flight[place].stage, Stage::Second(_) | Stage::Done);
        }
        match self.in_flight.pop_front_if(|flight| matches!(flight.stage, Stage::Done)) {
            Some(flight) => Poll::Ready(Ok(flight.ends)),
            None => Poll::Pending,
        }
    }

    /// Moves one batch as far as it can go now.
    fn advance(&mut self, place: usize, second_may_go: bool, context: &mut Context<'_>) -> Result<(), LogError> {
        if let Stage::First(sent) = &mut self.in_flight[place].stage
            && let Poll::Ready(ends) = sent.poll(context)
        {
            self.in_flight[place].ends.extend(ends?);
            self.in_flight[place].stage = Stage::Between;
        }
        if matches!(self.in_flight[place].stage, Stage::Between) && second_may_go {
            let second = std::mem::take(&mut self.in_flight[place].second);
            self.in_flight[place].stage = match second.is_empty() {
                true => Stage::Done,
                false => Stage::Second(self.send(second)),
            };
        }
        if let Stage::Second(sent) = &mut self.in_flight[place].stage
            && let Poll::Ready(ends) = sent.poll(context)
        {
            self.in_flight[place].ends.extend(ends?);
            self.in_flight[place].stage = Stage::Done;
        }
        Ok(())
    }

    fn send(&self, appends: Vec<PartitionAppend>) -> Sent {
        let places = publish::read_back_places(&appends, &self.read_back);
        Sent { handle: self.log.append(appends), places }
    }
}

impl Sent {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Ends, LogError>> {
        let appended: Appended = ready!(self.handle.as_mut().poll(context))?;
        let places = std::mem::take(&mut self.places).into_iter();
        let ends =
            places.filter_map(|(place, lane, records)| Some((lane, appended.base_offsets.get(place)? + records)));
        Poll::Ready(Ok(ends.collect()))
    }
}
