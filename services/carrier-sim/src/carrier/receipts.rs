//! Which receipts a taken segment brings, and when.

use std::sync::Arc;

use super::Carrier;
use super::deliveries::Delivery;
use super::submits::Taken;
use crate::clock::Now;
use crate::journal::DeliveryKind;
use crate::receipt::{Receipt, State, is_wanted, wants_intermediate};

impl Carrier {
    /// Plans the notification and the receipts of a segment, as asked for and as its rule bends them.
    pub(super) fn plan_receipts(&mut self, taken: &Taken<'_>, now: Now) {
        let rule = &taken.rule;
        let registered = taken.submit.registered_delivery;
        let delay_ms = match rule.receipt_before_response {
            true => 0,
            false => rule.receipt_delay_ms.unwrap_or(self.settings.receipt_delay_ms),
        };
        if rule.intermediate || wants_intermediate(registered) {
            self.plan(taken, State::ENROUTE, 0, 0, now);
        }
        if !is_wanted(registered, rule.outcome) {
            return;
        }
        for copy in 0..rule.receipt_copies {
            self.plan(taken, State::of(rule.outcome), copy, delay_ms, now);
        }
    }

    fn plan(&mut self, taken: &Taken<'_>, state: State, copy: u8, delay_ms: u32, now: Now) {
        let rule = &taken.rule;
        let written = Receipt {
            message_id: &taken.receipt_id,
            state,
            sender: &taken.submit.source,
            handset: &taken.submit.destination,
            text: &taken.text,
            submitted_us: now.unix_us,
            done_us: now.unix_us + i64::from(delay_ms) * 1_000,
        }
        .write(rule);
        let delivery = Delivery {
            kind: DeliveryKind::Receipt,
            source: written.source,
            destination: written.destination,
            message_id: Some(Arc::clone(&taken.receipt_id)),
            text: written.text,
            body: written.body,
            prefer: (copy == 0).then_some(taken.link),
            avoid: (copy > 0).then_some(taken.link),
            attempts: 0,
            answer_lost: rule.receipt_answer_lost && copy == 0 && state != State::ENROUTE,
        };
        self.deliver_after(taken.account, delivery, delay_ms, now);
    }
}
