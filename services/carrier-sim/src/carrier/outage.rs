//! A carrier that is not there: hung up, or silent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Carrier;
use super::link::End;
use super::timers::Due;
use crate::clock::Now;

/// How a carrier is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outage {
    /// Links are cut, and new connections are closed as soon as they are made.
    HungUp,
    /// Links stay and new ones are made, but nothing is read and so nothing answered.
    Silent,
}

/// The outage in force, if any, and its number.
#[derive(Default)]
pub(super) struct CurrentOutage {
    kind: Option<Outage>,
    number: u64,
}

impl Carrier {
    /// Begins an outage, in place of any other; without a duration it lasts until [`Carrier::recover`].
    pub(crate) fn go_out(&mut self, kind: Outage, lasts: Option<Duration>, now: Now) {
        self.outage.number += 1;
        self.outage.kind = Some(kind);
        if let Some(lasts) = lasts {
            self.timers
                .set(now.instant + lasts, Due::OutageEnds { outage: self.outage.number });
        }
        if kind == Outage::HungUp {
            self.end_all(End::AtOnce);
        }
        self.wake_all();
    }

    /// Ends the outage.
    pub(crate) fn recover(&mut self, now: Now) {
        self.end_outage(self.outage.number, now);
    }

    /// Whether a new connection may stay.
    pub(crate) fn is_hung_up(&self) -> bool {
        self.outage.kind == Some(Outage::HungUp)
    }

    pub(super) fn is_silent(&self) -> bool {
        self.outage.kind == Some(Outage::Silent)
    }

    /// The time of silence was the carrier's own: no client is late for it, and no answer that lies in a socket.
    pub(super) fn end_outage(&mut self, number: u64, now: Now) {
        if number != self.outage.number {
            return;
        }
        self.outage.kind = None;
        for link in self.links.values_mut() {
            (link.heard_at, link.silent_spans) = (now.instant, 0);
            let patience = now.instant + self.settings.ack_timeout;
            link.in_flight.values_mut().for_each(|flight| flight.deadline = patience);
        }
        self.wake_all();
    }

    fn wake_all(&self) {
        for link in self.links.values() {
            link.wake();
        }
    }
}
