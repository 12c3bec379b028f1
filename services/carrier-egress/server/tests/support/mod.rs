//! A simulated carrier, the embedded log, and egress between them. Routing is played by the test.

#![expect(dead_code, reason = "each test binary uses its own part of this module")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod slow_log;

use std::{path::Path, sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use volley_backbone::{Follower, ProcessorShell, Topics, ensure};
use volley_carrier_egress::{Config, start};
use volley_carrier_sim::{CarrierSim, CarrierSimHandle, SimConfig};
use volley_event_log::{
    EventLog, NewRecord, PartitionAppend, ReadLimit, Topic,
    embedded::{EmbeddedLog, EmbeddedOptions},
};
use volley_events::{
    AttemptOutcome, AttemptReport, ConfigChange, ConfigRecord, ReceiptArrived, Record, ReplyArrived, SegmentOctets,
    Settled, SubmitOrder,
    config::{AccountConfig, CarrierConfig, MessageIdForm},
};
use volley_numbers::CANONICALISATION_VERSION;
use volley_runtime::{App, Clock, Secret};
use volley_types::{
    AccountId, AttemptId, CarrierName, Country, DialAddress, MessageId, Npi, Partition, Position, Source, SpanMs,
    SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};
use volley_wire::{Header, topics};

pub use slow_log::SlowLog;

pub const PARTITIONS: u16 = 2;
/// How long anything may take that should happen at once.
pub const SOON: Duration = Duration::from_secs(20);
/// How long nothing must happen where nothing should.
pub const QUIET: Duration = Duration::from_millis(500);

pub fn carrier() -> CarrierName {
    CarrierName::new("acme").unwrap()
}

pub fn account() -> AccountId {
    AccountId::new("acme-1").unwrap()
}

/// A carrier with one account, quick receipts, and every message delivered.
pub fn sim_config() -> SimConfig {
    SimConfig {
        receipt_delay_ms: 20,
        rules_by_last_digits: false,
        ack_timeout_ms: 1_000,
        ..SimConfig::with_account("volley", "secret")
    }
}

/// What stays when egress is killed.
pub struct World {
    pub sim: CarrierSimHandle,
    pub log: Arc<SlowLog>,
    pub topics: Topics,
    dir: TempDir,
    app: Option<App>,
    ordered: u64,
}

impl World {
    /// Everything but egress.
    pub async fn new(sim: SimConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sim = CarrierSim::start(sim).await.unwrap();
        let embedded = EmbeddedLog::open(dir.path().join("log"), EmbeddedOptions::default())
            .await
            .unwrap();
        let log = Arc::new(SlowLog::new(Arc::new(embedded)));
        let topics = Topics::ensure(log.as_ref(), PARTITIONS).await.unwrap();
        for plan in topics::of_account(&account()).iter().chain([&topics::of_carrier(&carrier())]) {
            ensure(log.as_ref(), plan, PARTITIONS).await.unwrap();
        }
        let world = Self { sim, log, topics, dir, app: None, ordered: 0 };
        world
            .configure(ConfigChange::Carrier(CarrierConfig {
                carrier: carrier(),
                home: Country::new("RU").unwrap(),
                ids: MessageIdForm::Same,
            }))
            .await;
        world.configure(ConfigChange::Account(world.account_config())).await;
        world
    }

    /// Everything, with egress bound.
    pub async fn bound(sim: SimConfig) -> Self {
        let mut world = Self::new(sim).await;
        world.start_egress().await;
        world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
        world
    }

    pub fn account_config(&self) -> AccountConfig {
        AccountConfig {
            account: account(),
            carrier: carrier(),
            host: self.sim.addr().ip().to_string(),
            port: self.sim.addr().port(),
            system_id: "volley".to_owned(),
            binds: 1,
            window: 10,
            segments_per_second: 0,
            response_timeout: SpanMs::from_secs(30),
            closed: false,
        }
    }

    pub async fn configure(&self, change: ConfigChange) {
        let record = Record::Config(Box::new(ConfigRecord { offset: 0, call: [0; 16], change }));
        self.append(&self.topics.config, Partition(0), Source::FrontDoor(1), vec![record])
            .await;
    }

    pub async fn start_egress(&mut self) {
        self.start_egress_with(Config::default()).await;
    }

    pub async fn start_egress_with(&mut self, mut config: Config) {
        config
            .passwords
            .entry("acme-1".to_owned())
            .or_insert_with(|| Secret::new("secret"));
        config.state.dir = self.state_dir();
        let mut app = App::new();
        let log: Arc<dyn EventLog> = self.log.clone();
        let follower = Follower::start(log.as_ref(), &self.topics.config).await.unwrap();
        let shell = ProcessorShell {
            log,
            topics: self.topics.clone(),
            followed: follower.followed(),
            clock: Clock::system(),
            canonicalisation_version: CANONICALISATION_VERSION,
            atomic_appends: true,
        };
        app.spawn("config", |drain| async move {
            tokio::select! {
                () = drain.requested() => Ok(()),
                ended = follower.run(None) => Ok(ended?),
            }
        });
        start(&config, &shell, &mut app).unwrap();
        self.app = Some(app);
    }

    /// Ends egress as `kill -9` would: nothing is waited for.
    pub async fn kill_egress(&mut self) {
        drop(self.app.take());
        let closed = |world: &Self| world.sim.counters().binds_open == 0;
        self.until("the links to end", closed).await;
    }

    /// Ends egress in order.
    pub async fn drain_egress(&mut self) {
        if let Some(app) = self.app.take() {
            app.drain(SOON).await.unwrap();
        }
    }

    pub fn state_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    pub fn forget_state(&self) {
        std::fs::remove_dir_all(Path::new(&self.state_dir())).unwrap();
    }

    /// Puts orders into the lane of their class, as routing does.
    pub async fn order(&mut self, orders: Vec<SubmitOrder>) {
        for order in orders {
            let name = topics::egress(&account(), order.class.lane());
            let topic = self.log.find_topic(&name).await.unwrap().unwrap();
            let at = |offset| Position { offset, index: 0 };
            let predecessor = self.ordered.checked_sub(1).map(at);
            let now = Timestamp::from_micros(Clock::system().now_us());
            let header = Header::new(Source::Routing(Partition(0)), at(self.ordered), predecessor, now);
            let record = new_record(&header, &Record::SubmitOrder(Box::new(order)));
            let append = PartitionAppend { topic, partition: 0, records: vec![record] };
            self.log.append(vec![append]).await.unwrap();
            self.ordered += 1;
        }
    }

    pub async fn append(&self, topic: &Topic, partition: Partition, source: Source, records: Vec<Record>) {
        let now = Timestamp::from_micros(Clock::system().now_us());
        let header = Header::new(source, Position { offset: 0, index: 0 }, None, now);
        let records = records.iter().map(|record| new_record(&header, record)).collect();
        let append = PartitionAppend { topic: topic.clone(), partition: partition.0.into(), records };
        self.log.append(vec![append]).await.unwrap();
    }

    /// Everything on a topic, partition by partition.
    pub async fn records(&self, topic: &Topic) -> Vec<Record> {
        let mut found = Vec::new();
        for partition in 0..topic.partitions() {
            let bounds = self.log.bounds(topic, partition).await.unwrap();
            let mut reader = self.log.reader(topic, partition, bounds.start).unwrap();
            while reader.position() < bounds.end {
                for record in reader.next(ReadLimit::default()).await.unwrap() {
                    found.push(volley_wire::decode(&record.value).unwrap());
                }
            }
        }
        found
    }

    pub async fn reports(&self) -> Vec<AttemptReport> {
        let report = |record| if let Record::AttemptReport(report) = record { Some(report) } else { None };
        self.records(&self.topics.correlation_in)
            .await
            .into_iter()
            .filter_map(report)
            .collect()
    }

    pub async fn receipts(&self) -> Vec<ReceiptArrived> {
        let receipt = |record| if let Record::ReceiptArrived(receipt) = record { Some(*receipt) } else { None };
        self.records(&self.topics.correlation_in)
            .await
            .into_iter()
            .filter_map(receipt)
            .collect()
    }

    pub async fn replies(&self) -> Vec<ReplyArrived> {
        let reply = |record| if let Record::ReplyArrived(reply) = record { Some(*reply) } else { None };
        self.records(&self.topics.correlation_in)
            .await
            .into_iter()
            .filter_map(reply)
            .collect()
    }

    pub async fn settled(&self) -> Vec<Settled> {
        let settled = |record| {
            if let Record::Settlement(settlement) = record {
                settlement.settled
            } else {
                Vec::new()
            }
        };
        self.records(&self.topics.routing_in)
            .await
            .into_iter()
            .flat_map(settled)
            .collect()
    }

    /// Waits for so many of something on the log.
    pub async fn wait_for<T, F: Future<Output = Vec<T>>>(&self, count: usize, what: impl Fn() -> F) -> Vec<T> {
        let until = Instant::now() + SOON;
        loop {
            let found = what().await;
            if found.len() >= count {
                return found;
            }
            assert!(Instant::now() < until, "{} instead of {count} in time", found.len());
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let until = Instant::now() + SOON;
        while !condition(self) {
            assert!(Instant::now() < until, "not in time: {what}");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn new_record(header: &Header, record: &Record) -> NewRecord {
    NewRecord {
        key: None,
        header: header.encode().to_vec().into(),
        attributes: Vec::new(),
        value: volley_wire::encode(record, None),
    }
}

pub fn handset(number: u16) -> SubscriberId {
    SubscriberId::e164(79_140_000_000 + u64::from(number)).unwrap()
}

pub fn attempt(number: u16) -> AttemptId {
    let mut message = [0; 16];
    message[..2].copy_from_slice(&handset(number).partition(PARTITIONS).0.to_be_bytes());
    message[14..].copy_from_slice(&number.to_be_bytes());
    AttemptId { message: MessageId::from_bytes(message), number: 1 }
}

/// An alert to a handset of its own.
pub fn alert(number: u16) -> SubmitOrder {
    let now = Timestamp::from_micros(Clock::system().now_us());
    let digits = handset(number).as_e164().unwrap().to_string();
    SubmitOrder {
        attempt: attempt(number),
        tenant: TenantId::new("bank").unwrap(),
        class: TrafficClass::Transactional,
        subscriber: handset(number),
        source: DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap(),
        destination: DialAddress::new(&digits, Ton::INTERNATIONAL, Npi::ISDN).unwrap(),
        data_coding: 0,
        esm_class: 0,
        segments: vec![SegmentOctets::new(format!("alert {number}"))],
        parts: 1,
        send_before: now + SpanMs::from_secs(60),
        deadline: now + SpanMs::from_hours(1),
    }
}

pub fn alerts(numbers: std::ops::Range<u16>) -> Vec<SubmitOrder> {
    numbers.map(alert).collect()
}

pub fn is_submitted(report: &AttemptReport) -> bool {
    matches!(report.outcome, AttemptOutcome::Submitted { .. })
}
