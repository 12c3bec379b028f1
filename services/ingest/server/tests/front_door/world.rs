//! A front door on a port of its own, with two tenants behind it.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use tonic::{
    IntoRequest, Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use volley_backbone::{Follower, Topics};
use volley_event_log::{
    EventLog, NewRecord, PartitionAppend, ReadLimit, Record as LogRecord, Topic,
    embedded::{EmbeddedLog, EmbeddedOptions},
    moody::MoodyLog,
};
use volley_events::Record;
use volley_ingest::{AdmissionConfig, Config, Parts, start};
use volley_ingest_core::hash_of_key;
use volley_runtime::{App, Clock};
use volley_types::{MessageId, Position, Source, Timestamp};
use volley_wire::{
    Header, decode, encode,
    proto::{
        admin::v1::{
            CreateApiKeyRequest, InboundAddress, NumberKind, PutAccountRequest, PutCarrierRequest, PutNumberRequest,
            PutTenantRequest, admin_service_client::AdminServiceClient, operator_service_client::OperatorServiceClient,
        },
        messaging::v1::{
            SendBatchRequest, SendMessageRequest, SendMessageResponse, SendMessagesResponse, TrafficClass,
            messaging_service_client::MessagingServiceClient,
        },
    },
};

use crate::queries::ToldQueries;

/// Partitions of the subscriber topics.
pub const PARTITIONS: u16 = 4;

/// How long a test waits for what must come.
pub const SOON: Duration = Duration::from_secs(20);

/// The operator's key.
pub const OPERATOR: &str = "operator-key";

pub type Keyed = InterceptedService<Channel, Key>;

/// Shows a key with every call.
#[derive(Clone)]
pub struct Key(pub String);

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let bearer = format!("Bearer {}", self.0).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }
}

