//! The service on the embedded log: records in, records out, questions answered, and all of it again after a restart.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{path::Path, sync::Arc, time::Duration};

use prost::Message;
use tempfile::TempDir;
use tonic::{Code, Request};
use volley_backbone::{ProcessorShell, StateConfig};
use volley_event_log::{
    EventLog, NewRecord, PartitionAppend, ReadLimit, Record as LogRecord, Topic,
    embedded::{EmbeddedLog, EmbeddedOptions},
};
use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CarrierMessageId, ClientEventBody, ConfigChange, ConfigRecord, Origin,
    Planned, ReceiptArrived, ReceiptState, Record, ReplyArrived, RoutingFact, Verdict,
    config::{AccountConfig, CarrierConfig, ConsentAnswers, InboundAddress, MessageIdForm, NumberConfig, TenantConfig},
};
use volley_mo_correlation::{Config, Handle, start};
use volley_runtime::{App, Secret};
use volley_types::{
    AccountId, ArrivalId, AttemptId, Body, CarrierName, Country, DialAddress, FinalState, Lane, MessageId,
    MessageState, Npi, NumberId, NumberKind, Partition, Position, RequestId, Source, SpanMs, SubscriberId,
    SubscriptionId, TenantId, Timestamp, Ton, TrafficClass,
};
use volley_wire::{
    Header,
    proto::{
        events::v1::PublicEvent,
        query::v1::{GetMessageRequest, ListThreadsRequest, query_service_server::QueryService},
    },
    topics::inbox_partition,
};

const PARTITIONS: u16 = 2;
const PATIENCE: Duration = Duration::from_secs(60);

/// A service on a log in a directory that outlives it.
struct World {
    log: Arc<dyn EventLog>,
    shell: ProcessorShell,
    app: App,
    handle: Handle,
}

impl World {
    async fn start(dir: &Path) -> Self {
        let log = EmbeddedLog::open(dir.join("log"), EmbeddedOptions::default()).await.unwrap();
        let log: Arc<dyn EventLog> = Arc::new(log);
        let mut app = App::new();
        let shell = ProcessorShell::on_log(Arc::clone(&log), PARTITIONS, true, &mut app)
            .await
            .unwrap();
        let config = Config {
            event_key: Secret::new("a key of the test"),
            state: StateConfig { dir: dir.join("state"), ..StateConfig::default() },
            ..Config::default()
        };
        let handle = start(&config, &shell, &mut app).unwrap();
        Self { log, shell, app, handle }
    }

    async fn stop(self) {
        self.app.drain(PATIENCE).await.unwrap();
        self.log.close().await.unwrap();
    }

    async fn tell(&self, header: Header, record: Record) {
        let record = NewRecord {
            header: header.encode().to_vec().into(),
            value: volley_wire::encode(&record, None),
            ..NewRecord::default()
        };
        let partition = u32::from(partition().0);
        let append = PartitionAppend {
            topic: self.shell.topics.correlation_in.clone(),
            partition,
            records: vec![record],
        };
        self.log.append(vec![append]).await.unwrap();
    }

    /// As egress would, which has no chain.
    async fn egress_says(&self, record: Record) {
        let position = Position { offset: 0, index: 0 };
        self.tell(Header::new(Source::Egress(1), position, None, now()), record).await;
    }

    /// The next `count` records of a partition, from the first.
    async fn read(&self, topic: &Topic, partition: u32, count: usize) -> Vec<LogRecord> {
        let mut reader = self.log.reader(topic, partition, 0).unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let more = tokio::time::timeout(PATIENCE, reader.next(ReadLimit::default())).await;
            records.extend(
                more.unwrap_or_else(|_| panic!("{topic} has only {} records", records.len()))
                    .unwrap(),
            );
        }
        records
    }

    async fn inbox(&self, count: usize) -> Vec<ClientEventBody> {
        let subscription = SubscriptionId::new("default").unwrap();
        let partition = inbox_partition(&bank(), &subscription, 0, u32::from(PARTITIONS));
        let records = self.read(&self.shell.topics.inbox, partition, count).await;
        records
            .iter()
            .map(|record| match volley_wire::decode(&record.value).unwrap() {
                Record::ClientEvent(event) => event.body,
                other => panic!("{other:?} on inbox"),
            })
            .collect()
    }
}

fn now() -> Timestamp {
    let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap())
}

fn bank() -> TenantId {
    TenantId::new("bank").unwrap()
}

