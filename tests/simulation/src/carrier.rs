//! A carrier that lies: it refuses, throttles, keeps silent, answers late, and tells of deliveries early, twice or never.

use std::collections::{BTreeMap, BTreeSet};

use volley_carrier_egress_core::SegmentAnswer;
use volley_events::{CarrierMessageId, ReceiptState, RefusalClass};
use volley_types::{SpanMs, Timestamp};

use crate::{rng::Rng, setup};

/// How a carrier behaves: times in a thousand.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    /// It refuses a segment.
    pub refuses: u64,
    /// It never answers.
    pub silent: u64,
    /// Its answer comes after the response timeout.
    pub late: u64,
    /// It gives an id again that another handset's message had; never one that this handset's had: nobody could tell them apart.
    pub reuses_ids: u64,
    /// It does not tell of a delivery.
    pub no_receipt: u64,
    /// It tells twice.
    pub twice: u64,
    /// It tells before it answers.
    pub early: u64,
    /// The handset is not reached.
    pub unreached: u64,
}

impl Mood {
    /// Some carriers are better than others.
    pub fn draw(rng: &mut Rng) -> Self {
        let mut one = |most: u64| if rng.chance(400) { 0 } else { rng.below(most + 1) };
        Self {
            refuses: one(250),
            silent: one(150),
            late: one(150),
            reuses_ids: one(100),
            no_receipt: one(300),
            twice: one(300),
            early: one(400),
            unreached: one(300),
        }
    }

    /// As it should be.
    pub const FAIR: Self = Self {
        refuses: 0,
        silent: 0,
        late: 0,
        reuses_ids: 0,
        no_receipt: 0,
        twice: 0,
        early: 0,
        unreached: 0,
    };
}

/// A segment that reached the carrier.
#[derive(Debug, Clone)]
pub struct Submit {
    /// When it left.
    pub at: Timestamp,
    /// By which run of the owner: later ones have higher numbers.
    pub run: u64,
    /// The message it is of, as its text says; `None` of our own confirmations.
    pub message: Option<u64>,
    /// The handset.
    pub handset: u64,
    /// The virtual number, as digits.
    pub number: String,
    /// What the segments of one try have in common.
    pub attempt: u64,
    /// Which segment, from 1.
    pub segment: u8,
    /// Segments of the message.
    pub of: u8,
    /// Whether the carrier took it.
    pub taken: bool,
    /// The id it was given.
    pub id: Option<CarrierMessageId>,
    /// Whether a receipt said that it was delivered.
    pub told_delivered: bool,
}

/// Something to deliver.
#[derive(Debug, Clone)]
pub enum Item {
    /// A receipt of a segment.
    Receipt {
        /// The id it names.
        id: CarrierMessageId,
        /// What it says.
        state: ReceiptState,
        /// The handset.
        handset: u64,
        /// The virtual number, as digits.
        number: String,
    },
    /// A person wrote.
    Reply {
        /// Counts all of them.
        reply: u64,
        /// The handset.
        handset: u64,
        /// The virtual number, as digits.
        number: String,
        /// The text.
        text: String,
    },
}

/// A delivery until it is answered with 0.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What.
    pub item: Item,
    /// The link and sequence number it is on its way on.
    pub on_its_way: Option<(u64, u32)>,
    /// How often.
    pub times: u32,
    /// The disks of the owners that got it.
    pub disks: BTreeSet<u64>,
    /// The links on which it was delivered and nobody answered.
    pub unheard_on: BTreeSet<u64>,
    /// How often it came once more on such a link.
    pub indistinct: usize,
    /// It was answered with 0.
    pub done: bool,
}

impl Parcel {
    /// One that was not delivered yet.
    pub fn new(item: Item) -> Self {
        Self {
            item,
            on_its_way: None,
            times: 0,
            disks: BTreeSet::new(),
            unheard_on: BTreeSet::new(),
            indistinct: 0,
            done: false,
        }
    }
}

/// What the carrier does about a segment.
#[derive(Debug, Default)]
pub struct Reaction {
    /// The answer, and after how long; `None` is silence.
    pub answer: Option<(SpanMs, SegmentAnswer)>,
    /// Receipts, and after how long each.
    pub receipts: Vec<(SpanMs, Item)>,
    /// The handset has the whole message: its number.
    pub complete: Option<Submit>,
}

