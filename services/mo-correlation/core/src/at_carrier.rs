//! Asking a carrier about a message it has: to cancel it, to tell what became of it, to replace its text.
//!
//! ```text
//!   too late for Volley ──▶ can the carrier? ──yes──▶ CarrierRequest on `recall` ──▶ egress ══▶ carrier
//!                                │ no                          CarrierAnswer ◀── correlation.in
//!                                └──▶ too late                      └──▶ cancelled, replaced, told; or too late
//! ```
//!
//! What a profile does not name is never asked. An answer that never comes leaves the question open, and receipts close it.

use volley_carrier_profile::{AtCarrier, Profile};
use volley_events::{
    Asked, CancelAnswered, CancelOutcome, CarrierAnswer, CarrierMessageId, CarrierOperation, CarrierRequest,
    CarrierSaid, EditForCarrier, EditOutcome, SegmentOctets, SegmentState,
};
use volley_numbers::dial_international;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::{EncodingSet, SegmentOptions, plan};
use volley_types::{CarrierName, MessageId, SpanMs, Timestamp};

use crate::{
    engine::{CorrelationError, Counted, Effect, Step},
    errors,
    life::{Credit, News},
    rows::{MessageRow, Querying, Try},
};

/// How long egress may wait for a session before a client's question is not asked any more.
const ASK_SOON: SpanMs = SpanMs::from_secs(30);

/// How long egress may wait for a session before it is not asked any more what became of a message.
const ASK_SOMETIME: SpanMs = SpanMs::from_secs(600);

/// How long after the end of its validity a carrier is asked about a message without a receipt.
pub const QUERY_AFTER: SpanMs = SpanMs::from_secs(120);

