//! Everything together: one queue of events, one clock, one seed.

mod carriers;
mod clients;
mod doors;
mod event;
mod faults;
mod owners;
mod services;

use std::collections::BTreeMap;

use volley_directory::Directory;
use volley_events::ConfigRecord;
use volley_ingest_core::stream::DurableCursors;
use volley_types::{SpanMs, Timestamp};

pub use clients::{Begin, Client, EventName, Session};
use event::Event;
pub use faults::Victim;
pub use owners::{Sleeper, Standstill};

use crate::{
    carrier::{Mood, SimCarrier},
    check::{self, Violation},
    egress::Egress,
    happened::Tally,
    log::{Entry, Log, Stored, Ticket, Topic, Weather},
    mutation::Mutation,
    processor::Processor,
    rng::Rng,
    rules::Kind,
    setup::{PARTITIONS, START, configuration, streams},
    wish::{ASKED_MS, SentReply, Wish},
};

/// When everything works again, milliseconds after the start.
const CALM_MS: u64 = 120_000;

/// How long after the last validity carriers are still spoken to.
const SETTLED: SpanMs = SpanMs::from_secs(200);

/// How long after that the last receipt may come (mo-correlation's grace), and a little more.
const GRACE: SpanMs = SpanMs::from_hours(73);

/// Most events of a run; more means that it does not come to rest.
const EVENTS_MAX: u64 = 2_000_000;

/// A front door.
#[derive(Debug, Default)]
pub(crate) struct Door {
    up: bool,
    /// Counts its deaths.
    life: u64,
    /// Appends that are not acknowledged: the wish.
    waiting: BTreeMap<Ticket, usize>,
    /// Cursors that are not acknowledged: the client, his session, and how far.
    moving: BTreeMap<Ticket, (usize, usize, u64)>,
    /// What it knows of durable cursors, and how far it has read them.
    cursors: DurableCursors,
    cursors_read: usize,
    appended: u64,
}

/// The fan-out of `config`.
#[derive(Debug, Default)]
pub(crate) struct Fanout {
    up: bool,
    position: usize,
    /// The append under way, where it ends, and to which topic it goes.
    copying: Option<(Ticket, usize, Topic)>,
}

