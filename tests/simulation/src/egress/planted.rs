//! The places where an owner does wrong when a bug is planted.

use std::collections::BTreeSet;

use volley_carrier_egress_core::{
    Arrival, AttemptRow, Content, DeliverAnswer, Delivery, Origin, Outbox, SegmentAnswer,
};
use volley_events::{AttemptOutcome, NotSent, Record, RefusalClass};
use volley_rows::{MemoryRows, RowsExt};
use volley_types::Source;
use volley_wire::Header;

use crate::mutation::Mutation;

/// Rows read of the kind, when a start forgets what it must not.
const FORGOTTEN_MAX: usize = 1_000;

pub(super) fn lost(mutation: Option<Mutation>) -> SegmentAnswer {
    match mutation {
        Some(Mutation::RetryOnSilence) => SegmentAnswer::Refused { status: 0x14, class: RefusalClass::RetrySameRoute },
        _ => SegmentAnswer::Lost,
    }
}

pub(super) fn origin_of(header: &Header, mutation: Option<Mutation>) -> Origin {
    let source = match mutation {
        Some(Mutation::MarkNotChecked) => Source::FrontDoor(0),
        _ => header.source,
    };
    Origin { source, position: header.position, predecessor: header.predecessor }
}

pub(super) fn forget_not_sent(rows: &mut MemoryRows) -> Result<(), String> {
    let attempts = rows
        .rows_with_prefix::<AttemptRow>(&[], FORGOTTEN_MAX)
        .map_err(|error| error.to_string())?;
    for (key, row) in attempts {
        if let AttemptRow::Ended { outcome, .. } = row
            && matches!(AttemptOutcome::from(outcome), AttemptOutcome::NotSent(NotSent::NoBind | NotSent::TooLate))
        {
            rows.delete_row::<AttemptRow>(&key);
        }
    }
    Ok(())
}

/// Replies that came, when equal ones count as one.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeSet<u64>);

impl Seen {
    /// Answers a reply that is equal to one before, and drops it.
    pub(super) fn answers(&mut self, delivery: &Delivery, out: &mut Outbox) -> bool {
        let is_known = matches!(delivery.content, Content::Reply(_)) && !self.0.insert(delivery.fingerprint);
        if is_known {
            out.answers
                .push(DeliverAnswer { link: delivery.link, sequence: delivery.sequence, status: 0 });
        }
        is_known
    }
}

/// Says of no reply that it may be a repeat.
pub(super) fn unmark(arrival: &mut Arrival) {
    if let Record::ReplyArrived(reply) = &mut arrival.record {
        reply.possible_repeat = false;
    }
}
