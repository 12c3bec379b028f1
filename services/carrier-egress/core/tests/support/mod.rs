//! One account of one carrier, with a transport that writes down what it was given.

#![expect(dead_code, reason = "each test binary uses its own part of this module")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use volley_carrier_egress_core::{
    Account, AccountSettings, Carrier, Inbound, LinkId, Now, Origin, Outbox, PartToAsk, Patience, Place, SegmentAnswer,
    SegmentToSend, Transport, Unsendable,
};
use volley_events::{
    AttemptOutcome, AttemptReport, CarrierMessageId, RefusalClass, SegmentOctets, SettledOutcome, SubmitOrder,
};
use volley_rows::MemoryRows;
use volley_types::{
    AccountId, AttemptId, CarrierName, Country, DialAddress, Lane, MessageId, Npi, Position, RunId, Source, SpanMs,
    SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};

pub const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
pub const PARTITIONS: u16 = 8;
pub const THROTTLED: u32 = 0x58;
/// The link ends as this id is asked about.
pub const LINK_ENDS: &str = "link-ends";

pub fn account_id() -> AccountId {
    AccountId::new("acme-1").unwrap()
}

pub fn attempt(number: u16) -> AttemptId {
    let mut message = [0; 16];
    message[15] = u8::try_from(number % 256).unwrap();
    message[14] = u8::try_from(number / 256).unwrap();
    AttemptId { message: MessageId::from_bytes(message), number: 1 }
}

/// What a test says of an order; the rest is usual.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub number: u16,
    pub handset: u64,
    pub segments: usize,
    /// Parts the carrier makes of it; counts when it goes whole, as `message_payload`, and they are more than its segments.
    pub parts: usize,
    pub class: TrafficClass,
    pub send_before: SpanMs,
}

/// An alert of one segment to a handset of its own.
pub fn alert(number: u16) -> Wish {
    Wish {
        number,
        handset: 79_140_000_000 + u64::from(number),
        segments: 1,
        parts: 1,
        class: TrafficClass::Transactional,
        send_before: SpanMs::from_secs(300),
    }
}

pub fn order(wish: Wish) -> Box<SubmitOrder> {
    let digits = wish.handset.to_string();
    let [high, low] = wish.number.to_be_bytes();
    Box::new(SubmitOrder {
        attempt: attempt(wish.number),
        tenant: TenantId::new("bank").unwrap(),
        class: wish.class,
        subscriber: SubscriberId::e164(wish.handset).unwrap(),
        source: DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap(),
        destination: DialAddress::new(&digits, Ton::INTERNATIONAL, Npi::ISDN).unwrap(),
        data_coding: 0,
        esm_class: 0,
        segments: (0..wish.segments)
            .map(|number| SegmentOctets::new([high, low, number as u8]))
            .collect(),
        parts: wish.segments.max(wish.parts) as u8,
        send_before: START + wish.send_before,
        deadline: START + SpanMs::from_hours(1),
    })
}

/// A segment that a bind was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub bind: u16,
    pub token: u64,
    pub handset: u64,
    pub order: u16,
    pub segment: u8,
}

#[derive(Debug, Default)]
pub struct Wire {
    pub sent: Vec<Sent>,
    /// Questions: the bind, the token, the id.
    pub asked: Vec<(u16, u64, String)>,
    /// Binds that are not up take nothing.
    pub up: BTreeMap<u16, bool>,
    /// Handsets whose segments cannot be written.
    pub unsendable: Option<u64>,
}

impl Transport for Wire {
    fn room(&self, bind: u16) -> usize {
        if self.up.get(&bind) == Some(&true) { 1_000 } else { 0 }
    }

    fn submit(&mut self, bind: u16, token: u64, segment: SegmentToSend<'_>) -> Result<(), Unsendable> {
        let handset = segment.destination.digits().parse().unwrap();
        if self.unsendable == Some(handset) {
            return Err(Unsendable { status: 0x01 });
        }
        let &[high, low, number] = segment.octets else {
            panic!("not a segment of a test")
        };
        let order = u16::from_be_bytes([high, low]);
        self.sent.push(Sent { bind, token, handset, order, segment: number });
        Ok(())
    }

    fn ask(&mut self, bind: u16, token: u64, part: PartToAsk<'_>) -> Result<(), Unsendable> {
        if part.id.is_empty() {
            return Err(Unsendable { status: 0x0c });
        }
        if part.id == LINK_ENDS {
            self.up.insert(bind, false);
            return Err(Unsendable { status: 0x0d });
        }
        self.asked.push((bind, token, part.id.to_owned()));
        Ok(())
    }
}

/// A carrier with one account, its rows, and everything that came of it.
pub struct Bench {
    pub carrier: Carrier,
    pub rows: MemoryRows,
    pub wire: Wire,
    pub out: Outbox,
    pub elapsed: SpanMs,
    /// Every report there was, in order.
    pub reports: Vec<(Place, AttemptReport)>,
    pub wait_us: Option<u64>,
}

pub const SETTINGS: AccountSettings = AccountSettings::new(2, 2, 0);

impl Bench {
    pub fn new(settings: AccountSettings) -> Self {
        Self::on(MemoryRows::default(), settings)
    }

