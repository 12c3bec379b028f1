//! From a message to the order an account's lane carries: segments, addresses, the time it must have left by.

use std::cmp::min;

use volley_events::{SegmentOctets, SubmitOrder, Substitution, config::NumberConfig, routing::SUBSTITUTIONS_MAX};
use volley_numbers::dial_international;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::{SegmentOptions, SegmentPlan, TextError, Wording, worded};
use volley_types::{AttemptId, Timestamp};

use crate::rows::{OrderFacts, PairKey, ReferenceRow};

/// `esm_class` of a segment that starts with a user data header (SMPP 3.4 §5.2.12).
const ESM_CLASS_UDHI: u8 = 0x40;

/// A text encoded and cut, and what was replaced in it for that.
pub struct Worded {
    /// The text.
    pub plan: SegmentPlan,
    /// What was replaced.
    pub substitutions: Vec<Substitution>,
}

/// Words, encodes and cuts the text as the carrier wants it; by default in the cheaper of GSM-7 and UCS-2, in at most 10 segments.
pub fn plan(order: &OrderFacts, options: &SegmentOptions) -> Result<Worded, TextError> {
    // A text that is sealed cannot be read here: it counts as empty, which is refused.
    let worded = worded(order.text.text().unwrap_or_default(), options, wording(order));
    let told = worded.substitutions.into_iter().take(SUBSTITUTIONS_MAX);
    let substitutions = told.map(|it| Substitution { from: it.from, to: it.to, count: it.count });
    Ok(Worded {
        plan: volley_sms_text::plan(&worded.text, options)?,
        substitutions: substitutions.collect(),
    })
}

/// A code leaves as written, and so does what its client or tenant wants so.
fn wording(order: &OrderFacts) -> Wording {
    match order.verbatim || order.class.leaves_as_written() {
        true => Wording::Verbatim,
        false => Wording::Smart,
    }
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
        parts: plan.count(),
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
