//! How a carrier writes ids in its receipts, learned where nobody has said.
//!
//! Some carriers give an id in hexadecimal and name it in decimal in the receipt, or the reverse (telecom.md §4.2). A receipt
//! whose id was never given is then read in the other ways, and credited only if exactly one attempt answers to any of them
//! *and* the receipt's address is that attempt's handset. A carrier that has once named an id as it gave it writes all of them
//! so, and nothing is read otherwise any more (EGR-5).

use volley_events::{CarrierMessageId, ReceiptIds};
use volley_rows::{RowError, RowStore};
use volley_types::Timestamp;

use super::delivery::{Content, Delivery, Edge};
use crate::rows::CarrierIdRow;

/// What is known of a carrier's manner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Manner(pub ReceiptIds);

impl Manner {
    /// The attempt a receipt names. Other readings are tried when `settled`: every submit that it could be about is answered.
    pub fn owner<S: RowStore + ?Sized>(
        &mut self,
        delivery: &mut Delivery,
        edge: &Edge,
        settled: bool,
        now: Timestamp,
        rows: &S,
    ) -> Result<Option<CarrierIdRow>, RowError> {
        let Content::Receipt(receipt) = &delivery.content else { return Ok(None) };
        let Some(id) = receipt.id.clone() else { return Ok(None) };
        if let Some(owner) = edge.owner(&id, delivery, now, rows)? {
            self.named_as_given(&id);
            return Ok(Some(owner));
        }
        if self.0 == ReceiptIds::AsGiven || !settled && self.0 == ReceiptIds::Unknown {
            return Ok(None);
        }
        let Some((reading, owner)) = only_reading(delivery, edge, now, rows)? else {
            return Ok(None);
        };
        self.0 = ReceiptIds::Otherwise;
        if let Content::Receipt(receipt) = &mut delivery.content {
            receipt.id = Some(reading);
        }
        Ok(Some(owner))
    }

    /// A single digit is the same in every base, and tells nothing.
    fn named_as_given(&mut self, id: &CarrierMessageId) {
        if self.0 == ReceiptIds::Unknown && id.as_str().len() > 1 {
            self.0 = ReceiptIds::AsGiven;
        }
    }
}

/// The one reading that names an attempt of the receipt's own handset; `None` when several do, or none.
fn only_reading<S: RowStore + ?Sized>(
    delivery: &Delivery,
    edge: &Edge,
    now: Timestamp,
    rows: &S,
) -> Result<Option<(CarrierMessageId, CarrierIdRow)>, RowError> {
    let Content::Receipt(receipt) = &delivery.content else { return Ok(None) };
    let mut found = None;
    for reading in &receipt.readings {
        if let Some(owner) = edge.sure_owner(reading, delivery, now, rows)? {
            if found.is_some() {
                return Ok(None);
            }
            found = Some((reading.clone(), owner));
        }
    }
    Ok(found)
}
