//! The end of a turn: what the core decided is written, then sent, then appended.

use std::{collections::BTreeMap, time::Instant};

use bytes::Bytes;
use volley_carrier_egress_core::{Arrival, Now, RUN_REPEAT_US, Report, SettlementDue, keep_arrival};
use volley_events::{AttemptOutcome, ReceiptIds, Record, Settlement, attempt::SETTLED_MAX};
use volley_smpp::CommandStatus;
use volley_types::{AccountId, Lane, Partition};

use super::{SWEEP_US, Task, line::Line};
use crate::{
    error::CarrierError,
    link::Link,
    log::{Acknowledged, Batch},
    smpp::{Sessions, SlotState},
};

impl Task {
    /// Decides what time and room allow, writes, sends, appends.
    pub(super) fn turn(&mut self, now: Now) -> Result<(), CarrierError> {
        if now.monotonic_us >= self.next_sweep_us {
            self.sweep(now)?;
        }
        let is_sending = self.pump(now)?;
        self.core.finish_turn(&mut self.rows, &mut self.out)?;
        let arrivals = self.store_arrivals()?;
        self.write()?;
        // The process may have stood still since the lease was looked at, and somebody else be the owner by now.
        if is_sending && !self.journal.may_send(self.context.now()) {
            return Err(CarrierError::Lapsed(self.name.clone()));
        }
        self.answer_deliveries();
        self.flush_all();
        self.append(arrivals, now);
        self.tell_positions();
        Ok(())
    }

    /// What time alone decides: timers of sessions, connections to be made, patience, allowances, the journal.
    fn sweep(&mut self, now: Now) -> Result<(), CarrierError> {
        self.next_sweep_us = now.monotonic_us + SWEEP_US;
        self.run_timers(now)?;
        if self.stopping.is_none() {
            self.connect();
        }
        self.core.sweep(now, &mut self.rows, &mut self.out)?;
        let mut ids = std::mem::take(&mut self.out.ids);
        self.journal.gather(&mut ids, now);
        // While the log is away, what would be said again anyway is not said.
        if !self.appender.is_full() {
            self.journal.say(now, &mut self.appender);
            self.tell_allowances(now);
        }
        self.measure();
        self.tell_health(now);
        self.tell_manner();
        Ok(())
    }

    fn run_timers(&mut self, now: Now) -> Result<(), CarrierError> {
        let instant = Instant::now();
        let due = |(account, line): (&AccountId, &mut Line)| {
            let mut due = Vec::new();
            for (bind, slot) in (0..).zip(&mut line.slots) {
                if let Some(session) = slot.session_mut()
                    && session.poll_timeout().is_some_and(|at| at <= instant)
                {
                    session.handle_timeout(instant);
                    due.push((account.clone(), bind));
                }
            }
            due
        };
        for (account, bind) in self.lines.iter_mut().flat_map(due).collect::<Vec<_>>() {
            self.take_events(&account, bind, now)?;
        }
        Ok(())
    }

    fn connect(&mut self) {
        let instant = Instant::now();
        for (account, line) in &mut self.lines {
            for bind in line.due(instant).collect::<Vec<_>>() {
                self.newest_link += 1;
                let id = volley_carrier_egress_core::LinkId(self.newest_link);
                let link = Link::open(id, line.peer(), self.sender.clone());
                if let Some(slot) = line.slots.get_mut(usize::from(bind)) {
                    slot.state = SlotState::Connecting(link);
                    self.links.insert(id, (account.clone(), bind));
                }
            }
        }
    }

    /// Hands over what may leave; says whether anything does. While another run may own the carrier, or the log is too far
    /// behind, nothing does.
    fn pump(&mut self, now: Now) -> Result<bool, CarrierError> {
        self.rate_due_us = None;
        if !self.journal.may_send(now) || self.appender.is_full() {
            return Ok(false);
        }
        let mut is_sending = false;
        for (account, line) in &mut self.lines {
            let mut sessions = Sessions {
                slots: &mut line.slots,
                profile: &self.rules.profile,
                draft: &mut self.draft,
                now: Instant::now(),
                wall: now.wall,
                taken: 0,
            };
            let wait_us = self.core.pump(account, now, &mut sessions, &mut self.rows, &mut self.out)?;
            if sessions.taken > 0 {
                line.metrics.segments.increment(sessions.taken);
                is_sending = true;
            }
            let due_us = wait_us.map(|wait_us| now.monotonic_us + wait_us);
            self.rate_due_us = self.rate_due_us.into_iter().chain(due_us).min();
        }
        Ok(is_sending)
    }

