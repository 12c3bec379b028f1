//! What goes to the client: receipts and texts, each kept until it is answered with 0.
//!
//!   made --delay--> waiting --a bind has room--> in flight --0--> gone
//!                      ^                             |
//!                      +--link lost, no answer in time, 0x64 (after a second)
//!
//! DLV-1: a delivery leaves only by an answer: 0, or a status that says "never".
//! DLV-2: a lost link costs nothing but another attempt, on whatever bind comes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Carrier;
use super::account::Account;
use super::link::{End, InFlight};
use super::timers::Due;
use crate::clock::Now;
use crate::journal::{DeliveryKind, Fact};
use crate::wire::{Address, command, status};

/// Receipts and parts one account may have waiting or unanswered; beyond it submits are refused with ESME_RMSGQFUL (0x14).
pub const DELIVERIES_MAX: usize = 262_144;
/// Milliseconds until a delivery refused for now is sent again.
pub const RETRY_DELAY_MS: u64 = 1_000;

/// A `deliver_sm` with everything but its sequence number.
pub(super) struct Delivery {
    pub(super) kind: DeliveryKind,
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) message_id: Option<Arc<str>>,
    pub(super) text: Arc<str>,
    pub(super) body: Bytes,
    /// The link that gets it if it can.
    pub(super) prefer: Option<u64>,
    /// The link that gets it only if no other can.
    pub(super) avoid: Option<u64>,
    pub(super) attempts: u32,
    /// The next answer to it is lost, and its link with it.
    pub(super) answer_lost: bool,
}

/// An account's deliveries.
#[derive(Default)]
pub(super) struct Deliveries {
    kept: BTreeMap<u64, Box<Delivery>>,
    waiting: VecDeque<u64>,
}

impl Deliveries {
    pub(super) fn has_room_for(&self, more: usize) -> bool {
        self.kept.len() + more <= DELIVERIES_MAX
    }
}

impl Carrier {
    /// Keeps a delivery and queues it after `delay_ms`.
    pub(super) fn deliver_after(&mut self, account: usize, delivery: Delivery, delay_ms: u32, now: Now) {
        let id = self.next_delivery;
        self.next_delivery += 1;
        *self.pending(delivery.kind) += 1;
        self.accounts[account].deliveries.kept.insert(id, Box::new(delivery));
        match delay_ms {
            0 => self.queue(account, id, now),
            _ => self.requeue_after(account, id, Duration::from_millis(delay_ms.into()), now),
        }
    }

    /// Puts a kept delivery at the end of the queue and sends what can be sent.
    pub(super) fn queue(&mut self, account: usize, id: u64, now: Now) {
        self.accounts[account].deliveries.waiting.push_back(id);
        self.dispatch(account, now);
    }

    /// Sends from the front of the queue while a bind has room.
    pub(super) fn dispatch(&mut self, account: usize, now: Now) {
        while let Some(id) = self.accounts[account].deliveries.waiting.front().copied() {
            let Some(link) = self.link_for(account, id) else { return };
            self.accounts[account].deliveries.waiting.pop_front();
            self.send(account, id, link, now);
        }
    }

    /// Hears the client's answer to a delivery.
    pub(super) fn delivery_answered(&mut self, link: u64, sequence: u32, answer: u32, now: Now) {
        if self.loses_answer(link, sequence) {
            self.finish(link, End::AtOnce);
            return;
        }
        let Some((account, flight)) = self.take_flight(link, sequence) else { return };
        let Some(delivery) = self.accounts[account].deliveries.kept.get(&flight.delivery) else {
            return;
        };
        let kind = delivery.kind;
        let fact = Fact::DeliveryAnswered { delivery: flight.delivery, delivery_kind: kind, status: answer };
        self.journal.record(now, &self.accounts[account].name, link, fact);
        if is_temporary(answer) {
            self.requeue_after(account, flight.delivery, Duration::from_millis(RETRY_DELAY_MS), now);
        } else {
            self.accounts[account].deliveries.kept.remove(&flight.delivery);
            *self.pending(kind) -= 1;
            *self.settled(kind, answer) += 1;
        }
        self.dispatch(account, now);
    }

    /// Whether this answer is one to lose; the next one to the same delivery is not.
    fn loses_answer(&mut self, link: u64, sequence: u32) -> bool {
        let found = self.links.get(&link).and_then(|link| {
            let flight = link.in_flight.get(&sequence)?;
            Some((link.bound?.account, flight.delivery))
        });
        let Some((account, delivery)) = found else { return false };
        let delivery = self.accounts[account].deliveries.kept.get_mut(&delivery);
        delivery.is_some_and(|delivery| std::mem::take(&mut delivery.answer_lost))
    }

