//! What leaves: the choice of the order, of the bind, and the moment.

use volley_events::{NotSent, RefusalClass, SubmitOrder};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::Lane;

use super::{Account, BINDS_MAX, OpenSegment, charged, lane_index};
use crate::{
    fate::Sending,
    lane::Stage,
    outbox::{Outbox, Place},
    rows::{AttemptKey, AttemptRow},
    time::Now,
    transport::{SegmentToSend, Tokens, Transport},
};

/// Windows a bind may have sent without an acknowledged report.
const UNREPORTED_WINDOWS: u32 = 2;

/// Why nothing more leaves by a lane for now.
enum Halt {
    /// Its head waits for a bind.
    Bind,
    /// Its head waits this long for the rate, and so does everything behind it.
    Rate { wait_us: u64 },
}

impl Account {
    /// Hands over what may leave: what has begun first, then questions, then lane by lane, the most urgent first. Gives the microseconds
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
        if self.stopping || self.binds_sending(now) == 0 {
            return Ok(None);
        }
        // A question that waits for the rate keeps no code from leaving: those have a share of their own.
        let question_us = self.pump_questions(now, tokens, transport, out);
        for lane in Lane::ALL {
            if let Some(Halt::Rate { wait_us }) = self.pump_lane(lane, now, tokens, transport, rows, out)? {
                return Ok(question_us.into_iter().chain([wait_us]).min());
            }
        }
        Ok(question_us)
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
            // Rates count what the handset gets, windows what waits for an answer.
            let parts = segments.max(head.order.parts.into());
            let pin = self.pins.get(&head.order.subscriber).map(|(bind, _)| *bind);
            let bind = match self.bind_for(pin, (parts, lane), now, transport) {
                Ok(bind) => bind,
                Err(halt) => return Ok(Some(halt)),
            };
            if !self.bucket.take(parts, lane, now.monotonic_us) {
                return Ok(Some(Halt::Rate { wait_us: self.bucket.wait_us(parts, lane).max(1) }));
            }
            self.bind_buckets[usize::from(bind)].take(parts, lane, now.monotonic_us);
            self.begin(place, bind, segments, now, rows)?;
            self.hand_over(place, tokens, transport);
            self.conclude(place, now, rows, out)?;
        }
    }

    /// The bind an order may begin on: the handset's own, else the one with the fewest unanswered segments. Where only the rate
    /// of the sessions forbids it, how long it does.
    fn bind_for<T: Transport>(
        &mut self,
        pin: Option<u16>,
        (segments, lane): (u32, Lane),
        now: Now,
        transport: &T,
    ) -> Result<u16, Halt> {
        let (mut best, mut least_us) = (None, None);
        for bind in pin.map_or(0..BINDS_MAX, |bind| bind..bind + 1) {
            if !self.may_begin(bind, segments) || transport.room(bind) == 0 {
                continue;
            }
            let unanswered = self.binds[usize::from(bind)].unanswered;
            match self.bind_buckets[usize::from(bind)].wait_from_us(segments, lane, now.monotonic_us) {
                0 => best = best.into_iter().chain([(unanswered, bind)]).min(),
                wait_us => least_us = least_us.into_iter().chain([wait_us]).min(),
            }
        }
        match (best, least_us) {
            (Some((_, bind)), _) => Ok(bind),
            (None, Some(wait_us)) => Err(Halt::Rate { wait_us }),
            (None, None) => Err(Halt::Bind),
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
}

fn segment_to_send(order: &SubmitOrder, segment: usize) -> SegmentToSend<'_> {
    SegmentToSend {
        source: &order.source,
        destination: &order.destination,
        data_coding: order.data_coding,
        esm_class: order.esm_class,
        octets: order.segments[segment].as_slice(),
        deadline: order.deadline,
        whole: usize::from(order.parts) > order.segments.len(),
    }
}
