//! Opt-outs: what they cover (design §7).

use volley_events::{ConsentAction, ConsentChanged};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::TrafficClass;

use crate::rows::{OptOutKey, OptOutRow, OrderFacts};

/// Keeps an opt-out, or lifts it.
///
/// STOP blocks the number it was sent to for everything, and all the tenant's numbers for advertising. START lifts what the
/// number blocks and the tenant's advertising.
pub fn change<S: RowStore + ?Sized>(rows: &mut S, consent: &ConsentChanged) -> Result<(), RowError> {
    let key = |number| OptOutKey { subscriber: consent.subscriber.clone(), tenant: consent.tenant.clone(), number };
    let keys = [key(Some(consent.number.clone())), key(None)];
    match consent.action {
        ConsentAction::OptOut | ConsentAction::OptOutLikely => keys
            .iter()
            .try_for_each(|key| rows.put_row(key, &OptOutRow { since: consent.received_at })),
        ConsentAction::OptIn => {
            keys.iter().for_each(|key| rows.delete_row::<OptOutRow>(key));
            Ok(())
        }
        ConsentAction::Help => Ok(()),
    }
}

/// Whether the handset opted out of this message.
pub fn forbids<S: RowStore + ?Sized>(rows: &S, order: &OrderFacts) -> Result<bool, RowError> {
    if order.confirms.is_some() {
        return Ok(false);
    }
    let key = |number| OptOutKey { subscriber: order.subscriber.clone(), tenant: order.tenant.clone(), number };
    if rows.row::<OptOutRow>(&key(Some(order.sender.clone())))?.is_some() {
        return Ok(true);
    }
    Ok(order.class == TrafficClass::Marketing && rows.row::<OptOutRow>(&key(None))?.is_some())
}
