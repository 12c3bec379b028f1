//! Receipts to messages, and what happens to those that fit none (G13).
//!
//! ```text
//!   attempt known to egress? ──yes──▶ that attempt, if it is the carrier's
//!        │ no                                                  │
//!   (carrier, id) reported? ──yes──▶ that segment, if the handset is the same ──▶ credited
//!        │ no                                                  │ does not fit
//!        └──────────▶ kept 72 h; credited when a report brings the id ◀───────┘
//!                     └─ after two minutes: the only silent attempt it can be meant for (infer.rs), or told unmatched
//! ```

use volley_events::{PublicEvent, PublicKind, ReceiptArrived, public::NOBODY};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AttemptId, ErrorCode, SpanMs, TenantId};

use crate::{
    engine::{CorrelationError, Counted, Effect, Step},
    errors,
    life::{Credit, News},
    rows::{CarrierIdKey, CarrierIdRow, MessageRow, Subject, UnmatchedKey, UnmatchedRow},
    tell::blank,
};

/// How long an unmatched receipt is kept for the report that brings its id.
pub const UNMATCHED_KEPT: SpanMs = SpanMs::from_hours(72);

/// How long a receipt may be ahead of its report before it is told that nobody claims it.
pub const UNMATCHED_PATIENCE: SpanMs = SpanMs::from_secs(120);

/// Most unmatched receipts of one id that one report claims.
const CLAIMED_MAX: usize = 64;

/// Most rows counted at once at start.
const RESTORE_ROWS: usize = 4_096;