/// The front door, and what a test needs to look behind it.
pub struct World {
    pub app: App,
    pub log: Arc<MoodyLog>,
    pub topics: Topics,
    pub queries: Arc<ToldQueries>,
    pub channel: Channel,
    /// Where the front door listens, as a URI.
    pub uri: String,
    /// The key of tenant `acme`, who sends from KR:4565.
    pub acme: String,
    /// The key of tenant `globex`, who sends from KR:7777.
    pub globex: String,
    _directory: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::with(unbounded_silence()).await
    }

    pub async fn with(admission: AdmissionConfig) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let embedded = EmbeddedLog::open(directory.path(), EmbeddedOptions::default()).await.unwrap();
        let log = MoodyLog::new(Arc::new(embedded));
        let topics = Topics::ensure(log.as_ref(), PARTITIONS).await.unwrap();
        let follower = Follower::start(log.as_ref(), &topics.config).await.unwrap();
        let followed = follower.followed();
        let mut app = App::new();
        app.spawn("config", |drain| async move {
            tokio::select! {
                () = drain.requested() => Ok(()),
                ended = follower.run(None) => Ok(ended?),
            }
        });
        let queries = ToldQueries::new();
        let parts = Parts {
            log: Arc::clone(&log) as Arc<dyn EventLog>,
            topics: topics.clone(),
            followed,
            clock: Clock::system(),
            queries: Arc::clone(&queries) as _,
            operator_key: Some(hash_of_key(OPERATOR)),
        };
        let mut config = Config { admission, ..Config::default() };
        config.grpc.listen.set_port(0);
        let handle = start(&config, parts, &mut app).await.unwrap();
        let uri = format!("http://{}", handle.address);
        let channel = Endpoint::from_shared(uri.clone()).unwrap().connect_lazy();
        let (acme, globex) = (String::new(), String::new());
        let mut world = Self { app, log, topics, queries, channel, uri, acme, globex, _directory: directory };
        world.provision().await;
        world
    }

    async fn provision(&mut self) {
        let mut admin = self.admin();
        let (carrier, home) = ("skt".to_owned(), "KR".to_owned());
        admin
            .put_carrier(PutCarrierRequest { carrier, home, id_form: 0 })
            .await
            .unwrap();
        admin.put_account(account("main")).await.unwrap();
        for (tenant, digits) in [("acme", "4565"), ("globex", "7777")] {
            admin
                .put_tenant(PutTenantRequest { tenant: tenant.into(), ..Default::default() })
                .await
                .unwrap();
            admin.put_number(number(digits, tenant)).await.unwrap();
        }
        self.acme = self.new_key("acme").await;
        self.globex = self.new_key("globex").await;
    }

    pub async fn new_key(&self, tenant: &str) -> String {
        let asked = CreateApiKeyRequest { tenant: tenant.into(), label: "test".into() };
        self.admin().create_api_key(asked).await.unwrap().into_inner().api_key
    }

    pub fn messaging(&self, key: &str) -> MessagingServiceClient<Keyed> {
        MessagingServiceClient::with_interceptor(self.channel.clone(), Key(key.to_owned()))
    }

    /// Sends a message of tenant `acme`, which is accepted.
    pub async fn accept(&self, message: impl IntoRequest<SendMessageRequest>) -> SendMessageResponse {
        self.messaging(&self.acme).send_message(message).await.unwrap().into_inner()
    }

    /// Sends a batch of tenant `acme`: what became of each message.
    pub async fn batch(&self, batch: SendBatchRequest) -> Vec<SendMessagesResponse> {
        self.messaging(&self.acme).send_batch(batch).await.unwrap().into_inner().results
    }

    pub fn admin(&self) -> AdminServiceClient<Keyed> {
        AdminServiceClient::with_interceptor(self.channel.clone(), Key(OPERATOR.to_owned()))
    }

    pub fn operator(&self) -> OperatorServiceClient<Keyed> {
        OperatorServiceClient::with_interceptor(self.channel.clone(), Key(OPERATOR.to_owned()))
    }

    /// Everything on a partition.
    pub async fn read(&self, topic: &Topic, partition: u32) -> Vec<LogRecord> {
        let bounds = self.log.bounds(topic, partition).await.unwrap();
        let mut reader = self.log.reader(topic, partition, bounds.start).unwrap();
        let mut records = Vec::new();
        while reader.position() < bounds.end {
            records.extend(reader.next(ReadLimit::default()).await.unwrap());
        }
        records
    }

    /// The submissions on `routing.in` of the partition of a message.
    pub async fn submissions(&self, message: &str) -> Vec<volley_events::Submission> {
        let message: MessageId = message.parse().unwrap();
        let records = self.read(&self.topics.routing_in, message.partition().0.into()).await;
        let submission = |record: &LogRecord| match decode(&record.value).unwrap() {
            Record::Submission(submission) => Some(*submission),
            _ => None,
        };
        records
            .iter()
            .filter_map(submission)
            .filter(|submission| submission.message == message)
            .collect()
    }

    /// Appends a record as another service would; gives its offset.
    pub async fn append(&self, topic: &Topic, partition: u32, header: Header, record: &Record) -> u64 {
        let header = header.encode().to_vec().into();
        let records = vec![NewRecord { header, value: encode(record, None), ..NewRecord::default() }];
        let append = PartitionAppend { topic: topic.clone(), partition, records };
        self.log.append(vec![append]).await.unwrap().base_offsets[0]
    }
}

/// Admission as configured by default, but nobody need play routing.
pub fn unbounded_silence() -> AdmissionConfig {
    AdmissionConfig { silence_ms_max: 0, ..AdmissionConfig::default() }
}

/// A header of a chained source: the position is an offset, the predecessor another.
pub fn chained(source: Source, offset: u64, predecessor: Option<u64>) -> Header {
    let at = |offset| Position { offset, index: 0 };
    Header::new(source, at(offset), predecessor.map(at), Timestamp::from_micros(1))
}

/// A header of a source without a chain.
pub fn unchained(source: Source) -> Header {
    chained(source, 0, None)
}

pub fn account(name: &str) -> PutAccountRequest {
    PutAccountRequest {
        account: name.into(),
        carrier: "skt".into(),
        host: "127.0.0.1".into(),
        port: 2775,
        system_id: "volley".into(),
        ..Default::default()
    }
}

pub fn number(digits: &str, tenant: &str) -> PutNumberRequest {
    PutNumberRequest {
        number: format!("KR:{digits}"),
        kind: NumberKind::ShortCode.into(),
        tenants: vec![tenant.into()],
        default_owner: tenant.into(),
        inbound: vec![InboundAddress { account: "main".into(), digits: String::new() }],
        ..Default::default()
    }
}

/// A good message of tenant `acme`.
pub fn message(request_id: &str) -> SendMessageRequest {
    SendMessageRequest {
        request_id: request_id.into(),
        from: "4565".into(),
        to: "+82 10 1234 5678".into(),
        text: "hello".into(),
        traffic_class: TrafficClass::Transactional.into(),
        ..Default::default()
    }
}
