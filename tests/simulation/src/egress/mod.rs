//! The owner of a carrier around its core: rows of one turn in one write, then the sockets, then the log (design §3.1).
//!
//! ```text
//!   inputs ─▶ core ─▶ rows written ─▶ lease looked at ─▶ segments and answers leave ─▶ reports, arrivals, settlements appended
//!          ▲ die      ▲ die        ▲ stand still                                    ▲ die
//! ```
//!
//! A carrier has one owner at a time, but several that believe so: one stands still, another starts with an empty disk or an old
//! copy of one, the first wakes up. The journal decides, by the lease of the core.
mod append;
pub mod journal;
mod opening;
mod planted;
mod run;
mod stopping;
mod turn;
mod wire;

use std::collections::BTreeMap;

use bytes::Bytes;
use volley_carrier_egress_core::{
    Account, AccountSettings, Allowances, Carrier, Delivery, Inbound, LinkId, Now, Outbox, Patience, SegmentAnswer,
};
use volley_rows::MemoryRows;
use volley_types::{AccountId, Lane, Partition, SpanMs, Timestamp};

use crate::{
    log::{Log, Ticket, Writer},
    mutation::Mutation,
    rows::Staged,
    setup::{BINDS, PARTITIONS, START, WINDOW, account_id, carrier_name, home},
};

use append::{Awaited, Values};
use journal::Journal;
pub use opening::Loss;
use opening::Opening;
use planted::{Seen, forget_not_sent, lost};
use run::Run;
pub use turn::{After, Trouble, Turn};
use wire::Bind;
pub use wire::{Left, Segment};

/// One who is, or believes to be, the owner of a carrier and its one account.
#[derive(Debug)]
pub struct Egress {
    /// As which of all it appends.
    id: u16,
    /// Whose.
    pub carrier: u8,
    account: AccountId,
    /// What is on its disk, and what an old copy of it holds.
    disk: MemoryRows,
    copy: MemoryRows,
    /// The boot of its machine.
    boot: u64,
    opening: Option<Opening>,
    run: Option<Run>,
    run_number: u64,
    appended: u64,
    /// It stands still: nothing it hears of moves it.
    pub is_paused: bool,
    /// What it was about to hand over when it began to.
    held: Option<(Left, Values)>,
    /// How often it found its store lost.
    pub losses: Vec<Loss>,
    seen: Seen,
    mutation: Option<Mutation>,
}

impl Egress {
    /// One that never ran, on an empty disk.
    pub fn new(id: u16, carrier: u8, mutation: Option<Mutation>) -> Self {
        Self {
            id,
            carrier,
            account: account_id(carrier),
            disk: MemoryRows::default(),
            copy: MemoryRows::default(),
            boot: u64::from(id) << 32,
            opening: None,
            run: None,
            run_number: 0,
            appended: 0,
            is_paused: false,
            held: None,
            losses: Vec::new(),
            seen: Seen::default(),
            mutation,
        }
    }

    /// Another one for the same carrier, on another machine: with an old copy of this disk, or with an empty one.
    pub fn successor(&self, id: u16, has_copy: bool) -> Self {
        let disk = if has_copy { self.copy.clone() } else { MemoryRows::default() };
        Self { disk, ..Self::new(id, self.carrier, self.mutation) }
    }

    /// The power fails: what was written last is gone.
    pub fn lose_power(&mut self, log: &mut Log) {
        self.crash(log);
        self.boot += 1;
        self.disk = self.copy.clone();
    }

    /// From now on a copy of the disk holds what it holds now.
    pub fn copy_disk(&mut self) {
        self.copy = self.disk.clone();
    }

    /// Whether it runs, or is about to.
    pub fn is_up(&self) -> bool {
        self.run.is_some() || self.opening.is_some()
    }

    /// Whether it runs.
    pub fn is_open(&self) -> bool {
        self.run.is_some()
    }

    fn writer(&self) -> Writer {
        Writer::Egress(self.id)
    }

