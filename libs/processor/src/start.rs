//! The start of a partition (§3.1): open the store, take the input over, read back, build the views.

use std::{collections::BTreeMap, io::ErrorKind, sync::Arc};

use volley_event_log::{NewRecord, PartitionAppend};
use volley_state_store::{Overlay, Store, StoreError, StoreHeader, StoreIdentity, TopicPartition};
use volley_types::{Partition, Source};

use crate::{
    Fold, Parts, ProcessorConfig, TopicName,
    decide::{Decider, Seat},
    halt::Fault,
    own::OwnRecords,
    partition::Worker,
    publish::Publisher,
    read_back::Published,
};

/// What all partitions of a processor share.
pub(crate) struct Shared<F> {
    pub(crate) config: ProcessorConfig,
    pub(crate) parts: Parts,
    pub(crate) make: Box<dyn Fn(Partition) -> F + Send + Sync>,
}

/// What a partition keeps from one start to the next.
pub(crate) struct Kept {
    pub(crate) partition: Partition,
    pub(crate) own: OwnRecords,
    pub(crate) store: Option<Store>,
    /// By source: the offset of the record that closes its gap; what lies before it after the gap is refused.
    pub(crate) healed: BTreeMap<Source, u64>,
}

impl Kept {
    pub(crate) fn new<F>(shared: &Shared<F>, partition: Partition) -> Self {
        Self {
            partition,
            own: OwnRecords::new(shared.config.run),
            store: None,
            healed: BTreeMap::new(),
        }
    }
}

/// Brings a partition to where it can decide its first record.
pub(crate) async fn start<F: Fold>(shared: &Arc<Shared<F>>, kept: &mut Kept) -> Result<Worker<F>, Fault> {
    let (config, log) = (&shared.config, &shared.parts.log);
    let (partition, mut fold) = (kept.partition, (shared.make)(kept.partition));
    let mut publisher = Publisher::new(Arc::clone(log), config.ranks_in_one_append);
    let dead_letters = publisher.topic(config.dead_letter.shared()).await?;

    let store = open_store(shared, kept, fold.name()).await?;
    let mut header = header_of(&store, fold.logic_version())?;
    check_position(shared, partition, &header).await?;
    let owner = kept.own.make(fold.owner(config.run), (shared.parts.clock)());
    let owner_at = take_over(shared, partition, owner).await?;
    let published = read_back(shared, &mut publisher, partition, &mut header).await?;

    let overlay = Overlay::new(store.clone(), header);
    fold.restore(&overlay).map_err(Fault::Restore)?;
    let seat = Seat {
        input: TopicName::new(config.input.name()),
        partition,
        source: (config.source)(partition),
        run: config.run,
        owner_at,
        dead_letter: config.dead_letter.clone(),
        dead_letter_partition: u32::from(partition.0) % dead_letters.partitions(),
    };
    let decider = Decider::new(fold, overlay, seat, kept.healed.clone(), published);
    Worker::new(Arc::clone(shared), store, decider, publisher)
}

async fn open_store<F: Fold>(shared: &Shared<F>, kept: &mut Kept, service: &'static str) -> Result<Store, Fault> {
    if let Some(store) = &kept.store {
        return Ok(store.clone());
    }
    let (config, partition, log) = (&shared.config, kept.partition, shared.parts.log.identity().0);
    let (dir, memory) = (config.state_dir.join(partition.to_string()), shared.parts.memory.clone());
    let (canonicalisation_version, hash) = (config.canonicalisation_version, config.hash);
    let partitions = u16::try_from(config.input.partitions()).unwrap_or(u16::MAX);
    let opened = in_background(move || {
        let identity = StoreIdentity { service, partition, partitions, log, canonicalisation_version, hash };
        create_dir(&dir)?;
        Store::open(&dir, &identity, &memory)
    });
    Ok(kept.store.insert(opened.await?).clone())
}

fn create_dir(dir: &std::path::Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(dir).map_err(|error| {
        let (place, doing, cause) = (dir.display().to_string(), "making its directory", error.to_string());
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { place, doing, cause },
            _ => StoreError::Engine { place, doing, cause },
        }
    })
}

fn header_of(store: &Store, known: u32) -> Result<StoreHeader, Fault> {
    match store.header()? {
        Some(header) if header.logic_version == known => Ok(header),
        Some(header) => Err(Fault::LogicVersion { stored: header.logic_version, known }),
        None => Ok(StoreHeader::fresh(known)),
    }
}

async fn check_position<F>(shared: &Shared<F>, partition: Partition, header: &StoreHeader) -> Result<(), Fault> {
    let bounds = shared.parts.log.bounds(&shared.config.input, u32::from(partition.0)).await?;
    match header.position {
        0 if bounds.start > 0 => Err(Fault::NotTheBeginning { start: bounds.start }),
        position if position < bounds.start => Err(Fault::BeforeStart { position, start: bounds.start }),
        position if position > bounds.end => Err(Fault::BeyondEnd { position, end: bounds.end }),
        _ => Ok(()),
    }
}

/// Appends our `Owner` record; where it lies we are the newest owner.
async fn take_over<F>(shared: &Shared<F>, partition: Partition, owner: NewRecord) -> Result<u64, Fault> {
    let appended = shared
        .parts
        .log
        .append(vec![own_append(&shared.config, u32::from(partition.0), owner)])
        .await?;
    Ok(appended.base_offsets.first().copied().unwrap_or(u64::MAX))
}

/// An append of one record to the own input.
pub(crate) fn own_append(config: &ProcessorConfig, partition: u32, record: NewRecord) -> PartitionAppend {
    PartitionAppend { topic: config.input.clone(), partition, records: vec![record] }
}

/// Reads the topics back that no receiver deduplicates: the own partition of each, and wherever else outputs went.
async fn read_back<F>(
    shared: &Shared<F>,
    publisher: &mut Publisher,
    partition: Partition,
    header: &mut StoreHeader,
) -> Result<Published, Fault> {
    let mut published = Published::default();
    for name in &shared.config.read_back {
        let topic = publisher.topic(name.shared()).await?;
        let lane = |partition| TopicPartition { topic: Arc::clone(name.shared()), partition };
        let known = header.read_back_from.keys().filter(|lane| lane.topic == *name.shared());
        let mut lanes: Vec<TopicPartition> = known.cloned().collect();
        lanes.push(lane(u32::from(partition.0) % topic.partitions()));
        lanes.sort();
        lanes.dedup();
        for lane in lanes {
            let source = (shared.config.source)(partition);
            published.read(&*shared.parts.log, &topic, &lane, source, header).await?;
        }
    }
    Ok(published)
}

/// Runs what blocks on a thread that may.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(cut_off) => Err(Fault::Task(cut_off.to_string())),
    }
}
