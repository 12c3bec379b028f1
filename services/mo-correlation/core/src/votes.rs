//! Votes: one a handset in a poll, the first counts, and none after the close (telecom.md §7.4).

use volley_events::{VoteVerdict, config::PollConfig};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{ArrivalId, Keyword, SubscriberId, Timestamp};

use crate::{
    engine::Step,
    rows::{TallyKey, TallyRow, VoteKey, VoteRow},
};

/// A vote that came in.
pub struct Ballot<'a> {
    /// Who votes.
    pub subscriber: &'a SubscriberId,
    /// For what.
    pub keyword: &'a Keyword,
    /// The reply.
    pub arrival: ArrivalId,
    /// When it came in at our edge: that decides whether it is late.
    pub received_at: Timestamp,
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Counts a vote, one way or another.
    pub(crate) fn vote(&mut self, poll: &PollConfig, ballot: &Ballot<'_>) -> Result<VoteVerdict, RowError> {
        let key = VoteKey { poll: poll.poll.clone(), subscriber: ballot.subscriber.clone() };
        let verdict = if ballot.received_at > poll.closes_at {
            VoteVerdict::Late
        } else if self.rows.row::<VoteRow>(&key)?.is_some() {
            VoteVerdict::Repeated
        } else {
            let row = VoteRow {
                keyword: ballot.keyword.clone(),
                arrival: ballot.arrival,
                received_at: ballot.received_at,
            };
            self.rows.put_row(&key, &row)?;
            VoteVerdict::Counted
        };
        let key = TallyKey { poll: key.poll, keyword: ballot.keyword.clone() };
        let mut tally = self.rows.row::<TallyRow>(&key)?.unwrap_or_default();
        match verdict {
            VoteVerdict::Counted => tally.counted += 1,
            VoteVerdict::Repeated => tally.repeated += 1,
            VoteVerdict::Late => tally.late += 1,
        }
        self.rows.put_row(&key, &tally)?;
        Ok(verdict)
    }
}
