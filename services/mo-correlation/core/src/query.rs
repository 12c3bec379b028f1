//! What others may ask of a partition: its messages, conversations, votes, and the receipts nobody claims.

use std::cmp::Reverse;

use volley_events::{CancelOutcome, CarrierMessageId, ReceiptState, StatusChange};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{
    AccountId, ArrivalId, CarrierName, Keyword, MessageId, NumberId, PollId, SubscriberId, TenantId, ThreadId,
    Timestamp,
};

use crate::{
    Correlation,
    rows::{MessageRow, TallyKey, TallyRow, ThreadKey, ThreadRow, UnmatchedRow},
    tell::status,
};

/// Most conversations that one question looks at, in the order of handsets; of more, some are not listed.
pub const THREADS_SCANNED_MAX: usize = 65_536;

/// Most options of a poll that are counted.
const OPTIONS_MAX: usize = 4_096;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its state now.
    pub status: StatusChange,
    /// Since when.
    pub since: Timestamp,
    /// When the log had it.
    pub accepted_at: Timestamp,
    /// What became of the client's wish to have it back.
    pub cancel: Option<CancelOutcome>,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadView {
    /// Its id.
    pub thread: ThreadId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The number.
    pub number: NumberId,
    /// The handset.
    pub subscriber: SubscriberId,
    /// The newest message sent in it.
    pub latest: Option<MessageId>,
    /// When something last happened in it.
    pub at: Timestamp,
    /// Messages sent in it.
    pub sent: u64,
    /// Replies received in it.
    pub received: u64,
}

/// The count of one option of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoteCount {
    /// The option.
    pub keyword: Keyword,
    /// Votes that count.
    pub counted: u64,
    /// Votes of handsets that had voted.
    pub repeated: u64,
    /// Votes after the close.
    pub late: u64,
}

/// One receipt that no message claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedView {
    /// Its arrival.
    pub arrival: ArrivalId,
    /// Who sent it.
    pub carrier: CarrierName,
    /// On which account.
    pub account: AccountId,
    /// The id it names.
    pub id: Option<CarrierMessageId>,
    /// The handset it speaks of.
    pub subscriber: SubscriberId,
    /// What it says.
    pub state: ReceiptState,
    /// The carrier's error code.
    pub error: Option<String>,
    /// When it came in.
    pub received_at: Timestamp,
}

impl Correlation {
    /// A message, unless it is not known here or forgotten.
    pub fn message<S: RowStore + ?Sized>(&self, message: MessageId, rows: &S) -> Result<Option<MessageView>, RowError> {
        Ok(rows.row::<MessageRow>(&message)?.map(|row| MessageView {
            status: status(message, &row),
            since: row.since,
            accepted_at: row.accepted_at,
            cancel: row.cancel,
            tenant: row.tenant,
        }))
    }

    /// Conversations, the newest first: of one tenant or of all.
    pub fn threads<S: RowStore + ?Sized>(
        &self,
        tenant: Option<&TenantId>,
        limit: usize,
        rows: &S,
    ) -> Result<Vec<ThreadView>, RowError> {
        let mut views: Vec<ThreadView> = rows
            .rows_with_prefix::<ThreadRow>(&[], THREADS_SCANNED_MAX)?
            .into_iter()
            .filter(|(key, _)| tenant.is_none_or(|tenant| key.tenant == *tenant))
            .map(|(key, row)| thread_view(key, &row))
            .collect();
        views.sort_by_key(|view| Reverse((view.at, view.thread)));
        views.truncate(limit);
        Ok(views)
    }

    /// This partition's count of a poll, by option.
    pub fn votes<S: RowStore + ?Sized>(&self, poll: &PollId, rows: &S) -> Result<Vec<VoteCount>, RowError> {
        let tallies = rows.rows_with_prefix::<TallyRow>(&TallyKey::poll_prefix(poll), OPTIONS_MAX)?;
        let count = |(key, row): (TallyKey, TallyRow)| VoteCount {
            keyword: key.keyword,
            counted: row.counted,
            repeated: row.repeated,
            late: row.late,
        };
        Ok(tallies.into_iter().map(count).collect())
    }

    /// Receipts that no message claims, by carrier and id.
    pub fn unmatched_receipts<S: RowStore + ?Sized>(
        &self,
        limit: usize,
        rows: &S,
    ) -> Result<Vec<UnmatchedView>, RowError> {
        let kept = rows.rows_with_prefix::<UnmatchedRow>(&[], limit)?;
        Ok(kept
            .into_iter()
            .map(|(key, row)| UnmatchedView {
                arrival: key.arrival,
                carrier: key.carrier,
                account: row.account,
                id: row.id,
                subscriber: row.subscriber,
                state: row.state,
                error: row.error,
                received_at: row.received_at,
            })
            .collect())
    }
}

fn thread_view(key: ThreadKey, row: &ThreadRow) -> ThreadView {
    ThreadView {
        thread: row.id,
        tenant: key.tenant,
        number: key.number,
        subscriber: key.subscriber,
        latest: row.questions.first().map(|question| question.message),
        at: row.at,
        sent: row.sent,
        received: row.received,
    }
}
