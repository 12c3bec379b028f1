//! Everything a client says that is not a message: binds, `unbind`, `enquire_link`, and what cannot be understood.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::sync::Notify;

use super::link::{Bound, End, Link, Mode};
use super::timers::Due;
use super::{Carrier, Output};
use crate::clock::Now;
use crate::journal::Fact;
use crate::wire::{BindRequest, Frame, Split, command, split, status, write_bind_response};

/// How many silent spans of `idle_ms` a bound link survives; each begins with an `enquire_link`.
const SILENT_SPANS_MAX: u32 = 3;

impl Carrier {
    /// A client connected. `wake` is notified when there is something to write to it.
    pub(crate) fn open(&mut self, wake: Arc<Notify>, now: Now) -> u64 {
        let id = self.next_link;
        self.next_link += 1;
        self.links.insert(id, Link::new(wake, now.instant));
        self.timers.set(now.instant + self.settings.idle, Due::Idle { link: id });
        id
    }

    /// Takes every whole PDU from the front of `input`; false if the carrier is deaf at the moment and took none.
    pub(crate) fn receive(&mut self, link: u64, input: &mut BytesMut, now: Now) -> bool {
        if self.is_silent() {
            return false;
        }
        if let Some(link) = self.links.get_mut(&link) {
            (link.heard_at, link.silent_spans) = (now.instant, 0);
        }
        while let Some(end) = self.links.get(&link).map(|link| link.end).filter(|end| *end != End::AtOnce) {
            let length = match split(input) {
                Split::Incomplete => break,
                // A link that is ending hears answers, but no more requests.
                Split::Whole(frame, length) if end == End::AfterWriting && frame.command & command::RESPONSE == 0 => {
                    length
                }
                Split::Whole(frame, length) => {
                    self.hear(link, frame, now);
                    length
                }
                Split::Broken { sequence } => {
                    self.nack(link, status::INVALID_COMMAND_LENGTH, sequence);
                    self.finish(link, End::AfterWriting);
                    input.len()
                }
            };
            input.advance(length);
        }
        true
    }

    /// What is to be written to a link, and what is to become of it.
    pub(crate) fn take_output(&mut self, link: u64) -> Output {
        let silent = self.is_silent();
        match self.links.get_mut(&link) {
            Some(link) if silent && link.end != End::AtOnce => {
                Output { octets: BytesMut::new(), end: End::Open, reading: false }
            }
            Some(link) => Output { octets: link.take_output(), end: link.end, reading: true },
            None => Output { octets: BytesMut::new(), end: End::AtOnce, reading: true },
        }
    }

    /// The connection is gone, whoever ended it.
    pub(crate) fn closed(&mut self, id: u64, now: Now) {
        let Some(link) = self.links.remove(&id) else { return };
        let counters = &mut self.journal.counters;
        counters.links_closed += 1;
        counters.unanswered -= link.unanswered;
        counters.responses_lost += link.unanswered;
        let Some(Bound { account, .. }) = link.bound else { return };
        counters.binds_open -= 1;
        self.accounts[account].links.retain(|bound| *bound != id);
        let fact = Fact::Closed { unanswered: link.unanswered };
        self.journal.record(now, &self.accounts[account].name, id, fact);
        self.take_back(account, id, link.in_flight, now);
    }

    /// Ends every link: politely with `unbind`, or at once.
    pub(crate) fn end_all(&mut self, end: End) {
        for link in self.links.values_mut() {
            if end == End::AfterWriting && link.bound.is_some() {
                link.request(command::UNBIND, &[]);
            }
            link.finish(end);
        }
    }

    /// Looks whether a client is still there.
    pub(super) fn look_at(&mut self, id: u64, now: Now) {
        let idle = self.settings.idle;
        let silence = self.is_silent();
        let Some(link) = self.links.get_mut(&id) else { return };
        let silent = now.instant.saturating_duration_since(link.heard_at) >= idle;
        if !silence && (link.bound.is_none() || link.silent_spans >= SILENT_SPANS_MAX) {
            link.finish(End::AtOnce);
            return;
        }
        if silent && !silence {
            link.silent_spans += 1;
            link.request(command::ENQUIRE_LINK, &[]);
        }
        self.timers
            .set(now.instant + idle.max(Duration::from_millis(1)), Due::Idle { link: id });
    }