/// How many receipts are kept as unmatched.
pub fn count_unmatched<S: RowStore + ?Sized>(rows: &S) -> Result<u64, RowError> {
    let mut count = 0;
    let mut batch = rows.rows_with_prefix::<UnmatchedRow>(&[], RESTORE_ROWS)?;
    while let Some((last, _)) = batch.last().cloned() {
        count += batch.len() as u64;
        batch = rows.rows_from::<UnmatchedRow>(&last, RESTORE_ROWS)?.split_off(1);
    }
    Ok(count)
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    pub(crate) fn receipt(&mut self, receipt: &ReceiptArrived) -> Result<(), CorrelationError> {
        let Some((attempt, segment, mut row)) = self.place_of(receipt)? else {
            return Ok(self.keep_unmatched(receipt)?);
        };
        let error = receipt.error.as_deref();
        match row.receive(attempt.number, segment, receipt.state, error, self.at.now) {
            Credit::Taken(news) => {
                row.complain(errors::of_receipt(&self.here.directory, &receipt.carrier, receipt.state, error));
                self.learn_id(attempt, segment, &mut row, receipt.carrier_message_id.as_ref())?;
                self.keep_and_tell(attempt.message, &mut row, &news)
            }
            Credit::Nothing => Ok(()),
            Credit::Refused => {
                self.effects.push(Effect::Count(Counted::RefusedReceipt));
                Ok(())
            }
            Credit::NoPlace => Ok(self.keep_unmatched(receipt)?),
        }
    }

    /// The message, attempt and segment that a receipt speaks of, when that is certain.
    fn place_of(&self, receipt: &ReceiptArrived) -> Result<Option<(AttemptId, u8, MessageRow)>, RowError> {
        if let Some((attempt, segment)) = receipt.attempt {
            let row = self.rows.row::<MessageRow>(&attempt.message)?;
            let fits = |row: &MessageRow| row.has_try_at(attempt.number, receipt);
            return Ok(row.filter(fits).map(|row| (attempt, segment, row)));
        }
        let Some(id) = &receipt.carrier_message_id else { return Ok(None) };
        let Some(place) = self.rows.row::<CarrierIdRow>(&CarrierIdKey::new(&receipt.carrier, id))? else {
            return Ok(None);
        };
        let row = self.rows.row::<MessageRow>(&place.attempt.message)?;
        let fits =
            |row: &MessageRow| row.subscriber == receipt.subscriber && row.has_try_at(place.attempt.number, receipt);
        Ok(row.filter(fits).map(|row| (place.attempt, place.segment, row)))
    }

    fn keep_unmatched(&mut self, receipt: &ReceiptArrived) -> Result<(), RowError> {
        let key = UnmatchedKey::new(&receipt.carrier, receipt.carrier_message_id.as_ref(), receipt.arrival);
        if self.rows.row::<UnmatchedRow>(&key)?.is_some() {
            return Ok(());
        }
        let due = self.at.now + UNMATCHED_PATIENCE;
        let row = UnmatchedRow {
            account: receipt.account.clone(),
            subscriber: receipt.subscriber.clone(),
            id: receipt.carrier_message_id.clone(),
            state: receipt.state,
            error: receipt.error.clone(),
            received_at: receipt.received_at,
            raw: receipt.raw.clone(),
            told: false,
            timer: Some(due),
        };
        self.rows.put_row(&key, &row)?;
        self.remind(Subject::Unmatched(key), due)?;
        self.here.unmatched += 1;
        self.effects.push(Effect::Count(Counted::UnmatchedReceipt));
        Ok(())
    }

    /// Credits the receipts that came before the report of their attempt.
    pub(crate) fn claim_unmatched(
        &mut self,
        attempt: AttemptId,
        row: &mut MessageRow,
        news: &mut Vec<News>,
    ) -> Result<(), RowError> {
        if self.here.unmatched == 0 {
            return Ok(());
        }
        let Some(kept) = row.tries.iter().find(|kept| kept.number == attempt.number).cloned() else {
            return Ok(());
        };
        for (place, segment) in kept.segments.iter().zip(0..=u8::MAX) {
            let Some(id) = &place.id else { continue };
            let prefix = UnmatchedKey::id_prefix(&kept.carrier, id);
            for (key, receipt) in self.rows.rows_with_prefix::<UnmatchedRow>(&prefix, CLAIMED_MAX)? {
                if receipt.subscriber != row.subscriber {
                    continue;
                }
                let error = receipt.error.as_deref();
                match row.receive(attempt.number, segment, receipt.state, error, self.at.now) {
                    Credit::Taken(more) => {
                        let directory = &self.here.directory;
                        row.complain(errors::of_receipt(directory, &kept.carrier, receipt.state, error));
                        news.extend(more);
                    }
                    Credit::Nothing | Credit::NoPlace => {}
                    Credit::Refused => self.effects.push(Effect::Count(Counted::RefusedReceipt)),
                }
                self.drop_unmatched(key, receipt)?;
            }
        }
        Ok(())
    }

    fn drop_unmatched(&mut self, key: UnmatchedKey, mut receipt: UnmatchedRow) -> Result<(), RowError> {
        self.rows.delete_row::<UnmatchedRow>(&key);
        self.here.unmatched = self.here.unmatched.saturating_sub(1);
        self.set_timer(Subject::Unmatched(key), &mut receipt.timer, None)
    }

    /// Credits a receipt that nobody claimed to the only message it can be meant for, or tells that nobody claims it; later drops it.
    pub(crate) fn unmatched_due(&mut self, key: &UnmatchedKey) -> Result<(), CorrelationError> {
        let Some(mut receipt) = self.rows.row::<UnmatchedRow>(key)? else {
            return Ok(());
        };
        receipt.timer = None;
        if receipt.told || self.credit_late(key, &receipt)? {
            return Ok(self.drop_unmatched(key.clone(), receipt)?);
        }
        receipt.told = true;
        let kept_until = self.at.now + UNMATCHED_KEPT;
        self.set_timer(Subject::Unmatched(key.clone()), &mut receipt.timer, Some(kept_until))?;
        self.rows.put_row(key, &receipt)?;
        let nobody = TenantId::new(NOBODY).expect("a valid name");
        self.tell_strangers(PublicEvent {
            subscriber: Some(receipt.subscriber),
            account: Some(receipt.account),
            carrier: Some(key.carrier.clone()),
            error_code: errors::of_receipt(&self.here.directory, &key.carrier, receipt.state, receipt.error.as_deref()),
            carrier_error: receipt.error,
            ..blank(PublicKind::ReceiptUnmatched, self.at.now, nobody)
        });
        Ok(())
    }
}

impl MessageRow {
    /// Keeps what a receipt found wrong, if it found anything.
    pub(crate) fn complain(&mut self, code: Option<ErrorCode>) {
        self.error_code = code.or(self.error_code);
    }

    /// Whether it has an attempt of this number at the carrier that sent the receipt.
    fn has_try_at(&self, number: u16, receipt: &ReceiptArrived) -> bool {
        self.tries
            .iter()
            .any(|kept| kept.number == number && kept.carrier == receipt.carrier)
    }
}