/// How long after a question that settled nothing it is asked again, as long as a receipt may come: at most twelve times.
pub const QUERY_AGAIN: SpanMs = SpanMs::from_hours(6);

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Routing says what became of a client's wish. What is too late there may not be too late at the carrier.
    pub(crate) fn cancel_answered(&mut self, answered: CancelAnswered) -> Result<(), CorrelationError> {
        let message = answered.message;
        let Some(mut row) = self.known(message)? else { return Ok(()) };
        if row.cancel.is_none() {
            let is_asked = answered.outcome == CancelOutcome::TooLate && self.ask_to_cancel(message, &mut row);
            row.answer_cancel(if is_asked { CancelOutcome::Pending } else { answered.outcome });
        }
        self.keep_and_tell(message, &mut row, &[])
    }

    fn ask_to_cancel(&mut self, message: MessageId, row: &mut MessageRow) -> bool {
        let Some(asked) = row.cancellable() else { return false };
        let able = |(kept, _): &(&Try, _)| self.does(&kept.carrier).cancel;
        if !asked.iter().all(able) {
            return false;
        }
        let ask_before = self.at.now + ASK_SOON;
        let request = |parts| self.request(message, row, parts, CarrierOperation::Cancel, ask_before);
        let Some(requests) = asked.into_iter().map(request).collect::<Option<Vec<_>>>() else {
            return false;
        };
        row.cancelling = requests.iter().map(|request| request.attempt.number).collect();
        self.effects.extend(requests.into_iter().map(Effect::AskCarrier));
        true
    }

    /// A message that has left shall have another text.
    pub(crate) fn edit_for_carrier(&mut self, edit: &EditForCarrier) -> Result<(), CorrelationError> {
        let message = edit.message;
        let Some(mut row) = self.known(message)? else { return Ok(()) };
        if !row.is_edited(edit.edit) {
            let outcome = match self.replacement(message, &row, edit) {
                Ok(request) => {
                    self.effects.push(Effect::AskCarrier(request));
                    EditOutcome::Pending
                }
                Err(outcome) => outcome,
            };
            row.answer_edit(edit.edit, outcome);
        }
        self.keep_and_tell(message, &mut row, &[])
    }

    fn replacement(
        &self,
        message: MessageId,
        row: &MessageRow,
        edit: &EditForCarrier,
    ) -> Result<Box<CarrierRequest>, EditOutcome> {
        let (kept, id) = row.replaceable()?;
        if !self.does(&kept.carrier).replace {
            return Err(EditOutcome::NotSupported);
        }
        let profile = self.here.directory.profile(&kept.carrier);
        let octets = in_the_same_encoding(edit.text.text().unwrap_or_default(), kept.data_coding, profile)
            .ok_or(EditOutcome::DoesNotFit)?;
        let operation = CarrierOperation::Replace {
            edit: edit.edit,
            data_coding: kept.data_coding,
            octets,
            deadline: row.deadline,
        };
        self.request(message, row, (kept, vec![(0, id)]), operation, self.at.now + ASK_SOON)
            .ok_or(EditOutcome::NotSupported)
    }

    /// Asks what became of a message, if its time has come.
    pub(crate) fn query_when_due(&mut self, message: MessageId, row: &mut MessageRow) {
        if row.query_due().is_some_and(|due| due <= self.at.now) {
            self.ask_about(message, row);
        }
    }

    /// Asks what became of every part that has an id and no receipt, and when to ask again.
    fn ask_about(&mut self, message: MessageId, row: &mut MessageRow) {
        let ask_before = self.at.now + ASK_SOMETIME;
        let asked = row.askable().into_iter().filter(|(kept, _)| self.does(&kept.carrier).query);
        let requests: Vec<_> = asked
            .filter_map(|parts| self.request(message, row, parts, CarrierOperation::Query, ask_before))
            .collect();
        row.querying = match requests.is_empty() {
            true => Querying::Over,
            false => Querying::At(self.at.now + QUERY_AGAIN),
        };
        self.effects.extend(requests.into_iter().map(Effect::AskCarrier));
    }

    /// When a message is to be asked about for the first time; nothing changes where no carrier of it can be asked.
    pub(crate) fn plan_query(&self, row: &mut MessageRow) {
        let carriers = || row.tries.iter().map(|kept| &kept.carrier);
        if row.querying == Querying::NotYet && carriers().any(|carrier| self.does(carrier).query) {
            row.querying = Querying::At(row.deadline + QUERY_AFTER);
        }
    }

    /// What a carrier said. Answers to questions that were not asked, or are answered, change nothing.
    pub(crate) fn carrier_answered(&mut self, answer: &CarrierAnswer) -> Result<(), CorrelationError> {
        let message = answer.attempt.message;
        let Some(mut row) = self.known(message)? else { return Ok(()) };
        let news = match answer.asked {
            Asked::Cancel => self.cancel_said(message, &mut row, answer),
            Asked::Query => self.query_said(&mut row, answer),
            Asked::Replace(edit) => {
                let served = row.edit == Some((edit, EditOutcome::Pending));
                if served && let Some(outcome) = edit_outcome(&answer.said) {
                    row.answer_edit(edit, outcome);
                }
                Vec::new()
            }
        };
        self.keep_and_tell(message, &mut row, &news)
    }

    fn cancel_said(&mut self, message: MessageId, row: &mut MessageRow, answer: &CarrierAnswer) -> Vec<News> {
        match answer.said {
            CarrierSaid::Done => {
                return row
                    .cancelled_at_carrier(answer.attempt.number, self.at.now)
                    .into_iter()
                    .collect();
            }
            // It may have done so: it is asked, or its receipt tells.
            CarrierSaid::Unanswered if row.cancel == Some(CancelOutcome::Pending) && row.ended().is_none() => {
                self.ask_about(message, row);
            }
            CarrierSaid::Unanswered => {}
            CarrierSaid::Refused(_) | CarrierSaid::NotAsked | CarrierSaid::States(_) => row.not_cancelled(),
        }
        Vec::new()
    }

    fn query_said(&mut self, row: &mut MessageRow, answer: &CarrierAnswer) -> Vec<News> {
        let mut news = Vec::new();
        match &answer.said {
            CarrierSaid::States(states) => {
                for SegmentState { segment, state, error } in states {
                    match row.receive(answer.attempt.number, *segment, *state, error.as_deref(), self.at.now) {
                        Credit::Taken(more) => {
                            let directory = &self.here.directory;
                            row.complain(errors::of_receipt(directory, &answer.carrier, *state, error.as_deref()));
                            news.extend(more);
                        }
                        Credit::Nothing | Credit::NoPlace => {}
                        Credit::Refused => self.effects.push(Effect::Count(Counted::RefusedReceipt)),
                    }
                }
            }
            // The carrier does not know it any more: nothing else will be heard of it.
            CarrierSaid::Refused(_) => row.querying = Querying::Over,
            CarrierSaid::Done | CarrierSaid::Unanswered | CarrierSaid::NotAsked => {}
        }
        news
    }

    fn request(
        &self,
        message: MessageId,
        row: &MessageRow,
        (kept, segments): (&Try, Vec<(u8, CarrierMessageId)>),
        operation: CarrierOperation,
        ask_before: Timestamp,
    ) -> Option<Box<CarrierRequest>> {
        let number = self.here.directory.number(&row.sender)?;
        Some(Box::new(CarrierRequest {
            attempt: kept.attempt(message),
            account: kept.account.clone(),
            carrier: kept.carrier.clone(),
            source: number.dial.clone(),
            destination: dial_international(&row.subscriber),
            segments,
            ask_before,
            operation,
        }))
    }

    fn does(&self, carrier: &CarrierName) -> AtCarrier {
        let profile = self.here.directory.profile(carrier);
        profile.map(|profile| profile.at_carrier).unwrap_or_default()
    }

    /// A message that something is said about.
    fn known(&mut self, message: MessageId) -> Result<Option<MessageRow>, RowError> {
        let row = self.rows.row::<MessageRow>(&message)?;
        if row.is_none() {
            self.effects.push(Effect::Count(Counted::StaleFact));
        }
        Ok(row)
    }
}

/// What an answer means for a wish; nothing where the carrier never answered.
fn edit_outcome(said: &CarrierSaid) -> Option<EditOutcome> {
    match said {
        CarrierSaid::Done => Some(EditOutcome::ReplacedAtCarrier),
        CarrierSaid::Refused(_) | CarrierSaid::NotAsked | CarrierSaid::States(_) => Some(EditOutcome::TooLate),
        CarrierSaid::Unanswered => None,
    }
}

/// A text as the one part of a message in an encoding that it must keep.
fn in_the_same_encoding(
    text: &str,
    data_coding: u8,
    profile: Option<&std::sync::Arc<Profile>>,
) -> Option<SegmentOctets> {
    let options = profile.map(|profile| profile.text.segment_options()).unwrap_or_default();
    let same = options
        .encodings
        .for_text()
        .find(|encoding| encoding.data_coding() == data_coding)?;
    let options = SegmentOptions { encodings: EncodingSet::of(&[same]), ..options };
    let plan = plan(text, &options).ok()?;
    let segments = plan.segments(0);
    let [segment] = segments.as_slice() else { return None };
    (plan.count() == 1).then(|| SegmentOctets::new(&segment.octets))
}
