//! What comes in, handed to the core.

use std::time::Instant;

use tokio::net::TcpStream;
use volley_carrier_egress_core::{LinkId, Now, PartAnswer, Place, SegmentAnswer, Taken};
use volley_event_log::Record as LogRecord;
use volley_events::{DeadLetter, HandsetAvailable, Record};
use volley_numbers::subscriber_of;
use volley_smpp::{Address, CloseReason, EsmeSession, Event, StatusClass, SubmitAnswer};
use volley_types::{AccountId, Lane, Partition};
use volley_wire::topics;

use super::{
    Input, Task,
    line::{CALLED, Line},
};
use crate::{
    error::CarrierError,
    lanes::{LaneContent, LaneRecord},
    link::{Link, LinkInput},
    log::{Acknowledged, Batch},
    smpp::{Slot, SlotState, answer_of, dial_address, part_answer, read_delivery},
};

/// Most octets of a value that are kept in a dead letter.
const DEAD_LETTER_VALUE_BYTES_MAX: usize = 512 * 1024;

impl Task {
    pub(super) fn take(&mut self, input: Input, now: Now) -> Result<(), CarrierError> {
        match input {
            Input::Orders { account, lane, records } => {
                for record in records {
                    self.take_record(&account, lane, record, now)?;
                }
            }
            Input::LaneFailed { account, lane, error } => {
                tracing::error!(%account, lane = lane.as_str(), "a lane cannot be read any more");
                return Err(error.into());
            }
            Input::Link(link, input) => self.take_link_input(link, input, now)?,
            Input::Called { account, stream } => self.called(&account, stream)?,
            Input::Run { run, counter } => {
                self.journal.read(run, counter);
                if self.journal.is_overtaken() {
                    return Err(CarrierError::Overtaken(self.name.clone()));
                }
            }
            Input::Recalls(told) => told.into_iter().try_for_each(|told| self.do_as_told(told, now))?,
            Input::JournalFailed(error) | Input::RecallsFailed(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn take_record(
        &mut self,
        account: &AccountId,
        lane: Lane,
        record: LaneRecord,
        now: Now,
    ) -> Result<(), CarrierError> {
        let place = Place { lane, offset: record.offset };
        let fault = match (record.content, record.origin) {
            (LaneContent::Order(order), Some(origin)) => {
                let taken = (place, &origin);
                match self.core.offer(account, taken, order, now, &mut self.rows, &mut self.out)? {
                    Taken::Taken => return Ok(()),
                    Taken::Repeated => "repeated",
                    Taken::Gap => "gap",
                }
            }
            (LaneContent::Order(_), None) => "unreadable",
            (LaneContent::Unreadable { fault, record }, origin) => {
                if let Some(account) = self.core.account_mut(account) {
                    account.skip(place, origin.as_ref(), &mut self.rows);
                }
                self.bury(topics::egress(account, lane), fault, &record, now);
                "unreadable"
            }
        };
        let (lane, offset) = (lane.as_str(), place.offset);
        match fault {
            // What routing publishes again after a start, or after a failed append, is ordinary.
            "repeated" => tracing::debug!(%account, lane, offset, "a record came before"),
            _ => tracing::warn!(%account, lane, offset, fault, "a record was not taken"),
        };
        if let Some(line) = self.lines.get(account) {
            line.metrics.lane_fault(fault);
        }
        Ok(())
    }

    /// A record that is no order goes to the dead letters.
    fn bury(&mut self, topic: String, fault: String, record: &LogRecord, now: Now) {
        let kept = record.value.len().min(DEAD_LETTER_VALUE_BYTES_MAX);
        let letter = Record::DeadLetter(Box::new(DeadLetter {
            topic,
            partition: 0,
            offset: record.offset,
            fault,
            header: record.header.to_vec(),
            value: record.value[..kept].to_vec(),
        }));
        let mut batch = Batch::default();
        let letter = self.appender.record(&letter, now.wall);
        batch.push(&self.context.shell.topics.dead_letter, Partition(0), letter);
        self.appender.append(batch, Acknowledged::default());
    }

    fn take_link_input(&mut self, link: LinkId, input: LinkInput, now: Now) -> Result<(), CarrierError> {
        // What an ended connection had still to say concerns nobody.
        let Some((account, bind)) = self.links.get(&link).cloned() else {
            return Ok(());
        };
        match input {
            LinkInput::Connected => self.connected(&account, bind)?,
            LinkInput::Octets(octets) => {
                if let Some(session) = self.session(&account, bind) {
                    session.handle_input(&octets, Instant::now());
                }
            }
            LinkInput::Lost(error) => {
                self.lost(&account, bind, &error);
                match self.session(&account, bind) {
                    Some(session) => session.connection_lost(Instant::now()),
                    None => self.ended(&account, bind, CloseReason::ConnectionLost, now)?,
                }
            }
        }
        self.take_events(&account, bind, now)
    }

    fn session(&mut self, account: &AccountId, bind: u16) -> Option<&mut EsmeSession> {
        self.lines.get_mut(account)?.slots.get_mut(usize::from(bind))?.session_mut()
    }

    fn connected(&mut self, account: &AccountId, bind: u16) -> Result<(), CarrierError> {
        let Some(line) = self.lines.get_mut(account) else { return Ok(()) };
        let session = Box::new(line.begin_session(bind, Instant::now())?);
        let Some(slot) = line.slots.get_mut(usize::from(bind)) else { return Ok(()) };
        let idle = SlotState::Idle { from: Instant::now() };
        if let SlotState::Connecting(link) = std::mem::replace(&mut slot.state, idle) {
            slot.state = SlotState::Open { link, session };
        }
        Ok(())
    }

    /// The carrier has called: it is bound to, unless it is already, or we are about to leave.
    fn called(&mut self, account: &AccountId, stream: TcpStream) -> Result<(), CarrierError> {
        let is_free = |line: &Line| line.slots.get(usize::from(CALLED)).is_some_and(Slot::is_idle);
        let may_bind = self.lines.get(account).is_some_and(|line| is_free(line) && !line.config.closed);
        if !may_bind || self.stopping.is_some() {
            tracing::warn!(%account, "the carrier calls while it is bound to already, or nobody wants it");
            return Ok(());
        }
        self.newest_link += 1;
        let id = LinkId(self.newest_link);
        let link = Link::take_over(id, stream, self.sender.clone());
        self.links.insert(id, (account.clone(), CALLED));
        let line = self.lines.get_mut(account);
        if let Some(slot) = line.and_then(|line| line.slots.get_mut(usize::from(CALLED))) {
            slot.state = SlotState::Connecting(link);
        }
        self.metrics.calls.increment(1);
        self.connected(account, CALLED)
    }

    /// Remembers what the operating system said when a connection ended.
    fn lost(&mut self, account: &AccountId, bind: u16, error: &std::io::Error) {
        let line = self.lines.get_mut(account);
        if let Some(slot) = line.and_then(|line| line.slots.get_mut(usize::from(bind))) {
            slot.cause = Some(error.to_string());
        }
    }

    /// Acts on everything that happened on a session.
    pub(super) fn take_events(&mut self, account: &AccountId, bind: u16, now: Now) -> Result<(), CarrierError> {
        while let Some(event) = self.session(account, bind).and_then(EsmeSession::next_event) {
            self.take_event(account, bind, event, now)?;
        }
        Ok(())
    }

    fn take_event(&mut self, account: &AccountId, bind: u16, event: Event, now: Now) -> Result<(), CarrierError> {
        match event {
            Event::Bound { system_id, .. } => {
                tracing::info!(%account, bind, carrier = system_id, "bound");
                if let Some(line) = self.lines.get_mut(account) {
                    line.bound(bind);
                }
                if let Some(account) = self.core.account_mut(account) {
                    account.bind_up(bind);
                }
            }
            Event::SubmitAnswered(answer) => {
                self.answered(account, &answer, now)?;
                if let Some(state) = answer.congestion
                    && let Some(account) = self.core.account_mut(account)
                {
                    account.congested(state, now);
                }
                if self.rules.profile.statuses.class_of(answer.status) == StatusClass::Rebind {
                    self.leave(account, bind, now)?;
                }
            }
            Event::SubmitAnsweredLate(answer) => self.answered(account, &answer, now)?,
            Event::SubmitUnanswered { token } => self.tell(account, token, SegmentAnswer::Lost, now)?,
            Event::Delivered { sequence, deliver } => {
                let Some(link) = self.link_of(account, bind) else { return Ok(()) };
                let delivery = read_delivery(&deliver, account, (link, sequence), &self.rules);
                self.core.delivered(delivery, now, &mut self.rows, &mut self.out)?;
            }
            Event::PeerUnbind => self.bind_down(account, bind, now)?,
            Event::Closed { reason } => {
                self.bind_down(account, bind, now)?;
                self.ended(account, bind, reason, now)?;
            }
            // Why it was refused is in its end, which follows.
            Event::BindRefused { .. } => {}
            Event::RequestAnswered { token, status, response } => {
                let said = part_answer(status, response.as_ref(), &self.rules);
                self.core.told(account, token, said, now, &mut self.out);
            }
            Event::RequestUnanswered { token } => {
                self.core.told(account, token, PartAnswer::Lost, now, &mut self.out);
            }
            Event::Alert { source, .. } => self.alerted(account, &source, now),
        }
        Ok(())
    }

    /// A handset can be reached again: routing hears of it, unless the log is so far behind that it would come too late.
    fn alerted(&mut self, account: &AccountId, handset: &Address, now: Now) {
        self.metrics.alerts.increment(1);
        if self.appender.is_full() {
            return;
        }
        let subscriber = subscriber_of(&dial_address(handset), self.config.home, &self.name);
        let partition = subscriber.partition(self.context.shell.topics.partitions);
        let available = Record::HandsetAvailable(HandsetAvailable {
            carrier: self.name.clone(),
            account: account.clone(),
            subscriber,
            received_at: now.wall,
        });
        let mut batch = Batch::default();
        batch.push(&self.context.shell.topics.routing_in, partition, self.appender.record(&available, now.wall));
        self.appender.append(batch, Acknowledged::default());
    }

    fn answered(&mut self, account: &AccountId, answer: &SubmitAnswer, now: Now) -> Result<(), CarrierError> {
        self.tell(account, answer.token, answer_of(answer, &self.rules), now)
    }

    fn tell(&mut self, account: &AccountId, token: u64, answer: SegmentAnswer, now: Now) -> Result<(), CarrierError> {
        if let Some(line) = self.lines.get(account) {
            let counter = match &answer {
                SegmentAnswer::Taken(_) => &line.metrics.taken,
                SegmentAnswer::Refused { .. } => &line.metrics.refused,
                SegmentAnswer::Lost => &line.metrics.lost,
            };
            counter.increment(1);
        }
        Ok(self.core.answered(account, token, answer, now, &mut self.rows, &mut self.out)?)
    }

    /// The carrier calls the session unusable: it ends in order, and another begins.
    fn leave(&mut self, account: &AccountId, bind: u16, now: Now) -> Result<(), CarrierError> {
        if let Some(session) = self.session(account, bind) {
            session.unbind(Instant::now());
        }
        self.bind_down(account, bind, now)
    }

    fn bind_down(&mut self, account: &AccountId, bind: u16, now: Now) -> Result<(), CarrierError> {
        match self.core.account_mut(account) {
            Some(account) => Ok(account.bind_down(bind, now, &mut self.rows, &mut self.out)?),
            None => Ok(()),
        }
    }

    fn link_of(&self, account: &AccountId, bind: u16) -> Option<LinkId> {
        match &self.lines.get(account)?.slots.get(usize::from(bind))?.state {
            SlotState::Open { link, .. } | SlotState::Connecting(link) => Some(link.id),
            SlotState::Idle { .. } => None,
        }
    }

    /// A connection is over. Its last words are written before it closes.
    fn ended(&mut self, account: &AccountId, bind: u16, reason: CloseReason, now: Now) -> Result<(), CarrierError> {
        self.flush(account, bind);
        let jitter = jitter();
        let link = self
            .lines
            .get_mut(account)
            .and_then(|line| line.end(bind, reason, jitter, Instant::now()));
        if let Some(link) = link {
            self.links.remove(&link);
            self.core.link_down(link, now);
        }
        Ok(())
    }
}

/// A random number from 0 to 1.
fn jitter() -> f64 {
    f64::from(u32::try_from(volley_runtime::random_u64() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
