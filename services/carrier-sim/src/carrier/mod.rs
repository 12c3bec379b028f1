//! The carrier itself: octets and moments in, octets and journal entries out.
//!
//!   connection --`receive`--> session --> submits --> handsets --> persons
//!        ^                                   |           |            |
//!        |                                answers     (inbox)      deliveries <-- receipts
//!        +----------`take_output`-----------+------------------------+
//!
//! CAR-1: nothing here touches a socket, reads a clock or waits: the shell in `server` does, and passes in what it saw.
//! CAR-2: one lock, taken once for a whole read; the order of what happens is the order in the journal.

mod account;
mod answers;
mod calls;
mod deliveries;
mod handsets;
mod kept;
mod link;
mod outage;
mod persons;
mod receipts;
mod session;
mod submits;
mod timers;
mod timetable;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::sync::Notify;

use account::Account;
pub use deliveries::{DELIVERIES_MAX, RETRY_DELAY_MS};
use handsets::Handsets;
pub use handsets::ReceivedText;
pub use kept::KEPT_MAX;
use kept::Kept;
pub(crate) use link::End;
use link::Link;
use outage::CurrentOutage;
pub use outage::Outage;
use persons::Persons;
use timers::{Due, Timers};

use crate::clock::{Chance, Now};
use crate::config::SimConfig;
use crate::journal::{Journal, JournalFile};
use crate::person::{PERSONS_MAX, Person};
use crate::rule::RuleTable;

/// What is to be written to a link and what is to become of it.
pub(crate) struct Output {
    pub(crate) octets: BytesMut,
    pub(crate) end: End,
    /// Whether the carrier reads at the moment.
    pub(crate) reading: bool,
}

/// All state of a carrier.
pub(crate) struct Carrier {
    pub(crate) rules: RuleTable,
    pub(crate) journal: Journal,
    settings: Settings,
    accounts: Vec<Account>,
    links: BTreeMap<u64, Link>,
    handsets: Handsets,
    kept: Kept,
    persons: Persons,
    /// The account that last wrote from a number.
    senders: BTreeMap<String, usize>,
    timers: Timers,
    chance: Chance,
    arrived: Arc<Notify>,
    /// The account of those who have none.
    nobody: Arc<str>,
    responses_paused: bool,
    /// How often responses were paused, or let go.
    pauses: u64,
    /// Lines of the timetable that are still to happen.
    lines: usize,
    outage: CurrentOutage,
    next_link: u64,
    next_delivery: u64,
    last_message_id: u64,
    long_reference: u16,
}

/// What does not change.
struct Settings {
    name: String,
    receipt_delay_ms: u32,
    response_delay_ms: u32,
    ack_timeout: Duration,
    idle: Duration,
}

/// What wakes the shell.
pub(crate) struct Signals {
    /// A timer was set before all others.
    pub(crate) earlier: Arc<Notify>,
    /// A text reached a handset.
    pub(crate) arrived: Arc<Notify>,
}

impl Carrier {
    pub(crate) fn new(config: SimConfig, file: Option<JournalFile>, signals: Signals, now: Now) -> Self {
        // Microseconds since 1970: no earlier run can have given as many ids as microseconds have passed since.
        let from_clock = u64::try_from(now.unix_us).unwrap_or_default();
        let mut carrier = Self {
            rules: RuleTable::new(config.rules, config.rules_by_last_digits, config.seed),
            journal: Journal::new(config.journal_entries_max, file),
            settings: Settings {
                name: config.name,
                receipt_delay_ms: config.receipt_delay_ms,
                response_delay_ms: config.response_delay_ms,
                ack_timeout: Duration::from_millis(config.ack_timeout_ms.into()),
                idle: Duration::from_millis(config.idle_ms.into()),
            },
            accounts: config
                .accounts
                .into_iter()
                .map(|account| Account::new(account, now.instant))
                .collect(),
            links: BTreeMap::new(),
            handsets: Handsets::new(config.texts_max),
            kept: Kept::default(),
            persons: Persons::new(config.persons),
            senders: BTreeMap::new(),
            timers: Timers::new(signals.earlier),
            chance: Chance::from_seed(config.seed),
            arrived: signals.arrived,
            nobody: "".into(),
            responses_paused: false,
            pauses: 0,
            lines: 0,
            outage: CurrentOutage::default(),
            next_link: 1,
            next_delivery: 1,
            last_message_id: config.first_message_id.unwrap_or(from_clock).saturating_sub(1),
            long_reference: 0,
        };
        for line in config.timetable {
            carrier.plan_line(line, now);
        }
        carrier
    }

    /// Does everything that is due.
    pub(crate) fn tick(&mut self, now: Now) {
        while let Some(due) = self.timers.pop(now.instant) {
            match due {
                Due::Answer(answer) => self.answer(answer, now),
                Due::Deliver { account, delivery } => self.queue(account, delivery, now),
                Due::Reach { message } => self.reach(message, now),
                Due::Speak(mo) => {
                    if let Err(error) = self.send_mo(&mo, now) {
                        tracing::warn!(%error, "a person could not answer");
                    }
                }
                Due::Idle { link } => self.look_at(link, now),
                Due::OutageEnds { outage } => self.end_outage(outage, now),
                Due::Line(line) => self.happen(*line, now),
                Due::PauseEnds { pause } => self.end_pause(pause, now),
                Due::RuleEnds { rule } => self.rules.end(rule),
            }
        }
        if !self.is_silent() {
            self.resend_overdue(now);
        }
    }

    /// When there is something to do again.
    pub(crate) fn next_tick(&self) -> Option<Instant> {
        [self.timers.next(), self.next_overdue().filter(|_| !self.is_silent())]
            .into_iter()
            .flatten()
            .min()
    }

    /// Adds a person ahead of the others; false if there are [`PERSONS_MAX`] already.
    pub(crate) fn add_person(&mut self, person: Person) -> bool {
        let room = self.persons.list.len() < PERSONS_MAX;
        if room {
            self.persons.add(person);
        }
        room
    }

    /// The kept texts from a position on, oldest first.
    pub(crate) fn texts_since(&self, position: u64) -> impl Iterator<Item = &Arc<ReceivedText>> {
        self.handsets.since(position)
    }

    /// The position the next text will have.
    pub(crate) fn next_text_position(&self) -> u64 {
        self.handsets.next_position()
    }
}
