//! Topics as they lie in a log, read without a running Volley.

use std::{path::Path, sync::Arc};

use anyhow::{Context, ensure};
use clap::Args;
use volley_backbone::{KafkaConfig, connect};
use volley_event_log::{
    EventLog, ReadLimit, Record, Topic,
    embedded::{EmbeddedLog, EmbeddedOptions},
};
use volley_wire::topics;

use crate::{addresses::default_data_dir, cli::At, up::DataDir};

/// Which log.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// Read this Kafka instead of the embedded log of `--data`. The embedded log is open to one process at a time: stop Volley, or
    /// read a copy of its data directory.
    #[arg(long, value_name = "HOST:PORT,...")]
    pub kafka: Option<String>,
}

/// An open log.
pub struct Recorded {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The data directory, for the embedded log.
    pub data: Option<DataDir>,
}

impl Recorded {
    /// Opens it. Nothing is made: where no log is, there is nothing to read.
    pub async fn open(at: &At, options: &LogOptions) -> anyhow::Result<Self> {
        if let Some(brokers) = &options.kafka {
            let config = KafkaConfig { brokers: brokers.clone(), ..KafkaConfig::default() };
            let log = connect(&config).await.with_context(|| format!("Kafka at {brokers}"))?;
            return Ok(Self { log, data: None });
        }
        let path = at.data.clone().map_or_else(default_data_dir, Ok)?;
        ensure!(holds_a_log(&path), "there is no log in {}", path.display());
        let data = DataDir::open(&path)?;
        let opened = EmbeddedLog::open(data.log(), EmbeddedOptions::default()).await;
        let log = opened.context("a running Volley holds its log: stop it, or read a copy of its data directory")?;
        Ok(Self { log: Arc::new(log), data: Some(data) })
    }

    /// A topic that must be there.
    pub async fn topic(&self, name: &str) -> anyhow::Result<Topic> {
        let found = self.log.find_topic(name).await?;
        found.with_context(|| format!("the log has no topic {name}: it is not Volley's, or was never used"))
    }

    /// Partitions of the subscriber topics.
    pub async fn partitions(&self) -> anyhow::Result<u16> {
        let topic = self.topic(topics::ROUTING_IN).await?;
        u16::try_from(topic.partitions()).context("routing.in has more partitions than Volley knows")
    }

    /// Reads one partition from its start to its end as of now. The second argument of `take` says whether records before the first
    /// one were trimmed.
    pub async fn read(
        &self,
        topic: &Topic,
        partition: u32,
        mut take: impl FnMut(&Record, bool) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let bounds = self.log.bounds(topic, partition).await?;
        let mut reader = self.log.reader(topic, partition, bounds.start)?;
        while reader.position() < bounds.end {
            for record in reader.next(ReadLimit::default()).await? {
                if record.offset < bounds.end {
                    take(&record, bounds.start > 0)?;
                }
            }
        }
        Ok(())
    }
}

fn holds_a_log(data: &Path) -> bool {
    data.join("log").is_dir()
}