    fn hear(&mut self, link: u64, frame: Frame<'_>, now: Now) {
        const DELIVER_SM_RESP: u32 = command::DELIVER_SM | command::RESPONSE;
        const UNBIND_RESP: u32 = command::UNBIND | command::RESPONSE;
        const ENQUIRE_LINK_RESP: u32 = command::ENQUIRE_LINK | command::RESPONSE;

        match frame.command {
            command::SUBMIT_SM => self.submit(link, frame.sequence, frame.body, now),
            command::CANCEL_SM | command::QUERY_SM | command::REPLACE_SM => {
                self.ask(link, frame.command, frame.sequence, frame.body, now);
            }
            DELIVER_SM_RESP => self.delivery_answered(link, frame.sequence, frame.status, now),
            // A nack answers whatever had that number: for a delivery it is a refusal like any other.
            command::GENERIC_NACK => self.delivery_answered(link, frame.sequence, frame.status.max(1), now),
            command::ENQUIRE_LINK => self.respond(link, frame, status::OK),
            command::BIND_RECEIVER | command::BIND_TRANSMITTER | command::BIND_TRANSCEIVER => {
                self.bind(link, frame, now);
            }
            command::UNBIND => {
                self.respond(link, frame, status::OK);
                self.finish(link, End::AfterWriting);
            }
            ENQUIRE_LINK_RESP | UNBIND_RESP => {}
            _ => self.nack(link, status::INVALID_COMMAND_ID, frame.sequence),
        }
    }

    fn bind(&mut self, id: u64, frame: Frame<'_>, now: Now) {
        let verdict = self.admit(id, frame);
        let Some(link) = self.links.get_mut(&id) else { return };
        let bind_status = verdict.err().unwrap_or(status::OK);
        write_bind_response(link.buffer(), frame.command, bind_status, frame.sequence, &self.settings.name);
        let counters = &mut self.journal.counters;
        match verdict {
            Ok(bound) => {
                link.bound = Some(bound);
                counters.binds_open += 1;
                counters.binds_accepted += 1;
                let account = &mut self.accounts[bound.account];
                account.links.push(id);
                self.journal
                    .record(now, &account.name, id, Fact::Bound { mode: bound.mode.name() });
                self.dispatch(bound.account, now);
            }
            Err(refused) => {
                counters.binds_refused += 1;
                self.journal
                    .record(now, &self.nobody, id, Fact::BindRefused { status: refused });
                // A second bind on a bound link is an error of the client's, not the end of the link.
                if refused != status::ALREADY_BOUND {
                    link.finish(End::AfterWriting);
                }
            }
        }
    }

    fn admit(&self, link: u64, frame: Frame<'_>) -> Result<Bound, u32> {
        let mode = Mode::of_command(frame.command).ok_or(status::INVALID_COMMAND_ID)?;
        if self.links.get(&link).is_some_and(|link| link.bound.is_some()) {
            return Err(status::ALREADY_BOUND);
        }
        let request = BindRequest::read(frame.body).map_err(|_| status::INVALID_COMMAND_LENGTH)?;
        let named = |account: &super::Account| account.config.system_id.as_bytes() == request.system_id;
        let account = self.accounts.iter().position(named).ok_or(status::INVALID_SYSTEM_ID)?;
        let config = &self.accounts[account].config;
        if config.password.as_bytes() != request.password {
            return Err(status::INVALID_PASSWORD);
        }
        if self.accounts[account].links.len() >= config.binds_max as usize {
            return Err(status::BIND_FAILED);
        }
        Ok(Bound { account, mode })
    }

    fn respond(&mut self, link: u64, frame: Frame<'_>, response_status: u32) {
        if let Some(link) = self.links.get_mut(&link) {
            link.respond(frame.command, response_status, frame.sequence, &[]);
        }
    }

    fn nack(&mut self, link: u64, nack_status: u32, sequence: u32) {
        if let Some(link) = self.links.get_mut(&link) {
            self.journal.counters.generic_nacks += 1;
            link.respond(command::GENERIC_NACK, nack_status, sequence, &[]);
        }
    }

    pub(super) fn finish(&mut self, link: u64, end: End) {
        if let Some(link) = self.links.get_mut(&link) {
            link.finish(end);
        }
    }
}
