//! A `submit_sm` from its octets to its fate.
//!
//!   read --> rate --> rule --> id, journal, handset, receipts, response
//!     |        |        |
//!     +--------+--------+--> refused with a status: nothing else happens
//!
//! SUB-1: a refused segment leaves no trace but its journal entry and its response.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::Carrier;
use super::answers::Answer;
use super::handsets::Arrival;
use super::link::End;
use crate::clock::Now;
use crate::journal::Fact;
use crate::receipt::written_ids;
use crate::rule::{BEFORE_RESPONSE_GAP_MS, Rule, SubmitAnswer};
use crate::text::{Segment, segment_count};
use crate::wire::{SubmitSm, command, status};

/// Receipts one submit may bring: a notification and as many copies as a rule can ask for.
const RECEIPTS_PER_SUBMIT_MAX: usize = 256;
/// Senders whose account is remembered, for the texts that answer them; the lowest goes when one more comes.
const SENDERS_MAX: usize = 100_000;

/// A segment the carrier took.
pub(super) struct Taken<'a> {
    pub(super) link: u64,
    pub(super) account: usize,
    pub(super) submit: &'a SubmitSm<'a>,
    pub(super) rule: Rule,
    pub(super) text: Arc<str>,
    /// The id as the response writes it.
    pub(super) response_id: Arc<str>,
    /// The id as the receipt writes it.
    pub(super) receipt_id: Arc<str>,
}

impl Carrier {
    pub(super) fn submit(&mut self, link: u64, sequence: u32, body: &[u8], now: Now) {
        let Some(account) = self.links.get(&link).and_then(|link| link.may_submit()) else {
            if let Some(link) = self.links.get_mut(&link) {
                link.respond(command::SUBMIT_SM, status::INVALID_BIND_STATE, sequence, &[]);
            }
            return;
        };
        self.journal.counters.submits += 1;
        if !self.expect_answer(link) {
            return;
        }
        match SubmitSm::read(body) {
            Ok(submit) => self.decide(link, account, sequence, &submit, now),
            Err(refused) => {
                self.journal.counters.submits_refused += 1;
                self.answer_after(Answer::refusal(link, sequence, refused), self.settings.response_delay_ms, now);
            }
        }
    }

    fn decide(&mut self, link: u64, account: usize, sequence: u32, submit: &SubmitSm<'_>, now: Now) {
        let rule = self.rules.find(&submit.destination.digits);
        let delay_ms = rule.response_delay_ms.unwrap_or(self.settings.response_delay_ms);
        let segment = Segment::of(submit);
        let text: Arc<str> = segment.text().into();
        if let Some(refused) = self.refusal(link, account, submit, &rule, now) {
            self.journal.counters.submits_refused += 1;
            self.note_submit((link, account, sequence), submit, &segment, &text, Err(refused), now);
            self.answer_after(Answer::refusal(link, sequence, refused), delay_ms, now);
            return;
        }
        let id = self.give_id(&rule);
        let (response_id, receipt_id) = written_ids(id, rule.id_form);
        self.note_submit((link, account, sequence), submit, &segment, &text, Ok(&response_id), now);
        self.remember_sender(&submit.source.digits, account);
        let taken = Taken { link, account, submit, rule, text, response_id, receipt_id };
        match rule.store_ms {
            Some(store_ms) => self.keep_held(id, &taken, store_ms, now),
            None => {
                self.keep_final(id, &taken, now);
                self.reach_handset(account, submit, segment, &taken.text, &taken.response_id, &rule, now);
                self.plan_receipts(&taken, now);
            }
        }
        self.answer_taken(taken, sequence, delay_ms, now);
    }

