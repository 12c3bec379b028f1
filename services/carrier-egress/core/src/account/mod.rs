//! One account: three lanes, several binds, one rate.

mod ask;
mod end;
mod late;
mod recall;
mod send;

use std::collections::BTreeMap;

use volley_events::{RefusalClass, SubmitOrder};
use volley_rows::{RowError, RowStore};
use volley_types::{AccountId, CarrierName, Lane, Position, Source, SubscriberId};

pub use self::ask::{PartAnswer, QUESTIONS_MAX, not_asked};
use self::{ask::Questions, late::Late};
use crate::{
    breaker::Breaker,
    bucket::TokenBucket,
    chain::{Origin, Taken},
    ids::GivenId,
    lane::{LaneState, Waiting},
    outbox::{Outbox, Place},
    rows::{AttemptRow, Outcome},
    settings::AccountSettings,
    time::Now,
};

/// Most sessions of one account.
pub const BINDS_MAX: u16 = 16;

/// What a carrier said to one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentAnswer {
    /// It took it, under this id (normalised) if it gave one.
    Taken(Option<GivenId>),
    /// It refused it.
    Refused {
        /// `command_status`.
        status: u32,
        /// What kind of refusal this is at this carrier.
        class: RefusalClass,
    },
    /// No answer came.
    Lost,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bind {
    up: bool,
    /// Segments sent and not answered.
    unanswered: u32,
    /// Segments sent whose report the log does not have.
    unreported: u32,
    /// The order whose segments are not all handed over yet: no other begins before.
    continuing: Option<Place>,
}

#[derive(Debug, Clone, Copy)]
struct OpenSegment {
    place: Place,
    segment: u8,
}

/// The state of one account. See the crate's promises EGR-1 to EGR-4.
#[derive(Debug)]
pub struct Account {
    id: AccountId,
    carrier: CarrierName,
    settings: AccountSettings,
    lanes: [LaneState; 3],
    binds: [Bind; BINDS_MAX as usize],
    bucket: TokenBucket,
    /// One for each bind: what the carrier allows a session.
    bind_buckets: [TokenBucket; BINDS_MAX as usize],
    breaker: Breaker,
    open: BTreeMap<u64, OpenSegment>,
    /// The bind a handset keeps to, and how many of his orders are on it.
    pins: BTreeMap<SubscriberId, (u16, u32)>,
    late: Late,
    questions: Questions,
    /// Since when no bind works.
    unbound_since_us: u64,
    stopping: bool,
}

