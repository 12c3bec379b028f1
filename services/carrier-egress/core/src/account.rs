//! One account: three lanes, several binds, one rate.

use std::collections::BTreeMap;

use volley_events::{AttemptReport, CarrierMessageId, NotSent, RefusalClass, Settled, SubmitOrder};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AccountId, AttemptId, CarrierName, Lane, Position, Source, SubscriberId};

use crate::{
    bucket::TokenBucket,
    chain::{Origin, Taken},
    fate::Sending,
    ids,
    lane::{Charge, LaneState, Stage, Waiting},
    outbox::{Outbox, Place, Report, SettlementDue},
    rows::{AttemptKey, AttemptRow, Outcome},
    settings::AccountSettings,
    time::Now,
    transport::{SegmentToSend, Tokens, Transport},
};

/// Most sessions of one account.
pub const BINDS_MAX: u16 = 16;

/// Windows a bind may have sent without an acknowledged report.
const UNREPORTED_WINDOWS: u32 = 2;

/// Segments that were given up and whose answer may still come; the oldest are forgotten first.
const LATE_MAX: usize = 4_096;

/// What a carrier said to one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentAnswer {
    /// It took it, under this id (normalised) if it gave one.
    Taken(Option<CarrierMessageId>),
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

#[derive(Debug, Clone)]
struct LateSegment {
    attempt: AttemptId,
    segment: u8,
    subscriber: SubscriberId,
}

/// Why nothing more leaves by a lane for now.
enum Halt {
    /// Its head waits for a bind.
    Bind,
    /// Its head waits this long for the rate, and so does everything behind it.
    Rate { wait_us: u64 },
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
    open: BTreeMap<u64, OpenSegment>,
    /// The bind a handset keeps to, and how many of his orders are on it.
    pins: BTreeMap<SubscriberId, (u16, u32)>,
    late: BTreeMap<u64, LateSegment>,
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
        Ok(Self {
            lanes: [lane(Lane::Otp)?, lane(Lane::Normal)?, lane(Lane::Bulk)?],
            binds: [Bind::default(); BINDS_MAX as usize],
            bucket: TokenBucket::new(settings.segments_per_second, now.monotonic_us),
            open: BTreeMap::new(),
            pins: BTreeMap::new(),
            late: BTreeMap::new(),
            unbound_since_us: now.monotonic_us,
            stopping: false,
            id,
            carrier,
            settings,
        })
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