    /// Goes on from the rows it wrote.
    fn open(&mut self, journal: Journal, log: &Log, now: Timestamp) -> Result<(), String> {
        if self.mutation == Some(Mutation::NotSentReconsidered) {
            forget_not_sent(&mut self.disk)?;
        }
        let rows = Staged::on(self.disk.clone());
        let at = moment(now);
        let name = carrier_name(self.carrier);
        let mut inbound = Inbound::new(name.clone(), home(), PARTITIONS, journal.run.run, Patience::default());
        let kept = inbound.restore(at, &rows).map_err(|error| error.to_string())?;
        let again = kept
            .into_iter()
            .map(|(id, row)| (id, Partition(row.partition), row.received_at, Bytes::from(row.value)));
        let account = Account::restore(self.account.clone(), name, settings(), at, &rows);
        let account = account.map_err(|error| error.to_string())?;
        let cursor = |lane| (lane, usize::try_from(account.position(lane)).unwrap_or(usize::MAX));
        let mut run = Run {
            number: self.run_number,
            cursors: Lane::ALL.into_iter().map(cursor).collect(),
            core: Carrier::new(inbound),
            out: Outbox::default(),
            binds: (0..BINDS).map(|_| Bind::default()).collect(),
            sent: Vec::new(),
            recalls: 0,
            allowances: Allowances::new(at.monotonic_us, PARTITIONS),
            awaited: BTreeMap::new(),
            again: again.collect(),
            journal,
            rows,
            stopping: None,
        };
        run.core.add(account);
        run.take_recalls(log, at)?;
        self.run = Some(run);
        Ok(())
    }

    /// Dies. What was written stays.
    pub fn crash(&mut self, log: &mut Log) {
        self.run = None;
        self.opening = None;
        self.held = None;
        self.is_paused = false;
        log.cut(self.writer());
    }

    /// A session is bound.
    pub fn bind_up(&mut self, bind: u16, link: u64) {
        if let Some(run) = &mut self.run
            && let Some(account) = run.core.account_mut(&self.account)
        {
            run.binds[usize::from(bind)].link = Some(link);
            account.bind_up(bind);
        }
    }

    /// A session ended: what it had not answered stays so.
    ///
    /// # Errors
    /// In words, when a row cannot be written.
    pub fn bind_down(&mut self, link: u64, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let Some(bind) = run.binds.iter().position(|bind| bind.link == Some(link)) else {
            return Ok(());
        };
        let ended = std::mem::take(&mut run.binds[bind]);
        for token in ended.open.into_keys() {
            run.answered(&self.account, token, lost(self.mutation), now)?;
        }
        let Some(account) = run.core.account_mut(&self.account) else { return Ok(()) };
        let bind = u16::try_from(bind).unwrap_or(u16::MAX);
        account
            .bind_down(bind, moment(now), &mut run.rows, &mut run.out)
            .map_err(|error| error.to_string())?;
        run.core.link_down(LinkId(link), moment(now));
        Ok(())
    }

    /// The carrier answered a segment.
    ///
    /// # Errors
    /// In words, when a row cannot be written.
    pub fn answered(&mut self, link: u64, token: u64, answer: SegmentAnswer, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let Some(bind) = run.binds.iter_mut().find(|bind| bind.link == Some(link)) else {
            return Ok(());
        };
        bind.open.remove(&token);
        run.answered(&self.account, token, answer, now)
    }

    /// The carrier delivers something. Gives the disk that takes it, if it runs: another one after a loss of power.
    ///
    /// # Errors
    /// In words, when a row cannot be read.
    pub fn delivered(&mut self, delivery: Delivery, now: Timestamp) -> Result<Option<u64>, String> {
        let Some(run) = &mut self.run else { return Ok(None) };
        if self.mutation == Some(Mutation::EqualRepliesJoined) && self.seen.answers(&delivery, &mut run.out) {
            return Ok(Some(self.boot));
        }
        run.core
            .delivered(delivery, moment(now), &mut run.rows, &mut run.out)
            .map_err(|error| error.to_string())?;
        Ok(Some(self.boot))
    }

    /// The log acknowledged an append.
    ///
    /// # Errors
    /// In words, when a row cannot be written.
    pub fn acknowledged(&mut self, ticket: Ticket, log: &Log, now: Timestamp) -> Result<(), String> {
        self.opening_acknowledged(ticket, log, now)?;
        self.last_words_acknowledged(ticket);
        let Some(run) = &mut self.run else { return Ok(()) };
        match run.awaited.remove(&ticket) {
            Some(Awaited::Appended { reports, arrivals }) => {
                for place in reports {
                    if let Some(account) = run.core.account_mut(&self.account) {
                        account.reported(place, &mut run.out);
                    }
                }
                for arrival in arrivals {
                    let logged = run.core.logged(arrival, moment(now), &mut run.rows, &mut run.out);
                    logged.map_err(|error| error.to_string())?;
                }
            }
            Some(Awaited::Settled(places)) => {
                for place in places {
                    if let Some(account) = run.core.account_mut(&self.account) {
                        account.settled(place, &mut run.rows).map_err(|error| error.to_string())?;
                    }
                }
            }
            None => {}
        }
        Ok(())
    }
}

fn settings() -> AccountSettings {
    AccountSettings::new(BINDS, WINDOW, 0)
}

/// A moment of the simulation on both clocks.
pub fn moment(now: Timestamp) -> Now {
    let since: SpanMs = now.since(START);
    Now { wall: now, monotonic_us: since.as_millis() * 1_000 }
}
