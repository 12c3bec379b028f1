//! Topics on Kafka: created as we need them, and verified to be so.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use rdkafka::{
    admin::{ConfigResource, NewTopic, ResourceSpecifier, TopicReplication},
    error::{KafkaError, RDKafkaErrorCode},
    metadata::MetadataTopic,
};

use super::{
    client,
    cluster::{self, Cluster},
    options::KafkaOptions,
};
use crate::{LogError, Retention, Topic, TopicSpec};

const READY_WAIT_MAX: Duration = Duration::from_secs(30);
const READY_POLL: Duration = Duration::from_millis(50);
const KEPT_FOREVER: &str = "-1";
const INTERNAL_PREFIX: &str = "__";

/// The topics this process has asked for.
#[derive(Default)]
pub(super) struct KnownTopics {
    by_name: RwLock<BTreeMap<String, Topic>>,
}

impl KnownTopics {
    pub(super) fn check(&self, topic: &Topic) -> Result<(), LogError> {
        match self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(topic.name()) {
            Some(known) if known == topic => Ok(()),
            Some(_) | None => Err(LogError::UnknownTopic { topic: topic.name().to_owned() }),
        }
    }

    fn remember(&self, topic: &MetadataTopic) -> Topic {
        let topic = Topic::new(topic.name(), u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX));
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        by_name.insert(topic.name().to_owned(), topic.clone());
        topic
    }

    /// Every topic of the cluster but Kafka's own.
    pub(super) async fn all(&self, cluster: &Cluster) -> Result<Vec<Topic>, LogError> {
        let metadata = cluster.metadata().await?;
        let ours = metadata
            .topics()
            .iter()
            .filter(|topic| exists(topic) && !topic.name().starts_with(INTERNAL_PREFIX));
        let mut topics: Vec<Topic> = ours.map(|topic| self.remember(topic)).collect();
        topics.sort();
        Ok(topics)
    }

    pub(super) async fn find(&self, cluster: &Cluster, name: &str) -> Result<Option<Topic>, LogError> {
        let metadata = cluster.metadata().await?;
        let found = metadata.topics().iter().find(|topic| topic.name() == name && exists(topic));
        Ok(found.map(|topic| self.remember(topic)))
    }

    /// Creates the topic if it is missing; verifies it in any case.
    pub(super) async fn ensure(
        &self,
        cluster: &Cluster,
        options: &KafkaOptions,
        spec: &TopicSpec,
    ) -> Result<Topic, LogError> {
        spec.validate()?;
        if self.find(cluster, &spec.name).await?.is_none() {
            create(cluster, options, spec).await?;
        }
        let topic = self.ready(cluster, options, spec).await?;
        verify_settings(cluster, options, spec).await?;
        Ok(topic)
    }

    /// Waits until every partition has a leader, and verifies their number and their copies.
    async fn ready(&self, cluster: &Cluster, options: &KafkaOptions, spec: &TopicSpec) -> Result<Topic, LogError> {
        let deadline = Instant::now() + READY_WAIT_MAX;
        loop {
            let metadata = cluster.metadata().await?;
            let found = metadata
                .topics()
                .iter()
                .find(|topic| topic.name() == spec.name && exists(topic));
            if let Some(topic) =
                found.filter(|topic| topic.partitions().iter().all(|partition| partition.leader() >= 0))
            {
                verify_shape(options, spec, topic)?;
                return Ok(self.remember(topic));
            }
            if Instant::now() > deadline {
                return Err(LogError::unavailable("a topic has partitions without a leader", &spec.name));
            }
            drop(metadata);
            tokio::time::sleep(READY_POLL).await;
        }
    }
}

fn exists(topic: &MetadataTopic) -> bool {
    topic.error().is_none() && !topic.partitions().is_empty()
}

