//! The owner of a carrier around its core: rows of one turn in one write, then the sockets, then the log (design §3.1).
//!
//! ```text
//!   inputs ─▶ core ─▶ rows written ─▶ segments and answers leave ─▶ reports, arrivals, settlements appended
//!          ▲ die      ▲ die                                    ▲ die
//! ```
//!
//! The lease and the loss of a store belong to the server and are not modelled.

use std::collections::BTreeMap;

use bytes::Bytes;
use volley_carrier_egress_core::{
    Account, AccountSettings, Allowances, AttemptRow, Carrier, DeliverAnswer, Delivery, Inbound, LinkId, Now, Origin,
    Outbox, Patience, Place as OrderPlace, SegmentAnswer, SegmentToSend, Transport, Unsendable, keep_arrival,
};
use volley_events::{AttemptOutcome, NotSent, Record, RefusalClass, Settlement};
use volley_rows::{MemoryRows, RowsExt};
use volley_types::{AccountId, ArrivalId, Lane, Partition, Position, RunId, Source, SpanMs, Timestamp};
use volley_wire::Header;

use crate::{
    log::{Entry, Log, Part, Ticket, Topic, Writer},
    mutation::Mutation,
    rows::{Staged, keep},
    setup::{BINDS, PARTITIONS, RESPONSE_TIMEOUT, START, WINDOW, account_id, carrier_name, home},
};

/// Rows read of the kind, when a start forgets what it must not.
const FORGOTTEN_MAX: usize = 1_000;

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

/// A segment on a link.
#[derive(Debug, Clone)]
pub struct Segment {
    /// When it left.
    pub at: Timestamp,
    /// The link.
    pub link: u64,
    /// What its answer names.
    pub token: u64,
    /// `source_addr`.
    pub source: String,
    /// `destination_addr`.
    pub destination: String,
    /// `short_message`.
    pub octets: Vec<u8>,
    /// Whether it begins with a user data header.
    pub udhi: bool,
}

/// What left in a turn.
#[derive(Debug, Default)]
pub struct Left {
    /// Segments.
    pub segments: Vec<Segment>,
    /// Answers to deliveries.
    pub answers: Vec<DeliverAnswer>,
}

#[derive(Debug, Default)]
struct Bind {
    link: Option<u64>,
    /// Segments that wait for an answer, and until when.
    open: BTreeMap<u64, Timestamp>,
}

#[derive(Debug)]
enum Awaited {
    Appended { reports: Vec<OrderPlace>, arrivals: Vec<ArrivalId> },
    Settled(Vec<OrderPlace>),
}

struct Wire<'a> {
    binds: &'a mut [Bind],
    sent: &'a mut Vec<Segment>,
    now: Timestamp,
}

impl Transport for Wire<'_> {
    fn room(&self, bind: u16) -> usize {
        let up = self.binds.get(usize::from(bind)).is_some_and(|bind| bind.link.is_some());
        if up { usize::from(WINDOW) } else { 0 }
    }

    fn submit(&mut self, bind: u16, token: u64, segment: SegmentToSend<'_>) -> Result<(), Unsendable> {
        let bind = &mut self.binds[usize::from(bind)];
        bind.open.insert(token, self.now + RESPONSE_TIMEOUT);
        self.sent.push(Segment {
            at: self.now,
            link: bind.link.unwrap_or_default(),
            token,
            source: segment.source.digits().to_owned(),
            destination: segment.destination.digits().to_owned(),
            octets: segment.octets.to_vec(),
            udhi: segment.esm_class & 0x40 != 0,
        });
        Ok(())
    }
}

/// A running owner.
#[derive(Debug)]
struct Run {
    core: Carrier,
    rows: Staged,
    out: Outbox,
    binds: Vec<Bind>,
    sent: Vec<Segment>,
    cursors: BTreeMap<Lane, usize>,
    recalls: usize,
    allowances: Allowances,
    awaited: BTreeMap<Ticket, Awaited>,
    /// Arrivals of an earlier run, to be appended again.
    again: Vec<(ArrivalId, Partition, Timestamp, Bytes)>,
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
                    run.core.logged(arrival, moment(now), &mut run.rows, &mut run.out);
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

