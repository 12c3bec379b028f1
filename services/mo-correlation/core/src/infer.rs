//! Receipts whose id no report brought: the answer to the submit was lost, and with it the id (G13).
//!
//! ```text
//!   nobody claimed it in time ──▶ attempts to its handset at its carrier without an id
//!                                   ├─ all of one message, never answered, no doubt which segment ──▶ credited, as `inferred`
//!                                   └─ none, of several messages, or not reported yet             ──▶ stays unmatched
//! ```
//!
//! INF-1: an exact id comes first: only what nobody claimed for [`UNMATCHED_PATIENCE`](crate::receipts::UNMATCHED_PATIENCE) is inferred.
//! INF-2: every message with an attempt without an id is listed, so "the only one" is certain and not a matter of what is remembered.

use volley_events::CarrierMessageId;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AttemptId, CarrierName, MessageId};

use crate::{
    engine::{CorrelationError, Counted, Effect, Step},
    errors,
    life::Credit,
    rows::{
        CarrierIdKey, CarrierIdRow, MessageRow, NamelessKey, NamelessRow, Segment, Standing, Try, UnmatchedKey,
        UnmatchedRow, subscriber_prefix,
    },
};

/// Most listed messages of a handset that are looked at; with more nothing is certain.
const LISTED_MAX: usize = 64;

/// An attempt, a segment of it, and the message.
type Place = (AttemptId, u8, MessageRow);

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Lists a message while a carrier may send receipts for it under ids that nobody was told.
    pub(crate) fn list_if_nameless(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RowError> {
        match (row.tries.iter().any(Try::is_nameless), row.listed) {
            (true, false) => {
                row.listed = true;
                self.rows.put_row(&listed(message, row), &NamelessRow)?;
            }
            (false, true) => {
                self.unlist(message, row);
                row.listed = false;
            }
            (true, true) | (false, false) => {}
        }
        Ok(())
    }

    /// A message that is forgotten is not listed.
    pub(crate) fn unlist(&mut self, message: MessageId, row: &MessageRow) {
        if row.listed {
            self.rows.delete_row::<NamelessRow>(&listed(message, row));
        }
    }

    /// Credits a receipt that nobody claimed in time: to the segment that has its id by now, or to the only one it
    /// can be meant for. False if there is none, or doubt.
    pub(crate) fn credit_late(&mut self, key: &UnmatchedKey, receipt: &UnmatchedRow) -> Result<bool, CorrelationError> {
        let known = self.place_known(key, receipt)?;
        let is_repeat = known.is_some();
        let place = match known {
            Some(place) => Some(place),
            None => self.place_inferred(key, receipt)?,
        };
        let Some((attempt, segment, mut row)) = place else { return Ok(false) };
        let error = receipt.error.as_deref();
        let Credit::Taken(news) = row.receive(attempt.number, segment, receipt.state, error, self.at.now) else {
            return Ok(is_repeat);
        };
        if !is_repeat {
            row.inferred = true;
            self.learn_id(attempt, segment, &mut row, receipt.id.as_ref())?;
            self.effects.push(Effect::Count(Counted::InferredReceipt));
        }
        row.complain(errors::of_receipt(&self.here.directory, &key.carrier, receipt.state, error));
        self.keep_and_tell(attempt.message, &mut row, &news)?;
        Ok(true)
    }

    /// A segment has the id that a receipt of it names: the same id is never credited to another one.
    pub(crate) fn learn_id(
        &mut self,
        attempt: AttemptId,
        segment: u8,
        row: &mut MessageRow,
        id: Option<&CarrierMessageId>,
    ) -> Result<(), RowError> {
        let kept = row.tries.iter_mut().find(|kept| kept.number == attempt.number);
        let Some((kept, id)) = kept.zip(id) else { return Ok(()) };
        match kept.segments.get_mut(usize::from(segment)) {
            Some(nameless) if nameless.id.is_none() => {
                nameless.id = Some(id.clone());
                self.rows
                    .put_row(&CarrierIdKey::new(&kept.carrier, id), &CarrierIdRow { attempt, segment })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The segment that has this id by now.
    fn place_known(&self, key: &UnmatchedKey, receipt: &UnmatchedRow) -> Result<Option<Place>, RowError> {
        let Some(id) = &receipt.id else { return Ok(None) };
        let Some(place) = self.rows.row::<CarrierIdRow>(&CarrierIdKey::new(&key.carrier, id))? else {
            return Ok(None);
        };
        let row = self.rows.row::<MessageRow>(&place.attempt.message)?;
        let fits = |row: &MessageRow| row.subscriber == receipt.subscriber;
        Ok(row.filter(fits).map(|row| (place.attempt, place.segment, row)))
    }

    /// The segment that a receipt must be meant for.
    fn place_inferred(&self, key: &UnmatchedKey, receipt: &UnmatchedRow) -> Result<Option<Place>, RowError> {
        if let Some(id) = &receipt.id
            && self.rows.row::<CarrierIdRow>(&CarrierIdKey::new(&key.carrier, id))?.is_some()
        {
            return Ok(None);
        }
        let prefix = subscriber_prefix(&receipt.subscriber);
        let listed = self.rows.rows_with_prefix::<NamelessRow>(&prefix, LISTED_MAX)?;
        if listed.len() == LISTED_MAX {
            return Ok(None);
        }
        let mut only = None;
        for (NamelessKey { message, .. }, _) in listed {
            let Some(row) = self.rows.row::<MessageRow>(&message)? else { continue };
            if row.nameless_at(&key.carrier).next().is_none() || receipt.received_at < row.accepted_at {
                continue;
            }
            if only.replace((message, row)).is_some() {
                return Ok(None);
            }
        }
        Ok(only.and_then(|(message, row)| {
            let (number, segment) = row.only_place(&key.carrier)?;
            Some((AttemptId { message, number }, segment, row))
        }))
    }
}

fn listed(message: MessageId, row: &MessageRow) -> NamelessKey {
    NamelessKey { subscriber: row.subscriber.clone(), message }
}

impl MessageRow {
    fn nameless_at(&self, carrier: &CarrierName) -> impl Iterator<Item = &Try> {
        let is_there = move |kept: &&Try| kept.is_nameless() && kept.carrier == *carrier;
        self.tries.iter().filter(is_there)
    }

    /// The attempt and segment that an unknown id of a carrier stands for: of one attempt the first without an id, for its segments
    /// are delivered together or not at all; of several the oldest, if each is a single segment.
    fn only_place(&self, carrier: &CarrierName) -> Option<(u16, u8)> {
        let nameless: Vec<&Try> = self.nameless_at(carrier).collect();
        let is_clear =
            |kept: &&Try| kept.standing != Standing::Open && (nameless.len() == 1 || kept.segments.len() == 1);
        let first = nameless.first().filter(|_| nameless.iter().all(is_clear))?;
        let place = first.segments.iter().position(Segment::is_unnamed)?;
        Some((first.number, u8::try_from(place).ok()?))
    }
}

impl Try {
    /// Whether the carrier may have taken it under ids that are not known here, and has not been heard of since.
    fn is_nameless(&self) -> bool {
        let may_be_there = matches!(self.standing, Standing::Open | Standing::Overtaken | Standing::Ambiguous);
        may_be_there && self.segments.iter().any(Segment::is_unnamed)
    }
}

impl Segment {
    fn is_unnamed(&self) -> bool {
        self.id.is_none() && self.receipt.is_none()
    }
}
