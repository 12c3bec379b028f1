//! What a carrier delivers: receipts and replies, from the PDU to the answer 0.
//!
//! ```text
//!   deliver_sm ──▶ joins one that nobody waits for? ──▶ whose receipt? ──▶ stored ──▶ appended ──▶ answered with 0
//!                                                          │                  │
//!                                     unknown id: waits for the submits       └─ too slow: answered with 0x64, and the
//!                                     that are unanswered now                    same PDU, when it comes again, joins it
//! ```
//!
//! Only replies are stored: that one was taken, until it is answered, and that it was answered, until it is sure that the carrier heard.

mod delivery;
mod doubts;
mod manner;
mod open;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use volley_events::{CarrierMessageId, ReceiptIds};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{ArrivalId, CarrierName, Country, RunId, SpanMs, Timestamp};

pub use delivery::{Content, Delivery, LinkId, READINGS_MAX, ReceiptContent, ReplyContent};

use crate::{
    outbox::{DeliverAnswer, Outbox},
    rows::{ArrivalKey, ArrivalRow},
    time::Now,
};
use delivery::{Edge, named_id};
use doubts::{Answered, Doubts};
use manner::Manner;
use open::{Open, Opens};

/// Most deliveries that are taken and not answered with 0; beyond it the carrier is told to come again.
pub const ARRIVALS_MAX: usize = 20_000;

/// Most receipts that wait because their id is not known; beyond it they go by address at once.
pub const UNKNOWN_RECEIPTS_MAX: usize = 4_096;

/// Most deliveries of one connection that may wait for their answer because a receipt's id is not known: carriers leave only so many
/// unanswered, often ten, and replies come the same way. Of more, the newest is put off; it is decided as if it waited.
pub const HELD_PER_LINK_MAX: usize = 4;

/// How long such a receipt may keep a carrier waiting; then it is put off.
pub const HELD_PATIENCE: SpanMs = SpanMs::from_millis(1_000);

/// Rows read back at once.
const RESTORE_ROWS: usize = 4_096;

const OK: u32 = 0;
/// ESME_RMSGQFUL: no room now.
const QUEUE_FULL: u32 = 0x14;
/// ESME_RX_T_APPN: come again.
const COME_AGAIN: u32 = 0x64;

/// How patient a carrier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a delivery may stay unanswered; then it is told to come again.
    pub answer: SpanMs,
    /// How long after that the same PDU still counts as the same delivery.
    pub retry: SpanMs,
}

impl Default for Patience {
    /// 5 s, and 10 minutes.
    fn default() -> Self {
        Self { answer: SpanMs::from_secs(5), retry: SpanMs::from_secs(600) }
    }
}

/// A receipt whose id was not known when it came.
#[derive(Debug)]
struct Unknown {
    arrival: ArrivalId,
    /// The newest token at that time: what was sent later cannot be its submit.
    mark: u64,
    delivery: Delivery,
    received_at: Timestamp,
}

/// The inbound side of one carrier. See the crate's promises EGR-5 and EGR-6.
#[derive(Debug)]
pub struct Inbound {
    edge: Edge,
    patience: Patience,
    /// First octets of this run's arrival ids.
    prefix: [u8; 8],
    counter: u64,
    open: Opens,
    unknown: VecDeque<Unknown>,
    /// Those of them that a connection waits for.
    held: BTreeMap<ArrivalId, LinkId>,
    doubts: Doubts,
    manner: Manner,
}

