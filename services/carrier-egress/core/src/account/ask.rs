//! Questions to the carrier about messages it has: cancel_sm, query_sm, replace_sm. They leave before orders that wait, and pass the
//! same windows and the same rate; each part of a message is a question of its own.
//!
//! Nothing of them is stored: an answer that a crash loses is missed by nobody but its client, and receipts close what it left open.

use std::collections::{BTreeMap, VecDeque};

use volley_events::{Asked, CarrierAnswer, CarrierOperation, CarrierRequest, CarrierSaid, ReceiptState, SegmentState};
use volley_types::{Lane, Timestamp};

use super::{Account, BINDS_MAX};
use crate::{
    outbox::Outbox,
    time::Now,
    transport::{PartToAsk, Tokens, Transport},
};

/// Questions of one account that may wait or be unanswered; beyond them a question is answered at once as not asked.
pub const QUESTIONS_MAX: usize = 1_024;

/// What a carrier said to one part of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartAnswer {
    /// It cancelled, or replaced, it.
    Done,
    /// It told its state, and an error code if there is one.
    State(ReceiptState, Option<String>),
    /// It refused, with this `command_status`.
    Refused(u32),
    /// It refused because it is too busy; the rate is cut.
    Throttled(u32),
    /// No answer came.
    Lost,
}

/// A question, and what became of its parts.
#[derive(Debug)]
struct Question {
    request: Box<CarrierRequest>,
    /// Parts to be asked, and the ids as the carrier wrote them.
    to_ask: VecDeque<(u8, String)>,
    open: usize,
    any_asked: bool,
    refused: Option<u32>,
    lost: bool,
    states: Vec<SegmentState>,
}

/// The questions of one account.
#[derive(Debug, Default)]
pub(super) struct Questions {
    newest: u64,
    all: BTreeMap<u64, Question>,
    /// Parts that are not answered: which question, which part, on which bind.
    asked: BTreeMap<u64, (u64, u8, u16)>,
}

impl Questions {
    fn has_parts_to_ask(&self, id: u64) -> bool {
        self.all.get(&id).is_some_and(|question| !question.to_ask.is_empty())
    }
}

impl Account {
    /// Takes a question whose ids are written as the carrier wrote them; without room it is answered at once.
    pub fn ask(&mut self, request: Box<CarrierRequest>, written: Vec<String>, now: Now, out: &mut Outbox) {
        let numbers = request.segments.iter().map(|(segment, _)| *segment);
        let to_ask: VecDeque<_> = numbers.zip(written).collect();
        if self.stopping || self.questions.all.len() >= QUESTIONS_MAX || now.wall >= request.ask_before {
            out.carrier_answers.push(not_asked(&request, now));
            return;
        }
        self.questions.newest += 1;
        let question = Question {
            request,
            to_ask,
            open: 0,
            any_asked: false,
            refused: None,
            lost: false,
            states: Vec::new(),
        };
        self.questions.all.insert(self.questions.newest, question);
    }

    /// Questions that wait or are not answered.
    pub fn questions(&self) -> usize {
        self.questions.all.len()
    }

    /// Hands over parts of questions, as far as windows and rate let them; gives the microseconds until the rate lets more through.
    pub(super) fn pump_questions<T: Transport>(
        &mut self,
        now: Now,
        tokens: &mut Tokens,
        transport: &mut T,
        out: &mut Outbox,
    ) -> Option<u64> {
        if self.questions.all.is_empty() {
            return None;
        }
        let waiting: Vec<u64> = self
            .questions
            .all
            .iter()
            .filter(|(_, it)| !it.to_ask.is_empty())
            .map(|(id, _)| *id)
            .collect();
        for id in waiting {
            while self.questions.has_parts_to_ask(id) {
                let bind = self.bind_to_ask(transport)?;
                let Some(question) = self.questions.all.get_mut(&id) else { break };
                let Some((segment, written)) = question.to_ask.front() else { break };
                let lane = lane_of(&question.request.operation);
                let wait_us = self.bind_buckets[usize::from(bind)].wait_from_us(1, lane, now.monotonic_us);
                if wait_us > 0 {
                    return Some(wait_us);
                }
                if !self.bucket.take(1, lane, now.monotonic_us) {
                    return Some(self.bucket.wait_us(1, lane).max(1));
                }
                self.bind_buckets[usize::from(bind)].take(1, lane, now.monotonic_us);
                let part = PartToAsk { request: &question.request, id: written };
                let (token, segment) = (tokens.issue(), *segment);
                match transport.ask(bind, token, part) {
                    Ok(()) => {
                        question.open += 1;
                        question.any_asked = true;
                        self.questions.asked.insert(token, (id, segment, bind));
                        self.binds[usize::from(bind)].unanswered += 1;
                    }
                    Err(refusal) => question.refused = Some(refusal.status),
                }
                question.to_ask.pop_front();
            }
            self.close_question(id, now, out);
        }
        None
    }