impl Account {
    /// The account as its rows left it; nothing is bound.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn restore<S: RowStore + ?Sized>(
        id: AccountId,
        carrier: CarrierName,
        settings: AccountSettings,
        now: Now,
        rows: &S,
    ) -> Result<Self, RowError> {
        let lane = |lane| LaneState::restore(&id, lane, rows);
        let bucket = |rate| TokenBucket::new(rate, now.monotonic_us);
        let mut account = Self {
            lanes: [lane(Lane::Otp)?, lane(Lane::Normal)?, lane(Lane::Bulk)?],
            binds: [Bind::default(); BINDS_MAX as usize],
            bucket: bucket(settings.segments_per_second),
            bind_buckets: std::array::from_fn(|_| bucket(settings.segments_per_second_per_bind)),
            breaker: Breaker::default(),
            open: BTreeMap::new(),
            pins: BTreeMap::new(),
            late: Late::default(),
            questions: Questions::default(),
            unbound_since_us: now.monotonic_us,
            stopping: false,
            id,
            carrier,
            settings,
        };
        account.bucket.set_slowing(settings.slowing);
        Ok(account)
    }

    /// Its id.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// Its settings.
    pub fn settings(&self) -> AccountSettings {
        self.settings
    }

    /// Takes over changed settings. Sessions are the shell's matter.
    pub fn configure(&mut self, settings: AccountSettings, now: Now) {
        if settings.segments_per_second != self.settings.segments_per_second {
            self.bucket.set_limit(settings.segments_per_second, now.monotonic_us);
        }
        if settings.segments_per_second_per_bind != self.settings.segments_per_second_per_bind {
            for bucket in &mut self.bind_buckets {
                bucket.set_limit(settings.segments_per_second_per_bind, now.monotonic_us);
            }
        }
        self.bucket.set_slowing(settings.slowing);
        self.settings = settings;
    }

    /// Where reading a lane goes on after a restart: its lowest record that is not done.
    pub fn position(&self, lane: Lane) -> u64 {
        self.lane(lane).position()
    }

    /// How many more records of a lane may be read.
    pub fn room(&self, lane: Lane) -> usize {
        self.lane(lane).room()
    }

    /// Orders of a lane that wait to be sent.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.lane(lane).waiting()
    }

    /// Binds that work.
    pub fn binds_up(&self) -> u16 {
        self.binds.iter().map(|bind| u16::from(bind.up)).sum()
    }

    /// Binds that may send: those that work, unless the account rests.
    pub fn binds_sending(&self, now: Now) -> u16 {
        if self.is_resting(now) { 0 } else { self.binds_up() }
    }

    /// Whether nothing is sent for a while, because the carrier refused everything.
    pub fn is_resting(&self, now: Now) -> bool {
        self.breaker.resting_since(now.monotonic_us).is_some()
    }

    /// The carrier told how congested it is, 0 to 100.
    pub fn congested(&mut self, state: u8, now: Now) {
        self.bucket.congested(state, now.monotonic_us);
    }

    /// Segments that are sent and not answered.
    pub fn unanswered(&self) -> usize {
        self.open.len()
    }

    /// The oldest token that is not answered.
    pub fn oldest_open(&self) -> Option<u64> {
        self.open.first_key_value().map(|(token, _)| *token)
    }

    /// Orders that were sent, or have a verdict, and are not done.
    pub fn unfinished(&self) -> usize {
        self.lanes.iter().map(|lane| lane.unsettled() - lane.waiting()).sum()
    }

    /// From now on no order begins; what has begun goes on.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Begins a lane anew at `position`: the store was lost, and what was before is no longer ours to send. `marks` are the
    /// newest positions of its sources before it, as far as they are known.
    pub fn restart_lane_at<S: RowStore + ?Sized>(
        &mut self,
        lane: Lane,
        position: u64,
        marks: BTreeMap<Source, Position>,
        rows: &mut S,
    ) {
        self.lanes[lane_index(lane)].restart_at(&self.id, position, marks, rows);
    }

    /// Takes a record of a lane, if it follows its source's mark; what an earlier run knew of it decides (EGR-3).
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn offer<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        origin: &Origin,
        order: Box<SubmitOrder>,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<Taken, RowError> {
        let lane = self.lane_mut(place.lane);
        match lane.admit(place.offset, Some(origin)) {
            None => return Ok(Taken::Repeated),
            Some(taken @ (Taken::Repeated | Taken::Gap)) => {
                self.pass_over(place, rows);
                return Ok(taken);
            }
            Some(Taken::Taken) => {}
        }
        match lane.take_kept(place.offset) {
            None => lane.wait(place.offset, Waiting { order, since_us: now.monotonic_us }),
            Some(AttemptRow::Intent { sent_at }) => {
                let outcome = Outcome::Ambiguous { ids: vec![None; order.segments.len()] };
                let row = AttemptRow::Ended { outcome, sent_at: Some(sent_at), ended_at: now.wall };
                self.end(place, order.attempt, row, None, rows, out)?;
            }
            Some(row @ AttemptRow::Ended { .. }) => self.end(place, order.attempt, row, None, rows, out)?,
            Some(AttemptRow::Done) => self.pass_over(place, rows),
        }
        Ok(Taken::Taken)
    }

    /// Passes over a record that is no order; its source's mark moves over it, if its header could be read.
    pub fn skip<S: RowStore + ?Sized>(&mut self, place: Place, origin: Option<&Origin>, rows: &mut S) {
        if self.lane_mut(place.lane).admit(place.offset, origin).is_some() {
            self.pass_over(place, rows);
        }
    }

    fn pass_over<S: RowStore + ?Sized>(&mut self, place: Place, rows: &mut S) {
        let id = self.id.clone();
        self.lane_mut(place.lane).advance(&id, rows);
    }

    /// A session is bound.
    pub fn bind_up(&mut self, bind: u16) {
        if let Some(bind) = self.binds.get_mut(usize::from(bind)) {
            bind.up = true;
        }
    }

    /// A session takes no more segments: it ends, or has ended. What it has not answered is still told by
    /// [`answered`](Self::answered).
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn bind_down<S: RowStore + ?Sized>(
        &mut self,
        bind: u16,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(state) = self.binds.get_mut(usize::from(bind)) else { return Ok(()) };
        let was_up = std::mem::take(&mut state.up);
        let continuing = state.continuing.take();
        if was_up && self.binds_up() == 0 {
            self.unbound_since_us = now.monotonic_us;
        }
        let Some(place) = continuing else { return Ok(()) };
        if let Some(sending) = self.lane_mut(place.lane).sending_mut(place.offset) {
            sending.cut_off();
        }
        self.conclude(place, now, rows, out)
    }

    fn lane(&self, lane: Lane) -> &LaneState {
        &self.lanes[lane_index(lane)]
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneState {
        &mut self.lanes[lane_index(lane)]
    }
}

fn lane_index(lane: Lane) -> usize {
    match lane {
        Lane::Otp => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    }
}

/// Segments as rates and windows count them.
fn charged(segments: usize) -> u32 {
    u32::try_from(segments).unwrap_or(u32::MAX)
}
