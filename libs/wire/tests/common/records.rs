//! Records of every kind.

use volley_events::{
    Accepted, Allowance, Asked, AttemptOutcome, AttemptReport, CancelAnswered, CancelOutcome, CancelRequested,
    CarrierAnswer, CarrierOperation, CarrierRequest, CarrierSaid, ClientEvent, ClientEventBody, Closed, ConfigChange,
    ConfigRecord, ConsentAction, ConsentChanged, Considered, CursorMoved, DeadLetter, EditAnswered, EditForCarrier,
    EditOutcome, EditRequested, Evidence, HandsetAvailable, JournalEntry, JournalId, JournalIds, LaneEnd, LanesLost,
    NotSent, Origin, Owner, PartInfo, Planned, Progress, QueueReason, Queued, Recall, RecallScope, ReceiptArrived,
    ReceiptIds, ReceiptState, Record, RefusalClass, Reply, ReplyArrived, RequestConflict, RoutingFact, Run,
    SegmentOctets, SegmentState, Settled, SettledOutcome, Settlement, StatusChange, Submission, SubmitOrder,
    Substitution, Tick, Verdict, VoteVerdict,
    config::{
        AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, ConsentAnswers, InboundAddress,
        KeywordConfig, MessageIdForm, NumberConfig, PollConfig, RouteConfig, SkipConfig, SubscriptionConfig,
        TenantConfig,
    },
};
use volley_types::{
    AccountId, ArrivalId, CarrierName, ContentHash, Country, Keyword, NumberKind, PollId, Position, RunId, Source,
    SpanMs, SubscriptionId, TenantId, ThreadId,
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

fn carrier_request(draw: &mut Draw<'_>) -> CarrierRequest {
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

fn carrier_answer(draw: &mut Draw<'_>) -> CarrierAnswer {
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

fn edit_outcome(draw: &mut Draw<'_>) -> EditOutcome {
    use EditOutcome::{DoesNotFit, Edited, InTransit, NotSupported, Pending, ReplacedAtCarrier, TooLate};
    draw.pick([Edited, ReplacedAtCarrier, TooLate, NotSupported, DoesNotFit, InTransit, Pending])
}

fn scope(draw: &mut Draw<'_>) -> RecallScope {
    match draw.octet() % 3 {
        0 => RecallScope::Message(draw.message()),
        1 => RecallScope::OptOut {
            tenant: draw.name(TenantId::new),
            subscriber: draw.subscriber(),
            source: draw.address(),
        },
        _ => RecallScope::Tenant(draw.name(TenantId::new)),
    }
}

fn origin(draw: &mut Draw<'_>) -> Origin {
    match draw.flag() {
        true => Origin::Confirmation { arrival: ArrivalId::from_bytes(draw.octets()) },
        false => Origin::Client,
    }
}

fn consent(draw: &mut Draw<'_>) -> ConsentAction {
    draw.pick([ConsentAction::OptOut, ConsentAction::OptOutLikely, ConsentAction::OptIn, ConsentAction::Help])
}

fn refusal(draw: &mut Draw<'_>) -> RefusalClass {
    use RefusalClass::{ConfigError, Permanent, Rebind, RetryOtherRoute, RetrySameRoute, Throttle};
    draw.pick([Throttle, RetrySameRoute, RetryOtherRoute, Permanent, Rebind, ConfigError])
}

fn not_sent(draw: &mut Draw<'_>) -> NotSent {
    draw.pick([NotSent::NoBind, NotSent::TooLate])
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

fn submission(draw: &mut Draw<'_>) -> Submission {
    Submission {
        message: draw.message(),
        tenant: draw.name(TenantId::new),
        request: draw.request(),
        content: ContentHash::from_bytes(draw.octets()),
        sender: draw.number(),
        subscriber: draw.subscriber(),
        text: draw.body(),
        class: draw.class(),
        deadline: draw.time(),
        config_offset: draw.long(),
        received_at: draw.time(),
        origin: origin(draw),
        in_order: draw.flag(),
        send_at: draw.option(Draw::time),
        verbatim: draw.flag(),
    }
}

fn settled(draw: &mut Draw<'_>) -> Settled {
    let refused = SettledOutcome::Refused { status: draw.int(), class: refusal(draw) };
    let not_sent = SettledOutcome::NotSent(not_sent(draw));
    let outcome = draw.pick([
        SettledOutcome::Submitted,
        refused,
        SettledOutcome::Ambiguous,
        not_sent,
        SettledOutcome::Recalled,
        SettledOutcome::TooLate,
    ]);
    Settled { attempt: draw.attempt(), outcome }
}

fn outcome(draw: &mut Draw<'_>) -> AttemptOutcome {
    match draw.octet() % 5 {
        0 => AttemptOutcome::Submitted { ids: draw.carrier_ids() },
        1 => AttemptOutcome::Refused { status: draw.int(), class: refusal(draw), ids: draw.carrier_ids() },
        2 => AttemptOutcome::Ambiguous { ids: draw.carrier_ids() },
        3 => AttemptOutcome::NotSent(not_sent(draw)),
        _ => AttemptOutcome::Recalled,
    }
}

fn planned(draw: &mut Draw<'_>) -> Planned {
    Planned {
        attempt: draw.attempt(),
        account: draw.name(AccountId::new),
        carrier: draw.name(CarrierName::new),
        lane: draw.lane(),
        segments: draw.octet(),
        data_coding: draw.octet(),
        send_before: draw.time(),
        route_prefix: draw.text(),
        others: draw.list(0, |draw| Considered { account: draw.name(AccountId::new), because: draw.text() }),
        submits: draw.octet(),
        substitutions: draw.list(0, |draw| Substitution { from: draw.text(), to: draw.text(), count: draw.int() }),
    }
}

fn queued(draw: &mut Draw<'_>) -> Queued {
    Queued {
        message: draw.message(),
        reason: draw.pick([
            QueueReason::NoAllowance,
            QueueReason::BackOff,
            QueueReason::Configuration,
            QueueReason::Paused,
            QueueReason::Order,
            QueueReason::Schedule,
        ]),
        until: draw.option(Draw::time),
    }
}

fn closed(draw: &mut Draw<'_>) -> Closed {
    Closed {
        message: draw.message(),
        state: draw.final_state(),
        reason: draw.reason(),
        carrier_status: draw.option(Draw::int),
    }
}

fn fact(draw: &mut Draw<'_>) -> RoutingFact {
    match draw.octet() % 9 {
        0 => RoutingFact::Accepted(Box::new(Accepted {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            request: draw.request(),
            sender: draw.number(),
            subscriber: draw.subscriber(),
            class: draw.class(),
            deadline: draw.time(),
            received_at: draw.time(),
            accepted_at: draw.time(),
            origin: origin(draw),
            verdict: match draw.octet() % 3 {
                0 => Verdict::Planned(planned(draw)),
                1 => Verdict::Queued(queued(draw)),
                _ => Verdict::Closed(closed(draw)),
            },
        })),
        1 => RoutingFact::Planned(planned(draw)),
        2 => RoutingFact::Queued(queued(draw)),
        3 => RoutingFact::Closed(closed(draw)),
        4 => RoutingFact::AttemptLost(draw.attempt()),
        5 => RoutingFact::CancelAnswered(CancelAnswered {
            message: draw.message(),
            outcome: draw.pick([
                CancelOutcome::Scheduled,
                CancelOutcome::Queued,
                CancelOutcome::TooLate,
                CancelOutcome::CancelledAtCarrier,
                CancelOutcome::Pending,
            ]),
        }),
        6 => RoutingFact::EditForCarrier(Box::new(EditForCarrier {
            message: draw.message(),
            edit: ContentHash::from_bytes(draw.octets()),
            text: draw.body(),
        })),
        7 => RoutingFact::EditAnswered(EditAnswered {
            message: draw.message(),
            edit: ContentHash::from_bytes(draw.octets()),
            outcome: edit_outcome(draw),
        }),
        _ => RoutingFact::RequestConflict(RequestConflict {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            request: draw.request(),
        }),
    }
}

fn receipt(draw: &mut Draw<'_>) -> ReceiptArrived {
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

fn reply_arrived(draw: &mut Draw<'_>) -> ReplyArrived {
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

fn order(draw: &mut Draw<'_>) -> SubmitOrder {
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

fn journal(draw: &mut Draw<'_>) -> JournalEntry {
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
    })
}

fn client_body(draw: &mut Draw<'_>) -> ClientEventBody {
    match draw.octet() % 3 {
        0 => ClientEventBody::Status(StatusChange {
            message: draw.message(),
            request: draw.request(),
            sender: draw.number(),
            subscriber: draw.subscriber(),
            class: draw.class(),
            state: draw.state(),
            reason: draw.reason(),
            corrects: draw.option(Draw::final_state),
            segments: draw.octet(),
            attempts: draw.short(),
            ambiguous: draw.flag(),
            carrier_status: draw.option(Draw::int),
            carrier_error: draw.option(Draw::text),
            error_code: draw.option(Draw::error_code),
            inferred: draw.flag(),
        }),
        1 => ClientEventBody::Reply(Box::new(reply(draw))),
        _ => ClientEventBody::RequestConflict { message: draw.message(), request: draw.request() },
    }
}

fn reply(draw: &mut Draw<'_>) -> Reply {
    use Evidence::{ConsentWord, LatestMessage, NumberDefault};
    Reply {
        arrival: ArrivalId::from_bytes(draw.octets()),
        thread: ThreadId::from_bytes(draw.octets()),
        number: draw.number(),
        subscriber: draw.subscriber(),
        text: draw.body(),
        received_at: draw.time(),
        answers: draw.option(|draw| (draw.message(), draw.request())),
        evidence: draw.pick([ConsentWord, Evidence::Keyword, LatestMessage, NumberDefault]),
        confidence: draw.octet(),
        candidates: draw.list(0, Draw::message),
        keyword: draw.option(|draw| draw.name(Keyword::new)),
        consent: draw.option(consent),
        vote: draw.option(|draw| {
            let verdict = draw.pick([VoteVerdict::Counted, VoteVerdict::Repeated, VoteVerdict::Late]);
            (draw.name(PollId::new), verdict)
        }),
        incomplete: draw.flag(),
        possible_repeat: draw.flag(),
        flagged: draw.flag(),
    }
}

fn change(draw: &mut Draw<'_>) -> ConfigChange {
    match draw.octet() % 11 {
        10 => ConfigChange::CarrierProfile(CarrierProfileConfig {
            carrier: draw.name(CarrierName::new),
            profile: draw.text(),
        }),
        0 => ConfigChange::Tenant(TenantConfig {
            tenant: draw.name(TenantId::new),
            display_name: draw.text(),
            suspended: draw.flag(),
            clear_numbers: draw.flag(),
            paused: draw.flag(),
            verbatim: draw.flag(),
        }),
        1 => ConfigChange::ApiKey(ApiKeyConfig {
            key_id: draw.text(),
            tenant: draw.name(TenantId::new),
            hash: draw.octets(),
            label: draw.text(),
            revoked: draw.flag(),
        }),
        2 => ConfigChange::Number(number(draw)),
        3 => ConfigChange::Keyword(KeywordConfig {
            number: draw.number(),
            keyword: draw.name(Keyword::new),
            tenant: draw.name(TenantId::new),
            poll: draw.option(|draw| draw.name(PollId::new)),
            released: draw.flag(),
        }),
        4 => ConfigChange::Carrier(CarrierConfig {
            carrier: draw.name(CarrierName::new),
            home: Country::new(draw.pick(["KR", "RU", "GB"])).unwrap(),
            ids: draw.pick([MessageIdForm::Same, MessageIdForm::HexThenDecimal, MessageIdForm::DecimalThenHex]),
        }),
        5 => ConfigChange::Account(AccountConfig {
            account: draw.name(AccountId::new),
            carrier: draw.name(CarrierName::new),
            host: draw.text(),
            port: draw.short(),
            system_id: draw.text(),
            binds: draw.short(),
            window: draw.short(),
            segments_per_second: draw.int(),
            response_timeout: SpanMs::from_millis(draw.long()),
            closed: draw.flag(),
        }),
        6 => ConfigChange::Route(RouteConfig {
            prefix: draw.text(),
            accounts: draw.list(0, |draw| draw.name(AccountId::new)),
        }),
        7 => ConfigChange::Poll(PollConfig {
            poll: draw.name(PollId::new),
            tenant: draw.name(TenantId::new),
            number: draw.number(),
            closes_at: draw.time(),
        }),
        8 => ConfigChange::Subscription(SubscriptionConfig {
            tenant: draw.name(TenantId::new),
            subscription: draw.name(SubscriptionId::new),
            shards: draw.short(),
        }),
        _ => ConfigChange::Skip(SkipConfig { topic: draw.text(), partition: draw.int(), offset: draw.long() }),
    }
}

fn number(draw: &mut Draw<'_>) -> NumberConfig {
    use NumberKind::{Alphanumeric, LongCode, ShortCode, Standard};
    NumberConfig {
        number: draw.number(),
        kind: draw.pick([ShortCode, LongCode, Standard, Alphanumeric]),
        dial: draw.address(),
        tenants: draw.list(0, |draw| draw.name(TenantId::new)),
        default_owner: draw.option(|draw| draw.name(TenantId::new)),
        inbound: draw.list(0, |draw| InboundAddress { account: draw.name(AccountId::new), digits: draw.text() }),
        languages: draw.list(0, Draw::text),
        answers: ConsentAnswers { stop: draw.text(), start: draw.text(), help: draw.text() },
        retired: draw.flag(),
    }
}
