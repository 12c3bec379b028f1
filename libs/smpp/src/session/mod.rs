//! One SMPP session from the client's side, without a socket and without a clock.
//!
//! ```text
//!                   bind_resp ok            unbind(), or the carrier's unbind
//!   new() -> Binding -----------> Bound -----------------------------------> Draining
//!               |                   |                     window and backlog empty, or response_timeout
//!               | refused, timeout  | silence, out of step, link lost           |
//!               v                   v                                           v
//!             Closed <----------- Closed <-- unbind_resp, timeout -- Unbinding (ours) or Closed (theirs)
//! ```
//!
//! The shell feeds what it reads, asks `poll_timeout` when to come back, writes what `take_output` gives, and acts
//! on `next_event` until that is empty, after every call.
//!
//! SES-1: every token comes back in exactly one answered or unanswered event; a late answer may follow an unanswered.
//! SES-2: never more requests are unanswered than the window holds.
//! SES-3: a session ends with exactly one `Closed`, and nothing comes after it.
//! SES-4: time arrives as an argument; nothing here reads a clock.
//! SES-5: no input panics, and every queue in here has a limit.

mod backlog;
mod config;
mod event;
mod input;
mod link;
mod reconnect;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::BytesMut;
use rusmpp::CommandId;

pub use config::{ConfigError, SessionConfig, WINDOW_MAX};
pub use event::{CloseReason, Event, Sequence, SubmitAnswer, SubmitError};
pub use reconnect::{
    RECONNECT_FIRST, RECONNECT_MAX, RECONNECT_REFUSED, ReconnectBackoff, ReconnectPauses, is_lasting_refusal,
};

use crate::framing::FrameDecoder;
use crate::pdu::{BindMode, OtherPdu, SubmitSm, encode_deliver_resp, encode_header};
use crate::status::CommandStatus;
use backlog::Backlog;
use link::{LinkCheck, LinkWatch};
use window::{Asked, GivenUp, Sequencer, Window};

/// Octets of output waiting to be written at which no more messages are taken.
pub const OUTPUT_PAUSE_OCTETS: usize = 1024 * 1024;

/// Octets of output waiting to be written at which the carrier counts as not reading.
pub const OUTPUT_OCTETS_MAX: usize = 4 * 1024 * 1024;

/// Delivered messages held unanswered at once; the next is refused with `ESME_RMSGQFUL`, which has it sent again later.
pub const DELIVER_BACKLOG_MAX: usize = Backlog::MESSAGES_MAX;

/// Unanswered messages remembered so that a late answer still finds its token.
pub const GIVEN_UP_MAX: usize = GivenUp::MESSAGES_MAX;

/// Things that happened and need no action, counted since the session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCounters {
    /// PDUs that could not be read.
    pub malformed: u64,
    /// Responses to nothing we asked.
    pub unknown_responses: u64,
    /// `generic_nack`s to nothing we asked.
    pub unknown_nacks: u64,
    /// Requests that a carrier has no business to send, answered with `generic_nack`.
    pub unexpected_requests: u64,
    /// Delivered messages sent back with `ESME_RMSGQFUL` or `ESME_RINVBNDSTS`.
    pub delivers_refused: u64,
    /// `alert_notification`s dropped because the shell did not take the earlier ones.
    pub alerts_dropped: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Binding { deadline: Instant },
    Bound,
    Draining { until: Instant, asked_by: Side },
    Unbinding { deadline: Instant },
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Us,
    Carrier { unbind_sequence: u32 },
}

/// One session, from the bind to its end. A new connection needs a new session.
#[derive(Debug)]
pub struct EsmeSession {
    config: SessionConfig,
    phase: Phase,
    decoder: FrameDecoder,
    sequencer: Sequencer,
    window: Window,
    given_up: GivenUp,
    backlog: Backlog,
    link: LinkWatch,
    output: BytesMut,
    events: VecDeque<Event>,
    alerts_waiting: usize,
    counters: SessionCounters,
}

impl EsmeSession {
    /// Begins a session on a fresh connection: the bind is ready in the output.
    ///
    /// # Errors
    /// A setting that no session can run with.
    pub fn new(config: SessionConfig, now: Instant) -> Result<Self, ConfigError> {
        config.check()?;
        let mut output = BytesMut::new();
        let mut sequencer = Sequencer::default();
        config.bind().encode(Sequencer::sequence(sequencer.issue()), &mut output)?;
        Ok(Self {
            phase: Phase::Binding { deadline: now + config.bind_timeout },
            decoder: FrameDecoder::new(),
            sequencer,
            window: Window::new(config.window),
            given_up: GivenUp::default(),
            backlog: Backlog::default(),
            link: LinkWatch::new(config.enquire_link_interval, config.enquire_link_timeout, now),
            output,
            events: VecDeque::new(),
            alerts_waiting: 0,
            counters: SessionCounters::default(),
            config,
        })
    }

