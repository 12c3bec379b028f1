//! One order on its way through a bind, segment by segment.

use volley_events::{CarrierMessageId, RefusalClass, SubmitOrder};
use volley_types::Timestamp;

use crate::rows::Outcome;

/// What became of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SegmentFate {
    Open,
    Taken(Option<CarrierMessageId>),
    Refused { status: u32, class: RefusalClass },
    Lost,
}

/// An order whose intent is written.
#[derive(Debug, Clone)]
pub(crate) struct Sending {
    pub order: Box<SubmitOrder>,
    pub bind: u16,
    sent_at: Timestamp,
    any_sent: bool,
    /// Of the segments handed over, in order.
    fates: Vec<SegmentFate>,
    open: usize,
    /// No further segment goes out: one was refused, could not be written, or the bind went.
    stopped: bool,
}

impl Sending {
    pub fn new(order: Box<SubmitOrder>, bind: u16, sent_at: Timestamp) -> Self {
        let fates = Vec::with_capacity(order.segments.len());
        Self { order, bind, sent_at, any_sent: false, fates, open: 0, stopped: false }
    }

    /// The segment to hand over next; `None` when all are, or none may follow.
    pub fn next_segment(&self) -> Option<usize> {
        (!self.stopped && self.fates.len() < self.order.segments.len()).then_some(self.fates.len())
    }

    /// When the first segment was handed over; `None` when none could be.
    pub fn first_sent_at(&self) -> Option<Timestamp> {
        self.any_sent.then_some(self.sent_at)
    }

    pub fn handed_over(&mut self) {
        self.any_sent = true;
        self.fates.push(SegmentFate::Open);
        self.open += 1;
    }

    /// The next segment can never be sent.
    pub fn unsendable(&mut self, status: u32, class: RefusalClass) {
        self.fates.push(SegmentFate::Refused { status, class });
        self.stopped = true;
    }

    pub fn taken(&mut self, segment: u8, id: Option<CarrierMessageId>) {
        self.close(segment, SegmentFate::Taken(id));
    }

    pub fn refused(&mut self, segment: u8, status: u32, class: RefusalClass) {
        self.close(segment, SegmentFate::Refused { status, class });
        self.stopped = true;
    }

    pub fn lost(&mut self, segment: u8) {
        self.close(segment, SegmentFate::Lost);
        self.stopped = true;
    }

    /// The bind went before all segments were handed over.
    pub fn cut_off(&mut self) {
        self.stopped = true;
    }

    fn close(&mut self, segment: u8, fate: SegmentFate) {
        if let Some(place) = self.fates.get_mut(usize::from(segment))
            && *place == SegmentFate::Open
        {
            *place = fate;
            self.open -= 1;
        }
    }

    /// The outcome, once nothing is open and nothing more goes out.
    ///
    /// A lost segment outweighs a refused one: what the carrier may have must not be sent again as if it had refused it.
    pub fn outcome(&self) -> Option<Outcome> {
        if self.open > 0 || self.next_segment().is_some() {
            return None;
        }
        let refusal = self.fates.iter().find_map(|fate| match fate {
            SegmentFate::Refused { status, class } => Some((*status, *class)),
            _ => None,
        });
        let lost = self.fates.contains(&SegmentFate::Lost);
        Some(match refusal {
            Some((status, class)) if !lost => Outcome::Refused { status, class, ids: self.ids_taken() },
            None if !lost && self.fates.len() == self.order.segments.len() => Outcome::Submitted { ids: self.ids() },
            _ => Outcome::Ambiguous { ids: self.ids() },
        })
    }

    /// By segment of the whole order; `None` where no id is known.
    fn ids(&self) -> Vec<Option<CarrierMessageId>> {
        let id = |segment: usize| match self.fates.get(segment) {
            Some(SegmentFate::Taken(id)) => id.clone(),
            _ => None,
        };
        (0..self.order.segments.len()).map(id).collect()
    }

    /// By segment, up to the last one taken: those behind a refused one may have been on their way already.
    fn ids_taken(&self) -> Vec<Option<CarrierMessageId>> {
        let mut ids = self.ids();
        let last = self.fates.iter().rposition(|fate| matches!(fate, SegmentFate::Taken(_)));
        ids.truncate(last.map_or(0, |last| last + 1));
        ids
    }
}
