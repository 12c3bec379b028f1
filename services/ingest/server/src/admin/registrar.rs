//! How configuration changes: checked, appended to `config`, read back, and answered by what the fold made of it.
//!
//! Two front doors may append two changes in conflict at once. The first on `config` wins, and both callers hear the fold's own verdict.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};
use volley_backbone::{Followed, Topics, ensure};
use volley_directory::Directory;
use volley_event_log::{EventLog, PartitionAppend};
use volley_events::{ConfigChange, ConfigRecord, Record};
use volley_ingest_core::Faults;
use volley_runtime::Clock;
use volley_types::Timestamp;
use volley_wire::topics::{self, TopicPlan};

use crate::{metrics, refusal::Refusal, stamp::Stamp};

/// Changes that may be under way at once through this front door; further ones wait.
const CHANGES_MAX: usize = 64;

/// Longest time a record may take to be read back.
const READ_BACK_MAX: Duration = Duration::from_secs(10);

/// Changes the configuration.
pub(crate) struct Registrar {
    log: Arc<dyn EventLog>,
    topics: Topics,
    followed: Followed,
    stamp: Arc<Stamp>,
    clock: Clock,
    room: Semaphore,
}

impl Registrar {
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        topics: Topics,
        followed: Followed,
        stamp: Arc<Stamp>,
        clock: Clock,
    ) -> Self {
        Self { log, topics, followed, stamp, clock, room: Semaphore::new(CHANGES_MAX) }
    }

    /// The directory with everything that was on `config` when this was called.
    pub(crate) async fn directory(&self) -> Result<Arc<Directory>, Refusal> {
        let end = self.log.bounds(&self.topics.config, 0).await?.end;
        self.folded_to(end).await?;
        Ok(self.followed.directory())
    }

    /// Applies a change whose fields were checked, and answers with the offset of its record.
    pub(crate) async fn put(&self, checked: Result<ConfigChange, Faults>) -> Result<u64, Refusal> {
        let outcome = self.apply(checked?).await;
        metrics::count_change(match &outcome {
            Ok(_) => "applied",
            Err(Refusal::Precondition(_)) => "conflict",
            Err(_) => "failed",
        });
        outcome
    }

    async fn apply(&self, change: ConfigChange) -> Result<u64, Refusal> {
        let _room = self.room.acquire().await.map_err(|_| Refusal::Closing)?;
        self.directory().await?.check(&change)?;
        for plan in topics_of(&change) {
            ensure(self.log.as_ref(), &plan, self.topics.partitions).await?;
        }
        let call = volley_runtime::random_bytes();
        let offset = self.append(ConfigRecord { offset: 0, call, change }).await?;
        self.folded_to(offset + 1).await?;
        match self.followed.verdict(&call) {
            Some(verdict) => verdict.conflict.map_or(Ok(verdict.offset), |conflict| Err(conflict.into())),
            None => Err(Refusal::Away { what: "config" }),
        }
    }

    async fn append(&self, record: ConfigRecord) -> Result<u64, Refusal> {
        let now = Timestamp::from_micros(self.clock.now_us());
        let records = vec![self.stamp.record(&Record::Config(Box::new(record)), now, None)];
        let append = PartitionAppend { topic: self.topics.config.clone(), partition: 0, records };
        let appended = timeout(READ_BACK_MAX, self.log.append(vec![append])).await;
        let appended = appended.map_err(|_| Refusal::LOG_AWAY)??;
        appended.base_offsets.first().copied().ok_or(Refusal::Internal)
    }

    async fn folded_to(&self, offset: u64) -> Result<(), Refusal> {
        timeout(READ_BACK_MAX, self.followed.folded_to(offset))
            .await
            .map_err(|_| Refusal::Away { what: "config" })
    }
}

/// The topics that must be there before the record that names them.
fn topics_of(change: &ConfigChange) -> Vec<TopicPlan> {
    match change {
        ConfigChange::Account(account) => topics::of_account(&account.account).to_vec(),
        ConfigChange::Carrier(carrier) => vec![topics::of_carrier(&carrier.carrier)],
        ConfigChange::Tenant(_)
        | ConfigChange::ApiKey(_)
        | ConfigChange::Number(_)
        | ConfigChange::Keyword(_)
        | ConfigChange::Route(_)
        | ConfigChange::Poll(_)
        | ConfigChange::Subscription(_)
        | ConfigChange::CarrierProfile(_)
        | ConfigChange::Skip(_) => Vec::new(),
    }
}
