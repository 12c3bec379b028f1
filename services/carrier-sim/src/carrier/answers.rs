//! Responses to submits: at once, later, kept back, or never.

use std::sync::Arc;
use std::time::Duration;

use super::Carrier;
use super::link::{End, UNANSWERED_MAX};
use crate::clock::Now;
use crate::journal::Fact;
use crate::wire::{command, status};

use super::timers::Due;

/// A `submit_sm_resp` that is yet to go out.
pub(super) struct Answer {
    pub(super) link: u64,
    pub(super) sequence: u32,
    pub(super) status: u32,
    pub(super) message_id: Option<Arc<str>>,
}

impl Answer {
    pub(super) fn refusal(link: u64, sequence: u32, status: u32) -> Self {
        Self { link, sequence, status, message_id: None }
    }
}

impl Carrier {
    /// Notes that a submit wants an answer. False: the link had too many of them already, and is cut.
    pub(super) fn expect_answer(&mut self, link: u64) -> bool {
        let Some(link) = self.links.get_mut(&link) else { return false };
        link.unanswered += 1;
        self.journal.counters.unanswered += 1;
        let bearable = link.unanswered <= UNANSWERED_MAX;
        if !bearable {
            link.finish(End::AtOnce);
        }
        bearable
    }

    /// Answers after `delay_ms`.
    pub(super) fn answer_after(&mut self, answer: Answer, delay_ms: u32, now: Now) {
        match delay_ms {
            0 => self.answer(answer, now),
            _ => self
                .timers
                .set(now.instant + Duration::from_millis(delay_ms.into()), Due::Answer(answer)),
        }
    }

    /// Answers now, or keeps the answer back while responses are paused.
    pub(super) fn answer(&mut self, answer: Answer, now: Now) {
        let Some(link) = self.links.get_mut(&answer.link).filter(|link| link.end != End::AtOnce) else {
            return;
        };
        if self.responses_paused {
            link.held.push_back(answer);
            return;
        }
        let Answer { link: link_id, sequence, status, message_id } = answer;
        let account = link.bound.map_or(&self.nobody, |bound| &self.accounts[bound.account].name);
        let fact = Fact::Response { sequence, status, message_id: message_id.clone() };
        self.journal.record(now, account, link_id, fact);
        self.journal.counters.responses += 1;
        self.journal.counters.unanswered -= 1;
        link.unanswered -= 1;
        match message_id.filter(|_| status == status::OK) {
            Some(id) => link.respond(command::SUBMIT_SM, status, sequence, &[id.as_bytes(), &[0]].concat()),
            None => link.respond(command::SUBMIT_SM, status, sequence, &[]),
        }
    }

    /// Keeps responses back, or lets them go in the order they were kept; gives the number of this pause.
    pub(crate) fn pause_responses(&mut self, paused: bool, now: Now) -> u64 {
        self.responses_paused = paused;
        self.pauses += 1;
        if !paused {
            self.answer_held(now);
        }
        self.pauses
    }

    fn answer_held(&mut self, now: Now) {
        let links: Vec<u64> = self.links.keys().copied().collect();
        for id in links {
            let held = self
                .links
                .get_mut(&id)
                .map(|link| std::mem::take(&mut link.held))
                .unwrap_or_default();
            for answer in held {
                self.answer(answer, now);
            }
        }
    }
}