    fn append(
        &mut self,
        values: Vec<(ArrivalId, Partition, Timestamp, Bytes)>,
        sweeps: bool,
        log: &mut Log,
        now: Timestamp,
    ) {
        let Some(mut run) = self.run.take() else { return };
        let (mut parts, mut reports, mut arrivals) = (BTreeMap::new(), Vec::new(), Vec::new());
        for report in run.out.reports.drain(..) {
            reports.push(report.place);
            let at = (Topic::CorrelationIn, report.partition.0);
            push(&mut parts, at, self.entry(&Record::AttemptReport(report.report), now));
        }
        for (arrival, partition, received_at, value) in run.again.drain(..).chain(values) {
            arrivals.push(arrival);
            push(&mut parts, (Topic::CorrelationIn, partition.0), self.stamp(value, received_at));
        }
        self.send(&mut run, parts, Awaited::Appended { reports, arrivals }, log, now);
        self.append_settlements(&mut run, log, now);
        if sweeps {
            self.append_allowances(&mut run, log, now);
        }
        self.run = Some(run);
    }

    fn append_settlements(&mut self, run: &mut Run, log: &mut Log, now: Timestamp) {
        let mut due: BTreeMap<(u16, Lane), Vec<_>> = BTreeMap::new();
        let mut places = Vec::new();
        for settlement in run.out.settlements.drain(..) {
            places.push(settlement.place);
            due.entry((settlement.partition.0, settlement.place.lane))
                .or_default()
                .push(settlement.settled);
        }
        let mut parts = BTreeMap::new();
        for ((partition, lane), settled) in due {
            let settlement = Settlement { account: self.account.clone(), lane, settled };
            push(&mut parts, (Topic::RoutingIn, partition), self.entry(&Record::Settlement(settlement), now));
        }
        self.send(run, parts, Awaited::Settled(places), log, now);
    }

    fn append_allowances(&mut self, run: &mut Run, log: &mut Log, now: Timestamp) {
        let Some(account) = run.core.account(&self.account) else { return };
        let (binds, settings) = (account.binds_sending(moment(now)), account.settings());
        let mut parts = BTreeMap::new();
        for (partition, allowance) in run.allowances.due(&self.account, &settings, binds, moment(now)) {
            push(&mut parts, (Topic::RoutingIn, partition.0), self.entry(&Record::Allowance(allowance), now));
        }
        self.send(run, parts, Awaited::Settled(Vec::new()), log, now);
    }

    fn send(
        &mut self,
        run: &mut Run,
        parts: BTreeMap<(Topic, u16), Vec<Entry>>,
        awaited: Awaited,
        log: &mut Log,
        now: Timestamp,
    ) {
        let parts: Vec<Part> = parts.into_iter().collect();
        if !parts.is_empty() {
            let ticket = log.append(Writer::Egress(self.index), parts, now);
            run.awaited.insert(ticket, awaited);
        }
    }

    fn entry(&mut self, record: &Record, now: Timestamp) -> Entry {
        self.stamp(volley_wire::encode(record, None), now)
    }

    fn stamp(&mut self, value: Bytes, observed_at: Timestamp) -> Entry {
        self.appended += 1;
        let position = Position { offset: self.appended, index: 0 };
        Entry {
            header: Header::new(Source::Egress(u64::from(self.index)), position, None, observed_at),
            value,
        }
    }
}

fn push(parts: &mut BTreeMap<(Topic, u16), Vec<Entry>>, at: (Topic, u16), entry: Entry) {
    parts.entry(at).or_default().push(entry);
}

impl Run {
    /// Recalls are read to their end before anything of a lane.
    fn take_recalls(&mut self, log: &Log, now: Now) -> Result<(), String> {
        let records = log.records((Topic::Recall, 0));
        for stored in &records[self.recalls.min(records.len())..] {
            let header = stored.entry.header;
            if let Ok(Record::Recall(recall)) = volley_wire::decode(&stored.entry.value) {
                let origin = (header.source, header.position);
                self.core
                    .recall(&recall, origin, stored.at, now, &mut self.rows, &mut self.out)
                    .map_err(|error| error.to_string())?;
            }
        }
        self.recalls = records.len();
        Ok(())
    }

