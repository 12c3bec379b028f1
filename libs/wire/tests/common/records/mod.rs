//! Records of every kind.

mod client;
mod config;
mod egress;
mod routing;

use volley_events::{
    Allowance, AttemptReport, CancelRequested, ClientEvent, ConfigRecord, ConsentChanged, CursorMoved, DeadLetter,
    EditRequested, HandsetAvailable, LaneEnd, LanesLost, Owner, Progress, Recall, Record, Settlement, Tick,
};
use volley_types::{AccountId, ArrivalId, CarrierName, ContentHash, Position, RunId, Source, SubscriptionId, TenantId};

use self::{
    client::{client_body, consent},
    config::change,
    egress::{carrier_answer, carrier_request, journal, order, outcome, receipt, reply_arrived},
    routing::{fact, scope, settled, submission},
};
use super::Draw;

/// How many kinds of record there are.
pub const KINDS: u8 = 24;

/// A record of the kind (0 to [`KINDS`] - 1).
pub fn any_record(kind: u8, draw: &mut Draw<'_>) -> Record {
    match kind {
        0 => Record::Submission(Box::new(submission(draw))),
        1 => Record::Settlement(Settlement {
            account: draw.name(AccountId::new),
            lane: draw.lane(),
            settled: draw.list(1, settled),
        }),
        2 => Record::Allowance(Allowance {
            account: draw.name(AccountId::new),
            lane: draw.lane(),
            run: draw.long(),
            revision: draw.long(),
            allowed: draw.int(),
        }),
        3 => Record::LanesLost(LanesLost {
            carrier: draw.name(CarrierName::new),
            ends: draw.list(0, |draw| LaneEnd {
                account: draw.name(AccountId::new),
                lane: draw.lane(),
                end: draw.long(),
                newest: draw.option(|draw| Position { offset: draw.long(), index: draw.int() }),
            }),
        }),
        4 => Record::ConsentChanged(ConsentChanged {
            tenant: draw.name(TenantId::new),
            number: draw.number(),
            subscriber: draw.subscriber(),
            action: consent(draw),
            arrival: ArrivalId::from_bytes(draw.octets()),
            received_at: draw.time(),
        }),
        5 => Record::RoutingFact(fact(draw)),
        6 => Record::AttemptReport(AttemptReport {
            attempt: draw.attempt(),
            account: draw.name(AccountId::new),
            carrier: draw.name(CarrierName::new),
            outcome: outcome(draw),
            sent_at: draw.option(Draw::time),
            ended_at: draw.time(),
        }),
        7 => Record::ReceiptArrived(Box::new(receipt(draw))),
        8 => Record::ReplyArrived(Box::new(reply_arrived(draw))),
        9 => Record::Config(Box::new(ConfigRecord { offset: draw.long(), call: draw.octets(), change: change(draw) })),
        10 => Record::Tick(Tick),
        11 => Record::Owner(Owner { run: RunId::from_bytes(draw.octets()) }),
        12 => Record::SubmitOrder(Box::new(order(draw))),
        13 => Record::Journal(journal(draw)),
        14 => Record::ClientEvent(Box::new(ClientEvent {
            tenant: draw.name(TenantId::new),
            subscription: draw.name(SubscriptionId::new),
            shard: draw.short(),
            at: draw.time(),
            body: client_body(draw),
        })),
        15 => Record::CursorMoved(CursorMoved {
            tenant: draw.name(TenantId::new),
            subscription: draw.name(SubscriptionId::new),
            shard: draw.short(),
            offset: draw.long(),
            marks: draw.list(0, |draw| (source(draw), Position { offset: draw.long(), index: draw.int() })),
        }),
        16 => Record::Progress(Progress {
            service: draw.text(),
            partition: draw.short(),
            position: draw.long(),
            end: draw.long(),
            parked: draw.list(0, |draw| (draw.name(TenantId::new), draw.long())),
            at: draw.time(),
            config_offset: draw.long(),
        }),
        17 => Record::CancelRequested(CancelRequested {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            received_at: draw.time(),
        }),
        18 => Record::Recall(Recall { scope: scope(draw) }),
        19 => Record::CarrierRequest(Box::new(carrier_request(draw))),
        20 => Record::CarrierAnswer(carrier_answer(draw)),
        21 => Record::EditRequested(Box::new(EditRequested {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            edit: ContentHash::from_bytes(draw.octets()),
            text: draw.body(),
            received_at: draw.time(),
        })),
        22 => Record::HandsetAvailable(HandsetAvailable {
            carrier: draw.name(CarrierName::new),
            account: draw.name(AccountId::new),
            subscriber: draw.subscriber(),
            received_at: draw.time(),
        }),
        _ => Record::DeadLetter(Box::new(DeadLetter {
            topic: draw.text(),
            partition: draw.int(),
            offset: draw.long(),
            fault: draw.text(),
            header: draw.list(0, Draw::octet),
            value: draw.list(0, Draw::octet),
        })),
    }
}

fn source(draw: &mut Draw<'_>) -> Source {
    let (partition, id) = (volley_types::Partition(draw.short()), draw.long());
    draw.pick([
        Source::FrontDoor(id),
        Source::Routing(partition),
        Source::Correlation(partition),
        Source::ConfigFanout,
        Source::Egress(id),
        Source::Owner(id),
    ])
}
