//! The owner of a carrier around its core: rows of one turn in one write, then the sockets, then the log (design §3.1).
//!
//! ```text
//!   inputs ─▶ core ─▶ rows written ─▶ segments and answers leave ─▶ reports, arrivals, settlements appended
//!          ▲ die      ▲ die                                    ▲ die
//! ```
//!
//! The lease and the loss of a store belong to the server and are not modelled.
mod append;
mod planted;
mod run;
mod wire;

use std::collections::BTreeMap;

use bytes::Bytes;
use volley_carrier_egress_core::{
    Account, AccountSettings, Allowances, Carrier, Delivery, Inbound, LinkId, Now, Outbox, Patience, SegmentAnswer,
};
use volley_rows::MemoryRows;
use volley_types::{AccountId, Lane, Partition, RunId, SpanMs, Timestamp};

use crate::{
    log::{Log, Ticket, Writer},
    mutation::Mutation,
    rows::{Staged, keep},
    setup::{BINDS, PARTITIONS, START, WINDOW, account_id, carrier_name, home},
};

use append::Awaited;
use planted::{forget_not_sent, lost};
use run::Run;
use wire::Bind;
pub use wire::{Left, Segment};

/// Where in a turn it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before its rows are written.
    BeforeWrite,
    /// After that, before anything leaves.
    BeforeSocket,
    /// After that, before anything is appended.
    BeforeAppend,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BeforeWrite, Self::BeforeSocket, Self::BeforeAppend];
}

/// The owner of a carrier and its one account.
#[derive(Debug)]
pub struct Egress {
    index: u8,
    account: AccountId,
    kept: MemoryRows,
    run: Option<Run>,
    runs: u64,
    appended: u64,
    mutation: Option<Mutation>,
}

impl Egress {
    /// One that never ran.
    pub fn new(index: u8, mutation: Option<Mutation>) -> Self {
        let account = account_id(index);
        Self {
            index,
            account,
            kept: MemoryRows::default(),
            run: None,
            runs: 0,
            appended: 0,
            mutation,
        }
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.run.is_some()
    }

    /// Starts on the rows it wrote.
    ///
    /// # Errors
    /// In words, when they cannot be read.
    pub fn start(&mut self, log: &Log, now: Timestamp) -> Result<(), String> {
        self.runs += 1;
        if self.mutation == Some(Mutation::NotSentReconsidered) {
            forget_not_sent(&mut self.kept)?;
        }
        let rows = Staged::on(self.kept.clone());
        // Arrival ids begin with its first half: no two runs of anybody have the same.
        let run = RunId::from_bytes((u128::from(self.runs << 8 | u64::from(self.index)) << 64).to_be_bytes());
        let at = moment(now);
        let name = carrier_name(self.index);
        let mut inbound = Inbound::new(name.clone(), home(), PARTITIONS, run, Patience::default());
        let kept = inbound.restore(at, &rows).map_err(|error| error.to_string())?;
        let again = kept
            .into_iter()
            .map(|(id, row)| (id, Partition(row.partition), row.received_at, Bytes::from(row.value)));
        let settings = AccountSettings::new(BINDS, WINDOW, 0);
        let account =
            Account::restore(self.account.clone(), name, settings, at, &rows).map_err(|error| error.to_string())?;
        let cursor = |lane| (lane, usize::try_from(account.position(lane)).unwrap_or(usize::MAX));
        let mut run = Run {
            cursors: Lane::ALL.into_iter().map(cursor).collect(),
            core: Carrier::new(inbound),
            out: Outbox::default(),
            binds: (0..BINDS).map(|_| Bind::default()).collect(),
            sent: Vec::new(),
            recalls: 0,
            allowances: Allowances::new(at.monotonic_us, PARTITIONS),
            awaited: BTreeMap::new(),
            again: again.collect(),
            rows,
        };
        run.core.add(account);
        run.take_recalls(log, at)?;
        self.run = Some(run);
        Ok(())
    }

    /// Dies. What was written stays.
    pub fn crash(&mut self, log: &mut Log) {
        self.run = None;
        log.cut(Writer::Egress(self.index));
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
    pub fn bind_down(&mut self, bind: u16, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let ended = std::mem::take(&mut run.binds[usize::from(bind)]);
        let Some(link) = ended.link else { return Ok(()) };
        for token in ended.open.into_keys() {
            run.answered(&self.account, token, lost(self.mutation), now)?;
        }
        let Some(account) = run.core.account_mut(&self.account) else { return Ok(()) };
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
    pub fn answered(&mut self, bind: u16, token: u64, answer: SegmentAnswer, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.binds[usize::from(bind)].open.remove(&token);
        run.answered(&self.account, token, answer, now)
    }

    /// The carrier delivers something.
    ///
    /// # Errors
    /// In words, when a row cannot be read.
    pub fn delivered(&mut self, delivery: Delivery, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.core
            .delivered(delivery, moment(now), &mut run.rows, &mut run.out)
            .map_err(|error| error.to_string())
    }

    /// The log acknowledged an append.
    ///
    /// # Errors
    /// In words, when a row cannot be written.
    pub fn acknowledged(&mut self, ticket: Ticket, now: Timestamp) -> Result<(), String> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let account = |run: &mut Run| run.core.account_mut(&self.account).map(|_| ()).ok_or("its account is gone");
        account(run)?;
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

    /// One turn. `None`: it died in it.
    ///
    /// # Errors
    /// In words, when the rows cannot be read or written.
    pub fn turn(
        &mut self,
        log: &mut Log,
        now: Timestamp,
        sweeps: bool,
        crash: Option<CrashPoint>,
    ) -> Result<(Left, bool), String> {
        let mutation = self.mutation;
        let Some(run) = &mut self.run else { return Ok((Left::default(), true)) };
        run.take_recalls(log, moment(now))?;
        run.read(&self.account, self.index, log, now, mutation)?;
        if sweeps {
            run.sweep(&self.account, now, mutation)?;
        }
        let values = run.decide(&self.account, now)?;
        let left = Left {
            segments: std::mem::take(&mut run.sent),
            answers: std::mem::take(&mut run.out.answers),
        };
        match crash {
            // The planted bug: what is on the socket already is not in the rows.
            Some(CrashPoint::BeforeWrite) if mutation == Some(Mutation::IntentAfterSocket) => return Ok((left, false)),
            Some(CrashPoint::BeforeWrite) => return Ok((Left::default(), false)),
            Some(CrashPoint::BeforeSocket | CrashPoint::BeforeAppend) | None => {}
        }
        keep(&mut self.kept, run.rows.take_changes());
        match crash {
            Some(CrashPoint::BeforeSocket) => return Ok((Left::default(), false)),
            Some(CrashPoint::BeforeAppend) => return Ok((left, false)),
            Some(CrashPoint::BeforeWrite) | None => {}
        }
        self.append(values, sweeps, log, now);
        Ok((left, true))
    }
}

/// A moment of the simulation on both clocks.
pub fn moment(now: Timestamp) -> Now {
    let since: SpanMs = now.since(START);
    Now { wall: now, monotonic_us: since.as_millis() * 1_000 }
}