    /// Takes back what was in flight on a link that ended.
    pub(super) fn take_back(&mut self, account: usize, link: u64, flights: BTreeMap<u32, InFlight>, now: Now) {
        for flight in flights.into_values().rev() {
            let deliveries = &mut self.accounts[account].deliveries;
            if let Some(delivery) = deliveries.kept.get_mut(&flight.delivery) {
                delivery.prefer = delivery.prefer.filter(|preferred| *preferred != link);
                deliveries.waiting.push_front(flight.delivery);
            }
        }
        self.dispatch(account, now);
    }

    /// Sends again what got no answer in time.
    pub(super) fn resend_overdue(&mut self, now: Now) {
        let overdue: Vec<(u64, u32)> = self
            .links
            .iter()
            .flat_map(|(id, link)| {
                let late = link.in_flight.iter().take_while(|(_, flight)| flight.deadline <= now.instant);
                late.map(|(sequence, _)| (*id, *sequence))
            })
            .collect();
        for (link, sequence) in overdue {
            let Some((account, flight)) = self.take_flight(link, sequence) else {
                continue;
            };
            let Some(delivery) = self.accounts[account].deliveries.kept.get_mut(&flight.delivery) else {
                continue;
            };
            (delivery.prefer, delivery.avoid) = (None, Some(link));
            self.queue(account, flight.delivery, now);
        }
    }

    /// When the next delivery in flight is overdue.
    pub(super) fn next_overdue(&self) -> Option<Instant> {
        self.links
            .values()
            .filter_map(|link| link.in_flight.first_key_value())
            .map(|(_, flight)| flight.deadline)
            .min()
    }

    fn send(&mut self, account: usize, id: u64, link_id: u64, now: Now) {
        let Account { name, deliveries, .. } = &mut self.accounts[account];
        let (Some(delivery), Some(link)) = (deliveries.kept.get_mut(&id), self.links.get_mut(&link_id)) else {
            return;
        };
        delivery.attempts += 1;
        let sequence = link.request(command::DELIVER_SM, &delivery.body);
        let deadline = now.instant + self.settings.ack_timeout;
        link.in_flight.insert(sequence, InFlight { delivery: id, deadline });
        let fact = Fact::DeliverySent {
            delivery: id,
            delivery_kind: delivery.kind,
            sequence,
            attempt: delivery.attempts,
            source: delivery.source.clone(),
            destination: delivery.destination.clone(),
            message_id: delivery.message_id.clone(),
            text: delivery.text.clone(),
        };
        self.journal.record(now, name, link_id, fact);
        let counters = &mut self.journal.counters;
        match (delivery.attempts, delivery.kind) {
            (1, DeliveryKind::Receipt) => counters.receipts_sent += 1,
            (1, DeliveryKind::Mo) => counters.mos_sent += 1,
            _ => counters.redeliveries += 1,
        }
    }

    /// The preferred link if it has room, else the least busy one, the avoided one last.
    fn link_for(&self, account: usize, id: u64) -> Option<u64> {
        let Account { config, links, deliveries, .. } = &self.accounts[account];
        let (prefer, avoid) = deliveries.kept.get(&id).map(|delivery| (delivery.prefer, delivery.avoid))?;
        let room = |link: &u64| {
            let link = self.links.get(link).filter(|link| link.may_receive())?;
            (link.in_flight.len() < config.deliver_window as usize).then_some(link.in_flight.len())
        };
        if let Some(link) = prefer.filter(|link| room(link).is_some()) {
            return Some(link);
        }
        links
            .iter()
            .filter_map(|link| room(link).map(|busy| (Some(*link) == avoid, busy, *link)))
            .min()
            .map(|(_, _, link)| link)
    }

    fn take_flight(&mut self, link: u64, sequence: u32) -> Option<(usize, InFlight)> {
        let link = self.links.get_mut(&link)?;
        Some((link.bound?.account, link.in_flight.remove(&sequence)?))
    }

    fn requeue_after(&mut self, account: usize, delivery: u64, delay: Duration, now: Now) {
        self.timers.set(now.instant + delay, Due::Deliver { account, delivery });
    }

    fn pending(&mut self, kind: DeliveryKind) -> &mut u64 {
        match kind {
            DeliveryKind::Receipt => &mut self.journal.counters.receipts_pending,
            DeliveryKind::Mo => &mut self.journal.counters.mos_pending,
        }
    }

    fn settled(&mut self, kind: DeliveryKind, answer: u32) -> &mut u64 {
        match (kind, answer) {
            (DeliveryKind::Receipt, status::OK) => &mut self.journal.counters.receipts_acked,
            (DeliveryKind::Mo, status::OK) => &mut self.journal.counters.mos_acked,
            _ => &mut self.journal.counters.deliveries_refused,
        }
    }
}

/// Statuses after which a carrier tries again.
fn is_temporary(answer: u32) -> bool {
    matches!(
        answer,
        status::SYSTEM_ERROR | status::QUEUE_FULL | status::THROTTLED | status::TEMPORARY_APPLICATION_ERROR
    )
}
