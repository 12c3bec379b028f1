//! Conversations: one for each number, handset and tenant.

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{MessageId, SpanMs, ThreadId};

use crate::{
    engine::Step,
    rows::{MessageRow, Question, Subject, ThreadKey, ThreadRow},
};

/// Most messages of a conversation that a reply may answer.
pub const QUESTIONS_MAX: usize = 8;

/// How long a conversation is remembered after its last event; longer than any reply window.
pub const THREAD_KEPT: SpanMs = SpanMs::from_hours(30 * 24);

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// A message goes out: it is the newest question of its conversation. Another attempt makes it the newest again.
    pub(crate) fn ask(&mut self, message: MessageId, row: &MessageRow) -> Result<(), RowError> {
        let key = ThreadKey {
            subscriber: row.subscriber.clone(),
            number: row.sender.clone(),
            tenant: row.tenant.clone(),
        };
        let mut thread = self.thread(&key, &message.to_bytes())?;
        let known = thread.questions.iter().position(|question| question.message == message);
        let known = known.map(|place| thread.questions.remove(place));
        thread.sent += u64::from(known.is_none() && row.attempts == 1);
        thread.questions.truncate(QUESTIONS_MAX - 1);
        let question = Question {
            message,
            request: row.request.clone(),
            class: row.class,
            first_at: known.map_or(self.at.now, |known| known.first_at),
            at: self.at.now,
        };
        thread.questions.insert(0, question);
        thread.at = self.at.now;
        self.rows.put_row(&key, &thread)
    }

    /// The person wrote in a conversation; gives its id.
    pub(crate) fn hear(&mut self, key: &ThreadKey, opened_by: &[u8; 16]) -> Result<ThreadId, RowError> {
        let mut thread = self.thread(key, opened_by)?;
        thread.received += 1;
        thread.at = self.at.now;
        self.rows.put_row(key, &thread)?;
        Ok(thread.id)
    }

    /// A conversation, new if need be. Two tenants of one number have each their own.
    fn thread(&mut self, key: &ThreadKey, opened_by: &[u8; 16]) -> Result<ThreadRow, RowError> {
        if let Some(known) = self.rows.row::<ThreadRow>(key)? {
            return Ok(known);
        }
        let now = self.at.now;
        self.remind(Subject::Thread(key.clone()), now + THREAD_KEPT)?;
        let place = format!("{}/{}", key.number, key.tenant);
        let id = ThreadId::derive(self.here.partition, &place, &key.subscriber, opened_by);
        Ok(ThreadRow { id, questions: Vec::new(), sent: 0, received: 0, at: now })
    }
}