    /// Why a segment is refused, if it is.
    fn refusal(&mut self, link: u64, account: usize, submit: &SubmitSm<'_>, rule: &Rule, now: Now) -> Option<u32> {
        let segments = segment_count(submit);
        let over_window = {
            let window = u64::from(self.accounts[account].config.window);
            window > 0 && self.links.get(&link).is_some_and(|link| link.unanswered > window)
        };
        if over_window || !self.accounts[account].take_segments(segments, now.instant) {
            self.journal.counters.throttled += 1;
            return Some(status::THROTTLED);
        }
        if let Some(refused) = self.rules.refusal(rule, &submit.destination.digits) {
            return Some(refused);
        }
        if self.journal.is_broken() {
            return Some(status::SYSTEM_ERROR);
        }
        (!self.accounts[account].deliveries.has_room_for(RECEIPTS_PER_SUBMIT_MAX)).then_some(status::QUEUE_FULL)
    }

    fn give_id(&mut self, rule: &Rule) -> u64 {
        if !rule.reuse_message_id {
            self.last_message_id += 1;
        }
        self.last_message_id
    }

    fn note_submit(
        &mut self,
        (link, account, sequence): (u64, usize, u32),
        submit: &SubmitSm<'_>,
        segment: &Segment,
        text: &Arc<str>,
        verdict: Result<&Arc<str>, u32>,
        now: Now,
    ) {
        let (source, destination) = (&submit.source, &submit.destination);
        let duplicate = verdict.is_ok()
            && self
                .journal
                .duplicates
                .see(&source.digits, &destination.digits, submit.data_coding, submit.body);
        self.journal.counters.duplicates += u64::from(duplicate);
        self.journal.counters.submits_taken += u64::from(verdict.is_ok());
        let fact = Fact::Submit {
            sequence,
            source: source.clone(),
            destination: destination.clone(),
            esm_class: submit.esm_class,
            data_coding: submit.data_coding,
            registered_delivery: submit.registered_delivery,
            message_id: verdict.ok().cloned(),
            status: verdict.err().unwrap_or(status::OK),
            part: segment.part(),
            text: Arc::clone(text),
            text_hash: xxh3_64(text.as_bytes()),
            duplicate,
        };
        self.journal.record(now, &self.accounts[account].name, link, fact);
    }

    /// Remembers through whom a number writes, so that answers to it find their way.
    fn remember_sender(&mut self, sender: &str, account: usize) {
        if let Some(known) = self.senders.get_mut(sender) {
            *known = account;
            return;
        }
        if self.senders.len() >= SENDERS_MAX {
            self.senders.pop_first();
        }
        self.senders.insert(sender.to_owned(), account);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one arrival, each of another kind"
    )]
    pub(super) fn reach_handset(
        &mut self,
        account: usize,
        submit: &SubmitSm<'_>,
        segment: Segment,
        text: &str,
        message_id: &Arc<str>,
        rule: &Rule,
        now: Now,
    ) {
        if rule.outcome != crate::rule::Outcome::Delivered {
            return;
        }
        let arrival = Arrival {
            account: &self.accounts[account].name,
            handset: &submit.destination,
            source: &submit.source,
            message_id,
            at_us: now.unix_us,
        };
        let Some(text) = self.handsets.take(segment, text, arrival) else { return };
        self.journal.counters.texts += 1;
        let fact = Fact::Text {
            handset: text.handset.clone(),
            source: submit.source.clone(),
            text: text.text.clone(),
            message_ids: text.message_ids.clone(),
        };
        self.journal.record(now, &self.accounts[account].name, 0, fact);
        self.arrived.notify_waiters();
        if submit.source.is_dialable() {
            self.let_person_answer(&text, now);
        }
    }

    fn answer_taken(&mut self, taken: Taken<'_>, sequence: u32, delay_ms: u32, now: Now) {
        let Taken { link, rule, response_id, .. } = taken;
        let answer = Answer { link, sequence, status: status::OK, message_id: Some(response_id) };
        match rule.submit {
            SubmitAnswer::Lose => {}
            SubmitAnswer::Cut => self.finish(link, End::AtOnce),
            SubmitAnswer::Accept | SubmitAnswer::Refuse { .. } if rule.receipt_before_response => {
                self.answer_after(answer, delay_ms.max(BEFORE_RESPONSE_GAP_MS), now);
            }
            SubmitAnswer::Accept | SubmitAnswer::Refuse { .. } => self.answer_after(answer, delay_ms, now),
        }
    }
}
