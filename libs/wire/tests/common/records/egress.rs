//! What egress is told, does and hears.

use volley_events::{
    Asked, AttemptOutcome, CarrierAnswer, CarrierOperation, CarrierRequest, CarrierSaid, JournalEntry, JournalId,
    JournalIds, NotSent, PartInfo, ReceiptArrived, ReceiptIds, ReceiptState, RefusalClass, ReplyArrived, Run,
    SegmentOctets, SegmentState, SubmitOrder,
};
use volley_types::{AccountId, ArrivalId, CarrierName, ContentHash, RunId, TenantId};

use crate::common::Draw;

pub(super) fn order(draw: &mut Draw<'_>) -> SubmitOrder {
    SubmitOrder {
        attempt: draw.attempt(),
        tenant: draw.name(TenantId::new),
        class: draw.class(),
        subscriber: draw.subscriber(),
        source: draw.address(),
        destination: draw.address(),
        data_coding: draw.octet(),
        esm_class: draw.octet(),
        segments: draw.list(1, |draw| SegmentOctets::new(draw.list(0, Draw::octet))),
        parts: draw.octet(),
        send_before: draw.time(),
        deadline: draw.time(),
    }
}

pub(super) fn refusal(draw: &mut Draw<'_>) -> RefusalClass {
    use RefusalClass::{ConfigError, Permanent, Rebind, RetryOtherRoute, RetrySameRoute, Throttle};
    draw.pick([Throttle, RetrySameRoute, RetryOtherRoute, Permanent, Rebind, ConfigError])
}

pub(super) fn not_sent(draw: &mut Draw<'_>) -> NotSent {
    draw.pick([NotSent::NoBind, NotSent::TooLate])
}

pub(super) fn outcome(draw: &mut Draw<'_>) -> AttemptOutcome {
    match draw.octet() % 5 {
        0 => AttemptOutcome::Submitted { ids: draw.carrier_ids() },
        1 => AttemptOutcome::Refused { status: draw.int(), class: refusal(draw), ids: draw.carrier_ids() },
        2 => AttemptOutcome::Ambiguous { ids: draw.carrier_ids() },
        3 => AttemptOutcome::NotSent(not_sent(draw)),
        _ => AttemptOutcome::Recalled,
    }
}

pub(super) fn receipt(draw: &mut Draw<'_>) -> ReceiptArrived {
    use ReceiptState::{Deleted, Delivered, Enroute, Expired, Rejected, Skipped, Undeliverable, Unknown};
    ReceiptArrived {
        arrival: ArrivalId::from_bytes(draw.octets()),
        carrier: draw.name(CarrierName::new),
        account: draw.name(AccountId::new),
        carrier_message_id: draw.option(Draw::carrier_id),
        attempt: draw.option(|draw| (draw.attempt(), draw.octet())),
        subscriber: draw.subscriber(),
        state: draw.pick([Enroute, Delivered, Expired, Deleted, Undeliverable, Rejected, Skipped, Unknown]),
        error: draw.option(Draw::text),
        done_at: draw.option(Draw::time),
        received_at: draw.time(),
        raw: draw.body(),
    }
}

pub(super) fn reply_arrived(draw: &mut Draw<'_>) -> ReplyArrived {
    ReplyArrived {
        arrival: ArrivalId::from_bytes(draw.octets()),
        carrier: draw.name(CarrierName::new),
        account: draw.name(AccountId::new),
        subscriber: draw.subscriber(),
        source: draw.address(),
        destination: draw.address(),
        data_coding: draw.octet(),
        esm_class: draw.octet(),
        octets: draw.body(),
        part: draw.option(|draw| PartInfo { reference: draw.short(), total: draw.octet(), sequence: draw.octet() }),
        received_at: draw.time(),
        possible_repeat: draw.flag(),
    }
}

pub(super) fn journal(draw: &mut Draw<'_>) -> JournalEntry {
    if draw.flag() {
        let ids = draw.list(0, |draw| JournalId {
            id: draw.carrier_id(),
            attempt: draw.attempt(),
            segment: draw.octet(),
            written: draw.option(Draw::carrier_id),
        });
        return JournalEntry::Ids(JournalIds { ids });
    }
    JournalEntry::Run(Run {
        store: RunId::from_bytes(draw.octets()),
        run: RunId::from_bytes(draw.octets()),
        boot: RunId::from_bytes(draw.octets()),
        clean_stop: draw.flag(),
        receipt_ids: draw.pick([ReceiptIds::Unknown, ReceiptIds::AsGiven, ReceiptIds::Otherwise]),
        number: draw.long(),
    })
}

pub(super) fn carrier_request(draw: &mut Draw<'_>) -> CarrierRequest {
    CarrierRequest {
        attempt: draw.attempt(),
        account: draw.name(AccountId::new),
        carrier: draw.name(CarrierName::new),
        source: draw.address(),
        destination: draw.address(),
        segments: draw.list(1, |draw| (draw.octet(), draw.carrier_id())),
        ask_before: draw.time(),
        operation: match draw.octet() % 3 {
            0 => CarrierOperation::Cancel,
            1 => CarrierOperation::Query,
            _ => CarrierOperation::Replace {
                edit: ContentHash::from_bytes(draw.octets()),
                data_coding: draw.octet(),
                octets: SegmentOctets::new(draw.list(0, Draw::octet)),
                deadline: draw.time(),
            },
        },
    }
}

pub(super) fn carrier_answer(draw: &mut Draw<'_>) -> CarrierAnswer {
    use ReceiptState::{Delivered, Enroute, Expired};
    CarrierAnswer {
        attempt: draw.attempt(),
        account: draw.name(AccountId::new),
        carrier: draw.name(CarrierName::new),
        answered_at: draw.time(),
        asked: match draw.octet() % 3 {
            0 => Asked::Cancel,
            1 => Asked::Query,
            _ => Asked::Replace(ContentHash::from_bytes(draw.octets())),
        },
        said: match draw.octet() % 5 {
            0 => CarrierSaid::Done,
            1 => CarrierSaid::Refused(draw.int()),
            2 => CarrierSaid::Unanswered,
            3 => CarrierSaid::NotAsked,
            _ => CarrierSaid::States(draw.list(0, |draw| SegmentState {
                segment: draw.octet(),
                state: draw.pick([Enroute, Delivered, Expired]),
                error: draw.option(Draw::text),
            })),
        },
    }
}