/// All of it.
#[derive(Debug)]
pub struct World {
    pub(crate) now: Timestamp,
    pub(crate) rng: Rng,
    pub(crate) log: Log,
    /// Everybody who is, was, or believes to be the owner of a partition.
    pub(crate) processors: Vec<Processor>,
    /// Who of them is meant to be: first of the partitions of routing, then of mo-correlation.
    pub(crate) seats: Vec<usize>,
    /// Everybody who is, was, or believes to be the owner of a carrier.
    pub(crate) egress: Vec<Egress>,
    /// Who of them is meant to be.
    pub(crate) owners: Vec<usize>,
    /// Those who stand still as soon as they have something to send.
    about_to_stand: BTreeMap<usize, Standstill>,
    /// What came for those who stand still.
    stalled: BTreeMap<usize, Vec<Event>>,
    runs: u64,
    pub(crate) clients: Vec<Client>,
    pub(crate) has_holes: bool,
    pub(crate) tally: Tally,
    mutation: Option<Mutation>,
    pub(crate) carriers: Vec<SimCarrier>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) replies: Vec<SentReply>,
    pub(crate) config: Vec<ConfigRecord>,
    doors: Vec<Door>,
    fanout: Fanout,
    directory: Directory,
    /// Sessions that live: owner and bind.
    links: BTreeMap<u64, (usize, u16)>,
    links_made: u64,
    queue: BTreeMap<(Timestamp, u64), Event>,
    queued: u64,
    work_at: Vec<Option<Timestamp>>,
    is_calm: bool,
    /// So many turns of an owner, and looks of a processor, in ten thousand end with its death.
    crash_per_10_000: u64,
    settled_at: Timestamp,
    happened: u64,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64, mutation: Option<Mutation>) -> Self {
        let mut rng = Rng::new(seed);
        let weather = faults::weather(&mut rng);
        let kinds = [Kind::Routing, Kind::Correlation];
        let partitions = |kind| (0..PARTITIONS).map(move |partition| (kind, partition));
        let processors = kinds.into_iter().flat_map(partitions).zip(0..);
        let processors: Vec<_> = processors
            .map(|((kind, partition), id)| Processor::new(id, kind, partition, mutation))
            .collect();
        let mut world = Self {
            now: START,
            log: Log::new(rng.fork(), weather),
            work_at: vec![None; processors.len()],
            seats: (0..processors.len()).collect(),
            processors,
            egress: [0, 1].map(|index| Egress::new(u16::from(index), index, mutation)).into(),
            owners: vec![0, 1],
            about_to_stand: BTreeMap::new(),
            stalled: BTreeMap::new(),
            runs: 0,
            clients: streams().into_iter().map(Client::new).collect(),
            has_holes: weather.holes,
            tally: Tally::default(),
            mutation,
            carriers: (0..2).map(|index| SimCarrier::new(index, Mood::draw(&mut rng))).collect(),
            wishes: Vec::new(),
            replies: Vec::new(),
            config: Vec::new(),
            doors: vec![Door::default(), Door::default()],
            fanout: Fanout::default(),
            directory: Directory::new(),
            links: BTreeMap::new(),
            links_made: 0,
            queue: BTreeMap::new(),
            queued: 0,
            is_calm: false,
            crash_per_10_000: rng.pick(&[0, 20, 100, 300]),
            settled_at: START + SpanMs::from_millis(CALM_MS) + SETTLED,
            happened: 0,
            rng,
        };
        world.prepare();
        world
    }

    fn prepare(&mut self) {
        for change in configuration() {
            self.configure(change);
        }
        let victims = [Victim::Fanout, Victim::Door(0), Victim::Door(1), Victim::Egress(0), Victim::Egress(1)];
        for victim in victims.into_iter().chain((0..self.processors.len()).map(Victim::Processor)) {
            self.after_ms(1, Event::Start(victim));
        }
        for owner in 0..self.egress.len() {
            self.after_ms(1, Event::Turn(owner, true));
        }
        for client in 0..self.clients.len() {
            self.after_ms(100, Event::Client(client));
        }
        let wishes = self.rng.between(15, 30);
        for number in 0..wishes {
            let wish = Wish::draw(number, &mut self.rng, START);
            self.wishes.push(wish);
            let at = self.rng.between(500, ASKED_MS);
            self.after_ms(at, Event::Ask { wish: self.wishes.len() - 1, text: number, waits: true });
        }
        self.plan_faults(CALM_MS);
        self.after_ms(CALM_MS, Event::Calm);
    }

    /// Runs to the end and judges what happened.
    ///
    /// # Errors
    /// What was promised and not kept.
    pub fn run(mut self) -> Result<Outcome, Violation> {
        self.play().map_err(|what| Violation { guarantee: "halt", what })?;
        check::judge(&self)
    }

    /// Runs to the end and tells what the log holds.
    pub fn story(mut self) -> String {
        let halted = self.play().err().map(|what| format!("halt: {what}\n"));
        let mut lines = Vec::new();
        for (place, records) in self.log.places() {
            for (stored, offset) in records.iter().zip(0_u64..) {
                let Stored { at, entry: Entry { header, value } } = stored;
                let (ms, source, position) = (at.since(START).as_millis(), header.source, header.position);
                let says = volley_wire::decode(value)
                    .map_or_else(|_| "public event".to_owned(), |record| format!("{record:?}"));
                lines.push((*at, format!("{ms} ms {place:?}@{offset} {source:?} {position}: {says}\n")));
            }
        }
        for submit in self.carriers.iter().flat_map(|carrier| &carrier.submits) {
            lines.push((submit.at, format!("{} ms {submit:?}\n", submit.at.since(START).as_millis())));
        }
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, line)| line).chain(halted).collect()
    }

    fn play(&mut self) -> Result<(), String> {
        while let Some(at) = self.next_at().filter(|at| *at <= self.settled_at + GRACE) {
            self.now = self.now.max(at);
            self.happened += 1;
            if self.happened > EVENTS_MAX {
                return Err(format!("after {EVENTS_MAX} events there is no rest"));
            }
            self.let_log_advance();
            while let Some(first) = self.queue.first_entry().filter(|first| first.key().0 <= self.now) {
                let event = first.remove();
                self.happen(event)?;
            }
        }
        self.clients_read_all();
        Ok(())
    }

    fn next_at(&self) -> Option<Timestamp> {
        let first = self.queue.first_key_value().map(|((at, _), _)| *at);
        first.into_iter().chain(self.log.next_at()).min()
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        let Some(event) = self.reaches(event) else { return Ok(()) };
        match event {
            Event::Work(processor) => self.work(processor)?,
            Event::Turn(owner, sweeps) => self.turn(owner, sweeps)?,
            Event::Acknowledged(owner, ticket) => self.owner_acknowledged(owner, ticket)?,
            Event::CopyConfig => self.copy_config(),
            Event::Segment(carrier, segment) => self.segment_arrives(carrier, &segment),
            Event::Answered { link, token, answer } => self.segment_answered(link, token, answer)?,
            Event::Item(carrier, item) => self.item(carrier, *item),
            Event::Offer { carrier, parcel } => self.offer(carrier, parcel),
            Event::Unheard { carrier, parcel, sequence } => self.unheard(carrier, parcel, sequence),
            Event::Delivered { carrier, link, sequence, parcel } => self.delivered(carrier, link, sequence, parcel)?,
            Event::DeliveryAnswered { carrier, link, sequence, status } => {
                self.delivery_answered(carrier, link, sequence, status);
            }
            Event::LinkUp { owner, bind } => self.link_up(owner, bind),
            Event::LinkCut { carrier, bind, again_ms } => self.link_cut(carrier, bind, again_ms),
            Event::LinkEnded { owner, link } => self.link_ended(owner, link)?,
            Event::Crash(victim) => self.crash(victim),
            Event::Stop(carrier) => self.stop(carrier),
            Event::PowerLost(carrier) => self.power_lost(carrier),
            Event::StandStill(victim, how) => self.stand_still(victim, how),
            Event::Wake(sleeper) => self.wake_up(sleeper),
            Event::Start(victim) => self.start(victim)?,
            Event::Client(client) => self.client(client),
            Event::FoldCursors(door) => self.fold_cursors(door),
            Event::Ask { wish, text, waits } => self.ask(wish, text, waits)?,
            Event::Waited { wish, tries } => self.waited(wish, tries),
            Event::Cancel { wish } => self.cancel(wish),
            Event::Pause { tenant, paused } => self.pause(tenant, paused),
            Event::Calm => self.calm()?,
        }
        Ok(())
    }

    pub(crate) fn after_ms(&mut self, ms: u64, event: Event) {
        self.at(self.now + SpanMs::from_millis(ms), event);
    }

    fn at(&mut self, at: Timestamp, event: Event) {
        self.queued += 1;
        self.queue.insert((at, self.queued), event);
    }

    /// Whether carriers are still spoken to.
    fn is_lively(&self) -> bool {
        self.now <= self.settled_at
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Messages whose client was told OK.
    pub accepted: usize,
    /// Segments that reached carriers.
    pub submits: usize,
    /// Replies that clients read.
    pub replies: usize,
    /// What went wrong.
    pub tally: Tally,
    /// Over everything on the log, octet by octet.
    pub digest: u64,
}

/// How the log behaves when nothing goes wrong.
pub(crate) const FAIR_WEATHER: Weather = Weather { delay_ms: 10, slow_per_mille: 0, slow_ms: 10, holes: false };