    /// Stores arrivals as they will be appended.
    fn store_arrivals(&mut self) -> Result<Vec<(Arrival, Bytes)>, CarrierError> {
        let arrivals: Vec<_> = self.out.arrivals.drain(..).collect();
        let encode = |arrival: Arrival| {
            let value = volley_wire::encode(&arrival.record, None);
            keep_arrival(&mut self.rows, &arrival, &value)?;
            Ok((arrival, value))
        };
        arrivals.into_iter().map(encode).collect()
    }

    /// The one write of the turn.
    fn write(&mut self) -> Result<(), CarrierError> {
        if self.rows.pending() == 0 {
            return Ok(());
        }
        let begun = Instant::now();
        self.rows.commit()?;
        self.metrics.write.record(begun.elapsed());
        Ok(())
    }

    fn answer_deliveries(&mut self) {
        for answer in self.out.answers.drain(..) {
            let Some((account, bind)) = self.links.get(&answer.link) else { continue };
            let line = self.lines.get_mut(account);
            let slot = line.and_then(|line| line.slots.get_mut(usize::from(*bind)));
            if let Some(session) = slot.and_then(|slot| slot.session_mut()) {
                session.respond_deliver(answer.sequence, CommandStatus(answer.status));
            }
            if answer.status != 0 {
                self.metrics.put_off.increment(1);
            }
        }
    }

    fn flush_all(&mut self) {
        for line in self.lines.values_mut() {
            for slot in &mut line.slots {
                flush(&mut slot.state, &mut self.octets);
            }
        }
    }

    /// Hands what a session wants written to its connection. What it wants written beside answers of its own is of earlier
    /// turns, and so of rows that are written.
    pub(super) fn flush(&mut self, account: &AccountId, bind: u16) {
        let line = self.lines.get_mut(account);
        if let Some(slot) = line.and_then(|line| line.slots.get_mut(usize::from(bind))) {
            flush(&mut slot.state, &mut self.octets);
        }
    }

    /// Appends reports and arrivals, and the settlements of what the log has acknowledged before.
    fn append(&mut self, arrivals: Vec<(Arrival, Bytes)>, now: Now) {
        let topics = self.context.shell.topics.clone();
        let (mut batch, mut acknowledged) = (Batch::default(), Acknowledged::default());
        for Report { place, partition, report } in self.out.reports.drain(..) {
            if let Some(line) = self.lines.get(&report.account) {
                count_outcome(&line.metrics, &report.outcome);
            }
            acknowledged.reports.push((report.account.clone(), place));
            let ended_at = report.ended_at;
            let record = self.appender.record(&Record::AttemptReport(report), ended_at);
            batch.push(&topics.correlation_in, partition, record);
        }
        for (arrival, value) in arrivals {
            match arrival.record {
                Record::ReplyArrived(_) => self.metrics.replies.increment(1),
                _ => self.metrics.receipts.increment(1),
            }
            acknowledged.arrivals.push(arrival.id);
            let record = self.appender.stamp(value, arrival.received_at);
            batch.push(&topics.correlation_in, arrival.partition, record);
        }
        for report in self.out.late_reports.drain(..) {
            let (partition, at) = (report.attempt.message.partition(), report.ended_at);
            let record = self.appender.record(&Record::AttemptReport(report), at);
            batch.push(&topics.correlation_in, partition, record);
        }
        for answer in self.out.carrier_answers.drain(..) {
            let (partition, at) = (answer.attempt.message.partition(), answer.answered_at);
            let record = self.appender.record(&Record::CarrierAnswer(answer), at);
            batch.push(&topics.correlation_in, partition, record);
        }
        self.appender.append(batch, acknowledged);
        self.append_settlements(now);
    }

    /// One record for each account, lane and partition.
    fn append_settlements(&mut self, now: Now) {
        let mut due: BTreeMap<(AccountId, Lane, Partition), Vec<SettlementDue>> = BTreeMap::new();
        for settlement in self.out.settlements.drain(..) {
            let of = (settlement.account.clone(), settlement.place.lane, settlement.partition);
            due.entry(of).or_default().push(settlement);
        }
        let (mut batch, mut acknowledged) = (Batch::default(), Acknowledged::default());
        for ((account, lane, partition), settlements) in due {
            for chunk in settlements.chunks(SETTLED_MAX) {
                let settled = chunk.iter().map(|due| due.settled.clone()).collect();
                let record = Record::Settlement(Settlement { account: account.clone(), lane, settled });
                let record = self.appender.record(&record, now.wall);
                batch.push(&self.context.shell.topics.routing_in, partition, record);
            }
            acknowledged
                .settlements
                .extend(settlements.into_iter().map(|due| (due.account, due.place)));
        }
        self.appender.append(batch, acknowledged);
    }

