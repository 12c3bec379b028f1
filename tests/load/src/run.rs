//! The runs: each shape at full load, at half of what that carried, and at 500 messages a second.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use volley_carrier_sim::{CarrierSimHandle, Counters, DeliveryKind, Fact, JournalFilter, Mo, MoError};
use volley_e2e::provision::ACME_NUMBER;

use crate::{
    args::{Args, Log, Shape},
    clock::now_us,
    handset,
    machine::{cpu_seconds, fdatasync, memory_mib},
    report::{Moment, Outcome, Report},
    samples::Samples,
    stream::{Kind, Manner, Pace, Witness, follow, send},
    target::Target,
};

/// Streams the generator sends over.
const STREAMS: u32 = 2;

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A run without progress for so long has failed.
const STALL_MAX: Duration = Duration::from_secs(30);

/// The light load, and how long the runs that are not at full load last.
const LIGHT_PER_SECOND: f64 = 500.0;
const PACED_SECONDS: f64 = 10.0;

/// Texts from handsets that are under way at the carrier, at most.
const MOS_PENDING_MAX: u64 = 2_000;

/// Messages before anything is measured.
const WARM_UP_MESSAGES: u32 = 5_000;

/// Plays everything that was asked for, and reports.
pub async fn all(args: &Args) -> Result<()> {
    let mut report = Report::new(args);
    let probe = tempfile::tempdir()?;
    report.disk(&fdatasync(probe.path())?);
    let target = Target::start(args.log).await?;
    let mut bench = Bench::new(target, args).await?;
    bench.play(Shape::Receipt, WARM_UP_MESSAGES, None).await?;
    for shape in args.shapes() {
        bench.target.behave(shape)?;
        let full = bench.play(shape, args.messages, None).await?;
        let carried = full.per_second();
        report.add("full", full)?;
        if !args.full_only {
            let half = bench
                .play(shape, (carried / 2.0 * PACED_SECONDS) as u32, Some(carried / 2.0))
                .await?;
            report.add("half", half)?;
            let light = (LIGHT_PER_SECOND * PACED_SECONDS) as u32;
            report.add("500/s", bench.play(shape, light, Some(LIGHT_PER_SECOND)).await?)?;
        }
    }
    report.disk(&fdatasync(probe.path())?);
    report.finish(args.log == Log::Kafka)
}

struct Bench {
    target: Target,
    per_request: usize,
    in_flight: u32,
    runs: u32,
    current: watch::Sender<Arc<Witness>>,
    follower: JoinHandle<Result<()>>,
}

