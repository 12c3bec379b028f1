//! Which message a reply answers (D11, telecom.md §7.3): the newest one of the pair, within the window of its class.
//!
//! ```text
//!   reply to (number, handset) at t ─▶ threads of the pair ─▶ questions sent before t, not failed, window not over ─▶ newest first
//! ```
//!
//! A message that is tried again is asked twice: what a person wrote before the second attempt answers the first.

use std::cmp::Reverse;

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{MessageId, NumberId, RequestId, SpanMs, SubscriberId, TenantId, Timestamp, TrafficClass};

use crate::{
    engine::Step,
    rows::{MessageRow, Question, ThreadKey, ThreadRow, pair_prefix},
};

/// Most tenants of one pair that are looked at.
const TENANTS_MAX: usize = 64;

/// How far the clocks of two edges may be apart: a message sent that long after a reply may still be its question.
const CLOCKS_APART_MAX: SpanMs = SpanMs::from_secs(5);

/// Two questions closer than this cannot be told apart by time.
pub const CLOSE_QUESTIONS: SpanMs = SpanMs::from_secs(120);

/// Certainty, in percent, that the newest question is meant: it is the only one.
pub const CERTAIN: u8 = 95;
/// There are older ones.
pub const LIKELY: u8 = 80;
/// Another one is as new, or newer and another tenant's.
pub const OPEN: u8 = 50;

/// How long a message of a class may be answered.
const fn reply_window(class: TrafficClass) -> SpanMs {
    match class {
        TrafficClass::Otp => SpanMs::from_secs(600),
        TrafficClass::Transactional => SpanMs::from_hours(24),
        TrafficClass::Marketing => SpanMs::from_hours(7 * 24),
    }
}

/// The conversations between a handset and a number, with what they may be about.
pub struct Pair {
    /// Tenants that this pair has a conversation of, ordered, and whether they ever sent in it.
    tenants: Vec<(TenantId, bool)>,
    /// Questions that may be answered, the newest first.
    open: Vec<(TenantId, Question)>,
}

/// The message a reply answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// The message, and the client's id for it.
    pub question: Option<(MessageId, RequestId)>,
    /// Certainty that it is meant, in percent.
    pub confidence: u8,
    /// Others of the same tenant that may be meant, the newest first.
    pub candidates: Vec<MessageId>,
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// What a reply of this handset to this number, received at a time, may be about.
    pub(crate) fn pair(
        &self,
        subscriber: &SubscriberId,
        number: &NumberId,
        received_at: Timestamp,
    ) -> Result<Pair, RowError> {
        let threads: Vec<(ThreadKey, ThreadRow)> =
            self.rows.rows_with_prefix(&pair_prefix(subscriber, number), TENANTS_MAX)?;
        let mut pair = Pair { tenants: Vec::new(), open: Vec::new() };
        for (key, thread) in threads {
            for question in thread.questions {
                let Some(at) = asked_before(&question, received_at) else { continue };
                if self.may_be_answered(question.message)? {
                    pair.open.push((key.tenant.clone(), Question { at, ..question }));
                }
            }
            pair.tenants.push((key.tenant, thread.sent > 0));
        }
        pair.open.sort_by_key(|(_, question)| Reverse((question.at, question.message)));
        Ok(pair)
    }

    fn may_be_answered(&self, message: MessageId) -> Result<bool, RowError> {
        Ok(self.rows.row::<MessageRow>(&message)?.is_some_and(|row| row.may_be_answered()))
    }
}

/// When a question was last asked before a reply came, if the reply came within its window.
fn asked_before(question: &Question, received_at: Timestamp) -> Option<Timestamp> {
    let at = [question.at, question.first_at]
        .into_iter()
        .find(|at| *at <= received_at + CLOCKS_APART_MAX)?;
    (received_at <= at + reply_window(question.class)).then_some(at)
}

impl Pair {
    /// The tenant whose message is the newest that may be answered.
    pub fn latest_tenant(&self) -> Option<&TenantId> {
        self.open.first().map(|(tenant, _)| tenant)
    }

    /// The tenants that sent from this number to this handset, as far as that is remembered.
    pub fn senders(&self) -> Vec<TenantId> {
        self.tenants
            .iter()
            .filter(|(_, sent)| *sent)
            .map(|(tenant, _)| tenant.clone())
            .collect()
    }

    /// What the reply answers when it is this tenant's. Only the tenant's own messages are named (G5).
    pub fn answered(&self, tenant: &TenantId) -> Answered {
        let mut own = self
            .open
            .iter()
            .filter(|(owner, _)| owner == tenant)
            .map(|(_, question)| question);
        let Some(newest) = own.next() else { return Answered::default() };
        let is_close = |(_, other): &(TenantId, Question)| {
            other.message != newest.message && newest.at.since(other.at) < CLOSE_QUESTIONS
        };
        let candidates: Vec<MessageId> = own.map(|question| question.message).collect();
        let confidence = match (self.open.iter().any(is_close), self.open.len()) {
            (true, _) => OPEN,
            (false, 1) => CERTAIN,
            (false, _) => LIKELY,
        };
        Answered { question: Some((newest.message, newest.request.clone())), confidence, candidates }
    }
}