    /// Submits a message. `token` comes back with its answer.
    ///
    /// # Errors
    /// The window is full, the session is not able to send, or the message does not fit the protocol.
    pub fn submit(&mut self, token: u64, message: &SubmitSm, now: Instant) -> Result<Sequence, SubmitError> {
        self.check_can_send()?;
        let sequence = Sequencer::sequence(self.sequencer.next());
        message.encode(sequence, &mut self.output)?;
        Ok(self.remember(Asked::Submit { token }, now))
    }

    /// Sends an operation off the hot path: `query_sm`, `cancel_sm`, `replace_sm`, `submit_multi`, a broadcast, or a
    /// `data_sm`, whose answer comes as that of a message. It takes a place in the window like any message.
    ///
    /// # Errors
    /// As [`EsmeSession::submit`]; also an operation that is not a client's.
    pub fn request(&mut self, token: u64, operation: &OtherPdu, now: Instant) -> Result<Sequence, SubmitError> {
        self.check_can_send()?;
        let asked = match operation.command() {
            CommandId::DataSm => Asked::Submit { token },
            command @ (CommandId::QuerySm
            | CommandId::CancelSm
            | CommandId::ReplaceSm
            | CommandId::SubmitMulti
            | CommandId::BroadcastSm
            | CommandId::QueryBroadcastSm
            | CommandId::CancelBroadcastSm) => Asked::Request { token, response: command.matching_response() },
            _ => return Err(SubmitError::Operation),
        };
        let sequence = Sequencer::sequence(self.sequencer.next());
        operation
            .encode(CommandStatus::OK, sequence, &mut self.output)
            .map_err(|_| SubmitError::Operation)?;
        Ok(self.remember(asked, now))
    }

    /// How many more messages may be submitted now: 0 while not bound, in a receiver, and while output piles up.
    #[must_use]
    pub fn room(&self) -> usize {
        match self.check_can_send() {
            Ok(()) => self.window.room(),
            Err(_) => 0,
        }
    }

    /// Answers a delivered message. `false` if none waits for an answer under `sequence`, as after the end.
    pub fn respond_deliver(&mut self, sequence: u32, status: CommandStatus) -> bool {
        let Some(operation) = self.backlog.remove(sequence) else {
            return false;
        };
        encode_deliver_resp(operation, status, sequence, &mut self.output);
        self.go_on_draining();
        true
    }

    /// Ends the session orderly: takes no more messages, waits for what is open, at most `response_timeout`, and
    /// unbinds. Before the bind is answered it ends at once.
    pub fn unbind(&mut self, now: Instant) {
        match self.phase {
            Phase::Binding { .. } => self.close(CloseReason::Unbound),
            Phase::Bound => {
                self.phase = Phase::Draining { until: now + self.config.response_timeout, asked_by: Side::Us };
                self.go_on_draining();
            }
            Phase::Draining { .. } | Phase::Unbinding { .. } | Phase::Closed => {}
        }
    }

    /// The connection is gone: whatever is unanswered stays so.
    pub fn connection_lost(&mut self, _now: Instant) {
        self.close(CloseReason::ConnectionLost);
    }

    /// Takes what was read from the connection.
    pub fn handle_input(&mut self, octets: &[u8], now: Instant) {
        self.decoder.feed(octets);
        while self.phase != Phase::Closed {
            let Some(read) = self.decoder.next_frame() else { break };
            self.link.heard(now);
            match read {
                Ok(frame) => self.handle_frame(frame, now),
                Err(error) => self.handle_malformed(error),
            }
        }
        self.go_on_draining();
    }