impl Inbound {
    /// Nothing has arrived in this run. `partitions` are those of `correlation.in`.
    pub fn new(carrier: CarrierName, home: Country, partitions: u16, run: RunId, patience: Patience) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = run.to_bytes();
        Self {
            edge: Edge { carrier, home, partitions },
            patience,
            prefix: [a, b, c, d, e, f, g, h],
            counter: 0,
            open: Opens::default(),
            unknown: VecDeque::new(),
            held: BTreeMap::new(),
            doubts: Doubts::default(),
            manner: Manner::default(),
        }
    }

    /// Takes up what an earlier run stored and had not answered; all of it must be appended again. What it had answered may come once
    /// more.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn restore<S: RowStore + ?Sized>(
        &mut self,
        now: Now,
        rows: &S,
    ) -> Result<Vec<(ArrivalId, ArrivalRow)>, RowError> {
        let mut kept = Vec::new();
        let mut from = [0; 16];
        loop {
            let page = rows.rows_from::<ArrivalRow>(&ArrivalKey(ArrivalId::from_bytes(from)), RESTORE_ROWS)?;
            let full = page.len() == RESTORE_ROWS;
            for (ArrivalKey(id), row) in page {
                from = u128::from_be_bytes(id.to_bytes()).saturating_add(1).to_be_bytes();
                match row.answered_at {
                    Some(at) => self.doubts.restore(id, row.fingerprint, self.doubted_until(at, now)),
                    None => {
                        self.take(id, (row.fingerprint, true), None, now);
                        kept.push((id, row));
                    }
                }
            }
            if !full {
                return Ok(kept);
            }
        }
    }

    /// Sets the country whose national numbers the carrier writes.
    pub fn set_home(&mut self, home: Country) {
        self.edge.home = home;
    }

    /// What has been learned of how receipts name ids.
    pub fn receipt_ids(&self) -> ReceiptIds {
        self.manner.0
    }

    /// Goes on with what an earlier run has learned.
    pub fn set_receipt_ids(&mut self, learned: ReceiptIds) {
        self.manner = Manner(learned);
    }

    /// Deliveries that are taken and not answered with 0.
    pub fn unanswered(&self) -> usize {
        self.open.len()
    }

    /// Takes a delivery. `newest` is the newest token issued, `oldest_open` the oldest one that is not answered.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn deliver<S: RowStore + ?Sized>(
        &mut self,
        mut delivery: Delivery,
        (newest, oldest_open): (u64, Option<u64>),
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let waiter = (delivery.link, delivery.sequence);
        if self.joins(delivery.fingerprint, waiter, now, rows, out)? {
            return Ok(());
        }
        if self.open.len() >= ARRIVALS_MAX {
            out.answers.push(answer(waiter, QUEUE_FULL));
            return Ok(());
        }
        let is_reply = matches!(delivery.content, Content::Reply(_));
        let repeat = is_reply && self.is_repeat(&delivery, now);
        let arrival = self.next_id();
        self.take(arrival, (delivery.fingerprint, is_reply), Some(waiter), now);
        let settled = oldest_open.is_none();
        let owner = self.manner.owner(&mut delivery, &self.edge, settled, now.wall, rows)?;
        let unclear = owner.is_none() && named_id(&delivery).is_some() && !settled;
        if unclear && self.unknown.len() < UNKNOWN_RECEIPTS_MAX {
            self.unknown
                .push_back(Unknown { arrival, mark: newest, delivery, received_at: now.wall });
            self.hold(arrival, waiter, out);
            return Ok(());
        }
        out.arrivals.push(self.edge.arrival(arrival, delivery, owner, repeat, now.wall));
        Ok(())
    }

    /// Decides the receipts whose id has become known, and those whose submits are all answered: they go by address.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn release<S: RowStore + ?Sized>(
        &mut self,
        oldest_open: Option<u64>,
        rows: &S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        let given: BTreeSet<CarrierMessageId> = out.ids.iter().map(|new| new.id.clone()).collect();
        for unknown in std::mem::take(&mut self.unknown) {
            let settled = oldest_open.is_none_or(|oldest| oldest > unknown.mark);
            let named = || named_id(&unknown.delivery).is_some_and(|id| given.contains(id));
            if settled || named() {
                let Unknown { arrival, mut delivery, received_at, .. } = unknown;
                self.decided(arrival);
                let owner = self.manner.owner(&mut delivery, &self.edge, settled, received_at, rows)?;
                out.arrivals
                    .push(self.edge.arrival(arrival, delivery, owner, false, received_at));
            } else {
                self.unknown.push_back(unknown);
            }
        }
        Ok(())
    }

    /// The log has an arrival: whoever waits for it is answered with 0.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn logged<S: RowStore + ?Sized>(
        &mut self,
        arrival: ArrivalId,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(open) = self.open.get_mut(arrival) else { return Ok(()) };
        open.logged = true;
        match (open.waiter, open.overtaken) {
            (Some(waiter), _) => self.finish(arrival, waiter, now, rows, out),
            (None, true) => {
                self.forget(arrival, rows);
                Ok(())
            }
            (None, false) => Ok(()),
        }
    }

    /// A connection ended: what it had not heard an answer to is nobody's, and what was answered just before is in doubt.
    pub fn link_down(&mut self, link: LinkId, now: Now) {
        let left: Vec<_> = self
            .open
            .iter()
            .filter(|(_, open)| open.waiter.is_some_and(|(of, _)| of == link))
            .collect();
        let left: Vec<_> = left.into_iter().map(|(arrival, _)| arrival).collect();
        for arrival in left {
            self.abandon(arrival);
        }
        self.doubts.link_down(link, now.monotonic_us, self.patience.retry);
    }

    /// Tells carriers to come again that waited too long, and forgets what none came for.
    pub fn sweep<S: RowStore + ?Sized>(&mut self, now: Now, rows: &mut S, out: &mut Outbox) {
        let Patience { answer: patience, retry } = self.patience;
        let waited = |open: &Open| open.waiter.is_some() && now.is_past(open.since_us, patience);
        let held_long = |open: Option<&Open>| {
            open.is_some_and(|open| open.waiter.is_some() && now.is_past(open.since_us, HELD_PATIENCE))
        };
        let over = |open: &Open| open.waiter.is_none() && open.logged && now.is_past(open.since_us, retry);
        let late = self.open.iter().filter(|(_, open)| waited(open)).map(|(id, _)| id);
        let held = self.held.keys().copied().filter(|id| held_long(self.open.get(*id)));
        let late: BTreeSet<_> = late.chain(held).collect();
        let old: Vec<_> = self.open.iter().filter(|(_, open)| over(open)).map(|(id, _)| id).collect();
        for arrival in late {
            if let Some(waiter) = self.abandon(arrival) {
                out.answers.push(answer(waiter, COME_AGAIN));
            }
        }
        for arrival in old {
            self.forget(arrival, rows);
        }
        for arrival in self.doubts.forget(now.monotonic_us) {
            rows.delete_row::<ArrivalRow>(&ArrivalKey(arrival));
        }
    }

    /// Lets a connection wait for a receipt whose id is not known, unless it waits for too many.
    fn hold(&mut self, arrival: ArrivalId, waiter: (LinkId, u32), out: &mut Outbox) {
        if let Some(open) = self.open.get_mut(arrival) {
            open.undecided = true;
        }
        let on_link = self.held.values().filter(|link| **link == waiter.0).count();
        self.held.insert(arrival, waiter.0);
        if on_link >= HELD_PER_LINK_MAX && self.abandon(arrival).is_some() {
            out.answers.push(answer(waiter, COME_AGAIN));
        }
    }

    /// It is known whose a receipt is, or that nobody will know: it goes to the log.
    fn decided(&mut self, arrival: ArrivalId) {
        self.held.remove(&arrival);
        if let Some(open) = self.open.get_mut(arrival) {
            open.undecided = false;
        }
    }

    fn next_id(&mut self) -> ArrivalId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.prefix);
        id[8..].copy_from_slice(&self.counter.to_be_bytes());
        self.counter += 1;
        ArrivalId::from_bytes(id)
    }

    fn take(
        &mut self,
        arrival: ArrivalId,
        (fingerprint, is_reply): (u64, bool),
        waiter: Option<(LinkId, u32)>,
        now: Now,
    ) {
        let since_us = now.monotonic_us;
        let (logged, undecided, overtaken) = (false, false, false);
        let open = Open { fingerprint, waiter, since_us, logged, undecided, is_reply, overtaken };
        self.open.insert(arrival, open);
    }

    /// Whether a reply may be one that is here already, though the carrier could not know it.
    fn is_repeat(&mut self, Delivery { fingerprint, link, .. }: &Delivery, now: Now) -> bool {
        self.doubts.is_repeat(*fingerprint, *link, now.monotonic_us) || self.open.overtakes(*fingerprint, *link)
    }

    /// When nothing that was answered at `at`, in an earlier run, will be sent again.
    fn doubted_until(&self, at: Timestamp, now: Now) -> u64 {
        let left = (at + self.patience.retry).since(now.wall);
        now.monotonic_us.saturating_add(left.as_millis().saturating_mul(1_000))
    }

    /// Has a delivery wait with an equal one that nobody waits for, if there is one.
    fn joins<S: RowStore + ?Sized>(
        &mut self,
        fingerprint: u64,
        waiter: (LinkId, u32),
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<bool, RowError> {
        let Some(arrival) = self.open.adopt(fingerprint, waiter, now.monotonic_us) else {
            return Ok(false);
        };
        match self.open.get(arrival) {
            Some(open) if open.logged => self.finish(arrival, waiter, now, rows, out)?,
            Some(open) if open.undecided => self.hold(arrival, waiter, out),
            _ => {}
        }
        Ok(true)
    }

    /// Answers with 0. That a reply was answered is kept until it is sure that the carrier heard it.
    fn finish<S: RowStore + ?Sized>(
        &mut self,
        arrival: ArrivalId,
        waiter: (LinkId, u32),
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        out.answers.push(answer(waiter, OK));
        match self.open.remove(arrival) {
            Some(Open { fingerprint, is_reply: true, .. }) => {
                let (link, at_us) = (waiter.0, now.monotonic_us);
                self.doubts.answered(Answered { arrival, fingerprint, link, at_us });
                rows.put_row(&ArrivalKey(arrival), &ArrivalRow::answered(fingerprint, now.wall))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Nobody waits for it any more; gives who did.
    fn abandon(&mut self, arrival: ArrivalId) -> Option<(LinkId, u32)> {
        self.held.remove(&arrival);
        self.open.abandon(arrival)
    }

    fn forget<S: RowStore + ?Sized>(&mut self, arrival: ArrivalId, rows: &mut S) {
        if self.open.remove(arrival).is_some_and(|open| open.is_reply) {
            rows.delete_row::<ArrivalRow>(&ArrivalKey(arrival));
        }
    }
}

fn answer((link, sequence): (LinkId, u32), status: u32) -> DeliverAnswer {
    DeliverAnswer { link, sequence, status }
}

#[cfg(test)]
mod tests;
