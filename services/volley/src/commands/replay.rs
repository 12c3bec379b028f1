//! `volley replay verify`: decides everything again and compares (G4).

use std::{path::Path, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Args, Subcommand};
use volley_backbone::Follower;
use volley_event_log::Topic;
use volley_mo_correlation::{CorrelationFold, Publisher};
use volley_processor::{Fold, SkipList, SkipPoint, TopicName};
use volley_replay::{Replayed, Replaying, replay};
use volley_routing::RoutingFold;
use volley_runtime::Clock;
use volley_types::{Partition, Source, Timestamp};
use volley_wire::topics;

use crate::{
    cli::{At, Format},
    output,
    recorded::{LogOptions, Recorded},
};

/// The two batch sizes whose results must be equal.
const BATCHES: [usize; 2] = [4_096, 1];

/// What to replay for.
#[derive(Debug, Subcommand)]
pub enum ReplayCommand {
    /// Decide all recorded input again, in batches of 1 and of 4 096 records, and compare states and outputs with each other and with
    /// what the topics hold. Status 0 only if nothing differs.
    Verify(VerifyOptions),
}

/// What to verify.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    #[command(flatten)]
    log: LogOptions,
    /// File of the key that hides handsets on `events`; with an embedded log it is the one in the data directory.
    #[arg(long, value_name = "FILE", required_if_eq("kafka", "*"))]
    event_key_file: Option<std::path::PathBuf>,
}

/// Runs it.
pub async fn replay_command(at: &At, format: Format, command: ReplayCommand) -> anyhow::Result<ExitCode> {
    let ReplayCommand::Verify(options) = command;
    let recorded = Recorded::open(at, &options.log).await?;
    let event_key = match (&options.event_key_file, &recorded.data) {
        (Some(file), _) => {
            let key = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            key.trim().to_owned()
        }
        (None, Some(data)) => data.event_key()?,
        (None, None) => anyhow::bail!("--event-key-file is needed to compare what the public topic holds"),
    };
    let partitions = recorded.partitions().await?;
    let skips = skips(&recorded).await?;
    let publisher = Publisher::new(partitions, event_key.as_bytes());

    let routing = Verifying {
        service: "routing",
        what: replaying(&recorded, recorded.topic(topics::ROUTING_IN).await?, Source::Routing, &skips),
    };
    let correlation = Verifying {
        service: "mo-correlation",
        what: replaying(&recorded, recorded.topic(topics::CORRELATION_IN).await?, Source::Correlation, &skips),
    };
    let mut all_equal = true;
    for partition in (0..partitions).map(Partition) {
        all_equal &= routing.verify(partition, format, RoutingFold::new).await?;
        let publisher = publisher.clone();
        let make = move |partition| CorrelationFold::new(partition, publisher.clone());
        all_equal &= correlation.verify(partition, format, make).await?;
    }
    recorded.log.close().await?;
    if format == Format::Human {
        output::line(match all_equal {
            true => "everything is as it was decided",
            false => "THERE ARE DIFFERENCES",
        })?;
    }
    Ok(if all_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One service's input.
struct Verifying {
    service: &'static str,
    what: Replaying,
}

impl Verifying {
    /// Replays one partition with each batch size; true if nothing differs.
    async fn verify<F: Fold>(
        &self,
        partition: Partition,
        format: Format,
        make: impl Fn(Partition) -> F + Clone + Send + Sync + 'static,
    ) -> anyhow::Result<bool> {
        let end = self.what.log.bounds(&self.what.input, u32::from(partition.0)).await?.end;
        let mut runs = Vec::new();
        for batch in BATCHES {
            let dir = TemporaryDir::make()?;
            let run = replay(&self.what, partition, end, batch, dir.path(), make.clone()).await;
            runs.push(run.with_context(|| format!("{} cannot be replayed", self.service))?);
        }
        let [many, one] = runs.as_slice() else {
            anyhow::bail!("there are not two runs")
        };
        let is_equal = many.digest == one.digest && many.differences_in_all + one.differences_in_all == 0;
        self.tell(format, many, one, is_equal)?;
        Ok(is_equal)
    }

    fn tell(&self, format: Format, many: &Replayed, one: &Replayed, is_equal: bool) -> anyhow::Result<()> {
        if format == Format::Json {
            let told = serde_json::json!({
                "service": self.service,
                "partition": many.partition.0,
                "records": many.records,
                "outputs": many.outputs,
                "unpublished": many.unpublished,
                "digest": many.digest.to_string(),
                "digest_one_by_one": one.digest.to_string(),
                "differences": many.differences_in_all.max(one.differences_in_all),
                "equal": is_equal,
            });
            return Ok(output::json(&told)?);
        }
        let verdict = if is_equal { "equal" } else { "DIFFERENT" };
        output::line(&format!(
            "{:<15} {:>3}  {:>9} records  {:>9} outputs  {:>5} not published yet  {}  {verdict}",
            self.service,
            many.partition.to_string(),
            many.records,
            many.outputs,
            many.unpublished,
            many.digest,
        ))?;
        if many.digest != one.digest {
            output::line(&format!("    one by one the rows have the digest {}", one.digest))?;
        }
        let differences = if many.differences.is_empty() { &one.differences } else { &many.differences };
        Ok(differences
            .iter()
            .try_for_each(|difference| output::line(&format!("    {difference}")))?)
    }
}

fn replaying(recorded: &Recorded, input: Topic, source: fn(Partition) -> Source, skips: &SkipList) -> Replaying {
    let clock = Clock::system();
    Replaying {
        log: Arc::clone(&recorded.log),
        input,
        source,
        canonicalisation_version: volley_backbone::CANONICALISATION_VERSION,
        hash: volley_backbone::PARTITION_HASH,
        dead_letter: TopicName::new(topics::DEAD_LETTER),
        skips: skips.clone(),
        clock: Arc::new(move || Timestamp::from_micros(clock.now_us())),
    }
}

/// The records that operators had passed over.
async fn skips(recorded: &Recorded) -> anyhow::Result<SkipList> {
    let config = recorded.topic(topics::CONFIG).await?;
    let follower = Follower::start(recorded.log.as_ref(), &config).await?;
    let directory = follower.followed().directory();
    let points = directory.skips().map(|skip| SkipPoint {
        topic: TopicName::new(&skip.topic),
        partition: skip.partition,
        offset: skip.offset,
    });
    Ok(SkipList::new(points))
}

/// A directory that is gone with its handle.
struct TemporaryDir(std::path::PathBuf);

impl TemporaryDir {
    fn make() -> anyhow::Result<Self> {
        let name: String = volley_runtime::random_bytes::<8>()
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let path = std::env::temp_dir().join(format!("volley-replay-{name}"));
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(dir = %self.0.display(), %error, "a temporary directory stays behind");
        }
    }
}