    /// What the carrier said to a segment, or that it said nothing. A late answer only teaches its id.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn answered<S: RowStore + ?Sized>(
        &mut self,
        token: u64,
        answer: SegmentAnswer,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(OpenSegment { place, segment }) = self.open.remove(&token) else {
            return self.answered_late(token, answer, now, rows, out);
        };
        let lane = &mut self.lanes[lane_index(place.lane)];
        let Some(sending) = lane.sending_mut(place.offset) else { return Ok(()) };
        let bind = &mut self.binds[usize::from(sending.bind)];
        bind.unanswered = bind.unanswered.saturating_sub(1);
        match answer {
            SegmentAnswer::Taken(id) => {
                if let Some(id) = &id {
                    let owner = (sending.order.attempt, segment, &sending.order.subscriber);
                    ids::record(id, owner, now.wall, rows, out)?;
                }
                sending.taken(segment, id);
            }
            SegmentAnswer::Refused { status, class } => {
                sending.refused(segment, status, class);
                if class == RefusalClass::Throttle {
                    self.bucket.throttled(now.monotonic_us);
                }
            }
            SegmentAnswer::Lost => {
                sending.lost(segment);
                let (attempt, subscriber) = (sending.order.attempt, sending.order.subscriber.clone());
                remember_late(&mut self.late, token, LateSegment { attempt, segment, subscriber });
            }
        }
        self.conclude(place, now, rows, out)
    }

    fn answered_late<S: RowStore + ?Sized>(
        &mut self,
        token: u64,
        answer: SegmentAnswer,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(late) = self.late.remove(&token) else { return Ok(()) };
        match answer {
            SegmentAnswer::Taken(Some(id)) => {
                ids::record(&id, (late.attempt, late.segment, &late.subscriber), now.wall, rows, out)
            }
            SegmentAnswer::Taken(None) | SegmentAnswer::Refused { .. } | SegmentAnswer::Lost => Ok(()),
        }
    }

    /// Ends an order whose last answer has come.
    fn conclude<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(sending) = self.lanes[lane_index(place.lane)].sending_mut(place.offset) else {
            return Ok(());
        };
        let bind = &mut self.binds[usize::from(sending.bind)];
        if bind.continuing == Some(place) && sending.next_segment().is_none() {
            bind.continuing = None;
        }
        let Some(outcome) = sending.outcome() else { return Ok(()) };
        let (attempt, sent_at) = (sending.order.attempt, sending.first_sent_at());
        let charge = Charge { bind: sending.bind, segments: charged(sending.order.segments.len()) };
        unpin(&mut self.pins, &sending.order.subscriber);
        let row = AttemptRow::Ended { outcome, sent_at, ended_at: now.wall };
        self.end(place, attempt, row, Some(charge), rows, out)
    }

    /// Writes a verdict without a send.
    fn not_sent<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        reason: NotSent,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(waiting) = self.lane_mut(place.lane).take_waiting(place.offset) else {
            return Ok(());
        };
        let row = AttemptRow::Ended { outcome: Outcome::NotSent(reason), sent_at: None, ended_at: now.wall };
        self.end(place, waiting.order.attempt, row, None, rows, out)
    }

    /// Writes an outcome and reports it.
    fn end<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        attempt: AttemptId,
        row: AttemptRow,
        charge: Option<Charge>,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        rows.put_row(&AttemptKey(self.id.clone(), place.lane, place.offset), &row)?;
        let AttemptRow::Ended { outcome, sent_at, ended_at } = row else {
            return Ok(());
        };
        let settled = Settled { attempt, outcome: outcome.settled() };
        self.lane_mut(place.lane).set(place.offset, Stage::Ended { settled, charge });
        let (account, carrier) = (self.id.clone(), self.carrier.clone());
        let report = AttemptReport { attempt, account, carrier, outcome: outcome.into(), sent_at, ended_at };
        out.reports
            .push(Report { place, partition: attempt.message.partition(), report });
        Ok(())
    }

    /// The log has the report: the attempt may be settled.
    pub fn reported(&mut self, place: Place, out: &mut Outbox) {
        let Some((settled, charge)) = self.lane_mut(place.lane).ended(place.offset) else {
            return;
        };
        if let Some(Charge { bind, segments }) = charge {
            let bind = &mut self.binds[usize::from(bind)];
            bind.unreported = bind.unreported.saturating_sub(segments);
        }
        let partition = settled.attempt.message.partition();
        out.settlements
            .push(SettlementDue { place, account: self.id.clone(), partition, settled });
    }

    /// The log has the settlement: the record is done.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn settled<S: RowStore + ?Sized>(&mut self, place: Place, rows: &mut S) -> Result<(), RowError> {
        self.lanes[lane_index(place.lane)].done(&self.id, place.offset, rows)
    }

    /// Writes the positions that moved; once a turn.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn keep_positions<S: RowStore + ?Sized>(&mut self, rows: &mut S) -> Result<(), RowError> {
        self.lanes.iter_mut().try_for_each(|lane| lane.keep_position(&self.id, rows))
    }

    /// Gives up the orders whose time is over: `send_before` has passed, or no bind worked for their class's patience.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn sweep<S: RowStore + ?Sized>(&mut self, now: Now, rows: &mut S, out: &mut Outbox) -> Result<(), RowError> {
        let unbound = self.binds_up() == 0;
        let since_us = self.unbound_since_us;
        let forsaken =
            |waiting: &Waiting| unbound && now.is_past(waiting.since_us.max(since_us), waiting.order.class.patience());
        for lane in Lane::ALL {
            let late = |waiting: &Waiting| now.wall >= waiting.order.send_before;
            for offset in self.lane(lane).overdue(late) {
                self.not_sent(Place { lane, offset }, NotSent::TooLate, now, rows, out)?;
            }
            for offset in self.lane(lane).overdue(forsaken) {
                self.not_sent(Place { lane, offset }, NotSent::NoBind, now, rows, out)?;
            }
        }
        Ok(())
    }

    /// Hands over what may leave: what has begun first, then lane by lane, the most urgent first. Gives the microseconds
    /// after which the rate lets more through, if that is what it waits for.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn pump<S: RowStore + ?Sized, T: Transport>(
        &mut self,
        now: Now,
        tokens: &mut Tokens,
        transport: &mut T,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<Option<u64>, RowError> {
        for bind in 0..BINDS_MAX {
            if let Some(place) = self.binds[usize::from(bind)].continuing {
                self.hand_over(place, tokens, transport);
                self.conclude(place, now, rows, out)?;
            }
        }
        if self.stopping || self.binds_up() == 0 {
            return Ok(None);
        }
        for lane in Lane::ALL {
            if let Some(Halt::Rate { wait_us }) = self.pump_lane(lane, now, tokens, transport, rows, out)? {
                return Ok(Some(wait_us));
            }
        }
        Ok(None)
    }

    fn pump_lane<S: RowStore + ?Sized, T: Transport>(
        &mut self,
        lane: Lane,
        now: Now,
        tokens: &mut Tokens,
        transport: &mut T,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<Option<Halt>, RowError> {
        loop {
            let Some((offset, head)) = self.lanes[lane_index(lane)].head() else {
                return Ok(None);
            };
            let place = Place { lane, offset };
            if now.wall >= head.order.send_before {
                self.not_sent(place, NotSent::TooLate, now, rows, out)?;
                continue;
            }
            let segments = charged(head.order.segments.len());
            let pin = self.pins.get(&head.order.subscriber).map(|(bind, _)| *bind);
            let Some(bind) = self.bind_for(pin, segments, transport) else {
                return Ok(Some(Halt::Bind));
            };
            if !self.bucket.take(segments, lane, now.monotonic_us) {
                return Ok(Some(Halt::Rate { wait_us: self.bucket.wait_us(segments, lane).max(1) }));
            }
            self.begin(place, bind, segments, now, rows)?;
            self.hand_over(place, tokens, transport);
            self.conclude(place, now, rows, out)?;
        }
    }

    /// The bind an order may begin on: the handset's own, else the one with the fewest unanswered segments.
    fn bind_for<T: Transport>(&self, pin: Option<u16>, segments: u32, transport: &T) -> Option<u16> {
        let free = |bind: &u16| self.may_begin(*bind, segments) && transport.room(*bind) > 0;
        match pin {
            Some(bind) => Some(bind).filter(free),
            None => (0..BINDS_MAX)
                .filter(free)
                .min_by_key(|bind| self.binds[usize::from(*bind)].unanswered),
        }
    }

    fn may_begin(&self, bind: u16, segments: u32) -> bool {
        let bind = self.binds[usize::from(bind)];
        let window = u32::from(self.settings.window);
        let unreported_fit = bind.unreported == 0 || bind.unreported + segments <= UNREPORTED_WINDOWS * window;
        bind.up && bind.continuing.is_none() && bind.unanswered < window && unreported_fit
    }

    /// Writes the intent.
    fn begin<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        bind: u16,
        segments: u32,
        now: Now,
        rows: &mut S,
    ) -> Result<(), RowError> {
        let lane = &mut self.lanes[lane_index(place.lane)];
        let Some(waiting) = lane.take_waiting(place.offset) else { return Ok(()) };
        let key = AttemptKey(self.id.clone(), place.lane, place.offset);
        rows.put_row(&key, &AttemptRow::Intent { sent_at: now.wall })?;
        let pin = self.pins.entry(waiting.order.subscriber.clone()).or_insert((bind, 0));
        pin.1 += 1;
        let sending = Sending::new(waiting.order, bind, now.wall);
        lane.set(place.offset, Stage::Sending(Box::new(sending)));
        let bind = &mut self.binds[usize::from(bind)];
        bind.unreported += segments;
        bind.continuing = Some(place);
        Ok(())
    }

    /// Hands over the segments of an order that has begun, as far as window and transport let it.
    fn hand_over<T: Transport>(&mut self, place: Place, tokens: &mut Tokens, transport: &mut T) {
        let window = u32::from(self.settings.window);
        let Some(sending) = self.lanes[lane_index(place.lane)].sending_mut(place.offset) else {
            return;
        };
        let number = sending.bind;
        let bind = &mut self.binds[usize::from(number)];
        while let Some(segment) = sending.next_segment() {
            if bind.unanswered >= window || transport.room(number) == 0 {
                return;
            }
            let token = tokens.issue();
            match transport.submit(number, token, segment_to_send(&sending.order, segment)) {
                Ok(()) => {
                    sending.handed_over();
                    bind.unanswered += 1;
                    // Segments are at most 255, which the order's own limit says.
                    let segment = u8::try_from(segment).unwrap_or(u8::MAX);
                    self.open.insert(token, OpenSegment { place, segment });
                }
                Err(refusal) => sending.unsendable(refusal.status, RefusalClass::Permanent),
            }
        }
    }

    fn lane(&self, lane: Lane) -> &LaneState {
        &self.lanes[lane_index(lane)]
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneState {
        &mut self.lanes[lane_index(lane)]
    }
}

fn segment_to_send(order: &SubmitOrder, segment: usize) -> SegmentToSend<'_> {
    SegmentToSend {
        source: &order.source,
        destination: &order.destination,
        data_coding: order.data_coding,
        esm_class: order.esm_class,
        octets: order.segments[segment].as_slice(),
        deadline: order.deadline,
    }
}

fn lane_index(lane: Lane) -> usize {
    match lane {
        Lane::Otp => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    }
}

fn charged(segments: usize) -> u32 {
    u32::try_from(segments).unwrap_or(u32::MAX)
}

fn unpin(pins: &mut BTreeMap<SubscriberId, (u16, u32)>, subscriber: &SubscriberId) {
    if let Some((_, orders)) = pins.get_mut(subscriber) {
        *orders -= 1;
        if *orders == 0 {
            pins.remove(subscriber);
        }
    }
}

fn remember_late(late: &mut BTreeMap<u64, LateSegment>, token: u64, segment: LateSegment) {
    if late.len() >= LATE_MAX {
        late.pop_first();
    }
    late.insert(token, segment);
}