async fn create(cluster: &Cluster, options: &KafkaOptions, spec: &TopicSpec) -> Result<(), LogError> {
    let what = format!("topic {} was not created", spec.name);
    let wanted = wanted(options, spec);
    let copies = TopicReplication::Fixed(i32::from(options.replication_factor));
    let topic = NewTopic::new(&spec.name, client::number(spec.partitions), copies);
    let topic = wanted.iter().fold(topic, |topic, (setting, value)| topic.set(setting, value));
    let created = cluster.admin.create_topics([&topic], &cluster::admin_options()).await;
    match created.map_err(|error| client::failed(&what, &error))?.into_iter().next() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) | Some(Ok(_)) | None => Ok(()),
        Some(Err((_, code @ (RDKafkaErrorCode::InvalidReplicationFactor | RDKafkaErrorCode::PolicyViolation)))) => {
            Err(LogError::InvalidTopic { topic: spec.name.clone(), reason: format!("the cluster refuses it: {code}") })
        }
        Some(Err((_, code))) => Err(LogError::unavailable(&what, code)),
    }
}

/// The settings a topic is created with, and must have.
fn wanted(options: &KafkaOptions, spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let kept_ms = match spec.retention {
        Retention::Forever => KEPT_FOREVER.to_owned(),
        Retention::AgeMs(ms) => ms.to_string(),
    };
    vec![
        ("cleanup.policy", "delete".to_owned()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("min.insync.replicas", options.min_insync_replicas.to_string()),
        ("retention.bytes", KEPT_FOREVER.to_owned()),
        ("retention.ms", kept_ms),
        ("unclean.leader.election.enable", "false".to_owned()),
    ]
}

fn verify_shape(options: &KafkaOptions, spec: &TopicSpec, topic: &MetadataTopic) -> Result<(), LogError> {
    let partitions = u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX);
    spec.verify(partitions, spec.retention)?;
    let copies = usize::from(options.replication_factor);
    match topic.partitions().iter().find(|partition| partition.replicas().len() != copies) {
        None => Ok(()),
        Some(partition) => {
            let there = partition.replicas().len();
            let reason = format!("partition {} has {there} copies, {copies} are wanted", partition.id());
            Err(LogError::TopicMismatch { topic: spec.name.clone(), reason })
        }
    }
}

async fn verify_settings(cluster: &Cluster, options: &KafkaOptions, spec: &TopicSpec) -> Result<(), LogError> {
    let settings = settings(cluster, spec).await?;
    for (setting, value) in wanted(options, spec) {
        let there = settings.get(setting).and_then(|entry| entry.value.as_deref());
        if there != Some(&value) {
            let there = there.unwrap_or("not set");
            let reason = format!("its {setting} is {there}, wanted is {value}");
            return Err(LogError::TopicMismatch { topic: spec.name.clone(), reason });
        }
    }
    Ok(())
}

/// The settings of a topic, as soon as the broker that is asked knows it: of several, some hear of a new one a moment later.
async fn settings(cluster: &Cluster, spec: &TopicSpec) -> Result<ConfigResource, LogError> {
    let what = format!("the settings of topic {} are not known", spec.name);
    let deadline = Instant::now() + READY_WAIT_MAX;
    loop {
        let described = cluster
            .admin
            .describe_configs([&ResourceSpecifier::Topic(&spec.name)], &cluster::admin_options())
            .await;
        match described.map_err(|error| client::failed(&what, &error))?.into_iter().next() {
            Some(Ok(settings)) if !settings.entries.is_empty() => return Ok(settings),
            Some(Ok(_) | Err(RDKafkaErrorCode::UnknownTopicOrPartition)) | None if Instant::now() < deadline => {}
            Some(Err(code)) => return Err(client::failed(&what, &KafkaError::AdminOp(code))),
            Some(Ok(_)) | None => return Err(LogError::unavailable(&what, "no broker that was asked knows it")),
        }
        tokio::time::sleep(READY_POLL).await;
    }
}
