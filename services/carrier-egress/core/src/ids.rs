//! Which attempt a carrier's message id belongs to, for a week.
//!
//! Ids are kept by the day they were given: the newest day is asked first, since carriers give an id again after days or
//! months, and a day that is over is forgotten as a whole, a few rows at a time.

use volley_events::CarrierMessageId;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AttemptId, SubscriberId, Timestamp};

use crate::{
    outbox::{NewId, Outbox},
    rows::{CarrierIdKey, CarrierIdRow},
};

/// Whole days an id is kept.
pub const ID_DAYS_KEPT: u16 = 7;

/// Most rows forgotten at once.
const FORGET_ROWS: usize = 512;

const DAY_US: i64 = 86_400_000_000;

/// The id a carrier gave to a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenId {
    /// As it is compared with what receipts name.
    pub id: CarrierMessageId,
    /// As the carrier wrote it, where that is another text: it must be named so when it is asked about it.
    pub written: Option<CarrierMessageId>,
}

/// An id that is compared as it was written.
impl From<CarrierMessageId> for GivenId {
    fn from(id: CarrierMessageId) -> Self {
        Self { id, written: None }
    }
}

/// Remembers whose id it is.
pub(crate) fn record<S: RowStore + ?Sized>(
    given: &GivenId,
    (attempt, segment, subscriber): (AttemptId, u8, &SubscriberId),
    at: Timestamp,
    rows: &mut S,
    out: &mut Outbox,
) -> Result<(), RowError> {
    let GivenId { id, written } = given.clone();
    let key = CarrierIdKey { day: day_of(at), id: id.as_str().to_owned() };
    let row = CarrierIdRow { attempt, segment, subscriber: Some(subscriber.clone()), written: written.clone() };
    rows.put_row(&key, &row)?;
    out.ids.push(NewId { id, attempt, segment, written });
    Ok(())
}

/// Remembers an id that the journal tells of.
pub(crate) fn rebuild<S: RowStore + ?Sized>(new: &NewId, at: Timestamp, rows: &mut S) -> Result<(), RowError> {
    let key = CarrierIdKey { day: day_of(at), id: new.id.as_str().to_owned() };
    let row = CarrierIdRow {
        attempt: new.attempt,
        segment: new.segment,
        subscriber: None,
        written: new.written.clone(),
    };
    rows.put_row(&key, &row)
}

/// An id of a segment as the carrier wrote it.
pub(crate) fn written<S: RowStore + ?Sized>(
    id: &CarrierMessageId,
    (attempt, segment): (AttemptId, u8),
    now: Timestamp,
    rows: &S,
) -> Result<String, RowError> {
    let is_it = |row: &CarrierIdRow| row.attempt == attempt && row.segment == segment;
    let written = find(id, now, is_it, rows)?.and_then(|row| row.written);
    Ok(written.as_ref().unwrap_or(id).as_str().to_owned())
}

/// Whose id it is: the newest owner that `fits`.
pub(crate) fn find<S: RowStore + ?Sized>(
    id: &CarrierMessageId,
    now: Timestamp,
    fits: impl Fn(&CarrierIdRow) -> bool,
    rows: &S,
) -> Result<Option<CarrierIdRow>, RowError> {
    let today = day_of(now);
    let mut key = CarrierIdKey { day: today, id: id.as_str().to_owned() };
    for back in 0..=ID_DAYS_KEPT {
        let Some(day) = today.checked_sub(back) else { break };
        key.day = day;
        if let Some(row) = rows.row::<CarrierIdRow>(&key)?.filter(&fits) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Forgets some of the ids whose days are over; `true` when more may be left.
pub(crate) fn forget<S: RowStore + ?Sized>(now: Timestamp, rows: &mut S) -> Result<bool, RowError> {
    let oldest = day_of(now).saturating_sub(ID_DAYS_KEPT);
    let start = CarrierIdKey { day: 0, id: String::new() };
    let is_over = |key: &CarrierIdKey| key.day < oldest;
    let first = rows.rows_from::<CarrierIdRow>(&start, 1)?;
    if !first.first().is_some_and(|(key, _)| is_over(key)) {
        return Ok(false);
    }
    let page = rows.rows_from::<CarrierIdRow>(&start, FORGET_ROWS)?;
    let over: Vec<_> = page.into_iter().map(|(key, _)| key).take_while(is_over).collect();
    for key in &over {
        rows.delete_row::<CarrierIdRow>(key);
    }
    Ok(over.len() == FORGET_ROWS)
}

/// Days since 1970; times outside what two octets count are brought to its ends.
fn day_of(at: Timestamp) -> u16 {
    u16::try_from(at.as_micros().div_euclid(DAY_US).max(0)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use volley_rows::MemoryRows;
    use volley_types::{MessageId, SpanMs};

    use super::*;

    const TODAY: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn id(text: &str) -> CarrierMessageId {
        CarrierMessageId::new(text).unwrap()
    }

    fn attempt(number: u16) -> AttemptId {
        AttemptId { message: MessageId::from_bytes([7; 16]), number }
    }

    fn given(rows: &mut MemoryRows, text: &str, number: u16, at: Timestamp) {
        let subscriber = SubscriberId::e164(79_140_000_000 + u64::from(number)).unwrap();
        record(&id(text).into(), (attempt(number), 0, &subscriber), at, rows, &mut Outbox::default()).unwrap();
    }

    #[test]
    fn an_id_given_again_belongs_to_the_newest_submit_that_fits() {
        let mut rows = MemoryRows::default();
        given(&mut rows, "a1", 1, TODAY - SpanMs::from_hours(48));
        given(&mut rows, "a1", 2, TODAY);
        let found = find(&id("a1"), TODAY, |_| true, &rows).unwrap().unwrap();
        assert_eq!(found.attempt, attempt(2));
        let found = find(&id("a1"), TODAY, |row| row.attempt == attempt(1), &rows).unwrap().unwrap();
        assert_eq!(found.attempt, attempt(1));
    }

    #[test]
    fn an_id_is_forgotten_after_a_week_and_not_before() {
        let mut rows = MemoryRows::default();
        given(&mut rows, "old", 1, TODAY);
        given(&mut rows, "new", 2, TODAY + SpanMs::from_hours(24));
        let week = TODAY + SpanMs::from_hours(24 * u64::from(ID_DAYS_KEPT));
        assert!(!forget(week, &mut rows).unwrap());
        assert!(find(&id("old"), week, |_| true, &rows).unwrap().is_some());

        let later = week + SpanMs::from_hours(24);
        forget(later, &mut rows).unwrap();
        assert_eq!(rows.len(), 1);
        assert!(find(&id("new"), later, |_| true, &rows).unwrap().is_some());
    }
}
