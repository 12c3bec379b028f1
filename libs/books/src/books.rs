//! What the topics say about each message.

use std::collections::{BTreeMap, BTreeSet};

use volley_types::{AttemptId, FinalState, MessageId, Partition, Position, SpanMs, TenantId, Timestamp};

use crate::statement::{Account, Fault, Remainder, Statement};

/// Messages the books hold at once; more are refused, and a shorter span of time must be asked for.
pub const MESSAGES_MAX: usize = 20_000_000;

/// There are more messages than fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {MESSAGES_MAX} messages; ask for a shorter span of time")]
pub struct BooksFull;

/// One message, as its records tell it.
#[derive(Debug, Clone, Default)]
struct Line {
    /// Its submission: tenant, append time, end of validity, and where it lies on `routing.in`.
    submitted: Option<Submitted>,
    /// Routing said that it took it.
    taken: bool,
    /// Ends on `events` and in the inbox: the newest state, and how many closed it (corrections apart).
    recorded: End,
    told: End,
    /// Attempts that lie in a lane, that a result came of, and that were settled.
    ordered: Attempts,
    reported: Attempts,
    settled: Attempts,
    /// A receipt named one of its attempts.
    has_receipt: bool,
    /// The ids a carrier gave it.
    carrier_ids: Vec<CarrierIdHash>,
}

/// A hash of a carrier's name and a message id it gave.
pub type CarrierIdHash = u64;

/// Numbers of attempts, one bit each; those from the 64th on share one.
type Attempts = u64;

fn bit(attempt: AttemptId) -> Attempts {
    1 << attempt.number.saturating_sub(1).min(63)
}

#[derive(Debug, Clone, Copy)]
struct Submitted {
    tenant: u32,
    at: Timestamp,
    deadline: Timestamp,
    partition: Partition,
    offset: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct End {
    state: Option<FinalState>,
    closed: u32,
}

impl End {
    fn take(&mut self, state: FinalState, is_correction: bool) {
        self.closed += u32::from(!is_correction);
        self.state = Some(state);
    }
}

/// The books while they are read in. The order of the topics does not matter; each topic's records come in their order.
#[derive(Debug, Default)]
pub struct Books {
    lines: BTreeMap<MessageId, Line>,
    tenants: BTreeMap<TenantId, u32>,
    /// By partition of `routing.in`: routing has decided at least up to here, as its outputs show.
    routed: BTreeMap<Partition, u64>,
    newest: Option<Timestamp>,
    /// What the inbox and `events` still hold begins here.
    kept_from: Option<Timestamp>,
    lanes_are_trimmed: bool,
    /// Ids that receipts named when nobody knew any more whose they are.
    loose_receipts: BTreeSet<CarrierIdHash>,
}

impl Books {
    /// A record of any topic, in whose time it lies.
    pub fn saw(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }

    /// What the inbox or `events` still holds begins here: ends of older messages cannot be compared.
    pub fn ends_were_trimmed(&mut self, from: Timestamp) {
        self.kept_from = self.kept_from.max(Some(from));
    }

    /// A lane no longer holds its first records: what is missing there may have been trimmed.
    pub fn lanes_were_trimmed(&mut self) {
        self.lanes_are_trimmed = true;
    }

    /// A submission on `routing.in`. Only the first of a message counts: the others are repeats that routing drops.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn submitted(
        &mut self,
        message: MessageId,
        tenant: &TenantId,
        at: Timestamp,
        deadline: Timestamp,
        (partition, offset): (Partition, u64),
    ) -> Result<(), BooksFull> {
        let next = u32::try_from(self.tenants.len()).unwrap_or(u32::MAX);
        let tenant = match self.tenants.get(tenant) {
            Some(known) => *known,
            None => *self.tenants.entry(tenant.clone()).or_insert(next),
        };
        let line = self.line(message)?;
        line.submitted
            .get_or_insert(Submitted { tenant, at, deadline, partition, offset });
        Ok(())
    }

    /// Routing wrote something, decided from this input.
    pub fn routed(&mut self, partition: Partition, position: Position) {
        let upto = self.routed.entry(partition).or_default();
        *upto = position.offset.max(*upto);
    }

    /// Routing said on `correlation.in` that it took a message.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn taken(&mut self, message: MessageId) -> Result<(), BooksFull> {
        self.line(message)?.taken = true;
        Ok(())
    }

    /// `events` holds an end of a message, or its correction.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn recorded(&mut self, message: MessageId, state: FinalState, is_correction: bool) -> Result<(), BooksFull> {
        self.line(message)?.recorded.take(state, is_correction);
        Ok(())
    }

    /// The inbox holds an end of a message, or its correction.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn told(&mut self, message: MessageId, state: FinalState, is_correction: bool) -> Result<(), BooksFull> {
        self.line(message)?.told.take(state, is_correction);
        Ok(())
    }

    /// A lane holds an attempt.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn ordered(&mut self, attempt: AttemptId) -> Result<(), BooksFull> {
        self.line(attempt.message)?.ordered |= bit(attempt);
        Ok(())
    }

    /// `correlation.in` holds the result of an attempt, with the ids the carrier gave.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn reported(&mut self, attempt: AttemptId, ids: impl Iterator<Item = CarrierIdHash>) -> Result<(), BooksFull> {
        let line = self.line(attempt.message)?;
        line.reported |= bit(attempt);
        line.carrier_ids.extend(ids);
        Ok(())
    }

    /// `correlation.in` holds a receipt: of this message where that was known, else of this id.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn receipt(&mut self, message: Option<MessageId>, id: Option<CarrierIdHash>) -> Result<(), BooksFull> {
        match message {
            Some(message) => self.line(message)?.has_receipt = true,
            None => self.loose_receipts.extend(id),
        }
        Ok(())
    }

    /// `routing.in` holds the settlement of an attempt.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn settled(&mut self, attempt: AttemptId) -> Result<(), BooksFull> {
        self.line(attempt.message)?.settled |= bit(attempt);
        Ok(())
    }

    fn line(&mut self, message: MessageId) -> Result<&mut Line, BooksFull> {
        if self.lines.len() >= MESSAGES_MAX && !self.lines.contains_key(&message) {
            return Err(BooksFull);
        }
        Ok(self.lines.entry(message).or_default())
    }

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
        first(line.reported & !line.settled)
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