    /// What the carrier said to a part of a question, or that it said nothing.
    pub fn told(&mut self, token: u64, said: PartAnswer, now: Now, out: &mut Outbox) {
        let Some((id, segment, bind)) = self.questions.asked.remove(&token) else {
            return;
        };
        let bind = &mut self.binds[usize::from(bind)];
        bind.unanswered = bind.unanswered.saturating_sub(1);
        let Some(question) = self.questions.all.get_mut(&id) else { return };
        question.open -= 1;
        match said {
            PartAnswer::Done => {}
            PartAnswer::State(state, error) => question.states.push(SegmentState { segment, state, error }),
            PartAnswer::Refused(status) => question.refused = Some(status),
            PartAnswer::Throttled(status) => {
                self.bucket.throttled(now.monotonic_us);
                question.refused = Some(status);
            }
            PartAnswer::Lost => question.lost = true,
        }
        self.close_question(id, now, out);
    }

    /// Gives up what was not asked in time, or will not be because the account stops.
    pub(super) fn sweep_questions(&mut self, now: Now, out: &mut Outbox) {
        let over = |question: &Question| self.stopping || now.wall >= question.request.ask_before;
        let due: Vec<_> = self
            .questions
            .all
            .iter()
            .filter(|(_, it)| over(it))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if let Some(question) = self.questions.all.get_mut(&id)
                && !question.to_ask.is_empty()
            {
                question.to_ask.clear();
                question.lost |= question.any_asked;
                self.close_question(id, now, out);
            }
        }
    }

    /// A bind with room: the one with the fewest unanswered segments.
    fn bind_to_ask<T: Transport>(&self, transport: &T) -> Option<u16> {
        let window = u32::from(self.settings.window);
        let has_room = |bind: &u16| {
            let state = self.binds[usize::from(*bind)];
            state.up && state.unanswered < window && transport.room(*bind) > 0
        };
        (0..BINDS_MAX)
            .filter(has_room)
            .min_by_key(|bind| self.binds[usize::from(*bind)].unanswered)
    }

    /// Answers a question whose parts are all answered.
    fn close_question(&mut self, id: u64, now: Now, out: &mut Outbox) {
        let is_over = |question: &Question| question.open == 0 && question.to_ask.is_empty();
        if !self.questions.all.get(&id).is_some_and(is_over) {
            return;
        }
        if let Some(question) = self.questions.all.remove(&id) {
            out.carrier_answers.push(answer(&question.request, question.said(), now.wall));
        }
    }
}

impl Question {
    /// One word for all parts: a refusal before a silence, since what was refused is not done.
    fn said(&self) -> CarrierSaid {
        let is_query = self.request.operation.asked() == Asked::Query;
        match self.refused {
            _ if is_query && !self.states.is_empty() => CarrierSaid::States(self.states.clone()),
            Some(status) => CarrierSaid::Refused(status),
            None if self.lost => CarrierSaid::Unanswered,
            None if !self.any_asked => CarrierSaid::NotAsked,
            None if is_query => CarrierSaid::States(Vec::new()),
            None => CarrierSaid::Done,
        }
    }
}

/// What a client waits for goes before what time asks.
fn lane_of(operation: &CarrierOperation) -> Lane {
    match operation {
        CarrierOperation::Cancel | CarrierOperation::Replace { .. } => Lane::Normal,
        CarrierOperation::Query => Lane::Bulk,
    }
}

/// The answer to a question that nobody asks.
pub fn not_asked(request: &CarrierRequest, now: Now) -> CarrierAnswer {
    answer(request, CarrierSaid::NotAsked, now.wall)
}

fn answer(request: &CarrierRequest, said: CarrierSaid, at: Timestamp) -> CarrierAnswer {
    CarrierAnswer {
        attempt: request.attempt,
        account: request.account.clone(),
        carrier: request.carrier.clone(),
        answered_at: at,
        asked: request.operation.asked(),
        said,
    }
}