    fn read(
        &mut self,
        account: &AccountId,
        index: u8,
        log: &Log,
        now: Timestamp,
        mutation: Option<Mutation>,
    ) -> Result<(), String> {
        for lane in Lane::ALL {
            let records = log.records((Topic::Lane(index, lane), 0));
            let from = self.cursors.get(&lane).copied().unwrap_or(0).min(records.len());
            for (stored, offset) in records[from..].iter().zip(from as u64..) {
                let Ok(Record::SubmitOrder(order)) = volley_wire::decode(&stored.entry.value) else {
                    return Err(format!("offset {offset} of a lane is no order"));
                };
                let origin = origin_of(&stored.entry.header, mutation);
                let place = OrderPlace { lane, offset };
                self.core
                    .offer(account, (place, &origin), order, moment(now), &mut self.rows, &mut self.out)
                    .map_err(|error| error.to_string())?;
            }
            self.cursors.insert(lane, records.len());
        }
        Ok(())
    }

    fn sweep(&mut self, account: &AccountId, now: Timestamp, mutation: Option<Mutation>) -> Result<(), String> {
        let late = |bind: &mut Bind| {
            let late: Vec<u64> = bind
                .open
                .iter()
                .filter(|(_, at)| **at <= now)
                .map(|(token, _)| *token)
                .collect();
            bind.open.retain(|_, at| *at > now);
            late
        };
        let late: Vec<u64> = self.binds.iter_mut().flat_map(late).collect();
        for token in late {
            self.answered(account, token, lost(mutation), now)?;
        }
        self.core
            .sweep(moment(now), &mut self.rows, &mut self.out)
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Hands over, ends the turn, stores what was delivered as it will be appended.
    fn decide(
        &mut self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Vec<(ArrivalId, Partition, Timestamp, Bytes)>, String> {
        let mut wire = Wire { binds: &mut self.binds, sent: &mut self.sent, now };
        let fault = |error: volley_rows::RowError| error.to_string();
        self.core
            .pump(account, moment(now), &mut wire, &mut self.rows, &mut self.out)
            .map_err(fault)?;
        self.core.finish_turn(&mut self.rows, &mut self.out).map_err(fault)?;
        self.out.ids.clear();
        let mut values = Vec::new();
        for arrival in std::mem::take(&mut self.out.arrivals) {
            let value = volley_wire::encode(&arrival.record, None);
            keep_arrival(&mut self.rows, &arrival, &value).map_err(fault)?;
            values.push((arrival.id, arrival.partition, arrival.received_at, value));
        }
        Ok(values)
    }

    fn answered(
        &mut self,
        account: &AccountId,
        token: u64,
        answer: SegmentAnswer,
        now: Timestamp,
    ) -> Result<(), String> {
        self.core
            .answered(account, token, answer, moment(now), &mut self.rows, &mut self.out)
            .map_err(|error| error.to_string())
    }
}

fn lost(mutation: Option<Mutation>) -> SegmentAnswer {
    match mutation {
        Some(Mutation::RetryOnSilence) => SegmentAnswer::Refused { status: 0x14, class: RefusalClass::RetrySameRoute },
        _ => SegmentAnswer::Lost,
    }
}

fn origin_of(header: &Header, mutation: Option<Mutation>) -> Origin {
    let source = match mutation {
        Some(Mutation::MarkNotChecked) => Source::FrontDoor(0),
        _ => header.source,
    };
    Origin { source, position: header.position, predecessor: header.predecessor }
}

fn forget_not_sent(rows: &mut MemoryRows) -> Result<(), String> {
    let attempts = rows
        .rows_with_prefix::<AttemptRow>(&[], FORGOTTEN_MAX)
        .map_err(|error| error.to_string())?;
    for (key, row) in attempts {
        if let AttemptRow::Ended { outcome, .. } = row
            && matches!(AttemptOutcome::from(outcome), AttemptOutcome::NotSent(NotSent::NoBind | NotSent::TooLate))
        {
            rows.delete_row::<AttemptRow>(&key);
        }
    }
    Ok(())
}

/// A moment of the simulation on both clocks.
pub fn moment(now: Timestamp) -> Now {
    let since: SpanMs = now.since(START);
    Now { wall: now, monotonic_us: since.as_millis() * 1_000 }
}