    /// Does what is due by `now`. Call it when [`EsmeSession::poll_timeout`] has passed; too early does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Binding { deadline } if deadline <= now => self.close(CloseReason::BindTimeout),
            Phase::Unbinding { deadline } if deadline <= now => self.close(CloseReason::Unbound),
            Phase::Bound | Phase::Draining { .. } => {
                self.give_up_overdue(now);
                self.watch_link(now);
                self.go_on_draining();
                self.end_overdue_draining(now);
            }
            Phase::Binding { .. } | Phase::Unbinding { .. } | Phase::Closed => {}
        }
    }

    /// When [`EsmeSession::handle_timeout`] is due next; `None` once the session is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let running = || self.window.deadline().into_iter().chain([self.link.deadline()]);
        match self.phase {
            Phase::Binding { deadline } | Phase::Unbinding { deadline } => Some(deadline),
            Phase::Bound => running().min(),
            Phase::Draining { until, .. } => running().chain([until]).min(),
            Phase::Closed => None,
        }
    }

    /// Moves what is to be written to the end of `out`.
    pub fn take_output(&mut self, out: &mut BytesMut) {
        if out.is_empty() {
            std::mem::swap(out, &mut self.output);
        } else {
            out.extend_from_slice(&self.output);
        }
        self.output.clear();
    }

    /// The next thing that happened.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if matches!(event, Event::Alert { .. }) {
            self.alerts_waiting -= 1;
        }
        Some(event)
    }

    /// What the session was begun as.
    #[must_use]
    pub const fn mode(&self) -> BindMode {
        self.config.mode
    }

    /// Whether the carrier has taken the login and nobody has begun to end the session.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.phase == Phase::Bound
    }

    /// Whether the session is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Delivered messages that wait for [`EsmeSession::respond_deliver`].
    #[must_use]
    pub fn unanswered_delivers(&self) -> usize {
        self.backlog.len()
    }

    /// What was counted so far.
    #[must_use]
    pub const fn counters(&self) -> SessionCounters {
        self.counters
    }

    fn check_can_send(&self) -> Result<(), SubmitError> {
        if self.phase != Phase::Bound {
            return Err(SubmitError::NotBound);
        }
        if !self.config.mode.sends() {
            return Err(SubmitError::ReceiverOnly);
        }
        if self.window.room() == 0 || self.output.len() >= OUTPUT_PAUSE_OCTETS {
            return Err(SubmitError::WindowFull);
        }
        Ok(())
    }

    /// Gives the request just written its place in the window.
    fn remember(&mut self, asked: Asked, now: Instant) -> Sequence {
        let ordinal = self.sequencer.issue();
        self.window.insert(ordinal, asked, now + self.config.response_timeout);
        Sequence(Sequencer::sequence(ordinal))
    }

    /// Writes a request that is its header alone and that the window does not count.
    fn send_header(&mut self, command: CommandId) {
        let sequence = Sequencer::sequence(self.sequencer.issue());
        encode_header(command, CommandStatus::OK, sequence, &mut self.output);
    }

    fn give_up_overdue(&mut self, now: Instant) {
        while let Some((ordinal, asked)) = self.window.pop_overdue(now) {
            if let Asked::Submit { token } = asked {
                self.given_up.remember(ordinal, token);
            }
            self.events.push_back(unanswered(asked));
        }
    }

    fn watch_link(&mut self, now: Instant) {
        match self.link.check(now) {
            LinkCheck::Fine => {}
            LinkCheck::Ask => self.send_header(CommandId::EnquireLink),
            LinkCheck::Dead => self.close(CloseReason::PeerSilent),
        }
    }

    /// Takes the next step of an orderly end once nothing is open any more.
    fn go_on_draining(&mut self) {
        if self.output.len() > OUTPUT_OCTETS_MAX {
            self.close(CloseReason::PeerNotReading);
        }
        if let Phase::Draining { until, asked_by } = self.phase
            && self.window.is_empty()
            && self.backlog.is_empty()
        {
            self.end_draining(until, asked_by);
        }
    }

    fn end_overdue_draining(&mut self, now: Instant) {
        if let Phase::Draining { until, asked_by } = self.phase
            && until <= now
        {
            self.end_draining(until, asked_by);
        }
    }

    fn end_draining(&mut self, until: Instant, asked_by: Side) {
        match asked_by {
            Side::Us => {
                self.send_header(CommandId::Unbind);
                self.phase = Phase::Unbinding { deadline: until + self.config.response_timeout };
            }
            Side::Carrier { unbind_sequence } => {
                encode_header(CommandId::UnbindResp, CommandStatus::OK, unbind_sequence, &mut self.output);
                self.close(CloseReason::PeerUnbound);
            }
        }
    }

    fn close(&mut self, reason: CloseReason) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        while let Some((_, asked)) = self.window.pop_first() {
            self.events.push_back(unanswered(asked));
        }
        self.backlog.clear();
        self.events.push_back(Event::Closed { reason });
    }
}

fn unanswered(asked: Asked) -> Event {
    match asked {
        Asked::Submit { token } => Event::SubmitUnanswered { token },
        Asked::Request { token, .. } => Event::RequestUnanswered { token },
    }
}
