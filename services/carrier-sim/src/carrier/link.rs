//! One TCP connection of a client, bound or not yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use tokio::sync::Notify;

use super::answers::Answer;
use crate::wire::{command, write_pdu};

/// Submits a link may have unanswered, whatever its account's window: the one that exceeds it is cut off.
pub(crate) const UNANSWERED_MAX: u64 = 100_000;

/// What a bind may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Transmitter,
    Receiver,
    Transceiver,
}

impl Mode {
    pub(super) fn of_command(id: u32) -> Option<Self> {
        match id {
            command::BIND_TRANSMITTER => Some(Self::Transmitter),
            command::BIND_RECEIVER => Some(Self::Receiver),
            command::BIND_TRANSCEIVER => Some(Self::Transceiver),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
            Self::Transceiver => "transceiver",
        }
    }
}

/// How a link ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Not yet.
    Open,
    /// When what is to be written has been written.
    AfterWriting,
    /// Now, whatever is unwritten.
    AtOnce,
}

/// A link's account and mode.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) account: usize,
    pub(super) mode: Mode,
}

/// A delivery on its way to the client.
#[derive(Clone, Copy)]
pub(super) struct InFlight {
    pub(super) delivery: u64,
    pub(super) deadline: Instant,
}

/// The carrier's half of one connection.
pub(super) struct Link {
    pub(super) bound: Option<Bound>,
    pub(super) end: End,
    pub(super) heard_at: Instant,
    pub(super) silent_spans: u32,
    /// Deliveries without an answer, by sequence number; their deadlines rise with it.
    pub(super) in_flight: BTreeMap<u32, InFlight>,
    pub(super) unanswered: u64,
    /// Responses kept back while responses are paused.
    pub(super) held: VecDeque<Answer>,
    out: BytesMut,
    wake: Arc<Notify>,
    last_sequence: u32,
}

impl Link {
    /// `wake` is notified when there is something to write or the link ends.
    pub(super) fn new(wake: Arc<Notify>, now: Instant) -> Self {
        Self {
            bound: None,
            end: End::Open,
            heard_at: now,
            silent_spans: 0,
            in_flight: BTreeMap::new(),
            unanswered: 0,
            held: VecDeque::new(),
            out: BytesMut::new(),
            wake,
            last_sequence: 0,
        }
    }

    pub(super) fn may_submit(&self) -> Option<usize> {
        self.bound
            .filter(|bound| bound.mode != Mode::Receiver)
            .map(|bound| bound.account)
    }

    pub(super) fn may_receive(&self) -> bool {
        self.end == End::Open && self.bound.is_some_and(|bound| bound.mode != Mode::Transmitter)
    }

    pub(super) fn respond(&mut self, command: u32, status: u32, sequence: u32, body: &[u8]) {
        write_pdu(self.buffer(), command | command::RESPONSE, status, sequence, body);
    }

    /// Sends a request of the carrier's own and gives its sequence number.
    pub(super) fn request(&mut self, command: u32, body: &[u8]) -> u32 {
        self.last_sequence = self.last_sequence % 0x7FFF_FFFF + 1;
        let sequence = self.last_sequence;
        write_pdu(self.buffer(), command, 0, sequence, body);
        sequence
    }

    /// What is about to be written; asking for it wakes the writer.
    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        if self.out.is_empty() {
            self.wake.notify_one();
        }
        &mut self.out
    }

    pub(super) fn take_output(&mut self) -> BytesMut {
        self.out.split()
    }

    pub(super) fn finish(&mut self, end: End) {
        self.end = self.end.max(end);
        self.wake.notify_one();
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
}