fn number() -> NumberId {
    NumberId::new("KR:4565").unwrap()
}

fn account() -> AccountId {
    AccountId::new("skt-1").unwrap()
}

fn carrier() -> CarrierName {
    CarrierName::new("skt").unwrap()
}

fn handset() -> SubscriberId {
    SubscriberId::e164(821_012_345_678).unwrap()
}

fn partition() -> Partition {
    handset().partition(PARTITIONS)
}

fn message() -> MessageId {
    MessageId::derive(partition(), &bank(), &RequestId::new("alert").unwrap(), &handset())
}

fn configuration() -> Vec<ConfigChange> {
    vec![
        ConfigChange::Carrier(CarrierConfig {
            carrier: carrier(),
            home: Country::new("KR").unwrap(),
            ids: MessageIdForm::Same,
        }),
        ConfigChange::Account(AccountConfig {
            account: account(),
            carrier: carrier(),
            host: "127.0.0.1".to_owned(),
            port: 2775,
            system_id: "volley".to_owned(),
            binds: 1,
            window: 10,
            segments_per_second: 0,
            response_timeout: SpanMs::from_secs(10),
            closed: false,
        }),
        ConfigChange::Tenant(TenantConfig {
            tenant: bank(),
            display_name: "Bank".to_owned(),
            suspended: false,
            clear_numbers: false,
            paused: false,
            verbatim: false,
        }),
        ConfigChange::Number(NumberConfig {
            number: number(),
            kind: NumberKind::ShortCode,
            dial: DialAddress::new("4565", Ton::UNKNOWN, Npi::UNKNOWN).unwrap(),
            tenants: vec![bank()],
            default_owner: Some(bank()),
            inbound: vec![InboundAddress { account: account(), digits: "4565".to_owned() }],
            languages: Vec::new(),
            answers: ConsentAnswers { stop: "Stopped.".to_owned(), ..ConsentAnswers::default() },
            retired: false,
        }),
    ]
}

fn accepted() -> Accepted {
    let attempt = AttemptId { message: message(), number: 1 };
    let planned = Planned {
        attempt,
        account: account(),
        carrier: carrier(),
        lane: Lane::Normal,
        segments: 1,
        data_coding: 0,
        send_before: now() + SpanMs::from_secs(60),
        route_prefix: String::new(),
        others: Vec::new(),
        submits: 1,
        substitutions: Vec::new(),
    };
    Accepted {
        message: message(),
        tenant: bank(),
        request: RequestId::new("alert").unwrap(),
        sender: number(),
        subscriber: handset(),
        class: TrafficClass::Transactional,
        deadline: now() + SpanMs::from_hours(24),
        received_at: now(),
        accepted_at: now(),
        origin: Origin::Client,
        verdict: Verdict::Planned(planned),
    }
}

fn submitted() -> Record {
    Record::AttemptReport(AttemptReport {
        attempt: AttemptId { message: message(), number: 1 },
        account: account(),
        carrier: carrier(),
        outcome: AttemptOutcome::Submitted { ids: vec![CarrierMessageId::new("7")] },
        sent_at: Some(now()),
        ended_at: now(),
    })
}

fn delivered() -> Record {
    Record::ReceiptArrived(Box::new(ReceiptArrived {
        arrival: ArrivalId::from_bytes([1; 16]),
        carrier: carrier(),
        account: account(),
        carrier_message_id: CarrierMessageId::new("7"),
        attempt: None,
        subscriber: handset(),
        state: ReceiptState::Delivered,
        error: None,
        done_at: None,
        received_at: now(),
        raw: Body::default(),
    }))
}

fn reply(arrival: u8, text: &str) -> Record {
    Record::ReplyArrived(Box::new(ReplyArrived {
        arrival: ArrivalId::from_bytes([arrival; 16]),
        carrier: carrier(),
        account: account(),
        subscriber: handset(),
        source: DialAddress::new("01012345678", Ton::NATIONAL, Npi::ISDN).unwrap(),
        destination: DialAddress::new("4565", Ton::UNKNOWN, Npi::UNKNOWN).unwrap(),
        data_coding: 1,
        esm_class: 0,
        octets: Body::plain(text),
        part: None,
        received_at: now(),
        possible_repeat: false,
    }))
}

