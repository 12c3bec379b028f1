//! Adding up, and what does not.

use std::collections::BTreeMap;

use volley_types::{FinalState, SpanMs, TenantId};

use super::{
    Books,
    line::{Attempts, Line},
};
use crate::statement::{Account, Fault, Remainder, Statement};

const HOUR_US: i64 = 3_600_000_000;

/// How long after the end of its validity a message may still be without an end: the grace for its receipt, and an hour for timers.
pub(super) const GRACE: SpanMs = SpanMs::from_hours(73);

impl Books {
    /// Adds everything up. `is_still` says that nobody wrote while the topics were read: then what one topic tells and another does
    /// not is a contradiction, and not news that came meanwhile.
    pub fn close(self, is_still: bool) -> Statement {
        let names: BTreeMap<u32, &TenantId> = self.tenants.iter().map(|(name, number)| (*number, name)).collect();
        let mut statement = Statement::default();
        for (message, line) in &self.lines {
            let faults = self.faults(line, is_still).into_iter();
            statement
                .remainder
                .extend(faults.map(|fault| Remainder { message: *message, fault }));
            let Some((submitted, tenant)) = line
                .submitted
                .and_then(|submitted| Some((submitted, *names.get(&submitted.tenant)?)))
            else {
                continue;
            };
            let hour = submitted.at.as_micros().div_euclid(HOUR_US);
            let account = statement
                .accounts
                .entry((tenant.clone(), hour))
                .or_insert_with(Account::default);
            account.add(line.recorded.state.or(line.told.state));
        }
        statement
    }

    fn faults(&self, line: &Line, is_still: bool) -> Vec<Fault> {
        let Some(submitted) = &line.submitted else {
            return vec![Fault::NeverAccepted];
        };
        let mut faults = Vec::new();
        let end = line.recorded.state.or(line.told.state);
        let decided_upto = self.routed.get(&submitted.partition);
        if !line.taken && (decided_upto.is_some_and(|upto| *upto > submitted.offset) || end.is_some()) {
            faults.push(Fault::NotTaken);
        }
        if line.recorded.closed > 1 || line.told.closed > 1 {
            faults.push(Fault::EndedTwice);
        }
        // A part of the story of an older message may have been trimmed away.
        if self.kept_from.is_none_or(|from| submitted.at >= from) {
            let overdue = self.newest.is_some_and(|newest| newest > submitted.deadline + GRACE);
            faults.extend((end.is_none() && overdue).then_some(Fault::Overdue));
            faults.extend(is_still.then(|| ends_differ(line)).flatten());
        }
        if is_still {
            faults.extend(self.attempts_differ(line));
            let has_receipt = line.has_receipt || line.carrier_ids.iter().any(|id| self.loose_receipts.contains(id));
            faults.extend((end == Some(FinalState::Delivered) && !has_receipt).then_some(Fault::NoReceipt));
        }
        faults
    }

    fn attempts_differ(&self, line: &Line) -> Option<Fault> {
        let first = |attempts: Attempts| (attempts != 0).then(|| attempts.trailing_zeros() + 1);
        let unordered = if self.lanes_are_trimmed { 0 } else { line.reported & !line.ordered };
        first(line.reported & !(line.settled | line.lost))
            .map(|attempt| Fault::NotSettled { attempt })
            .or_else(|| first(line.settled & !line.reported).map(|attempt| Fault::NotReported { attempt }))
            .or_else(|| first(unordered).map(|attempt| Fault::NotOrdered { attempt }))
    }
}

fn ends_differ(line: &Line) -> Option<Fault> {
    match (line.recorded.state, line.told.state) {
        (Some(recorded), Some(told)) if recorded != told => Some(Fault::Disagree { recorded, told }),
        (Some(_), None) => Some(Fault::NotTold),
        (None, Some(_)) => Some(Fault::NotRecorded),
        _ => None,
    }
}