impl Bench {
    async fn new(target: Target, args: &Args) -> Result<Self> {
        let (current, seen) = watch::channel(Witness::new(0, 0, Kind::ALERTS));
        let follower = tokio::spawn(follow(target.connect().await?, seen));
        // The stream begins with what comes from now on: it must be open before the first message.
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Self {
            target,
            per_request: args.per_request as usize,
            in_flight: args.in_flight,
            runs: 0,
            current,
            follower,
        })
    }

    /// One run: `messages` of this shape at this pace.
    async fn play(&mut self, shape: Shape, messages: u32, pace: Pace) -> Result<Outcome> {
        // Runs of one process, and of several on the same data, must not share request ids.
        self.runs += 1;
        let run = u32::try_from(now_us() / 1_000_000 % 1_000_000)? * 100 + self.runs % 100;
        let witness = Witness::new(run, messages, Kind::ALERTS);
        self.current.send_replace(Arc::clone(&witness));
        let carrier_before = self.target.sim.counters();
        let cpu_before = self.cpu()?;
        let own_before = cpu_seconds(std::process::id())?;
        let begin = Instant::now();

        let mut generator = self.generate(shape, &witness, pace).await?;
        let timeline = self.watch(shape, &witness, carrier_before, begin, &mut generator).await?;
        let span = begin.elapsed();
        while let Some(ended) = generator.join_next().await {
            ended??;
        }
        let cpu = self.cpu()?.into_iter().zip(cpu_before);
        let mut outcome = Outcome {
            shape,
            messages,
            span,
            timeline,
            cpu: cpu.map(|((name, after), (_, before))| (name, after - before)).collect(),
            own_cpu: cpu_seconds(std::process::id())? - own_before,
            memory_mib: self.memory()?,
            refused: witness.refused_count.load(Ordering::Relaxed),
            failed: witness.failed_count.load(Ordering::Relaxed),
            ..Outcome::default()
        };
        self.latencies(&witness, &mut outcome);
        Ok(outcome)
    }

    async fn generate(&self, shape: Shape, witness: &Arc<Witness>, pace: Pace) -> Result<JoinSet<Result<()>>> {
        let mut generator = JoinSet::new();
        let messages = u32::try_from(witness.sent.len())?;
        if shape == Shape::Mo {
            generator.spawn(write_from_handsets(self.target.sim.clone(), Arc::clone(witness), pace));
            return Ok(generator);
        }
        for stream in 0..STREAMS {
            let share = (stream..messages).step_by(STREAMS as usize).collect();
            let manner = Manner {
                pace: pace.map(|pace| pace / f64::from(STREAMS)),
                per_request: if pace.is_some() { 1 } else { self.per_request },
                unreported_max: (shape != Shape::Mt && self.in_flight > 0).then_some(self.in_flight),
            };
            generator.spawn(send(self.target.connect().await?, Arc::clone(witness), share, manner));
        }
        Ok(generator)
    }

    /// Looks on until everything has come back.
    async fn watch(
        &mut self,
        shape: Shape,
        witness: &Witness,
        before: Counters,
        begin: Instant,
        generator: &mut JoinSet<Result<()>>,
    ) -> Result<Vec<Moment>> {
        let messages = witness.sent.len() as u64;
        let mut timeline = Vec::new();
        let mut progressed = (Instant::now(), 0);
        loop {
            tokio::time::sleep(LOOK).await;
            let carrier = self.target.sim.counters();
            let moment = Moment {
                at: begin.elapsed(),
                accepted: witness.accepted_count.load(Ordering::Relaxed).into(),
                submitted: carrier.submits_taken - before.submits_taken,
                reported: witness.reported_count.load(Ordering::Relaxed).into(),
            };
            timeline.push(moment);
            let done = if shape == Shape::Mt { moment.submitted } else { moment.reported };
            if done >= messages {
                return Ok(timeline);
            }
            if self.follower.is_finished() {
                (&mut self.follower).await??;
            }
            if let Some(ended) = generator.try_join_next() {
                ended??;
            }
            let sum = moment.accepted + moment.submitted + moment.reported;
            if sum > progressed.1 {
                progressed = (Instant::now(), sum);
            }
            ensure!(
                progressed.0.elapsed() < STALL_MAX,
                "nothing moved for {} s: {moment:?} of {messages}, {} refused; Volley said:\n{}",
                STALL_MAX.as_secs(),
                witness.refused_count.load(Ordering::Relaxed),
                self.target.said()
            );
        }
    }

    fn cpu(&self) -> Result<Vec<(&'static str, f64)>> {
        self.target
            .processes()
            .into_iter()
            .map(|(name, pid)| Ok((name, cpu_seconds(pid)?)))
            .collect()
    }

    fn memory(&self) -> Result<f64> {
        self.target
            .processes()
            .into_iter()
            .map(|(_, pid)| memory_mib(pid, "VmHWM"))
            .sum()
    }

    /// Reads the latencies out of the two ends' notes.
    fn latencies(&self, witness: &Witness, outcome: &mut Outcome) {
        for message in 0..outcome.messages {
            let (sent, accepted) = (noted(&witness.sent, message), noted(&witness.accepted, message));
            if let (Some(sent), Some(accepted)) = (sent, accepted) {
                outcome.accept.add_us(accepted - sent);
            }
            if let (Shape::Mo | Shape::Loop, Some(sent), Some(reported)) =
                (outcome.shape, sent, noted(&witness.reported, message))
            {
                outcome.whole.add_us(reported - sent);
            }
        }
        let mut message_of = HashMap::new();
        for Submit { message, id, at_us } in submits(&self.target.sim, witness) {
            if let Some(sent) = noted(&witness.sent, message) {
                outcome.send_to_submit.add_us(at_us - sent);
            }
            if let Some(accepted) = noted(&witness.accepted, message) {
                outcome.accept_to_submit.add_us(at_us - accepted);
            }
            message_of.insert(id, message);
        }
        if outcome.shape != Shape::Receipt {
            return;
        }
        for entry in self.target.sim.journal(&JournalFilter::kind("delivery_sent")) {
            let Fact::DeliverySent { message_id: Some(id), delivery_kind: DeliveryKind::Receipt, .. } = entry.fact
            else {
                continue;
            };
            let reported = message_of.get(&id).and_then(|message| noted(&witness.reported, *message));
            if let Some(reported) = reported {
                outcome.receipt_to_client.add_us(reported - entry.at_us);
            }
        }
    }
}

/// A message that the carrier took.
struct Submit {
    message: u32,
    id: Arc<str>,
    at_us: i64,
}

/// What the carrier took of a run, as far as its journal reaches.
fn submits(sim: &CarrierSimHandle, witness: &Witness) -> impl Iterator<Item = Submit> {
    let run = witness.run;
    let entries = sim.journal(&JournalFilter::kind("submit")).into_iter();
    entries.filter_map(move |entry| {
        let Fact::Submit { text, message_id: Some(id), .. } = entry.fact else {
            return None;
        };
        let (_, message) = handset::parse(&text).filter(|(of, _)| *of == run)?;
        Some(Submit { message, id, at_us: entry.at_us })
    })
}

/// When this happened to a message, if it did.
fn noted(times: &[AtomicI64], message: u32) -> Option<i64> {
    let time = times.get(message as usize).map(|time| time.load(Ordering::Relaxed));
    time.filter(|time| *time > 0)
}

/// How long each message of a run took from the front door's OK to the carrier.
pub fn accept_to_submit(sim: &CarrierSimHandle, witness: &Witness) -> Samples {
    let mut samples = Samples::default();
    for Submit { message, at_us, .. } in submits(sim, witness) {
        if let Some(accepted) = noted(&witness.accepted, message) {
            samples.add_us(at_us - accepted);
        }
    }
    samples
}

/// Handsets write to the tenant's number, as fast as the carrier gets rid of it or at a pace.
async fn write_from_handsets(sim: CarrierSimHandle, witness: Arc<Witness>, pace: Pace) -> Result<()> {
    let begin = Instant::now();
    for (message, sent) in (0..).zip(&witness.sent) {
        if let Some(per_second) = pace {
            tokio::time::sleep_until(begin + Duration::from_secs_f64(f64::from(message) / per_second)).await;
        }
        while sim.counters().mos_pending >= MOS_PENDING_MAX {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        sent.store(now_us(), Ordering::Relaxed);
        let to = ACME_NUMBER.trim_start_matches("KR:");
        let text = handset::text(witness.run, message);
        let mo = Mo {
            account: Some(volley_e2e::scenarios::SYSTEM_ID.into()),
            ..Mo::new(handset::of(witness.kind.first_digits, message), to, text)
        };
        loop {
            match sim.send(&mo) {
                Ok(_) => break,
                Err(MoError::QueueFull) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
