//! The service on an embedded log that may be away.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use volley_backbone::{ProcessorShell, StateConfig, ensure};
use volley_event_log::{
    EventLog, NewRecord, PartitionAppend, ReadLimit, Record as LogRecord, Topic,
    embedded::{EmbeddedLog, EmbeddedOptions},
    moody::MoodyLog,
};
use volley_events::{
    Allowance, ConfigChange, ConfigRecord, Origin, Record, Submission,
    config::{AccountConfig, CarrierConfig, ConsentAnswers, MessageIdForm, NumberConfig, RouteConfig, TenantConfig},
};
use volley_routing::{Config, start};
use volley_runtime::{App, health::ComponentHealth};
use volley_types::{
    AccountId, Body, CarrierName, ContentHash, Country, DialAddress, Lane, MessageId, Npi, NumberId, NumberKind,
    Partition, Position, RequestId, Source, SpanMs, SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};
use volley_wire::{Header, topics};

/// Partitions of the subscriber topics.
pub const PARTITIONS: u16 = 2;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running service, and the log it runs on.
pub struct World {
    pub app: App,
    pub log: Arc<MoodyLog>,
    pub shell: ProcessorShell,
    _dir: TempDir,
}

impl World {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let embedded = EmbeddedLog::open(dir.path().join("log"), EmbeddedOptions::default()).await;
        let log = MoodyLog::new(Arc::new(embedded.unwrap()));
        let mut app = App::new();
        let shell = ProcessorShell::on_log(Arc::clone(&log) as _, PARTITIONS, true, &mut app)
            .await
            .unwrap();
        for plan in topics::of_account(&account()) {
            ensure(log.as_ref(), &plan, PARTITIONS).await.unwrap();
        }
        let state = StateConfig { dir: dir.path().join("state"), ..StateConfig::default() };
        start(&Config { state, ..Config::default() }, &shell, &mut app).unwrap();
        Self { app, log, shell, _dir: dir }
    }

    /// Configures a tenant with a number, a carrier with an account, and the way there.
    pub async fn provision(&self) {
        for change in provisioning() {
            self.configure(change).await;
        }
    }

    pub async fn configure(&self, change: ConfigChange) {
        let record = Record::Config(Box::new(ConfigRecord { offset: 0, call: [0; 16], change }));
        self.append(&self.shell.topics.config, 0, &record).await;
    }

    /// Appends a record of a source that has no chain.
    pub async fn append(&self, topic: &Topic, partition: u32, record: &Record) {
        let header = Header::new(Source::FrontDoor(1), Position { offset: 0, index: 0 }, None, now());
        let record = NewRecord {
            header: header.encode().to_vec().into(),
            value: volley_wire::encode(record, None),
            ..NewRecord::default()
        };
        let append = PartitionAppend { topic: topic.clone(), partition, records: vec![record] };
        self.log.append(vec![append]).await.unwrap();
    }

    /// Tells the partition of the handset of the tests.
    pub async fn tell(&self, record: &Record) {
        let partition = u32::from(handset().partition(PARTITIONS).0);
        self.append(&self.shell.topics.routing_in, partition, record).await;
    }

    /// What comes on a partition of a topic, from its first record on, until something is found in it.
    pub async fn find<T>(&self, topic: &Topic, partition: u32, mut look: impl FnMut(Record) -> Option<T>) -> T {
        let mut reader = self.log.reader(topic, partition, 0).unwrap();
        let search = async {
            loop {
                for record in reader.next(ReadLimit::default()).await.unwrap() {
                    if let Some(found) = look(volley_wire::decode(&record.value).unwrap()) {
                        return found;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("it does not come on {topic}"))
    }

    /// The first records of a partition, as they lie there.
    pub async fn log_records(&self, topic: &Topic, partition: u32, count: usize) -> Vec<LogRecord> {
        let mut reader = self.log.reader(topic, partition, 0).unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let more = tokio::time::timeout(PATIENCE, reader.next(ReadLimit::default())).await;
            records.extend(more.unwrap_or_else(|_| panic!("it does not come on {topic}")).unwrap());
        }
        records
    }

    /// The topic of recalls.
    pub async fn recall(&self) -> Topic {
        self.log.find_topic(topics::RECALL).await.unwrap().unwrap()
    }

    /// Waits until a component is as wanted.
    pub async fn until(&self, component: &str, wanted: impl Fn(&ComponentHealth) -> bool) {
        let waiting = async {
            while !self.app.health().readiness().components.get(component).is_some_and(&wanted) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("{component}: {:?}", self.app.health().readiness()));
    }
}

pub fn now() -> Timestamp {
    Timestamp::from_micros(volley_runtime::Clock::system().now_us())
}

pub fn account() -> AccountId {
    AccountId::new("main").unwrap()
}

pub fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub fn handset() -> SubscriberId {
    SubscriberId::e164(821_012_345_678).unwrap()
}

pub fn tenant_config(name: &str) -> ConfigChange {
    ConfigChange::Tenant(TenantConfig {
        tenant: TenantId::new(name).unwrap(),
        display_name: name.to_owned(),
        suspended: false,
        clear_numbers: false,
        paused: false,
        verbatim: false,
    })
}

fn provisioning() -> Vec<ConfigChange> {
    let carrier = CarrierName::new("skt").unwrap();
    vec![
        tenant_config("acme"),
        ConfigChange::Carrier(CarrierConfig {
            carrier: carrier.clone(),
            home: Country::new("KR").unwrap(),
            ids: MessageIdForm::Same,
        }),
        ConfigChange::Account(AccountConfig {
            account: account(),
            carrier,
            host: "127.0.0.1".into(),
            port: 2775,
            system_id: "volley".into(),
            binds: 1,
            window: 10,
            segments_per_second: 0,
            response_timeout: SpanMs::from_secs(30),
            closed: false,
        }),
        ConfigChange::Route(RouteConfig { prefix: String::new(), accounts: vec![account()] }),
        ConfigChange::Number(NumberConfig {
            number: NumberId::new("KR:4565").unwrap(),
            kind: NumberKind::ShortCode,
            dial: DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap(),
            tenants: vec![tenant()],
            default_owner: None,
            inbound: vec![],
            languages: vec![],
            answers: ConsentAnswers::default(),
            retired: false,
        }),
    ]
}

pub fn submission(request: &str) -> Submission {
    let request = RequestId::new(request).unwrap();
    Submission {
        message: MessageId::derive(handset().partition(PARTITIONS), &tenant(), &request, &handset()),
        tenant: tenant(),
        request,
        content: ContentHash::of(&[b"hello"]),
        sender: NumberId::new("KR:4565").unwrap(),
        subscriber: handset(),
        text: Body::plain("hello"),
        class: TrafficClass::Transactional,
        deadline: now() + SpanMs::from_hours(1),
        // As many as `provision` writes: routing may not have them yet.
        config_offset: 5,
        received_at: now(),
        origin: Origin::Client,
        in_order: false,
        send_at: None,
        verbatim: false,
    }
}

pub fn allowance(allowed: u32) -> Record {
    let revision = u64::from(allowed) + 1;
    Record::Allowance(Allowance { account: account(), lane: Lane::Normal, run: 1, revision, allowed })
}

/// The partition of the handset of the tests.
pub fn partition() -> Partition {
    handset().partition(PARTITIONS)
}
