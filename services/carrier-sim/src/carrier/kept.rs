//! The messages this carrier remembers: those it still holds, which can be cancelled and replaced, and how the others ended.
//!
//!   taken --store_ms--> held --its time--> final
//!                        |  ^
//!              cancel_sm |  | replace_sm
//!                        v  |
//!                      DELETED      query_sm tells of all of them
//!
//! KEP-1: a message is cancelled or replaced only while it is held, and only for the account and sender that submitted it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Carrier;
use super::submits::Taken;
use super::timers::Due;
use crate::clock::Now;
use crate::journal::Fact;
use crate::receipt::State;
use crate::rule::{Outcome, Rule};
use crate::text::Segment;
use crate::wire::{Address, CancelSm, Named, QuerySm, ReplaceSm, SubmitSm, command, query_answer, status};

/// Messages remembered; of more, the oldest are forgotten, and one that is held then reaches nobody.
pub const KEPT_MAX: usize = 100_000;

/// The messages of a carrier, by the number of their id.
#[derive(Default)]
pub(super) struct Kept(BTreeMap<u64, Message>);

struct Message {
    account: usize,
    source: Address,
    destination: Address,
    /// As the response wrote it.
    response_id: Arc<str>,
    rule: Rule,
    stage: Stage,
}

enum Stage {
    Held(Box<Held>),
    Final { state: State, at_us: i64 },
}

/// What is needed to deliver it.
struct Held {
    link: u64,
    receipt_id: Arc<str>,
    esm_class: u8,
    registered_delivery: u8,
    data_coding: u8,
    body: Vec<u8>,
    is_payload: bool,
    sar: Option<volley_sms_text::Concatenation>,
}

impl Carrier {
    /// Remembers a message that is over as soon as it was taken.
    pub(super) fn keep_final(&mut self, id: u64, taken: &Taken<'_>, now: Now) {
        let stage = Stage::Final { state: State::of(taken.rule.outcome), at_us: now.unix_us };
        self.keep(id, taken, stage);
    }

    /// Holds a message until its time.
    pub(super) fn keep_held(&mut self, id: u64, taken: &Taken<'_>, store_ms: u32, now: Now) {
        let submit = taken.submit;
        let held = Held {
            link: taken.link,
            receipt_id: Arc::clone(&taken.receipt_id),
            esm_class: submit.esm_class,
            registered_delivery: submit.registered_delivery,
            data_coding: submit.data_coding,
            body: submit.body.to_vec(),
            is_payload: submit.is_payload,
            sar: submit.sar,
        };
        self.keep(id, taken, Stage::Held(Box::new(held)));
        self.timers
            .set(now.instant + Duration::from_millis(store_ms.into()), Due::Reach { message: id });
    }

    fn keep(&mut self, id: u64, taken: &Taken<'_>, stage: Stage) {
        if self.kept.0.len() >= KEPT_MAX {
            self.kept.0.pop_first();
        }
        let message = Message {
            account: taken.account,
            source: taken.submit.source.clone(),
            destination: taken.submit.destination.clone(),
            response_id: Arc::clone(&taken.response_id),
            rule: taken.rule,
            stage,
        };
        self.kept.0.insert(id, message);
    }

    /// The time of a held message has come: it reaches its handset, or fails to, as its rule says.
    pub(super) fn reach(&mut self, id: u64, now: Now) {
        let rule = self.kept.0.get(&id).map(|message| message.rule);
        if let Some(rule) = rule {
            self.end(id, rule, now);
        }
    }

    /// Ends a held message by a rule: handset, receipts, state.
    fn end(&mut self, id: u64, rule: Rule, now: Now) {
        let Some(message) = self.kept.0.get_mut(&id) else { return };
        let over = Stage::Final { state: State::of(rule.outcome), at_us: now.unix_us };
        let held = match std::mem::replace(&mut message.stage, over) {
            Stage::Held(held) => held,
            was @ Stage::Final { .. } => {
                message.stage = was;
                return;
            }
        };
        let (account, response_id) = (message.account, Arc::clone(&message.response_id));
        let submit = SubmitSm {
            source: message.source.clone(),
            destination: message.destination.clone(),
            esm_class: held.esm_class,
            registered_delivery: held.registered_delivery,
            data_coding: held.data_coding,
            body: &held.body,
            is_payload: held.is_payload,
            sar: held.sar,
        };
        let segment = Segment::of(&submit);
        let text: Arc<str> = segment.text().into();
        self.reach_handset(account, &submit, segment, &text, &response_id, &rule, now);
        let receipt_id = Arc::clone(&held.receipt_id);
        let taken = Taken { link: held.link, account, submit: &submit, rule, text, response_id, receipt_id };
        self.plan_receipts(&taken, now);
    }