const HOUR_US: i64 = 3_600_000_000;

/// How long after the end of its validity a message may still be without an end: the grace for its receipt, and an hour for timers.
const GRACE: SpanMs = SpanMs::from_hours(73);

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Timestamp = Timestamp::from_micros(86_400_000_000);

    fn id(number: u8) -> MessageId {
        MessageId::from_bytes([number; 16])
    }

    fn tenant() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    /// Message 1 was delivered, message 2 is on its way.
    fn whole() -> Books {
        let mut books = Books::default();
        for number in [1, 2] {
            let place = (Partition(0), u64::from(number));
            books
                .submitted(id(number), &tenant(), Timestamp::from_micros(5), DEADLINE, place)
                .unwrap();
            books.taken(id(number)).unwrap();
            books.routed(Partition(0), Position { offset: place.1, index: 0 });
        }
        let attempt = AttemptId { message: id(1), number: 1 };
        books.ordered(attempt).unwrap();
        books.reported(attempt, [7].into_iter()).unwrap();
        books.receipt(Some(id(1)), Some(7)).unwrap();
        books.settled(attempt).unwrap();
        books.recorded(id(1), FinalState::Delivered, false).unwrap();
        books.told(id(1), FinalState::Delivered, false).unwrap();
        books
    }

    fn faults(books: Books) -> Vec<Fault> {
        books
            .close(true)
            .remainder
            .into_iter()
            .map(|remainder| remainder.fault)
            .collect()
    }

    #[test]
    fn what_adds_up_leaves_nothing() {
        let statement = whole().close(true);
        assert_eq!(statement.remainder, []);
        let account = &statement.accounts[&(tenant(), 0)];
        assert_eq!((account.accepted, account.delivered, account.in_flight), (2, 1, 1));
        assert!(account.balances());
    }

    #[test]
    fn one_record_less_is_seen_whichever_it_is() {
        let mut never = whole();
        never.lines.get_mut(&id(1)).unwrap().submitted = None;
        assert_eq!(faults(never), [Fault::NeverAccepted]);

        let mut untaken = whole();
        untaken.lines.get_mut(&id(1)).unwrap().taken = false;
        assert_eq!(faults(untaken), [Fault::NotTaken]);

        let mut unrecorded = whole();
        unrecorded.lines.get_mut(&id(1)).unwrap().recorded = End::default();
        assert_eq!(faults(unrecorded), [Fault::NotRecorded]);

        let mut unsettled = whole();
        unsettled.lines.get_mut(&id(1)).unwrap().settled = 0;
        assert_eq!(faults(unsettled), [Fault::NotSettled { attempt: 1 }]);

        let mut unreported = whole();
        unreported.lines.get_mut(&id(1)).unwrap().reported = 0;
        assert_eq!(faults(unreported), [Fault::NotReported { attempt: 1 }]);

        let mut unordered = whole();
        unordered.lines.get_mut(&id(1)).unwrap().ordered = 0;
        assert_eq!(faults(unordered), [Fault::NotOrdered { attempt: 1 }]);

        let mut untold = whole();
        untold.lines.get_mut(&id(1)).unwrap().told = End::default();
        assert_eq!(faults(untold), [Fault::NotTold]);
    }

    #[test]
    fn news_that_came_while_the_topics_were_read_is_no_contradiction() {
        let mut untold = whole();
        untold.lines.get_mut(&id(1)).unwrap().told = End::default();
        assert_eq!(untold.close(false).remainder, []);
    }

    #[test]
    fn a_delivery_without_its_receipt_is_seen_and_one_that_only_its_id_names_is_not() {
        let mut books = whole();
        books.lines.get_mut(&id(1)).unwrap().has_receipt = false;
        assert_eq!(faults(books), [Fault::NoReceipt]);

        let mut books = whole();
        books.lines.get_mut(&id(1)).unwrap().has_receipt = false;
        books.receipt(None, Some(7)).unwrap();
        assert_eq!(faults(books), []);
    }

    #[test]
    fn a_second_end_is_seen_and_a_correction_is_none() {
        let mut twice = whole();
        twice.recorded(id(1), FinalState::Delivered, false).unwrap();
        assert_eq!(faults(twice), [Fault::EndedTwice]);

        let mut corrected = whole();
        corrected.recorded(id(1), FinalState::Failed, true).unwrap();
        corrected.told(id(1), FinalState::Failed, true).unwrap();
        assert_eq!(faults(corrected), []);
    }

    #[test]
    fn a_message_nobody_ended_in_time_is_overdue() {
        let mut books = whole();
        books.saw(DEADLINE + GRACE + SpanMs::from_secs(1));
        assert_eq!(faults(books), [Fault::Overdue]);
    }

    #[test]
    fn the_newest_submission_may_be_not_taken_yet() {
        let mut books = whole();
        let place = (Partition(0), 9);
        books
            .submitted(id(3), &tenant(), Timestamp::from_micros(6), DEADLINE, place)
            .unwrap();
        assert_eq!(faults(books), []);
    }
}
