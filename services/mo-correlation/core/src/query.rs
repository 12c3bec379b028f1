//! What others may ask of a partition: its messages, conversations, votes, and the receipts nobody claims.

use volley_events::{CancelOutcome, CarrierMessageId, EditOutcome, ReceiptState, StatusChange};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{
    AccountId, ArrivalId, CarrierName, ContentHash, Keyword, MessageId, NumberId, PollId, SubscriberId, TenantId,
    ThreadId, Timestamp,
};

use crate::{
    Correlation,
    rows::{MessageRow, TallyKey, TallyRow, ThreadKey, ThreadRow, UnmatchedKey, UnmatchedRow},
    tell::status,
};

/// Conversations that one question looks at, in the order of handsets: a partition waits while it answers.
pub const THREADS_PAGE: usize = 1_024;

/// Unmatched receipts that one question looks at, by carrier and id: a partition waits while it answers.
pub const UNMATCHED_PAGE: usize = 1_024;

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
    /// The newest wish for another text, and what became of it.
    pub edit: Option<(ContentHash, EditOutcome)>,
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

/// A page of conversations, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadsPage {
    /// Those that were asked for, in the order of handsets.
    pub threads: Vec<ThreadView>,
    /// Where to go on; `None` at the end.
    pub next: Option<ThreadsPlace>,
}

/// A place among the conversations of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadsPlace(ThreadKey);

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
            cancel: row.cancel_known(),
            edit: row.edit,
            tenant: row.tenant,
        }))
    }

    /// The next [`THREADS_PAGE`] conversations from a place on, those of one tenant or of all.
    pub fn threads<S: RowStore + ?Sized>(
        &self,
        tenant: Option<&TenantId>,
        from: Option<&ThreadsPlace>,
        rows: &S,
    ) -> Result<ThreadsPage, RowError> {
        let mut page = match from {
            Some(ThreadsPlace(key)) => rows.rows_from::<ThreadRow>(key, THREADS_PAGE + 1)?,
            None => rows.rows_with_prefix::<ThreadRow>(&[], THREADS_PAGE + 1)?,
        };
        let next = page.get(THREADS_PAGE).map(|(key, _)| ThreadsPlace(key.clone()));
        page.truncate(THREADS_PAGE);
        let theirs = |(key, _): &(ThreadKey, ThreadRow)| tenant.is_none_or(|tenant| key.tenant == *tenant);
        let threads = page
            .into_iter()
            .filter(theirs)
            .map(|(key, row)| thread_view(key, &row))
            .collect();
        Ok(ThreadsPage { threads, next })
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

    /// The next [`UNMATCHED_PAGE`] receipts that no message claims, from a place on, those that are wanted.
    pub fn unmatched_receipts<S: RowStore + ?Sized>(
        &self,
        wanted: &Wanted,
        from: Option<&UnmatchedPlace>,
        rows: &S,
    ) -> Result<UnmatchedPage, RowError> {
        let mut page = match from {
            Some(UnmatchedPlace(key)) => rows.rows_from::<UnmatchedRow>(key, UNMATCHED_PAGE + 1)?,
            None => rows.rows_with_prefix::<UnmatchedRow>(&[], UNMATCHED_PAGE + 1)?,
        };
        let next = page.get(UNMATCHED_PAGE).map(|(key, _)| UnmatchedPlace(key.clone()));
        page.truncate(UNMATCHED_PAGE);
        let views = page.into_iter().map(|(key, row)| unmatched_view(key, row));
        Ok(UnmatchedPage { receipts: views.filter(|view| wanted.has(view)).collect(), next })
    }
}

/// Which unmatched receipts are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Those of one carrier, or of all.
    pub carrier: Option<CarrierName>,
    /// Those that came in then or later.
    pub since: Timestamp,
}

impl Wanted {
    fn has(&self, view: &UnmatchedView) -> bool {
        view.received_at >= self.since && self.carrier.as_ref().is_none_or(|carrier| *carrier == view.carrier)
    }
}

/// A page of unmatched receipts, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedPage {
    /// Those that were asked for, by carrier and id.
    pub receipts: Vec<UnmatchedView>,
    /// Where to go on; `None` at the end.
    pub next: Option<UnmatchedPlace>,
}

/// A place among the unmatched receipts of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedPlace(UnmatchedKey);

fn unmatched_view(key: UnmatchedKey, row: UnmatchedRow) -> UnmatchedView {
    UnmatchedView {
        arrival: key.arrival,
        carrier: key.carrier,
        account: row.account,
        id: row.id,
        subscriber: row.subscriber,
        state: row.state,
        error: row.error,
        received_at: row.received_at,
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