    fn tell_allowances(&mut self, now: Now) {
        let mut batch = Batch::default();
        for (account, line) in &mut self.lines {
            let Some(of_core) = self.core.account(account) else { continue };
            let binds = of_core.binds_sending(now);
            for (partition, allowance) in line.allowances.due(account, &line.settings, binds, now) {
                let record = self.appender.record(&Record::Allowance(allowance), now.wall);
                batch.push(&self.context.shell.topics.routing_in, partition, record);
            }
        }
        self.appender.append(batch, Acknowledged::default());
    }

    /// The log has an append.
    pub(super) fn acknowledged(&mut self, acknowledged: Acknowledged, now: Now) -> Result<(), CarrierError> {
        for (account, place) in acknowledged.reports {
            if let Some(account) = self.core.account_mut(&account) {
                account.reported(place, &mut self.out);
            }
        }
        for (account, place) in acknowledged.settlements {
            if let Some(account) = self.core.account_mut(&account) {
                account.settled(place, &mut self.rows)?;
            }
        }
        for arrival in acknowledged.arrivals {
            self.core.logged(arrival, now, &mut self.rows, &mut self.out)?;
        }
        Ok(())
    }

    /// Tells the readers of lanes how far they are settled.
    fn tell_positions(&self) {
        for (account, line) in &self.lines {
            let Some(account) = self.core.account(account) else { continue };
            for (lane, told) in Lane::ALL.into_iter().zip(&line.positions) {
                let position = account.position(lane);
                told.send_if_modified(|told| std::mem::replace(told, position) != position);
            }
        }
    }

    /// Names every account that cannot send or receive, and why. The task itself works: that is no reason to be unready.
    pub(super) fn tell_health(&self, now: Now) {
        if self.stopping.is_some() {
            return;
        }
        let rests = |account: &AccountId| self.core.account(account).is_some_and(|account| account.is_resting(now));
        let trouble = |(account, line): (&AccountId, &Line)| match rests(account) {
            true => Some(format!("account {account} rests: the carrier refuses everything")),
            false => line.lacks(),
        };
        let reasons: Vec<_> = self.lines.iter().filter_map(trouble).collect();
        match reasons.is_empty() {
            true => self.health.healthy(),
            false => self.health.degraded(reasons.join("; ")),
        }
    }

    fn tell_manner(&mut self) {
        let learned = self.core.inbound().receipt_ids();
        self.journal.learned(learned);
        if learned == ReceiptIds::Otherwise && !std::mem::replace(&mut self.manner_told, true) {
            tracing::info!(carrier = %self.name, "receipts name ids in another base than the answers: say so in the configuration");
        }
    }

    fn measure(&self) {
        for (account, line) in &self.lines {
            let Some(account) = self.core.account(account) else { continue };
            line.metrics.binds.set(account.binds_up());
            line.metrics.unanswered.set(account.unanswered() as f64);
            for (lane, waiting) in Lane::ALL.into_iter().zip(&line.metrics.waiting) {
                waiting.set(account.waiting(lane) as f64);
            }
        }
    }
}

/// Sweeps must come more often than a run says that it lives.
const _: () = assert!(SWEEP_US < RUN_REPEAT_US);

fn flush(state: &mut SlotState, octets: &mut bytes::BytesMut) {
    if let SlotState::Open { link, session } = state
        && link.takes_more()
    {
        session.take_output(octets);
        if !octets.is_empty() {
            link.write(octets);
        }
    }
}

fn count_outcome(metrics: &crate::metrics::AccountMetrics, outcome: &AttemptOutcome) {
    match outcome {
        AttemptOutcome::Submitted { .. } => metrics.submitted.increment(1),
        AttemptOutcome::Refused { .. } => metrics.ended("refused"),
        AttemptOutcome::Ambiguous { .. } => metrics.ended("ambiguous"),
        AttemptOutcome::NotSent(_) => metrics.ended("not_sent"),
        AttemptOutcome::Recalled => metrics.ended("recalled"),
    }
}
