//! The sockets of an owner, as its core sees them, and what left by them.

use std::collections::BTreeMap;

use volley_carrier_egress_core::{DeliverAnswer, PartToAsk, SegmentToSend, Transport, Unsendable};
use volley_types::Timestamp;

use crate::setup::{RESPONSE_TIMEOUT, WINDOW};

/// A segment on a link.
#[derive(Debug, Clone)]
pub struct Segment {
    /// When it left.
    pub at: Timestamp,
    /// By which run: later ones have higher numbers.
    pub run: u64,
    /// The link.
    pub link: u64,
    /// What its answer names.
    pub token: u64,
    /// `source_addr`.
    pub source: String,
    /// `destination_addr`.
    pub destination: String,
    /// `short_message`.
    pub octets: Vec<u8>,
    /// Whether it begins with a user data header.
    pub udhi: bool,
}

/// What left in a turn.
#[derive(Debug, Default)]
pub struct Left {
    /// Segments.
    pub segments: Vec<Segment>,
    /// Answers to deliveries.
    pub answers: Vec<DeliverAnswer>,
}

#[derive(Debug, Default)]
pub(super) struct Bind {
    pub(super) link: Option<u64>,
    /// Segments that wait for an answer, and until when.
    pub(super) open: BTreeMap<u64, Timestamp>,
}

pub(super) struct Wire<'a> {
    pub(super) binds: &'a mut [Bind],
    pub(super) sent: &'a mut Vec<Segment>,
    pub(super) run: u64,
    pub(super) now: Timestamp,
}

impl Transport for Wire<'_> {
    fn room(&self, bind: u16) -> usize {
        let up = self.binds.get(usize::from(bind)).is_some_and(|bind| bind.link.is_some());
        if up { usize::from(WINDOW) } else { 0 }
    }

    fn submit(&mut self, bind: u16, token: u64, segment: SegmentToSend<'_>) -> Result<(), Unsendable> {
        let bind = &mut self.binds[usize::from(bind)];
        bind.open.insert(token, self.now + RESPONSE_TIMEOUT);
        self.sent.push(Segment {
            at: self.now,
            run: self.run,
            link: bind.link.unwrap_or_default(),
            token,
            source: segment.source.digits().to_owned(),
            destination: segment.destination.digits().to_owned(),
            octets: segment.octets.to_vec(),
            udhi: segment.esm_class & 0x40 != 0,
        });
        Ok(())
    }

    /// No profile of the simulation has a carrier asked about anything.
    fn ask(&mut self, _: u16, _: u64, _: PartToAsk<'_>) -> Result<(), Unsendable> {
        Err(Unsendable { status: 0x03 })
    }
}
