//! Questions and orders to the cluster: which it is, its topics, their bounds, times and beginnings.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    config::FromClientConfigAndContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, KafkaResult},
    metadata::Metadata,
};
use sha2::{Digest, Sha256};
use tokio::task;

use super::{
    client::{self, Ears, QUERY_TIMEOUT},
    options::KafkaOptions,
};
use crate::{Bounds, LogError, LogIdentity, Topic};

/// Clients that neither produce nor consume.
pub(super) struct Cluster {
    asking: Arc<BaseConsumer<Ears>>,
    pub(super) admin: AdminClient<Ears>,
}

impl Cluster {
    pub(super) fn new(options: &KafkaOptions, ears: &Ears) -> Result<Self, LogError> {
        let unusable = |error: KafkaError| LogError::Unusable { reason: format!("no kafka client: {error}") };
        let config = client::client(options);
        let asking = BaseConsumer::from_config_and_context(&config, ears.clone()).map_err(unusable)?;
        let admin = AdminClient::from_config_and_context(&config, ears.clone()).map_err(unusable)?;
        Ok(Self { asking: Arc::new(asking), admin })
    }

    /// Made of the cluster's id, which Kafka draws at random when a cluster is formatted and never changes.
    pub(super) async fn identity(&self) -> Result<LogIdentity, LogError> {
        let asking = self.asking.clone();
        let id = blocking(move || Ok(asking.client().fetch_cluster_id(QUERY_TIMEOUT))).await?;
        let id = id.ok_or_else(|| LogError::unavailable("the cluster did not tell its id", "no answer in time"))?;
        let digest = Sha256::digest(format!("volley log on kafka cluster {id}"));
        let mut identity = [0; 16];
        identity.copy_from_slice(&digest[..16]);
        Ok(LogIdentity(identity))
    }

    /// All topics. Asked for as a whole, so that no broker creates one because it was asked about.
    pub(super) async fn metadata(&self) -> Result<Metadata, LogError> {
        let asking = self.asking.clone();
        self.ask("the topics are not known", move || asking.fetch_metadata(None, QUERY_TIMEOUT))
            .await
    }

    pub(super) async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        let (asking, name) = (self.asking.clone(), topic.name().to_owned());
        let query = move || asking.fetch_watermarks(&name, client::number(partition), QUERY_TIMEOUT);
        let (start, end) = self.ask("the bounds are not known", query).await?;
        Ok(Bounds { start: start.unsigned_abs(), end: end.unsigned_abs() })
    }

    /// The first offset of this time or later, if there is one.
    pub(super) async fn offset_of_time(
        &self,
        topic: &Topic,
        partition: u32,
        at_us: i64,
    ) -> Result<Option<u64>, LogError> {
        let at_ms = at_us.max(0).saturating_add(999) / 1_000;
        let (asking, name, partition) = (self.asking.clone(), topic.name().to_owned(), client::number(partition));
        let query = move || {
            let mut times = TopicPartitionList::with_capacity(1);
            times.add_partition_offset(&name, partition, Offset::Offset(at_ms))?;
            let found = asking.offsets_for_times(times, QUERY_TIMEOUT)?;
            only(&found)
        };
        Ok(match self.ask("the offset of a time is not known", query).await? {
            Offset::Offset(offset) => u64::try_from(offset).ok(),
            _ => None,
        })
    }

    pub(super) async fn delete_before(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        let what = "the partition was not trimmed";
        let mut list = TopicPartitionList::with_capacity(1);
        let offset = Offset::Offset(i64::try_from(before).unwrap_or(i64::MAX));
        let added = list.add_partition_offset(topic.name(), client::number(partition), offset);
        added.map_err(|error| client::failed(what, &error))?;
        let deleted = self.admin.delete_records(&list, &admin_options()).await;
        deleted
            .and_then(|deleted| only(&deleted))
            .map_err(|error| client::failed(what, &error))?;
        Ok(())
    }

    /// Serves the events of the asking client.
    pub(super) fn serve(&self) {
        if let Some(Err(error)) = self.asking.poll(Duration::ZERO) {
            tracing::debug!(%error, "kafka client");
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        query: impl FnOnce() -> KafkaResult<T> + Send + 'static,
    ) -> Result<T, LogError> {
        blocking(move || query().map_err(|error| client::failed(what, &error))).await
    }
}

pub(super) fn admin_options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(QUERY_TIMEOUT))
        .operation_timeout(Some(QUERY_TIMEOUT))
}

fn only(list: &TopicPartitionList) -> KafkaResult<Offset> {
    match list.elements().first() {
        Some(partition) => partition.error().map(|()| partition.offset()),
        None => Ok(Offset::Invalid),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    match task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(LogError::unavailable("the call was broken off", error)),
    }
}