async fn configure(world: &World) {
    for (offset, change) in (0..).zip(configuration()) {
        let at = |offset| Position { offset, index: 0 };
        let header = Header::new(Source::ConfigFanout, at(offset), offset.checked_sub(1).map(at), now());
        world
            .tell(header, Record::Config(Box::new(ConfigRecord { offset, call: [0; 16], change })))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_its_receipt_and_a_stop_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let world = World::start(dir.path()).await;
    configure(&world).await;
    let first = Position { offset: 0, index: 0 };
    let header = Header::new(Source::Routing(partition()), first, None, now());
    world
        .tell(header, Record::RoutingFact(RoutingFact::Accepted(Box::new(accepted()))))
        .await;
    world.egress_says(delivered()).await;
    world.egress_says(submitted()).await;

    let states = world.inbox(2).await.into_iter().map(|body| match body {
        ClientEventBody::Status(change) => change.state,
        other => panic!("{other:?}"),
    });
    let told: Vec<_> = states.collect();
    assert_eq!(told, [MessageState::Submitted, MessageState::Final(FinalState::Delivered)]);

    let events = world.read(&world.shell.topics.events, u32::from(partition().0), 4).await;
    let rows: Vec<_> = events
        .iter()
        .map(|event| PublicEvent::decode(event.value.clone()).unwrap())
        .collect();
    let types: Vec<_> = rows.iter().map(|row| row.r#type.as_str()).collect();
    assert_eq!(types, ["message.accepted", "message.routed", "message.submitted", "message.closed"]);
    assert!(rows.iter().all(|row| row.subscriber.len() == 32), "handsets are hashed");
    let id = events[3].attributes.iter().find(|attribute| attribute.name == "ce_id").unwrap();
    assert_eq!(id.value, rows[3].event_id.as_bytes());
    world.stop().await;

    let world = World::start(dir.path()).await;
    world.egress_says(reply(2, "STOP")).await;
    let ClientEventBody::Reply(stop) = world.inbox(3).await.remove(2) else {
        panic!("no reply")
    };
    assert_eq!(stop.answers, Some((message(), RequestId::new("alert").unwrap())));
    let orders = world.read(&world.shell.topics.routing_in, u32::from(partition().0), 2).await;
    assert!(matches!(volley_wire::decode(&orders[0].value).unwrap(), Record::ConsentChanged(_)));
    let Record::Submission(answer) = volley_wire::decode(&orders[1].value).unwrap() else {
        panic!("no answer")
    };
    assert_eq!(answer.origin, Origin::Confirmation { arrival: stop.arrival });
    let header = Header::decode(&orders[1].header).unwrap();
    assert_eq!(header.source, Source::Correlation(partition()));
    assert_eq!(header.predecessor, Some(Header::decode(&orders[0].header).unwrap().position));

    answers_questions(&world).await;
    world.stop().await;
}

async fn answers_questions(world: &World) {
    let queries = world.handle.query_service();
    let asked = |id: MessageId| Request::new(GetMessageRequest { message_id: id.to_bytes().to_vec().into() });
    let answer = queries.get_message(asked(message())).await.unwrap().into_inner();
    let status = answer.status.unwrap();
    assert_eq!((answer.tenant.as_str(), status.request_id.as_str()), ("bank", "alert"));
    let nowhere = MessageId::derive(partition(), &bank(), &RequestId::new("other").unwrap(), &handset());
    assert_eq!(queries.get_message(asked(nowhere)).await.unwrap_err().code(), Code::NotFound);
    let elsewhere = MessageId::from_bytes([0xff; 16]);
    assert_eq!(queries.get_message(asked(elsewhere)).await.unwrap_err().code(), Code::FailedPrecondition);

    let request = |limit| ListThreadsRequest { partition: partition().0.into(), tenant: String::new(), limit };
    let threads = queries
        .list_threads(Request::new(request(10)))
        .await
        .unwrap()
        .into_inner()
        .threads;
    assert_eq!((threads.len(), threads[0].subscriber.as_str(), threads[0].received), (1, "678", 1));
    assert_eq!(queries.list_threads(Request::new(request(0))).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn without_a_key_for_handsets_it_does_not_start() {
    let dir = TempDir::new().unwrap();
    let log = EmbeddedLog::open(dir.path(), EmbeddedOptions::default()).await.unwrap();
    let mut app = App::new();
    let shell = ProcessorShell::on_log(Arc::new(log), PARTITIONS, true, &mut app).await.unwrap();
    let refused = start(&Config::default(), &shell, &mut app).unwrap_err();
    assert!(refused.to_string().starts_with("event_key is not set"), "{refused}");
}
