//! From a message to the order an account's lane carries: segments, addresses, the time it must have left by.

use std::cmp::min;

use volley_events::{SegmentOctets, SubmitOrder, config::NumberConfig};
use volley_numbers::dial_international;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::{SegmentOptions, SegmentPlan, TextError};
use volley_types::{AttemptId, Timestamp};

use crate::rows::{OrderFacts, PairKey, ReferenceRow};

/// `esm_class` of a segment that starts with a user data header (SMPP 3.4 §5.2.12).
const ESM_CLASS_UDHI: u8 = 0x40;

/// Encodes and cuts the text as the carrier wants it; by default in the cheaper of GSM-7 and UCS-2, in at most 10 segments.
pub fn plan(order: &OrderFacts, options: &SegmentOptions) -> Result<SegmentPlan, TextError> {
    volley_sms_text::plan(order.text.text().unwrap_or_default(), options)
}

/// The order of one attempt. Takes the next concatenation reference of the pair when there is more than one segment.
pub fn order<S: RowStore + ?Sized>(
    rows: &mut S,
    attempt: AttemptId,
    facts: &OrderFacts,
    number: &NumberConfig,
    plan: &SegmentPlan,
    now: Timestamp,
) -> Result<SubmitOrder, RowError> {
    let reference = if plan.count() > 1 { next_reference(rows, facts)? } else { 0 };
    let segments = plan.segments(reference);
    let udhi = segments.first().is_some_and(|segment| segment.udhi);
    Ok(SubmitOrder {
        attempt,
        tenant: facts.tenant.clone(),
        class: facts.class,
        subscriber: facts.subscriber.clone(),
        source: number.dial.clone(),
        destination: dial_international(&facts.subscriber),
        data_coding: segments.first().map_or(0, |segment| segment.data_coding),
        esm_class: if udhi { ESM_CLASS_UDHI } else { 0 },
        segments: segments.iter().map(|segment| SegmentOctets::new(&segment.octets)).collect(),
        send_before: min(facts.deadline, now + facts.class.lane().dwell_max()),
        deadline: facts.deadline,
    })
}

fn next_reference<S: RowStore + ?Sized>(rows: &mut S, facts: &OrderFacts) -> Result<u16, RowError> {
    let key = PairKey { subscriber: facts.subscriber.clone(), number: facts.sender.clone() };
    let last = rows.row::<ReferenceRow>(&key)?.unwrap_or_default().last;
    let next = ReferenceRow { last: last.wrapping_add(1) };
    rows.put_row(&key, &next)?;
    Ok(u16::from(next.last))
}