/// A carrier.
#[derive(Debug)]
pub struct SimCarrier {
    /// Which one.
    pub index: u8,
    /// How it behaves.
    pub mood: Mood,
    /// Every segment that came.
    pub submits: Vec<Submit>,
    /// Everything it has to deliver.
    pub parcels: Vec<Parcel>,
    next_id: u64,
    sequence: u32,
    /// Segments of tries that handsets have: number of parts.
    parts: BTreeMap<u64, u8>,
}

impl SimCarrier {
    /// A carrier that nobody knows yet.
    pub fn new(index: u8, mood: Mood) -> Self {
        Self {
            index,
            mood,
            submits: Vec::new(),
            parcels: Vec::new(),
            next_id: 0,
            sequence: 0,
            parts: BTreeMap::new(),
        }
    }

    /// The next sequence number of its own requests.
    pub fn next_sequence(&mut self) -> u32 {
        self.sequence += 1;
        self.sequence
    }

    /// A segment arrives.
    pub fn take(&mut self, mut submit: Submit, rng: &mut Rng) -> Reaction {
        let soon = SpanMs::from_millis(rng.between(1, 300));
        if rng.chance(self.mood.refuses) {
            self.submits.push(submit);
            return Reaction { answer: Some((soon, refusal(rng))), ..Reaction::default() };
        }
        submit.taken = true;
        let id = self.id_for(&submit, rng);
        submit.id = Some(id.clone());
        let mut reaction = Reaction::default();
        let (silent, late) = (rng.chance(self.mood.silent), rng.chance(self.mood.late));
        let wait = if late {
            setup::RESPONSE_TIMEOUT.as_millis() + rng.between(1, 20_000)
        } else {
            soon.as_millis()
        };
        if !silent {
            reaction.answer = Some((SpanMs::from_millis(wait), SegmentAnswer::Taken(Some(id.clone().into()))));
        }
        // Every segment of a try is reached or none: a handset is on or off.
        let is_reached = Rng::new(submit.attempt).below(1_000) >= self.mood.unreached;
        reaction.receipts = self.receipts(&mut submit, &id, is_reached, wait, rng);
        if is_reached {
            let parts = self.parts.entry(submit.attempt).or_default();
            *parts += 1;
            reaction.complete = (*parts == submit.of).then(|| submit.clone());
        }
        self.submits.push(submit);
        reaction
    }

    fn id_for(&mut self, submit: &Submit, rng: &mut Rng) -> CarrierMessageId {
        let of_this = |id| {
            self.submits
                .iter()
                .any(|other| other.handset == submit.handset && other.id == id)
        };
        let others = self
            .submits
            .iter()
            .filter(|other| other.id.is_some() && !of_this(other.id.clone()));
        let others: Vec<&Submit> = others.collect();
        if !others.is_empty() && rng.chance(self.mood.reuses_ids) {
            let place = usize::try_from(rng.below(others.len() as u64)).unwrap_or(0);
            if let Some(id) = others[place].id.clone() {
                return id;
            }
        }
        self.next_id += 1;
        CarrierMessageId::new(&format!("{}x{:05}", self.index, self.next_id)).expect("short enough")
    }

    fn receipts(
        &self,
        submit: &mut Submit,
        id: &CarrierMessageId,
        is_reached: bool,
        answered_ms: u64,
        rng: &mut Rng,
    ) -> Vec<(SpanMs, Item)> {
        let state = match is_reached {
            true => ReceiptState::Delivered,
            false => rng.pick(&[ReceiptState::Undeliverable, ReceiptState::Expired, ReceiptState::Rejected]),
        };
        if rng.chance(self.mood.no_receipt) {
            return Vec::new();
        }
        submit.told_delivered = is_reached;
        let item = Item::Receipt { id: id.clone(), state, handset: submit.handset, number: submit.number.clone() };
        let after = match rng.chance(self.mood.early) {
            true => rng.between(1, answered_ms.max(1)),
            false => answered_ms + rng.between(1, 5_000),
        };
        let mut receipts = vec![(SpanMs::from_millis(after), item.clone())];
        if rng.chance(self.mood.twice) {
            receipts.push((SpanMs::from_millis(after + rng.between(1, 20_000)), item));
        }
        receipts
    }
}

fn refusal(rng: &mut Rng) -> SegmentAnswer {
    let (status, class) = rng.pick(&[
        (0x58, RefusalClass::Throttle),
        (0x14, RefusalClass::RetrySameRoute),
        (0x45, RefusalClass::RetryOtherRoute),
        (0x0b, RefusalClass::Permanent),
    ]);
    SegmentAnswer::Refused { status, class }
}