    /// A start on what an earlier run left.
    pub fn on(rows: MemoryRows, settings: AccountSettings) -> Self {
        let carrier = CarrierName::new("acme").unwrap();
        let run = RunId::from_bytes([9; 16]);
        let home = Country::new("RU").unwrap();
        let inbound = Inbound::new(carrier.clone(), home, PARTITIONS, run, Patience::default());
        let now = Now { wall: START, monotonic_us: 0 };
        let account = Account::restore(account_id(), carrier, settings, now, &rows).unwrap();
        let mut carrier = Carrier::new(inbound);
        carrier.add(account);
        Self {
            carrier,
            rows,
            wire: Wire::default(),
            out: Outbox::default(),
            elapsed: SpanMs::ZERO,
            reports: Vec::new(),
            wait_us: None,
        }
    }

    /// One that is bound on its first bind.
    pub fn bound(settings: AccountSettings) -> Self {
        let mut bench = Self::new(settings);
        bench.bind_up(0);
        bench
    }

    pub fn now(&self) -> Now {
        Now { wall: START + self.elapsed, monotonic_us: self.elapsed.as_millis() * 1_000 }
    }

    pub fn account(&mut self) -> &mut Account {
        self.carrier.account_mut(&account_id()).unwrap()
    }

    pub fn bind_up(&mut self, bind: u16) {
        self.wire.up.insert(bind, true);
        self.account().bind_up(bind);
        self.turn();
    }

    /// The link goes: everything unanswered on it stays so.
    pub fn bind_down(&mut self, bind: u16) {
        self.wire.up.insert(bind, false);
        let open: Vec<_> = self
            .wire
            .sent
            .iter()
            .filter(|sent| sent.bind == bind)
            .map(|sent| sent.token)
            .collect();
        for token in open {
            self.answer(token, SegmentAnswer::Lost);
        }
        let now = self.now();
        let account = self.carrier.account_mut(&account_id()).unwrap();
        account.bind_down(bind, now, &mut self.rows, &mut self.out).unwrap();
        self.turn();
    }

    /// Reads an order from the lane of its class.
    pub fn read(&mut self, offset: u64, wish: Wish) {
        let place = Place { lane: wish.class.lane(), offset };
        let now = self.now();
        // One source that writes one record for each input, in order.
        let at = |offset| Position { offset, index: 0 };
        let predecessor = offset.checked_sub(1).map(at);
        let origin = Origin { source: Source::FrontDoor(0), position: at(offset), predecessor };
        self.carrier
            .offer(&account_id(), (place, &origin), order(wish), now, &mut self.rows, &mut self.out)
            .unwrap();
        self.turn();
    }

    pub fn answer(&mut self, token: u64, answer: SegmentAnswer) {
        let now = self.now();
        self.carrier
            .answered(&account_id(), token, answer, now, &mut self.rows, &mut self.out)
            .unwrap();
        self.turn();
    }

    pub fn take(&mut self, token: u64) {
        let id = CarrierMessageId::new(&format!("id{token}"));
        self.answer(token, SegmentAnswer::Taken(id.map(Into::into)));
    }

    pub fn refuse(&mut self, token: u64, status: u32, class: RefusalClass) {
        self.answer(token, SegmentAnswer::Refused { status, class });
    }

    pub fn pass(&mut self, span: SpanMs) {
        self.elapsed = SpanMs::from_millis(self.elapsed.as_millis() + span.as_millis());
        let now = self.now();
        self.carrier.sweep(now, &mut self.rows, &mut self.out).unwrap();
        self.turn();
    }

    pub fn turn(&mut self) {
        let now = self.now();
        self.wait_us = self
            .carrier
            .pump(&account_id(), now, &mut self.wire, &mut self.rows, &mut self.out)
            .unwrap();
        self.carrier.finish_turn(&mut self.rows, &mut self.out).unwrap();
        self.reports
            .extend(self.out.reports.drain(..).map(|report| (report.place, report.report)));
    }

    /// The log has every report and every settlement so far.
    pub fn log_catches_up(&mut self) -> Vec<SettledOutcome> {
        for (place, _) in self.reports.clone() {
            let account = self.carrier.account_mut(&account_id()).unwrap();
            account.reported(place, &mut self.out);
        }
        let settlements: Vec<_> = self.out.settlements.drain(..).collect();
        for due in &settlements {
            let account = self.carrier.account_mut(&account_id()).unwrap();
            account.settled(due.place, &mut self.rows).unwrap();
        }
        self.turn();
        settlements.into_iter().map(|due| due.settled.outcome).collect()
    }

    /// Handsets in the order their segments left.
    pub fn handsets(&self) -> Vec<u64> {
        self.wire.sent.iter().map(|sent| sent.handset).collect()
    }

    pub fn outcomes(&self) -> Vec<(AttemptId, AttemptOutcome)> {
        self.reports
            .iter()
            .map(|(_, report)| (report.attempt, report.outcome.clone()))
            .collect()
    }

    pub fn position(&self, lane: Lane) -> u64 {
        self.carrier.account(&account_id()).unwrap().position(lane)
    }
}

pub fn link(number: u64) -> LinkId {
    LinkId(number)
}
