//! The loop of one partition at work.
//!
//! ```text
//!   loop: settle what the log acknowledged │ write, flush, Tick when due │ read │ decide and send │ answer queries
//! ```
//!
//! Reading and deciding pause while too many batches await the log. All of it happens on one task, so a query sees rows
//! between two batches.

use std::{collections::VecDeque, future::ready, sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use volley_event_log::{LogError, PartitionReader, ReadLimit, Record};
use volley_state_store::{Store, StoreError};

use crate::{
    Fold, PIPELINE_MAX, PartitionState, TopicName,
    decide::{Decided, Decider},
    halt::{Fault, Stop},
    handle::Query,
    own::OwnRecords,
    pipeline::{Ends, Pipeline},
    publish::Publisher,
    start::{self, Shared},
    status::Board,
    timer::Timer,
};

/// Questions answered after each batch while there is always another one to decide.
const QUERIES_PER_BATCH: usize = 64;

/// How often it is looked at how many messages wait in the state.
const PARKED_EVERY: Duration = Duration::from_secs(1);

/// One partition, from its start until something stops it.
pub(crate) struct Worker<F> {
    shared: Arc<Shared<F>>,
    input: TopicName,
    decider: Decider<F>,
    reader: Box<dyn PartitionReader>,
    /// Read and not decided yet.
    backlog: VecDeque<Record>,
    publisher: Publisher,
    pipeline: Pipeline,
    timer: Timer,
    store: Store,
    /// Why no more records are decided; the loop ends when what was decided is acknowledged.
    stop: Option<Stop>,
    write_at: Instant,
    flush_at: Instant,
    parked_at: Instant,
    /// The flush under way.
    flush: Option<JoinHandle<Result<(), StoreError>>>,
    /// Position of the last write that a flush was started for.
    flushed: u64,
    /// Whether anything was settled since the start.
    pub(crate) has_settled: bool,
}

impl<F: Fold> Worker<F> {
    pub(crate) fn new(
        shared: Arc<Shared<F>>,
        store: Store,
        decider: Decider<F>,
        publisher: Publisher,
    ) -> Result<Self, Fault> {
        let (config, log, now) = (&shared.config, &shared.parts.log, Instant::now());
        let reader = log.reader(&config.input, decider.partition(), decider.header().position)?;
        let batches_max = config.tuning.pipeline_max.clamp(1, PIPELINE_MAX);
        Ok(Self {
            input: TopicName::new(config.input.name()),
            reader,
            backlog: VecDeque::new(),
            pipeline: Pipeline::new(Arc::clone(log), config.read_back.clone(), batches_max),
            timer: Timer::new(now),
            write_at: now + Duration::from_millis(config.tuning.write_interval_ms),
            flush_at: now + Duration::from_millis(config.tuning.flush_interval_ms),
            parked_at: now,
            flush: None,
            flushed: decider.header().position,
            stop: None,
            has_settled: false,
            shared,
            decider,
            publisher,
            store,
        })
    }

    /// Works until something stops it. What was decided before that is acknowledged and written, unless the log or the store failed.
    pub(crate) async fn run(
        &mut self,
        own: &mut OwnRecords,
        queries: &mut mpsc::Receiver<Query<F>>,
        board: &Board,
        drain: &CancellationToken,
    ) -> Stop {
        match self.work(own, queries, board, drain).await {
            Ok(stop) => stop,
            Err(fault) => {
                self.save_settled(&fault);
                Stop::Fault(fault)
            }
        }
    }

    /// What was settled before the log failed need not be decided again.
    fn save_settled(&mut self, fault: &Fault) {
        let overlay = &mut self.decider.overlay;
        if matches!(fault, Fault::Store(_)) || !overlay.is_dirty() {
            return;
        }
        if let Err(error) = overlay.write() {
            tracing::warn!(partition = self.decider.partition(), %error, "what was settled is not kept; it is decided again");
        }
    }

    /// Answers a question between two batches.
    pub(crate) fn answer(&self, query: Query<F>) {
        query(&self.decider.fold, &self.decider.overlay);
    }

    async fn work(
        &mut self,
        own: &mut OwnRecords,
        queries: &mut mpsc::Receiver<Query<F>>,
        board: &Board,
        drain: &CancellationToken,
    ) -> Result<Stop, Fault> {
        self.show(board);
        loop {
            if self.pipeline.is_empty()
                && let Some(stop) = self.stop.take()
            {
                self.put_down().await?;
                return Ok(stop);
            }
            let (wake_at, limit) = (self.wake_at(), self.read_limit());
            let may_decide = self.stop.is_none() && self.pipeline.has_room();
            tokio::select! {
                biased;
                ends = self.pipeline.settled(), if !self.pipeline.is_empty() => self.settle(ends?, board)?,
                () = drain.cancelled(), if self.stop.is_none() => self.stop = Some(Stop::Drained),
                taken = self.timer.appended() => self.tick_appended(taken),
                () = tokio::time::sleep_until(wake_at) => self.wake(own, board).await?,
                records = self.reader.next(limit), if may_decide && self.backlog.is_empty() => self.backlog.extend(records?),
                () = ready(()), if may_decide && !self.backlog.is_empty() => self.decide(queries).await?,
                Some(query) = queries.recv() => self.answer(query),
            }
        }
    }

    /// Decides one batch and sends it on its way, and answers the questions that came meanwhile.
    async fn decide(&mut self, queries: &mut mpsc::Receiver<Query<F>>) -> Result<(), Fault> {
        let skips = self.shared.parts.skips.offsets(&self.input, self.decider.partition());
        let now = (self.shared.parts.clock)();
        let Decided { outgoing, records, ticked, stop } = self.decider.decide(&mut self.backlog, &skips, now);
        self.stop = stop;
        if records > 0 {
            self.pipeline.push(self.publisher.shipment(outgoing).await?);
            self.timer.batch_decided();
        }
        if ticked {
            self.timer.tick_decided(Instant::now());
        }
        for _ in 0..QUERIES_PER_BATCH {
            let Ok(query) = queries.try_recv() else { break };
            self.answer(query);
        }
        // The log may always have more to read; other tasks get their turn between batches.
        tokio::task::yield_now().await;
        Ok(())
    }

    /// The oldest batch is acknowledged: its rows and its position may be written.
    fn settle(&mut self, ends: Ends, board: &Board) -> Result<(), Fault> {
        let overlay = &mut self.decider.overlay;
        let mut read_back_from = overlay.settled().read_back_from.clone();
        read_back_from.extend(ends);
        if let Some(header) = overlay.settle() {
            header.read_back_from = read_back_from;
        }
        if overlay.must_write() {
            overlay.write()?;
        }
        self.has_settled = true;
        self.show(board);
        Ok(())
    }

    fn show(&self, board: &Board) {
        let header = self.decider.overlay.settled();
        let caught_up = header.position > self.decider.owner_at();
        board.show(header, if caught_up { PartitionState::Running } else { PartitionState::Starting });
    }

    fn read_limit(&self) -> ReadLimit {
        let tuning = &self.shared.config.tuning;
        ReadLimit { records: tuning.batch_records_max, bytes: tuning.batch_bytes_max }
    }

    /// When something is due next.
    fn wake_at(&self) -> Instant {
        let look_at = self.timer.look_at().filter(|_| self.may_tick());
        let write_at = Some(self.write_at).filter(|_| self.decider.overlay.is_dirty());
        let always = self.flush_at.min(self.parked_at);
        [look_at, write_at].into_iter().flatten().fold(always, Instant::min)
    }

    fn may_tick(&self) -> bool {
        self.stop.is_none() && self.decider.header().position > self.decider.owner_at()
    }

    /// Does what is due: write, flush, say what waits, look at the timers.
    async fn wake(&mut self, own: &mut OwnRecords, board: &Board) -> Result<(), Fault> {
        let now = Instant::now();
        if now >= self.parked_at {
            self.parked_at = now + PARKED_EVERY;
            board.show_state(self.decider.fold.parked(), self.decider.fold.config_offset());
        }
        if now >= self.write_at && self.decider.overlay.is_dirty() {
            self.write_at = now + Duration::from_millis(self.shared.config.tuning.write_interval_ms);
            self.decider.overlay.write()?;
        }
        if now >= self.flush_at {
            self.flush_at = now + Duration::from_millis(self.shared.config.tuning.flush_interval_ms);
            self.start_flush().await?;
        }
        if self.may_tick() && self.timer.look_at().is_some_and(|look_at| now >= look_at) {
            self.look(own, now)?;
        }
        Ok(())
    }

    /// Looks at the timers, and appends a Tick when one is due.
    fn look(&mut self, own: &mut OwnRecords, instant: Instant) -> Result<(), Fault> {
        let Decider { fold, overlay, .. } = &self.decider;
        let (now, clock) = ((self.shared.parts.clock)(), self.decider.header().clock);
        let due = fold.next_due(overlay, now.max(clock)).map_err(Fault::Timers)?;
        if self.timer.look(instant, due, now, clock) {
            let tick = own.make(self.decider.fold.tick(), now);
            let append = start::own_append(&self.shared.config, self.decider.partition(), tick);
            self.timer.ticking(instant, self.shared.parts.log.append(vec![append]));
        }
        Ok(())
    }

    fn tick_appended(&mut self, taken: Result<(), LogError>) {
        if let Err(error) = &taken {
            tracing::warn!(partition = %self.decider.partition(), %error, "a tick was not taken by the log; another follows");
        }
        self.timer.tick_appended(Instant::now(), taken.is_ok());
    }

    /// Starts a flush on another thread, unless one is under way or nothing was written since the last.
    async fn start_flush(&mut self) -> Result<(), Fault> {
        let written = self.decider.overlay.written();
        let under_way = self.flush.as_ref().is_some_and(|flush| !flush.is_finished());
        if under_way || written == self.flushed {
            return Ok(());
        }
        self.end_flush().await?;
        let store = self.store.clone();
        self.flush = Some(tokio::task::spawn_blocking(move || store.flush()));
        self.flushed = written;
        Ok(())
    }

    async fn end_flush(&mut self) -> Result<(), Fault> {
        match self.flush.take() {
            Some(flush) => Ok(flush.await.map_err(|cut_off| Fault::Task(cut_off.to_string()))??),
            None => Ok(()),
        }
    }

    /// Lets go of the store: when this returns, nobody works on it any more.
    pub(crate) async fn let_go(mut self) {
        if let Err(fault) = self.end_flush().await {
            tracing::debug!(%fault, "the last flush of a store that is let go");
        }
    }

    /// Leaves everything acknowledged on disk.
    async fn put_down(&mut self) -> Result<(), Fault> {
        if self.decider.overlay.is_dirty() {
            self.decider.overlay.write()?;
        }
        self.end_flush().await?;
        self.start_flush().await?;
        self.end_flush().await
    }
}