    /// Hears a question about a message.
    pub(super) fn ask(&mut self, link: u64, asked: u32, sequence: u32, body: &[u8], now: Now) {
        let Some(account) = self.links.get(&link).and_then(|link| link.may_submit()) else {
            self.answer_question(link, asked, sequence, status::INVALID_BIND_STATE, &[]);
            return;
        };
        let answer = match asked {
            command::CANCEL_SM => CancelSm::read(body).map(|cancel| self.cancel(account, &cancel, now)),
            command::QUERY_SM => QuerySm::read(body).map(|query| self.query(account, &query)),
            _ => ReplaceSm::read(body).map(|replace| self.replace(account, &replace)),
        };
        let Ok(Answered { status, body, message_id, is_lost }) = answer else {
            self.answer_question(link, asked, sequence, status::INVALID_COMMAND_LENGTH, &[]);
            return;
        };
        self.journal.counters.questions += 1;
        let fact = Fact::Question { operation: name_of(asked), sequence, message_id, status };
        self.journal.record(now, &self.accounts[account].name, link, fact);
        if !is_lost {
            self.answer_question(link, asked, sequence, status, &body);
        }
    }

    fn answer_question(&mut self, link: u64, asked: u32, sequence: u32, status: u32, body: &[u8]) {
        if let Some(link) = self.links.get_mut(&link) {
            link.respond(asked, status, sequence, body);
        }
    }

    fn cancel(&mut self, account: usize, cancel: &CancelSm<'_>, now: Now) -> Answered {
        let found = self.find(account, &cancel.named).filter(|id| {
            let digits = &cancel.destination.digits;
            let to = self.kept.0.get(id).map(|message| &message.destination.digits);
            digits.is_empty() || to == Some(digits)
        });
        let Some((id, rule)) = self.held(found) else {
            return self.refuse(found, status::CANCEL_FAILED);
        };
        self.end(id, Rule { outcome: Outcome::Deleted, ..rule }, now);
        self.agree(id, Vec::new())
    }

    fn query(&self, account: usize, query: &QuerySm<'_>) -> Answered {
        let found = self.find(account, &query.named);
        let Some((id, message)) = found.and_then(|id| Some((id, self.kept.0.get(&id)?))) else {
            return self.refuse(None, status::QUERY_FAILED);
        };
        let (state, final_date) = match &message.stage {
            Stage::Held(_) => (State::ENROUTE, String::new()),
            Stage::Final { state, at_us } => (*state, absolute(*at_us)),
        };
        let error = u8::try_from(state.error()).unwrap_or(u8::MAX);
        self.agree(id, query_answer(query.named.message_id, &final_date, state.code(), error).to_vec())
    }

    fn replace(&mut self, account: usize, replace: &ReplaceSm<'_>) -> Answered {
        let found = self.find(account, &replace.named);
        let stage = found.and_then(|id| Some((id, &mut self.kept.0.get_mut(&id)?.stage)));
        let Some((id, Stage::Held(held))) = stage else {
            return self.refuse(found, status::REPLACE_FAILED);
        };
        // A part of a long text has a header, which a new text would take away.
        if held.esm_class & 0x40 != 0 || held.sar.is_some() {
            return self.refuse(found, status::REPLACE_FAILED);
        }
        held.body = replace.short_message.to_vec();
        held.registered_delivery = replace.registered_delivery;
        self.agree(id, Vec::new())
    }

    /// The message an account means: the id as the response wrote it, and the sender it had.
    fn find(&self, account: usize, named: &Named<'_>) -> Option<u64> {
        let written = str::from_utf8(named.message_id).ok()?;
        let numbers = [written.parse().ok(), u64::from_str_radix(written, 16).ok()];
        numbers.into_iter().flatten().find(|number| {
            self.kept.0.get(number).is_some_and(|message| {
                message.account == account
                    && *message.response_id == *written
                    && message.source.digits == named.source.digits
            })
        })
    }

    fn held(&self, found: Option<u64>) -> Option<(u64, Rule)> {
        let id = found?;
        let message = self.kept.0.get(&id)?;
        matches!(message.stage, Stage::Held(_)).then_some((id, message.rule))
    }

    fn agree(&self, id: u64, body: Vec<u8>) -> Answered {
        Answered { body, ..self.refuse(Some(id), status::OK) }
    }

    fn refuse(&self, found: Option<u64>, status: u32) -> Answered {
        let message = found.and_then(|id| self.kept.0.get(&id));
        Answered {
            status,
            body: Vec::new(),
            message_id: message.map(|message| Arc::clone(&message.response_id)),
            is_lost: message.is_some_and(|message| message.rule.question_answer_lost),
        }
    }
}

/// What is said to a question.
struct Answered {
    status: u32,
    body: Vec<u8>,
    message_id: Option<Arc<str>>,
    is_lost: bool,
}

fn name_of(asked: u32) -> &'static str {
    match asked {
        command::CANCEL_SM => "cancel",
        command::QUERY_SM => "query",
        _ => "replace",
    }
}

/// `YYMMDDhhmmsstnnp` in UTC (§7.1.1).
fn absolute(unix_us: i64) -> String {
    let Ok(time) = Timestamp::from_microsecond(unix_us) else {
        return String::new();
    };
    let time = TimeZone::UTC.to_datetime(time);
    let (year, month, day) = (time.year() % 100, time.month(), time.day());
    format!("{year:02}{month:02}{day:02}{:02}{:02}{:02}000+", time.hour(), time.minute(), time.second())
}
