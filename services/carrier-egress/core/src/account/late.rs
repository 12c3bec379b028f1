//! Answers that come after their segment was given up: they teach its id, and the last one settles its attempt (D6).
//!
//! Kept in memory only: what a dead session or a dead process had still to say is not heard.

use std::collections::BTreeMap;

use volley_events::{AttemptOutcome, AttemptReport, CarrierMessageId};
use volley_rows::{RowError, RowStore};
use volley_types::{AttemptId, SubscriberId, Timestamp};

use super::{Account, SegmentAnswer};
use crate::{ids, outbox::Outbox, time::Now};

/// Segments that were given up and whose answer may still come; the oldest are forgotten first.
const LATE_MAX: usize = 4_096;

/// What was given up and may still be answered.
#[derive(Debug, Default)]
pub(super) struct Late {
    segments: BTreeMap<u64, LateSegment>,
    /// Attempts that were reported as ambiguous, as long as every segment without an answer may still get one.
    attempts: BTreeMap<AttemptId, LateAttempt>,
}

#[derive(Debug, Clone)]
struct LateSegment {
    attempt: AttemptId,
    segment: u8,
    subscriber: SubscriberId,
}

#[derive(Debug)]
struct LateAttempt {
    ids: Vec<Option<CarrierMessageId>>,
    /// Segments without an answer.
    open: usize,
    sent_at: Option<Timestamp>,
}

impl Late {
    /// A segment is given up.
    pub(super) fn remember(&mut self, token: u64, attempt: AttemptId, segment: u8, subscriber: SubscriberId) {
        if self.segments.len() >= LATE_MAX
            && let Some((_, forgotten)) = self.segments.pop_first()
        {
            self.attempts.remove(&forgotten.attempt);
        }
        self.segments.insert(token, LateSegment { attempt, segment, subscriber });
    }

    /// An attempt ends as ambiguous.
    pub(super) fn ambiguous(
        &mut self,
        attempt: AttemptId,
        ids: &[Option<CarrierMessageId>],
        sent_at: Option<Timestamp>,
    ) {
        let open = self.segments.values().filter(|late| late.attempt == attempt).count();
        if open > 0 {
            self.attempts.insert(attempt, LateAttempt { ids: ids.to_vec(), open, sent_at });
        }
    }

    /// A segment was taken; gives the attempt when that was the last one without an answer.
    fn taken(&mut self, late: &LateSegment, id: Option<CarrierMessageId>) -> Option<LateAttempt> {
        let attempt = self.attempts.get_mut(&late.attempt)?;
        if let Some(place) = attempt.ids.get_mut(usize::from(late.segment)) {
            *place = id;
        }
        attempt.open = attempt.open.saturating_sub(1);
        match attempt.open {
            0 => self.attempts.remove(&late.attempt),
            _ => None,
        }
    }
}

impl Account {
    /// An answer to what was given up. A refusal leaves the attempt ambiguous: the carrier has none of this segment.
    pub(super) fn answered_late<S: RowStore + ?Sized>(
        &mut self,
        token: u64,
        answer: SegmentAnswer,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(late) = self.late.segments.remove(&token) else { return Ok(()) };
        let SegmentAnswer::Taken(id) = answer else {
            self.late.attempts.remove(&late.attempt);
            return Ok(());
        };
        if let Some(id) = &id {
            ids::record(id, (late.attempt, late.segment, &late.subscriber), now.wall, rows, out)?;
        }
        if let Some(LateAttempt { ids, sent_at, .. }) = self.late.taken(&late, id.map(|given| given.id)) {
            out.late_reports.push(AttemptReport {
                attempt: late.attempt,
                account: self.id.clone(),
                carrier: self.carrier.clone(),
                outcome: AttemptOutcome::Submitted { ids },
                sent_at,
                ended_at: now.wall,
            });
        }
        Ok(())
    }
}
